"""Who logs in and by which keys, on real OpenSSH servers: files, passphrases, agents, certificates."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ssh.berth import Berth
from ssh.harbour import Harbour
from ssh.keys import KeyPair, key_pair

from seatrial.deadline import Deadline
from seatrial.spec.inventory.host import Host
from seatrial.ssh.fleet import Fleet
from seatrial.ssh.trouble import NotReached

pytestmark = [pytest.mark.docker, pytest.mark.once]

Fleets = Callable[..., Fleet]
PASSPHRASE = "correct horse"


@pytest.fixture(scope="module")
def box(ssh_harbour: Harbour) -> Berth:
    return ssh_harbour.server("login-box", MaxAuthTries=3)


@pytest.fixture
def config(ssh_harbour: Harbour, tmp_path: Path) -> Callable[..., Path]:
    """Write an ssh_config whose first lines count more than the harbour's."""

    def write(*lines: str, keeps_identity: bool = False) -> Path:
        text = ssh_harbour.ssh_config.read_text()
        if not keeps_identity:
            text = "\n".join(line for line in text.splitlines() if "Identit" not in line)
        file = tmp_path / "ssh_config"
        file.write_text("\n".join(["Host *", *(f"    {line}" for line in lines), "", text, ""]))
        return file

    return write


def save(path: Path, pair: KeyPair, mode: int = 0o600) -> Path:
    path.write_text(pair.private)
    path.chmod(mode)
    path.with_name(f"{path.name}.pub").write_text(f"{pair.public} test\n")
    return path


def allow(box: Berth, pair: KeyPair, user: str = "deploy") -> KeyPair:
    """Let a key log in beside the harbour's own."""
    old = box.run("cat", f"/etc/ssh/authorized/{user}")
    box.put(f"/etc/ssh/authorized/{user}", f"{old}{pair.public}\n")
    return pair


def whoami(fleet: Fleet, box: Berth) -> str:
    link = fleet.reach(Host(box.name), Deadline.within(20))
    return link.run("id -un", deadline=Deadline.within(20), cap=1000).stdout.decode().strip()


def refusal(fleet: Fleet, box: Berth) -> str:
    with pytest.raises(NotReached) as raised:
        fleet.reach(Host(box.name), Deadline.within(20))
    assert raised.value.trouble.stage == "host.reach"
    assert not raised.value.trouble.wrong
    return raised.value.trouble.text


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """A real ssh-agent: ``agent(key file, …)`` adds keys and returns the path of its socket."""
    sock = tmp_path / "agent"
    told = subprocess.run(["ssh-agent", "-s", "-a", str(sock)], check=True, capture_output=True, text=True).stdout
    pid = int(told.split("SSH_AGENT_PID=")[1].split(";")[0])

    def add(*keys: Path) -> str:
        for key in keys:
            subprocess.run(
                ["ssh-add", "-q", str(key)], check=True, env={**os.environ, "SSH_AUTH_SOCK": str(sock)}, timeout=10
            )
        return str(sock)

    yield add
    os.kill(pid, signal.SIGTERM)


def test_a_key_of_the_deployment_file_logs_in(fleet: Fleets, box: Berth, tmp_path: Path):
    key = save(tmp_path / "id", allow(box, key_pair("ecdsa")))
    assert whoami(fleet(identities=(key,)), box) == "deploy"


def test_another_user_logs_in(fleet: Fleets, box: Berth):
    assert whoami(fleet(user="plain"), box) == "plain"


def test_an_encrypted_key_opens_with_its_passphrase(fleet: Fleets, box: Berth, tmp_path: Path):
    key = save(tmp_path / "id", allow(box, key_pair(passphrase=PASSPHRASE)))
    assert whoami(fleet(identities=(key,), passphrase=PASSPHRASE), box) == "deploy"


def test_an_encrypted_key_without_a_passphrase_is_told(fleet: Fleets, box: Berth, tmp_path: Path):
    key = save(tmp_path / "id", key_pair(passphrase=PASSPHRASE))
    assert f"{key}: it is encrypted; give ssh.passphrase" in refusal(fleet(identities=(key,)), box)


def test_a_wrong_passphrase_is_told_and_not_shown(fleet: Fleets, box: Berth, tmp_path: Path):
    key = save(tmp_path / "id", key_pair(passphrase=PASSPHRASE))
    text = refusal(fleet(identities=(key,), passphrase="battery staple"), box)
    assert "the passphrase that was given does not open it" in text
    assert "battery" not in text


def test_a_key_that_others_may_read_is_not_used(fleet: Fleets, box: Berth, tmp_path: Path):
    key = save(tmp_path / "id", key_pair(), 0o644)
    assert "others may read it (mode 0644)" in refusal(fleet(identities=(key,)), box)


def test_a_key_that_is_not_there_is_told(fleet: Fleets, box: Berth, tmp_path: Path):
    text = refusal(fleet(identities=(tmp_path / "none",)), box)
    assert f"{tmp_path / 'none'}: there is no such file" in text


def test_a_file_that_is_no_key_is_told(fleet: Fleets, box: Berth, tmp_path: Path):
    key = tmp_path / "id"
    key.touch(0o600)
    key.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nx\n")
    assert "it is no private key" in refusal(fleet(identities=(key,)), box)


def test_a_text_that_others_may_read_is_told_to_be_no_key(fleet: Fleets, box: Berth, tmp_path: Path):
    key = tmp_path / "notes.txt"
    key.write_text("deploy: 10.0.0.5\n")
    assert f"{key}: it is no private key" in refusal(fleet(identities=(key,)), box)


def test_a_public_key_is_told_with_the_name_of_the_private_one(fleet: Fleets, box: Berth, tmp_path: Path):
    key = save(tmp_path / "id", key_pair())
    text = refusal(fleet(identities=(f"{key}.pub",)), box)
    assert f"{key}.pub: it is a public key; name the private one, {key}, or add that to an agent" in text


def test_a_public_key_is_enough_for_a_key_of_the_agent(
    fleet: Fleets, box: Berth, tmp_path: Path, agent: Callable[..., str]
):
    key = save(tmp_path / "id", allow(box, key_pair()))
    assert whoami(fleet(identities=(f"{key}.pub",), environ={"SSH_AUTH_SOCK": agent(key)}), box) == "deploy"


def test_an_agent_that_hangs_leaves_time_for_keys_of_files(fleet: Fleets, box: Berth, tmp_path: Path):
    key, began = save(tmp_path / "id", allow(box, key_pair())), time.monotonic()
    with socket.socket(socket.AF_UNIX) as hangs:
        hangs.bind(f"{tmp_path}/agent")
        hangs.listen()
        made = fleet(identities=(key,), within_s=4, environ={"SSH_AUTH_SOCK": f"{tmp_path}/agent"})
        assert whoami(made, box) == "deploy"
    assert time.monotonic() - began < 5


def test_keys_that_are_refused_are_named_with_their_fingerprints(fleet: Fleets, box: Berth, tmp_path: Path):
    pair = key_pair()
    key = save(tmp_path / "id", pair)
    text = refusal(fleet(identities=(key,)), box)
    assert f"deploy@{box.address}: permission denied; tried {key} {pair.fingerprint}" in text


def test_a_user_that_is_not_there_is_told(fleet: Fleets, box: Berth):
    assert f"nobody-here@{box.address}: permission denied; tried " in refusal(fleet(user="nobody-here"), box)


def test_too_many_keys_are_told_in_the_servers_words(fleet: Fleets, box: Berth, tmp_path: Path):
    keys = tuple(save(tmp_path / f"id{at}", key_pair()) for at in range(5))
    text = refusal(fleet(identities=keys), box)
    assert "Too many authentication failures; tried " in text


def test_a_server_that_takes_no_keys_says_what_it_takes(fleet: Fleets, ssh_harbour: Harbour):
    berth = ssh_harbour.server("password-box", PasswordAuthentication="yes", PubkeyAuthentication="no")
    assert "the server takes no public keys; it takes password" in refusal(fleet(), berth)


def test_a_server_that_wants_more_than_a_key_is_told(fleet: Fleets, ssh_harbour: Harbour):
    berth = ssh_harbour.server("two-box", AuthenticationMethods="publickey,password", PasswordAuthentication="yes")
    assert "is accepted, and the server wants more: password" in refusal(fleet(), berth)


def test_a_key_of_the_agent_logs_in(
    fleet: Fleets, box: Berth, tmp_path: Path, agent: Callable[..., str], config: Callable[..., Path]
):
    key = save(tmp_path / "elsewhere", allow(box, key_pair()))
    sock = agent(key)
    made = fleet(config=config("IdentityFile none"), environ={"SSH_AUTH_SOCK": sock})
    assert whoami(made, box) == "deploy"


def test_an_agent_that_the_configuration_names_logs_in(
    fleet: Fleets, box: Berth, tmp_path: Path, agent: Callable[..., str], config: Callable[..., Path]
):
    sock = agent(save(tmp_path / "elsewhere", allow(box, key_pair())))
    assert whoami(fleet(config=config(f"IdentityAgent {sock}")), box) == "deploy"


def test_with_identities_only_an_agent_offers_no_other_key(
    fleet: Fleets, box: Berth, tmp_path: Path, agent: Callable[..., str], config: Callable[..., Path]
):
    sock = agent(save(tmp_path / "elsewhere", allow(box, key_pair())))
    named = save(tmp_path / "named", key_pair())
    lines = (f"IdentityAgent {sock}", "IdentitiesOnly yes", f"IdentityFile {named}")
    text = refusal(fleet(config=config(*lines)), box)
    assert f"tried {named}" in text
    assert "agent key" not in text


def test_with_identities_only_an_agent_signs_for_a_key_that_is_named(
    fleet: Fleets, box: Berth, tmp_path: Path, agent: Callable[..., str], config: Callable[..., Path]
):
    key = save(tmp_path / "named", allow(box, key_pair()))
    sock = agent(key)
    key.unlink()  # its public half stays
    lines = (f"IdentityAgent {sock}", "IdentitiesOnly yes", f"IdentityFile {key}")
    assert whoami(fleet(config=config(*lines)), box) == "deploy"


def test_an_agent_that_is_gone_is_told(fleet: Fleets, box: Berth, tmp_path: Path, config: Callable[..., Path]):
    text = refusal(fleet(config=config(f"IdentityAgent {tmp_path}/gone", "IdentityFile none")), box)
    assert f"agent at {tmp_path}/gone: No such file or directory" in text


def test_a_certificate_logs_in(fleet: Fleets, ssh_harbour: Harbour, tmp_path: Path, config: Callable[..., Path]):
    authority = save(tmp_path / "authority", key_pair())
    berth = ssh_harbour.server("certificate-box", TrustedUserCAKeys="/etc/ssh/authority.pub")
    berth.put("/etc/ssh/authority.pub", authority.with_name("authority.pub").read_text())
    key = save(tmp_path / "id", key_pair())
    sign = ["ssh-keygen", "-q", "-s", str(authority), "-I", "test", "-n", "deploy", f"{key}.pub"]
    subprocess.run(sign, check=True, timeout=10)
    elsewhere = tmp_path / "certificate"
    shutil.move(tmp_path / "id-cert.pub", elsewhere)
    lines = ("IdentitiesOnly yes", f"IdentityFile {key}", f"CertificateFile {elsewhere}")
    assert whoami(fleet(config=config(*lines)), berth) == "deploy"


def test_a_chain_of_two_jump_hosts_is_taken(fleet: Fleets, ssh_harbour: Harbour):
    ssh_harbour.server("middle", networks=("back", "deep"), jump=ssh_harbour.bastion.name)
    berth = ssh_harbour.server("deep-box", networks=("deep",), jump="middle")
    link = fleet().reach(Host(berth.name), Deadline.within(20))
    assert [hop.split()[0] for hop in link.access.route] == ["bastion", "middle"]
    assert link.run("id -un", deadline=Deadline.within(20), cap=1000).stdout == b"deploy\n"


def test_a_proxy_command_is_run_and_ended(fleet: Fleets, ssh_harbour: Harbour, config: Callable[..., Path]):
    bastion, berth = ssh_harbour.bastion, ssh_harbour.target("proxy-box")
    command = f"ssh -F {ssh_harbour.ssh_config} -W %h:%p {bastion.name}"
    made = fleet(config=config(f"ProxyCommand {command}", keeps_identity=True))
    assert whoami(made, berth) == "deploy"
    made.end()
    left = subprocess.run(["pgrep", "-f", str(ssh_harbour.ssh_config)], capture_output=True, text=True).stdout
    assert left == ""


def test_a_proxy_command_that_fails_is_told_in_its_own_words(
    fleet: Fleets, box: Berth, config: Callable[..., Path], tmp_path: Path
):
    script = tmp_path / "proxy"
    script.write_text("#!/bin/sh\necho no way to $1 >&2\n")
    script.chmod(0o755)
    made = fleet(config=config(f"ProxyCommand {script} %h", keeps_identity=True))
    assert refusal(made, box).endswith(f"its ProxyCommand ended without a connection: no way to {box.address}")


def test_what_a_proxy_command_was_given_to_keep_is_not_among_its_words(
    fleet: Fleets, box: Berth, config: Callable[..., Path]
):
    command = "sh -c 'set -x; false admin:HUNTER2a -p HUNTER2b $PROXY_PASS'"
    made = fleet(config=config(f"ProxyCommand {command}", keeps_identity=True), environ={"PROXY_PASS": "HUNTER2 c"})
    text = refusal(made, box)
    assert "its ProxyCommand ended without a connection: + " in text
    assert "HUNTER2" not in text


def test_an_alias_names_the_key(fleet: Fleets, ssh_harbour: Harbour, box: Berth, config: Callable[..., Path]):
    known = ssh_harbour.folder / "alias"
    known.write_text(f"other-name {box.host_key}\n")
    made = fleet(config=config("HostKeyAlias other-name", keeps_identity=True), known_hosts=known)
    assert whoami(made, box) == "deploy"


def test_algorithms_that_the_configuration_allows_are_the_only_ones(
    fleet: Fleets, ssh_harbour: Harbour, config: Callable[..., Path]
):
    berth = ssh_harbour.server("cipher-box", Ciphers="aes256-ctr")
    assert "no common cipher" in refusal(fleet(config=config("Ciphers aes128-ctr", keeps_identity=True)), berth)


def test_algorithms_that_nobody_knows_here_are_refused_by_the_options_name(
    fleet: Fleets, box: Berth, config: Callable[..., Path]
):
    made = fleet(config=config("Ciphers chacha20-poly1305@openssh.com", keeps_identity=True))
    with pytest.raises(NotReached, match=r"Ciphers chacha20-poly1305@openssh\.com: none of them") as raised:
        made.reach(Host(box.name), Deadline.within(20))
    assert raised.value.trouble.stage == "host.route"


def test_without_openssh_a_host_behind_a_bastion_is_reached(fleet: Fleets, ssh_harbour: Harbour, tmp_path: Path):
    berth = ssh_harbour.target("bare-box")
    assert whoami(fleet(environ={"PATH": str(tmp_path)}), berth) == "deploy"
