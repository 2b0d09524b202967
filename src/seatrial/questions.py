"""From what the deployment file expects to what a look must read: no expectation, no reading."""

from collections.abc import Iterator, Mapping

from seatrial.instance import Container, Instance, Local, Machine
from seatrial.request import HostRequest, LogRequest, TalkRequest, TargetRequest
from seatrial.spec.log import LogSpec
from seatrial.spec.port import Conversation, PortSpec
from seatrial.spec.service import ServiceSpec
from seatrial.spec.status import StatusSpec
from seatrial.spec.tomcat import TomcatSpec, beside, talk_key


def target_request(slot: str, instance: Instance, spec: ServiceSpec, *, talk: bool) -> TargetRequest:
    """What to read inside what fills a slot.

    :param talk: whether connections may be made; not under ``--read-only``.
    """
    heads = tuple(dict.fromkeys(_heads(spec)))
    return TargetRequest(
        slot=slot,
        container_id=instance.id if isinstance(instance, Container) else "",
        pid=instance.pid,
        scope=instance.scope if isinstance(instance, Local | Machine) else "container",
        start_ticks=instance.start_ticks if isinstance(instance, Local | Machine) else 0,
        addresses=tuple(instance.addresses.values()),
        files=tuple(dict.fromkeys((*heads, *_stats(spec)))),
        heads=heads,
        logs=tuple(log_request(log) for log in spec.logs if log.path),
        talks=tuple(_talks(spec)) if talk else (),
        host=host_request(spec),
    )


def host_request(spec: ServiceSpec) -> HostRequest | None:
    """What to read of the machine itself; of a host behind SSH at least what it calls itself."""
    host = spec.host
    if spec.on != "ssh" and not host.model_fields_set:
        return None
    mounts = [path for disk in host.disks for path in (disk.mount, *disk.above)]
    return HostRequest(
        mounts=tuple(dict.fromkeys(mounts)),
        sysctls=tuple(host.sysctl),
        units=tuple(unit.unit for unit in host.units),
        cron=bool(host.cron),
        engine=host.engine is not None,
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
    if spec.tomcat:
        yield from (spec.tomcat.server_xml, spec.tomcat.properties_file)


def _stats(spec: ServiceSpec) -> Iterator[str]:
    yield from (file.path for file in spec.files)
    if spec.watchdog and spec.watchdog.heartbeat:
        yield spec.watchdog.heartbeat.file
    if spec.tomcat:
        yield from (place for context in spec.tomcat.contexts for place in spec.tomcat.deployments(context))


def _talks(spec: ServiceSpec) -> Iterator[TalkRequest]:
    yield from (_port_talk(port) for port in spec.ports if port.proto == "tcp" or port.answer)
    yield from (_status_talk(status) for status in spec.status if status.http)
    if spec.tomcat:
        asked = (path for context in spec.tomcat.contexts for path in (context, beside(context)) if path)
        yield from (_context_talk(spec.tomcat, path) for path in asked)


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


def _context_talk(tomcat: TomcatSpec, context: str) -> TalkRequest:
    """Without a slash at its end: a Tomcat that has the context answers that itself, by a redirect to its root."""
    get = _get(context, tomcat.connector)
    return TalkRequest(talk_key(context), "tcp", tomcat.connector, get, b"", True, tomcat.within)


def _get(path: str, port: int) -> bytes:
    return (
        f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nUser-Agent: seatrial\r\nAccept: */*\r\n"
        "Connection: close\r\n\r\n"
    ).encode()


def _offset_s(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    hours, _, minutes = text[1:].partition(":")
    return sign * (int(hours) * 3600 + int(minutes) * 60)
