"""A TCP relay: two peers that bind with the same session key get each other's bytes.

    peer   BIND <session-key>\\n      the first of the two waits
    relay  PAIRED\\n                  to both, once the second has bound; from then on bytes flow
    relay  BUSY\\n                    the key has its two peers already
    peer   PING\\n   relay  PONG\\n    at any time before

`relayctl status` tells `bind_count`, the peers that hold a session, and `agents_num`, the
agents connected: those on the port that have asked for a session, bound or not.
"""

import argparse
import asyncio
import http.client
import itertools
import json
import signal
import socket
import threading
import time
from logging import Logger

from p2pdemo.control import serve_control
from p2pdemo.log import open_log
from p2pdemo.registry import Registry

CONTROL = "/run/relay/control.sock"
MAX_LINE = 256  # bytes
MAX_EARLY = 65536  # bytes that a peer may send while its partner is not there
FIRST_LINE = 10.0  # seconds to say something
REPORT_EVERY = 1.0  # seconds
LOG_EVERY = 10  # reports


class Sessions:
    """Who is connected, and who is bound with which key."""

    def __init__(self, log: Logger) -> None:
        self.log = log
        self.agents: set[Agent] = set()
        self.bound: dict[str, list[Agent]] = {}

    def bind(self, key: str, agent: "Agent") -> bool:
        """Give AGENT a place in the session KEY and join the two when it is complete; False when it is full."""
        pair = self.bound.setdefault(key, [])
        if len(pair) == 2:
            return False
        pair.append(agent)
        if len(pair) == 2:
            self.log.info("session %s: paired %s and %s", key, pair[0].name, pair[1].name)
            pair[0].join(pair[1])
            pair[1].join(pair[0])
        return True

    def leave(self, agent: "Agent") -> None:
        """Forget AGENT; its session ends when nobody is left in it."""
        self.agents.discard(agent)
        pair = self.bound.get(agent.key, [])
        if agent in pair:
            pair.remove(agent)
            self.log.info("session %s: %s left", agent.key, agent.name)
        if not pair:
            self.bound.pop(agent.key, None)

    def groups(self) -> dict[str, int]:
        """The number of bound peers of each session key."""
        return {key: len(pair) for key, pair in list(self.bound.items())}  # a copy: reports come from another thread

    def status(self) -> str:
        """What `relayctl status` prints."""
        return f"bind_count={sum(self.groups().values())}\nagents_num={len(self.agents)}\n"


class Agent(asyncio.Protocol):
    """One connection: lines until it is paired, bytes from then on."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        self.key = ""
        self.name = ""
        self.early = bytearray()
        self.partner: Agent | None = None
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.name = "{}:{}".format(*transport.get_extra_info("peername")[:2])
        self.idle = asyncio.get_running_loop().call_later(FIRST_LINE, transport.close)

    def connection_lost(self, error: Exception | None) -> None:
        self.idle.cancel()
        self.sessions.leave(self)
        if self.partner:
            self.partner.transport.close()

    def data_received(self, data: bytes) -> None:
        if self.partner:
            self.partner.transport.write(data)
            return
        self.early += data
        while not self.key and b"\n" in self.early:
            line, _, self.early = self.early.partition(b"\n")
            self.line_received(line.decode(errors="replace").strip())
        if len(self.early) > (MAX_EARLY if self.key else MAX_LINE):
            self.transport.close()

    def line_received(self, line: str) -> None:
        """Answer one line of an agent that is not bound yet."""
        word, _, key = line.partition(" ")
        if line == "PING":
            self.transport.write(b"PONG\n")
        elif word == "BIND" and key:
            self.bind(key)
        else:
            self.transport.write(b"WHAT\n")

    def bind(self, key: str) -> None:
        """Ask for a place in the session KEY."""
        self.idle.cancel()
        self.sessions.agents.add(self)
        self.key = key  # before the session joins us: it may do so at once
        if not self.sessions.bind(key, self):
            self.key = ""
            self.transport.write(b"BUSY\n")

    def join(self, partner: "Agent") -> None:
        """From now on everything goes to PARTNER, first what came too early."""
        self.partner = partner
        self.transport.write(b"PAIRED\n")
        early, self.early = bytes(self.early), bytearray()
        asyncio.get_running_loop().call_soon(partner.transport.write, early)

    def pause_writing(self) -> None:
        if self.partner:
            self.partner.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.partner:
            self.partner.transport.resume_reading()


def send_report(registry: Registry, groups: dict[str, int]) -> None:
    """Tell each gms that is registered who is bound here; OSError where none takes it."""
    body = json.dumps({"relay": socket.gethostname(), "groups": groups})
    for address in registry.find("gms"):
        connection = http.client.HTTPConnection(address, timeout=2)
        try:
            connection.request("POST", "/report", body)
            connection.getresponse().read()
        except http.client.HTTPException as error:
            raise ConnectionError(f"gms at {address}: {error!r}") from error
        finally:
            connection.close()


def report_for_ever(registry: Registry, sessions: Sessions) -> None:
    """Report once a second; log a failure when it begins, and the counts every ten reports."""
    registry.wait_connected()
    failing = False
    for number in itertools.count():
        try:
            send_report(registry, sessions.groups())
            failing = False
        except OSError as error:
            if not failing:
                sessions.log.warning("cannot report to gms: %s", error)
            failing = True
        if number % LOG_EVERY == 0:
            sessions.log.info(sessions.status().replace("\n", " ").strip())
        time.sleep(REPORT_EVERY)


async def run(port: int) -> None:
    """Serve until SIGTERM."""
    log = open_log("relay")
    sessions = Sessions(log)
    registry = Registry(log)
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    await loop.create_server(lambda: Agent(sessions), "0.0.0.0", port)
    await serve_control(CONTROL, lambda words: sessions.status() if words == ["status"] else "")
    log.info("relay listens on port %d", port)
    registry.start("relay", port)
    threading.Thread(target=report_for_ever, args=(registry, sessions), name="reports", daemon=True).start()
    await stopping.wait()
    log.info("relay stops")
    registry.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description="Relays bytes between two peers with the same session key.")
    parser.add_argument("--port", type=int, default=9000)
    asyncio.run(run(parser.parse_args().port))


if __name__ == "__main__":
    main()
