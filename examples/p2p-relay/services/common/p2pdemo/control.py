"""The control socket of a service: a line with a command goes in, text comes out."""

import asyncio
import socket
import sys
from collections.abc import Callable
from pathlib import Path

MAX_ANSWER = 65536  # bytes


async def serve_control(path: str, answer: Callable[[list[str]], str]) -> asyncio.Server:
    """Listen on the Unix socket PATH; ANSWER gets the words of a command and returns the text to send back."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await asyncio.wait_for(reader.readline(), 2)
            writer.write(answer(line.decode().split()).encode())
            await writer.drain()
        except (OSError, ValueError, TimeoutError):
            pass  # whoever asked has gone, or talked nonsense
        finally:
            writer.close()

    Path(path).unlink(missing_ok=True)
    return await asyncio.start_unix_server(talk, path)


def ask_control(path: str) -> int:
    """Send this program's arguments to the service at PATH and print its answer; return the exit code."""
    try:
        with socket.socket(socket.AF_UNIX) as service:
            service.settimeout(2)
            service.connect(path)
            service.sendall(" ".join(sys.argv[1:]).encode() + b"\n")
            text = service.makefile("rb").read(MAX_ANSWER).decode()
    except OSError as error:
        print(f"no answer at {path}: {error}", file=sys.stderr)
        return 1
    if not text:
        print(f"not understood, or nothing there: {' '.join(sys.argv[1:])!r}", file=sys.stderr)
        return 2
    sys.stdout.write(text)
    return 0
