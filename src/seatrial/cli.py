"""The way in of the command line, and its ways out; what a person types is in :mod:`seatrial.commands`.

Nothing that takes long is imported before pytest is on its way in a process of its own: it imports at the same time.
"""

import gc
import os
import signal
import sys
from contextlib import nullcontext

from seatrial import __version__
from seatrial.exits import Exit
from seatrial.waiting import WaitingPytest

SIGINT_STATUS = 128 + signal.SIGINT
"""What typer makes of an interrupt."""


def main() -> None:
    """Run the command line; every way out ends with one of pytest's exit codes."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        print(f"seatrial {__version__}")
        return
    os.umask(0o077)
    signal.signal(signal.SIGTERM, _interrupted)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup(1) makes it
        signal.signal(signal.SIGHUP, _interrupted)
    code = _run()
    gc.freeze()  # nothing is left to collect: Python ends 20 ms earlier
    sys.exit(code)


def _interrupted(*_: object) -> None:
    """End as an interrupt does, so that what was started is taken down and the report is closed."""
    raise KeyboardInterrupt


def _run() -> int:
    try:
        with WaitingPytest(os.environ) if sys.argv[1:2] == ["run"] else nullcontext() as waiting:
            return _guarded(waiting)
    except KeyboardInterrupt:
        return _say("interrupted", Exit.INTERRUPTED)


def _guarded(waiting: WaitingPytest | None) -> int:
    import typer

    from seatrial.commands import app
    from seatrial.errors import SeatrialError, UsageError

    try:
        outcome = app(standalone_mode=False, obj=waiting)
    except UsageError as error:
        return _say(error, Exit.USAGE)
    except SeatrialError as error:
        return _say(error, Exit.NOT_ACCEPTED)
    except typer.TyperException as error:
        return _say(error.format_message(), Exit.USAGE)
    except (KeyboardInterrupt, typer.Abort):
        return _say("interrupted", Exit.INTERRUPTED)
    except OSError as error:
        return _say(f"what was found could not be written: {error.strerror or error}", Exit.INTERNAL)
    except Exception:
        import traceback

        traceback.print_exc()
        return _say("this is a mistake in Seatrial, please report it with the lines above", Exit.INTERNAL)
    if outcome == SIGINT_STATUS:
        return _say("interrupted", Exit.INTERRUPTED)
    return outcome if isinstance(outcome, int) else Exit.ACCEPTED


def _say(error: object, code: Exit) -> int:
    from seatrial.sanitise import clean

    for line in str(error).splitlines():
        print(f"seatrial: {clean(line)}", file=sys.stderr)
    return code
