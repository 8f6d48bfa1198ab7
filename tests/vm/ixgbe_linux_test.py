"""Linux's own ixgbe driver on the software 82599: the model is true to the card as far as the kernel can tell. Two cards
are plugged into each other; the second one is in a network namespace, so that traffic has to take the cable."""

import re
import unittest

from cards import IXGBE_MODULES, CardTestCase

CARDS = ["0000:00:10.0", "0000:00:11.0"]
MACS = ["02:00:00:00:00:a0", "02:00:00:00:00:a1"]
LOCAL, REMOTE = "10.0.0.1", "10.0.0.2"
IN_PEER = "nsenter --net=/run/netns/peer"
FILES = {"long": 100, "short": 10}  # in MiB


class LinuxDriver(CardTestCase):
    wires = [f"pair,mac={mac}" for mac in MACS]
    machine = {"cpus": 2, "memory_mib": 1024, "boot_seconds": 120, "lifetime": 600,
               "modules": [*IXGBE_MODULES, "ixgbe", "llc", "stp", "garp", "mrp", "8021q"],
               "programs": ["/bin/ip", "/sbin/ethtool"]}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The guest's shell takes the ip of busybox for any that is not called by its path.
        cls.prepare("/bin/ip netns add peer")
        cls.checksums = {}
        for name, size in FILES.items():
            cls.prepare(f"mkdir -p /tmp/www; dd if=/dev/urandom of=/tmp/www/{name} bs=1M count={size}")
            cls.checksums[name] = cls.prepare(f"md5sum </tmp/www/{name}")
        cls.plug_in()
        cls.prepare(f"{IN_PEER} httpd -p {REMOTE}:80 -h /tmp/www; httpd -p {LOCAL}:80 -h /tmp/www")

    @classmethod
    def prepare(cls, script):
        """The output of a script that has to succeed."""
        done = cls.guest.run(f"set -e\n{script}", timeout=120)
        if done.code != 0:
            raise RuntimeError(f"{script}\n{done.out}\n{done.err}")
        return done.out

    @classmethod
    def plug_in(cls):
        """Gives both cards their addresses, once the driver has them; self.names are their interfaces."""
        cls.names = [cls.prepare(f"ls /sys/bus/pci/devices/{card}/net").strip() for card in CARDS]
        local, remote = cls.names
        cls.prepare(f"""
            /bin/ip link set {remote} netns peer
            /bin/ip addr add {LOCAL}/24 dev {local}
            /bin/ip -n peer addr add {REMOTE}/24 dev {remote}
            /bin/ip link set {local} up
            /bin/ip -n peer link set {remote} up""")

    def setUp(self):
        self.expect_link()

    def expect_link(self):
        self.expect_soon(f"[ $(cat /sys/class/net/{self.names[0]}/carrier) = 1 ] && "
                         f"{IN_PEER} ethtool {self.names[1]} | grep -q 'Link detected: yes'")

    def expect_ping(self, *options):
        done = self.expect(0, f"ping -c 3 -W 5 {' '.join(options)} {REMOTE}", timeout=60)
        self.assertIn("3 packets received", done.out)

    def expect_transfer(self, name, *, to_peer=False):
        """A file of the other end arrives as it is."""
        command = f"{IN_PEER} wget -q -O - http://{LOCAL}" if to_peer else f"wget -q -O - http://{REMOTE}"
        done = self.expect(0, f"timeout 200 {command}/{name} | md5sum", timeout=240)
        self.assertEqual(done.out, self.checksums[name], done.err)

    def everywhere(self, command):
        """Runs a command for both interfaces; "{}" stands for the name."""
        self.expect(0, f"set -e\n{command.format(self.names[0])}\n{IN_PEER} {command.format(self.names[1])}", timeout=60)

    def ethtool(self, option, rest="", *, of=0):
        """ethtool's output for one of the two interfaces."""
        where = IN_PEER if of == 1 else ""
        return self.expect(0, f"{where} ethtool {option} {self.names[of]} {rest}", timeout=60).out

    def set_features(self, features, *, of):
        """Switches offloads for the time of this test."""
        self.ethtool("-K", features, of=of)
        opposite = {"on": "off", "off": "on"}
        back = " ".join(opposite.get(word, word) for word in features.split())
        self.addCleanup(self.ethtool, "-K", back, of=of)
        self.expect_link()

    def ethtool_statistics(self, of=0):
        text = self.ethtool("-S", of=of)
        return {name: int(value) for name, value in re.findall(r"^\s*(\S+): (\d+)$", text, re.MULTILINE)}

    def test_the_driver_knows_the_card_and_its_address(self):
        self.assertIn("driver: ixgbe", self.ethtool("-i"))
        self.assertEqual(self.expect(0, f"cat /sys/class/net/{self.names[0]}/address").out.strip(), MACS[0])
        self.assertIn("Speed: 10000Mb/s", self.ethtool(""))

    def test_the_driver_has_nothing_to_complain_about(self):
        log = self.expect(0, "dmesg | grep ixgbe").out
        self.assertNotRegex(log, r"(?i)fail|error|hang|reset adapter|unsupported")

    def test_interrupts_are_msi_x(self):
        self.assertRegex(self.expect(0, "cat /proc/interrupts").out, f"MSI.*{self.names[0]}-TxRx-0")

    def test_ping(self):
        self.expect_ping()

    def test_100_mebibytes_arrive_by_tcp(self):
        self.expect_transfer("long")

    def test_tcp_with_checksums_and_segments_of_the_card_that_the_receiver_checks_itself(self):
        self.set_features("rx off gro off", of=0)
        self.expect_transfer("short")

    def test_tcp_with_checksums_of_the_sender_that_the_card_checks(self):
        self.set_features("tso off gso off tx off", of=0)
        self.expect_transfer("short", to_peer=True)
        self.assertEqual(self.ethtool_statistics(1)["rx_csum_offload_errors"], 0)


if __name__ == "__main__":
    unittest.main()
