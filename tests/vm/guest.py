"""A Linux guest that runs the built program, for what cannot be tried on the machine itself: NUMA nodes, CPUs that go
away, PCI devices. QEMU emulates it in software, which needs no right and no hardware, and takes seconds to boot."""

import itertools
import mmap
import os
import pathlib
import shlex
import shutil
import socket
import subprocess
import tempfile
import unittest
from typing import NamedTuple

from initramfs import Archive
from kernel import find_kernel
from program import PROGRAM, build_setting

QEMU = "qemu-system-x86_64"
BUSYBOX = pathlib.Path("/bin/busybox")
INIT = pathlib.Path(__file__).with_name("init.sh")
# How many seconds anything may take on a machine that is busy with something else: a bound, never a measure.
PATIENCE = 240


class GuestError(Exception):
    """The guest does not boot, does not answer, or has died. Its console is in the text."""


class Result(NamedTuple):
    code: int
    out: str
    err: str


class Guest:
    """A machine that has booted. `nodes` NUMA nodes share the CPUs and the memory evenly; `append` goes to the
    kernel's command line, `devices` to the one of `qemu`, which inherits the open `descriptors` that they name.
    `programs` of this machine are in the guest's PATH, kernel `modules` are loaded in the order given, `spare_modules`
    only lie in /modules. After `lifetime` seconds the machine is ended in any case."""

    def __init__(self, cpus=1, nodes=1, memory_mib=512, append="", devices=(), programs=(), modules=(),
                 spare_modules=(), descriptors=(), boot_seconds=PATIENCE, lifetime=1200, qemu=QEMU):
        self._folder = tempfile.TemporaryDirectory(prefix="ixyflow-guest-")
        folder = pathlib.Path(self._folder.name)
        kernel = find_kernel()
        self._console = folder / "console"
        initrd = folder / "initrd"
        initrd.write_bytes(first_files(kernel, programs, modules, spare_modules))
        self._socket, line = socket.socketpair()
        command = [
            "timeout", "--kill-after=5", str(lifetime), str(qemu),
            # KVM is not even tried: nested in some hypervisors it opens well and then hangs.
            "-accel", "tcg,thread=multi", "-machine", "q35", "-cpu", "max", *topology(cpus, nodes, memory_mib),
            "-nodefaults", "-no-reboot", "-display", "none", "-monitor", "none",
            "-serial", f"file:{self._console}",
            "-chardev", f"socket,id=line,fd={line.fileno()}", "-serial", "chardev:line",
            "-kernel", str(kernel.boot_file()), "-initrd", str(initrd),
            # The kernel takes a timer for broken that comes late because the machine is busy.
            "-append", f"console=ttyS0 quiet panic=-1 no_timer_check {append}", *devices,
        ]
        with line, open(self._console, "ab") as console:
            self._qemu = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=console, stderr=console,
                                          pass_fds=[line.fileno(), *descriptors])
        self._line = self._socket.makefile("rwb")
        try:
            self.wait_for_boot(boot_seconds)
        except GuestError:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def wait_for_boot(self, seconds=PATIENCE):
        """Until it can run scripts: at first, or after a reset."""
        self._answer("boot", seconds)

    def run(self, script, timeout=PATIENCE):
        """Runs a shell script in the guest; GuestError when it takes longer than `timeout` seconds."""
        text = script.encode()
        return self._answer(script, timeout, b"%d\n" % len(text) + text)

    def write(self, path, text):
        """A text file; its folder is made if need be."""
        done = self.run(f"mkdir -p $(dirname {path}) && cat >{path} <<'end-of-file'\n{text}\nend-of-file\n")
        if done.code != 0:
            raise GuestError(done.err)

    def start(self, command):
        """Starts a command in the background."""
        return Job(self, command)

    def memory(self):
        """The guest's memory by its physical addresses, to be written to behind its back. One NUMA node only."""
        wrapper = self._qemu.pid
        qemu, = pathlib.Path(f"/proc/{wrapper}/task/{wrapper}/children").read_text().split()
        file, = (file for file in pathlib.Path(f"/proc/{qemu}/fd").iterdir() if "memfd:memory" in os.path.realpath(file))
        with open(file, "r+b") as memory:
            return mmap.mmap(memory.fileno(), 0)

    def close(self):
        self._qemu.terminate()
        self._qemu.wait()
        self._socket.close()
        self._folder.cleanup()

    def _answer(self, what, timeout, request=b""):
        self._socket.settimeout(timeout)
        try:
            self._line.write(request)
            self._line.flush()
            code, out, err = (int(number) for number in self._line.readline().split())
            return Result(code, self._line.read(out).decode(), self._line.read(err).decode())
        except (OSError, ValueError) as error:
            reason = f"no answer in {timeout} s" if isinstance(error, TimeoutError) else "it has ended"
            console = self._console.read_text(errors="replace").replace("\r", "")
            self._qemu.terminate()
            raise GuestError(f"{reason}\n--- running\n{what}\n--- console\n{console}") from error


class Job:
    """A command that runs in the background of a guest."""

    numbers = itertools.count()

    def __init__(self, guest, command):
        self._guest = guest
        self._files = f"/tmp/job-{next(self.numbers)}"
        self.errors = self._files + ".err"  # file with its standard error
        inner = shlex.quote(f"echo $$ >{self._files}.pid; exec {command}")
        started = guest.run(f"(sh -c {inner}; echo $? >{self._files}.code) >{self._files}.out 2>{self._files}.err &\n"
                            f"until [ -s {self._files}.pid ]; do usleep 10000; done; cat {self._files}.pid")
        self.pid = int(started.out)

    def signal(self, name):
        self._guest.run(f"kill -{name} {self.pid}")

    def wait(self, seconds=60):
        """Its result when it has ended; its exit code is 124 when it has not done so in time."""
        return self._guest.run(f"""
            for turn in $(seq {seconds * 10}); do [ -s {self._files}.code ] && break; usleep 100000; done
            cat {self._files}.out
            cat {self._files}.err >&2
            exit $(cat {self._files}.code || echo 124)""", timeout=seconds + PATIENCE)


def topology(cpus, nodes, memory_mib):
    """QEMU's arguments for a machine with one socket per NUMA node. Device models can map its memory."""
    per_node = cpus // nodes
    arguments = ["-smp", f"{cpus},sockets={nodes},cores={per_node}", "-m", str(memory_mib)]
    for node in range(nodes):
        last = (node + 1) * per_node - 1
        arguments += ["-object", f"memory-backend-memfd,id=memory{node},size={memory_mib // nodes}M,share=on",
                      "-numa", f"node,nodeid={node},cpus={node * per_node}-{last},memdev=memory{node}"]
    return arguments


def first_files(kernel, programs, modules, spare_modules):
    """The archive that the guest boots into."""
    archive = Archive()
    for path in (BUSYBOX, PROGRAM, *programs):
        archive.add_program(path, "/bin/" + pathlib.Path(path).name)
    for folder in ("/proc", "/sys", "/dev", "/tmp", "/run"):
        archive.add_folder(folder)
    for name in (*modules, *spare_modules):
        archive.add("/modules/" + kernel.module(name).name, kernel.module(name).read_bytes())
    archive.add("/modules/order", "".join(kernel.module(name).name + "\n" for name in modules).encode())
    archive.add("/init", INIT.read_bytes())
    return archive.bytes()


def obstacle():
    """Why no guest can be tried with the build under test, or None."""
    if not shutil.which(QEMU) or not BUSYBOX.exists():
        return "QEMU or busybox is missing: tools/install-deps vm"
    if build_setting("IXYFLOW_SANITIZE"):
        return "sanitizers are too slow for software emulation"
    if build_setting("IXYFLOW_MARCH") == "native":
        return "the build is for this very machine, which the guest is not"
    return None


class GuestTestCase(unittest.TestCase):
    """The tests of a class share one guest of the class's `machine`, and leave it as they found it."""

    machine = {}

    @classmethod
    def setUpClass(cls):
        reason = obstacle()
        if reason:
            raise unittest.SkipTest(reason)
        cls.guest = cls.enterClassContext(Guest(**cls.machine))

    def expect(self, code, script, **options):
        """Runs a script in the guest, whose exit code must be `code`."""
        done = self.guest.run(script, **options)
        self.assertEqual(done.code, code, f"{script}\n{done.out}\n{done.err}")
        return done

    def expect_soon(self, condition, seconds=60):
        """Waits until a shell command succeeds."""
        done = self.guest.run(f"for turn in $(seq {seconds * 10}); do {condition} && exit; usleep 100000; done; exit 1",
                              timeout=seconds + PATIENCE)
        self.assertEqual(done.code, 0, f"not in {seconds} s: {condition}\n{done.out}\n{done.err}")

    def start(self, command):
        """A job that does not outlive the test."""
        job = self.guest.start(command)
        self.addCleanup(job.signal, "KILL")
        return job

    def expect_error(self, job, *words, seconds=60):
        """Waits until the job writes a line with all the words to its standard error."""
        pattern = ".*".join(words)
        try:
            self.expect_soon(f'grep -q "{pattern}" {job.errors}', seconds)
        except AssertionError as error:
            raise self.failureException(f"{error}\nit says:\n{self.guest.run('cat ' + job.errors).out}") from None
