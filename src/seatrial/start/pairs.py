"""Values that a compose file may write as a mapping or as a list: environment, labels, build arguments, hosts."""

from collections.abc import Mapping

from seatrial.start.fields import Field

OWN_LABELS = ("com.docker.compose.", "seatrial.")


def variables(field: Field, environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Read an environment or build arguments.

    A name without a value takes the caller's value, and is left out where the caller has none, as in compose.
    """
    given = _given(field)
    values = {name: environ.get(name) if value is None else value for name, value in given.items()}
    return tuple((name, value) for name, value in values.items() if value is not None)


def labels(field: Field) -> tuple[tuple[str, str], ...]:
    """Read labels; those that compose and Seatrial set themselves are refused."""
    given = _given(field)
    for name in given:
        if name.startswith(OWN_LABELS):
            field.complain(f"label {name!r} is set by Seatrial itself; {' and '.join(OWN_LABELS)} are not allowed")
    return tuple((name, value or "") for name, value in given.items())


def hosts(field: Field) -> tuple[str, ...]:
    """Read extra hosts, ``name:address`` or ``name=address`` in a list, or a mapping."""
    if field.mapped:
        return tuple(f"{name}:{value.text()}" for name, value in field.entries().items())
    return tuple(item.read(_host, "") for item in field.items())


def _host(text: str) -> str:
    name, mark, address = text.partition("=") if "=" in text else text.partition(":")
    if not name or not mark or not address:
        raise ValueError(f"{text!r} is no extra host; write name:address")
    return f"{name}:{address}"


def _given(field: Field) -> dict[str, str | None]:
    if field.mapped:
        return {name: _value(value) for name, value in field.entries().items()}
    given: dict[str, str | None] = {}
    for item in field.items():
        name, mark, value = item.text().partition("=")
        if name in given:
            item.complain(f"{name!r} is given twice")
        given[name] = value if mark else None
    return given


def _value(field: Field) -> str | None:
    return None if field.null else field.text()
