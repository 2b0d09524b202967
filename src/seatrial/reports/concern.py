"""Who is to be told of a finding, how bad it is, and where it is written what to do.

What an expectation leaves open is taken from its service.
"""

from seatrial.spec.check import Check


def owner(check: Check) -> str:
    """The team that is to be told, or empty."""
    return check.concern.owner_team or check.spec.owner_team


def runbook(check: Check) -> str:
    """Where it is written what to do, or empty."""
    return check.concern.runbook or check.spec.runbook


def severity(check: Check) -> str:
    """``blocker``, ``major`` or ``minor``."""
    said = "severity" in check.concern.model_fields_set
    return check.concern.severity if said else check.spec.severity
