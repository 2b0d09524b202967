"""The journal: append-only, exclusive, and closed or worth nothing."""

import json
import os
import resource
import signal
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.journal import Entry, Journal, Record, Stranger, last_progress, read
from seatrial.verdicts import failed, passed

ENTRY = Entry.of("relay.0/process.count[p2prelay]", passed("relay.0: 1 p2prelay", found="pid 7"), "passed", 0.25)
OTHER = Entry.of("relay.1/process.count[p2prelay]", failed("relay.1: found 0", found="0"), "failed", 0.5)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


@pytest.fixture
def whole(path: Path) -> Path:
    journal = Journal(path, {"deployment": "p2p-relay"})
    journal.progress("looking at 2 containers")
    journal.look(calls=["GET /containers/json"])
    journal.entry(ENTRY)
    journal.entry(OTHER)
    journal.close(1)
    return path


def record_of(path: Path) -> Record:
    record = read(path)
    assert record is not None
    return record


def test_what_was_written_is_read_again(whole: Path) -> None:
    record = record_of(whole)
    assert record.entries == (ENTRY, OTHER)
    assert record.header["deployment"] == "p2p-relay"
    assert record.look["calls"] == ["GET /containers/json"]
    assert (record.closed, record.exit_status) == (True, 1)


@pytest.mark.parametrize(("ran", "failed"), [("failed", True), ("error", True), ("passed", False), ("skipped", False)])
def test_a_test_of_the_user_comes_back_and_says_whether_it_failed(path: Path, ran: str, failed: bool) -> None:
    stranger = Stranger("tests/test_x.py::test_y[\udcff]", ran, "assert 1 == 2", 0.5)
    journal = Journal(path, {})
    journal.stranger(stranger)
    journal.close(1)
    assert record_of(path).strangers == (stranger,)
    assert stranger.failed == failed
    assert record_of(path).entries == ()


def test_a_journal_without_its_last_line_is_not_closed(path: Path) -> None:
    journal = Journal(path, {})
    journal.entry(ENTRY)
    record = record_of(path)
    journal.close(0)
    assert (record.closed, record.exit_status, record.entries) == (False, -1, (ENTRY,))


def test_a_journal_cut_at_any_byte_is_never_closed_and_holds_only_whole_entries(whole: Path, path: Path) -> None:
    content = whole.read_bytes()
    for size in range(len(content) - 1):
        path.write_bytes(content[:size])
        record = read(path)
        assert record is None or not record.closed
        assert record is None or record.entries in ((), (ENTRY,), (ENTRY, OTHER))


def test_a_line_after_the_closing_line_opens_the_journal_again(whole: Path) -> None:
    with whole.open("ab") as file:
        file.write(b'{"event": "progress", "text": "still here"}\n')
    assert not record_of(whole).closed


def test_a_second_writer_is_refused(path: Path) -> None:
    first = Journal(path, {"run": 1})
    with pytest.raises(FileExistsError):
        Journal(path, {"run": 2})
    first.close(0)
    assert record_of(path).header["run"] == 1


def test_closing_twice_writes_one_closing_line(whole: Path) -> None:
    assert whole.read_text().count('"close"') == 1
    journal = Journal(whole.with_name("second"), {})
    journal.close(0)
    journal.close(1)
    assert record_of(whole.with_name("second")).exit_status == 0


def test_nobody_else_may_read_a_journal(whole: Path) -> None:
    assert whole.stat().st_mode & 0o077 == 0


def test_every_entry_is_in_the_file_before_the_next_one_is_made(path: Path) -> None:
    journal = Journal(path, {})
    journal.entry(ENTRY)
    assert record_of(path).entries == (ENTRY,)
    journal.close(0)


@pytest.mark.parametrize("content", [b"", b"\n", b"\x00\xff garbage", b'{"event": "check"}\n', b"[1]\n", b"null\n"])
def test_a_file_that_is_no_journal_is_none(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert read(path) is None


def test_no_file_is_no_journal(path: Path) -> None:
    assert read(path) is None
    assert last_progress(path) == ""


def test_the_newest_progress_is_told_while_the_journal_is_open(path: Path) -> None:
    journal = Journal(path, {})
    assert last_progress(path) == ""
    journal.progress("looking")
    journal.progress("settling, 12 of 14 green")
    assert last_progress(path) == "settling, 12 of 14 green"
    journal.close(0)


def test_a_check_that_no_judge_saw_has_no_outcome() -> None:
    entry = Entry.of("relay.0/log.clean[docker]", None, "skipped", 0.0, "skipped by a conftest.py")
    assert (entry.outcome, entry.message, entry.evidence) == ("", "skipped by a conftest.py", ())


def test_a_full_disk_is_an_error_and_not_a_silent_gap(path: Path) -> None:
    journal = Journal(path, {})
    size, limits = path.stat().st_size, resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, limits[1]))
        with pytest.raises(OSError, match="disk full"):
            journal.entry(ENTRY)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    journal.close(0)
    assert not record_of(path).closed, "the closing line was glued to a torn one"


@given(st.text(), st.lists(st.tuples(st.text(), st.text()), max_size=3))
def test_any_text_comes_back_as_it_was(message: str, evidence: list[tuple[str, str]]) -> None:
    _comes_back(message, tuple(evidence))


def test_bytes_of_a_path_that_are_no_text_come_back_as_they_were() -> None:
    _comes_back(os.fsdecode(b"/var/log/\xff.log"), ())


def _comes_back(message: str, evidence: tuple[tuple[str, str], ...]) -> None:
    entry = Entry("relay.0/x", "PASS", message, evidence, "", "passed", 0.0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.jsonl"
        journal = Journal(path, {})
        journal.entry(entry)
        journal.close(0)
        assert record_of(path).entries == (entry,)


def test_each_line_is_one_json_object(whole: Path) -> None:
    events = [json.loads(line)["event"] for line in whole.read_text().splitlines()]
    assert events == ["open", "progress", "look", "check", "check", "close"]
