"""Several files are one as long as none contradicts another; a contradiction is told with both its places."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.errors import SpecError
from seatrial.spec.deployment import DeploymentSpec
from seatrial.spec.load import load
from seatrial.spec.merge import same, together
from seatrial.spec.overlay import filled, laid_over
from seatrial.yamltree.composer import Rules, read_tree
from seatrial.yamltree.gathering import Mistakes
from seatrial.yamltree.tree import Listing, Node, Scalar, Table

HEAD = "include: b.yaml\ndeployment: d\n"


def read(folder: Path, main: str, included: str) -> DeploymentSpec:
    (folder / "a.yaml").write_text(HEAD + main)
    (folder / "b.yaml").write_text(included)
    return load(folder / "a.yaml", {})


def mistakes(folder: Path, main: str, included: str) -> list[str]:
    with pytest.raises(SpecError) as caught:
        read(folder, main, included)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def tree(text: str) -> Node:
    root = read_tree(text, Rules(1000, False), Mistakes("f"))
    assert root is not None
    return root


def test_mappings_are_merged_key_by_key_at_every_level(tmp_path):
    x = "services:\n  x:\n    locate: {name: x}\n    waive: {until: 2026-12-31}\n"
    service = read(tmp_path, x, "services:\n  x: {image: i, waive: {reason: r}}\n").services["x"]
    assert service.image == "i"
    assert service.waive
    assert (str(service.waive.until), service.waive.reason) == ("2026-12-31", "r")


CONTRADICTIONS = {
    "image: one": ("image: two", "b.yaml:2:14: services.x.image: found 'two', but a.yaml:6:12 says 'one'"),
    "instances: 2": ('instances: "2"', "b.yaml:2:18: services.x.instances: found '2', but a.yaml:6:16 says '2'"),
    "ports: [80]": ("ports: [81]", "b.yaml:2:14: services.x.ports: found a list, but a.yaml:6:12 says a list"),
    "watchdog: {exe: a, watches: b}": ("watchdog: w", "b.yaml:2:17: services.x.watchdog: found 'w', but"),
}


@pytest.mark.parametrize("line", CONTRADICTIONS)
def test_a_contradiction_is_told_with_both_places(tmp_path, line):
    other, told = CONTRADICTIONS[line]
    found = mistakes(
        tmp_path, f"services:\n  x:\n    locate: {{name: x}}\n    {line}\n", f"services:\n  x: {{{other}}}\n"
    )
    assert [each for each in found if each.startswith(told)], found


def test_a_contradiction_hides_no_other_mistake(tmp_path):
    x = "services:\n  x:\n    locate: {name: x}\n    image: one\n    imgae: x\n"
    found = mistakes(tmp_path, x, "services:\n  x: {image: two, instances: 0}\nnonsense: x\n")
    assert [line.partition(": ")[0] for line in found] == ["a.yaml:7:5", "b.yaml:2:14", "b.yaml:2:30", "b.yaml:3:1"]


EQUAL = {
    "image: app": 'image: "app"',
    "ports: [80, {port: 81, proto: udp}]": "ports: [80, {proto: udp, port: 81}]",
    "logs: [{docker: true}]": "logs: [{docker: True}]",
}


@pytest.mark.parametrize("line", EQUAL)
def test_to_say_the_same_twice_is_no_contradiction(tmp_path, line):
    x = f"services:\n  x:\n    locate: {{name: x}}\n    {line}\n"
    assert read(tmp_path, x, f"services:\n  x: {{{EQUAL[line]}}}\n")


@pytest.mark.parametrize("pair", ["1 true", "1 '1'", "1 1.5", "no 'no'", "${A} '${A}'", "[a] [a,b]", "{a: b} {b: a}"])
def test_what_only_looks_alike_is_not_the_same(pair):
    one, other = pair.split(" ", 1) if pair[0] not in "{" else (pair[:6], pair[7:])
    assert not same(tree(one), tree(other))
    assert same(tree(one), tree(one))


KEYS = st.sampled_from("abc")


def nodes(leaf: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.recursive(
        leaf | st.lists(leaf, max_size=2).map(lambda items: Listing(1, 1, tuple(items))),
        lambda inner: tables(inner),
        max_leaves=8,
    )


def tables(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    def made(values: dict[str, Node]) -> Node:
        return Table(1, 1, tuple((Scalar(1, 1, key), value) for key, value in values.items()))

    return st.dictionaries(KEYS, inner, max_size=3).map(made)


LEAVES = st.builds(Scalar, st.just(1), st.just(1), st.sampled_from(["x", "y", "1"]))
NULLS = LEAVES | st.just(Scalar(1, 1, ""))
TREES = tables(nodes(LEAVES))


def plain(node: Node) -> object:
    """Its values, without places and order."""
    if isinstance(node, Table):
        return {key.text: plain(value) for key, value in node.entries}
    return [plain(item) for item in node.items] if isinstance(node, Listing) else node.text


def joined(one: Node, other: Node, found: Mistakes) -> Node:
    return together(one, other, found)


@given(TREES, TREES, TREES)
def test_merging_is_associative_where_nothing_contradicts(one, two, three):
    found = Mistakes("f")
    left = joined(joined(one, two, found), three, found)
    right = joined(one, joined(two, three, found), found)
    if not found.problems():
        assert left == right
        assert plain(joined(three, joined(two, one, found), found)) == plain(left)


@given(TREES)
def test_a_tree_merged_with_itself_is_itself(one):
    found = Mistakes("f")
    assert (joined(one, one, found), found.problems()) == (one, [])


@given(TREES, TREES)
def test_what_lies_above_counts_whichever_of_both_is_completed(below, above):
    assert plain(laid_over(below, above)) == plain(filled(above, below))


@given(TREES, TREES)
def test_what_is_laid_over_twice_is_as_laid_over_once(below, above):
    once = laid_over(below, above)
    assert laid_over(once, above) == once


@given(tables(nodes(NULLS)), tables(nodes(NULLS)))
def test_a_null_above_removes_what_is_below_and_stays_where_nothing_is(below, above):
    over = plain(laid_over(below, above))
    assert isinstance(over, dict)
    for key, value in above.by_key().items():
        if plain(value[1]) == "":
            assert over.get(key, "removed") == ("removed" if below.entry(key) else "")
