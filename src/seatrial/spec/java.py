"""What is expected of a Java process: which it is, its properties and its heap."""

import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from seatrial.spec.expectation import Model
from seatrial.spec.naming import last_part
from seatrial.spec.scalars import Line

_SIZE = re.compile(r"([1-9]\d{0,11})([kmgt]?)", re.IGNORECASE | re.ASCII)
_FACTOR = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


def size_in_bytes(text: str) -> int:
    """Read ``512m`` as the JVM does: k, m, g and t are powers of 1024, a bare number is bytes (java(1), ``-Xmx``).

    :raises ValueError: for anything else.
    """
    found = _SIZE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text[:80]!r} is no size of memory; write a number with k, m or g, such as 512m or 2g")
    return int(found[1]) * _FACTOR[found[2].lower()]


def _size(text: str) -> str:
    size_in_bytes(text)
    return text


Size = Annotated[str, AfterValidator(_size)]
_CLASS = r"^[^\s/@-][^\s/@]{0,511}\Z"
ClassName = Annotated[str, StringConstraints(pattern=_CLASS)]


def runs_named(java: Any) -> str | None:
    """The last part of a class or jar, to name a process by; None where neither can be told."""
    main, jar = (java.get("main"), java.get("jar")) if isinstance(java, dict) else (None, None)
    if isinstance(main, str) and re.match(_CLASS, main):
        return main.rpartition(".")[2]
    return last_part(jar) if isinstance(jar, str) else None


class JavaSpec(Model):
    """What a Java launcher runs."""

    main: ClassName | None = Field(None, description="its main class with the package, compared exactly")
    jar: Line | None = Field(None, description="the jar behind -jar: its path as it was given, or its last part")

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.main is None) == (self.jar is None):
            raise ValueError("needs either main (a class) or jar")
        return self


class HeapSpec(Model):
    """The heap that a Java process was started with."""

    max: Size | None = Field(None, description="its largest size, -Xmx, such as 512m or 2g")
    min: Size | None = Field(None, description="the size it begins with, -Xms")

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if self.max is None and self.min is None:
            raise ValueError("asks nothing; give max, min, or both")
        return self
