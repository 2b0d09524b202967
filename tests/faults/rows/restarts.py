"""What the engine had to do again."""

from ..box import Box
from ..row import Fault

ONCE_MORE = ("sh", "-c", "test -e /run/app/again && exec sleep infinity; touch /run/app/again; exit 3")


def _restarted(box: Box) -> None:
    box.until("test -e /run/app/again && grep -q ^sleep /proc/[0-9]*/comm")


FAULTS = (
    Fault(
        "K31",
        "the container ended with 3, and the engine started it again",
        _restarted,
        command=ONCE_MORE,
        create={"restart_policy": {"Name": "on-failure"}},
        service={"container": {"max_restarts": 0}},
        check="container.restarts",
        says=(r"the engine restarted it 1 times, at most 0 allowed; started \d\d:\d\d:\d\d",),
        broken=("container.restarts",),
        naive="local.docker(name).is_running",
    ),
)
