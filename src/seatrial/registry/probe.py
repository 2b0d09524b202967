"""Which servers take a TCP connection, asked before kazoo, which backs off for seconds when the first one refuses."""

import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from seatrial.deadline import Deadline
from seatrial.errors import CouldNotLook, Unreachable
from seatrial.registry.detour import Dial, Server
from seatrial.transports.dial import in_words


def answering(servers: Sequence[Server], timeout_s: float, dial: Dial | None = None) -> list[Server]:
    """Those of these servers whose port takes a connection.

    :param timeout_s: seconds that each of them has, all at the same time.
    :param dial: how they are reached, where that is not straight from here.
    :raises Unreachable: when none does, with the reason of each.
    """
    with ThreadPoolExecutor(max_workers=8, thread_name_prefix="seatrial-zk") as pool:
        problems = dict(zip(servers, pool.map(partial(_problem, timeout_s=timeout_s, dial=dial), servers), strict=True))
    alive = [server for server, problem in problems.items() if not problem]
    if not alive:
        reasons = "; ".join(f"{host}:{port} {problem}" for (host, port), problem in problems.items())
        raise Unreachable(f"no ZooKeeper server answers: {reasons}")
    return alive


def _problem(server: Server, timeout_s: float, dial: Dial | None) -> str:
    try:
        with dial(*server, Deadline.within(timeout_s)) if dial else socket.create_connection(server, timeout_s):
            return ""
    except CouldNotLook as error:
        return str(error)
    except (OSError, UnicodeError) as error:
        return in_words(error)
