"""What the tests of the ixgbe driver share: software cards, and pipelines that forward between them."""

import json

from model_cards import CABLE, Cards, frames
from program import CAPTURE, ProgramTestCase, expect_nothing_lost, forwarding
from running import Running

# What comes in on the left leaves on the right, and the other way round.
FORWARD = forwarding("""
idle = "sleep"
{pipeline}
""", left="""
driver = "ixgbe"
device = "vfio-user:cards/card0.sock"
{left}
""", right="""
driver = "ixgbe"
device = "vfio-user:cards/card1.sock"
{right}
""")


def frame(length, fill=0):
    """An Ethernet frame of `length` bytes of a local experiment (EtherType 0x88b5)."""
    return b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x88\xb5" + bytes([fill]) * (length - 14)


class CardTestCase(ProgramTestCase):
    def cards(self, *wires):
        """Software cards with these wires; their sockets are cards/card0.sock, cards/card1.sock, ..."""
        folder = self.folder / "cards"
        folder.mkdir()
        cards = Cards(wires, folder)
        self.addCleanup(cards.close)
        return cards

    def pipeline(self, left="", right="", pipeline="", text=FORWARD):
        path = self.folder / "cards.toml"
        path.write_text(text.format(left=left, right=right, pipeline=pipeline))
        return path.name

    def run_in_background(self, *arguments, links=2):
        """A run whose links are up."""
        running = Running(self.folder, *arguments, "--oversubscribe")
        self.addCleanup(running.finish)
        self.addCleanup(running.process.kill)
        if links:
            running.wait_until(lambda: len(running.said("the link is up")) >= links, "the links")
        return running

    def stop(self, running):
        """Ends the run, which must end well with every packet and buffer accounted for; its summary."""
        running.interrupt()
        running.finish()
        self.assertEqual(running.code, 0, running.messages())
        report = json.loads(running.stdout)
        expect_nothing_lost(self, report)
        return report

    def losses(self, report, port, direction="receive"):
        """What a port lost, by reason."""
        drops = next(entry[f"{direction}_drops"] for entry in report["ports"] if entry["name"] == port)
        return {reason: count for reason, count in drops.items() if count}

    def counters(self, report, port):
        return next(entry["counters"] for entry in report["ports"] if entry["name"] == port)

    def forward_both_ways(self, cards, count=50, **options):
        """Every frame that goes in on one side must come out on the other, in order."""
        for inlet, outlet in ((0, 1), (1, 0)):
            sent = frames(count, seed=inlet, **options)
            for data in sent:
                cards.cables[inlet].send(data)
            self.assertEqual([cards.cables[outlet].receive() for _ in sent], sent)
