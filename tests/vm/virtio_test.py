"""ixyflow's virtio driver on QEMU's virtio network cards: what goes in on one side comes out on the other, byte by byte.

A real capture goes through two legacy devices, two transitional ones, two modern ones, two with packed rings, and two
behind an IOMMU."""

import unittest

from virtio_cards import LEFT, RIGHT, BehindIommu, VirtioTestCase


class Legacy(VirtioTestCase):
    kind = "disable-modern=on,disable-legacy=off"

    def test_a_capture_goes_through_byte_by_byte(self):
        self.forward_capture()

    def test_G16_a_killed_run_can_be_started_again_at_once(self):
        self.kill_and_start_again()

    def test_the_devices_are_listed(self):
        listed = self.expect(0, "ixyflow dev").out
        for address in (LEFT, RIGHT):
            self.assertRegex(listed, rf"{address}.*virtio")


class Transitional(VirtioTestCase):
    kind = "disable-modern=off,disable-legacy=off"

    def test_a_capture_goes_through_byte_by_byte(self):
        self.forward_capture()


class Modern(VirtioTestCase):
    kind = "disable-legacy=on"

    def test_a_capture_goes_through_byte_by_byte(self):
        self.forward_capture()

    def test_G16_a_killed_run_can_be_started_again_at_once(self):
        self.kill_and_start_again()


class Packed(VirtioTestCase):
    kind = "disable-legacy=on,packed=on"

    def test_a_capture_goes_through_byte_by_byte(self):
        self.forward_capture()

    def test_G16_a_killed_run_can_be_started_again_at_once(self):
        self.kill_and_start_again()


class BehindAnIommu(BehindIommu):
    def test_a_user_without_rights_forwards_a_capture_byte_by_byte(self):
        self.forward_capture()


if __name__ == "__main__":
    unittest.main()
