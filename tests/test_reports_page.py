"""The dress of pytest-html's page."""

import json
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import replace
from datetime import date
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.acceptance import Acceptance, accept
from seatrial.journal import Entry, Record, Stranger
from seatrial.plan import Plan, make_plan
from seatrial.reports import html
from seatrial.spec.deployment import DeploymentSpec
from seatrial.spec.inventory.host import Host
from seatrial.verdicts import Outcome, Verdict, failed, passed, unknown

TODAY = date(2026, 11, 25)
HOSTILE = "\x1b[31m<script>alert(1)</script> \u202e & \"quoted\" 'too' <!-- ]]>"

CLOSED = {"details", "summary"}
ALWAYS = ("process.exe", "container.stable", "container.oom")
SERVICE: dict[str, Any] = {
    "locate": {"compose_service": "relay"},
    "instances": 2,
    "processes": [{"exe": "/opt/relay/p2prelay", "user": "relay"}],
    "owner_team": "team-relay",
    "runbook": "https://wiki.example/relay?a=1&b=2",
}


def plan_of(service: dict[str, Any]) -> Plan:
    """A plan of a few aspects, so that those which are always asked for change nothing here."""
    made = {"deployment": "p2p-relay", "services": {"relay": service}}
    return few(make_plan(DeploymentSpec.model_validate(made)))


def few(plan: Plan) -> Plan:
    return replace(plan, checks=tuple(check for check in plan.checks if check.aspect not in ALWAYS))


PLAN = plan_of(SERVICE)
COUNT = "relay.1/process.count[p2prelay]"


def judged() -> Acceptance:
    entries = [Entry.of(check.id, passed(f"{check.slot}: as declared"), "passed", 0.25) for check in PLAN.checks]
    return accept(PLAN, Record({}, tuple(entries), {}, True, 0), 0, TODAY)


class Skeleton(HTMLParser):
    """The elements and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str | None] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


class TestPage:
    CELLS = ('<td class="col-result">Error</td>', "<td>x</td>", '<td class="col-duration">3 ms</td>', "<td></td>")
    CHECK = PLAN.by_id()[COUNT]

    def row(self, ran: str, verdict: Verdict | None) -> list[str]:
        cells = [f'<td class="col-result">{ran}</td>', *self.CELLS[1:]]
        return html.row_cells(cells, self.CHECK, verdict, "nodeid")

    def test_the_verdict_is_first_and_in_words(self) -> None:
        facts = {"deployment file": "relay.yaml"}
        style, bar, *notes = html.summary_lines(accept(PLAN, None, -9, TODAY), PLAN, facts, 1.42)
        assert style.startswith("<style>")
        assert Skeleton(bar).text == "NOT ACCEPTEDp2p-relay11 not run in 1.4 sdeployment file relay.yaml"
        assert "st-red" in bar
        assert [Skeleton(note).text[:18] for note in notes] == [
            "Not accepted: the ",
            "Not accepted: pyte",
            "Not run, 11: relay",
        ]
        assert "st-green" in html.summary_lines(judged(), PLAN, {}, 1.42)[1]

    def test_the_title_begins_with_the_verdict(self) -> None:
        assert html.title("p2p-relay") == "p2p-relay · Seatrial"
        assert html.title("p2p-relay", judged()) == "ACCEPTED · p2p-relay · Seatrial"

    def test_a_row_has_a_cell_for_each_header(self) -> None:
        assert len(self.row("Passed", passed("fine"))) == len(html.header_cells())

    @pytest.mark.parametrize(
        ("ran", "verdict", "shown"),
        [
            ("Passed", passed("fine"), "PASS"),
            ("XPassed", passed("fine"), "PASS"),
            ("Failed", failed("wrong"), "FAIL"),
            ("XFailed", failed("wrong"), "WAIVED"),
            ("Error", unknown("no rights"), "UNKNOWN"),
            ("Error", passed("fine"), "ERROR"),
            ("Skipped", passed("fine"), "SKIPPED"),
            ("Skipped", None, "SKIPPED"),
            ("Failed", None, "FAILED"),
        ],
    )
    def test_a_row_tells_our_verdict_and_keeps_the_word_of_pytest(
        self, ran: str, verdict: Verdict | None, shown: str
    ) -> None:
        cells = self.row(ran, verdict)
        assert cells[0] == f'<td class="col-result" hidden>{ran}</td>', "its filters need it"
        assert Skeleton(cells[1]).text.lstrip("01234") == shown
        assert [Skeleton(cell).text for cell in cells[2:]] == ["relay", "relay.1", "process.count[p2prelay]", "3 ms"]

    def test_the_worst_rows_sort_first(self) -> None:
        rows = [("Passed", passed("")), ("XFailed", failed("")), ("Error", unknown("")), ("Failed", failed(""))]
        ranks = [Skeleton(self.row(ran, verdict)[1]).text[0] for ran, verdict in rows]
        assert ranks == sorted(ranks, reverse=True)

    def test_what_follows_from_another_finding_sorts_after_what_stands_for_itself(self) -> None:
        rows = [failed(""), unknown(""), unknown("", because="host.reach")]
        cells = [self.row("Error", verdict)[1] for verdict in rows]
        assert [re.search(r"<td.*?>(.*?)</td>", cell)[1] for cell in cells] == ["0", "1", "1.5"]  # type: ignore[index]
        assert 'class="st-status st-1"' in cells[2]

    def test_what_follows_from_another_finding_is_closed(self) -> None:
        page = Skeleton(html.evidence_html(self.CHECK, unknown("nobody", because="host.reach")))
        assert page.tags[:2] == ["div", "details"]
        assert CLOSED.isdisjoint(Skeleton(html.evidence_html(self.CHECK, unknown("no rights"))).tags)

    def test_a_slot_behind_ssh_names_its_host(self) -> None:
        check = replace(self.CHECK, host=Host("relay-2", "10.0.0.2"))
        cells = html.row_cells(self.CELLS, check, failed("wrong"), "nodeid")
        assert Skeleton(cells[3]).text == "relay.1 relay-2 10.0.0.2"
        assert "small" not in self.row("Failed", failed("wrong"))[3]

    def test_a_test_of_somebody_else_keeps_its_name(self) -> None:
        cells = html.row_cells(self.CELLS, None, None, "test_mine.py::test_<b>[x]")
        assert Skeleton(cells[4]).text == "test_mine.py::test_<b>[x]"
        assert "<b>" not in cells[4]

    def test_evidence_names_what_is_known(self) -> None:
        verdict = unknown("relay.1: nobody to ask", because="instances", last_log_line="bind: in use")
        page = Skeleton(html.evidence_html(self.CHECK, verdict))
        assert page.text == (
            "because of instancesrelay.1: nobody to asklast log linebind: in use"
            "owner: team-relay · runbook: https://wiki.example/relay?a=1&b=2"
            "It asks: Do as many processes run as declared? More: seatrial explain process.count"
        )
        assert page.links == ["https://wiki.example/relay?a=1&b=2"]

    @pytest.mark.parametrize(
        "runbook", ["javascript:alert(1)", "data:text/html,x", 'https://x/"onclick=y', "wiki page"]
    )
    def test_only_a_web_address_becomes_a_link(self, runbook: str) -> None:
        check = plan_of({**SERVICE, "runbook": runbook}).by_id()[COUNT]
        page = Skeleton(html.evidence_html(check, failed("wrong")))
        assert page.links in ([], [runbook])
        assert all(str(link).startswith("https://") for link in page.links)
        assert runbook in page.text

    @given(st.text() | st.just(HOSTILE))
    def test_no_text_from_outside_becomes_an_element(self, text: str) -> None:
        service = {**SERVICE, "runbook": text, "owner_team": text, "waive": {"until": TODAY, "reason": text or "x"}}
        files = [{"path": "/" + "".join(text.split()).replace("\x00", "")}]
        check = plan_of({**service, "files": files}).checks[-1]
        verdict = Verdict(Outcome.FAIL, text, ((text, text),), text)
        row = Skeleton("".join(html.row_cells(self.CELLS, check, verdict, text)))
        assert set(row.tags) == {"td"}
        assert set(Skeleton(html.evidence_html(check, verdict)).tags) <= {*CLOSED, "div", "p", "dl", "dt", "dd", "a"}
        bar = html.summary_lines(judged(), Plan(text, (), (text,)), {text: text}, 1.0)[1:]
        assert set(Skeleton("".join(bar)).tags) <= {"div", "strong", "b", "span", "p"}

    def test_evidence_without_a_text_makes_no_box(self) -> None:
        assert "<dl>" not in html.evidence_html(self.CHECK, passed("it answers", received=b""))
        shown = Skeleton(html.evidence_html(self.CHECK, passed("it answers", received=b"", where="10.0.0.1:80")))
        assert shown.tags.count("dt") == 1

    def test_the_bar_names_the_engine_and_how_containers_were_read(self) -> None:
        look = {"engine": "unix:///run/docker.sock", "vehicles": ["exec", "proc"]}
        _, bar, *notes = html.summary_lines(replace(judged(), look=look), PLAN, {}, 1.42)
        assert Skeleton(bar).text.endswith("in 1.4 sEngine unix:///run/docker.sockRead through exec, proc")
        assert notes == []

    def test_the_notes_say_what_the_deployment_file_leaves_out(self) -> None:
        _, _, note = html.summary_lines(judged(), replace(PLAN, notes=("1 host: <b>\x1b[31m",)), {}, 1.42)
        assert note == '<p class="st-note">Note: 1 host: &lt;b&gt;</p>'

    def test_the_notes_say_how_often_it_looked_and_what_became_of_tests_of_the_user(self) -> None:
        look = {"settle_s": 90.0, "looks": 3, "waited_s": 12.14, "ended_because": "the 90 s to settle are over"}
        strangers = (Stranger("test_x.py::test_y", "passed", "", 0.1),)
        _, _, *notes = html.summary_lines(replace(judged(), look=look, strangers=strangers), PLAN, {}, 1.42)
        assert [Skeleton(note).text for note in notes] == [
            "Tests of yours: 1 passed",
            "Looked 3 times in 12.1 s: the 90 s to settle are over",
        ]

    def test_a_log_is_shown_only_where_it_tells_something(self) -> None:
        ours, empty, foreign = ["Traceback"], ["No log output captured."], ["Traceback"]
        html.trim_log(ours, failed("wrong"))
        html.trim_log(empty, None)
        html.trim_log(foreign, None)
        assert (ours, empty, foreign) == ([], [], ["Traceback"])

    def test_the_dress_imports_neither_pytest_nor_its_page(self) -> None:
        source = Path(str(sys.modules[html.__name__].__file__)).read_text(encoding="utf-8")
        assert "import pytest" not in source

    def test_the_style_is_shipped(self) -> None:
        project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
        assert "*.css" in project["tool"]["setuptools"]["package-data"]["seatrial.reports"]


DRESSED = """
import pytest
from seatrial.reports import html
from seatrial.verdicts import failed, passed, unknown

VERDICTS = {"right": passed("fine"), "wrong": failed("<i>wrong</i>"), "dark": unknown("no rights")}

def known(report):
    return VERDICTS.get(report.nodeid.rpartition("[")[2].rstrip("]"))

class Page:
    def pytest_html_report_title(self, report):
        html.dress(report, "p2p-relay", {"file": "<b>relay.yaml</b>"})

    def pytest_html_results_table_header(self, cells):
        cells[:] = html.header_cells()

    def pytest_html_results_table_row(self, report, cells):
        cells[:] = html.row_cells(cells, None, known(report), report.nodeid)

    def pytest_html_results_table_html(self, report, data):
        html.trim_log(data, known(report))
        data.append(html.evidence_html(None, known(report)))

@pytest.fixture
def verdict(request):
    assert VERDICTS[request.param].outcome != "UNKNOWN"
    return VERDICTS[request.param]

@pytest.mark.parametrize("verdict", VERDICTS, indirect=True)
def test_it(verdict):
    assert verdict.passed

if __name__ == "__main__":
    pytest.main([__file__, "--html=page.html", "--self-contained-html", "-p", "no:cacheprovider"], plugins=[Page()])
"""


def test_pytest_html_takes_the_dress(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(DRESSED)
    plugins = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "pytest_metadata.plugin,pytest_html.plugin"}
    environ = {**os.environ, **plugins, "PYTHONPATH": os.pathsep.join(sys.path)}
    call = [sys.executable, "test_it.py"]
    done = subprocess.run(call, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=120)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    found = re.search(r'data-jsonblob="([^"]*)"', page)
    assert found, done.stdout + done.stderr
    data = json.loads(unescape(found.group(1)))
    assert (data["initialSort"], data["environment"]) == ("rank", {"file": "&lt;b&gt;relay.yaml&lt;/b&gt;"})
    rows = {name.rpartition("[")[2]: rows for name, rows in data["tests"].items()}
    assert {name: [(row["result"], row["rank"]) for row in found] for name, found in rows.items()} == {
        "right]": [("Passed", "4")],
        "wrong]": [("Failed", "0")],
        "dark]": [("Error", "1")],
    }
    assert rows["wrong]"][0]["log"] == '<div class="st-verdict"><p>&lt;i&gt;wrong&lt;/i&gt;</p></div>'
    assert '<title id="head-title">p2p-relay · Seatrial</title>' in page
