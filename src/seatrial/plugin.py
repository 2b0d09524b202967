"""The pytest plugin: options, the session of a verified deployment, and what pytest makes of the three verdicts.

PYTEST_DONT_REWRITE: there is no assert in here that pytest would have to explain.
"""

import inspect
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seatrial.errors import StartError, UsageError
from seatrial.hiding import NAME as HIDING
from seatrial.hiding import Hiding
from seatrial.options import Options, option_seconds
from seatrial.own_tests import join
from seatrial.page import Page
from seatrial.session import SESSION, Session
from seatrial.shortcut import Shortcut
from seatrial.starting import start
from seatrial.vehicles import VEHICLES

pytest_plugins = (
    "seatrial.fixtures.deployment",
    "seatrial.fixtures.snapshots",
    "seatrial.fixtures.slots",
    "seatrial.fixtures.registry",
    "seatrial.fixtures.docker",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of ``pytest --deployment``; ``seatrial run`` passes its own on through them."""
    group = parser.getgroup("seatrial", "deployment verification (seatrial)")
    group.addoption("--deployment", metavar="FILE", help="deployment file to verify; adds Seatrial's checks")
    group.addoption("--settle", metavar="TIME", default="", help="look again until all is green, at most so long (90s)")
    group.addoption("--stable-for", metavar="TIME", default="5s", help="how long a process must have run (default 5s)")
    group.addoption("--read-only", action="store_true", help="run nothing in a target, talk to none of its ports")
    group.addoption("--vehicle", choices=VEHICLES, default="auto", help="how containers are read (default auto)")
    group.addoption("--compose-project", metavar="NAME", default="", help="only containers of this compose project")
    group.addoption("--environment", metavar="NAME", default="", help="which of the file's environments is meant")
    group.addoption("--report-dir", metavar="DIR", default="reports", help="where reports go (default reports)")
    group.addoption("--start", action="store_true", help="start the compose file that the deployment file names, first")
    group.addoption("--keep", action="store_true", help="with --start: leave it running")
    group.addoption("--seatrial-folder", default="", help="the folder that seatrial run made for this run")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Read the deployment file and begin to look, before anything is collected."""
    config.addinivalue_line("markers", "asks(aspect): a check of Seatrial's; runs once for each planned check of it")
    join(config)
    file = config.getoption("--deployment")
    if not file:
        return
    try:
        options = _options(config)
        if config.getoption("--start"):
            options = replace(options, compose_project=start(Path(file), config).name)
        session = Session.opened(Path(file), options, config, dict(os.environ))
    except UsageError as error:
        raise pytest.UsageError(str(error)) from None
    except StartError as error:
        pytest.exit(str(error), returncode=1)
    config.stash[SESSION] = session
    config.pluginmanager.register(session, "seatrial-session")
    config.pluginmanager.register(Hiding(config), HIDING)
    config.pluginmanager.register(Page(session, Path(file).name), "seatrial-page")
    config.pluginmanager.register(Shortcut(session, config), "seatrial-shortcut")
    if not config.getoption("collectonly"):
        session.trial.begin()


def pytest_pycollect_makeitem(collector: Any, name: str, obj: object) -> list[pytest.Item] | None:  # noqa: ARG001
    """Make no item for a question that the deployment file does not ask: pytest would show a skipped test."""
    aspect = _aspect(obj)
    session = collector.config.stash.get(SESSION, None)
    if aspect is None or session is None or session.planned(aspect):
        return None
    return []


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One item for each planned check of the aspect that a test asks for."""
    aspect = _aspect(metafunc.function)
    if aspect is None:
        return
    session = metafunc.config.stash.get(SESSION, None)
    if session is None:
        raise pytest.UsageError("Seatrial's checks need a deployment: pytest --deployment deployment.yaml")
    metafunc.parametrize("check", [session.param(check) for check in session.planned(aspect)])


def _aspect(function: object) -> str | None:
    marks = getattr(function, "pytestmark", ()) if inspect.isroutine(function) else ()
    return next((mark.args[0] for mark in marks if mark.name == "asks" and mark.args), None)


def _options(config: pytest.Config) -> Options:
    if getattr(config.option, "numprocesses", None) or hasattr(config, "workerinput"):
        raise UsageError("-n: a deployment is looked at once, by one process; run without -n")
    return Options(
        settle_s=option_seconds("--settle", config.getoption("--settle") or "0s"),
        stable_for_s=option_seconds("--stable-for", config.getoption("--stable-for")),
        read_only=config.getoption("--read-only"),
        vehicle=config.getoption("--vehicle"),
        compose_project=config.getoption("--compose-project"),
        environment=config.getoption("--environment"),
    )
