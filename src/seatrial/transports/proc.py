"""The ``proc`` vehicle: our reader as a child on this machine, which reads the host's /proc for all containers here."""

import fcntl
import json
import os
import secrets
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from types import MappingProxyType

from seatrial.errors import CouldNotLook, CutShort, TooLate
from seatrial.parsers.cron import CRON_FOLDERS
from seatrial.parsers.frames import TOTAL_CAP, Frames, by_target, parse
from seatrial.parsers.inside import inside
from seatrial.parsers.units import UNIT_PROPERTIES
from seatrial.request import HostRequest, LogRequest, TalkRequest, TargetRequest, Window
from seatrial.sanitise import clean
from seatrial.snapshot import Inside, Unreadable
from seatrial.transports.loader import parameter_file, program

_PIECE = 1 << 18
_SAID_CAP = 4096
_GRACE_S = 2.0
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


@dataclass(frozen=True, slots=True)
class NotHere(Unreadable):
    """The container does not run on this machine, or we may not read it here: another vehicle may."""


class ProcReader:
    """Reads containers and services of this machine from its own /proc; each child looks once.

    :param joins: file that names the user namespace of all targets, where that is not our own.
    :param options: ``grep``, ``tables`` and ``by_hand`` of the request (docs/collector.md), to compare its ways.
    """

    def __init__(self, joins: str = "", **options: bool) -> None:
        self._joins, self._options = joins, options
        self._child: subprocess.Popen[bytes] | None = None

    def usable(self) -> str:
        """Empty, or why the host's /proc cannot be read from here."""
        if not sys.platform.startswith("linux"):
            return f"the host's /proc is not here: this is {sys.platform}"
        if os.geteuid() != 0:
            return "the host's /proc can be read in full by root only"
        return "" if os.path.isdir("/proc/self/ns") else "no /proc is mounted here"

    def start(self) -> None:
        """Start a child early, so that it is ready when its request comes.

        :raises CouldNotLook: when it cannot be started.
        """
        if self._child is None:
            self._child = _spawn()

    def look(self, requests: Sequence[TargetRequest], window: Window) -> dict[str, Inside | Unreadable]:
        """Look once at all of them; what could not be read is an ``Unreadable``, a container elsewhere a ``NotHere``.

        :param window: its deadline is for all targets together.
        """
        nonce = secrets.token_hex(16)
        try:
            self.start()
            asked = request_line(requests, window, nonce, self._joins, self._options)
            frames = parse(self._answer(asked, window.deadline_s), nonce)
            answers = by_target(frames)
        except CouldNotLook as error:
            return {request.slot: Unreadable(str(error)) for request in requests}
        finally:
            self.close()
        nothing = Frames(())
        return {
            request.slot: inside_of(answers.get(at, nothing), request, "proc") for at, request in enumerate(requests)
        }

    def close(self) -> None:
        """End the child, whatever it does, and what it ran."""
        child, self._child = self._child, None
        if child is None:
            return
        _kill(child)
        for pipe in (child.stdin, child.stdout, child.stderr):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def _answer(self, request: bytes, deadline_s: float) -> bytes:
        assert self._child is not None
        return _exchange(self._child, request, time.monotonic() + deadline_s, deadline_s)


def _spawn() -> subprocess.Popen[bytes]:
    source = program()
    boot = f"import sys;exec(compile(sys.stdin.buffer.read({len(source)}),'seatrial-reader','exec'))"
    try:
        child = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", boot],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_ENVIRONMENT,
            cwd="/",
            bufsize=0,
            start_new_session=True,
        )
    except OSError as error:
        raise CouldNotLook(f"the reader could not be started: {clean(error)}") from error
    assert child.stdin is not None
    with suppress(OSError):  # without it, the write below waits until Python has started
        fcntl.fcntl(child.stdin, fcntl.F_SETPIPE_SZ, 1 << 18)
    with suppress(BrokenPipeError):
        # It fits into the pipe, so this waits for nothing; a child that died is told of by the look.
        child.stdin.write(source)
    return child


def _exchange(child: subprocess.Popen[bytes], request: bytes, until: float, deadline_s: float) -> bytes:
    """Write the request and read the answer, both as they go, up to the deadline and the cap.

    :raises CouldNotLook: when it is late, too long, or the child ended in another way than well.
    """
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stderr is not None
    rest, answer, said = memoryview(request), bytearray(), bytearray()
    os.set_blocking(child.stdin.fileno(), False)
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdin, selectors.EVENT_WRITE)
        selector.register(child.stdout, selectors.EVENT_READ, answer)
        selector.register(child.stderr, selectors.EVENT_READ, said)
        while child.stdout in {key.fileobj for key in selector.get_map().values()}:
            ready = selector.select(max(until - time.monotonic(), 0.0))
            if not ready or time.monotonic() > until:
                raise TooLate(f"the reader did not answer within {deadline_s:g} s")
            for key, _ in ready:
                if key.data is None:
                    rest = _write(selector, key, rest)
                else:
                    _read(selector, key)
            if len(answer) > TOTAL_CAP:
                raise CutShort(f"the reader's answer is longer than {TOTAL_CAP} bytes")
            del said[:-_SAID_CAP]
    _must_have_ended_well(child, bytes(said), deadline_s)
    return bytes(answer)


def _write(selector: selectors.BaseSelector, key: selectors.SelectorKey, rest: memoryview) -> memoryview:
    try:
        rest = rest[os.write(key.fd, rest[:_PIECE]) :]
    except BrokenPipeError:
        rest = rest[:0]
    if not rest:
        selector.unregister(key.fileobj)
    return rest


def _read(selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
    piece = os.read(key.fd, _PIECE)
    key.data.extend(piece)
    if not piece:
        selector.unregister(key.fileobj)


def _kill(child: subprocess.Popen[bytes]) -> None:
    """Kill it with all that it ran, then await it: until then its number cannot be another's."""
    if child.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            # What sleeps in the kernel (a dead file server) cannot be killed; then we do not wait with it.
            child.wait(_GRACE_S)


def _await_end(child: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _GRACE_S
    while time.monotonic() < until and not os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG):
        time.sleep(0.002)


def _must_have_ended_well(child: subprocess.Popen[bytes], said: bytes, deadline_s: float) -> None:
    _await_end(child)
    _kill(child)
    code = child.returncode
    if code in (-signal.SIGALRM, -signal.SIGXCPU):
        raise TooLate(f"the reader did not answer within {deadline_s:g} s")
    if code:
        last = clean(said.strip().rpartition(b"\n")[2], 300)
        raise CutShort(f"the reader ended with status {code}: {last or 'without a word'}")


def inside_of(frames: Frames, request: TargetRequest, vehicle: str) -> Inside | Unreadable:
    """What the Python reader told of one target, or why it could not; a ``NotHere`` for what is elsewhere."""
    elsewhere = frames.find("nothere")
    if elsewhere is not None:
        return NotHere(elsewhere.reason)
    try:
        return inside(frames, request, vehicle)
    except CouldNotLook as error:
        return Unreadable(str(error))


def request_line(
    requests: Sequence[TargetRequest],
    window: Window,
    nonce: str,
    joins: str = "",
    options: Mapping[str, bool] = MappingProxyType({}),
) -> bytes:
    """The request of the Python reader, which follows the program on its stdin.

    :param nonce: random text; it goes by stdin only.
    :param joins: file that names the user namespace of all targets, where that is not the reader's own.
    :param options: ``grep``, ``tables`` and ``by_hand`` (docs/collector.md).
    """
    asked = {
        "nonce": nonce,
        "samples": window.samples,
        "over_s": window.over_s,
        "deadline_s": window.deadline_s,
        "joins": joins,
        "targets": [_target(request) for request in requests],
        **options,
    }
    return json.dumps(asked).encode() + b"\n"


def _target(request: TargetRequest) -> dict[str, object]:
    return {
        "container_id": request.container_id,
        "pid": request.pid,
        "scope": request.scope,
        "start_ticks": request.start_ticks,
        "addresses": request.addresses,
        "files": request.files,
        "heads": request.heads,
        "logs": [_log(log) for log in request.logs],
        "talks": [_talk(talk) for talk in request.talks],
        "host": _host(request.host) if request.host else None,
        "processes": asdict(request.processes),
        "reals": request.reals,
        "client_ports": request.client_ports,
        "unix": request.unix,
    }


def _host(host: HostRequest) -> dict[str, object]:
    return {
        "mounts": host.mounts,
        "sysctls": [parameter_file(name) for name in host.sysctls],
        "units": host.units,
        "properties": ",".join(UNIT_PROPERTIES),
        "cron": CRON_FOLDERS if host.cron else (),
        "engine": host.engine,
        "places": host.places,
    }


def _log(log: LogRequest) -> dict[str, object]:
    return {"glob": log.glob, "lines": log.lines, "regexes": log.regexes}


def _talk(talk: TalkRequest) -> dict[str, object]:
    return {
        "proto": talk.proto,
        "port": talk.port,
        "send": talk.send.hex(),
        "enough": talk.enough.hex(),
        "reads": talk.reads,
        "within_s": talk.within_s,
        "after_s": talk.after_s,
        "tls": talk.tls,
        "server_name": talk.server_name,
        "family": talk.family,
        "path": talk.path,
    }
