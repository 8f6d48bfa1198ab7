"""`ixyflow plan`, `graph`, `elements` and `schema`."""

import json
import os
import tomllib
import unittest
import xml.etree.ElementTree

import jsonschema

from program import COPYING, SOURCE, ProgramTestCase

EXAMPLES = sorted((SOURCE / "pipelines").glob("*.toml"))
GOLDEN = sorted((SOURCE / "tests" / "pipelines").glob("*.toml"))


class PlanTest(ProgramTestCase):
    def test_plan_of_an_imagined_machine(self):
        path = str(SOURCE / "tests" / "pipelines" / "two_cores.toml")
        plan = json.loads(self.expect(0, "plan", path, "--topology", "node:2 core:4 pu:1", "--format", "json").stdout)
        self.assertEqual([core["name"] for core in plan["cores"]], ["io", "work"])
        self.assertEqual(plan["cores"][0]["elements"], ["in"])
        self.assertEqual(plan["rings"][0], {"edge": "in -> change", "kind": "one to one", "from": "io", "to": "work", "length": 64, "full": "wait",
                                            "closes_cycle": False})
        text = self.expect(0, "plan", path, "--topology", "node:2 core:4 pu:1").stdout
        self.assertRegex(text, r"\nin -> change +io -> work +1 +64  wait +one to one\n")

    def test_plan_shows_what_holds_packets_and_whether_sources_wait_for_it(self):
        path = str(SOURCE / "tests" / "pipelines" / "queue.toml")
        plan = json.loads(self.expect(0, "plan", path, "--topology", "node:1 core:2 pu:1", "--format", "json").stdout)
        self.assertEqual(plan["holders"], [{"name": "queue", "core": "main", "room": 100, "full": "wait"}])
        text = self.expect(0, "plan", path, "--topology", "node:1 core:2 pu:1").stdout
        self.assertRegex(text, r"\nqueue +main +100  wait\n")

    def test_a_suggestion_is_made_where_there_are_too_few_cpus(self):
        path = str(SOURCE / "pipelines" / "replicated_firewall.toml")
        self.expect(78, "plan", path, "--topology", "node:1 core:3 pu:1", cwd=SOURCE)
        fewer = self.expect(0, "plan", path, "--topology", "node:1 core:3 pu:1", "--suggest", cwd=SOURCE)
        self.assertIn("[cores]\n# fewer copies: it asked for 4 cores, and there are 3 CPUs\n", fewer.stdout)
        table = tomllib.loads(fewer.stdout)["cores"]
        self.assertEqual(sum(core.get("count", 1) for core in table.values()), 3)
        # On another machine nothing is known of what disturbs a CPU.
        self.assertNotIn("not isolated", fewer.stderr)
        none = self.expect(0, "plan", path, "--topology", "node:1 core:2 pu:1", "--suggest", cwd=SOURCE).stdout
        self.assertIn("# 3 cores, but 2 CPUs: put elements of several on one, or run it with --oversubscribe, slowly", none)

    def test_verbose_says_what_was_decided_and_why_on_the_standard_error(self):
        path = str(SOURCE / "tests" / "pipelines" / "two_cores.toml")
        plain = self.expect(0, "plan", path, "--topology", "node:2 core:4 pu:1")
        self.assertNotIn("info: ", plain.stderr)
        verbose = self.expect(0, "plan", path, "--topology", "node:2 core:4 pu:1", "-v")
        self.assertEqual(verbose.stdout, plain.stdout)
        for pattern in (r"info: pipeline '\w+' from '.*two_cores.toml': \d+ elements", r"info: core 'work': CPU \d+: on node",
                        r"info: ring 'in -> change': 64 packets", r"info: port '\w+' \(", r"info: memory of node 0: "):
            self.assertRegex(verbose.stderr, pattern)
        self.assertNotIn("debug: ", verbose.stderr)
        more = self.expect(0, "plan", path, "--topology", "node:2 core:4 pu:1", "-vv").stderr
        self.assertRegex(more, r"debug: element 'change'.*: ")
        self.assertRegex(more, r"debug: core 'work' on CPU \d+ runs, in this order: change")

    def test_verbose_says_what_a_run_may_still_do(self):
        self.write("a.toml", COPYING)
        messages = self.expect(0, "run", "a.toml", "-v").stderr
        for pattern in (r"info: machine: \d+ NUMA node", r"info: control socket: '.*a.sock'", r"info: port 'lan': open",
                        r"info: sandbox: capabilities kept: \w+; of files it may still read "):
            self.assertRegex(messages, pattern)
        self.assertEqual(self.expect(0, "run", "a.toml").stderr, "")

    def test_plan_with_a_wrong_topology_is_exit_78(self):
        self.write("a.toml", COPYING)
        self.expect(78, "plan", "a.toml", "--topology", "nonsense:x")

    def test_A6_a_machine_with_too_many_cpus_to_plan_for_is_refused_at_once(self):
        self.write("a.toml", COPYING)
        self.expect(0, "plan", "a.toml", "--topology", "node:2(memory=1GB) core:512 pu:2")
        for topology in ("pu:16384", "node:64 core:64 pu:2", "4096", "pu:99999999999999999999"):
            refused = self.expect(78, "plan", "a.toml", "--topology", topology)
            self.assertIn("more than 2048 CPUs", refused.stderr)


class GraphTest(ProgramTestCase):
    def test_examples_fit_and_name_every_element(self):
        for path in EXAMPLES:
            graph = json.loads(self.expect(0, "graph", str(path), "--format", "json", cwd=SOURCE).stdout)
            text = self.expect(0, "graph", str(path), cwd=SOURCE).stdout
            for element in graph["elements"]:
                self.assertIn(element["name"].split("@")[0], text, path)

    def test_dot_is_taken_by_graphviz(self):
        self.write("a.toml", COPYING)
        svg = self.expect(0, "graph", "a.toml", "--format", "svg").stdout
        titles = [node.text for node in xml.etree.ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
        self.assertIn("in", titles)
        self.assertIn("prefers-color-scheme: dark", svg)

    def test_programs_learn_types_and_outputs_that_are_not_connected(self):
        self.write("a.toml", COPYING.replace('"in -> out"', '"in -> check -> out"') +
                   '[elements.check]\ntype = "CheckIPHeader"\n')
        graph = json.loads(self.expect(0, "graph", "a.toml", "--format", "json").stdout)
        self.assertEqual({element["name"]: element["type"] for element in graph["elements"]},
                         {"in": "FromDevice", "out": "ToDevice", "check": "CheckIPHeader"})
        self.assertEqual(graph["not_connected"], [{"from": "check", "output": "bad"}, {"from": "check", "output": "not_ip"}])
        self.assertIn("[not_ip]--x", self.expect(0, "graph", "a.toml").stdout)
        self.assertIn('-.->|"bad"| d0', self.expect(0, "graph", "a.toml", "--format", "mermaid").stdout)

    def test_svg_without_graphviz_says_what_to_install(self):
        self.write("a.toml", COPYING)
        done = self.expect(69, "graph", "a.toml", "--format", "svg", env={"PATH": "/nowhere"})
        self.assertIn("apt install graphviz", done.stderr)


class ElementsTest(ProgramTestCase):
    def test_list_and_help_of_every_entry(self):
        everything = json.loads(self.expect(0, "elements", "--format", "json").stdout)
        text = self.expect(0, "elements").stdout
        for entry in everything["elements"] + everything["ports"]:
            self.assertIn(entry["name"], text)
            of_one = self.expect(0, "elements", entry["name"]).stdout
            for parameter in entry["parameters"]:
                self.assertIn(parameter["name"], of_one)
            self.assertEqual(json.loads(self.expect(0, "elements", entry["name"], "--format", "json").stdout), entry)

    def test_unknown_name_is_exit_1_with_the_nearest(self):
        self.assertIn("did you mean 'Counter'?", self.expect(1, "elements", "Cuonter").stderr)


class SchemaTest(ProgramTestCase):
    def setUp(self):
        super().setUp()
        schema = json.loads(self.expect(0, "schema").stdout)
        jsonschema.Draft4Validator.check_schema(schema)
        self.validator = jsonschema.Draft4Validator(schema)

    def errors(self, text):
        return list(self.validator.iter_errors(tomllib.loads(text)))

    def test_every_pipeline_of_the_project_is_valid(self):
        for path in EXAMPLES + GOLDEN:
            self.assertEqual(self.errors(path.read_text()), [], path)

    def test_mistakes_are_not_valid(self):
        for before, after in [("FromDevice", "FromDevize"), ("[graph]", "[graf]"), ("driver = \"pcap\"", "driver = 1"),
                              ('port = "wan"', "prot = 1"), ("paths = [", "path = [")]:
            self.assertNotEqual(self.errors(COPYING.replace(before, after, 1)), [], after)

    def test_parameters_stand_for_values_of_every_type(self):
        self.assertEqual(self.errors(COPYING + '\n[elements.p]\ntype = "Paint"\ncolor = "${c}"\n[params]\nc = 1\n'), [])


if __name__ == "__main__":
    unittest.main()
