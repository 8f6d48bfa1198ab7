"""Captures on the standard streams, in pipes and under two names, judged by tshark and tcpdump."""

import os
import pathlib
import shutil
import subprocess
import unittest

from program import CAPTURE, PROGRAM, ProgramTestCase

CAPTURES = pathlib.Path(__file__).parent / "captures"
PASS = """
[pipeline]
packet_size = 65535
[params]
capture = "in.pcap"
out = "out.pcap"
[ports.wan]
driver = "pcap"
read = "${capture}"
[ports.lan]
driver = "pcap"
write = "${out}"
[elements.in]
type = "FromDevice"
port = "wan"
[elements.out]
type = "ToDevice"
port = "lan"
[graph]
paths = ["in -> out"]
"""


def tshark(data):
    """Time and length of every packet in a capture, or what tshark says against it."""
    done = subprocess.run(["tshark", "-n", "-r", "-", "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.len"],
                          input=data, capture_output=True, check=False)
    errors = [line for line in done.stderr.decode().splitlines() if "as user" not in line]
    return (done.stdout + "\n".join(errors).encode()).decode().split("\n")


class CaptureStreams(ProgramTestCase):
    def setUp(self):
        super().setUp()
        self.write("pass.toml", PASS)
        self.whole = tshark(CAPTURE.read_bytes())
        self.assertEqual(len(self.whole), 4097)

    def pass_on(self, capture, out, **more):
        more = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
        return subprocess.run([PROGRAM, "run", "pass.toml", "--no-control", "--set", f"capture={capture}",
                               "--set", f"out={out}"], cwd=self.folder, check=False, timeout=60, **more)

    def test_E13_the_standard_output_holds_the_capture_only(self):
        for out in ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"):
            done = self.pass_on(CAPTURE, out)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(tshark(done.stdout), self.whole)
            self.assertIn(b"ledger", done.stderr)

    def test_a_file_behind_the_standard_output_goes_on_where_it_is(self):
        path = os.path.join(self.folder, "redirected")
        for name in ("-", "/dev/stdout", path):
            with open(path, "wb") as file:
                done = self.pass_on(CAPTURE, name, stdout=file)
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(path, "rb") as file:
                self.assertEqual(tshark(file.read()), self.whole)
        for mode in ("wb", "ab"):
            with open(path, mode) as file:
                file.write(b"before")
                file.flush()
                done = self.pass_on(CAPTURES / "raw.pcap", "-", stdout=file)
                os.write(file.fileno(), b"behind")
            with open(path, "rb") as file:
                content = file.read()
            self.assertEqual(len(tshark(content[content.rindex(b"before") + 6:-6])), 2)
            self.assertTrue(content.endswith(b"behind"))

    def test_the_standard_input_is_a_capture(self):
        data = CAPTURE.read_bytes()
        for name in ("-", "/dev/stdin"):
            done = self.pass_on(name, "-", input=data)
            self.assertEqual(tshark(done.stdout), self.whole, done.stderr)
            with open(CAPTURE, "rb") as file:
                self.assertEqual(tshark(self.pass_on(name, "-", stdin=file).stdout), self.whole)
        packed = subprocess.run(["gzip", "-c"], input=data, capture_output=True, check=True).stdout
        self.assertEqual(tshark(self.pass_on("-", "-", input=packed).stdout), self.whole)

    def test_E13_packets_and_messages_never_mix(self):
        path = os.path.join(self.folder, "both")
        for out in ("-", path):
            with open(path, "wb") as file:
                done = self.pass_on(CAPTURE, out, stdout=file, stderr=file)
            self.assertEqual(done.returncode, 77)
            with open(path, "rb") as file:
                self.assertIn(b"where the standard error leads, too", file.read())
        done = self.pass_on(CAPTURE, "-", stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 77)

    def test_a_terminal_is_no_capture(self):
        master, slave = os.openpty()
        self.addCleanup(os.close, master)
        self.addCleanup(os.close, slave)
        self.assertIn(b"it is a terminal", self.pass_on(CAPTURE, "-", stdout=slave).stderr)
        self.assertIn(b"it is a terminal", self.pass_on("-", "out.pcap", stdin=slave).stderr)

    def test_E12_no_name_of_the_input_lets_it_be_overwritten(self):
        shutil.copy(CAPTURE, os.path.join(self.folder, "a.pcap"))
        for make, name in ((os.link, "hard.pcap"), (os.symlink, "soft.pcap")):
            make(os.path.join(self.folder, "a.pcap"), os.path.join(self.folder, name))
            done = self.pass_on("a.pcap", name)
            self.assertEqual(done.returncode, 78, done.stderr)
            self.assertIn(b"ports 'wan' and 'lan' both use file", done.stderr)
        with open(os.path.join(self.folder, "a.pcap"), "rb") as file:
            self.assertEqual(file.read(), CAPTURE.read_bytes())

    def test_pcapng_by_its_name_is_what_tshark_and_tcpdump_read(self):
        out = os.path.join(self.folder, "out.pcapng")
        self.assertEqual(self.pass_on(CAPTURE, out).returncode, 0)
        with open(out, "rb") as file:
            self.assertEqual(tshark(file.read()), self.whole)
        done = subprocess.run(["capinfos", "-T", "-m", "-t", "-c", "-Q", out], capture_output=True, text=True, check=True)
        self.assertIn("pcapng", done.stdout)
        self.assertIn("4096", done.stdout)

    def test_captures_are_merged_as_mergecap_merges_them(self):
        split = os.path.join(self.folder, "part.pcap")
        subprocess.run(["editcap", "-c", "1500", CAPTURE, split], check=True)
        parts = sorted(str(path) for path in pathlib.Path(self.folder).glob("part*.pcap"))
        self.assertEqual(len(parts), 3)
        shifted = os.path.join(self.folder, "shifted.pcap")
        subprocess.run(["editcap", "-t", "0.3", parts[0], shifted], check=True)
        merged = subprocess.run(["mergecap", "-F", "nsecpcap", "-w", "-", *parts, shifted], capture_output=True, check=True)
        captures = ", ".join(f'"{part}"' for part in [*reversed(parts), shifted])
        self.write("pass.toml", PASS.replace('"${capture}"', f"[{captures}]").replace('capture = "in.pcap"', ""))
        done = subprocess.run([PROGRAM, "run", "pass.toml", "--no-control", "--set", "out=-"], cwd=self.folder,
                              capture_output=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(sorted(tshark(done.stdout)), sorted(tshark(merged.stdout)))
        times = [line.split("\t")[0] for line in tshark(done.stdout)]
        self.assertEqual(times[:-1], sorted(times[:-1]))


if __name__ == "__main__":
    unittest.main()
