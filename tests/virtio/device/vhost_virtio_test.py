"""The driver `virtio` over vhost-user, with DPDK's net_vhost as the device and with our own `vhost`."""

import os
import subprocess
import time
import unittest

from captures import captured_frames
from program import CAPTURE, PROGRAM, forwarding
from running import Running, RunningTestCase, element
from testpmd import PROGRAM as TESTPMD
from testpmd import Testpmd

# The capture goes to the device, and what comes from there is written down.
GUEST = forwarding(card="""
driver = "virtio"
device = "vhost-user:guest.sock"
receive_descriptors = 4096
transmit_descriptors = 256
{options}
""", file=f"""
driver = "pcap"
read = "{CAPTURE}"
write = "back.pcap"
""")

# Whatever the guest sends goes back to it.
MIRROR = forwarding(guest="""
driver = "vhost"
socket = "guest.sock"
{options}
""")

# As many frames as can be, in bursts that have no end.
FLOOD = """
[ports.card]
driver = "virtio"
device = "vhost-user:guest.sock"
ring = "{ring}"

[ports.source]
driver = "generator"

[elements.from_source]
type = "FromDevice"
port = "source"

[elements.to_card]
type = "ToDevice"
port = "card"

[elements.from_card]
type = "FromDevice"
port = "card"

[graph]
paths = ["from_source -> to_card", "from_card -> Discard"]
"""


class VirtioCase(RunningTestCase):
    def run_guest(self, options):
        (self.folder / "guest.toml").write_text(GUEST.format(options=options))
        return self.start("guest.toml", "--oversubscribe", "--format", "json")

    def send_and_compare(self, running):
        running.wait_for_stats(lambda stats: element(stats, "to_file")["in"] >= 4096, "the last frame")
        running.interrupt()
        running.finish()
        self.assert_clean_stop(running)
        back, sent = captured_frames(self.folder / "back.pcap"), captured_frames(CAPTURE)
        self.assertTrue(back == sent, f"{len(back)} frames of {len(sent)} came back, or others")


class OwnDevice(VirtioCase):
    """Two processes of ours."""

    def device(self, options=""):
        folder = self.folder / "device"
        folder.mkdir()
        (folder / "mirror.toml").write_text(MIRROR.replace("guest.sock", str(self.folder / "guest.sock"))
                                            .format(options=options))
        running = Running(folder, "mirror.toml", "--oversubscribe", "--format", "json")
        self.addCleanup(running.end)
        return running

    def forward(self, options):
        device = self.device()
        device.wait_until(lambda: (self.folder / "guest.sock").exists(), "its socket")
        self.send_and_compare(self.run_guest(options))
        device.wait_for("the front end is gone")
        device.interrupt()
        device.finish()
        report = self.assert_clean_stop(device)
        self.assertEqual(report["ledger"]["received"], 4096)

    def test_a_capture_comes_back_over_split_rings_byte_by_byte(self):
        self.forward('ring = "split"')

    def test_a_capture_comes_back_over_packed_rings_byte_by_byte(self):
        self.forward('ring = "packed"')

    def test_a_capture_comes_back_in_mergeable_buffers(self):
        self.forward("mergeable = true")

    def kill_again_and_again(self, ring):
        """IXYFLOW_KILLS says how often a guest is killed in the middle of a burst."""
        kills = int(os.environ.get("IXYFLOW_KILLS", "5"))
        device = self.device()
        device.wait_until(lambda: (self.folder / "guest.sock").exists(), "its socket")
        self.write("flood.toml", FLOOD.format(ring=ring))
        guests = []
        self.addCleanup(lambda: guests[-1].kill())

        def connected(before):
            # A guest gives up when the machine keeps its device from answering for a second: then it is another one.
            if not guests or guests[-1].poll() is not None:
                guests.append(subprocess.Popen([PROGRAM, "run", "flood.toml", "--oversubscribe", "--no-control"],
                                               cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            return len(device.said("a front end is connected")) > before
        for number in range(kills):
            before = len(device.said("a front end is connected"))
            device.wait_until(lambda: connected(before), f"guest {number}")
            time.sleep(0.005 * (number % 10))
            ends = len(device.said("front end is gone|sent away"))
            guests[-1].kill()
            guests[-1].wait()
            device.wait_until(lambda: len(device.said("front end is gone|sent away")) > ends, f"end of guest {number}")
        device.interrupt()
        device.finish()
        report = self.assert_clean_stop(device)
        port = next(one for one in report["ports"] if one["name"] == "guest")
        self.assertGreaterEqual(port["counters"]["front_ends"], kills)
        self.assertGreater(port["received"], 0)

    def test_f17_a_guest_that_is_killed_in_mid_burst_loses_no_buffer(self):
        self.kill_again_and_again("split")

    def test_f17_a_guest_with_packed_rings_that_is_killed_in_mid_burst_loses_no_buffer(self):
        self.kill_again_and_again("packed")

    def test_the_device_may_be_the_one_that_connects(self):
        guest = self.run_guest("server = true")
        guest.wait_until(lambda: (self.folder / "guest.sock").exists(), "its socket")
        device = self.device("connect = true")
        self.send_and_compare(guest)
        device.wait_for("the front end is gone")


@unittest.skipUnless(TESTPMD, "dpdk-testpmd is not installed")
class DpdkDevice(VirtioCase):
    def device(self):
        device = Testpmd(self.folder, "device", "net_vhost0,iface=guest.sock,queues=1")
        self.addCleanup(device.end)
        device.command("start")
        return device

    def test_a_capture_comes_back_over_split_rings_byte_by_byte(self):
        self.device()
        self.send_and_compare(self.run_guest('ring = "split"'))

    def test_a_capture_comes_back_over_packed_rings_byte_by_byte(self):
        self.device()
        self.send_and_compare(self.run_guest('ring = "packed"'))

    def test_f17_a_device_that_is_killed_comes_back(self):
        first = self.device()
        running = self.run_guest("")
        running.wait_for("device works|link is up")
        first.kill()
        running.wait_for("is gone")
        running.stderr.clear()
        # What the dead left: its socket.
        (self.folder / "guest.sock").unlink(missing_ok=True)
        self.device()
        running.wait_for("device works")
        running.interrupt()
        running.finish()
        self.assert_clean_stop(running)


if __name__ == "__main__":
    unittest.main()
