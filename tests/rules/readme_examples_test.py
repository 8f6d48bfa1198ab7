"""What elements/README.md shows of C++ is compiled: every example stands in a source file, line by line. Those that are files
of their own are compiled by tests/examples/element_parts_test.py."""

import os
import pathlib
import re
import unittest

ROOT = pathlib.Path(os.environ.get("IXYFLOW_SOURCE_DIR", pathlib.Path(__file__).parents[2]))
README = ROOT / "elements" / "README.md"


class Examples(unittest.TestCase):
    def test_every_example_stands_in_a_file_that_is_compiled(self):
        sources = [path.read_text(encoding="utf-8") for folder in ("elements", "tests") for path in
                   sorted((ROOT / folder).rglob("*.cpp"))]
        examples = re.findall(r"^```cpp\n(.*?)^```$", README.read_text(encoding="utf-8"), re.M | re.S)
        self.assertGreater(len(examples), 1)
        for example in examples:
            if re.match(r"// \S+\.cpp", example):
                continue
            with self.subTest(example.splitlines()[0].strip()):
                self.assertTrue(any(example in source for source in sources), f"in no source file:\n{example}")
