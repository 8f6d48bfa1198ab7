"""Virtio functions that are bound to VFIO, behind an emulated IOMMU, for a user without any right: who may not have them,
and what becomes of a run that loses one."""

import unittest

from virtio_cards import RIGHT, RUN, USER, BehindIommu

CARD_OF_SLOT = "0000:01:00.0"  # behind a root port that can unplug it
SHARING, NEIGHBOUR = "0000:02:02.0", "0000:02:01.0"  # in one IOMMU group, behind a bridge of conventional PCI


class ThroughVfio(BehindIommu):
    """The third card shares its IOMMU group with another device."""

    addresses = [CARD_OF_SLOT, RIGHT]
    places = ["bus=behind", "bus=pcie.0,addr=11"]
    spare_modules = ["e1000"]
    more_devices = [*BehindIommu.more_devices,
                    "-device", "pcie-root-port,id=behind,chassis=1,slot=1,bus=pcie.0,addr=8",
                    "-device", "pcie-pci-bridge,id=shared,bus=pcie.0,addr=9",
                    "-device", "e1000,romfile=,bus=shared,addr=1",
                    "-device", f"virtio-net-pci,romfile=,{BehindIommu.kind},bus=shared,addr=2"]

    def setUp(self):
        super().setUp()
        self.write_pipeline()

    def test_G15_the_group_of_somebody_else_is_refused(self):
        file = self.group_file(RIGHT)
        self.expect(0, f"chown 0 {file}")
        self.expect_refusal(77, f"'{file}'", f"chown $USER {file}")

    def test_G15_64_kib_of_locked_memory_are_refused(self):
        self.expect_refusal(77, "locked memory", "the limit is 65536 bytes", "ulimit -l", command=self.as_user(lock=64))

    def test_P4_locked_memory_one_page_short_is_refused_and_as_much_as_needed_will_do(self):
        job = self.started_run()
        locked = int(self.expect(0, f"grep VmLck /proc/{job.pid}/status | tr -dc 0-9").out)
        self.expect_clean_end(job)
        self.assertGreater(locked, 0)
        self.expect_refusal(77, "locked memory", f"ulimit -l {locked}", command=self.as_user(lock=locked - 4))
        self.command = self.as_user(lock=locked)
        job = self.started_run()
        self.expect_forwarding(10)
        self.expect_clean_end(job)

    def test_G15_a_group_that_is_not_viable_is_refused(self):
        self.hand_over(SHARING)
        self.guest.run("insmod /modules/e1000.ko")  # it takes the other device of the group
        self.addCleanup(self.guest.run, "rmmod e1000")
        self.guest.run(f"sed -i s/{CARD_OF_SLOT}/{SHARING}/ /tmp/virtio.toml")
        self.expect_refusal(77, f"{self.group_file(SHARING)}' is not viable", f"{NEIGHBOUR} (e1000)")

    def test_G15_a_second_owner_is_refused_and_the_first_one_goes_on(self):
        job = self.started_run()
        self.expect_forwarding(10)
        self.expect_refusal(77, "another process has a device", command=self.as_user(RUN + " --instance second"))
        self.expect_forwarding(10)
        self.expect_clean_end(job)

    def test_G15_a_card_that_is_bound_to_another_driver_while_in_use_is_given_up(self):
        job = self.started_run()
        self.expect_forwarding(10)
        self.expect(0, f"timeout 20 sh -c 'echo {RIGHT} >/sys/bus/pci/drivers/vfio-pci/unbind'")
        self.assertEqual(self.driver_of(RIGHT), "")
        self.expect_error(job, "right", "nothing more is received or sent here")
        self.expect_to_go_on(job, alive=0)

    def test_G15_a_card_that_is_unplugged_while_in_use_is_given_up(self):
        job = self.started_run()
        self.expect_forwarding(10)
        self.qemu("device_del", id="card0")
        # As if somebody had pressed the slot's button; the kernel waits five seconds for them to change their mind.
        self.expect_soon(f"! [ -e /sys/bus/pci/devices/{CARD_OF_SLOT} ]")
        self.addCleanup(self.plug_in)
        self.expect_error(job, "left", "nothing more is received or sent here")
        self.expect_to_go_on(job, alive=1)

    def plug_in(self):
        """The card that was unplugged, again."""
        self.qemu("device_add", driver="virtio-net-pci", id="card0", romfile="", netdev="net0", bus="behind",
                  **{"disable-legacy": "on", "iommu_platform": "on"})
        self.expect_soon(f"[ -e /sys/bus/pci/devices/{CARD_OF_SLOT} ]")

    def test_G16_a_killed_run_can_be_started_again_at_once(self):
        self.kill_and_start_again()

    def test_a_user_has_no_more_rights_than_the_groups(self):
        job = self.started_run()
        self.expect(0, f"grep -q '^Uid:.*{USER}' /proc/{job.pid}/status")
        self.expect_clean_end(job)


if __name__ == "__main__":
    unittest.main()
