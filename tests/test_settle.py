"""The loop that looks again: when it ends, and which look counts."""

from dataclasses import replace

import pytest
from judges.facts import container

from seatrial.host import Access, Trouble
from seatrial.settle import settle
from seatrial.snapshot import SlotFacts, Snapshot, Unreadable
from seatrial.trail import KEPT, Glimpse
from seatrial.verdicts import failed, passed

EMPTY = Snapshot(0.0, 0.0, {}, {})
EXITED = container(status="exited", finished_at=2.0, restart_policy="no")


def _glimpse(snapshot: Snapshot) -> Glimpse:
    return Glimpse(snapshot.taken_at, {}, {}, {})


class World:
    """A clock that only looking and sleeping move, and a script of what each look finds."""

    def __init__(self, *greens: bool, took_s: float = 0.1, snapshot: Snapshot = EMPTY) -> None:
        self.greens, self.now, self.looks, self.took_s, self.snapshot = greens, 0.0, 0, took_s, snapshot
        self.told: list[str] = []

    def look(self) -> Snapshot:
        self.looks += 1
        self.now += self.took_s
        return replace(self.snapshot, taken_at=float(self.looks))

    def judge(self, snapshot: Snapshot) -> dict:
        green = self.greens[min(int(snapshot.taken_at), len(self.greens)) - 1]
        return {"a": passed("yes") if green else failed("no"), "b": passed("yes")}

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def settle(self, settle_s: float, stable_for_s: float = 2.0):
        return settle(
            self.look,
            self.judge,
            settle_s=settle_s,
            stable_for_s=stable_for_s,
            progress=self.told.append,
            glimpse=_glimpse,
            clock=lambda: self.now,
            sleep=self.sleep,
        )


def test_without_settling_there_is_exactly_one_look():
    assert World(False, True).settle(0).looks == 1


def test_green_must_stay_green_for_the_whole_time():
    settled = World(True).settle(60, stable_for_s=2.0)
    assert settled.looks > 3
    assert settled.waited_s >= 2.0
    assert "stayed green" in settled.why


def test_one_red_look_starts_the_time_anew():
    once, twice = World(True), World(True, True, False, True)
    once.settle(60)
    twice.settle(60)
    assert twice.looks > once.looks + 2


def test_the_verdicts_are_those_of_the_last_complete_look():
    settled = World(False, False, True).settle(60)
    assert settled.verdicts["a"].passed
    assert settled.snapshot.taken_at == settled.looks


def test_it_ends_when_the_time_is_over_and_says_so():
    settled = World(False).settle(5)
    assert not settled.verdicts["a"].passed
    assert settled.waited_s == pytest.approx(5, abs=1.0)
    assert "are over" in settled.why


def test_what_flaps_is_never_caught_in_a_green_moment_at_the_deadline():
    settled = World(*[True, False] * 100).settle(5)
    assert not settled.verdicts["a"].passed


def test_it_stops_at_once_when_a_container_has_ended_for_good():
    world = World(False, snapshot=replace(EMPTY, slots={"x.0": SlotFacts("x.0", EXITED, Unreadable("exited"))}))
    settled = world.settle(60)
    assert settled.looks == 1
    assert "pointless" in settled.why


def test_it_waits_for_a_container_that_the_engine_will_start_again():
    again = SlotFacts("x.0", replace(EXITED, restart_policy="always"), Unreadable("exited"))
    assert World(False, snapshot=replace(EMPTY, slots={"x.0": again})).settle(5).looks > 1


def test_it_tells_after_each_look_how_far_it_is():
    world = World(False, True)
    world.settle(60)
    assert world.told[0] == "look 1: 1 of 2 checks not green"


@pytest.mark.parametrize(("lasting", "looks"), [(True, 1), (False, 10)])
def test_a_host_that_will_not_let_us_in_is_not_asked_again_and_again(lasting: bool, looks: int):
    trouble = Trouble("host.reach", "deploi@10.0.0.1: permission denied", lasting=lasting)
    shut = replace(EMPTY, access={"relay.0": Access("relay-1", "10.0.0.1:22", trouble=trouble)})
    settled = World(False, snapshot=shut).settle(5)
    assert settled.looks == looks
    assert (settled.why == "waiting is pointless: relay.0: deploi@10.0.0.1: permission denied") is lasting


def test_what_stayed_green_over_kept_connections_is_looked_at_once_more_over_new_ones():
    renewals: list[int] = []
    world = World(True, True, True, False, True)

    def afresh() -> bool:
        renewals.append(world.looks)
        return True

    settled = settle(
        world.look,
        world.judge,
        settle_s=60,
        stable_for_s=1.0,
        progress=world.told.append,
        glimpse=_glimpse,
        afresh=afresh,
        clock=lambda: world.now,
        sleep=world.sleep,
    )
    assert renewals == [3, 7]
    assert settled.looks == 8
    assert "stayed green" in settled.why


def test_each_look_knows_what_the_earlier_ones_of_the_same_settling_saw():
    settled = World(False).settle(5)
    assert [one.taken_at for one in settled.snapshot.earlier] == [float(at) for at in range(1, settled.looks)]


def test_only_so_many_earlier_looks_are_remembered():
    settled = World(False, took_s=0.01).settle(1000)
    assert settled.looks > KEPT + 1
    assert len(settled.snapshot.earlier) == KEPT
