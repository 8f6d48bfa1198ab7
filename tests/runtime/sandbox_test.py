"""A run that has started keeps the rights that it needs, and no others; whoever tries more is refused and named."""

import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import tomllib
import unittest

from example_files import EXAMPLES, link_pipelines, receives
from plugins import compile_plugin
from program import PROGRAM, SOURCE, build_setting
from running import PATIENCE, RunningTestCase

LAX = bool(build_setting("IXYFLOW_SANITIZE"))

ENDLESS = """
[ports.wan]
driver = "generator"
rate = "10kpps"

[elements.in]
type = "FromDevice"
port = "wan"

[elements.probe]
%s

[graph]
paths = ["in -> probe -> Discard"]
"""

# An element that asks for what no element should, once, and counts its refusals.
PROBE = """
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/element/packet_element.hpp"

namespace ixyflow::elements {

class Probe final : public PacketElement<Probe> {
 public:
  static void describe(Spec<Probe>& spec) {
    spec.doc("Calls the kernel.").output(0, "out").counter("refused", &Probe::refused_, "calls");
  }
  PortIndex handle(Packet&) noexcept {
    if (tried_) return 0;
    tried_ = true;
    if (::socket(AF_INET, SOCK_STREAM, 0) < 0) ++refused_;
    char* const none[] = {nullptr};
    if (::execve("/bin/true", none, none) < 0) ++refused_;
    if (::open("/etc/hostname", O_RDONLY) < 0) ++refused_;
    return 0;
  }

 private:
  bool tried_ = false;
  Counter refused_;
};
IXYFLOW_ELEMENT(Probe);

}  // namespace ixyflow::elements
"""


VHOST = """
[ports.guest]
driver = "vhost"
socket = "guest.sock"

[elements.in]
type = "FromDevice"
port = "guest"

[graph]
paths = ["in -> Discard"]
"""


def connected(path):
    """A socket with somebody at its other end, or None."""
    client = socket.socket(socket.AF_UNIX)
    try:
        client.connect(str(path))
        return client
    except OSError:
        client.close()
        return None


def swapped(path):
    """Options that let an example run without its cards and captures, and without an end."""
    pipeline = tomllib.loads(path.read_text())
    options = []
    for name, port in pipeline["ports"].items():
        if receives(pipeline, name):
            options += ["--swap", f"{name}=generator:rate=1kpps"]
        elif port["driver"] not in ("pcap", "null"):
            options += ["--swap", f"{name}=pcap:,{name}-out.pcap"]
    return options


def status_of(pid):
    """By thread: what /proc tells of its rights."""
    result = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        lines = (line.split(":", 1) for line in (task / "status").read_text().splitlines())
        result[(task / "comm").read_text().strip()] = {key: value.strip() for key, value in lines}
    return result


class Sandbox(RunningTestCase):
    def plugin(self, source):
        return compile_plugin(self.write("probe.cpp", source), self.folder / "probe.so")

    def assert_restricted(self, running):
        """A worker restricts itself before its first round, which may be late on a busy machine."""
        def all_are():
            threads = status_of(running.pid)
            rights = {(status["CapEff"].strip("0"), status["CapPrm"].strip("0"), status["NoNewPrivs"], status["Seccomp"])
                      for status in threads.values()}
            return len(threads) >= 2 and rights == {("", "", "1", "2")}
        running.wait_until(all_are, "all threads to be restricted")

    def test_P1_no_thread_of_any_example_has_a_right_that_it_does_not_need(self):
        link_pipelines(self.folder)
        for path in EXAMPLES:
            with self.subTest(path.name):
                running = self.start(f"pipelines/{path.name}", "--oversubscribe", "--format", "json", *swapped(path))
                running.wait_for_stats(lambda stats: stats["ledger"]["received"] > 0, "packets")
                self.assert_restricted(running)
                running.interrupt()
                running.finish()
                report = self.assert_clean_stop(running)
                self.assertEqual(report["sandbox_off"], [])
                self.assertEqual(running.said("refused"), [])

    def test_P1_a_peer_is_answered_only_by_who_has_given_up_its_rights(self):
        running = self.start(self.write("p.toml", VHOST), "--format", "json")
        front_end = running.wait_until(lambda: connected(self.folder / "guest.sock"), "the port's socket")
        self.addCleanup(front_end.close)
        front_end.sendall(struct.pack("<III", 1, 1, 0))  # VHOST_USER_GET_FEATURES
        front_end.settimeout(PATIENCE)
        self.assertEqual(len(front_end.recv(20)), 20)
        status = status_of(running.pid)[pathlib.Path(f"/proc/{running.pid}/comm").read_text().strip()]
        self.assertEqual((status["CapEff"].strip("0"), status["NoNewPrivs"], status["Seccomp"]), ("", "1", "2"))
        # It is not yet ready, and the run waits for it: others are served meanwhile.
        running.wait_until(running.stats, "an answer")
        running.interrupt()
        running.finish()
        self.assert_clean_stop(running)

    @unittest.skipIf(LAX, "builds with sanitizers let every call pass")
    def test_P2_an_element_that_calls_what_it_may_not_is_refused_and_named_and_the_run_goes_on(self):
        plugin = self.plugin(PROBE)
        running = self.start(self.write("p.toml", ENDLESS % 'type = "Probe"'), "--plugin", plugin, "--format", "json")
        for call in ("socket", "execve"):
            running.wait_for(f"warning: element 'probe': the system call '{call}' was refused")
        running.interrupt()
        running.finish()
        report = self.assert_clean_stop(running)
        probe = next(element for element in report["elements"] if element["name"] == "probe")
        self.assertEqual(probe["counters"]["refused"], 3)

    def test_P1_whoever_wants_to_keeps_all_rights_and_the_summary_says_so(self):
        running = self.start(self.write("p.toml", ENDLESS % 'type = "Counter"'), "--no-sandbox")
        running.wait_for_stats(lambda stats: stats["ledger"]["received"] > 0, "packets")
        for status in status_of(running.pid).values():
            self.assertEqual(status["Seccomp"], "0")
        running.interrupt()
        running.finish()
        self.assertIn("\nsandbox off: all\n", running.stdout)

    @unittest.skipIf(LAX, "builds with sanitizers have no limit on files")
    @unittest.skipUnless(shutil.which("strace"), "strace is not installed")
    def test_P3_a_kernel_without_a_part_of_it_is_no_reason_not_to_run(self):
        pipeline = self.write("p.toml", ENDLESS % 'type = "Counter"')
        for call, said in (("landlock_create_ruleset", "files (Landlock)"), ("seccomp", "system calls (seccomp)")):
            with self.subTest(call):
                done = subprocess.run(["strace", "-f", "-qq", "-e", f"trace={call}", "-e", f"inject={call}:error=ENOSYS", "-o", "trace",
                                       PROGRAM, "run", pipeline, "--for", "100ms", "--format", "json"], cwd=self.folder,
                                      capture_output=True, text=True, timeout=240, check=True)
                self.assertEqual(json.loads(done.stdout)["sandbox_off"], [f"{said}: Function not implemented"])

    @unittest.skipIf(os.geteuid() != 0, "only root has rights to lose")
    def test_P1_a_control_socket_in_another_users_folder_is_removed_at_the_end(self):
        folder = self.folder / "theirs"
        folder.mkdir(mode=0o700)
        os.chown(folder, 1000, 1000)
        done = self.expect(0, "run", self.write("p.toml", ENDLESS % 'type = "Counter"'), "--for", "100ms",
                           "--socket", folder / "control.sock")
        self.assertEqual(list(folder.iterdir()), [], done.stderr)


if __name__ == "__main__":
    unittest.main()
