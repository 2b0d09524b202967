"""``seatrial explain``: every aspect is explained, in the files, on the page of the checks, and on the command line."""

import subprocess
import sys
from pathlib import Path

import pytest

from seatrial.errors import UsageError
from seatrial.explained.explanation import explanations, of_file, subjects
from seatrial.explained.page import filled, named
from seatrial.explained.telling import aspect_of, listed, told
from seatrial.judges import JUDGES, WITHOUT_A_SLOT

PAGE = Path(__file__).parents[1] / "docs" / "checks.md"
WHOLE = 'means = "a"\ndecided = "b"\nfooled = "c"\nnext = "d"\n'


def explain(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """The command, as a person types it."""
    command = [sys.executable, "-P", "-c", "from seatrial.cli import main; main()", "explain", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_every_aspect_that_has_a_judge_has_an_explanation_and_no_other_has() -> None:
    assert set(explanations()) == {*JUDGES, *WITHOUT_A_SLOT}


def test_no_aspect_is_explained_in_two_files() -> None:
    assert sum(map(len, subjects().values())) == len(explanations())


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        (WHOLE.replace('next = "d"\n', ""), "next is missing or empty"),
        (WHOLE.replace('"b"', '" "'), "decided is missing or empty"),
        (WHOLE.replace('"c"', "3"), "fooled is missing or empty"),
        (WHOLE + 'why = "e"', "'why' is unknown; allowed: means, decided, fooled, next"),
    ],
)
def test_a_table_that_is_not_whole_is_refused_by_name(table: str, problem: str) -> None:
    assert of_file(f'["x.y"]\n{WHOLE}')["x.y"].next == "d"
    with pytest.raises(ValueError, match=r"^x\.y: ") as refused:
        of_file(f'["x.y"]\n{table}')
    assert problem in str(refused.value)


def test_the_page_of_the_checks_holds_every_explanation_as_it_is() -> None:
    page = PAGE.read_text()
    assert named(page) == set(subjects())
    assert page == filled(page), "write what seatrial.explained.page.filled gives to docs/checks.md"


def test_an_aspect_is_told_with_all_there_is_to_say_of_it() -> None:
    text = "\n".join(told("process.stable"))
    one = explanations()["process.stable"]
    assert text.startswith(f"process.stable: {one.means}\n")
    for part in (one.decided, one.fooled, one.next):
        assert part in " ".join(text.split())


@pytest.mark.parametrize(
    "name", ["port.bind", "relay.0/port.bind[8080/tcp]", "relay.0/port.bind[/run/app/a.sock]", "port.bind[a\nb]"]
)
def test_the_id_of_a_check_leads_to_its_aspect(name: str) -> None:
    assert aspect_of(name) == "port.bind"


def test_without_a_name_every_aspect_is_listed_with_its_question() -> None:
    assert [line.split()[0] for line in listed()] == list(explanations())


def test_an_unknown_name_is_answered_with_the_nearest_and_its_kin() -> None:
    with pytest.raises(UsageError, match=r"did you mean 'process\.stable'\? .*process\.count"):
        list(told("relay.0/process.stabel[relay]"))


def test_the_command_tells_lists_and_refuses_with_exit_code_4() -> None:
    one, every, none = explain("relay.0/process.stable[relay]"), explain(), explain("nonsense")
    assert (one.returncode, every.returncode, none.returncode) == (0, 0, 4)
    assert one.stdout.startswith("process.stable: ")
    assert len(every.stdout.splitlines()) == len(explanations())
    assert "'nonsense' is no aspect" in none.stderr
