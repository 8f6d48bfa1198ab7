"""What the README shows is run: its pipelines, its element, its commands, and the form of what they print."""

import json
import os
import pathlib
import re
import subprocess
import time
import unittest.mock

from example_support import PROGRAM, SOURCE, ExampleTestCase, build_setting
from model_cards import MODEL

README = (SOURCE / "README.md").read_text()
# Those build the project, run all of its tests, this one included, or say what holds for every command of the test.
NOT_RUN = ("tools/", "cmake ", "export ")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.M | re.S)


def named_blocks(language, comment):
    """Blocks whose first line is a comment with their file's name, as {name: text}."""
    found = {}
    for text in blocks(language):
        name = re.match(rf"{comment} (\S+\.\w+)", text)
        if name:
            found[name[1]] = text
    return found


def console_steps():
    """(command, what the README shows of its output) for each `$` line."""
    steps = []
    for block in blocks("console"):
        for line in block.splitlines():
            if line.startswith("$ "):
                steps.append((line[2:], []))
            else:
                steps[-1][1].append(line)
    return steps


def form(line):
    """A line without its figures and the white space that depends on their width."""
    line = re.sub(r"\d[\d,.]*(e[+-]?\d+)?", "N", line)
    line = re.sub(r"N ?(ns|us|ms|s|[kMG]?pps|[kMG]?bit/s|[KMG]iB)\b", "N unit", line)
    return re.sub(r"[\s─-]+", " ", line).strip()


def same_form(shown, printed):
    """Whether `printed` has the lines of `shown`, where a line `...` stands for any number of lines."""
    if not shown:
        return not printed
    if shown[0] == "...":
        return any(same_form(shown[1:], printed[i:]) for i in range(len(printed) + 1))
    return bool(printed) and shown[0] == printed[0] and same_form(shown[1:], printed[1:])


def is_ready(stats):
    return stats["ledger"]["received"] > 1000 or any(port["driver"] == "vhost" for port in stats["ports"])


class Readme(ExampleTestCase):
    def setUp(self):
        super().setUp()
        (self.folder / "core").symlink_to(SOURCE / "core")
        built = self.folder / "build" / "release"
        built.mkdir(parents=True)
        path = unittest.mock.patch.dict(os.environ, PATH=f"{built}:{os.environ['PATH']}")
        path.start()
        self.addCleanup(path.stop)
        for program in (pathlib.Path(PROGRAM), MODEL):
            (built / program.name).symlink_to(program)
        for name, text in {**named_blocks("toml", "#"), **named_blocks("cpp", "//")}.items():
            self.write(name, text)

    def shell(self, command):
        done = subprocess.run(command, shell=True, cwd=self.folder, text=True, timeout=240, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, f"$ {command}\n{done.stdout}")
        # A busy machine may keep a core from answering: then it is asked once more.
        return self.shell(command) if "did not answer in time" in done.stdout else done.stdout

    def end_background(self):
        """Ends what was started last, and returns what it has printed."""
        self.background.terminate()
        printed = self.background.stdout.read()
        self.assertEqual(self.background.wait(timeout=60), 0, printed)
        return printed

    def shell_in_background(self, command):
        """The command goes on until it or the test ends; comes back when it is ready: a pipeline has moved some packets or
        is the device that others come to, a model has said so of all its cards."""
        process = subprocess.Popen(["sh", "-c", "exec " + command], cwd=self.folder, text=True, stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait, timeout=60)
        self.addCleanup(process.terminate)
        self.background = process
        if MODEL.name in command:
            for _ in range(command.count("--device")):
                self.assertTrue(process.stdout.readline().startswith("ready"), command)
            return
        for _ in range(1200):
            done = subprocess.run([PROGRAM, "stats", "--format", "json"], capture_output=True, text=True, timeout=60)
            if done.returncode == 0 and is_ready(json.loads(done.stdout)):
                return
            self.assertIsNone(process.poll(), command)
            time.sleep(0.05)
        self.fail(f"$ {command} &: moves no packets")

    def test_opens_with_what_a_newcomer_types(self):
        commands = [line.partition("#")[0].strip() for line in blocks("console")[0].splitlines()]
        self.assertEqual(commands, ["$ tools/quickstart", "$ tools/test", "$ tools/test full"])

    def test_every_command_prints_what_is_shown(self):
        if build_setting("IXYFLOW_SANITIZE"):
            self.skipTest("the plugin of the README is built without sanitizers")
        steps = [step for step in console_steps() if not step[0].startswith(NOT_RUN)]
        self.assertGreaterEqual(len(steps), 5)
        for command, shown in steps:
            with self.subTest(command):
                if command.endswith(" &"):
                    self.shell_in_background(command.removesuffix(" &"))
                    continue
                printed = self.end_background() if command == "kill $!" else self.shell(command)
                wanted = [form(line) for line in shown if line.strip()]
                got = [form(line) for line in printed.splitlines() if line.strip()]
                if wanted:
                    self.assertTrue(same_form(wanted, got), f"$ {command}\n{printed}\n{wanted}\n{got}")

    def test_every_pipeline_is_right(self):
        if build_setting("IXYFLOW_SANITIZE"):
            self.skipTest("the plugin of the README is built without sanitizers")
        for command, _ in console_steps():
            if command.startswith("g++ "):
                self.shell(command)
        pipelines = named_blocks("toml", "#")
        self.assertTrue(pipelines)
        for name in pipelines:
            with self.subTest(name):
                self.ixyflow("check", name)

    def test_every_file_that_it_names_exists(self):
        for path in re.findall(r"\]\(([^)#:]+)\)", README):
            self.assertTrue((SOURCE / path).exists(), path)
