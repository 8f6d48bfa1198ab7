"""ixyflow's virtio driver on QEMU's virtio network cards: what goes in on one side comes out on the other, byte by byte.

A real capture goes through two legacy devices, two transitional ones, two modern ones, two with packed rings, and two
behind an IOMMU."""

import json
import unittest

from virtio_cards import LEFT, RIGHT, RUN, BehindIommu, VirtioTestCase

PAST = "0000:00:12.0"
PAST_PIPELINE = f"""
[ports.source]
driver = "generator"
count = 100

[ports.card]
driver = "virtio"
device = "{PAST}"

[elements.in]
type = "FromDevice"
port = "source"

[elements.out]
type = "ToDevice"
port = "card"

[elements.back]
type = "FromDevice"
port = "card"

[graph]
paths = ["in -> out", "back -> Discard"]
"""


class Legacy(VirtioTestCase):
    kind = "disable-modern=on,disable-legacy=off"

    def test_a_capture_goes_through_byte_by_byte(self):
        self.forward_capture()

    def test_G16_a_killed_run_can_be_started_again_at_once(self):
        self.kill_and_start_again()

    def test_the_devices_are_listed(self):
        listed = self.expect(0, "ixyflow dev").out
        for address in (LEFT, RIGHT):
            self.assertRegex(listed, rf"{address}  virtio .*  virtio: ready, as root")


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
    """One more card reaches memory past the IOMMU, as QEMU's do unless they are told otherwise."""

    more_devices = [*BehindIommu.more_devices,
                    "-device", "virtio-net-pci,romfile=,disable-legacy=on,bus=pcie.0,addr=12"]

    def verdict(self, address):
        listed = json.loads(self.expect(0, "ixyflow dev --format json").out)
        return next(device["verdict"] for device in listed if device["address"] == address)

    def test_a_user_without_rights_forwards_a_capture_byte_by_byte(self):
        self.forward_capture()

    def test_a_card_past_the_iommu_is_refused_before_it_writes_anywhere(self):
        self.hand_over(PAST)
        self.write_pipeline()
        self.guest.run(f"sed -i s/{LEFT}/{PAST}/ /tmp/virtio.toml")
        self.expect_refusal(77, "port 'left'", "past the IOMMU", "iommu_platform=on", f"ixyflow dev restore {PAST}")

    def test_a_card_past_the_iommu_works_as_root_and_one_behind_it_is_told_of(self):
        self.hand_over(PAST)
        self.assertEqual(self.verdict(PAST), "virtio: ready if iommu_platform=on")
        self.expect(0, f"ixyflow dev restore {PAST}")
        self.assertEqual(self.verdict(PAST), "virtio: as root; to bind if iommu_platform=on")
        self.expect(0, f"ixyflow dev restore {LEFT}")
        self.write_pipeline()
        self.expect_refusal(77, "port 'left'", "an IOMMU translates", f"ixyflow dev bind {LEFT}", command=RUN)
        self.guest.write("/tmp/past.toml", PAST_PIPELINE)
        report = json.loads(self.expect(0, "ixyflow run /tmp/past.toml --for 2s --format json").out)
        self.assertEqual({port["name"]: port["transmitted"] for port in report["ports"]}["card"], 100)


if __name__ == "__main__":
    unittest.main()
