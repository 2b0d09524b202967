"""An HTTP answer from the bytes of a connection, read by the standard library's own parser (RFC 9112)."""

from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, IncompleteRead
from io import BytesIO
from typing import IO, Any, cast

_ENDS = (b"\r\n\r\n", b"\n\n", b"\n\r\n")


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
    :param location: where it sends us, else empty.
    """

    status: int
    body: bytes | CutAnswer
    open_ended: bool
    location: str = ""
    headers: tuple[tuple[str, str], ...] = ()


class _Bytes(BytesIO):
    """Stands where HTTPResponse expects a socket, and is its file as well; open to the end, to tell how far it read."""

    def makefile(self, *_: Any, **__: Any) -> IO[bytes]:
        return self

    def close(self) -> None:
        """Stay open."""


def parse(data: bytes) -> HttpAnswer | None:
    """Read an answer; None where these bytes are none, or end before its header does."""
    came = _Bytes(data)
    response = HTTPResponse(cast(Any, came), method="GET")
    try:
        response.begin()
    except (HTTPException, ValueError):
        return None
    header, rest = data[: came.tell()], data[came.tell() :]
    if not header.endswith(_ENDS):
        return None
    open_ended = response.length is None and not response.chunked
    headers = tuple(response.getheaders())
    location = response.getheader("Location") or ""
    return HttpAnswer(response.status, _body(response, rest), open_ended, location, headers)


def _body(response: HTTPResponse, rest: bytes) -> bytes | CutAnswer:
    try:
        return response.read()
    except IncompleteRead as error:
        return CutAnswer(error.partial, f"{len(error.partial)} bytes came")
    except OverflowError:
        return CutAnswer(b"" if response.chunked else rest, "it claims to be longer than anything can be")
    except (HTTPException, ValueError) as error:
        return CutAnswer(b"", f"its chunks are wrong ({type(error).__name__})")
