"""What the tests of the example pipelines share: running the program, asking tshark."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from example_files import EXAMPLES, PIPELINES, link_pipelines, receives
from program import CAPTURE, PROGRAM, SOURCE, build_setting, use_own_runtime_directory


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
        link_pipelines(self.folder)

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


def tshark(path, *fields):
    """One tuple per frame with what tshark says of the fields; every checksum is verified."""
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", "-E", "separator=;"]
    for protocol in ("ip", "tcp", "udp"):
        command += ["-o", f"{protocol}.check_checksum:TRUE"]
    for field in fields:
        command += ["-e", field]
    output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=240).stdout
    return [tuple(line.split(";")) for line in output.splitlines()]
