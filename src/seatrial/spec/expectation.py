"""What every part of the deployment file has in common, and what every expectation may carry."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from seatrial.spec.scalars import Day, Text


class Model(BaseModel):
    """A part of the file: unknown keys are mistakes, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, regex_engine="python-re")


class Waiver(Model):
    """A finding that is accepted for a while."""

    until: Day = Field(description="last day on which the waiver counts; after it the check fails again")
    reason: Text = Field(description="why it is accepted, for whoever reads the report")


class Expectation(Model):
    """What every expectation may carry."""

    severity: Literal["blocker", "major", "minor"] = Field("major", description="how bad a failure is")
    owner_team: str = Field("", description="who is to be told")
    runbook: str = Field("", description="where it is written what to do")
    waive: Waiver | None = Field(None, description="accept a FAIL of these checks for a while; never an UNKNOWN")
