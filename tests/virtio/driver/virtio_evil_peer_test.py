"""The driver `virtio` over vhost-user, with a peer that does to the memory it is given whatever it can, at full load,
beside a port that has nothing to do with it: F20, F21."""

import array
import ctypes
import mmap
import os
import random
import re
import socket
import struct
import threading
import time
import unittest

from program import CAPTURE
from running import RunningTestCase, element

FRAMES = 4096  # in the capture

# What a generator makes goes to the peer, what comes from the peer is dropped, and a tenant on the same core copies a
# capture.
PIPELINE = f"""
[pipeline]
idle = "sleep"

[ports.wire]
driver = "virtio"
device = "vhost-user:peer.sock"
ring = "%s"

[ports.source]
driver = "generator"
rate = "100kpps"

[ports.tenant]
driver = "pcap"
read = "{CAPTURE}"
pace = "2kpps"
write = "out.pcap"

[elements.in]
type = "FromDevice"
port = "source"

[elements.to_wire]
type = "ToDevice"
port = "wire"

[elements.from_wire]
type = "FromDevice"
port = "wire"

[elements.from_tenant]
type = "FromDevice"
port = "tenant"

[elements.to_tenant]
type = "ToDevice"
port = "tenant"

[graph]
paths = ["in -> to_wire", "from_wire -> Discard", "from_tenant -> Counter -> to_tenant"]
"""

GET_FEATURES, SET_MEM_TABLE, GET_VRING_BASE, SET_VRING_KICK = 1, 5, 11, 12
VERSION_1, RING_PACKED = 1 << 32, 1 << 34
REPLY = 1 | 4  # version 1
PUNCH_HOLE_KEEP_SIZE = 2 | 1


class Peer:
    """A vhost-user back end: says what it must to be given memory, and serves nothing."""

    def __init__(self, path):
        self.regions = []  # of the last memory table: (descriptor, mapping)
        self.kicks = 0
        self.ended = False
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        self.connection = None
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while not self.ended:
            try:
                self.connection, _ = self.listener.accept()
                with self.connection:
                    while self.answer():
                        pass
            except OSError:
                pass

    def answer(self):
        header, fds, _, _ = socket.recv_fds(self.connection, 12, 8, socket.MSG_WAITALL)
        if len(header) < 12:
            return False
        request, _, size = struct.unpack("<III", header)
        body = self.connection.recv(size, socket.MSG_WAITALL) if size else b""
        if request == SET_MEM_TABLE:
            sizes = [struct.unpack_from("<Q", body, 8 + 32 * i + 8)[0] for i in range(len(fds))]
            self.regions += [(fd, mmap.mmap(fd, size)) for fd, size in zip(fds, sizes)]
        else:
            for fd in fds:
                os.close(fd)
        self.kicks += request == SET_VRING_KICK
        if request in (GET_FEATURES, GET_VRING_BASE):
            value = VERSION_1 | RING_PACKED if request == GET_FEATURES else body[0]
            self.connection.sendall(struct.pack("<IIIQ", request, REPLY, 8, value))
        return True

    def end(self):
        self.ended = True
        for one in (self.listener, self.connection):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.thread.join()
        self.listener.close()


class EvilPeer(RunningTestCase):
    def meet(self, ring="split"):
        """The program at work, and the peer that has its memory."""
        peer = Peer(self.folder / "peer.sock")
        self.addCleanup(peer.end)
        self.write("a.toml", PIPELINE % ring)
        running = self.start("a.toml", "--oversubscribe", "--format", "json")
        running.wait_until(lambda: peer.kicks >= 2, "the queues")
        running.wait_for_stats(lambda stats: element(stats, "to_wire")["in"] > 0, "frames for the peer")
        return running, peer

    def do_evil(self, running, act):
        """Has `act` done over and over until the tenant has all its frames, which must be as they were; the run goes on
        and ends as if nothing had been."""
        def copied():
            act()
            return (self.folder / "out.pcap").exists() and element_in(running, "to_tenant") == FRAMES
        running.wait_until(copied, "the tenant's frames")
        running.interrupt()
        running.finish()
        self.assert_clean_stop(running)
        self.write("b.toml", COPY)
        self.expect(0, "run", "b.toml")
        self.assertEqual((self.folder / "out.pcap").read_bytes(), (self.folder / "reference.pcap").read_bytes())

    def test_F20_a_peer_is_given_nothing_but_frames_and_rings(self):
        running, peer = self.meet()
        with open(f"/proc/{running.pid}/maps", encoding="ascii") as maps:
            ranges = [tuple(int(part, 16) for part in re.match("([0-9a-f]+)-([0-9a-f]+)", line).groups()) for line in maps]
        for _, memory in peer.regions:
            words = array.array("Q", memory[:])
            self.assertGreater(len(set(words)), 10)
            # The shadow of AddressSanitizer begins below 4 GiB and would take in what devices call their addresses.
            addresses = [word for word in set(words) if any(1 << 32 <= first <= word < end for first, end in ranges)]
            self.assertEqual(addresses, [])
        running.interrupt()
        running.finish()
        self.assert_clean_stop(running)

    def scribble(self, ring):
        running, peer = self.meet(ring)
        chance = random.Random(1)
        def write_over_all():
            until = time.monotonic() + 0.2
            while time.monotonic() < until:
                for _, memory in peer.regions:
                    for start in range(0, len(memory), 1 << 20):
                        length = min(1 << 20, len(memory) - start)
                        memory[start:start + length] = chance.randbytes(length)
        self.do_evil(running, write_over_all)

    def test_F20_a_peer_that_writes_over_all_that_it_was_given_spoils_its_own_frames_on_split_rings(self):
        self.scribble("split")

    def test_F20_a_peer_that_writes_over_all_that_it_was_given_spoils_its_own_frames_on_packed_rings(self):
        self.scribble("packed")

    def test_F21_a_peer_that_takes_memory_away_spoils_its_own_frames(self):
        running, peer = self.meet()
        fallocate = ctypes.CDLL(None, use_errno=True).fallocate
        fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long]
        for fd, memory in peer.regions:
            for size in (0, 4096, 2 * len(memory)):
                with self.assertRaises(PermissionError):
                    os.ftruncate(fd, size)
        def punch():
            for fd, memory in peer.regions:
                self.assertEqual(fallocate(fd, PUNCH_HOLE_KEEP_SIZE, 0, len(memory)), 0)
        self.do_evil(running, punch)


COPY = f"""
[ports.tenant]
driver = "pcap"
read = "{CAPTURE}"
write = "reference.pcap"

[elements.in]
type = "FromDevice"
port = "tenant"

[elements.out]
type = "ToDevice"
port = "tenant"

[graph]
paths = ["in -> out"]
"""


def element_in(running, name):
    stats = running.stats()
    return element(stats, name)["in"] if stats else 0


if __name__ == "__main__":
    unittest.main()
