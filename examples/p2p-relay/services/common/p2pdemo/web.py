"""An HTTP service that answers in JSON, for gms and qiniu-tool."""

import json
import signal
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from logging import Logger
from types import FrameType
from typing import Any

from p2pdemo.registry import Registry


class JsonHandler(BaseHTTPRequestHandler):
    """Answers requests in JSON, each in one piece."""

    timeout = 5  # seconds for a client that stalls
    wbufsize = -1

    def answer(self, code: int, body: dict[str, Any]) -> None:
        """Send BODY with the status CODE."""
        data = json.dumps(body).encode() + b"\n"
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not logged: there are some each second."""


class JsonServer(ThreadingHTTPServer):
    """Runs a handler in a thread per request."""

    def __init__(self, address: tuple[str, int], handler: Callable[..., JsonHandler], log: Logger) -> None:
        super().__init__(address, handler)
        self.log = log

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has gone is nothing special; anything else is a fault of ours."""
        error = sys.exc_info()[1]
        if isinstance(error, OSError):
            self.log.info("%s went before the answer: %r", client_address, error)
        else:
            self.log.error("cannot answer %s", client_address, exc_info=error)


def serve_until_sigterm(server: JsonServer, registry: Registry, name: str) -> None:
    """Register NAME with the server's port and serve until SIGTERM."""
    signal.signal(signal.SIGTERM, _leave)
    server.log.info("%s listens on %s:%d", name, *server.server_address[:2])
    registry.start(name, server.server_port)
    try:
        server.serve_forever()
    finally:
        server.log.info("%s stops", name)
        registry.stop()


def _leave(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(0)
