"""pipelines/rewrite.toml on a real capture, judged by tshark: new addresses, and no checksum worse than before."""

import collections
import struct

from captures import behind_tags, captured_frames
from example_support import CAPTURE, ExampleTestCase, tshark

STATUS = ("ip.checksum.status", "tcp.checksum.status", "udp.checksum.status")


def without_rewritten_fields(frame):
    """The frame with MAC addresses, IPv4 source, TTL and checksums blanked: what must arrive unchanged."""
    result = bytearray(frame)
    result[0:12] = bytes(12)
    ether_type, ip = behind_tags(frame)
    if ether_type != 0x0800:
        return bytes(result)
    result[ip + 8] = 0
    result[ip + 10:ip + 16] = bytes(6)
    l4 = ip + 4 * (result[ip] & 15)
    later_fragment = struct.unpack_from(">H", result, ip + 6)[0] & 0x1fff
    checksum = {6: 16, 17: 6}.get(result[ip + 9])
    if checksum is not None and not later_fragment and l4 + checksum + 2 <= len(result):
        result[l4 + checksum:l4 + checksum + 2] = bytes(2)
    return bytes(result)


class RewriteExample(ExampleTestCase):
    def rewritten(self):
        self.ixyflow("run", "pipelines/rewrite.toml", "--swap", f"wan=pcap:{CAPTURE}", "--swap", "lan=pcap:,out.pcap")
        return self.folder / "out.pcap"

    def test_the_same_packets_leave_with_new_addresses(self):
        output = self.rewritten()
        rows = tshark(output, "eth.src", "eth.dst", "ip.src", "ip.ttl", "ip.proto", "eth.type", "vlan.etype")
        self.assertEqual(len(rows), 4096)
        ipv4 = encrypted = 0
        for source, destination, address, ttl, protocol, *types in rows:
            self.assertEqual((source, destination), ("02:00:00:00:00:02", "02:00:00:00:00:01"))
            if protocol.split(",")[0] == "50":  # ESP leaves by `other`: its receiver would find it damaged
                encrypted += 1
            elif "0x0800" in types[-1]:
                ipv4 += 1
                # An ICMP error carries a second header, which is payload and stays as it is.
                self.assertEqual((address.split(",")[0], ttl.split(",")[0]), ("192.0.2.1", "64"))
        self.assertEqual((ipv4, encrypted), (3927, 9))

    def test_nothing_but_the_named_fields_changes(self):
        before = collections.Counter(without_rewritten_fields(frame) for frame in captured_frames(CAPTURE))
        after = collections.Counter(without_rewritten_fields(frame) for frame in captured_frames(self.rewritten()))
        self.assertEqual(before, after)

    def test_no_checksum_is_worse_than_it_was(self):
        output = self.rewritten()
        # Two paths meet again in this pipeline, so frames are paired by what does not change, in order.
        waiting = collections.defaultdict(collections.deque)
        for frame, status in zip(captured_frames(CAPTURE), tshark(CAPTURE, *STATUS), strict=True):
            waiting[without_rewritten_fields(frame)].append(status)
        seen = collections.Counter()
        for frame, status in zip(captured_frames(output), tshark(output, *STATUS), strict=True):
            self.assertEqual(status, waiting[without_rewritten_fields(frame)].popleft())
            seen.update(dict(enumerate(status)).items())
        # tshark did verify: most packets have good checksums, and it found each kind.
        for kind in range(len(STATUS)):
            self.assertGreater(seen[(kind, "1")], 700)
