"""The files that a deployment file includes."""

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from pathlib import Path

from seatrial.errors import Problem, SpecError
from seatrial.sanitise import clean
from seatrial.spec.merge import together
from seatrial.spec.wildcards import Wildcards
from seatrial.spec.written import LARGEST, RULES, Written
from seatrial.yamltree.composer import read_tree
from seatrial.yamltree.content import Identity, bad_line, identity, regular_content
from seatrial.yamltree.gathering import Mistakes
from seatrial.yamltree.gathering import Path as KeyPath
from seatrial.yamltree.tree import Listing, Node, Scalar, Table, values
from seatrial.yamltree.variables import interpolated

MOST_FILES = 200
DEEPEST = 8
"""How many files may be included, and through how many others."""

Chain = tuple[tuple[Path, Identity], ...]
"""A file, and before it those through which it was included."""


def with_included(written: Written, path: Path, environ: Mapping[str, str]) -> Written:
    """The file together with all that it includes.

    :param path: the file itself.
    :param environ: where variables in paths are looked up.
    :raises SpecError: where there is more of them than a deployment file may have.
    """
    try:
        own = identity(path)
    except OSError as error:
        raise SpecError([Problem(clean(path), f"cannot be read again: {error.strerror}")]) from None
    reader = _Reader(environ, written.gathered(), RULES.most_values - values(written.root, RULES.most_values))
    trees = list(reader.trees(written.root, ((path, own),)))
    whole = reduce(lambda one, other: _one(one, other, reader.mistakes), trees)
    return Written(whole, reader.mistakes, reader.incomplete)


def _one(one: Table, other: Table, mistakes: Mistakes) -> Table:
    whole = together(one, other, mistakes)
    assert isinstance(whole, Table)
    return whole


class _Reader:
    """Reads one file after the other, each once, as long as there are not too many."""

    def __init__(self, environ: Mapping[str, str], mistakes: Mistakes, values_left: int) -> None:
        self.mistakes = mistakes
        self.incomplete = False
        self._environ = environ
        self._values_left = values_left
        self._bytes_left = LARGEST
        self._wildcards = Wildcards()
        self._read: set[Identity] = set()

    def trees(self, root: Table, chain: Chain) -> Iterator[Table]:
        """A file, and then what it includes."""
        yield root.without("include")
        entry = root.entry("include")
        for node, path in self._paths(entry[1], chain[-1][0].parent) if entry else ():
            yield from self._included(node, path, chain)

    def _paths(self, said: Node, base: Path) -> Iterator[tuple[Node, Path]]:
        items = said.items if isinstance(said, Listing) else (said,)
        if len(items) > MOST_FILES:
            self._stop(said, f"found {len(items)} paths; allowed: at most {MOST_FILES}")
        for at, item in enumerate(items):
            path: KeyPath = ("include", at) if isinstance(said, Listing) else ("include",)
            if isinstance(item, Scalar) and item.text and not item.null:
                yield from ((item, found) for found in self._found(item, base, path))
            else:
                self._refuse(item, "allowed: the path of a file, or a list of them", path)

    def _found(self, item: Scalar, base: Path, path: KeyPath) -> Sequence[Path]:
        try:
            found = self._wildcards.matching(base, interpolated(item.text, self._environ, lone_stays=True))
        except (OSError, ValueError) as error:
            self._refuse(item, f"{item.text[:200]}: {getattr(error, 'strerror', None) or error}", path)
            return ()
        if not found:
            self._refuse(item, f"{item.text[:200]} matches no file; correct it, or leave it out", path)
        return found

    def _included(self, node: Node, path: Path, chain: Chain) -> Iterator[Table]:
        try:
            inner = (*chain, (path, identity(path)))
            data = regular_content(path, self._bytes_left) if self._is_new(node, inner) else None
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            self._refuse(node, f"{path} cannot be read: {why}", ("include",))
            return
        if data is not None and (root := self._tree(str(path), data)) is not None:
            self._count(node, path, len(data), root)
            yield from self.trees(root, inner)

    def _is_new(self, node: Node, chain: Chain) -> bool:
        own = chain[-1][1]
        told = " → ".join(str(path) for path, _ in chain)
        if own in [each for _, each in chain[:-1]]:
            self._refuse(node, f"files include each other in a circle: {told}", ("include",))
            return False
        if own in self._read:
            return False
        if len(chain) > DEEPEST + 1:
            self._refuse(node, f"files include each other more than {DEEPEST} levels deep: {told}", ("include",))
            return False
        self._read.add(own)
        return True

    def _tree(self, file: str, data: bytes) -> Table | None:
        found = Mistakes(file)
        root: Node | None = None
        try:
            root = read_tree(data.decode("utf-8-sig"), RULES, found)
        except UnicodeDecodeError as error:
            found.add(bad_line(error), 1, "is not UTF-8; save it as UTF-8")
        except SpecError:
            pass  # it is among those that were found
        else:
            if not isinstance(root, Table):
                found.add(1, 1, "must be a mapping with keys of a deployment file, and not be empty")
        self.mistakes.join(found)
        self.incomplete = self.incomplete or not isinstance(root, Table)
        return root if isinstance(root, Table) else None

    def _count(self, node: Node, path: Path, size: int, root: Table) -> None:
        self._bytes_left -= size
        self._values_left -= values(root, RULES.most_values)
        if len(self._read) > MOST_FILES:
            self._stop(node, f"more than {MOST_FILES} files are included")
        if self._values_left < 0:
            self._stop(node, f"with {path} there are more than {RULES.most_values} values, aliases included")

    def _refuse(self, node: Node, message: str, path: KeyPath) -> None:
        self.incomplete = True
        self.mistakes.at(node, message, path)

    def _stop(self, node: Node, message: str) -> None:
        """Tell what nothing can be read after.

        :raises SpecError: always.
        """
        self._refuse(node, message, ("include",))
        raise SpecError(self.mistakes.problems())
