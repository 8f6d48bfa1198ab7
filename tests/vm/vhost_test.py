"""Virtual machines on ixyflow's learning switch, the example pipeline: Linux's own virtio driver in two guests, whose
network cards have the ports of the switch as their other ends."""

import json
import pathlib
import re
import tempfile
import unittest

from guest import Guest, GuestTestCase, obstacle, topology
from program import SOURCE, expect_nothing_lost
from running import Running

VIRTIO_MODULES = ["virtio_ring", "virtio", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci", "failover",
                  "net_failover", "virtio_net"]
MEBIBYTES = 16
README = (SOURCE / "README.md").read_text()


def address_of(number):
    return f"10.77.0.{number + 1}"


def mac_of(number):
    return f"02:00:00:00:00:0{number + 1}"


def readme_options(path):
    """What the README gives to QEMU for the socket at `path`, up to the card; its memory is that of every guest here."""
    words = re.search(r"-chardev \S+ -netdev \S+ -device (?=virtio-net-pci,netdev=n0)", README)[0].split()
    return [word.replace("/tmp/vm0.sock", path) for word in words]


class Switched(GuestTestCase):
    """Two guests: the first one has split rings, the second one packed ones. Nobody is at the switch's third port."""

    rings = ["off", "on"]

    @classmethod
    def setUpClass(cls):
        reason = obstacle()
        if reason:
            raise unittest.SkipTest(reason)
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="ixyflow-vhost-")))
        cls.switch = Running(cls.folder, SOURCE / "pipelines" / "learning_switch.toml", "--set", f"folder={cls.folder}",
                             "--format", "json")
        cls.addClassCleanup(cls.switch.end)
        cls.switch.wait_until(lambda: (cls.folder / "vm2.sock").exists(), "its sockets")
        cls.machine = cls.machine_of(0)
        super().setUpClass()
        cls.guests = [cls.guest, cls.enterClassContext(Guest(**cls.machine_of(1)))]
        for number, guest in enumerate(cls.guests):
            done = guest.run(f"""
                set -e
                name=$(ls /sys/bus/virtio/devices/*/net)
                ip addr add {address_of(number)}/24 dev $name
                ip link set $name up""")
            if done.code != 0:
                raise RuntimeError(f"guest {number}: {done.err}")

    @classmethod
    def machine_of(cls, number):
        # Without MSI-X: QEMU 7.2 crashes when a vhost-user device uses it under software emulation.
        return {"memory_mib": 256, "append": "ipv6.disable=1", "modules": VIRTIO_MODULES,
                "programs": ["/sbin/ethtool"], "devices": [*readme_options(f"{cls.folder}/vm{number}.sock"), f"virtio-net-pci,romfile=,netdev=n0,"
                            f"mac={mac_of(number)},disable-legacy=on,vectors=0,packed={cls.rings[number]}"]}

    def in_guest(self, number, script, **options):
        done = self.guests[number].run(script, **options)
        self.assertEqual(done.code, 0, f"guest {number}: {script}\n{done.out}\n{done.err}\n{self.switch.messages()}")
        return done.out

    def test_0_the_readme_shares_memory_as_these_guests_do(self):
        shown, = re.findall(r"-object (memory-backend-\S+)", README)
        self.assertIn(shown.replace("id=mem,size=1G", "id=memory0,size=256M"), topology(1, 1, 256))

    def test_1_guests_see_each_other_and_the_switch_learns_where_they_are(self):
        self.assertEqual(len(self.switch.said("a front end is connected: 1 queue pair")), 2, self.switch.messages())
        for number in range(2):
            self.in_guest(number, f"ping -c 3 -W 60 {address_of(1 - number)}")
        stations = self.switch.command("get", "stations").splitlines()
        self.assertEqual(stations, [f"{mac_of(number)} {number} learned" for number in range(2)])

    def test_1_rings_of_another_length_are_refused_because_qemu_would_not_tell_of_them(self):
        for number in range(2):
            refused = self.guests[number].run("ethtool -G $(ls /sys/bus/virtio/devices/*/net) rx 128")
            self.assertNotEqual(refused.code, 0)
            self.in_guest(number, f"ping -c 3 -W 60 {address_of(1 - number)}")

    def test_2_tcp_between_guests(self):
        for server in range(2):
            with self.subTest(server=server):
                self.in_guest(server, f"""
                    set -e
                    mkdir -p /tmp/www
                    dd if=/dev/urandom of=/tmp/www/file bs=1M count={MEBIBYTES}
                    httpd -p 80 -h /tmp/www""")
                self.assertEqual(int(self.in_guest(server, "stat -c %s /tmp/www/file")), MEBIBYTES * 2**20)
                wanted = self.in_guest(server, "md5sum </tmp/www/file")
                got = self.in_guest(1 - server, f"timeout 200 wget -q -O - http://{address_of(server)}/file | md5sum")
                self.assertEqual(got, wanted)

    def test_3_the_switch_ends_with_everything_accounted_for(self):
        self.switch.interrupt()
        self.switch.finish()
        self.assertEqual(self.switch.code, 0, self.switch.messages())
        report = json.loads(self.switch.stdout)
        self.assertGreater(report["ledger"]["sent"], 2 * MEBIBYTES * 2**20 // 1500)
        expect_nothing_lost(self, report)


if __name__ == "__main__":
    unittest.main()
