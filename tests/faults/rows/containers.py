"""Containers that do not run, and one in which nothing can be run."""

import io

from seatrial.verdicts import Outcome

from ..about import LOG, PORT, PROCESS
from ..box import IMAGE, Box
from ..harbour import Harbour
from ..row import Fault, Says, Situation, nothing

SCRATCH = f"""FROM {IMAGE} AS full
FROM scratch
COPY --from=full /bin/busybox /busybox
CMD ["/busybox", "httpd", "-f", "-p", "8080", "-h", "/"]
"""
HTTPD = {
    "processes": [{"exe": "busybox"}],
    "ports": [{"port": 8080, "owner": "busybox", "answer": {"http": "/", "status": 404}}],
}


def _paused(box: Box) -> None:
    box.svc()
    box.container.pause()


def _ended(box: Box) -> None:
    box.container.wait(timeout=20)


def _scratch(harbour: Harbour, name: str) -> Box:
    tag = f"{harbour.name(name)}:1"
    text = f"{SCRATCH}LABEL seatrial.test={tag}\n"  # an image of its own, which no other run uses
    harbour.client.images.build(fileobj=io.BytesIO(text.encode()), tag=tag, rm=True)
    harbour.finally_(lambda: harbour.client.images.remove(tag, force=True))
    return harbour.launch(name, command=(), image=tag, init=False)


def _httpd(box: Box) -> None:
    box.spawn(["busybox", "httpd", "-f", "-p", "8080", "-h", "/"])
    box.until("grep -q ':1F90 .* 0A ' /proc/net/tcp*")


FAULTS = (
    Fault(
        "K01",
        "the container is paused",
        _paused,
        check="container.state",
        says=(r"is paused",),
        broken=("container.state", *PROCESS, *PORT, *LOG),
        naive="local.docker(name).is_running",
    ),
    Fault(
        "K07",
        "the container has ended with 0",
        _ended,
        command=("true",),
        check="container.state",
        says=(r"exited \(0\) \d\d:\d\d:\d\d",),
        broken=("container.state", *PROCESS, *PORT, *LOG),
        naive="local.docker(name).is_running",
    ),
    Fault(
        "K26",
        "the image has no shell to look with",
        nothing,
        launch=_scratch,
        service=HTTPD,
        vehicles=("exec",),
        verdict=Outcome.UNKNOWN,
        check="process.count",
        says=(r"no shell in the image|no /bin/sh|\"sh\": executable file not found",),
        also=(Says(check="port.bind", verdict=Outcome.UNKNOWN), Says(check="port.answer", verdict=Outcome.UNKNOWN)),
        broken=("process.count", "process.state", "port.bind", "port.answer"),
        sound=Situation("K26 sound", "the same program beside a shell", _httpd),
        naive='host.process.filter(comm="busybox") != []',
        why="through the host's /proc it is all green (H17)",
    ),
)

HEALTHY = (
    Situation(
        "H17",
        "an image without a shell",
        nothing,
        launch=_scratch,
        service=HTTPD,
        vehicles=("proc",),
        naive='host.process.filter(comm="busybox") != []',
        why="through exec nothing can be read in it (K26)",
    ),
)
