"""file.state: kind, owner, mode and contents."""

from typing import Any

import pytest

from .facts import NO_RIGHT, ask, file, with_files, within

CHECK = "file.state[/etc/app.conf]"


def conf(**changes: Any) -> Any:
    """The configuration file, with something changed."""
    return file("/etc/app.conf", **{"head": b"port = 8080\n", "uid": 0, **changes})


def test_a_file_as_declared_passes() -> None:
    assert ask(CHECK).passed


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (conf(kind="missing"), "does not exist"),
        (conf(kind="directory"), "is a directory, expected regular"),
        (conf(uid=1500), "belongs to uid 1500 (appsvc), expected root (0)"),
        (conf(mode=0o600), "has mode 0600, expected 0644"),
        (conf(head=b"port = 9090\n"), "does not hold 'port = 8080'"),
    ],
)
def test_a_deviation_is_told(fact: Any, said: str) -> None:
    verdict = ask(CHECK, within(files=with_files(conf=fact)))
    assert verdict.outcome == "FAIL"
    assert said in verdict.message


def test_all_deviations_are_in_one_message() -> None:
    message = ask(CHECK, within(files=with_files(conf=conf(uid=1500, mode=0o600, head=b"")))).message
    assert all(part in message for part in ("belongs to", "has mode", "does not hold"))


@pytest.mark.parametrize("fact", [NO_RIGHT, conf(head=None), conf(head=None, problem="permission denied")])
def test_a_file_that_could_not_be_read_is_unknown(fact: Any) -> None:
    assert ask(CHECK, within(files=with_files(conf=fact))).outcome == "UNKNOWN"


def test_an_empty_file_is_wrong_where_it_must_hold_something() -> None:
    declared = {"files": [{"path": "/etc/app.conf", "not_empty": True}]}
    assert ask(CHECK, within(files=with_files(conf=conf(size=0))), **declared).outcome == "FAIL"
    assert ask(CHECK, **declared).passed
