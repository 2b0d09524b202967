"""What is asked over a connection that stands: commands, streams and connections, on a real OpenSSH server."""

import threading
import time
from collections.abc import Callable

import pytest
from paramiko import Message
from paramiko.common import cMSG_CHANNEL_DATA
from ssh.berth import Berth
from ssh.harbour import Harbour

from seatrial.deadline import Deadline
from seatrial.errors import CutShort, TooLate
from seatrial.spec.inventory.host import Host
from seatrial.ssh.fleet import Fleet
from seatrial.ssh.link import Link
from seatrial.ssh.trouble import NotReached

pytestmark = [pytest.mark.docker, pytest.mark.once]

CAP = 1_000_000


@pytest.fixture(scope="module")
def box(ssh_harbour: Harbour) -> Berth:
    return ssh_harbour.target("link-box")


@pytest.fixture
def link(fleet: Callable[..., Fleet], box: Berth) -> Link:
    return fleet().reach(Host(box.name), Deadline.within(20))


def run(link: Link, command: str, stdin: bytes = b"", cap: int = CAP, within_s: float = 20) -> tuple[object, ...]:
    ran = link.run(command, stdin=stdin, deadline=Deadline.within(within_s), cap=cap)
    return ran.exit_code, ran.stdout, ran.stderr


def test_a_command_tells_its_exit_code_and_both_outputs(link: Link):
    assert run(link, "echo out; echo err >&2; exit 7") == (7, b"out\n", b"err\n")


def test_the_connection_came_through_the_bastion(link: Link, ssh_harbour: Harbour):
    peer = run(link, "echo $SSH_CONNECTION")[1].split()[0].decode()
    assert peer == ssh_harbour.bastion.addresses["back"]


def test_a_link_tells_how_it_was_reached(link: Link, box: Berth, ssh_harbour: Harbour):
    told = (link.access.address, link.access.user, link.access.fingerprint, link.access.route)
    bastion = ssh_harbour.bastion
    assert told == (f"{box.address}:22", "deploy", box.fingerprint, (f"bastion {bastion.address}:22",))


def test_more_stdin_than_any_window_holds_goes_through(link: Link):
    assert run(link, "wc -c", stdin=b"x" * 5_000_000)[1] == b"5000000\n"


def test_two_megabytes_on_each_output_at_once_block_nothing(link: Link):
    big = "head -c 2500000 /dev/zero"
    code, out, err = run(link, f"{big} & {big} >&2; wait", cap=10_000_000)
    assert (code, len(out), len(err)) == (0, 2_500_000, 2_500_000)


def test_a_command_that_takes_no_stdin_ends_all_the_same(link: Link):
    assert run(link, "exec 0<&-; exit 4", stdin=b"x" * 5_000_000)[0] == 4


def test_output_over_the_cap_is_cut(link: Link):
    with pytest.raises(CutShort, match="more than 1000 bytes"):
        run(link, "yes", cap=1000)


def test_what_all_commands_printed_together_is_bounded_and_let_go_of(link: Link, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("seatrial.ssh.exchange.MOST_HELD", 1_000_000)
    with pytest.raises(CutShort, match="all hosts together printed more than 1000000 bytes"):
        run(link, "yes", cap=100_000_000)
    assert [len(run(link, "head -c 900000 /dev/zero")[1]) for _ in range(3)] == [900_000] * 3


def test_a_command_that_hangs_is_left_at_the_deadline(link: Link):
    began = time.monotonic()
    with pytest.raises(TooLate, match="within 1 s"):
        run(link, "sleep 30", within_s=1)
    assert time.monotonic() - began < 2


def test_a_link_works_on_after_a_command_that_hung(link: Link):
    with pytest.raises(TooLate):
        run(link, "echo begun; sleep 30", within_s=0.5)
    assert run(link, "echo on")[1] == b"on\n"


def test_a_command_that_is_killed_has_no_exit_code(link: Link):
    assert run(link, "kill -9 $$")[0] is None


def test_there_is_no_terminal_and_no_agent(link: Link):
    assert run(link, "tty; echo [$SSH_AUTH_SOCK] [$DISPLAY]")[1] == b"not a tty\n[] []\n"


def test_a_connection_that_is_cut_says_so(fleet: Callable[..., Fleet], ssh_harbour: Harbour):
    berth = ssh_harbour.target("cut-box")
    link = fleet().reach(Host(berth.name), Deadline.within(20))
    threading.Timer(0.5, berth.kill).start()
    with pytest.raises(CutShort, match="connection was cut"):
        run(link, "sleep 30")


def test_stdin_that_a_frozen_host_does_not_take_is_given_up_at_the_deadline(
    fleet: Callable[..., Fleet], ssh_harbour: Harbour
):
    berth = ssh_harbour.server("frozen-box")
    link = fleet().reach(Host(berth.name), Deadline.within(20))
    berth.pause()
    began = time.monotonic()
    with pytest.raises(TooLate):
        run(link, "cat >/dev/null", stdin=b"x" * 50_000_000, within_s=1)
    assert time.monotonic() - began < 3
    berth.unpause()


def test_a_link_that_died_is_dialled_anew(fleet: Callable[..., Fleet], ssh_harbour: Harbour):
    berth, made = ssh_harbour.server("again-box"), fleet()
    made.reach(Host(berth.name), Deadline.within(20))
    berth.restart()
    again = made.reach(Host(berth.name), Deadline.within(20))
    assert run(again, "echo again")[1] == b"again\n"


def test_hosts_behind_a_bastion_that_was_restarted_are_dialled_anew(fleet: Callable[..., Fleet], ssh_harbour: Harbour):
    door = ssh_harbour.server("door", networks=("front", "back"))
    box, made = ssh_harbour.server("door-box", networks=("back",), jump="door"), fleet()
    made.reach(Host(box.name), Deadline.within(20))
    door.restart()
    assert run(made.reach(Host(box.name), Deadline.within(20)), "echo again")[1] == b"again\n"


def test_a_stream_is_closed_one_direction_at_a_time(link: Link):
    with link.stream("cat; echo over", Deadline.within(20)) as sock:
        sock.settimeout(10)
        sock.sendall(b"said\n")
        assert sock.recv(100) == b"said\n"
        sock.shutdown(1)
        assert (sock.recv(100), sock.recv(100)) == (b"over\n", b"")


def test_a_stream_that_is_closed_leaves_no_thread(link: Link):
    before = threading.active_count()
    link.stream("sleep 60", Deadline.within(20)).close()
    until = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < until:
        time.sleep(0.02)
    assert threading.active_count() <= before


def test_a_port_of_the_host_itself_is_dialled(link: Link):
    with link.dial("127.0.0.1", 22, Deadline.within(20)) as sock:
        sock.settimeout(10)
        assert sock.recv(100).startswith(b"SSH-2.0")


def test_a_port_is_dialled_as_the_hosts_peers_do(link: Link, box: Berth, ssh_harbour: Harbour):
    with link.dial_beside(22, Deadline.within(20)) as sock:
        sock.settimeout(10)
        sock.recv(100)
        sock.sendall(b"not ssh\r\n")
        sock.recv(100)
    assert f"Connection from {ssh_harbour.bastion.addresses['back']}" in box.log()


def test_nobody_listening_is_a_connection_refused(link: Link):
    with pytest.raises(ConnectionRefusedError):
        link.dial("127.0.0.1", 23, Deadline.within(20))


def test_nobody_listening_beside_is_a_connection_refused(link: Link):
    with pytest.raises(ConnectionRefusedError):
        link.dial_beside(23, Deadline.within(20))


def test_forwarding_that_the_host_forbids_is_a_permission_error(fleet: Callable[..., Fleet], ssh_harbour: Harbour):
    berth = ssh_harbour.target("closed-box", AllowTcpForwarding="no")
    link = fleet().reach(Host(berth.name), Deadline.within(20))
    with pytest.raises(PermissionError, match="forbids forwarding"):
        link.dial("127.0.0.1", 22, Deadline.within(20))


def test_sessions_over_the_servers_limit_wait_for_others_to_end(fleet: Callable[..., Fleet], ssh_harbour: Harbour):
    berth = ssh_harbour.target("few-box", MaxSessions=2)
    link = fleet().reach(Host(berth.name), Deadline.within(20))
    codes: list[object] = []
    threads = [threading.Thread(target=lambda: codes.append(run(link, "sleep 0.2")[0])) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [0] * 6


def test_a_session_that_is_refused_until_the_deadline_says_which(fleet: Callable[..., Fleet], ssh_harbour: Harbour):
    berth = ssh_harbour.target("three-box", MaxSessions=3)
    link = fleet().reach(Host(berth.name), Deadline.within(20))
    held = [link.stream("sleep 60", Deadline.within(20)) for _ in range(3)]
    with pytest.raises(NotReached, match=r"session 4 refused \(MaxSessions\)") as raised:
        run(link, "true", within_s=1)
    assert raised.value.trouble.stage == "host.reach"
    for sock in held:
        sock.close()


def test_data_for_a_channel_that_is_closed_is_not_sent_since_the_server_would_hang_up(
    fleet: Callable[..., Fleet], box: Berth
):
    made = fleet()
    link = made.reach(Host(box.name), Deadline.within(20))
    (transport,) = (line.transport for line in made._made if line.settings.name == box.name)
    channel = transport.open("session", Deadline.within(20))
    channel.close()
    late = Message()
    late.add_byte(cMSG_CHANNEL_DATA)
    late.add_int(channel.remote_chanid)
    late.add_string(b"late")
    time.sleep(0.3)  # the server has forgotten the channel
    transport._send_message(late)
    assert run(link, "echo on")[1] == b"on\n"


def test_a_fleet_that_ends_leaves_no_thread_and_takes_no_time(fleet: Callable[..., Fleet], box: Berth):
    before = threading.active_count()
    made = fleet()
    link = made.reach(Host(box.name), Deadline.within(20))
    sock = link.stream("cat", Deadline.within(20))
    began = time.monotonic()
    made.end()
    took = time.monotonic() - began
    sock.close()
    time.sleep(0.5)
    assert (took < 2, threading.active_count() <= before) == (True, True)
