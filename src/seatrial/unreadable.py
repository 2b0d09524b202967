"""A fact that could not be read, in the place of its value: never a default value."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from seatrial.errors import Unknown


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands for a fact that could not be read.

    :param reason: why, in words an operator understands.
    """

    reason: str

    def __str__(self) -> str:
        return self.reason

    def __eq__(self, other: object) -> bool:
        """Equal to another one for the same reason; what it stands for is not known, so it is no value's equal or not.

        :raises Unknown: where it is compared with a value, as ``listeners != ()`` would be true for what was not read.
        """
        if isinstance(other, Unreadable):
            return self.reason == other.reason
        raise Unknown(f"could not look: {self.reason}")

    def __hash__(self) -> int:
        return hash(self.reason)

    def __bool__(self) -> bool:
        """It is neither something nor nothing.

        :raises Unknown: always.
        """
        raise Unknown(f"could not look: {self.reason}")

    if not TYPE_CHECKING:  # that a value may be one of these is for mypy to find, before anybody asks it for more

        def _unknown(self, *_: object) -> NoReturn:
            raise Unknown(f"could not look: {self.reason}")

        __iter__ = __len__ = __contains__ = __getitem__ = __lt__ = __le__ = __gt__ = __ge__ = _unknown

        def __getattr__(self, name: str) -> NoReturn:
            """It has nothing of what the value would have.

            :raises Unknown: always, but for names of Python's own, by which copies are made and objects described.
            """
            if name == "reason" or (name.startswith("__") and name.endswith("__")):
                raise AttributeError(name)
            raise Unknown(f"could not look: {self.reason}")
