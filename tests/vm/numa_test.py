"""Placement on a machine with two NUMA nodes: where threads run and where memory lies, as the kernel sees it."""

import json
import re
import unittest
from typing import NamedTuple

from guest import GuestTestCase

CPUS = [{0, 1}, {2, 3}]  # by node

# One port on each node, and a long ring from the first core to the second.
PIPELINE = """
[pipeline]
idle = "sleep"

[cores]
left = { near = "left" }
right = { near = "right" }

[ports.left]
driver = "generator"
rate = "1kpps"
node = 0

[ports.right]
driver = "generator"
rate = "1kpps"
node = 1

[elements.from_left]
type = "FromDevice"
port = "left"
core = "left"

[elements.from_right]
type = "FromDevice"
port = "right"
core = "right"

[elements.count]
type = "Counter"
core = "right"

[graph]
paths = ["from_left -> count -> Discard", "from_right -> Discard"]

[rings]
"from_left -> count" = { length = 4096 }
"""
RING_PAGES = 4096 * 8 // 4096
RUN = "ixyflow run /tmp/numa.toml"


class Mapping(NamedTuple):
    """A line of numa_maps."""

    policy: str
    is_packets: bool
    pages: dict  # by node
    page_kib: int


class TwoNodes(GuestTestCase):
    machine = {"cpus": 4, "nodes": 2, "memory_mib": 1024}

    def setUp(self):
        self.set_huge_pages(0, 0)
        self.addCleanup(self.set_huge_pages, 0, 0)
        self.guest.write("/tmp/numa.toml", PIPELINE)

    def set_huge_pages(self, *pages):
        for node, count in enumerate(pages):
            folder = f"/sys/devices/system/node/node{node}/hugepages/hugepages-2048kB"
            self.expect_soon(f"echo {count} >{folder}/nr_hugepages && [ $(cat {folder}/nr_hugepages) = {count} ]")

    def free_huge_pages(self):
        files = "/sys/devices/system/node/node?/hugepages/hugepages-2048kB/free_hugepages"
        return [int(count) for count in self.expect(0, f"cat {files}").out.split()]

    def plan(self):
        return json.loads(self.expect(0, "ixyflow plan /tmp/numa.toml --format json").out)

    def start_run(self, command=RUN):
        """A run of the pipeline whose workers all run."""
        job = self.start(command)
        bound = f"grep -hE '^Cpus_allowed_list:\\s*[0-9]+$' /proc/{job.pid}/task/*/status"
        self.expect_soon(f"[ $({bound} | wc -l) = 2 ]")
        return job

    def mappings(self, job):
        lines = self.expect(0, f"cat /proc/{job.pid}/numa_maps").out.splitlines()
        return [Mapping(line.split()[1], "ixyflow-packets" in line,
                        {int(node): int(count) for node, count in re.findall(r" N(\d+)=(\d+)", line)},
                        int((re.findall(r"kernelpagesize_kB=(\d+)", line) or [0])[0])) for line in lines]

    def packet_memory(self, job):
        """Page sizes in KiB and nodes of the packet memory, one entry per mapping."""
        return sorted((mapping.page_kib, *mapping.pages) for mapping in self.mappings(job) if mapping.is_packets)

    def test_cores_near_a_port_are_on_its_node(self):
        left, right = self.plan()["cores"]
        self.assertEqual((left["node"], left["cpu"]), (0, 1))  # CPU 0 is left to the system
        self.assertEqual((right["node"], right["memory_node"]), (1, 1))
        self.assertIn(right["cpu"], CPUS[1])

    def test_workers_run_on_the_cpus_of_the_plan(self):
        planned = {core["cpu"] for core in self.plan()["cores"]}
        job = self.start_run()
        tasks = self.expect(0, f"cat /proc/{job.pid}/task/*/stat").out.splitlines()
        ran_on = {int(task.rpartition(")")[2].split()[36]) for task in tasks if "(ixy:" in task}
        self.assertEqual(ran_on, planned)

    def test_packets_lie_on_the_node_of_their_core(self):
        self.assertEqual(self.packet_memory(self.start_run()), [(4, 0), (4, 1)])

    def test_packets_in_huge_pages_lie_on_the_node_of_their_core(self):
        self.set_huge_pages(32, 32)
        # Started on either node: pages must not come from where the starting thread happens to run.
        for cpus in ("0,1,2", "1,2,3"):
            with self.subTest(cpus=cpus):
                job = self.start_run(f"taskset -c {cpus} {RUN}")
                self.assertEqual(self.packet_memory(job), [(2048, 0), (2048, 1)])
                job.signal("INT")
                self.assertEqual(job.wait().code, 0)

    def test_a_ring_lies_on_the_node_of_the_core_that_empties_it(self):
        wished = [mapping for mapping in self.mappings(self.start_run()) if mapping.policy == "prefer:1"]
        rings = [mapping.pages for mapping in wished if not mapping.is_packets]
        self.assertEqual({node for pages in rings for node in pages}, {1}, rings)
        self.assertGreaterEqual(max(pages[1] for pages in rings), RING_PAGES)

    def test_H1_huge_pages_on_the_wrong_node_are_not_taken_and_the_plan_says_so(self):
        self.set_huge_pages(32, 0)
        nodes = {node["node"]: node for node in self.plan()["nodes"]}
        self.assertEqual(nodes[1]["huge_pages_free"], 0)
        self.assertGreater(nodes[1]["huge_pages"], 0)
        self.assertEqual(self.packet_memory(self.start_run()), [(4, 1), (2048, 0)])

    def test_H2_a_cgroup_limit_of_huge_pages_is_no_crash(self):
        self.set_huge_pages(32, 32)
        group = "/sys/fs/cgroup/few"
        self.expect(0, f"echo +hugetlb >/sys/fs/cgroup/cgroup.subtree_control; mkdir {group}")
        self.addCleanup(self.expect_soon, f"rmdir {group}")
        # One page; the pool on node 0 needs more, and meets the limit at a page that is not the first.
        self.expect(0, f"echo {2 << 20} >{group}/hugetlb.2MB.max")
        job = self.start_run(f"sh -c 'echo $$ >{group}/cgroup.procs; exec {RUN}'")
        self.assertIn((4, 0), self.packet_memory(job))
        self.assertEqual(self.free_huge_pages()[0], 32)
        job.signal("INT")
        self.assertEqual(job.wait().code, 0)

    def test_H3_a_killed_run_leaves_no_huge_page_taken(self):
        self.set_huge_pages(32, 32)
        for _ in range(2):
            job = self.start_run()
            self.assertLess(max(self.free_huge_pages()), 32)
            job.signal("KILL")
            self.assertEqual(job.wait().code, 137)
            self.assertEqual(self.free_huge_pages(), [32, 32])


if __name__ == "__main__":
    unittest.main()
