"""Somebody else at the place of a run's control socket: what it says harms neither the client nor its terminal."""

import json
import socket
import threading

from program import ProgramTestCase

GREETING = {"ixyflow": "0.1.0", "protocol": 1, "pipeline": "x", "methods": []}


class FalseServer(ProgramTestCase):
    def serve(self, *lines):
        """A socket where one client is told these lines: the first at once, each of the others after it has asked."""
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.folder / "false.sock"))
        listener.listen(1)

        def speak():
            client, _ = listener.accept()
            with listener, client:
                try:
                    for number, line in enumerate(lines):
                        if number:
                            client.recv(65536)
                        client.sendall(line + b"\n")
                    client.recv(1)
                except OSError:
                    pass
        threading.Thread(target=speak, daemon=True).start()

    def ask(self, code, *command):
        return self.expect(code, *command, "--socket", "false.sock")

    def reply(self, result):
        return json.dumps({"id": 1, "result": result}).encode()

    def test_L1_a_reply_or_a_greeting_of_two_million_levels_is_refused(self):
        deep = b'{"id":1,"result":' + b"[" * 2_000_000 + b"]" * 2_000_000 + b"}"
        for lines in ((json.dumps(GREETING).encode(), deep), (deep,), (b'{"protocol":' + deep + b"}",)):
            self.serve(*lines)
            done = self.ask(69, "stats")
            self.assertEqual(len(done.stderr.splitlines()), 1)
            self.assertLess(len(done.stderr), 300)
            (self.folder / "false.sock").unlink()

    def test_L1_a_reply_without_an_end_is_refused(self):
        self.serve(json.dumps(GREETING).encode(), b"[" * 5_000_000)
        self.assertIn("too long", self.ask(69, "stats").stderr)

    def test_L1_what_commands_a_terminal_is_shown_as_bytes(self):
        for command in (["stats"], ["stats", "--format", "json"]):
            self.serve(json.dumps(GREETING).encode(),
                       self.reply("\x1b]0;owned\x07\x1b[2J\x1b[31mred\nnext\u009b2J\u202e\x7f"))
            shown = self.ask(0, *command).stdout
            self.assertIn("next", shown)
            for character in "\x1b\x07\u009b\x7f":
                self.assertNotIn(character, shown)
            (self.folder / "false.sock").unlink()
        parameters = self.reply([{"element": "\x1b[2J", "name": "\u009b", "value": "\x07", "live": True}])
        # Before it asks for parameters it asks what else there is.
        self.serve(json.dumps(GREETING).encode(), self.reply([]), self.reply([]), parameters)
        shown = self.ask(0, "get").stdout
        self.assertIn("\\x1b[2J", shown)
        for character in "\x1b\x07\u009b":
            self.assertNotIn(character, shown)
