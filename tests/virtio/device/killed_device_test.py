"""The driver `virtio` over vhost-user, whose device is killed again and again: two processes of ours."""

import os
import shutil
import time
import unittest

from program import forwarding
from running import Running, RunningTestCase

# As many frames as can be go to the device and come back from it, in bursts that have no end.
FLOOD = forwarding(card="""
driver = "virtio"
device = "vhost-user:{folder}/guest.sock"
ring = "{ring}"
""", source="""
driver = "generator"
""")

MIRROR = forwarding(guest="""
driver = "vhost"
socket = "{folder}/guest.sock"
""")


class KilledDevice(RunningTestCase):
    def device(self):
        """A device in a folder of its own, that listens."""
        folder = self.folder / "device"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / "mirror.toml").write_text(MIRROR.format(folder=self.folder))
        device = Running(folder, "mirror.toml", "--oversubscribe", "--format", "json")
        self.addCleanup(device.end)
        # What the last one left is a socket, too: nobody accepts there.
        device.wait_until(device.stats, "an answer")
        return device

    def received(self, driver):
        stats = driver.wait_for_stats(lambda stats: True, "an answer")
        return next(port for port in stats["ports"] if port["name"] == "card")["received"]

    def kill_again_and_again(self, ring):
        """IXYFLOW_KILLS says how often the device is killed in the middle of a burst."""
        kills = int(os.environ.get("IXYFLOW_KILLS", "5"))
        (self.folder / "flood.toml").write_text(FLOOD.format(folder=self.folder, ring=ring))
        device = self.device()
        driver = self.start("flood.toml", "--oversubscribe", "--format", "json")
        # A device that dies earlier is one that there is not, which is an error.
        driver.wait_for("the device works")
        for number in range(kills):
            driver.wait_until(lambda: device.said("a front end is connected"), f"device {number}")
            time.sleep(0.005 * (number % 10))
            device.end()
            device = self.device()
        before = self.received(driver)
        driver.wait_until(lambda: self.received(driver) > before + 10_000, "frames from the last device")
        driver.interrupt()
        driver.finish()
        report = self.assert_clean_stop(driver)
        port = next(one for one in report["ports"] if one["name"] == "card")
        self.assertGreaterEqual(port["counters"]["resets"], kills)
        device.wait_for("the front end is gone")
        device.interrupt()
        device.finish()

    def test_f17_a_device_that_is_killed_in_mid_burst_costs_no_buffer(self):
        self.kill_again_and_again("split")

    def test_f17_a_device_of_packed_rings_that_is_killed_in_mid_burst_costs_no_buffer(self):
        self.kill_again_and_again("packed")


if __name__ == "__main__":
    unittest.main()
