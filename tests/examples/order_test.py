"""What comes out does not depend on bursts and cores: the same bytes without a join, the same flows with one."""

import collections
import struct

from captures import behind_tags, captured_frames
from example_support import CAPTURE, ExampleTestCase

BURSTS = (1, 7, 32, 256)

CHAIN = """
[cores]
first = {{}}
{cores}

[ports.wan]
driver = "pcap"
read = "{capture}"

[ports.lan]
driver = "pcap"
write = "{out}"

[elements.in]
type = "FromDevice"
port = "wan"
core = "first"

[elements.count]
type = "Counter"

[elements.macs]
type = "EtherRewrite"
dst = "02:00:00:00:00:01"
{place}

[elements.tag]
type = "VLANEncap"
id = 7

[elements.out]
type = "ToDevice"
port = "lan"

[graph]
paths = ["in -> count -> macs -> tag -> out"]
"""

JOIN = """
[cores]
first = {{}}
second = {{}}

[ports.wan]
driver = "pcap"
read = "{capture}"

[ports.lan]
driver = "pcap"
write = "{out}"

[elements.in]
type = "FromDevice"
port = "wan"
core = "first"

[elements.spread]
type = "HashSwitch"

[elements.here]
type = "Counter"

[elements.there]
type = "Counter"
core = "second"

[elements.out]
type = "ToDevice"
port = "lan"
core = "first"

[graph]
paths = [
  "in -> spread",
  "spread[0] -> here -> out",
  "spread[1] -> there -> out",
]
"""


def flow_of(frame):
    """Addresses, protocol and ports of an IP frame; MACs and type of any other. One direction each."""
    ether_type, ip = behind_tags(frame)
    if ether_type == 0x86dd:
        return frame[ip + 8:ip + 40], frame[ip + 6], frame[ip + 40:ip + 44] if frame[ip + 6] in (6, 17) else b""
    if ether_type != 0x0800:
        return frame[:12], ether_type, b""
    l4 = ip + 4 * (frame[ip] & 15)
    fragment = struct.unpack_from(">H", frame, ip + 6)[0] & 0x3fff
    ports = frame[l4:l4 + 4] if frame[ip + 9] in (6, 17) and not fragment else b""
    return frame[ip + 12:ip + 20], frame[ip + 9], ports


def by_flow(path):
    flows = collections.defaultdict(list)
    for frame in captured_frames(path):
        flows[flow_of(frame)].append(frame)
    return flows


class OrderTestCase(ExampleTestCase):
    def run_chain(self, cores, burst):
        out = self.folder / f"{cores}-{burst}.pcap"
        two = cores == 2
        pipeline = self.write("chain.toml", CHAIN.format(
            capture=CAPTURE, out=out, cores="second = {}" if two else "", place='core = "second"' if two else ""))
        self.ixyflow("run", pipeline, "--burst", burst)
        return out.read_bytes()


class OneCore(OrderTestCase):
    def test_without_a_join_every_burst_gives_the_same_bytes(self):
        expected = self.run_chain(1, 64)
        self.assertEqual(len(captured_frames(self.folder / "1-64.pcap")), 4096)
        for burst in BURSTS:
            with self.subTest(burst=burst):
                self.assertEqual(self.run_chain(1, burst), expected)


class TwoCores(OrderTestCase):
    def test_without_a_join_two_cores_give_the_bytes_of_one(self):
        expected = self.run_chain(1, 64)
        for burst in BURSTS:
            with self.subTest(burst=burst):
                self.assertEqual(self.run_chain(2, burst), expected)

    def test_with_a_join_every_flow_keeps_its_packets_and_their_order(self):
        expected = by_flow(CAPTURE)
        for burst in BURSTS:
            with self.subTest(burst=burst):
                out = self.folder / f"join-{burst}.pcap"
                self.ixyflow("run", self.write("join.toml", JOIN.format(capture=CAPTURE, out=out)), "--burst", burst)
                self.assertEqual(by_flow(out), expected)

    def test_the_example_loses_nothing_between_its_cores(self):
        report = self.report("pipelines/two_cores.toml")
        self.assertEqual(report["ledger"]["sent"], 4096)
        self.assertEqual(len({worker["cpu"] for worker in report["workers"]}),
                         min(2, len(report["workers"])))
        self.assertEqual(len(captured_frames(self.folder / "pipelines" / "two-cores-out.pcap")), 4096)
