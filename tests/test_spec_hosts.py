"""Hosts in a deployment file: who is chosen, where files are, and that no name can be an option or a command."""

import json
import os
import random
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from seatrial.errors import SpecError
from seatrial.options import Options, digest
from seatrial.plan import make_plan, slots
from seatrial.spec.deployment import DeploymentSpec
from seatrial.spec.docker import engine_url
from seatrial.spec.inventory.host_names import host_address, host_name, user_name
from seatrial.spec.inventory.jump import Hop, hops, jump
from seatrial.spec.load import load
from seatrial.spec.schema import json_schema, part_schema
from seatrial.validate import validated

DOCUMENTATION = Path(__file__).parent.parent / "docs/hosts.md"
HOSTS = """\
deployment: d
hosts:
  named:
    bastion: {address: 10.0.0.254, role: bastion}
    relay-1: {address: 10.0.0.1, jump: bastion, role: relay, group: [a, b], zone: z1}
    relay-2: {address: 10.0.0.2, jump: bastion, role: relay, group: a, zone: z2}
    gms: {role: gms, zone: z1}
services:
"""
RELAY = HOSTS + "  relay: {on: ssh, locate: {role: relay}}\n"


def written(folder: Path, **files: str) -> Path:
    """Files by their names without ``.yaml``; ``__`` stands for a folder. The first one is given back."""
    paths = [folder / f"{name.replace('__', '/')}.yaml" for name in files]
    for path, text in zip(paths, files.values(), strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return paths[0]


def present(path: Path) -> None:
    """An empty file, with its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def read(folder: Path, environment: str = "", environ: dict[str, str] | None = None, **files: str) -> DeploymentSpec:
    return load(written(folder, **files), environ or {}, environment)


def mistakes(folder: Path, environment: str = "", environ: dict[str, str] | None = None, **files: str) -> list[str]:
    """All that is wrong, without the folder's name."""
    with pytest.raises(SpecError) as caught:
        read(folder, environment, environ, **files)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def names(deployment: DeploymentSpec) -> list[str]:
    return [host.name for host in deployment.inventory]


class TestServices:
    def test_there_are_as_many_instances_as_hosts_are_chosen(self, tmp_path):
        deployment = read(tmp_path, d=RELAY + "  gms: {on: ssh, locate: {hosts: [gms]}}\n  z: {locate: {name: z}}\n")
        assert {name: spec.instances for name, spec in deployment.services.items()} == {"relay": 2, "gms": 1, "z": 1}
        assert slots("relay", deployment.services["relay"]) == ("relay.0", "relay.1")

    def test_another_number_of_instances_is_for_the_check_to_judge(self, tmp_path):
        text = RELAY.replace("relay}}", "relay}, instances: 5}")
        assert read(tmp_path, d=text).services["relay"].instances == 5

    def test_what_depends_on_the_number_of_instances_knows_that_of_the_hosts(self, tmp_path):
        text = "zookeeper: {hosts: zk}\n" + RELAY.replace("relay}}", "relay}, registered: {path: /a, data: b}}")
        assert "is the same for all 2 instances" in mistakes(tmp_path, d=text)[0]

    def test_a_plan_has_checks_for_each_host(self, tmp_path):
        plan = make_plan(read(tmp_path, d=RELAY.replace("relay}}", "relay}, ports: [80]}")))
        assert {"relay/instances", "relay.0/port.bind[80/tcp]", "relay.1/port.bind[80/tcp]"} <= plan.by_id().keys()

    def test_a_file_without_hosts_has_an_empty_inventory(self, tmp_path):
        assert read(tmp_path, d="deployment: d\nservices: {x: {locate: {name: x}}}\n").inventory == ()

    def test_two_processes_agree_only_where_their_hosts_are_the_same(self, tmp_path):
        one = read(tmp_path, d=RELAY)
        assert digest(one, Options()) == digest(read(tmp_path, d=RELAY), Options())
        assert digest(one, Options()) != digest(one.with_inventory(one.inventory[1:]), Options())


BAD = {
    "role: rely": "d.yaml:9:35: services.relay.locate.role: no host of the inventory has role 'rely'; "
    "did you mean 'relay'? roles: bastion, gms, relay",
    "group: c": "d.yaml:9:36: services.relay.locate.group: no host of the inventory has group 'c'; groups: a, b",
    "zone: z3": "d.yaml:9:35: services.relay.locate.zone: no host of the inventory has zone 'z3'; zones: z1, z2",
    "host: relay-3": "d.yaml:9:35: services.relay.locate.host: no host of the inventory is called 'relay-3'; "
    "did you mean 'relay-2'? put it in hosts.named, or name one of these: bastion, relay-1, relay-2, gms",
    "hosts: [gms, gsm]": "d.yaml:9:42: services.relay.locate.hosts.1: no host of the inventory is called 'gsm'",
    "role: gms, zone: z2": "d.yaml:9:28: services.relay.locate: no host has all of this: role, zone",
    "hosts: [gms, gms]": "d.yaml:9:36: services.relay.locate.hosts: a host is named twice; each fills one slot",
    "hosts: []": "d.yaml:9:36: services.relay.locate.hosts: found an empty list; allowed: at least one",
    "role: relay, name: x": "d.yaml:9:28: services.relay.locate: mixes keys of on: docker with keys of on: ssh",
    "machine: true": "d.yaml:9:28: services.relay.locate: has keys of on: local; for on: ssh give host, hosts, role",
    "host: a;b": "d.yaml:9:35: services.relay.locate.host: found 'a;b'; 'a;b' is no name of a host",
}


@pytest.mark.parametrize("locate", BAD)
def test_a_service_that_finds_no_host_is_told_with_what_there_is(tmp_path, locate):
    told = mistakes(tmp_path, d=RELAY.replace("role: relay}}", locate + "}}"))
    assert len(told) == 1, told
    assert told[0].startswith(BAD[locate].replace("found 'a;b'; ", "")), told


def test_without_an_inventory_a_host_is_no_alias_by_accident(tmp_path):
    text = "deployment: d\nservices: {x: {on: ssh, locate: {host: relay-1}}}\n"
    for said in ("host: relay-1", "role: relay"):
        assert mistakes(tmp_path, d=text.replace("host: relay-1", said)) == [
            "d.yaml:2:33: services.x.locate: the file has no hosts: to choose from; give it the table of your servers, "
            "hosts: {csv: servers.csv}, or hosts: {named: {…}}; see docs/hosts.md"
        ]


def test_keys_of_hosts_without_on_ssh_are_told_with_it(tmp_path):
    [told] = mistakes(tmp_path, d=RELAY.replace("on: ssh, ", ""))
    assert "services.relay.locate: has keys of on: ssh; for on: docker give compose_service" in told
    assert told.endswith("; or say on: ssh")


@pytest.mark.parametrize(
    ("kind", "keys"), [("ssh", "host, hosts, role, group, zone"), ("local", "namespace, pidfile, exe, script, match")]
)
def test_an_empty_locator_is_told_with_the_keys_of_its_own_kind(tmp_path, kind, keys):
    [told] = mistakes(tmp_path, d=HOSTS + f"  x: {{on: {kind}, locate: {{}}}}\n")
    assert told.partition(": ")[2].startswith(f"services.x.locate: is empty; for on: {kind} give {keys}")


@pytest.mark.parametrize(
    "keys",
    [
        "image: a",
        "container: {health: healthy}",
        "docker: {engine: 'ssh://gms'}",
        "ports: [{port: 1, published: true}]",
        "logs: [{docker: true}]",
    ],
)
def test_what_only_an_engine_knows_is_not_asked_of_a_host(tmp_path, keys):
    [told] = mistakes(tmp_path, d=RELAY.replace("relay}}", f"relay}}, {keys}}}"))
    assert "is a fact of containers, which on: ssh does not have" in told


BAD_KEYS = {
    "hosts: {}": "2:8: hosts: names no host; give csv, xlsx or named",
    "hosts: {csv: a, xlsx: b}": "2:8: hosts: has both csv and xlsx",
    "hosts: {sheet: a, named: {a: {}}}": "2:8: hosts: has a sheet without xlsx",
    "hosts: {encoding: gbk, named: {a: {}}}": "2:8: hosts: has an encoding without csv",
    "hosts: {columns: {address: a}, named: {a: {}}}": "2:8: hosts: has columns without a table",
    "hosts: {columns: {adress: a}, named: {a: {}}}": "2:19: hosts.columns.adress: unknown key; did you mean 'address'?",
    "hosts: {named: {'a b': {}}}": "2:17: hosts.named.a b: found 'a b'; allowed: letters, digits",
    "hosts: {named: {a: {adress: b}}}": "2:21: hosts.named.a.adress: unknown key; did you mean 'address'?",
    "hosts: {named: {a: {port: 0}}}": "2:27: hosts.named.a.port: found 0; allowed: greater than or equal to 1",
    "hosts: {named: {a: {port: '22'}}}": "2:27: hosts.named.a.port: found '22'; allowed: a",
    "hosts: {named: {a: {address: 10.1}}}": "2:30: hosts.named.a.address: found 10.1; allowed: a text; write it",
    "hosts: {named: {a: {jump: a}}}": "2:17: hosts.named.a: jump hosts lead in a circle: a → a; say jump: none",
    "hosts: {named: {a: {group: [a, 'b;c']}}}": "2:32: hosts.named.a.group.1: 'b;c' cannot be a label",
    "hosts: servers.csv": "2:8: hosts: found 'servers.csv'; allowed: a mapping",
    "ssh: {user: 'a b'}": "2:13: ssh.user: 'a b' is no name of a user",
    "ssh: {jump: 'a b'}": "2:13: ssh.jump: 'a b' is no jump host; write [user@]host[:port]",
    "ssh: {identity: [1]}": "2:18: ssh.identity.0: found 1; allowed: a text",
    "ssh: {sudo: 1}": "2:13: ssh.sudo: found 1; allowed: true or false",
    "ssh: {sudo: yes}": "2:13: ssh.sudo: found yes; allowed: true or false; write true",
    "ssh: {sudo: Off}": "2:13: ssh.sudo: found Off; allowed: true or false; write false",
    "ssh: {user: yes}": "2:13: ssh.user: found yes without quotes, which YAML reads as true or false; write",
    "defaults: {docker: {docker: {tls: {verify: n}}}}": "2:44: defaults.docker.docker.tls.verify: found n; al",
    "docker: {tls: {verify: no}}": "2:24: docker.tls.verify: found no; allowed: true or false; write false",
    "ssh: {within: 10}": "2:15: ssh.within: 10 is no duration",
    "ssh: {indentity: x}": "2:7: ssh.indentity: unknown key; did you mean 'identity'? allowed: config",
    "docker: {engine: 'ftp://a'}": "2:18: docker.engine: 'ftp://a' is no address of an engine; allowed: unix:///path",
    "docker: {engine: 'ssh://a:22'}": "2:18: docker.engine: 'ssh://a:22': write ssh://NAME; user and port are said in",
    "docker: {engine: 'ssh://'}": "2:18: docker.engine: found 'ssh://'; '' is no name of a host",
    "docker: {engine: 'tcp://a'}": "2:18: docker.engine: 'tcp://a' is no address of an engine",
}


@pytest.mark.parametrize("line", BAD_KEYS)
def test_one_mistake_is_told_once_with_its_place_and_what_is_allowed(tmp_path, line):
    told = mistakes(tmp_path, d=f"deployment: d\n{line}\nservices: {{x: {{locate: {{name: x}}}}}}\n")
    assert len(told) == 1, told
    assert BAD_KEYS[line].partition(": ")[2] in told[0], told
    assert told[0].startswith(f"d.yaml:{BAD_KEYS[line].partition(': ')[0]}: "), told


class TestFiles:
    def test_a_path_is_relative_to_the_file_that_says_it(self, tmp_path):
        for name in ("sub/keys/a", "sub/p", "c"):
            present(tmp_path / name)
        ssh = "ssh: {identity: [keys/a, /dev/null], config: ../c, passphrase: 'file:p'}\n"
        files = {"d": "include: sub/s.yaml\nssh: {known_hosts: kh}\n" + RELAY, "sub__s": ssh}
        found = read(tmp_path, **files).ssh
        assert (found.config, found.known_hosts) == (str(tmp_path / "sub/../c"), str(tmp_path / "kh"))
        assert found.identity == (str(tmp_path / "sub/keys/a"), "/dev/null")
        assert found.passphrase == f"file:{tmp_path}/sub/p"

    def test_certificates_of_an_engine_are_too(self, tmp_path):
        box = "services: {box: {locate: {name: b}, docker: {engine: 'tcp://a:2376', tls: {ca: ca.pem}}}}\n"
        found = read(tmp_path, d="include: sub/s.yaml\ndeployment: d\n", sub__s=box).services["box"].docker
        assert found
        assert found.tls
        assert found.tls.ca == str(tmp_path / "sub/ca.pem")

    def test_a_table_is_looked_for_beside_the_file_that_names_it(self, tmp_path):
        files = {"d": "include: sub/s.yaml\ndeployment: d\nservices: {x: {on: ssh, locate: {role: r}}}\n"}
        (tmp_path / "sub").mkdir()
        (tmp_path / "sub/t.csv").write_text("address,role\n10.0.0.1,r\n10.0.0.2,r\n")
        found = read(tmp_path, **files, sub__s="hosts: {csv: t.csv}\n")
        assert (names(found), found.services["x"].instances) == (["10.0.0.1", "10.0.0.2"], 2)
        assert found.inventory[0].row == "t.csv row 2"

    def test_a_path_may_begin_in_the_home_folder(self, tmp_path):
        text = RELAY + "ssh: {identity: ~/.ssh/id}\n"
        present(tmp_path / "me/.ssh/id")
        home = str(tmp_path / "me")
        assert read(tmp_path, environ={"HOME": home}, d=text).ssh.identity == (f"{home}/.ssh/id",)

    def test_a_relative_name_of_the_deployment_file_gives_absolute_paths(self, tmp_path, monkeypatch):
        written(tmp_path, d=RELAY + "ssh: {identity: id}\n")
        present(tmp_path / "id")
        monkeypatch.chdir(tmp_path)
        assert load(Path("d.yaml"), {}).ssh.identity == (str(tmp_path / "id"),)

    def test_files_that_are_not_there_are_told_with_their_folder_and_the_nearest_name_in_it(self, tmp_path):
        present(tmp_path / "ssh_config")
        present(tmp_path / "keys/id_rsa")
        ssh = "ssh: {config: ssh_conf, identity: [keys/id_rsa, keys/id_rsaa, gone/k, keys], known_hosts: no/kh}\n"
        assert mistakes(tmp_path, d=RELAY + ssh) == [
            f"d.yaml:10:15: ssh.config: 'ssh_conf' is not there: {tmp_path} has no such file; "
            "did you mean 'ssh_config'?",
            "d.yaml:10:49: ssh.identity.1: 'keys/id_rsaa' is not there: keys has no such file; did you mean 'id_rsa'?",
            "d.yaml:10:63: ssh.identity.2: 'gone/k' is not there: there is no folder gone",
            "d.yaml:10:71: ssh.identity.3: 'keys' is a folder; name a file",
            "d.yaml:10:91: ssh.known_hosts: 'no/kh' is not there: there is no folder no",
        ]

    def test_known_hosts_may_come_later_and_an_agent_has_the_key_of_a_public_one(self, tmp_path):
        present(tmp_path / "id.pub")
        found = read(tmp_path, d=RELAY + "ssh: {known_hosts: kh, identity: id, passphrase: 'env:NOT_SET'}\n").ssh
        assert (found.known_hosts, found.identity) == (str(tmp_path / "kh"), (str(tmp_path / "id"),))

    def test_no_key_is_opened(self, tmp_path):
        os.mkfifo(tmp_path / "id")  # opening it would wait for a writer
        assert read(tmp_path, d=RELAY + "ssh: {identity: id}\n").ssh.identity

    def test_a_passphrase_is_named_and_one_that_is_written_down_is_not_shown(self, tmp_path):
        assert read(tmp_path, d=RELAY + "ssh: {passphrase: 'env:KEY_PASS'}\n").ssh.passphrase == "env:KEY_PASS"
        for secret in ("hunter2", "0123", "on", "2.50", "'env:a b'", "'file:'", "{hunter: 2}", "[hunter2]", "12345678"):
            told = mistakes(tmp_path, d=RELAY + f"ssh: {{passphrase: {secret}}}\n")
            assert told == [
                "d.yaml:10:19: ssh.passphrase: invalid, and not shown here; "
                "write env:NAME or file:PATH, which tell where it is"
            ]

    def test_a_passphrase_of_a_variable_or_of_two_files_is_not_shown_either(self, tmp_path):
        for value in ("hunter2", "0123"):
            told = mistakes(tmp_path, environ={"P": value}, d=RELAY + "ssh: {passphrase: '${P}', user: 'a b'}\n")
            assert len(told) == 2
            assert value not in " ".join(told)
        files = {"d": "include: e.yaml\nssh: {passphrase: hunter2}\n" + RELAY, "e": "ssh: {passphrase: hunter3}\n"}
        told = mistakes(tmp_path, **files)
        assert told
        assert "hunter" not in " ".join(told)


class TestLayers:
    def test_hosts_of_several_files_are_one_inventory(self, tmp_path):
        files = {"d": "include: e.yaml\n" + RELAY, "e": "hosts: {named: {relay-3: {address: 10.0.0.3, role: relay}}}\n"}
        deployment = read(tmp_path, **files)
        assert names(deployment) == ["bastion", "relay-1", "relay-2", "gms", "relay-3"]
        assert deployment.services["relay"].instances == 3

    def test_a_host_that_two_files_describe_differently_is_told_with_both_places(self, tmp_path):
        files = {"d": "include: e.yaml\n" + RELAY, "e": "hosts: {named: {gms: {zone: z9}}}\n"}
        [told] = mistakes(tmp_path, **files)
        assert told == "e.yaml:1:29: hosts.named.gms.zone: found 'z9', but d.yaml:8:28 says 'z1'; keep one of both"

    def test_an_environment_has_hosts_of_its_own(self, tmp_path):
        staging = "environments: {staging: {hosts: {named: {relay-1: null, relay-2: {zone: z7}}}, ssh: {user: me}}}\n"
        found = read(tmp_path, "staging", d=RELAY + staging)
        assert (names(found), found.services["relay"].instances) == (["bastion", "relay-2", "gms"], 1)
        assert (found.inventory[1].zone, found.inventory[1].address, found.ssh.user) == ("z7", "10.0.0.2", "me")
        assert read(tmp_path, d=RELAY + staging).services["relay"].instances == 2

    def test_an_environment_has_a_table_of_its_own(self, tmp_path):
        (tmp_path / "a.csv").write_text("address,role\n10.0.0.1,r\n")
        (tmp_path / "b.csv").write_text("address,role\n10.0.0.2,r\n10.0.0.3,r\n")
        text = "deployment: d\nhosts: {csv: a.csv}\nservices: {x: {on: ssh, locate: {role: r}}}\n"
        text += "environments: {b: {hosts: {csv: b.csv}}}\n"
        assert [read(tmp_path, name, d=text).services["x"].instances for name in ("", "b")] == [1, 2]

    def test_defaults_are_those_of_services_on_hosts(self, tmp_path):
        defaults = "defaults: {ssh: {ports: [22], owner_team: ops}, docker: {owner_team: box}}\n"
        relay = read(tmp_path, d=RELAY + defaults).services["relay"]
        assert ([port.port for port in relay.ports], relay.owner_team, relay.instances) == ([22], "ops", 2)

    def test_variables_are_put_in_everywhere(self, tmp_path):
        text = RELAY.replace("10.0.0.1", "'${IP}'").replace("role: relay}}", "role: '${ROLE:-gms}'}}")
        text += "ssh:\n  port: ${P:-2222}\n"
        found = read(tmp_path, environ={"IP": "10.9.9.9"}, d=text)
        told = (found.inventory[1].address, found.services["relay"].instances, found.ssh.port)
        assert told == ("10.9.9.9", 1, 2222)

    def test_what_an_unreadable_file_may_hold_is_not_called_missing(self, tmp_path):
        text = "include: gone.yaml\ndeployment: d\nservices: {x: {on: ssh, locate: {role: relay}}}\n"
        assert [line.partition(": ")[0] for line in mistakes(tmp_path, d=text)] == ["d.yaml:1:10"]

    def test_where_the_inventory_cannot_be_read_no_host_is_called_unknown(self, tmp_path):
        text = "deployment: d\nhosts: {csv: gone.csv}\nservices: {x: {on: ssh, locate: {role: relay}}}\n"
        assert [line.partition(": ")[0] for line in mistakes(tmp_path, d=text)] == ["d.yaml:2:14"]


class TestFaces:
    def test_the_example_of_the_documentation_is_a_right_file(self, tmp_path):
        (tmp_path / "servers.csv").write_text(
            "名称,内网IP,角色,机房\nrelay-1,10.0.0.1,relay,z1\nengine-1,10.0.0.2,,z1\n"
        )
        present(tmp_path / "keys/id_ed25519")
        example = DOCUMENTATION.read_text().partition("```yaml\n")[2].partition("```")[0]
        deployment = read(tmp_path, d=example)
        assert (names(deployment), deployment.services["relay"].instances) == (["relay-1", "engine-1", "bastion"], 1)

    def test_validate_reads_the_table_and_tells_its_rows(self, tmp_path):
        (tmp_path / "t.csv").write_text("address,role\n10.0.0.1,r\n10.0.0.2,r\n")
        text = "deployment: d\nhosts: {csv: t.csv}\nservices: {x: {on: ssh, locate: {role: r}}}\n"
        text += "environments: {a: {}}\n"
        assert "1 service, 2 slots" in validated(written(tmp_path, d=text), {}).lines[0]
        (tmp_path / "t.csv").write_text("address,role\n10.0.0.1,r\n10.0.0.256,r\n")
        [problem] = validated(written(tmp_path, d=text), {}).problems
        assert str(problem).startswith(f"{tmp_path}/t.csv row 3: column 'address': '10.0.0.256' is neither")

    def test_plan_lists_the_checks_of_every_host(self, seatrial: Callable[..., Any], tmp_path):
        ran = seatrial("plan", written(tmp_path, d=RELAY.replace("relay}}", "relay}, ports: [80]}")))
        assert (ran.code, ran.out.count("port.bind[80/tcp]")) == (0, 2), ran.out

    def test_the_schema_accepts_what_loading_accepts(self, tmp_path):
        text = RELAY + "ssh: {identity: a, passphrase: 'env:A', within: 5s, port: 22, jump: 'b:22'}\n"
        text += "docker: {engine: 'ssh://gms'}\nenvironments: {e: {hosts: {named: {gms: null}}, ssh: {port: 23}}}\n"
        present(tmp_path / "a")
        assert read(tmp_path, d=text)
        data = yaml.safe_load(text.replace("on:", "'on':"))
        jsonschema.validate(data, json_schema())
        jsonschema.validate({"hosts": {"csv": "a", "columns": {"address": "内网IP"}}, "ssh": {}}, part_schema())
        data["hosts"]["named"]["gms"]["adress"] = "x"
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(data, json_schema())


def test_jump_hosts_are_read_nearest_first():
    assert hops("a, deploy@b:2222,[fd00::1]:22,me@[fd00::2]") == (
        Hop("a"), Hop("b", "deploy", 2222), Hop("fd00::1", "", 22), Hop("fd00::2", "me"),
    )  # fmt: skip
    assert jump(" a , [fd00::1]:22 ") == "a,[fd00::1]:22"
    assert (hops("None"), jump("NONE"), hops("")) == ((), "none", ())


COUNT = 10_000
OPENINGS = ("-oProxyCommand=", "--help", "-F", "-", "--", "-J", "-l", "-W", "--rsync-path=")
INSIDE = (
    *(";", "$(x)", "`x`", "|", "&", "&&", ">", "<", "\n", "\r", "\0", "\t", " ", "'", '"', "\\", "/", "../", "~", "*"),
    *("?", "{a,b}", "!", "%h", "%d", "%", "${IFS}", "$IFS", "^", "=", "(", ")", "[", "]", "@@", ":-", "@-"),
    *("\x1b[0m", "\x7f", "\x85", "\u2028", "\u200b", "\u202e", "\ufeff"),
    *("а", "е", "ο", "１", "．", "－", "ı", "ﬁ", "é", "中", "٢", "𝐚", "＠", "："),
)


def hostile_names(canary: Path, count: int) -> Iterator[str]:
    """Names that are options, that a shell would run or split, or that only look like another one."""
    chance = random.Random(20_260_401)
    plain = "abcxyzABC019._-"
    for _ in range(count):
        body = "".join(chance.choices(plain, k=chance.randrange(12)))
        match chance.randrange(4):
            case 0:
                yield chance.choice(OPENINGS) + chance.choice((body, f"touch {canary}", f"touch\t{canary}"))
            case 1:
                opening, end = chance.choice((";", "|", "&", "\n", "$(", "`")), chance.choice((")", "`", "#"))
                yield f"a{body}{opening}touch {canary}{end}"
            case _:
                at = chance.randrange(len(body) + 1)
                yield f"a{body[:at]}{chance.choice(INSIDE)}{body[at:]}z"


def refused(reader: Callable[[str], object], text: str) -> bool:
    try:
        reader(text)
    except ValueError:
        return True
    return False


class TestHostileNames:
    @pytest.mark.parametrize("reader", [host_name, host_address, user_name, jump])
    def test_ten_thousand_are_refused_whatever_they_would_name(self, tmp_path, reader):
        through = [text for text in hostile_names(tmp_path / "canary", COUNT) if not refused(reader, text)]
        assert through == []

    def test_they_are_refused_as_the_host_of_an_engine_too(self, tmp_path):
        names_ = [*hostile_names(tmp_path / "canary", COUNT)]
        forms = ("ssh://{}", "tcp://{}:2375", "{}", "{}://a", "unix:{}")
        through = [form.format(text) for text in names_ for form in forms if not refused(engine_url, form.format(text))]
        assert [text for text in through if not text.startswith("tcp://a")] == []

    def test_what_is_accepted_is_plain_ascii_and_no_option(self):
        chance, kept = random.Random(4), []
        for _ in range(COUNT):
            text = "".join(chance.choices("ab01.-_:@/$; %[]é\n", k=chance.randrange(1, 8)))
            kept += [text for reader in (host_name, host_address, user_name, jump) if not refused(reader, text)]
        assert len(kept) > 100
        kept = [text.strip(" ") for text in kept]  # blanks may stand round jump hosts
        assert [text for text in kept if not text.isascii() or text.strip() != text or text[0] in "-.@/$;%"] == []

    def test_a_table_of_ten_thousand_is_refused_row_by_row_and_nothing_is_run(self, tmp_path):
        columns, canary = ("name", "address", "user", "jump", "hostname"), tmp_path / "canary"
        rows, chance = [], random.Random(5)
        for number, text in enumerate(hostile_names(canary, COUNT)):
            cells = dict(zip(columns, (f"h{number}", f"10.{number >> 8}.{number & 255}.1", "me", "", ""), strict=True))
            cells[chance.choice(columns)] = text.replace("\0", "\x01")
            rows.append(",".join('"' + cells[key].replace('"', '""') + '"' for key in columns))
        (tmp_path / "t.csv").write_text("\n".join([",".join(columns), *rows]), newline="")
        with pytest.raises(SpecError) as caught:
            load(written(tmp_path, d="deployment: d\nhosts: {csv: t.csv}\nservices: {x: {locate: {name: x}}}\n"), {})
        told = {problem.where for problem in caught.value.problems}
        assert len(told) == COUNT
        assert not canary.exists()

    def test_hundreds_are_refused_at_every_place_of_a_deployment_file(self, tmp_path):
        canary = tmp_path / "canary"
        places = (
            "hosts: {{named: {{{}: {{}}}}}}",
            "hosts: {{named: {{a: {{address: {}}}}}}}",
            "hosts: {{named: {{a: {{user: {}}}}}}}",
            "hosts: {{named: {{a: {{jump: {}}}}}}}",
            "ssh: {{user: {}}}",
            "ssh: {{jump: {}}}",
            "docker: {{engine: {}}}",
            "services: {{x: {{on: ssh, locate: {{host: {}}}}}}}",
            "services: {{x: {{on: ssh, locate: {{hosts: [{}]}}}}}}",
        )
        rest = "deployment: d\nservices: {x: {locate: {name: x}}}\n"
        for number, text in enumerate(hostile_names(canary, 540)):
            place = places[number % len(places)].format(json.dumps(text.replace("$", "$$")))
            file = f"{place}\n{'deployment: d' if place.startswith('services') else rest}\n"
            assert mistakes(tmp_path, d=file), text
        assert not canary.exists()

    def test_the_named_ones_are_refused_with_what_is_allowed(self, tmp_path):
        for name in ("-oProxyCommand=touch /tmp/x", "--help", "a;b", "$(x)"):
            quoted = json.dumps(name.replace("$", "$$"))
            [told] = mistakes(tmp_path, d=RELAY.replace("role: relay}}", f"host: {quoted}}}}}"))
            assert f"{name!r} is no name of a host; allowed: at most 253 letters, digits" in told


def test_hostile_names_are_what_they_say(tmp_path):
    """None of them is a plain name after all."""
    every = [*hostile_names(tmp_path, COUNT)]
    assert len(every) == COUNT
    assert all(
        text.startswith("-") or not text.isascii() or any(unicodedata.category(each)[0] not in "LN" for each in text)
        for text in every
    )
