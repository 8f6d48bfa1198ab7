"""The pcap port in the built program, judged by tshark."""

import os
import re
import stat
import subprocess
import tempfile
import unittest

from program import use_own_runtime_directory

PROGRAM = os.environ["IXYFLOW"]
CAPTURE = os.path.join(os.environ["IXYFLOW_SOURCE_DIR"], "pipelines/captures/internet-4k.pcap")
PIPELINE = """
[ports.file]
driver = "pcap"
read = "{read}"
write = "{write}"
loop = {loop}
[elements.in]
type = "FromDevice"
port = "file"
[elements.out]
type = "ToDevice"
port = "file"
[graph]
paths = ["in -> out"]
"""


def tshark(path):
    """Time, length on the wire and captured length of every packet."""
    fields = ["frame.time_epoch", "frame.len", "frame.cap_len"]
    command = ["tshark", "-n", "-r", path, "-T", "fields"] + [word for field in fields for word in ("-e", field)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()


def pipeline(folder, read, write, loop=1):
    path = os.path.join(folder, "pipeline.toml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(PIPELINE.format(read=read, write=write, loop=loop))
    return path


class PcapPort(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.folder = directory.name
        use_own_runtime_directory(self, self.folder)
        self.output = os.path.join(self.folder, "out.pcap")

    def run_program(self, read, loop=1, prefix=()):
        command = [*prefix, PROGRAM, "run", pipeline(self.folder, read, self.output, loop)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    def mode(self):
        return stat.S_IMODE(os.stat(self.output).st_mode)

    def test_what_was_on_the_wire_is_its_owners_alone(self):
        for before in (None, 0o644):
            if before is not None:
                os.chmod(self.output, before)
            self.assertEqual(self.run_program(CAPTURE, prefix=["sh", "-c", "umask 0; exec \"$@\"", "sh"]).returncode, 0)
            self.assertEqual(self.mode(), 0o600)

    def test_its_mode_lets_others_read_it(self):
        for text, mode in (("0644", 0o644), ("0640", 0o640)):
            path = pipeline(self.folder, CAPTURE, self.output)
            with open(path, encoding="utf-8") as file:
                changed = file.read().replace("loop", f'mode = "{text}"\nloop')
            with open(path, "w", encoding="utf-8") as file:
                file.write(changed)
            self.assertEqual(subprocess.run([PROGRAM, "run", path], capture_output=True, check=False).returncode, 0)
            self.assertEqual(self.mode(), mode)

    @unittest.skipUnless(os.geteuid() == 0, "only root can make links and files of another user")
    def test_no_link_and_no_file_of_another_user_is_written(self):
        target = os.path.join(self.folder, "target")
        # Who reads there is the one who made it.
        def fifo():
            os.mkfifo(self.output)
            self.addCleanup(os.close, os.open(self.output, os.O_RDONLY | os.O_NONBLOCK))

        # Nobody reads there: that is not waited for.
        def unread():
            os.mkfifo(self.output)

        for make in (lambda: os.symlink(target, self.output), lambda: open(self.output, "wb").close(), fifo, unread):
            make()
            os.lchown(self.output, 65534, 65534)
            result = self.run_program(CAPTURE)
            self.assertEqual(result.returncode, 77, result.stderr)
            self.assertRegex(result.stderr, "cannot write .* belongs to another user .65534.")
            self.assertFalse(os.path.exists(target))
            self.assertEqual(os.lstat(self.output).st_uid, 65534)
            os.unlink(self.output)

    def test_tshark_sees_the_same_packets_in_the_copy(self):
        result = self.run_program(CAPTURE)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(tshark(self.output), tshark(CAPTURE))

    def test_pcapng_made_by_editcap_is_read(self):
        capture = os.path.join(self.folder, "in.pcapng")
        subprocess.run(["editcap", "-F", "pcapng", CAPTURE, capture], check=True)
        result = self.run_program(capture)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(tshark(self.output), tshark(CAPTURE))

    def test_E1_a_damaged_input_is_exit_code_66(self):
        capture = os.path.join(self.folder, "cut.pcap")
        with open(CAPTURE, "rb") as whole, open(capture, "wb") as cut:
            cut.write(whole.read(100_000))
        result = self.run_program(capture)
        self.assertEqual(result.returncode, 66, result.stderr)
        self.assertIn("ends in the middle", result.stderr + result.stdout)
        self.assertGreater(len(tshark(self.output)), 50)

    def test_N1_a_full_file_system_keeps_whole_packets_and_is_exit_code_74(self):
        script = 'mount -t tmpfs -o size=1m none "$1" && { "$3" run "$2"; code=$?; cp "$1"/out.pcap "$4"; exit $code; }'
        disk = os.path.join(self.folder, "disk")
        os.mkdir(disk)
        self.output = os.path.join(disk, "out.pcap")
        path = pipeline(self.folder, CAPTURE, self.output)
        kept = os.path.join(self.folder, "kept.pcap")
        if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("no right to make a mount namespace")
        result = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", disk, path, PROGRAM, kept],
                                capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(result.returncode, 74, result.stderr)
        lost = re.search(r"(\d+) of 4096 packets were not written", result.stderr + result.stdout)
        self.assertTrue(lost, result.stderr)
        packets = tshark(kept)
        self.assertEqual(len(packets) + int(lost.group(1)), 4096)
        # A later piece that was small enough may stand behind what was lost.
        self.assertEqual(packets[:1000], tshark(CAPTURE)[:1000])

    def test_N3_a_killed_run_leaves_whole_packets(self):
        command = [PROGRAM, "run", pipeline(self.folder, CAPTURE, self.output, 0)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            while process.poll() is None and not (os.path.exists(self.output) and os.path.getsize(self.output) > 1_000_000):
                pass
            process.kill()
        os.truncate(self.output, min(os.path.getsize(self.output), 1_000_000))  # what is checked must stay small
        lengths = [line.split("\t")[1:] for line in tshark(self.output)]
        expected = [line.split("\t")[1:] for line in tshark(CAPTURE)]
        self.assertGreater(len(lengths), 500)
        self.assertEqual(lengths, expected[: len(lengths)])


if __name__ == "__main__":
    unittest.main()
