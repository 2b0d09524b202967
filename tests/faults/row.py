"""One row of the catalogue: what is done to a container, and what must be said about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seatrial.vehicles import Vehicle
from seatrial.verdicts import Outcome

from .box import Box
from .files import SERVICE

if TYPE_CHECKING:
    from .harbour import Harbour

Inject = Callable[[Box], object]
Launch = Callable[["Harbour", str], Box]
Service = Mapping[str, object] | Callable[[Box], Mapping[str, object]]

VEHICLES: tuple[Vehicle, ...] = ("proc", "exec")


class NotHere(Exception):
    """This machine, or its engine, cannot do what a row injects: raised by `inject` or `launch`, with the reason."""


@dataclass(frozen=True, kw_only=True)
class Says:
    """What one check must say.

    :param check: its aspect (``fs.space``), or aspect and key (``fs.space[/inod]``) where the file plans several.
    :param says: regular expressions, each found in its message.
    """

    check: str
    says: tuple[str, ...] = ()
    verdict: Outcome = Outcome.FAIL


@dataclass(frozen=True, eq=False)
class Situation:
    """How a container is brought into a state, and the deployment file that it is held against.

    :param inject: starts what runs inside, and breaks it.
    :param file: a whole deployment file, with ``{name}`` for the container; its service is called ``app``.
    :param command: what the container itself runs.
    :param service: instead of ``file``, the mapping of one service without ``locate``, or a function that makes it of
        the container, where it must hold an address, a port or a time that is known only then.
    :param create: as the SDK's ``containers.create`` takes it: ``{"nano_cpus": 200_000_000}``.
    :param launch: makes the container in another way; is called with the harbour and a name. What else it makes is
        named by ``harbour.name(...)`` and removed by ``harbour.finally_(...)``.
    :param run: options of ``seatrial run``, such as ``("--settle", "8s")``; the row then has a run of its own.
    :param meanwhile: is called when a run has begun, in a thread of its own; the row then has a run of its own.
    :param fresh: its state passes by, so that each look gets a container of its own; so it is with ``meanwhile``.
    :param vehicles: those that can see its container; all, but where ``why`` says more.
    :param naive: the obvious assertion of testinfra in one line of Python, true where it passes: ``host`` is the
        container, ``local`` this machine, ``name`` the container's name, ``box`` how the row's functions see it.
    :param why: what the row decides, where the shared catalogue is loose.
    :param untried: why it is injected nowhere; what only this machine cannot do is a `NotHere` instead.
    """

    id: str
    what: str
    inject: Inject
    file: str = SERVICE
    command: tuple[str, ...] = ("sleep", "infinity")
    service: Service | None = field(default=None, kw_only=True)
    create: Mapping[str, object] = field(default_factory=dict, kw_only=True)
    launch: Launch | None = field(default=None, kw_only=True)
    run: tuple[str, ...] = field(default=(), kw_only=True)
    meanwhile: Inject | None = field(default=None, kw_only=True)
    fresh: bool = field(default=False, kw_only=True)
    vehicles: tuple[Vehicle, ...] = field(default=VEHICLES, kw_only=True)
    naive: str = field(default="", kw_only=True)
    why: str = field(default="", kw_only=True)
    untried: str = field(default="", kw_only=True)

    @property
    def passes_by(self) -> bool:
        """Whether its container is good for one look only."""
        return self.fresh or self.meanwhile is not None


@dataclass(frozen=True, eq=False)
class Fault(Situation):
    """A state that is wrong.

    :param check: aspect of the check that must speak (or aspect and key, as in `Says`).
    :param says: regular expressions, each found in that check's message.
    :param broken: aspects that are about the broken thing, so that none of them may PASS.
    :param also: other checks that must speak too.
    :param under: what is said instead under one vehicle: ``{"exec": (Says(check=…, verdict=UNKNOWN),)}``.
    :param blind: aspects that are UNKNOWN under a vehicle in the sound state too: ``{"exec": ("process.cpu",)}``.
    :param sound: the state in which the same file is all green, where the service of "sound" is not enough of it.
    """

    check: str = ""
    says: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    verdict: Outcome = Outcome.FAIL
    also: tuple[Says, ...] = field(default=(), kw_only=True)
    under: Mapping[Vehicle, tuple[Says, ...]] = field(default_factory=dict, kw_only=True)
    blind: Mapping[Vehicle, tuple[str, ...]] = field(default_factory=dict, kw_only=True)
    sound: Situation | None = field(default=None, kw_only=True)

    def expected(self, vehicle: Vehicle) -> tuple[Says, ...]:
        """What must be said under a vehicle."""
        return self.under.get(vehicle) or (Says(check=self.check, says=self.says, verdict=self.verdict), *self.also)

    @property
    def named(self) -> tuple[str, ...]:
        """All checks that the row is about."""
        return tuple(dict.fromkeys((self.check, *(said.check for said in self.also), *self.broken)))


def then(*commands: str) -> Inject:
    """The service as it should be, and then these commands, as root."""

    def inject(box: Box) -> None:
        box.svc()
        for command in commands:
            box.sh(command)

    return inject


def nothing(_box: Box) -> None:
    """Nothing runs but what the container itself runs."""
