"""One command, run and timed."""

import os
import resource
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Timing:
    """What a command took.

    :param wall_s: seconds from its start to its end.
    :param own_cpu_s: CPU seconds of it and its children.
    :param machine_cpu_s: CPU seconds that the whole machine was busy meanwhile, the engine and the containers included.
    """

    wall_s: float
    own_cpu_s: float
    machine_cpu_s: float
    exit_code: int
    output: str


def timed(argv: Sequence[str], *, within_s: float, folder: Path) -> Timing:
    """Run a command in a folder and take its times.

    :raises subprocess.TimeoutExpired: where it takes longer than ``within_s`` seconds.
    """
    own, machine, began = _own_cpu_s(), machine_cpu_s(), time.monotonic()
    ran = subprocess.run(
        argv, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=within_s, check=False
    )
    wall = time.monotonic() - began
    return Timing(wall, _own_cpu_s() - own, machine_cpu_s() - machine, ran.returncode, ran.stdout + ran.stderr)


def machine_cpu_s() -> float:
    """CPU seconds of all cores since boot, idle and waiting left out (``/proc/stat``, proc(5))."""
    first = Path("/proc/stat").read_text(encoding="ascii").partition("\n")[0]
    user, nice, system, _idle, _iowait, irq, softirq, *_ = (int(ticks) for ticks in first.split()[1:])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def _own_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
