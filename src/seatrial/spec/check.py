"""One planned check: a value that is known before anything is contacted."""

from dataclasses import dataclass
from typing import Any

from seatrial.spec.expectation import Expectation, Waiver
from seatrial.spec.inventory.host import Host
from seatrial.spec.service import ServiceSpec


@dataclass(frozen=True, slots=True)
class Check:
    """One question about one slot (or about a whole service).

    :param aspect: what is asked, ``process.count``; names the judge.
    :param key: which one of several (``p2prelay``, ``8080/tcp``), or empty.
    :param slot: ``relay.0``; for a question about the whole service, the service's name.
    :param ordinal: the slot's number, -1 for a question about the whole service.
    :param expected: the model from the file that the judge compares with (a ``ProcessSpec`` for ``process.*``).
    :param detail: what one expectation asks several times: the key of a status value.
    :param host: the host behind SSH that fills the slot, or on which the engine is; None where there is none.
    """

    aspect: str
    key: str
    slot: str
    ordinal: int
    service: str
    spec: ServiceSpec
    expected: Any
    detail: str = ""
    host: Host | None = None

    @property
    def id(self) -> str:
        """``relay.0/process.count[p2prelay]``: stable from run to run."""
        return f"{self.slot}/{self.aspect}" + (f"[{self.key}]" if self.key else "")

    @property
    def server(self) -> str:
        """``relay-2 10.0.0.2``: name and address of its host behind SSH, empty where there is none."""
        names = (self.host.name, self.host.address) if self.host else ()
        return " ".join(dict.fromkeys(name for name in names if name))

    @property
    def concern(self) -> Expectation:
        """Whose severity, owner, runbook and waiver count: those of the expectation, else of the service."""
        return self.expected if isinstance(self.expected, Expectation) else self.spec

    @property
    def waiver(self) -> Waiver | None:
        """The waiver of the expectation, else that of the service."""
        return self.concern.waive or self.spec.waive
