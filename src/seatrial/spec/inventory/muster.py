"""All hosts of a deployment, called together from its table and from the file itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from seatrial.errors import Problem
from seatrial.sanitise import clean
from seatrial.spec.beside import beside
from seatrial.spec.inventory.circles import circles
from seatrial.spec.inventory.folded import folded
from seatrial.spec.inventory.host import Host
from seatrial.spec.inventory.hosts import HostsSpec, NamedHost
from seatrial.spec.inventory.table import BadTable, Row, read_table
from seatrial.spec.inventory.table_columns import needed, placed_columns
from seatrial.spec.inventory.table_hosts import host_of, says_nothing
from seatrial.spec.inventory.table_shape import misshapen
from seatrial.spec.source import Source
from seatrial.spec.ssh import SshSpec
from seatrial.yamltree.gathering import Mistakes
from seatrial.yamltree.gathering import Path as KeyPath
from seatrial.yamltree.tree import Node

SSH_PORT = 22
"""Where SSH servers listen when nothing else is said (RFC 4253, section 4.1)."""

_OF_THE_TABLE = ("csv", "xlsx", "sheet", "encoding", "columns")

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Muster:
    """What became of the hosts.

    :param hosts: all of them, those that are wrong as far as they are right.
    :param mistakes: what is wrong in the deployment file.
    :param problems: what is wrong in the table.
    :param whole: whether every host is among them, so that a name that none has is a mistake.
    """

    hosts: tuple[Host, ...]
    mistakes: Mistakes
    problems: tuple[Problem, ...] = ()
    whole: bool = True


@dataclass(frozen=True, slots=True)
class _Entry:
    """A host and where it is said.

    :param where: shown place.
    :param node: the same in the deployment file; None for a row of the table.
    :param row: number of that row; 0 in the deployment file.
    """

    host: Host
    where: str
    node: Node | None = None
    row: int = 0


@dataclass(slots=True)
class _Caller:
    """Calls them one after the other and keeps what is wrong."""

    source: Source
    environ: Mapping[str, str]
    mistakes: Mistakes
    problems: list[tuple[int, Problem]] = field(default_factory=list)
    entries: list[_Entry] = field(default_factory=list)
    whole: bool = True

    def table(self, said: Mapping[str, Any]) -> None:
        part = {key: said[key] for key in _OF_THE_TABLE if key in said}
        key = next((key for key in ("csv", "xlsx") if key in part), None)
        if key is None:
            return
        spec = _read(HostsSpec, part)
        if spec is None:
            self.whole = False
            return
        path = beside(self.source, ("hosts", key), spec.table, self.environ)
        try:
            self._rows(spec, str(path), read_table(path, spec))
        except BadTable as error:
            self.whole = False
            if error.row:
                self._of_row(error.row, f"{path} row {error.row}", str(error))
            else:
                self._at(("hosts", key), f"{spec.table[:200]} {error}")

    def named(self, said: Mapping[str, Any]) -> None:
        every = said.get("named", {})
        for name, value in every.items() if isinstance(every, dict) else ():
            spot = self.source.spot(("hosts", "named", name))
            node, model = spot.key or spot.node, _read(NamedHost, value)
            where = self.mistakes.where(node.line, node.column, node.file)
            self.entries.append(_Entry(model.host(name) if model else Host(name), where, node))

    def _rows(self, spec: HostsSpec, file: str, rows: list[Row]) -> None:
        header, *others = rows
        if other := misshapen(rows, spec.columns):
            raise BadTable(other, header.number)
        columns, wrong = placed_columns(header.cells, spec.columns)
        others = [row for row in others if not says_nothing(row, columns)]
        self.whole = self.whole and not wrong
        for key, text in wrong.items():
            self._at(("hosts", "columns", key), text)
        nameless = "" if {"name", "address"} & wrong.keys() else needed(columns, header.cells)
        if nameless or not others:
            raise BadTable(nameless or "has no host below the names of its columns")
        for row in others if {"name", "address"} & columns.keys() else ():
            host, mistakes = host_of(row, columns, header.cells, f"{spec.table} row {row.number}")
            entry = _Entry(host, f"{file} row {row.number}", row=row.number)
            self.entries.append(entry)
            for text in mistakes:
                self._of_row(entry.row, entry.where, text)

    def twice(self, port: int) -> None:
        """Tell names and addresses that two hosts have."""
        names: dict[str, _Entry] = {}
        places: dict[tuple[str, int], _Entry] = {}
        for entry in self.entries:
            host = entry.host
            place = (host.address.lower(), host.port or port)
            namesake = names.setdefault(host.name, entry) if host.name else entry
            first = places.setdefault(place, entry) if host.address else entry
            if first is not entry and (namesake is entry or host.name == host.address):
                told = f"address {place[0]} port {place[1]} is that of {first.host.name!r} in {first.where} too"
                self._tell(entry, f"{told}; {_one_row(first.host, host)}")
            elif namesake is not entry:
                told = f"{host.name!r} is the name of the host in {namesake.where} too"
                self._tell(entry, f"{told}; give one of both another")

    def circles(self, default: str) -> None:
        """Tell hosts that could be reached only through themselves."""
        for at, circle in circles([entry.host for entry in self.entries], default):
            text = f"jump hosts lead in a circle: {circle}; say jump: none for the outermost one"
            self._tell(self.entries[at], text)

    def _tell(self, entry: _Entry, text: str) -> None:
        if entry.node:
            self.mistakes.at(entry.node, text, ("hosts", "named", entry.host.name))
        else:
            self._of_row(entry.row, entry.where, text)

    def _of_row(self, row: int, where: str, text: str) -> None:
        self.problems.append((row, Problem(clean(where), clean(text))))

    def _at(self, path: KeyPath, text: str) -> None:
        self.mistakes.at(self.source.spot(path).node, text, path)


def mustered(source: Source, environ: Mapping[str, str]) -> Muster:
    """Read the table, if the file has one, and tell what is wrong with any host; nothing is contacted.

    :param source: the whole file.
    :param environ: where ``HOME`` is looked up, for a path that begins with ``~/``.
    """
    caller = _Caller(source, environ, Mistakes(source.mistakes.file))
    said = source.value.get("hosts", {})
    if isinstance(said, dict):
        ssh = _read(SshSpec, source.value.get("ssh", {})) or SshSpec()
        caller.table(said)
        caller.named(said)
        caller.twice(ssh.port or SSH_PORT)
        caller.circles(ssh.jump or "")
    hosts = tuple(entry.host for entry in caller.entries)
    problems = tuple(problem for _, problem in sorted(caller.problems, key=lambda each: each[0]))
    return Muster(hosts, caller.mistakes, problems, caller.whole and isinstance(said, dict))


def _one_row(first: Host, other: Host) -> str:
    """What to do about two rows for one server."""
    if not (first.role and other.role) or folded(first.role) == folded(other.role):
        return "leave one of both out"
    return f"a server has one row; for several tasks give it groups, group '{first.role}, {other.role}', not roles"


def _read(model: type[M], value: Any) -> M | None:
    """The model, where all of it is right; what is wrong is told where the whole file is read."""
    try:
        return model.model_validate(value)
    except ValidationError:
        return None
