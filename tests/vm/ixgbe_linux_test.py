"""Linux's own ixgbe driver on the software 82599: the model is true to the card as far as the kernel can tell. Two
cards are plugged into each other; the second one is in a network namespace, so that traffic has to take the cable."""

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
    machine = {"cpus": 2, "memory_mib": 1024, "append": "ipv6.disable=1",
               "modules": [*IXGBE_MODULES, "ixgbe", "llc", "stp", "garp", "mrp", "8021q", "macvlan"],
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
        done = cls.guest.run(f"set -e\n{script}")
        if done.code != 0:
            raise RuntimeError(f"{script}\n{done.out}\n{done.err}\n{cls.guest.run('dmesg | tail -n 30').out}")
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

    def tearDown(self):
        log = self.guest.run("dmesg -c | grep ixgbe").out
        self.assertNotRegex(log, "(?i)fail|error|hang|reset adapter|unsupported", "the driver complains")

    def expect_link(self):
        self.expect_soon(f"[ $(cat /sys/class/net/{self.names[0]}/carrier) = 1 ] && "
                         f"{IN_PEER} ethtool {self.names[1]} | grep -q 'Link detected: yes'")

    def expect_ping(self, *options):
        done = self.expect(0, f"ping -c 3 -W 5 {' '.join(options)} {REMOTE}")
        self.assertIn("3 packets received", done.out)

    def expect_transfer(self, name, *, to_peer=False):
        """A file of the other end arrives as it is."""
        command = f"{IN_PEER} wget -q -O - http://{LOCAL}" if to_peer else f"wget -q -O - http://{REMOTE}"
        done = self.expect(0, f"timeout 200 {command}/{name} | md5sum")
        self.assertEqual(done.out, self.checksums[name], done.err)

    def everywhere(self, command):
        """Runs a command for both interfaces; "{}" stands for the name."""
        local, remote = (command.format(name) for name in self.names)
        self.expect(0, f"set -e\n{local}\n{IN_PEER} {remote}")

    def ethtool(self, option, rest="", *, of=0):
        """ethtool's output for one of the two interfaces."""
        where = IN_PEER if of == 1 else ""
        return self.expect(0, f"{where} ethtool {option} {self.names[of]} {rest}").out

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

    def counts(self):
        """What should be the same, row by row: frames there, frames back, bytes there."""
        both = [self.ethtool_statistics(number) for number in (0, 1)]
        wire = [int(self.cards.status(number)["wire_sent"]) for number in (0, 1)]
        return [[both[0]["tx_pkts_nic"], both[1]["rx_pkts_nic"], wire[0]],
                [both[1]["tx_pkts_nic"], both[0]["rx_pkts_nic"], wire[1]],
                [both[0]["tx_bytes_nic"], both[1]["rx_bytes_nic"]]]

    def settled_counts(self):
        """Counts during which nothing came: the kernel may ask for addresses at any time."""
        for _ in range(20):
            counts, again = self.counts(), self.counts()
            if counts == again:
                return counts
        self.fail(f"traffic goes on: {again}")

    def test_statistics_agree_with_the_other_card_and_with_the_wire(self):
        before = self.settled_counts()
        self.expect_ping("-s 1000")
        grown = [[now - then for now, then in zip(*pair)] for pair in zip(self.settled_counts(), before)]
        for values in grown:
            self.assertEqual(len(set(values)), 1, grown)
        self.assertGreaterEqual(grown[0][0], 3)
        self.assertGreaterEqual(grown[2][0], 3 * (14 + 20 + 8 + 1000 + 4))

    def queue_packets(self):
        """Packets that were received, by queue, while many connections were opened and closed."""
        names = ["rx_queue_0_packets", "rx_queue_1_packets"]
        before = self.ethtool_statistics()
        self.expect(0, f"for turn in $(seq 24); do wget -q -O - http://{REMOTE}/tiny; done")
        now = self.ethtool_statistics()
        return [now[name] - before[name] for name in names]

    def test_connections_are_spread_over_the_queues_by_the_table_of_the_driver(self):
        self.prepare("echo tiny >/tmp/www/tiny")
        # Or the Flow Director brings every connection back to the CPU that opened it, as the driver tells it to.
        self.set_features("ntuple on", of=0)
        self.assertGreater(min(self.queue_packets()), 0)
        self.addCleanup(self.ethtool, "-X", "equal 2")
        for queue, weights in enumerate(["1 0", "0 1"]):
            self.ethtool("-X", f"weight {weights}")
            self.assertEqual(self.queue_packets()[1 - queue], 0, f"all go to queue {queue}")

    def test_tagged_packets_with_and_without_vlan_offload(self):
        for prefix, number in (("", 0), ("-n peer", 1)):
            name = self.names[number]
            self.prepare(f"""
                /bin/ip {prefix} link add link {name} name tagged type vlan id 5
                /bin/ip {prefix} addr add 10.0.5.{number + 1}/24 dev tagged
                /bin/ip {prefix} link set tagged up""")
            self.addCleanup(self.prepare, f"/bin/ip {prefix} link del tagged")
        ping = "ping -c 3 -W 5 10.0.5.2"
        self.expect(0, ping)
        for features in ("rxvlan off txvlan off", "txvlan off"):
            with self.subTest(features=features):
                self.set_features(features, of=0)
                self.expect(0, ping)

    def test_frames_of_9000_bytes(self):
        self.everywhere("/bin/ip link set mtu 9000 dev {}")
        self.addCleanup(self.everywhere, "/bin/ip link set mtu 1500 dev {}")
        self.expect_link()
        before = self.ethtool_statistics(1)
        self.expect_ping("-s 8900")
        now = self.ethtool_statistics(1)
        # In one piece each: neither a fragment nor an answer more.
        self.assertLess(now["rx_packets"] - before["rx_packets"], 10)
        self.expect_transfer("short")

    def test_nothing_is_offered_that_the_card_does_not_do(self):
        # Of FCoE Linux lists what cards of this kind have before it reads that this one has it not; nothing uses it then.
        features = self.ethtool("-k")
        for name in ("esp-hw-offload", "esp-tx-csum-hw-offload", "tx-esp-segmentation"):
            self.assertRegex(features, rf"{name}: off \[fixed\]")
        self.assertIn("Supports Wake-on: d", self.ethtool(""))
        self.assertEqual(self.cards.status(0)["unserved_capabilities"], "0")

    def test_macvlan_interfaces_have_pools_of_the_card(self):
        self.set_features("l2-fwd-offload on", of=0)
        self.prepare(f"""
            for number in 1 2; do
                mac=02:00:00:00:0a:0$number
                /bin/ip link add link {self.names[0]} name mac$number address $mac type macvlan mode bridge
                /bin/ip addr add 10.0.6.$number/24 dev mac$number
                /bin/ip link set mac$number up
            done
            /bin/ip -n peer addr add 10.0.6.9/24 dev {self.names[1]}""")
        self.addCleanup(self.prepare, f"for number in 1 2; do /bin/ip link del mac$number; done; "
                                      f"/bin/ip -n peer addr del 10.0.6.9/24 dev {self.names[1]}")
        self.expect_link()
        for number in (1, 2):
            self.expect(0, f"ping -c 3 -W 5 -I mac{number} 10.0.6.9")
        self.expect_ping()
        served = {name: value for name, value in self.cards.status(0).items()
                  if re.fullmatch(r"rx_queue_\d+_packets", name) and value != "0"}
        self.assertGreaterEqual(len(served), 3, served)

    def test_filters_for_flows_drop_and_choose_queues(self):
        self.set_features("ntuple on", of=0)
        self.prepare("echo tiny >/tmp/www/tiny")
        self.expect(0, f"wget -q -O - http://{REMOTE}/tiny")
        self.ethtool("-N", "flow-type tcp4 src-port 80 action -1 loc 1")
        dropped = int(self.cards.status(0)["rx_dropped_by_flow_filter"])
        self.guest.run(f"timeout 3 wget -q -O - http://{REMOTE}/tiny")
        self.assertGreater(int(self.cards.status(0)["rx_dropped_by_flow_filter"]), dropped)
        self.ethtool("-N", "delete 1")
        self.addCleanup(self.ethtool, "-N", "delete 2")
        for queue in (0, 1):
            self.ethtool("-N", f"flow-type tcp4 src-port 80 action {queue} loc 2")
            self.assertLess(self.queue_packets()[1 - queue], 24, f"all connections go to queue {queue}")

    def test_a_lost_link_is_noticed_and_comes_back(self):
        carrier = f"/sys/class/net/{self.names[0]}/carrier"
        for _ in range(3):
            self.cards.command("0 link down")
            self.expect_soon(f"[ $(cat {carrier}) = 0 ]")
            self.cards.command("0 link up")
            self.expect_link()
        self.expect_ping()

    def test_down_and_up_again(self):
        for _ in range(4):
            self.everywhere("/bin/ip link set {} down")
            self.everywhere("/bin/ip link set {} up")
        self.expect_link()
        self.expect_ping()

    def test_the_driver_can_be_unloaded_and_loaded_again(self):
        for _ in range(2):
            # The interface would wait for the end of the namespace that it is in.
            self.prepare(f"/bin/ip -n peer link set {self.names[1]} netns 1; rmmod ixgbe; insmod /modules/ixgbe.ko")
            self.plug_in()
            self.expect_link()
        self.expect_ping()

    def test_a_transmit_hang_is_healed_by_the_driver(self):
        self.cards.command("0 tx-hang on")
        self.addCleanup(self.cards.command, "0 tx-hang off")
        self.guest.run(f"ping -c 3 -W 1 {REMOTE}")
        self.expect_soon("dmesg | grep -q 'ixgbe.*Detected Tx Unit Hang'")
        self.cards.command("0 tx-hang off")
        self.expect_soon(f"ping -c 1 -W 1 {REMOTE} >/dev/null")
        self.expect(0, "dmesg -c >/dev/null")  # for once it may complain


if __name__ == "__main__":
    unittest.main()
