"""Which instance of `ixyflow run` is meant: names, paths and directories of control sockets."""

import os
import signal
import socket
import subprocess
import unittest

from program import COUNTING, PROGRAM, ProgramTestCase

ENDLESS = COUNTING.format(count=0)


class InstanceTest(ProgramTestCase):
    """Sockets with their default names, in a directory of the test."""

    def start_named(self, *arguments):
        process = subprocess.Popen([PROGRAM, "run", "a.toml", *arguments], cwd=self.folder, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def wait_for_instance(self, name):
        for _ in range(600):
            if self.run_program("stats", "--instance", name).returncode == 0:
                return
        self.fail(f"instance {name} does not answer")

    def setUp(self):
        super().setUp()
        self.write("a.toml", ENDLESS)

    def test_without_an_instance_commands_say_so(self):
        for command in (["stats"], ["stop"], ["get"], ["set", "a.b=1"], ["add", "r", "e"], ["delete", "r", "e"]):
            error = self.expect(69, *command).stderr
            self.assertEqual(len(error.splitlines()), 1, error)
            self.assertIn("no instance runs", error)
        self.assertIn("'b'", self.expect(69, "stats", "--instance", "b").stderr)

    def test_the_only_instance_needs_no_name_and_two_do(self):
        first = self.start_named()
        self.wait_for_instance("a")
        self.assertIn("a: ", self.expect(0, "stats").stdout)
        self.start_named("--instance", "b.2")
        self.wait_for_instance("b.2")
        error = self.expect(2, "stats").stderr
        self.assertIn("several instances run: a, b.2; choose one with --instance", error)
        self.expect(0, "stats", env={**os.environ, "IXYFLOW_INSTANCE": "b.2"})
        first.send_signal(signal.SIGTERM)
        first.wait(timeout=60)
        self.expect(0, "stats")
        self.expect(69, "stats", "--instance", "a")

    def test_B3_a_second_instance_is_refused_and_the_first_goes_on(self):
        first = self.start_named()
        self.wait_for_instance("a")
        inode = (self.folder / "run" / "a.sock").stat().st_ino
        error = self.expect(77, "run", "a.toml").stderr
        self.assertIn("another instance listens", error)
        self.assertIn("--instance", error)
        self.assertEqual((self.folder / "run" / "a.sock").stat().st_ino, inode)
        self.expect(0, "stats")
        first.send_signal(signal.SIGINT)
        output, _ = first.communicate(timeout=60)
        self.assertEqual(first.returncode, 0)
        self.assertIn("  OK\n", output)
        self.assertEqual(os.listdir(self.folder / "run"), [])

    def test_B3_two_starts_at_once_make_one_instance(self):
        (self.folder / "run").mkdir()
        abandoned = socket.socket(socket.AF_UNIX)
        abandoned.bind(str(self.folder / "run" / "a.sock"))
        abandoned.close()
        processes = [self.start_named("--for", "2s") for _ in range(4)]
        codes = sorted(process.wait(timeout=120) for process in processes)
        self.assertEqual(codes, [0, 77, 77, 77])

    def test_a_killed_instance_is_no_instance_and_can_be_started_again(self):
        first = self.start_named()
        self.wait_for_instance("a")
        first.kill()
        first.wait(timeout=60)
        # Its socket goes in the guardian's own time.
        self.assertRegex(self.expect(69, "stats").stderr, "no instance (listens there any more|runs)")
        self.expect(0, "run", "a.toml", "--for", "10ms")
        self.assertEqual(os.listdir(self.folder / "run"), [])

    def test_an_instance_that_hangs_is_given_up(self):
        first = self.start_named()
        self.wait_for_instance("a")
        first.send_signal(signal.SIGSTOP)
        self.assertIn("does not answer", self.expect(69, "stats").stderr)
        first.send_signal(signal.SIGCONT)

    def test_a_failed_start_leaves_no_socket(self):
        self.write("a.toml", ENDLESS.replace('driver = "null"\ncount = 0\nsize = 64',
                                             'driver = "pcap"\nread = "missing.pcap"'))
        self.expect(66, "run", "a.toml")
        self.assertEqual(os.listdir(self.folder / "run"), [])

    def test_without_a_control_socket(self):
        self.expect(0, "run", "a.toml", "--for", "10ms", "--no-control")
        self.assertFalse((self.folder / "run").exists())

    def test_names_and_paths_that_cannot_be_are_refused(self):
        for name in ("", "../a", ".a", "-a", "a/b", "a b", "x" * 65, "ä"):
            self.assertIn("'--instance'", self.expect(2, "stats", "--instance", name).stderr)
        self.assertIn("1 to 107 bytes", self.expect(2, "run", "a.toml", "--socket", "x" * 108).stderr)
        self.assertIn("give one of them", self.expect(2, "stats", "--socket", "a", "--instance", "a").stderr)

    def test_the_name_of_a_pipeline_becomes_a_name_of_a_file(self):
        self.write("a.toml", '[pipeline]\nname = ".. ä %s"\n' + ENDLESS)
        self.start_named()
        self.wait_for_instance("_._____s")

    def test_a_directory_that_cannot_be_written_is_a_warning_and_a_path_that_cannot_is_not(self):
        environment = {**os.environ, "IXYFLOW_RUNTIME_DIR": "/proc/nowhere"}
        done = self.expect(0, "run", "a.toml", "--for", "10ms", env=environment)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertIn("warning: cannot make '/proc/nowhere'", done.stderr)
        self.assertIn("/proc/nowhere", self.expect(77, "run", "a.toml", "--socket", "/proc/nowhere/a.sock").stderr)
        self.expect(77, "run", "a.toml", env={**os.environ, "IXYFLOW_SOCKET": "/proc/nowhere/a.sock"})

    def test_L4_a_directory_that_others_could_write_is_not_used(self):
        environment = {**os.environ, "XDG_RUNTIME_DIR": str(self.folder)}
        del environment["IXYFLOW_RUNTIME_DIR"]
        if os.geteuid() == 0:
            os.chmod(self.folder, 0o777)
            prefix = ["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups"]
        else:
            prefix = []

        def run(directory, mode):
            if directory.exists() or directory.is_symlink():
                directory.rmdir()
            subprocess.run([*prefix, "mkdir", "-m", mode, directory], check=True)
            done = subprocess.run([*prefix, PROGRAM, "run", "a.toml", "--for", "10ms"], cwd=self.folder, text=True,
                                  capture_output=True, env=environment, timeout=60)
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stderr
        directory = self.folder / "ixyflow"
        self.assertEqual(run(directory, "700"), "")
        self.assertEqual(run(directory, "750"), "")
        self.assertIn("has mode 0770", run(directory, "770"))
        self.assertIn("has mode 0777", run(directory, "777"))


if __name__ == "__main__":
    unittest.main()
