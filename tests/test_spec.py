"""A deployment file is read as it stands, and all its mistakes are told at once, each with its line."""

import contextlib
import json
import re
from pathlib import Path
from typing import ClassVar

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from seatrial.demo import stack_folder
from seatrial.errors import SpecError
from seatrial.plan import make_plan
from seatrial.spec import load as loading
from seatrial.spec.deployment import DeploymentSpec
from seatrial.spec.load import load
from seatrial.spec.reference import PLANS, reference
from seatrial.spec.scalars import comparison
from seatrial.spec.schema import json_schema

DOCUMENTATION = Path(__file__).parent.parent / "docs/deployment-file.md"
EXAMPLE = stack_folder() / "deployment.yaml"
HEAD = "deployment: a\nzookeeper: {hosts: zk}\nservices:\n  x:\n    locate: {name: x}\n"


class OnIsAText(yaml.SafeLoader):
    """Reads ``on:`` as editors do, which know YAML 1.2: there it is a text."""

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, pattern) for tag, pattern in resolvers if first not in "oO" or "bool" not in tag]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def read(tmp_path: Path, text: str | bytes, **environ: str) -> DeploymentSpec:
    file = tmp_path / "deployment.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(file, environ)


def mistakes(tmp_path: Path, text: str | bytes, **environ: str) -> list[str]:
    """What is wrong with a file, each without the file's name."""
    with pytest.raises(SpecError) as caught:
        read(tmp_path, text, **environ)
    prefix = f"{tmp_path / 'deployment.yaml'}:"
    return [str(problem).removeprefix(prefix) for problem in caught.value.problems]


BAD_FILES = {
    "": ("1:1", "is empty"),
    "# nothing but this\n": ("1:1", "is empty"),
    "- a\n": ("1:1", "must be a mapping"),
    "deployment: a\n---\nservices: {}\n": ("2:1", "second document"),
    "deployment: [a\n": ("2:1", "no YAML", "bracket"),
    "\tdeployment: a\n": ("1:1", "no YAML", "tab"),
    "deployment: a: b\n": ("1:14", "no YAML", "needs quotes"),
    "deployment: *a\n": ("1:13", "no anchor &a"),
    "deployment: &a [*a]\n": ("1:17", "inside its own anchor"),
    "deployment: a\x07\n": ("1:14", "U+0007"),
    "deployment: a\nservices: " + "[" * 60: ("2:51", "more than 40 levels"),
    "deployment: a\nservices: {}\n": ("2:11", "services", "at least one"),
}
BAD_VALUES = {
    "    image: no": ("6:12", "services.x.image: found no without quotes", 'write "no"'),
    "    image: Off": ("6:12", 'write "Off"'),
    "    image: 1.10": ("6:12", "found 1.1", 'write it in quotes: "1.10"'),
    "    image: 22:22": ("6:12", "base 60", 'write "22:22"'),
    "    instances: 010": ("6:16", "octal", 'write "010"'),
    "    instances: 0x1F": ("6:16", "another base"),
    "    instances: 1_000": ("6:16", "underscores"),
    "    instances: true": ("6:16", "found true", "a whole number"),
    "    instances: 2.5": ("6:16", "found 2.5", "a whole number"),
    "    instances: 0": ("6:16", "found 0", "greater than or equal to 1"),
    "    image:": ("6:11", "there is no value"),
    "    image: !!str 5": ("6:12", "tag", "is not read here"),
    "    image: a\n    image: b": ("7:5", "'image' stands here twice, first in line 6"),
    "    8080: a": ("6:5", "'8080'", 'write "8080"'),
    "    ? [a]\n    : b": ("6:7", "a key must be a text"),
    "    imgae: a": ("6:5", "services.x.imgae: unknown key; did you mean 'image'? allowed: "),
    "    <<: 5": ("6:9", "<< takes a mapping"),
    "    on: krik": ("6:9", "services.x.on: found 'krik'; allowed: docker"),
    "    on: ssh": ("5:13", "services.x.locate: has keys of on: docker; for on: ssh give host, hosts, role"),
    "    severity: mayor": ("6:15", "did you mean 'major'? allowed: blocker, major, minor"),
    '    owner_team: "a\\x1bb"': ("6:17", "control character U+001B"),
    "    waive: {until: 20261231, reason: r}": ("6:20", "20261231 is no day", "2026-12-31"),
    '    waive: {until: "20261231", reason: r}': ("6:20", "is no day"),
    "    waive: {until: 2026-12-31}": ("6:12", "services.x.waive: key 'reason' is missing"),
    "    waive: soon": ("6:12", "found 'soon'; allowed: a mapping"),
    "    ports: 80": ("6:12", "found 80; allowed: a list"),
    "    ports: [{port: 99999}]": ("6:20", "services.x.ports.0.port: found 99999", "less than or equal to 65535"),
    "    ports: [80/tpc]": ("6:13", "did you mean 'tcp'? allowed: tcp, udp"),
    "    ports: [{proto: tcp}]": ("6:13", "services.x.ports.0: key 'port' is missing"),
    '    ports: [{port: 1, answer: {tls: {name: ".app.example.org"}}}]': ("6:44", "is no host name; allowed: labels"),
    "    ports: [{unix: app.sock}]": ("6:20", "the path of a unix socket, such as /run/app.sock, or @name"),
    "    ports: [{port: 80, bind: localhost}]": ("6:30", "is no IP address"),
    "    ports: [{port: 80, published: false}]": ("6:35", "no published port"),
    "    ports: [{port: 80, published: 70000}]": ("6:35", "no published port"),
    '    ports: [{port: 80, published: "host:80"}]': ("6:35", "is no IP address"),
    "    ports: [{port: 80, owner: nobody}]": ("6:31", "services.x.ports.0.owner", "'nobody' is none of the processes"),
    "    ports: [80, 80/tcp]": ("6:17", "'80/tcp' twice"),
    "    ports: [{port: 80, answer: {send: a}}]": ("6:32", "expects nothing"),
    "    ports: [{port: 80, answer: {http: status}}]": ("6:39", "an HTTP path"),
    '    ports: [{port: 80, answer: {http: "/a b"}}]': ("6:39", "an HTTP path"),
    "    ports: [{port: 80, answer: {expect: a, status: 200}}]": ("6:32", "status without http"),
    "    ports: [{port: 80, answer: {http: /, within: 11m}}]": ("6:50", "at most 10m"),
    '    processes: [{name: a, match: "("}]': ("6:34", "no regular expression"),
    '    processes: [{name: a, match: ".*"}]': ("6:34", "matches everything"),
    "    processes: [{match: a}]": ("6:17", "needs a name"),
    "    processes: [{name: a}]": ("6:17", "give exe, script, match or java"),
    "    processes: [{exe: /opt/my app}]": ("6:17", "found 'my app'", "a name of its own"),
    "    processes: [{exe: a, user: true}]": ("6:32", "is no user"),
    "    processes: [{exe: a, count: -1}]": ("6:33", "found -1"),
    "    processes: [{exe: a}, {exe: /b/a}]": ("6:27", "'a' twice"),
    "    watchdog: {exe: w, watches: gone}": ("6:33", "'gone' is none of the processes"),
    "    registered: {path: services}": ("6:24", "a znode path"),
    "    registered: [{path: /a/}]": ("6:25", "a znode path"),
    "    logs: [{path: /a, fresh: 0s}]": ("6:30", "more than 0s"),
    "    logs: [{path: /a, fresh: 5}]": ("6:30", "no duration", "5m"),
    "    logs: [{}]": ("6:12", "needs either path or docker"),
    "    logs: [{path: /a, deny: [404]}]": ("6:30", "found 404", '"404"'),
    "    logs: [{path: /a, deny: [{regex: '['}]}]": ("6:38", "no regular expression"),
    "    logs: [{path: /a, allow: [x]}]": ("6:12", "allow without deny"),
    "    logs: [{path: /a, utc_offset: '+99:00'}]": ("6:35", "an offset from UTC"),
    "    files: [{path: a}]": ("6:20", "an absolute path"),
    '    files: [{path: "/a\\n"}]': ("6:20", "an absolute path in one line"),
    "    files: [{path: /a, mode: 0644}]": ("6:30", "octal", '"0644"'),
    "    files: [{path: /a, mode: '999'}]": ("6:30", "no file mode"),
    "    status: [{command: a, expect: {k: 1}}]": ("6:24", "found 'a'; allowed: a list"),
    "    status: [{command: [a], expect: {k: '> x'}}]": ("6:41", "no comparison"),
    "    status: [{command: [a], expect: {k: 5..1}}]": ("6:41", "the smaller one first"),
    "    status: [{command: [a], expect: {k: [1]}}]": ("6:41", "must be a text, a number"),
    "    status: [{command: [a], expect: {k: .nan}}]": ("6:41", "no number"),
    "    locate: {name: z}": ("6:5", "'locate' stands here twice"),
    "    runbook: ${NOT_SET}": ("6:14", "variable NOT_SET is not set"),
    "    runbook: $HOME": ("6:14", "write ${NAME}"),
    "    runbook: ${A:?b}": ("6:14", "write ${NAME}"),
    "  bad name: {locate: {name: z}}": ("6:3", "services.bad name: found 'bad name'"),
    '  "relay\\n": {locate: {name: z}}': ("6:3", "letters, digits"),
    "  z: {locate: {}}": ("6:15", "is empty; for on: docker give compose_service"),
    "  z: {locate: {names: [a, b]}}": ("6:23", "found 2 names for instances: 1"),
    "  z: {locate: {name: z}, instances: 2, registered: {path: /a, data: b}}": ("6:69", "the same for all 2 instances"),
    "  z: {}": ("6:6", "key 'locate' is missing"),
    "zookeper: {}": ("6:1", "did you mean 'zookeeper'?"),
}


@pytest.mark.parametrize("text", BAD_FILES, ids=repr)
def test_a_file_that_is_none_is_refused_with_its_place(tmp_path, text):
    where, *words = BAD_FILES[text]
    found = mistakes(tmp_path, text)
    told = next((problem for problem in found if problem.startswith(f"{where}: ")), "")
    assert told, found
    assert [word for word in words if word not in told] == [], told


@pytest.mark.parametrize("lines", BAD_VALUES)
def test_one_mistake_is_told_once_with_its_place_and_what_is_allowed(tmp_path, lines):
    where, *words = BAD_VALUES[lines]
    found = mistakes(tmp_path, f"{HEAD}{lines}\n")
    assert len(found) == 1, found
    assert found[0].startswith(f"{where}: ")
    assert [word for word in words if word not in found[0]] == [], found[0]


@pytest.mark.parametrize("lines", BAD_VALUES)
def test_no_message_speaks_of_the_library(tmp_path, lines):
    told = " ".join(mistakes(tmp_path, f"{HEAD}{lines}\n"))
    assert not re.search(r"pydantic|https?://|Input should|type=|Value error|Extra inputs", told), told


def test_all_mistakes_are_told_at_once_in_the_order_of_their_lines(tmp_path):
    text = (
        HEAD + "    on: krik\n    image: no\n    ports: [{port: 1, owner: q}, 0]\n    runbook: ${GONE}\n    imgae: x\n"
    )
    found = mistakes(tmp_path, text)
    assert [line.partition(": ")[0] for line in found] == ["6:9", "7:12", "8:30", "8:34", "9:14", "10:5"]


def test_a_registration_without_a_registry_is_told_where_it_stands(tmp_path):
    text = HEAD.replace("zookeeper: {hosts: zk}", "docker: {}") + "    registered: {path: /a}\n"
    told = "is to be found in the registry, but the file has no zookeeper: {hosts: …} at its top"
    assert mistakes(tmp_path, text) == [f"6:17: services.x.registered: {told}"]


def test_a_mistake_behind_an_anchor_is_told_once(tmp_path):
    text = HEAD + "    ports: &p [0]\n  z: {locate: {name: z}, ports: *p}\n"
    assert len(mistakes(tmp_path, text)) == 1


def test_a_message_holds_no_escape_sequence_of_the_file(tmp_path):
    found = mistakes(tmp_path, HEAD + '    "\\e[31mred": "\\e[0m"\n')
    assert all("\x1b" not in problem for problem in found)


def test_a_missing_file_a_folder_a_large_one_and_another_encoding_are_told(tmp_path):
    with pytest.raises(SpecError, match="cannot be read: No such file"):
        load(tmp_path / "none.yaml", {})
    with pytest.raises(SpecError, match="cannot be read: Is a directory"):
        load(tmp_path, {})
    with pytest.raises(SpecError, match="cannot be read: embedded null"):
        load(Path("a\0b"), {})
    assert "larger than" in mistakes(tmp_path, b"#" * (loading.LARGEST + 1))[0]
    assert mistakes(tmp_path, b"a: 1\nb: \xff\n")[0].startswith("2:1: is not UTF-8")


def test_aliases_that_multiply_are_refused(tmp_path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "more than" in " ".join(mistakes(tmp_path, "\n".join(lines)))


def test_aliases_that_nest_are_refused_where_they_stand_too_deep(tmp_path):
    lines = ["a0: &a0 x"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 60)]
    assert mistakes(tmp_path, "\n".join(lines))[0].startswith("41:12: more than 40 levels")


def test_on_is_a_key_like_any_other(tmp_path):
    assert read(tmp_path, HEAD + "    on: docker\n").services["x"].on == "docker"


def test_a_byte_order_mark_and_line_ends_of_windows_are_read(tmp_path):
    assert read(tmp_path, b"\xef\xbb\xbf" + HEAD.replace("\n", "\r\n").encode()).deployment == "a"


def test_merge_keys_give_what_the_mapping_itself_does_not(tmp_path):
    text = HEAD + "    image: i\n    container: &c {health: healthy, max_restarts: 0}\n"
    text += "  z: {locate: {name: z}, container: {<<: *c, max_restarts: 3}}\n"
    container = read(tmp_path, text).services["z"].container
    assert (container.health, container.max_restarts) == ("healthy", 3)


def test_variables_become_values_and_never_structure(tmp_path):
    text = HEAD + '    instances: ${N:-2}\n    image: app:${TAG}\n    runbook: "$${X}"\n    owner_team: ${T}\n'
    service = read(tmp_path, text, TAG="1", T="a, image: b #").services["x"]
    told = (service.instances, service.image, service.runbook, service.owner_team)
    assert told == (2, "app:1", "${X}", "a, image: b #")


def test_a_variable_alone_is_read_as_yaml_reads_its_value(tmp_path):
    assert read(tmp_path, HEAD + "    instances: ${N}\n", N="3").services["x"].instances == 3
    [problem] = mistakes(tmp_path, HEAD + "    instances: ${N}\n", N="many")
    assert "found 'many' (from ${N})" in problem
    [problem] = mistakes(tmp_path, HEAD + "    image: ${N}\n", N="no")
    assert "${N} is now 'no'" in problem


def test_a_dollar_at_the_end_of_a_regex_stays_one(tmp_path):
    text = HEAD + "    logs: [{path: /a, deny: [{regex: 'fail(ed)?$'}]}]\n"
    assert read(tmp_path, text).services["x"].logs[0].deny[0].regex == "fail(ed)?$"


@pytest.mark.parametrize(
    ("wanted", "right", "wrong"),
    [
        (">= 1", 1, 0),
        ("< 5", "4.5", 5),
        ("==3", "3", 4),
        ("!= 0", 1, 0),
        ("1..5", 5, 6),
        ("> 1", 2, "many"),
        ("ok", "ok", "OK"),
        (2, "2", 3),
        (True, "true", "false"),
        (True, True, 1),
    ],
)
def test_a_comparison_holds_for_what_it_says_and_for_nothing_else(wanted, right, wrong):
    assert comparison(wanted).holds(right)
    assert not comparison(wanted).holds(wrong)


@given(st.one_of(st.text(max_size=200).map(str.encode), st.binary(max_size=200)))
def test_any_bytes_give_a_deployment_or_a_spec_error(tmp_path_factory, data):
    read_or_refuse(tmp_path_factory, data)


GOOD = EXAMPLE.read_text()


@given(st.data())
def test_a_good_file_with_a_part_replaced_gives_a_deployment_or_a_spec_error(tmp_path_factory, data):
    start = data.draw(st.integers(0, len(GOOD)))
    end = data.draw(st.integers(start, min(len(GOOD), start + 30)))
    part = data.draw(
        st.one_of(st.text(max_size=10), st.sampled_from(["[", "{", "&a ", "*a", "<<: ", "${", "~", "\n- ", "9" * 30]))
    )
    read_or_refuse(tmp_path_factory, (GOOD[:start] + part + GOOD[end:]).encode("utf-8", "surrogatepass"))


def read_or_refuse(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "random.yaml"
    file.write_bytes(data)
    with contextlib.suppress(SpecError):
        assert load(file, {}).deployment


def test_the_example_is_read():
    assert set(load(EXAMPLE, {}).services) == {"zookeeper", "relay", "gms", "qiniu-tool", "peer"}


def test_the_schema_knows_the_short_forms_and_writes_durations_as_text():
    definitions = json_schema()["$defs"]
    assert {form.get("type") for form in definitions["PortSpec"]["anyOf"]} == {"integer", "string", "object"}
    assert {form.get("type") for form in definitions["Pattern"]["anyOf"]} == {"string", "object"}
    registered = definitions["ServiceSpec"]["properties"]["registered"]["anyOf"]
    assert {"$ref": "#/$defs/RegistrationSpec"} in registered
    assert definitions["Heartbeat"]["properties"]["max_age"]["anyOf"][0]["type"] == "string"
    assert definitions["ProcessSpec"].get("required", []) == []
    assert r"\Z" not in json.dumps(json_schema())


def test_the_documentation_lists_every_key_as_the_models_have_it():
    text = DOCUMENTATION.read_text()
    _, begin, rest = text.partition("<!-- keys: written by seatrial.spec.reference -->\n")
    assert begin
    assert rest.partition("<!-- end of keys -->")[0].strip() == reference().strip()


def test_the_documentation_names_every_check_that_is_planned():
    named = set(
        re.findall(r"`([a-z]+(?:\.[a-z]+)?)`", " ".join(text for keys in PLANS.values() for text in keys.values()))
    )
    assert {check.aspect for check in make_plan(load(EXAMPLE, {})).checks} <= named


def test_the_example_of_the_documentation_is_a_right_file(tmp_path):
    example = DOCUMENTATION.read_text().partition("```yaml\n")[2].partition("```")[0]
    assert read(tmp_path, example).deployment == "shop"


def test_what_loading_accepts_the_schema_accepts_too():
    data = yaml.load(EXAMPLE.read_text(), OnIsAText)
    jsonschema.validate(data, json_schema())
    data["services"]["relay"]["ports"] = [9000, "9000/udp"]
    jsonschema.validate(data, json_schema())
    data["services"]["relay"]["prots"] = []
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, json_schema())
