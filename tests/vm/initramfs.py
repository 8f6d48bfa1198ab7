"""The first root file system of a guest: busybox, programs with their libraries, and what a test adds."""

import pathlib
import re
import stat
import subprocess
import tempfile

EXECUTABLE = stat.S_IFREG | 0o755
FOLDER = stat.S_IFDIR | 0o755


class Archive:
    """A cpio archive as the kernel wants it ("newc"). Several behind each other are unpacked one over the other."""

    def __init__(self):
        self.parts = []
        self.names = set()

    def add(self, name, content=b"", mode=EXECUTABLE):
        """A file with an absolute name, and the folders that it is in."""
        for folder in reversed(pathlib.PurePath(name).parents[:-1]):
            if str(folder) not in self.names:
                self._entry(str(folder), b"", FOLDER)
        self._entry(name, content, mode)

    def add_folder(self, name):
        self.add(name, mode=FOLDER)

    def add_program(self, path, name):
        """A program of this machine, and the libraries that it is linked with, without their debug information."""
        self.add(name, stripped(path))
        for library in libraries_of(path):
            # The loader has the one name that is written into programs; it finds the rest in /lib.
            target = library if library.startswith("/lib64/") else "/lib/" + pathlib.Path(library).name
            if target not in self.names:
                self.add(target, stripped(library))

    def bytes(self):
        end = self._header("TRAILER!!!", 0, 0, 0)
        data = b"".join([*self.parts, end])
        return data + bytes(-len(data) % 512)

    def _entry(self, name, content, mode):
        self.names.add(name)
        self.parts += [self._header(name.lstrip("/"), len(self.names), mode, len(content)), content,
                       bytes(-len(content) % 4)]

    @staticmethod
    def _header(name, inode, mode, size):
        encoded = name.encode() + b"\0"
        fields = [inode, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, len(encoded), 0]
        header = b"070701" + b"".join(b"%08x" % field for field in fields) + encoded
        return header + bytes(-len(header) % 4)


def libraries_of(path):
    """Absolute paths of the shared libraries that a program is linked with, the loader among them."""
    done = subprocess.run(["ldd", path], capture_output=True, text=True)  # fails for a static program, which has none
    return re.findall(r"^\s+(?:\S+ => )?(/\S+) \(", done.stdout, re.MULTILINE)


def stripped(path):
    with tempfile.NamedTemporaryFile() as copy:
        subprocess.run(["strip", "--strip-debug", "-o", copy.name, path], check=True)
        return pathlib.Path(copy.name).read_bytes()
