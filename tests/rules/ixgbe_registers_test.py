"""drivers/ixgbe/registers.hpp and descriptors.hpp have what is in use, and nothing else."""

import re
import unittest

from program import SOURCE

FOLDER = SOURCE / "drivers" / "ixgbe"


def names_in(header):
    """Constants and functions that a header defines."""
    return re.findall(r"constexpr [\w:]+ (\w+)(?= =|\()", (FOLDER / header).read_text()) + \
        re.findall(r"constexpr [\w:]+ (\w+)\s*\n\s*=", (FOLDER / header).read_text())


def code(path):
    return re.sub(r"//.*", "", path.read_text())


class Registers(unittest.TestCase):
    def check(self, header):
        names = set(names_in(header))
        self.assertGreater(len(names), 10)
        text = "\n".join(code(path) for path in FOLDER.iterdir() if path.suffix in (".cpp", ".hpp"))
        unused = [name for name in sorted(names) if len(re.findall(rf"\b{name}\b", text)) < 2]
        self.assertEqual(unused, [])

    def test_every_register_and_field_is_used(self):
        self.check("registers.hpp")

    def test_every_field_of_a_descriptor_is_used(self):
        self.check("descriptors.hpp")


if __name__ == "__main__":
    unittest.main()
