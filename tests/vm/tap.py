"""A TAP interface with several queues for QEMU, in a network of its own, that nobody else sees."""

import array
import fcntl
import pathlib
import socket
import struct
import subprocess
import sys

NAME = "wire"
ALONE = ["unshare", "--map-root-user", "--net"]
# linux/if_tun.h and linux/if_packet.h
TUNSETIFF = 0x400454ca
IFF_TAP, IFF_NO_PI, IFF_VNET_HDR, IFF_MULTI_QUEUE = 0x0002, 0x1000, 0x4000, 0x0100
ETH_P_ALL, PACKET_OUTGOING = 3, 4


class Tap:
    """`queues` are for QEMU's `-netdev tap,fds=`; the test's end is that of the interface."""

    def __init__(self, queues):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            subprocess.run([*ALONE, sys.executable, pathlib.Path(__file__), str(theirs.fileno()), str(queues)],
                           pass_fds=[theirs.fileno()], check=True, capture_output=True, text=True)
            _, ancillary, _, _ = ours.recvmsg(1, socket.CMSG_SPACE(4 * (queues + 1)))
        descriptors = array.array("i", ancillary[0][2])
        self.queues = list(descriptors[1:])
        self._socket = socket.socket(fileno=descriptors[0])

    def send(self, frame, seconds=240):
        self._socket.settimeout(seconds)
        self._socket.send(frame)

    def receive(self, seconds=20):
        """The next frame that came out of QEMU, or None."""
        self._socket.settimeout(seconds)
        try:
            while True:
                frame, address = self._socket.recvfrom(65536)
                if address[2] != PACKET_OUTGOING:
                    return frame
        except TimeoutError:
            return None

    def close(self):
        self._socket.close()


def can_be_made():
    return subprocess.run([*ALONE, "test", "-w", "/dev/net/tun"], capture_output=True).returncode == 0


def main(descriptor, queues):
    """In the network of its own: makes the interface, and sends a packet socket and the queues to the caller."""
    files = [open("/dev/net/tun", "r+b", buffering=0) for _ in range(queues)]
    for file in files:
        flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE
        fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH22x", NAME.encode(), flags))
    # Nothing but the test's frames.
    ipv6 = pathlib.Path(f"/proc/sys/net/ipv6/conf/{NAME}/disable_ipv6")
    if ipv6.exists():
        ipv6.write_text("1")
    subprocess.run(["ip", "link", "set", NAME, "up", "txqueuelen", "10000"], check=True)
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    packets.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    packets.bind((NAME, 0))
    fds = array.array("i", [packets.fileno(), *(file.fileno() for file in files)])
    with socket.socket(fileno=descriptor) as caller:
        caller.sendmsg([b"+"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
