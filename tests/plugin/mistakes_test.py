"""What a plugin's author can do wrong: the compiler says it in its first line, or the loader, or the run, and always with a
name. Nothing of it goes further than that: the next start is clean."""

import json
import re
import signal
import unittest

from plugins import compile_plugin, compiler, with_headers
from program import CAPTURE, build_setting
from running import RunningTestCase

# An element without a mistake; each trial spoils one place of it.
SOUND = """
#include "core/element/packet_element.hpp"

namespace ixyflow::elements {

class OnlyShort final : public PacketElement<OnlyShort> {
  enum : PortIndex { kOut, kLong };

 public:
  static void describe(Spec<OnlyShort>& spec) {
    spec.doc("Lets short frames pass.").output(kOut, "out").filter(kLong, "long", "too long");
    spec.counter("seen", &OnlyShort::seen_, "frames");
    spec.param("most", &OnlyShort::most_, "bytes that pass").range(0, 4095);
  }

  PortIndex handle(Packet& packet) noexcept {
    ++seen_;
    return packet.length() <= most_ ? kOut : kLong;
  }

 private:
  std::uint16_t most_ = 100;
  Counter seen_;
};

IXYFLOW_ELEMENT(OnlyShort);

}  // namespace ixyflow::elements
"""

HANDLE = "PortIndex handle(Packet& packet) noexcept {"
# What is replaced, by what, and what the compiler's first error says of it.
DOES_NOT_COMPILE = {
    "handle is not noexcept": (HANDLE, "PortIndex handle(Packet& packet) {", "handle must be noexcept"),
    "handle returns int": (HANDLE, "int handle(Packet& packet) noexcept {", "handle returns a PortIndex"),
    "handle returns bool": (HANDLE, "bool handle(Packet& packet) noexcept {", "handle returns a PortIndex"),
    "handle takes a copy": (HANDLE, "PortIndex handle(Packet packet) noexcept {", "public function `PortIndex handle(Packet&)"),
    "handle takes something else": (HANDLE, "PortIndex handle(PortIndex, Packet& packet) noexcept {",
                                    "public function `PortIndex handle(Packet&)"),
    "handle is private": (HANDLE, "private: " + HANDLE, "public function `PortIndex handle(Packet&)"),
    "handle is misspelt": (HANDLE, HANDLE.replace("handle", "Handle"), "public function `PortIndex handle(Packet&)"),
    "the base is another class's": ("PacketElement<OnlyShort>", "PacketElement<Element>", "a PacketElement names itself"),
    "no default constructor": (" private:\n", "  explicit OnlyShort(int) {}\n private:\n", "a public constructor without"),
    "describe is private": (" public:\n  static", " private:\n  static", "a public function `static void describe"),
    "describe is not there": ("describe(", "description(", "a public function `static void describe"),
    "a parameter of a type that is none": ("std::uint16_t most_", "double most_", "a parameter cannot be of the type"),
    "an optional parameter of such a type": ("std::uint16_t most_", "std::optional<double> most_", "a parameter cannot be of"),
    "a parameter of a member that is none": ("&OnlyShort::most_", "&OnlyShort::least_", "is not a member of / no member named"),
    "a counter that is none": ("Counter seen_", "int seen_ = 0", "take a member of type Counter"),
    "a packet is copied": ("++seen_;", "Packet other = packet;", "use of deleted function / call to deleted constructor"),
    "process is not noexcept": (
        HANDLE, "void process(PortIndex, Batch& batch, Outputs& outputs) override {} " + HANDLE, "looser exception specif / specification of overriding function is more lax"),
}

# Descriptions that contradict themselves, and what the loader says of each.
CONTRADICTIONS = {
    "TwoOutputs": ('.output(0, "out")', "exits 'out' and 'out' have the same number", "exit 'out' is declared twice"),
    "DropAsOutput": ('.filter(2, "out", "x")', "exit 'out' is declared twice"),
    "WithGap": ('.output(5, "other")', "output 'other' has the number 5, but its 2 outputs must be numbered from 0"),
    "TwoCounters": ('.counter("seen", &T::seen_, "x")', "counter 'seen' is declared twice"),
    "TakesCore": ('.param("core", &T::other_, "x")', "parameter 'core' has the name of a key that means something else"),
    "TwoParameters": ('.param("most", &T::most_, "x")', "parameter 'most' is declared twice"),
    "WrongWay": ('.param("id", &T::other_, "x").range(4095, 0)', "parameter 'id' has a range whose ends are the wrong way"),
    "DefaultOutside": ('.param("id", &T::other_, "x").range(0, 99)', "parameter 'id' has a default outside of its range: 100"),
    "NoMember": ('.counter("rest", static_cast<Counter T::*>(nullptr), "x")',
                 "counter 'rest' is declared without a member: the pointer to it is null"),
    "TooWide": ('.param("id", &T::other_, "x").range(-5, 100000)', "parameter 'id' has a range that its member cannot hold: -5..100000"),
    "lower_case": ("", "'lower_case' is no name of a type"),
}
CONTRADICTION = """
class {name} final : public PacketElement<{name}> {{
  using T = {name};

 public:
  static void describe(Spec<T>& spec) {{
    spec.doc("Is wrong.").output(0, "out").filter(1, "long", "x").counter("seen", &T::seen_, "x");
    spec.param("most", &T::most_, "x");
    spec{wrong};
  }}
  PortIndex handle(Packet&) noexcept {{ return 0; }}
  std::uint16_t most_ = 100, other_ = 100;
  Counter seen_;
}};
IXYFLOW_ELEMENT({name});
"""

# One element that does to its tenth packet what a parameter says.
MISBEHAVES = """
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include "core/element/packet_element.hpp"

namespace ixyflow::elements {

class Misbehaves final : public PacketElement<Misbehaves> {
  enum : PortIndex { kOut, kUndeclared };
  enum class What { nothing, throws, writes, traps, aborts, exits, loops, strays, allocates, leaves };

 public:
  static void describe(Spec<Misbehaves>& spec) {
    spec.doc("Goes wrong.").output(kOut, "out");
    spec.choice("what", &Misbehaves::what_,
                {{"nothing", What::nothing}, {"throws", What::throws}, {"writes", What::writes}, {"traps", What::traps},
                 {"aborts", What::aborts}, {"exits", What::exits}, {"loops", What::loops}, {"strays", What::strays},
                 {"allocates", What::allocates}, {"leaves", What::leaves}}, "what it does");
  }
  void configure(Configuration&) override {
    if (what_ == What::leaves) std::exit(0);
  }
  PortIndex handle(Packet&) noexcept { return ++packets_ % 10 == 0 ? misbehave() : PortIndex{kOut}; }

 private:
  PortIndex misbehave() {
    if (what_ == What::throws) throw std::runtime_error("no good packet");
    if (what_ == What::writes) *static_cast<volatile int*>(nowhere_) = 1;
    if (what_ == What::traps) __builtin_trap();
    if (what_ == What::aborts) std::abort();
    if (what_ == What::exits) std::exit(0);
    for (volatile int turns = 0; what_ == What::loops; turns = 1) {}
    if (what_ == What::allocates) kept_ = new char[100];
    return what_ == What::strays ? kUndeclared : kOut;
  }

  What what_ = What::nothing;
  int packets_ = 0;
  void* volatile nowhere_ = nullptr;
  char* volatile kept_ = nullptr;
};
IXYFLOW_ELEMENT(Misbehaves);

/// Loses every tenth packet.
class Loses final : public Element {
 public:
  static void describe(Spec<Loses>& spec) { spec.doc("Loses packets.").output(0, "out"); }
  void process(PortIndex, Batch& batch, Outputs& outputs) noexcept override {
    for (Packet* packet : batch)
      if (++packets_ % 10 != 0) outputs.push(0, packet);
  }

 private:
  int packets_ = 0;
};
IXYFLOW_ELEMENT(Loses);

/// Gives its tenth packet on twice: beside the eleventh, in its place, or when it came long ago.
class Repeats final : public Element {
  enum class What { beside, instead, later };

 public:
  static void describe(Spec<Repeats>& spec) {
    spec.doc("Repeats a packet.").output(0, "out");
    spec.choice("what", &Repeats::what_, {{"beside", What::beside}, {"instead", What::instead}, {"later", What::later}},
                "what it does");
  }
  void process(PortIndex, Batch& batch, Outputs& outputs) noexcept override {
    for (Packet* packet : batch) {
      const bool now = packets_++ == (what_ == What::later ? 2000 : 10);
      if (now) outputs.push(0, tenth_);
      if (!now || what_ != What::instead) outputs.push(0, packet);
      if (packets_ == 10) tenth_ = packet;
    }
  }

 private:
  What what_ = What::beside;
  int packets_ = 0;
  Packet* tenth_ = nullptr;
};
IXYFLOW_ELEMENT(Repeats);

}  // namespace ixyflow::elements
"""

PIPELINE = f"""
[ports.wan]
driver = "pcap"
read = "{CAPTURE}"

[elements.in]
type = "FromDevice"
port = "wan"

[elements.bad]
%s

[graph]
paths = ["in -> bad -> Discard"]
"""


class PluginMistakes(RunningTestCase):
    def plugin(self, name, source):
        return compile_plugin(self.write(f"{name}.cpp", source), self.folder / f"{name}.so")

    def pipeline(self, element):
        return self.write("p.toml", PIPELINE % element)

    def expect_clean_start(self, plugin):
        done = self.expect(0, "run", self.pipeline('type = "Misbehaves"'), "--plugin", plugin, "--format", "json")
        self.assertTrue(json.loads(done.stdout)["ledger"]["balanced"])

    def test_C5_what_cannot_work_does_not_compile_and_the_first_line_says_why(self):
        headers = with_headers()

        def first_error(text, name):
            path = self.write(f"{name}.cpp", text)
            errors = [line for line in compiler(*headers, "-fsyntax-only", path).stderr.splitlines() if "error:" in line]
            return errors[0] if errors else ""

        self.assertEqual(first_error(SOUND, "sound"), "")
        for number, (what, (old, new, said)) in enumerate(DOES_NOT_COMPILE.items()):
            with self.subTest(what):
                self.assertIn(old, SOUND)
                self.assertRegex(first_error(SOUND.replace(old, new, 1), f"trial{number}"),
                                 "|".join(map(re.escape, said.split(" / "))))

    def test_C5_an_older_language_is_named_as_what_is_wrong(self):
        done = compiler("-fsyntax-only", self.write("old.cpp", SOUND), standard="c++17")
        errors = [line for line in done.stderr.splitlines() if "error:" in line]
        self.assertIn("compile with -std=c++23", errors[0])

    def test_C11_a_plugin_is_refused_with_a_line_for_each_thing_that_contradicts(self):
        classes = "".join(CONTRADICTION.format(name=name, wrong=wrong) for name, (wrong, *_) in CONTRADICTIONS.items())
        plugin = self.plugin("wrong", '#include "core/element/packet_element.hpp"\n'
                                      f"namespace ixyflow::elements {{ {classes.replace('spec;', '')} }}\n")
        done = self.expect(78, "run", self.pipeline('type = "TwoOutputs"'), "--plugin", plugin)
        self.assertEqual(done.stdout, "")
        self.assertNotIn("\\x0a", done.stderr)
        said = " ".join(done.stderr.split())
        for name, (_, *facts) in CONTRADICTIONS.items():
            for fact in facts:
                with self.subTest(name):
                    self.assertIn(f"plugin '{plugin}': element '{name}': {fact}", said)
        self.assertEqual(said.count("(not loaded)"), sum(len(facts) for _, *facts in CONTRADICTIONS.values()), said)
        # It is no better the second time, although it is in memory by then.
        again = self.expect(78, "check", "p.toml", "p.toml", "--plugin", plugin)
        self.assertEqual(" ".join(again.stdout.split()).count("element 'TwoOutputs': exits 'out' and 'out' have"), 2, again.stdout)

    def test_C4_a_plugin_whose_initialisation_fails_is_named(self):
        element = SOUND.replace("OnlyShort", "Unlucky")
        throws = self.plugin("throws", "#include <stdexcept>\n" + element +
                             'static int unlucky = [] { throw std::runtime_error("out of luck"); return 1; }();\n')
        aborts = self.plugin("aborts", "#include <cstdlib>\nint unlucky = [] { std::abort(); return 1; }();\n" + element)
        # Without anything that is declared with a member, none is made while it describes itself.
        constructed = self.plugin("constructed", "#include <cstdlib>\n" + re.sub(
            r"    spec\.(counter|param).*\n", "", element).replace(" public:\n", " public:\n  Unlucky() { std::abort(); }\n"))
        for plugin in (throws, aborts, constructed):
            # The dynamic linker lets no exception pass: what is thrown there aborts as well.
            done = self.run_program("check", self.pipeline('type = "Unlucky"'), "--plugin", plugin)
            self.assertEqual(done.returncode, -signal.SIGABRT)
            self.assertIn(f"plugin '{plugin}': it aborted (SIGABRT) while it was loaded", done.stderr)

    def test_C1_a_shared_object_that_registers_nothing_is_refused_with_that_reason(self):
        plugin = self.plugin("nothing", SOUND.replace("IXYFLOW_ELEMENT(OnlyShort);", ""))
        done = self.expect(78, "check", self.pipeline('type = "OnlyShort"'), "--plugin", plugin)
        self.assertIn("nothing in it is registered (IXYFLOW_ELEMENT)", " ".join((done.stdout + done.stderr).split()))

    @unittest.skipIf(build_setting("IXYFLOW_SANITIZE"), "sanitizers have reports of their own")
    def test_I6_an_element_that_goes_wrong_is_named_and_the_next_start_is_clean(self):
        plugin = self.plugin("misbehaves", MISBEHAVES)
        for what, ended_by, said in (
            ("throws", signal.SIGABRT, "element 'bad': an exception where none may leave: no good packet"),
            ("writes", signal.SIGSEGV, "element 'bad': crashed by SIGSEGV at 0x0"),
            ("traps", signal.SIGILL, "element 'bad': crashed by SIGILL"),
            ("aborts", signal.SIGABRT, "element 'bad': crashed by SIGABRT"),
            ("exits", signal.SIGABRT, "check failed in bad: exit was called while the program was at work"),
            ("strays", signal.SIGABRT, "check failed in bad: it (Misbehaves) let a packet leave by exit 1, which it does not"),
        ):
            with self.subTest(what):
                done = self.run_program("run", self.pipeline(f'type = "Misbehaves"\nwhat = "{what}"'), "--plugin", plugin)
                self.assertEqual(done.returncode, -ended_by, done.stderr)
                self.assertIn(said, done.stderr)
                self.assertIn("it worked on ", done.stderr)
                self.expect_clean_start(plugin)
        done = self.run_program("check", self.pipeline('type = "Misbehaves"\nwhat = "leaves"'), "--plugin", plugin)
        self.assertEqual(done.returncode, -signal.SIGABRT, done.stderr)
        self.assertIn("check failed in element 'bad' (type Misbehaves): exit was called", done.stderr)

    @unittest.skipIf(build_setting("IXYFLOW_CHECKS") == "ON", "a build with checks has reports of its own")
    def test_C7_an_element_that_gives_a_packet_on_twice_ends_the_run_with_its_name(self):
        plugin = self.plugin("misbehaves", MISBEHAVES)
        for what in ("beside", "instead", "later"):
            with self.subTest(what):
                done = self.run_program("run", self.pipeline(f'type = "Repeats"\nwhat = "{what}"'), "--plugin", plugin)
                self.assertEqual(done.returncode, -signal.SIGABRT, done.stderr)
                self.assertIn("check failed in bad: it gave on a packet that it does not have", done.stderr)
                self.expect_clean_start(plugin)

    @unittest.skipIf(build_setting("IXYFLOW_SANITIZE"), "sanitizers have reports of their own")
    def test_I6_an_element_that_never_comes_back_is_named_and_does_not_keep_the_run_from_ending(self):
        plugin = self.plugin("misbehaves", MISBEHAVES)
        done = self.run_program("run", self.pipeline('type = "Misbehaves"\nwhat = "loops"'), "--plugin", plugin, "--for", "2s")
        self.assertNotIn(done.returncode, (0, -signal.SIGKILL), done.stderr)
        self.assertRegex(done.stderr, r"warning: core '\w+' has not finished a round for .*, or caught in element 'bad'")
        self.assertRegex(done.stderr, r"error: core '\w+' did not stop, .*, or caught in element 'bad'")
        self.assertRegex(done.stdout, r"ledger: .* NOT KNOWN: a core did not answer")
        self.expect_clean_start(plugin)

    @unittest.skipIf(build_setting("IXYFLOW_CHECKS") == "ON", "a build with checks ends at the first packet that is lost")
    def test_C6_an_element_that_loses_packets_is_named_while_they_are_missing(self):
        plugin = self.plugin("misbehaves", MISBEHAVES)
        # Without an end: when its core has no buffer left, nothing comes in any more.
        endless = PIPELINE.replace(f'"pcap"\nread = "{CAPTURE}"', '"generator"')
        running = self.start(self.write("p.toml", endless % 'type = "Loses"'), "--plugin", plugin)
        running.wait_for(r"warning: element 'bad' \(Loses\) neither gave on nor holds \S+ packets")
        running.interrupt()
        running.finish()
        self.assertEqual(running.code, 70, running.messages())
        self.assertIn("LOST by the element", running.stdout)
        self.expect_clean_start(plugin)


if __name__ == "__main__":
    unittest.main()
