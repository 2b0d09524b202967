"""The demo's services in namespaces of this very machine."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from seatrial.demo.stage import Stage
from seatrial.namespaces.stack import local_stack


@contextmanager
def on_this_machine(
    files: Path, run_id: str, environ: Mapping[str, str], log: Callable[[str], None], *, keep: bool
) -> Iterator[Stage]:
    """Start the demo's services in namespaces, and end them all after the block.

    :raises UsageError: where something that they need is missing or forbidden.
    :raises StartError: where they do not come up.
    """
    with local_stack(run_id, files, environ, log, keep=keep) as stack:
        yield Stage(stack, environment="local", environ=stack.environ)
