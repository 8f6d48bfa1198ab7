"""The libraries that a plugin brings along: found beside it, and as trusted as it must be itself."""

import os
import pathlib
import re
import subprocess
import unittest

from program import SOURCE, ProgramTestCase

VERSION = re.search(r"kInterfaceVersion = (\d+)", (SOURCE / "core/base/api.hpp").read_text())[1]

# A plugin that has nothing but the note that says it is one, and needs `helper`.
PLUGIN = """
#include <stdio.h>
__attribute__((used, aligned(4), section(".note.ixyflow"))) static const struct {
  unsigned sizes[3];
  char name[8];
  unsigned version;
} note = {{8, 4, 1}, "ixyflow", %s};
void helper(void);
__attribute__((constructor)) static void begin(void) { helper(); }
""" % VERSION
HELPER = """
#include <stdio.h>
void %s(void) { printf("helped\\n"); fflush(stdout); }
"""
NOBODY = 65534


class Libraries(ProgramTestCase):
    def setUp(self):
        super().setUp()
        (self.folder / "lib").mkdir()
        self.folder.chmod(0o755)

    def shared_object(self, path, source, *options):
        self.write("source.c", source)
        subprocess.run(["cc", "-shared", "-fPIC", "-o", self.folder / path, self.folder / "source.c", *options], check=True)

    def plugin(self, run_path, *needed, source=PLUGIN):
        self.shared_object("p.so", source, *(f"-L{self.folder / path}" for path in ("lib", ".")), *needed, "-Wl,--no-as-needed",
                           f"-Wl,--enable-new-dtags,-rpath,{run_path}")

    def load(self):
        return self.run_program("elements", "Counter", "--plugin", "./p.so")

    def assert_refused(self, text):
        done = self.load()
        self.assertEqual(done.returncode, 78, done.stderr)
        self.assertIn("error: plugin './p.so': " + text, done.stderr)
        self.assertNotIn("helped", done.stdout)

    def assert_loaded(self):
        done = self.load()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("helped", done.stdout)

    def test_a_library_beside_a_plugin_is_found(self):
        self.shared_object("lib/libhelper.so", HELPER % "helper")
        for run_path in ("$ORIGIN/lib", "${ORIGIN}/./lib", self.folder / "lib", "/missing:$ORIGIN/lib"):
            with self.subTest(run_path):
                self.plugin(run_path, "-lhelper")
                self.assert_loaded()

    @unittest.skipUnless(os.geteuid() == 0, "only root can give files to others")
    def test_C8_what_others_can_write_is_not_loaded_as_a_plugins_library_either(self):
        self.shared_object("lib/libhelper.so", HELPER % "helper")
        self.plugin("$ORIGIN/lib", "-lhelper")
        helper = self.folder / "lib" / "libhelper.so"
        helper.chmod(0o777)
        self.assert_refused("library 'libhelper.so', which it needs: it can be written by everybody, as its mode 0777 says")
        helper.chmod(0o755)
        os.chown(helper, NOBODY, NOBODY)
        self.assert_refused("library 'libhelper.so', which it needs: it belongs to user 65534, not to root")
        os.chown(helper, 0, 0)
        # In a folder that all may write to, sticky or not, somebody else may put one where it is looked for first.
        for mode in (0o777, 0o1777):
            helper.parent.chmod(mode)
            self.assert_refused(f"library 'libhelper.so', which it needs: its folder '{helper.parent.resolve()}' can be written by "
                                "everybody")
        helper.parent.chmod(0o755)
        os.rename(helper, self.folder / "real.so")
        os.symlink(self.folder / "real.so", helper)
        self.assert_loaded()
        os.lchown(helper, NOBODY, NOBODY)
        self.assert_refused("library 'libhelper.so', which it needs: it goes through the symbolic link")

    @unittest.skipUnless(os.geteuid() == 0, "only root can give files to others")
    def test_C8_neither_is_a_librarys_library_nor_one_by_its_path_nor_a_missing_folder(self):
        self.shared_object("lib/libdeep.so", HELPER % "deep")
        self.shared_object("lib/libhelper.so", "void deep(void); void helper(void) { deep(); }", f"-L{self.folder / 'lib'}", "-ldeep",
                           "-Wl,--enable-new-dtags,-rpath,$ORIGIN")
        self.plugin("$ORIGIN/lib", "-lhelper")
        self.assert_loaded()
        deep = self.folder / "lib" / "libdeep.so"
        deep.chmod(0o666)
        self.assert_refused("library 'libdeep.so', which it needs: it can be written by everybody")
        deep.chmod(0o755)
        # Linked by its path, because it has no name of its own.
        self.plugin("/", str(self.folder / "lib" / "libhelper.so"))
        os.chown(self.folder / "lib" / "libhelper.so", NOBODY, NOBODY)
        self.assert_refused("library '")
        os.chown(self.folder / "lib" / "libhelper.so", 0, 0)
        # Whoever may make the folder may fill it.
        open_to_all = self.folder / "open"
        open_to_all.mkdir()
        open_to_all.chmod(0o1777)
        self.plugin(f"{open_to_all}/later:$ORIGIN/lib", "-lhelper")
        self.assert_refused(f"library 'libhelper.so', which it needs: its folder '{pathlib.Path(open_to_all).resolve()}' can be written")

    def test_C1_a_plugin_that_is_refused_is_so_each_time(self):
        # An element whose name is taken is a mistake that shows when the plugin is in memory.
        self.shared_object("lib/libhelper.so", HELPER % "helper")
        self.plugin("$ORIGIN/lib", "-lhelper", source=PLUGIN.replace(VERSION + "}", "99}"))
        self.write("a.toml", '[pipeline]\nplugins = ["p.so"]\n')
        done = self.run_program("check", "a.toml", "a.toml")
        self.assertEqual(done.stdout.count("it was built for version 99"), 2)


if __name__ == "__main__":
    unittest.main()
