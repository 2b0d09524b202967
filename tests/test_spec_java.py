"""Java, Tomcat and configuration nodes in the deployment file: what is allowed, and what is said of the rest."""

from pathlib import Path

import pytest

from seatrial.errors import SpecError
from seatrial.plan import make_plan
from seatrial.spec.load import load

HEAD = "deployment: a\nzookeeper: {hosts: zk}\nservices:\n  x:\n    locate: {name: x}\n"
BAD_VALUES = {
    "    processes: [{java: {}}]": ("6:24", "needs either main (a class) or jar"),
    "    processes: [{java: {main: a.B, jar: b.jar}}]": ("6:24", "needs either main (a class) or jar"),
    "    processes: [{java: {main: '-jar'}}]": ("6:31", "found '-jar'", "a class with its package"),
    "    processes: [{java: {main: a.B$$C}}]": ("6:17", "a name of its own"),
    "    processes: [{java: {clas: a.B}}]": ("6:25", "allowed: main, jar"),
    "    processes: [{java: {jar: b.jar}, heap: {max: 512 MB}}]": ("6:50", "no size of memory", "512m or 2g"),
    "    processes: [{java: {jar: b.jar}, heap: {max: 512}}]": ("6:50", "a text", '"512"'),
    "    processes: [{java: {jar: b.jar}, heap: {}}]": ("6:44", "asks nothing"),
    "    processes: [{java: {jar: b.jar}, properties: {a: [1]}}]": ("6:54", "must be a text, a number"),
    "    tomcat: {}": ("6:13", "key 'base' is missing"),
    "    tomcat: {base: tomcat}": ("6:20", "an absolute path"),
    "    tomcat: {base: /t, process: gone}": ("6:33", "'gone' is none of the processes"),
    "    tomcat: {base: /t, contexts: [gms]}": ("6:35", "found 'gms'", "a context path such as / or /gms"),
    "    tomcat: {base: /t, contexts: [/gms/]}": ("6:35", "found '/gms/'"),
    "    tomcat: {base: /t, contexts: [/gms, /gms]}": ("6:13", "has one path twice"),
    "    tomcat: {base: /t, connector: 0}": ("6:35", "found 0"),
    "    listed: {entry: a}": ("6:13", "key 'node' is missing"),
    "    listed: [{node: config}]": ("6:21", "a znode path"),
    "    listed: [{node: /a}, {node: /a, entry: '{name}'}]": ("6:26", "'/a' twice"),
    "    instances: 2\n    listed: {node: /a, entry: b}": (
        "7:31",
        "the same for all 2 instances",
        "one entry would do",
    ),
}


def read(tmp_path: Path, text: str) -> list[str]:
    """What is wrong with a file, each without the file's name."""
    file = tmp_path / "deployment.yaml"
    file.write_text(text)
    with pytest.raises(SpecError) as caught:
        load(file, {})
    return [str(problem).removeprefix(f"{file}:") for problem in caught.value.problems]


@pytest.mark.parametrize("lines", BAD_VALUES, ids=str.strip)
def test_one_mistake_is_told_once_with_its_place_and_what_is_allowed(tmp_path: Path, lines: str) -> None:
    [told] = read(tmp_path, f"{HEAD}{lines}\n")
    place, *words = BAD_VALUES[lines]
    assert told.startswith(f"{place}:"), told
    assert [word for word in words if word not in told] == [], told


def test_a_listed_node_without_a_registry_is_told_where_it_stands(tmp_path: Path) -> None:
    text = "deployment: a\nservices:\n  x: {locate: {name: x}, listed: {node: /a}, imgae: a}\n"
    assert any("services.x.listed" in told and "no zookeeper" in told for told in read(tmp_path, text))
    assert any("no zookeeper" in told for told in read(tmp_path, text.replace(", imgae: a", "")))


def test_the_example_of_the_documentation_is_a_right_file(tmp_path: Path) -> None:
    text = (Path(__file__).parents[1] / "docs" / "java.md").read_text(encoding="utf-8")
    file = tmp_path / "deployment.yaml"
    file.write_text(text.partition("```yaml\n")[2].partition("```")[0], encoding="utf-8")
    aspects = {check.aspect for check in make_plan(load(file, {})).checks}
    assert {"process.java", "zk.listed", "tomcat.connector", "tomcat.context"} < aspects


def test_each_key_asks_for_its_own_checks_and_only_a_context_is_touched(tmp_path: Path) -> None:
    file = tmp_path / "deployment.yaml"
    file.write_text(
        f"{HEAD}    processes: [{{java: {{main: a.b.Main}}, heap: {{max: 1g}}}}]\n"
        "    tomcat: {base: /t, contexts: [/, /gms]}\n    listed: [{node: /a}, {node: /b, name: b}]\n"
    )
    asked = [check.id for check in make_plan(load(file, {})).checks]
    assert asked[-6:] == [
        "x.0/process.java[Main]",
        "x.0/zk.listed[/a]",
        "x.0/zk.listed[b]",
        "x.0/tomcat.connector",
        "x.0/tomcat.context[/]",
        "x.0/tomcat.context[/gms]",
    ]
    assert make_plan(load(file, {}), read_only=True).not_planned == (
        "x.0/tomcat.context[/]",
        "x.0/tomcat.context[/gms]",
    )
