"""The golden cases of tests/pipelines: every file passes, every element stands in one."""

import json
import re
import unittest

from program import SOURCE, ProgramTestCase

FILES = sorted((SOURCE / "tests" / "pipelines").glob("*.toml"))


class GoldenTest(ProgramTestCase):
    def test_every_golden_case_passes(self):
        done = self.run_program("test", *map(str, FILES))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"\n\d\d+ passed, 0 failed\n$")

    def test_every_golden_case_passes_one_packet_at_a_time(self):
        done = self.run_program("test", "--burst", "1", *map(str, FILES))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_every_element_has_a_golden_case(self):
        elements = json.loads(self.expect(0, "elements", "--format", "json").stdout)["elements"]
        tested = set(re.findall(r'type = "(\w+)"', "".join(path.read_text() for path in FILES)))
        self.assertEqual({element["name"] for element in elements} - tested, set())


if __name__ == "__main__":
    unittest.main()
