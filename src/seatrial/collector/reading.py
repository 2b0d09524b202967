"""Reading one of the kernel's files whole."""

import errno
import os

READ_CAP = 1 << 22


def read(path: str, cap: int = READ_CAP) -> bytes:
    """A whole file of /proc or of a cgroup.

    :raises OSError: as open(2), and where it is longer than the cap.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        pieces, size = [os.read(fd, 65536)], 0
        while pieces[-1]:
            size += len(pieces[-1])
            if size > cap:
                raise OSError(errno.EFBIG, f"longer than {cap} bytes")
            pieces.append(os.read(fd, 65536))
        return b"".join(pieces)
    finally:
        os.close(fd)
