"""A plugin that is built outside of the tree, against the public headers and libixyflow, and loaded by the program."""

import fcntl
import json
import os
import pathlib
import shutil
import struct
import subprocess
import unittest

from program import CAPTURE, PROGRAM, SOURCE, ProgramTestCase, build_setting

PROJECT = pathlib.Path(__file__).parent / "plugin"
NOTE_NAME = b"ixyflow\0"

PIPELINE = f"""
[pipeline]
{{plugins}}

[ports.wan]
driver = "pcap"
read = "{CAPTURE}"

[elements.in]
type = "FromDevice"
port = "wan"

[elements.guard]
type = "TTLGuard"
least = 64

[graph]
paths = ["in -> guard -> Discard", "guard[low] -> Discard"]
"""


def built_plugin(variant=""):
    """The plugin, built with cmake on the first call and looked at again on every other one."""
    folder = pathlib.Path(os.environ["IXYFLOW_BUILD_DIR"]) / "plugins-of-tests" / (variant or "good")
    folder.mkdir(parents=True, exist_ok=True)
    sanitizers = build_setting("IXYFLOW_SANITIZE")
    settings = {
        "IXYFLOW_INCLUDE": SOURCE,
        "IXYFLOW_LIBRARY": pathlib.Path(PROGRAM).parent / "libixyflow.so",
        "CMAKE_CXX_COMPILER": build_setting("CMAKE_CXX_COMPILER") or "g++",
        "CMAKE_CXX_FLAGS": f"-fsanitize={sanitizers}" if sanitizers else "",
    }
    if variant:
        settings[variant] = "ON"
    with open(folder / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for command in (
            ["cmake", "-G", "Ninja", "-S", PROJECT, "-B", folder, *(f"-D{name}={value}" for name, value in settings.items())],
            ["cmake", "--build", folder],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise AssertionError(done.stdout + done.stderr)
    return folder / "ttl_guard.so"


class Plugin(ProgramTestCase):
    def pipeline(self, plugins=""):
        return str(self.write("p.toml", PIPELINE.format(plugins=plugins)))

    def refused(self, plugin, *reasons):
        """`run` must refuse the plugin before anything runs, and say why."""
        done = self.run_program("run", self.pipeline(), "--plugin", str(plugin))
        self.assertEqual(done.returncode, 78, done.stdout + done.stderr)
        said = " ".join(done.stderr.split())
        for reason in reasons:
            self.assertIn(reason, said)
        self.assertEqual(done.stdout, "")

    def check_run(self, *arguments):
        """Runs the pipeline and compares its counts with tshark's."""
        done = self.run_program("run", *arguments, "--format", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        guard = next(element for element in report["elements"] if element["name"] == "guard")
        low = next(way["packets"] for way in guard["exits"] if way["name"] == "low")
        shark = subprocess.run(
            ["tshark", "-r", str(CAPTURE), "-Y", "(ip && ip.ttl < 64) || (!ip && ipv6.hlim < 64)", "-T", "fields", "-e", "frame.number"],
            capture_output=True, text=True, check=True)
        self.assertEqual(low, len(shark.stdout.split()))

    def test_an_element_of_a_plugin_runs(self):
        plugin = built_plugin()
        self.check_run(self.pipeline(), "--plugin", str(plugin))

    def test_the_file_can_name_its_plugins(self):
        self.check_run(self.pipeline(f'plugins = ["{built_plugin()}"]'))

    def test_loading_the_same_file_twice_does_nothing(self):
        plugin = built_plugin()
        link = self.folder / "again.so"
        link.symlink_to(plugin)
        self.check_run(self.pipeline(f'plugins = ["{plugin}"]'), "--plugin", str(plugin), "--plugin", str(link))

    def test_a_stripped_plugin_is_still_one(self):
        stripped = self.folder / "stripped.so"
        shutil.copy(built_plugin(), stripped)
        subprocess.run(["strip", "--strip-all", str(stripped)], check=True)
        self.check_run(self.pipeline(), "--plugin", str(stripped))

    def test_elements_shows_what_a_plugin_brings(self):
        done = self.run_program("elements", "TTLGuard", "--plugin", str(built_plugin()))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("RFC 5082", done.stdout)
        self.assertIn("least", done.stdout)

    def test_without_the_plugin_its_element_is_unknown(self):
        done = self.run_program("check", self.pipeline())
        self.assertEqual(done.returncode, 78)
        self.assertIn("TTLGuard", done.stdout + done.stderr)

    def test_C1_what_is_no_plugin_is_refused(self):
        self.refused(self.folder / "missing.so", "No such file")
        self.refused(self.folder, "no regular file")
        self.refused(self.write("text.so", "hello"), "no shared object")
        self.refused(self.write("empty.so", ""), "no shared object")
        self.refused("/lib/x86_64-linux-gnu/libm.so.6", "no ixyflow plugin")

    def test_C1_a_plugin_cut_anywhere_is_refused_or_loaded_but_never_crashes(self):
        whole = built_plugin().read_bytes()
        note = whole.index(NOTE_NAME)
        # The last part holds what only debuggers read.
        for part in range(100):
            cut = self.write("cut.so", whole[: len(whole) * part // 100])
            done = self.run_program("check", self.pipeline(), "--plugin", str(cut))
            self.assertIn(done.returncode, (0, 78), f"cut at {part}/100\n{done.stderr}")
            if part < 10:
                self.assertEqual(done.returncode, 78)
        for size in range(note - 24, note + 24):
            done = self.run_program("check", self.pipeline(), "--plugin", str(self.write("cut.so", whole[:size])))
            self.assertEqual(done.returncode, 78, done.stderr)

    def test_C2_another_version_of_the_interface_is_refused_before_anything_runs(self):
        content = bytearray(built_plugin().read_bytes())
        note = content.index(NOTE_NAME)
        (version,) = struct.unpack_from("<I", content, note + len(NOTE_NAME))
        struct.pack_into("<I", content, note + len(NOTE_NAME), version + 1)
        self.refused(self.write("future.so", bytes(content)), f"version {version + 1}", f"version {version}", "not loaded")

    def test_C3_an_undefined_symbol_is_reported(self):
        self.refused(built_plugin("TTL_GUARD_UNDEFINED"), "nobody_defines_this", "not loaded")

    def test_C3_a_name_that_is_taken_is_refused(self):
        self.refused(built_plugin("TTL_GUARD_TAKEN"), "there already is a 'Tee'")

    @unittest.skipUnless(os.geteuid() == 0, "only root is told")
    def test_C8_a_plugin_that_everybody_can_write_is_refused_to_root(self):
        copy = self.folder / "open.so"
        shutil.copy(built_plugin(), copy)
        copy.chmod(0o777)
        self.refused(copy, "written by everybody")


if __name__ == "__main__":
    unittest.main()
