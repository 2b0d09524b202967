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
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*$|^\s*(?:!|//).*$|<!--.*?-->", re.MULTILINE)
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
    there = next((entry for entry in wanted if _stands_in(text, entry)), None)
    if there is not None:
        return case.passed(f"{spec.node} lists {there}", bytes=len(node.data))
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


def _stands_in(text: str, entry: str) -> bool:
    """As a value of JSON or a word in one; else as a word that no comment holds."""
    try:
        data = load(text)
    except ToldTwice as twice:
        raise Blind(str(twice)) from None
    except (ValueError, RecursionError):
        return _is_word(_plain(text), entry)
    wanted = _as_json(entry)
    return any(
        _is_word(item, entry) if isinstance(item, str) else wanted != "" and canonical(item) == wanted
        for item in _values(data)
    )


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
