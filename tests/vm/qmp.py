"""QEMU's monitor for programs (QMP)."""

import json
import socket


def arguments(path):
    """QEMU's own, for a monitor at the socket `path`."""
    return ["-qmp", f"unix:{path},server=on,wait=off"]


def execute(socket_path, command, **what):
    """Has the monitor at `socket_path` do something, and returns its answer; see QEMU's reference of QMP."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(str(socket_path))
        with connection.makefile("rw") as line:
            for request in ({"execute": "qmp_capabilities"}, {"execute": command, "arguments": what}):
                line.write(json.dumps(request))
                line.flush()
                while "return" not in (answer := json.loads(line.readline())):
                    if "error" in answer:
                        raise RuntimeError(f"{command}: {answer['error']}")
    return answer["return"]
