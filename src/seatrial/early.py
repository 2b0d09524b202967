"""A look that begins before pytest does: it mostly waits, and pytest takes as long to get ready."""

from collections.abc import Mapping
from pathlib import Path

from seatrial.options import Options
from seatrial.trial import new_trial

NAME = "seatrial-early-look"


class EarlyLook:
    """Handed to pytest as a plugin; the session of the same file and options takes its trial over.

    :raises UsageError: where the file or the options are wrong.
    """

    def __init__(self, file: Path, options: Options, environ: Mapping[str, str]) -> None:
        self.__name__ = NAME  # under which pluggy registers it
        self.file, self.options = file, options
        self.trial = new_trial(file, options, environ)
        self.trial.begin()
