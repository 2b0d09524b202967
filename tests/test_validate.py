"""``seatrial validate`` reads files in all their environments, contacts nothing, and tells every mistake once."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seatrial.errors import UsageError
from seatrial.validate import validated

X = "deployment: d\nservices:\n  x:\n    locate: {name: x}\n    instances: ${N:-2}\n    ports: [80]\n"
TWO = X + "environments:\n  one: {variables: {N: 1}, deployment: e}\n  many: {variables: {N: 5}}\n"


def file(folder: Path, text: str, name: str = "d.yaml") -> Path:
    (folder / name).write_text(text)
    return folder / name


def told(folder: Path, text: str, environment: str = "") -> tuple[list[str], list[str]]:
    """The lines and the mistakes, without the folder's name."""
    found = validated(file(folder, text), {}, environment)
    return tuple([str(each).replace(f"{folder}/", "") for each in part] for part in (found.lines, found.problems))


def test_a_right_file_is_one_line_with_what_it_plans(tmp_path):
    assert told(tmp_path, X) == (["d.yaml: d: 1 service, 2 slots, 11 checks"], [])


def test_each_environment_is_a_line_of_its_own(tmp_path):
    lines, _ = told(tmp_path, TWO)
    assert lines == [
        "d.yaml: d: 1 service, 2 slots, 11 checks",
        "d.yaml, environment one: e: 1 service, 1 slot, 6 checks",
        "d.yaml, environment many: d: 1 service, 5 slots, 26 checks",
    ]


def test_one_environment_alone_may_be_asked_for(tmp_path):
    assert told(tmp_path, TWO, "one") == (["d.yaml, environment one: e: 1 service, 1 slot, 6 checks"], [])
    with pytest.raises(UsageError, match="did you mean 'one'"):
        told(tmp_path, TWO, "oen")


def test_a_mistake_that_all_environments_have_is_told_once(tmp_path):
    assert told(tmp_path, TWO.replace("80", "0"))[1] == [
        "d.yaml:6:13: services.x.ports.0: found 0; allowed: greater than or equal to 1"
    ]


def test_a_mistake_of_one_environment_names_it_and_the_others_are_right(tmp_path):
    lines, mistakes = told(tmp_path, TWO.replace("N: 5", "N: five"))
    assert [line.partition(":")[0] for line in lines] == ["d.yaml", "d.yaml, environment one"]
    assert mistakes == [
        "d.yaml:5:16: services.x.instances: found 'five' (from ${N:-2}); allowed: a whole number (environment many)"
    ]


def test_a_file_that_needs_an_environment_is_right_where_all_of_them_are(tmp_path):
    lines, mistakes = told(tmp_path, TWO.replace(":-2", ""))
    assert lines[0].startswith("d.yaml: no deployment without an environment, since d.yaml:5:16: services.x.instances")
    assert (len(lines), mistakes) == (3, [])


def test_a_file_that_is_no_yaml_or_not_there_is_told(tmp_path):
    assert told(tmp_path, "a: [")[1][0].startswith("d.yaml:2:1: no YAML")
    assert "cannot be read" in str(validated(tmp_path / "gone.yaml", {}).problems[0])


class TestCommand:
    def test_right_files_end_with_0_and_a_line_each(self, seatrial: Callable[..., Any], tmp_path):
        ran = seatrial("validate", file(tmp_path, TWO), file(tmp_path, X, "e.yaml"))
        assert (ran.code, len(ran.out.splitlines())) == (0, 4), ran.out

    def test_wrong_files_end_with_4_and_all_mistakes(self, seatrial: Callable[..., Any], tmp_path):
        wrong = file(tmp_path, X + "    imgae: x\n", "e.yaml"), file(tmp_path, X + "    image: no\n", "f.yaml")
        ran = seatrial("validate", file(tmp_path, X), *wrong)
        assert ran.code == 4, ran.out
        for words in ("d.yaml: d: 1 service", "e.yaml:7:5: services.x.imgae", "f.yaml:7:12: services.x.image"):
            assert words in ran.out

    def test_an_unknown_environment_ends_with_4_and_names_all(self, seatrial: Callable[..., Any], tmp_path):
        for command in ("validate", "plan", "run"):
            ran = seatrial(command, file(tmp_path, TWO), "--environment", "mny")
            assert ran.code == 4, ran.out
            assert "did you mean 'many'? it has one, many" in ran.out

    def test_the_plan_is_that_of_the_environment(self, seatrial: Callable[..., Any], tmp_path):
        ran = seatrial("plan", file(tmp_path, TWO), "--environment", "many")
        assert (ran.code, len(ran.out.splitlines())) == (0, 26), ran.out

    def test_the_schema_of_a_part_requires_nothing(self, seatrial: Callable[..., Any]):
        whole, part = (json.loads(seatrial("schema", *more).out) for more in ((), ("--part",)))
        assert {"include", "defaults", "environments"} <= part["properties"].keys() & whole["properties"].keys()
        assert whole["then"]["required"] == ["deployment", "services"]
        assert not part.keys() & {"required", "if", "then"}
