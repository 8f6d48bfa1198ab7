"""Several queues: which packet comes by which one, judged by the function of the data sheet (82599, section 7.1.2.8)."""

import collections
import struct

from captures import captured_frames
from card_support import CAPTURE, CardTestCase

SPREAD = """
[pipeline]
idle = "sleep"
{pipeline}

[cores]
io = {{ count = {count} }}

[ports.left]
driver = "ixgbe"
device = "vfio-user:cards/card0.sock"
{rss}
receive_descriptors = 4096             # all of the capture: nothing is lost however late a worker is
transmit_descriptors = 4096

[ports.right]
driver = "ixgbe"
device = "vfio-user:cards/card1.sock"
receive_descriptors = 4096
transmit_descriptors = 4096

[elements.in]
type = "FromDevice"
port = "left"
core = "io"

[elements.out]
type = "ToDevice"
port = "right"

[graph]
paths = ["in -> out"]
"""
SYMMETRIC_KEY = bytes((0x6d, 0x5a) * 20)
# Section 7.1.2.8.1: the key, and for each connection the hash over addresses, and over addresses and ports.
SHEET_KEY = bytes.fromhex("6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa")
SHEET = [("66.9.149.187", 2794, "161.142.100.80", 1766, 0x323e8fc2, 0x51ccc178),
         ("199.92.111.2", 14230, "65.69.140.83", 4739, 0xd718262a, 0xc626b0ea),
         ("24.19.198.95", 12898, "12.22.207.184", 38024, 0xd2d0a5de, 0x5c2b394a),
         ("38.27.205.30", 48228, "209.142.163.6", 2217, 0x82989176, 0xafc7327f),
         ("153.39.163.191", 44251, "202.188.127.2", 1303, 0x5d1809c5, 0x10e828a2)]
TCP, UDP = 6, 17


def toeplitz(key, data):
    """For each bit of the data that is set, the 32 bits of the key that start there, all of them added without carry."""
    bits = int.from_bytes(key, "big")
    result = 0
    for position in range(8 * len(data)):
        if data[position // 8] >> (7 - position % 8) & 1:
            result ^= bits >> (8 * len(key) - 32 - position)
    return result & 0xffffffff


def hash_input(frame):
    """What is hashed of a frame: addresses, and ports of TCP and UDP where there are any; nothing if it is no IP."""
    at = 12
    if frame[at:at + 2] == b"\x81\x00":
        at += 4
    kind, at = frame[at:at + 2], at + 2
    if kind == b"\x08\x00" and len(frame) >= at + 20 and frame[at] >> 4 == 4:
        header = (frame[at] & 15) * 4
        addresses, protocol = frame[at + 12:at + 20], frame[at + 9]
        fragment = struct.unpack_from(">H", frame, at + 6)[0] & 0x3fff
        ports = frame[at + header:at + header + 4]
    elif kind == b"\x86\xdd" and len(frame) >= at + 40:
        addresses, protocol, fragment = frame[at + 8:at + 40], frame[at + 6], 0
        ports = frame[at + 40:at + 44]
    else:
        return b""
    return addresses + ports if protocol in (TCP, UDP) and not fragment and len(ports) == 4 else addresses


class Queues(CardTestCase):
    def test_the_judge_knows_the_vectors_of_the_data_sheet(self):
        for source, source_port, destination, destination_port, addresses_hash, ports_hash in SHEET:
            addresses = bytes(int(part) for text in (source, destination) for part in text.split("."))
            self.assertEqual(toeplitz(SHEET_KEY, addresses), addresses_hash)
            self.assertEqual(toeplitz(SHEET_KEY, addresses + struct.pack(">HH", source_port, destination_port)),
                             ports_hash)

    def spread(self, count, rss):
        out = self.folder / "out.pcap"
        cards = self.cards(f"pcap:{CAPTURE},window=64", f"pcap:,{out}")
        path = self.folder / "spread.toml"
        path.write_text(SPREAD.format(count=count, pipeline="", rss=rss))
        running = self.run_in_background(path.name, "--format", "json")
        running.wait_until(lambda: cards.status(1).get("tx_packets") == "4096", "the last packet")
        status = cards.status(0)
        report = self.stop(running)
        self.assertEqual(report["ledger"]["dropped"], 0)
        return status, report, captured_frames(out)

    def expect_queues(self, count, rss="", key=SHEET_KEY):
        status, report, arrived = self.spread(count, rss)
        sent = captured_frames(CAPTURE)
        inputs = [hash_input(data) for data in sent]
        queues = collections.Counter((toeplitz(key, data) & 127) % count if data else 0 for data in inputs)
        self.assertEqual({n: int(status[f"rx_queue_{n}_packets"]) for n in range(count)},
                         {n: queues[n] for n in range(count)})
        element = next(entry for entry in report["elements"] if entry["name"] == "in")
        copies = element["copies"] or [element]
        self.assertEqual([copy["received"] for copy in copies], [queues[n] for n in range(count)])
        # In each flow, what was sent first arrives first.
        flows = collections.defaultdict(list)
        for data, key in zip(sent, inputs):
            flows[key].append(data.ljust(60, b"\0"))
        for data in arrived:
            self.assertEqual(flows[hash_input(data)].pop(0), data)

    def test_one_queue_takes_all(self):
        self.expect_queues(1)

    def test_two_queues(self):
        self.expect_queues(2)

    def test_four_queues(self):
        self.expect_queues(4)

    def test_the_symmetric_key_where_the_file_asks_for_it(self):
        self.expect_queues(4, 'rss = "symmetric"', SYMMETRIC_KEY)
