"""Looking at a stranger's pipeline harms nothing: code of its plugins can read, and do nothing else."""

import os
import pathlib
import shutil
import struct
import subprocess
import unittest

from plugins import compile_plugin
from program import PROGRAM, ProgramTestCase, build_setting

# An element like any other.
ELEMENT = """
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "core/element/packet_element.hpp"

namespace ixyflow::elements {

class Stranger final : public PacketElement<Stranger> {
 public:
  static void describe(Spec<Stranger>& spec) { spec.doc("Comes from somewhere.").output(0, "out"); }
  void configure(Configuration&) override {
    Dl_info info{};
    if (::dladdr(reinterpret_cast<void*>(&describe), &info) != 0) std::printf("I am %s\\n", info.dli_fname);
  }
  PortIndex handle(Packet&) noexcept { return 0; }
};
IXYFLOW_ELEMENT(Stranger);

}  // namespace ixyflow::elements
"""

# What its first instruction tries, before anything of the pipeline is known.
HARM = """
static int harm = [] {
  const int file = ::open("harm", O_WRONLY | O_CREAT, 0600);
  if (file >= 0) ::write(file, "done", 4);
  if (::socket(AF_INET, SOCK_STREAM, 0) >= 0) ::mkdir("network", 0700);
  ::unlink("precious");
  if (::fork() == 0) {
    ::open("child", O_WRONLY | O_CREAT, 0600);
    ::_exit(0);
  }
  ::kill(::getppid(), SIGUSR1);
  char* const arguments[] = {const_cast<char*>("touch"), const_cast<char*>("program"), nullptr};
  ::execve("/usr/bin/touch", arguments, environ);
  return 1;
}();
"""

PIPELINE = """
[pipeline]
plugins = ["stranger.so"]

[ports.wan]
driver = "null"
count = 10
size = 64

[elements.in]
type = "FromDevice"
port = "wan"

[elements.other]
type = "Stranger"

[elements.done]
type = "Discard"

[graph]
paths = ["in -> other -> done"]

[[test]]
name = "what goes in comes out"
in = { port = "wan", packets = ["00 01 02 03 04 05  06 07 08 09 0a 0b  08 00"] }
drops = { "done.discarded" = 1 }
"""
LAX = bool(build_setting("IXYFLOW_SANITIZE"))


class Looking(ProgramTestCase):
    def setUp(self):
        super().setUp()
        self.write("p.toml", PIPELINE)
        self.write("precious", "to keep")

    def plugin(self, source, name="stranger"):
        compile_plugin(self.write(f"{name}.cpp", source), self.folder / f"{name}.so")
        self.before = sorted(os.listdir(self.folder))

    def assert_harmless(self):
        self.assertEqual(sorted(os.listdir(self.folder)), self.before)

    @unittest.skipIf(LAX, "builds with sanitizers let every call pass")
    def test_C12_commands_that_look_let_a_plugin_do_no_harm_and_say_what_it_tried(self):
        self.plugin(ELEMENT + HARM)
        for command in (["check", "p.toml"], ["graph", "p.toml"], ["plan", "p.toml"], ["test", "p.toml"],
                        ["graph", "p.toml", "--format", "json"], ["elements", "Stranger", "--plugin", "./stranger.so"],
                        ["schema", "--plugin", "./stranger.so"]):
            with self.subTest(command[0]):
                done = self.expect(0, *command)
                self.assert_harmless()
                for call in ("openat", "socket", "unlink", "clone", "kill", "execve"):
                    self.assertIn(f"warning: the system call '{call}' was refused", done.stderr)

    @unittest.skipUnless(shutil.which("dot"), "graphviz is not installed")
    def test_C12_a_drawing_by_graphviz_is_made_all_the_same(self):
        self.plugin(ELEMENT + ("" if LAX else HARM))
        done = self.expect(0, "graph", "p.toml", "--format", "svg")
        self.assertIn("<svg", done.stdout)
        self.assert_harmless()

    @unittest.skipUnless(shutil.which("strace"), "strace is not installed")
    def test_C12_where_nothing_keeps_them_from_harm_a_files_plugins_are_loaded_only_on_request(self):
        self.plugin(ELEMENT)

        def without_sandbox(*command):
            return subprocess.run(["strace", "-f", "-qq", "-e", "trace=seccomp", "-e", "inject=seccomp:error=ENOSYS", "-o", "trace",
                                   PROGRAM, *command], cwd=self.folder, capture_output=True, text=True, timeout=240, check=False,
                                  # The search for leaks does not work below strace.
                                  env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})

        done = without_sandbox("check", "p.toml")
        self.assertEqual(done.returncode, 78, done.stderr)
        self.assertIn("plugin 'stranger.so': nothing on this machine would keep its code from doing harm", done.stdout)
        self.assertIn("--allow-plugins", done.stdout)
        self.assertNotIn("I am", done.stdout)
        self.assertEqual(without_sandbox("check", "p.toml", "--allow-plugins").returncode, 0)
        # What is named on the command line is the user's own choice.
        self.assertEqual(without_sandbox("schema", "--plugin", "./stranger.so").returncode, 0)

    def test_C8_a_plugin_that_an_access_control_list_lets_others_write_is_refused(self):
        self.plugin(ELEMENT)
        nobody = 65534
        # Version 2, then tag, permissions and user of each entry: owner, one more user, group, mask, others.
        entries = ((0x01, 7, -1), (0x02, 7, nobody), (0x04, 5, -1), (0x10, 7, -1), (0x20, 5, -1))
        acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)
        try:
            os.setxattr(self.folder / "stranger.so", "system.posix_acl_access", acl)
        except OSError:
            self.skipTest("no access control lists in this file system")
        done = self.run_program("check", "p.toml")
        self.assertEqual(done.returncode, 78)
        self.assertIn("can be written by whom its access control list names", done.stdout + done.stderr)

    def test_C8_a_plugin_is_called_by_its_path_and_known_again_by_any_other(self):
        self.plugin(ELEMENT)
        self.plugin(ELEMENT.replace("Stranger", "Other"), "other")
        os.link(self.folder / "stranger.so", self.folder / "same.so")
        done = self.expect(0, "check", "p.toml", "--plugin", "same.so", "--plugin", "other.so")
        self.assertIn(f"I am {pathlib.Path(self.folder).resolve()}/stranger.so\n", done.stdout)
        self.assertIn("Other", self.expect(0, "elements", "--plugin", "same.so", "--plugin", "other.so").stdout)


if __name__ == "__main__":
    unittest.main()
