"""The harness itself: what a test sees of its guest, and that a guest which does not boot is an error."""

import unittest

from guest import Guest, GuestError, GuestTestCase


class Harness(GuestTestCase):
    machine = {"modules": ["failover", "net-failover"], "append": "hugepages=3"}

    def test_output_errors_and_exit_code_come_back_as_they_are(self):
        done = self.guest.run("printf 'a\\r\\nb'; printf '\\0c' >&2; exit 7")
        self.assertEqual(done, (7, "a\r\nb", "\0c"))

    def test_long_texts_come_through(self):
        text = "".join(f"line {number}\n" for number in range(10000))
        self.guest.write("/tmp/long", text)
        self.assertEqual(self.guest.run("cat /tmp/long").out, text + "\n")

    def test_modules_are_loaded_with_those_that_they_need(self):
        self.assertIn("failover 16384 1 net_failover", self.expect(0, "cat /proc/modules").out)

    def test_the_kernel_has_the_command_line_of_the_test(self):
        self.assertEqual(self.expect(0, "cat /proc/sys/vm/nr_hugepages").out, "3\n")

    def test_a_job_that_does_not_end_is_told_from_one_that_does(self):
        job = self.start("sh -c 'echo begun; sleep 1000'")
        self.assertEqual(job.wait(seconds=1)[:2], (124, "begun\n"))
        job.signal("TERM")
        self.assertEqual(job.wait().code, 143)

    def test_a_guest_that_does_not_boot_is_an_error_with_its_console(self):
        with self.assertRaisesRegex(GuestError, "has ended(.|\n)*Kernel panic"):
            Guest(append="rdinit=/missing root=/missing")

    def test_a_guest_that_does_not_answer_in_time_is_an_error(self):
        with self.assertRaisesRegex(GuestError, "no answer in 0.2 s(.|\n)*boot"):
            Guest(boot_seconds=0.2)


if __name__ == "__main__":
    unittest.main()
