"""Where the demo runs: in containers where an engine answers, else in namespaces of this machine."""

from collections.abc import Callable, Mapping

from seatrial.errors import CouldNotLook, UsageError
from seatrial.transports.engine import Engine
from seatrial.transports.engine_address import resolve

_ENGINE_S = 3.0
_TRIED = " (tried:"


def engine_answers(environ: Mapping[str, str], log: Callable[[str], None]) -> bool:
    """Whether a Docker Engine answers; what follows from that is logged in one line."""
    try:
        address = resolve(None, environ)
        with Engine(address, timeout_s=_ENGINE_S) as engine:
            engine.version()
    except (CouldNotLook, UsageError) as error:
        log(f"in namespaces of this machine, since no Docker Engine can be used: {str(error).partition(_TRIED)[0]}")
        return False
    log(f"in containers, since a Docker Engine answers at {address.url} (without one: --local)")
    return True
