"""From bytes to what a host is: mounts, crontabs, units, time zone, engine; what is odd is never taken for good."""

import io
from typing import Any

import pytest

from seatrial.collector.wire import Wire
from seatrial.errors import CouldNotLook, CutShort
from seatrial.host import CronLine, Engine, HostFacts, Mount, Unit
from seatrial.parsers import mounts
from seatrial.parsers.cron import CRON_FOLDERS
from seatrial.parsers.frames import by_target, parse
from seatrial.parsers.host import host_facts
from seatrial.parsers.units import units
from seatrial.request import HostRequest
from seatrial.unreadable import Unreadable

NONCE = "0123456789abcdef" * 2
FILE = b"81a4 0 0 10 1700000000 7"
MISSING = b"No such file or directory"
TABLE = rb"""21 1 253:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
30 21 253:16 / /data rw,noatime shared:7 - xfs /dev/vdb1 rw,attr2
31 21 253:32 / /full ro,relatime - ext4 /dev/vdc rw,errors=remount-ro
32 21 253:48 / /broken rw,relatime - ext4 /dev/vdd ro,errors=remount-ro
33 21 0:40 / /srv rw - tmpfs first rw
34 33 0:41 / /srv rw - tmpfs second rw
35 21 253:64 / /mnt/deep rw - ext4 /dev/vde rw
36 21 0:42 / /mnt rw - tmpfs over rw
37 21 0:43 /sub /with\040blank\134 rw master:3 - nfs4 server:/ex\040port rw,vers=4.2,addr=10.0.0.9
"""


class Told:
    """Frames of one host, written as a reader writes them."""

    def __init__(self) -> None:
        self._out = io.BytesIO()
        self._wire = Wire(self._out, NONCE)

    def tell(self, kind: str, *numbers: int, payload: bytes = b"", status: int = 0) -> "Told":
        self._wire.put(kind, 0, *numbers, payload=payload, status=status)
        return self

    def facts(self, **asked: object) -> HostFacts:
        self._wire.end()
        frames = by_target(parse(self._out.getvalue(), NONCE)).get(0)
        assert frames is not None
        return host_facts(frames, HostRequest(**asked))  # type: ignore[arg-type]


# Mounts


def at(path: str) -> mounts.Mounted | None:
    return mounts.at(mounts.mountinfo(TABLE), path)


def test_a_mount_point_tells_its_device_kind_and_options() -> None:
    assert at("/data") == mounts.Mounted(30, 21, "/", "/data", ("rw", "noatime", "attr2"), "xfs", "/dev/vdb1", "253:16")


@pytest.mark.parametrize("path", ["/full", "/broken"])
def test_a_mount_of_which_any_layer_is_read_only_is_not_writable(path: str) -> None:
    found = at(path)
    assert found is not None
    assert ("ro" in found.options, "rw" in found.options) == (True, False)


def test_of_two_mounts_at_one_place_the_upper_one_counts() -> None:
    assert getattr(at("/srv"), "source", "") == "second"


def test_a_mount_that_another_one_hides_is_not_there() -> None:
    assert at("/mnt/deep") is None
    assert getattr(at("/mnt"), "source", "") == "over"


@pytest.mark.parametrize("path", ["/data/sub", "/dat", "/nothing"])
def test_below_a_mount_point_nothing_is_mounted(path: str) -> None:
    assert at(path) is None


def test_escaped_characters_are_those_that_they_stand_for() -> None:
    found = at("/with blank\\")
    assert (getattr(found, "source", ""), getattr(found, "root", "")) == ("server:/ex port", "/sub")


def test_a_root_below_the_first_one_of_the_boot_is_the_root() -> None:
    table = (
        b"1 1 0:2 / / rw - rootfs rootfs rw\n20 1 8:1 / / rw - ext4 /dev/sda1 rw\n21 20 8:2 / /data rw - ext4 b rw\n"
    )
    found = [getattr(mounts.at(mounts.mountinfo(table), path), "source", "") for path in ("/", "/data")]
    assert found == ["/dev/sda1", "b"]


@pytest.mark.parametrize("line", [b"x", b"21 1 253:0 / / rw ext4 /dev/vda rw", b"a b 0:1 / / rw - ext4 x rw"])
def test_a_table_that_is_not_understood_is_no_table(line: bytes) -> None:
    with pytest.raises(CutShort):
        mounts.mountinfo(TABLE + line)


def test_what_is_left_is_what_ordinary_users_may_take() -> None:
    told = Told().tell("mountinfo", payload=TABLE).tell("statvfs", 0, payload=b"4096 1000 250 64 8\n")
    found = told.tell("statvfs", 1, payload=b"it did not answer within 2 s", status=1).facts(mounts=("/data", "/srv"))
    data = found.mounts["/data"]
    assert isinstance(data, Mount)
    assert (data.size, data.free, data.inodes, data.inodes_free) == (4096000, 1024000, 64, 8)
    assert data.device == "253:16"
    assert str(found.mounts["/srv"]) == "it did not answer within 2 s"


def test_nothing_mounted_is_a_fact_and_no_table_is_none() -> None:
    assert Told().tell("mountinfo", payload=TABLE).facts(mounts=("/nope",)).mounts == {"/nope": None}
    assert isinstance(Told().tell("kernel", payload=b"6").facts(mounts=("/nope",)).mounts["/nope"], Unreadable)


# Identity


@pytest.mark.parametrize("data", [b"", b"uninitialized\n", b"0123\n", b"G" * 32, b"0" * 33])
def test_what_is_no_machine_id_is_unreadable(data: bytes) -> None:
    assert str(Told().tell("machineid", payload=data).facts().machine_id) == "/etc/machine-id holds no machine id"


ZONES = {
    "a link": (("/usr/share/zoneinfo/Asia/Shanghai",), FILE, None, "Asia/Shanghai"),
    "a link of several": (("/etc/zone", "/usr/share/zoneinfo/posix/Asia/Urumqi"), FILE, None, "Asia/Urumqi"),
    "the last name of a link": (
        ("/usr/share/zoneinfo/PRC", "/usr/share/zoneinfo/Asia/Shanghai"), FILE, None, "Asia/Shanghai",
    ),
    "a copy and a name": ((), FILE, b"Asia/Shanghai\n", "Asia/Shanghai"),
    "a link wins": (("/usr/share/zoneinfo/UTC",), FILE, b"Asia/Shanghai\n", "UTC"),
    "no file": ((), MISSING, b"Asia/Shanghai\n", "UTC"),
    "a dangling link to UTC": (("/usr/share/zoneinfo/Etc/UTC",), MISSING, b"Etc/UTC\n", "Etc/UTC"),
}  # fmt: skip


@pytest.mark.parametrize("kind", ZONES)
def test_the_time_zone_is_the_one_that_programs_take(kind: str) -> None:
    links, there, name, zone = ZONES[kind]
    assert _zone(links, there, name) == zone


def _zone(links: tuple[str, ...], there: bytes, name: bytes | None, installed: bytes = b"TZif CST") -> str | Unreadable:
    told = Told().tell("zonefile", payload=there, status=int(there == MISSING))
    told.tell("localtime", payload=b"TZif CST").tell("zoneinfo", payload=installed, status=int(installed == MISSING))
    if links:
        told.tell("zonelink", payload="\n".join(links).encode())
    return told.tell("timezone", payload=name or MISSING, status=int(name is None)).facts().timezone


def test_a_time_zone_that_is_not_installed_is_not_taken_for_the_one_that_it_names() -> None:
    assert "programs take UTC" in str(_zone(("/usr/share/zoneinfo/Asia/Shanghai",), MISSING, b"Asia/Shanghai\n"))


def test_a_copy_of_another_zone_than_the_one_that_is_named_is_not_taken_for_it() -> None:
    found = _zone((), FILE, b"Asia/Shanghai\n", b"TZif UTC")
    assert str(found) == "/etc/localtime is a file of its own, and not the zone Asia/Shanghai that /etc/timezone names"


def test_a_copy_that_cannot_be_held_against_the_zone_that_is_named_is_not_taken_for_it() -> None:
    assert "whether /etc/localtime is Asia/Shanghai" in str(_zone((), FILE, b"Asia/Shanghai\n", MISSING))


def test_a_link_to_what_has_no_name_is_no_copy() -> None:
    assert "cannot be told" in str(_zone(("/etc/own",), FILE, b"Asia/Shanghai\n", MISSING))


def test_a_copy_without_a_name_has_no_time_zone_that_could_be_told() -> None:
    assert "a file without a name" in str(_zone((), FILE, None))


def test_a_parameter_that_this_kernel_has_not_is_none_and_one_that_may_not_be_read_is_unreadable() -> None:
    told = Told().tell("sysctl", 0, payload=b"4096\t131072\t6291456\n")
    told.tell("sysctl", 1, payload=MISSING, status=1).tell("sysctl", 2, payload=b"Permission denied", status=1)
    found = told.facts(sysctls=("a.b", "c.d", "e.f")).sysctls
    assert (found["a.b"], found["c.d"]) == ("4096 131072 6291456", None)
    assert str(found["e.f"]) == "Permission denied"


# Cron

PASSWD = b"root:x:0:0::/root:/bin/sh\ndeploy:x:2000:2000::/:/bin/sh\n"
OWN = b"8180 2000 2000 10 1700000000 7"
"""A file of mode 0600 that is deploy's."""


def cron(
    *tabs: tuple[str, bytes, bytes], debian: bool = False, links: bytes = b"1", **told_too: bytes
) -> tuple[CronLine, ...] | Unreadable:
    told = Told().tell("debian", payload=FILE if debian else MISSING, status=int(not debian))
    told.tell("crontabs", payload=b"%d" % len(tabs))
    for kind, payload in {"passwd": PASSWD, "nsswitch": b"passwd: files systemd\n", **told_too}.items():
        told.tell(kind, payload=payload, status=int(payload == MISSING))
    for number, (path, stat, content) in enumerate(tabs):
        told.tell("cronname", number, payload=path.encode()).tell("cronstat", number, payload=stat)
        told.tell("cron", number, payload=content).tell("cronlinks", number, payload=links)
    return told.facts(cron=True).cron


def passed_over(path: str, stat: bytes, content: bytes, **more: Any) -> list[tuple[str, bool]]:
    """Of each line why cron passes over it, and whether it may run it for all that."""
    found = cron((path, stat, content), **more)
    assert not isinstance(found, Unreadable), found
    return [(line.passed_over, line.unsure) for line in found]


LINE = b"*/5 * * * * root /opt/x\n"
MINE = b"*/5 * * * * /opt/x\n"
TAB, SPOOL = "/etc/cron.d/x", "/var/spool/cron/crontabs/deploy"


def test_who_runs_a_line_is_told_by_it_or_by_the_name_of_its_file() -> None:
    own = b"# no\n\n*/5 * * * *   /opt/y\n \t@daily\t/opt/z\n"
    assert cron((TAB, FILE, LINE), ("/var/spool/cron/deploy", OWN, own)) == (
        CronLine("/etc/cron.d/x", "root", "*/5 * * * * root /opt/x"),
        CronLine("/var/spool/cron/deploy", "deploy", "*/5 * * * * /opt/y", owner=2000),
        CronLine("/var/spool/cron/deploy", "deploy", "@daily /opt/z", owner=2000),
    )


@pytest.mark.parametrize("setting", [b"PATH=/opt/x:/bin", b"  MAILTO = root", b'"A" = "b"', b"X='1 2 3 4 5'", b"M=''"])
@pytest.mark.parametrize("debian", [True, False])
def test_a_setting_of_a_variable_is_no_line_that_runs_something(setting: bytes, debian: bool) -> None:
    assert passed_over("/etc/crontab", FILE, setting + b"\n" + LINE, debian=debian) == [("", False)]


@pytest.mark.parametrize(
    ("path", "stat", "reason"),
    [
        ("/etc/cron.d/x.rpmsave", FILE, "it reads no file of such a name"),
        ("/etc/cron.d/x~", FILE, "it reads no file of such a name"),
        ("/etc/cron.d/x.dpkg-dist", FILE, "it reads no file of such a name"),
        (TAB, b"81a4 1000 0 10 1700000000 7", "it belongs to uid 1000"),
        (TAB, b"81b6 0 0 10 1700000000 7", "its mode is 0666"),
        (TAB, b"81ed 0 0 10 1700000000 7", "its mode is 0755"),
        ("/etc/crontab", b"81b4 0 0 10 1700000000 7", "its mode is 0664"),
        ("/var/spool/cron/deploy", b"8180 2001 0 10 1700000000 7", "it belongs to uid 2001"),
    ],
)
def test_a_crontab_that_cron_passes_over_is_told_with_the_reason(path: str, stat: bytes, reason: str) -> None:
    assert passed_over(path, stat, LINE if path.startswith("/etc") else MINE) == [(reason, False)]


@pytest.mark.parametrize("path", ["/etc/cron.d/x.cron", "/var/spool/cron/root", "/var/spool/cron/tabs/root"])
def test_debians_cron_reads_fewer_crontabs(path: str) -> None:
    line = LINE if path.startswith("/etc") else MINE
    assert passed_over(path, FILE, line) == [("", False)]
    assert passed_over(path, FILE, line, debian=True)[0][0].endswith(("of such a name", "does not look there"))


def test_a_file_that_cron_does_not_look_at_need_not_be_readable() -> None:
    told = Told().tell("debian", payload=FILE).tell("crontabs", payload=b"1").tell("passwd", payload=PASSWD)
    told.tell("cronname", 0, payload=b"/etc/cron.d/x.bak").tell("cronstat", 0, payload=b"no", status=1)
    assert told.facts(cron=True).cron == ()


@pytest.mark.parametrize(
    ("path", "stat", "links", "reason"),
    [
        (SPOOL, OWN, b"1", ""),
        (SPOOL, b"8180 0 0 10 1700000000 7", b"1", ""),
        (SPOOL, b"81a4 2000 0 10 1700000000 7", b"1", "its mode is 0644"),
        (SPOOL, b"8180 2001 0 10 1700000000 7", b"1", "it belongs to uid 2001"),
        (SPOOL, OWN, b"2", "it has 2 hard links"),
        (SPOOL, OWN, b"1\n2000\n", "it is a link"),
        (TAB, FILE, b"2", "it has 2 hard links"),
        (TAB, FILE, b"1\n2001\n", "it is a link of uid 2001"),
        (TAB, FILE, b"1\n0\n", ""),
        (TAB, b"81ed 0 0 10 1700000000 7", b"1", ""),
    ],
)
def test_debians_cron_refuses_crontabs_by_owner_mode_and_links(
    path: str, stat: bytes, links: bytes, reason: str
) -> None:
    content = LINE if path == TAB else MINE
    assert passed_over(path, stat, content, debian=True, links=links) == [(reason, False)]


def test_a_last_line_without_a_newline_is_not_run_and_debians_cron_ignores_the_whole_file() -> None:
    ends = "it ends without a newline"
    assert passed_over(TAB, FILE, LINE + LINE.strip()) == [("", False), (ends, False)]
    assert passed_over(TAB, FILE, LINE + LINE.strip(), debian=True) == [(ends, False)] * 2
    assert passed_over(TAB, FILE, LINE + b"# no newline", debian=True) == [("", False)]


@pytest.mark.parametrize("blank", [b"\xc2\xa0", b"\x0b", b"\xe3\x80\x80"])
def test_only_blanks_and_tabs_part_words(blank: bytes) -> None:
    [(reason, _)] = passed_over(TAB, FILE, b"* * * * * root" + blank + b"/opt/x\n")
    assert "is no name of a user" in reason


def test_a_carriage_return_is_part_of_the_command() -> None:
    found = cron((TAB, FILE, b"* * * * * root /opt/x\r\n"), debian=True)
    assert [line.line for line in found] == ["* * * * * root /opt/x\r"]  # type: ignore[union-attr]


@pytest.mark.parametrize("user", [b"nosuch", b"/opt/y", b""])
def test_a_line_of_nobody_is_not_run_and_spoils_all_of_debians_crontab(user: bytes) -> None:
    nobody = b"1 2 * * * " + user + b"\n"
    first, second = passed_over(TAB, FILE, nobody + LINE)
    assert (first[0].startswith("line 1: "), second) == (True, ("", False))
    spoilt = passed_over(TAB, FILE, nobody + LINE, debian=True)
    assert {reason[:8] for reason, _ in spoilt} == {"line 1: "}


NOBODYS = b"1 2 * * * nosuch /opt/y\n"


@pytest.mark.parametrize("nsswitch", [b"group: files\npasswd: files sss\n", b"passwd:\tldap files"])
def test_a_user_whom_a_directory_may_know_makes_it_unsure(nsswitch: bytes) -> None:
    told = passed_over(TAB, FILE, NOBODYS, debian=True, nsswitch=nsswitch)
    assert told == [("line 1: there is no user nosuch in its /etc/passwd", True)]


def test_without_a_directory_a_user_who_is_not_known_is_none() -> None:
    assert passed_over(TAB, FILE, NOBODYS) == [("line 1: there is no user nosuch in its /etc/passwd", False)]
    own = passed_over("/var/spool/cron/crontabs/root.bak", b"8180 0 0 1 1700000000 7", MINE, nsswitch=MISSING)
    assert own == [("there is no user root.bak in its /etc/passwd", False)]


def test_a_folder_of_crontabs_that_may_not_be_read_may_hold_any_line() -> None:
    told = Told().tell("debian", payload=FILE).tell("cronlist", 2, payload=b"Permission denied", status=1)
    told.tell("crontabs", payload=b"0").tell("passwd", payload=PASSWD)
    assert str(told.facts(cron=True).cron) == f"{CRON_FOLDERS[2]}: Permission denied"


def test_without_their_number_crontabs_are_not_all() -> None:
    assert isinstance(Told().tell("debian", payload=FILE).facts(cron=True).cron, Unreadable)


def test_a_crontab_that_is_too_long_is_not_read_in_part() -> None:
    assert "longer than" in str(cron(("/etc/crontab", FILE, LINE * 20000)))


# Units

SHOWN = b"""Type=simple
MainPID=417
NRestarts=0
Id=cron.service
LoadState=loaded
ActiveState=active
SubState=running
UnitFileState=enabled

NRestarts=5
Id=ssh.service
LoadState=loaded
ActiveState=failed
SubState=failed
UnitFileState=enabled

NRestarts=0
Id=nope.service
LoadState=not-found
ActiveState=inactive
SubState=dead
UnitFileState=

Id=apt-daily.timer
LoadState=loaded
ActiveState=active
SubState=waiting
UnitFileState=enabled
"""
NAMES = ("cron.service", "sshd.service", "nope.service", "apt-daily.timer")


def test_units_are_told_by_the_names_by_which_they_were_asked() -> None:
    found = units(SHOWN, NAMES)
    assert found["sshd.service"] == Unit("sshd.service", "loaded", "failed", "failed", "enabled", 5)
    assert found["cron.service"] == Unit("cron.service", "loaded", "active", "running", "enabled", 0, "simple", 417)
    assert found["nope.service"] == Unit("nope.service", "not-found", "inactive", "dead", "")
    assert found["apt-daily.timer"] == Unit("apt-daily.timer", "loaded", "active", "waiting", "enabled")


@pytest.mark.parametrize("asked", [NAMES[:3], (*NAMES, "more.service")])
def test_more_or_fewer_units_than_asked_are_no_answer(asked: tuple[str, ...]) -> None:
    with pytest.raises(CouldNotLook, match="units, and"):
        units(SHOWN, asked)


def test_a_unit_without_a_state_is_unreadable() -> None:
    assert isinstance(units(SHOWN.replace(b"ActiveState=failed\n", b""), NAMES)["sshd.service"], Unreadable)


# Engine


def engine(payload: bytes, status: int = 0) -> Engine | Unreadable | None:
    return Told().tell("engine", payload=payload, status=status).facts(engine=True).engine


@pytest.mark.parametrize("reason", [MISSING, b"Connection refused", b"curl: (7) Couldn't connect\nConnection refused"])
def test_no_engine_is_a_fact(reason: bytes) -> None:
    found = engine(reason, 1)
    assert isinstance(found, Engine)
    assert (found.version, "its socket" in found.problem) == ("", True)


@pytest.mark.parametrize("reason", [b"Permission denied", b"it did not answer within 2 s", b"curl: (28) timed out"])
def test_an_engine_that_could_not_be_asked_is_unreadable(reason: bytes) -> None:
    assert str(engine(reason, 1)) == reason.decode()


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"Version": 3}', b'{"Version": ""}', b"<html>"])
def test_an_answer_without_a_version_is_unreadable(body: bytes) -> None:
    assert isinstance(engine(body), Unreadable)


def test_the_version_of_an_engine() -> None:
    assert engine(b'{"Platform": {"Name": "x"}, "Version": "20.10.24+dfsg1"}\n') == Engine("20.10.24+dfsg1")
