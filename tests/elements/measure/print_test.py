"""Print in the built program: what a reader gets who takes his time, and what he is told of the rest."""

import os
import subprocess
import time
import unittest

from program import CAPTURE, PROGRAM, ProgramTestCase

PRINTING = """
[ports.wan]
%s
[elements.in]
type = "FromDevice"
port = "wan"
[elements.show]
type = "Print"
[graph]
paths = ["in -> show -> Discard"]
"""


class Print(ProgramTestCase):
    def test_every_line_is_shown_where_the_source_waits(self):
        self.write("print.toml", PRINTING % f'driver = "pcap"\nread = "{CAPTURE}"')
        command = [PROGRAM, "run", "print.toml", "--no-control"]
        text = b""
        with subprocess.Popen(command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            # A reader that takes its time holds up the source, and nothing is left out.
            while piece := os.read(process.stderr.fileno(), 16384):
                text += piece
                time.sleep(0.01)
        self.assertEqual(process.returncode, 0)
        lines = text.decode().splitlines()
        self.assertEqual(len([line for line in lines if "warning" not in line]), 4096, lines[-3:])

    def test_what_was_held_back_is_said_at_the_end(self):
        self.write("print.toml", PRINTING % 'driver = "generator"\ncount = 5000\nrate = "100kpps"')
        done = self.run_program("run", "print.toml", "--no-control")
        self.assertRegex(done.stderr, r"note: Print 'show' held back [34],[0-9]\d\d lines; 'limit' and 'per_second'")


if __name__ == "__main__":
    unittest.main()
