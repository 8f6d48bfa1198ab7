"""`cmake --install`: what it puts down starts, also after it was moved, and plugins are built against it alone."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from program import SOURCE, build_setting, use_own_runtime_directory

README = (SOURCE / "README.md").read_text()


def readme_file(name):
    """The file of that name that README shows."""
    return re.search(rf"^```\w+\n((?://|#) {re.escape(name)}\n.*?)^```$", README, re.M | re.S)[1]


class Installation(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="ixyflow-install-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        use_own_runtime_directory(self, self.folder)
        subprocess.run(["cmake", "--install", os.environ["IXYFLOW_BUILD_DIR"], "--prefix",
                        self.folder / "first"], check=True, capture_output=True, timeout=240)
        # Nothing in it may lead back to where it was put down first.
        self.prefix = (self.folder / "first").rename(self.folder / "moved")

    def command(self, *words):
        done = subprocess.run(words, cwd=self.folder, capture_output=True, text=True, timeout=240)
        self.assertEqual(done.returncode, 0, f"{words}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def test_it_runs_its_examples_from_anywhere_after_it_was_moved(self):
        program = self.prefix / "bin" / "ixyflow"
        examples = self.prefix / "share" / "ixyflow" / "pipelines"
        files = sorted(examples.glob("*.toml"))
        self.assertEqual([path.name for path in files],
                         sorted(path.name for path in (SOURCE / "pipelines").glob("*.toml")))
        for path in files:
            self.assertEqual(self.command(program, "check", path), f"{path}: OK\n")
        self.assertIn("ledger: received 4,096", self.command(program, "run", examples / "hello.toml"))
        self.command(self.prefix / "bin" / "ixgbe-model", "--help")

    @unittest.skipIf(build_setting("IXYFLOW_SANITIZE"), "the plugin of the README is built without sanitizers")
    def test_the_plugin_of_the_readme_is_built_against_the_installed_headers(self):
        for name in ("only_vlan.cpp", "vlan_217.toml"):
            (self.folder / name).write_text(readme_file(name))
        (self.folder / "pipelines").symlink_to(self.prefix / "share" / "ixyflow" / "pipelines")
        self.command(build_setting("CMAKE_CXX_COMPILER") or "g++", "-std=c++23", "-O0", "-fPIC", "-shared",
                     f"-I{self.prefix}/include/ixyflow", "only_vlan.cpp", "-o", "only_vlan.so")
        self.assertIn("1 passed, 0 failed", self.command(self.prefix / "bin" / "ixyflow", "test", "vlan_217.toml"))


if __name__ == "__main__":
    unittest.main()
