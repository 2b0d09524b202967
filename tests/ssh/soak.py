"""``python -m tests.ssh.soak [hosts [runs]]``: many hosts behind one bastion, again and again, and none may be lost.

Every other run also opens channels on the bastion's connection, and closes each as soon as it is done with it.
"""

import secrets
import statistics
import sys
import tempfile
import time
from pathlib import Path

import docker

from .crowd import crowd, lost
from .harbour import Harbour


def main() -> int:
    """Print a line for each run; 1 when a host was lost."""
    count, runs = [int(word) for word in sys.argv[1:3]] + [150, 9][len(sys.argv[1:3]) :]
    client = docker.from_env(timeout=120)
    took, missing = [], 0
    with (
        tempfile.TemporaryDirectory(prefix="seatrial-ssh-") as folder,
        Harbour(client, f"soak-{secrets.token_hex(3)}", Path(folder)) as harbour,
    ):
        everybody = crowd(harbour, count)
        for run in range(1, runs + 1):
            fleet = everybody.fleet()
            began = time.monotonic()
            problems = lost(fleet, everybody.hosts, closes=run % 2 == 0)
            took.append(time.monotonic() - began)
            fleet.end()
            missing += len(problems)
            told = "; channels closed as it goes" * (run % 2 == 0) + "".join(f"; {one}" for one in problems[:1])
            print(f"run {run}: {len(everybody.hosts)} hosts, {len(problems)} lost, {took[-1]:.2f} s{told}", flush=True)
    print(f"{runs} runs: {missing} lost; median {statistics.median(took):.2f} s, {min(took):.2f}-{max(took):.2f} s")
    return bool(missing)


if __name__ == "__main__":
    sys.exit(main())
