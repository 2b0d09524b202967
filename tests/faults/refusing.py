"""An SSH server that lets everybody in and runs no commands, as some devices do."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import paramiko


class _LetsIn(paramiko.ServerInterface):
    """Whatever it does not say itself, the base class refuses: commands, shells, subsystems."""

    def check_auth_publickey(self, *_: object) -> int:
        return paramiko.AUTH_SUCCESSFUL

    def get_allowed_auths(self, *_: object) -> str:
        return "publickey"

    def check_channel_request(self, *_: object) -> int:
        return paramiko.OPEN_SUCCEEDED


@contextmanager
def refusing() -> Iterator[tuple[int, str]]:
    """Its port on this machine, and its host key as known_hosts has it."""
    key = paramiko.ECDSAKey.generate()
    transports: list[paramiko.Transport] = []

    def serve() -> None:
        with suppress(OSError):
            while True:
                transports.append(paramiko.Transport(listener.accept()[0]))
                transports[-1].add_server_key(key)
                transports[-1].start_server(event=threading.Event(), server=_LetsIn())

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1], f"{key.get_name()} {key.get_base64()}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)
            for transport in transports:
                transport.close()
