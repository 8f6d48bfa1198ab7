"""The elements that elements/README.md shows are compiled as plugins, and do what it says of them."""

import json
import re
import subprocess

from example_support import PROGRAM, SOURCE, ExampleTestCase, build_setting

README = (SOURCE / "elements" / "README.md").read_text()
SHAPED = """
[pipeline]
plugins = ["shape.so"]

[ports.file]
driver = "null"
count = 1000

[ports.sink]
driver = "null"

[elements.in]
type = "FromDevice"
port = "file"

[elements.shape]
type = "Shape"
rate = "10kpps"

[elements.out]
type = "ToDevice"
port = "sink"

[graph]
paths = ["in -> shape -> out"]
"""


class ElementReadme(ExampleTestCase):
    def setUp(self):
        super().setUp()
        if build_setting("IXYFLOW_SANITIZE"):
            self.skipTest("plugins of a README are built without sanitizers")
        elements = dict(re.findall(r"^```cpp\n// ((?:\w+)\.cpp)(.*?)^```$", README, re.M | re.S))
        self.assertIn("shape.cpp", elements)
        for name, text in elements.items():
            self.write(name, "//" + text)
            subprocess.run(["g++", "-std=c++23", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", f"-I{SOURCE}", name, "-o",
                            name.replace(".cpp", ".so")], cwd=self.folder, check=True)

    def test_the_shaper_holds_its_rate_and_loses_nothing_of_a_file(self):
        self.write("shape.toml", SHAPED)
        report = json.loads(self.ixyflow("run", "shape.toml", "--format", "json").stdout)
        self.assertEqual(report["ledger"]["sent"], 1000)
        self.assertEqual(report["ledger"]["dropped"], 0)
        # The first packet leaves at once, 999 others 100 us apart; a busy machine is only ever later.
        self.assertGreaterEqual(report["seconds"], 0.0998)
