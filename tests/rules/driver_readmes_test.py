"""The README of every folder of drivers is complete: its table of files, which is the order to read them in, has each of
them. The tour through the drivers points to what is there."""

import pathlib
import re
import unittest

from program import SOURCE

DRIVERS = SOURCE / "drivers"
SOURCES = (".cpp", ".hpp")


def files_of(folder):
    return {path.stem for path in folder.iterdir() if path.suffix in SOURCES}


def files_in(readme):
    """The names in the first column of its table of files; None if it has no such table."""
    table = re.search(r"^\| file \|.*\n\|[-|]+\n((?:\|.*\n)+)", readme, re.M)
    return table and {name for row in table[1].splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1])}


class DriverReadmes(unittest.TestCase):
    def test_every_folder_with_sources_has_a_readme(self):
        folders = sorted({path.parent for path in DRIVERS.rglob("*") if path.suffix in SOURCES})
        self.assertGreaterEqual(len(folders), 12)
        without = [folder.relative_to(SOURCE).as_posix() for folder in folders if not (folder / "README.md").is_file()]
        self.assertEqual(without, [])

    def test_every_file_stands_in_the_table_and_no_other_does(self):
        for readme in sorted(DRIVERS.rglob("README.md")):
            files = files_of(pathlib.Path(readme.parent))
            if files:
                with self.subTest(readme.parent.relative_to(SOURCE).as_posix()):
                    self.assertEqual(files_in(readme.read_text()), files)


if __name__ == "__main__":
    unittest.main()
