"""The connections of one run: one for each host, kept between looks, jump hosts shared."""

import threading
import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from seatrial.deadline import Deadline
from seatrial.host import Trouble
from seatrial.spec.inventory.host import Host
from seatrial.ssh.crew import Crew
from seatrial.ssh.known import Entry, HostKey, KnownHosts
from seatrial.ssh.line import Line
from seatrial.ssh.link import Link
from seatrial.ssh.offspring import Offspring
from seatrial.ssh.route import Route, Routes
from seatrial.ssh.settings import Settings
from seatrial.ssh.telling import access_of, told, waiting
from seatrial.ssh.trouble import HopFailed, NotReached, Obstacle
from seatrial.ssh.wishes import Wishes

if TYPE_CHECKING:
    from seatrial.ssh.dialling import Dialler

AT_ONCE = 32
"""Hosts that are connected at the same time."""

FRESH_S = 1.0
"""Seconds for which a failure counts, so that fifty hosts behind a bastion that is down wait for it once."""

END_S = 1.5


class _Alive(Protocol):
    @property
    def alive(self) -> bool: ...


T = TypeVar("T", bound=_Alive)


class _Attempts(Generic[T]):
    """The last attempt for each of some things."""

    def __init__(self) -> None:
        self._last: dict[Hashable, Future[T]] = {}
        self._untold: set[Hashable] = set()
        self._lock = threading.Lock()

    def claim(self, key: Hashable, begin: "Callable[[], Future[T]]", *, tells: bool = False) -> "Future[T]":
        """The attempt that counts, or a new one.

        :param tells: whether who asks will be told how it ended: a failure that nobody was told of is not tried again.
        """
        with self._lock:
            last = self._last.get(key)
            if last and (_counts(last) or (tells and key in self._untold)):
                if tells:
                    self._untold.discard(key)
                return last
            future = self._last[key] = begin()
            (self._untold.discard if tells else self._untold.add)(key)
            return future

    def is_done(self, key: Hashable) -> bool:
        """Whether its last attempt is over."""
        last = self._last.get(key)
        return last is not None and last.done()


def _counts(future: "Future[T]") -> bool:
    """Whether nobody need try again: it goes on, it works, or it failed a moment ago."""
    if not future.done():
        return True
    if future.cancelled():
        return False
    if error := future.exception():
        return time.monotonic() - getattr(error, "at", 0.0) < FRESH_S
    return future.result().alive


class Fleet:
    """Connects hosts, each once, and keeps the connections.

    :param inventory: where jump hosts are looked up by their names.
    :param environ: where the agent, ssh(1), and variables of the configuration are looked up.
    """

    def __init__(self, wishes: Wishes, inventory: Iterable[Host], environ: Mapping[str, str]) -> None:
        self._wishes = wishes
        self._offspring = Offspring(wishes.without_secret(environ))
        self._finder = Routes(wishes, inventory, environ, self._offspring)
        self._crew = Crew(AT_ONCE, "ssh connect")
        self._links: _Attempts[Link] = _Attempts()
        self._lines: _Attempts[Line] = _Attempts()
        self._routes: dict[Host, Route] = {}
        self._made: list[Line] = []
        self._opened: list[Callable[[], None]] = []
        self._known = KnownHosts()
        self._lock = threading.Lock()
        self._ended = False
        self._dialler_: Dialler | None = None

    def begin(self, hosts: Iterable[Host]) -> None:
        """Start to connect; returns at once."""
        for host in hosts:
            self._attempt(host)

    def reach(self, host: Host, deadline: Deadline) -> Link:
        """The connection to a host, a new one where there is none or the last one broke.

        :raises NotReached: with the step that was not taken.
        """
        try:
            return self._attempt(host, tells=True).result(max(0.0, deadline.at - time.monotonic()))
        except HopFailed as error:
            route = self._routes.get(host, ())
            access = access_of(host, route, self._wishes.sudo)
            raise NotReached(told(route, error), access) from error
        except (TimeoutError, CancelledError):
            route = self._routes.get(host, ())
            text = waiting(route, self._first_open(route), deadline.within_s)
            raise NotReached(Trouble("host.reach", text), access_of(host, route, self._wishes.sudo)) from None

    def route(self, host: Host) -> Route:
        """The hops to a host, nearest first; nothing is contacted.

        :raises NotReached: when its settings cannot be read or followed.
        """
        try:
            return self._finder.to(host)
        except HopFailed as error:
            raise NotReached(told((), error), access_of(host, (), self._wishes.sudo)) from error

    def key(self, route: Route) -> HostKey:
        """The key that the last hop of a route shows; it is asked for nothing else, and need not be known.

        :raises NotReached: when it shows none, or a hop before it is not reached.
        """
        try:
            via = self._line(route[:-1]) if len(route) > 1 else None
            return self._dialler().key(route[-1], via)
        except HopFailed as error:
            raise NotReached(told(route, error)) from error

    def end(self) -> None:
        """End all connections, at once; nobody is told, so that no channel is closed before its jump host is left."""
        self._ended = True
        self._crew.end()
        with self._lock:
            made, opened = list(self._made), list(self._opened)
        for line in sorted(made, key=_depth):
            line.close()
        self._offspring.end_all()
        for close in opened:
            close()
        until = Deadline.within(END_S)
        for line in made:
            line.transport.join(max(0.0, until.at - time.monotonic()))
        self._crew.join(max(0.0, until.at - time.monotonic()))

    def _attempt(self, host: Host, *, tells: bool = False) -> "Future[Link]":
        return self._links.claim(host, lambda: self._crew.submit(lambda: self._link(host)), tells=tells)

    def _link(self, host: Host) -> Link:
        self._routes.pop(host, None)
        self._routes[host] = route = self._finder.to(host)
        line = self._line(route)
        return Link(line, access_of(host, route, self._wishes.sudo, line.fingerprint))

    def _line(self, route: Route) -> Line:
        """The line to the last hop of a route; whoever asks first dials, all others wait."""
        mine: list[Future[Line]] = []

        def begin() -> "Future[Line]":
            mine.append(Future())
            return mine[0]

        future = self._lines.claim(route, begin)
        if mine:
            try:
                future.set_result(self._dialled(route))
            except HopFailed as error:
                future.set_exception(HopFailed(error.obstacle, error.hops or len(route)))
            except BaseException as error:
                future.set_exception(error)
        return future.result()

    def _dialled(self, route: Route) -> Line:
        if self._ended:
            raise HopFailed(Obstacle("host.reach", "the run is over"))
        via = self._line(route[:-1]) if len(route) > 1 else None
        line = self._dialler().line(route[-1], via)
        with self._lock:
            self._made.append(line)
        if self._ended:
            line.close()
        return line

    def _dialler(self) -> "Dialler":
        from seatrial.ssh.dialling import Dialler  # paramiko takes 0.15 s to import: only who connects pays
        from seatrial.ssh.identities import Identities

        with self._lock:
            if self._dialler_ is None:
                self._dialler_ = Dialler(
                    Identities(self._wishes.passphrase),
                    self._offspring,
                    self._entries,
                    lambda: self._ended,
                    self._opened.append,
                )
            return self._dialler_

    def _entries(self, settings: Settings) -> Sequence[Entry]:
        return self._known.entries(settings.known_hosts)

    def _first_open(self, route: Route) -> int:
        """How many hops of a route there are up to the first that is not decided."""
        return next((hops for hops in range(1, len(route) + 1) if not self._lines.is_done(route[:hops])), len(route))


def _depth(line: Any) -> int:
    return 0 if line.via is None else 1 + _depth(line.via)
