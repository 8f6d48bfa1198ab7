"""Virtio functions that ixyflow takes from Linux's driver, as root and in huge pages: what is refused, what becomes of a
run that loses a card, and what one that was killed leaves behind."""

import unittest

import vhost_test
from virtio_cards import LEFT, RIGHT, RUN, VirtioTestCase, some_frames

NOTHING_MORE = "nothing more is received or sent here"


class SysfsTestCase(VirtioTestCase):
    """Both cards have the kernel's driver when a test begins, and their interfaces are down."""

    append = "ipv6.disable=1"
    modules = vhost_test.VIRTIO_MODULES

    def setUp(self):
        self.write_pipeline()
        for address in self.addresses:
            self.addCleanup(self.guest.run, f"ixyflow dev restore {address}")
            self.assertEqual(self.driver_of(address), "virtio-pci")

    def free_huge_pages(self):
        return int(self.expect(0, "grep HugePages_Free /proc/meminfo | tr -dc 0-9").out)

    def interface(self, address):
        return self.expect(0, f"ls /sys/bus/pci/devices/{address}/virtio*/net").out.strip()

    def take_away(self):
        """The right card goes while the run has frames for it."""
        job = self.started_run()
        self.expect_forwarding(10)
        # When the run goes on, there are frames to be sent by a card whose registers are no more.
        job.signal("STOP")
        for frame in some_frames(20):
            self.cables[0].send(frame)
        self.expect(0, f"echo 1 >/sys/bus/pci/devices/{RIGHT}/remove")
        self.addCleanup(self.expect_soon, f"[ -e /sys/bus/pci/drivers/virtio-pci/{RIGHT} ]")
        self.addCleanup(self.expect, 0, "echo 1 >/sys/bus/pci/rescan")
        job.signal("CONT")
        self.expect_error(job, "port 'right'", NOTHING_MORE)
        self.expect_to_go_on(job, alive=0)

    def command_register(self, address):
        """Of a card; bit 2 is set of a bus master."""
        return int(self.expect(0, f"dd if=/sys/bus/pci/devices/{address}/config bs=1 skip=4 count=2 2>/dev/null | "
                                  "hexdump -e '1/2 \"%u\"'").out)

    def drivers_when_memory_is_free(self):
        """The kernel's drivers of the cards at the first moment at which a run that has ended holds no huge page."""
        links = " ".join(f"/sys/bus/pci/devices/{address}/driver" for address in self.addresses)
        done = self.expect(0, f"""
            until [ $(grep HugePages_Free /proc/meminfo | tr -dc 0-9) = 64 ]; do usleep 1000; done
            for link in {links}; do readlink $link | sed s,.*/,,; done""")
        return done.out.split()

    def kill_twice(self):
        for _ in range(2):
            self.kill_in_traffic(self.started_run())
        job = self.started_run()
        self.drain()
        self.expect_forwarding(50)
        self.expect_clean_end(job)
        self.assertEqual(self.drivers_when_memory_is_free(), ["virtio-pci"] * 2)


class Modern(SysfsTestCase):
    kind = "disable-legacy=on"

    def test_frames_are_forwarded_as_they_are_and_the_former_driver_comes_back(self):
        job = self.started_run()
        self.expect_forwarding()
        self.assertLess(self.free_huge_pages(), 64)
        self.expect_clean_end(job)
        self.assertEqual(self.free_huge_pages(), 64)
        for address in self.addresses:
            self.assertEqual(self.driver_of(address), "virtio-pci")
            self.interface(address)

    def test_a_card_whose_interface_is_up_is_refused_unless_forced(self):
        name = self.interface(RIGHT)
        self.addCleanup(self.guest.run, f"ip link set {name} down")
        self.expect(0, f"ip link set {name} up")
        self.expect_refusal(77, RIGHT, f"{name} is up")
        self.assertEqual(self.driver_of(RIGHT), "virtio-pci")
        self.write_pipeline("force = true")
        job = self.started_run()
        self.expect_forwarding(10)
        self.expect_clean_end(job)
        self.assertEqual(self.driver_of(RIGHT), "virtio-pci")

    def test_E11_a_card_that_is_named_twice_is_refused(self):
        for twice in (LEFT, LEFT.removeprefix("0000:")):
            self.expect(0, f"sed -i s/{RIGHT}/{twice}/ /tmp/virtio.toml")
            done = self.guest.run(RUN)
            self.write_pipeline()
            self.assertIn(done.code, (77, 78), done.err)
            self.assertEqual(done.err.count("error: "), 1, done.err)
            self.assertEqual([self.driver_of(address) for address in self.addresses], ["virtio-pci"] * 2)

    def test_G15_a_card_that_another_ixyflow_has_is_refused_even_if_forced(self):
        job = self.started_run()
        self.write_pipeline("force = true")
        self.expect_refusal(77, f"{LEFT} is in use", "another process drives it", command=RUN + " --instance second")
        for change in ("bind", "restore"):
            self.expect_refusal(77, f"{LEFT} is in use", "a process drives it", command=f"ixyflow dev {change} {LEFT}")
        self.expect_forwarding(10)
        self.expect_clean_end(job)

    def test_G15_a_card_that_is_taken_away_from_under_its_mapped_registers_is_given_up(self):
        self.take_away()

    def test_H3_runs_that_are_killed_in_traffic_leave_no_huge_page_and_can_be_started_again_at_once(self):
        self.kill_twice()

    def test_G17_however_a_run_ends_the_kernel_has_its_cards_back_before_memory_is_given_away(self):
        for name in ("HUP", "KILL", "SYS", "ABRT", "SEGV"):
            with self.subTest(signal=name):
                job = self.started_run()
                self.drain()
                self.expect_forwarding(10)
                job.signal(name)
                self.assertEqual(self.drivers_when_memory_is_free(), ["virtio-pci"] * 2)
                self.assertEqual(job.wait().code == 0, name == "HUP")

    def test_G17_the_out_of_memory_killer_leaves_the_cards_to_the_kernel_as_well(self):
        job = self.started_run()
        self.drain()
        self.expect_forwarding(10)
        self.expect(0, "echo f >/proc/sysrq-trigger")
        self.assertEqual(job.wait().code, 137)
        self.assertEqual(self.drivers_when_memory_is_free(), ["virtio-pci"] * 2)

    def test_G17_cards_that_had_no_driver_are_no_bus_masters_when_memory_is_free(self):
        for address in self.addresses:
            self.expect(0, f"echo {address} >/sys/bus/pci/drivers/virtio-pci/unbind")
        for name in ("KILL", "ABRT"):
            job = self.started_run()
            self.drain()
            self.expect_forwarding(10)
            self.assertEqual([self.command_register(address) & 4 for address in self.addresses], [4, 4])
            job.signal(name)
            self.assertEqual(self.drivers_when_memory_is_free(), [])
            self.assertEqual([self.command_register(address) & 4 for address in self.addresses], [0, 0])


class Legacy(SysfsTestCase):
    kind = "disable-modern=on,disable-legacy=off"

    def test_G15_a_card_that_is_taken_away_from_under_its_ports_is_given_up(self):
        self.take_away()

    def test_H3_runs_that_are_killed_in_traffic_leave_no_huge_page_and_can_be_started_again_at_once(self):
        self.kill_twice()


if __name__ == "__main__":
    unittest.main()
