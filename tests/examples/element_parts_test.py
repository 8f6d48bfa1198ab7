"""What elements/README.md shows of writing an element is compiled as a plugin, and its pipelines are tested."""

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



def files(language, comment):
    """The files that it shows: their name stands in a comment, their first line."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", README, re.M | re.S)
    return {name[1]: text for text in blocks if (name := re.match(rf"{comment} (\S+\.\w+)", text))}


class ElementParts(ExampleTestCase):
    def build(self, name):
        """Compiles a file that it shows as a plugin."""
        path = self.write(name, files("cpp", "//")[name])
        sanitizers = build_setting("IXYFLOW_SANITIZE")
        done = subprocess.run(
            [build_setting("CMAKE_CXX_COMPILER") or "g++", "-std=c++23", "-O2", "-fPIC", "-shared", "-Wall", "-Wextra",
             "-Werror", *([f"-fsanitize={sanitizers}"] if sanitizers else []), f"-I{SOURCE}", path, "-o",
             path.with_suffix(".so")], capture_output=True, text=True, timeout=240, check=False)
        self.assertEqual(done.returncode, 0, f"{name}\n{done.stderr}")

    def test_every_element_compiles_and_every_pipeline_passes_its_tests(self):
        sources, pipelines = files("cpp", "//"), files("toml", "#")
        self.assertTrue(sources)
        self.assertTrue(pipelines)
        for name in sources:
            self.build(name)
        for name, text in pipelines.items():
            with self.subTest(name):
                done = subprocess.run([PROGRAM, "test", self.write(name, text)], cwd=self.folder, capture_output=True,
                                      text=True, timeout=240, check=False)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_shaper_holds_its_rate_and_loses_nothing_of_a_file(self):
        self.build("shape.cpp")
        self.write("shape.toml", SHAPED)
        report = json.loads(self.ixyflow("run", "shape.toml", "--format", "json").stdout)
        self.assertEqual(report["ledger"]["sent"], 1000)
        self.assertEqual(report["ledger"]["dropped"], 0)
        # The first packet leaves at once, 999 others 100 us apart; a busy machine is only ever later.
        self.assertGreaterEqual(report["seconds"], 0.0998)
