"""The Python reader as it is carried to a host: packed, and compiled as well, for a Python that is the same as ours.

Of the 33 ms of CPU that a look takes a small host, compiling would be 12. Bytecode fits only a Python with the same
magic number (``importlib.util.MAGIC_NUMBER``); any other one compiles the text, which is a third of what is carried.
"""

import importlib.util
import marshal
import shlex
import threading
import zlib
from dataclasses import dataclass, field
from functools import cache
from types import CodeType

from seatrial.transports.loader import program

NAME = "seatrial-reader"
_PACKING = threading.Lock()
_BOOT = """\
import sys
sys.version_info < (3, 6) and sys.exit(127)
try:
    import marshal, zlib
    from importlib.util import MAGIC_NUMBER
except ImportError as error:
    sys.exit(sys.stderr.write("this Python cannot be used: %s\\n" % error) and 127)
text, code = map(sys.stdin.buffer.read, ({text}, {code}))
if MAGIC_NUMBER.hex() == "{magic}":
    code = marshal.loads(zlib.decompress(code))
else:
    code = compile(zlib.decompress(text), "{name}", "exec")
exec(code)
"""
"""Ends with 127 where it cannot run, before it reads anything: as a shell does where there is no Python."""


@dataclass(frozen=True, slots=True)
class Cargo:
    """What is carried.

    :param command: one line for any shell: it starts the reader, which takes ``program`` and a request from its stdin.
    """

    command: str
    program: bytes = field(repr=False)


def cargo(magic: bytes = importlib.util.MAGIC_NUMBER) -> Cargo:
    """Pack the reader, once: fifty hosts want it at the same moment.

    :param magic: of the Pythons that shall take the compiled one.
    """
    with _PACKING:
        return _packed(magic)


@cache
def _packed(magic: bytes) -> Cargo:
    text = zlib.compress(program(), 9)
    code = zlib.compress(marshal.dumps(_without_lines(compile(program(), NAME, "exec"))), 9)
    boot = _BOOT.format(text=len(text), code=len(code), magic=magic.hex(), name=NAME)
    return Cargo(f"python3 -I -S -c {shlex.quote(f'exec({boot!r})')}", text + code)


def _without_lines(code: CodeType) -> CodeType:
    """Without the tables of lines, nearly half of it: of what goes wrong there, only the last line is told."""
    inner = (_without_lines(one) if isinstance(one, CodeType) else one for one in code.co_consts)
    return code.replace(co_linetable=b"", co_consts=tuple(inner))
