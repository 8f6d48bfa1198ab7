"""Plugins that a test writes, compiled outside of the tree with the compiler of the build and its sanitizers."""

import fcntl
import hashlib
import os
import pathlib
import subprocess

from program import SOURCE, build_setting

# What IxyflowInstall.cmake puts into a package.
PUBLIC_ROOMS = ("base", "net", "packet", "element", "device")


def compiler(*arguments, standard="c++23"):
    """The finished process of the compiler; output as text."""
    sanitizers = build_setting("IXYFLOW_SANITIZE")
    flags = [f"-fsanitize={sanitizers}"] if sanitizers else []
    return subprocess.run([build_setting("CMAKE_CXX_COMPILER") or "g++", f"-std={standard}", "-Wall", "-Wextra", "-fPIC",
                           f"-I{SOURCE}", *flags, *map(str, arguments)], capture_output=True, text=True, timeout=240,
                          check=False)


def with_headers():
    """Arguments for the compiler: what every element includes, which takes three times as long to parse as a test's
    plugin to compile, is precompiled once for a build and its headers as they are now."""
    content = hashlib.sha256()
    for room in PUBLIC_ROOMS:
        for path in sorted((SOURCE / "core" / room).rglob("*.hpp")):
            content.update(path.read_bytes())
    folder = pathlib.Path(os.environ["IXYFLOW_BUILD_DIR"]) / "plugins-of-tests"
    folder.mkdir(exist_ok=True)
    header = folder / f"element-{content.hexdigest()[:16]}.hpp"
    precompiled = header.with_suffix(".hpp.gch")
    with open(folder / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not precompiled.exists():
            for outdated in folder.glob("element-*"):
                outdated.unlink()
            header.write_text('#include "core/element/packet_element.hpp"\n')
            fresh = precompiled.with_suffix(".new")
            done = compiler("-x", "c++-header", header, "-o", fresh)
            if done.returncode != 0:
                raise AssertionError(done.stderr)
            fresh.rename(precompiled)
    return ["-include", header]


def compile_plugin(source, plugin):
    """The shared object `plugin` of the file `source`."""
    done = compiler(*with_headers(), "-shared", source, "-o", plugin)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return plugin
