"""The small notations of the deployment file: durations, ports, modes, comparisons."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")


def seconds(value: Any) -> float:
    """Read ``30s``, ``500ms``, ``5m``, ``2h`` or ``1m30s`` as seconds.

    :raises ValueError: for anything else, a bare number included, since its unit would be a guess.
    """
    text = value if isinstance(value, str) else ""
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{value!r} is no duration; write a number with a unit, such as 30s, 500ms, 5m or 2h")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def octal(value: Any) -> int:
    """Read ``"0644"`` as permission bits.

    :raises ValueError: for anything but a string of three or four octal digits.
    """
    if not isinstance(value, str) or not re.fullmatch(r"0?[0-7]{3}", value):
        raise ValueError(f"{value!r} is no file mode; write it in quotes, such as \"0644\"")
    return int(value, 8)


Duration = Annotated[float, BeforeValidator(seconds)]
Mode = Annotated[int, BeforeValidator(octal)]
