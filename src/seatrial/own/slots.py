"""Which slots of a deployment a test of the user's own runs for."""

from collections.abc import Sequence

from seatrial.errors import UsageError
from seatrial.plan import slots
from seatrial.spec.deployment import DeploymentSpec
from seatrial.spec.mistakes import nearest


def chosen(deployment: DeploymentSpec, names: Sequence[object] | None) -> tuple[str, ...]:
    """The slots that are meant, in the order of the deployment file.

    :param names: services or slots; None for all slots.
    :raises UsageError: for no name at all, and for one that is neither.
    """
    by_service = {name: slots(name, spec) for name, spec in deployment.services.items()}
    every = [slot for own in by_service.values() for slot in own]
    if names is None:
        return tuple(every)
    if not names:
        raise UsageError('slots() names no slot: write slots("relay") or slots("relay.0")')
    meant = {slot for name in names for slot in by_service.get(str(name), (str(name),))}
    unknown = sorted(meant - set(every))
    if unknown:
        known = [*by_service, *every]
        texts = [f"no service or slot is called {name!r}; {nearest(name, known)}" for name in unknown]
        raise UsageError("; ".join(text.rstrip("; ") for text in texts) + f" (services: {', '.join(by_service)})")
    return tuple(slot for slot in every if slot in meant)
