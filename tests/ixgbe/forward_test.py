"""Traffic through the ixgbe driver and two software cards, as a user would have it."""

import time

from captures import captured_frames
from card_support import CABLE, CAPTURE, FORWARD, CardTestCase, frame


class Forward(CardTestCase):
    def test_a_capture_goes_through_two_cards_byte_by_byte(self):
        out = self.folder / "out.pcap"
        cards = self.cards(f"pcap:{CAPTURE},window=64", f"pcap:,{out}")
        # Rings for all of the capture: nothing is lost however late a worker is.
        rings = "receive_descriptors = 4096\ntransmit_descriptors = 4096"
        running = self.run_in_background(self.pipeline(left=rings, right=rings), "--format", "json")
        running.wait_until(lambda: cards.status(1).get("tx_packets") == "4096", "the last packet")
        report = self.stop(running)
        # A card pads what is shorter than the least that Ethernet allows.
        sent = [data.ljust(60, b"\0") for data in captured_frames(CAPTURE)]
        time.sleep(0.2)
        self.assertEqual(captured_frames(out), sent)
        self.assertEqual(report["ledger"]["dropped"], 0)

    def test_frames_of_all_lengths_go_both_ways(self):
        cards = self.cards(CABLE, CABLE)
        running = self.run_in_background(self.pipeline(), "--format", "json")
        self.forward_both_ways(cards)
        for length in (60, 61, 63, 64, 65, 127, 128, 1023, 1024, 1025, 1514, 1518, 2047, 2048):
            cards.cables[0].send(frame(length, length % 256))
            self.assertEqual(cards.cables[1].receive(), frame(length, length % 256), length)
        report = self.stop(running)
        received = sum(self.counters(report, port)["card_received"] for port in ("left", "right"))
        self.assertEqual(received, report["ledger"]["received"])

    def test_jumbo_frames_come_over_several_descriptors(self):
        cards = self.cards(CABLE, CABLE)
        running = self.run_in_background(self.pipeline(pipeline="packet_size = 9500"), "--format", "json")
        self.forward_both_ways(cards, count=20, longest=9500)
        for length in (9215, 9216, 9217, 9499, 9500):
            cards.cables[0].send(frame(length))
            self.assertEqual(cards.cables[1].receive(), frame(length), length)
        self.stop(running)

    def test_what_is_longer_than_a_buffer_is_lost_in_the_card_and_counted(self):
        cards = self.cards(CABLE, CABLE)
        running = self.run_in_background(self.pipeline(), "--format", "json")
        cards.cables[0].send(frame(2100))
        cards.cables[0].send(frame(100))
        self.assertEqual(cards.cables[1].receive(), frame(100))
        report = self.stop(running)
        self.assertEqual(self.losses(report, "left"), {"oversize": 1})

    def test_the_least_rings_of_64_descriptors_do_as_well(self):
        cards = self.cards(CABLE, CABLE)
        least = "receive_descriptors = 64\ntransmit_descriptors = 64"
        running = self.run_in_background(self.pipeline(left=least, right=least), "--format", "json")
        for _ in range(10):
            self.forward_both_ways(cards, count=30, longest=100)
        self.stop(running)

    def test_without_mapped_pages_every_doorbell_is_a_message(self):
        cards = self.cards(CABLE + ",map=none", CABLE + ",map=none")
        running = self.run_in_background(self.pipeline(), "--format", "json")
        self.forward_both_ways(cards, count=20)
        self.stop(running)

    def test_only_what_is_meant_for_it_without_promiscuity(self):
        cards = self.cards(CABLE, CABLE)
        running = self.run_in_background(
            self.pipeline(left='promiscuous = false\nmulticast = false\naddresses = ["02:aa:00:00:00:01"]'),
            "--format", "json")
        wanted = [b"\x02\xaa\0\0\0\x01" + bytes(60), b"\xff" * 6 + bytes(60)]
        for data in (b"\x02\xbb\0\0\0\x01" + bytes(60), wanted[0], b"\x01\0\x5e\0\0\x01" + bytes(60), wanted[1]):
            cards.cables[0].send(data)
        self.assertEqual([cards.cables[1].receive() for _ in wanted], wanted)
        self.stop(running)

    def test_a_link_that_was_away_comes_back(self):
        cards = self.cards(CABLE, CABLE)
        running = self.run_in_background(self.pipeline(), "--format", "json")
        for _ in range(3):
            cards.command("1 link down")
            running.wait_until(lambda: running.said("'right'.*link is down"), "the end of the link")
            running.stderr.clear()
            cards.command("1 link up")
            running.wait_for("'right'.*link is up")
            self.forward_both_ways(cards, count=10)
        self.stop(running)


class Refused(CardTestCase):
    def test_no_model_behind_the_socket(self):
        done = self.expect(69, "run", self.pipeline())
        self.assertIn("port 'left'", done.stderr)
        self.assertIn("card0.sock", done.stderr)

    def test_mistakes_in_the_file_have_their_line(self):
        name = self.pipeline(left="receive_descriptors = 100",
                             text=FORWARD.replace("vfio-user:cards/card1.sock", "eth1"))
        done = self.expect(78, "check", name)
        for word in ("100", "power of two", "eth1", "0000:03:00.0"):
            self.assertIn(word, done.stdout + done.stderr)
