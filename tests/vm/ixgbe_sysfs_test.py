"""ixyflow's ixgbe driver on PCI functions that it takes from the kernel's driver, as root and in huge pages."""

import json
import re
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
        for _ in range(2):
            self.kill_in_traffic(self.start_run())
        job = self.start_run()
        self.drain()
        self.expect_forwarding(50)
        self.expect_clean_end(job)
        for address in self.addresses:
            self.assertEqual(self.driver_of(address), "ixgbe")

    def test_G17_the_kernel_has_the_cards_of_a_killed_run_back_before_its_memory_is_given_away(self):
        self.kill_in_traffic(self.start_run())
        self.expect_soon("[ $(grep HugePages_Free /proc/meminfo | tr -dc 0-9) = 64 ]")
        for address in self.addresses:
            self.assertEqual(self.driver_of(address), "ixgbe")
        # What nobody has taken yet would come out of the cards of the next test's run.
        job = self.start_run()
        self.drain()
        self.expect_clean_end(job)

    def test_a_card_that_another_ixyflow_has_is_refused_even_if_forced(self):
        job = self.start_run()
        self.write_pipeline("force = true")
        self.expect_refusal(77, f"{LEFT} is in use", "another process drives it", command=RUN + " --instance second")
        for change in ("bind", "restore"):
            self.expect_refusal(77, f"{LEFT} is in use", "a process drives it", command=f"ixyflow dev {change} {LEFT}")
        self.expect_forwarding(10)
        self.expect_clean_end(job)

    def test_H1_too_few_huge_pages_are_refused_with_the_command_that_fixes_it(self):
        total = "/proc/sys/vm/nr_hugepages"
        self.addCleanup(self.expect, 0, f"echo 64 >{total}")
        for count in (0, 1):
            self.expect(0, f"echo {count} >{total}")
            done = self.expect(78, RUN)
            self.assertRegex(done.err, rf"\d+ huge pages of 2 MiB are needed.*, {count} are free")
            self.assertEqual([self.driver_of(address) for address in self.addresses], ["ixgbe", "ixgbe"])
        command = re.search("get them with: (echo .*)", done.err).group(1)
        self.expect(0, command.replace("sudo ", ""))
        job = self.start_run()
        self.expect_forwarding(10)
        self.expect_clean_end(job)

    def test_G15_a_card_that_is_taken_away_from_under_its_mapped_registers_is_given_up(self):
        job = self.start_run()
        self.expect_forwarding(10)
        left, _ = self.cards.cables
        # When the run goes on, there are frames to be sent by a card whose registers are no more: SIGBUS.
        job.signal("STOP")
        for frame in frames(20, seed=1):
            left.send(frame)
        self.expect(0, f"echo 1 >/sys/bus/pci/devices/{RIGHT}/remove")
        self.addCleanup(self.expect_soon, f"[ -e /sys/bus/pci/drivers/ixgbe/{RIGHT} ]")
        self.addCleanup(self.expect, 0, "echo 1 >/sys/bus/pci/rescan")
        job.signal("CONT")
        self.expect_error(job, "right", "gone")
        self.expect_to_go_on(job, alive=left)

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
