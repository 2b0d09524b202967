"""The whole suite in two lanes side by side: most of it waits, for containers, sessions and deadlines.

    python tools/suite.py FIRST... [-- PYTEST-ARGUMENTS]

FIRST are the files and folders of one lane; the other runs everything else, so that nothing is ever left out. Give
``--cov=seatrial`` and what both lanes covered is told together.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

PYTHON = (sys.executable, *(["-P"] if sys.flags.safe_path else []), "-m")
NOTHING_CHOSEN = 5
"""pytest's exit code of a lane in which nothing is left to run."""


def main(words: Sequence[str]) -> int:
    """Run both lanes; the exit code of the one that went wrong."""
    cut = words.index("--") if "--" in words else len(words)
    first, more = words[:cut], words[cut + 1 :]
    with tempfile.TemporaryDirectory(prefix="suite-") as folder, open(f"{folder}/first", "w+") as said:
        beside = _lane([*first, "-p", "no:cacheprovider", *more], f"{folder}/cov.1", said)
        try:
            other = _lane([*(f"--ignore={one}" for one in first), *more], f"{folder}/cov.2", None).wait()
            code = beside.wait()
        finally:
            beside.wait()  # an interrupt reaches both; each takes its containers down before it ends
        said.seek(0)
        print(f"=== {' '.join(first)}\n{said.read()}", flush=True)
        if any(word.startswith("--cov=") for word in more):
            _covered(folder)
    return next((one for one in (code, other) if one not in (0, NOTHING_CHOSEN)), min(code, other))


def _lane(arguments: Sequence[str], covered: str, said: IO[str] | None) -> subprocess.Popen[str]:
    environ = {**os.environ, "COVERAGE_FILE": covered}
    return subprocess.Popen([*PYTHON, "pytest", *arguments], env=environ, stdout=said, text=True)


def _covered(folder: str) -> None:
    files = [str(path) for path in Path(folder).glob("cov.*")]
    environ = {**os.environ, "COVERAGE_FILE": f"{folder}/both"}
    subprocess.run([*PYTHON, "coverage", "combine", "--quiet", *files], env=environ, check=True)
    subprocess.run([*PYTHON, "coverage", "report", "--skip-covered"], env=environ, check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
