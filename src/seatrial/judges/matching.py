"""Which processes a declaration means."""

from collections.abc import Iterable
from dataclasses import dataclass

from seatrial.judges.interpreters import Launcher, java_launcher, runs_scripts
from seatrial.parsers.java_command import JavaCommand, java_command, jsvc_command
from seatrial.patterns import searcher
from seatrial.snapshot import Process, Unreadable
from seatrial.spec.java import JavaSpec
from seatrial.spec.naming import last_part
from seatrial.spec.process import Matcher

DEAD = ("", "Z", "X", "x")
"""Last states in which a process no longer runs: gone, zombie, dead (proc(5))."""

_COMM_BYTES = 15
_TITLE_CAP = 16_384
_DELETED = " (deleted)"
_LAUNCHERS: tuple[Launcher, ...] = ("java", "jsvc")


@dataclass(frozen=True, slots=True)
class Matched:
    """The processes that a declaration means, by what has become of them.

    :param running: there in the last sample, and no zombie.
    :param gone: seen earlier in the look, not there in the last sample.
    :param zombies: ended, and not reaped by their parent; they have neither arguments nor exe, so the name decides.
    :param unclear: running ones of which too little could be read to say whether they are meant.
    """

    running: tuple[Process, ...]
    gone: tuple[Process, ...]
    zombies: tuple[Process, ...]
    unclear: tuple[Process, ...]

    @property
    def roots(self) -> tuple[Process, ...]:
        """Those whose parent is none of them: a master and its workers are one."""
        return _not_below(self.running, self.running)

    @property
    def workers(self) -> tuple[Process, ...]:
        """Those whose parent is one of them."""
        pids = {process.pid for process in self.running}
        return tuple(process for process in self.running if process.ppid in pids)

    @property
    def sure_roots(self) -> tuple[Process, ...]:
        """The roots whose parent is not unclear either."""
        return _not_below(self.roots, self.unclear)

    @property
    def gone_roots(self) -> tuple[Process, ...]:
        """Those that went during the look and were no worker."""
        return _not_below(self.gone, (*self.running, *self.gone, *self.unclear))

    def __contains__(self, pid: int) -> bool:
        """Whether one of the running ones has this pid."""
        return any(process.pid == pid for process in self.running)

    def why_unclear(self) -> list[str]:
        """One reason for all that is unclear, or nothing."""
        if not self.unclear:
            return []
        first, more = self.unclear[0], len(self.unclear) - 1
        also = f", nor for {more} more" if more else ""
        return [f"cannot tell whether pid {first.pid} {first.comm} is meant: {_why(first)}{also}"]


def matched(matcher: Matcher, processes: Iterable[Process]) -> Matched:
    """Sort out the processes that a matcher means."""
    everyone = tuple(processes)
    live = [process for process in everyone if _last(process) not in DEAD]
    answers = {process.pid: fits(matcher, process) for process in everyone}
    running = tuple(process for process in live if answers[process.pid])
    return Matched(
        running=running,
        gone=tuple(process for process in everyone if _last(process) == "" and answers[process.pid]),
        zombies=_zombies(matcher, everyone, alone=not running),
        unclear=tuple(process for process in live if answers[process.pid] is None and not _on_its_way(process)),
    )


def _on_its_way(process: Process) -> bool:
    """Whether it is the engine's own, about to become what an exec or a health check asks for (runc, ``nsexec.c``).

    Its name alone would not tell, but nothing from inside has a parent outside, except the first process.
    """
    return process.ppid == 0 and process.pid != 1 and process.comm.startswith("runc:[")


def fits(matcher: Matcher, process: Process) -> bool | None:
    """Whether a process is meant; None where what could be read of it does not decide.

    ``comm`` never decides: a process can rewrite it.
    """
    answers = (
        _exe(matcher.exe, process.exe),
        _script(matcher, process),
        _title(matcher.match, process),
        _java(matcher.java, process),
    )
    if False in answers:
        return False
    return None if None in answers else True


def program(process: Process) -> str:
    """What a process runs, as well as it is known: exe, else argv[0], else comm."""
    if isinstance(process.exe, str) and process.exe:
        return process.exe
    if not isinstance(process.argv, Unreadable) and process.argv:
        return process.argv[0]
    return process.comm


def same_program(declared: str, exe: str) -> bool:
    """Compare a declared program, a full path or its last part, with ``/proc/PID/exe``."""
    running = exe.removesuffix(_DELETED)
    return running == declared if "/" in declared else last_part(running) == declared


def java_of(process: Process) -> JavaCommand | Unreadable | None:
    """The Java command line of a process; None where it is none."""
    if isinstance(process.argv, Unreadable):
        return process.argv if java_launcher(process.exe, "") != "" else None
    if not process.argv:
        return None
    launcher = java_launcher(process.exe, process.argv[0])
    if launcher is None:
        return Unreadable(f"whether it is a Java launcher cannot be told: {process.exe}")
    return _command(launcher, process.argv) if launcher else None


def _command(launcher: Launcher, argv: tuple[str, ...]) -> JavaCommand:
    return jsvc_command(argv) if launcher == "jsvc" else java_command(argv)


def _exe(declared: str | None, exe: str | Unreadable) -> bool | None:
    if declared is None:
        return True
    return None if isinstance(exe, Unreadable) else same_program(declared, exe)


def _script(matcher: Matcher, process: Process) -> bool | None:
    if matcher.script is None:
        return True
    if isinstance(process.argv, Unreadable):
        return None
    if matcher.script not in _programs(process.argv):
        return False
    if matcher.exe is not None or process.argv[0] == matcher.script:
        return True
    return runs_scripts(process.exe, process.argv[0])


def _programs(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The arguments that can name what runs: the first, and up to the first that is neither option nor its value.

    What stands behind it is the program's own: ``sh watchdog relay.py`` runs the watchdog, ``java -cp … Main`` Main.
    """
    for at in range(1, len(argv)):
        if not argv[at].startswith("-") and (at == 1 or not argv[at - 1].startswith("-")):
            return argv[: at + 1]
    return argv


def _java(declared: JavaSpec | None, process: Process) -> bool | None:
    if declared is None:
        return True
    command = java_of(process)
    if not isinstance(command, Unreadable):
        return command is not None and _runs(declared, command)
    if isinstance(process.argv, Unreadable):
        return None
    either = [_runs(declared, _command(launcher, process.argv)) for launcher in _LAUNCHERS]
    return False if set(either) == {False} else None


def _runs(declared: JavaSpec, command: JavaCommand) -> bool | None:
    """A jar is compared as it was given, or by its last part; a class also without its module."""
    if command.hidden:
        return None
    if declared.main is not None:
        return declared.main in (command.main, command.main.rpartition("/")[2])
    jar = declared.jar or ""
    return command.jar != "" and jar == (command.jar if "/" in jar else last_part(command.jar))


def _title(pattern: str | None, process: Process) -> bool | None:
    if pattern is None:
        return True
    if isinstance(process.argv, Unreadable):
        return None
    return searcher(pattern)(" ".join(process.argv)[:_TITLE_CAP])


def _zombies(matcher: Matcher, processes: tuple[Process, ...], *, alone: bool) -> tuple[Process, ...]:
    """Zombies by name: that of the script before that of its interpreter, which others may run as well."""
    names = [last_part(name) for name in (matcher.script, matcher.exe, *_launchers(matcher)) if name]
    wanted = {_comm(name) for name in (names if alone else names[:1] if not matcher.java else ())}
    ended = [process for process in processes if _last(process) in ("Z", "X", "x")]
    if names:
        return tuple(process for process in ended if process.comm in wanted)
    return tuple(process for process in ended if matcher.match is None or searcher(matcher.match)(process.comm))


def _launchers(matcher: Matcher) -> tuple[str, ...]:
    """What is known of a Java process when it has ended is only the launcher's name."""
    return _LAUNCHERS if matcher.java else ()


def _comm(name: str) -> str:
    return name.encode()[:_COMM_BYTES].decode("utf-8", "ignore")


def _last(process: Process) -> str:
    return process.states[-1] if process.states else ""


def _not_below(processes: tuple[Process, ...], above: tuple[Process, ...]) -> tuple[Process, ...]:
    pids = {process.pid for process in above}
    return tuple(process for process in processes if process.ppid not in pids)


def _why(process: Process) -> str:
    facts = (process.exe, process.argv)
    return next((fact.reason for fact in facts if isinstance(fact, Unreadable)), _hidden(process))


def _hidden(process: Process) -> str:
    command = java_of(process)
    if isinstance(command, JavaCommand) and command.hidden:
        return f"{command.hidden} stands for arguments that cannot be seen"
    return "too little of it could be read"
