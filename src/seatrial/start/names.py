"""Names and labels of everything that one run makes, so that two runs never meet and nothing of a run is overlooked."""

import re
from dataclasses import dataclass
from pathlib import Path

from seatrial.errors import UsageError

RUN_LABEL = "seatrial.run"
PROJECT_LABEL = "com.docker.compose.project"
SERVICE_LABEL = "com.docker.compose.service"
NUMBER_LABEL = "com.docker.compose.container-number"

_RUN_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one run of one compose project.

    :param project: ``seatrial-<name>-<run_id>``.
    :param file: the compose file.
    """

    project: str
    run_id: str
    file: Path

    def container(self, service: str, number: int) -> str:
        """``<project>-<service>-<number>``, as compose names containers."""
        return f"{self.project}-{service}-{number}"

    def shared(self, name: str) -> str:
        """``<project>_<name>``, as compose names networks and volumes."""
        return f"{self.project}_{name}"

    def labels(self, kind: str, name: str) -> dict[str, str]:
        """The labels of a network or a volume.

        :param kind: ``network`` or ``volume``.
        """
        return {RUN_LABEL: self.run_id, PROJECT_LABEL: self.project, f"com.docker.compose.{kind}": name}

    def container_labels(self, service: str, number: int) -> dict[str, str]:
        """The labels of a container: compose's own, by which locators find it, and the run's."""
        return {
            RUN_LABEL: self.run_id,
            PROJECT_LABEL: self.project,
            SERVICE_LABEL: service,
            NUMBER_LABEL: str(number),
            "com.docker.compose.oneoff": "False",
            "com.docker.compose.project.working_dir": str(self.file.parent),
            "com.docker.compose.project.config_files": str(self.file),
        }


def checked_run_id(run_id: str) -> str:
    """The run id, when it can be part of a container's name.

    :raises UsageError: when it cannot; an empty one would select what belongs to others.
    """
    if not _RUN_ID.fullmatch(run_id):
        raise UsageError(f"run id {run_id!r} is not made of a-z, 0-9, _ and -, at most 41 of them")
    return run_id
