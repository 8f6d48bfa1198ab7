"""What the tests of the built program share: running it in a directory of its own, and small pipelines."""

import os
import pathlib
import subprocess
import tempfile
import unittest
import unittest.mock

PROGRAM = os.environ.get("IXYFLOW", "ixyflow")
SOURCE = pathlib.Path(os.environ.get("IXYFLOW_SOURCE_DIR", pathlib.Path(__file__).parents[2]))
CAPTURE = SOURCE / "pipelines" / "captures" / "internet-4k.pcap"
# Before a command of root's: as somebody who has no right at all.
AS_USER = ["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", "--bounding-set=-all"]

# Everything that a run needs, without a file: a generator counts to its end.
COUNTING = """
[ports.source]
driver = "null"
count = {count}
size = 64

[elements.in]
type = "FromDevice"
port = "source"

[elements.count]
type = "Counter"

[graph]
paths = ["in -> count -> Discard"]
"""

COPYING = """
[ports.wan]
driver = "pcap"
read = "%s"

[ports.lan]
driver = "pcap"
write = "out.pcap"

[elements.in]
type = "FromDevice"
port = "wan"

[elements.out]
type = "ToDevice"
port = "lan"

[graph]
paths = ["in -> out"]
""" % CAPTURE


def forwarding(pipeline="", **ports):
    """A pipeline that sends what comes in by a port out by the next one, and what the last one gets by the first: two
    ports are each other's other side, one is a mirror. Each is its name and the lines of its table; from_NAME and to_NAME
    are its elements. `pipeline` has lines of that table."""
    tables = "".join(f"""
[ports.{name}]
{lines.strip()}

[elements.from_{name}]
type = "FromDevice"
port = "{name}"

[elements.to_{name}]
type = "ToDevice"
port = "{name}"
""" for name, lines in ports.items())
    names = list(ports)
    paths = ", ".join(f'"from_{inlet} -> to_{outlet}"' for inlet, outlet in zip(names, names[1:] + names[:1]))
    return f"[pipeline]\n{pipeline.strip()}\n{tables}\n[graph]\npaths = [{paths}]\n"


def build_setting(name):
    """The value of a CMake cache variable of the build under test, or ""."""
    cache = pathlib.Path(os.environ.get("IXYFLOW_BUILD_DIR", ".")) / "CMakeCache.txt"
    lines = cache.read_text().splitlines() if cache.exists() else []
    return next((line.split("=", 1)[1] for line in lines if line.startswith(name + ":")), "")


def use_own_runtime_directory(test, folder):
    """Control sockets of the test's runs stand in `folder`, so that tests at the same time do not meet."""
    variable = unittest.mock.patch.dict(os.environ, IXYFLOW_RUNTIME_DIR=str(pathlib.Path(folder) / "run"))
    variable.start()
    test.addCleanup(variable.stop)


def expect_nothing_lost(test, report):
    """The summary of a run that has ended (JSON): every packet is accounted for, none is held, every buffer is home."""
    test.assertTrue(report["ledger"]["balanced"], report["ledger"])
    test.assertEqual(report["ledger"]["held"], 0)
    for worker in report["workers"]:
        test.assertEqual(worker["buffers_free"], worker["buffers"], worker["name"])


class ProgramTestCase(unittest.TestCase):
    """Every test has an empty directory and runs the program there."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="ixyflow-test-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        use_own_runtime_directory(self, self.folder)

    def write(self, name, text):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def run_program(self, *arguments, **options):
        """The finished process; output as text."""
        options.setdefault("capture_output", True)
        options.setdefault("cwd", self.folder)
        return subprocess.run([PROGRAM, *arguments], timeout=240, text=True, **options)

    def expect(self, code, *arguments, **options):
        """Runs the program, whose exit code must be `code`."""
        done = self.run_program(*arguments, **options)
        self.assertEqual(done.returncode, code, f"{arguments}\n{done.stdout}\n{done.stderr}")
        return done
