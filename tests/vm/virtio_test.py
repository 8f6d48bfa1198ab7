"""ixyflow's virtio driver on QEMU's virtio network cards, with the example pipeline: what goes in on one side comes out on
the other, byte by byte.

A real capture goes through two legacy devices, two transitional ones, two modern ones, two with packed rings, and two
behind an IOMMU."""

import json
import tempfile
import unittest

from captures import captured_frames
from cards import VFIO_MODULES
from guest import GuestTestCase
from model_cards import Cable
from program import CAPTURE, SOURCE, expect_nothing_lost

LEFT, RIGHT = "0000:00:10.0", "0000:00:11.0"

PIPELINE = SOURCE / "pipelines" / "virtio_forward.toml"
RUN = f"ixyflow run /tmp/virtio.toml --set left={LEFT} --set right={RIGHT} --set idle=sleep --format json"
USER = 1000


class VirtioTestCase(GuestTestCase):
    """Two cards of one `kind`, options of QEMU's virtio-net-pci, whose cables are in the test's hands."""

    kind = None
    append = ""
    more_devices = []
    modules = []
    command = RUN

    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="ixyflow-virtio-"))
        cls.cables = [Cable(folder, number) for number in range(2)]
        devices = []
        for number, cable in enumerate(cls.cables):
            cls.addClassCleanup(cable.close)
            devices += ["-netdev", f"dgram,id=net{number},local.type=unix,local.path={folder}/wire{number},"
                                   f"remote.type=unix,remote.path={folder}/cable{number}",
                        "-device", f"virtio-net-pci,romfile=,netdev=net{number},{cls.kind},bus=pcie.0,"
                                   f"addr={0x10 + number:x}"]
        cls.machine = {"cpus": 2, "memory_mib": 512, "append": f"hugepages=64 {cls.append}", "modules": cls.modules,
                       "devices": [*cls.more_devices, *devices]}
        super().setUpClass()

    def start_run(self):
        self.guest.write("/tmp/virtio.toml", PIPELINE.read_text())
        job = self.start(self.command)
        for port in ("left", "right"):
            self.expect_error(job, f"port '{port}'", "link is up")
        return job

    def expect_through(self, frames, source, target):
        """Every frame comes out as it went in, in order; so few are on their way at a time that nobody drops any."""
        window = 32
        for number in range(len(frames) + window):
            if number < len(frames):
                source.send(frames[number])
            if number >= window:
                self.assertEqual(target.receive(seconds=240), frames[number - window], f"frame {number - window}")

    def forward_capture(self):
        frames = captured_frames(CAPTURE)
        left, right = self.cables
        job = self.start_run()
        self.expect_through(frames, left, right)
        self.expect_through(frames[:500], right, left)
        report = self.expect_clean_end(job)
        self.assertEqual(report["ledger"]["received"], len(frames) + 500)

    def kill_and_start_again(self):
        left, right = self.cables
        frames = captured_frames(CAPTURE)[:100]
        job = self.start_run()
        self.expect_through(frames, left, right)
        job.signal("KILL")
        self.assertEqual(job.wait().code, 137)
        job = self.start_run()
        self.expect_through(frames, left, right)
        self.expect_clean_end(job)

    def expect_clean_end(self, job):
        job.signal("INT")
        done = job.wait()
        self.assertEqual(done.code, 0, done.err)
        report = json.loads(done.out)
        expect_nothing_lost(self, report)
        return report


class Legacy(VirtioTestCase):
    kind = "disable-modern=on,disable-legacy=off"

    def test_a_capture_goes_through_byte_by_byte(self):
        self.forward_capture()

    def test_G16_a_killed_run_can_be_started_again_at_once(self):
        self.kill_and_start_again()

    def test_the_devices_are_listed(self):
        listed = self.expect(0, "ixyflow dev").out
        for address in (LEFT, RIGHT):
            self.assertRegex(listed, rf"{address}.*virtio")


class Transitional(VirtioTestCase):
    kind = "disable-modern=off,disable-legacy=off"

    def test_a_capture_goes_through_byte_by_byte(self):
        self.forward_capture()


class Modern(VirtioTestCase):
    kind = "disable-legacy=on"

    def test_a_capture_goes_through_byte_by_byte(self):
        self.forward_capture()

    def test_G16_a_killed_run_can_be_started_again_at_once(self):
        self.kill_and_start_again()


class Packed(VirtioTestCase):
    kind = "disable-legacy=on,packed=on"

    def test_a_capture_goes_through_byte_by_byte(self):
        self.forward_capture()

    def test_G16_a_killed_run_can_be_started_again_at_once(self):
        self.kill_and_start_again()


class BehindAnIommu(VirtioTestCase):
    """The devices are bound to vfio-pci and belong to a user without any right."""

    kind = "disable-legacy=on,iommu_platform=on"
    append = "intel_iommu=on"
    more_devices = ["-device", "intel-iommu,intremap=on,caching-mode=on"]
    modules = VFIO_MODULES
    command = f"""sh -c 'ulimit -l unlimited; exec su user -c "IXYFLOW_RUNTIME_DIR=/tmp/user exec {RUN}"'"""

    def test_a_user_without_rights_forwards_a_capture_byte_by_byte(self):
        self.guest.write("/etc/passwd", f"root::0:0::/:/bin/sh\nuser::{USER}:{USER}::/tmp:/bin/sh")
        for address in (LEFT, RIGHT):
            self.expect(0, f"ixyflow dev bind {address}")
            self.expect(0, f"chown {USER} /dev/vfio/$(basename $(readlink /sys/bus/pci/devices/{address}/iommu_group))")
        self.forward_capture()


if __name__ == "__main__":
    unittest.main()
