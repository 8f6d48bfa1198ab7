"""`ixyflow test` itself: what passes, what fails, and how a failure reads."""

import json
import unittest

from program import CAPTURE, ProgramTestCase

PIPELINE = """
[ports.wan]
driver = "pcap"
read = "never-opened.pcap"

[ports.lan]
driver = "pcap"
write = "never-written.pcap"

[elements.in]
type = "FromDevice"
port = "wan"

[elements.ttl]
type = "DecIPTTL"

[elements.out]
type = "ToDevice"
port = "lan"

[graph]
paths = ["in -> ttl -> out"]
"""

SENT = "020000000002 020000000001 0800 4500001e00000000 4011 66cd 0a000001 0a000002 0035 0036 000a 0000 6162"
LEFT = "020000000002 020000000001 0800 4500001e00000000 3f11 67cd 0a000001 0a000002 0035 0036 000a 0000 6162"


def test_table(*lines):
    return "\n[[test]]\n" + "\n".join(lines) + "\n"


class TestCommandTest(ProgramTestCase):
    def result(self, code, *lines):
        self.write("a.toml", PIPELINE + test_table(*lines))
        return self.expect(code, "test", "a.toml").stdout

    def test_passing_test_and_no_file_touched(self):
        text = self.result(0, 'name = "it works"', f'in = {{ port = "wan", packets = ["{SENT}"] }}',
                           f'out = {{ port = "lan", packets = ["{LEFT}"] }}')
        self.assertEqual(text, "ok      it works\n1 passed, 0 failed\n")
        self.assertEqual([path.name for path in self.folder.iterdir()], ["a.toml"])

    def test_difference_names_fields_and_marks_bytes(self):
        text = self.result(1, 'name = "it fails"', f'in = {{ port = "wan", packets = ["{SENT}"] }}',
                           f'out = {{ port = "lan", packets = ["{SENT}"] }}')
        self.assertIn("FAILED  it fails  (a.toml:", text)
        self.assertRegex(text, r"ip\.ttl +expected 64 +got 63\n")
        rows = text.splitlines()
        got = next(i for i, row in enumerate(rows) if "got       00 1e" in row)
        marked = [column for column, mark in enumerate(rows[got + 1]) if mark == "^"]
        self.assertEqual("".join(rows[got][column] for column in marked), "3f67")
        self.assertIn("0 passed, 1 failed", text)

    def test_missing_and_unexpected_packets(self):
        text = self.result(1, f'in = {{ port = "wan", packets = ["{SENT}"] }}', 'out = { port = "lan", packets = [] }')
        self.assertIn("packet 1 was not expected: 44 bytes", text)
        text = self.result(1, f'out = {{ port = "lan", packets = ["{LEFT}"] }}')
        self.assertIn("packet 1 is missing: 44 bytes", text)

    def test_ignored_fields_are_not_compared(self):
        self.result(0, f'in = {{ port = "wan", packets = ["{SENT}"] }}',
                    f'out = {{ port = "lan", packets = ["{SENT}"], ignore = ["ip.ttl", "ip.checksum"] }}')

    def test_numbers_that_differ(self):
        text = self.result(1, f'in = {{ port = "wan", packets = ["{SENT}"] }}',
                           'counters = { "ttl.packets" = 3 }', 'drops = { "ttl.expired" = 1 }')
        self.assertIn("counter ttl.packets: expected 3, got 1", text)
        self.assertIn("drop ttl.expired: expected 1, got 0", text)

    def test_numbers_that_no_run_has_are_mistakes_of_the_file(self):
        self.write("a.toml", PIPELINE + test_table('counters = { "ttl.pakets" = 1 }', 'drops = { "ttl.lost" = 0 }'))
        for command in ("check", "test"):
            done = self.expect(78, command, "a.toml")
            self.assertIn("there is no counter 'ttl.pakets'", done.stdout + done.stderr)
            self.assertIn("did you mean 'ttl.packets'?", done.stdout + done.stderr)
            self.assertIn("there is no drop 'ttl.lost'", done.stdout + done.stderr)

    def test_match_and_count(self):
        self.result(0, f'in = {{ port = "wan", packets = ["{SENT}"] }}',
                    'out = [{ port = "lan", match = "udp" }, { port = "lan", count = 0, match = "tcp" }]')
        text = self.result(1, f'in = {{ port = "wan", packets = ["{SENT}"] }}', 'out = { port = "lan", match = "tcp" }')
        self.assertIn("0 of 1 packet that match 'tcp'", text)

    def test_captures_lie_beside_the_pipeline(self):
        folder = self.folder / "deep"
        folder.mkdir()
        (folder / "in.pcap").write_bytes(CAPTURE.read_bytes())
        (folder / "a.toml").write_text(PIPELINE + test_table('in = { port = "wan", pcap = "in.pcap" }',
                                                             'counters = { "ttl.packets" = 4096 }'))
        self.expect(0, "test", "deep/a.toml")

    def test_capture_that_is_missing_fails_the_test(self):
        self.assertIn("in.pcap", self.result(1, 'in = { port = "wan", pcap = "in.pcap" }', 'out = { port = "lan", count = 1 }'))

    def test_several_files_and_one_without_tests(self):
        good = test_table('out = { port = "lan", count = 0 }')
        self.write("a.toml", PIPELINE + good)
        self.write("b.toml", PIPELINE)
        text = self.expect(0, "test", "a.toml", "b.toml").stdout
        self.assertIn("b.toml: no tests\n", text)
        self.assertTrue(text.endswith("1 passed, 0 failed\n"))

    def test_json(self):
        self.write("a.toml", PIPELINE + test_table('name = "x"', 'out = { port = "lan", count = 1 }'))
        result = json.loads(self.expect(1, "test", "--format", "json", "a.toml").stdout)
        self.assertEqual((result["passed"], result["failed"]), (0, 1))
        self.assertEqual(result["tests"][0]["name"], "x")

    def test_mistakes_of_a_test_have_their_places_also_in_check(self):
        self.write("a.toml", PIPELINE + test_table('nmae = "x"', 'in = { port = "lam", packets = ["0", "zz"], at = ["5"] }',
                                                   'out = { port = "lan", match = "udp prot 5", ignore = ["ip.tll"] }'))
        first = PIPELINE.count("\n") + 3
        for command in ("check", "test"):
            done = self.expect(78, command, "a.toml")
            text = done.stdout + done.stderr
            self.assertIn(f"--> a.toml:{first}:1\n", text)
            for part in ("unknown key 'nmae'", "did you mean 'name'?", "there is no port 'lam'", "odd number of digits",
                         "'z' in 'zz' is no hexadecimal digit", "takes a duration", "the expression is wrong", "did you mean 'ip.ttl'?"):
                self.assertIn(part, text)


if __name__ == "__main__":
    unittest.main()
