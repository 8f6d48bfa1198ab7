"""Guests with software 82599 network cards: ixgbe-model of the build under test, plugged in over vfio-user. It takes a
QEMU that Debian stable does not have: `tools/vfio-user-qemu` fetches one, without it these tests are skipped."""

import json
import os
import pathlib
import tempfile
import unittest

import qmp
from guest import GuestTestCase
from kernel import CACHE
from model_cards import Cards

QEMU = pathlib.Path(os.environ.get("IXYFLOW_QEMU_ROOT", CACHE / "qemu")) / "qemu-system-x86_64"
# What Linux's driver needs, in the order of loading.
IXGBE_MODULES = ["dca", "xfrm_algo", "libphy", "mdio-devres", "mdio"]
VFIO_MODULES = ["irqbypass", "vfio", "vfio_virqfd", "vfio_iommu_type1", "vfio-pci-core", "vfio-pci"]


class CardTestCase(GuestTestCase):
    """The guest has one card for each of the class's `wires`: card N is at PCI address 0000:00:1N.0, or where `places`
    puts it. The model is run by the command `wrapper`."""

    wires = ["pair", "pair"]
    places = None
    wrapper = ()

    @classmethod
    def setUpClass(cls):
        if not QEMU.exists():
            raise unittest.SkipTest(f"no QEMU with vfio-user in {QEMU.parent}: tools/vfio-user-qemu")
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="ixyflow-cards-")))
        cls.cards = Cards(cls.wires, cls.folder, cls.wrapper)
        cls.addClassCleanup(cls.cards.close)
        places = cls.places or [{"addr": f"{0x10 + number:x}"} for number in range(len(cls.wires))]
        devices = [*cls.machine.get("devices", ()), *qmp.arguments(f"{cls.folder}/qmp")]
        for device in cls.cards.devices(places):
            devices += ["-device", json.dumps(device)]
        cls.machine = {**cls.machine, "qemu": QEMU, "devices": devices}
        super().setUpClass()

    def qemu(self, command, **arguments):
        """Has QEMU's monitor do something; see its reference of QMP."""
        return qmp.execute(f"{self.folder}/qmp", command, **arguments)
