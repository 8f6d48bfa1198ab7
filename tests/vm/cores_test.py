"""CPUs that are switched off, kept away by a cpuset, or hogged by programs that never give them back."""

import unittest

from guest import GuestTestCase

# A core makes traffic, another one on the last CPU writes it to a file, which grows as long as it gets there.
PIPELINE = """
[cores]
source = { cpu = 1 }
writer = { cpu = 3 }

[ports.source]
driver = "generator"
rate = "20kpps"

[ports.file]
driver = "pcap"
write = "/tmp/out.pcap"

[elements.in]
type = "FromDevice"
port = "source"
core = "source"

[elements.out]
type = "ToDevice"
port = "file"
core = "writer"

[graph]
paths = ["in -> out"]
"""

# Four workers, wherever they find a place.
CHAIN = """
[cores]
a = {}
b = {}
c = {}
d = {}

[ports.source]
driver = "generator"
rate = "1kpps"

[ports.file]
driver = "pcap"
write = "/tmp/out.pcap"

[elements.in]
type = "FromDevice"
port = "source"
core = "a"

[elements.second]
type = "Counter"
core = "b"

[elements.third]
type = "Counter"
core = "c"

[elements.out]
type = "ToDevice"
port = "file"
core = "d"

[graph]
paths = ["in -> second -> third -> out"]
"""

RUN = "ixyflow run /tmp/cores.toml"
ONLINE = "/sys/devices/system/cpu/cpu3/online"
GROUP = "/sys/fs/cgroup/some"
IN_GROUP = f"sh -c 'echo $$ >{GROUP}/cgroup.procs; exec {RUN}'"


class FourCpus(GuestTestCase):
    machine = {"cpus": 4, "programs": ["/usr/bin/chrt"]}

    def setUp(self):
        self.guest.write("/tmp/cores.toml", PIPELINE)
        self.guest.run("rm -f /tmp/out.pcap")

    def switch_cpu_3(self, on):
        self.expect(0, f"echo {on:d} >{ONLINE}")
        self.addCleanup(self.expect, 0, f"echo 1 >{ONLINE}")

    def make_group(self, cpus):
        self.expect(0, f"echo +cpuset >/sys/fs/cgroup/cgroup.subtree_control; mkdir {GROUP}")
        self.addCleanup(self.expect_soon, f"rmdir {GROUP}")
        self.set_group(cpus)

    def set_group(self, cpus):
        self.expect(0, f"echo {cpus} >{GROUP}/cpuset.cpus")

    def expect_traffic(self):
        """The file must grow: packets get from the first core to the last one."""
        size = "stat -c %s /tmp/out.pcap"
        self.expect_soon(f"[ -s /tmp/out.pcap ] && before=$({size}) && usleep 300000 && [ $({size}) -gt $before ]")

    def expect_balanced_end(self, job):
        job.signal("INT")
        done = job.wait()
        self.assertEqual(done.code, 0, done.err)
        self.assertIn("  OK", done.out)

    def test_I1_a_cpu_that_is_offline_at_the_start_is_refused(self):
        self.switch_cpu_3(False)
        done = self.expect(78, RUN)
        self.assertIn("core 'writer': CPU 3 is offline", done.err)
        self.assertIn("0-2", done.err)

    def test_I1_a_cpu_that_goes_offline_is_reported_and_traffic_goes_on(self):
        job = self.start(RUN)
        self.expect_traffic()
        self.switch_cpu_3(False)
        self.expect_error(job, "'writer'", "lost CPU 3")
        self.expect_traffic()
        self.switch_cpu_3(True)
        self.expect_error(job, "'writer'", "CPU 3 again")
        self.expect_soon(f"grep -hq '^Cpus_allowed_list:.3$' /proc/{job.pid}/task/*/status")
        self.expect_traffic()
        self.expect_balanced_end(job)

    def test_I2_a_cpu_outside_of_the_cpuset_is_refused(self):
        self.make_group("0-2")
        done = self.expect(78, IN_GROUP)
        self.assertIn("core 'writer': this process may not run on CPU 3", done.err)
        self.assertIn("0-2", done.err)

    def test_I2_a_cpuset_that_shrinks_is_reported_and_traffic_goes_on(self):
        self.make_group("0-3")
        job = self.start(IN_GROUP)
        self.expect_traffic()
        self.set_group("0-2")
        self.expect_error(job, "'writer'", "lost CPU 3")
        self.expect_traffic()
        self.set_group("0-3")
        self.expect_error(job, "'writer'", "CPU 3 again")
        self.expect_balanced_end(job)

    def test_I3_four_workers_on_two_cpus_that_spinners_hog_go_on_and_stop(self):
        self.guest.write("/tmp/cores.toml", CHAIN)
        job = self.start(f"taskset -c 2,3 {RUN} --oversubscribe")
        self.expect_traffic()
        for cpu in (2, 3):
            self.start(f"taskset -c {cpu} chrt --fifo 50 sh -c 'while :; do :; done'")
        self.expect_traffic()
        self.expect_balanced_end(job)


if __name__ == "__main__":
    unittest.main()
