"""The OpenSSH client with the same probe: our reader and its request on stdin of ``python3`` on each host."""

import shlex
import shutil
import subprocess
from pathlib import Path

from benchmarks.contestants import Run, WrongAnswer
from benchmarks.jump import JUMP, Hosts
from benchmarks.stopwatch import Timing, timed
from seatrial.errors import CouldNotLook
from seatrial.instance import Machine
from seatrial.parsers.frames import Frames, parse
from seatrial.parsers.inside import inside
from seatrial.questions import target_request
from seatrial.request import TargetRequest, Window
from seatrial.spec.inventory.host import Host, chosen
from seatrial.spec.load import load
from seatrial.transports.cargo import cargo
from seatrial.transports.marked import new_nonce
from seatrial.transports.proc import request_line

WITHIN_S = 120.0
QUICK = "-o KexAlgorithms=curve25519-sha256"
"""Without the key exchange that OpenSSH 9 prefers (sntrup761x25519), which costs its client 80 ms of CPU a host."""

_CONFIG = """Include {config}
Host {jump}
    ControlMaster auto
    ControlPath {folder}/%C
    ControlPersist 60
Host *
    User root
"""
_RUNS = """set -e
ssh -F config {options} -fN {jump}
xargs -a hosts -P {at_once} -I HOST \\
    sh -c 'exec ssh -F config {options} "$0" "$1" <probes/"$0" >answers/"$0"' HOST {boot}
"""


class OpenSsh:
    """ssh(1) with one cold connection to the jump host, which all others share.

    :param folder: an empty one of its own.
    """

    def __init__(self, hosts: Hosts, folder: Path) -> None:
        self._hosts, self._folder, self._nonce = hosts, folder, new_nonce()
        reader = cargo()
        self._boot = reader.command
        self._requests = _requests(hosts.deployment)
        for name in ("probes", "answers"):
            (folder / name).mkdir()
        for name, request in self._requests.items():
            (folder / "probes" / name).write_bytes(reader.program + request_line([request], Window(), self._nonce))
        (folder / "hosts").write_text("\n".join(hosts.names) + "\n", encoding="ascii")
        told = _CONFIG.format(config=hosts.ssh_config, jump=JUMP, folder=folder)
        (folder / "config").write_text(told, encoding="ascii")

    def run(self, at_once: int, options: str = "") -> Run:
        """Read all hosts, from nothing to the last byte of the last answer.

        :param at_once: hosts at a time.
        :param options: of ssh(1).
        :raises WrongAnswer: where a host's answer is not whole.
        """
        for answer in (self._folder / "answers").iterdir():
            answer.unlink()
        script = _RUNS.format(options=options, jump=JUMP, at_once=at_once, boot=shlex.quote(self._boot))
        try:
            timing = timed(["sh", "-c", script], within_s=WITHIN_S, folder=self._folder)
        finally:
            self._leave()
        return Run(timing, len(self._hosts.names), self._whole(timing))

    def _whole(self, timing: Timing) -> int:
        try:
            for name, request in self._requests.items():
                answer = (self._folder / "answers" / name).read_bytes()
                inside(Frames(parse(answer, self._nonce, noisy=True)), request, "ssh")
        except (CouldNotLook, OSError) as error:
            raise WrongAnswer(f"ssh to {name}: {error}\n{timing.output[-4000:]}") from error
        return len(self._requests)

    def _leave(self) -> None:
        argv = ["ssh", "-F", "config", "-O", "exit", JUMP]
        subprocess.run(argv, cwd=self._folder, capture_output=True, timeout=WITHIN_S, check=False)


def is_here() -> bool:
    """Whether there is an OpenSSH client."""
    return shutil.which("ssh") is not None


def _requests(deployment: Path) -> dict[str, TargetRequest]:
    """Host → what Seatrial asks of it."""
    read = load(deployment, {})
    [spec] = read.services.values()
    hosts = chosen(spec.locate, read.inventory)
    return {host.name: target_request(host.name, _machine(host), spec, talk=True) for host in hosts}


def _machine(host: Host) -> Machine:
    addresses = {"inventory": host.address}
    return Machine(
        id="", name=host.name, host=host.name, status="running", started_at=0.0, pid=1, hostname="", addresses=addresses
    )
