"""Captures and what is in their frames, read without the program that is tested."""

import pathlib
import struct


def captured_frames(path):
    """The frames of a pcap file in either byte order, micro- or nanoseconds, as far as they are whole."""
    data = pathlib.Path(path).read_bytes()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    found, at = [], 24
    while at + 16 <= len(data):
        length, = struct.unpack_from(order + "I", data, at + 8)
        found.append(data[at + 16:at + 16 + length])
        at += 16 + length
    return found


def behind_tags(frame):
    """The EtherType of a frame behind its VLAN tags, and where the header begins that it announces."""
    at = 12
    while struct.unpack_from(">H", frame, at)[0] in (0x8100, 0x88a8):
        at += 4
    return struct.unpack_from(">H", frame, at)[0], at + 2
