"""A splitter with one sink that stands still, a vhost-user peer that was stopped, beside one that takes everything: E11."""

import os
import signal
import unittest

from program import PROGRAM
from running import Running, RunningTestCase, element

COUNT = 15_000  # frames, in three seconds

# What comes from the source goes to the other side of vhost-user and to a file. The source does not wait.
SPLITTER = f"""
[pipeline]
idle = "sleep"

[ports.slow]
{{slow}}

[ports.source]
driver = "generator"
rate = "5kpps"
count = {COUNT}

[ports.file]
driver = "pcap"
write = "out.pcap"

[elements.in]
type = "FromDevice"
port = "source"

[elements.split]
type = "Tee"

[elements.to_slow]
type = "ToDevice"
port = "slow"

[elements.to_file]
type = "ToDevice"
port = "file"

[graph]
paths = ["in -> split", "split[0] -> to_slow", "split[1] -> to_file"]
"""

# The other side: takes what comes.
SINK = """
[pipeline]
idle = "sleep"

[ports.other]
{other}

[elements.in]
type = "FromDevice"
port = "other"

[graph]
paths = ["in -> Discard"]
"""

VIRTIO = 'driver = "virtio"\ndevice = "vhost-user:{folder}/wire.sock"'
VHOST = 'driver = "vhost"\nsocket = "{folder}/wire.sock"'


class SlowSink(RunningTestCase):
    def start_in(self, name, text, **ports):
        folder = self.folder / name
        folder.mkdir()
        ports = {port: settings.format(folder=self.folder) for port, settings in ports.items()}
        (folder / "a.toml").write_text(text.format(**ports))
        running = Running(folder, "a.toml", "--oversubscribe", "--format", "json", command=(PROGRAM,))
        self.addCleanup(running.end)
        return running

    def split(self, slow, other):
        """The splitter runs to its end while the other side stands still: nothing is missing from the file."""
        starts = [lambda: self.start_in("other", SINK, other=other), lambda: self.start_in("splitter", SPLITTER, slow=slow)]
        if slow is VHOST:
            starts.reverse()
        first = starts[0]()
        first.wait_until(lambda: (self.folder / "wire.sock").exists(), "its socket")
        second = starts[1]()
        splitter, sink = (first, second) if slow is VHOST else (second, first)
        splitter.wait_for_stats(lambda stats: element(stats, "to_slow")["exits"][0]["packets"] > 0, "the first frame")
        os.kill(sink.pid, signal.SIGSTOP)
        self.addCleanup(os.kill, sink.pid, signal.SIGCONT)
        splitter.finish()
        report = self.assert_clean_stop(splitter)
        to_file, to_slow = (element(report, name) for name in ("to_file", "to_slow"))
        sent, full = (exit["packets"] for exit in to_slow["exits"])
        self.assertEqual(to_file["exits"][0]["packets"], COUNT)
        self.assertEqual((sent + full, full > 0), (COUNT, True))

    def test_E11_a_device_that_stands_still_keeps_nobody_else_waiting(self):
        self.split(VIRTIO, VHOST)

    def test_E11_a_driver_that_stands_still_keeps_nobody_else_waiting(self):
        self.split(VHOST, VIRTIO)


if __name__ == "__main__":
    unittest.main()
