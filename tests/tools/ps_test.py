"""Several runs on one machine: `ixyflow ps`, the CPUs that they take, and who may see those of root."""

import json
import os
import signal
import shutil
import subprocess
import unittest

from program import COUNTING, PROGRAM, ProgramTestCase

ENDLESS = COUNTING.format(count=0)

# As root in a world of its own: /run is empty, and there is a group `ixyflow`. The run of root goes on while others look.
AS_GROUP = """
set -e
mount -t tmpfs none /run
grep -v '^ixyflow:' /etc/group > group; echo 'ixyflow:x:4711:' >> group
mount --bind group /etc/group
unset IXYFLOW_RUNTIME_DIR XDG_RUNTIME_DIR
"$IXYFLOW" run a.toml > run.out 2> run.err & run=$!
for i in $(seq 600); do "$IXYFLOW" stats --instance a > /dev/null 2>&1 && break; sleep 0.05; done
stat -c '%a %U %G' /run/ixyflow /run/ixyflow/a.sock
member='setpriv --reuid=4712 --regid=4712 --groups=4711'
stranger='setpriv --reuid=4713 --regid=4713 --clear-groups'
set +e
for who in "$member" "$stranger"; do
  for command in 'stats --format json' 'stats --instance a --format json' 'ps --format json' 'set count.x=1'; do
    $who "$IXYFLOW" $command > out 2> err; echo "$? $(wc -l < out) $(head -n 1 err)"
  done
done
kill -TERM $run; wait $run; echo "ended $?"
"""


class Instances(ProgramTestCase):
    def setUp(self):
        super().setUp()
        self.write("a.toml", ENDLESS)

    def start_named(self, name, *arguments):
        process = subprocess.Popen([PROGRAM, "run", "a.toml", "--instance", name, *arguments], cwd=self.folder, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        for _ in range(600):
            found = [one for one in self.listed() if one["name"] == name and one["state"] == "running"]
            if found:
                return process, found[0]
        return self.fail(f"instance {name} does not answer")

    def listed(self):
        return json.loads(self.expect(0, "ps", "--format", "json").stdout)

    def test_ps_lists_what_runs_and_each_run_takes_a_cpu_of_its_own(self):
        done = self.expect(0, "ps")
        self.assertEqual((done.stdout, done.stderr), ("", "note: no instance runs; 'ixyflow run FILE' starts one\n"))
        allowed = sorted(os.sched_getaffinity(0))
        processes = []
        taken = []
        for i in range(len(allowed[:4])):
            process, one = self.start_named(f"n{i}")
            self.assertEqual((one["pid"], one["file"], one["pipeline"]),
                             (process.pid, str((self.folder / "a.toml").resolve()), "a"))
            self.assertGreaterEqual(one["seconds"], 0)
            self.assertEqual([core["name"] for core in one["cores"]], ["main"])
            taken.append(one["cores"][0]["cpu"])
            processes.append(process)
        self.assertEqual(len(set(taken)), len(taken), taken)
        text = self.expect(0, "ps").stdout.splitlines()
        self.assertRegex(text[0], r"^NAME +PID +STATE +UPTIME +CORE CPU +FILE$")
        self.assertRegex(text[1], rf"^n0 +{processes[0].pid} +running +\d+ s +main {taken[0]} +/")
        if len(allowed) <= 4:
            late, one = self.start_named("late")
            self.assertIn(one["cores"][0]["cpu"], allowed)
            plan = self.expect(0, "plan", "a.toml")
            self.assertRegex(plan.stderr, r"warning: core 'main' shares CPU \d+ with the run '\w+': no CPU is free\n")
            late.send_signal(signal.SIGTERM)
            self.assertRegex(late.communicate(timeout=60)[1], r"shares CPU \d+ with the run 'n\d': no CPU is free")
        # Nothing is said of this machine's runs about another machine.
        self.assertNotIn("the run '", self.expect(0, "plan", "a.toml", "--topology", "node:1 core:1 pu:1").stderr)

    def test_stats_show_what_each_element_does_until_the_run_is_stopped(self):
        running, _ = self.start_named("a")
        watching = subprocess.Popen([PROGRAM, "stats", "--every", "100ms", "--format", "json"], cwd=self.folder, text=True,
                                    stdout=subprocess.PIPE)
        self.addCleanup(watching.communicate)
        self.addCleanup(watching.kill)
        for _ in range(200):
            rates = json.loads(watching.stdout.readline())
            counting = next(element for element in rates["elements"] if element["name"] == "count")
            if counting["packets_per_second"] > 0:
                break
        else:
            self.fail(f"nothing moves: {rates}")
        self.expect(0, "stop")
        self.assertEqual(running.wait(timeout=60), 0)
        self.assertEqual(watching.wait(timeout=60), 0)

    def test_a_run_that_does_not_answer_is_listed_as_such(self):
        process, _ = self.start_named("a")
        process.send_signal(signal.SIGSTOP)
        self.addCleanup(process.send_signal, signal.SIGCONT)
        [one] = self.listed()
        self.assertEqual((one["name"], one["state"], one["cores"]), ("a", None, None))
        self.assertIn("does not answer", one["trouble"])
        self.assertRegex(self.expect(0, "ps").stdout, r"\na +- +does not answer +-")

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("unshare") and shutil.which("setpriv"), "needs root")
    def test_members_of_the_group_see_the_runs_of_root_and_change_nothing(self):
        if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode != 0:
            self.skipTest("no namespace of its own may be made")
        self.folder.chmod(0o755)
        done = subprocess.run(["unshare", "--mount", "--propagation", "private", "bash", "-c", AS_GROUP], cwd=self.folder,
                              capture_output=True, text=True, timeout=120, env={**os.environ, "IXYFLOW": PROGRAM})
        lines = done.stdout.splitlines()
        self.assertEqual(lines[:2], ["750 root ixyflow", "660 root ixyflow"], done.stderr)
        self.assertEqual([line.split(" ", 2)[0] for line in lines[2:10]], ["0", "0", "0", "77", "77", "77", "0", "77"],
                         done.stdout)
        self.assertIn("only root and the user that runs the pipeline", lines[5])
        for line in (lines[6], lines[7], lines[9]):
            self.assertRegex(line, r"(?i)'/run/ixyflow.*': permission denied: runs of root are shown to root and to members "
                                   r"of the group 'ixyflow'")
        self.assertIn("note: '/run/ixyflow': permission denied", lines[8])
        self.assertEqual(lines[10], "ended 0")


if __name__ == "__main__":
    unittest.main()
