"""Which containers fill which slots, and what the engine says of them."""

import contextlib
import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cutting_proxy import CuttingProxy

from seatrial.deadline import Deadline
from seatrial.errors import CouldNotLook
from seatrial.instance import Container, Published
from seatrial.locate.binding import Binding, bind
from seatrial.locate.candidate import Candidate, candidate, meant, normal
from seatrial.locate.container import container, epoch
from seatrial.locate.docker import NotAnswered, find, first_looks, image_ids, inspect_all
from seatrial.snapshot import ServiceFacts, Unreadable
from seatrial.spec.deployment import DeploymentSpec
from seatrial.spec.service import Locator, ServiceSpec
from seatrial.transports.engine import Engine
from seatrial.transports.engine_address import EngineAddress

pytestmark = pytest.mark.once

SOCKET = "/var/run/docker.sock"
ANY = {"label": "x"}
SOON = Deadline.within(7200)  # begins when the suite does


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine(EngineAddress(f"unix://{SOCKET}"), timeout_s=20) as engine:
        yield engine


def one(
    name: str, state: str = "running", *, number: int | None = None, project: str = "", created: int = 0
) -> Candidate:
    labels = {}
    if number is not None:
        labels["com.docker.compose.container-number"] = str(number)
    if project:
        labels["com.docker.compose.project"] = project
    return Candidate(f"id-{name}-{created}", name, state, "app:1", labels, created)


def bound(found: list[Candidate], instances: int = 2, **locate: Any) -> Binding:
    return bind("relay", ServiceSpec.model_validate({"locate": locate or ANY, "instances": instances}), found)


def names(binding: Binding) -> dict[str, str]:
    return {slot: found.split("-", 1)[1].rpartition("-")[0] for slot, found in binding.slots.items()}


class TestBinding:
    def test_composes_number_is_the_slot_whatever_the_names_and_the_order(self) -> None:
        binding = bound([one("b", number=1), one("a", number=2)])
        assert names(binding) == {"relay.0": "b", "relay.1": "a"}

    def test_a_number_at_the_end_of_the_name_is_the_slot_from_one_or_from_zero(self) -> None:
        assert names(bound([one("r-2"), one("r-1")])) == {"relay.0": "r-1", "relay.1": "r-2"}
        assert names(bound([one("r-1"), one("r-0")])) == {"relay.0": "r-0", "relay.1": "r-1"}

    def test_the_others_keep_their_slots_when_one_is_missing(self) -> None:
        binding = bound([one("r-1"), one("r-3")], 3)
        assert names(binding) == {"relay.0": "r-1", "relay.2": "r-3"}
        assert binding.facts.empty == ("relay.1",)

    def test_names_without_numbers_are_taken_in_order(self) -> None:
        assert names(bound([one("west"), one("east")])) == {"relay.0": "east", "relay.1": "west"}

    def test_numbers_sort_by_value(self) -> None:
        found = [one(f"r{n}-x") for n in (1, 2)] + [one("r-110"), one("r-20")]
        assert list(names(bound(found, 4)).values())[:2] == ["r-20", "r-110"]

    def test_numbers_that_do_not_fit_fill_what_is_free(self) -> None:
        assert names(bound([one("r", number=2), one("r", number=3, created=1)])) == {"relay.1": "r", "relay.0": "r"}

    @pytest.mark.parametrize("state", ["exited", "created", "dead", "removing"])
    def test_what_does_not_run_fills_a_slot_only_where_nothing_running_does(self, state: str) -> None:
        binding = bound([one("old-1", state, number=1), one("new-1", number=1), one("r-2", state, number=2)])
        assert names(binding) == {"relay.0": "new-1", "relay.1": "r-2"}
        assert binding.facts.surplus == ()

    @pytest.mark.parametrize("state", ["paused", "restarting"])
    def test_a_paused_or_restarting_container_is_there(self, state: str) -> None:
        binding = bound([one("r-1", state), one("r-2"), one("r-3")])
        assert names(binding) == {"relay.0": "r-1", "relay.1": "r-2"}
        assert binding.facts.surplus == ("r-3",)

    def test_of_two_that_ended_the_newest_fills_the_slot(self) -> None:
        found = [one("r", "exited", number=1, created=5), one("r", "exited", number=1, created=9)]
        assert bound(found, 1).slots == {"relay.0": "id-r-9"}

    def test_surplus_and_empty_and_all_found_are_named(self) -> None:
        binding = bound([one("c"), one("a"), one("b", "exited")], 1)
        assert binding.facts == ServiceFacts("relay", ("a (running)", "b (exited)", "c (running)"), ("c",), ())

    def test_a_list_of_names_binds_slot_by_slot(self) -> None:
        binding = bound([one("a"), one("z")], 3, names=["z", "gone", "a"])
        assert names(binding) == {"relay.0": "z", "relay.2": "a"}
        assert binding.facts.empty == ("relay.1",)

    def test_two_that_claim_the_same_number_are_never_chosen_silently(self) -> None:
        binding = bound([one("a", number=1), one("b", number=1)], 1)
        assert names(binding) == {"relay.0": "a"}
        assert binding.facts.surplus == ("b",)


class TestCandidate:
    ROW: dict[str, Any] = {  # noqa: RUF012
        "Id": "abc",
        "Names": ["/web/alias", "/p_relay_1"],
        "State": "running",
        "Image": "team/relay:2",
        "Labels": {"com.docker.compose.service": "relay", "com.docker.compose.project": "p", "tier": "edge"},
        "Created": 7,
    }

    def test_a_linked_container_keeps_its_own_name(self) -> None:
        assert candidate(self.ROW).name == "p_relay_1"

    @pytest.mark.parametrize("key", ["Id", "Names", "State", "Image", "Labels", "Created"])
    def test_a_line_without_a_key_is_an_error(self, key: str) -> None:
        with pytest.raises(CouldNotLook, match="not what its API says"):
            candidate({name: value for name, value in self.ROW.items() if name != key})

    @pytest.mark.parametrize(
        ("locator", "expected"),
        [
            ({"compose_service": "relay"}, True),
            ({"compose_service": "relay", "compose_project": "q"}, False),
            ({"compose_project": "p"}, True),
            ({"name": "p_relay_*"}, True),
            ({"name": "/p_relay_1"}, True),
            ({"name": "relay"}, False),
            ({"names": ["other", "p_relay_1"]}, True),
            ({"names": ["p_relay"]}, False),
            ({"label": "tier"}, True),
            ({"label": "tier=edge"}, True),
            ({"label": "tier=core"}, False),
            ({"image": "docker.io/team/relay:2"}, True),
            ({"image": "team/relay"}, False),
        ],
    )
    def test_all_that_a_locator_gives_must_hold(self, locator: dict[str, Any], expected: bool) -> None:
        found = candidate(self.ROW)
        assert meant(Locator.model_validate(locator), found, lambda each: each.image) is expected

    def test_a_one_off_run_is_never_meant(self) -> None:
        row = {**self.ROW, "Labels": {**self.ROW["Labels"], "com.docker.compose.oneoff": "True"}}
        assert not meant(Locator(compose_service="relay"), candidate(row), lambda each: each.image)

    @pytest.mark.parametrize(
        ("short", "long"),
        [
            ("redis", "docker.io/library/redis:latest"),
            ("redis:7", "docker.io/library/redis:7"),
            ("team/app", "docker.io/team/app:latest"),
            ("localhost/app:1", "localhost/app:1"),
            ("reg.example:5000/app", "reg.example:5000/app:latest"),
            ("redis@sha256:aa", "docker.io/library/redis@sha256:aa"),
        ],
    )
    def test_an_image_reference_has_one_long_form(self, short: str, long: str) -> None:
        assert normal(short) == normal(long) == long


class TestTime:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("1970-01-01T00:00:10Z", 10.0),
            ("1970-01-01T00:00:10.5Z", 10.5),
            ("1970-01-01T00:00:00.123456789Z", 0.123456789),
            ("1970-01-01T02:00:10+02:00", 10.0),
            ("1969-12-31T23:30:00-00:30", 0.0),
            ("0001-01-01T00:00:00Z", 0.0),
        ],
    )
    def test_the_engines_times_are_seconds_since_the_epoch(self, text: str, expected: float) -> None:
        assert epoch(text) == pytest.approx(expected, abs=1e-9)

    @pytest.mark.parametrize(
        "text", ["", "yesterday", "2026-13-01T00:00:00Z", "2026-11-25 12:00:00Z", "2026-11-25T12:00:00"]
    )
    def test_anything_else_is_an_error(self, text: str) -> None:
        with pytest.raises(CouldNotLook):
            epoch(text)


def deployment(**services: Any) -> Mapping[str, ServiceSpec]:
    return DeploymentSpec.model_validate({"deployment": "t", "services": services}).services


def labels(project: str, service: str, number: int, **more: str) -> dict[str, str]:
    base = "com.docker.compose."
    said = {"project": project, "service": service, "container-number": str(number), "oneoff": "False", **more}
    return {base + key: value for key, value in said.items()}


SLEEP = ["sleep", "600"]


@pytest.mark.docker
class TestRealEngine:
    def test_one_list_call_finds_a_whole_deployment(self, engine: Engine, up: Callable[..., Any], run_id: str) -> None:
        second = up("b", SLEEP, labels=labels(run_id, "relay", 2))
        first = up("a", SLEEP, labels=labels(run_id, "relay", 1))
        up("once", SLEEP, labels=labels(run_id, "relay", 3, oneoff="True"))
        gms = up("gms", SLEEP)
        found = find(
            engine,
            deployment(
                relay={"locate": {"compose_service": "relay", "compose_project": run_id}, "instances": 2},
                gms={"locate": {"name": f"st-{run_id}-gm?"}},
                none={"locate": {"label": f"nothing={run_id}"}},
            ),
        )
        assert found.slots == {"relay.0": first.id, "relay.1": second.id, "gms.0": gms.id}
        assert found.services["none"] == ServiceFacts("none", (), (), ("none.0",))
        assert engine.calls == ["GET /containers/json?all=1"]

    def test_containers_of_two_compose_projects_are_not_chosen_from(self, engine: Engine, up: Any, run_id: str) -> None:
        up("p", SLEEP, labels=labels(f"{run_id}-p", f"s{run_id}", 1))
        right = up("q", SLEEP, labels=labels(f"{run_id}-q", f"s{run_id}", 1))
        both = {"locate": {"compose_service": f"s{run_id}"}}
        found = find(engine, deployment(relay=both))
        said = f"containers of several compose projects match: {run_id}-p, {run_id}-q; give compose_project"
        assert found.services["relay"] == found.slots["relay.0"] == Unreadable(said)
        both["locate"]["compose_project"] = f"{run_id}-q"
        assert find(engine, deployment(relay=both)).slots == {"relay.0": right.id}

    def test_a_container_that_was_renamed_since_it_was_listed_is_not_the_one_that_was_meant(
        self, engine: Engine, up: Any
    ) -> None:
        made = up("first", SLEEP)
        located = find(engine, deployment(relay={"locate": {"names": [made.name]}}))
        made.rename(f"{made.name}-away")
        said = f"container {made.name} was renamed to {made.name}-away while it was being found"
        assert first_looks(engine, located, SOON) == {made.id: Unreadable(said)}

    def test_an_image_reference_is_found_after_its_tag_moved_on(
        self, engine: Engine, up: Any, run_id: str, docker_client: Any
    ) -> None:
        tag = f"seatrial-test/{run_id}:1"
        docker_client.images.get("debian:bookworm-slim").tag(tag)
        try:
            made = up("moved", SLEEP, image=tag)
            other = made.commit(*tag.split(":"), conf={"Labels": {"seatrial.test": run_id}})
            found = find(engine, deployment(relay={"locate": {"image": tag}}))
            assert found.slots == {"relay.0": made.id}
            told = inspect_all(engine, [made.id], SOON)[made.id]
            assert isinstance(told, Container)
            now = image_ids(engine, [tag], SOON)[tag]
            assert (told.image_ref, now) == (tag, other.id)
            assert told.image_id != now
        finally:
            docker_client.images.remove(tag, force=True)

    def test_an_image_that_is_not_there_is_unreadable(self, engine: Engine) -> None:
        said = image_ids(engine, ["no/such:1"], SOON)["no/such:1"]
        assert isinstance(said, Unreadable)
        assert "404" in said.reason

    def test_a_running_container_is_read_whole(self, engine: Engine, up: Any) -> None:
        made = up(
            "whole",
            SLEEP,
            ports={"8080/tcp": ("127.0.0.1", None), "9000/udp": ("127.0.0.1", None)},
            labels={"tier": "edge"},
            hostname="relay-host",
            restart_policy={"Name": "on-failure"},
            healthcheck={"test": ["CMD", "true"], "interval": 3_600_000_000_000},
        )
        told = inspect_all(engine, [made.id], SOON)[made.id]
        assert isinstance(told, Container)
        bound_to = {port: Published(*port, "127.0.0.1", 0) for port in ((8080, "tcp"), (9000, "udp"))}
        assert {(p.port, p.proto): Published(p.port, p.proto, p.host_ip, 0) for p in told.published} == bound_to
        assert all(p.host_port > 0 for p in told.published)
        assert (told.id, told.name, told.status, told.hostname) == (made.id, made.name, "running", "relay-host")
        assert (told.health, told.restart_policy, told.restarts, told.exit_code) == ("starting", "on-failure", 0, 0)
        assert told.addresses == {"bridge": made.attrs["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]}
        assert (told.finished_at, told.labels["tier"], told.log_driver) == (0.0, "edge", "json-file")
        assert told.log_path.endswith("-json.log")
        assert told.pid == made.attrs["State"]["Pid"]
        assert told.started_at == pytest.approx(epoch(made.attrs["State"]["StartedAt"]))

    def test_a_container_that_ended_has_no_address_and_an_exit_code(self, engine: Engine, up: Any) -> None:
        made = up("ended", ["sh", "-c", "sleep 0.2; exit 3"], ports={"8080/tcp": None})
        made.wait(timeout=20)
        told = inspect_all(engine, [made.id], SOON)[made.id]
        assert isinstance(told, Container)
        assert (told.status, told.exit_code, told.pid, told.addresses) == ("exited", 3, 0, {})
        assert 0 < told.started_at <= told.finished_at

    def test_a_port_that_is_exposed_but_not_published_is_not_published(self, engine: Engine, up: Any) -> None:
        made = up("exposed", SLEEP, ports={"8080/tcp": None})
        raw = engine.inspect(made.id)
        raw["NetworkSettings"]["Ports"]["8080/tcp"] = None
        assert container(raw).published == ()

    def test_a_missing_key_is_an_error_never_a_default(self, engine: Engine, up: Any) -> None:
        raw = engine.inspect(up("keys", SLEEP).id)
        paths = [("Id",), ("Name",), ("Image",), ("RestartCount",), ("LogPath",), ("Config", "Image"), ("State",)]
        paths += [("NetworkSettings", "Networks"), ("HostConfig", "RestartPolicy"), ("Config", "Hostname")]
        paths += [("State", key) for key in ("Status", "Pid", "ExitCode", "OOMKilled", "StartedAt", "FinishedAt")]
        for path in paths:
            with pytest.raises(CouldNotLook, match=path[-1]):
                container(without(raw, path))

    @pytest.mark.parametrize("odd", [None, [], "x", 7, {"x": None}, {"8080/tcp": [None]}, {"x/tcp": [{"HostIp": ""}]}])
    def test_what_is_not_what_the_api_says_is_an_error_of_ours(self, engine: Engine, up: Any, odd: Any) -> None:
        raw = engine.inspect(up("odd", SLEEP).id)
        for path in [("State",), ("NetworkSettings", "Networks"), ("NetworkSettings", "Ports"), ("Config",)]:
            with contextlib.suppress(CouldNotLook):
                assert container(replaced(raw, path, odd)).published == ()

    def test_a_container_that_is_gone_is_unreadable_and_the_others_are_not(self, engine: Engine, up: Any) -> None:
        made = up("stays", SLEEP)
        told = inspect_all(engine, ["0" * 64, made.id], SOON)
        assert isinstance(told["0" * 64], Unreadable)
        assert isinstance(told[made.id], Container)

    def test_an_engine_that_does_not_answer_is_no_engine_without_containers(self, tmp_path: Path) -> None:
        engine = Engine(EngineAddress(f"unix://{tmp_path}/none.sock"))
        with pytest.raises(NotAnswered, match="no Docker Engine at unix://"):
            find(engine, deployment(a={"locate": ANY, "instances": 2}, b={"locate": ANY}))

    def test_once_an_answer_is_late_nothing_more_is_asked(self, tmp_path: Path) -> None:
        with silent(tmp_path / "mute.sock") as url, Engine(EngineAddress(url), timeout_s=0.2) as mute:
            told = inspect_all(mute, ["a", "b", "c"], SOON)
            assert mute.calls == ["GET /containers/a/json"]
        assert "did not answer within" in str(told["a"]) or "no complete answer" in str(told["a"])
        assert "not asked, since it hung before" in str(told["b"])
        assert told["b"] == told["c"]

    def test_past_the_deadline_of_a_look_nothing_is_asked(self, engine: Engine) -> None:
        told = image_ids(engine, ["a:1", "b:1"], Deadline.within(0))
        assert [str(each) for each in told.values()] == ["not asked: the look had already taken its 0 s"] * 2
        assert engine.calls == []

    def test_a_list_that_is_cut_anywhere_never_hides_a_container(self, tmp_path: Path, up: Any, run_id: str) -> None:
        up("1", SLEEP)
        spec = deployment(relay={"locate": {"name": f"st-{run_id}-1"}})
        with CuttingProxy(SOCKET, tmp_path / "e.sock") as proxy:
            for cut in range(0, 1 << 20, 512):
                proxy.reset(cut)
                with Engine(EngineAddress(proxy.url), timeout_s=20) as behind, contextlib.suppress(NotAnswered):
                    said = find(behind, spec).services["relay"]
                    assert isinstance(said, ServiceFacts)
                    assert said.empty == ()
                    break
            else:
                pytest.fail("never whole")


@contextlib.contextmanager
def silent(path: Path) -> Iterator[str]:
    """The URL of an engine that takes connections and never says a word."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(64)
        yield f"unix://{path}"


def replaced(said: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    key, *rest = path
    return {**said, key: replaced(said[key], tuple(rest), value) if rest else value}


def without(said: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    key, *rest = path
    if not rest:
        return {name: value for name, value in said.items() if name != key}
    return {**said, key: without(said[key], tuple(rest))}
