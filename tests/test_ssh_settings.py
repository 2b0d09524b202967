"""How hosts are reached, as OpenSSH itself reads its configuration; what cannot be followed is refused by its name."""

import getpass
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from seatrial.spec.inventory.host import Host
from seatrial.spec.ssh import SshSpec
from seatrial.ssh.route import Route, Routes
from seatrial.ssh.trouble import HopFailed
from seatrial.ssh.wishes import Wishes, wishes

To = Callable[..., Route]


@pytest.fixture(params=["ssh -G", "paramiko"])
def environ(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """With the client of OpenSSH, and on a machine without one."""
    path = os.environ["PATH"] if request.param == "ssh -G" else str(tmp_path)
    return {**os.environ, "PATH": path, "SSH_AUTH_SOCK": "/run/agent"}


@pytest.fixture
def with_ssh() -> dict[str, str]:
    return {**os.environ, "SSH_AUTH_SOCK": "/run/agent"}


def to(
    folder: Path, config: str, host: Host | str, environ: dict[str, str], *inventory: Host, **wished: object
) -> Route:
    file = folder / "ssh_config"
    file.write_text(config)
    wishes = Wishes(**{"config": file, **wished})
    return Routes(wishes, inventory, environ).to(Host(host) if isinstance(host, str) else host)


def names(route: Route) -> list[str]:
    return [f"{hop.user}@{hop.address}" for hop in route]


def refusal(folder: Path, config: str, environ: dict[str, str], host: Host | str = "box", **wished: object) -> str:
    with pytest.raises(HopFailed) as raised:
        to(folder, config, host, environ, **wished)
    assert raised.value.obstacle.stage == "host.route"
    return str(raised.value)


BASIC = """
Host box
    HostName 10.0.0.5
    Port 2222
    User deploy
    IdentityFile {folder}/a
    IdentityFile ~/b
    UserKnownHostsFile {folder}/known {folder}/more
    GlobalKnownHostsFile none
    HostKeyAlias relay
    IdentitiesOnly yes
"""


def test_the_settings_of_a_host_are_read(tmp_path: Path, environ: dict[str, str]):
    (hop,) = to(tmp_path, BASIC.format(folder=tmp_path), "box", environ)
    assert (hop.host, hop.port, hop.user, hop.known_as, hop.identities_only) == (
        "10.0.0.5",
        2222,
        "deploy",
        "relay",
        True,
    )
    assert hop.identities == (f"{tmp_path}/a", os.path.expanduser("~/b"))
    assert hop.known_hosts == (f"{tmp_path}/known", f"{tmp_path}/more")


def test_what_nobody_says_is_as_openssh_has_it(tmp_path: Path, environ: dict[str, str]):
    (hop,) = to(tmp_path, "", "box", environ)
    assert (hop.host, hop.port, hop.user, hop.agent) == ("box", 22, getpass.getuser(), "/run/agent")
    assert os.path.expanduser("~/.ssh/id_ed25519") in hop.identities
    assert not hop.identities_said


def test_the_inventory_counts_more_than_the_section_and_that_more_than_the_configuration(
    tmp_path: Path, environ: dict[str, str]
):
    config = "Host *\n    User config\n    Port 3\n    HostName 10.9.9.9\n"
    (hop,) = to(tmp_path, config, Host("box", "10.0.0.5", port=1), environ, user="section", port=2)
    assert (hop.host, hop.port, hop.user) == ("10.0.0.5", 1, "section")


def test_files_of_the_deployment_count_more_than_those_of_the_configuration(tmp_path: Path, environ: dict[str, str]):
    known, key = tmp_path / "known hosts", tmp_path / "key"
    (hop,) = to(tmp_path, BASIC.format(folder=tmp_path), "box", environ, known_hosts=known, identities=(key,))
    assert (hop.known_hosts, hop.identities, hop.identities_only) == ((str(known),), (str(key),), True)


def test_a_chain_of_jump_hosts_has_the_settings_of_each(tmp_path: Path, environ: dict[str, str]):
    config = """
Host inner
    HostName 10.0.1.1
    User one
    ProxyJump outer
Host outer
    HostName 10.0.2.1
    User two
Host box
    HostName 10.0.0.5
    User three
    ProxyJump inner
"""
    assert names(to(tmp_path, config, "box", environ)) == ["two@10.0.2.1:22", "one@10.0.1.1:22", "three@10.0.0.5:22"]


def test_a_list_of_jump_hosts_is_taken_in_order(tmp_path: Path, environ: dict[str, str]):
    config = "Host box\n    ProxyJump a@10.0.0.1:2201,b@10.0.0.2\nHost *\n    User me\n"
    assert names(to(tmp_path, config, "box", environ)) == ["a@10.0.0.1:2201", "b@10.0.0.2:22", "me@box:22"]


def test_a_list_of_jump_hosts_counts_more_than_the_jump_of_its_members(tmp_path: Path, environ: dict[str, str]):
    config = "Host b\n    ProxyJump elsewhere\nHost box\n    ProxyJump a,b\nHost *\n    User me\n"
    assert names(to(tmp_path, config, "box", environ)) == ["me@a:22", "me@b:22", "me@box:22"]


def test_no_jump_host_is_none(tmp_path: Path, environ: dict[str, str]):
    config = "Host *\n    User me\n    ProxyJump bastion\n"
    assert names(to(tmp_path, config, Host("box", jump="none"), environ)) == ["me@box:22"]


def test_a_jump_host_of_the_inventory_has_its_address_from_there(tmp_path: Path, environ: dict[str, str]):
    bastion = Host("bastion", "203.0.113.10", port=2200, user="jumper")
    route = to(tmp_path, "", Host("box", "10.0.0.5", user="me"), environ, bastion, jump="bastion")
    assert names(route) == ["jumper@203.0.113.10:2200", "me@10.0.0.5:22"]


def test_a_jump_host_is_not_reached_through_itself(tmp_path: Path, environ: dict[str, str]):
    bastion = Host("bastion", "203.0.113.10", user="jumper")
    assert names(to(tmp_path, "", bastion, environ, bastion, jump="bastion")) == ["jumper@203.0.113.10:22"]


def test_the_user_of_the_section_logs_in_on_jump_hosts_that_say_none(tmp_path: Path, environ: dict[str, str]):
    route = to(tmp_path, "", Host("box", "10.0.0.5"), environ, jump="bastion", user="deploy")
    assert names(route) == ["deploy@bastion:22", "deploy@10.0.0.5:22"]


def test_the_user_that_the_configuration_says_of_a_jump_host_counts(tmp_path: Path, environ: dict[str, str]):
    config = "Host bastion\n    User jumper\n"
    route = to(tmp_path, config, Host("box", "10.0.0.5"), environ, jump="bastion", user="deploy")
    assert names(route) == ["jumper@bastion:22", "deploy@10.0.0.5:22"]


def test_jump_hosts_that_go_round_in_a_circle_are_refused(tmp_path: Path, environ: dict[str, str]):
    config = "Host a\n    ProxyJump b\nHost b\n    ProxyJump a\n"
    assert "circle" in refusal(tmp_path, config, environ, "a")


def test_a_proxy_command_has_its_tokens_replaced(tmp_path: Path, environ: dict[str, str]):
    config = "Host box\n    User me\n    Port 24\n    ProxyCommand nc -x %r %h %p\n"
    (hop,) = to(tmp_path, config, "box", environ)
    assert hop.proxy_command == "nc -x me box 24"


def test_a_token_that_is_not_known_is_refused(tmp_path: Path, with_ssh: dict[str, str]):
    assert "%T cannot be followed here" in refusal(tmp_path, "Host box\n    ProxyCommand x %T\n", with_ssh)


def test_a_variable_that_is_not_set_is_refused(tmp_path: Path, with_ssh: dict[str, str]):
    config = "Host box\n    IdentityAgent ${SEATRIAL_NO_SUCH}/agent\n"
    assert "SEATRIAL_NO_SUCH" in refusal(tmp_path, config, with_ssh)


def test_an_included_file_is_followed(tmp_path: Path, with_ssh: dict[str, str]):
    (tmp_path / "more").write_text("Host box\n    HostName 10.0.0.7\n")
    assert to(tmp_path, f"Include {tmp_path}/more\n", "box", with_ssh)[0].host == "10.0.0.7"


def test_match_is_followed(tmp_path: Path, with_ssh: dict[str, str]):
    config = 'Match originalhost box exec "true"\n    HostName 10.0.0.8\nMatch exec "false"\n    Port 9\n'
    (hop,) = to(tmp_path, config, "box", with_ssh)
    assert (hop.host, hop.port) == ("10.0.0.8", 22)


@pytest.mark.parametrize("line", ["Include more", "Match all", "  match host box", "Include=more"])
def test_without_openssh_include_and_match_are_refused_by_name(tmp_path: Path, line: str):
    text = refusal(tmp_path, f"Host x\n{line}\n", {"PATH": str(tmp_path)})
    assert "ssh_config:2: " in text
    assert line.strip(" ").split()[0].split("=")[0].capitalize() in text


REFUSED = {
    "PKCS11Provider": "/usr/lib/opensc.so",
    "PubkeyAuthentication": "no",
    "ProxyUseFdpass": "yes",
    "BindInterface": "eth0",
    "RevokedHostKeys": "/etc/revoked",
    "CheckHostIP": "yes",
    "SessionType": "none",
    "StdinNull": "yes",
}


@pytest.mark.parametrize(("option", "value"), REFUSED.items())
def test_what_cannot_be_followed_is_refused_by_its_name(
    tmp_path: Path, environ: dict[str, str], option: str, value: str
):
    assert f"{option} {value}" in refusal(tmp_path, f"Host box\n    {option} {value}\n", environ)


@pytest.mark.parametrize("option", ["RemoteCommand", "KnownHostsCommand"])
def test_of_a_command_that_is_refused_only_the_program_is_told(tmp_path: Path, environ: dict[str, str], option: str):
    text = refusal(tmp_path, f"Host box\n    {option} /opt/bin/menu -p HUNTER2\n", environ)
    assert text.startswith(f"{option} menu …: cannot be followed here")
    assert "HUNTER2" not in text


@pytest.mark.parametrize("command", ["nc --proxy-auth admin:HUNTER2 %T %h", "HUNTER2=HUNTER2 nc %T", "$HUNTER2 %T"])
def test_of_a_command_with_an_unknown_token_the_token_is_told_and_no_argument(
    tmp_path: Path, environ: dict[str, str], command: str
):
    text = refusal(tmp_path, f"Host box\n    ProxyCommand {command}\n", environ)
    assert "%T cannot be followed here" in text
    assert text.startswith("ProxyCommand")
    assert "HUNTER2" not in text


WAYS = {
    "jump first": ("ProxyJump jump", "ProxyCommand nc %h %p", ("jump", "")),
    "command first": ("ProxyCommand nc %h %p", "ProxyJump jump", ("", "nc box 22")),
    "no jump first": ("ProxyJump none", "ProxyCommand nc %h %p", ("", "")),
    "no command first": ("ProxyCommand none", "ProxyJump jump", ("", "")),
    "the first of two commands": ("ProxyCommand nc %h %p", "ProxyCommand none", ("", "nc box 22")),
}


@pytest.mark.parametrize(("one", "other", "expected"), WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("between", ["", "Host b*\n"])
def test_of_jump_and_command_the_one_that_is_said_first_counts(
    tmp_path: Path, environ: dict[str, str], one: str, other: str, expected: tuple[str, str], between: str
):
    route = to(tmp_path, f"Host box\n    {one}\n{between}    {other}\n", "box", environ)
    assert ("".join(hop.name for hop in route[:-1]), route[-1].proxy_command) == expected


def test_a_jump_of_the_inventory_counts_more_than_a_command(tmp_path: Path, environ: dict[str, str]):
    route = to(tmp_path, "Host box\n    ProxyCommand nc %h %p\n", Host("box", jump="door"), environ)
    assert [(hop.name, hop.proxy_command) for hop in route] == [("door", ""), ("box", "")]


def test_the_variable_of_the_passphrase_is_kept_from_commands_of_the_configuration(
    tmp_path: Path, with_ssh: dict[str, str]
):
    config = f'Match exec "env > {tmp_path}/seen"\n    Port 24\n'
    wished = {"passphrase": "HUNTER2", "passphrase_in": "KEY_PASS"}
    (hop,) = to(tmp_path, config, "box", {**with_ssh, "KEY_PASS": "HUNTER2", "OTHER": "x"}, **wished)
    seen = (tmp_path / "seen").read_text()
    assert (hop.port, "OTHER=x" in seen, "HUNTER2" in seen) == (24, True, False)


def test_the_variable_of_the_passphrase_is_known():
    made = wishes(SshSpec(passphrase="env:KEY_PASS"), {"KEY_PASS": "HUNTER2"})
    assert (made.passphrase, made.passphrase_in) == ("HUNTER2", "KEY_PASS")
    assert made.without_secret({"KEY_PASS": "HUNTER2", "A": "b"}) == {"A": "b"}


def test_a_log_in_without_public_keys_is_refused(tmp_path: Path, environ: dict[str, str]):
    config = "Host box\n    PreferredAuthentications password,keyboard-interactive\n"
    assert "only publickey is ever used" in refusal(tmp_path, config, environ)


HARMLESS = """
Host box
    ServerAliveInterval 15
    ControlMaster auto
    ControlPath ~/.ssh/%C
    ControlPersist 60
    ForwardAgent yes
    ForwardX11 yes
    SendEnv LANG LC_*
    SetEnv A=b
    LogLevel ERROR
    Compression yes
    RequestTTY no
    HashKnownHosts yes
    UpdateHostKeys no
    VisualHostKey yes
    AddKeysToAgent yes
    LocalForward 8080 localhost:80
    GSSAPIAuthentication yes
    StrictHostKeyChecking yes
    PreferredAuthentications publickey,password
"""


def test_what_means_nothing_to_us_is_passed_over(tmp_path: Path, environ: dict[str, str]):
    assert to(tmp_path, HARMLESS, "box", environ)[0].notes == ()


@pytest.mark.parametrize("value", ["no", "accept-new"])
def test_we_stay_strict_and_say_so(tmp_path: Path, environ: dict[str, str], value: str):
    (hop,) = to(tmp_path, f"StrictHostKeyChecking {value}\n", "box", environ)
    assert hop.notes == (f"StrictHostKeyChecking {value} is not followed",)


def test_algorithms_that_are_said_are_kept(tmp_path: Path, environ: dict[str, str]):
    config = (
        "Host box\n    KexAlgorithms curve25519-sha256\n    Ciphers aes256-ctr\n    HostKeyAlgorithms ssh-ed25519\n"
    )
    (hop,) = to(tmp_path, config, "box", environ)
    found = hop.algorithms
    assert (found.kex, found.ciphers, found.host_keys) == (("curve25519-sha256",), ("aes256-ctr",), ("ssh-ed25519",))


def test_a_configuration_that_is_wrong_is_told_in_openssh_words(tmp_path: Path, with_ssh: dict[str, str]):
    assert "Bad configuration option: frobnicate" in refusal(tmp_path, "Host box\n    Frobnicate yes\n", with_ssh)


def test_a_configuration_that_is_not_there_is_told(tmp_path: Path, environ: dict[str, str]):
    with pytest.raises(HopFailed, match="No such file"):
        Routes(Wishes(config=tmp_path / "none"), (), environ).to(Host("box"))


@pytest.mark.parametrize(
    "name", ["-oProxyCommand=touch canary", "--help", "a;b", "$(touch canary)", "a b", "a\nb", "", "`x`", "|x"]
)
def test_a_name_that_could_be_an_option_or_a_command_is_refused(tmp_path: Path, environ: dict[str, str], name: str):
    assert "is no name of a host" in refusal(tmp_path, "", environ, name)


def test_the_connect_timeout_shortens_the_deadline_of_a_hop(tmp_path: Path, environ: dict[str, str]):
    (hop,) = to(tmp_path, "Host box\n    ConnectTimeout 3\n", "box", environ, within_s=10)
    assert hop.within_s == 3


def test_a_passphrase_is_in_no_repr():
    assert "hunter2" not in repr(Wishes(passphrase="hunter2"))


def test_who_reaches_no_host_does_not_pay_for_paramiko():
    code = "import sys, seatrial.ssh.fleet; print('paramiko' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
