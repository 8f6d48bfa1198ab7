"""`ixyflow run`: summary, rates, signals, limits, exit codes."""

import json
import os
import re
import signal
import subprocess
import time
import unittest

from program import AS_USER, CAPTURE, COPYING, COUNTING, PROGRAM, ProgramTestCase, build_setting

ENDLESS = COUNTING.format(count=0)


class SummaryTest(ProgramTestCase):
    def test_text_has_elements_ports_and_a_ledger_that_balances(self):
        self.write("a.toml", COPYING)
        text = self.expect(0, "run", "a.toml").stdout
        self.assertRegex(text, r"^a: 4,096 packets in [\d.]+ s, ")
        self.assertRegex(text, r"\nin +FromDevice +4,096 +[\d,]+ +[\d.]+ +[\d.]+  -> out\n")
        self.assertRegex(text, r"\nlan +pcap +0 +0 +4,096 +[\d,]+  -\n")
        self.assertIn("\nledger: received 4,096 + created 0 = sent 4,096 + consumed 0 + dropped 0 + held 0  OK\n", text)

    def test_rates_of_the_first_line_count_every_packet_once(self):
        self.write("a.toml", COPYING)
        text = self.expect(0, "run", "a.toml").stdout
        number, prefix = re.search(r", ([\d.]+) ([kMG]?)pps", text).groups()
        packets = float(number) * {"": 1, "k": 1e3, "M": 1e6, "G": 1e9}[prefix]
        number, prefix = re.search(r", ([\d.]+) ([kMG]?)bit/s", text).groups()
        bits = float(number) * {"": 1, "k": 1e3, "M": 1e6, "G": 1e9}[prefix]
        received = int(re.search(r"\nwan +pcap +4,096 +([\d,]+)", text)[1].replace(",", ""))
        self.assertAlmostEqual(bits / packets, received * 8 / 4096, delta=received * 8 / 4096 / 20)

    def test_json_has_the_same_numbers(self):
        self.write("a.toml", COPYING)
        report = json.loads(self.expect(0, "run", "a.toml", "--format", "json").stdout)
        self.assertEqual(report["ledger"], {"received": 4096, "created": 0, "sent": 4096, "consumed": 0, "dropped": 0,
                                            "held": 0, "balanced": True})
        self.assertEqual([element["name"] for element in report["elements"]], ["in", "out"])
        self.assertEqual(report["stopped_by"], "end")
        for worker in report["workers"]:
            self.assertEqual(worker["buffers"], worker["buffers_free"])

    def test_summary_keeps_to_100_columns_with_the_longest_names(self):
        name = "a" * 64
        text = COPYING.replace("elements.in]", f"elements.{name}]").replace("in ->", f"{name} ->")
        text = text.replace("ports.lan]", f"ports.{'b' * 64}]").replace('"lan"', f'"{"b" * 64}"')
        self.write("a.toml", text)
        lines = self.expect(0, "run", "a.toml", env={**os.environ, "COLUMNS": "100"}).stdout.splitlines()
        self.assertLessEqual(max(map(len, lines)), 100)

    def test_drops_have_their_names(self):
        self.write("a.toml", COUNTING.format(count=1000).replace("in -> count -> Discard", "in -> count"))
        self.assertRegex(self.expect(0, "run", "a.toml").stdout, r"count +Counter +1,000 .* DROPPED: out")


class TimeTest(ProgramTestCase):
    def test_for_ends_an_endless_run_with_exit_0(self):
        self.write("a.toml", ENDLESS)
        begin = time.monotonic()
        text = self.expect(0, "run", "a.toml", "--for", "300ms").stdout
        self.assertLess(time.monotonic() - begin, 20)
        self.assertIn("stopped when its time was over", text)

    def test_stats_are_lines_on_stderr(self):
        self.write("a.toml", ENDLESS)
        done = self.expect(0, "run", "a.toml", "--for", "1s", "--stats", "200ms")
        lines = done.stderr.splitlines()
        self.assertGreaterEqual(len(lines), 2)
        for line in lines:
            self.assertRegex(line, r"^[\d.]+ s  in [\d.]+ [kMG]?pps [\d.]+ [kMG]?bit/s  out .* dropped [\d,]+$")

    def test_stats_with_json_are_json_lines(self):
        self.write("a.toml", ENDLESS)
        done = self.expect(0, "run", "a.toml", "--for", "700ms", "--stats", "200ms", "--format", "json")
        rates = [json.loads(line) for line in done.stderr.splitlines()]
        self.assertGreaterEqual(len(rates), 2)
        self.assertTrue(all(b["seconds"] > a["seconds"] for a, b in zip(rates, rates[1:])))
        json.loads(done.stdout)


class SignalTest(ProgramTestCase):
    def start(self, *arguments):
        process = subprocess.Popen([PROGRAM, "run", "a.toml", "--stats", "50ms", *arguments], cwd=self.folder, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        process.stderr.readline()  # the first rates: it runs
        return process

    def test_K1_SIGINT_and_SIGTERM_stop_in_order(self):
        self.write("a.toml", ENDLESS)
        for number in (signal.SIGINT, signal.SIGTERM):
            process = self.start()
            process.send_signal(number)
            output, _ = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0)
            self.assertIn(f"stopped by {number.name}", output)
            self.assertRegex(output, r"ledger: .* OK\n")


class FailureTest(ProgramTestCase):
    def test_missing_pipeline_is_exit_66(self):
        self.assertIn("missing.toml", self.expect(66, "run", "missing.toml").stderr)

    def test_missing_capture_is_exit_66(self):
        self.write("a.toml", COPYING.replace(str(CAPTURE), "missing.pcap"))
        self.assertIn("missing.pcap", self.expect(66, "run", "a.toml").stderr)

    def test_mistakes_of_the_pipeline_are_exit_78(self):
        self.write("a.toml", COPYING.replace("FromDevice", "FromDevize"))
        self.assertIn("did you mean 'FromDevice'?", self.expect(78, "run", "a.toml").stderr)

    def test_output_that_takes_nothing_is_exit_74(self):
        self.write("a.toml", COPYING)
        done = self.expect(74, "run", "a.toml", "--swap", "lan=pcap:,/dev/full")
        self.assertRegex(done.stderr, r"error: port 'lan': .*No space left")

    def test_trace_shows_every_step_and_what_changed(self):
        self.write("a.toml", COPYING.replace("in -> out", "in -> ttl -> out").replace(
            "[graph]", '[elements.ttl]\ntype = "Rewrite"\nset = { "eth.src" = "02:00:00:00:00:09" }\n\n[graph]'))
        text = self.expect(0, "run", "a.toml", "--trace", "2").stdout
        self.assertRegex(text, r"(?m)^packet 1  \d+ bytes  .+\n  \+0\.0+ +in +out\n"
                               r"  \+[\d.]+ +ttl +out +eth\.src \S+ -> 02:00:00:00:00:09\n  \+[\d.]+ +out +sent\n")
        self.assertIn("\npacket 2  ", text)
        self.assertNotIn("packet 3", text)


class LimitsTest(ProgramTestCase):
    """Either it works, or the message names what is short."""

    def limited(self, words):
        self.write("a.toml", COPYING)
        shell = f"ulimit {words} && exec '{PROGRAM}' run a.toml"
        done = subprocess.run(["bash", "-c", shell], cwd=self.folder, capture_output=True, text=True, timeout=120)
        self.assertIn(done.returncode, (0, 66, 69, 70, 74, 77, 78), done.stderr)
        self.assertTrue(done.returncode == 0 or "error:" in done.stderr, done.stderr)
        return done

    def test_B5_sixteen_file_descriptors(self):
        self.limited("-n 16")

    def test_B5_no_locked_memory(self):
        self.assertEqual(self.limited("-l 0").returncode, 0)

    def test_B5_file_size_of_1_MiB(self):
        done = self.limited("-f 1024")
        self.assertEqual(done.returncode, 74)
        self.assertIn("port 'lan'", done.stderr)
        self.assertIn("OK", done.stdout)

    @unittest.skipIf("address" in build_setting("IXYFLOW_SANITIZE"), "AddressSanitizer needs the address space")
    def test_B5_address_space_of_256_MiB(self):
        self.limited("-v 262144")

    def as_user(self, *arguments, **options):
        os.chmod(self.folder, 0o777)
        return subprocess.run([*AS_USER, *arguments], cwd=self.folder, capture_output=True, text=True, timeout=120,
                              **options)

    @unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
    def test_B4_user_without_rights_runs_from_file_to_file(self):
        self.write("a.toml", COPYING)
        done = self.as_user(PROGRAM, "run", "a.toml")
        self.assertEqual(done.returncode, 0, done.stderr)

    @unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
    def test_B5_no_further_process(self):
        self.write("a.toml", COPYING)
        # LeakSanitizer wants a process of its own at the end.
        done = self.as_user("bash", "-c", f"ulimit -u 1 && exec '{PROGRAM}' run a.toml",
                            env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
        self.assertIn(done.returncode, (0, 70, 77, 78), done.stderr)
        self.assertTrue(done.returncode == 0 or "ulimit -u" in done.stderr, done.stderr)


class SurroundingsTest(ProgramTestCase):
    def test_B6_deleted_directory(self):
        gone = self.folder / "gone"
        gone.mkdir()
        path = self.write("a.toml", COUNTING.format(count=10))
        done = subprocess.run(["sh", "-c", f"rmdir '{gone}' && exec '{PROGRAM}' run '{path}'"], cwd=gone,
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_B6_empty_environment_and_foreign_locale(self):
        self.write("a.toml", COUNTING.format(count=1000))
        for environment in ({}, {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR"}, {"TMPDIR": "/proc/nowhere"}):
            text = self.expect(0, "run", "a.toml", "--socket", "a.sock", env=environment).stdout
            self.assertIn("received 1,000", text)

    def in_namespace(self, preparation):
        """Runs a copy from file to nothing, in a mount namespace of its own that `preparation` has changed."""
        if subprocess.run(["unshare", "--mount", "sh", "-c", preparation], capture_output=True).returncode != 0:
            self.skipTest("no mount namespace here in which one can: " + preparation)
        self.write("a.toml", COUNTING.format(count=1000))
        return subprocess.run(["unshare", "--mount", "sh", "-c", f"{preparation} && exec '{PROGRAM}' run a.toml"],
                              cwd=self.folder, capture_output=True, text=True, timeout=60,
                              env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})

    def test_B6_read_only_root(self):
        done = self.in_namespace("mount -o remount,bind,ro /")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("received 1,000", done.stdout)

    @unittest.skipIf(build_setting("IXYFLOW_SANITIZE"), "sanitizers read /proc")
    def test_B6_no_proc(self):
        done = self.in_namespace("umount -l /proc")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("received 1,000", done.stdout)


class FailingDiskTest(ProgramTestCase):
    def test_N1_a_disk_that_fails_keeps_whole_packets_and_counts_the_rest(self):
        self.write("a.toml", COPYING)
        for error, words in (("EIO", "Input/output error"), ("EDQUOT", "Disk quota exceeded")):
            with self.subTest(error=error):
                # From the sixth write on; LeakSanitizer does not work under ptrace.
                done = subprocess.run(
                    ["strace", "-f", "-o", "/dev/null", "-e", "trace=pwrite64", "-e",
                     f"inject=pwrite64:error={error}:when=6+", "-P", str(self.folder / "out.pcap"), PROGRAM, "run",
                     "a.toml"], cwd=self.folder, capture_output=True, text=True, timeout=120,
                    env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
                self.assertEqual(done.returncode, 74, done.stderr)
                self.assertIn(words, done.stderr)
                missing = int(re.search(r"; (\d+) of 4096 packets were not written", done.stderr).group(1))
                read = subprocess.run(["tshark", "-r", "out.pcap", "-T", "fields", "-e", "frame.number"],
                                      cwd=self.folder, capture_output=True, text=True, timeout=120)
                self.assertEqual(read.returncode, 0, read.stderr)
                self.assertEqual(len(read.stdout.split()), 4096 - missing)
                self.assertIn("OK", done.stdout)


if __name__ == "__main__":
    unittest.main()
