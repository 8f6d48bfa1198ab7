"""A pipeline in one line, `-e`, and the file that `ixyflow new` writes of it."""

import json
import pathlib
import subprocess
import unittest

from captures import captured_frames
from program import CAPTURE, PROGRAM, SOURCE, ProgramTestCase

LINE = f'pcap:{CAPTURE} -> Filter("udp port 53 or (tcp and port 443)") -> Counter -> pcap:out.pcap'


class OneLineTest(ProgramTestCase):
    def test_a_capture_is_filtered_by_one_line(self):
        report = json.loads(self.expect(0, "run", "-e", LINE, "--format", "json").stdout)
        self.assertTrue(report["ledger"]["balanced"])
        kept = subprocess.run(["tcpdump", "-r", CAPTURE, "-w", "-", "vlan and (udp port 53 or (tcp and port 443))"],
                              capture_output=True, check=True, timeout=60).stdout
        (self.folder / "kept.pcap").write_bytes(kept)
        self.assertEqual(captured_frames(self.folder / "out.pcap"), captured_frames(self.folder / "kept.pcap"))

    def test_nothing_is_said_of_outputs_that_one_line_leaves_out(self):
        self.assertEqual(self.expect(0, "run", "-e", LINE).stderr, "")
        self.assertEqual(self.expect(0, "check", "-e", LINE).stdout, "-e: OK\n")

    def test_new_writes_a_file_that_is_the_same_graph_and_plan(self):
        toml = self.expect(0, "new", "-e", LINE).stdout
        self.assertTrue(toml.startswith(f"# {LINE}\n\n[ports.in]\n"), toml)
        # By this name it is called as the line is.
        self.write("line.toml", toml)
        for command in ("graph", "plan"):
            told = [json.loads(self.expect(0, command, *source, "--format", "json").stdout)
                    for source in (("-e", LINE), ("line.toml",))]
            self.assertEqual(told[0], told[1])
        counters = [json.loads(self.expect(0, "run", *source, "--format", "json").stdout)["elements"]
                    for source in (("-e", LINE), ("line.toml",))]
        for elements in counters:
            for element in elements:
                for key in [key for key in element if "cycles" in key or "batch" in key]:
                    del element[key]
        self.assertEqual([(e["name"], e["in"]) for e in counters[0]], [(e["name"], e["in"]) for e in counters[1]])

    def test_a_mistake_is_shown_in_the_line(self):
        text = self.expect(78, "run", "-e", "null -> Fliter(udp) -> null").stderr
        self.assertIn("--> -e:1:9", text)
        self.assertIn("1 | null -> Fliter(udp) -> null\n", text)
        self.assertIn("did you mean 'Filter'?", text)
        self.expect(78, "new", "-e", "null -> Fliter -> null")

    def test_parameters_and_swaps_work_as_for_a_file(self):
        line = "pcap:${capture} -> Filter(${what}) -> null"
        options = ["--set", f"capture={CAPTURE}", "--set", "what=udp", "--swap", "out=pcap:,udp.pcap"]
        report = json.loads(self.expect(0, "run", "-e", line, *options, "--format", "json").stdout)
        self.assertEqual(report["ledger"]["sent"], 789)
        self.assertTrue((self.folder / "udp.pcap").exists())

    def test_a_line_stands_in_the_place_of_a_file(self):
        self.assertIn("FILE is missing, or -e LINE", self.expect(2, "run").stderr)
        self.assertIn("a pipeline in one line is given with -e", self.expect(66, "run", "null -> null").stderr)
        self.assertIn("unexpected argument 'a.toml': -e is the whole pipeline",
                      self.expect(2, "run", "a.toml", "-e", "null -> null").stderr)
        self.assertIn("option '--expression' is given twice", self.expect(2, "run", "-e", "a", "-e", "b").stderr)
        self.assertIn("-e LINE is missing", self.expect(2, "new").stderr)
        self.assertIn("\n       ixyflow run [OPTIONS] -e LINE\n", self.expect(0, "run", "--help").stdout)

    def test_two_lines_run_at_the_same_time(self):
        command = [PROGRAM, "run", "--oversubscribe", "-e", "generator:rate=1kpps -> Discard", "--for", "300ms"]
        runs = [subprocess.Popen(command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
                for _ in range(2)]
        for run in runs:
            _, said = run.communicate(timeout=60)
            self.assertEqual(run.returncode, 0, said)


class PathsTest(ProgramTestCase):
    """What relative paths count from, by the whole program; tests/config/file_paths_test.cpp has every case."""

    def setUp(self):
        super().setUp()
        (self.folder / "lab").mkdir()
        (self.folder / "lab" / "in.pcap").symlink_to(CAPTURE)
        self.write("lab/copy.toml", '[ports.wan]\ndriver = "pcap"\nread = "in.pcap"\n[ports.lan]\ndriver = "pcap"\n'
                                    'write = "out.pcap"\n[graph]\npaths = ["wan -> lan"]\n')

    def test_a_file_runs_alike_from_everywhere(self):
        for folder, file in ((".", "lab/copy.toml"), ("lab", "copy.toml"),
                             ("/", str(self.folder / "lab" / "copy.toml"))):
            with self.subTest(folder):
                (self.folder / "lab" / "out.pcap").unlink(missing_ok=True)
                self.expect(0, "run", file, cwd=self.folder / folder)
                self.assertEqual((self.folder / "lab" / "out.pcap").stat().st_size, CAPTURE.stat().st_size)
                self.assertFalse((self.folder / "out.pcap").exists())

    def test_what_comes_through_a_pipe_has_no_folder(self):
        (self.folder / "in.pcap").symlink_to(CAPTURE)
        script = f'"{PROGRAM}" run <(cat lab/copy.toml) --no-control'
        done = subprocess.run(["bash", "-c", script], cwd=self.folder, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue((self.folder / "out.pcap").exists())

    def test_the_command_line_counts_from_where_it_is_typed(self):
        self.expect(0, "run", "lab/copy.toml", "--swap", "lan=pcap:,out.pcap")
        self.assertTrue((self.folder / "out.pcap").exists())
        self.assertFalse((self.folder / "lab" / "out.pcap").exists())


class KeysTest(ProgramTestCase):
    def test_the_page_of_all_keys_is_what_the_program_prints(self):
        self.assertEqual((SOURCE / "pipelines" / "KEYS.md").read_text(), self.expect(0, "elements", "--file").stdout,
                         "build/release/ixyflow elements --file > pipelines/KEYS.md")

    def test_every_key_of_the_schema_stands_in_the_page(self):
        page = pathlib.Path(SOURCE / "pipelines" / "KEYS.md").read_text()

        def keys(schema, path):
            for name, entry in schema.get("properties", {}).items():
                yield name
                yield from keys(entry, path + [name])
            inner = [*schema.get("anyOf", []), *schema.get("patternProperties", {}).values(), schema.get("items"),
                     schema.get("additionalProperties")]
            for part in inner:
                if isinstance(part, dict):
                    yield from keys(part, path)

        schema = json.loads(self.expect(0, "schema").stdout)["properties"]
        for table in ("pipeline", "cores", "ports", "resources", "graph", "rings", "test"):
            names = set(keys(schema[table], [table]))
            self.assertTrue(names, table)
            for name in names:
                self.assertIn(f"`{name}` (", page, f"{table}.{name}")

    def test_it_fits_a_terminal(self):
        page = (SOURCE / "pipelines" / "KEYS.md").read_text()
        self.assertLessEqual(max(map(len, page.splitlines())), 80)

    def test_it_takes_no_name_and_has_one_form(self):
        self.expect(2, "elements", "--file", "Counter")
        self.expect(2, "elements", "--file", "--format", "json")


if __name__ == "__main__":
    unittest.main()
