"""Guests in which ixyflow forwards between two of QEMU's virtio network cards, whose cables are in the test's hands."""

import json
import os
import re
import tempfile
import time

import qmp
from captures import captured_frames
from cards import VFIO_MODULES
from guest import GuestTestCase
from model_cards import Cable
from program import CAPTURE, SOURCE, expect_nothing_lost
from running import element

LEFT, RIGHT = "0000:00:10.0", "0000:00:11.0"

# What comes in on one side leaves on the other.
EXAMPLE = SOURCE / "pipelines" / "virtio_forward.toml"
RUN = "ixyflow run /tmp/virtio.toml --set idle=sleep --format json"
USER = 1000


def some_frames(count, size=200):
    """Frames to nobody in particular, numbered."""
    return [b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x88\xb5" + number.to_bytes(4, "big") + bytes(size - 18)
            for number in range(count)]


class VirtioTestCase(GuestTestCase):
    """Two cards of one `kind`, options of QEMU's virtio-net-pci, whose cables are in the test's hands. They are at
    `places`, and so have these `addresses`."""

    kind = None
    append = ""
    more_devices = []
    modules = []
    spare_modules = []
    places = ["bus=pcie.0,addr=10", "bus=pcie.0,addr=11"]
    addresses = [LEFT, RIGHT]
    command = RUN
    runtime = ""

    @classmethod
    def setUpClass(cls):
        cls.folder = folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="ixyflow-virtio-"))
        cls.cables = [Cable(folder, number) for number in range(2)]
        devices = [*cls.more_devices, *qmp.arguments(f"{folder}/qmp")]
        for number, cable in enumerate(cls.cables):
            cls.addClassCleanup(cable.close)
            devices += ["-netdev", f"dgram,id=net{number},local.type=unix,local.path={folder}/wire{number},"
                                   f"remote.type=unix,remote.path={folder}/cable{number}",
                        "-device", f"virtio-net-pci,id=card{number},romfile=,netdev=net{number},{cls.kind},"
                                   f"{cls.places[number]}"]
        cls.machine = {"cpus": 2, "memory_mib": 512, "append": f"hugepages=64 {cls.append}", "devices": devices,
                       "modules": cls.modules, "spare_modules": cls.spare_modules}
        super().setUpClass()

    def qemu(self, command, **arguments):
        """Has QEMU's monitor do something; see its reference of QMP."""
        return qmp.execute(f"{self.folder}/qmp", command, **arguments)

    def write_pipeline(self, options=""):
        """The example with the addresses of the cards, and more `options` of both ports."""
        text = EXAMPLE.read_text().replace('driver = "virtio"', f'driver = "virtio"\n{options}')
        for name, address in zip(("left", "right"), self.addresses):
            text = re.sub(f'^{name} = "[^"]*"', f'{name} = "{address}"', text, flags=re.M)
        self.guest.write("/tmp/virtio.toml", text)

    def start_run(self):
        self.write_pipeline()
        return self.started_run()

    def started_run(self):
        """A run of the pipeline that was written, with both links up."""
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

    def expect_forwarding(self, count=100):
        """Frames come through as they are, both ways."""
        left, right = self.cables
        self.expect_through(some_frames(count), left, right)
        self.expect_through(some_frames(count), right, left)

    def forward_capture(self):
        frames = captured_frames(CAPTURE)
        left, right = self.cables
        job = self.start_run()
        self.expect_through(frames, left, right)
        self.expect_through(frames[:500], right, left)
        report = self.expect_clean_end(job)
        self.assertEqual(report["ledger"]["received"], len(frames) + 500)

    def kill_in_traffic(self, job):
        """Ends a run that forwards, so that the cards go on with their descriptors, and some more frames to send."""
        self.drain()  # what was on its way when the run before this one was killed
        self.expect_forwarding(50)
        for frame in some_frames(100):
            self.cables[0].send(frame)
        job.signal("KILL")
        self.assertEqual(job.wait().code, 137)

    def drain(self):
        """Takes the frames that are still on their way: what is sent now comes behind them."""
        left, right = self.cables
        for source, target in ((left, right), (right, left)):
            marker = some_frames(1)[0][:14] + os.urandom(60)
            source.send(marker)
            while (frame := target.receive(seconds=240)) != marker:
                self.assertIsNotNone(frame, "nothing comes through")

    def kill_and_start_again(self):
        self.kill_in_traffic(self.start_run())
        job = self.started_run()
        self.drain()
        self.expect_forwarding(50)
        self.expect_clean_end(job)

    def expect_clean_end(self, job, code=0):
        """The run ends at SIGINT with every packet accounted for and every buffer home; returns its summary."""
        job.signal("INT")
        done = job.wait()
        self.assertEqual(done.code, code, done.err)
        report = json.loads(done.out)
        expect_nothing_lost(self, report)
        return report

    def expect_refusal(self, code, *words, command=None):
        """The run does not start, and says why in a line that has all the words."""
        done = self.expect(code, command or self.command)
        self.assertRegex(done.err, ".*".join(map(re.escape, words)))

    def expect_to_go_on(self, job, alive):
        """The run goes on with the one card that it still has, and ends with all buffers home."""
        name = ("from_left", "from_right")[alive]
        wanted = self.received(name) + 20
        for frame in some_frames(20):
            self.cables[alive].send(frame)
        while self.received(name) < wanted:
            time.sleep(0.1)
        report = self.expect_clean_end(job, code=69)
        # They could leave only by the card that is gone.
        self.assertGreaterEqual(report["ledger"]["dropped"], 20)
        return report

    def received(self, name):
        """What an element of the run has received so far."""
        return element(json.loads(self.expect(0, f"{self.runtime} ixyflow stats --format json").out), name)["received"]

    def driver_of(self, address):
        return self.guest.run(f"basename $(readlink /sys/bus/pci/devices/{address}/driver)").out.strip()


class BehindIommu(VirtioTestCase):
    """The cards are bound to vfio-pci and belong to a user without any right."""

    kind = "disable-legacy=on,iommu_platform=on"
    append = "intel_iommu=on"
    more_devices = ["-device", "intel-iommu,intremap=on,caching-mode=on"]
    modules = VFIO_MODULES
    runtime = "IXYFLOW_RUNTIME_DIR=/tmp/user"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.guest.write("/etc/passwd", f"root::0:0::/:/bin/sh\nuser::{USER}:{USER}::/tmp:/bin/sh")

    def setUp(self):
        for address in self.addresses:
            self.hand_over(address)
        self.command = self.as_user()

    def as_user(self, command=RUN, lock="unlimited"):
        """The command for the user, who may lock so many KiB of memory."""
        return f"sh -c 'ulimit -l {lock}; exec su user -c \"{self.runtime} exec {command}\"'"

    def group_file(self, address):
        return "/dev/vfio/" + self.guest.run(
            f"basename $(readlink /sys/bus/pci/devices/{address}/iommu_group)").out.strip()

    def hand_over(self, address):
        """Binds a card to VFIO and gives it to the user."""
        if self.driver_of(address) != "vfio-pci":
            self.expect(0, f"ixyflow dev bind {address}")
        self.expect(0, f"chown {USER} {self.group_file(address)}")
