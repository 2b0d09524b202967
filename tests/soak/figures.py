"""``benchmarks/soak.md``: one section for each soak, written anew by the one that was run."""

import os
import platform
import re
from datetime import UTC, datetime
from pathlib import Path

import docker

PAGE = Path(__file__).parents[2] / "benchmarks" / "soak.md"


def keep(title: str, text: str) -> None:
    """Put the figures of a soak into its section."""
    where = f"**{datetime.now(UTC):%Y-%m-%d}, {_place()}**"
    section = f"## {title}\n\n{_said(title)}{where}\n\n{text}\n"
    page = PAGE.read_text()
    found = re.search(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    if not found:
        PAGE.write_text(f"{page.rstrip()}\n\n{section}")
        return
    rest = page[found.end() :]
    PAGE.write_text(page[: found.start()] + section + ("\n" + rest if rest else ""))


def _said(title: str) -> str:
    """What the section says before its figures, which stays."""
    found = re.search(rf"^## {re.escape(title)}\n\n(.*?)(?=^\*\*\d{{4}}-|^## |\Z)", PAGE.read_text(), re.M | re.S)
    said = found[1].strip() if found else ""
    return f"{said}\n\n" if said else ""


def _place() -> str:
    engine = docker.from_env().version()["Version"]
    kernel = ".".join(platform.release().split(".")[:2])
    return f"kernel {kernel}, {os.cpu_count()} cores, Docker Engine {engine}, Python {platform.python_version()}"
