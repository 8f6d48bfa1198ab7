"""What the tests of the example pipelines share: running the program, reading captures, asking tshark."""

import json
import os
import pathlib
import struct
import subprocess
import tempfile
import unittest

from program import use_own_runtime_directory

PROGRAM = os.environ["IXYFLOW"]
SOURCE = pathlib.Path(os.environ["IXYFLOW_SOURCE_DIR"])
PIPELINES = SOURCE / "pipelines"
CAPTURE = PIPELINES / "captures" / "internet-4k.pcap"
EXAMPLES = sorted(PIPELINES.glob("*.toml"))


def build_setting(name):
    """The value of a CMake cache variable of the build under test, or ""."""
    cache = pathlib.Path(os.environ["IXYFLOW_BUILD_DIR"]) / "CMakeCache.txt"
    for line in cache.read_text().splitlines():
        if line.startswith(name + ":"):
            return line.split("=", 1)[1]
    return ""


def enough_cores(arguments):
    """More workers than the machine has cores need the user's consent; the examples have four at most."""
    if arguments[0] in ("run", "plan") and len(os.sched_getaffinity(0)) < 4 and "--oversubscribe" not in arguments:
        return [*arguments, "--oversubscribe"]
    return list(arguments)


class ExampleTestCase(unittest.TestCase):
    """Runs in a directory of its own that looks like the project's root, so that outputs land nowhere else."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="ixyflow-example-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        use_own_runtime_directory(self, self.folder)
        (self.folder / "pipelines").symlink_to(PIPELINES)

    def ixyflow(self, *arguments, expect=0):
        """Runs the program; its exit code must be `expect`."""
        arguments = enough_cores([str(a) for a in arguments])
        done = subprocess.run([PROGRAM, *arguments], cwd=self.folder, capture_output=True, text=True, timeout=240)
        self.assertEqual(done.returncode, expect,
                         f"ixyflow {' '.join(arguments)}\n{done.stdout}\n{done.stderr}")
        return done

    def report(self, *arguments):
        """The summary of `ixyflow run ... --format json`."""
        return json.loads(self.ixyflow("run", *arguments, "--format", "json").stdout)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path


def frames(path):
    """The frames of a pcap file in either byte order, micro- or nanoseconds."""
    data = pathlib.Path(path).read_bytes()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    result = []
    at = 24
    while at < len(data):
        captured = struct.unpack_from(order + "I", data, at + 8)[0]
        result.append(data[at + 16:at + 16 + captured])
        at += 16 + captured
    return result


def tshark(path, *fields):
    """One tuple per frame with what tshark says of the fields; every checksum is verified."""
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", "-E", "separator=;"]
    for protocol in ("ip", "tcp", "udp"):
        command += ["-o", f"{protocol}.check_checksum:TRUE"]
    for field in fields:
        command += ["-e", field]
    output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=240).stdout
    return [tuple(line.split(";")) for line in output.splitlines()]
