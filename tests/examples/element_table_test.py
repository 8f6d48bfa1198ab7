"""elements/README.md is complete: a reader who looks for an element finds it there."""

import json
import re

from example_support import SOURCE, ExampleTestCase


class ElementTable(ExampleTestCase):
    def test_every_element_stands_in_the_table_and_no_other_does(self):
        elements = {element["name"]
                    for element in json.loads(self.ixyflow("elements", "--format", "json").stdout)["elements"]}
        table = set()
        for row in re.findall(r"^\| ([^|]+) \| ([^|]+) \| [^|]*\|$", (SOURCE / "elements" / "README.md").read_text(), re.M):
            table.update(re.findall(r"\b[A-Z]\w+", row[1]))
        self.assertEqual(table, elements)
