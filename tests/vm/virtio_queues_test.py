"""ixyflow's virtio driver on a card of QEMU with several pairs of queues, whose other end is our own `vhost` port: flows
go in by all of its queues, and come back whole and in order."""

import json
import os
import pathlib
import struct
import tempfile
import unittest

from captures import captured_frames
from flows import MIRROR, expect_all_queues_used, expect_same_flows, flow_frames
from guest import GuestTestCase, obstacle
from program import expect_nothing_lost, forwarding
from running import Running, element

CARD = "0000:00:10.0"
FLOWS, EACH = 64, 100
UNDER_WAY = 200  # frames at a time: fewer than any queue has room for
HEADER = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)

# What is written to one file goes to the guest, and what comes back to the other.
OUTSIDE = forwarding('idle = "sleep"', guest="""
driver = "vhost"
socket = "guest.sock"
queues = {queues}
""", file="""
driver = "pcap"
read = "to_guest.pcap"
write = "back.pcap"
""")


def records(frames):
    """As a pcap file has them."""
    return b"".join(struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame for frame in frames)


class SeveralQueuesCase(GuestTestCase):
    """A card of one `kind`, options of QEMU's virtio-net-pci, with so many pairs of `queues`."""

    kind = None
    queues = 2

    @classmethod
    def setUpClass(cls):
        reason = obstacle()
        if reason:
            raise unittest.SkipTest(reason)
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="ixyflow-queues-")))
        os.mkfifo(cls.folder / "to_guest.pcap")
        (cls.folder / "outside.toml").write_text(OUTSIDE.format(queues=cls.queues))
        cls.outside = Running(cls.folder, "outside.toml", "--oversubscribe", "--format", "json")
        cls.addClassCleanup(cls.outside.end)
        cls.to_guest = cls.enterClassContext(open(cls.folder / "to_guest.pcap", "wb", buffering=0))
        cls.to_guest.write(HEADER)
        cls.outside.wait_until(lambda: (cls.folder / "guest.sock").exists(), "its socket")
        # Without MSI-X: QEMU 7.2 crashes when a vhost-user device uses it under software emulation.
        cls.machine = {"cpus": cls.queues, "memory_mib": 512, "append": "hugepages=64",
                       "devices": ["-chardev", f"socket,id=wire,path={cls.folder}/guest.sock",
                                   "-netdev", f"vhost-user,id=net,chardev=wire,queues={cls.queues}",
                                   "-device", f"virtio-net-pci,romfile=,netdev=net,mq=on,vectors=0,disable-legacy=on,"
                                              f"rx_queue_size=1024,bus=pcie.0,addr=10,{cls.kind}"]}
        super().setUpClass()

    def send(self, frames):
        """Returns when all of them came back."""
        for start in range(0, len(frames), UNDER_WAY):
            some = frames[start:start + UNDER_WAY]
            self.to_guest.write(records(some))
            self.count += len(some)
            self.outside.wait_for_stats(lambda stats: element(stats, "to_file")["in"] >= self.count, "all frames")

    def queues_in_use(self):
        stats = json.loads(self.expect(0, "ixyflow stats --format json").out)
        return sum(copy["received"] > 0 for copy in element(stats, "from_card")["copies"])

    def flows_come_back_by_all_queues(self):
        self.guest.write("/tmp/mirror.toml", MIRROR.format(device=CARD, queues=self.queues))
        job = self.start("ixyflow run /tmp/mirror.toml --format json")
        self.count = 0
        # A flow may change its queue when there are more of them.
        self.send(flow_frames(FLOWS, 1, seed=2))
        while self.queues_in_use() < self.queues:
            self.send(flow_frames(FLOWS, 1, seed=2))
        before = self.count
        frames = flow_frames(FLOWS, EACH, seed=1)
        self.send(frames)
        job.signal("INT")
        done = job.wait()
        self.assertEqual(done.code, 0, done.err)
        self.assertIn(" MQ", done.err)
        report = json.loads(done.out)
        expect_nothing_lost(self, report)
        expect_all_queues_used(self, report, self.count)
        self.outside.interrupt()
        self.outside.finish()
        self.assertEqual(self.outside.code, 0, self.outside.messages())
        expect_same_flows(self, captured_frames(self.folder / "back.pcap")[before:], frames)


class TwoPairs(SeveralQueuesCase):
    kind = "packed=off"

    def test_flows_come_back_in_order_by_two_pairs_of_split_queues(self):
        self.flows_come_back_by_all_queues()


class FourPairs(SeveralQueuesCase):
    kind = "packed=on"
    queues = 4

    def test_flows_come_back_in_order_by_four_pairs_of_packed_queues(self):
        self.flows_come_back_by_all_queues()


if __name__ == "__main__":
    unittest.main()
