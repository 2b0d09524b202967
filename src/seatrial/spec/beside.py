"""Where the files are that a deployment file names: relative to the file that names them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from seatrial.spec.deployment import DeploymentSpec
from seatrial.spec.expectation import Model
from seatrial.spec.secret import is_secret
from seatrial.spec.source import Source
from seatrial.yamltree.gathering import Path as KeyPath

_FILE = "file:"

M = TypeVar("M", bound=Model)


def beside(source: Source, path: KeyPath, text: str, environ: Mapping[str, str]) -> Path:
    """The file that stands at a path as this text; ``~/`` is the home folder of who calls.

    :param path: keys that lead to where it is named, from the top of the file.
    """
    home = environ.get("HOME", "")
    if home and text.startswith("~/"):
        return Path(home, text[2:])
    return Path(source.spot(path).node.file or source.mistakes.file).parent / text


def placed(deployment: DeploymentSpec, source: Source, environ: Mapping[str, str]) -> DeploymentSpec:
    """The same deployment, the keys and certificates for what it reaches named by absolute paths.

    Which keys of a model name files is told by its ``FILES``.
    """
    finder = _Finder(source, environ)
    services = {
        name: service.model_copy(update={"docker": finder.placed(service.docker, ("services", name, "docker"))})
        if service.docker
        else service
        for name, service in deployment.services.items()
    }
    ssh, docker = finder.placed(deployment.ssh, ("ssh",)), finder.placed(deployment.docker, ("docker",))
    return deployment.model_copy(update={"ssh": ssh, "docker": docker, "services": services})


class _Finder:
    def __init__(self, source: Source, environ: Mapping[str, str]) -> None:
        self._source = source
        self._environ = environ

    def placed(self, model: M, at: KeyPath) -> M:
        """The same model and its parts."""
        update: dict[str, Any] = {}
        for key in type(model).model_fields:
            value = getattr(model, key)
            if isinstance(value, Model):
                update[key] = self.placed(value, (*at, key))
            elif value and key in getattr(type(model), "FILES", ()):
                update[key] = self._files((*at, key), value)
        return model.model_copy(update=update)

    def _files(self, path: KeyPath, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        if isinstance(value, tuple):
            return tuple(self._file((*path, at), text) for at, text in enumerate(value))
        if not is_secret(path):
            return self._file(path, value)
        return _FILE + self._file(path, value.removeprefix(_FILE)) if value.startswith(_FILE) else value

    def _file(self, path: KeyPath, text: str) -> str:
        return str(beside(self._source, path, text, self._environ).absolute())
