"""Two virtual machines on ixyflow's learning switch, of which each may go away and come back: the switch is killed in
the middle of their traffic, or one of them is reset, or ends. QEMU comes back to the switch by itself (`reconnect`)."""

import json
import pathlib
import tempfile
import unittest

import qmp
import vhost_test
from guest import Guest, GuestTestCase, obstacle
from program import SOURCE, expect_nothing_lost
from running import Running

KILLS = 3
MEBIBYTES = 24  # enough that a transfer takes much longer than looking at it


class ComingBack(GuestTestCase):
    """Linux's own driver, with split rings: of packed ones QEMU 7.2 does not know where a back end that dies was."""

    @classmethod
    def setUpClass(cls):
        reason = obstacle()
        if reason:
            raise unittest.SkipTest(reason)
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="ixyflow-vhost-")))
        cls.start_switch()
        cls.machine = cls.machine_of(0)
        super().setUpClass()
        cls.guests = [cls.guest, Guest(**cls.machine_of(1))]
        cls.addClassCleanup(lambda: cls.guests[1].close())
        for number in range(2):
            cls.set_address(number)

    @classmethod
    def start_switch(cls):
        cls.switch = Running(cls.folder, SOURCE / "pipelines" / "learning_switch.toml", "--set", f"folder={cls.folder}",
                             "--format", "json")
        cls.addClassCleanup(cls.switch.end)

    @classmethod
    def machine_of(cls, number):
        # Without MSI-X: QEMU 7.2 crashes when a vhost-user device uses it under software emulation.
        return {"memory_mib": 256, "append": "ipv6.disable=1", "modules": vhost_test.VIRTIO_MODULES,
                "devices": ["-chardev", f"socket,id=wire,path={cls.folder}/vm{number}.sock,reconnect=1",
                            "-netdev", "vhost-user,id=net,chardev=wire",
                            "-device", f"virtio-net-pci,romfile=,netdev=net,mac={vhost_test.mac_of(number)},"
                                       "disable-legacy=on,vectors=0",
                            *qmp.arguments(f"{cls.folder}/qmp{number}")]}

    @classmethod
    def set_address(cls, number):
        done = cls.guests[number].run(f"""
            set -e
            name=$(ls /sys/bus/virtio/devices/*/net)
            ip addr add {vhost_test.address_of(number)}/24 dev $name
            ip link set $name up""")
        if done.code != 0:
            raise RuntimeError(f"guest {number}: {done.err}")

    def in_guest(self, number, script, **options):
        done = self.guests[number].run(script, **options)
        self.assertEqual(done.code, 0, f"guest {number}: {script}\n{done.out}\n{done.err}\n{self.switch.messages()}")
        return done.out

    def expect_pings(self):
        """Both guests reach each other, soon: who came back may have to find out first."""
        for number in range(2):
            self.in_guest(number, f"for try in $(seq 120); do ping -c 1 -W 1 {vhost_test.address_of(1 - number)} && "
                                  "exit; done; exit 1")

    def kill_switch(self):
        """SIGKILL, and a new one at once."""
        self.switch.process.kill()
        self.switch.finish()
        self.assertEqual(self.switch.code, -9)
        type(self).start_switch()

    def expect_whole_switch(self):
        """It ends with every packet accounted for and every buffer home; another one takes its place."""
        self.switch.interrupt()
        self.switch.finish()
        self.assertEqual(self.switch.code, 0, self.switch.messages())
        report = json.loads(self.switch.stdout)
        expect_nothing_lost(self, report)
        type(self).start_switch()

    def test_F17_guests_go_on_when_their_switch_is_killed_in_the_middle_of_a_transfer(self):
        self.in_guest(0, f"mkdir -p /tmp/www && dd if=/dev/urandom of=/tmp/www/file bs=1M count={MEBIBYTES} && "
                         "httpd -p 80 -h /tmp/www")
        wanted = self.in_guest(0, "md5sum </tmp/www/file")
        for _ in range(KILLS):
            self.expect_pings()
            before = self.switch.wait_for_stats(lambda stats: stats["ledger"]["received"] > 0, "frames")
            transfer = self.guests[1].start("sh -c 'timeout 600 wget -q -O - "
                                            f"http://{vhost_test.address_of(0)}/file | md5sum'")
            self.switch.wait_for_stats(lambda stats: stats["ledger"]["received"] >
                                       before["ledger"]["received"] + 500, "the transfer")
            self.kill_switch()
            self.assertEqual(transfer.wait(600).out, wanted, self.switch.messages())
            self.switch.wait_for_stats(lambda stats: stats["ledger"]["received"] > 500, "the rest of the transfer")
        self.expect_whole_switch()

    def test_F17_a_guest_that_is_reset_comes_back(self):
        self.expect_pings()
        qmp.execute(self.folder / "qmp1", "set-action", reboot="reset")
        qmp.execute(self.folder / "qmp1", "system_reset")
        self.guests[1].wait_for_boot()
        self.set_address(1)
        self.expect_pings()
        self.expect_whole_switch()

    def test_F17_a_guest_that_ends_is_followed_by_another(self):
        self.expect_pings()
        ends = len(self.switch.said("vm1.*the front end is gone"))
        self.guests[1].close()
        self.switch.wait_until(lambda: len(self.switch.said("vm1.*the front end is gone")) > ends, "its end")
        # Nobody takes what is for it, and nobody waits for that.
        self.guests[0].run(f"ping -c 3 -W 1 {vhost_test.address_of(1)}")
        self.guests[1] = Guest(**self.machine_of(1))
        self.set_address(1)
        self.expect_pings()
        self.expect_whole_switch()


if __name__ == "__main__":
    unittest.main()
