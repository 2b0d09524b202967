"""The ways to carry a reader into a target."""

from typing import Literal

Vehicle = Literal["auto", "proc", "exec"]

VEHICLES: tuple[Vehicle, ...] = ("auto", "proc", "exec")
