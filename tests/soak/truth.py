"""What a run may say, given when a container was disturbed and when the engine was asked what it is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .disturbance import Done
from .witness import Exchange

BEFORE, BETWEEN, AFTER, AT_A_LOOK = "before", "between", "after", "at a look"
"""The disturbance came before anything was looked at; between the two looks at the container's identity; after the
second of them; or while the engine was just being asked."""

STABLE_FOR_S = 1.0

STANDS = ("container.image", "container.restarts", "container.oom", "instances")
"""What stays true of a container that was killed or paused: it is there, of its image, never restarted."""

_TRUE_OF_WHAT_IS_LEFT: Mapping[str, tuple[str, ...] | None] = {
    "kill": STANDS,
    "pause": STANDS,
    "rename": (),
    "restart": None,
    "recreate": None,
}
"""Aspects that may PASS where the run saw only what was left; None for all of them."""


@dataclass(frozen=True)
class Round:
    """One run during which one container was disturbed.

    :param listed: when the engine was asked which containers there are.
    :param looks: each time that it was asked what this one is.
    :param said: check → status.
    """

    number: int
    how: str
    service: str
    vehicle: str
    done: Done
    listed: Exchange
    looks: list[Exchange]
    said: Mapping[str, str]

    @property
    def when(self) -> str:
        """Where in the run the disturbance came."""
        first, last = self.listed, self.looks[-1] if len(self.looks) > 1 else None
        if self.done.ended < first.began:
            return BEFORE
        if last and self.done.began > last.ended:
            return AFTER
        if last and self.done.began > self.looks[0].ended and self.done.changed < last.began:
            return BETWEEN
        return AT_A_LOOK

    @property
    def passed(self) -> set[str]:
        """The checks of the disturbed container that passed."""
        return {check for check, status in self.said.items() if status == "PASS" and self._own(check)}

    def mistakes(self) -> list[str]:
        """What the run should not have said."""
        return [*self._false(), *self._innocent()]

    def _own(self, check: str) -> bool:
        return check.partition("/")[0] in (self.service, f"{self.service}.0")

    def _false(self) -> Iterator[str]:
        open_ = {check for check, status in self.said.items() if self._own(check) and status != "PASS"}
        yield from (f"false PASS: {check}" for check in sorted(self.passed) if not self._may(check, bool(open_)))
        if self.when == AFTER:
            yield from (f"{self.said[check]} though it came after: {check}" for check in sorted(open_))
        state = self.said[f"{self.service}.0/container.state"]
        if self.when == BETWEEN and self.how in ("kill", "pause") and state != "FAIL":
            yield f"container.state is {state}, expected FAIL"

    def _may(self, check: str, something_open: bool) -> bool:
        aspect, when = check.partition("/")[2].partition("[")[0], self.when
        if when == AFTER:
            return True
        if when == AT_A_LOOK:
            return not something_open or self._of_what_is_left(aspect)
        if when == BEFORE:
            return self._of_what_is_left(aspect)
        return aspect == "instances" and self.how not in ("rename", "recreate")

    def _of_what_is_left(self, aspect: str) -> bool:
        allowed = _TRUE_OF_WHAT_IS_LEFT[self.how]
        if allowed is not None:
            return aspect in allowed
        young = self.looks and self.looks[-1].ended - self.done.changed < STABLE_FOR_S
        return not (young and aspect.endswith(".stable"))

    def _innocent(self) -> Iterator[str]:
        for check, status in self.said.items():
            if status != "PASS" and not self._own(check):
                yield f"{status} of a container that nobody touched: {check}"
