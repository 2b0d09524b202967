"""The report: its folder, results.json, and the terminal."""

import io
import json
import stat
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from seatrial import __version__
from seatrial.acceptance import Acceptance, accept
from seatrial.errors import UsageError
from seatrial.host import STAGES, Access, Trouble
from seatrial.journal import Entry, Record, Stranger
from seatrial.judges import judge
from seatrial.plan import Plan, make_plan
from seatrial.reports import brief, results
from seatrial.reports.causes import fold
from seatrial.reports.folder import new_folder, point_latest
from seatrial.reports.terminal import progress, tell
from seatrial.snapshot import ServiceFacts, Snapshot, Unreadable
from seatrial.spec.deployment import DeploymentSpec
from seatrial.verdicts import Outcome, Verdict, failed, passed, unknown
from seatrial.verify import complaints

NOW = datetime(2026, 11, 25, 13, 5, 7, tzinfo=UTC)
TODAY = NOW.date()
HOSTILE = '\x1b[31m<script>alert(1)</script> [bold]x[/bold] [/oops] ::error ::x \u202e & "quoted"'

ALWAYS = ("process.exe", "container.stable", "container.oom")
SERVICE: dict[str, Any] = {
    "locate": {"compose_service": "relay"},
    "instances": 2,
    "processes": [{"exe": "/opt/relay/p2prelay", "user": "relay"}],
    "ports": [{"port": 8080, "owner": "p2prelay"}],
    "owner_team": "team-relay",
    "runbook": "https://wiki.example/relay?a=1&b=2",
}


def plan_of(service: dict[str, Any], *, read_only: bool = False) -> Plan:
    """A plan of a few aspects, so that those which are always asked for change nothing here."""
    made = {"deployment": "p2p-relay", "services": {"relay": service}}
    return few(make_plan(DeploymentSpec.model_validate(made), read_only=read_only))


def few(plan: Plan) -> Plan:
    return replace(plan, checks=tuple(check for check in plan.checks if check.aspect not in ALWAYS))


PLAN = plan_of(SERVICE)
COUNT = "relay.1/process.count[p2prelay]"


def judged(
    plan: Plan = PLAN,
    child_exit: int = 0,
    strangers: tuple[Stranger, ...] = (),
    look: dict[str, Any] | None = None,
    **verdicts: Verdict | None,
) -> Acceptance:
    """All checks of a plan pass, save those whose aspect (with _ for .) in slot relay.1, or in the service, is given.

    None leaves a check out.
    """
    entries = []
    for check in plan.checks:
        given = check.slot != "relay.0" and check.aspect.replace(".", "_") in verdicts
        verdict = verdicts[check.aspect.replace(".", "_")] if given else passed(f"{check.slot}: as declared")
        if verdict is not None:
            entries.append(Entry.of(check.id, verdict, "passed", 0.25))
    record = record_of(entries)
    return accept(plan, replace(record, strangers=strangers, look=look or record.look), child_exit, TODAY)


def record_of(entries: list[Entry]) -> Record:
    look = {"event": "look", "calls": ["GET /containers/json"], "vehicle": "child"}
    return Record({"event": "open"}, tuple(entries), look, True, 0)


def told(acceptance: Acceptance, plan: Plan = PLAN, **console: Any) -> str:
    file = io.StringIO()
    tell(acceptance, plan, folder=Path("reports/x"), took_s=1.42, console=Console(file=file, width=60, **console))
    return file.getvalue()


def unreached() -> tuple[Acceptance, Plan]:
    """Two hosts behind a jump host that does not answer."""
    plan = plan_of({"on": "ssh", "locate": {"role": "relay"}, "instances": 2, "host": {"kernel": ">= 3.10"}})
    trouble = Trouble("host.reach", "bastion 172.17.0.2:22: timed out 4 s")
    access = {f"relay.{at}": Access(f"r-{at}", f"10.0.0.{at}:22", trouble=trouble) for at in range(2)}
    found = ServiceFacts("relay", ("r-0", "r-1"))
    slots = dict.fromkeys(access, Unreadable(trouble.text))
    look = Snapshot(NOW.timestamp(), 4.0, {"relay": found}, slots, access=access)
    entries = [Entry.of(check.id, judge(check, look), "passed", 0.1) for check in plan.checks]
    return accept(plan, record_of(entries), 1, TODAY), plan


def hosts_plan(*names: str) -> Plan:
    """Hosts of the inventory, with addresses from 10.0.0.1 on, each of which fills a slot."""
    named = {name: {"address": f"10.0.0.{at}"} for at, name in enumerate(names, 1)}
    service = {"on": "ssh", "locate": {"hosts": [*names]}, "instances": len(names), "processes": [{"exe": "relay"}]}
    made = {"deployment": "p2p-relay", "hosts": {"named": named}, "services": {"relay": service}}
    return few(make_plan(DeploymentSpec.model_validate(made)))


def everywhere(plan: Plan, verdict: Callable[[str], Verdict], *aspects: str) -> Acceptance:
    """The same verdict for each check of some aspects, or of all, in every slot; the others pass."""
    entries = [
        Entry.of(check.id, verdict(check.slot) if check.aspect in (aspects or {check.aspect}) else GREEN, "passed", 0.1)
        for check in plan.checks
    ]
    return accept(plan, record_of(entries), 1, TODAY)


GREEN = passed("as declared")
STRANGERS = (
    Stranger("tests/test_x.py::test_y", "failed", "assert 1 == 2", 0.1),
    Stranger("tests/test_x.py::test_z", "passed", "", 0.1),
)
LOOKED = {"settle_s": 90.0, "looks": 3, "waited_s": 12.14, "ended_because": "everything stayed green for 5 s"}
DEAD: dict[str, Any] = {
    "process_count": failed("relay.1: expected 1 p2prelay, found 0", found="0"),
    "process_state": unknown("relay.1: no p2prelay to look at", because="process.count"),
    "process_user": unknown("relay.1: no p2prelay to look at", because="process.count"),
    "port_owner": unknown("relay.1: nobody holds 8080/tcp", because="port.bind"),
    "port_bind": unknown("relay.1: sockets could not be listed: no rights"),
}


class TestFolder:
    def test_a_folder_is_named_by_the_time_in_utc_and_is_private(self, tmp_path: Path) -> None:
        cst = NOW.astimezone(timezone(timedelta(hours=8)))
        folder = new_folder(tmp_path / "reports", "p2p-relay", cst)
        assert folder.parent == tmp_path / "reports" / "p2p-relay"
        assert folder.name.startswith("2026-11-25T13-05-07Z-")
        assert len(folder.name.rpartition("-")[2]) == 4
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    def test_runs_in_the_same_second_never_share_a_folder(self, tmp_path: Path) -> None:
        assert len({new_folder(tmp_path, "p2p-relay", NOW) for _ in range(40)}) == 40

    @pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "/etc", ".hidden", "a\n", "a\x00", "a" * 65, "-x"])
    def test_a_name_that_leaves_the_folder_is_refused(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(UsageError, match="folder name"):
            new_folder(tmp_path, name, NOW)
        assert list(tmp_path.iterdir()) == []

    def test_a_place_that_cannot_be_written_to_is_a_usage_error(self, tmp_path: Path) -> None:
        (tmp_path / "reports").write_text("a file")
        with pytest.raises(UsageError, match="choose another folder"):
            new_folder(tmp_path / "reports", "p2p-relay", NOW)

    def test_latest_moves_and_is_relative(self, tmp_path: Path) -> None:
        first, second = (new_folder(tmp_path, "p2p-relay", NOW + timedelta(minutes=n)) for n in (0, 1))
        point_latest(first)
        link = point_latest(second)
        assert link.readlink() == Path(second.name)
        assert {path.name for path in link.parent.iterdir()} == {first.name, second.name, "latest"}

    def test_a_folder_called_latest_is_left_alone_and_named(self, tmp_path: Path) -> None:
        folder = new_folder(tmp_path, "p2p-relay", NOW)
        (folder.parent / "latest").mkdir()
        with pytest.raises(UsageError, match="move it away"):
            point_latest(folder)
        assert {path.name for path in folder.parent.iterdir()} == {folder.name, "latest"}


class TestResults:
    def written(self, folder: Path, acceptance: Acceptance, plan: Plan = PLAN) -> dict[str, Any]:
        ended = NOW + timedelta(seconds=1.4)
        path = results.write(acceptance, plan, record_of([]), folder, started=NOW, ended=ended)
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return content

    def test_the_head_tells_the_outcome(self, tmp_path: Path) -> None:
        content = self.written(tmp_path, judged(**DEAD))
        del content["results"]
        assert content == {
            "format": 1,
            "seatrial": __version__,
            "deployment": "p2p-relay",
            "environment": "",
            "accepted": False,
            "exit_code": 1,
            "partial": False,
            "reasons": [],
            "started": "2026-11-25T13:05:07.000Z",
            "ended": "2026-11-25T13:05:08.400Z",
            "counts": {"FAIL": 1, "UNKNOWN": 4, "NOT RUN": 0, "WAIVED": 0, "PASS": len(PLAN.checks) - 5},
            "not_planned": [],
            "notes": [],
            "calls": ["GET /containers/json"],
            "look": {"vehicle": "child"},
            "own_tests": [],
        }

    def test_each_planned_check_has_one_result_with_all_that_is_known(self, tmp_path: Path) -> None:
        content = self.written(tmp_path, judged(**DEAD))
        assert [one["id"] for one in content["results"]] == [check.id for check in PLAN.checks]
        assert next(one for one in content["results"] if one["id"] == COUNT) == {
            "id": COUNT,
            "service": "relay",
            "slot": "relay.1",
            "host": "",
            "address": "",
            "aspect": "process.count",
            "key": "p2prelay",
            "status": "FAIL",
            "message": "relay.1: expected 1 p2prelay, found 0",
            "evidence": [["found", "0"]],
            "because": "",
            "seconds": 0.25,
            "severity": "major",
            "owner_team": "team-relay",
            "runbook": "https://wiki.example/relay?a=1&b=2",
            "waiver": None,
        }

    def test_a_result_behind_ssh_names_its_host_as_the_file_does(self, tmp_path: Path) -> None:
        plan = hosts_plan("relay-1", "relay-2")
        content = self.written(tmp_path, accept(plan, None, 1, TODAY), plan)
        found = {(one["slot"], one["host"], one["address"]) for one in content["results"]}
        assert found == {("relay", "", ""), ("relay.0", "relay-1", "10.0.0.1"), ("relay.1", "relay-2", "10.0.0.2")}

    def test_what_an_expectation_says_itself_goes_before_its_service(self, tmp_path: Path) -> None:
        waive = {"until": date(2026, 12, 31), "reason": "moves"}
        port = {"port": 8080, "severity": "blocker", "owner_team": "team-net", "waive": waive}
        plan = plan_of({**SERVICE, "severity": "minor", "ports": [port]})
        content = self.written(tmp_path, judged(plan), plan)
        told = {one["aspect"]: (one["severity"], one["owner_team"], one["waiver"]) for one in content["results"]}
        assert told["port.bind"] == ("blocker", "team-net", {"until": "2026-12-31", "reason": "moves"})
        assert told["process.user"] == ("minor", "team-relay", None)

    def test_a_run_without_a_journal_has_results_too(self, tmp_path: Path) -> None:
        acceptance = accept(PLAN, None, -9, TODAY)
        path = results.write(acceptance, PLAN, None, tmp_path, started=NOW, ended=NOW)
        content = json.loads(path.read_text())
        assert (content["accepted"], content["calls"], content["look"]) == (False, [], {})
        assert content["reasons"] == ["the run left no journal", "pytest was ended by signal 9"]
        assert {one["status"] for one in content["results"]} == {"NOT RUN"}

    def test_what_read_only_leaves_out_is_listed(self, tmp_path: Path) -> None:
        plan = plan_of(SERVICE, read_only=True)
        content = self.written(tmp_path, judged(plan), plan)
        assert content["not_planned"] == ["relay.0/port.accept[8080/tcp]", "relay.1/port.accept[8080/tcp]"]

    def test_the_file_is_private_and_alone(self, tmp_path: Path) -> None:
        self.written(tmp_path, judged())
        assert [path.name for path in tmp_path.iterdir()] == ["results.json"]
        assert stat.S_IMODE((tmp_path / "results.json").stat().st_mode) == 0o600

    def test_the_documented_keys_are_the_written_ones(self, tmp_path: Path) -> None:
        content = self.written(tmp_path, judged(**DEAD))
        page = (Path(__file__).parents[1] / "docs" / "results.md").read_text(encoding="utf-8")
        for key in [*content, *content["results"][0]]:
            assert f"| `{key}` |" in page

    def test_each_test_of_the_user_is_in_it(self, tmp_path: Path) -> None:
        content = self.written(tmp_path, judged(strangers=STRANGERS))
        assert [(own["id"], own["ran"], own["message"]) for own in content["own_tests"]] == [
            ("tests/test_x.py::test_y", "failed", "assert 1 == 2"),
            ("tests/test_x.py::test_z", "passed", ""),
        ]


class TestCauses:
    def folded(self, acceptance: Acceptance) -> dict[str, list[str]]:
        found = fold(acceptance.results)
        return {cause: [result.check.id for result in follows] for cause, follows in found.items()}

    def test_what_follows_from_a_finding_is_under_it(self) -> None:
        assert self.folded(judged(**DEAD)) == {
            COUNT: ["relay.1/process.state[p2prelay]", "relay.1/process.user[p2prelay]"],
            "relay.1/port.bind[8080/tcp]": ["relay.1/port.owner[8080/tcp]"],
        }

    def test_a_chain_is_under_its_end(self) -> None:
        acceptance = judged(
            instances=failed("relay: expected 2, found 1"),
            container_state=unknown("relay.1: nothing fills it", because="instances"),
            process_count=unknown("relay.1: nothing fills it", because="container.state"),
        )
        assert self.folded(acceptance) == {"relay/instances": ["relay.1/container.state", COUNT]}

    def test_a_cause_that_is_green_or_waived_explains_nothing(self) -> None:
        lonely = unknown("relay.1: no p2prelay to look at", because="process.count")
        assert self.folded(judged(process_user=lonely)) == {}
        waive = {"until": TODAY, "reason": "moves"}
        plan = plan_of({**SERVICE, "processes": [{"exe": "p2prelay", "user": "relay", "waive": waive}]})
        assert self.folded(judged(plan, process_count=failed("found 0"), process_user=lonely)) == {}

    def test_all_that_is_not_known_of_a_host_is_under_the_step_that_was_not_taken(self) -> None:
        acceptance, plan = unreached()
        assert self.folded(acceptance) == {
            f"relay.{at}/host.reach": [
                check.id for check in plan.checks if check.slot == f"relay.{at}" and check.aspect not in STAGES[:2]
            ]
            for at in range(2)
        }

    def test_a_circle_of_causes_hides_nothing(self) -> None:
        acceptance = judged(
            process_count=unknown("a", because="process.user"), process_user=unknown("b", because="process.count")
        )
        assert self.folded(acceptance) == {}

    def test_of_two_possible_causes_the_named_process_is_it(self) -> None:
        plan = plan_of({**SERVICE, "processes": [*SERVICE["processes"], {"exe": "/opt/helper"}]})
        acceptance = judged(
            plan, process_count=failed("found 0"), port_owner=unknown("nobody holds it", because="process.count")
        )
        assert self.folded(acceptance) == {COUNT: ["relay.1/port.owner[8080/tcp]"]}


class TestTerminal:
    def test_an_accepted_run_is_two_lines(self) -> None:
        assert told(judged()).splitlines() == [
            "Report: reports/x",
            f"ACCEPTED p2p-relay: {len(PLAN.checks)} checks passed in 1.4 s",
        ]

    def test_failures_come_first_and_what_follows_from_them_is_one_line(self) -> None:
        assert told(judged(child_exit=1, **DEAD)).splitlines() == [
            "FAIL relay.1/process.count[p2prelay]",
            "  relay.1: expected 1 p2prelay, found 0",
            "  owner: team-relay · runbook: https://wiki.example/relay?a=1&b=2",
            "  … and 2 checks that need it: process.state[p2prelay], process.user[p2prelay]",
            "",
            "UNKNOWN relay.1/port.bind[8080/tcp]",
            "  relay.1: sockets could not be listed: no rights",
            "  owner: team-relay · runbook: https://wiki.example/relay?a=1&b=2",
            "  … and 1 check that needs it: port.owner[8080/tcp]",
            "",
            "What a check means, and what to do next: seatrial explain process.count",
            "Report: reports/x",
            "NOT ACCEPTED p2p-relay: 1 failed, 4 unknown, 12 passed in 1.4 s",
        ]

    def test_a_jump_host_that_does_not_answer_is_told_once(self) -> None:
        text = told(*unreached())
        assert text.count("bastion 172.17.0.2:22: timed out 4 s") == 1
        assert "relay.1" in text

    def test_a_part_is_marked_and_what_did_not_run_is_counted(self) -> None:
        acceptance = judged(process_count=None, process_state=None, port_bind=None, port_owner=None)
        assert told(acceptance).splitlines() == [
            "NOT RUN 4 checks: relay.1/process.count[p2prelay], relay.1/process.state[p2prelay], "
            "relay.1/port.bind[8080/tcp], relay.1/port.owner[8080/tcp]",
            "",
            "Report: reports/x",
            "NOT ACCEPTED (PARTIAL) p2p-relay: 4 not run, 13 passed in 1.4 s",
        ]

    def test_only_the_first_five_of_many_are_named(self) -> None:
        text = told(accept(PLAN, None, -9, TODAY))
        assert "NOT RUN 17 checks: relay/instances, relay.0/container.state" in text
        assert text.splitlines()[0].endswith(", …")
        assert "Not accepted: the run left no journal\nNot accepted: pytest was ended by signal 9\n" in text

    def test_blockers_come_before_the_rest(self) -> None:
        plan = plan_of({**SERVICE, "ports": [{"port": 8080, "severity": "blocker"}]})
        text = told(judged(plan, process_count=failed("found 0"), port_bind=failed("is not there")), plan)
        assert text.index("FAIL relay.1/port.bind[8080/tcp] (blocker)") < text.index(f"FAIL {COUNT}\n")

    def test_waived_and_not_planned_checks_are_listed(self) -> None:
        waive = {"until": TODAY, "reason": "moves on Friday"}
        plan = plan_of({**SERVICE, "processes": [{"exe": "p2prelay", "waive": waive}]}, read_only=True)
        text = told(judged(plan, process_count=failed("relay.1: found 0")), plan)
        assert (
            f"WAIVED 1 check\n  {COUNT}: relay.1: found 0 (waived until 2026-11-25: moves on Friday)\n\n"
            "NOT PLANNED 2 checks (--read-only): relay.0/port.accept[8080/tcp], relay.1/port.accept[8080/tcp]\n"
        ) in text
        assert text.endswith("\nACCEPTED p2p-relay: 12 checks passed, 1 waived in 1.4 s\n")

    def test_nothing_from_outside_commands_the_terminal(self) -> None:
        verdict = Verdict(Outcome.FAIL, HOSTILE)
        text = told(judged(process_count=verdict))
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "::error" not in text
        assert "[bold]x[/bold] [/oops]" in text

    @given(st.text())
    def test_any_message_is_one_printable_line(self, message: str) -> None:
        lines = told(judged(process_count=Verdict(Outcome.FAIL, message))).split("\n")
        assert lines[0] == f"FAIL {COUNT}"
        assert lines[2].startswith("  owner: team-relay")
        assert {unicodedata.category(character)[0] for character in lines[1]}.isdisjoint({"C"})

    def test_colour_is_there_on_a_terminal_and_adds_no_word(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("NO_COLOR", raising=False)
        plain = told(judged(**DEAD))
        coloured = told(judged(**DEAD), force_terminal=True, color_system="standard", _environ={"TERM": "xterm"})
        assert "\x1b[1;31mFAIL\x1b[0m" in coloured
        assert Text.from_ansi(coloured).plain.rstrip() == plain.rstrip()
        monkeypatch.setenv("NO_COLOR", "1")
        assert "\x1b[31m" not in told(judged(**DEAD), force_terminal=True)

    def test_a_terminal_that_knows_ascii_only_is_no_error(self) -> None:
        raw = io.BytesIO()
        console = Console(file=io.TextIOWrapper(raw, encoding="ascii", write_through=True))
        tell(judged(**DEAD), PLAN, folder=Path("报告"), took_s=1.0, console=console)
        assert b"Report: \\u62a5\\u544a" in raw.getvalue()

    def test_progress_is_silent_where_nobody_watches(self) -> None:
        file = io.StringIO()
        with progress(Console(file=file)) as update:
            update("looking")
        assert file.getvalue() == ""

    def test_progress_shows_plain_text_and_vanishes(self) -> None:
        file = io.StringIO()
        console = Console(file=file, force_terminal=True, _environ={"TERM": "xterm"})
        with progress(console) as update:
            update("settling [/red] \x1b]0;x\x07")
            update("")
            assert console._live_stack
        assert "\x1b]0;" not in file.getvalue()
        assert file.getvalue().endswith("\x1b[2K"), "the line is erased"


class TestAlike:
    def test_one_closed_door_is_one_paragraph(self) -> None:
        acceptance = everywhere(PLAN, lambda slot: unknown(f"{slot}: no Docker Engine at unix:///none.sock"))
        assert told(acceptance).splitlines() == [
            "UNKNOWN relay/instances … and 16 more checks: relay.0/container.state, relay.0/process.count[p2prelay], "
            "relay.0/process.state[p2prelay], relay.0/process.stable[p2prelay], relay.0/process.user[p2prelay], …",
            "  no Docker Engine at unix:///none.sock",
            "  owner: team-relay · runbook: https://wiki.example/relay?a=1&b=2",
            "",
            "What a check means, and what to do next: seatrial explain instances",
            "Report: reports/x",
            "NOT ACCEPTED p2p-relay: 17 unknown in 1.4 s",
        ]

    def test_a_fail_that_slots_have_in_common_is_told_once(self) -> None:
        acceptance = everywhere(PLAN, lambda slot: failed(f"{slot}: nothing listens"), "port.bind")
        assert told(acceptance).splitlines()[:2] == [
            "FAIL relay.0/port.bind[8080/tcp] … and the same in relay.1",
            "  nothing listens",
        ]

    def test_fails_of_two_questions_stay_apart(self) -> None:
        acceptance = everywhere(PLAN, lambda _: failed("it is wrong"), "port.bind", "port.accept")
        assert told(acceptance).count("  it is wrong\n") == 2

    def test_different_reasons_stay_apart(self) -> None:
        acceptance = everywhere(PLAN, lambda slot: unknown(f"{slot}: no rights for {slot}"), "process.user")
        assert told(acceptance).count("UNKNOWN ") == 2

    @pytest.mark.parametrize(
        "reason",
        [
            "{address}:22: refused",
            "bastion ok; target {address}:22 from there: connect failed",
            "ssh -G {name} fails: Can't open user config file x",
            "{user}@{address}: permission denied (publickey)",
            "unknown key SHA256:{key}; add with `seatrial trust`",
            "not connected within {seconds} s",
        ],
    )
    def test_one_cause_on_several_hosts_is_told_once_and_names_them(self, reason: str) -> None:
        plan = hosts_plan("relay-1", "relay-2", "relay-10")
        own = {
            "relay.0": {"name": "relay-1", "address": "10.0.0.1", "user": "a", "key": "x/+", "seconds": "4"},
            "relay.1": {"name": "relay-2", "address": "10.0.0.2", "user": "b", "key": "y=", "seconds": "4.5"},
            "relay.2": {"name": "relay-10", "address": "10.0.0.3", "user": "c", "key": "z", "seconds": "3"},
        }

        def dark(slot: str) -> Verdict:
            here = own[slot]
            return unknown(f"{slot} ({here['name']}, {here['address']}): {reason.format(**here)}")

        assert told(everywhere(plan, dark, "host.reach"), plan).splitlines()[:3] == [
            "UNKNOWN relay.0/host.reach … and 2 more: relay.1 (relay-2), relay.2 (relay-10)",
            f"  relay.0 (relay-1, 10.0.0.1): {reason.format(**own['relay.0'])}",
            "",
        ]

    def test_a_fail_whose_numbers_differ_by_chance_is_told_once(self) -> None:
        plan = hosts_plan("a", "b")
        up = {"relay.0": ("a, 10.0.0.1", 4711, 173), "relay.1": ("b, 10.0.0.2", 815, 172)}

        def gone(slot: str) -> Verdict:
            place, pid, seconds = up[slot]
            text = f"expected 1 relay, found 0; the pid file names {pid}, which is dead; host up {seconds} s"
            return failed(f"{slot} ({place}): {text}")

        lines = told(everywhere(plan, gone, "process.count"), plan).splitlines()
        assert lines[0] == "FAIL relay.0/process.count[relay] … and the same in relay.1 (b)"
        assert lines[1].startswith("  relay.0 (a, 10.0.0.1): expected 1 relay, found 0; the pid file names 4711,")

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("shows SHA256:x, expected SHA256:y", "shows SHA256:z, expected SHA256:y"),
            ("host clock +37 s", "host clock +41 s"),
            ("expected 1 relay, found 0", "expected 1 relay, found 2"),
            ("a-2 is down", "b-2 is down"),
            ("10.0.0.12 is down", "10.0.0.22 is down"),
        ],
    )
    def test_what_differs_in_more_than_host_and_chance_stays_apart(self, one: str, other: str) -> None:
        plan, said = hosts_plan("a", "b"), {"relay.0": f"(a, 10.0.0.1): {one}", "relay.1": f"(b, 10.0.0.2): {other}"}
        text = told(everywhere(plan, lambda slot: failed(f"{slot} {said[slot]}"), "process.count"), plan)
        assert text.count("FAIL ") == 2

    def test_containers_of_an_engine_on_a_host_are_told_with_it(self) -> None:
        acceptance = everywhere(PLAN, lambda slot: failed(f"{slot} (on engine-1): nothing listens"), "port.bind")
        assert told(acceptance).splitlines()[:2] == [
            "FAIL relay.0/port.bind[8080/tcp] … and the same in relay.1",
            "  relay.0 (on engine-1): nothing listens",
        ]

    def test_what_else_has_the_same_cause_is_told_after_the_names_of_the_hosts(self) -> None:
        plan = hosts_plan("a", "b")
        text = told(
            everywhere(plan, lambda slot: unknown(f"{slot}: no rights"), "process.count", "process.state"), plan
        )
        assert text.splitlines()[0] == (
            "UNKNOWN relay.0/process.count[relay] … and 1 more: relay.1 (b), "
            "and 2 more checks: relay.0/process.state[relay], relay.1/process.state[relay]"
        )

    def test_within_one_slot_the_message_keeps_its_place(self) -> None:
        dark = unknown("relay.1: no rights")
        assert told(judged(process_user=dark, port_bind=dark)).splitlines()[:2] == [
            "UNKNOWN relay.1/process.user[p2prelay] … and 1 more check: relay.1/port.bind[8080/tcp]",
            "  relay.1: no rights",
        ]

    def test_what_follows_from_any_of_them_is_under_all_of_them(self) -> None:
        deployment = everywhere(PLAN, lambda slot: failed(f"{slot}: found 0"), "process.count")
        follows = {
            check.id: Entry.of(check.id, unknown("nobody", because="process.count"), "error", 0.1)
            for check in PLAN.checks
            if check.aspect == "process.user"
        }
        entries = [
            follows.get(one.check.id, Entry(one.check.id, one.status, one.message, (), "", "passed", 0.1))
            for one in deployment.results
        ]
        text = told(accept(PLAN, record_of(entries), 1, TODAY))
        assert (
            "  … and 2 checks that need it: relay.0/process.user[p2prelay], relay.1/process.user[p2prelay]\n"
        ) in text

    def test_the_worst_of_a_paragraph_names_it(self) -> None:
        plan = plan_of({**SERVICE, "ports": [{"port": 8080, "severity": "blocker", "owner_team": "team-net"}]})
        text = told(everywhere(plan, lambda slot: unknown(f"{slot}: no rights")), plan)
        assert text.startswith("UNKNOWN relay.0/port.bind[8080/tcp] (blocker) … and ")
        assert "  owner: team-net, team-relay · runbook: " in text


class TestOwnTests:
    def test_a_failed_test_of_the_user_is_named(self) -> None:
        assert told(judged(child_exit=1, strangers=STRANGERS)).splitlines() == [
            "Not accepted: tests/test_x.py::test_y failed: assert 1 == 2",
            "",
            "Tests of yours: 1 failed, 1 passed",
            "Report: reports/x",
            f"NOT ACCEPTED p2p-relay: {len(PLAN.checks)} passed, 1 test of yours failed in 1.4 s",
        ]

    def test_tests_that_pass_are_counted(self) -> None:
        assert "Tests of yours: 1 passed\n" in told(judged(strangers=STRANGERS[1:]))


class TestLooks:
    def test_settling_says_how_often_it_looked_and_why_it_ended(self) -> None:
        assert told(judged(look=LOOKED)).splitlines()[0] == (
            "Looked 3 times in 12.1 s: everything stayed green for 5 s"
        )

    def test_settling_that_ends_at_once_says_so_too(self) -> None:
        look = {**LOOKED, "looks": 1, "ended_because": "waiting is pointless: relay.0 has exited"}
        assert "Looked once in 12.1 s: waiting is pointless: relay.0 has exited\n" in told(judged(look=look))

    def test_one_look_is_not_worth_a_word(self) -> None:
        assert "Looked" not in told(judged(look={**LOOKED, "settle_s": 0.0, "looks": 1}))


class TestUsage:
    def test_a_wrong_call_is_not_buried_under_what_did_not_run(self) -> None:
        assert told(accept(PLAN, None, 4, TODAY)).splitlines() == [
            "Not accepted: pytest was called in a wrong way",
            "",
            "Report: reports/x",
            "NOT ACCEPTED p2p-relay: 17 not run in 1.4 s",
        ]

    @pytest.mark.parametrize(
        ("log", "shown"),
        [
            (
                ["ERROR: usage: pytest [options]", "pytest.main(): error: unrecognized arguments: --x", "  rootdir: /"],
                ["pytest.main(): error: unrecognized arguments: --x"],
            ),
            (["", "no tests ran in 0.00s", "ERROR: not found: x.py", ""], ["ERROR: not found: x.py"]),
            (
                ["ImportError while loading conftest 'c.py'.", "c.py:1: in <module>", "    import x", "E   No module"],
                ["ImportError while loading conftest 'c.py'.", "E   No module"],
            ),
            (["something", "else"], ["something", "else"]),
            ([f"ERROR: {n}" for n in range(9)], [f"ERROR: {n}" for n in range(6)]),
            ([], []),
        ],
    )
    def test_of_what_pytest_says_only_the_complaint_is_shown(self, log: list[str], shown: list[str]) -> None:
        assert complaints(log) == shown


class TestNotes:
    """What the deployment file leaves out is told, and stands in the way of nothing."""

    PLAN = replace(PLAN, notes=("1 host of servers.csv is in no service: b (role 'x\x1b[31m')",))
    LINE = "Note: 1 host of servers.csv is in no service: b (role 'x')"

    def test_the_terminal_and_the_end_of_pytest_tell_it(self) -> None:
        acceptance = judged(self.PLAN)
        assert acceptance.accepted
        assert self.LINE in told(acceptance, self.PLAN).splitlines()
        assert self.LINE in list(brief.lines(acceptance, self.PLAN, folder=Path("reports/x"), took_s=1.0))

    def test_results_json_has_it_as_it_is(self) -> None:
        content = results.document(judged(self.PLAN), self.PLAN, None, started=NOW, ended=NOW)
        assert content["notes"] == list(self.PLAN.notes)


class TestBrief:
    def lines(self, acceptance: Acceptance) -> list[str]:
        return list(brief.lines(acceptance, PLAN, folder=Path("reports/x"), took_s=1.42))

    def test_it_ends_with_the_sentence_of_the_command(self) -> None:
        assert self.lines(judged(**DEAD))[-1] == told(judged(**DEAD)).splitlines()[-1]

    def test_it_says_what_pytest_has_no_word_for(self) -> None:
        acceptance = judged(child_exit=1, strangers=STRANGERS, process_count=None, port_bind=DEAD["port_bind"])
        assert self.lines(acceptance) == [
            "UNKNOWN relay.1/port.bind[8080/tcp]",
            f"NOT RUN {COUNT}",
            "Not accepted: tests/test_x.py::test_y failed: assert 1 == 2",
            "Tests of yours: 1 failed, 1 passed",
            "report in reports/x",
            "NOT ACCEPTED (PARTIAL) p2p-relay: 1 unknown, 1 not run, 15 passed, 1 test of yours failed in 1.4 s",
        ]
