"""An HTTP answer from the bytes of a connection, read by the standard library's own parser (RFC 9112)."""

from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, IncompleteRead
from io import BytesIO
from typing import IO, Any, cast


@dataclass(frozen=True, slots=True)
class CutAnswer:
    """A body that ended before its end.

    :param so_far: what had come.
    """

    so_far: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A status and a body.

    :param open_ended: only the end of the connection tells where the body ends.
    """

    status: int
    body: bytes | CutAnswer
    open_ended: bool


class _Bytes:
    """Stands where HTTPResponse expects a socket; it only ever asks for the file."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def makefile(self, *_: Any, **__: Any) -> IO[bytes]:
        return BytesIO(self.data)


def parse(data: bytes) -> HttpAnswer | None:
    """Read an answer; None where these bytes are none."""
    response = HTTPResponse(cast(Any, _Bytes(data)), method="GET")
    try:
        response.begin()
    except (HTTPException, ValueError):
        return None
    open_ended = response.length is None and not response.chunked
    return HttpAnswer(response.status, _body(response), open_ended)


def _body(response: HTTPResponse) -> bytes | CutAnswer:
    try:
        return response.read()
    except IncompleteRead as error:
        return CutAnswer(error.partial, f"{len(error.partial)} bytes came")
    except (HTTPException, ValueError) as error:
        return CutAnswer(b"", f"its chunks are wrong ({type(error).__name__})")
