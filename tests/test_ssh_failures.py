"""Each way in which a host is not reached is told apart, and says which hop it was; on real OpenSSH servers."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from ssh.harbour import Harbour
from ssh.keys import key_pair

from seatrial.deadline import Deadline
from seatrial.spec.inventory.host import Host
from seatrial.ssh.fleet import Fleet
from seatrial.ssh.trouble import NotReached

pytestmark = [pytest.mark.docker, pytest.mark.once]

Fleets = Callable[..., Fleet]


def failure(fleet: Fleet, name: str, within_s: float = 20, **host: object) -> NotReached:
    with pytest.raises(NotReached) as raised:
        fleet.reach(Host(name, **host), Deadline.within(within_s))
    return raised.value


def told(fleet: Fleet, name: str, within_s: float = 20, **host: object) -> tuple[str, str, bool]:
    trouble = failure(fleet, name, within_s, **host).trouble
    return trouble.stage, trouble.text, trouble.wrong


@pytest.fixture(scope="module")
def door(ssh_harbour: Harbour) -> str:
    """A bastion of this module's own, since it is broken."""
    return ssh_harbour.server("fail-door", networks=("front", "back")).name


@contextmanager
def listener(*says: bytes, hold: bool = True) -> Iterator[int]:
    """A port here that says something, and then nothing or goodbye."""
    server = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        held = []
        server.settimeout(0.05)
        while not over.is_set():
            try:
                sock, _ = server.accept()
            except TimeoutError:
                continue
            for piece in says:
                sock.sendall(piece)
            held.append(sock) if hold else sock.close()
        for sock in held:
            sock.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        over.set()
        thread.join()
        server.close()


def test_a_frozen_bastion_timed_out(fleet: Fleets, ssh_harbour: Harbour, door: str):
    made, berth = fleet(within_s=1), ssh_harbour.berths[door]
    berth.pause()
    try:
        stage, text, wrong = told(made, "box", address="10.0.0.9", jump=door)
    finally:
        berth.unpause()
    assert (stage, wrong) == ("host.reach", False)
    assert text.startswith(f"bastion {berth.address}:22 (fail-door): timed out 1 s")


def test_fifty_hosts_behind_a_frozen_bastion_wait_for_it_once(fleet: Fleets, ssh_harbour: Harbour, door: str):
    made, berth = fleet(within_s=1), ssh_harbour.berths[door]
    hosts = [Host(f"box-{at}", address=f"10.0.0.{at}", jump=door) for at in range(1, 51)]
    berth.pause()
    began = time.monotonic()
    try:
        made.begin(hosts)
        texts = {failure(made, host.name, address=host.address, jump=door).trouble.text for host in hosts}
    finally:
        berth.unpause()
    assert (len(texts), time.monotonic() - began < 4) == (1, True)


def test_a_bastion_that_is_down_has_no_route(fleet: Fleets, ssh_harbour: Harbour):
    gone = ssh_harbour.server("gone-door")
    gone.kill()
    stage, text, _ = told(fleet(within_s=4), "box", address="10.0.0.9", jump=gone.name)
    assert stage == "host.reach"
    assert text.startswith(f"bastion {gone.address}:22 (gone-door): ")
    assert text.endswith(("no route to host", "timed out 4 s"))


def test_a_host_that_refuses_is_told_so(fleet: Fleets, ssh_harbour: Harbour):
    text = told(fleet(), "box", address=ssh_harbour.bastion.address, port=2299)[1]
    assert text == f"{ssh_harbour.bastion.address}:2299: connection refused"


def test_a_name_that_nobody_knows_is_told_so(fleet: Fleets):
    assert "its name is not known" in told(fleet(), "no-such-host.invalid")[1]


def test_a_bastion_that_is_up_and_a_target_that_is_down(fleet: Fleets, ssh_harbour: Harbour, door: str):
    target = ssh_harbour.berths[door].addresses["back"]
    stage, text, wrong = told(fleet(), "box", address=target, port=2222, jump=door)
    words = f"bastion ok; target {target}:2222 from there: connect failed: connection refused"
    assert (stage, text, wrong) == ("host.reach", words, False)


def test_a_target_whose_machine_is_off(fleet: Fleets, ssh_harbour: Harbour):
    off = ssh_harbour.target("off-box")
    off.kill()
    text = told(fleet(within_s=6), off.name)[1]
    assert text.startswith(f"bastion ok; target {off.address}:22 from there: connect ")


def test_a_frozen_target_behind_a_bastion(fleet: Fleets, ssh_harbour: Harbour):
    berth = ssh_harbour.target("ice-box")
    berth.pause()
    text = told(fleet(within_s=1), berth.name)[1]
    berth.unpause()
    assert text.startswith(f"bastion ok; target {berth.address}:22 from there: timed out 1 s: it took the connection")


def test_forwarding_that_a_bastion_forbids(fleet: Fleets, ssh_harbour: Harbour):
    ssh_harbour.server("shut-door", networks=("front", "back"), AllowTcpForwarding="no")
    text = told(fleet(), "box", address="10.0.0.9", jump="shut-door")[1]
    assert "forwarding forbidden: administratively prohibited" in text


def test_a_port_that_says_nothing(fleet: Fleets):
    with listener() as port:
        text = told(fleet(within_s=1), "box", address="127.0.0.1", port=port)[1]
    assert text == f"127.0.0.1:{port}: timed out 1 s: it took the connection and sent no banner"


def test_a_port_that_speaks_something_else(fleet: Fleets):
    with listener(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", hold=False) as port:
        text = told(fleet(within_s=2), "box", address="127.0.0.1", port=port)[1]
    assert "not an SSH server: it says 'HTTP/1.1 400 Bad Request" in text


def test_a_server_that_stops_in_the_key_exchange(fleet: Fleets):
    with listener(b"SSH-2.0-OpenSSH_9.2\r\n") as port:
        text = told(fleet(within_s=1), "box", address="127.0.0.1", port=port)[1]
    assert text == f"127.0.0.1:{port}: key exchange timed out 1 s"


def test_a_server_that_drops_connections_is_tried_again_until_the_deadline(fleet: Fleets):
    with listener(b"Exceeded MaxStartups\r\n", hold=False) as port:
        text = told(fleet(within_s=1), "box", address="127.0.0.1", port=port)[1]
    assert re.search(r"it hung up before its banner: Exceeded MaxStartups, [345] tries in 1 s; too many", text)


def test_a_server_that_takes_few_connections_at_once_is_reached_in_the_end(fleet: Fleets, ssh_harbour: Harbour):
    berth = ssh_harbour.server("busy-door", MaxStartups="2:100:3")
    held = [socket.create_connection((berth.address, 22)) for _ in range(3)]
    threading.Timer(1, lambda: [sock.close() for sock in held]).start()
    link = fleet().reach(Host(berth.name), Deadline.within(20))
    assert link.run("true", deadline=Deadline.within(10), cap=100).exit_code == 0


def test_a_key_exchange_with_nothing_in_common_names_both_lists(fleet: Fleets, ssh_harbour: Harbour):
    berth = ssh_harbour.server("odd-door", KexAlgorithms="sntrup761x25519-sha512@openssh.com")
    text = told(fleet(), berth.name)[1]
    assert "no common key exchange: it offers sntrup761x25519-sha512@openssh.com" in text
    assert "allowed here: " in text


def test_a_changed_host_key_is_wrong_and_nothing_is_run(fleet: Fleets, ssh_harbour: Harbour):
    old = ssh_harbour.server("changed-box")
    new = ssh_harbour.instead(old)
    ssh_harbour.trust(old)
    error = failure(fleet(), new.name)
    ssh_harbour.trust(*ssh_harbour.berths.values())
    assert (error.trouble.stage, error.trouble.wrong) == ("host.identity", True)
    assert f"{new.address} shows {new.fingerprint}, expected {old.fingerprint}" in error.trouble.text
    assert "Accepted" not in new.log()
    assert "userauth" not in new.log()


def test_a_changed_key_of_a_bastion_is_told_as_the_bastions(fleet: Fleets, ssh_harbour: Harbour):
    old = ssh_harbour.server("changed-door", networks=("front", "back"))
    new = ssh_harbour.instead(old)
    ssh_harbour.trust(old)
    stage, text, wrong = told(fleet(), "box", address="10.0.0.9", jump=new.name)
    ssh_harbour.trust(*ssh_harbour.berths.values())
    assert (stage, wrong) == ("host.identity", True)
    assert text.startswith(f"bastion {new.address} shows {new.fingerprint}, expected {old.fingerprint}")


def test_an_unknown_host_key_says_how_to_accept_it(fleet: Fleets, ssh_harbour: Harbour):
    berth = ssh_harbour.server("new-box")
    ssh_harbour.trust()
    error = failure(fleet(), berth.name)
    ssh_harbour.trust(*ssh_harbour.berths.values())
    words = f"{berth.address}: unknown key {berth.fingerprint}; add with `seatrial trust`"
    assert (error.trouble.stage, error.trouble.wrong) == ("host.identity", False)
    assert error.trouble.text.startswith(words)
    assert "Accepted" not in berth.log()


def test_a_config_that_accepts_new_keys_is_not_followed(fleet: Fleets, ssh_harbour: Harbour):
    berth = ssh_harbour.server("lax-box")
    ssh_harbour.trust()
    lax = ssh_harbour.folder / "lax"
    lax.write_text(f"StrictHostKeyChecking no\n{ssh_harbour.ssh_config.read_text()}")
    error = failure(fleet(config=lax), berth.name)
    ssh_harbour.trust(*ssh_harbour.berths.values())
    assert (error.trouble.stage, error.access.notes) == (
        "host.identity",
        ("StrictHostKeyChecking no is not followed",),
    )


def test_a_host_of_which_only_another_kind_of_key_is_known_is_unknown(fleet: Fleets, ssh_harbour: Harbour):
    berth, other = ssh_harbour.server("kind-box"), key_pair("ecdsa")
    ssh_harbour.known_hosts.write_text(f"{berth.address} {other.public}\n")
    stage, text, wrong = told(fleet(), berth.name)
    ssh_harbour.trust(*ssh_harbour.berths.values())
    assert (stage, wrong) == ("host.identity", False)
    assert f"only other kinds are known: ecdsa-sha2-nistp256 {other.fingerprint}" in text


def test_a_revoked_key_is_wrong(fleet: Fleets, ssh_harbour: Harbour):
    berth = ssh_harbour.server("revoked-box")
    ssh_harbour.known_hosts.write_text(f"{berth.known}@revoked * {berth.host_key}\n")
    stage, text, wrong = told(fleet(), berth.name)
    ssh_harbour.trust(*ssh_harbour.berths.values())
    assert (stage, wrong, "which is revoked" in text) == ("host.identity", True, True)


def test_a_host_certificate_authority_is_said_not_to_be_followed(fleet: Fleets, ssh_harbour: Harbour):
    berth = ssh_harbour.server("authority-box")
    ssh_harbour.known_hosts.write_text(f"@cert-authority * {key_pair().public}\n")
    text = told(fleet(), berth.name)[1]
    ssh_harbour.trust(*ssh_harbour.berths.values())
    assert "@cert-authority, cannot be followed here" in text


def test_a_jump_host_that_does_not_exist_is_never_passed_by(fleet: Fleets, ssh_harbour: Harbour):
    berth = ssh_harbour.bastion
    text = told(fleet(), "direct", address=berth.address, jump="no-such-bastion.invalid")[1]
    assert text.startswith("bastion no-such-bastion.invalid:22: its name is not known")


def test_a_deadline_shorter_than_a_hops_says_where_it_stands(fleet: Fleets):
    with listener() as port:
        text = told(fleet(within_s=5), "box", address="127.0.0.1", port=port, within_s=0.5)[1]
    assert text == f"127.0.0.1:{port}: not connected within 0.5 s"
