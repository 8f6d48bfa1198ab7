"""How large files, functions and folders are: what a reader keeps in mind (CONTRIBUTING.md). `python3 tests/rules/sizes_test.py`
shows the figures. Functions of C++ are found by Universal Ctags, test cases by clang-format's layout, those of Python by ast."""

import ast
import collections
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import unittest

ROOT = pathlib.Path(os.environ.get("IXYFLOW_SOURCE_DIR", pathlib.Path(__file__).parents[2]))
FOLDERS = ("core", "elements", "drivers", "tests", "tools")
MEDIAN_FILE, LARGEST_FILE = 100, 400
MEDIAN_FUNCTION, LARGEST_FUNCTION = 6, 40
LARGEST_FOLDER = 26  # "some 25"

Function = collections.namedtuple("Function", "lines place")


def sources(*suffixes):
    """Paths from the root, sorted."""
    return sorted(path.relative_to(ROOT) for folder in FOLDERS for path in (ROOT / folder).rglob("*")
                  if path.suffix in suffixes and "__pycache__" not in path.parts)


def lines_of(path):
    return (ROOT / path).read_text(encoding="utf-8").splitlines()


def functions_of_cpp():
    """Every definition of a function, from the line of its name to that of its closing brace."""
    if not shutil.which("ctags"):
        raise unittest.SkipTest("Universal Ctags is not here: tools/install-deps test")
    done = subprocess.run(["ctags", "--languages=C++", "--language-force=C++", "--kinds-C++=f", "--fields=+ne",
                           "--output-format=json", "-L", "-", "-f", "-"], input="\n".join(map(str, sources(".cpp", ".hpp"))),
                          cwd=ROOT, capture_output=True, text=True, check=True)
    for tag in map(json.loads, done.stdout.splitlines()):
        if "end" in tag:
            yield Function(tag["end"] - tag["line"] + 1, f'{tag["path"]}:{tag["line"]} {tag["name"]}')


def test_cases_of_cpp():
    for path in sources(".cpp"):
        start = None
        for number, line in enumerate(lines_of(path), 1):
            if line.startswith("TEST_CASE("):
                start = number
            elif line == "}" and start is not None:
                yield Function(number - start + 1, f"{path}:{start}")
                start = None


def functions_of_python():
    for path in sources(".py"):
        for node in ast.walk(ast.parse("\n".join(lines_of(path)))):
            if isinstance(node, ast.FunctionDef):
                yield Function(node.end_lineno - node.lineno + 1, f"{path}:{node.lineno} {node.name}")


def files():
    return {path: len(lines_of(path)) for path in sources(".cpp", ".hpp", ".py")}


def folders():
    return collections.Counter(str(path.parent) for path in files())


class Sizes(unittest.TestCase):
    def check_functions(self, functions, count):
        self.assertGreater(len(functions), count)
        self.assertLessEqual(statistics.median(function.lines for function in functions), MEDIAN_FUNCTION)
        self.check_longest(functions)

    def check_longest(self, functions):
        self.assertEqual(sorted(function for function in functions if function.lines > LARGEST_FUNCTION), [])

    def test_files(self):
        self.assertLessEqual(statistics.median(files().values()), MEDIAN_FILE)
        self.assertEqual({str(path): lines for path, lines in files().items() if lines > LARGEST_FILE}, {})

    def test_functions(self):
        self.check_functions([*functions_of_cpp()], 3000)

    def test_test_cases_and_functions_of_python(self):
        self.check_longest([*test_cases_of_cpp(), *functions_of_python()])

    def test_folders(self):
        self.assertEqual({folder: count for folder, count in folders().items() if count > LARGEST_FOLDER}, {})


def show():
    """The figures, for people."""
    def line(name, numbers, largest):
        print(f"{name}: {len(numbers)}, median {statistics.median(numbers):g}, largest {max(numbers)} ({largest})")
    def of_functions(name, functions):
        line(name, [function.lines for function in functions], max(functions).place)
    cpp = {path: lines for path, lines in files().items() if path.suffix != ".py"}
    line("files of C++", list(cpp.values()), max(cpp, key=cpp.get))
    line("files, with Python", list(files().values()), max(files(), key=files().get))
    of_functions("functions of C++", [*functions_of_cpp()])
    of_functions("test cases of C++", [*test_cases_of_cpp()])
    of_functions("functions of Python", [*functions_of_python()])
    line("folders", list(folders().values()), folders().most_common(1)[0][0])


if __name__ == "__main__":
    show()
    unittest.main()
