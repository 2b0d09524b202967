"""host.* and engine.version: what a machine itself must be."""

from dataclasses import replace
from typing import Any

import pytest

from seatrial.host import CronLine, Engine
from seatrial.snapshot import SlotFacts

from .facts import NO_RIGHT, NOW, process
from .hosts import (
    CRON,
    CRON_LINE,
    GIB,
    ROOT,
    access,
    ask_host,
    fleet,
    mount,
    on_host,
    trouble,
    unit,
    with_disk,
    with_host,
)

DISK, UNIT, LINE, USER = "host.disk[/data]", "host.unit[relay.service]", "host.cron[check.sh]", "host.user[relay]"
MAPS, RMEM = "host.sysctl[vm.max_map_count]", "host.sysctl[net.ipv4.tcp_rmem]"
ALL = ("host.clock", "host.kernel", "host.timezone", MAPS, RMEM, DISK, USER, UNIT, LINE, "engine.version")
OVERLAY = mount("/", source="overlay", fstype="overlay", options=("rw",))
SPOOL = "/var/spool/cron/crontabs/root"


def crontab(line: str = CRON_LINE, user: str = "root", file: str = SPOOL) -> CronLine:
    return CronLine(file, user, line)


@pytest.mark.parametrize("check", ALL)
def test_a_host_as_declared_passes(check: str) -> None:
    assert ask_host(check).passed, ask_host(check).message


WRONG: list[tuple[str, SlotFacts, str]] = [
    ("host.kernel", with_host(kernel="3.9.11-200.fc18"), "its kernel is 3.9.11-200.fc18, expected >= 3.10"),
    ("host.timezone", with_host(timezone="Etc/UTC"), "its time zone is Etc/UTC, expected Asia/Shanghai"),
    (MAPS, with_host(sysctls={"vm.max_map_count": "65530"}), "vm.max_map_count is 65530, expected >= 262144"),
    (MAPS, with_host(sysctls={"vm.max_map_count": None}), "its kernel has no vm.max_map_count"),
    (RMEM, with_host(sysctls={"net.ipv4.tcp_rmem": "4096 87380 1"}), "is 4096 87380 1, expected 4096 87380 6291456"),
    (
        DISK,
        with_host(mounts={"/": OVERLAY, "/data": None}),
        "/data: expected /dev/vdb1 ext4, nothing is mounted there; / has overlay 40 GiB (overlay)",
    ),
    (
        DISK,
        with_disk(source="/dev/vdc1", fstype="xfs"),
        "/data is /dev/vdc1, expected /dev/vdb1; is xfs, expected ext4",
    ),
    (DISK, with_disk(free=3 * GIB + GIB // 10), "has free 3.1 GiB of 40 GiB (7.7 %), expected at least 10%"),
    (DISK, with_disk(free=4 * GIB - 1), "(9.9 %), expected at least 10%"),
    (DISK, with_disk(inodes_free=49), "has free 49 of 1000 inodes (4.9 %), expected at least 5%"),
    (DISK, with_disk(options=("rw", "relatime")), "is mounted without noatime: rw,relatime"),
    (DISK, with_disk(options=("ro", "noatime", "rw")), "is mounted without rw: ro,noatime,rw"),
    (DISK, with_disk(source="/dev/vda1", root="/srv"), "is folder /srv of /dev/vda1, expected /dev/vdb1"),
    (USER, on_host(users={"root": 0}), "there is no user relay in its /etc/passwd (users of a directory such as LDAP"),
    (USER, on_host(users={"other": 1500}), "no user relay in its /etc/passwd; uid 1500 (other)"),
    (USER, on_host(users={"relay": 1501}), "user relay has uid 1501, expected 1500"),
    (UNIT, with_host(units={"relay.service": unit(load="not-found", active="inactive")}), "relay.service is not-found"),
    (
        UNIT,
        with_host(units={"relay.service": unit(active="failed", sub="failed")}),
        "is failed (failed), expected active",
    ),
    (
        UNIT,
        with_host(units={"relay.service": unit(active="activating", sub="auto-restart")}),
        "run with --settle to wait",
    ),
    (UNIT, with_host(units={"relay.service": unit(enabled="disabled")}), "is disabled, expected enabled"),
    (LINE, with_host(cron=()), f"no crontab holds '{CRON_LINE}'; 0 lines were read"),
    (LINE, with_host(cron=(crontab("*/50 * * * * /opt/relay/check.sh"),)), "the nearest is '*/50 * * * * /opt/relay"),
    (LINE, with_host(cron=(crontab(user="deploy"),)), "is in no crontab of root, only in that of deploy"),
    (LINE, on_host(processes=(process(),)), "no cron daemon runs, so no cron line is run"),
    (LINE, on_host(processes=(process(7, comm="cron"),)), "no cron daemon runs"),
    (
        LINE,
        on_host(processes=(process(300, comm="crond", exe="/usr/sbin/crond", states=("T",) * 3),)),
        "crond pid 300 is stopped",
    ),
    (LINE, on_host(processes=(process(300, comm="cron", exe=NO_RIGHT, argv=(), states=("Z",) * 3),)), "no cron daemon"),
    ("engine.version", with_host(engine=Engine("19.03.15")), "its container engine is 19.03.15, expected >= 20.10"),
    (
        "engine.version",
        with_host(engine=Engine("", "no socket")),
        "no container engine answers, expected version >= 20.10: no",
    ),
]


@pytest.mark.parametrize(("check", "slot", "said"), WRONG)
def test_what_is_not_as_declared_is_wrong_and_told(check: str, slot: SlotFacts, said: str) -> None:
    verdict = ask_host(check, slot)
    assert (verdict.outcome, said in verdict.message) == ("FAIL", True), verdict.message
    assert verdict.message.startswith("relay.0 (relay-1, 10.0.0.1): ")


UNSEEN: list[tuple[str, SlotFacts, str]] = [
    ("host.kernel", with_host(kernel=NO_RIGHT), "permission denied"),
    ("host.kernel", with_host(kernel="unknown"), "begins with no number"),
    ("host.timezone", with_host(timezone=NO_RIGHT), "permission denied"),
    ("host.timezone", with_host(timezone=""), "nothing there says its time zone"),
    (MAPS, with_host(sysctls={"vm.max_map_count": NO_RIGHT}), "permission denied"),
    (MAPS, with_host(sysctls={}), "was not looked at"),
    (DISK, with_host(mounts={"/": ROOT, "/data": NO_RIGHT}), "permission denied"),
    (DISK, with_host(mounts={}), "was not looked at"),
    (DISK, with_disk(size=0), "tells no size"),
    (DISK, with_disk(inodes=0), "ext4 counts no inodes; leave inodes out"),
    (USER, on_host(users=NO_RIGHT), "permission denied"),
    (UNIT, with_host(units={"relay.service": NO_RIGHT}), "permission denied"),
    (UNIT, with_host(units={}), "was not looked at"),
    (UNIT, with_host(units={"relay.service": unit(enabled="static")}), "relay.service is static"),
    (UNIT, with_host(units={"relay.service": unit(enabled="")}), "neither enabled nor disabled"),
    (LINE, with_host(cron=NO_RIGHT), "its crontabs could not be read: permission denied"),
    (LINE, on_host(processes=NO_RIGHT), "permission denied"),
    (LINE, on_host(processes=(process(300, comm="crond", exe=NO_RIGHT),)), "pid 300 crond may be the cron daemon"),
    (LINE, on_host(processes=(process(300, comm="busybox", exe="/bin/busybox", argv=NO_RIGHT),)), "may be the cron"),
    ("engine.version", with_host(engine=NO_RIGHT), "permission denied"),
    ("engine.version", with_host(engine=None), "was not asked"),
    ("engine.version", with_host(engine=Engine("dev")), "begins with no number"),
]


@pytest.mark.parametrize(("check", "slot", "said"), UNSEEN)
def test_what_could_not_be_seen_is_unknown(check: str, slot: SlotFacts, said: str) -> None:
    verdict = ask_host(check, slot)
    assert (verdict.outcome, said in verdict.message) == ("UNKNOWN", True), verdict.message


@pytest.mark.parametrize("check", ALL)
def test_of_a_target_that_is_no_machine_nothing_passes(check: str) -> None:
    if check not in ("host.clock", USER):
        slot = on_host()
        bare = replace(slot, inside=replace(slot.inside, host=None))
        assert ask_host(check, bare).outcome == "UNKNOWN"


@pytest.mark.parametrize(("found", "wanted"), [("Etc/UTC", "UTC"), ("GMT", "Etc/UTC"), ("Asia/Tokyo", "Asia/Tokyo")])
def test_utc_has_many_names(found: str, wanted: str) -> None:
    assert ask_host("host.timezone", with_host(timezone=found), timezone=wanted).passed


def test_a_folder_of_the_root_filesystem_that_is_bound_there_is_no_disk() -> None:
    bound = mount(source="/dev/vda1", root="/srv/data", options=("rw",))
    verdict = ask_host(DISK, with_host(mounts={"/": ROOT, "/data": bound}), disks=["/data"])
    assert verdict.outcome == "FAIL"
    assert "/data is only folder /srv/data of the root filesystem, /dev/vda1" in verdict.message
    for there in (bound, mount()):
        unseen = ask_host(DISK, with_host(mounts={"/": NO_RIGHT, "/data": there}), disks=["/data"])
        assert unseen.outcome == "UNKNOWN"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"root": "/"}, "/data is only the root filesystem once more, /dev/vda1"),
        ({"root": "/", "source": "/dev/root"}, "/data is only the root filesystem once more, /dev/root"),
        ({"root": "/srv", "source": "/dev/root"}, "/data is only folder /srv of the root filesystem, /dev/root"),
        ({"root": "/", "fstype": "btrfs"}, "the root filesystem once more"),
    ],
)
def test_the_root_filesystem_that_is_mounted_once_more_is_no_disk(found: dict[str, str], said: str) -> None:
    root = replace(ROOT, device="253:0", fstype=found.get("fstype", "ext4"))
    bound = mount(**{"source": "/dev/vda1", "device": "253:0", **found})
    verdict = ask_host(DISK, with_host(mounts={"/": root, "/data": bound}), disks=["/data"])
    assert (verdict.outcome, said in verdict.message) == ("FAIL", True), verdict.message
    declared = ask_host(
        DISK, with_host(mounts={"/": root, "/data": bound}), disks=[{"mount": "/data", "source": bound.source}]
    )
    assert declared.passed


@pytest.mark.parametrize(
    ("of_root", "found", "right"),
    [("/@", "/@data", True), ("/@", "/@", False), ("/@", "/@/srv", False), ("/", "/@data", False)],
)
def test_another_volume_of_the_roots_device_is_a_disk_and_a_folder_of_the_roots_own_is_none(
    of_root: str, found: str, right: bool
) -> None:
    root = replace(ROOT, device="0:25", fstype="btrfs", root=of_root)
    data = mount(source="/dev/vda1", device="0:25", fstype="btrfs", root=found)
    assert ask_host(DISK, with_host(mounts={"/": root, "/data": data}), disks=["/data"]).passed is right


def test_of_two_filesystems_with_one_name_the_device_tells_them_apart() -> None:
    one, other = (mount(path, source="overlay", fstype="overlay", device=f"0:{path}") for path in ("/", "/data"))
    assert ask_host(DISK, with_host(mounts={"/": one, "/data": other}), disks=["/data"]).passed


@pytest.mark.parametrize("other", [{"fstype": "btrfs"}, {"source": "/dev/vdb1"}])
def test_a_folder_of_another_filesystem_or_of_one_with_volumes_is_told_and_right(other: dict[str, str]) -> None:
    bound = mount(**{"source": "/dev/vda1", "root": "/@data", **other})
    verdict = ask_host(DISK, with_host(mounts={"/": ROOT, "/data": bound}), disks=["/data"])
    assert verdict.passed
    assert "folder /@data of" in verdict.message


def test_the_root_filesystem_may_be_declared_itself() -> None:
    assert ask_host("host.disk[/]", disks=[{"mount": "/", "free": "1GiB"}]).passed
    assert ask_host("host.disk[/]", disks=[{"mount": "/", "free": "30GiB"}]).outcome == "FAIL"


def test_where_nothing_is_mounted_the_nearest_filesystem_above_is_named() -> None:
    mounts = {"/": ROOT, "/data": mount(), "/data/a": None, "/data/a/b": None}
    message = ask_host("host.disk[/data/a/b]", with_host(mounts=mounts), disks=["/data/a/b"]).message
    assert message.endswith("expected a filesystem, nothing is mounted there; /data has ext4 40 GiB (/dev/vdb1)")


def test_a_read_only_disk_is_told_where_nothing_is_said_of_it() -> None:
    assert "read-only" in ask_host(DISK, with_disk(options=("ro",)), disks=["/data"]).message


@pytest.mark.parametrize(("options", "right"), [(("rw", "noexec"), False), (("rw",), True)])
def test_an_option_that_the_kernel_tells_only_by_its_opposite_is_understood(options: Any, right: bool) -> None:
    assert ask_host(DISK, with_disk(options=options), disks=[{"mount": "/data", "options": ["exec"]}]).passed is right


@pytest.mark.parametrize(
    "found",
    [
        crontab(f"{CRON_LINE[:11]} root /opt/relay/check.sh", file="/etc/crontab"),
        crontab(f"{CRON_LINE[:11]} root /opt/relay/check.sh", file="/etc/cron.d/relay"),
        crontab(file="/var/spool/cron/root"),
    ],
)
def test_a_line_counts_in_a_system_crontab_as_in_one_of_a_users_own(found: CronLine) -> None:
    assert ask_host(LINE, with_host(cron=(found,))).passed
    assert not ask_host(LINE, with_host(cron=(found,)), cron=[{"line": CRON_LINE, "user": "x"}]).passed


def test_a_line_may_be_declared_as_a_system_crontab_has_it() -> None:
    whole = "@daily  root\t/opt/relay/check.sh"
    found = crontab("@daily root /opt/relay/check.sh", file="/etc/cron.d/relay")
    assert ask_host(LINE, with_host(cron=(found,)), cron=[whole]).passed


def test_the_word_root_in_a_users_own_crontab_is_part_of_the_command() -> None:
    found = crontab(f"{CRON_LINE[:11]} root /opt/relay/check.sh")
    assert ask_host(LINE, with_host(cron=(found,))).outcome == "FAIL"


@pytest.mark.parametrize(
    "daemon",
    [
        CRON,
        process(300, comm="crond", exe="/usr/sbin/crond", argv=("/usr/sbin/crond", "-n")),
        process(300, comm="crond", exe="/bin/busybox", argv=("crond", "-f")),
        process(300, comm="busybox", exe="/bin/busybox", argv=("busybox", "crond", "-f")),
        process(300, comm="cron", exe="/usr/sbin/cron (deleted)"),
    ],
)
def test_every_usual_cron_daemon_is_known(daemon: Any) -> None:
    assert ask_host(LINE, on_host(processes=(daemon,))).passed


BUSYBOX = process(300, comm="crond", exe="/bin/busybox", argv=("crond", "-f"))


def test_a_line_that_cron_passes_over_is_wrong_and_told_with_the_reason() -> None:
    found = replace(crontab(file="/etc/cron.d/x"), passed_over="it ends without a newline")
    verdict = ask_host(LINE, with_host(cron=(found,)))
    assert verdict.outcome == "FAIL"
    told = f"'{CRON_LINE}' stands in /etc/cron.d/x, which cron passes over: it ends without a newline"
    assert told in verdict.message
    assert ask_host(LINE, with_host(cron=(found, crontab()))).passed


def test_a_line_of_a_user_whom_only_a_directory_may_know_is_unknown() -> None:
    found = replace(crontab(), passed_over="there is no user root in its /etc/passwd", unsure=True)
    verdict = ask_host(LINE, with_host(cron=(found,)))
    assert (verdict.outcome, "which cron may pass over" in verdict.message) == ("UNKNOWN", True)


@pytest.mark.parametrize("line", [f"{CRON_LINE}\r", CRON_LINE.replace(" /", "\xa0/")])
def test_a_line_with_a_carriage_return_or_an_odd_blank_is_another_line(line: str) -> None:
    verdict = ask_host(LINE, with_host(cron=(crontab(line),)))
    assert (verdict.outcome, "the nearest is" in verdict.message) == ("FAIL", True)


@pytest.mark.parametrize("program", ["fcron", "bcron-sched"])
def test_a_daemon_with_crontabs_of_its_own_tells_nothing_of_these(program: str) -> None:
    daemon = process(300, comm=program, exe=f"/usr/sbin/{program}")
    verdict = ask_host(LINE, on_host(processes=(daemon,)))
    assert (verdict.outcome, "whose crontabs are not read" in verdict.message) == ("UNKNOWN", True)
    assert ask_host(LINE, on_host(processes=(daemon, CRON))).passed


@pytest.mark.parametrize(
    ("found", "argv"),
    [
        (crontab(f"{CRON_LINE[:11]} root /opt/relay/check.sh", file="/etc/cron.d/relay"), BUSYBOX.argv),
        (crontab(f"{CRON_LINE[:11]} root /opt/relay/check.sh", file="/etc/crontab"), BUSYBOX.argv),
        (crontab(file="/var/spool/cron/root"), BUSYBOX.argv),
        (replace(crontab(), owner=1500), BUSYBOX.argv),
        (crontab(), ("crond", "-f", "-c", "/opt/crontabs")),
    ],
)
def test_busyboxs_daemon_reads_only_users_crontabs_that_are_roots(found: CronLine, argv: Any) -> None:
    slot = on_host(host={"cron": (found,)}, processes=(replace(BUSYBOX, argv=argv),))
    assert ask_host(LINE, slot).outcome == "UNKNOWN"
    more = on_host(host={"cron": (found, crontab())}, processes=(BUSYBOX,))
    assert ask_host(LINE, more).passed


def test_one_daemon_that_runs_is_enough_whatever_else_could_not_be_seen() -> None:
    assert ask_host(LINE, on_host(processes=(process(9, comm="crond", exe=NO_RIGHT), CRON))).passed


@pytest.mark.parametrize(
    ("declared", "found", "outcome"),
    [
        ({"active": "inactive"}, {"active": "inactive", "sub": "dead"}, "PASS"),
        ({"active": "inactive"}, {"active": "failed", "sub": "failed"}, "FAIL"),
        ({"active": "inactive"}, {"active": "active"}, "FAIL"),
        ({"active": "inactive"}, {"load": "not-found", "active": "inactive"}, "PASS"),
        ({"active": "inactive", "enabled": True}, {"load": "masked", "active": "inactive"}, "FAIL"),
        ({"enabled": False}, {"enabled": "disabled"}, "PASS"),
        ({"enabled": False}, {"enabled": "enabled"}, "FAIL"),
        ({"enabled": True}, {"enabled": "enabled-runtime"}, "FAIL"),
        ({}, {"enabled": "static"}, "PASS"),
        ({}, {"active": "reloading", "sub": "reload"}, "PASS"),
        ({}, {"active": "active", "sub": "exited", "type": "oneshot", "restarts": 3}, "PASS"),
        ({}, {"active": "active", "sub": "exited", "type": "forking"}, "UNKNOWN"),
        ({}, {"active": "active", "sub": "exited", "type": "simple"}, "UNKNOWN"),
        ({}, {"active": "active", "sub": "exited"}, "UNKNOWN"),
        ({"enabled": True}, {"active": "active", "sub": "exited", "enabled": "disabled"}, "FAIL"),
        ({"active": "inactive"}, {"active": "active", "sub": "exited", "type": "forking"}, "FAIL"),
    ],
)
def test_a_unit_is_held_against_what_systemd_says(declared: Any, found: Any, outcome: str) -> None:
    slot = with_host(units={"relay.service": unit(**found)})
    assert ask_host(UNIT, slot, units=[{"unit": "relay", **declared}]).outcome == outcome


class TestClock:
    """Their clock less ours lies between what the end and what the beginning of the answer allow."""

    def ask(self, ahead: float, took: float = 0.4, *others: float, **host: Any) -> Any:
        slots = [
            on_host(at, clock=NOW + 0.01 + off, clock_last=NOW + 0.31 + off) for at, off in enumerate((ahead, *others))
        ]
        ways = {0: access(asked_at=NOW + 0.16 - took / 2, answered_at=NOW + 0.16 + took / 2)}
        return ask_host("host.clock", fleet(*slots, ways=ways), **host)

    def test_a13_a_clock_that_is_off_is_wrong_and_told_with_both_times(self) -> None:
        verdict = self.ask(37.0)
        assert verdict.outcome == "FAIL"
        assert "relay.0 (relay-1, 10.0.0.1): host clock +37 s (ours 14:13:20 UTC, its 14:13:57 UTC)" in verdict.message
        assert "host clock -37 s" in self.ask(-37.0).message

    def test_a_clock_that_is_off_by_less_is_right_and_told(self) -> None:
        assert self.ask(4.0).passed
        assert "host clock -4.0 s" in self.ask(-4.0).message
        assert self.ask(4.0, clock="1s").outcome == "FAIL"

    def test_h20_a_host_that_took_three_seconds_to_answer_is_right(self) -> None:
        assert self.ask(0.0, 3.3).passed

    def test_an_answer_that_took_too_long_tells_neither(self) -> None:
        verdict = self.ask(0.0, 12.0)
        assert verdict.outcome == "UNKNOWN"
        assert "its answer took 12.0 s, too long to tell whether it is off by 5 s" in verdict.message

    def test_a_clock_that_is_off_by_more_than_the_answer_took_is_wrong_all_the_same(self) -> None:
        assert self.ask(60.0, 12.0).outcome == "FAIL"

    def test_a_clock_that_was_set_meanwhile_tells_nothing(self) -> None:
        slot = on_host(clock=NOW, clock_last=NOW + 30.0)
        assert "was set while we looked" in ask_host("host.clock", slot).message
        assert ask_host("host.clock", slot).outcome == "UNKNOWN"

    def test_a_clock_without_fractions_may_be_a_second_later_than_it_says(self) -> None:
        cut = on_host(clock=NOW - 5.0, clock_last=NOW - 5.0 + 0.3)
        assert ask_host("host.clock", cut).outcome == "UNKNOWN"

    def test_a_clock_that_nobody_read_or_timed_is_unknown(self) -> None:
        assert ask_host("host.clock", fleet(on_host(), ways={0: access(answered_at=0.0)})).outcome == "UNKNOWN"
        assert ask_host("host.clock", fleet(ways={0: trouble("host.reach")})).because == "host.reach"

    def test_the_fleet_is_told_and_that_it_may_be_our_clock(self) -> None:
        alone = self.ask(37.0, 0.4, 0.0, 0.1)
        assert "; median of 3 hosts +0.1 s, from which it differs by +37 s" in alone.message
        ours = self.ask(37.0, 0.4, 36.0, 36.5, 0.0)
        assert ours.outcome == "FAIL"
        assert "median of 4 hosts +36 s: 3 of them are off by about as much, so it may be our clock" in ours.message
        assert "median" not in self.ask(0.0, 0.4, 0.0).message

    def test_a_host_that_goes_as_ours_does_and_not_as_the_others_is_right_and_told(self) -> None:
        verdict = self.ask(-4.0, 0.4, 3.0, 3.0)
        assert verdict.passed
        assert "from which it differs by -7.0 s" in verdict.message

    def test_a_host_that_fills_two_slots_counts_once_among_the_fleet(self) -> None:
        slots = [on_host(at) for at in range(3)]
        assert "median" not in ask_host("host.clock", fleet(*slots, ways={1: access(), 2: access(1)})).message
