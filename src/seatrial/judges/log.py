"""Is the log there, is it written to, and is it clean?"""

import math
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime

from seatrial.judges import explain
from seatrial.judges.case import Blind, Case
from seatrial.judges.traces import Finding, findings
from seatrial.judges.users import weigh_owner
from seatrial.patterns import searcher
from seatrial.sanitise import clean as shown
from seatrial.snapshot import LogFact, LogFile, LogLine
from seatrial.spec.log import LogSpec, Pattern
from seatrial.spec.naming import last_part
from seatrial.verdicts import Verdict

_SEARCHED = 4096
_SHOWN_LINES = 3
_SHOWN = 200
_AHEAD_S = 2.0
_UNREAD = -1
"""The uid of a file whose stat could not be read; it has a problem, which says so."""


def present(case: Case) -> Verdict:
    """The log exists, can be read, belongs to the declared user, and holds something where it must."""
    spec: LogSpec = case.check.expected
    fact = case.log(spec.name, docker=spec.docker)
    if not fact.files:
        return _absent(case, spec, fact)
    wrong: list[str] = []
    unseen = _problems(fact)
    if spec.user is not None:
        _weigh_owner(case, spec.user, fact, wrong, unseen)
    if spec.not_empty and not unseen and not any(file.size for file in fact.files):
        wrong.append(f"{_named(fact)} is empty (0 bytes); {explain.uptime(case)}")
    return case.weigh(wrong, unseen, f"{_named(fact)} is there", files=_told(case, fact))


def clean(case: Case) -> Verdict:
    """No line holds a denied pattern, except lines that are allowed, and those surely from before the start."""
    spec: LogSpec = case.check.expected
    fact = _must_be_there(case, spec)
    start = -math.inf if spec.since == "all" else math.floor(case.instance.started_at)
    today = datetime.fromtimestamp(case.snapshot.taken_at, UTC).date()
    hits = [(file, line) for file in fact.files for line in file.hits if not _allowed(spec, line, today)]
    bad = [(file, line) for file, line in hits if _counts(line, start)]
    wrong = [_bad_text(spec, fact, bad, today)] if bad else []
    unseen = [*_problems(fact), *_dropped(fact), *_doubted(file for file, line in hits if not _counts(line, start))]
    count = sum(len(file.hits) for file in fact.files)
    right = f"{_named(fact)} is clean" + (f": all {count} hits are allowed or from before the start" if count else "")
    lines = " ⏎ ".join(f"{last_part(file.path)}:{line.number}: {shown(line.text, _SHOWN)}" for file, line in bad[:10])
    return case.weigh(wrong, unseen, right, files=_told(case, fact), **({"lines": lines} if lines else {}))


def fresh(case: Case) -> Verdict:
    """It was written to not longer ago than declared, by the target's clock; an empty file was not."""
    spec: LogSpec = case.check.expected
    fact = _must_be_there(case, spec)
    now, limit = case.inside.clock_last, spec.fresh or 0.0
    written = [file for file in fact.files if file.size]
    if not written:
        text = f"{_named(fact)}: 0 bytes; a line is expected every {limit:g} s"
        unseen = _problems(fact)
        return case.weigh([] if unseen else [f"{text}; {explain.uptime(case)}"], unseen, "", files=_told(case, fact))
    newest = max(written, key=lambda file: file.mtime)
    age, name = now - newest.mtime, last_part(newest.path)
    wrong = [f"{name} was written to {age:.0f} s ago, limit {limit:g} s"] if age > limit else []
    if age < -_AHEAD_S:
        wrong = [f"{name} was written to {-age:.0f} s in the future, by the target's own clock"]
    return case.weigh(wrong, [], f"{name} was written to {max(age, 0.0):.0f} s ago", files=_told(case, fact))


def _must_be_there(case: Case, spec: LogSpec) -> LogFact:
    fact = case.log(spec.name, docker=spec.docker)
    if not fact.files:
        raise Blind(f"there is no {spec.path or 'docker log'}", "log.present")
    return fact


def _absent(case: Case, spec: LogSpec, fact: LogFact) -> Verdict:
    if spec.docker:
        driver = case.container.log_driver
        raise Blind(f"the docker log cannot be read; its driver is {driver!r}")
    path = spec.path or ""
    glob = any(sign in path for sign in "*?[")
    link = fact.source.removeprefix(path) if fact.source.startswith(path) else ""
    return case.failed(f"no file matches {path}" if glob else f"{path} does not exist{link}")


def _counts(line: LogLine, start: float) -> bool:
    """Time stamps are often whole seconds, so the start counts from the whole second; no time counts as after."""
    return line.time is None or line.time >= start


def _allowed(spec: LogSpec, line: LogLine, today: date) -> bool:
    return any(_holds(line, pattern) for pattern in spec.allow if pattern.until is None or pattern.until >= today)


def _holds(line: LogLine, pattern: Pattern) -> bool:
    if pattern.line is not None:
        return pattern.line in line.text
    return pattern.regex is not None and searcher(pattern.regex)(line.text[:_SEARCHED])


def _doubted(files: Iterable[LogFile]) -> Iterator[str]:
    """Lines that only a time stamp excuses which is not to be believed."""
    for file in dict.fromkeys(file for file in files if file.doubt):
        yield f"{last_part(file.path)} has lines with denied patterns that seem older than the start, but {file.doubt}"


def _dropped(fact: LogFact) -> Iterator[str]:
    """Hits that are not carried matter: lines may be in any order."""
    for file in fact.files:
        if file.dropped:
            yield f"{last_part(file.path)} has {file.dropped} earlier lines with denied patterns that were not carried"


def _bad_text(spec: LogSpec, fact: LogFact, bad: list[tuple[LogFile, LogLine]], today: date) -> str:
    what = ", ".join(dict.fromkeys(_pattern(spec, line) for _, line in bad))
    found = [
        (file, finding)
        for file in dict.fromkeys(file for file, _ in bad)
        for finding in findings(line for its, line in bad if its is file)
    ]
    more = len(found) - _SHOWN_LINES
    told = "; ".join(_finding_text(fact, file, finding) for file, finding in found[:_SHOWN_LINES])
    text = f"{_counted([finding for _, finding in found])} with {what} in {_named(fact)}: {told}"
    return text + (f"; and {more} more" if more > 0 else "") + _expired(spec, bad, today)


def _counted(found: list[Finding]) -> str:
    """``1 line``, ``2 traces (17 lines)``, ``3 lines and 1 trace (9 lines)``."""
    traces = [finding for finding in found if finding.is_trace]
    alone, length = len(found) - len(traces), sum(finding.length for finding in traces)
    parts = [f"{alone} line{'s' if alone > 1 else ''}"] if alone else []
    parts += [f"{len(traces)} trace{'s' if len(traces) > 1 else ''} ({length} lines)"] if traces else []
    return " and ".join(parts)


def _finding_text(fact: LogFact, file: LogFile, finding: Finding) -> str:
    where = f"{last_part(file.path)} " if len(fact.files) > 1 else ""
    at = (
        f"lines {finding.first.number} to {finding.lines[-1].number}"
        if finding.length > 1
        else f"line {finding.first.number}"
    )
    cause = f" … {shown(finding.cause.text.strip(), _SHOWN)!r}" if finding.cause else ""
    return f"{where}{at} {shown(finding.first.text, _SHOWN)!r}{cause}"


def _pattern(spec: LogSpec, line: LogLine) -> str:
    """The denied text that a line holds; regular expressions ran where the log is and do not run again here."""
    text = next((pattern.line for pattern in spec.deny if pattern.line and pattern.line in line.text), None)
    if text is not None:
        return repr(text)
    regexes = [pattern.regex for pattern in spec.deny if pattern.regex]
    return repr(regexes[0]) if len(regexes) == 1 else "a denied pattern"


def _expired(spec: LogSpec, bad: list[tuple[LogFile, LogLine]], today: date) -> str:
    over = [pattern for pattern in spec.allow if pattern.until and pattern.until < today]
    hit = next((pattern for pattern in over if any(_holds(line, pattern) for _, line in bad)), None)
    return f"; it was allowed until {hit.until}" if hit else ""


def _problems(fact: LogFact) -> list[str]:
    return [_problem(file) for file in fact.files if file.problem]


def _problem(file: LogFile) -> str:
    """A reason that says what it is, or what befell it, needs no other words."""
    if file.problem.startswith("it "):
        return f"{file.path} {file.problem.removeprefix('it ')}"
    return f"{file.path} could not be read to its end: {file.problem}"


def _weigh_owner(case: Case, user: str | int, fact: LogFact, wrong: list[str], unseen: list[str]) -> None:
    for file in fact.files:
        misfit, doubt = weigh_owner(case, user, file.uid) if file.uid != _UNREAD else ("", "")
        wrong += [f"{file.path} {misfit}"] if misfit else []
        unseen += [doubt] if doubt and doubt not in unseen else []


def _named(fact: LogFact) -> str:
    return last_part(fact.files[0].path) if len(fact.files) == 1 else f"{fact.source} ({len(fact.files)} files)"


def _told(case: Case, fact: LogFact) -> str:
    now = case.snapshot.taken_at
    told = [f"{file.path} {file.size} bytes, written {explain.at(file.mtime, now)}" for file in fact.files[:10]]
    return ", ".join(told) + ("…" if len(fact.files) > 10 else "")
