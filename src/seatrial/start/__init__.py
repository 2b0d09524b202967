"""Playing a documented subset of a compose file through the docker SDK, for what starts services."""

from seatrial.start.compose import read_compose
from seatrial.start.container import StartedContainer
from seatrial.start.model import ComposeProject
from seatrial.start.project import Project, started
from seatrial.start.sweep import sweep

__all__ = ["ComposeProject", "Project", "StartedContainer", "read_compose", "started", "sweep"]
