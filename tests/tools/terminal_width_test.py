"""What people look at fits into their terminal, from 40 to 250 columns; what goes into a pipe has no limit."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
import unittest

from program import CAPTURE, PROGRAM, SOURCE, ProgramTestCase

ESCAPES = re.compile(r"\x1b\[[0-9;]*[mK]")
WIDTHS = (40, 60, 80, 100, 250)


def without_colours(text):
    return ESCAPES.sub("", text)


class TerminalTest(ProgramTestCase):
    def in_terminal(self, columns, *arguments, **environment):
        """What a terminal of that width is sent, line by line."""
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        process = subprocess.Popen([PROGRAM, *arguments], cwd=self.folder, stdin=follower, stdout=follower, stderr=follower,
                                   env={**os.environ, "TERM": "xterm", **environment})
        os.close(follower)
        received = b""
        while True:
            try:
                piece = os.read(leader, 65536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            received += piece
        os.close(leader)
        process.wait(timeout=60)
        self.assertIn(process.returncode, (0, 1, 2), received)
        return received.decode().replace("\r\n", "\n")

    def assert_fits(self, columns, *arguments, **environment):
        text = self.in_terminal(columns, *arguments, **environment)
        for line in without_colours(text).split("\n"):
            # The status line is written over itself.
            self.assertLessEqual(len(line.rsplit("\r", 1)[-1]), columns, f"{arguments}: {line}")
        return text

    def test_tables_and_sentences_of_every_command_fit(self):
        routes = SOURCE / "pipelines" / "static_routes.toml"
        cores = str(SOURCE / "pipelines" / "replicated_firewall.toml")
        for columns in WIDTHS:
            summary = self.assert_fits(columns, "run", str(routes), "--set", f"capture={CAPTURE}", "--no-control")
            for essential in ("ELEMENT", "PACKETS", "WHERE THEY WENT", "upstream", "ledger:"):
                self.assertIn(essential, summary)
            self.assert_fits(columns, "plan", cores, "--topology", "node:2 core:8 pu:2", "--explain")
            self.assert_fits(max(columns, 60), "graph", cores)
            self.assert_fits(columns, "elements")
            self.assert_fits(columns, "elements", "Counter")
            self.assert_fits(columns, "--help")
            # An example is to be typed as it stands.
            for line in self.in_terminal(columns, "run", "--help").split("Example:")[0].split("\n"):
                self.assertLessEqual(len(line), columns)

    def test_a_wide_terminal_is_used_and_a_narrow_one_loses_what_matters_least(self):
        run = ("run", str(SOURCE / "pipelines" / "static_routes.toml"), "--set", f"capture={CAPTURE}", "--no-control")
        self.assertIn("PKT/BATCH", self.in_terminal(120, *run))
        narrow = self.in_terminal(60, *run)
        self.assertNotIn("PKT/BATCH", narrow)
        self.assertIn("[expired] -> end", narrow)

    def test_pipes_have_no_limit_unless_the_environment_sets_one(self):
        self.write("dev.toml", (SOURCE / "pipelines" / "static_routes.toml").read_text())
        environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
        run = ("run", "dev.toml", "--set", f"capture={CAPTURE}", "--no-control")
        self.assertIn("PKT/BATCH", self.expect(0, *run, env=environment).stdout)
        narrow = self.expect(0, *run, env={**environment, "COLUMNS": "40"}).stdout
        self.assertLessEqual(max(map(len, narrow.splitlines())), 40)

    def test_colours_are_for_terminals_and_for_whoever_wants_them(self):
        graph = ("graph", str(SOURCE / "pipelines" / "two_cores.toml"))
        self.assertIn("\x1b[36m", self.in_terminal(100, *graph))
        self.assertNotIn("\x1b", self.in_terminal(100, *graph, NO_COLOR="1"))
        self.assertNotIn("\x1b", self.expect(0, *graph).stdout)
        self.assertEqual(without_colours(self.in_terminal(100, *graph)), self.in_terminal(100, *graph, NO_COLOR="1"))

    def test_nothing_that_matters_of_a_network_card_is_cut(self):
        device = self.folder / "bus" / "pci" / "devices" / "0000:03:00.0"
        (device / "net" / "enp3s0").mkdir(parents=True)
        (self.folder / "proc" / "net").mkdir(parents=True)
        for name, text in {"vendor": "0x8086", "device": "0x10fb", "class": "0x020000", "numa_node": "0"}.items():
            (device / name).write_text(text + "\n")
        (device / "net" / "enp3s0" / "flags").write_text("0x1003\n")
        (device / "net" / "enp3s0" / "operstate").write_text("up\n")
        reason = json.loads(self.expect(0, "dev", "--format", "json", env={**os.environ, "IXYFLOW_SYSFS": str(self.folder)})
                            .stdout)[0]
        for columns in WIDTHS:
            text = self.assert_fits(columns, "dev", IXYFLOW_SYSFS=str(self.folder))
            flat = re.sub(r"\s+", " ", without_colours(text))
            self.assertIn("enp3s0 " + reason["interfaces"][0]["reason"], flat)
            self.assertIn(reason["verdict"], flat)


if __name__ == "__main__":
    unittest.main()
