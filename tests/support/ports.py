"""Ports of the host for a test's own use."""

import random
import socket

RANGE = range(20_000, 32_000)
"""Below the range from which the kernel serves outgoing connections, so that none of those takes one meanwhile."""
LOOPBACK = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """Ports on which nobody listens, chosen at random so that two runs at once hardly ever meet."""
    found: list[int] = []
    while len(found) < count:
        port = random.SystemRandom().choice(RANGE)
        if port not in found and is_free(port):
            found.append(port)
    return found


def is_free(port: int) -> bool:
    """Whether nobody listens on a port of the loopback interface, nor on all interfaces."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
