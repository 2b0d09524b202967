"""One trial: the look runs in a thread while pytest collects, and every check asks it for its verdict."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seatrial.judges import judge
from seatrial.judges.glimpse import glimpse
from seatrial.look import Looker
from seatrial.options import Options, pinned
from seatrial.plan import Plan, make_plan
from seatrial.settle import Settled, settle
from seatrial.snapshot import Inside, SlotFacts, Snapshot
from seatrial.spec.load import load
from seatrial.verdicts import Verdict


@dataclass
class Trial:
    """Looks at a deployment once and holds the verdicts.

    :param progress: is told what is going on, from the look's thread; it may be set when the look has begun.
    """

    looker: Looker
    plan: Plan
    options: Options
    progress: Callable[[str], None] = lambda _text: None
    _thread: threading.Thread | None = None
    _settled: Settled | None = None
    _error: BaseException | None = None
    _done: threading.Event = field(default_factory=threading.Event)

    def begin(self) -> None:
        """Start to look, unless it has begun; returns at once."""
        if self._thread is not None:
            return
        self._thread = threading.Thread(target=self._run, name="seatrial-look", daemon=True)
        self._thread.start()

    def settled(self) -> Settled:
        """Wait for the look to end.

        :raises BaseException: whatever a bug of ours raised in the thread; never for what could not be looked at.
        """
        self.begin()
        self._done.wait()
        if self._error is not None:
            raise self._error
        assert self._settled is not None
        return self._settled

    def verdict(self, check_id: str) -> Verdict:
        """The verdict of one planned check."""
        return self.settled().verdicts[check_id]

    def _run(self) -> None:
        try:
            with self.looker as looker:
                self._settled = settle(
                    looker.look,
                    self._judge_all,
                    settle_s=self.options.settle_s,
                    stable_for_s=self.options.stable_for_s,
                    progress=lambda text: self.progress(text),
                    glimpse=lambda snapshot: glimpse(self.plan.checks, snapshot),
                    afresh=looker.afresh,
                )
        except BaseException as error:
            self._error = error
        finally:
            self._done.set()

    def _judge_all(self, snapshot: Snapshot) -> dict[str, Verdict]:
        return {check.id: judge(check, snapshot, self.options.stable_for_s) for check in self.plan.checks}


def new_trial(file: Path, options: Options, environ: Mapping[str, str]) -> Trial:
    """The trial of a deployment file, which has not begun.

    :raises UsageError: where the file or the options are wrong.
    """
    deployment = pinned(load(file, environ, options.environment), options.compose_project)
    plan = make_plan(deployment, read_only=options.read_only, environment=options.environment)
    return Trial(Looker(deployment, options, environ), plan, options)


def facts_of(settled: Settled, more_calls: Sequence[str] = ()) -> dict[str, object]:
    """What the journal keeps of a look.

    :param more_calls: what else was run in targets.
    """
    snapshot = settled.snapshot
    return {
        "taken_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(snapshot.taken_at)),
        "took_s": round(snapshot.took_s, 3),
        "looks": settled.looks,
        "waited_s": round(settled.waited_s, 3),
        "ended_because": settled.why,
        "vehicles": sorted({inside.vehicle for inside in _insides(snapshot)}),
        "calls": [*snapshot.calls, *more_calls],
    }


def _insides(snapshot: Snapshot) -> Iterator[Inside]:
    for facts in snapshot.slots.values():
        if isinstance(facts, SlotFacts) and isinstance(facts.inside, Inside):
            yield facts.inside
