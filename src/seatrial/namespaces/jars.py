"""ZooKeeper's jars: those of this machine, else fetched once from the distribution's packages and kept per user."""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from seatrial.errors import UsageError
from seatrial.namespaces.debian import fetch_jars

JARS = (
    "zookeeper.jar",
    "zookeeper-jute.jar",
    "metrics-core.jar",
    "slf4j-api.jar",
    "slf4j-simple.jar",
    "snappy-java.jar",
)
"""What a server loads that has neither its admin server nor TLS switched on."""

PACKAGES = ("libzookeeper-java", "libdropwizard-metrics-java", "libslf4j-java", "libsnappy-java")

_INSTALLED = Path("/usr/share/java")
_SUMS = "SHA256SUMS"
_PARTIAL, _STALE_S = "fetching-", 600.0


def find_jars(environ: Mapping[str, str], log: Callable[[str], None]) -> tuple[Path, ...]:
    """Find ZooKeeper's jars; fetch them where they are neither installed nor kept from an earlier time.

    :raises UsageError: where they cannot be fetched, with what to do.
    """
    for folder in (_INSTALLED, *_kept(_cache(environ))):
        if all((folder / name).is_file() for name in JARS):
            return tuple(folder / name for name in JARS)
    folder = _fetch(_cache(environ), log)
    return tuple(folder / name for name in JARS)


def _cache(environ: Mapping[str, str]) -> Path:
    base = environ.get("XDG_CACHE_HOME", "")
    home = Path(environ.get("HOME") or "~").expanduser()
    return (Path(base) if os.path.isabs(base) else home / ".cache") / "seatrial" / "zookeeper"


def _kept(cache: Path) -> Iterator[Path]:
    """What was fetched earlier and is still as it was; anything else is removed, but what another run fetches now."""
    for folder in sorted(cache.glob("*"), reverse=True):
        if _unchanged(folder):
            yield folder
        elif not folder.name.startswith(_PARTIAL) or time.time() - folder.stat().st_mtime > _STALE_S:
            shutil.rmtree(folder, ignore_errors=True)


def _unchanged(folder: Path) -> bool:
    try:
        return (folder / _SUMS).read_text() == _sums(folder)
    except OSError:
        return False


def _sums(folder: Path) -> str:
    """As sha256sum(1) writes them."""
    return "".join(f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in JARS)


def _fetch(cache: Path, log: Callable[[str], None]) -> Path:
    log("fetching ZooKeeper (about 3 MB) with apt-get download, once")
    try:
        cache.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=cache))
    except OSError as error:
        raise UsageError(f"ZooKeeper cannot be kept in {cache}: {error.strerror}; set XDG_CACHE_HOME") from error
    try:
        version = fetch_jars(PACKAGES, JARS, partial)
        (partial / _SUMS).write_text(_sums(partial))
        return _moved(partial, cache / version)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _moved(partial: Path, target: Path) -> Path:
    try:
        return partial.rename(target)
    except OSError:
        if _unchanged(target):
            return target  # another run has fetched the same at the same time
        raise
