"""Stacks in namespaces that were left running, found again by the name of their folder."""

import json
import os
import re
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from seatrial.errors import StartError

_RECORD = "run.json"
_RUN_ID = re.compile(r"[a-z0-9]{1,40}")
_GRACE_S, _POLL_S = 5.0, 0.02


def folder_of(run_id: str) -> Path:
    """The folder of a stack."""
    return Path(tempfile.gettempdir(), f"seatrial-demo-{run_id}")


def record(folder: Path, pid: int) -> None:
    """Note which process is the first one of the stack: a pid alone may be somebody else's later."""
    (folder / _RECORD).write_text(json.dumps({"pid": pid, "started": _started(pid)}))


def is_kept(run_id: str) -> bool:
    """Whether there is such a stack of ours."""
    try:
        return _RUN_ID.fullmatch(run_id) is not None and os.lstat(folder_of(run_id)).st_uid == os.geteuid()
    except FileNotFoundError:
        return False


def end_kept(run_id: str, log: Callable[[str], None]) -> None:
    """End a stack that was left running, and remove its folder.

    :raises StartError: where it does not end.
    """
    folder = folder_of(run_id)
    with suppress(FileNotFoundError):
        noted = json.loads((folder / _RECORD).read_text())
        end_process(noted["pid"], noted["started"])
    shutil.rmtree(folder, ignore_errors=True)
    log(f"the demo of run {run_id} is ended")


def end_process(pid: int, started: str) -> None:
    """End a stack's first process: asked first, so that it removes its folder, and then by force.

    :param started: what :func:`_started` said of it; another process of that pid is left alone.
    :raises StartError: where it does not end.
    """
    for number in (signal.SIGTERM, signal.SIGKILL):
        if _started(pid) == started:
            os.kill(pid, number)
        until = time.monotonic() + _GRACE_S
        while _started(pid) == started and time.monotonic() < until:
            time.sleep(_POLL_S)
    if _started(pid) == started:
        raise StartError(f"process {pid} of the demo does not end")


def _started(pid: int) -> str:
    """When a process was started, in ticks since boot: field 22 of /proc/PID/stat, proc(5); empty once it ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]
