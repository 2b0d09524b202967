"""Reading registrations from a real ZooKeeper: every answer is whole, late, or said to be missing."""

import logging
import socket
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cutting_proxy import CuttingProxy
from faults.judging import judged
from kazoo.client import KazooClient
from kazoo.security import make_digest_acl

from seatrial.errors import CouldNotLook
from seatrial.registry import zookeeper as registry
from seatrial.registry.connect_string import ConnectString, connect_string
from seatrial.registry.session import DATA_CAP
from seatrial.snapshot import Node, RegistryPath, Unreadable
from seatrial.spec.deployment import ZooKeeperSpec

pytestmark = pytest.mark.once

IMAGE = "seatrial-demo/zookeeper:1"
START = """
printf '%s\\n' tickTime=500 dataDir=/tmp/zk clientPort=2181 admin.enableServer=false >/tmp/zoo.cfg
exec java -Xmx96m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dzookeeper.jmx.log4j.disable=true \
  -cp /conf:/usr/share/java/zookeeper.jar:/usr/share/java/slf4j-simple.jar \
  org.apache.zookeeper.server.quorum.QuorumPeerMain /tmp/zoo.cfg
"""


@dataclass(frozen=True)
class Server:
    """A ZooKeeper server that runs, and a session of a test that writes to it."""

    address: str
    container: Any
    client: Any

    @property
    def spec(self) -> ZooKeeperSpec:
        return zookeeper(f"{self.address}:2181")


def read(spec: ZooKeeperSpec, paths: list[str], **more: Any) -> Mapping[str, RegistryPath | Unreadable]:
    return registry.read(spec, paths, **more).paths


def zookeeper(hosts: str, timeout: str = "5s") -> ZooKeeperSpec:
    return ZooKeeperSpec.model_validate({"hosts": hosts, "timeout": timeout})


@pytest.fixture(scope="module")
def server(docker_client: Any, run_id: str) -> Iterator[Server]:
    container = docker_client.containers.run(
        IMAGE, ["sh", "-c", START], name=f"st-{run_id}-zk", labels={"seatrial.test": run_id}, detach=True, init=True
    )
    try:
        container.reload()
        address = container.attrs["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]
        wait_for_port(address, 2181)
        client = KazooClient(f"{address}:2181", timeout=10, auth_data=[("digest", "owner:pw")])
        client.start(30)
        try:
            yield Server(address, container, client)
        finally:
            client.stop()
            client.close()
    finally:
        container.remove(force=True, v=True)


def wait_for_port(address: str, port: int) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            socket.create_connection((address, port), 1).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


@pytest.fixture
def path(server: Server, request: pytest.FixtureRequest) -> Iterator[str]:
    """A path of this test alone."""
    own = f"/t-{abs(hash(request.node.name))}"
    server.client.ensure_path(own)
    yield own
    server.client.delete(own, recursive=True)


class TestConnectString:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("a:1", ConnectString((("a", 1),), "")),
            ("a:1, b:2/prod/x/", ConnectString((("a", 1), ("b", 2)), "/prod/x")),
            ("a/", ConnectString((("a", 2181),), "")),
            ("[::1]:7,[fe80::1]", ConnectString((("::1", 7), ("fe80::1", 2181)), "")),
        ],
    )
    def test_servers_and_chroot_are_told_apart(self, text: str, expected: ConnectString) -> None:
        assert connect_string(text) == expected

    @pytest.mark.parametrize("text", ["", "a:b", "a:1,,b:2", "a:0", "a:70000", ":2181"])
    def test_anything_else_is_an_error(self, text: str) -> None:
        with pytest.raises(CouldNotLook, match="no host:port"):
            connect_string(text)

    def test_a_connect_string_that_is_none_makes_every_path_unreadable(self) -> None:
        assert isinstance(read(zookeeper("a:b"), ["/x"])["/x"], Unreadable)


@pytest.mark.docker
class TestRealZooKeeper:
    def test_nodes_are_told_with_data_owner_and_age(self, server: Server, path: str) -> None:
        server.client.create(f"{path}/b", b"10.0.0.2:8080", ephemeral=True)
        server.client.create(f"{path}/a", b"10.0.0.1:8080")
        zxid = server.client.last_zxid
        said = read(server.spec, [path])[path]
        assert isinstance(said, RegistryPath)
        assert [(node.name, node.data, node.ephemeral_owner, node.problem) for node in said.nodes] == [
            ("a", b"10.0.0.1:8080", 0, ""),
            ("b", b"10.0.0.2:8080", server.client.client_id[0], ""),
        ]
        assert said.nodes[0].created == pytest.approx(server.client.get(f"{path}/a")[1].created)
        assert said.exists
        assert said.zxid >= zxid
        assert said.server == f"{server.address}:2181"

    def test_a_parent_that_is_not_there_is_an_answer(self, server: Server) -> None:
        said = read(server.spec, ["/no/such"])["/no/such"]
        assert isinstance(said, RegistryPath)
        assert (said.exists, said.nodes) == (False, ())
        assert said.zxid > 0

    def test_a_path_without_children_exists(self, server: Server, path: str) -> None:
        said = read(server.spec, [path, "/no/such"])[path]
        assert isinstance(said, RegistryPath)
        assert (said.exists, said.nodes) == (True, ())

    def test_a_node_behind_an_acl_says_so_and_keeps_its_owner(self, server: Server, path: str) -> None:
        acl = [make_digest_acl("owner", "pw", all=True)]
        server.client.create(f"{path}/closed", b"secret", acl=acl, ephemeral=True)
        server.client.create(f"{path}/open", b"x")
        said = read(server.spec, [path])[path]
        assert isinstance(said, RegistryPath)
        closed, opened = said.nodes
        assert (closed.data, opened.data, opened.problem) == (b"", b"x", "")
        assert closed.ephemeral_owner == server.client.client_id[0]
        assert f"NoAuth on {path}/closed" in closed.problem

    def test_a_path_behind_an_acl_is_unreadable_and_the_others_are_not(self, server: Server, path: str) -> None:
        server.client.create(f"{path}/p", acl=[make_digest_acl("owner", "pw", all=True)])
        said = read(server.spec, [f"{path}/p", path])
        assert isinstance(said[f"{path}/p"], Unreadable)
        assert "NoAuth" in str(said[f"{path}/p"])
        assert isinstance(said[path], RegistryPath)

    def test_large_data_is_capped(self, server: Server, path: str) -> None:
        server.client.create(f"{path}/big", b"x" * 900_000)
        said = read(server.spec, [path])[path]
        assert isinstance(said, RegistryPath)
        assert len(said.nodes[0].data) == DATA_CAP

    def test_many_nodes_are_read_in_one_session(self, server: Server, path: str) -> None:
        wanted = [server.client.create_async(f"{path}/n{n:04}", b"%d" % n) for n in range(500)]
        for result in wanted:
            result.get(timeout=20)
        said = read(server.spec, [path])[path]
        assert isinstance(said, RegistryPath)
        assert [node.data for node in said.nodes] == [b"%d" % n for n in range(500)]

    def test_a_chroot_is_put_before_the_paths(self, server: Server, path: str) -> None:
        server.client.ensure_path(f"{path}/services/relay")
        server.client.create(f"{path}/services/relay/i", b"1")
        said = read(zookeeper(f"{server.address}:2181{path}/services"), ["/relay"])["/relay"]
        assert isinstance(said, RegistryPath)
        assert (said.path, [node.name for node in said.nodes]) == ("/relay", ["i"])

    def test_a_chroot_that_is_not_there_is_unreadable_with_what_is(self, server: Server, path: str) -> None:
        said = read(zookeeper(f"{server.address}:2181/prod2"), ["/relay"])["/relay"]
        assert isinstance(said, Unreadable)
        assert "chroot /prod2 does not exist (children of /: " in said.reason
        assert path.removeprefix("/") in said.reason

    def test_a_name_is_resolved_as_the_caller_says(self, server: Server, path: str) -> None:
        asked = []

        def to_address(host: str) -> str:
            asked.append(host)
            return server.address

        said = read(zookeeper("zk1:2181"), [path], resolve=to_address)[path]
        assert isinstance(said, RegistryPath)
        assert asked == ["zk1"]

    def test_a_server_that_refuses_does_not_hide_one_that_answers(self, server: Server, path: str) -> None:
        said = read(zookeeper(f"127.0.0.1:{free_port()},{server.address}:2181"), [path])[path]
        assert isinstance(said, RegistryPath)

    def test_nothing_of_kazoo_reaches_the_terminal_and_no_thread_stays(
        self, server: Server, path: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        before = set(threading.enumerate())
        read(server.spec, [path])
        read(zookeeper("127.0.0.1:1"), [path])
        assert set(threading.enumerate()) <= before
        assert capfd.readouterr() == ("", "")
        assert not [record for record in caplog.records if record.name.startswith("kazoo")]

    def test_a_frozen_server_is_unreadable(self, server: Server, path: str) -> None:
        server.container.pause()
        try:
            said = read(zookeeper(f"{server.address}:2181", "1s"), [path])[path]
        finally:
            server.container.unpause()
        assert isinstance(said, Unreadable)
        assert "gave no session within 1 s" in said.reason

    @pytest.mark.parametrize("hangs", [False, True])
    @pytest.mark.parametrize("cut", [0, 30, 60, 90, 130, 100_000])
    def test_a_connection_that_is_cut_or_hangs_anywhere_is_never_a_shorter_answer(
        self, server: Server, path: str, cut: int, hangs: bool
    ) -> None:
        for name in ("a", "b", "c"):
            server.client.create(f"{path}/{name}", name.encode())
        with CuttingProxy((server.address, 2181), ("127.0.0.1", 0), http=False) as proxy:
            proxy.cut_after, proxy.hangs = cut, hangs
            said = read(zookeeper(f"127.0.0.1:{proxy.port}", "1s"), [path])[path]
        if isinstance(said, RegistryPath):
            assert [node.data for node in said.nodes] == [b"a", b"b", b"c"]
        assert isinstance(said, RegistryPath) is (cut == 100_000)

    @pytest.mark.parametrize("floods", [False, True])
    def test_a_server_that_gives_a_session_and_then_floods_or_is_mute_keeps_nobody(self, floods: bool) -> None:
        with granting(floods) as port:
            said = read(zookeeper(f"127.0.0.1:{port}", "1s"), ["/a", "/b"])
            names = {thread.name for thread in threading.enumerate() if not thread.daemon}
        assert [str(each) for each in said.values()] == ["ZooKeeper did not answer about / within 1 s"] * 2
        assert not any("zk" in name for name in names)

    def test_single_nodes_are_read_in_the_same_session_as_the_paths(self, server: Server, path: str) -> None:
        server.client.create(f"{path}/servers", b"10.0.0.1:8080")
        before = changes(server)
        told = registry.read(server.spec, [path], [f"{path}/servers", f"{path}/none"])
        node = told.nodes[f"{path}/servers"]
        assert isinstance(node, Node)
        assert (node.name, node.data, node.ephemeral_owner) == ("servers", b"10.0.0.1:8080", 0)
        assert told.nodes[f"{path}/none"] is None
        assert isinstance(told.paths[path], RegistryPath)
        assert changes(server) == before + 2

    def test_a_single_node_behind_an_acl_or_too_long_is_unreadable_and_the_others_are_not(
        self, server: Server, path: str
    ) -> None:
        server.client.create(f"{path}/closed", b"secret", acl=[make_digest_acl("owner", "pw", all=True)])
        server.client.create(f"{path}/long", b"x" * (DATA_CAP + 1))
        server.client.create(f"{path}/open", b"x")
        nodes = registry.read(server.spec, [], [f"{path}/{name}" for name in ("closed", "long", "open")]).nodes
        assert f"NoAuth on {path}/closed" in str(nodes[f"{path}/closed"])
        assert f"holds {DATA_CAP + 1} bytes, more than {DATA_CAP}" in str(nodes[f"{path}/long"])
        assert isinstance(nodes[f"{path}/open"], Node)

    def test_a_chroot_is_put_before_single_nodes(self, server: Server, path: str) -> None:
        server.client.create(f"{path}/servers", b"x")
        told = registry.read(zookeeper(f"{server.address}:2181{path}"), [], ["/servers"]).nodes["/servers"]
        assert isinstance(told, Node)

    @pytest.mark.parametrize("cut", [0, 30, 60, 90, 100_000])
    def test_a_single_node_behind_a_connection_that_hangs_is_never_absent(
        self, server: Server, path: str, cut: int
    ) -> None:
        server.client.create(f"{path}/servers", b"x" * 500)
        with CuttingProxy((server.address, 2181), ("127.0.0.1", 0), http=False) as proxy:
            proxy.cut_after, proxy.hangs = cut, True
            said = registry.read(zookeeper(f"127.0.0.1:{proxy.port}", "1s"), [], [f"{path}/servers"]).nodes
        assert isinstance(said[f"{path}/servers"], Node if cut == 100_000 else Unreadable)

    def test_an_instance_that_a_node_lists_passes_and_one_that_it_does_not_fails(
        self, server: Server, path: str, tmp_path: Path
    ) -> None:
        server.client.create(f"{path}/all", f"10.0.0.9:2181,{server.address}:2181".encode())
        server.client.create(f"{path}/others", f"1{server.address}:2181,{server.address}0:2181".encode())
        file = tmp_path / "deployment.yaml"
        nodes = ", ".join(f"{{node: {path}/{name}, entry: '{{ip}}:2181'}}" for name in ("all", "others", "none"))
        file.write_text(
            f"deployment: d\nzookeeper: {{hosts: '{server.address}:2181'}}\n"
            f"services:\n  zk: {{locate: {{name: {server.container.name}}}, listed: [{nodes}]}}\n"
        )
        said = judged(file, "exec").of("zk.listed")
        assert [verdict.outcome.value for verdict in said] == ["PASS", "FAIL", "FAIL"]
        assert f"does not list {server.address}:2181; nearest is " in said[1].message
        assert f"{path}/none does not exist" in said[2].message

    def test_no_server_at_all_is_unreadable_with_the_reason_of_each(self) -> None:
        said = read(zookeeper(f"127.0.0.1:{free_port()},nosuch.invalid:2181"), ["/x", "/y"])
        assert set(said) == {"/x", "/y"}
        assert "no ZooKeeper server answers: 127.0.0.1:" in str(said["/x"])
        assert "refused; nosuch.invalid:2181 its name is unknown here" in str(said["/x"])

    def test_of_an_ensemble_that_does_not_answer_single_nodes_are_unreadable_too(self) -> None:
        told = registry.read(zookeeper(f"127.0.0.1:{free_port()}"), ["/x"], ["/y"])
        assert isinstance(told.paths["/x"], Unreadable)
        assert isinstance(told.nodes["/y"], Unreadable)


def changes(server: Server) -> int:
    """How many transactions there were so far: a session is two of them, its begin and its end."""
    server.client.sync("/")
    server.client.exists("/")
    return int(server.client.last_zxid)


@contextmanager
def granting(floods: bool) -> Iterator[int]:
    """The port of a server that gives a session, and then sends one endless answer, or nothing, until the end."""
    ended = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=give, args=(listener.accept()[0],), daemon=True).start()

    def give(peer: socket.socket) -> None:
        with peer, suppress(OSError):
            peer.recv(9999)
            peer.sendall(struct.pack(">iiiqi", 36, 0, 10000, 77, 16) + b"p" * 16)
            peer.sendall(struct.pack(">i", 2**31 - 1) if floods else b"")
            while not ended.wait(0.01):
                peer.sendall(b"x" * 1000 if floods else b"")

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        ended.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
