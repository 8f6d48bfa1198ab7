"""The command line: usage errors, help, standard streams, colours."""

import os
import pathlib
import pty
import re
import subprocess
import unittest

from program import COUNTING, PROGRAM, ProgramTestCase

COMMANDS = ["run", "check", "test", "plan", "graph", "new", "elements", "schema", "ps", "stats", "get", "set", "add",
            "delete", "stop", "dev"]


class UsageTest(ProgramTestCase):
    def refused(self, *arguments):
        done = self.expect(2, *arguments)
        self.assertEqual(done.stdout, "")
        return done.stderr

    def test_B1_no_arguments(self):
        self.assertIn("a command is missing", self.refused())

    def test_B1_unknown_command_with_the_nearest_one(self):
        self.assertIn("did you mean 'check'?", self.refused("chek", "a.toml"))

    def test_B1_unknown_option_with_the_nearest_one(self):
        self.assertIn("unknown option '--brust'; did you mean '--burst'?", self.refused("run", "a.toml", "--brust=3"))
        self.assertIn("unknown option '-z'", self.refused("run", "-z", "a.toml"))

    def test_B1_missing_value(self):
        self.assertIn("'--burst' needs a value", self.refused("run", "a.toml", "--burst"))

    def test_B1_wrong_values(self):
        for option in ["--burst=0", "--burst=257", "--burst=x", "--burst=-1", "--for=10", "--for=0s", "--stats=fast",
                       "--trace=0", "--trace=65536", "--format=xml", "--swap=lan", "--set=name", "--color=blue"]:
            self.assertIn(f"option '{option.split('=')[0]}' ", self.refused("run", "a.toml", option), option)

    def test_B1_option_given_twice(self):
        for twice in (["--burst", "1", "--burst", "2"], ["--oversubscribe", "--oversubscribe"],
                      ["--format", "text", "--format", "json"], ["--color", "never", "--color", "never"]):
            self.assertIn("is given twice", self.refused("run", "a.toml", *twice))

    def test_B1_missing_and_surplus_files(self):
        self.assertIn("FILE is missing", self.refused("run"))
        self.assertIn("unexpected argument 'b.toml'", self.refused("run", "a.toml", "b.toml"))

    def test_B1_ten_thousand_arguments(self):
        self.assertIn("10001 arguments", self.refused("check", *["a.toml"] * 10_000))

    def test_B1_argument_of_128_KiB(self):
        self.assertIn("has 131071 bytes", self.refused("check", "x" * (128 * 1024 - 1)))

    def test_B1_argument_that_is_not_utf8(self):
        done = subprocess.run([PROGRAM.encode(), b"check", b"\xff\xfe.toml"], capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 2)
        self.assertIn(rb"argument 2 is not UTF-8: \xff\xfe.toml", done.stderr)

    def test_control_characters_of_arguments_do_not_reach_the_terminal(self):
        self.assertNotIn("\x1b", self.refused("\x1b[31mrun"))


class HelpTest(ProgramTestCase):
    def test_help_is_a_command_too(self):
        self.assertEqual(self.expect(0, "help").stdout, self.expect(0, "--help").stdout)
        self.assertEqual(self.expect(0, "help", "run").stdout, self.expect(0, "run", "--help").stdout)
        self.assertRegex(self.expect(0, "help").stdout, r"\n  help ")
        self.assertIn("unknown command 'rum'; did you mean 'run'?", self.expect(2, "help", "rum").stderr)

    def test_help_of_the_program_and_of_every_command(self):
        text = self.expect(0, "--help").stdout
        for command in COMMANDS:
            self.assertRegex(text, rf"\n  {command} ")
            of_command = self.expect(0, command, "--help").stdout
            self.assertIn(f"Usage: ixyflow {command}", of_command)
            self.assertIn("Example:\n  ixyflow " + command, of_command)
            self.assertLessEqual(max(map(len, of_command.splitlines())), 110)

    def test_the_help_lists_exactly_the_commands_that_have_a_file(self):
        listed = re.findall(r"^  (\w+) +\S", self.expect(0, "--help").stdout.split("Commands:\n")[1].split("\n\n")[0],
                            re.MULTILINE)
        folder = pathlib.Path(os.environ["IXYFLOW_SOURCE_DIR"]) / "tools/ixyflow/commands"
        listed.remove("help")
        self.assertEqual(sorted(listed), sorted(path.stem.removesuffix("_command") for path in folder.rglob("*_command.cpp")))
        # What a newcomer needs comes first, the machine last; in between what belongs together.
        self.assertEqual([name for name in listed if name in COMMANDS], COMMANDS)

    def test_version_names_interface_and_drivers(self):
        text = self.expect(0, "--version").stdout
        self.assertRegex(text, r"^ixyflow \d+\.\d+\.\d+\nplugin interface +\d+\nport drivers .*pcap")


class StreamsTest(ProgramTestCase):
    def test_B2_full_standard_output_is_exit_74(self):
        with open("/dev/full", "w") as full:
            done = self.expect(74, "elements", stdout=full, stderr=subprocess.PIPE, capture_output=False)
        self.assertIn("cannot write to the standard output: No space left", done.stderr)

    def test_B2_full_standard_error_is_no_crash(self):
        with open("/dev/full", "w") as full:
            self.expect(2, "run", stderr=full, stdout=subprocess.PIPE, capture_output=False)

    def closed(self, redirections, *arguments):
        words = " ".join(f"'{word}'" for word in [PROGRAM, *arguments])
        return subprocess.run(["sh", "-c", f"{words} {redirections}"], cwd=self.folder, capture_output=True, text=True,
                              timeout=60)

    def test_B2_closed_standard_output_is_exit_74(self):
        done = self.closed(">&-", "elements")
        self.assertEqual(done.returncode, 74)
        self.assertIn("it is closed", done.stderr)

    def test_B2_files_never_get_the_numbers_of_closed_streams(self):
        self.write("a.toml", COUNTING.format(count=100) + """
[ports.lan]
driver = "pcap"
write = "out.pcap"
[elements.tee]
type = "Tee"
[elements.out]
type = "ToDevice"
port = "lan"
""".replace("[graph]", ""))
        text = (self.folder / "a.toml").read_text().replace("in -> count -> Discard", "in -> count -> out")
        self.write("a.toml", text.replace('[elements.tee]\ntype = "Tee"\n', ""))
        self.closed("<&- >&- 2>&-", "run", "a.toml")
        data = (self.folder / "out.pcap").read_bytes()
        self.assertEqual(len(data), 24 + 100 * (16 + 64), "nothing but the packets is in the file")

    def test_results_go_to_stdout_and_messages_to_stderr(self):
        self.write("a.toml", COUNTING.format(count=10))
        done = self.expect(0, "run", "a.toml")
        self.assertIn("ledger:", done.stdout)
        self.assertEqual(done.stderr, "")


class ColourTest(ProgramTestCase):
    def coloured(self, *arguments, terminal=False, **environment):
        environment = {"PATH": os.environ["PATH"], "TERM": "xterm", **environment}
        if not terminal:
            return "\x1b[" in self.expect(0, "elements", *arguments, env=environment).stdout
        master, slave = pty.openpty()
        with os.fdopen(master, "rb", 0) as reader:
            done = subprocess.Popen([PROGRAM, "elements", "Tee", *arguments], stdout=slave, stderr=slave, env=environment)
            os.close(slave)
            text = b""
            try:
                while chunk := reader.read(4096):
                    text += chunk
            except OSError:  # what Linux says when the last writer has gone
                pass
            self.assertEqual(done.wait(60), 0)
        return b"\x1b[" in text

    def test_automatic_colours_only_on_a_terminal(self):
        self.assertFalse(self.coloured())
        self.assertTrue(self.coloured(terminal=True))

    def test_environment_decides_where_the_option_does_not(self):
        self.assertFalse(self.coloured(terminal=True, NO_COLOR="1"))
        self.assertFalse(self.coloured(terminal=True, TERM="dumb"))
        self.assertTrue(self.coloured(CLICOLOR_FORCE="1"))
        self.assertFalse(self.coloured(CLICOLOR_FORCE="1", NO_COLOR="1"))

    def test_option_decides_before_the_environment(self):
        self.assertTrue(self.coloured("--color", "always", NO_COLOR="1"))
        self.assertFalse(self.coloured("--color", "never", terminal=True))


if __name__ == "__main__":
    unittest.main()
