"""The port `vhost` as the device of DPDK's net_virtio_user, which is a virtio driver with its own ideas."""

import os
import re
import time
import unittest

from captures import captured_frames
from program import CAPTURE, forwarding
from running import RunningTestCase, element
from testpmd import PROGRAM as TESTPMD
from testpmd import Testpmd

GUEST = """
driver = "vhost"
socket = "guest.sock"
queues = {queues}
"""
# Frames of a capture go to the guest, and what the guest sends is written down.
THERE_AND_BACK = forwarding(guest=GUEST, file="""
driver = "pcap"
read = "{capture}"
write = "back.pcap"
""")

# Whatever the guest sends goes back to it.
MIRROR = forwarding(guest=GUEST)


@unittest.skipUnless(TESTPMD, "dpdk-testpmd is not installed")
class VhostTestpmd(RunningTestCase):
    def run_port(self, text, queues=1, capture=CAPTURE):
        self.write("vhost.toml", text.format(queues=queues, capture=capture))
        running = self.start("vhost.toml", "--oversubscribe", "--format", "json")
        running.wait_until(lambda: (self.folder / "guest.sock").exists(), "its socket")
        return running

    def guest(self, more="", name="guest", queues=1, **options):
        guest = Testpmd(self.folder, name, f"net_virtio_user0,path=guest.sock,queues={queues},queue_size=256{more}",
                        queues=queues, **options)
        self.addCleanup(guest.end)
        return guest

    def await_last_frame(self, running):
        """Until all is back, or nothing more comes for two seconds."""
        seen, since = -1, time.monotonic()

        def done(stats):
            nonlocal seen, since
            now = element(stats, "to_file")["in"]
            if now != seen:
                seen, since = now, time.monotonic()
            return now >= 4096 or (now > 0 and time.monotonic() - since > 2)
        running.wait_for_stats(done, "the last frame")

    def forward_capture(self, more="", queues=1):
        running = self.run_port(THERE_AND_BACK, queues)
        guest = self.guest(more, queues=queues, forward="io")
        guest.command("start")
        running.wait_for(f"a front end is connected: {queues} queue pair")
        self.await_last_frame(running)
        running.interrupt()
        running.finish()
        report = self.assert_clean_stop(running)
        sent = captured_frames(CAPTURE)
        back = captured_frames(self.folder / "back.pcap")
        if queues > 1:
            back, sent = sorted(back), sorted(sent)
        # A testpmd that is not let run for long finds its own queue full, and what comes before its queues have begun for
        # good is lost with them. How many it has sent it knows.
        says = dict(re.findall(r"(TX-\w+): (\d+)", guest.command("stop")))
        self.assertEqual(len(back), int(says["TX-packets"]), says)
        self.assertGreater(len(back), 3000)
        left = iter(sent)
        self.assertTrue(all(frame in left for frame in back), "in another order, or others")
        return report

    def test_a_capture_comes_back_over_split_rings_byte_by_byte(self):
        self.forward_capture()

    def test_a_capture_comes_back_over_packed_rings_byte_by_byte(self):
        self.forward_capture(",packed_vq=1")

    def test_a_capture_comes_back_without_mergeable_buffers(self):
        self.forward_capture(",mrg_rxbuf=0,in_order=0")

    def test_a_capture_comes_back_over_packed_rings_without_mergeable_buffers(self):
        self.forward_capture(",packed_vq=1,mrg_rxbuf=0,in_order=0")

    def test_a_capture_comes_back_over_two_pairs_of_queues(self):
        self.forward_capture(queues=2)

    def test_a_capture_comes_back_over_two_packed_pairs_of_queues(self):
        self.forward_capture(",packed_vq=1", queues=2)

    def kill_again_and_again(self, more):
        """IXYFLOW_KILLS says how often; the last guest must find everything as the first one did."""
        kills = int(os.environ.get("IXYFLOW_KILLS", "3"))
        running = self.run_port(MIRROR)
        for number in range(kills):
            guest = self.guest(more, name=f"guest{number}")
            running.wait_for_stats(lambda stats: True, "an answer")
            guest.command("start tx_first 4")
            until = time.monotonic() + 60
            while guest.statistics()["RX-packets"] < 1000 and time.monotonic() < until:
                pass
            guest.kill()
        last = self.guest(more, name="last")
        last.command("start tx_first 4")
        until = time.monotonic() + 60
        while last.statistics()["RX-packets"] < 1000:
            self.assertLess(time.monotonic(), until)
        running.interrupt()
        running.finish()
        report = self.assert_clean_stop(running)
        port = next(one for one in report["ports"] if one["name"] == "guest")
        front_ends = port["counters"]["front_ends"]
        self.assertEqual(front_ends, kills + 1)

    def test_f17_a_guest_that_is_killed_in_mid_burst_loses_no_buffer(self):
        self.kill_again_and_again("")

    def test_f17_a_guest_with_packed_rings_that_is_killed_in_mid_burst_loses_no_buffer(self):
        self.kill_again_and_again(",packed_vq=1")


if __name__ == "__main__":
    unittest.main()
