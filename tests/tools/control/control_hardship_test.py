"""The control socket of `ixyflow run` among clients that mean no good."""

import os
import re
import resource
import socket
import stat
import subprocess
import unittest

from control_client import CHANGEABLE, ENDLESS, ControlTestCase
from program import PROGRAM, build_setting


class HardshipTest(ControlTestCase):
    """Clients that mean no good; the run goes on and loses nothing."""

    def descriptors(self, running):
        return len(os.listdir(f"/proc/{running.pid}/fd"))

    def test_L1_a_flood_without_an_end_is_cut_off(self):
        running = self.start_run(ENDLESS)
        client = self.greeted_client()
        with self.assertRaises(OSError):
            for _ in range(1024):
                client.socket.sendall(os.urandom(64 * 1024).replace(b"\n", b" "))
        self.assertIsNotNone(running.stats())
        self.stop(running)

    def test_L2_nobody_gets_more_than_a_bounded_buffer(self):
        running = self.start_run(ENDLESS)
        client = self.greeted_client()
        client.socket.setblocking(False)
        sent = 0
        try:
            while sent < 100_000_000:
                sent += client.socket.send(b'{"id":1,"method":"stats.get"}\n' * 1000)
        except (BlockingIOError, ConnectionError):
            pass
        self.assertLess(sent, 10_000_000)
        self.assertIsNotNone(running.stats())
        self.stop(running)

    def test_L3_a_thousand_clients_and_as_many_connects_cost_no_packet_and_no_descriptor(self):
        running = self.start_run(ENDLESS)
        before = self.descriptors(running)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        clients = []
        for _ in range(1000):
            try:
                clients.append(self.client())
            except BlockingIOError:
                pass
        answers = [client.line() for client in clients[:40]]
        self.assertEqual(sum("protocol" in answer for answer in answers), 16)
        self.assertEqual(answers[-1]["error"]["code"], 75)
        # A client that is turned away has a descriptor for a moment.
        running.wait_until(lambda: self.descriptors(running) <= before + 16, "the clients beyond 16 to be gone")
        for client in clients:
            client.close()
        for _ in range(3000):
            socket_ = socket.socket(socket.AF_UNIX)
            socket_.connect(str(self.folder / "control.sock"))
            socket_.close()
        running.wait_until(lambda: self.descriptors(running) <= before, "the end of all connections")
        # Those that wait to be accepted have no descriptor yet: who comes behind them may be turned away once more.
        running.wait_until(running.stats, "an answer")
        self.stop(running)

    def test_L3_without_descriptors_the_run_goes_on_and_does_not_spin(self):
        running = self.start_run(ENDLESS.replace("[ports", '[pipeline]\nidle = "sleep"\n\n[ports', 1))
        first = self.greeted_client()
        limit = self.descriptors(running)
        hard = resource.prlimit(running.pid, resource.RLIMIT_NOFILE)[1]
        resource.prlimit(running.pid, resource.RLIMIT_NOFILE, (limit, hard))
        waiting = self.client()
        strace = subprocess.run(["timeout", "-s", "INT", "1", "strace", "-f", "-c", "-e", "trace=accept4", "-p",
                                 str(running.pid)], capture_output=True, text=True, timeout=60)
        calls = re.search(r"(?m)^.* (\d+) +\d+ accept4$", strace.stderr)
        self.assertTrue(calls is None or int(calls[1]) < 10, strace.stderr)
        self.assertIn("result", first.call("stats.get"))
        resource.prlimit(running.pid, resource.RLIMIT_NOFILE, (limit + 8, hard))
        self.assertEqual(waiting.line()["protocol"], 1)
        self.stop(running)

    def test_L3_neither_talkers_nor_half_requests_lock_the_owner_out(self):
        running = self.start_run(CHANGEABLE)
        talkers = [self.greeted_client() for _ in range(16)]
        for talker in talkers:
            self.assertIn("result", talker.call("methods.list"))
        self.assertIsNotNone(running.stats())
        halves = []
        for _ in range(40):
            halves.append(self.client())
            halves[-1].socket.sendall(b'{"id":1,')
        running.wait_until(running.stats, "an answer")
        self.command(0, "set", "switch.output=1")
        self.stop(running)

    @unittest.skipIf(build_setting("IXYFLOW_SANITIZE"), "sanitizers need address space of their own")
    def test_H4_readers_of_a_run_without_memory_left_end_themselves_and_not_the_run(self):
        running = self.start_run(ENDLESS)
        with open(f"/proc/{running.pid}/statm", encoding="ascii") as file:
            mapped = int(file.read().split()[0]) * resource.getpagesize()
        hard = resource.prlimit(running.pid, resource.RLIMIT_AS)[1]
        resource.prlimit(running.pid, resource.RLIMIT_AS, (mapped, hard))
        # Replies that nobody takes are kept, until there is no memory for one more.
        asked = b'{"id":1,"method":"stats.get"}\n' * 1000
        for _ in range(30):
            client = self.client()
            client.socket.setblocking(False)
            try:
                client.socket.sendall(asked)
            except OSError:
                pass
        self.assertIsNone(running.process.poll())
        resource.prlimit(running.pid, resource.RLIMIT_AS, (hard, hard))
        running.wait_until(running.stats, "an answer")
        self.stop(running)

    def test_L4_the_socket_has_mode_0660(self):
        before = os.umask(0)
        self.addCleanup(os.umask, before)
        running = self.start_run(ENDLESS)
        status = os.lstat(self.folder / "control.sock")
        self.assertTrue(stat.S_ISSOCK(status.st_mode))
        self.assertEqual(stat.S_IMODE(status.st_mode), 0o660)
        self.stop(running)

    @unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
    def test_L4_others_do_not_get_in_and_members_of_the_group_only_read(self):
        running = self.start_run(CHANGEABLE)
        os.chmod(self.folder, 0o755)

        def as_user(group, *arguments):
            return subprocess.run(["setpriv", "--reuid=1000", f"--regid={group}", "--clear-groups", PROGRAM, *arguments,
                                   "--socket", "control.sock"], cwd=self.folder, capture_output=True, text=True,
                                  timeout=60)
        done = as_user(1000, "stats")
        self.assertEqual(done.returncode, 77, done.stderr)
        self.assertIn("Permission denied", done.stderr)
        self.assertEqual(as_user(0, "stats").returncode, 0)
        self.assertEqual(as_user(0, "get", "switch.output").stdout, "0\n")
        for change in (["set", "switch.output=1"], ["add", "routes", "192.0.2.0/24 0"], ["delete", "routes", "10.0.0.0/8"]):
            done = as_user(0, *change)
            self.assertEqual(done.returncode, 77)
            self.assertIn("only root and the user that runs the pipeline", done.stderr)
        self.assertEqual(self.command(0, "get", "switch.output").stdout, "0\n")
        self.stop(running)

    def test_L5_arguments_of_every_command_that_mean_no_good(self):
        running = self.start_run(CHANGEABLE)
        for text in ("", "%n%s", "../../etc/passwd", "-1", "9" * 400, "\x1b[31m", "x" * 60_000, "\u202e"):
            for command in (["get", text or "."], ["set", f"{text}=1"], ["set", f"drop.probability={text}"],
                            ["add", text, "x"], ["add", "routes", text], ["delete", "routes", text]):
                done = self.run_program(command[0], "--socket", "control.sock", "--", *command[1:])
                self.assertIn(done.returncode, (1, 2), (command, done.stdout, done.stderr))
                self.assertNotIn("\x1b", done.stderr)
                self.assertLess(len(done.stderr), 2000)
        self.stop(running)

    def test_L7_descriptors_that_come_along_are_not_kept(self):
        running = self.start_run(ENDLESS)
        client = self.greeted_client()
        before = self.descriptors(running)
        for _ in range(50):
            socket.send_fds(client.socket, [b'{"id":1,"method":"resources.list"}\n'], [0, 1, 2])
            self.assertEqual(client.line()["result"], [])
        self.assertEqual(self.descriptors(running), before)
        self.stop(running)


if __name__ == "__main__":
    unittest.main()
