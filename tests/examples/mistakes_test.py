"""A user who makes ten mistakes in a file learns of all ten in one run, each with its place."""

import re

from example_support import ExampleTestCase

# « stands right before what the message must point at.
TEN_MISTAKES = """\
[pipeline]
name = "mistakes"
«brust = 32

[cores]
io = { cpu = «-1 }

[ports.wan]
driver = "pcap"
«raed = "in.pcap"

[ports.lan]
driver = «"pcpa"

[elements.in]
type = "FromDevice"
port = «"wam"

[elements.count]
type = «"Countr"

[elements.mark]
type = "Paint"
color = «256

[elements.macs]
type = "EtherRewrite"
dst = «"02:00:00:00:01"

[elements.web]
type = "Filter"
expr = «"tcp prot 80"

[graph]
paths = [
  "in -> mark -> macs -> web -> «nowhere",
]
"""


def places(marked):
    """The text without marks, and line and column of each mark."""
    found = []
    for number, line in enumerate(marked.splitlines(), 1):
        at = line.find("«")
        if at >= 0:
            found.append((number, at + 1))
    return marked.replace("«", ""), found


class TenMistakes(ExampleTestCase):
    def test_all_ten_are_reported_with_line_and_column(self):
        text, expected = places(TEN_MISTAKES)
        self.assertEqual(len(expected), 10)
        self.write("bad.toml", text)
        done = self.ixyflow("check", "bad.toml", expect=78)
        output = done.stdout + done.stderr
        reported = {(int(line), int(column)) for line, column in re.findall(r"bad\.toml:(\d+):(\d+)", output)}
        self.assertEqual([place for place in expected if place not in reported], [], output)
        for hint in ("burst", "read", "pcap", "wan", "Counter"):
            self.assertIn(f"did you mean '{hint}'?", output)

    def test_run_says_the_same_and_starts_nothing(self):
        self.write("bad.toml", places(TEN_MISTAKES)[0])
        checked = self.ixyflow("check", "bad.toml", expect=78)
        run = self.ixyflow("run", "bad.toml", expect=78)
        errors = re.findall(r"^error.*\n.*bad\.toml:\d+:\d+", checked.stdout + checked.stderr, re.M)
        self.assertEqual(len(errors), 10)
        for error in errors:
            self.assertIn(error, run.stderr)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["bad.toml", "pipelines"])
