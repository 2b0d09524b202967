"""Taking files out of the distribution's own packages, without root: ``apt-get download`` and ``dpkg-deb``."""

import io
import shutil
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from seatrial.errors import UsageError

_DOWNLOAD_S, _UNPACK_S = 60, 20
_JAR_CAP = 32 * 1024 * 1024
_LINES = 3
_HINT = (
    "install {packages} as root, or bring apt's lists up to date first: sudo apt-get update; "
    "elsewhere than on Debian and Ubuntu use the demo in containers: seatrial demo --docker"
)


def fetch_jars(packages: Sequence[str], jars: Sequence[str], folder: Path) -> str:
    """Download packages and take jars out of them; nothing else is left in the folder.

    apt compares each archive with the checksum in its signed lists, apt-secure(8).

    :param packages: the first one's version is returned.
    :raises UsageError: where apt-get cannot be run, does not know them, or they lack a jar.
    """
    hint = _HINT.format(packages=" ".join(packages))
    _download(packages, folder, hint)
    archives = sorted(folder.glob("*.deb"))
    for archive in archives:
        _unpack(archive, jars, folder, hint)
    if missing := [jar for jar in jars if not (folder / jar).is_file()]:
        raise UsageError(f"the packages {', '.join(packages)} hold no {', '.join(missing)}; {hint}")
    version = next(path.name.split("_")[1] for path in archives if path.name.startswith(f"{packages[0]}_"))
    for archive in archives:
        archive.unlink()
    return version


def _download(packages: Sequence[str], folder: Path, hint: str) -> None:
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise UsageError(f"ZooKeeper is not installed, and there is no apt-get to fetch it with; {hint}")
    _run(["apt-get", "download", "-qq", *packages], folder, _DOWNLOAD_S, hint)


def _unpack(archive: Path, jars: Sequence[str], folder: Path, hint: str) -> None:
    """Take jars out of one archive, whichever way it is compressed."""
    content = _run(["dpkg-deb", "--fsys-tarfile", str(archive)], folder, _UNPACK_S, hint)
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        for member in tar.getmembers():
            name = PurePosixPath(member.name).name
            if name in jars and member.isfile() and member.size <= _JAR_CAP:
                jar = tar.extractfile(member)
                assert jar is not None  # it is a file
                (folder / name).write_bytes(jar.read())


def _run(argv: Sequence[str], folder: Path, within_s: float, hint: str) -> bytes:
    try:
        done = subprocess.run(
            argv, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=within_s, check=False
        )
    except subprocess.TimeoutExpired:
        raise UsageError(f"{argv[0]} {argv[1]} has not ended within {within_s} s; {hint}") from None
    if done.returncode:
        said = " ".join(done.stderr.decode(errors="replace").split("\n")[:_LINES]).strip()
        raise UsageError(f"ZooKeeper is not installed, and {argv[0]} {argv[1]} says: {said}; {hint}")
    return done.stdout
