"""The rules of the house that a compiler does not know: who may include whom, headers that stand alone, elements that
can be compiled as one, and nothing of the machine that the project was written on."""

import os
import pathlib
import re
import subprocess
import unittest
from concurrent.futures import ThreadPoolExecutor
from functools import cache

ROOT = pathlib.Path(os.environ.get("IXYFLOW_SOURCE_DIR", pathlib.Path(__file__).parents[2]))

# What each room sees of the others, itself included, as core/README.md draws it. Elements and drivers never see each
# other. A file belongs to the longest of these folders that it is below.
BASE, OS, NET, PACKET, ELEMENT = "core/base", "core/os", "core/net", "core/packet", "core/element"
DEVICE, GRAPH, MAKING, PLANNER, PLUGIN = ("core/device", "core/graph", "core/graph/making", "core/graph/planner",
                                          "core/plugin")
SANDBOX = "core/sandbox"
LOGICAL, ON_MACHINE = (f"{PLANNER}/{half}" for half in ("logical", "machine"))
CONFIG, SYNTAX, SHORTHAND, RUNTIME = "core/config", "core/config/syntax", "core/config/shorthand", "core/runtime"
MACHINE, ENGINE, ASSEMBLY, REPORT, CONTROL = (
    f"{RUNTIME}/{wing}" for wing in ("machine", "engine", "assembly", "report", "control"))
TERMINAL, JSON, COMMAND_LINE, PROCESS, PIPELINE, VIEWS, SOCKET, TEST, COMMANDS = (
    f"tools/ixyflow/{room}" for room in ("terminal", "json", "command_line", "process", "pipeline", "views", "control",
                                         "test", "commands"))
PROTOCOL = "drivers/bus/vfio_user/protocol.hpp"  # the messages, which both sides of a wire use
MODEL = "tools/ixgbe-model"
MODEL_WIRE, CARD, MODEL_FAULT, MODEL_SERVER = (f"{MODEL}/{room}" for room in ("wire", "card", "fault", "server"))
PLUG = f"{MODEL_WIRE}/wire.hpp"  # all that a card knows of what it is plugged into
CARD_BUS, CARD_REGISTERS, CARD_FRAME = (f"{CARD}/{room}" for room in ("bus", "registers", "frame"))
CARD_CONTROL, CARD_QUEUE = (f"{CARD}/{room}" for room in ("control", "queue"))
CARD_LINK, CARD_RECEIVE, CARD_TRANSMIT = (f"{CARD}/{room}" for room in ("link", "receive", "transmit"))
SEEN_BY_CARD_QUEUES = {BASE, CARD_BUS, CARD_REGISTERS, CARD_QUEUE}
SEEN_BY_CARD_PATHS = SEEN_BY_CARD_QUEUES | {CARD_FRAME, CARD_CONTROL}
BARRIERS = "drivers/bus/barriers.hpp"  # read once, in order: what both ends of shared memory need
# The house of virtio: what both ends speak, how they meet, and the ends, which never see each other.
FORMAT, VIRTIO_SOCKET, TRANSPORT, DRIVER, VHOST = (f"drivers/virtio/{room}" for room in
                                            ("format", "socket", "transport", "driver", "device"))
COMMON = "drivers/common"  # what drivers of cards share
BUS = "drivers/bus"
BUS_INVENTORY, BUS_OPEN = f"{BUS}/inventory", f"{BUS}/open"
SEEN_BY_BUS = {BASE, OS, NET, PACKET, BUS}
SEEN_BY_DRIVERS = {BASE, OS, NET, PACKET, DEVICE}
SEEN_BY_WINGS = {BASE, OS, NET, PACKET, ELEMENT, DEVICE, GRAPH}
ROOMS = {
    BASE: {BASE},
    OS: {BASE, OS},
    NET: {BASE, NET},
    PACKET: {BASE, OS, NET, PACKET},
    ELEMENT: {BASE, NET, PACKET, ELEMENT},
    DEVICE: {BASE, NET, PACKET, DEVICE},
    GRAPH: {BASE, NET, PACKET, ELEMENT, DEVICE, GRAPH},
    MAKING: {BASE, NET, PACKET, ELEMENT, DEVICE, GRAPH, MAKING},
    LOGICAL: {BASE, NET, PACKET, ELEMENT, DEVICE, GRAPH, LOGICAL},
    ON_MACHINE: {BASE, NET, PACKET, ELEMENT, DEVICE, GRAPH, LOGICAL, ON_MACHINE},
    PLANNER: {BASE, NET, PACKET, ELEMENT, DEVICE, GRAPH, LOGICAL, ON_MACHINE, PLANNER},
    PLUGIN: {BASE, OS, ELEMENT, DEVICE, PLUGIN},
    SANDBOX: {BASE, OS, SANDBOX},
    SYNTAX: {BASE, OS, SYNTAX},
    SHORTHAND: {BASE, ELEMENT, DEVICE, SYNTAX, SHORTHAND},
    CONFIG: {BASE, OS, NET, PACKET, ELEMENT, DEVICE, GRAPH, MAKING, PLANNER, PLUGIN, SYNTAX, SHORTHAND, CONFIG},
    MACHINE: {BASE, OS, GRAPH, MACHINE},
    ENGINE: SEEN_BY_WINGS | {ENGINE},
    ASSEMBLY: SEEN_BY_WINGS | {MAKING, ENGINE, ASSEMBLY},
    REPORT: SEEN_BY_WINGS | {MACHINE, ENGINE, ASSEMBLY, REPORT},
    CONTROL: SEEN_BY_WINGS | {SANDBOX, MAKING, MACHINE, ENGINE, ASSEMBLY, REPORT, CONTROL},
    "elements": {BASE, NET, PACKET, ELEMENT, "elements"},
    "elements/io": {BASE, NET, PACKET, ELEMENT, DEVICE, "elements"},
    "drivers": SEEN_BY_DRIVERS | {"drivers", BUS, BUS_OPEN, COMMON},
    COMMON: SEEN_BY_DRIVERS | {BUS, COMMON},
    BUS: SEEN_BY_BUS,
    BUS_INVENTORY: SEEN_BY_BUS | {BUS_INVENTORY},
    f"{BUS}/sysfs": SEEN_BY_BUS | {BUS_INVENTORY, f"{BUS}/sysfs"},
    f"{BUS}/vfio": SEEN_BY_BUS | {BUS_INVENTORY, f"{BUS}/vfio"},
    f"{BUS}/vfio_user": SEEN_BY_BUS | {f"{BUS}/vfio_user"},
    BUS_OPEN: SEEN_BY_BUS | {BUS_INVENTORY, f"{BUS}/sysfs", f"{BUS}/vfio", f"{BUS}/vfio_user", BUS_OPEN},
    FORMAT: {BASE, NET, FORMAT},
    VIRTIO_SOCKET: {BASE, OS, VIRTIO_SOCKET},
    TRANSPORT: {BASE, OS, PACKET, BUS, FORMAT, VIRTIO_SOCKET, TRANSPORT},
    DRIVER: {BASE, OS, NET, PACKET, DEVICE, BUS, BUS_OPEN, COMMON, FORMAT, TRANSPORT, DRIVER},
    VHOST: {BASE, OS, NET, PACKET, DEVICE, BARRIERS, FORMAT, VIRTIO_SOCKET, VHOST},
    TERMINAL: {BASE, TERMINAL},
    JSON: {BASE, JSON},
    COMMAND_LINE: {BASE, TERMINAL, COMMAND_LINE},
    PROCESS: {BASE, OS, CONTROL, BUS, BUS_INVENTORY, PROCESS},
    PIPELINE: {BASE, OS, GRAPH, PLANNER, PLUGIN, SANDBOX, CONFIG, SHORTHAND, MACHINE, TERMINAL, PIPELINE},
    VIEWS: SEEN_BY_WINGS | {PLANNER, CONFIG, ENGINE, REPORT, BUS, BUS_INVENTORY, TERMINAL, JSON, VIEWS},
    SOCKET: {BASE, OS, CONTROL, JSON, VIEWS, SOCKET},
    TEST: {BASE, NET, PACKET, DEVICE, PLANNER, CONFIG, REPORT, CONTROL, TERMINAL, PIPELINE, VIEWS, TEST},
    COMMANDS: {BASE, OS, SANDBOX, PACKET, DEVICE, PLANNER, CONFIG, ENGINE, CONTROL, BUS, BUS_INVENTORY, TERMINAL, JSON, COMMAND_LINE, PROCESS,
               PIPELINE, VIEWS, SOCKET, TEST, COMMANDS},
    "tools/ixyflow": {BASE, PACKET, ELEMENT, DEVICE, REPORT, TERMINAL, COMMAND_LINE, PIPELINE, "tools/ixyflow"},
    MODEL_WIRE: {BASE, OS, MODEL_WIRE},
    CARD_BUS: {CARD_BUS},
    CARD_REGISTERS: {CARD_REGISTERS},
    CARD_FRAME: {CARD_FRAME},
    CARD_CONTROL: {BASE, CARD_BUS, CARD_REGISTERS, CARD_CONTROL},
    CARD_QUEUE: SEEN_BY_CARD_QUEUES,
    CARD_LINK: {BASE, CARD_REGISTERS, CARD_FRAME, CARD_CONTROL, PLUG, CARD_LINK},
    CARD_RECEIVE: SEEN_BY_CARD_PATHS | {CARD_RECEIVE},
    CARD_TRANSMIT: SEEN_BY_CARD_PATHS | {CARD_TRANSMIT},
    CARD: {BASE, PLUG, CARD_BUS, CARD_REGISTERS, CARD_CONTROL, CARD_LINK, CARD_RECEIVE, CARD_TRANSMIT, CARD},
    MODEL_FAULT: {BASE, CARD_CONTROL, CARD, MODEL_FAULT},
    MODEL_SERVER: {BASE, OS, PROTOCOL, CARD_BUS, MODEL_SERVER},
    MODEL: {BASE, OS, NET, CARD_BUS, CARD, MODEL_WIRE, MODEL_FAULT, MODEL_SERVER, MODEL},
}

# Rooms in which no file includes another one that leads back to it.
WITHOUT_CIRCLES = (BASE, OS, NET, PACKET, ELEMENT, DEVICE, GRAPH, MAKING, LOGICAL, ON_MACHINE, PLANNER, PLUGIN, SANDBOX,
                   SYNTAX, SHORTHAND, CONFIG, MACHINE, ENGINE, ASSEMBLY, REPORT, CONTROL)

# Where a library may be included, by the start of its headers' names. In .cpp files only: no type of theirs becomes
# part of what plugins are compiled against.
EVERYWHERE = ("core/", "elements/", "drivers/", "tools/ixyflow/", "tools/ixgbe-model/")
LIBRARIES = {
    "toml++/": ("core/config/",),
    "hwloc": ("core/runtime/",),
    "zlib.h": ("drivers/file/",),
    "zstd": ("drivers/file/",),
    "pcap": ("core/net/", "drivers/file/", "tools/ixgbe-model/wire/"),
    "boost/": ("core/packet/", "core/runtime/"),
    "spdlog/": ("core/base/",),
    "nlohmann/": ("tools/ixyflow/json/json.cpp", "tools/ixgbe-model/server/"),
    "CLI/": ("tools/ixyflow/command_line/parse.cpp", "tools/ixgbe-model/command_line.cpp"),
    "seccomp.h": ("core/sandbox/",),
    "cap-ng.h": ("core/sandbox/",),
    "fmt/": EVERYWHERE,
}

# Headers of the C library and of the kernel; those of C++ have no dot.
SYSTEM = re.compile(r"(sys|linux|arpa|net|netinet|netpacket)/|(dlfcn|elf|errno|fcntl|grp|ifaddrs|link|poll|pthread|pwd|sched|signal|spawn|"
                    r"stdio|stdlib|string|termios|time|ucontext|unistd|x86intrin|immintrin|emmintrin)\.h$")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def sources(*folders, suffixes=(".cpp", ".hpp")):
    """Paths below the folders, from the root, sorted."""
    return sorted(path.relative_to(ROOT).as_posix() for folder in folders for path in (ROOT / folder).rglob("*")
                  if path.suffix in suffixes)


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def room_of(path):
    """The room that a file belongs to, or None for one outside of all rooms."""
    rooms = [room for room in ROOMS if path.startswith(room + "/")]
    return max(rooms, key=len) if rooms else None


def include_mistake(path, bracket, included):
    """Why `path` may not include `included`, or None."""
    if bracket == '"':
        if not (ROOT / included).is_file():
            return "is not written from the root"
        target = room_of(included)
        seen = ROOMS[room_of(path)]
        if included not in seen and target not in seen:
            return f"is in a room that {room_of(path)} does not see"
        return None
    for library, folders in LIBRARIES.items():
        if included.startswith(library):
            if not path.startswith(folders):
                return "is a library of " + " and ".join(folders)
            return None if path.endswith(".cpp") else "is a library's header in a header"
    if "." in included and not SYSTEM.match(included):
        return "is a header that the table of libraries does not know"
    return None


def arrows(room):
    """Which file of a room includes which others; a header and its .cpp file are one."""
    result = {}
    paths = [path for path in sources(room) if room_of(path) == room]
    for path in paths:
        stem = pathlib.Path(path).stem
        others = {pathlib.Path(included).stem for _, included in INCLUDE.findall(read(path)) if included in paths}
        result.setdefault(stem, set()).update(others - {stem})
    return result


def circle(graph):
    """Names that lead from one to the next and back to the first, or None."""
    done = set()

    def walk(name, way):
        if name in way:
            return way[way.index(name):] + [name]
        found = None
        if name not in done:
            found = next(filter(None, (walk(other, way + [name]) for other in sorted(graph.get(name, ())))), None)
        done.add(name)
        return found

    return next(filter(None, (walk(name, []) for name in sorted(graph))), None)


def compiler():
    """The compiler that the build uses."""
    cache = pathlib.Path(os.environ.get("IXYFLOW_BUILD_DIR", "")) / "CMakeCache.txt"
    if cache.is_file():
        found = re.search(r"^CMAKE_CXX_COMPILER:\w+=(.+)$", cache.read_text(), re.MULTILINE)
        if found:
            return found.group(1)
    return os.environ.get("CXX", "c++")


def compile_text(text):
    """What the compiler complains about in `text`; empty when it takes it."""
    command = [compiler(), "-std=c++23", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-Wno-missing-field-initializers",
               f"-I{ROOT}", '-DIXYFLOW_VERSION="0"', "-x", "c++", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr[:4000] or "it fails"


@cache
def seen_by(path):
    """The names of all that a file of the tree includes, itself or through others, and its own."""
    names = frozenset([path])
    for bracket, included in INCLUDE.findall(read(path)):
        names |= seen_by(included) if bracket == '"' else {included}
    return names


def chains(seen):
    """Headers, by what each of them sees, in lists that can be compiled one behind the other as if each were alone: it sees
    by itself all that stands before it. Most of the time goes to what they see, and is so spent once for many."""
    result = []
    for header in sorted(seen, key=lambda name: (len(seen[name]), name)):
        fitting = [chain for chain in result if seen[chain[-1]] <= seen[header]]
        if fitting:
            max(fitting, key=lambda chain: len(seen[chain[-1]])).append(header)
        else:
            result.append([header])
    return result


class Layering(unittest.TestCase):
    def test_every_file_belongs_to_a_room(self):
        strays = [path for path in sources("core", "elements", "drivers", "tools/ixyflow", "tools/ixgbe-model")
                  if room_of(path) is None]
        self.assertEqual(strays, [])

    def test_rooms_include_only_what_they_may_see(self):
        files = sources(*ROOMS)
        self.assertGreater(len(files), 50)
        mistakes = [f'{path}: "{included}" {why}' for path in files if room_of(path)
                    for bracket, included in INCLUDE.findall(read(path))
                    if (why := include_mistake(path, bracket, included))]
        self.assertEqual(sorted(set(mistakes)), [], "see the tables at the top of this test")

    def test_files_of_a_room_do_not_include_each_other_in_a_circle(self):
        for room in WITHOUT_CIRCLES:
            with self.subTest(room=room):
                self.assertIsNone(circle(arrows(room)))

    def test_a_circle_is_found(self):
        self.assertIsNone(circle({"a": {"b", "c"}, "b": {"c"}}))
        self.assertEqual(circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}), ["b", "c", "b"])

    def test_the_check_finds_what_it_looks_for(self):
        wrong = [("core/base/x.hpp", '"', "core/net/parser.hpp"), ("core/base/x.cpp", '"', "core/os/file_descriptor.hpp"),
                 ("core/net/x.cpp", '"', "core/packet/packet.hpp"),
                 ("core/element/x.hpp", '"', "core/device/port.hpp"), ("core/runtime/control/x.cpp", '"', "core/config/load.hpp"),
                 ("core/runtime/engine/x.cpp", '"', "core/runtime/control/run.hpp"),
                 ("core/graph/x.cpp", '"', "core/graph/planner/make_plan.hpp"),
                 ("core/graph/planner/logical/x.cpp", '"', "core/graph/planner/machine/cpus.hpp"),
                 ("core/runtime/engine/x.cpp", '"', "core/graph/planner/make_plan.hpp"),
                 ("elements/ip/x.cpp", '"', "core/device/port.hpp"), ("elements/io/x.cpp", '"', "core/graph/plan.hpp"),
                 ("drivers/virtio/device/x.cpp", '"', "drivers/virtio/transport/transport.hpp"),
                 ("drivers/virtio/driver/x.cpp", '"', "drivers/virtio/socket/channel.hpp"),
                 ("drivers/virtio/transport/x.cpp", '"', "drivers/virtio/driver/virtqueue.hpp"),
                 ("drivers/virtio/format/x.hpp", '"', BARRIERS), ("drivers/ixgbe/x.cpp", '"', "drivers/virtio/format/features.hpp"),
                 ("drivers/file/x.cpp", '"', "core/element/element.hpp"), ("core/net/x.cpp", '"', "parser.hpp"),
                 ("core/net/x.hpp", "<", "pcap/pcap.h"), ("core/graph/x.cpp", "<", "toml++/toml.h"),
                 ("core/net/x.hpp", "<", "fmt/format.h"), ("core/net/x.cpp", "<", "unheard/of.h"),
                 ("tools/ixyflow/views/x.cpp", '"', "tools/ixyflow/command_line/command_line.hpp"),
                 ("tools/ixyflow/control/x.cpp", '"', "tools/ixyflow/terminal/console.hpp"),
                 ("tools/ixyflow/test/x.cpp", '"', "tools/ixyflow/commands/options.hpp"),
                 ("tools/ixyflow/x.cpp", '"', "tools/ixyflow/commands/options.hpp"),
                 ("tools/ixyflow/views/x.cpp", "<", "nlohmann/json.hpp"),
                 ("tools/ixgbe-model/x.cpp", '"', "drivers/bus/bar.hpp"),
                 (f"{CARD}/x.cpp", '"', f"{MODEL_FAULT}/faults.hpp"), (f"{CARD_LINK}/x.cpp", '"', f"{MODEL_WIRE}/wires.hpp"),
                 (f"{CARD_RECEIVE}/x.cpp", '"', f"{CARD}/parts.hpp"),
                 (f"{CARD_TRANSMIT}/x.cpp", '"', f"{CARD_RECEIVE}/filters.hpp"),
                 (f"{MODEL_SERVER}/x.cpp", '"', f"{CARD}/card.hpp"), (f"{MODEL_WIRE}/x.cpp", '"', f"{CARD_BUS}/device.hpp"),
                 ("drivers/bus/x.cpp", '"', "drivers/bus/sysfs/function.hpp"),
                 ("drivers/bus/inventory/x.cpp", '"', "drivers/bus/sysfs/function.hpp"),
                 ("drivers/ixgbe/x.cpp", '"', "drivers/bus/vfio/function.hpp")]
        for path, bracket, included in wrong:
            self.assertIsNotNone(include_mistake(path, bracket, included), (path, included))
        right = [("elements/io/x.cpp", '"', "core/device/port.hpp"), ("core/net/x.cpp", "<", "pcap/pcap.h"),
                 (f"{MODEL_SERVER}/x.cpp", '"', PROTOCOL), (f"{CARD_LINK}/x.hpp", '"', PLUG),
                 ("drivers/virtio/device/x.hpp", '"', BARRIERS),
                 ("core/net/x.cpp", "<", "sys/mman.h"), ("core/net/x.hpp", "<", "vector")]
        for path, bracket, included in right:
            self.assertIsNone(include_mistake(path, bracket, included), (path, included))


def source_of(header):
    """The source file of the header's name, or None."""
    source = header.removesuffix(".hpp") + ".cpp"
    return source if (ROOT / source).is_file() else None


class Headers(unittest.TestCase):
    def test_a_source_file_includes_its_own_header_first(self):
        headers = [header for header in sources(*ROOMS, suffixes=(".hpp",)) if source_of(header)]
        self.assertGreater(len(headers), 100)
        late = [header for header in headers if INCLUDE.findall(read(source_of(header)))[:1] != [('"', header)]]
        self.assertEqual(late, [])

    def test_headers_compile_alone(self):
        """One that its source file includes first is compiled alone by the preset dev; what a plugin may include must not
        wait for that."""
        public = sources(BASE, NET, PACKET, ELEMENT, DEVICE, suffixes=(".hpp",))
        others = sources(GRAPH, CONFIG, RUNTIME, "elements", "drivers", "tools/ixyflow", "tools/ixgbe-model",
                         suffixes=(".hpp",))
        headers = public + [header for header in others if not source_of(header)]
        units = chains({header: seen_by(header) for header in headers})
        self.assertEqual(sorted(sum(units, [])), sorted(headers))
        with ThreadPoolExecutor(2) as pool:
            complaints = list(pool.map(lambda unit: compile_text("".join(f'#include "{header}"\n' for header in unit)), units))
        self.assertEqual([text for text in complaints if text], [])

    def test_a_header_borrows_nothing_from_one_before_it(self):
        self.assertEqual(chains({"a": {"a", "vector"}, "b": {"b", "a", "vector"}, "c": {"c", "string"}}), [["a", "b"], ["c"]])
        self.assertIn("string", seen_by(f"{BASE}/result.hpp"))
        self.assertIn(f"{BASE}/exit_code.hpp", seen_by(f"{BASE}/result.hpp"))

    def test_a_header_that_needs_another_is_found(self):
        self.assertNotEqual(compile_text("std::string text;\n"), "")
        self.assertEqual(compile_text("#include <string>\nstd::string text;\n"), "")

    def test_headers_are_included_once(self):
        without = [header for header in sources(*ROOMS, suffixes=(".hpp",)) if "#pragma once" not in read(header)]
        self.assertEqual(without, [])


class Commands(unittest.TestCase):
    """A new command is a new file: it says itself that it is there, and where the help lists it."""

    def test_every_file_of_a_command_registers_one_and_no_other_file_does(self):
        registered = {path: len(re.findall(r"^IXYFLOW_COMMAND\(", read(path), re.MULTILINE))
                      for path in sources("tools/ixyflow", suffixes=(".cpp",))}
        of_commands = [path for path in registered if path.startswith(COMMANDS) and path.endswith("_command.cpp")]
        self.assertGreater(len(of_commands), 10)
        self.assertEqual({path: count for path, count in registered.items() if count},
                         {path: 1 for path in of_commands})


class Elements(unittest.TestCase):
    def test_elements_can_be_compiled_as_one_unit(self):
        files = sources("elements", suffixes=(".cpp",))
        self.assertGreater(len(files), 10)
        unit = "#define IXYFLOW_ELEMENT_AS(T, name)\n" + "".join(f'#include "{file}"\n' for file in files)
        self.assertEqual(compile_text(unit), "")

    def test_elements_keep_nothing_at_file_scope(self):
        # What would collide, or change the meaning of another element, when they are compiled as one.
        forbidden = re.compile(r"^(static\b.*|\s*namespace\s*\{.*|\s*using\s+namespace\b.*)$", re.MULTILINE)
        found = [f"{path}: {match}" for path in sources("elements") for match in forbidden.findall(read(path))]
        self.assertEqual(found, [])


class Tree(unittest.TestCase):
    def test_no_file_names_a_place_of_somebodys_machine(self):
        places = re.compile(r"(?<![\w.])/(wor" + r"k|far" + r"m|home/\w+|root)/|\.librar" + r"y\b")
        listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=False)
        names = listed.stdout.decode().split("\0")[:-1]
        if listed.returncode != 0:
            self.skipTest("this is no git working tree")
        found = []
        for name in names:
            path = ROOT / name
            if path.is_file() and b"\0" not in (data := path.read_bytes())[:4096]:
                found += [f"{name}:{number}: {line}" for number, line
                          in enumerate(data.decode("utf-8", "replace").splitlines(), 1) if places.search(line)]
        self.assertEqual(found, [])


if __name__ == "__main__":
    unittest.main()
