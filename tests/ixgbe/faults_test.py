"""Group G of the fault catalogue: a card that does not do what it should. Every time the run ends or goes on as it must,
the other port is not disturbed, and no packet or buffer is lost without a word."""

import signal
import time

from card_support import CABLE, CardTestCase, frame

BOUND = 30  # seconds: far above every wait of the driver, far below a hang


class AtTheStart(CardTestCase):
    def refused(self, fault, *words, wire="none", code=69):
        """A run on a card with this fault must end soon, with one message that has these words."""
        cards = self.cards(wire, "none")
        if fault:
            cards.command(f"0 {fault}")
        begin = time.monotonic()
        done = self.expect(code, "run", self.pipeline())
        self.assertLess(time.monotonic() - begin, BOUND)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        for word in ("port 'left'", *words):
            self.assertIn(word, done.stderr)

    def test_G1_a_card_that_is_none_of_ours(self):
        self.refused("", "8086:1533", "82599", wire="none,id=1533", code=77)

    def test_G1_an_eeprom_whose_checksum_is_wrong(self):
        self.refused("eeprom bad-checksum", "EEPROM", "0xbaba")

    def test_G1_an_address_of_all_ones(self):
        self.refused("eeprom bad-mac", "MAC address")

    def test_G2_a_reset_that_does_not_end(self):
        self.refused("reset-stuck on", "reset", "100 ms")

    def test_G2_an_eeprom_that_is_never_read(self):
        self.refused("autoread-stuck on", "EEPROM", "1000 ms")

    def test_G2_dma_that_does_not_initialise(self):
        self.refused("dma-init-stuck on", "DMA", "1000 ms")

    def test_G2_a_receive_queue_that_does_not_become_enabled(self):
        self.refused("rx-enable-stuck on", "receive queue", "100 ms", wire="none,map=none")

    def test_G2_a_transmit_queue_that_does_not_become_enabled(self):
        self.refused("tx-enable-stuck on", "transmit queue", "100 ms", wire="none,map=none")

    def test_G3_a_card_that_reads_as_ones(self):
        self.refused("gone on", "does not answer")


class InTraffic(CardTestCase):
    """A forwarder at work; what is done to the right card must not hurt the left one for long."""

    def setUp(self):
        super().setUp()
        self.model = self.cards(CABLE, CABLE)

    def begin(self, **options):
        return self.run_in_background(self.pipeline(**options), "--format", "json")

    def works(self):
        self.forward_both_ways(self.model, count=10)

    def works_again(self, running):
        """After a reset both directions must carry traffic once more."""
        def is_up():
            said = running.said("'right'")
            return said and "link is up" in said[-1]
        running.wait_until(is_up, "the link of the right card")
        self.works()

    def test_G3_a_card_that_goes_away(self):
        running = self.begin()
        self.works()
        self.model.command("1 gone on")
        running.wait_for("'right'.*gone")
        # The other port still receives; what it receives has nowhere to go.
        for _ in range(20):
            self.model.cables[0].send(frame(60))
        running.wait_for_stats(lambda stats: stats["ledger"]["received"] >= 40, "packets of the other port")
        running.interrupt()
        running.finish()
        self.assertEqual(running.code, 69, running.messages())
        self.assertIn("removed while it was in use", running.messages())

    def test_G3_a_model_that_is_killed(self):
        running = self.begin()
        self.works()
        self.model.close()
        running.wait_for("'right'.*gone")
        running.wait_for("'left'.*gone")
        running.interrupt()
        running.finish()
        self.assertEqual(running.code, 69, running.messages())

    def test_G4_a_link_that_flaps(self):
        running = self.begin()
        self.model.command("1 link flap 101 100")
        time.sleep(1.5)
        self.model.command("1 link up")
        self.works_again(running)
        self.stop(running)

    def test_G4_a_link_that_shows_for_5_ms(self):
        running = self.begin()
        self.model.command("1 link down")
        running.wait_for("'right'.*link is down")
        running.stderr.clear()
        self.model.command("1 link false-up 5")
        time.sleep(0.3)
        self.assertEqual(running.said("link is up"), [])
        self.model.command("1 link up")
        self.works_again(running)
        self.stop(running)

    def test_G4_what_waits_for_a_link_that_is_lost_is_flushed_and_counted(self):
        running = self.begin()
        self.model.command("1 tx-hang on")
        for _ in range(9):
            self.model.cables[0].send(frame(60))
        running.wait_for_stats(lambda stats: stats["ledger"]["sent"] == 9, "the packets in the queue")
        self.model.command("1 link down")
        running.wait_for("'right'.*link is down")
        # What is said first is done a little later.
        running.wait_for_stats(lambda stats: self.losses(stats, "right", "transmit") == {"flushed": 9}, "what is flushed")
        self.model.command("1 tx-hang off")
        self.model.command("1 link up")
        self.works_again(running)
        report = self.stop(running)
        self.assertEqual(self.losses(report, "right", "transmit"), {"flushed": 9})

    def test_G5_a_transmit_queue_that_hangs_is_brought_back_by_a_reset(self):
        running = self.begin()
        self.works()
        self.model.command("1 tx-hang on")
        self.model.cables[0].send(frame(60))
        running.wait_for("'right'.*transmit queue 0 hangs; the card is reset")
        running.wait_for_stats(lambda stats: self.counters(stats, "right")["resets"] > 0, "the reset")
        self.model.command("1 tx-hang off")
        self.works_again(running)
        report = self.stop(running)
        self.assertEqual(self.losses(report, "right", "transmit"), {"flushed": 1})

    def test_G5_a_pause_is_no_hang(self):
        running = self.begin(right="flow_control = true")
        self.model.command("1 pause 1500")
        self.model.cables[0].send(frame(60))
        self.assertEqual(self.model.cables[1].receive(), frame(60))
        self.works()
        report = self.stop(running)
        self.assertEqual(running.said("reset"), [])
        self.assertGreater(self.counters(report, "right")["pause_received"], 0)

    def test_G6_lengths_that_cannot_be(self):
        running = self.begin()
        for fault, lost in (("rx-length 0 2", 2), ("rx-length 9000 2", 2)):
            self.model.command(f"1 {fault}")
            for _ in range(lost):
                self.model.cables[1].send(frame(60))
            self.works()
        self.assertEqual(self.losses(self.stop(running), "right"), {"bad_descriptor": 4})

    def test_G6_a_frame_without_an_end_for_a_whole_ring(self):
        running = self.begin()
        self.model.command("1 rx-no-eop 300")
        for _ in range(300):
            self.model.cables[1].send(frame(100))
        self.model.cables[1].send(frame(100))
        self.works()
        self.assertEqual(self.losses(self.stop(running), "right"), {"rx_room": 1})

    def test_G7_errors_are_dropped_by_reason(self):
        running = self.begin()
        for error in ("ce", "le", "pe", "ose", "use"):
            self.model.command(f"1 rx-error {error} 1")
            self.model.cables[1].send(frame(60))
            self.works()
        self.assertEqual(self.losses(self.stop(running), "right"),
                         {"rx_crc": 1, "rx_length": 1, "rx_byte": 1, "rx_oversize": 1, "rx_undersize": 1})

    def test_G7_checksum_errors_are_no_reason_to_drop(self):
        running = self.begin(right="receive_checksums = true")
        self.model.command("1 rx-error ipe,l4e 1")
        self.works()
        self.assertEqual(self.losses(self.stop(running), "right"), {})

    def test_G8_descriptors_out_of_order_and_twice(self):
        running = self.begin()
        self.model.command("1 rx-reorder 5")
        self.works()
        self.model.command("1 rx-repeat 5")
        self.works()
        self.stop(running)

    def test_G8_a_head_that_was_never_given(self):
        running = self.begin()
        self.model.command("1 head-nonsense on")
        self.model.cables[0].send(frame(60))
        # It was sent all the same.
        self.assertEqual(self.model.cables[1].receive(), frame(60))
        running.wait_for("'right'.*never had; the card is reset")
        self.model.command("1 head-nonsense off")
        self.works_again(running)
        self.stop(running)

    def test_G10_counters_that_wrap(self):
        running = self.begin()
        before = running.wait_for_stats(lambda stats: stats["ports"], "the first numbers")
        self.model.command("1 counters 4294967280 wrap")
        self.works()
        time.sleep(1)
        report = self.stop(running)
        counters = self.counters(report, "right")
        self.assertEqual(self.counters(before, "right")["card_received"], 0)
        # What the fault has put there, and ten frames over the end.
        self.assertIn(counters["card_received"] % 2 ** 32, (10, (0xfffffff0 + 10) % 2 ** 32))

    def test_G11_a_card_that_writes_after_the_end_meets_no_buffer_of_ours(self):
        running = self.begin()
        self.model.command("1 late-write on")
        self.works()
        self.stop(running)

    def test_G13_interrupts_never_or_always(self):
        running = self.begin()
        for kind in ("silent", "storm", "normal"):
            self.model.command(f"1 interrupts {kind}")
            self.works()
        self.stop(running)

    def test_G16_killed_in_traffic_and_started_again(self):
        for _ in range(3):
            running = self.begin()
            self.works()
            for _ in range(50):
                self.model.cables[0].send(frame(60))
            running.process.send_signal(signal.SIGKILL)
            running.finish()
            # What waits on the wire gets through with the next run.
            running = self.begin()
            while self.model.cables[1].receive(1):
                pass
            self.works()
            self.stop(running)
        running = self.begin()
        self.works()
        self.stop(running)
