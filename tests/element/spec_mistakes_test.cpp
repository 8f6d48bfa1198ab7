#include "core/element/spec_mistakes.hpp"

#include <catch2/catch.hpp>
#include <functional>

#include "core/element/packet_element.hpp"

namespace ixyflow::test {
namespace {

/// An element without a mistake, which each test spoils.
class Sound final : public PacketElement<Sound> {
 public:
  static void describe(Spec<Sound>& spec) {
    spec.doc("Passes.")
        .output(0, "out")
        .filter(2, "unwanted", "by design")
        .output(1, "other", "the rest")
        .counter("seen", &Sound::seen_, "packets")
        .gauge("now", &Sound::now, "packets now")
        .histogram("size_bytes", &Sound::sizes_, "their sizes");
    spec.param("limit", &Sound::limit_, "how many").range(1, 100);
  }
  PortIndex handle(Packet&) noexcept { return 0; }

  std::uint64_t now() const noexcept { return seen_.value(); }
  int limit_ = 10;
  int spare_ = 10;
  int too_large_ = 5000;
  std::optional<std::uint16_t> maybe_too_large_ = 5000;
  std::vector<int> some_too_large_ = {1, 5000};
  Duration too_long_{3'000'000'000};
  double fraction_ = 0;
  std::vector<Value::Table> rows() const { return {}; }
  std::uint16_t short_ = 20;
  std::string text_;
  Rate rate_;
  bool flag_ = false;
  enum class Mode { a, b } mode_ = Mode::a;
  Counter seen_;
  Counter rest_;
  Timer timer_;
  Histogram sizes_;
};

ElementSpec described(const std::function<void(Spec<Sound>&)>& spoil = nullptr) {
  ElementSpec spec;
  spec.name = "Sound";
  Spec<Sound> builder(spec);
  Sound::describe(builder);
  if (spoil) spoil(builder);
  spec.complete();
  return spec;
}

/// The one mistake that is found after `spoil`.
std::string mistake(const std::function<void(Spec<Sound>&)>& spoil) {
  const auto mistakes = spec_mistakes(described(spoil));
  REQUIRE(mistakes.size() == 1);
  return mistakes.front();
}

using S = Spec<Sound>&;
using Catch::Contains;

}  // namespace

TEST_CASE("C11: a description without a mistake is found to be one") {
  CHECK(spec_mistakes(described()).empty());
}

TEST_CASE("C11: exits are numbered once, outputs from 0 without a gap") {
  CHECK_THAT(mistake([](S s) { s.drop(0, "bad", ""); }),
             Contains("exits 'out' and 'bad' have the same number, 0"));
  CHECK_THAT(mistake([](S s) { s.output(5, "third", ""); }),
             Contains("output 'third' has the number 5, but its 3 outputs must be numbered from 0"));
  CHECK_THAT(mistake([](S s) { s.drop(512, "bad", ""); }), Contains("the largest is 511"));
  CHECK_THAT(mistake([](S s) { s.outputs_as_wired(); }),
             Contains("'unwanted'") && Contains("kFirstDrop, 256"));
}

TEST_CASE("C11: no name is there twice, or means something else") {
  CHECK_THAT(mistake([](S s) { s.drop(3, "out", ""); }), Contains("exit 'out' is declared twice"));
  CHECK_THAT(mistake([](S s) { s.counter("seen", &Sound::seen_, ""); }),
             Contains("counter 'seen' is declared twice"));
  CHECK_THAT(mistake([](S s) { s.counter("other", &Sound::rest_, ""); }),
             Contains("'other' has the name of an exit"));
  CHECK_THAT(mistake([](S s) { s.input("a", "").input("a", ""); }), Contains("input 'a' is declared twice"));
  CHECK_THAT(mistake([](S s) { s.param("limit", &Sound::limit_, "").range(1, 100); }),
             Contains("parameter 'limit' is declared twice"));
  for (const char* reserved : {"type", "core"})
    CHECK_THAT(mistake([&](S s) { s.param(reserved, &Sound::spare_, ""); }),
               Contains("a key that means something"));
}

TEST_CASE("C11: names can be written in a file") {
  CHECK_THAT(mistake([](S s) { s.drop(3, "Bad", ""); }), Contains("exit 'Bad' is no name"));
  CHECK_THAT(mistake([](S s) { s.param("a-b", &Sound::spare_, ""); }), Contains("'a-b' is no name"));
  CHECK_THAT(mistake([](S s) { s.counter("1st", &Sound::rest_, ""); }), Contains("'1st' is no name"));
  ElementSpec spec = described();
  spec.name = "only_vlan";
  CHECK(spec_mistakes(spec) ==
        std::vector<std::string>{"'only_vlan' is no name of a type: a capital, then letters and digits"});
}

TEST_CASE("C11: ranges are the right way round, and defaults within them") {
  CHECK_THAT(mistake([](S s) { s.param("id", &Sound::spare_, "").range(100, 1); }),
             Contains("wrong way round: 100..1"));
  CHECK_THAT(mistake([](S s) { s.param("id", &Sound::too_large_, "").range(1, 4095); }),
             Contains("parameter 'id' has a default outside of its range: 5000 is not in 1..4095"));
  CHECK_THAT(mistake([](S s) { s.param("id", &Sound::maybe_too_large_, "").range(1, 4095); }),
             Contains("5000"));
  CHECK_THAT(mistake([](S s) { s.param("id", &Sound::some_too_large_, "").range(1, 4095); }),
             Contains("5000"));
  CHECK_THAT(mistake([](S s) { s.param("time", &Sound::too_long_, "").range(0, 1'000'000'000); }),
             Contains("\"3s\" is not in"));
}

TEST_CASE("C11: a required parameter has no default that could be wrong") {
  CHECK(spec_mistakes(described([](S s) {
          s.param("id", &Sound::too_large_, "").range(1, 4095).required("1");
        })).empty());
}

TEST_CASE("C11: what is declared has a member, and no two things the same one") {
  const auto none = Contains("without a member: the pointer to it is null");
  CHECK_THAT(mistake([](S s) { s.param("a", static_cast<int Sound::*>(nullptr), ""); }),
             Contains("parameter 'a'") && none);
  CHECK_THAT(mistake([](S s) {
               s.choice("a", static_cast<bool Sound::*>(nullptr), {{"x", true}}, "");
             }),
             Contains("parameter 'a'") && none);
  CHECK_THAT(mistake([](S s) { s.counter("a", static_cast<Counter Sound::*>(nullptr), ""); }),
             Contains("counter 'a'") && none);
  CHECK_THAT(mistake([](S s) { s.histogram("a", static_cast<Histogram Sound::*>(nullptr), ""); }),
             Contains("counter 'a'") && none);
  using Now = std::uint64_t (Sound::*)() const noexcept;
  CHECK_THAT(mistake([](S s) { s.gauge("a", static_cast<Now>(nullptr), ""); }),
             Contains("counter 'a'") && none);
  using Rows = std::vector<Value::Table> (Sound::*)() const;
  CHECK_THAT(mistake([](S s) { s.view("a", static_cast<Rows>(nullptr), "n", ""); }),
             Contains("view 'a' is declared without a function"));
  CHECK_THAT(mistake([](S s) { s.timer(static_cast<Timer Sound::*>(nullptr)); }),
             Contains("a timer") && none);
  CHECK_THAT(mistake([](S s) { s.param("a", &Sound::limit_, ""); }),
             Contains("parameter 'a' has the same member as parameter 'limit'"));
  CHECK_THAT(mistake([](S s) { s.maximum("a", &Sound::seen_, ""); }),
             Contains("counter 'a' has the same member as counter 'seen'"));
  CHECK_THAT(mistake([](S s) { s.timer(&Sound::timer_).timer(&Sound::timer_); }), Contains("declared twice"));
}

TEST_CASE("C11: a declaration that is refined later is the one that was meant") {
  const ElementSpec spec = described([](S s) {
    auto first = s.param("first", &Sound::short_, "");
    for (int i = 0; i < 100; ++i) s.param("more" + std::to_string(i), &Sound::spare_, "");
    first.range(5, 50).live();
  });
  CHECK(spec.parameters.at(1).maximum == 50);
  CHECK(spec.parameters.at(1).live);
}

TEST_CASE("C11: names of parameters, counters, views and of what is always reported are different") {
  CHECK_THAT(mistake([](S s) { s.view("limit", &Sound::rows, "n", ""); }),
             Contains("view 'limit' has the name of a parameter"));
  CHECK_THAT(mistake([](S s) { s.view("seen", &Sound::rows, "n", ""); }),
             Contains("view 'seen' has the name of a counter"));
  CHECK_THAT(mistake([](S s) { s.view("rows", &Sound::rows, "", ""); }), Contains("names no column"));
  CHECK_THAT(mistake([](S s) { s.counter("limit", &Sound::rest_, ""); }),
             Contains("counter 'limit' has the name of a parameter"));
  for (const char* reported : {"received", "created", "held", "no_buffer", "stopped", "lost"}) {
    CHECK_THAT(mistake([&](S s) { s.counter(reported, &Sound::rest_, ""); }),
               Contains("is reported of every"));
    CHECK_THAT(mistake([&](S s) { s.drop(3, reported, ""); }), Contains("is reported of every"));
  }
}

TEST_CASE("C11: a range is one that the parameter can have") {
  CHECK_THAT(
      mistake([](S s) { s.param("id", &Sound::short_, "").range(-5, 100'000); }),
      Contains("parameter 'id' has a range that its member cannot hold: -5..100000 is not within 0..65535"));
  const auto cannot = Contains("parameter 'id' has a range, which its type cannot have");
  CHECK_THAT(mistake([](S s) { s.param("id", &Sound::text_, "").range(1, 9); }), cannot);
  CHECK_THAT(mistake([](S s) { s.param("id", &Sound::rate_, "").range(1, 9); }), cannot);
  CHECK_THAT(mistake([](S s) { s.param("id", &Sound::flag_, "").range(0, 1); }), cannot);
  CHECK_THAT(mistake([](S s) { s.param("id", &Sound::short_, "").or_port(); }),
             Contains("cannot be given as that of a port (or_port): its type is integer"));
}

TEST_CASE("C11: an example is a value that the parameter takes") {
  const auto of = [](const std::string& example) {
    return mistake([&](S s) { s.param("id", &Sound::short_, "").range(10, 50).required(example); });
  };
  CHECK_THAT(of("5"), Contains("has an example that it refuses: 'id' takes an integer from 10 to 50, not 5"));
  CHECK_THAT(of("\"text\""), Contains("refuses"));
  CHECK_THAT(of("[11]"), Contains("of another type"));
  CHECK_THAT(of(""), Contains("is required and has no example"));
  CHECK_THAT(of("]]]"), Contains("has an example that is no value"));
  CHECK(spec_mistakes(described([](S s) { s.param("id", &Sound::short_, "").required("0x0a"); })).empty());
}

TEST_CASE("C11: a choice has words, each once, and its default is one of them") {
  using Words = std::vector<std::pair<std::string, Sound::Mode>>;
  const auto of = [](const Words& words) {
    return mistake([&](S s) { s.choice("id", &Sound::mode_, words, ""); });
  };
  CHECK_THAT(of({}), Contains("parameter 'id' is a choice of no words"));
  CHECK_THAT(of({{"b", Sound::Mode::b}}), Contains("has a default that is none of its choices"));
  CHECK_THAT(of({{"a", Sound::Mode::a}, {"a", Sound::Mode::b}}), Contains("has the choice 'a' twice"));
  CHECK_THAT(of({{"a", Sound::Mode::a}, {"", Sound::Mode::b}}), Contains("a choice that is no word: ''"));
}

TEST_CASE("C11: outputs by a parameter need that parameter") {
  ElementSpec spec = described([](S s) { s.outputs_by("patterns"); });
  std::erase_if(spec.exits, [](const ExitSpec& exit) { return exit.kind != ExitKind::output; });
  REQUIRE(spec_mistakes(spec).size() == 1);
  CHECK_THAT(spec_mistakes(spec)[0], Contains("'patterns', which it does not have"));
  spec.output_parameter = "limit";
  REQUIRE(spec_mistakes(spec).size() == 1);
  CHECK_THAT(spec_mistakes(spec)[0], Contains("'limit', which is no list and no table"));
}

TEST_CASE("all mistakes are named in one go") {
  const auto mistakes = spec_mistakes(described([](S s) {
    s.drop(0, "bad", "");
    s.param("type", &Sound::spare_, "").range(2, 1);
  }));
  CHECK(mistakes.size() == 3);
}

TEST_CASE("an example is derived from what is declared") {
  CHECK(described().example == R"([elements.sound]
type = "Sound"

[graph]
paths = ["in -> sound -> out", "sound[other] -> Discard"])");
  CHECK(described([](S s) { s.param("id", &Sound::spare_, "").required("7"); }).example == R"([elements.sound]
type = "Sound"
id = 7

[graph]
paths = ["in -> sound -> out", "sound[other] -> Discard"])");
  CHECK(described([](S s) { s.example("mine"); }).example == "mine");
  CHECK(described([](S s) { s.input("a", "").input("b", ""); }).example.empty());
}

TEST_CASE("an example calls the element by its type's words") {
  const auto words = [](const char* type) {
    ElementSpec spec;
    spec.name = type;
    spec.processes = true;
    spec.complete();
    return spec.example.substr(0, spec.example.find('\n'));
  };
  CHECK(words("EtherMirror") == "[elements.ether_mirror]");
  CHECK(words("VLANDecap") == "[elements.vlan_decap]");
  CHECK(words("CheckIPHeader") == "[elements.check_ip_header]");
  CHECK(words("Null") == "[elements.null]");
}

}  // namespace ixyflow::test
