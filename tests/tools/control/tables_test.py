"""What `ixyflow get` shows of tables that packets fill: the stations of a switch, the largest flows of a capture."""

import json
import re
import shutil
import subprocess
import unittest

from control_client import ControlTestCase
from program import CAPTURE

# A station is heard once; nothing ever comes to the switch again, but the run goes on.
STATIONS = """
[ports.a]
driver = "generator"
count = 1
template = { "eth.src" = "02:00:00:00:00:aa", "eth.dst" = "02:00:00:00:00:bb" }

[ports.endless]
driver = "generator"
rate = "1pps"

[resources.stations]
type = "EtherTable"
max_age = "2s"

[elements.from_a]
type = "FromDevice"
port = "a"

[elements.others]
type = "FromDevice"
port = "endless"

[elements.bridge]
type = "EtherSwitch"
table = "stations"

[graph]
paths = ["from_a -> [0]bridge[0] -> Discard", "others -> Discard"]
"""

# The second source keeps the run going when the capture has ended.
FLOWS = f"""
[ports.wan]
driver = "pcap"
read = "{CAPTURE}"

[ports.endless]
driver = "generator"
rate = "1pps"

[elements.in]
type = "FromDevice"
port = "wan"

[elements.flows]
type = "FlowCounter"
shown = 100

[elements.others]
type = "FromDevice"
port = "endless"

[graph]
paths = ["in -> flows -> Discard", "others -> Discard"]
"""

CONVERSATION = re.compile(r"^(\S+) +<-> (\S+) +(\d+) (\d+) (bytes|kB|MB) +(\d+) (\d+) (bytes|kB|MB) ", re.MULTILINE)
UNITS = {"bytes": 1, "kB": 1000, "MB": 1000_000}


def tshark_flows(protocol):
    """(source, destination, protocol) -> packets, bytes, and how exactly tshark tells these."""
    text = subprocess.run(["tshark", "-n", "-r", str(CAPTURE), "-q", "-z", f"conv,{protocol}"], capture_output=True,
                          text=True, check=True, timeout=240).stdout
    flows = {}
    for a, b, back, back_bytes, back_unit, forth, forth_bytes, forth_unit in CONVERSATION.findall(text):
        for source, destination, packets, size, unit in ((b, a, back, back_bytes, back_unit),
                                                         (a, b, forth, forth_bytes, forth_unit)):
            # Ports that were used again are conversations of their own there.
            key = (source, destination, protocol)
            old = flows.get(key, (0, 0, 0))
            flows[key] = (old[0] + int(packets), old[1] + int(size) * UNITS[unit], old[2] + UNITS[unit])
    return flows


class Tables(ControlTestCase):
    def test_a_station_that_left_is_not_shown_any_more_and_is_counted(self):
        running = self.start_run(STATIONS)
        running.wait_for_stats(lambda stats: stats["resources"][0]["counters"]["learned"] == 1, "the station")
        running.wait_until(lambda: self.command(0, "get", "stations").stdout == "", "the end of its age")
        self.assertRegex(self.command(0, "stats").stdout, r"(?m)^stations\.aged +1$")
        summary = self.stop(running)
        self.assertEqual(summary["resources"], [{"name": "stations", "type": "EtherTable",
                                                 "counters": {"learned": 1, "moved": 0, "aged": 1, "full": 0,
                                                              "limited": 0}}])

    @unittest.skipUnless(shutil.which("tshark"), "tshark is not installed")
    def test_the_largest_flows_are_those_that_tshark_counts(self):
        running = self.start_run(FLOWS)

        def rows():
            return json.loads(self.command(0, "get", "flows.top", "--format", "json").stdout)
        # A pass of the sweep after all of it was read.
        running.wait_for_stats(lambda stats: stats["elements"][0]["received"] == 4096, "the whole capture")
        running.wait_until(lambda: sum(row["bytes"] for row in rows()) > 2_000_000, "a pass")
        shown = rows()
        text = self.command(0, "get", "flows.top").stdout.splitlines()
        self.assertIn("\nVIEW\nflows.top\n", self.command(0, "get").stdout)
        self.assertIn("its views are flows.top; counters are shown by 'ixyflow stats'",
                      self.command(2, "get", "flows.expired").stderr)
        self.stop(running)
        self.assertRegex(text[0], r"^FLOW +PACKETS +BYTES$")
        self.assertEqual(len(text), 101)
        self.assertEqual([row["bytes"] for row in shown], sorted((row["bytes"] for row in shown), reverse=True))
        expected = tshark_flows("tcp") | tshark_flows("udp")
        compared = 0
        for row in shown:
            source, _, destination, protocol = row["flow"].split(" ", 3)
            plain = tuple(host.replace("[", "").replace("]", "") for host in (source, destination))
            if (*plain, protocol) not in expected:
                continue  # fragments, and what has no ports
            packets, size, exact = expected[(*plain, protocol)]
            self.assertEqual(row["packets"], packets, row)
            self.assertTrue(size <= row["bytes"] < size + exact, (row, size))
            compared += 1
        self.assertGreater(compared, 80)


if __name__ == "__main__":
    unittest.main()
