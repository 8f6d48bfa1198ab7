"""What the tests of ixyflow's ixgbe driver in a guest share: a pipeline that forwards between two cards, and the other
ends of their wires."""

import json
import random
import re
import time

from cards import CardTestCase
from model_cards import CABLE, frames
from program import expect_nothing_lost, forwarding

LEFT, RIGHT = "0000:00:10.0", "0000:00:11.0"

# What comes in on one side leaves on the other.
PIPELINE = forwarding('idle = "sleep"', left="""
driver = "ixgbe"
device = "{left}"
{options}
""", right="""
driver = "ixgbe"
device = "{right}"
{options}
""")
RUN = "ixyflow run /tmp/cards.toml --format json"


class ForwardingTestCase(CardTestCase):
    """The cards have a test's cable each."""

    wires = [CABLE, CABLE]
    addresses = [LEFT, RIGHT]

    def write_pipeline(self, options=""):
        left, right = self.addresses
        self.guest.write("/tmp/cards.toml", PIPELINE.format(left=left, right=right, options=options))

    def setUp(self):
        self.write_pipeline()

    def start_run(self, command=RUN):
        """A run with both links up: before that, what one card gets the other one cannot send."""
        job = self.start(command)
        for port in ("left", "right"):
            self.expect_error(job, f"port '{port}'", "link is up")
        return job

    def expect_forwarding(self, count=200):
        """Frames come through as they are, both ways."""
        left, right = self.cards.cables
        for source, target in ((left, right), (right, left)):
            for frame in frames(count, seed=count):
                source.send(frame)
                self.assertEqual(target.receive(), frame)

    def expect_in_order(self, source, target, count):
        """Frames come through as they are and in order, some of them on their way at a time, but so few that nobody has
        to drop any."""
        sent = frames(count, seed=1)
        window = 32
        for number in range(count + window):
            if number < count:
                source.send(sent[number])
            if number >= window:
                self.assertEqual(target.receive(seconds=240), sent[number - window], f"frame {number - window}")

    def expect_refusal(self, code, *words, command=RUN):
        """The run does not start, and says why in a line that has all the words."""
        done = self.expect(code, command)
        self.assertRegex(done.err, ".*".join(map(re.escape, words)))

    def expect_clean_end(self, job, code=0):
        """The run ends at SIGINT with every packet accounted for and every buffer home; returns its summary."""
        job.signal("INT")
        done = job.wait()
        self.assertEqual(done.code, code, done.err)
        report = json.loads(done.out)
        expect_nothing_lost(self, report)
        return report

    def kill_in_traffic(self, job):
        """Ends a run that forwards, so that the cards go on with their descriptors, and some more frames to send."""
        self.drain()  # what was on its way when the run before this one was killed
        self.expect_forwarding(50)
        for frame in frames(100, seed=3):
            self.cards.cables[0].send(frame)
        job.signal("KILL")
        self.assertEqual(job.wait().code, 137)

    def expect_to_go_on(self, job, alive):
        """The run goes on with the card at this end, the only one that it still has, and ends with all buffers home."""
        number = self.cards.cables.index(alive)
        received = lambda: int(self.cards.status(number)["rx_packets"])
        wanted = received() + 20
        for frame in frames(20, seed=2):
            alive.send(frame)
        for _ in range(600):
            if received() == wanted:
                break
            time.sleep(0.1)
        self.assertEqual(received(), wanted)
        report = self.expect_clean_end(job, code=69)
        # They could leave only by the card that is gone.
        self.assertGreaterEqual(report["ledger"]["dropped"], 20)

    def drain(self):
        """Takes the frames that are still on their way: what is sent now comes behind them."""
        left, right = self.cards.cables
        for source, target in ((left, right), (right, left)):
            marker = b"\x02\0\0\0\0\x01" + random.randbytes(60)
            source.send(marker)
            while (frame := target.receive(seconds=60)) != marker:
                self.assertIsNotNone(frame, "nothing comes through")

    def driver_of(self, address):
        return self.guest.run(f"basename $(readlink /sys/bus/pci/devices/{address}/driver)").out.strip()
