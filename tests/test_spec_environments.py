"""Defaults lie below what a file says, and an environment above it; each mistake is told where it was made."""

import contextlib
import re
from pathlib import Path
from typing import get_args

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from seatrial.errors import SpecError, UsageError
from seatrial.spec import environment as environments
from seatrial.spec.defaults import ALL
from seatrial.spec.deployment import DeploymentSpec
from seatrial.spec.file_model import Defaults
from seatrial.spec.load import load
from seatrial.spec.locator import Kind
from seatrial.spec.schema import json_schema, part_schema

DOCUMENTATION = Path(__file__).parent.parent / "docs/deployment-file.md"
HEAD = "deployment: d\n"
LONG = "services:\n  x:\n    locate: {name: x}\n"
X = "services:\n  x: {locate: {name: x}}\n"


def read(folder: Path, text: str, environment: str = "", **environ: str) -> DeploymentSpec:
    file = folder / "d.yaml"
    file.write_text(HEAD + text)
    return load(file, environ, environment)


def mistakes(folder: Path, text: str, environment: str = "", **environ: str) -> list[str]:
    with pytest.raises(SpecError) as caught:
        read(folder, text, environment, **environ)
    return [str(problem).removeprefix(f"{folder}/d.yaml:") for problem in caught.value.problems]


BAD_DEFAULTS = {
    "{docker: {imgae: i}}": ("imgae", "defaults.docker.imgae: unknown key; did you mean 'image'?"),
    "{all: {instances: 0}}": ("0", "defaults.all.instances: found 0"),
    "{local: {ports: [{proto: tcp}]}}": ("{proto", "defaults.local.ports.0: key 'port' is missing"),
    "{local: {image: no}}": ("no}", "defaults.local.image: found no without quotes"),
    "{dokcer: {image: i}}": ("dokcer", "did you mean 'docker'? allowed: all, docker, local"),
    "{docker: {on: local}}": ("on:", "said by the service itself"),
    "{docker: 5}": ("5", "allowed: a mapping, with keys of a service"),
    "5": ("5", "defaults: allowed: a mapping with all, docker, local"),
    "{all: {runbook: '${GONE}'}}": ("'$", "variable GONE is not set"),
}


class TestDefaults:
    def test_they_are_laid_below_services_of_their_kind(self, tmp_path):
        text = "defaults: {docker: {image: i}, local: {instances: 3}, all: {severity: minor}}\n" + X
        service = read(tmp_path, text).services["x"]
        assert (service.image, service.instances, service.severity) == ("i", 1, "minor")

    def test_the_kind_may_be_a_variable(self, tmp_path):
        text = "defaults: {local: {severity: minor}}\nservices:\n  x: {on: '${ON:-local}', locate: {pidfile: /a}}\n"
        assert read(tmp_path, text).services["x"].severity == "minor"

    def test_what_a_service_says_counts_and_mappings_are_merged(self, tmp_path):
        text = "defaults: {docker: {ports: [80], container: {health: healthy, max_restarts: 0}}}\n"
        text += "services:\n  x: {locate: {name: x}, ports: [81], container: {max_restarts: 2}}\n"
        service = read(tmp_path, text).services["x"]
        assert [port.port for port in service.ports] == [81]
        assert (service.container.health, service.container.max_restarts) == ("healthy", 2)

    def test_a_kind_counts_before_all(self, tmp_path):
        text = "defaults: {docker: {image: i, runbook: null}, all: {image: j, runbook: r}}\n" + X
        service = read(tmp_path, text).services["x"]
        assert (service.image, service.runbook) == ("i", "")

    def test_a_null_removes_what_they_give(self, tmp_path):
        text = "defaults: {all: {image: i}}\nservices:\n  x: {locate: {name: x}, image: null}\n"
        assert read(tmp_path, text).services["x"].image is None

    def test_a_null_that_removes_nothing_is_a_mistake(self, tmp_path):
        text = "defaults: {all: {runbook: r}}\nservices:\n  x: {locate: {name: x}, image: null}\n"
        assert mistakes(tmp_path, text)[0].startswith("4:33: services.x.image: there is no value")

    def test_they_may_give_a_part_of_what_is_required(self, tmp_path):
        text = "defaults: {all: {locate: {compose_project: p}, watchdog: {exe: w}}}\nservices:\n"
        text += "  x: {locate: {name: x}, processes: [{exe: a}], watchdog: {watches: a}}\n"
        service = read(tmp_path, text).services["x"]
        assert service.watchdog
        assert (service.watchdog.exe, service.locate.compose_project) == ("w", "p")

    @pytest.mark.parametrize("text", BAD_DEFAULTS)
    def test_a_mistake_in_them_is_told_once_and_where_it_stands(self, tmp_path, text):
        word, message = BAD_DEFAULTS[text]
        line = f"defaults: {text}"
        [told] = mistakes(tmp_path, f"{line}\n{X}  z: {{locate: {{name: z}}}}\n")
        assert told.startswith(f"2:{line.index(word) + 1}: ")
        assert message in told

    def test_a_mistake_that_every_service_overrides_is_told(self, tmp_path):
        text = "defaults:\n  docker:\n    instances: many\nservices:\n  x: {locate: {name: x}, instances: 1}\n"
        assert mistakes(tmp_path, text) == ["4:16: defaults.docker.instances: found 'many'; allowed: a whole number"]

    def test_what_they_hold_multiplies_only_so_far(self, tmp_path):
        text = f"defaults: {{all: {{owner_team: a, processes: [{', '.join(['{exe: a}'] * 5000)}]}}}}\nservices:\n"
        text += "".join(f"  x{n}: {{locate: {{name: x}}}}\n" for n in range(5000))
        assert "more than 200000 values in all services" in mistakes(tmp_path, text)[0]

    def test_there_is_one_for_each_kind_of_service(self):
        assert tuple(Defaults.model_fields) == (ALL, *get_args(Kind))


TWO = """
    image: app:${TAG:-0}
    instances: 4
    processes: [{exe: a}]
  audit: {locate: {name: audit}}
environments:
  staging:
    deployment: d-staging
    variables: {TAG: 1.10}
    services:
      x: {instances: 1, processes: null}
      audit: null
  production: {variables: {TAG: 2}}
"""
BOTH = "services:\n  x:\n    locate: {name: x}" + TWO


BAD_ENVIRONMENTS = {
    "{e: {services: {x: {imgae: i}}}}": "imgae: unknown key; did you mean 'image'?",
    "{e: {include: a.yaml}}": "environments.e.include: unknown key; ",
    "{e: {zookeper: {}}}": "environments.e.zookeper: unknown key; did you mean 'zookeeper'?",
    "{e: {services: {x: {image: no}}}}": "found no without quotes",
    "{e: {services: {z: null}}}": "services.z: there is no service 'z' to remove",
    "{e: {services: {x: {image: null}}}}": "services.x.image: there is no value",
    "{e: {services: 5}}": "services: found 5; allowed: a mapping",
    "{e: {services: {x: null}}}": "services: found an empty mapping; allowed: at least one",
    "{e: {services: {x: {locate: null}}}}": "services.x: key 'locate' is missing",
    "{e: {variables: {A-B: 1}}}": "environments.e.variables.A-B: is no name of a variable",
    "{e: {variables: {A: [1]}}}": "environments.e.variables.A: allowed: a text or a number",
    "{e: {variables: {A: }}}": "environments.e.variables.A: allowed: a text or a number",
    "{e: {variables: {A: '${GONE}'}}}": "variable GONE is not set",
    "{e: {variables: 5}}": "environments.e.variables: allowed: a mapping, NAME: value",
    "{e: 5}": "environments.e: allowed: a mapping, with keys of a deployment file",
    "{e: {}, 'a b': {}}": "allowed: at most 64 letters",
    "5": "environments: allowed: a mapping",
}


class TestEnvironments:
    def test_the_chosen_one_is_laid_over_the_file(self, tmp_path):
        staging = read(tmp_path, BOTH, "staging")
        assert (staging.deployment, set(staging.services)) == ("d-staging", {"x"})
        service = staging.services["x"]
        assert (service.instances, service.processes, service.image) == (1, (), "app:1.10")

    def test_the_others_and_none_leave_the_file_as_it_is(self, tmp_path):
        none, production = read(tmp_path, BOTH), read(tmp_path, BOTH, "production")
        assert [each.services["x"].instances for each in (none, production)] == [4, 4]
        assert [each.services["x"].image for each in (none, production)] == ["app:0", "app:2"]

    def test_a_variable_of_the_process_counts_before_theirs_unless_it_is_empty(self, tmp_path):
        assert read(tmp_path, BOTH, "staging", TAG="9").services["x"].image == "app:9"
        assert read(tmp_path, BOTH, "staging", TAG="").services["x"].image == "app:1.10"

    def test_a_variable_is_read_as_yaml_reads_it_where_it_stands(self, tmp_path):
        text = "services:\n  x:\n    locate: {name: x}\n    instances: ${N}\nenvironments: {e: {variables: {N: 3}}}\n"
        assert read(tmp_path, text, "e").services["x"].instances == 3

    def test_a_null_removes_what_defaults_give_too(self, tmp_path):
        text = X + "defaults: {all: {image: i}}\nenvironments: {e: {services: {x: {image: null}}}}\n"
        assert read(tmp_path, text, "e").services["x"].image is None

    def test_they_may_bring_services_defaults_and_kinds(self, tmp_path):
        text = X + "defaults: {all: {runbook: r}, local: {severity: minor}}\nenvironments:\n  e:\n"
        text += "    defaults: {all: {runbook: s}}\n    services:\n      z: {locate: {name: z}}\n"
        text += "      x: {on: local, locate: {name: null, pidfile: /a}}\n"
        services = read(tmp_path, text, "e").services
        assert [(each.runbook, each.severity) for each in services.values()] == [("s", "minor"), ("s", "major")]

    def test_an_unknown_one_is_told_with_the_nearest_and_all(self, tmp_path):
        with pytest.raises(UsageError, match=r"did you mean 'staging'\? it has staging, production"):
            read(tmp_path, BOTH, "stagin")
        with pytest.raises(UsageError, match=r"d\.yaml has no environments"):
            read(tmp_path, X, "staging")

    def test_a_file_that_is_wrong_without_one_says_that_none_is_chosen(self, tmp_path):
        text = "services:\n  x: {image: i}\nenvironments: {e: {services: {x: {locate: {name: x}}}}}\n"
        missing, hint = mistakes(tmp_path, text)
        assert "key 'locate' is missing" in missing
        assert (
            hint
            == "4:1: environments: none is chosen, so the file is read without them; choose one with --environment: e"
        )
        assert read(tmp_path, text, "e")

    @pytest.mark.parametrize("text", BAD_ENVIRONMENTS)
    def test_a_mistake_in_one_is_told_once(self, tmp_path, text):
        [told] = mistakes(tmp_path, f"{X}environments: {text}\n", "e")
        assert BAD_ENVIRONMENTS[text] in told
        assert told[0] in "43"

    def test_one_that_is_not_chosen_is_not_checked(self, tmp_path):
        assert read(tmp_path, X + "environments: {a: {imgae: x}, e: {}}\n", "e")

    def test_there_may_be_only_so_many(self, tmp_path):
        many = ", ".join(f"e{n}: {{}}" for n in range(environments.MOST + 1))
        assert "of at most 100" in mistakes(tmp_path, f"{X}environments: {{{many}}}\n")[0]

    def test_a_mistake_names_the_included_file_that_holds_the_environment(self, tmp_path):
        (tmp_path / "e.yaml").write_text("environments:\n  e:\n    services:\n      x: {image: no}\n")
        with pytest.raises(SpecError) as caught:
            read(tmp_path, f"include: e.yaml\n{X}", "e")
        assert [problem.where for problem in caught.value.problems] == [f"{tmp_path}/e.yaml:4:18"]


PLACES = {
    "the file": f"{LONG}    instances: {{}}\n",
    "defaults": f"{LONG}defaults:\n  docker:\n    instances: {{}}\n",
    "an environment": f"{LONG}environments:\n  e:\n    services:\n      x:\n        instances: {{}}\n",
}


@given(st.sampled_from(sorted(PLACES)), st.integers(0, 5), st.sampled_from(["no", "0", "[1]", "${GONE}", "0x1"]))
def test_every_mistake_keeps_its_place(tmp_path_factory, where, lines, bad):
    folder = tmp_path_factory.getbasetemp()
    text = "# a comment\n" * lines + PLACES[where].replace("{}", bad)
    number, line = next((at, line) for at, line in enumerate(text.splitlines(), 1) if bad in line)
    for name, content in {"d.yaml": f"include: part.yaml\n{HEAD}", "part.yaml": text}.items():
        (folder / name).write_text(content)
    environment = "e" if where == "an environment" else ""
    with pytest.raises(SpecError) as caught:
        load(folder / "d.yaml", {}, environment)
    assert [problem.where for problem in caught.value.problems] == [
        f"{folder}/part.yaml:{number}:{line.index(bad) + 1}"
    ]


GOOD = f"{HEAD}include: part.yaml\ndefaults: {{all: {{locate: {{compose_project: p}}}}, docker: {{image: i}}}}\n{BOTH}"
ODD = [
    "[",
    "{",
    "}",
    "&a ",
    "*a",
    "<<: ",
    "${",
    "~",
    "null",
    ": ",
    "\n",
    "x: ",
    "\n  - ",
    "include: part.yaml\n",
    "9" * 30,
]


@given(st.integers(0, len(GOOD)), st.integers(0, 12), st.sampled_from(ODD) | st.text(max_size=5), st.booleans())
def test_any_part_replaced_gives_a_deployment_or_its_mistakes(tmp_path_factory, start, length, odd, in_part):
    folder = tmp_path_factory.getbasetemp()
    broken = (GOOD[:start] + odd + GOOD[start + length :]).encode("utf-8", "surrogatepass")
    (folder / "d.yaml").write_bytes(f"{HEAD}include: part.yaml\n".encode() if in_part else broken)
    (folder / "part.yaml").write_bytes(broken if in_part else b"zookeeper: {hosts: zk}\n")
    for environment in ("", "staging", "production"):
        with contextlib.suppress(UsageError):
            assert load(folder / "d.yaml", {}, environment).deployment


def blocks(title: str) -> list[str]:
    section = re.split(r"^## ", DOCUMENTATION.read_text(), flags=re.MULTILINE)
    text = next(each for each in section if each.startswith(title))
    return [part.partition("```")[0] for part in text.split("```yaml\n")[1:]]


class TestDocumentation:
    def test_the_example_of_several_files_is_right(self, tmp_path):
        for text in blocks("`include`"):
            file = tmp_path / text.partition("\n")[0].removeprefix("# ")
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)
        assert list(load(tmp_path / "deployment.yaml", {}).services) == ["orders"]

    def test_the_example_of_defaults_is_right(self, tmp_path):
        (text,) = blocks("`defaults`")
        (tmp_path / "d.yaml").write_text(text)
        orders, stock = load(tmp_path / "d.yaml", {}).services.values()
        assert (orders.container.health, orders.container.max_restarts) == ("healthy", 3)
        assert (stock.image, stock.container.health, stock.severity) == ("shop/app:1.4.2", None, "minor")

    def test_the_example_of_environments_is_right(self, tmp_path):
        (text,) = blocks("`environments`")
        (tmp_path / "d.yaml").write_text(text)
        production, staging = (load(tmp_path / "d.yaml", {}, name) for name in ("production", "staging"))
        assert (production.deployment, staging.deployment) == ("shop", "shop-staging")
        assert (production.services["orders"].image, set(staging.services)) == ("shop/orders:1.4.2", {"orders"})
        assert staging.zookeeper
        assert staging.zookeeper.hosts == "zk-staging:2181"

    def test_the_example_for_editors_is_right(self, tmp_path):
        (text,) = blocks("In an editor")
        (tmp_path / "d.yaml").write_text(text)
        assert load(tmp_path / "d.yaml", {})

    @pytest.mark.parametrize("title", ["`include`", "`defaults`", "`environments`", "In an editor"])
    def test_the_schema_accepts_every_example(self, title):
        for number, text in enumerate(blocks(title)):
            jsonschema.validate(yaml.safe_load(text), part_schema() if number else json_schema())


class TestSchema:
    def test_what_stands_for_itself_must_be_complete(self):
        with pytest.raises(jsonschema.ValidationError, match="'locate' is a required"):
            jsonschema.validate({"deployment": "d", "services": {"x": {}}}, json_schema())
        with pytest.raises(jsonschema.ValidationError, match="'services' is a required"):
            jsonschema.validate({"deployment": "d"}, json_schema())

    @pytest.mark.parametrize("key", ["defaults", "environments"])
    def test_parts_need_not_be_complete_and_may_hold_nulls(self, key):
        part = {"image": None, "watchdog": {"heartbeat": {"file": "/a"}}, "locate": {"name": "${X}"}, "waive": {}}
        content = {"defaults": {"local": part}, "environments": {"e": {"services": {"x": part, "z": None}}}}
        jsonschema.validate({key: content[key]}, json_schema())

    @pytest.mark.parametrize(
        "wrong",
        [
            {"defaults": {"docker": {"imgae": "i"}}},
            {"defaults": {"krik": {}}},
            {"environments": {"e": {"include": "a"}}},
            {"environments": {"e": {"services": {"x": {"ports": [{"proto": "sctp"}]}}}}},
            {"environments": {"e": {"variables": {"A": ["b"]}}}},
            {"include": 5},
        ],
        ids=repr,
    )
    def test_parts_are_checked_as_far_as_they_go(self, wrong):
        for schema in (json_schema(), part_schema()):
            with pytest.raises(jsonschema.ValidationError):
                jsonschema.validate(wrong, schema)
