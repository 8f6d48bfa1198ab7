"""DPDK's driver on the software 82599; neither of the two knows of the other. testpmd forwards between two cards that
are bound to vfio-pci, behind an IOMMU."""

import glob
import pathlib
import shutil
import time
import unittest

from cards import VFIO_MODULES
from forwarding import LEFT, RIGHT, ForwardingTestCase

TESTPMD = shutil.which("dpdk-testpmd")
# Pools are made of rings, by a plugin; the drivers that testpmd may need are linked with it.
POOLS = min(glob.glob("/usr/lib/*/dpdk/pmds-*/librte_mempool_ring.so.*"), key=len, default=None)
COMMANDS = "/tmp/commands"


class Testpmd(ForwardingTestCase):
    machine = {"cpus": 2, "memory_mib": 1024, "append": "intel_iommu=on hugepages=128",
               "modules": VFIO_MODULES,
               "devices": ["-device", "intel-iommu,intremap=on,caching-mode=on"]}

    @classmethod
    def setUpClass(cls):
        if TESTPMD is None or POOLS is None:
            raise unittest.SkipTest("no DPDK to try the software card with: tools/install-deps bench")
        cls.machine = {**cls.machine, "programs": [TESTPMD, POOLS]}
        super().setUpClass()
        cls.guest.run(f"mkdir -p /var/run /mnt/huge; mount -t hugetlbfs none /mnt/huge; mkfifo {COMMANDS}")

    def setUp(self):
        for card in self.addresses:
            self.expect(0, f"""
                echo vfio-pci >/sys/bus/pci/devices/{card}/driver_override
                echo {card} >/sys/bus/pci/drivers_probe""")
            self.assertEqual(self.driver_of(card), "vfio-pci")

    def await_receivers(self):
        """Until both cards receive: the driver asks for thousands of registers before that, each one a message."""
        for _ in range(6000):
            if all(self.cards.status(number).get("rx_queues") == "1" for number in (0, 1)):
                return
            time.sleep(0.1)
        self.fail("testpmd does not start the cards")

    def command(self, *texts):
        """Gives commands to testpmd."""
        lines = "\n".join(texts)
        self.expect(0, f"echo '{lines}' 1<>{COMMANDS}")  # does not wait for a reader

    def test_1000_frames_are_forwarded_in_order_both_ways(self):
        # It begins to forward when both links are up, with what has come by then, and takes commands meanwhile.
        job = self.start(f"dpdk-testpmd -l 0,1 -d /bin/{pathlib.Path(POOLS).name} -a {LEFT} -a {RIGHT} -- "
                         f"-i --auto-start --no-flush-rx --forward-mode=io --total-num-mbufs=4096 <>{COMMANDS}")
        self.await_receivers()
        left, right = self.cards.cables
        self.expect_in_order(left, right, 1000)
        self.expect_in_order(right, left, 1000)
        self.command("show port info 0", "show port info 1", "show port stats all", "quit")
        done = job.wait(seconds=60)
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual(done.out.count("Link status: up"), 2, done.out)
        # In the statistics of each port; those of forwarding begin later.
        self.assertRegex(done.out, "(?s)NIC statistics for port 0.*?RX-packets: 1000 .*?port 1.*?RX-packets: 1000 ")


if __name__ == "__main__":
    unittest.main()
