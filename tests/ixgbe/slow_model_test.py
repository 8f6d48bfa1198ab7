"""A device model that answers each message just in time (F23): the run goes on as if it were not there, and ends in time."""

import array
import json
import select
import socket
import threading
import time

from card_support import CABLE, CardTestCase
from program import expect_nothing_lost
from running import element

SECONDS = 4
HELD = 4.5  # seconds that a message is held back; the driver waits for five
BOUND = 40  # seconds: far above what is right, far below one held message after the other

# A card of which every register is a message, and a neighbour on the same core.
PIPELINE = f"""
[pipeline]
idle = "sleep"

[ports.slow]
driver = "ixgbe"
device = "vfio-user:cards/slow.sock"

[ports.source]
driver = "generator"
rate = "1kpps"

[ports.neighbour]
driver = "generator"
rate = "10kpps"

[elements.in]
type = "FromDevice"
port = "source"

[elements.out]
type = "ToDevice"
port = "slow"

[elements.next]
type = "FromDevice"
port = "neighbour"

[elements.count]
type = "Counter"

[graph]
paths = ["in -> out", "next -> count -> Discard"]
"""


class SlowProxy(threading.Thread):
    """Between a driver and its model. While `slow` is set, what the model says is held back."""

    def __init__(self, path, model):
        super().__init__(daemon=True)
        self.slow = threading.Event()
        self.held = 0
        self._model = str(model)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(1)
        self.start()

    def run(self):
        driver, _ = self._listener.accept()
        model = socket.socket(socket.AF_UNIX)
        model.connect(self._model)
        with self._listener, driver, model:
            while self._pass_on(driver, model):
                pass

    def _pass_on(self, driver, model):
        for source in select.select([driver, model], [], [])[0]:
            try:
                data, ancillary, _, _ = source.recvmsg(1 << 16, socket.CMSG_SPACE(64))
            except OSError:
                return False
            if not data:
                return False
            descriptors = array.array("i")
            for _, _, content in ancillary:
                descriptors.frombytes(content)
            if source is model and self.slow.is_set():
                self.held += 1
                time.sleep(HELD)
            passed = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)] if descriptors else []
            try:
                (model if source is driver else driver).sendmsg([data], passed)
            except OSError:
                return False
            finally:
                for descriptor in descriptors:
                    socket.close(descriptor)
        return True


class SlowModel(CardTestCase):
    def test_F23_a_model_that_answers_just_in_time_holds_nobody_up(self):
        cards = self.cards(CABLE + ",map=none")
        proxy = SlowProxy(self.folder / "cards" / "slow.sock", cards.sockets[0])
        self.write("slow.toml", PIPELINE)
        begin = time.monotonic()
        running = self.run_in_background("slow.toml", "--for", f"{SECONDS}s", "--format", "json", links=1)
        proxy.slow.set()
        running.wait_until(lambda: proxy.held, "a message that is held back")
        self.assertIsNotNone(running.stats())
        running.finish()
        self.assertLess(time.monotonic() - begin, BOUND)
        # Gone if it has used up its time before the end of the run.
        self.assertIn(running.code, (0, 69), running.messages())
        report = json.loads(running.stdout)
        expect_nothing_lost(self, report)
        self.assertGreater(element(report, "count")["in"], 1000 * SECONDS)
