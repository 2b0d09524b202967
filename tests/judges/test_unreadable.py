"""What could not be read never turns a verdict into a PASS, whatever else is wrong."""

import copy
import pickle
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.errors import Unknown
from seatrial.host import Engine
from seatrial.instance import Published
from seatrial.judges import judge
from seatrial.snapshot import CommandRun, SlotFacts, Snapshot, Talk, Unreadable

from .facts import (
    BEAT,
    IMAGE,
    LOG,
    NO_RIGHT,
    NOW,
    PATH,
    PIDFILE,
    SERVICE,
    container,
    facts,
    file,
    hit,
    http,
    inside,
    listener,
    log,
    node,
    plan,
    process,
    registry,
    shell,
    snapshot,
    watchdog,
    with_files,
)
from .hosts import CRON, ROOT, fleet, host_plan, mount, on_host, unit

HOST_CHECKS = [check for check in host_plan() if check.slot == "relay.0"]
CHECKS = plan(2, watchdog={**SERVICE["watchdog"], "pidfile": PIDFILE})
ZOMBIE = process(18, 24, comm="orderd.py", argv=(), exe=NO_RIGHT, states=("Z",) * 3)
PROCESSES = [
    (shell(), watchdog(), process()),
    (shell(), watchdog()),
    (shell(), process(12, 1)),
    (shell(), watchdog(), process(uid=0), process(13, 12)),
    (shell(), watchdog(states=("T",) * 3), process(12, 1, states=("T",) * 3)),
    (shell(), watchdog(), process(), process(13, 24, argv=("python3", "/srv/app/orderd.py"))),
    (shell(), watchdog(), process(7, states=("S", "", "")), process(states=("", "S", "S"), age_s=1.0)),
    (shell(), watchdog(), ZOMBIE),
]
LISTENERS = [
    (listener(), listener(8081)),
    (),
    (listener(owners=(1,)), listener(8081, "127.0.0.1")),
    (listener(), listener(owners=(24,)), listener(8081, "::", v6only=True)),
]
FILES = [
    with_files(),
    with_files(pidfile=file(PIDFILE, b"1\n"), beat=file(BEAT, mtimes=(NOW - 60.0,) * 3)),
    with_files(conf=file("/etc/app.conf", b"other", mode=0o600)),
]
LOGS = [log(), log(LOG, hit(1, "ERROR bad")), log(LOG, hit(9, "ERROR errors=0"), dropped=4), log(LOG, size=0)]
TALKS = [
    inside().talks,
    {"8080/tcp": Talk("172.17.0.4:8080", True, queue_after=2), "8081/tcp": Talk("172.17.0.4:8081", True, closed=True)},
    {"8080/tcp": Talk("x", False, "refused"), "8081/tcp": Talk("x", True, received=http(500, b""))},
]
CONTAINERS = [
    {},
    {"status": "paused"},
    {"health": "unhealthy", "restarts": 3, "published": ()},
    {"published": (Published(8080, "tcp", "0.0.0.0", 1),)},
]
SLOTS = {
    "commands": st.sampled_from([b"bind_count=2 agents_num=2", b"bind_count=1", b""]).map(
        lambda out: {"relayctl": CommandRun(("relayctl",), 0, out, b"")}
    ),
    "outside": st.booleans().map(lambda closed: {"8080/tcp": Talk("127.0.0.1:18920", True, closed=closed)}),
    "docker_log": st.sampled_from([log("docker log"), log("docker log", hit(1, "panic"))]).map(
        lambda one: {"docker": one}
    ),
    "image_id": st.sampled_from([IMAGE, "sha256:other"]),
    "changed": st.sampled_from(["", "", "", "status"]),
}
NODES = [
    node("a"),
    node("b"),
    node("c", "172.17.0.5:8080"),
    node("d", "172.17.0.5:8080", 0),
    node("e", "172.17.0.99:8080"),
    node("f", "", problem="NoAuth"),
]


@st.composite
def looks(draw: st.DrawFn) -> Snapshot:
    """A look at two slots, with anything wrong in them."""
    slots = []
    for number, address in enumerate(("172.17.0.4", "172.17.0.5")):
        box = container(addresses={"net": address}, **draw(st.sampled_from(CONTAINERS)))
        within = inside(
            processes=draw(st.sampled_from(PROCESSES)),
            listeners=draw(st.sampled_from(LISTENERS)),
            files=draw(st.sampled_from(FILES)),
            logs={LOG: draw(st.sampled_from(LOGS))},
            talks=draw(st.sampled_from(TALKS)),
        )
        rest = {key: draw(strategy) for key, strategy in SLOTS.items()}
        slots.append(facts(f"orderd.{number}", instance=box, inside=within, **rest))
    nodes = draw(st.lists(st.sampled_from(NODES), max_size=4, unique_by=lambda one: one.name))
    return snapshot(*slots, registry={PATH: registry(*nodes)})


MACHINES: list[dict[str, Any]] = [
    {},
    {"kernel": "3.9", "timezone": "UTC", "engine": Engine("", "no socket")},
    {"mounts": {"/": ROOT, "/data": None}, "units": {"relay.service": unit(active="failed")}},
    {"mounts": {"/": ROOT, "/data": mount(source="/dev/vda1", root="/srv", free=1)}, "cron": ()},
    {"sysctls": {"vm.max_map_count": "1", "net.ipv4.tcp_rmem": None}},
]
HOST_PROCESSES = [(CRON,), (), (shell(), process(7, comm="crond")), (process(7, comm="cron", states=("T",) * 3),)]


@st.composite
def hosts(draw: st.DrawFn) -> SlotFacts:
    """A host, with anything wrong in it."""
    return on_host(
        host=draw(st.sampled_from(MACHINES)),
        processes=draw(st.sampled_from(HOST_PROCESSES)),
        users=draw(st.sampled_from([{"relay": 1500}, {"relay": 1}, {}])),
        hostname=draw(st.sampled_from(["relay-1", "other"])),
    )


def blinded(value: Any) -> Iterator[Any]:
    """The same facts, once for each fact that may be unreadable, with that one unreadable."""
    if isinstance(value, tuple):
        for place, item in enumerate(value):
            yield from ((*value[:place], other, *value[place + 1 :]) for other in blinded(item))
    if not is_dataclass(value) or isinstance(value, Unreadable):
        return
    hints = get_type_hints(type(value))
    for field in fields(value):
        now, hint = getattr(value, field.name), hints[field.name]
        if Unreadable in get_args(hint) and not isinstance(now, Unreadable):
            yield replace(value, **{field.name: NO_RIGHT})
        if isinstance(now, Mapping):
            may_be = any(Unreadable in get_args(part) for part in get_args(hint))
            others = (
                {**now, key: other} for key, item in now.items() for other in (*blinded(item), *[NO_RIGHT] * may_be)
            )
        else:
            others = blinded(now)
        yield from (replace(value, **{field.name: other}) for other in others)


def test_every_kind_of_fact_is_blinded() -> None:
    look = snapshot(registry={PATH: registry(node())})
    assert len(list(blinded(look))) > 30


@given(looks(), st.data())
@settings(max_examples=300, deadline=None)
def test_a_fact_that_cannot_be_read_makes_nothing_pass(look: Snapshot, data: st.DataObject) -> None:
    others = list(blinded(look))
    blind = data.draw(st.sampled_from(others))
    if data.draw(st.booleans()):
        blind = data.draw(st.sampled_from(list(blinded(blind))))
    for check in CHECKS:
        before, after = judge(check, look), judge(check, blind)
        assert before.passed or not after.passed, f"{check.id}: {before.message} -> {after.message}"


@given(hosts(), st.data())
@settings(max_examples=300, deadline=None)
def test_what_cannot_be_read_of_a_host_makes_nothing_pass(slot: SlotFacts, data: st.DataObject) -> None:
    twin = replace(on_host().inside, hostname="relay-1") if data.draw(st.booleans()) else on_host(1).inside
    other = replace(on_host(1), inside=twin)
    blind = data.draw(st.sampled_from(list(blinded(slot))))
    for check in HOST_CHECKS:
        before, after = judge(check, fleet(slot, other)), judge(check, fleet(blind, other))
        assert before.passed or not after.passed, f"{check.id}: {before.message} -> {after.message}"


def test_a_healthy_look_passes_everything() -> None:
    assert [
        judge(check, fleet(on_host())).message for check in HOST_CHECKS if not judge(check, fleet(on_host())).passed
    ] == []
    assert [judge(check, snapshot()).message for check in plan() if not judge(check, snapshot()).passed] == []


def test_what_could_not_be_read_is_neither_a_value_nor_another_one_nor_nothing() -> None:
    fact = Unreadable("no right")
    for ask in (lambda: fact == (), lambda: fact != "x", lambda: not fact):
        with pytest.raises(Unknown, match="could not look: no right"):
            ask()
    assert fact == Unreadable("no right") != Unreadable("cut")


@pytest.mark.parametrize(
    "ask",
    [
        *(iter, len, sorted, lambda fact: 1 in fact, lambda fact: fact[0], lambda fact: fact < 1),
        *(lambda fact: fact.items(), lambda fact: fact.processes, lambda fact: fact._fields),
    ],
)
def test_what_could_not_be_read_has_nothing_of_what_the_value_would_have(ask: Callable[[Any], object]) -> None:
    with pytest.raises(Unknown, match="could not look: permission denied"):
        ask(NO_RIGHT)


def test_what_could_not_be_read_is_copied_and_described_as_any_value_is() -> None:
    assert copy.deepcopy(NO_RIGHT) == copy.copy(NO_RIGHT) == pickle.loads(pickle.dumps(NO_RIGHT)) == NO_RIGHT
    assert repr(NO_RIGHT) == f"Unreadable(reason={NO_RIGHT.reason!r})"
    assert not hasattr(NO_RIGHT, "__wrapped__")
