"""dpdk-testpmd as the other end of vhost-user: a front end (net_virtio_user) or a back end (net_vhost)."""

import os
import re
import shutil
import subprocess
import threading
import time

PATIENCE = 60
PROGRAM = shutil.which("dpdk-testpmd")


class Testpmd:
    """A testpmd with one core that waits for commands. `vdev` is what stands behind --vdev; without huge pages its
    memory is one memfd, which is all that there is to share. `cpu`: where its core is pinned."""

    def __init__(self, folder, name, vdev, *arguments, forward="io", queues=1, cpu=None):
        self.log = folder / f"{name}.log"
        cpus = f"(0-{os.cpu_count() - 1})" if cpu is None else str(cpu)
        # Its output goes to a pipe, but must come line by line.
        command = ["stdbuf", "-oL", PROGRAM, "--lcores", f"0@0,1@{cpus}", "--no-pci", "--no-huge", "-m", "256",
                   "--file-prefix", f"{name}-{os.getpid()}", "--no-telemetry", "--vdev", vdev, "--", "-i", "--nb-cores=1",
                   "--total-num-mbufs=8192", f"--rxq={queues}", f"--txq={queues}", f"--forward-mode={forward}",
                   "--no-mlockall", "--no-flush-rx", *arguments]
        self.output = []
        self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, errors="replace", bufsize=0)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.wait_for(r"testpmd> ")

    def _read(self):
        while chunk := os.read(self.process.stdout.fileno(), 4096):
            self.output.append(chunk.decode(errors="replace"))

    def text(self):
        return "".join(self.output)

    def wait_for(self, pattern, start=0):
        """Waits until what it has said, from `start` on, matches; the match."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            found = re.search(pattern, self.text()[start:])
            if found:
                return found
            if self.process.poll() is not None:
                raise AssertionError(f"testpmd ended with {self.process.returncode}:\n{self.text()}")
            time.sleep(0.02)
        raise AssertionError(f"waited in vain for '{pattern}':\n{self.text()}")

    def command(self, text):
        """Gives a command, and returns what is said until the next prompt."""
        start = len(self.text())
        os.write(self.process.stdin.fileno(), (text + "\n").encode())
        self.wait_for(r"testpmd> ", start)
        return self.text()[start:]

    def statistics(self):
        """The counters of port 0 by their names: RX-packets, TX-packets, ..."""
        text = self.command("show port stats 0")
        return {name: int(value) for name, value in re.findall(r"([RT]X-[a-z]+):\s+(\d+)", text)}

    def kill(self):
        self.process.kill()
        self.end()

    def end(self):
        if self.process.poll() is None:
            try:
                os.write(self.process.stdin.fileno(), b"stop\nquit\n")
                self.process.wait(timeout=10)
            except (subprocess.TimeoutExpired, BrokenPipeError):
                self.process.kill()
        self.process.wait(timeout=PATIENCE)
        self.reader.join(timeout=PATIENCE)
        for stream in (self.process.stdin, self.process.stdout):
            stream.close()
