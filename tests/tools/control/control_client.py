"""What the tests of the control socket share: a client that writes lines of JSON, and runs to talk to."""

import json
import socket

from program import COUNTING
from running import RunningTestCase

ENDLESS = COUNTING.format(count=0)

# Two live parameters and a resource, on one core.
CHANGEABLE = """
[ports.source]
driver = "null"
size = 64

[resources.routes]
type = "IPv4Table"
entries = ["10.0.0.0/8 0"]

[elements.in]
type = "FromDevice"
port = "source"

[elements.drop]
type = "RandomDrop"
probability = 0

[elements.switch]
type = "Switch"
output = 0

[elements.lookup]
type = "StaticIPLookup"
table = "routes"

[elements.first]
type = "Discard"

[elements.second]
type = "Discard"

[graph]
paths = ["in -> drop -> switch", "switch[0] -> lookup -> first", "switch[1] -> second"]
"""


class Client:
    """A raw connection."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        try:
            self.socket.connect(str(path))
        except OSError:
            self.socket.close()
            raise
        self.lines = self.socket.makefile("rb")

    def line(self):
        text = self.lines.readline()
        return json.loads(text) if text else None

    def call(self, method, **parameters):
        request = {"id": 1, "method": method, "params": parameters}
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        return self.line()

    def close(self):
        self.lines.close()
        self.socket.close()


class ControlTestCase(RunningTestCase):
    def start_run(self, text, *arguments, **options):
        """The run, when its socket answers."""
        self.write("a.toml", text)
        running = self.start("a.toml", "--format", "json", *arguments, **options)
        running.wait_until(running.stats, "the control socket")
        return running

    def client(self, name="control.sock"):
        client = Client(self.folder / name)
        self.addCleanup(client.close)
        return client

    def greeted_client(self):
        client = self.client()
        self.assertEqual(client.line()["protocol"], 1)
        return client

    def command(self, code, *arguments, **options):
        return self.expect(code, *arguments, "--socket", "control.sock", **options)

    def stop(self, running):
        """Ends the run in order; its summary."""
        running.interrupt()
        running.finish()
        return self.assert_clean_stop(running)
