"""``host:`` of a service: what every host must be, its short forms, and its mistakes with their places."""

import contextlib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.errors import SpecError
from seatrial.questions import host_request
from seatrial.request import HostRequest
from seatrial.spec.deployment import DeploymentSpec
from seatrial.spec.host import HostSpec
from seatrial.spec.load import load
from seatrial.spec.room import Room, room
from seatrial.spec.schema import json_schema
from seatrial.spec.service import ServiceSpec
from seatrial.spec.version import leading_numbers, version_comparison

HEAD = "deployment: a\nhosts: {named: {h: {address: 10.0.0.1}}}\nservices:\n  x:\n    on: ssh\n    locate: {host: h}\n"
HOST: dict[str, Any] = {
    "clock": "2s",
    "kernel": ">= 3.10",
    "timezone": "Asia/Shanghai",
    "sysctl": {"vm.max_map_count": ">= 262144", "net.ipv4.tcp_rmem": "4096  87380 6291456", "vm.swappiness": 1},
    "disks": ["/data", {"mount": "/var/lib", "free": "10%", "inodes": 1000}],
    "users": ["relay", {"name": "gms", "uid": 1500}],
    "units": ["nginx", {"unit": "relay@1.service", "enabled": True}],
    "cron": ["*/5 * * * *   /opt/relay/check.sh", {"line": "@reboot touch ready", "user": "relay", "name": "ready"}],
    "engine": ">= 20.10",
}


def service(**changes: Any) -> ServiceSpec:
    one = {"on": "ssh", "locate": {"role": "relay"}, "host": HOST, **changes}
    return ServiceSpec.model_validate(one)


def read(tmp_path: Path, text: str) -> DeploymentSpec:
    file = tmp_path / "deployment.yaml"
    file.write_text(text)
    return load(file, {})


def mistakes(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(SpecError) as caught:
        read(tmp_path, text)
    prefix = f"{tmp_path / 'deployment.yaml'}:"
    return [str(problem).removeprefix(prefix) for problem in caught.value.problems]


def test_everything_that_a_host_must_be_is_read_with_its_short_forms():
    host = service().host
    assert (host.clock, host.kernel, host.timezone, host.engine) == (2.0, ">= 3.10", "Asia/Shanghai", ">= 20.10")
    assert [disk.name for disk in host.disks] == ["/data", "/var/lib"]
    assert [user.name for user in host.users] == ["relay", "gms"]
    assert [unit.name for unit in host.units] == ["nginx.service", "relay@1.service"]
    assert [(cron.name, cron.line) for cron in host.cron] == [
        ("check.sh", "*/5 * * * * /opt/relay/check.sh"),
        ("ready", "@reboot touch ready"),
    ]
    assert host.sysctl["net.ipv4.tcp_rmem"] == "4096 87380 6291456"


def test_the_schema_accepts_what_loading_accepts():
    whole = {"deployment": "a", "services": {"x": {"on": "ssh", "locate": {"role": "relay"}, "host": HOST}}}
    jsonschema.validate(whole, json_schema())
    whole["services"]["x"]["host"] = {"kernel": 3.10}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(whole, json_schema())


def test_only_what_is_expected_is_asked_for():
    assert host_request(service(host={})) == HostRequest()
    assert host_request(service()) == HostRequest(
        mounts=("/data", "/", "/var/lib", "/var"),
        sysctls=tuple(HOST["sysctl"]),
        units=("nginx.service", "relay@1.service"),
        cron=True,
        engine=True,
    )
    here = {"on": "local", "locate": {"machine": True}}
    assert host_request(service(**here, host={"kernel": ">= 3"})) == HostRequest()
    assert host_request(service(**here, host={})) is None
    assert host_request(service(on="docker", locate={"name": "x"}, host={})) is None


BAD: dict[str, tuple[str, ...]] = {
    "host: {kernel: 3.10}": ("7:20", "3.1 is no comparison of versions", "in quotes: '>= 3.10'"),
    "host: {kernel: '3.10'}": ("7:20", "'3.10' is no comparison of versions"),
    "host: {kernel: '1..5'}": ("7:20", "is no comparison of versions"),
    "host: {engine: '>= 20.10-ce'}": ("7:20", "is no comparison of versions"),
    "host: {clock: 5}": ("7:19", "no duration"),
    "host: {timezone: '+08:00'}": ("7:22", "no name of a time zone", "Asia/Shanghai"),
    "host: {timezone: ../etc/passwd}": ("7:22", "no name of a time zone"),
    "host: {sysctl: {'-w': 1}}": ("7:21", "no name of a kernel parameter"),
    "host: {sysctl: {vm/../x: 1}}": ("7:21", "no name of a kernel parameter"),
    "host: {sysctl: {vm.swappiness: true}}": ("7:36", "found true", "must be a number"),
    "host: {sysctl: {vm.swappiness: '> a'}}": ("7:36", "no comparison"),
    "host: {disks: [data]}": ("7:20", "an absolute path"),
    "host: {disks: [/data/]}": ("7:20", "write /data"),
    "host: {disks: [//data/../x]}": ("7:20", "write /x"),
    "host: {disks: [{mount: /d, source: UUID=1-2}]}": ("7:40", "no kernel tells that", "findmnt"),
    "host: {disks: [{mount: /d, source: LABEL=data}]}": ("7:40", "/dev/vdb1"),
    "host: {disks: [{mount: /d, source: /dev/disk/by-id/x}]}": ("7:40", "no kernel tells that"),
    "host: {disks: [{mount: /d, options: [defaults]}]}": ("7:42", "read by mount alone"),
    "host: {disks: [{mount: /d, options: ['rw,noatime']}]}": ("7:42", "is not one option"),
    "host: {disks: [{mount: /d, free: 10}]}": ("7:38", "no space on a disk", "5GiB"),
    "host: {disks: [{mount: /d, free: 0%}]}": ("7:38", "asks for nothing"),
    "host: {disks: [{mount: /d, free: 100%}]}": ("7:38", "no space on a disk"),
    "host: {disks: [{mount: /d, inodes: 5GiB}]}": ("7:40", "no number of inodes"),
    "host: {disks: [{mount: /d, inodes: -1}]}": ("7:40", "asks for nothing"),
    "host: {disks: [/d, {mount: /d}]}": ("7:24", "host.disks.1", "disks has '/d' twice"),
    "host: {users: [a b]}": ("7:20", "no user name"),
    "host: {users: [{name: a, uid: -1}]}": ("7:35", "found -1"),
    "host: {users: [a, a]}": ("7:23", "users has 'a' twice"),
    "host: {units: [-H]}": ("7:20", "no name of a systemd unit"),
    "host: {units: ['a b']}": ("7:20", "no name of a systemd unit"),
    "host: {units: [a, a.service]}": ("7:23", "units has 'a.service' twice"),
    "host: {units: [{unit: a, active: failed}]}": ("7:38", "allowed: active, inactive"),
    "host: {cron: [/opt/check.sh]}": ("7:19", "no line of a crontab", "the five times"),
    "host: {cron: ['# * * * * * /opt/x']}": ("7:19", "no line of a crontab"),
    "host: {cron: ['@daily touch x']}": ("7:19", "needs a name"),
    "host: {cron: ['@daily /a/x', '@hourly /b/x']}": ("7:34", "cron has 'x' twice"),
    "host: {cron: ['@daily /a/x y', {line: '@daily'}]}": ("7:43", "no line of a crontab"),
    "host: {krenel: '>= 3'}": ("7:12", "did you mean 'kernel'?"),
    "host: ssh": ("7:11", "a mapping"),
}


@pytest.mark.parametrize("lines", BAD)
def test_one_mistake_is_told_once_with_its_place_and_what_is_allowed(tmp_path, lines):
    where, *words = BAD[lines]
    found = mistakes(tmp_path, f"{HEAD}    {lines}\n")
    assert len(found) == 1, found
    assert found[0].startswith(f"{where}: "), found
    assert [word for word in words if word not in found[0]] == [], found[0]


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("locate: {name: x}", "is what hosts must be, and these are containers"),
        ("on: local\n    locate: {exe: x}", "is what hosts must be, and these are processes of this machine"),
    ],
)
def test_only_hosts_are_asked_what_hosts_must_be(tmp_path, place, said):
    found = mistakes(tmp_path, f"deployment: a\nservices:\n  x:\n    {place}\n    host: {{kernel: '>= 3'}}\n")
    assert [said in each for each in found] == [True], found
    assert "services.x.host: " in found[0]


def test_this_machine_is_a_host_with_our_own_clock(tmp_path):
    text = "deployment: a\nservices:\n  x:\n    on: local\n    locate: {machine: true}\n    host: {kernel: '>= 3'}\n"
    assert read(tmp_path, text).services["x"].host.kernel == ">= 3"
    found = mistakes(tmp_path, text.replace("kernel: '>= 3'", "clock: 1s"))
    assert "services.x.host.clock: is compared with the clock of this machine" in found[0]


def test_a_misfit_is_told_beside_other_mistakes_of_the_file(tmp_path):
    text = f"{HEAD}    host: {{disks: [/d, /d]}}\n    ports: [99999]\n"
    assert ["twice" in each or "65535" in each for each in mistakes(tmp_path, text)] == [True, True]


@pytest.mark.parametrize(
    ("found", "wanted", "holds"),
    [
        ("3.10.0-1160.el7", ">= 3.10", True),
        ("3.10", "> 3.9", True),
        ("3.9.11", ">= 3.10", False),
        ("4.18.0-553.el8", "== 4.18", True),
        ("4.18.0-553.el8", "> 4.18", False),
        ("4.18", "== 4.18.0", True),
        ("5.4.1", "!= 5.4", True),
        ("20.10.24+dfsg1", "< 20.10.25", True),
        ("20.10.24", "<=20.10", False),
        ("28", ">= 20.10", True),
    ],
)
def test_versions_are_compared_number_by_number(found, wanted, holds):
    assert version_comparison(wanted).holds(leading_numbers(found)) is holds


@pytest.mark.parametrize("text", ["", "dev", "v20.10", ".5", "-1", "٣.١"])
def test_what_begins_with_no_number_is_no_version(text):
    assert leading_numbers(text) == ()


@given(st.lists(st.integers(0, 99), min_size=1, max_size=4), st.lists(st.integers(0, 99), min_size=1, max_size=4))
def test_versions_are_ordered_as_tuples_are(one, other):
    text, wanted = ".".join(map(str, one)), ".".join(map(str, other))
    length = max(len(one), len(other))
    filled = [numbers + [0] * (length - len(numbers)) for numbers in (one, other)]
    assert version_comparison(f">= {wanted}").holds(leading_numbers(text)) is (filled[0] >= filled[1])


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("10%", Room(10.0, 0.0)),
        ("0.5%", Room(0.5, 0.0)),
        ("5GiB", Room(0.0, 5 * 1024.0**3)),
        ("500MB", Room(0.0, 5e8)),
        ("1.5 TiB", Room(0.0, 1.5 * 1024.0**4)),
        (1000, Room(0.0, 1000.0)),
    ],
)
def test_room_is_a_share_or_an_amount(written, read_as):
    assert room(written) == read_as


@given(st.text(max_size=12) | st.integers())
def test_any_text_is_room_or_refused(value):
    with contextlib.suppress(ValueError):
        assert room(value) != Room(0.0, 0.0)


@given(st.dictionaries(st.sampled_from(list(HOST)), st.text(max_size=30) | st.integers() | st.none(), max_size=3))
def test_any_value_is_a_host_or_a_mistake(host):
    with contextlib.suppress(ValueError):
        assert HostSpec.model_validate(host)
