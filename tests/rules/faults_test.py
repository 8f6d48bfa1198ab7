"""tests/FAULTS.md and the names of tests agree: every code in a name stands in the catalogue, every line of the catalogue has
a test, and what is said to be untried is."""

import re
import unittest

from program import SOURCE

CATALOGUE = SOURCE / "tests" / "FAULTS.md"
UNTRIED = "## Not tried yet"
ROW = re.compile(r"^\| ([A-P]\d{1,2}) \|", re.MULTILINE)
CPP_NAME = re.compile(r'TEST_CASE\(\s*"([A-P]\d{1,2}(?:[ ,:]+(?:and )?[A-P]\d{1,2})*)\b')
PYTHON_NAME = re.compile(r"def test_((?:[A-Pa-p]\d{1,2}_)+)")


def codes_in_names():
    """Code -> the files in whose tests' names it stands."""
    found = {}
    for path in sorted((SOURCE / "tests").rglob("*_test.*")):
        pattern = {".cpp": CPP_NAME, ".py": PYTHON_NAME}.get(path.suffix)
        for name in pattern.findall(path.read_text(encoding="utf-8")) if pattern else ():
            for code in re.findall(r"[A-P]\d{1,2}", name.upper()):
                found.setdefault(code, set()).add(path.relative_to(SOURCE).as_posix())
    return found


class Faults(unittest.TestCase):
    def setUp(self):
        tried, _, untried = CATALOGUE.read_text(encoding="utf-8").partition(UNTRIED)
        self.tried, self.untried = ROW.findall(tried), ROW.findall(untried)

    def test_every_code_stands_there_once(self):
        codes = self.tried + self.untried
        self.assertGreater(len(codes), 100)
        self.assertEqual(sorted(codes), sorted(set(codes)))

    def test_every_code_in_a_name_is_one_that_is_tried(self):
        self.assertEqual({code: files for code, files in codes_in_names().items() if code not in self.tried}, {})

    def test_everything_that_is_said_to_be_tried_has_a_test(self):
        named = codes_in_names()
        self.assertEqual([code for code in self.tried if code not in named], [])


if __name__ == "__main__":
    unittest.main()
