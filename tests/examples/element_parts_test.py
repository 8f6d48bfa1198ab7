"""What elements/README.md shows of writing an element is compiled as a plugin, and its pipelines are tested."""

import re
import subprocess

from example_support import PROGRAM, SOURCE, ExampleTestCase, build_setting

README = (SOURCE / "elements" / "README.md").read_text()


def files(language, comment):
    """The files that it shows: their name stands in a comment, their first line."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", README, re.M | re.S)
    return {name[1]: text for text in blocks if (name := re.match(rf"{comment} (\S+\.\w+)", text))}


class ElementParts(ExampleTestCase):
    def test_every_element_compiles_and_every_pipeline_passes_its_tests(self):
        sanitizers = build_setting("IXYFLOW_SANITIZE")
        sources, pipelines = files("cpp", "//"), files("toml", "#")
        self.assertTrue(sources)
        self.assertTrue(pipelines)
        for name, text in sources.items():
            path = self.write(name, text)
            done = subprocess.run(
                [build_setting("CMAKE_CXX_COMPILER") or "g++", "-std=c++23", "-O2", "-fPIC", "-shared", "-Wall", "-Wextra",
                 "-Werror", *([f"-fsanitize={sanitizers}"] if sanitizers else []), f"-I{SOURCE}", path, "-o",
                 path.with_suffix(".so")], capture_output=True, text=True, timeout=240, check=False)
            self.assertEqual(done.returncode, 0, f"{name}\n{done.stderr}")
        for name, text in pipelines.items():
            with self.subTest(name):
                done = subprocess.run([PROGRAM, "test", self.write(name, text)], cwd=self.folder, capture_output=True,
                                      text=True, timeout=240, check=False)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
