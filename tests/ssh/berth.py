"""One container with an OpenSSH server in it."""

import io
import tarfile
import time
from dataclasses import dataclass, field

from docker.models.containers import Container

READY_S = 20
_LISTENS = "Server listening on 0.0.0.0"


@dataclass(slots=True)
class Berth:
    """An OpenSSH server that runs.

    :param name: as an inventory or ssh_config calls it.
    :param container: of the docker SDK.
    :param address: where its peers on its nearest network reach it.
    :param host_key: its public host key, ``type base64``.
    :param fingerprint: ``SHA256:…`` of it.
    :param jump: the name of the server through which it is reached; empty where it is reached from here.
    """

    name: str
    container: Container
    address: str
    host_key: str
    fingerprint: str
    port: int = 22
    jump: str = ""
    addresses: dict[str, str] = field(default_factory=dict)

    @property
    def known(self) -> str:
        """Its line in a known_hosts file."""
        where = self.address if self.port == 22 else f"[{self.address}]:{self.port}"
        return f"{where} {self.host_key}\n"

    def run(self, *argv: str, user: str = "") -> str:
        """Run a command in it as the engine does, not through SSH."""
        code, out = self.container.exec_run(list(argv), user=user)
        assert code == 0, f"{argv}: exit code {code}: {out.decode(errors='replace')}"
        return out.decode()

    def put(self, path: str, content: str | bytes, mode: int = 0o644, uid: int = 0) -> None:
        """Write a file into it."""
        self.container.put_archive("/", archive({path: (content, mode, uid)}))

    def log(self) -> str:
        """What its server said until now (``sshd -e`` at level VERBOSE)."""
        return self.container.logs().decode(errors="replace")

    def pause(self) -> None:
        """Freeze it: connections are taken by the kernel and nothing answers."""
        self.container.pause()

    def unpause(self) -> None:
        """Let it go on."""
        self.container.unpause()

    def kill(self) -> None:
        """End it: its address has no machine behind it any more."""
        self.container.kill()

    def restart(self) -> None:
        """End it and start it again, with the same address and the same keys."""
        before = self.log().count(_LISTENS)
        self.container.restart(timeout=0)
        self.await_ready(before + 1)

    def await_ready(self, count: int = 1) -> None:
        """Return when its server listens.

        :param count: how often it has said so then: once for each port.
        """
        until = time.monotonic() + READY_S
        while self.log().count(_LISTENS) < count:
            assert time.monotonic() < until, f"{self.name}: {self.log()}"
            time.sleep(0.02)


def archive(files: dict[str, tuple[str | bytes, int, int]]) -> bytes:
    """A tar archive: path → content, mode, uid."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for path, (content, mode, uid) in files.items():
            data = content.encode() if isinstance(content, str) else content
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size, entry.mode, entry.uid, entry.gid, entry.mtime = len(data), mode, uid, uid, time.time()
            tar.addfile(entry, io.BytesIO(data))
    return made.getvalue()
