"""Wrong command lines: each gets one message that says what is wrong, what there is, and what to write."""

import unittest

from program import CAPTURE, ProgramTestCase

PIPELINE = """
[params]
size = 64
[ports.f]
driver = "pcap"
read = "in.pcap"
[ports.g]
driver = "generator"
size = "${size}"
count = 10
[elements.in]
type = "FromDevice"
port = "f"
[elements.more]
type = "FromDevice"
port = "g"
[graph]
paths = ["in -> Discard", "more -> Discard"]
"""

USAGE, UNREADABLE, CONFIGURATION = 2, 66, 78

# Exit code, arguments, and what the message must say.
MISTAKES = [
    (USAGE, "chek a.toml", ["unknown command 'chek'", "did you mean 'check'?"]),
    (USAGE, "zebra", ["unknown command 'zebra'; there are: run, check"]),
    (USAGE, "version", ["did you mean '--version'?"]),
    (USAGE, "run a.toml --brust=3", ["unknown option '--brust'", "did you mean '--burst'?"]),
    (USAGE, "run a.toml --for 10", ["takes a duration", "write 10s"]),
    (USAGE, "run a.toml --for 5sec", ["write 5s"]),
    (USAGE, "run a.toml --for 2m", ["write 2min"]),
    (USAGE, "run a.toml --stats 1", ["write 1s"]),
    (USAGE, "run a.toml --stats 0s", ["a duration above 0"]),
    (USAGE, "run a.toml --swap g", ["takes PORT=DRIVER:PARAMETERS"]),
    (USAGE, "run a.toml --set size", ["takes NAME=VALUE"]),
    (USAGE, "set drop", ["it takes ELEMENT.PARAMETER=VALUE"]),
    (UNREADABLE, "run nofile.toml", ["cannot read 'nofile.toml': No such file"]),
    (UNREADABLE, "run .", ["it is a directory"]),
    (CONFIGURATION, "run in.pcap", ["this is a capture, not a pipeline file", "driver = \"pcap\""]),
    (CONFIGURATION, "run a.toml --swap h=pcap:x", ["--swap h: the pipeline has no such port", "ports: f, g"]),
    (CONFIGURATION, "run a.toml --swap g=zebra", ["--swap g=zebra: there is no driver 'zebra'", "drivers: generator, "]),
    (CONFIGURATION, "run a.toml --swap g=af_packet:eth0", ["there is no driver 'af_packet'", "interfaces of the kernel"]),
    (CONFIGURATION, "run a.toml --swap g=pcapng:in.pcap", ["driver = \"pcap\""]),
    (CONFIGURATION, "run a.toml --swap f=pcap", ["--swap f=pcap: port 'f' (driver pcap) has neither", "at least one file"]),
    (CONFIGURATION, "run a.toml --swap g=generator:10", ["no value without a name", "write name=10"]),
    (CONFIGURATION, "run a.toml --swap g=generator:count=10,size=9", ["--swap g=generator:count=10,size=9: 'size' takes"]),
    (CONFIGURATION, "run a.toml --swap g=generator:rate=10Gbps", ["write \"10Gbit/s\""]),
    (CONFIGURATION, "run a.toml --swap g=generator:cuont=1", ["did you mean 'count'?"]),
    (CONFIGURATION, "run a.toml --swap g=generator:zebra=1", ["parameters: size, count, rate"]),
    (CONFIGURATION, "run a.toml --set x=1", ["--set x: the pipeline has no such parameter", "parameters: size"]),
    (CONFIGURATION, "run a.toml --set sise=70", ["did you mean 'size'?"]),
    (CONFIGURATION, "run a.toml --set size=big", ["--set size=big: the parameter is an integer"]),
    (1, "elements IPClassifier", ["Click's IPClassifier is Filter here"]),
    (1, "elements ARPQuerier", ["Click's ARPQuerier has no counterpart here"]),
    (1, "elements af_packet", ["interfaces of the kernel"]),
    (1, "elements counter", ["did you mean 'Counter'?"]),
]


class CommandMistakesTest(ProgramTestCase):
    def setUp(self):
        super().setUp()
        self.write("a.toml", PIPELINE)
        (self.folder / "in.pcap").write_bytes(CAPTURE.read_bytes())

    def test_each_mistake_gets_one_message_that_helps(self):
        for code, line, parts in MISTAKES:
            with self.subTest(line):
                text = self.expect(code, *line.split()).stderr
                self.assertEqual(text.count("error: "), 1, text)
                self.assertNotIn("warning: ", text)
                for part in parts:
                    self.assertIn(part, text)

    def test_mistakes_of_the_command_line_have_no_place_in_the_file(self):
        for option in ("--swap=h=pcap:x", "--swap=g=generator:size=9", "--set=x=1", "--swap=f=pcap"):
            self.assertNotIn("-->", self.expect(78, "check", "a.toml", option).stdout, option)

    def test_options_end_with_two_dashes(self):
        self.expect(0, "check", "--", "a.toml")
        self.assertIn("cannot read '--x.toml'", self.expect(66, "check", "--", "--x.toml").stderr)


if __name__ == "__main__":
    unittest.main()
