"""Placeholder of the lead until the spec helper's loader lands."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from seatrial.errors import Problem, SpecError
from seatrial.spec.models import DeploymentSpec


def load(path: Path, environ: Mapping[str, str]) -> DeploymentSpec:
    try:
        data = yaml.safe_load(path.read_text())
        for s in data["services"].values():
            if True in s:
                s["on"] = s.pop(True)
        return DeploymentSpec.model_validate(data)
    except (OSError, ValueError) as error:
        raise SpecError([Problem(str(path), str(error))]) from None
