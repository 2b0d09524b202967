"""Hands our dress to pytest-html: the hooks of its page, for a session that verifies a deployment."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from seatrial import __version__
from seatrial.reports import html
from seatrial.session import CHECK, VERDICT, Session
from seatrial.spec.check import Check
from seatrial.verdicts import Verdict


class Page:
    """The hooks of pytest-html, which are optional: the page can be switched off."""

    def __init__(self, session: Session, file_name: str) -> None:
        """Dress the page of one session.

        :param file_name: the deployment file's name, without its folder.
        """
        self._session = session
        self._page: html.Page | None = None
        self._began = time.monotonic()
        self._facts = {
            "Deployment file": file_name,
            "Started": session.started.strftime("%Y-%m-%d %H:%M:%S UTC"),
            "Seatrial": __version__,
        }

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Iterator[None]:
        """Let each report carry its check and its verdict to the page."""
        report: Any = yield
        carry(report, item)
        return report  # type: ignore[no-any-return]

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_report_title(self, report: html.Page) -> None:
        """Name the page and its facts."""
        self._page = report
        html.dress(report, self._session.plan.title, self._facts)

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_summary(self, prefix: list[str]) -> None:
        """Put the verdict before everything else."""
        acceptance, plan = self._session.acceptance, self._session.plan
        if acceptance is not None:
            took_s = time.monotonic() - self._began
            prefix[:0] = html.summary_lines(acceptance, plan, self._facts, took_s)
            if self._page is not None:
                self._page.title = html.title(plan.title, acceptance)

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        """Name our columns."""
        cells[:] = html.header_cells()

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_row(self, report: Any, cells: list[str]) -> None:
        """Fill our columns."""
        check, verdict = _carried(report)
        if check and report.passed and report.when != "call":
            cells.clear()
            return
        cells[:] = html.row_cells(cells, check, verdict, report.nodeid)

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_html(self, report: Any, data: list[str]) -> None:
        """Show the evidence where pytest-html would show a log."""
        check, verdict = _carried(report)
        html.trim_log(data, verdict)
        if verdict is not None:
            data.append(html.evidence_html(check, verdict))


def carry(report: Any, item: pytest.Item) -> None:
    """Let a report carry its check and its verdict to the page."""
    report.seatrial = (item.stash.get(CHECK, None), item.stash.get(VERDICT, None))


def _carried(report: object) -> tuple[Check | None, Verdict | None]:
    carried: tuple[Check | None, Verdict | None] = getattr(report, "seatrial", (None, None))
    return carried
