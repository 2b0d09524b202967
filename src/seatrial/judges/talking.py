"""What a connection that the look made says about the one who should answer."""

from dataclasses import replace

from seatrial.judges.case import Blind, seen
from seatrial.judges.http_answer import CutAnswer, HttpAnswer, parse
from seatrial.sanitise import clean, decode
from seatrial.snapshot import Talk
from seatrial.spec.port import Conversation

Findings = tuple[list[str], list[str]]
"""What is wrong, and what could not be seen."""

_THEIRS = ("refused", "timed out", "reset", "tls handshake", "no such file")
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


def answered(talk: Talk, said: Conversation, now: float) -> Findings:
    """Whether the declared answer came.

    :param now: by the clock of the target, which its certificates are held against.
    """
    wrong, unseen = outcome_of(talk)
    if wrong or unseen:
        return wrong, unseen
    wrong, unseen = _shown(talk, said, now)
    if wrong or unseen:
        return wrong, unseen
    if said.tls is not None and said.http is None and said.expect is None:
        return [], []
    if not talk.received:
        return [_silence(talk, said.within)], []
    return _http(talk, said) if said.http is not None else _text(talk, said.expect or "", talk.received)


def _shown(talk: Talk, said: Conversation, now: float) -> Findings:
    """Whether the TLS handshake, where one is declared, came to its end and showed what it must."""
    if said.tls is None:
        return [], []
    if not talk.certificate:
        return outcome_of(replace(talk, connected=False, error=talk.error or "TLS handshake: closed by the other side"))
    from seatrial.judges.certificate import findings  # few files ask for TLS, and its parser is slow to import

    wrong, unseen = findings(talk.certificate, said.tls, now)
    return [f"{talk.where}: {text}" for text in wrong], [f"{talk.where}: {text}" for text in unseen]


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
    if wrong := _headers(talk, said, page):
        return wrong, []
    if said.expect is None:
        return [], []
    if isinstance(page.body, CutAnswer) and said.expect.encode() not in page.body.so_far:
        return [], [f"the answer to GET {said.http} was cut: {page.body.reason}"]
    return _text(talk, said.expect, page.body.so_far if isinstance(page.body, CutAnswer) else page.body)


def _headers(talk: Talk, said: Conversation, page: HttpAnswer) -> list[str]:
    """Names of headers know no case, and one may come several times (RFC 9110, 5.1 and 5.2)."""
    wrong = []
    for name, wanted in said.headers.items():
        found = [value for key, value in page.headers if key.lower() == name.lower()]
        if wanted not in (*found, ", ".join(found)):
            told = repr(clean(", ".join(found), _SHOWN)) if found else "nothing"
            wrong.append(f"GET {said.http} at {talk.where} has {name}: {told}, expected {wanted!r}")
    return wrong


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
