"""The C++ that elements/README.md shows is compiled and run: it stands, letter by letter, in a test of tests/element/parts."""

import re
import unittest

from program import SOURCE

SHOWN = re.compile(r"^```cpp\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Parts(unittest.TestCase):
    def test_every_example_stands_in_a_test(self):
        tests = [path.read_text() for path in sorted((SOURCE / "tests" / "element" / "parts").glob("*_test.cpp"))]
        examples = SHOWN.findall((SOURCE / "elements" / "README.md").read_text())
        self.assertGreaterEqual(len(examples), 2)
        for example in examples:
            with self.subTest(example.partition("\n")[0]):
                self.assertTrue(any(example in test for test in tests))


if __name__ == "__main__":
    unittest.main()
