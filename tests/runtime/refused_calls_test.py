"""The kernel refuses what a start asks for, one call after the other: tests/FAULTS.md, H5 and I7. strace does the refusing."""

import collections
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

from program import CAPTURE, PROGRAM, ProgramTestCase, build_setting
from running import Running

# Three cores, so that there are rings and threads, from a file to a file.
PIPELINE = f"""
[cores]
work = {{ count = 2 }}
tx = {{}}

[ports.wan]
driver = "pcap"
read = "{CAPTURE}"

[ports.lan]
driver = "pcap"
write = "out.pcap"

[elements.in]
type = "FromDevice"
port = "wan"
core = "tx"

[elements.count]
type = "Counter"
core = "work"

[elements.out]
type = "ToDevice"
port = "lan"
core = "tx"

[graph]
paths = ["in -> count -> out"]
"""

RUN = [PROGRAM, "run", "a.toml", "--oversubscribe", "--socket", "control.sock", "--format", "json"]

# What is refused, how, and how many of the program's calls of the kind are tried at most (spread over all of them).
REFUSALS = [
    ("mmap", "ENOMEM", 10),
    ("memfd_create", "EMFILE", 4),
    ("ftruncate", "ENOSPC", 4),
    ("fallocate", "ENOSPC", 4),
    ("madvise", "ENOMEM", 4),
    ("openat", "EMFILE", 10),
    ("socket", "EMFILE", 2),
    ("bind", "EADDRNOTAVAIL", 2),
    ("listen", "EADDRINUSE", 2),
    ("clone3", "EAGAIN", 4),
    ("mbind", "ENOMEM", 3),
    ("set_mempolicy", "EPERM", 3),
    ("poll", "ENOMEM", 2),
    ("sched_setaffinity", "EPERM", 3),
    ("sched_getaffinity", "ENOSYS", 2),
]

# An input that cannot be read, a device or output, try again, not permitted, missing resources.
REFUSED = (66, 69, 74, 75, 77, 78)


def children(pid):
    return map(int, pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


def started(pid):
    """Whether the process has three workers, whose threads have a core's name or still that of the program, beside its
    control thread and the one that writes its messages."""
    try:
        return len(os.listdir(f"/proc/{pid}/task")) == 5
    except FileNotFoundError:
        return False


class StraceTestCase(ProgramTestCase):
    def setUp(self):
        super().setUp()
        if build_setting("IXYFLOW_SANITIZE"):
            self.skipTest("a sanitizer's own calls would be refused as well")
        if shutil.which("strace") is None or subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"]).returncode != 0:
            self.skipTest("strace cannot trace here")
        self.write("a.toml", PIPELINE)

    def refused(self, call, error, nth):
        """A run in a folder of its own, with the nth call of the kind refused (`nth` in strace's words)."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        (folder / "a.toml").write_text(PIPELINE)
        done = subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}",
                               "-e", f"inject={call}:error={error}:when={nth}", *RUN],
                              cwd=folder, capture_output=True, text=True, timeout=60)
        return folder, done

    def check(self, folder, done):
        """Either it worked, or it refused in one line, and left nothing but the file that it was told to write."""
        context = f"exit {done.returncode}\n{done.stderr}"
        errors = re.findall(r"^error: .+$", done.stderr, re.M)
        if done.returncode == 0:
            self.assertEqual(errors, [], context)
            report = json.loads(done.stdout)
            self.assertTrue(report["ledger"]["balanced"], context)
            self.assertEqual(report["ledger"]["sent"], 4096, context)
        else:
            self.assertIn(done.returncode, REFUSED, context)
            self.assertEqual(len(errors), 1, context)
            self.assertEqual(done.stdout, "", context)
        self.assertLessEqual({path.name for path in folder.iterdir()}, {"a.toml", "out.pcap"}, context)


class RefusedCalls(StraceTestCase):
    def own_calls(self):
        """By call, what the main thread asks for after its own start, which opens the pipeline: number and text."""
        log = self.folder / "calls"
        names = ",".join(call for call, _, _ in REFUSALS)
        subprocess.run(["strace", "-f", "-qq", "-o", log, "-e", f"trace={names}", *RUN], cwd=self.folder,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, timeout=60)
        seen, own, started, main = collections.Counter(), collections.defaultdict(list), False, None
        for thread, call, text in re.findall(r"^(\d+) +(\w+)\((.*)$", log.read_text(), re.M):
            main = main or thread
            if thread != main:  # strace counts the calls of each thread by itself
                continue
            seen[call] += 1
            started = started or '"a.toml"' in text
            if started:
                own[call].append((seen[call], text))
        return own

    def test_H5_every_call_that_fails_is_survived_or_refused_in_one_line(self):
        own = self.own_calls()
        self.assertGreater(len(own["mmap"]), 3)
        tries = []
        for call, error, most in REFUSALS:
            # Files that describe the machine are many, and one is like the other.
            alike = [number for number, text in own[call] if re.search('"/(sys|proc)/', text)]
            others = [number for number, text in own[call] if number not in alike]
            for numbers in (alike, others):
                tries += [(call, error, number) for number in numbers[::max(1, -(-len(numbers) // most))]]
        self.assertGreater(len(tries), 20)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            outcomes = list(pool.map(lambda one: self.refused(*one), tries))
        for one, (folder, done) in zip(tries, outcomes):
            with self.subTest(call=one[0], error=one[1], nth=one[2]):
                self.check(folder, done)

    def test_H5_memory_that_can_never_be_had_is_refused_by_size(self):
        for call, error, words in (("memfd_create", "EMFILE", "Too many open files"),
                                   ("fallocate", "ENOSPC", "No space left on device"),
                                   ("ftruncate", "ENOSPC", "No space left on device")):
            with self.subTest(call=call):
                folder, done = self.refused(call, error, "1+")
                self.check(folder, done)
                self.assertEqual(done.returncode, 78)
                self.assertRegex(done.stderr, rf"error: no packet memory: .* of \d+ MiB: {words}")

    def test_H5_threads_that_can_never_be_had_are_refused(self):
        folder, done = self.refused("clone3", "EAGAIN", "1+")
        self.check(folder, done)
        self.assertEqual(done.returncode, 78)
        self.assertIn("error: a worker thread cannot be started: Resource temporarily unavailable", done.stderr)

    def test_I7_a_cpu_that_a_worker_may_not_have_is_refused_by_name(self):
        folder, done = self.refused("sched_setaffinity", "EPERM", "1+")
        self.check(folder, done)
        self.assertEqual(done.returncode, 78)
        self.assertRegex(done.stderr, r"error: core '(work\.[01]|tx)' cannot be bound to CPU \d+: Operation not permitted")

    def test_I4_a_stop_while_a_worker_cannot_get_ready_ends_with_its_name(self):
        # Every worker asks for a stack for reports before it begins: that takes ten seconds here.
        running = Running(self.folder, "a.toml", "--oversubscribe",
                          command=("strace", "-f", "-qq", "-o", "calls", "-e", "trace=sigaltstack",
                                   "-e", "inject=sigaltstack:delay_enter=10000000", PROGRAM))
        self.addCleanup(running.end)
        # strace has children of its own when it starts.
        program = running.wait_until(lambda: next(filter(started, children(running.pid)), None), "three workers")
        self.addCleanup(lambda: os.path.exists(f"/proc/{program}") and os.kill(program, signal.SIGKILL))
        os.kill(program, signal.SIGINT)
        running.finish()
        self.assertEqual(running.code, 70)
        self.assertEqual(len(running.said("^error: ")), 1, running.messages())
        self.assertTrue(running.said(r"^error: cores 'work\.0', 'work\.1', 'tx' did not start"), running.messages())
        self.assertFalse((self.folder / "control.sock").exists())


if __name__ == "__main__":
    unittest.main()
