"""Ending all that runs, here and on hosts, for a process that is about to end itself."""

import sys

_WHO = ("transports.local_command", "transports.on_hosts", "ssh.offspring")
"""Modules with an ``end_all``, in this order: what is on hosts is ended over connections that commands here hold."""


def end_all() -> None:
    """End every command that runs; what was never imported has begun none."""
    for name in _WHO:
        end = getattr(sys.modules.get(f"seatrial.{name}"), "end_all", None)
        if end is not None:
            end()
