"""A table of registers names what its program uses, and nothing else: a constant that nobody uses was copied, or has
outlived its use, and a reader would look for its meaning in vain."""

import collections
import re
import unittest

from program import SOURCE

# Headers that are tables, with the folder of those who may use them (tests have numbers of their own).
REGISTERS = "tools/ixgbe-model/card/registers"
TABLES = {f"{REGISTERS}/{name}.hpp": "tools/ixgbe-model" for name in ("bits", "queue_registers", "registers")}
TABLES |= {f"drivers/ixgbe/{name}.hpp": "drivers/ixgbe" for name in ("registers", "descriptors")}

COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
NAMESPACE = re.compile(r"\bnamespace\s+([\w:]+)\s*\{|([{}])")
# "inline constexpr Type kOne = 1, kTwo{2};" declares two names, "constexpr Type name(...)" a function.
CONSTANTS = re.compile(r"\bconstexpr\s+[\w:]+\s+(k\w+[^;]*);")
FUNCTION = re.compile(r"\bconstexpr\s+[\w:]+\s+(\w+)\s*\(")
NAME_OF_CONSTANT = re.compile(r"(?:^|,)\s*(k[A-Z]\w*)\s*[={]")


def namespace_at(text, position):
    """The innermost namespace around a position, by its last word."""
    around = []
    for found in NAMESPACE.finditer(text, 0, position):
        if found.group(2) == "}":
            around.pop()
        else:
            around.append(found.group(1))
    names = [name for name in around if name]
    return names[-1].split("::")[-1] if names else ""


def names_of(text):
    """(namespace, name) of each constant and function that a table declares. `text` is without comments."""
    declared = []
    for found in CONSTANTS.finditer(text):
        declared += [(namespace_at(text, found.start()), name) for name in NAME_OF_CONSTANT.findall(found.group(1))]
    # A function inside of a structure is the structure's affair.
    declared += [(namespace_at(text, found.start()), found.group(1)) for found in FUNCTION.finditer(text)
                 if found.start() == text.rfind("\n", 0, found.start()) + 1]
    return declared


def uses_in(texts):
    """The names that texts without comments use: as (namespace, name) where they are qualified or the text has a using
    directive for the namespace."""
    used = set()
    for text in texts:
        used.update(re.findall(r"\b(\w+)::(?=(\w+))", text))
        for namespace in re.findall(r"\busing namespace (?:\w+::)*(\w+);", text):
            used.update((namespace, word) for word in re.findall(r"\w+", text))
    return used


def unused(table, others):
    """The names of a table (its text) that neither it nor one of the other texts uses."""
    table = COMMENT.sub("", table)
    declared = names_of(table)
    used = uses_in([COMMENT.sub("", text) for text in others])
    declarations = collections.Counter(name for _, name in declared)
    words = collections.Counter(re.findall(r"\w+", table))
    return [f"{namespace}::{name}" for namespace, name in declared
            if (namespace, name) not in used and words[name] <= declarations[name]]


class UnusedConstants(unittest.TestCase):
    def test_every_name_of_a_table_of_registers_is_used(self):
        for table, folder in TABLES.items():
            others = [path.read_text(encoding="utf-8") for path in sorted((SOURCE / folder).rglob("*.[ch]pp"))
                      if path != SOURCE / table]
            text = (SOURCE / table).read_text(encoding="utf-8")
            with self.subTest(table=table):
                self.assertGreater(len(names_of(COMMENT.sub("", text))), 10)
                self.assertEqual(unused(text, others), [], f"{table} declares what nothing below {folder} uses")

    def test_the_check_tells_used_from_unused(self):
        table = """namespace a::reg {
                   struct Range { int at; };
                   inline constexpr int kOne = 1, kTwo{2};  // kThree
                   inline constexpr Range kThree{1};
                   inline constexpr int kFour = kThree.at;
                   namespace ctrl { inline constexpr int kEnable = 1; }
                   namespace status { inline constexpr int kEnable = 1; }
                   }""".replace("\n                   ", "\n")
        self.assertEqual(unused(table, []), ["reg::kOne", "reg::kTwo", "reg::kFour", "ctrl::kEnable", "status::kEnable"])
        self.assertEqual(unused(table, ["reg::kOne + reg::kTwo; // reg::kFour", "ctrl::kEnable"]),
                         ["reg::kFour", "status::kEnable"])
        self.assertEqual(unused(table, ["using namespace a::reg; kOne, kTwo, kFour", "ctrl::kEnable | status::kEnable"]), [])
        self.assertEqual(unused("namespace reg {\nconstexpr int mta(int i) { return i; }\n}", []), ["reg::mta"])


if __name__ == "__main__":
    unittest.main()
