"""Frames on their way out: what was read, as raw bytes, between lines that only we can write (docs/collector.md)."""

from collections.abc import Callable, Sequence
from typing import BinaryIO

FRAME_CAP = 8 << 20


class Wire:
    """Writes frames.

    :param out: binary stream; it may block.
    :param nonce: random text of this one look.
    """

    def __init__(self, out: BinaryIO, nonce: str) -> None:
        self._out, self._nonce, self._count = out, nonce, 0

    def put(self, kind: str, *numbers: int, payload: bytes = b"", status: int = 0) -> None:
        """Write one frame; what is longer than the cap becomes a failed frame, never a shorter one."""
        if len(payload) > FRAME_CAP:
            payload, status = b"longer than %d bytes" % FRAME_CAP, 1
        self._count += 1
        words = " ".join((str(self._count), kind, *map(str, numbers)))
        self._out.write(f"\n{self._nonce} {words}\n".encode())
        self._out.write(payload)
        self._out.write(f"\n{self._nonce} > {status} {len(payload)}\n".encode())

    def fail(self, kind: str, *numbers: int, error: object) -> None:
        """Write a frame that says why there is nothing to read."""
        self.put(kind, *numbers, payload=reason(error).encode("utf-8", "replace"), status=1)

    def tell(self, kind: str, *numbers: int, of: "Callable[[], bytes]") -> bool:
        """Write what a function reads, or why the kernel did not let it; whether it did."""
        try:
            payload = of()
        except OSError as error:
            self.fail(kind, *numbers, error=error)
            return False
        self.put(kind, *numbers, payload=payload)
        return True

    def lines(self, kind: str, *numbers: int, of: "Sequence[bytes]") -> None:
        """Write lines, and no frame where there are none."""
        if of:
            self.put(kind, *numbers, payload=b"\n".join(of))

    def end(self) -> None:
        """Write the end marker: without it the whole look counts as not made."""
        self._out.write(f"\n{self._nonce} end {self._count}\n".encode())
        self._out.flush()


def reason(error: object) -> str:
    """The words of an error; those of the kernel without Python's decoration."""
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)
