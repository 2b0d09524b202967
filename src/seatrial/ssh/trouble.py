"""Why a host was not reached, told by the step that was not taken."""

import time
from dataclasses import dataclass, replace

from seatrial.errors import CouldNotLook, TooLate
from seatrial.host import Access, Stage, Trouble


class NotReached(CouldNotLook):
    """A host was not reached, and nothing was run on it.

    :ivar trouble: the step that was not taken, and why.
    :ivar access: what is known of the way to it, with the trouble in it.
    """

    def __init__(self, trouble: Trouble, access: Access | None = None) -> None:
        self.trouble = trouble
        self.access = replace(access or Access(host="", address=""), trouble=trouble)
        super().__init__(trouble.text)


class StillRunning(TooLate):
    """A command did not come to its end in time.

    :ivar stdout: what it had printed until then.
    """

    def __init__(self, error: TooLate, stdout: bytes, stderr: bytes) -> None:
        self.stdout, self.stderr = stdout, stderr
        super().__init__(str(error))


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What stopped one hop.

    :param said: in words, without the name of the hop.
    :param wrong: True where we looked and it is wrong.
    :param fingerprint: of the key that the hop showed, empty where it came to none.
    :param lasting: whether it stays so however long one waits.
    """

    stage: Stage
    said: str
    wrong: bool = False
    fingerprint: str = ""
    lasting: bool = False


class HopFailed(CouldNotLook):
    """One hop of a route was not taken.

    :ivar hops: how many hops of the route there are up to this one.
    :ivar at: when, by the monotonic clock.
    """

    def __init__(self, obstacle: Obstacle, hops: int = 0) -> None:
        self.obstacle, self.hops, self.at = obstacle, hops, time.monotonic()
        super().__init__(obstacle.said)


def no_route(text: str) -> HopFailed:
    """The way to a host is not clear: an option that cannot be followed, a name that is none."""
    return HopFailed(Obstacle("host.route", text, lasting=True))


def no_reach(text: str) -> HopFailed:
    """A hop cannot be reached."""
    return HopFailed(Obstacle("host.reach", text))


def no_entry(text: str) -> HopFailed:
    """A hop does not let us in, and will not."""
    return HopFailed(Obstacle("host.reach", text, lasting=True))
