"""The control socket of `ixyflow run` and the commands that use it: stats, get, set, add, delete."""

import json
import subprocess
import unittest

from control_client import CHANGEABLE, ENDLESS, ControlTestCase
from program import PROGRAM, build_setting
from running import REPLICATED, element


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
        self.assertIn({"element": "switch", "name": "output", "value": 0, "text": "0", "live": True}, listed)

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
        self.assertIn("there are: in, ", self.command(2, "set", "zebra.probability=0.5").stderr)
        self.assertIn("(write 0.1)", self.command(1, "set", "drop.probability=10%").stderr)
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
        self.command(0, "add", "routes", "198.51.100.0/24", "0")
        self.command(0, "delete", "routes", "198.51.100.0/24")
        self.assertIn("routes", self.command(2, "add", "rutes", "192.0.2.0/24 0").stderr)
        self.assertIn("there are: routes", self.command(2, "add", "zebra", "192.0.2.0/24 0").stderr)
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


if __name__ == "__main__":
    unittest.main()
