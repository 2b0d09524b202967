"""qiniu-tool takes files over HTTP and keeps them in its storage directory, which a cron line rotates.

PUT /<name>    store the body as <name>
GET /status    {"status": "ok", "uploads": 12, "stored": 3}: since the start, and files there now
"""

import argparse
import itertools
import os
import re
import threading
from functools import partial
from logging import Logger
from pathlib import Path
from typing import Any

from p2pdemo.log import open_log
from p2pdemo.registry import Registry
from p2pdemo.web import JsonHandler, JsonServer, serve_until_sigterm

STORAGE = Path("/data/storage")
NAME = re.compile(r"/([A-Za-z0-9][A-Za-z0-9._-]{0,99})")
MAX_UPLOAD = 1 << 20  # bytes


class Storage:
    """The directory with the uploads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._parts = itertools.count()
        self._uploads = 0

    def store(self, name: str, data: bytes) -> None:
        """Write DATA as NAME, so that a reader sees all of it or nothing."""
        part = self._folder / f".part-{next(self._parts)}"
        part.write_bytes(data)
        os.replace(part, self._folder / name)
        with self._lock:
            self._uploads += 1

    def status(self) -> dict[str, str | int]:
        """The answer of /status."""
        stored = sum(not name.startswith(".") for name in os.listdir(self._folder))
        return {"status": "ok", "uploads": self._uploads, "stored": stored}


class Handler(JsonHandler):
    """The HTTP side."""

    def __init__(self, storage: Storage, log: Logger, *connection: Any) -> None:
        self.storage = storage
        self.log = log
        super().__init__(*connection)

    def do_GET(self) -> None:
        if self.path == "/status":
            self.answer(200, self.storage.status())
        else:
            self.answer(404, {"status": "not found"})

    def do_PUT(self) -> None:
        name = NAME.fullmatch(self.path)
        length = self.headers.get("Content-Length", "")
        if not name or not length.isdecimal() or int(length) > MAX_UPLOAD:
            self.answer(400, {"status": f"give a name, and a body of at most {MAX_UPLOAD} bytes"})
            return
        data = self.rfile.read(int(length))
        if len(data) < int(length):
            return  # the sender has gone: half a file is no upload
        self.storage.store(name[1], data)
        self.log.info("stored %s, %d bytes", name[1], len(data))
        self.answer(201, {"status": "stored"})


def main() -> None:
    parser = argparse.ArgumentParser(description="Stores uploaded files.")
    parser.add_argument("--port", type=int, default=7000)
    port = parser.parse_args().port
    log = open_log("qiniu-tool")
    server = JsonServer(("0.0.0.0", port), partial(Handler, Storage(STORAGE), log), log)
    serve_until_sigterm(server, Registry(log), "qiniu-tool")


if __name__ == "__main__":
    main()
