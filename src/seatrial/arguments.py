"""Where the user said that tests are, on pytest's command line, and none was found."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest

import seatrial


def empty_arguments(config: pytest.Config, items: Sequence[pytest.Item]) -> list[str]:
    """The user's arguments (``tests/``, ``tests/test_x.py::test_y``) below which not one test was collected.

    :param items: all that was collected, before any is deselected.
    """
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return []
    theirs = [argument for argument in config.args if _is_theirs(argument, config)]
    if not theirs:
        return []
    files = {path: path.resolve() for path in {item.path for item in items}}
    found = {(files[item.path], tuple(item.nodeid.split("::")[1:])) for item in items}
    return [argument for argument in theirs if _is_empty(argument, config, found)]


def no_test(config: pytest.Config) -> str:
    """What is said of an argument below which there is none."""
    files, functions = (" or ".join(config.getini(name)) for name in ("python_files", "python_functions"))
    return f"no test was collected in it: pytest collects the functions {functions}* of files {files}"


def _is_empty(argument: str, config: pytest.Config, found: Iterable[tuple[Path, tuple[str, ...]]]) -> bool:
    place, names = _place(argument, config)
    return not any(path.is_relative_to(place) and _begins(own, names) for path, own in found)


def _begins(own: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a test's own names are, or lie below, those that were asked for; each may carry its parameters."""
    heads = [name.partition("[")[0] for name in own[: len(names)]]
    return heads == list(names)


def _is_theirs(argument: str, config: pytest.Config) -> bool:
    """Neither our checks nor the ``conftest.py`` beside the deployment file, which ``seatrial run`` adds."""
    place, _ = _place(argument, config)
    deployment = Path(config.invocation_params.dir, config.getoption("--deployment")).resolve()
    ours = {Path(folder).resolve() for folder in seatrial.__path__} | {_module("seatrial.checks")}
    return place != deployment.parent / "conftest.py" and not any(place.is_relative_to(one) for one in ours if one)


def _place(argument: str, config: pytest.Config) -> tuple[Path, Sequence[str]]:
    """The file or folder that is meant, and the names inside of it."""
    base, *names = argument.partition("[")[0].split("::")
    path = Path(config.invocation_params.dir, base)
    module = _module(base) if config.option.pyargs and not path.exists() else None
    return module or path.resolve(), names


def _module(name: str) -> Path | None:
    """Where a module is; a package is its folder."""
    with suppress(ImportError, ValueError):  # pytest says that there is none
        if spec := find_spec(name):
            folders = list(spec.submodule_search_locations or [])
            return Path(folders[0] if folders else spec.origin or "").resolve()
    return None
