"""The demo's services in containers of a Docker Engine."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from seatrial.demo.stage import Stage
from seatrial.options import START_DEADLINE_S
from seatrial.start import Project, started
from seatrial.transports.engine import Engine
from seatrial.transports.engine_address import resolve

_SAID_CAP = 65536


class InContainers:
    """The services of a compose project.

    :param environ: environment in which the engine's address is looked for.
    """

    def __init__(self, project: Project, environ: Mapping[str, str]) -> None:
        self._engine = Engine(resolve(None, environ))
        self._ids = {f"{one.service}-{one.number}": one.id for one in project.containers()}

    @property
    def addresses(self) -> Mapping[str, str]:
        """The address of each container in its first network."""
        return {name: self._address(id_) for name, id_ in self._ids.items()}

    def run(self, name: str, argv: Sequence[str], deadline_s: float) -> tuple[int, str]:
        """Run a command as root inside a container.

        :raises CouldNotLook: where the engine does not let us.
        """
        with self._engine as engine:
            ran = engine.exec_marked(self._ids[name], argv, user="0", deadline_s=deadline_s, cap=_SAID_CAP)
        return ran.exit_code, ran.stderr.decode(errors="replace")

    def _address(self, container_id: str) -> str:
        with self._engine as engine:
            networks = engine.inspect(container_id)["NetworkSettings"]["Networks"]
        return str(next(iter(networks.values()))["IPAddress"])


@contextmanager
def in_containers(
    files: Path, run_id: str, environ: Mapping[str, str], log: Callable[[str], None], *, keep: bool
) -> Iterator[Stage]:
    """Start the demo's compose file, and remove everything after the block.

    :raises StartError: where it does not come up.
    """
    with started(files / "compose.yaml", run_id, deadline_s=START_DEADLINE_S, log=log, keep=keep) as project:
        yield Stage(InContainers(project, environ), compose_project=project.name)
