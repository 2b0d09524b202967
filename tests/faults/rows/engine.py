"""What the engine knows of a container's life: its health, its restarts, its image, its end."""

import time
from collections.abc import Mapping

from ..about import LOG, PORT, PROCESS
from ..box import IMAGE, Box
from ..harbour import Harbour
from ..row import Fault, Inject, Situation, nothing

SECOND = 1_000_000_000
TOO_MUCH = "held = bytearray(1 << 30); import time; time.sleep(60)"
DEPLOYED = "/run/app/deployed"


def _checked(command: str, **more: int) -> dict[str, object]:
    test = ["CMD-SHELL", command]
    return {"healthcheck": {"test": test, "interval": SECOND, "timeout": 5 * SECOND, "retries": 1, **more}}


def _until_health(wanted: str) -> Inject:
    def inject(box: Box) -> None:
        ends = time.monotonic() + 30
        while box.container.attrs["State"]["Health"]["Status"] != wanted:
            assert time.monotonic() < ends, f"{box.name} does not become {wanted}"
            time.sleep(0.2)
            box.container.reload()

    return inject


def _never_started(harbour: Harbour, name: str) -> Box:
    labels = {"seatrial.test": harbour.run_id}
    made = harbour.client.containers.create(IMAGE, ["sleep", "infinity"], name=harbour.name(name), labels=labels)
    return harbour.keep(made)


def _of_a_tag(harbour: Harbour, name: str) -> Box:
    """A container of a tag of its own."""
    tag = harbour.name(name)
    harbour.client.images.get(IMAGE).tag(tag, "1")
    harbour.finally_(lambda: harbour.client.images.remove(f"{tag}:1", force=True))
    return harbour.launch(name, image=f"{tag}:1")


def _built_again(box: Box) -> None:
    """Another image gets the tag, as a build with the same tag does it."""
    built = box.container.commit(changes="LABEL build=2")
    built.tag(box.container.attrs["Config"]["Image"].partition(":")[0], "1")


def _its_tag(box: Box) -> Mapping[str, object]:
    return {"image": box.container.attrs["Config"]["Image"]}


def _started_again_by_hand(box: Box) -> None:
    _deployed(box)
    box.container.restart(timeout=0)


def _deployed(box: Box) -> None:
    """The deployment is over a second after the start."""
    box.sh(f"sleep 1.1; date -u +%FT%TZ >{DEPLOYED}; sleep 1.1")


def _deployed_long_ago(box: Box) -> None:
    box.sh(f"date -u -d '1 hour ago' +%FT%TZ >{DEPLOYED}")


def _started_before(box: Box) -> Mapping[str, object]:
    return {"container": {"started": {"before": box.line(DEPLOYED)}}}


def _created_after(box: Box) -> Mapping[str, object]:
    return {"container": {"created": {"after": box.line(DEPLOYED)}}}


def _killed_soon(box: Box) -> None:
    time.sleep(2.5)
    box.container.kill()


def _too_much(box: Box) -> None:
    assert box.container.exec_run(["python3", "-c", TOO_MUCH])[0] != 0


FAULTS = (
    Fault(
        "K03",
        "the health check says unhealthy",
        _until_health("unhealthy"),
        create=_checked("echo no database; exit 1"),
        service={"container": {"health": "healthy"}},
        check="container.health",
        says=(r"its health check says unhealthy, expected healthy", r"last output 'no database"),
        broken=("container.health",),
        sound=Situation("K03 sound", "it says healthy", _until_health("healthy"), create=_checked("exit 0")),
        naive='local.docker(name).inspect()["State"]["Health"]["Status"] == "healthy"',
    ),
    Fault(
        "K04",
        "the health check is starting for ever",
        lambda box: box.sh("sleep 1.5"),
        create=_checked("exit 1", start_period=3600 * SECOND),
        service={"container": {"health": "healthy", "health_within": "1s"}},
        check="container.health",
        says=(r"still says starting after \d+ s, at most 1 s allowed",),
        broken=("container.health",),
        sound=Situation("K04 sound", "it says healthy", _until_health("healthy"), create=_checked("exit 0")),
        naive='local.docker(name).inspect()["State"]["Health"]["Status"] != "unhealthy"',
        why="before the declared time is over it is UNKNOWN, after it FAIL",
    ),
    Fault(
        "K05",
        "the container ends again and again and is started each time",
        nothing,
        command=("sh", "-c", "sleep 0.3; exit 3"),
        create={"restart_policy": {"Name": "always"}},
        run=("--settle", "14s", "--stable-for", "5s"),
        service={"container": {}},
        check="container.stable",
        says=(r"(re)?started( again|.* \d+ times)", r"exit 3|policy is always|while we looked"),
        broken=("container.stable",),
        naive="local.docker(name).is_running",
        why="between two restarts it is restarting or running; both are the same loop",
    ),
    Fault(
        "K06",
        "the container was created and never started",
        nothing,
        launch=_never_started,
        check="container.state",
        says=(r"created, never started",),
        broken=("container.state", *PROCESS, *PORT, *LOG),
        naive="local.docker(name).is_running",
    ),
    Fault(
        "K08",
        "the container dies while we look",
        Box.svc,
        meanwhile=_killed_soon,
        run=("--settle", "10s", "--stable-for", "6s"),
        check="container.state",
        says=(r"exited \(137\) \d\d:\d\d:\d\d",),
        broken=("container.state", *PROCESS, *PORT, *LOG),
        naive='not host.file("/var/log/app/orderd.log").contains("ERROR")',
        why="container.state says it, and everything else of that container is UNKNOWN",
    ),
    Fault(
        "K09",
        "the kernel has killed a process for want of memory",
        _too_much,
        create={"mem_limit": "64m", "memswap_limit": "64m"},
        service={"container": {}},
        check="container.oom",
        says=(r"the kernel has killed \d+ process(es)? of it for want of memory", r"its limit is 64 MiB"),
        broken=("container.oom",),
        naive="local.docker(name).is_running",
    ),
    Fault(
        "K10",
        "the tag is another image now",
        _built_again,
        launch=_of_a_tag,
        service=_its_tag,
        check="container.image",
        says=(r"runs sha256:[0-9a-f]{12}, \S+:1 is now sha256:[0-9a-f]{12}: same tag, other image",),
        broken=("container.image",),
        sound=Situation("K10 sound", "the tag is its image", nothing, launch=_of_a_tag),
        naive='local.docker(name).inspect()["Config"]["Image"].endswith(":1")',
    ),
    Fault(
        "K11",
        "the container was restarted by hand after the deployment",
        _started_again_by_hand,
        service=_started_before,
        check="container.started",
        says=(r"started \d\d:\d\d:\d\d UTC, which is after \d\d:\d\d:\d\d UTC; RestartCount 0",),
        broken=("container.started",),
        sound=Situation("K11 sound", "the start was the deployment", _deployed),
        naive='local.docker(name).inspect()["RestartCount"] == 0',
        why="FAIL, since the file says before which time the start must have been",
    ),
    Fault(
        "K32",
        "the container is older than the deployment",
        _deployed,
        service=_created_after,
        check="container.created",
        says=(r"created \d\d:\d\d:\d\d UTC, which is before \d\d:\d\d:\d\d UTC",),
        broken=("container.created",),
        sound=Situation("K32 sound", "the deployment created it", _deployed_long_ago),
        naive="local.docker(name).is_running",
    ),
)
