"""What a file may say of cores, rings and sizes, and what it is told otherwise: tests/FAULTS.md, A9, A11, A12 and A13."""

import re
import unittest

from program import ProgramTestCase

# The lines behind [cores], [rings] and [pipeline] are each test's own.
FILE = """\
[pipeline]
{pipeline}

[cores]
{cores}

[ports.source]
driver = "null"
count = 1000
size = 64

[elements.in]
type = "FromDevice"
port = "source"
core = "a"

[elements.count]
type = "Counter"
core = "b"

[graph]
paths = [{paths}]

[rings]
{rings}
"""
BOTH = "a = {}\nb = {}"
PATH = '"in -> count -> Discard"'


class FileTestCase(ProgramTestCase):
    def file(self, pipeline="", cores=BOTH, paths=PATH, rings=""):
        return FILE.format(pipeline=pipeline, cores=cores, paths=paths, rings=rings)

    def check_refused(self, marked, *words, command="check", options=()):
        """The file is refused with one message, which points at « and contains `words`."""
        lines = marked.splitlines()
        line = next(number for number, text in enumerate(lines, 1) if "«" in text)
        column = lines[line - 1].index("«") + 1
        self.write("a.toml", marked.replace("«", ""))
        done = self.run_program(command, "a.toml", *options)
        said = done.stdout + done.stderr
        with self.subTest(refused=lines[line - 1]):
            self.assertEqual(done.returncode, 78, said)
            self.assertEqual(len(re.findall("^error", said, re.M)), 1, said)
            self.assertIn(f"a.toml:{line}:{column}", said)
            for word in words:
                self.assertIn(word, said)


class CoresTest(FileTestCase):
    def test_A11_cores_that_cannot_be_are_refused_with_what_can(self):
        for core, words in (
                ("a = { cpu = 0 }\n«b = { cpu = 0 }", ["cores 'a' and 'b' both ask for CPU 0"]),
                ("a = {}\nb = { cpu = «-1 }", ["'cpu'", "0 to 4095"]),
                ("a = {}\nb = { cpu = «4096 }", ["'cpu'", "0 to 4095"]),
                ('a = {}\nb = { cpu = «"5-2" }', ["'cpu'", "an integer from 0 to 4095"]),
                ("a = {}\nb = { cpu = «[] }", ["'cpu'", "an integer from 0 to 4095"]),
                ("a = {}\nb = { cpu = «[0, 1] }", ["'cpu'", "an integer from 0 to 4095"]),
                ("a = {}\nb = { cpu = «0.5 }", ["'cpu'", "an integer from 0 to 4095"]),
                ("a = {}\n«b = []", ["core 'b' must be a table", "{ cpu = 3 }"]),
                ("a = {}\n«b = 1", ["core 'b' must be a table", "{ cpu = 3 }"]),
                ("a = {}\nb = { count = «0 }", ["'count'", "1 to 256"]),
                ("a = {}\nb = { count = «257 }", ["'count'", "1 to 256"]),
                ("a = {}\nb = { count = «-1 }", ["'count'", "1 to 256"]),
                ("a = {}\nb = { cpu = 0, «count = 2 }", ["'cpu'", "2"]),
                ('a = {}\nb = { near = «"sorce" }', ["did you mean 'source'?"]),
                ("a = {}\nb = { «nera = 1 }", ["did you mean 'near'?"])):
            self.check_refused(self.file(cores=core), *words)

    def test_A11_a_cpu_that_the_machine_does_not_have_is_refused_before_anything_starts(self):
        for command in ("plan", "run"):
            self.check_refused(self.file(cores="«a = { cpu = 666 }\nb = {}"),
                               "core 'a': this machine has no CPU 666", "there are: ", command=command,
                               options=["--oversubscribe"])
        self.write("a.toml", self.file(cores="a = { cpu = 666 }\nb = {}"))
        self.expect(0, "check", "a.toml")

    def test_A11_more_workers_than_cpus_are_refused_unless_that_is_wanted(self):
        self.write("a.toml", self.file(cores="a = {}\nb = { count = 8 }"))
        one = ["--topology", "core:2 pu:1"]
        done = self.expect(78, "plan", "a.toml", *one)
        said = done.stdout + done.stderr
        self.assertRegex(said, r"error: the pipeline needs 9 cores, but there are only 2")
        self.assertIn("--oversubscribe", said)
        self.expect(0, "plan", "a.toml", "--oversubscribe", *one)

    def test_A11_a_missing_cpu_is_told_of_beside_a_lack_of_them(self):
        self.write("a.toml", self.file(cores="a = { cpu = 666 }\nb = { count = 8 }"))
        done = self.expect(78, "plan", "a.toml", "--topology", "core:2 pu:1")
        self.assertIn("core 'a': this machine has no CPU 666", done.stdout + done.stderr)
        self.assertRegex(done.stdout + done.stderr, r"needs 9 cores, but there are only 2\n +--> a.toml:6:1\n")

    def test_A11_256_copies_and_not_one_more(self):
        self.write("a.toml", self.file(cores="a = {}\nb = { count = 255 }"))
        self.expect(0, "check", "a.toml")
        self.check_refused(self.file(cores="a = {}\n«b = { count = 256 }"), "257", "256 is the most")


class RingsTest(FileTestCase):
    def test_A13_a_length_that_cannot_be_is_refused_with_the_range(self):
        for length in ("0", "1", "3", "-1", "2147483648", "4294967296", "9223372036854775807"):
            self.check_refused(self.file(rings=f'"in -> count" = {{ length = «{length} }}'), "'length'", "16 to 1048576")

    def test_A13_a_ring_that_does_not_hold_a_burst_is_refused_with_the_minimum(self):
        self.check_refused(self.file(pipeline="burst = 128", rings='«"in -> count" = { length = 127 }'),
                           "the ring of 'in -> count' must hold at least 128 packets")
        self.write("a.toml", self.file(pipeline="burst = 128", rings='"in -> count" = { length = 128 }'))
        self.expect(0, "check", "a.toml")

    def test_A13_a_burst_that_cannot_be_is_refused_with_the_range(self):
        for burst in ("0", "257", "2147483648"):
            self.check_refused(self.file(pipeline=f"burst = «{burst}"), "'burst'", "1 to 256")


class SizesTest(FileTestCase):
    def test_A12_a_packet_size_that_cannot_be_is_refused_with_the_range(self):
        for size in ("0", "63", "65537", "2147483648", "9223372036854775807"):
            self.check_refused(self.file(pipeline=f"packet_size = «{size}"), "'packet_size'", "64 to 65536")

    def test_A12_more_memory_than_the_machine_has_is_refused_before_any_is_taken(self):
        rings = "\n".join(f'"s{i} -> t{i}" = {{ length = 1048576 }}' for i in range(16))
        elements = "".join(f'[elements.s{i}]\ntype = "Counter"\ncore = "a"\n[elements.t{i}]\ntype = "Counter"\n'
                           'core = "b"\n' for i in range(16))
        paths = '"in -> tee", "count -> Discard", ' + ", ".join(
            f'"tee[{i}] -> s{i} -> t{i} -> Discard"' for i in range(16)) + ', "tee[16] -> count"'
        text = self.file(pipeline="packet_size = 65536", paths=paths, rings=rings)
        self.write("a.toml", text + elements + '[elements.tee]\ntype = "Tee"\ncore = "a"\n')
        for command in ("plan", "run"):
            done = self.expect(78, command, "a.toml", "--oversubscribe")
            said = done.stdout + done.stderr
            self.assertRegex(said, r"error: .*(MiB|GiB|buffers)")


class CyclesTest(FileTestCase):
    def looped(self, paths):
        steps = "".join(f'[elements.{name}]\ntype = "Counter"\n' for name in "xyz").replace("[elements.x]", "[elements.«x]")
        return self.file(paths=paths) + steps

    def test_A9_cycles_that_nothing_feeds_are_refused_by_name(self):
        self.check_refused(self.looped(PATH + ', "x -> x"'),
                           "no source feeds the cycle x -> x", "lead a path from a source into it")
        self.check_refused(self.looped(PATH + ', "x -> y -> z -> x"'), "no source feeds the cycle")
        self.write("a.toml", self.looped(PATH + ', "x -> y -> z -> x"').replace("«", ""))
        said = self.expect(78, "check", "a.toml").stdout
        self.assertRegex(said, "cycle (x -> y -> z -> x|y -> z -> x -> y|z -> x -> y -> z)")


if __name__ == "__main__":
    unittest.main()
