"""What a compose file may say, what it means, and how mistakes are told."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.errors import SpecError
from seatrial.start.compose import read_compose
from seatrial.start.creation import creation
from seatrial.start.model import (
    Attachment,
    Build,
    ComposeProject,
    ComposeService,
    Dependency,
    Healthcheck,
    Limits,
    Mount,
    Network,
    Port,
    Restart,
)
from seatrial.start.names import Names
from seatrial.start.notation import size, words
from seatrial.yamltree.variables import interpolated

FULL = """
name: shop
services:
  relay:
    image: shop/relay:1
    build: {context: ./src, dockerfile: Dockerfile.relay, target: relay, args: {VERSION: "1.4"}}
    command: serve --name 'a b' $${HOME}
    entrypoint: ["/entry"]
    environment: {MODE: prod, PORT: 8080, EMPTY: "", TAKEN: , ABSENT: }
    hostname: relay
    networks: {front: {aliases: [public]}, back: }
    ports: ["127.0.0.1::8080", "9000-9001:9000-9001/udp", {target: 22, published: 2222, host_ip: "::1", protocol: tcp}]
    volumes: ["data:/data", "./conf:/conf:ro", {type: volume, source: data, target: /more, read_only: true}, /anonymous]
    tmpfs: ["/run", "/tmp:size=16m"]
    depends_on: {db: {condition: service_healthy}}
    healthcheck: {test: ["CMD", "ok"], interval: 1s, timeout: 500ms, start_period: 1m30s, retries: 3}
    labels: ["tier=front", plain]
    deploy: {resources: {limits: {memory: 64m, cpus: "0.5", pids: 50}}}
    restart: on-failure:3
    user: "1000:1000"
    init: true
    stop_grace_period: 1500ms
    stop_signal: SIGINT
    cap_add: [NET_ADMIN]
    cap_drop: [ALL]
    extra_hosts: ["old:10.0.0.1", "new=::1"]
    working_dir: /srv
  db:
    image: ${DB_IMAGE:-db:1}
    restart: no
    scale: 2
    healthcheck: {test: pg_isready}
networks: {front: , back: {driver: bridge, internal: true}, unused: }
volumes: {data: }
"""


def read(tmp_path: Path, text: str, **environ: str) -> ComposeProject:
    (tmp_path / "src").mkdir(exist_ok=True)
    file = tmp_path / "compose.yaml"
    file.write_text(text)
    return read_compose(file, environ)


def mistakes(tmp_path: Path, text: str, **environ: str) -> list[str]:
    with pytest.raises(SpecError) as caught:
        read(tmp_path, text, **environ)
    return [str(problem).removeprefix(f"{tmp_path}/compose.yaml:") for problem in caught.value.problems]


def service(tmp_path: Path, lines: str, **environ: str) -> ComposeService:
    return read(tmp_path, f"services: {{one: {{image: a, {lines}}}}}\nvolumes: {{data: }}", **environ).services[0]


def mistake(tmp_path: Path, lines: str, **environ: str) -> str:
    found = mistakes(tmp_path, f"services: {{one: {{image: a, {lines}}}}}", **environ)
    assert len(found) == 1, found
    return found[0]


def test_every_key_of_the_subset_arrives(tmp_path: Path) -> None:
    project = read(tmp_path, FULL, TAKEN="taken")
    assert project == ComposeProject(
        "shop",
        tmp_path / "compose.yaml",
        (
            ComposeService(
                "relay",
                image="shop/relay:1",
                build=Build(f"{tmp_path}/src", "Dockerfile.relay", "relay", (("VERSION", "1.4"),)),
                command=("serve", "--name", "a b", "${HOME}"),
                entrypoint=("/entry",),
                environment=(("MODE", "prod"), ("PORT", "8080"), ("EMPTY", ""), ("TAKEN", "taken")),
                hostname="relay",
                networks=(Attachment("front", ("public",)), Attachment("back")),
                ports=(
                    Port(8080, 0, "127.0.0.1"),
                    Port(9000, 9000, "", "udp"),
                    Port(9001, 9001, "", "udp"),
                    Port(22, 2222, "::1"),
                ),
                volumes=(
                    Mount("volume", "data", "/data"),
                    Mount("bind", f"{tmp_path}/conf", "/conf", True),
                    Mount("volume", "data", "/more", True),
                    Mount("volume", "", "/anonymous"),
                ),
                tmpfs=(("/run", ""), ("/tmp", "size=16m")),
                depends_on=(Dependency("db", healthy=True),),
                healthcheck=Healthcheck(("CMD", "ok"), 1.0, 0.5, 90.0, 3),
                labels=(("tier", "front"), ("plain", "")),
                limits=Limits(64 << 20, 0.5, 50),
                restart=Restart("on-failure", 3),
                user="1000:1000",
                init=True,
                stop_grace_s=1.5,
                stop_signal="SIGINT",
                cap_add=("NET_ADMIN",),
                cap_drop=("ALL",),
                extra_hosts=("old:10.0.0.1", "new:::1"),
                working_dir="/srv",
            ),
            ComposeService("db", image="db:1", replicas=2, healthcheck=Healthcheck(("CMD-SHELL", "pg_isready"))),
        ),
        (Network("front"), Network("back", internal=True), Network("default")),
        ("data",),
    )


def test_unknown_keys_are_refused_by_name_and_all_at_once(tmp_path: Path) -> None:
    found = mistakes(
        tmp_path,
        "version: '3'\n"
        "services:\n"
        "  relay:\n"
        "    image: a\n"
        "    comand: x\n"
        "    healthcheck: {tests: y}\n"
        "    deploy: {mode: global}\n"
        "networks: {own: {name: other}}\n",
    )
    assert [line.split(";")[0] for line in found] == [
        "1:1: compose file: unknown key 'version'",
        "5:5: services.relay: unknown key 'comand'",
        "6:19: services.relay.healthcheck: unknown key 'tests'",
        "7:14: services.relay.deploy: unknown key 'mode'",
        "8:18: networks.own: unknown key 'name'",
    ]


def test_a_refused_key_comes_with_the_nearest_and_the_allowed_ones(tmp_path: Path) -> None:
    said = mistake(tmp_path, "comand: x")
    assert "did you mean 'command'? allowed: build, cap_add, cap_drop, command, " in said


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("restart: sometimes", "on-failure:5"),
        ("init: yes", "neither true nor false"),
        ("ports: ['1:2:3:4:5']", "is no port"),
        ("ports: ['80-81:80']", "differ in length"),
        ("ports: ['300.0.0.1:80:80']", "no IP address"),
        ("ports: ['80', '80']", "twice"),
        ("ports: [70000]", "from 1 to 65535"),
        ("ports: [{published: 80}]", "target is missing"),
        ("ports: ['80:80'], scale: 2", "cannot share the host's port 80"),
        ("mem_limit: 1x", "no size"),
        ("mem_limit: 64m, deploy: {resources: {limits: {memory: 65m}}}", "says something else"),
        ("cpus: 0", "above 0"),
        ("volumes: ['dta:/data']", "unknown volume 'dta'"),
        ("volumes: ['data:relative']", "no absolute path"),
        ("volumes: ['~/a:/data']", "~ is not expanded"),
        ("volumes: ['/a:/data:z']", "is no volume"),
        ("networks: [fornt]", "unknown network 'fornt'"),
        ("depends_on: [two]", "unknown service in depends_on 'two'"),
        ("depends_on: {one: {condition: service_completed_successfully}}", "allowed: service_started, service_healthy"),
        ("healthcheck: {interval: 10}", "is no duration"),
        ("healthcheck: {test: [ok]}", "must begin with one of"),
        ("healthcheck: {disable: true, retries: 2}", "no room for other keys"),
        ("labels: {com.docker.compose.project: x}", "set by Seatrial itself"),
        ("environment: [A=1, A=2]", "given twice"),
        ("command: []", "an empty list"),
        ('command: "\'"', "is no command"),
        ("build: ./absent", "no folder that is there"),
        ("hostname: {a: b}", "expected a text, found a mapping"),
        ("extra_hosts: [lonely]", "no extra host"),
        ("stop_grace_period: 1h", "more than 600s"),
    ],
)
def test_a_wrong_value_is_told_with_what_is_allowed(tmp_path: Path, lines: str, said: str) -> None:
    assert any(said in found for found in mistakes(tmp_path, f"services: {{one: {{image: a, {lines}}}}}"))


def test_a_circle_of_dependencies_is_told_with_its_members(tmp_path: Path) -> None:
    circle = "services: {a: {image: x, depends_on: [b]}, b: {image: x, depends_on: [a]}}"
    assert "depends_on goes in a circle: " in mistakes(tmp_path, circle)[0]


def test_waiting_for_a_disabled_healthcheck_is_a_mistake(tmp_path: Path) -> None:
    text = (
        "services: {a: {image: x, healthcheck: {disable: true}}, "
        "b: {image: x, depends_on: {a: {condition: service_healthy}}}}"
    )
    assert "whose healthcheck is disabled" in mistakes(tmp_path, text)[0]


def test_one_image_name_with_two_builds_is_a_mistake(tmp_path: Path) -> None:
    text = "services: {a: {image: x, build: {context: ., target: a}}, b: {image: x, build: {context: ., target: b}}}"
    assert "builds image x otherwise than a does" in mistakes(tmp_path, text)[0]


def test_a_duplicate_key_is_a_mistake_that_names_its_first_line(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "services: {a: {image: x}}\nservices: {}") == [
        "2:1: key 'services' stands here twice, first in line 1"
    ]


def test_broken_yaml_is_told_with_its_place(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "services: {a: [}")[0].startswith("1:16: no YAML: ")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 5000,
        "a: &a [*a]",
        "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\n"
        "d: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d]",
        "services: 5",
        "services: {a: 5}",
        "5",
        "",
        "? [a]\n: b",
        "services: {a: {image: !!python/object:os.system x}}\n--- 2",
    ],
)
def test_a_hostile_file_is_a_list_of_mistakes_and_nothing_worse(tmp_path: Path, text: str) -> None:
    assert mistakes(tmp_path, text)


def test_an_absent_file_is_a_mistake_of_the_user(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="cannot be read: No such file"):
        read_compose(tmp_path / "absent.yaml")


def test_yaml_never_guesses_a_type(tmp_path: Path) -> None:
    found = service(tmp_path, "ports: [22:22], restart: no, environment: {A: no, B: 010, C: 1e3}")
    assert (found.ports, found.restart, found.environment) == (
        (Port(22, 22),),
        Restart(),
        (("A", "no"), ("B", "010"), ("C", "1e3")),
    )


def test_aliases_and_merge_keys_of_yaml_work(tmp_path: Path) -> None:
    text = "services: {a: &a {image: x, user: u, init: true}, b: {<<: *a, user: v}}"
    assert [(one.image, one.user, one.init) for one in read(tmp_path, text).services] == [
        ("x", "u", True),
        ("x", "v", True),
    ]


def test_variables_are_put_in_and_a_missing_one_is_a_mistake(tmp_path: Path) -> None:
    assert service(tmp_path, 'user: "${U}-${V:-v}-$${W}"', U="u").user == "u-v-${W}"
    assert "variable U is not set" in mistake(tmp_path, 'user: "${U}"')
    assert "a lone $" in mistake(tmp_path, "user: $U")


def test_a_variable_with_an_empty_value_is_an_empty_text_and_not_nothing(tmp_path: Path) -> None:
    assert service(tmp_path, "environment: {A: '${E}', B: \"${E}\"}", E="").environment == (("A", ""), ("B", ""))


def test_a_project_without_a_name_is_named_like_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "My Shop_2"
    folder.mkdir()
    assert read(folder, "services: {a: {image: x}}").name == "myshop_2"


def test_the_request_to_the_engine_holds_nothing_that_the_file_leaves_open(tmp_path: Path) -> None:
    project = read(tmp_path, "services: {a: {image: x}}")
    body = _body(project, 0)
    assert set(body) == {"Image", "Labels", "StopTimeout", "HostConfig", "NetworkingConfig"}


def test_the_request_to_the_engine_has_its_units(tmp_path: Path) -> None:
    body = _body(read(tmp_path, FULL), 0)
    host = body["HostConfig"]
    assert body["Healthcheck"]["Timeout"] == 500_000_000
    assert body["StopTimeout"] == 2
    assert host["NanoCpus"] == 500_000_000
    assert host["PortBindings"]["8080/tcp"] == [{"HostIp": "127.0.0.1", "HostPort": ""}]
    assert host["Mounts"][0] == {"Type": "volume", "Source": "p_data", "Target": "/data", "ReadOnly": False}


def test_sizes_are_powers_of_1024() -> None:
    assert [size(text) for text in ("7", "7b", "1k", "1KB", "1.5m", "2g")] == [7, 7, 1024, 1024, 1572864, 2 << 30]


@given(st.text())
def test_any_text_is_interpolated_or_refused(text: str) -> None:
    try:
        found = interpolated(text, {})
    except ValueError:
        assert "$" in text
        return
    assert "$" in text or found == text


@given(st.text())
def test_any_text_is_a_command_or_refused(text: str) -> None:
    try:
        found = words(text)
    except ValueError:
        return
    assert found


def _body(project: ComposeProject, at: int) -> dict[str, Any]:
    service = project.services[at]
    return creation(service, 1, project.tag(service), Names("p", "r", project.file))
