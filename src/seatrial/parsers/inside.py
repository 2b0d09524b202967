"""From the frames of one target to what was read inside it."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TypeVar

from seatrial.errors import CouldNotLook, CutShort
from seatrial.parsers import files, logs, owners, process
from seatrial.parsers.frames import Frames
from seatrial.parsers.processes import Tasks, tasks_of
from seatrial.parsers.sockets import Bound, byte_order, of_diag, of_table
from seatrial.snapshot import FileFact, Inside, Listener, Talk, Unreadable
from seatrial.transports.request import TalkRequest, TargetRequest
