"""fs.*, container.timezone and container.cron: what is asked of the inside of a container."""

from dataclasses import replace
from typing import Any

import pytest

from seatrial.host import CronLine, HostFacts, Place
from seatrial.snapshot import FileFact, ProcessDetail, SlotFacts, Unreadable
from seatrial.verdicts import Outcome, Verdict

from .facts import NO_RIGHT, ask, process, within

MIB = 1024**2
WHERE = "/var/log/app"
SPACE = [{"path": WHERE, "free": "10%", "inodes": "5%", "writable": True}]
LINE = "*/5 * * * * /opt/check.sh"
SHANGHAI = "/usr/share/zoneinfo/Asia/Shanghai"
ALL = tuple(f"{aspect}[{WHERE}]" for aspect in ("fs.space", "fs.inodes", "fs.rw"))


def place(**facts: Any) -> Place:
    usual: dict[str, Any] = {
        "point": WHERE,
        "source": "tmpfs",
        "fstype": "tmpfs",
        "root": "/",
        "options": ("rw", "nosuid"),
        "size": MIB,
        "free": MIB // 2,
        "inodes": 100,
        "inodes_free": 50,
    }
    return Place(**{**usual, **facts})


def on(**facts: Any) -> SlotFacts:
    return _read(places={WHERE: place(**facts)})


def _read(**facts: Any) -> SlotFacts:
    usual: dict[str, Any] = {"machine_id": NO_RIGHT, "kernel": "6.1", "timezone": "UTC"}
    return within(host=HostFacts(**{**usual, **facts}))


def asked(check: str, look: SlotFacts) -> Verdict:
    return ask(check, look, space=SPACE)


@pytest.mark.parametrize("check", ALL)
def test_a_place_with_room_that_can_be_written_passes(check: str) -> None:
    assert asked(check, on()).passed


@pytest.mark.parametrize(
    ("aspect", "look", "says"),
    [
        (
            "fs.space",
            on(free=0),
            "/var/log/app 0 B of 1 MiB free (0 %), on tmpfs at /var/log/app, expected at least 10%",
        ),
        ("fs.space", on(free=0, reserved=51_200), "0 B of 1 MiB free (0 %), and 50 KiB more that only root may take"),
        ("fs.inodes", on(inodes=8, inodes_free=0), "/var/log/app 0 of 8 inodes free (0 %)"),
        ("fs.rw", on(point="/", options=("ro",), fstype="overlay", source="overlay"), "/ is ro, where /var/log/app is"),
        ("fs.rw", on(options=("ro",)), "/var/log/app is ro: tmpfs at /var/log/app, ro; expected rw"),
    ],
)
def test_what_is_wrong_with_a_place_is_told(aspect: str, look: SlotFacts, says: str) -> None:
    found = asked(f"{aspect}[{WHERE}]", look)
    assert found.outcome is Outcome.FAIL
    assert says in found.message


@pytest.mark.parametrize("check", ALL)
def test_a_place_that_is_not_there_fails(check: str) -> None:
    assert asked(check, _read(places={WHERE: None})).outcome is Outcome.FAIL


@pytest.mark.parametrize("check", ALL)
@pytest.mark.parametrize("look", [_read(places={WHERE: NO_RIGHT}), _read(), within(host=None)])
def test_a_place_that_was_not_read_is_unknown(check: str, look: SlotFacts) -> None:
    assert asked(check, look).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(("aspect", "facts"), [("fs.space", {"size": 0}), ("fs.inodes", {"inodes": 0})])
def test_a_filesystem_that_counts_nothing_is_unknown(aspect: str, facts: dict[str, int]) -> None:
    assert asked(f"{aspect}[{WHERE}]", on(**facts)).outcome is Outcome.UNKNOWN


def zoned(env: dict[str, str] | Unreadable, zone: str | Unreadable = "UTC", kind: str = "regular") -> Verdict:
    first = process(detail=ProcessDetail(env=env))
    facts = HostFacts(machine_id=NO_RIGHT, kernel="6.1", timezone=zone)
    look = within(processes=(first,), host=facts, files={SHANGHAI: FileFact(SHANGHAI, kind)})
    return ask("container.timezone", look, container={"timezone": "Asia/Shanghai"})


def test_the_zone_of_a_process_is_its_tz_and_else_that_of_localtime() -> None:
    assert zoned({"TZ": "Asia/Shanghai"}).passed
    assert zoned({"TZ": f":{SHANGHAI}"}).passed
    assert zoned({}, "Asia/Shanghai").passed
    assert zoned({"TZ": ":/etc/localtime"}, "Asia/Shanghai").passed
    assert "has TZ='UTC', expected Asia/Shanghai" in zoned({"TZ": "UTC"}, "Asia/Shanghai").message
    assert zoned({"TZ": ""}, "Asia/Shanghai").outcome is Outcome.FAIL
    assert "has no TZ, and /etc/localtime is UTC, expected Asia/Shanghai" in zoned({}).message


def test_a_zone_whose_file_the_image_lacks_fails() -> None:
    found = zoned({"TZ": "Asia/Shanghai"}, kind="missing")
    assert found.outcome is Outcome.FAIL
    assert "is not there, so it takes UTC" in found.message


def test_a_zone_that_could_not_be_read_is_unknown() -> None:
    assert zoned(NO_RIGHT, "Asia/Shanghai").outcome is Outcome.UNKNOWN
    assert zoned({}, NO_RIGHT).outcome is Outcome.UNKNOWN


def test_a_cron_line_in_a_container_needs_a_daemon_in_it() -> None:
    host = HostFacts(NO_RIGHT, "6.1", "UTC", cron=(CronLine("/var/spool/cron/crontabs/root", "root", LINE),))
    cron = process(9, 1, comm="cron", argv=("cron",), exe="/usr/sbin/cron")
    declared = {"container": {"cron": [LINE]}}
    check = "container.cron[check.sh]"
    assert ask(check, within(host=host, processes=(process(), cron)), **declared).passed
    assert "no cron daemon runs" in ask(check, within(host=host, processes=(process(),)), **declared).message
    assert (
        ask(check, within(host=replace(host, cron=NO_RIGHT), processes=(cron,)), **declared).outcome is Outcome.UNKNOWN
    )
