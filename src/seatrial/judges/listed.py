"""Does a configuration node of the registry list every instance?"""

import difflib
import re
from collections.abc import Iterator
from typing import Any

from seatrial.judges.case import Blind, Case
from seatrial.judges.ownership import filled_in
from seatrial.judges.plain_json import ToldTwice, canonical, load
from seatrial.sanitise import clean
from seatrial.snapshot import Node, Unreadable
from seatrial.spec.listed import ListedSpec
from seatrial.verdicts import Verdict

_SHOWN = 300
_COMPARED = 1000
_CLOSE = 0.6
_EDGE = r"[\s,;=|\"'`\[\](){}<>]"
"""What ends a word in a list, in properties and in markup; a dot, a colon or a digit goes on with it."""

_KEY = re.compile(r"^([ \t]*[A-Za-z_][\w.-]*):(?=\S)", re.MULTILINE)
_BEGINS_LINE = r"(?:[#;!%]|//|--(?!>)|::|@?rem(?=\s|\Z)|dnl(?=\s|\Z))"
_COMMENT = re.compile(
    rf"<!--.*?(?:-->|\Z)|(?:^|(?<=\s))/\*.*?(?:\*/|\Z)|^[ \t\ufeff]*{_BEGINS_LINE}[^\n]*|(?<=\s)(?:#|//)[^\n]*",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
"""What one or another format of configuration files calls a comment: markup, C, shells, INI, properties, SQL, batch."""

_MAYBE_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|(?<=\s)(?:;|--|%|rem\s)[^\n]*", re.DOTALL | re.IGNORECASE)
"""A comment for some, and part of a list or a path for others: ``a ; b``, ``/a/*``."""

_JSON_BEGINS = re.compile(r"\s*(?:\{\s*[\"}]|\[\s*(?:[\"{\]]|\[\s*[\"{\[\d]))")
"""Not those of a section of INI, and of lists and maps as Java prints them."""

_ESCAPED = re.compile(r"\\([:=#! ])")
"""As java.util.Properties writes values."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def listed(case: Case) -> Verdict:
    """What is declared for the instance, with its own address, stands in the node's data as a whole word."""
    spec: ListedSpec = case.check.expected
    case.must_run()
    node = _node(case, spec)
    if node is None:
        return case.failed(f"{spec.node} does not exist")
    wanted = filled_in(spec.entry, spec.network, case.instance)
    text = _text(spec, node)
    there = {entry: _stands_in(spec, text, entry) for entry in wanted}
    found = [entry for entry, stands in there.items() if stands]
    if found:
        return case.passed(f"{spec.node} lists {found[0]}", bytes=len(node.data))
    doubtful = [entry for entry, stands in there.items() if stands is None]
    if doubtful:
        raise Blind(f"whether {doubtful[0]} stands in {spec.node} or in a comment there cannot be told: {_said(text)}")
    told = f"{spec.node} does not list {' or '.join(wanted)}{_nearest(text, wanted)}"
    return case.failed(f"{told}; it holds {_said(text)}", bytes=len(node.data))


def _node(case: Case, spec: ListedSpec) -> Node | None:
    if spec.node not in case.snapshot.nodes:
        raise Blind(f"{spec.node} was not looked at")
    node = case.snapshot.nodes[spec.node]
    if isinstance(node, Unreadable):
        raise Blind(node.reason)
    if node is not None and node.problem:
        raise Blind(f"{spec.node} could not be read: {node.problem}")
    return node


def _text(spec: ListedSpec, node: Node) -> str:
    """Its data as text.

    :raises Blind: where it is none, so that nobody can say what it lists.
    """
    for encoding in ("utf-8", "gb18030"):
        try:
            text = node.data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _CONTROLS.search(text):
            return text
    raise Blind(f"{spec.node} holds {len(node.data)} bytes that are no text (first bytes {node.data[:16].hex(' ')})")


def _stands_in(spec: ListedSpec, text: str, entry: str) -> bool | None:
    """As a value of JSON or a word in one; else as a word that no comment holds; None where that cannot be told.

    :raises Blind: where it must be JSON and is none, or says a thing twice: who reads it may read something else.
    """
    try:
        data = _json(text)
    except ToldTwice as twice:
        raise Blind(str(twice)) from None
    except (ValueError, RecursionError) as error:
        if _JSON_BEGINS.match(_COMMENT.sub(" ", text).lstrip("\ufeff")):
            why = "it is too deep" if isinstance(error, RecursionError) else str(error)
            raise Blind(f"{spec.node} begins like JSON and is none: {clean(why, _SHOWN)}") from None
        return _is_listed(text, entry)
    wanted = _as_json(entry)
    if wanted and any(not isinstance(item, str) and canonical(item) == wanted for item in _values(data)):
        return True
    told = [_is_listed(item, entry) for item in _values(data) if isinstance(item, str)]
    return True if True in told else None if None in told else False


def _json(text: str) -> Any:
    """One value, or one on each line (JSON Lines).

    :raises ValueError: where it is none.
    """
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) > 1 and all(_is_json(line) for line in lines):
        return [load(line) for line in lines]
    return load(text)


def _is_json(line: str) -> bool:
    """Whether a line is an object or a list of JSON by itself; one that says a thing twice is as well."""
    try:
        return line.lstrip()[:1] in ("{", "[") and load(line) is not None
    except ToldTwice:
        return True
    except (ValueError, RecursionError):
        return False


def _as_json(entry: str) -> str:
    """An entry that is an object or a list of JSON itself, in its one notation; else empty."""
    try:
        return canonical(load(entry)) if entry.lstrip()[:1] in ("{", "[") else ""
    except (ValueError, RecursionError):
        return ""


def _values(data: Any) -> Iterator[Any]:
    """Every key and value within, without recursion: hostile JSON is deep."""
    waiting = [data]
    while waiting:
        item = waiting.pop()
        yield item
        if isinstance(item, dict):
            waiting += [*item, *item.values()]
        elif isinstance(item, list):
            waiting += item


def _is_listed(text: str, entry: str) -> bool | None:
    """As a word that no comment holds; None where it stands only in what may be one."""
    if not _is_word(_plain(text), entry):
        return False
    return True if _is_word(_plain(_MAYBE_COMMENT.sub(" ", _COMMENT.sub(" ", text))), entry) else None


def _plain(text: str) -> str:
    """Without comments; a key with a colon is parted from its value."""
    return _KEY.sub(r"\1 ", _ESCAPED.sub(r"\1", _COMMENT.sub(" ", text)))


def _is_word(text: str, entry: str) -> bool:
    return re.search(rf"(?:\A|(?<={_EDGE})){re.escape(entry)}(?=\Z|{_EDGE})", text) is not None


def _nearest(text: str, wanted: tuple[str, ...]) -> str:
    words = list(dict.fromkeys(word for word in re.split(_EDGE, _plain(text)) if word))[:_COMPARED]
    near = next((found[0] for entry in wanted if (found := difflib.get_close_matches(entry, words, 1, _CLOSE))), "")
    return f"; nearest is {clean(near, 80)}" if near else ""


def _said(text: str) -> str:
    return repr(clean(text.strip(), _SHOWN)) if text.strip() else "nothing"
