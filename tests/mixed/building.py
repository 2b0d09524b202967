"""The image of the plain hosts: that of an OpenSSH server, with a JVM, and a Tomcat with a context."""

import io
import tarfile
from pathlib import Path

import docker

IMAGE = "seatrial-test/mixed:1"
HERE = Path(__file__).parent
TOMCAT = HERE.parent / "tomcat" / "image"


def build(client: docker.DockerClient) -> None:
    """Make it, where it is not there; the image of the OpenSSH server must be."""
    client.images.build(fileobj=_context(), custom_context=True, tag=IMAGE, rm=True)


def _context() -> io.BytesIO:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        tar.add(HERE / "image", arcname=".", filter=_plain)
        for name in ("gms", "start-tomcat"):
            tar.add(TOMCAT / name, arcname=name, filter=_plain)
    made.seek(0)
    return made


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without what differs from clone to clone, by which the engine would find no layer of before."""
    entry.uid = entry.gid = 0
    entry.mtime = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
    return entry
