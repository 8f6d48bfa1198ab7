"""Traffic of many flows for cards with several queues, and what must be right when it has been through a guest."""

import collections
import random
import struct

# What a card gets goes back by the same card and queue. The guest has a worker for each pair of queues.
MIRROR = """
[pipeline]
idle = "sleep"

[cores]
work = {{ count = {queues} }}

[ports.card]
driver = "virtio"
device = "{device}"
queues = {queues}

[elements.from_card]
type = "FromDevice"
port = "card"
core = "work"

[elements.to_card]
type = "ToDevice"
port = "card"
core = "work"

[graph]
paths = ["from_card -> to_card"]
"""


def flow_frames(flows, each, seed=1):
    """UDP frames in an order without rule: `each` of every flow, numbered in their payload."""
    source = random.Random(seed)
    # Not flow after flow: the hash is a sum of all 16-bit words, in which numbers that go together cancel out.
    ports = source.sample(range(1024, 65536), flows)
    order = [flow for flow in range(flows) for _ in range(each)]
    source.shuffle(order)
    numbers, frames = collections.Counter(), []
    for flow in order:
        payload = struct.pack(">II", flow, numbers[flow]) + source.randbytes(source.randint(10, 1400))
        numbers[flow] += 1
        udp = struct.pack(">HHHH", ports[flow], 53, 8 + len(payload), 0) + payload
        # Without a right checksum: only switches look at these frames.
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, bytes([198, 18, 0, flow % 256]),
                         bytes([198, 19, 0, 1]))
        frames.append(b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\x00" + ip + udp)
    return frames


def by_flow(frames):
    flows = collections.defaultdict(list)
    for frame in frames:
        flows[frame[26:38]].append(frame)
    return flows


def expect_same_flows(test, got, sent):
    """Every frame came as it was, once, and behind those of its flow that were before it."""
    test.assertEqual(len(got), len(sent))
    got, sent = by_flow(got), by_flow(sent)
    test.assertEqual(got.keys(), sent.keys())
    for flow, frames in sent.items():
        test.assertTrue(got[flow] == frames, f"flow {flow.hex()} came in another order, or other than it was")


def expect_all_queues_used(test, report, frames):
    """Every queue of the card in a guest that ran MIRROR has received and sent some of the frames."""
    elements = {element["name"]: element for element in report["elements"]}
    received = [copy["received"] for copy in elements["from_card"]["copies"]]
    sent = [copy["exits"][0]["packets"] for copy in elements["to_card"]["copies"]]
    test.assertEqual(sum(received), frames)
    # Flows are spread by a hash: not evenly, but no queue goes without.
    test.assertGreater(min(received), frames // len(received) // 8, received)
    test.assertEqual(sent, received)
