"""The READMEs of the software network card name its files as they are: those of a room's table are all that are there,
and the conversation of driver and card points to files that exist."""

import re
import unittest

from driver_readmes_test import files_in, files_of
from program import SOURCE

MODEL = SOURCE / "tools" / "ixgbe-model"


class ModelReadmes(unittest.TestCase):
    def test_every_file_of_a_room_stands_in_its_table_and_no_other_does(self):
        for room in ("fault", "server", "wire"):
            with self.subTest(room):
                self.assertEqual(files_in((MODEL / room / "README.md").read_text()), files_of(MODEL / room))

    def test_the_conversation_points_to_files_that_exist(self):
        pointers = set(re.findall(r"`([a-z_]+/[a-z_]+)`", (MODEL / "card" / "README.md").read_text()))
        self.assertGreater(len(pointers), 15)
        strays = {pointer for pointer in pointers - {"drivers/ixgbe"} if not list((MODEL / "card").glob(pointer + ".?pp"))}
        self.assertEqual(strays, set())

    def test_every_room_of_the_card_is_described(self):
        rooms = {path.name for path in (MODEL / "card").iterdir() if path.is_dir()}
        self.assertEqual(set(re.findall(r"`([a-z]+)/`", (MODEL / "card" / "README.md").read_text())) - {"fault"}, rooms)


if __name__ == "__main__":
    unittest.main()
