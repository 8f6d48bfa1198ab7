"""ixyflow's virtio driver on a card of QEMU with two pairs of queues behind a TAP interface: by RSS every flow has the
queue that our key gives it, without RSS the device chooses."""

import json
import socket
import struct
import unittest

import tap
from flows import MIRROR, expect_all_queues_used, expect_same_flows, flow_frames
from guest import GuestTestCase, obstacle
from program import expect_nothing_lost

CARD = "0000:00:10.0"
UNDER_WAY = 32

# What a card gets goes back by the same card, with the number of the queue in its source address.
MARKING = f"""
[pipeline]
idle = "sleep"

[cores]
first = {{}}
second = {{}}

[ports.card]
driver = "virtio"
device = "{CARD}"
queues = 2
rss = "symmetric"

[elements.from_first]
type = "FromDevice"
port = "card"
core = "first"

[elements.mark_first]
type = "Rewrite"
set = {{ "eth.src" = "02:00:00:00:00:00" }}

[elements.to_first]
type = "ToDevice"
port = "card"

[elements.from_second]
type = "FromDevice"
port = "card"
core = "second"

[elements.mark_second]
type = "Rewrite"
set = {{ "eth.src" = "02:00:00:00:00:01" }}

[elements.to_second]
type = "ToDevice"
port = "card"

[graph]
paths = ["from_first -> mark_first -> to_first", "from_second -> mark_second -> to_second"]
"""


def toeplitz(data):
    """The hash of virtio 1.2, 5.1.6.4.3, with the symmetric key, for which MARKING asks."""
    key, result = int.from_bytes(b"\x6d\x5a" * 20, "big"), 0
    for bit in range(8 * len(data)):
        if data[bit // 8] >> 7 - bit % 8 & 1:
            result ^= key >> 320 - 32 - bit & 0xffffffff
    return result


def reply(frame):
    """A frame the other way."""
    return (frame[6:12] + frame[:6] + frame[12:26] + frame[30:34] + frame[26:30] + frame[36:38] + frame[34:36] +
            frame[38:])


class TwoPairsOnTap(GuestTestCase):
    kind = None

    @classmethod
    def setUpClass(cls):
        reason = obstacle()
        if reason:
            raise unittest.SkipTest(reason)
        if not tap.can_be_made():
            raise unittest.SkipTest("no right to make a TAP interface in a network of its own")
        cls.wire = tap.Tap(2)
        cls.addClassCleanup(cls.wire.close)
        fds = ":".join(map(str, cls.wire.queues))
        cls.machine = {"cpus": 2, "memory_mib": 512, "append": "hugepages=64", "descriptors": cls.wire.queues,
                       "devices": ["-netdev", f"tap,id=net,fds={fds},vhost=off",
                                   "-device", "virtio-net-pci,romfile=,netdev=net,mq=on,vectors=6,disable-legacy=on,"
                                              f"bus=pcie.0,addr=10,{cls.kind}"]}
        super().setUpClass()

    def start_run(self, pipeline):
        self.guest.write("/tmp/card.toml", pipeline)
        job = self.start("ixyflow run /tmp/card.toml --format json")
        self.expect_error(job, "port 'card'", "link is up")
        return job

    def exchange(self, frames):
        """What comes back for them."""
        back = []
        for start in range(0, len(frames), UNDER_WAY):
            some = frames[start:start + UNDER_WAY]
            for frame in some:
                self.wire.send(frame)
            for _ in some:
                back.append(self.wire.receive(seconds=240))
        return back

    def expect_clean_end(self, job):
        job.signal("INT")
        done = job.wait()
        self.assertEqual(done.code, 0, done.err)
        report = json.loads(done.out)
        expect_nothing_lost(self, report)
        return report

    def flows_come_back(self):
        frames = flow_frames(flows=64, each=30)
        job = self.start_run(MIRROR.format(device=CARD, queues=2))
        expect_same_flows(self, self.exchange(frames), frames)
        report = self.expect_clean_end(job)
        expect_all_queues_used(self, report, len(frames))


class Rss(TwoPairsOnTap):
    """Without eBPF, QEMU computes the hash itself."""

    kind = "rss=on,hash=on"

    def test_flows_come_back_in_order_by_both_queues(self):
        self.flows_come_back()

    def test_both_directions_of_every_flow_have_the_queue_that_the_key_gives_them(self):
        questions = flow_frames(flows=64, each=1)
        job = self.start_run(MARKING)
        self.expect_error(job, "the device works with", " RSS")
        for frames in (questions, [reply(frame) for frame in questions]):
            # By what is behind the MAC addresses.
            queues = {frame[12:]: frame[11] for frame in self.exchange(frames)}
            wanted = {frame[12:]: toeplitz(frame[26:38]) % 128 % 2 for frame in frames}
            self.assertEqual(queues, wanted)
            self.assertEqual(set(wanted.values()), {0, 1})
        self.expect_clean_end(job)


class RssPacked(TwoPairsOnTap):
    kind = "rss=on,packed=on"

    def test_flows_come_back_in_order_by_both_packed_queues(self):
        self.flows_come_back()


class WithoutRss(TwoPairsOnTap):
    """The TAP interface gives a flow the queue from which its last frame came, and new ones any."""

    kind = "rss=off"

    def test_flows_come_back_in_order(self):
        frames = flow_frames(flows=64, each=30)
        job = self.start_run(MIRROR.format(device=CARD, queues=2))
        expect_same_flows(self, self.exchange(frames), frames)
        self.expect_clean_end(job)


if __name__ == "__main__":
    unittest.main()
