"""`ixyflow check`: verdicts over many files, places, formats, and that nothing is touched."""

import json
import os
import re
import subprocess
import unittest

from program import COPYING, COUNTING, PROGRAM, SOURCE, ProgramTestCase

TEN_MISTAKES = """[pipeline]
nmae = "x"
[cores]
io = { cpu = -1 }
[ports.wan]
driver = "nul"
[ports.lan]
driver = "null"
size = "big"
[elements.in]
type = "FromDevize"
[elements.count]
type = "Counter"
exprs = 1
[elements.fw]
type = "Filter"
[elements.sw]
type = "Paint"
color = 300
[elements.out]
type = "ToDevice"
port = "lam"
[graph]
paths = ["in -> cuont", "count -> fw -> sw -> out", "fw[othr] -> Discard"]
"""


class CheckTest(ProgramTestCase):
    def test_good_file(self):
        self.write("a.toml", COPYING)
        self.assertEqual(self.expect(0, "check", "a.toml").stdout, "a.toml: OK\n")

    def test_ten_mistakes_in_one_run_each_with_its_place(self):
        self.write("a.toml", TEN_MISTAKES)
        text = self.expect(78, "check", "a.toml").stdout
        for line in (2, 4, 6, 9, 11, 14, 15, 19, 22, 24):
            self.assertIn(f"--> a.toml:{line}:", text)
        self.assertRegex(text, r"\na\.toml: 1\d errors, \d warnings?\n$")

    def test_warnings_alone_are_exit_0(self):
        self.write("a.toml", COPYING + '\n[ports.spare]\ndriver = "null"\n')
        self.assertIn("a.toml: 0 errors, 1 warning", self.expect(0, "check", "a.toml").stdout)

    def test_json_has_line_column_and_hint(self):
        self.write("a.toml", COPYING.replace('type = "FromDevice"', 'type = "FromDevize"'))
        self.write("b.toml", COPYING)
        first, second = json.loads(self.expect(78, "check", "--format", "json", "a.toml", "b.toml").stdout)
        self.assertFalse(first["ok"])
        self.assertTrue(second["ok"])
        entry = next(entry for entry in first["diagnostics"] if entry["severity"] == "error")
        self.assertEqual((entry["line"], entry["column"]), (11, 8))
        self.assertIn("FromDevice", entry["hint"])

    def test_unreadable_file_is_exit_66_and_mistakes_go_before_it(self):
        self.write("bad.toml", "[graph]")
        self.expect(66, "check", "missing.toml")
        self.expect(78, "check", "missing.toml", "bad.toml")

    def test_standard_input(self):
        self.assertIn("<standard input>: OK", self.expect(0, "check", "-", input=COPYING).stdout)

    def test_feeders_on_different_cores_are_found_without_the_machine(self):
        self.write("a.toml", """
[cores]
a = { cpu = 200 }
b = { cpu = 201 }
[ports.x]
driver = "null"
[ports.y]
driver = "null"
[elements.one]
type = "FromDevice"
port = "x"
core = "a"
[elements.two]
type = "FromDevice"
port = "y"
core = "b"
[elements.end]
type = "Discard"
[graph]
paths = ["one -> end", "two -> end"]
""")
        self.assertIn("core", self.expect(78, "check", "a.toml").stdout)


class ManyFilesTest(ProgramTestCase):
    def files(self):
        """1,000 files: the even ones right, the odd ones each with one of several mistakes."""
        mistakes = [('"FromDevice"', '"FromDevise"'), ("in -> out", "in -> aut"), ('driver = "pcap"', 'driver = "pacp"'),
                    ("[graph]", "[grahp]"), ('port = "wan"', 'port = "wen"'), ("paths = [", "paths = "),
                    ("[elements.out]", "[elements.Out]"), ("write = ", "writes = ")]
        names = []
        for i in range(1000):
            text = COPYING.replace("out.pcap", f"out{i}.pcap")
            if i % 2:
                before, after = mistakes[(i // 2) % len(mistakes)]
                assert before in text
                text = text.replace(before, after, 1)
            names.append(self.write(f"{i:04}.toml", text).name)
        return names

    def test_B7_a_thousand_good_and_bad_files_get_the_right_verdict(self):
        names = self.files()
        results = json.loads(self.expect(78, "check", "--format", "json", *names).stdout)
        self.assertEqual(len(results), 1000)
        wrong = [result["file"] for i, result in enumerate(results) if result["ok"] != (i % 2 == 0)]
        self.assertEqual(wrong, [])

    def test_B7_no_device_socket_or_file_is_touched(self):
        names = self.files()[:100]
        before = sorted(path.name for path in self.folder.iterdir())
        log = self.folder.parent / (self.folder.name + ".strace")
        self.addCleanup(log.unlink, missing_ok=True)
        subprocess.run(["strace", "-f", "-o", str(log), "-e", "trace=open,openat,creat,socket,unlink,unlinkat,rename,mkdir,"
                        "memfd_create,ioctl,clone,clone3", PROGRAM, "check", *names], cwd=self.folder, timeout=240,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       # The leak check of sanitizer builds starts a thread, and does not work below strace.
                       env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
        calls = log.read_text()
        self.assertIn("0099.toml", calls)
        # The process of its own, in which it looks.
        self.assertEqual(len(re.findall(r"\bclone3?\(", calls)), 1)
        for line in calls.splitlines():
            self.assertNotRegex(line, r"O_WRONLY|O_RDWR|O_CREAT|socket\(|unlink|rename|mkdir|memfd_create")
            self.assertNotRegex(line, r'"/dev/(?!null)|"/sys/bus|/dev/vfio|hugepages')
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), before)


if __name__ == "__main__":
    unittest.main()
