"""Wires of the software 82599 that lead out of its guest: TAP interface and captures. The guest has Linux's driver."""

import subprocess
import unittest

from scapy.all import ARP, Ether, rdpcap

from cards import IXGBE_MODULES, CardTestCase
from program import CAPTURE

# The model is alone in a network of its own, where it may make an interface.
ALONE = ["unshare", "--map-root-user", "--net"]
OUTSIDE, GUEST = "10.0.8.1", "10.0.8.2"
TAP, FILES = "0000:00:10.0", "0000:00:11.0"


class OutsideWires(CardTestCase):
    wires = ["tap:cable", f"pcap:{CAPTURE},{{folder}}/sent.pcap,delay=1s"]
    wrapper = ALONE
    machine = {"cpus": 2, "memory_mib": 512, "append": "ipv6.disable=1",
               "modules": [*IXGBE_MODULES, "ixgbe"]}

    @classmethod
    def setUpClass(cls):
        if subprocess.run([*ALONE, "test", "-w", "/dev/net/tun"], capture_output=True).returncode != 0:
            raise unittest.SkipTest("no right to make a TAP interface in a network of its own")
        super().setUpClass()

    def interface(self, card):
        return self.expect(0, f"ls /sys/bus/pci/devices/{card}/net").out.strip()

    def outside(self, *command):
        """Runs a command in the model's network."""
        done = subprocess.run(["nsenter", f"--target={self.cards.pid}", "--user", "--net", "--preserve-credentials",
                               *command], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}\n{done.stderr}")

    def test_a_tap_interface_is_the_other_end_of_the_cable(self):
        name = self.interface(TAP)
        self.outside("ip", "address", "add", f"{OUTSIDE}/24", "dev", "cable")
        self.outside("ip", "link", "set", "cable", "up")
        self.expect(0, f"ip addr add {GUEST}/24 dev {name} && ip link set {name} up")
        self.expect_soon(f"[ $(cat /sys/class/net/{name}/carrier) = 1 ]")
        self.expect(0, f"ping -c 3 -W 10 -s 1400 {OUTSIDE}")

    def test_a_capture_is_played_to_the_guest_and_another_one_has_what_it_sends(self):
        name = self.interface(FILES)
        self.expect(0, f"ip link set {name} promisc on up")
        received = f"$(cat /sys/class/net/{name}/statistics/rx_packets)"
        self.expect_soon(f"[ {received} = {len(rdpcap(str(CAPTURE)))} ]")
        self.expect(0, f"ip addr add 10.0.9.2/24 dev {name}; arping -c 3 -I {name} 10.0.9.1; ip link set {name} down")
        self.cards.command("1 status")  # by then the model has written all
        questions = [frame for frame in rdpcap(f"{self.folder}/sent.pcap") if ARP in frame]
        mac = self.expect(0, f"cat /sys/class/net/{name}/address").out.strip()
        self.assertEqual([(frame[Ether].src, frame[ARP].pdst) for frame in questions], [(mac, "10.0.9.1")] * 3)


if __name__ == "__main__":
    unittest.main()
