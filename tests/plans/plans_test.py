"""Plans for machines that are not there: `ixyflow plan --explain` says what the files beside this one say."""

import json
import os
import pathlib
import re
import time

from program import ProgramTestCase, build_setting

PLANS = sorted(pathlib.Path(__file__).parent.glob("*.toml"))
HINT = "IXYFLOW_UPDATE_PLANS=1 writes the plans anew; read the difference before it is committed"


def setting(path, name):
    """The value of a `# name: value` line at the top of the file, or None."""
    found = re.search(rf"^# {name}: (.+)$", path.read_text(), re.MULTILINE)
    return found.group(1) if found else None


class Plans(ProgramTestCase):
    maxDiff = None

    def plan(self, path, *options):
        # The name alone, because plans show it.
        return self.expect(0, "plan", path.name, "--topology", setting(path, "topology"), *options, cwd=path.parent)

    def test_plans_and_their_reasons_are_the_golden_ones(self):
        if build_setting("IXYFLOW_CHECKS") == "ON":
            self.skipTest("buffers have red zones in this build and take more memory")
        self.assertGreaterEqual(len(PLANS), 10)
        for path in PLANS:
            with self.subTest(path.stem):
                done = self.plan(path, "--explain")
                said = done.stdout + done.stderr
                golden = path.with_suffix(".txt")
                if os.environ.get("IXYFLOW_UPDATE_PLANS"):
                    golden.write_text(said)
                self.assertEqual(said, golden.read_text(), HINT)

    def test_a_suggestion_is_planned_without_the_warning_that_it_answers(self):
        path = next(path for path in PLANS if path.stem == "two_sockets_wrong_node")
        self.assertIn("port 'wan' is on NUMA node 1", self.plan(path).stderr)
        suggested = self.plan(path, "--suggest").stdout
        self.assertIn('io = { near = "wan" }', suggested)
        better = path.read_text().replace('[cores]\nio = { cpu = 3 }\n', suggested)
        self.assertNotEqual(better, path.read_text())
        done = self.plan(self.write("better.toml", better))
        self.assertNotIn("warning:", done.stderr)

    def test_json_has_every_ring_and_reason(self):
        path = next(path for path in PLANS if path.stem == "two_sockets_port_on_node_1")
        plan = json.loads(self.plan(path, "--format", "json").stdout)
        self.assertEqual(len(plan["rings"]), 8)
        self.assertEqual({core["node"] for core in plan["cores"]}, {1})
        self.assertEqual([node["node"] for node in plan["nodes"]], [1])
        subjects = [decision["subject"] for decision in plan["decisions"]]
        self.assertEqual(len(subjects), len(set(subjects)))
        self.assertIn("core 'work.3'", subjects)

    def test_64_cores_and_1000_elements_are_planned_in_100_ms(self):
        text = '[ports.wan]\ndriver = "null"\n[cores]\n' + "".join(f"c{i} = {{}}\n" for i in range(64))
        text += '[elements.in]\ntype = "FromDevice"\nport = "wan"\ncore = "c0"\n'
        names = [f"e{i}" for i in range(1000)]
        text += "".join(f'[elements.{name}]\ntype = "Counter"\ncore = "c{i * 64 // 1000}"\n'
                        for i, name in enumerate(names))
        text += f'[graph]\npaths = ["in -> {" -> ".join(names)} -> Discard"]\n'
        path = self.write("large.toml", text)
        # The best of some: the bound is the program's, not that of a machine with other work.
        best = min(self.seconds("plan", str(path), "--topology", "pack:2 [numa] core:32 pu:2") for _ in range(5))
        self.assertLess(best, self.bound())

    def seconds(self, *arguments):
        start = time.monotonic()
        self.expect(0, *arguments)
        return time.monotonic() - start

    @staticmethod
    def bound():
        """0.1 s for a release build; builds with checks or sanitizers are slower by their nature."""
        plain = not build_setting("IXYFLOW_SANITIZE") and build_setting("CMAKE_BUILD_TYPE") == "Release"
        return 0.1 if plain else 2.0
