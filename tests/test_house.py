"""The house keeps its own rules: imports go down, and the collector stands alone."""

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import seatrial

PACKAGE = Path(seatrial.__file__).parent

FLOORS = (
    ("collector",),
    ("errors", "sanitise", "patterns", "exits", "vehicles"),
    ("deadline", "unreadable", "trail", "capabilities"),
    ("instance", "host"),
    ("verdicts", "snapshot", "yamltree"),
    ("spec", "request"),
    ("parsers", "explained"),
    ("judges",),
    ("ssh",),
    ("transports", "registry"),
    ("locate",),
    ("start",),
    ("namespaces",),
    ("plan", "options", "questions"),
    ("sites",),
    ("look", "settle"),
    ("trial",),
    ("early", "own"),
    ("journal",),
    ("acceptance",),
    ("reports",),
    ("conclusion",),
    ("outcome", "arguments", "expected", "hiding", "session", "own_tests", "starting", "page", "shortcut", "plugin"),
    ("child", "waiting"),
    ("gate",),
    ("verify", "validate", "trust"),
    ("demo",),
    ("commands",),
    ("cli",),
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imports() -> list[tuple[Path, str]]:
    found = []
    for path in PACKAGE.rglob("*.py"):
        if _room(path) in ("checks", "fixtures", "demo_stack", "__init__"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("seatrial"):
                module = (node.module or "").split(".")
                rooms = [module[1]] if len(module) > 1 else [name.name for name in node.names]
                found += [(path, room) for room in rooms if room in FLOOR]
    return found


def test_every_room_has_a_floor():
    rooms = {_room(path) for path in PACKAGE.rglob("*.py")}
    assert rooms - {"checks", "fixtures", "demo_stack", "__init__"} == set(FLOOR)


def test_imports_go_down_and_never_up():
    wrong = [f"{path} imports {room}" for path, room in _imports() if FLOOR[room] > FLOOR[_room(path)]]
    assert wrong == []


def test_the_collector_imports_the_standard_library_only():
    names = set()
    for path in (PACKAGE / "collector").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {name.name.partition(".")[0] for name in node.names}
            if isinstance(node, ast.ImportFrom) and not node.level:
                names.add((node.module or "").partition(".")[0])
    assert names - set(sys.stdlib_module_names) - {"seatrial"} == set()


def test_no_two_modules_of_the_reader_give_one_name_to_two_things():
    """They become one program."""
    given = Counter(name for path in sorted((PACKAGE / "collector").glob("*.py")) for name in set(_given(path)))
    assert [name for name, times in given.items() if times > 1] == []


def _given(path):
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            yield from (
                each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
            )


def test_no_unfinished_work_is_left_in_the_code():
    words = ("TO" + "DO", "FIX" + "ME", "X" * 3, "NotImplemented" + "Error")
    texts = {path: path.read_text() for path in PACKAGE.rglob("*.py")}
    assert [str(path) for path, text in texts.items() if any(word in text for word in words)] == []


def test_a_run_from_the_clones_own_folder_can_load_the_suites_conftest(tmp_path):
    """As pytest does it there, with nothing of tests/ on the path; ``make demo`` is such a run."""
    load = f"import runpy; runpy.run_path({str(Path(__file__).with_name('conftest.py'))!r})"
    done = subprocess.run([sys.executable, "-P", "-c", load], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
