"""What becomes of what a run has, however it ends: tests/FAULTS.md, K2 to K4. What only a guest can show stands in tests/vm."""

import os
import pathlib
import signal
import time
import unittest

from program import COUNTING, PROGRAM
from running import PATIENCE, RunningTestCase

SOCKET = "control.sock"


def guardian_of(running):
    """The process that waits for the end of a run."""
    child, = pathlib.Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
    return int(child)


def expect_soon(test, condition, what):
    until = time.monotonic() + PATIENCE
    while not condition():
        test.assertLess(time.monotonic(), until, what)
        time.sleep(0.01)


class Killed(RunningTestCase):
    def start_run(self, *arguments, **options):
        self.write("a.toml", COUNTING.format(count=0))
        running = self.start("a.toml", "--format", "json", *arguments, **options)
        running.wait_until(running.stats, "the control socket")
        return running

    def expect_next_start(self):
        """The next run has the socket at once, whether or not the guardian of the last one has finished."""
        running = self.start_run()
        running.interrupt()
        running.finish()
        self.assert_clean_stop(running)

    def test_K2_whatever_kills_a_run_its_socket_goes_and_the_next_one_starts_at_once(self):
        for name in ("SIGKILL", "SIGQUIT", "SIGABRT", "SIGSEGV", "SIGSYS", "SIGUSR1", "SIGALRM"):
            with self.subTest(signal=name):
                running = self.start_run()
                running.process.send_signal(getattr(signal, name))
                running.finish()
                self.assertNotEqual(running.code, 0)
                if name == "SIGQUIT":
                    expect_soon(self, lambda: not (self.folder / SOCKET).exists(), "the socket is still there")
                self.expect_next_start()

    def test_K2_the_guardian_hears_no_signal_and_holds_no_pipe(self):
        running = self.start_run()
        guardian = guardian_of(running)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE):
            os.kill(guardian, number)
        self.assertNotEqual(os.getsid(guardian), os.getsid(running.pid))
        links = [os.readlink(f"/proc/{guardian}/fd/{number}") for number in range(3)]
        self.assertEqual(links, ["/dev/null"] * 3)
        running.process.kill()
        running.finish()
        expect_soon(self, lambda: not (self.folder / SOCKET).exists(), "the socket is still there")
        expect_soon(self, lambda: not os.path.exists(f"/proc/{guardian}"), "the guardian has not ended")

    def test_a_run_that_ends_in_order_leaves_no_guardian(self):
        running = self.start_run()
        guardian = guardian_of(running)
        running.interrupt()
        running.finish()
        self.assert_clean_stop(running)
        self.assertFalse(os.path.exists(f"/proc/{guardian}"))

    def test_a_run_that_has_nothing_to_leave_has_no_guardian(self):
        self.write("a.toml", COUNTING.format(count=0))
        running = self.start("a.toml", "--no-control", "--stats", "100ms")
        running.wait_for("")
        self.assertEqual(pathlib.Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text(), "")

    def test_K3_a_hangup_ends_a_run_in_order(self):
        running = self.start_run()
        running.process.send_signal(signal.SIGHUP)
        running.finish()
        report = self.assert_clean_stop(running)
        self.assertEqual(report["stopped_by"], "SIGHUP")

    def test_K4_a_hangup_that_nohup_has_ignored_stays_so(self):
        running = self.start_run(command=("sh", "-c", "trap '' HUP; exec \"$@\"", "sh", PROGRAM))
        running.process.send_signal(signal.SIGHUP)
        self.assertIsNotNone(running.stats())
        running.interrupt()
        running.finish()
        self.assertEqual(self.assert_clean_stop(running)["stopped_by"], "SIGINT")


if __name__ == "__main__":
    unittest.main()
