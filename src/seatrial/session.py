"""What pytest knows of a deployment that is verified in this session."""

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from seatrial.acceptance import Acceptance
from seatrial.arguments import empty_arguments, no_test
from seatrial.conclusion import JOURNAL, conclude, decide, today
from seatrial.early import NAME as EARLY
from seatrial.early import EarlyLook
from seatrial.errors import CheckFailed, Unknown
from seatrial.expected import expected
from seatrial.journal import Entry, Journal, Stranger
from seatrial.options import Options, digest
from seatrial.outcome import Phases
from seatrial.plan import Plan
from seatrial.reports import brief
from seatrial.reports import folder as report_folder
from seatrial.sanitise import clean
from seatrial.spec.check import Check
from seatrial.transports import ending
from seatrial.trial import Trial, facts_of, new_trial
from seatrial.verdicts import Verdict

SESSION: pytest.StashKey["Session"] = pytest.StashKey()
CHECK: pytest.StashKey[Check] = pytest.StashKey()
VERDICT: pytest.StashKey[Verdict] = pytest.StashKey()


class Session:
    """The hooks that are there only while a deployment is verified."""

    def __init__(
        self,
        trial: Trial,
        folder: Path,
        has_gate: bool,
    ) -> None:
        """Open the journal in ``folder``.

        :param has_gate: ``seatrial run`` is our parent and concludes.
        """
        self.deployment, self.plan, self.folder, self.has_gate = trial.looker.deployment, trial.plan, folder, has_gate
        self.acceptance: Acceptance | None = None
        self.started, self.digest = datetime.now(UTC), digest(self.deployment, trial.options)
        self.journal = Journal(folder / JOURNAL, _header(self.plan, self.digest, self.started))
        self.trial, trial.progress = trial, self.journal.progress
        self._where = trial.looker.where
        self.own_calls: tuple[str, ...] = ()
        """What the user's own tests ran in targets, one line each, for the report."""
        self._phases: dict[str, Phases] = defaultdict(Phases)
        self._complaints: dict[str, str] = {}
        self._by_aspect: dict[str, list[Check]] = defaultdict(list)
        for check in self.plan.checks:
            self._by_aspect[check.aspect].append(check)

    @classmethod
    def opened(cls, file: Path, options: Options, config: pytest.Config, environ: Mapping[str, str]) -> "Session":
        """Read the deployment file, plan, make the report's folder and tell pytest's reporters to write there.

        :raises UsageError: where the file or the options are wrong.
        """
        trial = _begun(file, options, config) or new_trial(file, options, environ)
        given = config.getoption("--seatrial-folder")
        base = Path(config.getoption("--report-dir"))
        folder = Path(given) if given else report_folder.new_folder(base, trial.plan.deployment, datetime.now(UTC))
        _report_into(folder, config)
        _collect_our_checks(config)
        return cls(trial, folder, bool(given))

    def planned(self, aspect: str) -> list[Check]:
        """The planned checks of one aspect."""
        return self._by_aspect.get(aspect, [])

    def param(self, check: Check) -> Any:
        """A check as pytest's parameter, with its waiver as an ``xfail`` that covers a FAIL and nothing else."""
        waiver = check.waiver
        if waiver is None or waiver.until < today():
            return pytest.param(check, id=check.id)
        mark = pytest.mark.xfail(
            raises=CheckFailed, strict=False, reason=f"waived until {waiver.until}: {waiver.reason}"
        )
        return pytest.param(check, id=check.id, marks=mark)

    def verdict(self, item: pytest.Item, check: Check) -> Verdict:
        """The verdict of one check, remembered for the journal.

        :raises Unknown: where it is UNKNOWN.
        """
        item.stash[VERDICT] = verdict = self.trial.verdict(check.id)
        if verdict.outcome.value == "UNKNOWN":
            raise Unknown(verdict.message)
        return verdict

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Remember which planned check an item is."""
        callspec = getattr(item, "callspec", None)
        check = callspec.params.get("check") if callspec else None
        if isinstance(check, Check):
            item.stash[CHECK] = check
            item.user_properties += [("host", check.server)] if check.server else []

    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Wait for the look before the first check, so that a bug of ours is an internal error and no verdict."""
        if session.items and not session.config.getoption("collectonly"):
            self._keep_look()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
        """Turn an UNKNOWN in any phase into an error, show our messages bare, and keep the journal."""
        report: pytest.TestReport = yield  # type: ignore[assignment]
        _speak_plainly(report, call)
        check = item.stash.get(CHECK, None)
        if check is None and call.excinfo is not None and not expected(item, report, call.excinfo.value):
            _count(report)
        if check is not None:
            self.note(item, check, report)
        else:
            self._note_stranger(item, report)
        return report  # type: ignore[return-value]

    def _keep_look(self) -> None:
        facts = facts_of(self.trial.settled(), self.own_calls)
        self.journal.look(engine=self._where, settle_s=self.trial.options.settle_s, **facts)

    def note(self, item: pytest.Item, check: Check, report: pytest.TestReport) -> None:
        """Keep a phase of an item, and with the last one what became of its check."""
        verdict = item.stash.get(VERDICT, None)
        phases = self._phases[check.id] = self._phases[check.id].after(report)
        if report.when == "teardown":
            message = "" if verdict else str(report.longrepr or "its test did not ask for a verdict")
            self.journal.entry(Entry.of(check.id, verdict, phases.word, phases.seconds, message))

    def _note_stranger(self, item: pytest.Item, report: pytest.TestReport) -> None:
        """Keep a phase of a test of the user's, and with the last one what became of it."""
        phases = self._phases[item.nodeid] = self._phases[item.nodeid].after(report)
        if report.failed:
            self._complaints.setdefault(item.nodeid, _complaint(report))
        if report.when == "teardown":
            del self._phases[item.nodeid]
            message = self._complaints.pop(item.nodeid, "")
            self.journal.stranger(Stranger(clean(own_name(item)), phases.word, message, phases.seconds))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep that a file could not be collected: none of its tests will be heard of."""
        if report.failed:
            self.journal.stranger(Stranger(clean(report.nodeid or "the collection"), "error", _complaint(report), 0.0))

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Keep that nothing was found where the user said that tests are, before any is deselected."""
        if session.testsfailed:  # what could not be collected is told already
            return
        for argument in empty_arguments(session.config, items):
            self.journal.stranger(Stranger(clean(argument), "error", no_test(session.config), 0.0))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Close the journal; hold it against the plan, so that no green exit stands where a check is missing."""
        if self.own_calls:
            self._keep_look()  # the last one counts
        self.journal.close(int(exitstatus))
        if self.has_gate:
            self.acceptance, _ = decide(self.plan, self.folder, int(exitstatus), self.digest)
            return
        self.acceptance = conclude(self.plan, self.folder, int(exitstatus), self.digest, self.started)
        if self.acceptance.exit_code and int(exitstatus) in (0, 5):
            session.exitstatus = self.acceptance.exit_code
        ending.end_all()  # at an interrupt the look is still going on

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say whether the deployment is accepted, why not, and where the report is."""
        if self.acceptance is None or self.has_gate:
            return
        took_s = (datetime.now(UTC) - self.started).total_seconds()
        for line in brief.lines(self.acceptance, self.plan, folder=self.folder, took_s=took_s):
            terminalreporter.write_line(f"seatrial: {line}")


def own_name(item: pytest.Item) -> str:
    """What a test of the user's is called: its node id, in which pytest leaves out a file outside its rootdir."""
    return f"{item.path.name}{item.nodeid}" if item.nodeid.startswith("::") else item.nodeid


def _begun(file: Path, options: Options, config: pytest.Config) -> Trial | None:
    """The look that has begun before pytest, where it is the one that is asked for."""
    early = config.pluginmanager.get_plugin(EARLY)
    return early.trial if isinstance(early, EarlyLook) and (early.file, early.options) == (file, options) else None


def _speak_plainly(report: pytest.TestReport, call: pytest.CallInfo[None]) -> None:
    if call.excinfo is None or not isinstance(call.excinfo.value, Unknown | CheckFailed):
        return
    if isinstance(call.excinfo.value, Unknown):
        report.when = "setup" if report.when == "call" else report.when
        _count(report)
    if report.failed:
        report.longrepr = str(call.excinfo.value)


def _count(report: pytest.TestReport) -> None:
    """Take an ``xfail`` away: who expects a test to fail has asked it neither to be blind nor to break."""
    if hasattr(report, "wasxfail"):
        del report.wasxfail
        report.outcome = "failed"


def _complaint(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Why a test did not pass, in one line: what was raised, else the last thing that pytest says."""
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None and crash.message.strip():
        return clean(crash.message.strip().splitlines()[0])
    lines = [line for line in report.longreprtext.splitlines() if line.strip()]
    raised = [line[1:].strip() for line in lines if line.startswith("E ")]
    return clean((raised or lines or ["pytest says no more"])[-1])


def _header(plan: Plan, fingerprint: str, started: datetime) -> dict[str, object]:
    return {
        "deployment": plan.deployment,
        "environment": plan.environment,
        "planned": len(plan.checks),
        "digest": fingerprint,
        "started": started.isoformat(timespec="seconds"),
        "python": sys.version.split()[0],
    }


def _report_into(folder: Path, config: pytest.Config) -> None:
    config.option.xmlpath = config.option.xmlpath or str(folder / "junit.xml")
    if hasattr(config.option, "htmlpath"):  # pytest-html is not loaded everywhere
        config.option.htmlpath = config.option.htmlpath or str(folder / "report.html")
        config.option.self_contained_html = True


def _collect_our_checks(config: pytest.Config) -> None:
    import seatrial.checks

    ours = str(Path(seatrial.checks.__path__[0]))
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args[:] = []
    if ours not in config.args:
        config.args.append(ours)
