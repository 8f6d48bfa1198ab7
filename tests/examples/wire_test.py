"""pipelines/wire_device.toml and wire_driver.toml: a capture goes from one ixyflow to another one, over vhost-user."""

import json
import os
import subprocess
import unittest

from captures import captured_frames
from example_support import CAPTURE, PROGRAM, ExampleTestCase
from program import AS_USER, SOURCE, expect_nothing_lost
from running import Running, element

DEVICE, DRIVER = "pipelines/wire_device.toml", "pipelines/wire_driver.toml"


class Wire(ExampleTestCase):
    def start_device(self, *command):
        device = Running(self.folder, DEVICE, "--format", "json", command=(*command, PROGRAM))
        self.addCleanup(device.end)
        device.wait_for("port 'wire': waits for a front end to come to 'pipelines/wire.sock'")
        return device

    def expect_sent(self, report):
        """Nothing is lost but what the device did not take before the driver ended, which the driver knows."""
        expect_nothing_lost(self, report)
        flushed = next(port["transmit_drops"]["flushed"] for port in report["ports"] if port["name"] == "wire")
        return report["ledger"]["sent"] - flushed

    def end(self, device):
        device.interrupt()
        device.finish()
        self.assertEqual(device.code, 0, device.messages())
        report = json.loads(device.stdout)
        expect_nothing_lost(self, report)
        return report

    def test_every_driver_that_comes_sends_the_capture_byte_by_byte(self):
        device = self.start_device()
        sent = []
        for _ in range(3):
            sent += captured_frames(CAPTURE)[:self.expect_sent(self.report(DRIVER))]
            device.wait_for_stats(lambda stats: element(stats, "count")["in"] == len(sent), "the last frame")
        self.end(device)
        self.assertEqual(captured_frames(self.folder / "pipelines" / "received-out.pcap"), sent)
        self.assertFalse((self.folder / "pipelines" / "wire.sock").exists())

    @unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
    def test_neither_end_needs_a_right(self):
        self.folder.chmod(0o777)
        (self.folder / "pipelines").chmod(0o777)
        device = self.start_device(*AS_USER)
        done = subprocess.run([*AS_USER, PROGRAM, "run", DRIVER, "--format", "json", "--no-control"], cwd=self.folder,
                              capture_output=True, text=True, timeout=240)
        self.assertEqual(done.returncode, 0, done.stderr)
        sent = self.expect_sent(json.loads(done.stdout))
        device.wait_for_stats(lambda stats: element(stats, "count")["in"] == sent, "the last frame")
        self.end(device)

    def test_without_a_device_the_driver_says_what_to_do(self):
        done = self.ixyflow("run", DRIVER, expect=69)
        self.assertEqual(done.stderr, "error: port 'wire': there is no socket 'pipelines/wire.sock'; start the device there "
                                      "first, or have it come: server = true\n")

    def test_a_second_driver_is_told_that_there_is_one(self):
        device = self.start_device()
        text = (SOURCE / DRIVER).read_text()
        self.write("endless.toml", text.replace('read = "${capture}"', 'read = "${capture}"\nloop = 0\npace = "1kpps"'))
        (self.folder / "first").mkdir()
        first = Running(self.folder / "first", "../endless.toml", "--set", "socket=../pipelines/wire.sock", "--set",
                        f"capture={CAPTURE}")
        self.addCleanup(first.end)
        device.wait_for("a front end is connected")
        second = self.ixyflow("run", DRIVER, expect=69)
        self.assertIn("closed the connection at once, as one does that serves somebody else already", second.stderr)
        first.interrupt()
        first.finish()
        self.assertEqual(first.code, 0, first.messages())
        self.end(device)

    @unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
    def test_F18_a_device_of_another_user_is_left_alone_and_both_ends_say_so(self):
        self.folder.chmod(0o777)
        (self.folder / "pipelines").chmod(0o777)
        device = self.start_device()
        for pipeline, words in ((DRIVER, "no right to connect to 'pipelines/wire.sock'"),
                                (DEVICE, "'pipelines/wire.sock' is there and cannot be asked whether it is in use")):
            done = subprocess.run([*AS_USER, PROGRAM, "run", pipeline, "--no-control"], cwd=self.folder, text=True,
                                  capture_output=True, timeout=240)
            self.assertEqual(done.returncode, 77, done.stderr)
            self.assertIn(words, done.stderr)
        self.end(device)


if __name__ == "__main__":
    unittest.main()
