"""ixyflow's ixgbe driver on PCI functions that it takes from the kernel's driver, as root and in huge pages."""

import json
import unittest

from cards import IXGBE_MODULES
from forwarding import LEFT, RIGHT, RUN, ForwardingTestCase, frames


class ThroughSysfs(ForwardingTestCase):
    """Both cards have the kernel's driver when a test begins, and their interfaces are down."""

    machine = {"cpus": 2, "memory_mib": 1024, "append": "hugepages=64 ipv6.disable=1",
               "modules": [*IXGBE_MODULES, "ixgbe"]}

    def setUp(self):
        super().setUp()
        for address in self.addresses:
            self.addCleanup(self.guest.run, f"ixyflow dev restore {address}")
            self.assertEqual(self.driver_of(address), "ixgbe")

    def interface(self, address):
        return self.expect(0, f"ls /sys/bus/pci/devices/{address}/net").out.strip()

    def free_huge_pages(self):
        return int(self.expect(0, "grep HugePages_Free /proc/meminfo | tr -dc 0-9").out)

    def test_frames_are_forwarded_as_they_are_and_the_former_driver_comes_back(self):
        job = self.start_run()
        self.expect_forwarding()
        self.assertLess(self.free_huge_pages(), 64)
        report = self.expect_clean_end(job)
        self.assertEqual(report["ledger"]["received"], 400)
        self.assertEqual(self.free_huge_pages(), 64)
        for address in self.addresses:
            self.assertEqual(self.driver_of(address), "ixgbe")
            self.interface(address)

    def test_a_card_in_use_is_refused_unless_forced(self):
        name = self.interface(RIGHT)
        self.addCleanup(self.guest.run, f"ip link set {name} down")
        self.expect(0, f"ip link set {name} up")
        self.expect_refusal(77, RIGHT, f"{name} is up")
        self.expect(0, f"ip addr add 10.0.0.1/24 dev {name}")
        self.expect_refusal(77, RIGHT, name, "10.0.0.")  # its address, or the route to it
        self.assertEqual(self.driver_of(RIGHT), "ixgbe")
        self.expect(0, f"ip addr show {name} | grep -q 10.0.0.1")
        self.write_pipeline("force = true")
        job = self.start_run()
        self.expect_forwarding(20)
        self.expect_clean_end(job)
        self.assertEqual(self.driver_of(RIGHT), "ixgbe")

    def test_G16_a_killed_run_can_be_started_again_at_once(self):
        left, right = self.cards.cables
        for turn in range(3):
            job = self.start_run()
            for source, target in ((left, right), (right, left)):
                # What was on its way when the last run was killed comes first, or not at all.
                marker = b"\x02\0\0\0\0\x01" + b"marker %d" % turn * 10
                source.send(marker)
                while (frame := target.receive()) != marker:
                    self.assertIsNotNone(frame, "nothing comes through")
            self.expect_forwarding(50)
            if turn == 2:
                break
            # With descriptors that the card goes on writing to, and more to send.
            for frame in frames(100, seed=turn):
                left.send(frame)
            job.signal("KILL")
            self.assertEqual(job.wait().code, 137)
        self.expect_clean_end(job)
        for address in self.addresses:
            self.assertEqual(self.driver_of(address), "")
            self.expect(0, f"ixyflow dev restore {address}")
            self.assertEqual(self.driver_of(address), "ixgbe")

    def test_the_list_of_cards_tells_who_has_them(self):
        cards = {card["address"]: card for card in json.loads(self.expect(0, "ixyflow dev --format json").out)}
        self.assertEqual(set(self.addresses) & set(cards), set(self.addresses))
        card = cards[LEFT]
        self.assertEqual((card["id"], card["driver"], card["port_driver"]), ("8086:10fb", "ixgbe", "ixgbe"))
        self.assertEqual([entry["name"] for entry in card["interfaces"]], [self.interface(LEFT)])
        self.assertFalse(card["in_use"])
        text = self.expect(0, "ixyflow dev").out
        self.assertRegex(text, f"{LEFT} .*Intel 82.* ixgbe ")

    def test_a_card_cannot_be_bound_to_vfio_without_an_iommu(self):
        self.expect_refusal(69, "modprobe vfio-pci", command=f"ixyflow dev bind {LEFT}")
        self.assertEqual(self.driver_of(LEFT), "ixgbe")


if __name__ == "__main__":
    unittest.main()
