"""ixyflow's ixgbe driver on PCI functions that are bound to VFIO, behind an IOMMU, for a user without any right."""

import unittest

from cards import VFIO_MODULES
from forwarding import PIPELINE, RIGHT, RUN, ForwardingTestCase
from model_cards import CABLE

USER = 1000
CARD_OF_SLOT = "0000:01:00.0"  # behind a root port that can unplug it
SLOT = "/sys/bus/pci/slots/1"
SHARING, NEIGHBOUR = "0000:02:02.0", "0000:02:01.0"  # in one IOMMU group, behind a bridge of conventional PCI


class ThroughVfio(ForwardingTestCase):
    """The cards are bound to vfio-pci, behind an IOMMU, and belong to a user without any right. The third one shares
    its IOMMU group with another device."""

    wires = [CABLE, CABLE, "none"]
    addresses = [CARD_OF_SLOT, RIGHT]
    places = [{"bus": "behind"}, {"addr": "11"}, {"bus": "shared", "addr": "2"}]
    machine = {"cpus": 2, "memory_mib": 1024, "append": "intel_iommu=on hugepages=64",
               "modules": VFIO_MODULES, "spare_modules": ["e1000"],
               "devices": ["-device", "intel-iommu,intremap=on,caching-mode=on",
                           # QEMU 11.1 dies when a card with MSI-X really goes. So it stays in its slot when the kernel
                           # has let go of it: a slot of PCI Express, not of ACPI, and one that cannot take the power.
                           "-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off",
                           "-device", "pcie-root-port,id=behind,chassis=1,slot=1,bus=pcie.0,addr=8,"
                                      "power_controller_present=off",
                           "-device", "pcie-pci-bridge,id=shared,bus=pcie.0,addr=9",
                           "-device", "e1000,romfile=,bus=shared,addr=1"]}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.guest.write("/etc/passwd", f"root::0:0::/:/bin/sh\nuser::{USER}:{USER}::/tmp:/bin/sh")

    def setUp(self):
        super().setUp()
        for address in self.addresses:
            self.hand_over(address)

    def group_file(self, address):
        return "/dev/vfio/" + self.guest.run(
            f"basename $(readlink /sys/bus/pci/devices/{address}/iommu_group)").out.strip()

    def hand_over(self, address):
        """Binds a card to VFIO and gives it to the user."""
        if self.driver_of(address) != "vfio-pci":
            self.expect(0, f"ixyflow dev bind {address}")
        self.expect(0, f"chown {USER} {self.group_file(address)}")

    def as_user(self, command=RUN, lock="unlimited"):
        """The command for the user, who may lock so many KiB of memory."""
        return f"sh -c 'ulimit -l {lock}; exec su user -c \"IXYFLOW_RUNTIME_DIR=/tmp/user exec {command}\"'"

    def test_a_user_without_rights_forwards_frames_as_they_are(self):
        job = self.start_run(self.as_user())
        self.expect_forwarding()
        self.expect(0, f"grep -q '^Uid:.*{USER}' /proc/{job.pid}/status")
        report = self.expect_clean_end(job)
        self.assertEqual(report["ledger"]["received"], 400)

    def test_G15_the_group_of_somebody_else_is_refused(self):
        file = self.group_file(RIGHT)
        self.expect(0, f"chown 0 {file}")
        self.expect_refusal(77, f"'{file}'", f"chown $USER {file}", command=self.as_user())

    def test_G15_64_kib_of_locked_memory_are_refused(self):
        self.expect_refusal(77, "locked memory", "the limit is 65536 bytes", "ulimit -l", command=self.as_user(lock=64))

    def test_P4_locked_memory_one_page_short_is_refused_and_as_much_as_needed_will_do(self):
        job = self.start_run(self.as_user())
        self.expect_forwarding(1)
        locked = int(self.expect(0, f"grep VmLck /proc/{job.pid}/status | tr -dc 0-9").out)
        self.expect_clean_end(job)
        self.assertGreater(locked, 0)
        self.expect_refusal(77, "locked memory", f"ulimit -l {locked}", command=self.as_user(lock=locked - 4))
        job = self.start_run(self.as_user(lock=locked))
        self.expect_forwarding(1)
        self.expect_clean_end(job)

    def test_G15_a_group_that_is_not_viable_is_refused(self):
        self.hand_over(SHARING)
        self.guest.run("insmod /modules/e1000.ko")  # it takes the other device of the group
        self.addCleanup(self.guest.run, "rmmod e1000")
        self.guest.write("/tmp/cards.toml", PIPELINE.format(left=SHARING, right=RIGHT, options=""))
        self.expect_refusal(77, f"{self.group_file(SHARING)}' is not viable", f"{NEIGHBOUR} (e1000)",
                            command=self.as_user())

    def test_G15_a_second_owner_is_refused_and_the_first_one_goes_on(self):
        job = self.start_run(self.as_user())
        self.expect_forwarding(10)
        self.expect_refusal(77, "another process has a device", command=self.as_user(RUN + " --instance second"))
        self.expect_forwarding(10)
        self.expect_clean_end(job)

    def test_G15_a_card_that_is_bound_to_another_driver_while_in_use_is_given_up(self):
        job = self.start_run(self.as_user())
        self.expect_forwarding(10)
        self.expect(0, f"timeout 20 sh -c 'echo {RIGHT} >/sys/bus/pci/drivers/vfio-pci/unbind'")
        self.assertEqual(self.driver_of(RIGHT), "")
        self.expect_error(job, "right", "gone")
        self.expect_to_go_on(job, alive=self.cards.cables[0])

    def test_G15_a_card_that_is_unplugged_while_in_use_is_given_up(self):
        job = self.start_run(self.as_user())
        self.expect_forwarding(10)
        self.qemu("device_del", id="card0")
        # As if somebody had pressed the slot's button; the kernel waits five seconds for them to change their mind.
        self.expect_soon(f"! [ -e /sys/bus/pci/devices/{CARD_OF_SLOT} ]")
        self.expect_error(job, "left", "gone")
        self.expect_to_go_on(job, alive=self.cards.cables[1])
        self.expect_soon(f"echo 1 >{SLOT}/power && [ -e /sys/bus/pci/devices/{CARD_OF_SLOT} ]")

    def test_G16_a_killed_run_can_be_started_again_at_once(self):
        self.kill_in_traffic(self.start_run(self.as_user()))
        job = self.start_run(self.as_user())
        self.drain()
        self.expect_forwarding(50)
        self.expect_clean_end(job)

    def test_what_was_bound_before_comes_back_with_dev_restore(self):
        self.expect(0, f"ixyflow dev restore {RIGHT}")
        self.assertEqual(self.driver_of(RIGHT), "")
        done = self.expect(0, f"ixyflow dev bind {RIGHT}")
        self.assertIn(f"undo: ixyflow dev restore {RIGHT}", done.out)
        self.assertIn(f"chown $USER {self.group_file(RIGHT)}", done.out)

    def test_physical_addresses_are_refused_behind_an_iommu(self):
        self.expect(0, f"ixyflow dev restore {RIGHT}")
        self.expect_refusal(77, "an IOMMU translates", f"ixyflow dev bind {RIGHT}")


if __name__ == "__main__":
    unittest.main()
