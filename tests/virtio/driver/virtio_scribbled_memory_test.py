"""A device that works, and in the end does not: somebody at its side writes random bytes over all the memory that the driver has
given away, rings and frames, while as much passes as can. It costs frames of its own port only."""

import array
import itertools
import mmap
import os
import random
import socket
import struct
import threading
import time
import unittest

from captures import captured_frames
from program import CAPTURE
from running import Running, RunningTestCase

# By hand for as long as one likes.
SECONDS = float(os.environ.get("IXYFLOW_SCRIBBLE_SECONDS", "2"))
SET_MEM_TABLE = 5

PIPELINE = f"""
[ports.card]
driver = "virtio"
device = "vhost-user:proxy.sock"

[ports.source]
driver = "generator"

[ports.neighbour]
driver = "pcap"
read = "{CAPTURE}"
loop = 0
write = "neighbour.fifo"

[elements.from_source]
type = "FromDevice"
port = "source"

[elements.to_card]
type = "ToDevice"
port = "card"

[elements.from_card]
type = "FromDevice"
port = "card"

[elements.from_neighbour]
type = "FromDevice"
port = "neighbour"

[elements.to_neighbour]
type = "ToDevice"
port = "neighbour"

[graph]
paths = ["from_source -> to_card", "from_card -> Discard", "from_neighbour -> to_neighbour"]
"""
MIRROR = """
[ports.guest]
driver = "vhost"
socket = "device.sock"

[elements.in]
type = "FromDevice"
port = "guest"

[elements.out]
type = "ToDevice"
port = "guest"

[graph]
paths = ["in -> out"]
"""


def port(report, name):
    return next(one for one in report["ports"] if one["name"] == name)


class Proxy(threading.Thread):
    """Stands between driver and device, passes on what they say, and keeps the memory that goes by."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.folder = folder
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(folder / "proxy.sock"))
        self.listener.listen(8)
        self.memory = []  # what the driver has given away last
        self.lock = threading.Lock()
        self.drivers = 0

    def run(self):
        while True:
            driver, _ = self.listener.accept()
            self.drivers += 1
            device = socket.socket(socket.AF_UNIX)
            device.connect(str(self.folder / "device" / "device.sock"))
            back = threading.Thread(target=self.pass_on, args=(device, driver), daemon=True)
            back.start()
            self.pass_on(driver, device, self.keep)
            back.join()
            driver.close()
            device.close()

    @staticmethod
    def receive(sender, size):
        data, descriptors = b"", array.array("i")
        while len(data) < size:
            piece, ancillary, _, _ = sender.recvmsg(size - len(data), socket.CMSG_SPACE(8 * 4))
            if not piece:
                raise EOFError
            data += piece
            for _, _, passed in ancillary:
                descriptors.frombytes(passed)
        return data, descriptors

    def pass_on(self, sender, receiver, look=lambda *_: None):
        """Until one of the two goes; a message is a header of three words, and what the last of them says."""
        try:
            while True:
                header, descriptors = self.receive(sender, 12)
                request, _, size = struct.unpack("<III", header)
                body, more = self.receive(sender, size) if size else (b"", array.array("i"))
                descriptors.extend(more)
                look(request, body, descriptors)
                passed = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)] if descriptors else []
                receiver.sendmsg([header + body], passed)
                for descriptor in descriptors:
                    os.close(descriptor)
        except (EOFError, OSError):
            for end in (sender, receiver):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def keep(self, request, body, descriptors):
        if request != SET_MEM_TABLE:
            return
        memory = []
        for region, descriptor in enumerate(descriptors):
            _, size, _, offset = struct.unpack_from("<QQQQ", body, 8 + 32 * region)
            memory.append(mmap.mmap(descriptor, offset + size, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE))
        with self.lock:
            self.memory = memory

    def scribble(self, dice):
        """Some random bytes at random places: often a word or two, now and then a page."""
        with self.lock:
            for memory in self.memory:
                for _ in range(100):
                    size = dice.choice((1, 2, 4, 8, 8, 16, 16, 64, 4096))
                    place = dice.randrange(0, len(memory) - size)
                    memory[place:place + size] = dice.randbytes(size)


class Neighbour(threading.Thread):
    """Reads what leaves by the other port, and compares it with what the capture has, over and over."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path = path
        self.expected = itertools.cycle(captured_frames(CAPTURE))
        self.frames = 0
        self.wrong = None

    def run(self):
        with open(self.path, "rb", buffering=1 << 20) as file:
            file.read(24)
            while header := file.read(16):
                length, = struct.unpack_from("<I", header, 8)
                frame = file.read(length)
                if frame != next(self.expected) and self.wrong is None:
                    self.wrong = self.frames
                self.frames += 1


class ScribbledMemory(RunningTestCase):
    def test_F_random_bytes_over_all_shared_memory_cost_frames_of_their_port_only(self):
        (self.folder / "device").mkdir()
        device = Running(self.folder / "device", self.write("device/device.toml", MIRROR), "--oversubscribe")
        self.addCleanup(device.end)
        device.wait_until((self.folder / "device" / "device.sock").exists, "the device's socket")
        proxy = Proxy(self.folder)
        proxy.start()
        fifo = self.folder / "neighbour.fifo"
        os.mkfifo(fifo)
        neighbour = Neighbour(fifo)
        neighbour.start()
        running = self.start(self.write("driver.toml", PIPELINE), "--oversubscribe", "--format", "json")
        before = running.wait_for_stats(lambda stats: port(stats, "card")["received"] > 100_000, "frames that come back")
        dice = random.Random(1)
        end = time.monotonic() + SECONDS
        rounds = 0
        while time.monotonic() < end:
            proxy.scribble(dice)
            rounds += 1
            # Now and then the driver gets the time to begin anew, so that there is something to spoil.
            time.sleep(0.001 if rounds % 100 else 1)
        running.interrupt()
        running.finish()
        neighbour.join()
        report = self.assert_clean_stop(running)
        self.assertIsNone(neighbour.wrong, "a frame of the other port was changed")
        self.assertEqual(neighbour.frames, port(report, "neighbour")["transmitted"])
        self.assertGreater(neighbour.frames, 0)
        if "IXYFLOW_SCRIBBLE_SECONDS" in os.environ:
            print(f"{rounds} times 100 writes, over the memory of {proxy.drivers} connections; card before {port(before, 'card')}; "
                  f"card {port(report, 'card')}; the other port: {neighbour.frames} frames, none changed; {report['ledger']}")
            print(running.messages()[-2000:])


if __name__ == "__main__":
    unittest.main()
