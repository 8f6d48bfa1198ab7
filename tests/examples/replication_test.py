"""A replicated firewall lets the same packets through, in the same order within every flow, on any number of workers."""

import collections
import struct

from captures import behind_tags, captured_frames
from example_support import CAPTURE, ExampleTestCase
from order_test import by_flow

PIPELINE = "pipelines/replicated_firewall.toml"
WORKERS = (1, 2, 4, 8)


class TwoCoresAndMore(ExampleTestCase):
    """The name has ThreadSanitizer run these, too."""

    def run_with(self, workers, *options):
        out = self.folder / f"{workers}.pcap"
        report = self.report(PIPELINE, "--oversubscribe", "--set", f"workers={workers}", "--set", f"out={out}", *options)
        return report, out

    def test_one_to_eight_workers_give_the_same_packets_in_the_same_order_per_flow(self):
        _, first = self.run_with(1)
        expected = by_flow(first)
        self.assertGreater(len(expected), 50)
        self.assertLess(sum(map(len, expected.values())), 4096)
        for workers in WORKERS:
            with self.subTest(workers=workers):
                report, out = self.run_with(workers)
                self.assertTrue(report["ledger"]["balanced"])
                self.assertEqual(by_flow(out), expected)
                self.assertEqual(collections.Counter(captured_frames(out)), collections.Counter(captured_frames(first)))

    def test_every_burst_gives_the_same(self):
        expected = by_flow(self.run_with(1)[1])
        for burst in (1, 7, 256):
            with self.subTest(burst=burst):
                self.assertEqual(by_flow(self.run_with(4, "--burst", str(burst))[1]), expected)

    def test_each_copy_is_shown_and_their_sum(self):
        report, _ = self.run_with(4)
        check = next(element for element in report["elements"] if element["name"] == "check")
        self.assertEqual(check["in"], 4096)
        self.assertEqual([copy["core"] for copy in check["copies"]], [f"work.{i}" for i in range(4)])
        self.assertEqual(sum(copy["in"] for copy in check["copies"]), 4096)
        self.assertTrue(all(copy["in"] > 100 for copy in check["copies"]), "a copy hardly got anything")

    def test_both_directions_of_every_connection_meet_on_the_same_copy(self):
        answers = self.folder / "answers.pcap"
        write_answers(CAPTURE, answers)
        # Whichever way the packets go, each copy must get those of the same connections.
        shares = []
        for capture in (CAPTURE, answers):
            report, _ = self.run_with(4, "--set", f"capture={capture}")
            check = next(element for element in report["elements"] if element["name"] == "check")
            shares.append([copy["in"] for copy in check["copies"]])
        self.assertEqual(shares[0], shares[1])


def swap(frame, first, second, length):
    frame[first:first + length], frame[second:second + length] = \
        frame[second:second + length], frame[first:first + length]


def answer(frame):
    """The frame with its two ends exchanged: addresses of both layers, and ports where it carries them."""
    frame = bytearray(frame)
    swap(frame, 0, 6, 6)
    ether_type, ip = behind_tags(frame)
    if ether_type == 0x86dd:
        swap(frame, ip + 8, ip + 24, 16)
        protocol, l4, fragment = frame[ip + 6], ip + 40, 0
    elif ether_type == 0x0800:
        swap(frame, ip + 12, ip + 16, 4)
        protocol, l4 = frame[ip + 9], ip + 4 * (frame[ip] & 15)
        fragment = struct.unpack_from(">H", frame, ip + 6)[0] & 0x3fff
    else:
        return bytes(frame)
    if protocol in (6, 17) and not fragment and len(frame) >= l4 + 4:
        swap(frame, l4, l4 + 2, 2)
    return bytes(frame)


def write_answers(source, target):
    data = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)
    for frame in map(answer, captured_frames(source)):
        data += struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame
    target.write_bytes(data)
