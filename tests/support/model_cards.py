"""Software network cards: ixgbe-model of the build under test, and the other ends of its wires."""

import os
import pathlib
import random
import socket
import subprocess

MODEL = pathlib.Path(os.environ.get("IXYFLOW_BUILD_DIR", ".")) / "ixgbe-model"
# A wire whose other end is a Cable of the test.
CABLE = "unix:{folder}/wire{number},{folder}/cable{number}"


def frames(count, seed=1, shortest=60, longest=1514):
    """Frames of all sizes with anything in them, to nobody in particular."""
    source = random.Random(seed)
    return [b"\x02\0\0\0\0\x01" + source.randbytes(source.randint(shortest, longest) - 6) for _ in range(count)]


class Cable:
    """The test's end of a card's wire. Every datagram is a frame."""

    def __init__(self, folder, number):
        self._card = f"{folder}/wire{number}"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"{folder}/cable{number}")

    def close(self):
        self._socket.close()

    def send(self, frame, seconds=240):
        """Waits while the card has no room."""
        self._socket.settimeout(seconds)
        self._socket.sendto(frame, self._card)

    def receive(self, seconds=20):
        """The next frame, or None."""
        self._socket.settimeout(seconds)
        try:
            return self._socket.recv(65536)
        except TimeoutError:
            return None


class Cards:
    """A running ixgbe-model. Each of `wires` makes a card; "{folder}" in it is the folder of the model's files, and
    "{number}" that of the card. `wrapper` is a command that runs the model."""

    def __init__(self, wires, folder, wrapper=()):
        self.folder = pathlib.Path(folder)
        self.sockets = [self.folder / f"card{number}.sock" for number in range(len(wires))]
        self._control = self.folder / "control.sock"
        self.log = self.folder / "model.log"
        self.cables = [Cable(folder, number) for number, wire in enumerate(wires) if wire.startswith(CABLE)]
        command = [*wrapper, MODEL, "--control", self._control, "--verbose"]
        for number, wire in enumerate(wires):
            command += ["--device", f"{self.sockets[number]},wire={wire.format(folder=folder, number=number)}"]
        with open(self.log, "wb") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log)
        for _ in wires:
            if not self._process.stdout.readline().startswith(b"ready"):
                self.close()
                raise RuntimeError(f"ixgbe-model does not start:\n{self.log.read_text()}")

    @property
    def pid(self):
        return self._process.pid

    def close(self):
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()
        for cable in self.cables:
            cable.close()

    def command(self, text):
        """The model's answer to a line on its control socket, without the "ok"."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(20)
            connection.connect(str(self._control))
            with connection.makefile("rw") as line:
                line.write(text + "\n")
                line.flush()
                verdict, _, answer = line.readline().strip().partition(" ")
        if verdict != "ok":
            raise RuntimeError(f"ixgbe-model: {text}: {answer}")
        return answer

    def status(self, number):
        """What the model counts of a card, by name, as text."""
        entries = self.command(f"{number} status").split("; ")
        return {name: value for name, _, value in (entry.partition(" ") for entry in entries)}

    def devices(self, places):
        """A device of QEMU for each card; `places` has what is to be said of them beside that."""
        return [{"driver": "vfio-user-pci", "id": f"card{number}", **place,
                 "socket": {"path": str(self.sockets[number]), "type": "unix"}} for number, place in enumerate(places)]
