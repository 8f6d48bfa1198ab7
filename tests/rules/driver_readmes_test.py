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


class Tour(unittest.TestCase):
    """drivers/README.md tells of a card and its driver in ten steps; each points to the lines of all three."""

    TEXT = (DRIVERS / "README.md").read_text()
    POINTER = re.compile(r"\[([^]]+)\]\(([^)#]+)(?:#(\w+))?\)")

    def test_every_pointer_leads_to_what_it_names(self):
        pointers = self.POINTER.findall(self.TEXT)
        self.assertGreater(len(pointers), 30)
        for text, path, symbol in pointers:
            with self.subTest(f"{path}#{symbol}"):
                self.assertEqual(text, symbol)
                self.assertTrue((DRIVERS / path).is_file())
                code = re.sub(r"//.*|\"[^\"\n]*\"", "", (DRIVERS / path).read_text())
                self.assertRegex(code, rf"\b{symbol}\b")

    def test_there_are_ten_steps_and_each_points_into_all_three(self):
        steps = re.split(r"^## (?=\d+\. )", self.TEXT, flags=re.M)[1:]
        self.assertEqual([int(step.split(".")[0]) for step in steps], list(range(1, 11)))
        for step in steps:
            paths = [path for _, path, _ in self.POINTER.findall(step.split("\n## ")[0])]
            for house in ("ixgbe/", ("virtio/driver/", "virtio/format/"), "virtio/device/"):
                with self.subTest(f"{step.splitlines()[0]}: {house}"):
                    self.assertTrue(any(path.startswith(house) for path in paths))

    def test_every_house_stands_in_the_tour(self):
        houses = {folder.name for folder in DRIVERS.iterdir() if folder.is_dir()}
        self.assertEqual(set(re.findall(r"^\| `(\w+)/` \|", self.TEXT, re.M)), houses)


if __name__ == "__main__":
    unittest.main()
