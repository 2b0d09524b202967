"""Where the demo's files are."""

from pathlib import Path

from seatrial.errors import StartError


def stack_folder() -> Path:
    """The folder of the demo's files: in the installed package, else in the clone.

    :raises StartError: where neither has them.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "demo_stack", package.parents[1] / "examples" / "p2p-relay"):
        if (folder / "compose.yaml").is_file():
            return folder
    raise StartError("the demo's files are not installed; install seatrial anew, or use a clone")
