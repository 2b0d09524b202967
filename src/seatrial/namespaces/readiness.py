"""Does a service answer?"""

import socket

from seatrial.namespaces.plan import Probe

_TRY_S = 1.0
_CAP = 64 * 1024


def answers(probe: Probe) -> bool:
    """Connect once, say what is to be said, and look for what must come back."""
    try:
        with socket.create_connection((probe.address, probe.port), _TRY_S) as service:
            service.sendall(probe.send.encode())
            return _received(service, probe.expect.encode())
    except OSError:
        return False


def _received(service: socket.socket, expected: bytes) -> bool:
    answer = b""
    while expected not in answer:
        piece = service.recv(_CAP)
        if not piece or len(answer) > _CAP:
            return False
        answer += piece
    return True
