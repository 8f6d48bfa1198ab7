"""A standard error that nobody reads: neither the control thread nor a worker waits for it."""

import fcntl
import os
import signal
import subprocess
import time
import unittest

from program import PROGRAM, ProgramTestCase

PRINTING = """
[ports.source]
driver = "generator"
rate = "1Mpps"

[elements.in]
type = "FromDevice"
port = "source"

[elements.show]
type = "Print"
per_second = 0

[graph]
paths = ["in -> show -> Discard"]
"""


def full_pipe():
    """The ends of a pipe that takes nothing more."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    try:
        while True:
            os.write(write, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(write, True)
    return read, write


class UnreadStderr(ProgramTestCase):
    def setUp(self):
        super().setUp()
        self.write("a.toml", PRINTING)
        self.read, self.write_end = full_pipe()
        self.addCleanup(os.close, self.read)
        self.process = subprocess.Popen([PROGRAM, "run", "a.toml", "--socket", "control.sock", "--stats", "10ms"],
                                        cwd=self.folder, stdout=subprocess.PIPE, stderr=self.write_end, text=True)
        self.addCleanup(self.process.stdout.close)
        self.addCleanup(self.process.wait)
        self.addCleanup(self.process.kill)
        os.close(self.write_end)

    def expect_answers(self):
        # Until the socket is there.
        for _ in range(100):
            done = self.run_program("stats", "--socket", "control.sock")
            if done.returncode == 0:
                return
        self.fail(done.stderr)

    def expect_end(self):
        out, _ = self.process.communicate(timeout=60)
        self.assertEqual(self.process.returncode, 0, out)
        self.assertIn("  OK", out)

    def test_N6_a_run_that_prints_into_a_full_pipe_answers_and_ends(self):
        self.expect_answers()
        self.assertFalse(fcntl.fcntl(self.read, fcntl.F_GETFL) & os.O_NONBLOCK)
        self.process.send_signal(signal.SIGTERM)
        self.expect_end()

    def test_N6_lines_that_found_no_room_are_counted(self):
        self.expect_answers()
        text = b""
        pause = 0.1
        # Ever more slowly, so that it is behind at last, however slow the run is.
        while b"lines were left out here" not in text:
            time.sleep(pause)
            pause *= 1.5
            text = text[-200:] + os.read(self.read, 65536)
        self.process.send_signal(signal.SIGTERM)
        os.set_blocking(self.read, False)
        self.expect_end()

    def test_K1_a_second_interrupt_ends_it_at_once(self):
        self.expect_answers()
        self.process.send_signal(signal.SIGSTOP)
        self.process.send_signal(signal.SIGINT)
        self.process.send_signal(signal.SIGCONT)
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=60)
        self.assertIn(self.process.returncode, (0, 130))


if __name__ == "__main__":
    unittest.main()
