"""The kernel refuses what a vhost-user front end (`virtio`) or back end (`vhost`) asks for, one call after the other: H5.
strace does the refusing."""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest

from program import PROGRAM, ProgramTestCase, build_setting, expect_nothing_lost
from running import Running

COUNT = 500

DEVICE = """
[pipeline]
idle = "sleep"

[ports.guest]
driver = "vhost"
socket = "guest.sock"

[elements.from_guest]
type = "FromDevice"
port = "guest"

[elements.to_guest]
type = "ToDevice"
port = "guest"

[graph]
paths = ["from_guest -> to_guest"]
"""

GUEST = f"""
[pipeline]
idle = "sleep"

[ports.card]
driver = "virtio"
device = "vhost-user:{{folder}}/guest.sock"

[ports.source]
driver = "generator"
count = {COUNT}

[elements.from_source]
type = "FromDevice"
port = "source"

[elements.to_card]
type = "ToDevice"
port = "card"

[graph]
paths = ["from_source -> to_card"]
"""

# What is refused of the front end, how, and how many of its calls of the kind are tried at most.
OF_THE_FRONT_END = [("socket", "EMFILE", 3), ("connect", "ECONNREFUSED", 3), ("sendmsg", "EPIPE", 12),
                    ("recvmsg", "ECONNRESET", 12), ("eventfd2", "EMFILE", 6), ("mmap", "ENOMEM", 6),
                    ("memfd_create", "EMFILE", 4), ("ftruncate", "ENOSPC", 4), ("fcntl", "EBADF", 3)]
OF_THE_BACK_END = [("accept4", "EMFILE", 3), ("recvmsg", "ECONNRESET", 12), ("sendmsg", "EPIPE", 8),
                   ("mmap", "ENOMEM", 6), ("fstat", "EBADF", 4), ("socket", "EMFILE", 2), ("bind", "EADDRINUSE", 1),
                   ("listen", "EADDRINUSE", 1)]
REFUSED = (69, 70, 74, 75, 77, 78)


class RefusedCalls(ProgramTestCase):
    def setUp(self):
        super().setUp()
        if build_setting("IXYFLOW_SANITIZE"):
            self.skipTest("a sanitizer's own calls would be refused as well")
        if shutil.which("strace") is None or subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"]).returncode != 0:
            self.skipTest("strace cannot trace here")

    def new_folder(self):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        (folder / "device.toml").write_text(DEVICE)
        (folder / "guest.toml").write_text(GUEST.format(folder=folder))
        return folder

    def refusing(self, call, error, nth):
        """The program, with its nth call of the kind refused (`nth` in strace's words)."""
        return ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}",
                "-e", f"inject={call}:error={error}:when={nth}", PROGRAM]

    def start_device(self, folder, command=(PROGRAM,)):
        device = Running(folder, "device.toml", "--oversubscribe", "--format", "json", command=command)
        self.addCleanup(device.end)
        return device

    def run_guest(self, folder, command=(PROGRAM,)):
        """Ends by itself when the device has taken all frames."""
        return subprocess.run([*command, "run", "guest.toml", "--oversubscribe", "--no-control", "--format", "json"],
                              cwd=folder, capture_output=True, text=True, timeout=120)

    def calls_of(self, wanted, run):
        """By call, the numbers of those that a run makes after it has opened its pipeline; `run` takes a command."""
        log = self.folder / "calls"
        run(["strace", "-f", "-qq", "-o", log, "-e", "trace=openat," + ",".join(call for call, _, _ in wanted), PROGRAM])
        seen, own, started, main = {}, {}, False, None
        for thread, call, text in re.findall(r"^(\d+) +(\w+)\((.*)$", log.read_text(), re.M):
            main = main or thread
            if thread != main:  # strace counts the calls of each thread by itself
                continue
            seen[call] = seen.get(call, 0) + 1
            started = started or '.toml"' in text
            if started:
                own.setdefault(call, []).append(seen[call])
        return own

    def tries(self, wanted, own):
        """Call, error and number, spread over all calls of a kind."""
        chosen = [(call, error, number) for call, error, most in wanted
                  for number in own.get(call, [])[::max(1, -(-len(own.get(call, [])) // most))]]
        self.assertGreater(len(chosen), 10)
        return chosen

    def check_end(self, code, out, err):
        """It worked, or refused in one line."""
        context = f"exit {code}\n{err}"
        errors = re.findall(r"^error: .+$", err, re.M)
        if code == 0:
            self.assertEqual(errors, [], context)
            report = json.loads(out)
            expect_nothing_lost(self, report)
        else:
            self.assertIn(code, REFUSED, context)
            self.assertEqual(len(errors), 1, context)

    def test_H5_calls_of_a_front_end_that_fail_are_survived_or_refused_in_one_line(self):
        folder = self.new_folder()
        device = self.start_device(folder)
        device.wait_until(lambda: (folder / "guest.sock").exists(), "its socket")
        own = self.calls_of(OF_THE_FRONT_END, lambda command: self.run_guest(folder, command))
        self.assertGreater(len(own["sendmsg"]), 5)
        for one in self.tries(OF_THE_FRONT_END, own):
            with self.subTest(call=one[0], error=one[1], nth=one[2]):
                done = self.run_guest(folder, self.refusing(*one))
                self.check_end(done.returncode, done.stdout, done.stderr)
        # Whatever came and went, the device is as good as new.
        self.assertTrue(self.a_guest_is_content(folder, device), device.messages())
        device.interrupt()
        device.finish()
        self.check_end(device.code, device.stdout, device.messages())

    def a_guest_is_content(self, folder, device, tries=5):
        """Whether one gets through while the device is there. A guest gives up when a busy machine keeps the device from
        answering for a second: then the next one is asked."""
        for _ in range(tries):
            if self.run_guest(folder).returncode == 0:
                return True
            if device.process.poll() is not None:
                break
        return False

    def test_H5_calls_of_a_back_end_that_fail_cost_a_front_end_at_most(self):
        def once(command):
            folder = self.new_folder()
            device = self.start_device(folder, command)
            device.wait_until(lambda: (folder / "guest.sock").exists(), "its socket")
            self.run_guest(folder)
            subprocess.run(["kill", "-INT", *self.children_of(device)], check=True)
            device.finish()
        own = self.calls_of(OF_THE_BACK_END, once)
        self.assertGreater(len(own["recvmsg"]), 5)
        for one in self.tries(OF_THE_BACK_END, own):
            with self.subTest(call=one[0], error=one[1], nth=one[2]):
                self.refuse_the_back_end(one)

    def children_of(self, running):
        return pathlib.Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()

    def refuse_the_back_end(self, one):
        folder = self.new_folder()
        device = self.start_device(folder, self.refusing(*one))
        while not (folder / "guest.sock").exists() and device.process.poll() is None:
            time.sleep(0.02)
        self.run_guest(folder)  # this one may have had bad luck
        if not self.a_guest_is_content(folder, device):
            device.finish()
            self.assertNotEqual(device.code, 0)
            return self.check_end(device.code, device.stdout, device.messages())
        subprocess.run(["kill", "-INT", *self.children_of(device)], check=True)
        device.finish()
        self.check_end(device.code, device.stdout, device.messages())


if __name__ == "__main__":
    unittest.main()
