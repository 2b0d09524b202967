"""The peers of the demo: two at each relay that ZooKeeper knows, which talk to each other all the time.

The first peer of a pair sends a numbered message each second, the second sends it back. Whoever
loses the relay connects again, waiting longer each time. Each pair's count goes to qiniu-tool as a file.

`peerctl status` tells how many peers are paired; `peerctl drop [ADDRESS]` lets the second peer of
the pair at the relay with that address (or else of the first) go for good.
"""

import asyncio
import http.client
import itertools
import signal
import threading
import time
from collections.abc import Awaitable, Callable
from logging import Logger

from p2pdemo.control import serve_control
from p2pdemo.log import open_log
from p2pdemo.registry import Registry

CONTROL = "/run/peer/control.sock"
LOOK_EVERY = 0.5  # seconds between two looks at the registry
UPLOAD_EVERY = 20  # looks
MESSAGE_EVERY = 1.0  # seconds
ANSWER_TIMEOUT = 10.0  # seconds
FIRST_WAIT, LONGEST_WAIT = 0.25, 5.0  # seconds before connecting again
CLOSED = "the relay closed the connection"

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Pair:
    """Two peers at one relay."""

    def __init__(self, address: str, log: Logger) -> None:
        self.address = address
        self.log = log
        self.paired = 0
        self.messages = 0
        self.first = asyncio.create_task(self._stay("first", self._send))
        self.second = asyncio.create_task(self._stay("second", self._send_back))

    def cancel(self) -> None:
        """Let both peers go."""
        self.first.cancel()
        self.second.cancel()

    async def _stay(self, name: str, talk: Talk) -> None:
        """Be connected for ever."""
        wait = FIRST_WAIT
        while True:
            before = self.messages
            try:
                await self._visit(name, talk)
            except (OSError, EOFError, TimeoutError) as error:
                self.log.info("%s peer at %s: %r; again in %.2f s", name, self.address, error, wait)
            wait = FIRST_WAIT if self.messages > before else min(wait * 2, LONGEST_WAIT)
            await asyncio.sleep(wait)

    async def _visit(self, name: str, talk: Talk) -> None:
        """Connect, bind, wait for the partner, talk until the connection ends."""
        host, port = self.address.split(":")
        reader, writer = await asyncio.wait_for(asyncio.open_connection(host, int(port)), ANSWER_TIMEOUT)
        try:
            writer.write(f"BIND pair-{host}\n".encode())
            if await reader.readline() != b"PAIRED\n":
                raise ConnectionError("the relay did not pair us")
            self.log.info("%s peer at %s: paired", name, self.address)
            self.paired += 1
            try:
                await talk(reader, writer)
            finally:
                self.paired -= 1
        finally:
            writer.close()

    async def _send(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            message = b"message %d\n" % (self.messages + 1)
            writer.write(message)
            answer = await asyncio.wait_for(reader.readline(), ANSWER_TIMEOUT)
            if answer != message:
                raise ConnectionError("another message came back" if answer else CLOSED)
            self.messages += 1
            if self.messages % 10 == 1:
                self.log.info("message %d went through %s and back", self.messages, self.address)
            await asyncio.sleep(MESSAGE_EVERY)

    async def _send_back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
        raise ConnectionError(CLOSED)


class Peers:
    """The pairs, one for each relay that is registered."""

    def __init__(self, log: Logger) -> None:
        self.log = log
        self.pairs: dict[str, Pair] = {}

    def update(self, addresses: list[str]) -> None:
        """Have a pair at each of these relays and at no other."""
        for address in sorted(set(self.pairs) - set(addresses)):
            self.log.info("relay %s is no longer registered", address)
            self.pairs.pop(address).cancel()
        for address in sorted(set(addresses) - set(self.pairs)):
            self.log.info("relay %s is registered", address)
            self.pairs[address] = Pair(address, self.log)

    def answer(self, words: list[str]) -> str:
        """Answer one command of `peerctl`."""
        match words:
            case ["status"]:
                pairs = self.pairs.values()
                counts = {"pairs": len(pairs), "peers": sum(p.paired for p in pairs), "messages": self.messages()}
                return "".join(f"{name}={count}\n" for name, count in counts.items())
            case ["drop", *wanted]:
                return self._drop(wanted)
        return ""

    def messages(self) -> int:
        """The messages that went through a relay and back."""
        return sum(pair.messages for pair in list(self.pairs.values()))

    def _drop(self, wanted: list[str]) -> str:
        for address, pair in sorted(self.pairs.items()):
            if not wanted or wanted[0] in (address, address.split(":")[0]):
                pair.second.cancel()
                return f"dropped the second peer at {address}\n"
        return ""


def upload(registry: Registry, name: str, text: str) -> None:
    """Store TEXT as NAME at the first qiniu-tool that is registered; OSError where it does not take it."""
    for address in registry.find("qiniu-tool")[:1]:
        connection = http.client.HTTPConnection(address, timeout=2)
        try:
            connection.request("PUT", f"/{name}", text.encode())
            connection.getresponse().read()
        except http.client.HTTPException as error:
            raise ConnectionError(f"qiniu-tool at {address}: {error!r}") from error
        finally:
            connection.close()


def look_for_ever(registry: Registry, peers: Peers, loop: asyncio.AbstractEventLoop) -> None:
    """Follow the registry from a thread of its own, since its questions block; upload the count now and then."""
    registry.wait_connected()
    failing = False
    for number in itertools.count(1):
        try:
            loop.call_soon_threadsafe(peers.update, registry.find("relay"))
            if number % UPLOAD_EVERY == 0:
                upload(registry, f"messages-{number // UPLOAD_EVERY % 100}.txt", f"{peers.messages()} messages\n")
            failing = False
        except OSError as error:
            if not failing:
                peers.log.warning("%s", error)
            failing = True
        time.sleep(LOOK_EVERY)


async def run() -> None:
    """Keep the peers talking until SIGTERM."""
    log = open_log("peer")
    peers = Peers(log)
    registry = Registry(log)
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    await serve_control(CONTROL, peers.answer)
    registry.start()
    threading.Thread(target=look_for_ever, args=(registry, peers, loop), name="registry", daemon=True).start()
    log.info("peers started")
    await stopping.wait()
    log.info("peers stop")
    registry.stop()


if __name__ == "__main__":
    asyncio.run(run())
