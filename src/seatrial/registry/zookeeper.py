"""What is registered in ZooKeeper: one session, one sync, and every wait has a deadline.

kazoo blocks for ever while its connection is suspended, so only its asynchronous calls are used, each awaited with a
timeout. The session is a read-write one: a server without a quorum then refuses it, where it would show old data to
a read-only one.
"""

from collections.abc import Callable, Sequence

from seatrial.errors import CouldNotLook, TooLate
from seatrial.registry.connect_string import connect_string
from seatrial.registry.probe import answering
from seatrial.registry.session import Reader, session
from seatrial.snapshot import RegistryPath, Unreadable
from seatrial.spec.deployment import ZooKeeperSpec
from seatrial.transports.deadline import Deadline


def read(
    spec: ZooKeeperSpec,
    paths: Sequence[str],
    *,
    deadline_s: float | None = None,
    resolve: Callable[[str], str] = str,
) -> dict[str, RegistryPath | Unreadable]:
    """Read the children of registration paths; what cannot be read is :class:`Unreadable`, never an empty answer.

    :param spec: where the ensemble is; its ``timeout`` bounds the connecting and each answer.
        After one answer that does not come, nothing more is asked.
    :param deadline_s: seconds for all answers, four times that timeout where it is not given. Ending a session with a
        server that hangs takes up to two seconds more.
    :param resolve: turns a host of the connect string into one that can be dialled from here.
    """
    deadline = Deadline.within(4 * spec.timeout if deadline_s is None else deadline_s)
    try:
        wanted = connect_string(spec.hosts)
        servers = answering(
            [(resolve(host), port) for host, port in wanted.servers], min(spec.timeout, deadline.left())
        )
        with session(servers, spec.timeout, deadline) as reader:
            reader.check_chroot(wanted.chroot)
            reader.catch_up()
            return _all(reader, wanted.chroot, paths)
    except CouldNotLook as error:
        return dict.fromkeys(paths, Unreadable(str(error)))


def _all(reader: Reader, chroot: str, paths: Sequence[str]) -> dict[str, RegistryPath | Unreadable]:
    found: dict[str, RegistryPath | Unreadable] = {}
    late: Unreadable | None = None
    for path in dict.fromkeys(paths):
        try:
            found[path] = late or reader.children(chroot, path)
        except TooLate as error:
            found[path] = late = Unreadable(str(error))
        except CouldNotLook as error:
            found[path] = Unreadable(str(error))
    return found
