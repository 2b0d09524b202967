"""A reader's stream, taken apart: whole, or not at all (docs/collector.md)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from seatrial.errors import CouldNotLook, CutShort
from seatrial.sanitise import clean

FRAME_CAP = 8 << 20
TOTAL_CAP = 256 << 20
_OPEN = re.compile(rb"([1-9]\d{0,8}) ([a-z]{1,16})((?: \d{1,10}){0,6})\n", re.ASCII)
_CLOSE = re.compile(rb"> (\d{1,3}) (-|\d{1,9})\n", re.ASCII)
_END = re.compile(rb"end (\d{1,9})\n", re.ASCII)
_REASON_CAP = 300
_COMPLAINT = re.compile(rb"cannot|can't|denied|not found|no such|invalid|illegal|not permitted", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Frame:
    """One thing that was read, or the reason why it was not.

    :param kind: what it is.
    :param numbers: target first, then sample, pid or place.
    :param payload: raw bytes as the kernel or a file gave them; the reason where the status is not 0.
    :param status: 0 where all of it was read.
    """

    kind: str
    numbers: tuple[int, ...]
    payload: bytes
    status: int

    @property
    def reason(self) -> str:
        """Why it could not be read: the line that complains, since what was read before it may be there as well."""
        lines = self.payload[: 1 << 16].strip().split(b"\n")
        said = next((line for line in lines if _COMPLAINT.search(line)), lines[-1])
        return clean(said or b"no reason given", _REASON_CAP)


def parse(data: bytes, nonce: str, *, noisy: bool = False) -> tuple[Frame, ...]:
    """Take a stream apart.

    :param noisy: others may print before, between and after the frames, as a login shell does; only what stands
        between markers counts.
    :raises CutShort: when its end marker is missing, a frame is malformed, missing, or not as long as it says.
    """
    if len(data) > TOTAL_CAP:
        raise CutShort(f"the reader's answer is longer than {TOTAL_CAP} bytes")
    first, *pieces = data.split(b"\n" + nonce.encode() + b" ")
    if noisy:
        first, pieces = b"", [_quiet(piece) for piece in pieces]
    end = _END.fullmatch(pieces[-1]) if pieces else None
    if first or end is None or len(pieces) % 2 == 0:
        raise CutShort(_no_end(data, begun=bool(pieces)))
    frames = tuple(_frame(pieces[at], pieces[at + 1], at // 2 + 1) for at in range(0, len(pieces) - 1, 2))
    if int(end[1]) != len(frames):
        raise CutShort(f"the reader sent {int(end[1])} frames and {len(frames)} came")
    return frames


def _frame(opened: bytes, closed: bytes, number: int) -> Frame:
    head, tail = _OPEN.match(opened), _CLOSE.fullmatch(closed)
    if head is None or tail is None or int(head[1]) != number:
        raise CutShort(f"frame {number} of the reader's answer is malformed")
    payload = opened[head.end() :]
    if len(payload) > FRAME_CAP or (tail[2] != b"-" and int(tail[2]) != len(payload)):
        raise CutShort(f"frame {number} of the reader's answer has {len(payload)} bytes, not as many as it says")
    return Frame(head[2].decode(), tuple(map(int, head[3].split())), payload, int(tail[1]))


def _quiet(piece: bytes) -> bytes:
    """A piece between two markers, without what follows the marker that ends a frame or all of them."""
    line = piece[: piece.find(b"\n") + 1]
    return line if _CLOSE.fullmatch(line) or _END.fullmatch(line) else piece


def _no_end(data: bytes, *, begun: bool) -> str:
    said = clean(data[:200].strip(), 200)
    if not begun:
        return f"no end marker: it printed '{said}'" if said else "no end marker: it printed nothing"
    return f"the reader's answer has no end marker after {len(data)} bytes; it begins: {said or 'nothing'}"


class Frames:
    """The frames about one target, by kind and numbers (without the target's own)."""

    def __init__(self, frames: Iterable[Frame], target: int = 0) -> None:
        by_key: dict[tuple[str, tuple[int, ...]], Frame] = {}
        for frame in frames:
            if frame.numbers[:1] == (target,):
                key = (frame.kind, frame.numbers[1:])
                if key in by_key:
                    raise CutShort(f"the reader told {frame.kind} {frame.numbers} twice")
                by_key[key] = frame
        self._by_key: Mapping[tuple[str, tuple[int, ...]], Frame] = MappingProxyType(by_key)

    def find(self, kind: str, *numbers: int) -> Frame | None:
        """A frame, None where the reader sent none of that name."""
        return self._by_key.get((kind, numbers))

    def read(self, kind: str, *numbers: int) -> bytes:
        """The payload of a frame.

        :raises CouldNotLook: where it was not read, with the reason.
        """
        frame = self.find(kind, *numbers)
        if frame is None:
            raise CouldNotLook(f"the reader did not tell {kind} {' '.join(map(str, numbers))}".strip())
        if frame.status:
            raise CouldNotLook(frame.reason)
        return frame.payload

    def all(self, kind: str) -> tuple[Frame, ...]:
        """All frames of a kind, in the order they came."""
        return tuple(frame for (found, _), frame in self._by_key.items() if found == kind)


def by_target(frames: Iterable[Frame]) -> Mapping[int, Frames]:
    """The frames of each target, by its number in the request."""
    sorted_out: dict[int, list[Frame]] = {}
    for frame in frames:
        sorted_out.setdefault(frame.numbers[0] if frame.numbers else 0, []).append(frame)
    return {target: Frames(own, target) for target, own in sorted_out.items()}
