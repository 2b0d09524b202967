"""The instances that fill the slots, for commands that the user's own tests run in them."""

from collections import Counter
from collections.abc import Sequence
from typing import Self

from seatrial.errors import CouldNotLook, Unknown
from seatrial.own.reading import slot_facts
from seatrial.own.shell import Shell, shell_of
from seatrial.sanitise import clean, decode
from seatrial.transports.engine import OUTPUT_CAP, ExecResult
from seatrial.trial import Trial

ONLY_READ = "--read-only runs nothing in a target"


class Targets:
    """Runs commands in what the look of one trial found; nothing is contacted before the first one."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._shells: dict[str, Shell] = {}
        self._ran: Counter[str] = Counter()
        self._facts: dict[tuple[str, tuple[str, ...], str], ExecResult | Unknown] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close all connections."""
        for shell in self._shells.values():
            shell.close()
        if self._shells:
            self._trial.looker.end()

    def calls(self) -> tuple[str, ...]:
        """What was run so far, one line for each slot, for the report."""
        return tuple(f"{count} x a command of a test of yours in {slot}" for slot, count in self._ran.items())

    def check(self, slot: str) -> None:
        """Make sure that commands can be run for a slot, as far as the look knows.

        :raises Unknown: where nothing fills it, it could not be looked at, or nothing may be run.
        """
        self._shell(slot)

    def run(self, slot: str, argv: Sequence[str], *, user: str, deadline_s: float) -> ExecResult:
        """Run a command to its end in what fills a slot.

        :param user: name or uid, empty for the instance's own.
        :param deadline_s: seconds for the command.
        :raises Unknown: for anything but a command that ran to its end in the instance that the look saw.
        """
        shell = self._shell(slot)
        self._ran[slot] += 1
        try:
            return shell.run(argv, user=user, deadline_s=deadline_s, cap=OUTPUT_CAP)
        except CouldNotLook as error:
            raise Unknown(f"{slot}: {error}") from error

    def fact(self, slot: str, argv: Sequence[str], *, user: str, deadline_s: float) -> str:
        """What a command prints, which is run once for each slot however often it is asked for.

        :raises Unknown: where it could not be run, or said by its exit code that it failed.
        """
        key = (slot, tuple(argv), user)
        if key not in self._facts:
            try:
                self._facts[key] = self.run(slot, argv, user=user, deadline_s=deadline_s)
            except Unknown as error:
                self._facts[key] = error
        return _printed(slot, argv, self._facts[key])

    def _shell(self, slot: str) -> Shell:
        if self._trial.options.read_only:
            raise Unknown(f"{slot}: {ONLY_READ}")
        if slot not in self._shells:
            facts = slot_facts(self._trial.settled().snapshot, slot)
            try:
                self._shells[slot] = shell_of(slot, facts.instance, self._trial.looker.site_of(slot))
            except CouldNotLook as error:
                raise Unknown(f"{slot}: {error}") from error
        return self._shells[slot]


def _printed(slot: str, argv: Sequence[str], ran: ExecResult | Unknown) -> str:
    if isinstance(ran, Unknown):
        raise Unknown(str(ran))
    if ran.exit_code:
        said = clean(ran.stderr or ran.stdout, 200)
        raise Unknown(f"{slot}: {clean(argv[0], 100)} ended with {ran.exit_code}: {said or 'it said nothing'}")
    return decode(ran.stdout)
