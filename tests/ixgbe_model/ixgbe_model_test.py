"""The program ixgbe-model from outside: how it starts, what it says, how it ends."""

import os
import pathlib
import signal
import socket
import struct
import subprocess
import tempfile
import unittest

MODEL = pathlib.Path(os.environ.get("IXYFLOW_BUILD_DIR", ".")) / "ixgbe-model"

# Header of a vfio-user message: id, command, size, flags, error. Commands: 1 version, 9 region read.
HEADER = struct.Struct("<HHIII")
VERSION = HEADER.pack(1, 1, 20, 0, 0) + struct.pack("<HH", 0, 1)


class ModelTestCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def start(self, *arguments, ready):
        """A running model that has said as many times that it is ready."""
        process = subprocess.Popen([MODEL, *arguments], cwd=self.folder, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(self.stop, process)
        self.lines = [process.stdout.readline().rstrip() for _ in range(ready)]
        return process

    def stop(self, process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def refused(self, *arguments):
        """Exit code and message of a model that does not start."""
        done = subprocess.run([MODEL, *arguments], cwd=self.folder, text=True, capture_output=True, timeout=30,
                              check=False)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        return done.returncode, done.stderr

    def connect(self, name, hello=VERSION):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.addCleanup(client.close)
        client.settimeout(10)
        client.connect(str(self.folder / name))
        client.sendall(hello)
        return client

    def receive(self, client):
        """The body of the next message, None when the connection has ended."""
        header = client.recv(HEADER.size, socket.MSG_WAITALL)
        if len(header) < HEADER.size:
            return None
        return client.recv(HEADER.unpack(header)[2] - HEADER.size, socket.MSG_WAITALL)

    def device_id(self, client):
        client.sendall(HEADER.pack(2, 9, 32, 0, 0) + struct.pack("<QII", 0, 7, 4))
        return struct.unpack_from("<HH", self.receive(client), 16)


class Start(ModelTestCase):
    def test_says_when_each_device_is_ready_and_ends_without_a_trace(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            process = self.start("--device", "one.sock", "--pair", "two.sock", "three.sock", ready=3)
            self.assertEqual(self.lines, ["ready: one.sock", "ready: two.sock", "ready: three.sock"])
            self.connect("one.sock")
            process.send_signal(number)
            _, errors = process.communicate(timeout=10)
            self.assertEqual((process.returncode, errors), (0, ""))
            self.assertEqual(list(self.folder.iterdir()), [])

    def test_help_tells_of_options_wires_faults_and_commands(self):
        done = subprocess.run([MODEL, "--help"], text=True, capture_output=True, timeout=30, check=True)
        for word in ("--device", "--pair", "--fault", "--control", "--spin", "--cpu", "pcap:[IN]", "tap:NAME",
                     "unix:LOCAL", "flood:", "N status"):
            self.assertIn(word, done.stdout)

    def test_a_driver_that_is_killed_makes_room_for_the_next(self):
        self.start("--device", "card.sock,id=1528", ready=1)
        for _ in range(3):
            client = self.connect("card.sock")
            self.receive(client)
            self.assertEqual(self.device_id(client), (0x8086, 0x1528))
            client.close()

    def test_a_driver_that_breaks_the_protocol_is_told_of_in_one_line(self):
        process = self.start("--device", "card.sock", ready=1)
        client = self.connect("card.sock", HEADER.pack(1, 1, 3, 0, 0))
        self.assertIsNone(self.receive(client))
        self.assertEqual(self.device_id(self.greeted("card.sock")), (0x8086, 0x10fb))
        process.terminate()
        _, errors = process.communicate(timeout=10)
        self.assertEqual(errors, "warning: card.sock: the driver's connection was ended: "
                                 "a message says that it has 3 bytes, which is less than its header\n")

    def greeted(self, name):
        client = self.connect(name)
        self.receive(client)
        return client

    def test_commands_are_answered(self):
        self.start("--device", "card.sock,wire=loop", "--control", "control.sock", ready=1)
        control = self.connect("control.sock", b"0 status\nwhat\n")
        answers = control.makefile()
        self.assertRegex(answers.readline(), r"^ok driver none; drivers_seen 0; .*\n")
        self.assertRegex(answers.readline(), r"^error: 'what': a command is help, status, or .*\n")


class Refusals(ModelTestCase):
    def test_a_wrong_command_line_is_told_what_is_right(self):
        for arguments, text in [([], "no device is asked for"), (["--device", "a,colour=red"], "'colour=red'"),
                                (["--device", "a,wire=cable"], "there is no wire 'cable'"),
                                (["--pair", "a"], "--pair"), (["--what"], "--help"),
                                (["--device", "a", "--fault", "0 no such fault"], "there is no fault 'no'")]:
            code, message = self.refused(*arguments)
            self.assertEqual(code, 2, message)
            self.assertIn(text, message)
            self.assertEqual(list(self.folder.iterdir()), [])

    def test_what_cannot_be_read_or_written_has_its_own_exit_codes(self):
        self.assertEqual(self.refused("--device", "a,wire=pcap:missing.pcap")[0], 66)
        self.assertEqual(self.refused("--device", "no/such/folder/a")[0], 74)
        self.assertEqual(self.refused("--device", "a", "--cpu", "100000")[0], 78)
        (self.folder / "file").write_text("text")
        self.assertEqual(self.refused("--device", "file")[0], 77)
        self.assertEqual((self.folder / "file").read_text(), "text")

    def test_a_socket_in_use_is_left_alone(self):
        self.start("--device", "card.sock", ready=1)
        code, message = self.refused("--device", "card.sock")
        self.assertEqual(code, 77)
        self.assertIn("in use", message)
        client = self.connect("card.sock")
        self.assertIsNotNone(self.receive(client))


if __name__ == "__main__":
    unittest.main()
