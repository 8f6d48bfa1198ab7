"""Stops one thread of a process that the test has started, as a debugger does: the others go on."""

import ctypes
import os
import time

from running import PATIENCE

PTRACE_DETACH = 17
PTRACE_SEIZE = 0x4206
PTRACE_INTERRUPT = 0x4207
WALL = 0x40000000  # waitpid: threads too

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
libc.ptrace.restype = ctypes.c_long


def ptrace(request, thread):
    if libc.ptrace(request, thread, None, None) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


class StoppedThread:
    """The thread stands still until `go_on`. Every call must come from the same thread of the test."""

    def __init__(self, thread):
        self.thread = thread
        ptrace(PTRACE_SEIZE, thread)
        ptrace(PTRACE_INTERRUPT, thread)
        os.waitpid(thread, WALL)

    def go_on(self):
        ptrace(PTRACE_DETACH, self.thread)

    def wait_for_death(self, meanwhile=lambda: None):
        """Until the process has ended: a thread that is traced is reaped by who traces it."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            thread, status = os.waitpid(self.thread, WALL | os.WNOHANG)
            if thread != 0 and (os.WIFEXITED(status) or os.WIFSIGNALED(status)):
                return
            meanwhile()
            time.sleep(0.05)
        raise AssertionError("the process did not end")
