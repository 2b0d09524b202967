"""The dress of pytest-html's page: the verdict first, the worst rows first, evidence in each row.

The functions make strings and take values; the plugin calls them from pytest-html's hooks. pytest-html puts cells and
summary lines into its page as they are, so whatever comes from a name or a message is escaped here.

What pytest-html 4.2 needs, from its ``basereport.py`` and ``app.js``: each row has a cell of class ``col-result`` with
its own word (``Error``), by which it filters and colours: it is kept, hidden, as the first cell. A column can be sorted
when its header says so, and the text of the first ``td`` of its cell is what it is sorted by.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any, Protocol

from seatrial.acceptance import Acceptance
from seatrial.explained.explanation import explanations
from seatrial.plan import Plan
from seatrial.reports import concern, summary
from seatrial.sanitise import clean
from seatrial.spec.check import Check
from seatrial.verdicts import Verdict

_HEADERS = (
    '<th class="sortable" data-column-type="result" hidden></th>',
    '<th class="sortable" data-column-type="rank">Result</th>',
    '<th class="sortable" data-column-type="service">Service</th>',
    '<th class="sortable" data-column-type="slot">Slot</th>',
    '<th class="sortable" data-column-type="check">Check</th>',
    '<th class="sortable" data-column-type="duration">Duration</th>',
)
_LABELS = {"failed": "Failed", "error": "Unknown", "xfailed": "Waived", "xpassed": "Passed in spite of a waiver"}
_RANKS = {"FAIL": 0, "FAILED": 0, "UNKNOWN": 1, "ERROR": 1, "WAIVED": 3, "PASS": 4, "PASSED": 4}
_RESULT = re.compile(r'class="col-result"[^>]*>([^<]*)<')
_LINK = re.compile(r"https?://[^\s]+")


class Page(Protocol):
    """What the dress needs of pytest-html's ``ReportData``."""

    title: str

    @property
    def outcomes(self) -> dict[str, dict[str, Any]]:
        """Counts and labels by pytest's words."""

    def set_data(self, key: str, value: object) -> None:
        """Set a part of what the page's script is given."""


def dress(page: Page, deployment: str, environment: Mapping[str, str]) -> None:
    """Give the page its title, its facts, its labels and its order; for ``pytest_html_report_title``.

    :param environment: what is worth knowing about the run: the deployment file's name, the version, the time.
    """
    page.title = title(deployment)
    page.set_data("environment", {name: escape(clean(value)) for name, value in environment.items()})
    page.set_data("initialSort", "rank")
    page.set_data("renderCollapsed", ["passed", "skipped", "xfailed", "xpassed"])
    for outcome, label in _LABELS.items():
        page.outcomes[outcome]["label"] = label


def title(deployment: str, acceptance: Acceptance | None = None) -> str:
    """The page's title; it begins with the verdict once that is known."""
    name = f"{clean(deployment)} · Seatrial"
    return name if acceptance is None else f"{summary.verdict(acceptance)} · {name}"


def summary_lines(acceptance: Acceptance, plan: Plan, environment: Mapping[str, str], took_s: float) -> list[str]:
    """The page's style, its verdict and what stands beside it; goes before all else of ``results_summary``'s prefix.

    :param environment: as for :func:`dress`; its values are shown in the verdict's bar.
    :param took_s: seconds that the run took.
    """
    style = Path(__file__).with_name("dress.css").read_text(encoding="utf-8")
    return [f"<style>{style}</style>", _bar(acceptance, plan, environment, took_s), *_notes(acceptance, plan)]


def header_cells() -> list[str]:
    """The head of the table; replaces pytest-html's own."""
    return list(_HEADERS)


def row_cells(cells: Sequence[str], check: Check | None, verdict: Verdict | None, nodeid: str) -> list[str]:
    """One row of the table; replaces pytest-html's own.

    :param cells: those that pytest-html made, of which its word and the duration are kept.
    :param check: the planned check, None for a test of somebody else.
    :param verdict: what its judge said, None where none was asked.
    """
    found = _RESULT.search(next((cell for cell in cells if "col-result" in cell), ""))
    ran = found.group(1) if found else ""
    status = _status(ran, verdict)
    rank = _RANKS.get(status, 2)
    follows = ".5" if status == "UNKNOWN" and verdict and verdict.because else ""
    names = (check.service, check.slot, check.id.partition("/")[2]) if check else ("", "", nodeid)
    service, slot, question = map(_shown, names)
    server = f" <small>{_shown(check.server)}</small>" if check and check.server else ""
    return [
        f'<td class="col-result" hidden>{ran}</td>',
        f'<td class="col-rank" hidden>{rank}{follows}</td><td class="st-status st-{rank}">{escape(status)}</td>',
        f'<td class="col-service">{service}</td>',
        f'<td class="col-slot">{slot}{server}</td>',
        f'<td class="col-check">{question}</td>',
        next((cell for cell in cells if "col-duration" in cell), '<td class="col-duration"></td>'),
    ]


def evidence_html(check: Check | None, verdict: Verdict) -> str:
    """What a row shows when it is opened: the message, the evidence, who is to be told and what to do.

    What only follows from another finding is closed once more: pytest-html opens all rows with an error, or none.
    Goes after :func:`trim_log` into the same list; pytest-html shows that list's lines as they are.
    """
    shown = [(label, text) for label, text in verdict.evidence if text.strip()]
    lines = [f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>" for label, text in shown]
    evidence = f"<dl>{''.join(lines)}</dl>" if lines else ""
    contact = _contact(check) if check else ""
    told = f"<p>{escape(verdict.message)}</p>{evidence}{contact}{'' if verdict.passed else _meaning(check)}"
    if because := _shown(verdict.because):
        told = f"<details><summary>because of {because}</summary>{told}</details>"
    return f'<div class="st-verdict">{told}</div>'


def trim_log(lines: list[str], verdict: Verdict | None) -> None:
    """Take out of a row's log what tells nothing; for ``pytest_html_results_table_html``.

    :param lines: changed in place; emptied where a verdict tells it all, so that no traceback of ours is shown.
    :param verdict: None for a test of somebody else, whose log is kept where there is any.
    """
    if verdict is not None or lines == ["No log output captured."]:
        lines.clear()


def _meaning(check: Check | None) -> str:
    """The question that a check answers, and where more is told of it."""
    one = explanations().get(check.aspect) if check else None
    return f"<p>It asks: {escape(one.means)} More: seatrial explain {check.aspect}</p>" if check and one else ""


@lru_cache(4096)
def _shown(text: str) -> str:
    return escape(clean(text))


def _status(ran: str, verdict: Verdict | None) -> str:
    """Our word where the test ended as its verdict says, else pytest's."""
    outcome = verdict.outcome.value if verdict else ""
    expected = {
        "PASS": {"Passed": "PASS", "XPassed": "PASS"},
        "FAIL": {"Failed": "FAIL", "Error": "FAIL", "XFailed": "WAIVED"},
        "UNKNOWN": {"Error": "UNKNOWN", "Failed": "UNKNOWN"},
    }
    return expected.get(outcome, {}).get(ran, ran.upper())


def _bar(acceptance: Acceptance, plan: Plan, environment: Mapping[str, str], took_s: float) -> str:
    colour = "green" if acceptance.accepted else "red"
    facts = [f"{summary.counts(acceptance)} in {took_s:.1f} s", *map(" ".join, environment.items())]
    facts += _way(acceptance.look)
    spans = "".join(f"<span>{escape(clean(fact))}</span>" for fact in facts)
    verdict, name = escape(summary.verdict(acceptance)), escape(clean(plan.title))
    return f'<div class="st-bar st-{colour}"><strong>{verdict}</strong><b>{name}</b>{spans}</div>'


def _notes(acceptance: Acceptance, plan: Plan) -> list[str]:
    not_run = [result.check.id for result in acceptance.results if result.status == "NOT RUN"]
    notes = [f"Not accepted: {reason}" for reason in acceptance.reasons]
    notes += [f"Not run, {len(not_run)}: {summary.some(not_run)}"] if not_run else []
    left_out = list(plan.not_planned)
    notes += [f"Not planned (--read-only), {len(left_out)}: {summary.some(left_out)}"] if left_out else []
    notes += [f"Note: {note}" for note in plan.notes]
    notes += filter(None, (summary.own_tests(acceptance), summary.looked(acceptance)))
    return [f'<p class="st-note">{escape(clean(note))}</p>' for note in notes]


def _way(look: Mapping[str, Any]) -> list[str]:
    """Which engine was asked, and by which vehicles the containers were read."""
    vehicles = ", ".join(look.get("vehicles", ()))
    engine = look.get("engine", "")
    return [*([f"Engine {engine}"] if engine else []), *([f"Read through {vehicles}"] if vehicles else [])]


def _contact(check: Check) -> str:
    waiver = f"until {check.waiver.until}: {check.waiver.reason}" if check.waiver else ""
    said = (("owner", concern.owner(check)), ("waiver", waiver))
    parts = [f"{label}: {escape(clean(value))}" for label, value in said if value]
    runbook = clean(concern.runbook(check))
    if runbook:
        parts.append(f"runbook: {_linked(runbook)}")
    return f'<p class="st-contact">{" · ".join(parts)}</p>' if parts else ""


def _linked(text: str) -> str:
    """A link for a web address, plain text for all else, a ``javascript:`` address for example."""
    safe = escape(text)
    return f'<a href="{safe}" rel="noreferrer">{safe}</a>' if _LINK.fullmatch(text) else safe
