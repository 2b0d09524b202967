"""Below the fixtures for the user's own tests: what they read, whom they mean, and when a no of testinfra's is none."""

import secrets
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from judges import facts as made
from test_registry import Server, server, zookeeper  # noqa: F401

from seatrial.errors import CouldNotLook, CutShort, Refused, TooLate, Unknown, UsageError
from seatrial.locate.container import container
from seatrial.options import Options
from seatrial.own import reading
from seatrial.own.guards import doubt, guarded
from seatrial.own.shell import ContainerShell, shell_of
from seatrial.own.slots import chosen
from seatrial.plan import Plan
from seatrial.registry.ensemble import Ensemble
from seatrial.sites.local import LocalSite
from seatrial.snapshot import ServiceFacts, Unreadable
from seatrial.spec.deployment import DeploymentSpec
from seatrial.transports.engine import Engine
from seatrial.transports.engine_address import EngineAddress
from seatrial.transports.proc import ProcReader

SLOT = "orderd.0"
DARK = Unreadable("permission denied")
ADDRESS = EngineAddress("unix:///var/run/docker.sock")
DEPLOYMENT = DeploymentSpec.model_validate(
    {
        "deployment": "p2p",
        "services": {"relay": {"locate": {"name": "r*"}, "instances": 2}, "gms": {"locate": {"name": "g*"}}},
    }
)


class TestWhatWasRead:
    def test_a_healthy_slot_gives_its_values(self) -> None:
        look = made.snapshot()
        assert [each.comm for each in reading.processes(look, SLOT)] == ["sh", "sh", "python3", "java", "cron"]
        assert [each.port for each in reading.listeners(look, SLOT)] == [8080, 8081, 5353, 8090]
        assert sorted(reading.logs(look, SLOT)) == [made.LOG, "docker"]
        [own] = reading.registrations(look, SLOT, Plan("p2p", made.plan()))[made.PATH]
        assert own.data == b"172.17.0.4:8080"

    def test_no_listener_and_no_node_are_answers(self) -> None:
        look = made.snapshot(made.within(listeners=()), registry={made.PATH: made.registry()})
        assert reading.listeners(look, SLOT) == ()
        assert reading.registrations(look, SLOT, Plan("p2p", made.plan())) == {made.PATH: ()}

    def test_in_a_shared_network_only_what_its_processes_hold_is_its_own(self) -> None:
        found = (made.listener(), made.listener(22, owners=()))
        alone, shared = made.container(), made.container(addresses={})
        for box, ports in ((alone, [8080, 22]), (shared, [8080])):
            look = made.snapshot(made.facts(instance=box, inside=made.inside(listeners=found)))
            assert [each.port for each in reading.listeners(look, SLOT)] == ports
        look = made.snapshot(made.facts(instance=shared, inside=made.inside(listeners=(made.listener(owners=DARK),))))
        with pytest.raises(Unknown, match="tcp 8080 may belong to another one"):
            reading.listeners(look, SLOT)

    @pytest.mark.parametrize(
        "changes",
        [
            {"slots": {}},
            {"slots": {SLOT: DARK}},
            {"slots": {SLOT: made.facts(inside=DARK)}},
            {"slots": {SLOT: made.facts(changed="start time was 1 and is 2")}},
            {"slots": {}, "services": {"orderd": DARK}},
            {"slots": {}, "services": {"orderd": ServiceFacts("orderd", ())}},
        ],
    )
    @pytest.mark.parametrize("read", [reading.processes, reading.listeners, reading.logs])
    def test_a_slot_that_could_not_be_looked_at_is_unknown(self, read: Callable, changes: dict[str, Any]) -> None:
        with pytest.raises(Unknown, match=r"^orderd\.0: "):
            read(made.snapshot(**changes), SLOT)

    @pytest.mark.parametrize(
        ("read", "slot"),
        [
            (reading.processes, made.within(processes=DARK)),
            (reading.processes, made.within(processes=())),
            (reading.processes, made.within(processes=(made.process(exe=DARK),))),
            (reading.processes, made.within(processes=(made.process(argv=DARK),))),
            (reading.listeners, made.within(listeners=DARK)),
            (reading.logs, made.within(logs={made.LOG: DARK})),
            (reading.logs, made.facts(docker_log={"docker": DARK})),
            (reading.logs, made.within(logs={made.LOG: made.log(problem="it was cut")})),
            (reading.logs, made.facts(inside=made.inside(logs={}), docker_log={})),
        ],
    )
    def test_what_could_not_be_read_is_unknown_and_never_empty(self, read: Callable, slot: Any) -> None:
        with pytest.raises(Unknown, match=r"^orderd\.0: "):
            read(made.snapshot(slot), SLOT)

    @pytest.mark.parametrize("said", [{}, {made.PATH: DARK}, {made.PATH: made.registry(made.node(problem="NoAuth"))}])
    def test_registrations_that_could_not_be_read_are_unknown(self, said: dict[str, Any]) -> None:
        with pytest.raises(Unknown, match=r"^orderd\.0: /svc/orderd"):
            reading.registrations(made.snapshot(registry=said), SLOT, Plan("p2p", made.plan()))

    def test_registrations_that_nobody_declared_are_unknown(self) -> None:
        with pytest.raises(Unknown, match="declares no registration"):
            reading.registrations(made.snapshot(), SLOT, Plan("p2p", made.plan(registered=None)))


class TestWhichSlots:
    def test_services_and_slots_are_chosen_in_the_order_of_the_file(self) -> None:
        assert chosen(DEPLOYMENT, None) == ("relay.0", "relay.1", "gms.0")
        assert chosen(DEPLOYMENT, ("gms.0", "relay")) == ("relay.0", "relay.1", "gms.0")
        assert chosen(DEPLOYMENT, ("relay.1",)) == ("relay.1",)

    @pytest.mark.parametrize(
        ("names", "said"),
        [
            (("rely",), "did you mean 'relay'?"),
            (("relay.7",), "no service or slot is called 'relay.7'"),
            ((3,), "no service or slot is called '3'"),
            ((), "names no slot"),
        ],
    )
    def test_a_name_that_is_none_is_a_usage_error(self, names: tuple[object, ...], said: str) -> None:
        with pytest.raises(UsageError) as told:
            chosen(DEPLOYMENT, names)
        assert said in str(told.value)


class TestWhenANoIsNone:
    @pytest.mark.parametrize(
        ("command", "code", "stdout", "stderr"),
        [
            ("grep -qs -- ERROR /x", 0, b"", b""),
            ("grep -qs -- ERROR /x", 1, b"", b""),
            ("grep -qs -- ERROR /x", 2, b"", b""),  # testinfra itself expects 0 or 1
            ("command -v foo", 127, b"", b""),
            ("command -v foo", 1, b"", b""),
            ("id foo", 1, b"", "id: ‘foo’: no such user\n".encode()),
            ("dpkg-query -f '${Status}' -W foo", 1, b"", b"dpkg-query: no packages found matching foo\n"),
            ("realpath /x", 127, b"", b"sh: 1: realpath: not found\n"),
            ("/usr/sbin/service x status", 3, b"stopped\n", b""),
            ("/usr/bin/ss --numeric --listening --tcp", 0, b"State Recv-Q\n", b""),
            ("sha256sum /x | cut -d ' ' -f 1", 0, b"abc\n", b""),
            ("ping -W 1 -c 1 x", 2, b"", b"ping: x: Name or service not known\n"),
        ],
    )
    def test_an_answer_is_left_alone(self, command: str, code: int, stdout: bytes, stderr: bytes) -> None:
        assert doubt(command, code, stdout, stderr) == ""

    @pytest.mark.parametrize(
        ("command", "code", "stdout", "stderr"),
        [
            ("grep -qs -- ERROR /x", 127, b"", b"sh: 1: grep: not found\n"),
            ("grep -qs -- ERROR /x", 126, b"", b"sh: 1: grep: Permission denied\n"),
            ("grep -qs -- ERROR /x", 137, b"", b""),
            ("grep -qs -- ERROR /x", 255, b"", b""),
            ("grep -qs -- ERROR /x", 1, b"", b"grep: out of memory\n"),
            ("command -v foo", 127, b"", b"sh: 1: command: not found\n"),
            ("command -v foo", 2, b"", b"sh: 1: Cannot fork\n"),
            ("command -v foo", 137, b"", b""),
            ("id foo", 1, b"", b"id: cannot find the database\n"),
            ("dpkg-query -f '${Status}' -W foo", 1, b"", b"dpkg-query: error: disk full\n"),
            ("/usr/sbin/service x status", 1, b"", b"x: unrecognized service\n"),
            ("/usr/bin/ss --numeric --listening --tcp", 0, b"", b""),
            ("/usr/bin/ss --numeric --listening --tcp", 1, b"State Recv-Q\n", b""),
            ("/usr/bin/ss --numeric --listening --tcp", 0, b"State\n", b"Cannot open netlink socket\n"),
            ("/bin/netstat -n -l -t", 0, b"", b"netstat: /proc/net/tcp: Permission denied\n"),
            ("sha256sum /x | cut -d ' ' -f 1", 0, b"", b"sh: 1: sha256sum: not found\n"),
            ('systemctl list-unit-files | grep -q "^x"', 1, b"", b"Failed to connect to bus\n"),
            ("ping -W 1 -c 1 x", 2, b"", b"ping: socket: Operation not permitted\n"),
        ],
    )
    def test_what_could_not_look_is_told(self, command: str, code: int, stdout: bytes, stderr: bytes) -> None:
        assert doubt(command, code, stdout, stderr)

    def test_a_module_that_lists_processes_makes_sure_that_it_may_see_all_of_them(self) -> None:
        assert guarded("ps -Aww -o pid").startswith("{ test -r /proc/1/stat; } || { echo ")
        assert guarded("ps -Aww -o pid").endswith("\nps -Aww -o pid")

    def test_a_path_stays_one_word_in_what_is_added(self) -> None:
        assert "'/x; reboot'" in guarded("test -e '/x; reboot'")
        assert guarded("uname -s") == "uname -s"


@pytest.fixture
def box(up: Callable) -> Iterator[tuple[Any, ContainerShell]]:
    """A container and the shell of what was seen of it."""
    running = up(f"shell-{secrets.token_hex(3)}", ["sleep", "600"])
    with Engine(ADDRESS) as engine:
        seen = container(engine.inspect(running.id))
    shell = ContainerShell(seen, Engine(ADDRESS))
    yield running, shell
    shell.close()


def _run(shell: ContainerShell, *argv: str, deadline_s: float = 20, cap: int = 4096) -> tuple[int, bytes, bytes]:
    ran = shell.run(argv, user="", deadline_s=deadline_s, cap=cap)
    return ran.exit_code, ran.stdout, ran.stderr


@pytest.mark.docker
class TestShell:
    def test_a_command_ends_with_its_own_code_and_output(self, box: tuple[Any, ContainerShell]) -> None:
        assert _run(box[1], "sh", "-c", "echo out; echo err >&2; exit 7") == (7, b"out\n", b"err\n")

    @pytest.mark.parametrize(
        ("breaking", "said"),
        [
            (lambda running: running.pause(), "state was running and is paused"),
            (lambda running: (running.kill(), running.wait()), "state was running and is exited"),
            (lambda running: running.restart(timeout=0), "start time was"),
        ],
    )
    def test_a_container_that_is_not_as_it_was_runs_nothing(
        self, box: tuple[Any, ContainerShell], breaking: Callable, said: str
    ) -> None:
        breaking(box[0])
        with pytest.raises(CutShort, match=said):
            _run(box[1], "true")

    def test_a_container_that_is_gone_runs_nothing(self, box: tuple[Any, ContainerShell]) -> None:
        box[0].remove(force=True)
        with pytest.raises(Refused, match="No such container"):
            _run(box[1], "true")

    def test_a_container_that_dies_while_a_command_runs_gives_no_answer(self, box: tuple[Any, ContainerShell]) -> None:
        killer = threading.Timer(0.5, box[0].kill)
        killer.start()
        with pytest.raises(CouldNotLook):
            _run(box[1], "sh", "-c", "echo half; sleep 30")
        killer.join()

    def test_a_command_that_hangs_or_floods_is_no_answer(self, box: tuple[Any, ContainerShell]) -> None:
        with pytest.raises(TooLate):
            _run(box[1], "sleep", "60", deadline_s=1)
        with pytest.raises(CouldNotLook):
            _run(box[1], "yes", cap=4096)

    def test_what_has_no_shell_says_so(self) -> None:
        with pytest.raises(CouldNotLook, match="no command can be run in container p2p-orderd-1"):
            shell_of("orderd.0", made.container(), LocalSite({}, ProcReader(), Options()))


@pytest.fixture
def nodes(server: Server) -> Iterator[str]:  # noqa: F811
    """Two nodes below a path of this test alone."""
    path = f"/own-{secrets.token_hex(4)}"
    server.client.create(f"{path}/b", b"two", makepath=True)
    server.client.create(f"{path}/a", b"one")
    yield path
    server.client.delete(path, recursive=True)


@pytest.mark.docker
class TestEnsemble:
    def test_nodes_are_read(self, server: Server, nodes: str) -> None:  # noqa: F811
        ensemble = Ensemble(server.spec, str)
        assert ensemble.children(nodes) == ("a", "b")
        assert ensemble.get(f"{nodes}/a") == b"one"
        assert (ensemble.exists(nodes), ensemble.exists(f"{nodes}/c")) == (True, False)

    def test_a_name_of_the_deployment_and_a_chroot_are_resolved(self, server: Server, nodes: str) -> None:  # noqa: F811
        ensemble = Ensemble(zookeeper(f"zk-of-ours:2181{nodes}"), {"zk-of-ours": server.address}.__getitem__)
        assert ensemble.get("/b") == b"two"
        assert ensemble.children("/") == ("a", "b")

    def test_a_node_that_is_not_there_is_no_empty_answer(self, server: Server, nodes: str) -> None:  # noqa: F811
        ensemble = Ensemble(server.spec, str)
        for ask in (ensemble.get, ensemble.children):
            with pytest.raises(LookupError, match="is not there"):
                ask(f"{nodes}/c")

    def test_an_ensemble_that_does_not_answer_is_unknown(self) -> None:
        ensemble = Ensemble(zookeeper("127.0.0.1:1"), str)
        for ask in (ensemble.get, ensemble.children, ensemble.exists):
            with pytest.raises(Unknown, match="no ZooKeeper server answers"):
                ask("/x")

    def test_a_path_without_a_slash_is_a_mistake_of_the_test(self) -> None:
        with pytest.raises(ValueError, match="begins with a slash"):
            Ensemble(zookeeper("127.0.0.1:1"), str).exists("x")
