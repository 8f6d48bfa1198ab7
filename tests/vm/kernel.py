"""Debian's kernel for guests: one that is installed, or its package, unpacked into a cache and never installed."""

import contextlib
import fcntl
import hashlib
import lzma
import os
import pathlib
import re
import subprocess
import sys
import tempfile

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "ixyflow"


class Kernel:
    """A kernel image, with its modules where Debian's package puts them: beside the folder `boot`."""

    def __init__(self, image):
        self.image = image
        self.modules = image.parent.parent / "lib" / "modules" / image.name.removeprefix("vmlinuz-")

    def boot_file(self):
        """The kernel without its compression where that is xz: to unpack it in the guest takes half of a boot."""
        data = self.image.read_bytes()
        start = data.find(b"\xfd7zXZ\0")
        if start < 0:
            return self.image
        unpacked = CACHE / f"{self.image.name}-{hashlib.sha256(data).hexdigest()[:16]}"
        with cache_lock():
            if not unpacked.exists():
                fresh = unpacked.with_suffix(".new")
                fresh.write_bytes(lzma.LZMADecompressor().decompress(data[start:]))
                fresh.rename(unpacked)
        return unpacked

    def module(self, name):
        """The file of a module; dashes and underscores are the same, as for modprobe."""
        pattern = re.sub("[-_]", "[-_]", name) + ".ko"
        found = next(self.modules.rglob(pattern), None)
        if found is None:
            raise FileNotFoundError(f"{self.modules} has no module {name}")
        return found


def find_kernel():
    """The one that IXYFLOW_GUEST_KERNEL names, else the newest of Debian's in /boot, else one from a package."""
    given = os.environ.get("IXYFLOW_GUEST_KERNEL")
    if given:
        return Kernel(pathlib.Path(given))
    installed = newest(pathlib.Path("/boot"))
    if installed and os.access(installed, os.R_OK):
        return Kernel(installed)
    with cache_lock():
        return Kernel(newest(CACHE / "kernel" / "boot") or fetch())


@contextlib.contextmanager
def cache_lock():
    """Two tests may want the same file at the same time."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def newest(folder):
    """The image of the highest version in the folder, or None."""
    version = lambda image: [int(number) for number in re.findall(r"\d+", image.name)]
    return max(folder.glob("vmlinuz-*-amd64"), key=version, default=None)


def fetch():
    """Unpacks the kernel's package into the cache, all of it or nothing."""
    print("fetching Debian's kernel for guests (70 MB, once)", file=sys.stderr)
    with tempfile.TemporaryDirectory(dir=CACHE) as temporary:
        unpacked = pathlib.Path(temporary) / "kernel"
        try:
            depends = run("apt-cache", "depends", "linux-image-amd64")
            package = re.search(r"Depends: (linux-image-\d\S*-amd64)", depends).group(1)
            run("apt-get", "download", package, cwd=temporary)
            run("dpkg-deb", "--extract", *pathlib.Path(temporary).glob("*.deb"), unpacked)
        except (OSError, AttributeError, subprocess.CalledProcessError) as error:
            raise RuntimeError("no kernel for guests: apt-get could not download linux-image-amd64 (does 'apt-get "
                               "update' help?); IXYFLOW_GUEST_KERNEL can name another one:\n"
                               f"{getattr(error, 'stderr', error)}") from error
        unpacked.rename(CACHE / "kernel")
    return newest(CACHE / "kernel" / "boot")


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout
