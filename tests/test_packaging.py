"""What is built is what is in the tree."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
IN_CLONE = (ROOT / "src" / "seatrial").is_dir()

pytestmark = pytest.mark.skipif(not IN_CLONE, reason="the tree is only in a clone")


def _tree() -> set[str]:
    homes = {
        "seatrial": ROOT / "src/seatrial",
        "seatrial/checks": ROOT / "checks",
        "seatrial/fixtures": ROOT / "fixtures",
        "seatrial/demo_stack": ROOT / "examples/p2p-relay",
    }
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=30,
    ).stdout.split("\0")  # fmt: skip
    return {
        f"{package}/{path.relative_to(home)}"
        for name in listed
        if name and (path := ROOT / name).is_file()
        for package, home in homes.items()
        if path.is_relative_to(home)
    }


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(tmp_path), str(ROOT)],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    [wheel] = tmp_path.glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == _tree()


def test_every_package_of_the_tree_is_listed():
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    found = {f"seatrial.{path.parent.name}" for path in (ROOT / "src/seatrial").glob("*/__init__.py")}
    assert found <= listed


def test_the_lock_names_no_index():
    text = (ROOT / "requirements.lock").read_text()
    assert "://" not in text
    assert "--index" not in text
