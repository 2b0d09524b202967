"""Loads the plugin for a clone that is on the path but not installed; an installed one loads itself."""

from importlib.metadata import entry_points

if not entry_points(group="pytest11", name="seatrial.plugin"):
    pytest_plugins = ("seatrial.plugin",)
