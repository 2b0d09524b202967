"""Java processes: found by class or jar, and started with the declared properties and heap."""

from dataclasses import replace
from typing import Any

import pytest

from seatrial.judges.matching import fits
from seatrial.snapshot import Process, SlotFacts, Unreadable
from seatrial.spec.process import Matcher, ProcessSpec
from seatrial.verdicts import Verdict

from .facts import NO_RIGHT, ask, one_process, process, shell, within

MAIN = "com.p2p.relay.Main"
EXE = "/usr/lib/jvm/java-17/bin/java"


def jvm(*arguments: str, **facts: Any) -> Process:
    """A process that a Java launcher became."""
    return process(40, 1, **{"comm": "java", "argv": ("java", *arguments), "exe": EXE, **facts})


def means(declared: dict[str, str], one: Process) -> bool | None:
    """Whether a process is meant by ``java:``."""
    return fits(Matcher.model_validate({"java": declared}), one)


def asked(one: Process, **expected: Any) -> Verdict:
    """The verdict about one Java process of which something is expected."""
    declared = one_process(script=None, name="relay", java={"main": MAIN}, user=None, argv=None, pidfile=None)
    return ask("process.java[relay]", within(processes=(shell(), one)), **with_expected(declared, expected))


def with_expected(declared: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """The same service, with more expected of its one process."""
    return {**declared, "processes": [{**declared["processes"][0], **expected}]}


@pytest.mark.parametrize(
    "arguments",
    [
        ("-cp", "/x.jar", MAIN),
        ("-Xmx1g", "-Dx=y", "--module-path", "mods", "--add-opens", "a/b=ALL-UNNAMED", MAIN, "-jar", "other.jar"),
        ("-m", f"p2p.relay/{MAIN}", "-v"),
        (f"--module=p2p.relay/{MAIN}",),
        ("-cp", "w.jar", "org.tanukisoftware.wrapper.WrapperSimpleApp", MAIN, "x"),
    ],
)
def test_a_main_class_is_what_the_launcher_runs_whatever_stands_before_it(arguments: tuple[str, ...]) -> None:
    assert means({"main": MAIN}, jvm(*arguments)) is True


@pytest.mark.parametrize(
    "arguments", [("com.p2p.relay.Main2",), ("Tool", MAIN), ("-cp", MAIN, "Other"), ("-jar", "x.jar", MAIN), ()]
)
def test_a_class_that_only_stands_there_is_not_run(arguments: tuple[str, ...]) -> None:
    assert means({"main": MAIN}, jvm(*arguments)) is False


def test_a_jar_is_compared_by_its_path_as_given_or_by_its_last_part() -> None:
    one = jvm("-jar", "-Xmx64m", "/opt/relay/relay.jar", "--port", "1")
    assert means({"jar": "relay.jar"}, one)
    assert means({"jar": "/opt/relay/relay.jar"}, one)
    assert means({"jar": "/srv/relay.jar"}, one) is False
    assert means({"jar": "elay.jar"}, one) is False
    assert means({"jar": "relay.jar"}, jvm("-cp", "relay.jar", "Main")) is False


def test_what_no_launcher_runs_is_no_java_process() -> None:
    for one in (shell(9, argv=("sh", "-c", f"java {MAIN}")), process(9, argv=("java", MAIN), exe="/usr/bin/tail")):
        assert means({"main": MAIN}, one) is False


def test_jsvc_is_a_launcher_with_options_of_its_own() -> None:
    argv = ("jsvc.exec", "-home", "/jvm", "-user", "relay", "-pidfile", "/run/r.pid", "-Dx=1", "-cp", "r.jar", MAIN)
    assert means({"main": MAIN}, process(9, argv=argv, exe="/usr/bin/jsvc")) is True


def test_an_argument_file_hides_what_runs() -> None:
    for one in (jvm("@/etc/relay.args"), jvm("-cp", "@cp", "x"), jvm("@relay.args", MAIN)):
        assert means({"main": MAIN}, one) is None
    declared = one_process(script=None, name="relay", java={"main": MAIN}, user=None, argv=None, pidfile=None)
    verdict = ask("process.count[relay]", within(processes=(shell(), jvm("@relay.args"))), **declared)
    assert verdict.outcome == "UNKNOWN"
    assert "@relay.args stands for arguments that cannot be seen" in verdict.message


def test_a_launcher_that_cannot_be_read_is_told_by_its_title_or_not_at_all() -> None:
    assert means({"main": MAIN}, jvm(MAIN, exe=NO_RIGHT)) is True
    assert means({"main": MAIN}, jvm(exe=NO_RIGHT, argv=("relayd", MAIN))) is None
    assert means({"main": MAIN}, jvm(exe=NO_RIGHT, argv=("relayd", "-x"))) is False
    assert means({"main": MAIN}, jvm(argv=NO_RIGHT)) is None
    assert means({"main": MAIN}, jvm(argv=NO_RIGHT, exe="/usr/bin/perl")) is False


def test_a_java_process_that_ended_is_a_zombie_only_where_none_runs() -> None:
    declared = one_process(script=None, name="relay", java={"main": MAIN}, user=None, argv=None, pidfile=None)
    ended = jvm(argv=(), exe="", states=("Z", "Z", "Z"))
    alone = ask("process.count[relay]", within(processes=(shell(), ended)), **declared)
    assert "java pid 40 is a zombie" in alone.message
    beside = within(processes=(shell(), ended, replace(jvm(MAIN), pid=41)))
    assert ask("process.state[relay]", beside, **declared).passed


def test_another_class_that_runs_instead_is_named() -> None:
    declared = one_process(script=None, name="relay", java={"main": MAIN}, user=None, argv=None, pidfile=None)
    verdict = ask("process.count[relay]", within(processes=(shell(), jvm("-cp", "x", "com.p2p.gms.Main"))), **declared)
    assert verdict.outcome == "FAIL"
    assert "pid 40 runs com.p2p.gms.Main" in verdict.message


def test_properties_and_heap_as_declared_pass() -> None:
    one = jvm("-Xms64m", "-Xmx1g", "-Xmx512m", "-Dport=80", "-Dport=8080", "-Dtls", "-Ddebug=false", MAIN)
    properties = {"port": 8080, "tls": "", "debug": False}
    verdict = asked(one, properties=properties, heap={"max": "512m", "min": "65536k"})
    assert verdict.passed, verdict.message


@pytest.mark.parametrize("option", ["-Xmx512m", "-mx512M", "-XX:MaxHeapSize=536870912", "-Xmx524288k"])
def test_the_heap_is_the_same_in_whatever_unit_and_by_whatever_option(option: str) -> None:
    assert asked(jvm("-Xmx2g", option, MAIN), heap={"max": "512m"}).passed
    assert asked(jvm(option, "-Xmx2g", MAIN), heap={"max": "512m"}).outcome == "FAIL"


def test_each_deviation_says_what_is_and_what_should_be() -> None:
    heap, properties = {"max": "1g", "min": "1g"}, {"env": "prod", "x": 1}
    verdict = asked(jvm("-Xmx256m", "-Denv=test", MAIN), properties=properties, heap=heap)
    assert verdict.outcome == "FAIL"
    for text in (
        "pid 40 java: env is test, expected prod",
        "has no -Dx among its arguments, expected 1",
        "-Xmx is 256m, expected 1g",
        "has no -Xms among its arguments, expected 1g",
    ):
        assert text in verdict.message


def test_options_of_the_application_are_none_of_the_jvms() -> None:
    assert asked(jvm(MAIN, "-Xmx512m", "-Denv=prod"), heap={"max": "512m"}).outcome == "FAIL"
    assert asked(jvm(MAIN, "-Xmx512m", "-Denv=prod"), properties={"env": "prod"}).outcome == "FAIL"


def test_a_value_that_may_be_secret_is_not_shown() -> None:
    one = jvm("-Ddb.password=hunter2hunter2", "-Dapi.token=tok-abc123456", MAIN)
    verdict = asked(one, properties={"db.password": "other4other4", "api.token": "x"})
    assert verdict.outcome == "FAIL"
    for secret in ("hunter2", "other4", "tok-abc"):
        assert secret not in verdict.message + str(verdict.evidence)


def test_an_option_that_may_stand_in_a_file_is_unknown_unless_a_later_one_counts() -> None:
    assert asked(jvm("-XX:VMOptionsFile=/x", MAIN), heap={"max": "1g"}).outcome == "UNKNOWN"
    assert asked(jvm("-Xmx1g", "-XX:VMOptionsFile=/x", MAIN), heap={"max": "1g"}).outcome == "UNKNOWN"
    assert asked(jvm("-XX:VMOptionsFile=/x", "-Xmx1g", MAIN), heap={"max": "1g"}).passed


def test_what_cannot_be_seen_is_unknown_and_what_does_not_run_is_explained_by_the_count() -> None:
    assert asked(jvm(argv=NO_RIGHT), heap={"max": "1g"}).outcome == "UNKNOWN"
    none = asked(shell(9), heap={"max": "1g"})
    assert (none.outcome, none.because) == ("UNKNOWN", "process.count")
    unread: SlotFacts = within(processes=Unreadable("no right"))
    assert ask("process.java[tomcat]", unread).outcome == "UNKNOWN"


def test_a_process_that_is_no_java_has_no_such_arguments() -> None:
    declared = one_process(user=None, argv=None, pidfile=None, heap={"max": "1g"})
    assert "is no Java process" in ask("process.java[orderd]", **declared).message


def test_the_name_is_the_last_part_of_the_class_or_jar() -> None:
    assert ProcessSpec.model_validate({"java": {"main": MAIN}}).name == "Main"
    assert ProcessSpec.model_validate({"java": {"jar": "/opt/relay.jar"}}).name == "relay.jar"


@pytest.mark.parametrize(
    "declared",
    [
        {"java": {}},
        {"java": {"main": MAIN, "jar": "x.jar"}},
        {"java": {"main": "-jar"}},
        {"java": {"main": MAIN}, "heap": {}},
        {"java": {"main": MAIN}, "heap": {"max": "512 MB"}},
        {"java": {"main": MAIN}, "heap": {"max": "0m"}},
    ],
)
def test_a_declaration_that_asks_nothing_or_what_is_no_size_is_a_mistake(declared: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"(?s).+"):
        ProcessSpec.model_validate(declared)
