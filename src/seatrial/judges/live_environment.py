"""Does the live process have the declared environment? A start script can change it, and exec shows another one."""

from seatrial.judges import explain
from seatrial.judges.case import Case
from seatrial.judges.roots import of_each, read, who
from seatrial.sanitise import HIDDEN, clean
from seatrial.snapshot import Process, Unreadable
from seatrial.verdicts import Verdict

_SHOWN = 200


def env(case: Case) -> Verdict:
    """Each declared variable has the declared value in each root; values that may be secret are not shown."""
    expected = case.check.expected.env

    def ask(process: Process) -> str:
        found = read(process.detail.env, "its environment")
        wrong = [_differs(case, process, key, wanted, found.get(key)) for key, wanted in expected.items()]
        told = "; ".join(text for text in wrong if text)
        return f"{who(process)}: {told}" if told else ""

    return of_each(case, ask, f"{case.check.expected.name} has {', '.join(expected)} as declared")


def _differs(case: Case, process: Process, key: str, wanted: str, found: str | None) -> str:
    if found == wanted:
        return ""
    is_now = f"{key} is not set" if found is None else pair(key, found)
    return f"{is_now}{_at_first(case, process, key, found)}, expected {pair(key, wanted)}"


def _at_first(case: Case, process: Process, key: str, found: str | None) -> str:
    """What the first process was given, which a start script may have changed on the way."""
    first = next((each for each in explain.everyone(case) if each.pid == 1 != process.pid), None)
    env = first.detail.env if first else None
    if env is None or isinstance(env, Unreadable) or env.get(key) == found:
        return ""
    return f" ({case.instance.noun}: {pair(key, env[key]) if key in env else 'not set'})"


def pair(key: str, value: str) -> str:
    """``KEY=value``, with what may be secret hidden."""
    return clean(f"{key}={value}", _SHOWN) if HIDDEN not in clean(f"{key}={value}") else f"{key}={HIDDEN}"
