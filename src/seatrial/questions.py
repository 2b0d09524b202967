"""From what the deployment file expects to what a look must read: no expectation, no reading."""

from collections.abc import Iterator, Mapping

from seatrial.instance import Container, Instance, Local
from seatrial.request import LogRequest, TalkRequest, TargetRequest
from seatrial.spec.log import LogSpec
from seatrial.spec.port import Conversation, PortSpec
from seatrial.spec.service import ServiceSpec
from seatrial.spec.status import StatusSpec


def target_request(slot: str, instance: Instance, spec: ServiceSpec, *, talk: bool) -> TargetRequest:
    """What to read inside what fills a slot.

    :param talk: whether connections may be made; not under ``--read-only``.
    """
    heads = tuple(dict.fromkeys(_heads(spec)))
    return TargetRequest(
        slot=slot,
        container_id=instance.id if isinstance(instance, Container) else "",
        pid=instance.pid,
        scope=instance.scope if isinstance(instance, Local) else "container",
        start_ticks=instance.start_ticks if isinstance(instance, Local) else 0,
        addresses=tuple(instance.addresses.values()),
        files=tuple(dict.fromkeys((*heads, *_stats(spec)))),
        heads=heads,
        logs=tuple(log_request(log) for log in spec.logs if log.path),
        talks=tuple(_talks(spec)) if talk else (),
    )


def log_request(log: LogSpec) -> LogRequest:
    """How to scan a declared log, file or engine's log."""
    return LogRequest(
        key=log.name,
        glob=log.path or "",
        lines=tuple(pattern.line for pattern in log.deny if pattern.line),
        regexes=tuple(pattern.regex for pattern in log.deny if pattern.regex),
        utc_offset_s=_offset_s(log.utc_offset),
    )


def published_talks(spec: ServiceSpec) -> Mapping[str, TalkRequest]:
    """The conversations with ports that the engine must publish, by port."""
    return {port.name: _port_talk(port) for port in spec.ports if port.published is not None and port.proto == "tcp"}


def _heads(spec: ServiceSpec) -> Iterator[str]:
    yield from (process.pidfile for process in spec.processes if process.pidfile)
    yield from (file.path for file in spec.files if file.contains)
    if spec.watchdog and spec.watchdog.pidfile:
        yield spec.watchdog.pidfile


def _stats(spec: ServiceSpec) -> Iterator[str]:
    yield from (file.path for file in spec.files)
    if spec.watchdog and spec.watchdog.heartbeat:
        yield spec.watchdog.heartbeat.file


def _talks(spec: ServiceSpec) -> Iterator[TalkRequest]:
    yield from (_port_talk(port) for port in spec.ports if port.proto == "tcp" or port.answer)
    yield from (_status_talk(status) for status in spec.status if status.http)


def _port_talk(port: PortSpec) -> TalkRequest:
    if port.answer is None:
        return TalkRequest(port.name, port.proto, port.port)
    return _conversation(port.name, port.proto, port.port, port.answer)


def _conversation(key: str, proto: str, port: int, said: Conversation) -> TalkRequest:
    if said.http is not None:
        return TalkRequest(key, proto, port, _get(said.http, port), b"", True, said.within)
    return TalkRequest(key, proto, port, said.send.encode(), (said.expect or "").encode(), True, said.within)


def _status_talk(status: StatusSpec) -> TalkRequest:
    page = status.http
    assert page is not None
    return TalkRequest(f"status:{status.name}", "tcp", page.port, _get(page.path, page.port), b"", True, page.within)


def _get(path: str, port: int) -> bytes:
    return (
        f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nUser-Agent: seatrial\r\nAccept: */*\r\n"
        "Connection: close\r\n\r\n"
    ).encode()


def _offset_s(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    hours, _, minutes = text[1:].partition(":")
    return sign * (int(hours) * 3600 + int(minutes) * 60)
