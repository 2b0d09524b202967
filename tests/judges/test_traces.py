"""Hits of a log as findings: a stack trace is one, whatever number of its lines are denied."""

from dataclasses import replace

import pytest

from seatrial.judges.traces import findings
from seatrial.snapshot import LogLine

from .facts import hit
from .test_log import clean, logged

JAVA = (
    hit(100, "25-Nov-2026 12:00:00.000 SEVERE [main] relay failed ERROR"),
    hit(101, "java.lang.RuntimeException: ERROR in relay", None),
    hit(102, "\tat com.p2p.ERROR.run(ERROR.java:7)", None),
    hit(110, "Caused by: java.net.ConnectException: ERROR refused", None),
    hit(113, "\tat com.p2p.ERROR.open(ERROR.java:9)", None),
)


def sizes(*lines: LogLine) -> list[int]:
    """Hits of each finding."""
    return [len(finding.lines) for finding in findings(lines)]


def test_a_java_trace_with_its_causes_is_one_finding() -> None:
    assert sizes(*JAVA) == [5]


def test_two_traces_are_two_findings_however_close() -> None:
    again = [hit(line.number + 14, line.text, line.time) for line in JAVA]
    assert sizes(*JAVA, *again) == [5, 5]
    bare = [hit(number, "java.lang.IllegalStateException: x", None) for number in (1, 9)]
    assert sizes(bare[0], hit(2, "\tat a.b.C(C.java:1)", None), bare[1], hit(10, "\tat a.b.C(C.java:1)", None)) == [
        2,
        2,
    ]


def test_an_exception_without_a_log_line_begins_a_finding() -> None:
    thread = hit(5, 'Exception in thread "main" java.lang.NoClassDefFoundError: x', None)
    assert sizes(hit(4, "ERROR before"), thread, hit(6, "\tat Main.main(Main.java:3)", None)) == [1, 2]


def test_a_trace_that_tomcat_indents_belongs_to_its_log_line() -> None:
    named = hit(43, "\torg.xml.sax.SAXParseException; systemId: file:/x/web.xml; lineNumber: 2; ERROR", None)
    assert sizes(JAVA[0], replace(named, number=101), hit(102, "\t\tat org.ERROR.x(X.java:1)", None)) == [3]


def test_suppressed_and_nested_causes_belong_to_the_trace() -> None:
    assert sizes(*JAVA[:2], hit(103, "\tSuppressed: java.io.IOException: ERROR", None), JAVA[3]) == [4]


def test_lines_with_a_time_of_their_own_are_findings_of_their_own() -> None:
    assert sizes(*(hit(number, f"ERROR {number}") for number in range(4))) == [1, 1, 1, 1]
    assert sizes(hit(1, "ERROR when?", None), hit(2, "ERROR when?", None)) == [1, 1]


def test_a_cause_far_from_any_hit_is_a_finding_of_its_own() -> None:
    assert sizes(JAVA[0], hit(900, "Caused by: java.lang.Error: ERROR", None)) == [1, 1]


def test_a_python_traceback_ends_with_its_exception() -> None:
    begin, end = "Traceback (most recent call last):", "app.errors.OrderError: no stock"
    first = (hit(1, "2026-11-25 ERROR order failed"), hit(2, begin, None), hit(9, end, None))
    assert sizes(*first) == [3]
    assert sizes(*first, hit(10, "ValueError: Error", None)) == [3, 1]
    assert sizes(*first, hit(11, "During handling of the above exception, another", None), hit(13, begin, None)) == [
        4,
        1,
    ]
    assert sizes(hit(2, begin, None), hit(3, '  File "/app/error.py", line 7, in run', None), hit(7, end, None)) == [3]


def test_a_go_panic_holds_its_goroutines() -> None:
    lines = (
        "panic: Error in relay",
        "goroutine 1 [running]:",
        "\t/src/relay/error.go:7 +0x1d",
        "created by main.Error",
    )
    assert sizes(*(hit(number, text, None) for number, text in enumerate(lines, 1))) == [4]


def test_the_message_counts_findings_and_tells_where_each_begins_and_its_cause() -> None:
    verdict = clean(logged(*JAVA, hit(300, "2026-11-25 ERROR alone")))
    assert verdict.outcome == "FAIL"
    assert "1 line and 1 trace (14 lines) with 'ERROR' in orderd.log: lines 100 to 113 '25-Nov-2026" in verdict.message
    assert "… 'Caused by: java.net.ConnectException: ERROR refused'; line 300 '2026" in verdict.message


def test_ten_traces_are_ten_and_three_are_shown() -> None:
    lines = [hit(line.number + 20 * at, line.text, line.time) for at in range(10) for line in JAVA]
    message = clean(logged(*lines)).message
    assert "10 traces (140 lines) with 'ERROR'" in message
    assert message.count("relay failed") == 3
    assert "and 7 more" in message


@pytest.mark.parametrize("excused", [{"since": "start"}, {"allow": ["relay failed"]}])
def test_no_line_of_a_trace_is_excused_by_another(excused: dict[str, object]) -> None:
    old = [hit(line.number, line.text, 1.0 if line.time else None) for line in JAVA]
    assert clean(logged(*old), **excused).outcome == "FAIL"
