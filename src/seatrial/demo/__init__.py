"""The demo: a real deployment started, verified, and taken down; ``--break`` breaks six things first."""

from seatrial.demo.files import stack_folder

__all__ = ["stack_folder"]
