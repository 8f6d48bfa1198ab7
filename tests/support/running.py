"""A program that runs while a test looks at it: its messages as they come, its statistics over the control socket."""

import json
import os
import re
import signal
import subprocess
import threading
import time

from program import PROGRAM, ProgramTestCase, expect_nothing_lost

# How long anything may take on a machine that is busy with something else: a bound, never a measure.
PATIENCE = 120

# A source that never ends, dealt out to `workers` copies, merged on one core. Nothing waits for the outside.
REPLICATED = """
[pipeline]
idle = "%(idle)s"

[cores]
rx = {}
work = { count = %(workers)d }
tx = {}

[ports.wan]
driver = "generator"
flows = 4096

[elements.in]
type = "FromDevice"
port = "wan"
core = "rx"

[elements.check]
type = "CheckIPHeader"
core = "work"

[elements.done]
type = "Discard"
core = "tx"

[graph]
paths = ["in -> check -> done", "check[bad] -> Discard", "check[not_ip] -> Discard"]
"""


class Running:
    """`ixyflow run` in the background. `stderr` grows as lines come; `finish` ends it."""

    def __init__(self, folder, *arguments, command=(PROGRAM,)):
        self.folder = folder
        self.process = subprocess.Popen([*command, "run", *arguments, "--socket", "control.sock"], cwd=folder, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.stderr = []
        self.stdout = ""
        self.code = None
        self.readers = [threading.Thread(target=self._read_stderr), threading.Thread(target=self._read_stdout)]
        for reader in self.readers:
            reader.start()

    def _read_stderr(self):
        for line in self.process.stderr:
            self.stderr.append(line.rstrip("\n"))

    def _read_stdout(self):
        self.stdout = self.process.stdout.read()

    @property
    def pid(self):
        return self.process.pid

    def messages(self):
        return "\n".join(self.stderr)

    def said(self, pattern):
        """The messages that match."""
        return [line for line in list(self.stderr) if re.search(pattern, line)]

    def wait_until(self, condition, what):
        """Waits for `condition` to give something true, which it returns."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            value = condition()
            if value:
                return value
            if self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode} before {what}:\n{self.messages()}")
            time.sleep(0.02)
        raise AssertionError(f"waited in vain for {what}:\n{self.messages()}")

    def wait_for(self, pattern):
        """The first message that matches."""
        return self.wait_until(lambda: self.said(pattern), f"'{pattern}'")[0]

    def stats(self):
        """The statistics as the control socket gives them, or None while it does not answer."""
        done = subprocess.run([PROGRAM, "stats", "--format", "json", "--socket", "control.sock"], cwd=self.folder,
                              capture_output=True, text=True, timeout=PATIENCE)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def wait_for_stats(self, condition, what):
        """Statistics for which `condition` holds."""
        def good():
            stats = self.stats()
            return stats if stats and condition(stats) else None
        return self.wait_until(good, what)

    def command(self, *words):
        """What a command such as "get", "stations" prints about it."""
        done = subprocess.run([PROGRAM, *words, "--socket", "control.sock"], cwd=self.folder, capture_output=True, text=True,
                              timeout=PATIENCE, check=True)
        return done.stdout

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        return time.monotonic()

    def finish(self):
        """Waits for the end; returns the moment of it."""
        self.process.wait(timeout=PATIENCE)
        end = time.monotonic()
        for reader in self.readers:
            reader.join(timeout=PATIENCE)
        self.code = self.process.returncode
        return end

    def end(self):
        self.process.kill()
        self.finish()
        self.process.stdout.close()
        self.process.stderr.close()


class RunningTestCase(ProgramTestCase):
    def start(self, *arguments, **options):
        running = Running(self.folder, *arguments, **options)
        self.addCleanup(running.end)
        return running

    def assert_clean_stop(self, running):
        """Exit 0, every packet accounted for, every buffer home, nothing left behind; returns the summary (JSON)."""
        self.assertEqual(running.code, 0, running.messages())
        report = json.loads(running.stdout)
        expect_nothing_lost(self, report)
        self.assertFalse((self.folder / "control.sock").exists())
        return report


def element(report, name):
    return next(one for one in report["elements"] if one["name"] == name)


def thread_of(pid, core):
    """The thread of a core's worker, or None."""
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/comm") as file:
                if file.read().strip() == f"ixy:{core}"[:15]:
                    return int(task)
        except FileNotFoundError:
            pass
    return None
