"""A deployment file may include others; what cannot be read of them is told where they are named."""

import os
import socket
from pathlib import Path

import pytest

from seatrial.errors import SpecError
from seatrial.spec import include, wildcards
from seatrial.spec.deployment import DeploymentSpec
from seatrial.spec.load import load

X = "services:\n  x: {locate: {name: x}}\n"


def written(folder: Path, **files: str) -> Path:
    """Files by their names without ``.yaml``; ``__`` stands for a folder. The first one is given back."""
    paths = [folder / f"{name.replace('__', '/')}.yaml" for name in files]
    for path, text in zip(paths, files.values(), strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return paths[0]


def read(folder: Path, *, environ: dict[str, str] | None = None, **files: str) -> DeploymentSpec:
    return load(written(folder, **files), environ or {})


def mistakes(folder: Path, *, environ: dict[str, str] | None = None, **files: str) -> list[str]:
    """All that is wrong, without the folder's name."""
    with pytest.raises(SpecError) as caught:
        read(folder, environ=environ, **files)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def test_one_path_a_list_and_a_pattern_are_read(tmp_path):
    z = "services:\n  z: {locate: {name: z}}\n"
    one = read(tmp_path, a="include: b.yaml\ndeployment: d\n", b=X)
    several = read(tmp_path, a="deployment: d\ninclude: [b.yaml, 's/*.yaml']\n", b=X, s__c=z)
    assert (set(one.services), set(several.services)) == ({"x"}, {"x", "z"})


def test_a_path_is_relative_to_the_file_that_says_it(tmp_path):
    files = {"main__a": "include: ../b.yaml\ndeployment: d\n", "b": "include: c/c.yaml\n", "c__c": "include: d.yaml\n"}
    assert set(read(tmp_path, **files, c__d=X).services) == {"x"}


def test_services_stand_in_the_order_in_which_they_are_read(tmp_path):
    text = "include: [s/*.yaml]\ndeployment: d\n" + X
    others = {f"s__{name}": f"services: {{{name}: {{locate: {{name: x}}}}}}\n" for name in "cba"}
    assert list(read(tmp_path, m=text, **others).services) == ["x", "a", "b", "c"]


def test_a_file_that_two_others_include_is_read_once(tmp_path):
    files = {"a": "include: [b.yaml, c.yaml]\ndeployment: d\n", "b": "include: x.yaml\n", "c": "include: ./x.yaml\n"}
    assert set(read(tmp_path, **files, x=X).services) == {"x"}


def test_a_variable_in_a_path_is_that_of_the_process(tmp_path):
    files = {"a": "include: ${WHERE:-none}/b.yaml\ndeployment: d\n", "s__b": X}
    assert set(read(tmp_path, environ={"WHERE": "s"}, **files).services) == {"x"}
    assert mistakes(tmp_path, **files)[0].startswith("a.yaml:1:10: include: none/b.yaml cannot be read: No such file")


def test_a_variable_that_is_not_set_is_told_without_the_values_of_others(tmp_path):
    told = mistakes(tmp_path, environ={"KEY": "s3cret"}, a="include: ${KEYS}/b.yaml\ndeployment: d\n" + X)
    assert told == ["a.yaml:1:10: include: ${KEYS}/b.yaml: variable KEYS is not set; set it, or write ${KEYS:-default}"]


def test_a_path_is_shown_without_escape_sequences(tmp_path):
    told = mistakes(tmp_path, environ={"WHERE": "\x1b[31m"}, a="include: ${WHERE}\ndeployment: d\n" + X)
    assert "\x1b" not in told[0]


BAD_INCLUDES = {
    "include: gone.yaml": "1:10: include: gone.yaml cannot be read: No such file or directory",
    "include: 's/*.yml'": "1:10: include: s/*.yml matches no file; correct it, or leave it out",
    "include: '**/x.yaml'": "1:10: include: **/x.yaml: ** is not known here",
    "include: .": "1:10: cannot be read: it is a folder; name the files in it",
    "include: /dev/null": "1:10: include: /dev/null cannot be read: it is no regular file",
    "include: {a: b}": "1:10: include: allowed: the path of a file, or a list of them",
    "include: [b.yaml, [b]]": "1:19: include.1: allowed: the path of a file",
    "include:": "1:9: include: allowed: the path of a file",
    'include: ""': "1:10: include: allowed: the path of a file",
    'include: "a\\0b"': "1:10: cannot be read: embedded null byte",
    "include: a.yaml": "1:10: include: files include each other in a circle: a.yaml → a.yaml",
    "include: 'a*.yaml'": "1:10: include: files include each other in a circle: a.yaml → a.yaml",
}


@pytest.mark.parametrize("line", BAD_INCLUDES)
def test_what_cannot_be_included_is_told_where_it_is_named(tmp_path, line):
    [told] = mistakes(tmp_path, a=f"{line}\ndeployment: d\n", b=X)
    where, _, words = BAD_INCLUDES[line].partition(": ")
    assert told.startswith(f"a.yaml:{where}: ")
    assert words in told


def test_a_circle_is_told_with_all_its_files(tmp_path):
    files = {"a": "include: b.yaml\ndeployment: d\n" + X, "b": "include: c.yaml\n", "c": "\n\ninclude: a.yaml\n"}
    assert mistakes(tmp_path, **files) == [
        "c.yaml:3:10: include: files include each other in a circle: a.yaml → b.yaml → c.yaml → a.yaml"
    ]


def test_files_include_each_other_so_deep_and_no_deeper(tmp_path):
    files = {f"f{n}": f"include: f{n + 1}.yaml\n" for n in range(include.DEEPEST + 1)}
    files["f0"] += "deployment: d\n"
    files[f"f{include.DEEPEST}"] = X
    assert read(tmp_path, **files)
    files[f"f{include.DEEPEST}"] = f"include: f{include.DEEPEST + 1}.yaml\n"
    told = mistakes(tmp_path, **files, **{f"f{include.DEEPEST + 1}": X})
    assert (
        f"f{include.DEEPEST}.yaml:1:10: include: files include each other more than 8 levels deep: f0.yaml →" in told[0]
    )


def test_files_that_are_no_yaml_are_all_told_and_with_them_what_the_others_have_wrong(tmp_path):
    files = {"a": "include: [b.yaml, c.yaml, d.yaml, e.yaml]\nimgae: x\n", "b": "- a\n", "c": "a: [\n", "d": "# none\n"}
    (tmp_path / "e.yaml").write_bytes(b"a: b\nc: \xff\n")
    told = mistakes(tmp_path, **files)
    assert [line.partition(": ")[0] for line in told] == [
        "a.yaml:2:1",
        "b.yaml:1:1",
        "c.yaml:2:1",
        "d.yaml:1:1",
        "e.yaml:2:1",
    ]


def test_what_an_unreadable_file_may_hold_is_not_called_missing(tmp_path):
    told = mistakes(tmp_path, a="include: gone.yaml\nservices:\n  x: {image: no, registered: {path: /a}}\n")
    assert [line.partition(": ")[0] for line in told] == ["a.yaml:1:10", "a.yaml:3:14"]


def test_a_mistake_names_the_file_and_line_that_hold_it(tmp_path):
    files = {
        "a": "include: b.yaml\ndeployment: d\ndocker: {engin: x}\n",
        "b": X + "  z:\n    locate: {}\n    image: no\n",
    }
    told = mistakes(tmp_path, **files)
    assert [line.partition(": ")[0] for line in told] == ["a.yaml:3:10", "b.yaml:4:13", "b.yaml:5:12"]


def test_aliases_that_multiply_in_an_included_file_are_refused(tmp_path):
    bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    bomb += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "b.yaml:6:" in mistakes(tmp_path, a="include: b.yaml\ndeployment: d\n", b="\n".join(bomb))[0]


def test_aliases_that_multiply_over_several_files_are_refused(tmp_path):
    large = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    large += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 5)]
    files = {f"s__f{n}": "\n".join(large).replace("a", f"a{n}x") for n in range(3)}
    told = mistakes(tmp_path, a="include: s/*.yaml\ndeployment: d\n", **files)
    assert "with s/f1.yaml there are more than 200000 values, aliases included" in told[0]


def test_what_all_included_files_hold_together_is_limited(tmp_path):
    half = "#" * (3 * 1024 * 1024) + "\n" + X
    told = mistakes(tmp_path, a="include: [b.yaml, c.yaml]\ndeployment: d\n", b=half, c=half)
    assert "include: c.yaml cannot be read: it has more than the" in told[0]


def test_a_sparse_file_of_terabytes_is_not_read(tmp_path):
    with (tmp_path / "b.yaml").open("wb") as file:
        file.truncate(1 << 42)
    assert "it has more than the" in mistakes(tmp_path, a="include: b.yaml\ndeployment: d\n")[0]


def test_the_number_of_included_files_is_limited(tmp_path):
    (tmp_path / "s").mkdir()
    for number in range(include.MOST_FILES + 1):
        (tmp_path / f"s/{number}.yaml").write_text("zookeeper: {hosts: zk}\n")
    assert "more than 200 files are included" in mistakes(tmp_path, a="include: s/*.yaml\ndeployment: d\n")[0]
    (tmp_path / "s/0.yaml").unlink()
    assert read(tmp_path, a="include: s/*.yaml\ndeployment: d\n" + X)


def test_ten_thousand_patterns_are_not_tried(tmp_path):
    many = ", ".join(f"'{n}*.yaml'" for n in range(10_000))
    assert "found 10000 paths; allowed: at most 200" in mistakes(tmp_path, a=f"include: [{many}]\n")[0]


def test_wildcards_look_at_no_more_names_than_they_may(tmp_path):
    for name in ("a", "b"):
        (tmp_path / "many").mkdir(exist_ok=True)
        for number in range(1_000):
            (tmp_path / f"many/{name}{number}").touch()
    many = ", ".join(f"'many/{n}*.yaml'" for n in range(20))
    told = " ".join(mistakes(tmp_path, a=f"include: [{many}]\n"))
    assert f"more than {wildcards.MOST_LOOKED_AT} names of files would have to be looked at" in told


def test_wildcards_match_within_one_name_and_no_hidden_file(tmp_path):
    files = {"a": "include: ['*/?.yaml']\ndeployment: d\n", "s__b": X, "s__long": "[", "s__t__c": "["}
    (tmp_path / "s").mkdir()
    (tmp_path / "s/.yaml").write_text("[")
    assert set(read(tmp_path, **files).services) == {"x"}


def test_a_folder_that_cannot_be_looked_into_is_told(tmp_path):
    told = mistakes(tmp_path, a=f"include: '{'s' * 300}/*.yaml'\ndeployment: d\n")
    assert "File name too long" in told[0]


def test_links_that_lead_to_each_other_are_told(tmp_path):
    (tmp_path / "b.yaml").symlink_to("c.yaml")
    (tmp_path / "c.yaml").symlink_to("b.yaml")
    assert "symbolic links" in mistakes(tmp_path, a="include: b.yaml\ndeployment: d\n")[0]


def test_a_circle_through_links_to_folders_is_seen(tmp_path):
    (tmp_path / "loop").symlink_to(".")
    told = mistakes(tmp_path, a="include: loop/loop/a.yaml\ndeployment: d\n" + X)
    assert "in a circle: a.yaml → loop/loop/a.yaml" in told[0]


def test_nobody_waits_for_a_pipe_or_a_socket(tmp_path):
    os.mkfifo(tmp_path / "b.yaml")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "c.yaml"))
        told = mistakes(tmp_path, a="include: [b.yaml, c.yaml]\ndeployment: d\n")
    assert [line.split(": ", 2)[2] for line in told] == [
        "b.yaml cannot be read: it is no regular file",
        "c.yaml cannot be read: it is no regular file",
    ]


def test_a_binary_is_told_and_not_shown(tmp_path):
    (tmp_path / "b.yaml").write_bytes(bytes(range(256)) * 10)
    (tmp_path / "c.yaml").write_bytes(b"\x7fELF\x00\x1b[31m")
    told = mistakes(tmp_path, a="include: [b.yaml, c.yaml]\ndeployment: d\n")
    assert [line.partition(": ")[0] for line in told] == ["b.yaml:2:1", "c.yaml:1:1"]
    assert "\x1b" not in " ".join(told)
