"""One worker stands still, the others do not: tests/FAULTS.md, I4."""

import json
import time
import unittest

from running import RunningTestCase, element, thread_of
from stopped_thread import StoppedThread

# Two branches that share nothing; the first one leads over a ring that drops.
TWO_BRANCHES = """
[cores]
rx = {}
work = {}
other = {}

[ports.first]
driver = "generator"
rate = "20kpps"

[ports.second]
driver = "generator"
rate = "1kpps"

[ports.file]
driver = "pcap"
write = "out.pcap"

[elements.in]
type = "FromDevice"
port = "first"
core = "rx"

[elements.count]
type = "Counter"
core = "work"

[elements.in2]
type = "FromDevice"
port = "second"
core = "other"

[elements.out2]
type = "ToDevice"
port = "file"

[graph]
paths = ["in -> count -> Discard", "in2 -> out2"]

[rings]
"in -> count" = { length = 256, full = "drop" }
"""

RECORD = 16 + 64  # of the file: its header and a packet of the generator


def worker(stats, name):
    return next(one for one in stats["workers"] if one["name"] == name)


class OneWorkerTwoCores(RunningTestCase):
    """The name has ThreadSanitizer run these, too."""

    def start_and_stop_work(self):
        self.write("a.toml", TWO_BRANCHES)
        running = self.start("a.toml", "--oversubscribe", "--format", "json")
        running.wait_for_stats(lambda stats: element(stats, "count")["in"] > 0 and element(stats, "in2")["received"] > 0,
                               "packets in both branches")
        self.stopped = StoppedThread(thread_of(running.pid, "work"))
        return running

    def check_that_the_others_go_on(self, running):
        running.wait_for("warning: core 'work' has not finished a round .*; the others go on$")
        stats = running.wait_for_stats(lambda stats: worker(stats, "work")["stale"], "a stale worker")
        self.assertIn("core 'work' did not answer in time: what it has done is missing here\n", running.command("stats"))
        received, dropped = element(stats, "in2")["received"], stats["rings"][0]["dropped"]
        running.wait_for_stats(lambda stats: element(stats, "in2")["received"] > received
                               and stats["rings"][0]["dropped"] > dropped, "traffic beside the stopped core")

    def test_I4_the_others_go_on_drops_are_counted_and_it_recovers(self):
        running = self.start_and_stop_work()
        until = time.monotonic() + 3
        self.check_that_the_others_go_on(running)
        time.sleep(max(0.0, until - time.monotonic()))
        self.assertEqual(len(running.said("core 'work' has not finished")), 1, "said once, not again and again")
        self.stopped.go_on()
        running.wait_for(r"note: core 'work' is back after [\d.]+ s$")
        stats = running.wait_for_stats(lambda stats: not worker(stats, "work")["stale"], "an answer of the core")
        count = element(stats, "count")["in"]
        running.wait_for_stats(lambda stats: element(stats, "count")["in"] > count, "more packets on the core")

        begin = running.interrupt()
        self.assertLess(running.finish() - begin, 2 + 10)
        report = self.assert_clean_stop(running)
        self.assertGreater(report["rings"][0]["dropped"], 0)
        exits = {one["name"]: one["packets"] for one in element(report, "in")["exits"]}
        self.assertEqual(exits.get("ring_full", report["rings"][0]["dropped"]), report["rings"][0]["dropped"])

    def test_I4_a_stop_does_not_wait_for_it_for_ever(self):
        running = self.start_and_stop_work()
        running.interrupt()
        self.stopped.wait_for_death()
        running.finish()
        self.assertEqual(running.code, 70)
        self.assertEqual(len(running.said("^error: ")), 1, running.messages())
        self.assertTrue(running.said("^error: core 'work' did not stop"), running.messages())
        self.assertFalse((self.folder / "control.sock").exists())
        # What the others did is complete.
        report = json.loads(running.stdout)
        self.assertTrue(worker(report, "work")["stale"])
        sent = next(port for port in report["ports"] if port["name"] == "file")["transmitted"]
        self.assertGreater(sent, 0)
        self.assertEqual((self.folder / "out.pcap").stat().st_size, 24 + sent * RECORD)

    def test_I4_a_second_interrupt_ends_at_once(self):
        running = self.start_and_stop_work()
        # More than two, because signals that come before the first one is taken are one.
        self.stopped.wait_for_death(meanwhile=running.interrupt)
        running.finish()
        self.assertEqual(running.code, 130)

    def test_I4_it_comes_back_while_the_run_stops(self):
        running = self.start_and_stop_work()
        self.check_that_the_others_go_on(running)
        running.interrupt()
        self.stopped.go_on()
        running.finish()
        self.assert_clean_stop(running)


if __name__ == "__main__":
    unittest.main()
