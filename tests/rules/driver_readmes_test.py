"""The README of every driver is complete: its table of files, which is the order to read them in, has each of them."""

import pathlib
import re
import unittest

from program import SOURCE


def files_of(folder):
    return {path.stem for path in folder.iterdir() if path.suffix in (".cpp", ".hpp")}


def files_in(readme):
    """The names in the first column of its table of files."""
    table = re.search(r"^\| file \|.*\n\|[-|]+\n((?:\|.*\n)+)", readme, re.M)[1]
    return {name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1])}


class DriverReadmes(unittest.TestCase):
    def test_every_file_stands_in_the_table_and_no_other_does(self):
        readmes = [readme for readme in sorted((SOURCE / "drivers").rglob("README.md")) if files_of(readme.parent)]
        self.assertGreaterEqual(len(readmes), 6)
        for readme in readmes:
            with self.subTest(readme.parent.name):
                self.assertEqual(files_in(readme.read_text()), files_of(pathlib.Path(readme.parent)))


if __name__ == "__main__":
    unittest.main()
