"""More workers than the machine has CPUs, and CPUs that somebody else wants more: tests/FAULTS.md, I3 and I5."""

import os
import subprocess
import sys
import unittest

from captures import captured_frames
from program import CAPTURE, COPYING
from running import REPLICATED, RunningTestCase, element, thread_of

# A stop takes 2 s at most; what goes beyond is what a busy machine may add.
STOP = 2 + 10

# Wants a CPU at a real-time priority for as long as it was told, then dies by its own alarm.
SPINNER = """
import os, signal, sys
os.sched_setaffinity(0, {int(sys.argv[1])})
signal.alarm(int(sys.argv[2]))
os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
print("spinning", flush=True)
while True: pass
"""

# Takes a CPU for 50 ms at a time, before everybody else, for three seconds.
HOG = """
import os, sys, time
os.sched_setaffinity(0, {int(sys.argv[1])})
os.setpriority(os.PRIO_PROCESS, 0, -20)
print("hogging", flush=True)
end = time.monotonic() + 3
while time.monotonic() < end:
    burst = time.monotonic() + 0.05
    while time.monotonic() < burst: pass
    time.sleep(0.01)
"""

PACED_COPY = COPYING.replace("[ports.lan]", 'pace = "1kpps"\n\n[ports.lan]')


class CpuTestCase(RunningTestCase):
    def beside(self, program, *arguments):
        """A process that wants a CPU; the test is skipped where it may not have it."""
        process = subprocess.Popen([sys.executable, "-c", program, *map(str, arguments)], stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        if not process.stdout.readline():
            self.skipTest("no right to raise the priority of a process")
        return process

    def start_replicated(self, workers, idle):
        self.write("a.toml", REPLICATED % {"workers": workers, "idle": idle})
        running = self.start("a.toml", "--oversubscribe", "--format", "json")
        self.progress(running)
        return running

    def progress(self, running):
        """Waits until every copy has got packets, and their reader more than now."""
        busy = set()

        def every_copy(stats):
            # With many workers on a CPU some answer late: what they have is in another snapshot.
            busy.update(copy["core"] for copy in element(stats, "check")["copies"] if copy["in"] > 0)
            return len(busy) == len(element(stats, "check")["copies"])

        stats = running.wait_for_stats(every_copy, "packets in every copy")
        done = element(stats, "done")["in"]
        running.wait_for_stats(lambda stats: element(stats, "done")["in"] > done, "more packets at the end")

    def stop(self, running):
        begin = running.interrupt()
        self.assertLess(running.finish() - begin, STOP)
        report = self.assert_clean_stop(running)
        self.assertEqual(report["stopped_by"], "SIGINT")
        return report


class OversubscribedTwoCores(CpuTestCase):
    """The name has ThreadSanitizer run these, too."""

    def test_I3_4_workers_that_spin(self):
        self.stop(self.start_replicated(4, "spin"))

    def test_I3_16_workers_that_rest(self):
        self.stop(self.start_replicated(16, "adaptive"))


class Oversubscribed(CpuTestCase):
    def test_I3_16_workers_that_spin(self):
        self.stop(self.start_replicated(16, "spin"))

    def test_I3_64_workers_that_spin(self):
        report = self.stop(self.start_replicated(64, "spin"))
        self.assertEqual(len(report["workers"]), 66)

    def test_I3_64_workers_that_rest(self):
        self.stop(self.start_replicated(64, "adaptive"))


class RealTimeNeighbours(CpuTestCase):
    def setUp(self):
        super().setUp()
        with open("/proc/sys/kernel/sched_rt_runtime_us") as file:
            if int(file.read()) < 0:
                self.skipTest("real-time threads may starve this machine")

    def test_I3_real_time_threads_on_every_cpu_delay_but_break_nothing(self):
        running = self.start_replicated(4, "adaptive")
        spinners = [self.beside(SPINNER, cpu, 3) for cpu in os.sched_getaffinity(0)]
        for spinner in spinners:
            spinner.wait()
        self.progress(running)
        self.stop(running)

    def test_I3_control_answers_while_a_real_time_thread_has_the_cpu_of_a_worker(self):
        if len(os.sched_getaffinity(0)) < 2:
            self.skipTest("one CPU")
        running = self.start_replicated(2, "adaptive")
        cpu = running.stats()["workers"][1]["cpu"]
        for _ in range(5):
            spinner = self.beside(SPINNER, cpu, 3)
            answered = running.stats() is not None and spinner.poll() is None
            spinner.kill()
            if answered:
                break
        self.assertTrue(answered)
        self.stop(running)


class CpuHog(CpuTestCase):
    def test_I5_a_hog_at_nice_20_below_makes_no_event_and_no_loss(self):
        self.write("a.toml", PACED_COPY)
        running = self.start("a.toml", "--format", "json")
        worker = running.wait_until(lambda: thread_of(running.pid, "main"), "a worker")
        hog = self.beside(HOG, min(os.sched_getaffinity(worker)))
        running.finish()
        self.assertIsNotNone(hog.wait())
        report = self.assert_clean_stop(running)
        self.assertEqual(running.stderr, [])
        self.assertEqual(report["ledger"]["dropped"], 0)
        self.assertEqual(captured_frames(self.folder / "out.pcap"), captured_frames(CAPTURE))


if __name__ == "__main__":
    unittest.main()
