"""What a connection that the look made says about the one who should answer."""

from seatrial.judges.case import Blind, seen
from seatrial.judges.http_answer import CutAnswer, parse
from seatrial.sanitise import clean, decode
from seatrial.snapshot import Talk
from seatrial.spec.port import Conversation

Findings = tuple[list[str], list[str]]
"""What is wrong, and what could not be seen."""

_THEIRS = ("refused", "timed out", "reset")
_SHOWN = 80


def outcome_of(talk: Talk) -> Findings:
    """Whether a connection came about; an error that is not the other side's doing means we could not look."""
    if talk.connected:
        return [], []
    text = f"{talk.where}: {talk.error or 'no connection'}"
    return ([text], []) if any(word in talk.error.lower() for word in _THEIRS) else ([], [text])


def taken(talk: Talk) -> Findings:
    """Whether the process took the connection: the kernel accepts by itself until the queue is full."""
    if talk.queue_after is None:
        return [], [f"whether the connection to {talk.where} was taken from the accept queue was not seen"]
    waiting = seen(talk.queue_after)
    if waiting:
        return [f"accepted by the kernel but the process does not take it: {waiting} wait in its accept queue"], []
    return [], []


def answered(talk: Talk, said: Conversation) -> Findings:
    """Whether the declared answer came."""
    wrong, unseen = outcome_of(talk)
    if wrong or unseen:
        return wrong, unseen
    if not talk.received:
        return [_silence(talk, said.within)], []
    return _http(talk, said) if said.http is not None else _text(talk, said.expect or "", talk.received)


def dropped(talk: Talk) -> bool:
    """Whether the other side ended the connection without a byte, as a proxy with nothing behind it does."""
    return talk.connected and not talk.received and (talk.closed or talk.error == "reset")


def _silence(talk: Talk, within_s: float) -> str:
    if dropped(talk):
        return f"{talk.where} connected, then closed without a byte"
    if talk.error and talk.error != "timed out":
        return f"{talk.where}: {talk.error}"
    return f"{talk.where} connected, but no byte in {within_s:g} s"


def _text(talk: Talk, expect: str, received: bytes) -> Findings:
    if expect.encode() in received or expect in decode(received):
        return [], []
    return [f"{talk.where} answered {_first(received)}, expected {expect!r} in it"], []


def _http(talk: Talk, said: Conversation) -> Findings:
    page = parse(talk.received)
    if page is None:
        return [f"{talk.where} sent no HTTP answer but {_first(talk.received)}"], []
    if page.status != said.status:
        return [f"GET {said.http} at {talk.where} answered {page.status}, expected {said.status}"], []
    if said.expect is None:
        return [], []
    if isinstance(page.body, CutAnswer) and said.expect.encode() not in page.body.so_far:
        return [], [f"the answer to GET {said.http} was cut: {page.body.reason}"]
    return _text(talk, said.expect, page.body.so_far if isinstance(page.body, CutAnswer) else page.body)


def _first(received: bytes) -> str:
    return repr(clean(received, _SHOWN))


def page_body(talk: Talk, what: str, status: int = 200) -> bytes:
    """The body of a status page.

    :raises Blind: where it did not come, or not whole.
    :raises ValueError: where something else came; the text says what.
    """
    wrong, unseen = outcome_of(talk)
    if unseen:
        raise Blind(unseen[0])
    if wrong or not talk.received:
        raise ValueError(wrong[0] if wrong else f"{talk.where} sent no byte")
    page = parse(talk.received)
    if page is None:
        raise ValueError(f"{what}: {talk.where} sent no HTTP answer but {_first(talk.received)}")
    if page.status != status:
        raise ValueError(f"{what} at {talk.where} answered {page.status}, expected {status}")
    if isinstance(page.body, CutAnswer):
        raise Blind(f"the answer of {what} was cut: {page.body.reason}")
    if page.open_ended and not talk.closed:
        raise Blind(f"the answer of {what} has no stated length and was still coming")
    return page.body
