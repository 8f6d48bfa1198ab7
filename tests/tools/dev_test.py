"""`ixyflow dev` on a made tree of files as /sys has them, with a thread that does what the kernel does."""

import json
import os
import pathlib
import select
import threading
import time

from program import ProgramTestCase

ADDRESS = "0000:03:00.0"
OTHER = "0000:04:00.0"


def alive(process):
    """Whether a process runs; one that nobody has asked for its end does not."""
    try:
        return pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Tree:
    """PCI functions as files. The kernel's part is played by a thread that reads what is written to FIFOs."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.pci = self.root / "bus" / "pci"
        (self.pci / "devices").mkdir(parents=True)
        (self.root / "proc" / "net").mkdir(parents=True)
        self.files = {}

    def function(self, address, device, driver="", interface="", group=None, node=-1):
        folder = self.pci / "devices" / address
        folder.mkdir()
        for name, text in {"vendor": "0x8086", "device": device, "class": "0x020000", "numa_node": node,
                           "driver_override": "(null)"}.items():
            (folder / name).write_text(f"{text}\n")
        if driver:
            (folder / "driver").symlink_to(self.pci / "drivers" / driver)
        if group is not None:
            (self.root / "groups" / str(group)).mkdir(parents=True)
            (folder / "iommu_group").symlink_to(self.root / "groups" / str(group))
        if interface:
            self.interface = folder / "net" / interface
            self.interface.mkdir(parents=True)
            (self.interface / "flags").write_text("0x1002\n")
            (self.interface / "operstate").write_text("down\n")
        return folder

    def driver_of(self, address):
        link = self.pci / "devices" / address / "driver"
        return link.readlink().name if link.is_symlink() else ""

    def start_kernel(self, *drivers):
        paths = {self.pci / "drivers_probe": ("", True)}
        for driver in drivers:
            (self.pci / "drivers" / driver).mkdir(parents=True, exist_ok=True)
            paths[self.pci / "drivers" / driver / "bind"] = (driver, True)
            paths[self.pci / "drivers" / driver / "unbind"] = (driver, False)
        for path, what in paths.items():
            os.mkfifo(path)
            self.files[os.open(path, os.O_RDWR | os.O_NONBLOCK)] = what
        self.running = True
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while self.running:
            for fd in select.select(list(self.files), [], [], 0.05)[0]:
                driver, bind = self.files[fd]
                self.act(driver, bind, os.read(fd, 64).decode())

    def act(self, driver, bind, address):
        link = self.pci / "devices" / address / "driver"
        if not bind:
            link.unlink(missing_ok=True)
        elif not link.is_symlink():
            override = (link.parent / "driver_override").read_text().strip()
            driver = driver or (override if override not in ("", "(null)") else "ixgbe")
            link.symlink_to(self.pci / "drivers" / driver)

    def stop(self):
        self.running = False
        self.thread.join()
        for fd in self.files:
            os.close(fd)


class DevTest(ProgramTestCase):
    def setUp(self):
        super().setUp()
        self.tree = Tree(self.folder / "sys")
        self.tree.start_kernel("ixgbe", "vfio-pci")
        self.addCleanup(self.tree.stop)
        self.environment = dict(os.environ, IXYFLOW_SYSFS=str(self.tree.root))

    def dev(self, code, *arguments):
        return self.expect(code, "dev", *arguments, env=self.environment)

    def becomes_bound_to(self, driver, seconds=60):
        end = time.monotonic() + seconds
        while self.tree.driver_of(ADDRESS) != driver and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(self.tree.driver_of(ADDRESS), driver)

    def test_list_has_what_there_is(self):
        self.tree.function(ADDRESS, "0x10fb", "ixgbe", "enp3s0", group=17, node=1)
        self.tree.function(OTHER, "0x1563", "ixgbe", "enp4s0", group=18)
        (self.tree.interface / "flags").write_text("0x1003\n")
        lines = self.dev(0).stdout.splitlines()
        self.assertEqual(lines[0].split(), "DEVICE NIC DRIVER NUMA IOMMU LINK IN USE BY IXYFLOW".split())
        self.assertRegex(lines[1], r"^0000:03:00\.0  Intel 82599ES \(X520\) +ixgbe +1 +17 +down +enp3s0 is down +ixgbe: ready to bind$")
        self.assertRegex(lines[2], r"^0000:04:00\.0  Intel X550 .* - .* enp4s0 is up +refused: in use$")
        devices = json.loads(self.dev(0, "--format", "json").stdout)
        self.assertEqual([device["address"] for device in devices], [ADDRESS, OTHER])
        self.assertEqual(devices[0]["id"], "8086:10fb")
        self.assertEqual(devices[0]["node"], 1)
        self.assertIsNone(devices[1]["node"])
        self.assertEqual(devices[1]["interfaces"], [{"name": "enp4s0", "in_use": True, "reason": "is up"}])

    def test_without_network_cards_the_list_is_empty(self):
        self.assertIn("no PCI network cards", self.dev(0).stderr)
        self.assertEqual(json.loads(self.dev(0, "--format", "json").stdout), [])

    def test_bind_and_restore(self):
        self.tree.function(ADDRESS, "0x10fb", "ixgbe", "enp3s0", group=17)
        bound = self.dev(0, "bind", "03:00.0").stdout
        self.assertIn("0000:03:00.0 is bound to vfio-pci (was ixgbe); undo: ixyflow dev restore 0000:03:00.0\n", bound)
        self.assertIn("sudo chown $USER /dev/vfio/17\n", bound)
        self.assertEqual(self.tree.driver_of(ADDRESS), "vfio-pci")
        self.assertIn("already", self.dev(0, "bind", ADDRESS).stdout)
        self.assertEqual(self.dev(0, "restore", ADDRESS).stdout, "0000:03:00.0 is bound to ixgbe again\n")
        self.assertEqual(self.tree.driver_of(ADDRESS), "ixgbe")
        self.assertIn("nothing to give back", self.dev(0, "restore", ADDRESS).stdout)
        self.assertEqual(list((self.folder / "run" / "bind").iterdir()), [])

    def test_a_device_in_use_is_refused_with_the_reason(self):
        self.tree.function(ADDRESS, "0x10fb", "ixgbe", "enp3s0", group=17)
        route = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\nenp3s0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\n"
        (self.tree.root / "proc" / "net" / "route").write_text(route)
        refused = self.dev(77, "bind", ADDRESS)
        self.assertEqual(refused.stderr, "error: enp3s0 carries the default route; nothing was changed (--force binds it anyway)\n")
        self.assertEqual(self.tree.driver_of(ADDRESS), "ixgbe")
        self.dev(77, "bind", ADDRESS, "--confirm-within", "1s")
        self.assertEqual(list((self.folder / "run" / "bind").iterdir()), [])
        self.dev(0, "bind", ADDRESS, "--force")
        self.assertEqual(self.tree.driver_of(ADDRESS), "vfio-pci")

    def test_what_is_not_confirmed_is_given_back(self):
        self.tree.function(ADDRESS, "0x10fb", "ixgbe", "enp3s0", group=17)
        text = self.dev(0, "bind", ADDRESS, "--confirm-within", "1s").stdout
        self.assertIn("'ixyflow dev confirm' within 1s or it is given back\n", text)
        self.assertEqual(self.tree.driver_of(ADDRESS), "vfio-pci")
        self.becomes_bound_to("ixgbe")
        self.assertIn("nothing waits", self.dev(1, "confirm").stderr)

    def test_what_is_confirmed_stays(self):
        self.tree.function(ADDRESS, "0x10fb", "ixgbe", "enp3s0", group=17)
        self.dev(0, "bind", ADDRESS, "--confirm-within", "2s")
        self.assertEqual(self.dev(0, "confirm").stdout, "confirmed: 0000:03:00.0\n")
        time.sleep(3)
        self.assertEqual(self.tree.driver_of(ADDRESS), "vfio-pci")

    def test_restore_ends_the_wait_too(self):
        self.tree.function(ADDRESS, "0x10fb", "ixgbe", "enp3s0", group=17)
        self.dev(0, "bind", ADDRESS, "--confirm-within", "600s")
        pending = int((self.folder / "run" / "bind" / f"{ADDRESS}.pending").read_text())
        self.dev(0, "restore", ADDRESS)
        end = time.monotonic() + 60
        while alive(pending) and time.monotonic() < end:
            time.sleep(0.05)
        self.assertFalse(alive(pending))

    def test_wrong_arguments_are_usage_errors(self):
        self.tree.function(ADDRESS, "0x10fb", "ixgbe", group=17)
        self.assertIn("did you mean 'bind'", self.dev(2, "bnd", ADDRESS).stderr)
        self.assertIn("0000:03:00.0", self.dev(2, "bind").stderr)
        self.dev(2, "bind", "enp3s0")
        self.dev(2, "bind", ADDRESS, "--confirm-within", "soon")
        self.dev(2, "--force")
        self.dev(2, "confirm", "nonsense")
        self.dev(69, "bind", "0000:09:00.0")
