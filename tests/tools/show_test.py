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
