"""What becomes of what a run has, however it ends: tests/FAULTS.md, K2 to K4. What only a guest can show stands in tests/vm."""

import os
import pathlib
import random
import signal
import subprocess
import time
import unittest

from program import COUNTING, PROGRAM
from running import PATIENCE, RunningTestCase

SOCKET = "control.sock"


def guardian_of(running):
    """The process that waits for the end of a run."""
    child, = pathlib.Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
    return int(child)


def guarded(pid):
    """Whether signals that programs catch for themselves do not end it any more."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    ignored = next(line for line in lines if line.startswith("SigIgn:"))
    return int(ignored.split()[1], 16) & (1 << (signal.SIGUSR2 - 1))


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
        for name in ("SIGKILL", "SIGQUIT", "SIGABRT", "SIGSEGV", "SIGSYS", "SIGVTALRM", "SIGXCPU"):
            with self.subTest(signal=name):
                running = self.start_run()
                running.process.send_signal(getattr(signal, name))
                running.finish()
                self.assertNotEqual(running.code, 0)
                if name == "SIGQUIT":
                    expect_soon(self, lambda: not (self.folder / SOCKET).exists(), "the socket is still there")
                self.expect_next_start()

    def test_K2_killed_at_any_moment_a_run_is_in_nobodys_way(self):
        """At some moments; by hand at as many as IXYFLOW_KILLS says."""
        self.write("a.toml", COUNTING.format(count=0))
        moments = random.Random(1)
        slowest = 0
        for _ in range(int(os.environ.get("IXYFLOW_KILLS", "10"))):
            running = self.start("a.toml", "--oversubscribe")
            time.sleep(moments.random() * 0.2)
            running.process.kill()
            running.finish()
            begin = time.monotonic()
            self.expect(0, "run", "a.toml", "--oversubscribe", "--socket", SOCKET, "--for", "1ms")
            slowest = max(slowest, time.monotonic() - begin)
            self.assertFalse((self.folder / SOCKET).exists())
        if "IXYFLOW_KILLS" in os.environ:
            print(f"the slowest start after a kill, and its end, took {slowest:.2f} s")

    def test_K2_the_guardian_hears_no_signal_and_holds_no_pipe(self):
        running = self.start_run()
        guardian = guardian_of(running)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE):
            os.kill(guardian, number)
        self.assertNotEqual(os.getsid(guardian), os.getsid(running.pid))
        links = lambda: [os.readlink(f"/proc/{guardian}/fd/{number}") for number in range(3)]
        expect_soon(self, lambda: links() == ["/dev/null"] * 3, "it holds what the run was given")
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
        expect_soon(self, lambda: not os.path.exists(f"/proc/{guardian}"), "the guardian has not ended")

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

    def test_K4_signals_that_mean_nothing_to_a_run_do_nothing(self):
        running = self.start_run()
        for name in ("SIGUSR2", "SIGALRM", "SIGCHLD", "SIGWINCH", "SIGPIPE", "SIGXFSZ", "SIGURG", "SIGCONT"):
            running.process.send_signal(getattr(signal, name))
        self.assertIsNotNone(running.stats())
        self.assertEqual(running.messages(), "")
        running.process.send_signal(signal.SIGTSTP)
        running.process.send_signal(signal.SIGCONT)
        running.process.send_signal(signal.SIGTERM)
        running.finish()
        self.assertEqual(self.assert_clean_stop(running)["stopped_by"], "SIGTERM")

    def test_K4_the_first_user_signal_has_the_state_of_a_run_written_to_its_log(self):
        running = self.start_run()
        for _ in range(2):
            running.process.send_signal(signal.SIGUSR1)
        for pattern in (r"^state of a: ", r"^in +FromDevice ", r"^source +null ", r"^ledger: received [0-9,]+ \+",
                        r"^CORE +CPU +ROUNDS +FREE BUFFERS +OF +WHERE IT IS", r"^main +\d+ +[\d,]+ +[\d,]+ +[\d,]+ +(in element|between)"):
            running.wait_for(pattern)
        running.interrupt()
        running.finish()
        self.assert_clean_stop(running)

    def test_K4_no_signal_to_users_ends_a_command_that_only_looks(self):
        # It waits for its input, which does not come before the signals have.
        checking = subprocess.Popen([PROGRAM, "check", "-"], cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        expect_soon(self, lambda: guarded(checking.pid), "the command has not begun")
        for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGPIPE):
            checking.send_signal(number)
        self.assertIn("<standard input>", checking.communicate(COUNTING.format(count=1), timeout=PATIENCE)[0])
        self.assertEqual(checking.returncode, 0)

    def test_K4_a_hangup_that_nohup_has_ignored_stays_so(self):
        running = self.start_run(command=("sh", "-c", "trap '' HUP; exec \"$@\"", "sh", PROGRAM))
        running.process.send_signal(signal.SIGHUP)
        self.assertIsNotNone(running.stats())
        running.interrupt()
        running.finish()
        self.assertEqual(self.assert_clean_stop(running)["stopped_by"], "SIGINT")


if __name__ == "__main__":
    unittest.main()
