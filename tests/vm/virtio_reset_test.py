"""What the driver does about cards of QEMU of which it has reason to think that they are out of order: one that sends
nothing, because nobody takes its frames, and one in whose rings the test has written."""

import struct
import unittest

from virtio_cards import VirtioTestCase, some_frames

# Fewer than a queue has room for, but more than fit into a socket that nobody reads.
WAITING = 200


class ResetTestCase(VirtioTestCase):
    def right_card(self, report):
        return next(port for port in report["ports"] if port["name"] == "right")

    def hang(self):
        """The card's frames are not taken until it was reset; then it goes on."""
        self.write_pipeline()
        job = self.started_run()
        self.expect_forwarding()
        frames = some_frames(WAITING, size=1500)
        for frame in frames:
            self.cables[0].send(frame)
        self.expect_error(job, "port 'right'", "transmit queue 0 hangs; it is reset", seconds=240)
        self.expect_soon(f"[ $(grep -c \"port 'right'.*link is up\" {job.errors}) = 2 ]")
        sent = 0
        while sent < WAITING and self.cables[1].receive(seconds=0.5) == frames[sent]:
            sent += 1
        self.expect_forwarding()
        card = self.right_card(self.expect_clean_end(job))
        self.assertEqual((card["counters"]["queue_resets"], card["counters"]["resets"]), (0, 1))
        # QEMU gives back what waited for the network as if it had been sent: one frame.
        self.assertEqual(card["transmit_drops"]["flushed"], WAITING - sent - 1)

    def spoil(self, queue):
        """Writes into what the device writes for the driver: more used buffers than it ever had; packed: one that there
        is not."""
        ask = lambda: self.qemu("x-query-virtio-queue-status", path="/machine/peripheral/card1/virtio-backend",
                                queue=queue)
        # A frame leaves before its buffer is given back: that would be written over what is written here.
        while (status := ask())["inuse"] != 0:
            pass
        if "packed" not in self.kind:
            with self.guest.memory() as memory:
                place = status["vring-used"] + 2
                index = lambda: struct.unpack_from("<H", memory, place)[0]
                while index() != ask()["used-idx"]:
                    pass
                struct.pack_into("<H", memory, place, (index() + 1000) % 65536)
            return
        with self.guest.memory() as memory:
            for number in range(status["vring-num"]):
                # Id and flags: available and used, in the first turn of the ring.
                struct.pack_into("<HH", memory, status["vring-desc"] + 16 * number + 12, 0x7777, 0x8080)

    def wait_for_a_way(self):
        """Until frames come through again."""
        left, right = self.cables
        for source, target in ((left, right), (right, left)):
            for _ in range(240):
                source.send(some_frames(1)[0])
                if target.receive(seconds=0.5):
                    break

    def nonsense(self, queue, name):
        self.write_pipeline()
        job = self.started_run()
        self.expect_error(job, "port 'right'", "RING_RESET")
        self.expect_forwarding()
        self.spoil(queue)
        # The driver looks at what was sent when there is more to send: it does not get that far.
        self.cables[0].send(some_frames(1)[0])
        self.expect_error(job, "port 'right'", f"{name} queue 0.*; the queue is reset")
        self.wait_for_a_way()
        self.drain()
        self.expect_forwarding()
        card = self.right_card(self.expect_clean_end(job))
        self.assertEqual((card["counters"]["queue_resets"], card["counters"]["resets"]), (1, 0))
        self.assertEqual(card["counters"]["link_losses"], 0)


class Split(ResetTestCase):
    kind = "disable-legacy=on"

    def test_F9_a_card_that_hangs_is_reset_as_a_whole(self):
        self.hang()

    def test_F4_a_receive_queue_whose_index_jumps_is_reset_alone(self):
        self.nonsense(0, "receive")

    def test_F4_a_transmit_queue_whose_index_jumps_is_reset_alone(self):
        self.nonsense(1, "transmit")


class Packed(ResetTestCase):
    kind = "disable-legacy=on,packed=on"

    def test_F9_a_card_that_hangs_is_reset_as_a_whole(self):
        self.hang()

    def test_F7_a_receive_queue_with_an_id_that_there_is_not_is_reset_alone(self):
        self.nonsense(0, "receive")


class Legacy(ResetTestCase):
    kind = "disable-modern=on,disable-legacy=off"

    def test_F9_a_legacy_card_that_hangs_is_reset_as_a_whole(self):
        self.hang()


if __name__ == "__main__":
    unittest.main()
