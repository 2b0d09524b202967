"""``seatrial trust``: shows the keys of hosts hop by hop, writes down those that are accepted, and replaces none."""

import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from ssh.berth import Berth
from ssh.harbour import Harbour
from ssh.keys import key_pair

pytestmark = [pytest.mark.docker, pytest.mark.once]

Seatrial = Callable[..., object]
FILE = """
deployment: trusted
hosts:
  named:
    bastion: {{address: {bastion}, user: deploy}}
    box: {{address: {box}, user: deploy, jump: bastion}}
ssh: {{config: ssh_config, known_hosts: known_hosts, identity: {identity}}}
services:
  box:
    on: ssh
    locate: {{host: box}}
    processes: [{{exe: /usr/sbin/sshd}}]
"""


@pytest.fixture(scope="module")
def box(ssh_harbour: Harbour) -> Berth:
    return ssh_harbour.target("trust-box")


@pytest.fixture
def file(tmp_path: Path, ssh_harbour: Harbour, box: Berth) -> Path:
    path = tmp_path / "deployment.yaml"
    (tmp_path / "ssh_config").write_text("")
    path.write_text(FILE.format(bastion=ssh_harbour.bastion.address, box=box.address, identity=ssh_harbour.identity))
    return path


@pytest.fixture
def known(file: Path) -> Path:
    return file.with_name("known_hosts")


def test_the_keys_of_all_hops_are_written_down(
    seatrial: Seatrial, file: Path, known: Path, ssh_harbour: Harbour, box: Berth
):
    done = seatrial("trust", file, "--yes")
    assert done.code == 0, done.out
    assert known.read_text() == ssh_harbour.bastion.known + box.known
    assert stat.S_IMODE(known.stat().st_mode) == 0o600


def test_fingerprints_are_shown_bastion_first(seatrial: Seatrial, file: Path, ssh_harbour: Harbour, box: Berth):
    out = seatrial("trust", file, "--yes").out
    shown = [line for line in out.splitlines() if " shows " in line]
    assert shown == [
        f"bastion {ssh_harbour.bastion.address}:22 shows ssh-ed25519 {ssh_harbour.bastion.fingerprint}",
        f"box {box.address}:22 shows ssh-ed25519 {box.fingerprint}",
    ]


def test_keys_that_are_known_are_not_written_again(seatrial: Seatrial, file: Path, known: Path):
    seatrial("trust", file, "--yes")
    before = known.read_text()
    done = seatrial("trust", file, "--yes")
    assert (done.code, known.read_text()) == (0, before)
    assert done.out.count(", which is known") == 2


def test_what_is_in_the_file_stays(seatrial: Seatrial, file: Path, known: Path, ssh_harbour: Harbour, box: Berth):
    known.write_text(f"# mine\nother {key_pair().public}")
    before = known.read_text()
    assert seatrial("trust", file, "--yes").code == 0
    assert known.read_text() == f"{before}\n{ssh_harbour.bastion.known}{box.known}"


def test_a_changed_key_is_never_replaced(seatrial: Seatrial, file: Path, known: Path, ssh_harbour: Harbour):
    old = f"{ssh_harbour.bastion.address} {key_pair().public}\n"
    known.write_text(old)
    done = seatrial("trust", file, "--yes")
    assert (done.code, known.read_text()) == (1, old)
    assert "take the old key out first: ssh-keygen -R" in done.out
    assert "box: not asked, since its jump host bastion is not trusted" in done.out


def test_another_file_is_written_where_one_is_given(seatrial: Seatrial, file: Path, known: Path, tmp_path: Path):
    other = tmp_path / "sub" / "other"
    assert seatrial("trust", file, "--yes", "--known-hosts", other).code == 0
    assert (other.read_text().count("\n"), known.exists()) == (2, False)


def test_a_host_that_is_not_reached_is_told(seatrial: Seatrial, file: Path):
    file.write_text(file.read_text().replace("    box: {address: ", "    box: {port: 23, address: "))
    done = seatrial("trust", file, "--yes")
    assert done.code == 1
    assert "connect failed: connection refused" in done.out


def test_without_a_terminal_keys_are_shown_and_nothing_is_written_unasked(
    seatrial: Seatrial, file: Path, known: Path, ssh_harbour: Harbour
):
    done = seatrial("trust", file)
    assert (done.code, known.exists()) == (1, False)
    assert ssh_harbour.bastion.fingerprint in done.out
    assert "there is no terminal to ask at" in done.out


@pytest.mark.parametrize(("answer", "code", "lines"), [("y\ny\n", 0, 2), ("n\n", 1, 0), ("y\nn\n", 1, 1)])
def test_each_key_is_asked_about(command: list[str], file: Path, known: Path, answer: str, code: int, lines: int):
    inner = " ".join(f"'{word}'" if "'" not in word else f'"{word}"' for word in [*command, "trust", str(file)])
    done = subprocess.run(
        ["script", "-qec", inner, "/dev/null"], input=answer, text=True, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == code, done.stdout
    assert (known.read_text().count("\n") if known.exists() else 0) == lines


def test_a_deployment_without_hosts_is_a_usage_error(seatrial: Seatrial, tmp_path: Path):
    file = tmp_path / "deployment.yaml"
    service = "on: docker\n    locate: {name: a}\n    instances: 1\n    processes: [{exe: /bin/sh}]"
    file.write_text(f"deployment: here\nservices:\n  a:\n    {service}\n")
    done = seatrial("trust", file, "--yes")
    assert (done.code, "no host of this deployment is behind SSH" in done.out) == (4, True)
