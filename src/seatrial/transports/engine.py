"""The Docker Engine, asked directly through its socket.

Raw HTTP, since importing and first using the docker SDK takes 0.3 s. Paths carry no API version: the engine then
speaks its own newest one, of which we read only fields that all versions have, while a fixed version is refused by
engines that dropped it and a negotiated one costs a round trip.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote, urlencode

from seatrial.deadline import Deadline
from seatrial.errors import CouldNotLook, CutShort
from seatrial.sanitise import clean
from seatrial.transports.dialler import Dialler, Here
from seatrial.transports.engine_address import EngineAddress
from seatrial.transports.engine_http import ANSWER_CAP, EngineConnection, parsed
from seatrial.transports.frames import Demultiplexer
from seatrial.transports.hijack import hijacked
from seatrial.transports.leftovers import ENDING_S, SAID_CAP, check_ended, ending_argv, is_gone, may_run_on, new_mark
from seatrial.transports.marked import marked_argv, marked_stdin, new_nonce, unmarked

OUTPUT_CAP = 4 * 1024 * 1024
"""Longest output of a command in bytes, where nothing else is said."""

_POLL_S = 0.005


@dataclass(frozen=True, slots=True)
class ExecResult:
    """How a command in a container ended."""

    exit_code: int
    stdout: bytes
    stderr: bytes


class Engine:
    """One Docker Engine; safe to use from several threads, each call on a connection of its own.

    :param address: where it is.
    :param dialler: makes the way there; straight from here, where it is not given.
    :param timeout_s: seconds that one call may take in all.
    :ivar calls: what was sent to it, one line each, for the report.
    """

    def __init__(self, address: EngineAddress, *, dialler: Dialler | None = None, timeout_s: float = 10.0) -> None:
        self.address = address
        self.dialler: Dialler = dialler or Here(address)
        self.timeout_s = timeout_s
        self.calls: list[str] = []
        self._idle: list[EngineConnection] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Engine({self.address.url!r})"

    def close(self) -> None:
        """Close the connections that are kept for the next call."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def version(self) -> dict[str, Any]:
        """What the engine says of itself (``GET /version``)."""
        return _object(self._json("GET", "/version"))

    def containers(self) -> list[dict[str, Any]]:
        """All containers, also those that do not run (``GET /containers/json?all=1``)."""
        found = self._json("GET", "/containers/json?all=1")
        if not isinstance(found, list):
            raise CutShort("the engine's list of containers is no list")
        return [_object(item) for item in found]

    def inspect(self, container_id: str) -> dict[str, Any]:
        """Everything about one container (``GET /containers/{id}/json``)."""
        return _object(self._json("GET", f"/containers/{_part(container_id)}/json"))

    def image_id(self, reference: str) -> str:
        """The id that an image reference has now (``GET /images/{name}/json``).

        :raises Refused: when the engine has no such image.
        """
        image_id = _object(self._json("GET", f"/images/{quote(reference, safe='/:@')}/json")).get("Id")
        if not isinstance(image_id, str) or not image_id:
            raise CutShort(f"the engine told no id of image {clean(reference)}")
        return image_id

    def image_digests(self, image_id: str) -> tuple[str, ...]:
        """The digests by which registries know an image, as ``name@sha256:…``; none of one that was only built here."""
        found = _object(self._json("GET", f"/images/{quote(image_id, safe='/:@')}/json")).get("RepoDigests")
        return tuple(clean(str(one), 300) for one in found or ())

    def changes(self, container_id: str) -> tuple[tuple[str, int], ...]:
        """Paths of a container that are not as its image has them, and how (``GET /containers/{id}/changes``)."""
        found = self._json("GET", f"/containers/{_part(container_id)}/changes")
        if not isinstance(found, list | None):
            raise CutShort("the engine's list of changes is no list")
        try:
            return tuple((str(one["Path"]), int(one["Kind"])) for one in found or ())
        except (KeyError, TypeError, ValueError):
            raise CutShort("the engine's list of changes is not what its API says") from None

    def logs(self, container_id: str, since: float, cap: int, *, timestamps: bool = False) -> bytes:
        """The engine's log of a container, stdout and stderr in the order in which the engine kept them.

        :param since: seconds since the epoch, 0 for all of it.
        :param cap: longest log in bytes.
        :param timestamps: put the engine's time before each line, as ``2026-11-25T12:00:00.123456789Z ``.
        :raises CutShort: when it is cut, or longer than ``cap``: it is never shortened silently.
        """
        asked = {"stdout": 1, "stderr": 1, "since": f"{since:.9f}", "timestamps": int(timestamps)}
        path = f"/containers/{_part(container_id)}/logs?{urlencode(asked)}"
        if self._has_terminal(container_id):
            return self._call("GET", path, cap=cap)
        # Frames have a header of eight bytes and hold at least one: nine times the room at most.
        data = self._call("GET", path, cap=9 * cap)
        output = Demultiplexer(cap, merged=True)
        output.feed(data)
        output.end()
        return bytes(output.stdout)

    def _has_terminal(self, container_id: str) -> bool:
        """Whether its log comes without frames; only newer engines tell it by the answer's content type."""
        config = self.inspect(container_id).get("Config")
        tty = config.get("Tty") if isinstance(config, dict) else None
        if not isinstance(tty, bool):
            raise CutShort("the engine's answer has no Config.Tty")
        return tty

    def exec(
        self,
        container_id: str,
        argv: Sequence[str],
        *,
        user: str = "",
        stdin: bytes = b"",
        deadline_s: float | None = None,
        cap: int = OUTPUT_CAP,
        label: str = "",
    ) -> ExecResult:
        """Run a command in a container to its end.

        The engine has no call that ends an exec, so at any error after its start one more exec ends what is left of
        it (:mod:`seatrial.transports.leftovers`), which may take 3 s more; where that fails, the error says so.

        :param user: name or uid, empty for the container's own.
        :param deadline_s: seconds for the whole, ``timeout_s`` where it is not given.
        :param cap: longest output in bytes, stdout and stderr together.
        :param label: what the report calls it, ``argv[0]`` where it is not given.
        :raises CouldNotLook: for anything but a command that ran to its end. A stream that is cut between two frames
            cannot be told from one that ended: use :meth:`exec_marked`, or a marker of your own.
        """
        deadline = Deadline.within(self.timeout_s if deadline_s is None else deadline_s)
        label, mark = label or argv[0], new_mark()
        exec_id = self._created(container_id, argv, user, deadline, label, [mark])
        try:
            return self._run(exec_id, stdin, deadline, cap)
        except CouldNotLook as error:
            problem = self._end(container_id, exec_id, user, mark, label) if may_run_on(error) else ""
            if problem:
                error.args = (f"{error}; it may still run in the container, it could not be ended: {problem}",)
            raise

    def _created(
        self, container_id: str, argv: Sequence[str], user: str, deadline: Deadline, label: str, env: Sequence[str]
    ) -> str:
        """Create an exec, which starts nothing yet; returns its id, ready for a path."""
        asked = {"AttachStdin": True, "AttachStdout": True, "AttachStderr": True, "Cmd": list(argv), "User": user}
        path = f"/containers/{_part(container_id)}/exec"
        body = {**asked, "Env": list(env)}
        created = parsed(self._call("POST", path, body, deadline=deadline, note=f" ({label})"))
        return _part(str(_object(created).get("Id", "")))

    def _run(self, exec_id: str, stdin: bytes, deadline: Deadline, cap: int) -> ExecResult:
        """Start an exec and await its end."""
        start = f"/exec/{exec_id}/start"
        self._note("POST", start)
        stdout, stderr = hijacked(self.dialler, start, stdin, deadline, cap)
        return ExecResult(self._exit_code(exec_id, deadline), stdout, stderr)

    def _end(self, container_id: str, exec_id: str, user: str, mark: str, label: str) -> str:
        """End what an exec started; returns why it may still run, empty where it does not."""
        deadline = Deadline.within(ENDING_S)
        try:
            self._end_all(container_id, user, mark, label, deadline)
            if self._runs(exec_id, deadline):
                # The engine was still about to start it when the list of processes was read.
                self._end_all(container_id, user, mark, label, deadline)
            return "the engine says that it still runs" if self._runs(exec_id, deadline) else ""
        except CouldNotLook as problem:
            return "" if is_gone(problem) else str(problem)

    def _end_all(self, container_id: str, user: str, mark: str, label: str, deadline: Deadline) -> None:
        ending = self._created(container_id, ending_argv(mark), user, deadline, f"to end {label}", [])
        ran = self._run(ending, b"", deadline, SAID_CAP)
        check_ended(ran.exit_code, ran.stdout)

    def _runs(self, exec_id: str, deadline: Deadline) -> bool:
        """Whether an exec still runs a moment later; one that never started does not."""
        until = Deadline.within(min(deadline.left(), 0.5))
        while self._state(exec_id, deadline).get("Running") is not False:
            if until.passed:
                return True
            time.sleep(_POLL_S)
        return False

    def exec_marked(
        self,
        container_id: str,
        argv: Sequence[str],
        *,
        user: str = "",
        stdin: bytes = b"",
        deadline_s: float | None = None,
        cap: int = OUTPUT_CAP,
    ) -> ExecResult:
        """Run a command below a shell that marks its end, so that a cut answer cannot pass for a short one.

        Parameters are those of :meth:`exec`.

        :raises CutShort: when the mark is missing.
        :raises Refused: when the image has no shell, the user is unknown, or the container is paused.
        """
        nonce = new_nonce()
        ran = self.exec(
            container_id,
            marked_argv(argv),
            user=user,
            stdin=marked_stdin(nonce, stdin),
            deadline_s=deadline_s,
            cap=cap,
            label=argv[0],
        )
        exit_code, stdout = unmarked(nonce, ran.exit_code, ran.stdout)
        return ExecResult(exit_code, stdout, ran.stderr)

    def _exit_code(self, exec_id: str, deadline: Deadline) -> int:
        """The exit code, which the engine learns a moment after the stream ended."""
        until = Deadline.within(min(deadline.left(), 1.0))
        while True:
            state = self._state(exec_id, deadline)
            code = state.get("ExitCode")
            if state.get("Running") is False and isinstance(code, int):
                return code
            if until.passed:
                raise CutShort("the output ended while the command still runs")
            time.sleep(_POLL_S)

    def _state(self, exec_id: str, deadline: Deadline) -> dict[str, Any]:
        return _object(parsed(self._call("GET", f"/exec/{exec_id}/json", deadline=deadline)))

    def _json(self, method: str, path: str) -> Any:
        return parsed(self._call(method, path))

    def _call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        deadline: Deadline | None = None,
        cap: int = ANSWER_CAP,
        note: str = "",
    ) -> bytes:
        self._note(method, path + note)
        deadline = deadline or Deadline.within(self.timeout_s)
        kept = self._take()
        if kept is not None:
            try:
                return self._exchange(kept, method, path, body, deadline, cap)
            except CutShort:
                # The engine may have closed a kept connection meanwhile. Asking again on a new one changes nothing:
                # all calls read, or create an exec that nobody starts.
                pass
        return self._exchange(EngineConnection(self.dialler), method, path, body, deadline, cap)

    def _exchange(
        self, connection: EngineConnection, method: str, path: str, body: object, deadline: Deadline, cap: int
    ) -> bytes:
        data = connection.exchange(method, path, body, deadline, cap)
        with self._lock:
            self._idle.append(connection)
        return data

    def _take(self) -> EngineConnection | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _note(self, method: str, path: str) -> None:
        self.calls.append(clean(f"{method} {path}", 300))


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise CutShort(f"the engine's answer is not what its API says: {clean(value, 200)}")
    return value


def _part(text: str) -> str:
    if not text:
        raise CutShort("the engine told an empty id")
    return quote(text, safe="")
