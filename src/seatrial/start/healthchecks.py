"""Health checks of a compose file."""

from seatrial.start.fields import Field
from seatrial.start.model import Healthcheck
from seatrial.start.notation import boolean, probe_time, whole

_KEYS = ("test", "interval", "timeout", "retries", "start_period", "disable")
_FORMS = ("CMD", "CMD-SHELL", "NONE")


def healthcheck(field: Field) -> Healthcheck:
    """Read a health check; what it does not say is inherited from the image."""
    keys = field.keys(_KEYS)
    if "disable" in keys and keys["disable"].read(boolean, False):
        if len(keys) > 1:
            field.complain("disable: true leaves no room for other keys")
        return Healthcheck(("NONE",))

    def time(key: str) -> float:
        return keys[key].read(probe_time, 0.0) if key in keys else 0.0

    return Healthcheck(
        _test(keys["test"]) if "test" in keys else (),
        time("interval"),
        time("timeout"),
        time("start_period"),
        keys["retries"].read(whole(1, 1000), 0) if "retries" in keys else 0,
    )


def _test(field: Field) -> tuple[str, ...]:
    if not field.listed:
        return ("CMD-SHELL", field.text())
    test = tuple(item.text() for item in field.items())
    if not test or test[0] not in _FORMS:
        field.complain(f"the list must begin with one of {', '.join(_FORMS)}")
    elif (test[0] == "NONE") != (len(test) == 1) or (test[0] == "CMD-SHELL" and len(test) != 2):
        field.complain('write ["CMD", "program", ...], ["CMD-SHELL", "one text"] or ["NONE"]')
    return test
