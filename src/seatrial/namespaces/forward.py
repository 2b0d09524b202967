"""Forwarding connections from outside the network of a stack into it, as an engine does for a published port."""

import socket
import threading
from contextlib import suppress

_CONNECT_S = 5.0
_PIECE = 64 * 1024


def forward(listener: socket.socket, target: tuple[str, int]) -> None:
    """Join each connection that comes to a listening socket with a new one to the target; never returns.

    A socket stays in the network namespace where it was made, network_namespaces(7), so that the listener may be of
    another one than the target.
    """
    while True:
        client, _ = listener.accept()
        threading.Thread(target=_join, args=(client, target), daemon=True).start()


def _join(client: socket.socket, target: tuple[str, int]) -> None:
    with client, suppress(OSError), socket.create_connection(target, _CONNECT_S) as server:
        server.settimeout(None)
        back = threading.Thread(target=_pump, args=(server, client), daemon=True)
        back.start()
        _pump(client, server)
        back.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):  # either side may go at any time, which ends both
        while piece := source.recv(_PIECE):
            sink.sendall(piece)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
