"""Guests with software 82599 network cards: ixgbe-model of the build under test, plugged in over vfio-user. It takes a
QEMU that Debian stable does not have: `tools/vfio-user-qemu` fetches one, without it these tests are skipped."""

import os
import pathlib
import socket
import subprocess
import tempfile
import unittest

from guest import GuestTestCase
from kernel import CACHE

QEMU = pathlib.Path(os.environ.get("IXYFLOW_QEMU_ROOT", CACHE / "qemu")) / "qemu-system-x86_64"
MODEL = pathlib.Path(os.environ.get("IXYFLOW_BUILD_DIR", ".")) / "ixgbe-model"
# What Linux's driver needs, in the order of loading.
IXGBE_MODULES = ["dca", "xfrm_algo", "libphy", "mdio-devres", "mdio"]
VFIO_MODULES = ["irqbypass", "vfio", "vfio_virqfd", "vfio_iommu_type1", "vfio-pci-core", "vfio-pci"]


class Cards:
    """A running ixgbe-model. Each of `wires` makes a card, "{folder}" in it is the folder of the model's files."""

    def __init__(self, wires, folder):
        self.folder = pathlib.Path(folder)
        self.sockets = [self.folder / f"card{number}.sock" for number in range(len(wires))]
        self._control = self.folder / "control.sock"
        self.log = self.folder / "model.log"
        command = [MODEL, "--control", self._control, "--verbose"]
        for path, wire in zip(self.sockets, wires):
            command += ["--device", f"{path},wire={wire.format(folder=folder)}"]
        with open(self.log, "wb") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log)
        for _ in wires:
            if not self._process.stdout.readline().startswith(b"ready"):
                self.close()
                raise RuntimeError(f"ixgbe-model does not start:\n{self.log.read_text()}")

    def close(self):
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()

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

    def devices(self):
        """QEMU's arguments: card N is at PCI address 0000:00:1N.0."""
        arguments = []
        for number, path in enumerate(self.sockets):
            arguments += ["-device", '{"driver":"vfio-user-pci","addr":"%x","id":"card%d",'
                          '"socket":{"path":"%s","type":"unix"}}' % (0x10 + number, number, path)]
        return arguments


class CardTestCase(GuestTestCase):
    """The guest has one card for each of the class's `wires`."""

    wires = ["pair", "pair"]

    @classmethod
    def setUpClass(cls):
        if not QEMU.exists():
            raise unittest.SkipTest(f"no QEMU with vfio-user in {QEMU.parent}: tools/vfio-user-qemu")
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="ixyflow-cards-")))
        cls.cards = Cards(cls.wires, cls.folder)
        cls.addClassCleanup(cls.cards.close)
        cls.machine = {**cls.machine, "qemu": QEMU, "devices": [*cls.machine.get("devices", ()), *cls.cards.devices()]}
        super().setUpClass()
