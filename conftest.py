"""Loads the plugin for a clone; where Seatrial is installed it is there already, under the same name."""

pytest_plugins = ("seatrial.plugin",)
