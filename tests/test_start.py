"""Compose projects that are really started, and really gone afterwards."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest

from seatrial.errors import StartError, UsageError
from seatrial.start import Project, read_compose, started, sweep

pytestmark = [pytest.mark.docker, pytest.mark.once]

IMAGE = "debian:bookworm-slim"
IDLE = f"image: {IMAGE}, init: true, stop_grace_period: 1s, command: [sleep, '300']"
HEALTHY = "healthcheck: {test: ['CMD', 'true'], interval: 100ms, timeout: 5s, retries: 3}"
DEADLINE_S = 60


@pytest.fixture
def engine() -> Iterator[docker.APIClient]:
    client = docker.DockerClient.from_env().api
    yield client
    client.close()


@pytest.fixture
def run_id(engine: docker.APIClient) -> Iterator[str]:
    """A run id of its own; what a test leaves under it is removed, and is a failure."""
    own = f"t{os.getpid()}-{secrets.token_hex(3)}"
    yield own
    left = leftovers(engine, own)
    sweep(own)
    assert left == []


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write(*services: str, rest: str = "", name: str = "trial") -> Path:
        file = tmp_path / f"{name}.yaml"
        lines = "\n".join(f"  {line}" for line in services)
        file.write_text(f"name: {name}\nservices:\n{lines}\n{rest}\n")
        return file

    return write


def leftovers(engine: docker.APIClient, run_id: str) -> list[str]:
    only = {"label": [f"seatrial.run={run_id}"]}
    return [
        *(item["Names"][0] for item in engine.containers(all=True, filters=only)),
        *(item["Name"] for item in engine.networks(filters=only)),
        *(item["Name"] for item in engine.volumes(filters=only)["Volumes"] or []),
    ]


def said(engine: docker.APIClient, container: str, *command: str) -> str:
    made = engine.exec_create(container, list(command))
    return str(engine.exec_start(made["Id"]).decode())


def quiet(_line: str) -> None: ...


def test_a_project_lives_from_start_to_removal(
    engine: docker.APIClient, run_id: str, write: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "word").write_text("hello")
    file = write(
        f"web: {{{IDLE}, {HEALTHY}, scale: 2, networks: {{front: {{aliases: [public]}}, back: }},"
        " ports: ['127.0.0.1::80'], volumes: ['data:/data', './conf:/conf:ro'],"
        " environment: {MODE: trial}, mem_limit: 64m, labels: {tier: one}}",
        f"db: {{{IDLE}, networks: [back], tmpfs: '/run:size=1m', hostname: base}}",
        rest="networks: {front: , back: {internal: true}}\nvolumes: {data: }",
    )
    with started(file, run_id, deadline_s=DEADLINE_S, log=quiet) as project:
        containers = project.containers()
        assert project.name == f"seatrial-trial-{run_id}"
        assert [one.name for one in containers] == [f"{project.name}-{name}" for name in ("db-1", "web-1", "web-2")]
        assert project.published("web", 1, 80)[0] == "127.0.0.1"
        assert project.published("web", 1, 80) != project.published("web", 2, 80)
        db, web = containers[0].id, containers[1].id
        assert (
            len(set(said(engine, db, "getent", "ahostsv4", "web").split()) & addresses(engine, containers, "back")) == 2
        )
        assert len(said(engine, web, "getent", "ahostsv4", "public").splitlines()) == 6  # three socket types each
        assert said(engine, web, "getent", "hosts", "db")
        assert said(engine, web, "cat", "/conf/word") == "hello"
        assert "trial" in said(engine, web, "printenv", "MODE")
        assert said(engine, db, "hostname") == "base\n"
        config = engine.inspect_container(web)["Config"]
        assert config["Labels"]["com.docker.compose.container-number"] == "1"
        assert config["Labels"]["com.docker.compose.project.config_files"] == str(file)
        assert config["Labels"]["tier"] == "one"
        assert len(leftovers(engine, run_id)) == 3 + 2 + 1
    assert leftovers(engine, run_id) == []
    project.down()  # finds nothing to do


def addresses(engine: docker.APIClient, containers: tuple[object, ...], network: str) -> set[str]:
    networks = [engine.inspect_container(one.id)["NetworkSettings"]["Networks"] for one in containers]  # type: ignore[attr-defined]
    return {settings["IPAddress"] for one in networks for name, settings in one.items() if name.endswith(f"_{network}")}


ANSWERING = (
    "use IO::Socket::INET; my $$s = IO::Socket::INET->new(LocalPort => 80, Listen => 5) or die;"
    " while (my $$c = $$s->accept) { print $$c q(ahoy); close $$c }"
)


def test_a_published_port_reaches_the_service(run_id: str, write: Callable[..., Path]) -> None:
    file = write(
        f"web: {{image: {IMAGE}, init: true, stop_grace_period: 1s, ports: ['127.0.0.1::80'],"
        f" command: [perl, -e, '{ANSWERING}'],"
        " healthcheck: {test: 'grep -q :0050 /proc/net/tcp', interval: 100ms}}"
    )
    with started(file, run_id, deadline_s=DEADLINE_S, log=quiet) as project:
        with socket.create_connection(project.published("web", 1, 80), timeout=10) as client:
            assert client.recv(16) == b"ahoy"
        with pytest.raises(StartError, match=r"web-1 publishes no 81/tcp; it publishes 80/tcp"):
            project.published("web", 1, 81)


def test_two_projects_of_one_file_do_not_meet(
    engine: docker.APIClient, run_id: str, write: Callable[..., Path]
) -> None:
    file = write(f"web: {{{IDLE}, volumes: ['data:/data'], ports: [80]}}", rest="volumes: {data: }")
    with started(file, run_id, deadline_s=DEADLINE_S, log=quiet) as one:
        with started(file, f"{run_id}b", deadline_s=DEADLINE_S, log=quiet) as other:
            assert one.name != other.name
            assert len(one.containers()) == len(other.containers()) == 1
        assert leftovers(engine, f"{run_id}b") == []
        assert len(leftovers(engine, run_id)) == 3


def test_a_host_port_that_the_engine_chooses_is_chosen_again_where_the_hosts_own_sockets_have_it(
    engine: docker.APIClient, run_id: str, write: Callable[..., Path]
) -> None:
    file = write(f"web: {{{IDLE}, ports: [80]}}")
    with started(file, f"{run_id}a", deadline_s=DEADLINE_S, log=quiet) as before:
        last = host_port(engine, before)
    with contextlib.ExitStack() as taken:
        for port in range(last + 1, last + 16):
            with contextlib.suppress(OSError):
                taken.enter_context(socket.create_server(("0.0.0.0", port)))
        with started(file, run_id, deadline_s=DEADLINE_S, log=quiet) as project:
            assert host_port(engine, project) not in range(last + 1, last + 16)


def host_port(engine: docker.APIClient, project: Project) -> int:
    (container,) = project.containers()
    return int(engine.port(container.id, 80)[0]["HostPort"])


def test_a_service_starts_after_the_one_it_waits_for_is_healthy(
    engine: docker.APIClient, run_id: str, write: Callable[..., Path]
) -> None:
    slow = "healthcheck: {test: ['CMD', 'test', '-e', '/ready'], interval: 100ms, retries: 100}"
    file = write(
        f"first: {{image: {IMAGE}, init: true, stop_grace_period: 1s, {slow},"
        " command: sh -c 'sleep 1; touch /ready; sleep 300'}",
        f"second: {{{IDLE}, depends_on: {{first: {{condition: service_healthy}}}}}}",
    )
    with started(file, run_id, deadline_s=DEADLINE_S, log=quiet) as project:
        first, second = (engine.inspect_container(one.id)["State"] for one in project.containers())
        assert first["Health"]["Status"] == "healthy"
        assert second["StartedAt"] > first["Health"]["Log"][-1]["Start"][:19] > first["StartedAt"]


@pytest.mark.parametrize(
    ("service", "message"),
    [
        ("command: sh -c 'echo going down; exit 3'", r"(?s)bad-1: has ended .*exit code 3.*going down"),
        (
            "command: sh -c 'echo still here; sleep 300', stop_grace_period: 0s,"
            " healthcheck: {test: 'echo no luck; false', interval: 100ms, retries: 2}",
            r"(?s)bad-1: is unhealthy.*no luck.*still here",
        ),
        ("command: [absent-program]", r"bad-1 cannot be started: .*absent-program.*; correct the command"),
        ("command: [sleep, '300'], volumes: ['/absent/folder:/x']", r"bad-1 cannot be created: .*create the folder"),
    ],
)
def test_a_failing_service_is_told_at_once_and_nothing_is_left(
    engine: docker.APIClient, run_id: str, write: Callable[..., Path], service: str, message: str
) -> None:
    others = "healthcheck: {test: ['CMD', 'true'], interval: 3s}"  # a program's end takes a moment to be seen
    bad = f"bad: {{image: {IMAGE}, {service}, volumes: ['d:/d']}}"
    file = write(f"good: {{{IDLE}, {others}}}", bad, rest="volumes: {d: }")
    if "volumes" in service:
        file = write(f"bad: {{image: {IMAGE}, {service}}}")
    with pytest.raises(StartError, match=message), started(file, run_id, deadline_s=DEADLINE_S, log=quiet):
        pass
    assert leftovers(engine, run_id) == []


def test_a_service_that_is_not_ready_in_time_is_named(
    engine: docker.APIClient, run_id: str, write: Callable[..., Path]
) -> None:
    never = "healthcheck: {test: ['CMD', 'false'], interval: 100ms, retries: 1000}"
    file = write(
        f"slow: {{{IDLE}, {never}}}", f"late: {{{IDLE}, depends_on: {{slow: {{condition: service_healthy}}}}}}"
    )
    with (
        pytest.raises(StartError, match=r"slow-1: is not ready within 2 s"),
        started(file, run_id, deadline_s=2, log=quiet),
    ):
        pass
    assert leftovers(engine, run_id) == []


def test_waiting_for_the_health_of_a_service_without_healthcheck_is_told(
    run_id: str, write: Callable[..., Path]
) -> None:
    file = write(f"a: {{{IDLE}}}", f"b: {{{IDLE}, depends_on: {{a: {{condition: service_healthy}}}}}}")
    with (
        pytest.raises(StartError, match="b waits for a to be healthy, but neither"),
        started(file, run_id, deadline_s=DEADLINE_S, log=quiet),
    ):
        pass


@pytest.fixture
def image(engine: docker.APIClient) -> Iterator[str]:
    own = f"seatrial-test-{secrets.token_hex(4)}:1"
    yield own
    for item in engine.images(name=own.partition(":")[0]):
        engine.remove_image(item["Id"], force=True)


def test_identical_builds_are_built_once_and_kept(
    engine: docker.APIClient, run_id: str, write: Callable[..., Path], tmp_path: Path, image: str
) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM {IMAGE} AS base\nARG WORD\nRUN echo $WORD >/word\nFROM base AS other\n")
    build = "build: {context: ., target: base, args: [WORD=ahoy]}, init: true, command: [sleep, '300']"
    other = image.replace(":1", ":2")
    file = write(f"a: {{image: '{image}', {build}}}", f"b: {{image: '{other}', {build}}}")
    lines: list[str] = []
    with started(file, run_id, deadline_s=DEADLINE_S, log=lines.append) as project:
        assert said(engine, project.containers()[0].id, "cat", "/word") == "ahoy\n"
    assert [line for line in lines if "building" in line] == [f"building {image}"]
    assert engine.inspect_image(image)["Id"] == engine.inspect_image(other)["Id"]


def test_a_failing_build_shows_its_last_lines_and_leaves_nothing(
    engine: docker.APIClient, run_id: str, write: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM {IMAGE}\nRUN seq 1 50 && echo it broke && exit 7\n")
    file = write("a: {build: ., volumes: ['d:/d']}", rest="volumes: {d: }")
    before = len(engine.containers(all=True, filters={"ancestor": IMAGE, "status": "exited"}))
    with (
        pytest.raises(
            StartError, match=r"(?s)image trial-a:latest cannot be built .*returned a non-zero code: 7.* 50\n  it broke"
        ),
        started(file, run_id, deadline_s=DEADLINE_S, log=quiet),
    ):
        pass
    assert leftovers(engine, run_id) == []
    assert len(engine.containers(all=True, filters={"ancestor": IMAGE, "status": "exited"})) <= before


def test_a_build_that_takes_too_long_is_broken_off_and_named(
    engine: docker.APIClient, run_id: str, write: Callable[..., Path], tmp_path: Path
) -> None:
    nonce = secrets.token_hex(4)
    (tmp_path / "Dockerfile").write_text(f"FROM {IMAGE}\nRUN : {nonce}; sleep 120\n")
    with (
        pytest.raises(StartError, match=rf"not started within 2 s, still building {tmp_path}; allow more time"),
        started(write("a: {build: .}"), run_id, deadline_s=2, log=quiet),
    ):
        pass
    assert appears(lambda: not building(engine, nonce))


def test_an_image_that_nobody_has_is_named(run_id: str, write: Callable[..., Path]) -> None:
    file = write("a: {image: 'localhost:9/seatrial/absent:1'}")
    with (
        pytest.raises(StartError, match=r"image localhost:9/seatrial/absent:1 is not here, and cannot be pulled"),
        started(file, run_id, deadline_s=DEADLINE_S, log=quiet),
    ):
        pass


SCRIPT = """
import signal
import sys
from pathlib import Path
from seatrial.start import started
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
with started(Path(sys.argv[1]), sys.argv[2], deadline_s=60, log=lambda line: print(line, flush=True)):
    print("up", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def play(run_id: str) -> Iterator[Callable[[Path], "subprocess.Popen[str]"]]:
    """Starts a compose file in a process of its own."""
    playing: list[subprocess.Popen[str]] = []

    def play(file: Path) -> "subprocess.Popen[str]":
        command = [sys.executable, "-W", "error", "-c", SCRIPT, str(file), run_id]
        pipe = subprocess.PIPE
        playing.append(subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True))
        return playing[-1]

    yield play
    for one in playing:
        if one.poll() is None:
            one.kill()
        one.communicate()


def until(process: "subprocess.Popen[str]", word: str) -> None:
    assert process.stdout
    for line in process.stdout:
        if word in line:
            return
    raise AssertionError(f"ended before it said {word!r}: {process.stderr and process.stderr.read()}")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, -signal.SIGINT), (signal.SIGTERM, 128 + signal.SIGTERM)])
def test_a_signal_while_it_is_up_removes_everything_and_a_second_one_does_not_stop_that(
    engine: docker.APIClient, run_id: str, write: Callable[..., Path], play: Callable[..., "subprocess.Popen[str]"],
    number: signal.Signals, code: int
) -> None:  # fmt: skip
    deaf = f"image: {IMAGE}, command: [sleep, '300'], stop_grace_period: 1s"
    process = play(write(f"a: {{{deaf}, volumes: ['d:/d']}}", rest="volumes: {d: }"))
    until(process, "up")
    process.send_signal(number)
    until(process, "removing")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode in (code, -signal.SIGINT)
    assert leftovers(engine, run_id) == []


def test_ctrl_c_in_the_middle_of_a_build_breaks_it_off_and_leaves_nothing(
    engine: docker.APIClient, run_id: str, write: Callable[..., Path], play: Callable[..., "subprocess.Popen[str]"],
    tmp_path: Path
) -> None:  # fmt: skip
    nonce = secrets.token_hex(4)
    (tmp_path / "Dockerfile").write_text(f"FROM {IMAGE}\nRUN : {nonce}; sleep 120\n")
    process = play(write("a: {build: ., volumes: ['d:/d']}", rest="volumes: {d: }"))
    assert appears(lambda: bool(building(engine, nonce)))
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    assert leftovers(engine, run_id) == []
    assert appears(lambda: not building(engine, nonce))


def building(engine: docker.APIClient, nonce: str) -> list[str]:
    return [item["Id"] for item in engine.containers(all=True) if nonce in item["Command"]]


def appears(wanted: Callable[[], bool]) -> bool:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if wanted():
            return True
        time.sleep(0.1)
    return False


def test_ctrl_c_in_the_middle_of_starting_leaves_nothing(
    engine: docker.APIClient, run_id: str, write: Callable[..., Path], play: Callable[..., "subprocess.Popen[str]"]
) -> None:
    process = play(write(*(f"s{n}: {{{IDLE}}}" for n in range(6))))
    assert appears(lambda: bool(leftovers(engine, run_id)))
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    assert leftovers(engine, run_id) == []


def test_a_paused_container_is_removed_too(engine: docker.APIClient, run_id: str, write: Callable[..., Path]) -> None:
    with started(write(f"a: {{{IDLE}}}"), run_id, deadline_s=DEADLINE_S, log=quiet) as project:
        engine.pause(project.containers()[0].id)
    assert leftovers(engine, run_id) == []


def test_a_kept_project_stays_until_it_is_swept(
    engine: docker.APIClient, run_id: str, write: Callable[..., Path]
) -> None:
    with started(write(f"a: {{{IDLE}}}"), run_id, deadline_s=DEADLINE_S, log=quiet, keep=True) as project:
        pass
    assert len(project.containers()) == 1
    sweep(run_id)
    assert leftovers(engine, run_id) == []


def test_what_cannot_be_removed_is_told_without_hiding_the_first_error(
    engine: docker.APIClient, run_id: str, write: Callable[..., Path]
) -> None:
    file = write(f"a: {{{IDLE}}}")
    guest = engine.create_container(IMAGE, ["sleep", "300"], name=f"guest-{run_id}")["Id"]

    def fail_while_a_guest_holds_the_network() -> None:
        with started(file, run_id, deadline_s=DEADLINE_S, log=quiet) as project:
            engine.connect_container_to_network(guest, f"{project.name}_default")
            engine.start(guest)
            raise ZeroDivisionError

    try:
        with pytest.raises(ZeroDivisionError) as caught:
            fail_while_a_guest_holds_the_network()
        assert "and removing failed: not everything of run" in caught.value.__notes__[0]
    finally:
        engine.remove_container(guest, force=True)
        sweep(run_id)


@pytest.mark.parametrize("bad", ["", "A", "a b", "../x", "a" * 50])
def test_a_run_id_that_could_select_others_is_refused(write: Callable[..., Path], bad: str) -> None:
    with pytest.raises(UsageError):
        Project(read_compose(write(f"a: {{{IDLE}}}")), bad, log=quiet)
    with pytest.raises(UsageError):
        sweep(bad)


def test_no_engine_is_one_clear_error(write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    with pytest.raises(StartError, match=r"nothing can be started: .*nonexistent"):
        Project(read_compose(write(f"a: {{{IDLE}}}")), "r1", log=quiet).up(10)
