"""Signals at every named moment of start and stop: tests/FAULTS.md, K1. The moments are failpoints of builds with checks."""

import os
import unittest

from program import ProgramTestCase

PHASES = [
    "control-open",
    "pools-made",
    "assembled",
    "port-open",
    "ports-open",
    "starting",
    "worker-prepared",
    "prepared",
    "running",
    "draining",
    "ended",
    "worker-ended",
    "joined",
    "ports-closed",
]

ENDLESS = """
[ports.source]
driver = "null"

[ports.file]
driver = "pcap"
write = "out.pcap"

[elements.in]
type = "FromDevice"
port = "source"

[elements.queue]
type = "Queue"
capacity = 1000

[elements.out]
type = "ToDevice"
port = "file"

[graph]
paths = ["in -> queue -> out"]
"""


class Signals(ProgramTestCase):
    def setUp(self):
        super().setUp()
        if "checks            on" not in self.run_program("--version").stdout:
            self.skipTest("this build has no failpoints; the dev and sanitizer builds do")
        self.write("endless.toml", ENDLESS)

    def run_with(self, failpoint, code):
        environment = dict(os.environ, IXYFLOW_FAILPOINT=failpoint)
        return self.expect(code, "run", "endless.toml", "--for", "20ms", env=environment)

    def sockets(self):
        return [path.name for path in (self.folder / "run").glob("*.sock")]

    def test_K1_one_signal_at_any_moment_stops_cleanly(self):
        for phase in PHASES:
            for signal in ("SIGINT", "SIGTERM", "SIGHUP"):
                with self.subTest(phase=phase, signal=signal):
                    done = self.run_with(f"{phase}={signal}", 0)
                    self.assertIn("  OK", done.stdout)
                    self.assertEqual(done.stderr, "")
                    self.assertEqual(self.sockets(), [])

    def test_K1_a_second_interrupt_at_any_moment_ends_at_once(self):
        for phase in PHASES:
            with self.subTest(phase=phase):
                self.run_with(f"{phase}=SIGINT,SIGINT", 130)
        # What such an end leaves behind is in nobody's way.
        self.expect(0, "run", "endless.toml", "--for", "20ms")
        self.assertEqual(self.sockets(), [])


if __name__ == "__main__":
    unittest.main()
