"""The control socket of `ixyflow run` and the commands that use it: stats, get, set, add, delete."""

import json
import os
import re
import resource
import socket
import stat
import subprocess
import unittest

from program import COUNTING, PROGRAM, build_setting
from running import REPLICATED, RunningTestCase, element

ENDLESS = COUNTING.format(count=0)

# Two live parameters and a resource, on one core.
CHANGEABLE = """
[ports.source]
driver = "null"
size = 64

[resources.routes]
type = "IPv4Table"
entries = ["10.0.0.0/8 0"]

[elements.in]
type = "FromDevice"
port = "source"

[elements.drop]
type = "RandomDrop"
probability = 0

[elements.switch]
type = "Switch"
output = 0

[elements.lookup]
type = "StaticIPLookup"
table = "routes"

[elements.first]
type = "Discard"

[elements.second]
type = "Discard"

[graph]
paths = ["in -> drop -> switch", "switch[0] -> lookup -> first", "switch[1] -> second"]
"""


class Client:
    """A raw connection."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        try:
            self.socket.connect(str(path))
        except OSError:
            self.socket.close()
            raise
        self.lines = self.socket.makefile("rb")

    def line(self):
        text = self.lines.readline()
        return json.loads(text) if text else None

    def call(self, method, **parameters):
        request = {"id": 1, "method": method, "params": parameters}
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        return self.line()

    def close(self):
        self.lines.close()
        self.socket.close()


class ControlTestCase(RunningTestCase):
    def start_run(self, text, *arguments, **options):
        """The run, when its socket answers."""
        self.write("a.toml", text)
        running = self.start("a.toml", "--format", "json", *arguments, **options)
        running.wait_until(running.stats, "the control socket")
        return running

    def client(self, name="control.sock"):
        client = Client(self.folder / name)
        self.addCleanup(client.close)
        return client

    def greeted_client(self):
        client = self.client()
        self.assertEqual(client.line()["protocol"], 1)
        return client

    def command(self, code, *arguments, **options):
        return self.expect(code, *arguments, "--socket", "control.sock", **options)

    def stop(self, running):
        """Ends the run in order; its summary."""
        running.interrupt()
        running.finish()
        return self.assert_clean_stop(running)


class StatisticsTest(ControlTestCase):
    def test_statistics_have_the_shape_of_the_summary(self):
        running = self.start_run(REPLICATED % {"idle": "adaptive", "workers": 2}, "--oversubscribe")
        statistics = running.stats()
        summary = self.stop(running)

        def shape(value):
            if isinstance(value, dict):
                return {key: shape(item) for key, item in value.items()}
            return [shape(item) for item in value] if isinstance(value, list) else None
        self.assertEqual(shape(statistics), shape(summary))

    def test_text_is_that_of_the_summary(self):
        running = self.start_run(ENDLESS)
        text = self.command(0, "stats").stdout
        self.assertRegex(text, r"^a: [\d,]+ packets in [\d.]+ s, ")
        self.assertRegex(text, r"\ncount +Counter +[\d,]+ ")
        self.assertIn("\nledger: received ", text)
        self.stop(running)

    def test_a_thousand_readings_over_two_cores_lose_no_packet_and_never_fall(self):
        running = self.start_run(REPLICATED % {"idle": "adaptive", "workers": 1}, "--oversubscribe")
        client = self.greeted_client()
        last = None
        readings = 1000 if not build_setting("IXYFLOW_SANITIZE") else 200
        for _ in range(readings):
            report = client.call("stats.get")["result"]
            if any(worker["stale"] for worker in report["workers"]):
                continue  # a core without its turn on a busy machine
            now = {(one["name"], exit_["name"]): exit_["packets"] for one in report["elements"] for exit_ in one["exits"]}
            now["received"] = report["ledger"]["received"] + report["ledger"]["created"]
            self.assertTrue(last is None or all(now[key] >= last[key] for key in last), (last, now))
            last = now
        self.assertGreater(last["received"], 0)
        summary = self.stop(running)
        self.assertGreaterEqual(summary["ledger"]["received"] + summary["ledger"]["created"], last["received"])

    def test_a_client_can_end_the_run(self):
        running = self.start_run(ENDLESS)
        self.assertIsNone(self.greeted_client().call("run.stop")["result"])
        running.finish()
        self.assertEqual(self.assert_clean_stop(running)["stopped_by"], "run.stop")


class ChangeTest(ControlTestCase):
    def setUp(self):
        super().setUp()
        self.running = self.start_run(CHANGEABLE)

    def packets(self, name):
        one = element(self.running.stats(), name)
        return one["in"]

    def test_get_shows_all_parameters_those_of_an_element_and_a_single_one(self):
        everything = self.command(0, "get").stdout
        self.assertRegex(everything, r"(?m)^drop\.probability +0\S* +yes$")
        self.assertRegex(everything, r"(?m)^in\.port +\"?source\"?$")
        self.assertNotIn("in.port", self.command(0, "get", "drop").stdout)
        self.assertEqual(self.command(0, "get", "switch.output").stdout, "0\n")
        listed = json.loads(self.command(0, "get", "switch", "--format", "json").stdout)
        self.assertIn({"element": "switch", "name": "output", "value": "0", "live": True}, listed)

    def test_set_changes_what_packets_do(self):
        done = self.command(0, "set", "switch.output=1", "drop.probability=0.5")
        first, second = done.stdout.splitlines()
        self.assertRegex(first, r"^switch\.output: 0 -> 1 \(core \S+; applied in [\d.]+ ms\)$")
        self.assertRegex(second, r"^drop\.probability: 0\S* -> 0\.5 \(core ")
        self.assertEqual(self.command(0, "get", "switch.output").stdout, "1\n")
        before = self.packets("lookup")
        self.running.wait_until(lambda: self.packets("second") > 100_000, "packets at the other output")
        self.assertEqual(self.packets("lookup"), before)
        summary = self.stop(self.running)
        self.assertEqual(element(summary, "second")["in"] + before, element(summary, "switch")["in"])
        self.assertLess(element(summary, "switch")["in"], element(summary, "drop")["in"])

    def test_set_refuses_what_is_not_live_wrong_or_not_there(self):
        self.assertIn("cannot be changed while it runs", self.command(77, "set", "in.port=source").stderr)
        self.assertIn("did you mean", self.command(2, "set", "drop.probabilty=0.5").stderr)
        self.assertIn("did you mean", self.command(2, "set", "drip.probability=0.5").stderr)
        self.command(1, "set", "drop.probability=2")
        self.command(1, "set", "drop.probability=%n%s")
        self.assertIn("ELEMENT.PARAMETER=VALUE", self.command(2, "set", "drop.probability").stderr)
        self.assertEqual(self.command(0, "get", "drop.probability").stdout.strip("0.\n"), "")

    def test_add_and_delete_change_a_resource(self):
        self.command(0, "add", "routes", "192.0.2.0/24 0")
        self.assertEqual(sorted(self.command(0, "get", "routes").stdout.splitlines()),
                         ["10.0.0.0/8 0", "192.0.2.0/24 0"])
        self.command(0, "delete", "routes", "10.0.0.0/8")
        self.assertEqual(self.command(0, "get", "routes").stdout, "192.0.2.0/24 0\n")
        self.command(1, "delete", "routes", "10.0.0.0/8")
        self.command(1, "add", "routes", "192.0.2.0/24 0")
        self.assertIn("routes", self.command(2, "add", "rutes", "192.0.2.0/24 0").stderr)
        self.assertIn("ENTRY is missing", self.command(2, "add", "routes").stderr)
        self.stop(self.running)

    def test_L6_changes_of_two_users_at_once_are_all_made_or_refused(self):
        commands = [subprocess.Popen([PROGRAM, "add", "routes", f"198.18.{i % 4}.0/24 0", "--socket", "control.sock"],
                                     cwd=self.folder, stderr=subprocess.DEVNULL) for i in range(8)]
        codes = sorted(command.wait(timeout=60) for command in commands)
        self.assertEqual(codes, [0] * 4 + [1] * 4)
        self.assertEqual(len(self.command(0, "get", "routes").stdout.splitlines()), 5)

    def test_L6_a_change_while_the_run_ends_is_made_or_refused(self):
        client = self.greeted_client()
        self.running.interrupt()
        codes = set()
        try:
            while reply := client.call("parameters.set", name="switch.output", value=1):
                codes.add(reply.get("error", {"code": 0})["code"])
        except OSError:
            pass  # the connection has ended
        self.running.finish()
        self.assert_clean_stop(self.running)
        self.assertLessEqual(codes, {0, 69, 75})


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
