"""Every file of pipelines/ is right, runs on the real capture, and passes the tests that stand in it."""

import json
import tomllib
import unittest

from example_support import CAPTURE, EXAMPLES, PIPELINES, ExampleTestCase, receives

CARDS = ("ixgbe", "virtio", "vhost")


def without_cards(path):
    """Options that put captures in the place of network cards, which most machines do not have."""
    pipeline = tomllib.loads(path.read_text())
    options = []
    for name, port in pipeline["ports"].items():
        if port["driver"] not in CARDS:
            continue
        read = f"pipelines/captures/{CAPTURE.name}" if receives(pipeline, name) else ""
        options += ["--swap", f"{name}=pcap:{read},{name}-out.pcap"]
    # A source that does not end by itself.
    return options + (["--set", "count=4096"] if options and "count" in pipeline["params"] else [])


class Examples(ExampleTestCase):
    def for_each(self, examine):
        self.assertGreaterEqual(len(EXAMPLES), 6)
        for path in EXAMPLES:
            with self.subTest(path.name):
                examine(path, f"pipelines/{path.name}")

    def test_each_opens_with_a_comment_that_says_and_draws_what_it_does(self):
        def examine(path, _name):
            comment = []
            for line in path.read_text().splitlines():
                if not line.startswith("#"):
                    break
                comment.append(line)
            text = "\n".join(comment)
            self.assertIn("-->", text)
            self.assertIn(f"ixyflow run pipelines/{path.name}", text)

        self.for_each(examine)

    def test_each_checks_without_a_warning(self):
        def examine(_path, name):
            done = self.ixyflow("check", name)
            self.assertEqual((done.stdout, done.stderr), (f"{name}: OK\n", ""))

        self.for_each(examine)

    def test_each_passes_its_own_tests(self):
        def examine(path, name):
            self.assertTrue(tomllib.loads(path.read_text()).get("test"), f"{name} has no [[test]]")
            self.ixyflow("test", name)

        self.for_each(examine)

    def test_each_runs_on_the_real_capture_and_its_ledger_balances(self):
        def examine(path, name):
            report = self.report(name, *without_cards(path))
            ledger = report["ledger"]
            self.assertTrue(ledger["balanced"])
            self.assertGreaterEqual(ledger["received"], 4096)

        self.for_each(examine)

    def test_each_can_be_drawn_and_planned(self):
        def examine(path, name):
            self.assertIn("FromDevice", self.ixyflow("graph", name).stdout)
            json.loads(self.ixyflow("graph", name, "--format", "json").stdout)
            json.loads(self.ixyflow("plan", name, "--format", "json", *without_cards(path)).stdout)
            # For another machine nothing is looked for on this one.
            self.ixyflow("plan", name, "--topology", "pack:2 [numa] core:8 pu:2")

        self.for_each(examine)

    def test_each_is_accepted_by_the_schema(self):
        try:
            import jsonschema
        except ImportError:
            self.skipTest("python3-jsonschema is not installed")
        schema = json.loads(self.ixyflow("schema").stdout)
        def examine(path, _name):
            jsonschema.validate(tomllib.loads(path.read_text()), schema)

        self.for_each(examine)


class Places(ExampleTestCase):
    def test_an_example_runs_from_its_own_folder_as_from_the_root(self):
        self.assertIn("ledger: received 4,096", self.ixyflow("run", "pipelines/hello.toml").stdout)
        self.folder = self.folder / "pipelines"
        self.assertIn("ledger: received 4,096", self.ixyflow("run", "hello.toml").stdout)


class Tap(ExampleTestCase):
    def test_the_copy_holds_what_the_filter_picks_and_everything_passes(self):
        report = self.report("pipelines/tap.toml", "--set", "pick=udp")
        sent = {port["name"]: port["transmitted"] for port in report["ports"]}
        self.assertEqual(sent["lan"], 4096)
        # What `vlan and udp` matches: every frame of this capture carries a tag.
        self.assertEqual(sent["tap"], 789)


class Captures(unittest.TestCase):
    def test_the_capture_is_the_published_one(self):
        # 4,096 frames, as its source says; the examples and the README quote numbers of it.
        self.assertEqual(CAPTURE.stat().st_size, 3713140)
        self.assertTrue((PIPELINES / "captures" / "README.md").exists(), "says where it comes from")
