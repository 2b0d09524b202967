"""A module's source without what only people and type checkers read, and what Pythons before 3.9 do not know.

Annotations such as ``list[int]`` are an error to Python 3.6 when a function is defined, and ``from __future__ import
annotations`` begins with 3.7, so they are cut out, with docstrings and the imports that only annotations need.
"""

import ast
from collections.abc import Iterator

_UNNEEDED = ("typing", "collections.abc", "seatrial")

Cut = tuple[int, int, bytes]
"""From, to, and what stands there instead."""


def bare(source: bytes) -> bytes:
    """Cut it down; what is left does the same.

    :param source: of a module whose imports from the package are of what stands before it in the same program.
    """
    lines = [0]
    for line in source.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    cuts = [cut for node in _blocks(ast.parse(source)) for cut in _cuts(node, source, lines)]
    for begin, end, instead in sorted(cuts, reverse=True):
        source = source[:begin] + instead + source[end:]
    return source


def _blocks(node: ast.AST) -> Iterator[ast.AST]:
    """A module, its statements and theirs: no annotation is in an expression, and those are most of a tree."""
    yield node
    for name in ("body", "orelse", "finalbody", "handlers"):
        for statement in getattr(node, name, ()):
            yield from _blocks(statement)


def _cuts(node: ast.AST, source: bytes, lines: list[int]) -> Iterator[Cut]:
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
        yield from _of_body(node, lines)
    if isinstance(node, ast.FunctionDef):
        yield from _of_signature(node, source, lines)
    elif isinstance(node, ast.AnnAssign):
        yield _of_assignment(node, lines)


def _of_signature(node: ast.FunctionDef, source: bytes, lines: list[int]) -> Iterator[Cut]:
    if node.returns:
        yield source.rindex(b"->", 0, _begin(node.returns, lines)), _end(node.returns, lines), b""
    more = [argument for argument in (node.args.vararg, node.args.kwarg) if argument]
    for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, *more):
        if argument.annotation:
            yield _begin(argument, lines) + len(argument.arg.encode()), _end(argument.annotation, lines), b""


def _of_body(node: ast.Module | ast.ClassDef | ast.FunctionDef, lines: list[int]) -> Iterator[Cut]:
    for statement in node.body:
        if _is_text(statement) or _is_unneeded(statement):
            alone = len(node.body) == 1
            yield _begin(statement, lines), _end(statement, lines), b"pass" if alone else b""


def _is_text(statement: ast.stmt) -> bool:
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _is_unneeded(statement: ast.stmt) -> bool:
    module = (statement.module or "") if isinstance(statement, ast.ImportFrom) else ""
    return module in _UNNEEDED or module.startswith("seatrial.")


def _of_assignment(node: ast.AnnAssign, lines: list[int]) -> Cut:
    alias = isinstance(node.annotation, ast.Name) and node.annotation.id == "TypeAlias"
    if alias or node.value is None:
        return _begin(node, lines), _end(node, lines), b"pass"
    return _end(node.target, lines), _end(node.annotation, lines), b""


def _begin(node: ast.expr | ast.stmt | ast.arg, lines: list[int]) -> int:
    return lines[node.lineno - 1] + node.col_offset


def _end(node: ast.expr | ast.stmt, lines: list[int]) -> int:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return lines[node.end_lineno - 1] + node.end_col_offset
