"""From what the deployment file expects to what a look must read: no expectation, no reading."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from seatrial.instance import Container, Instance, Local, Machine
from seatrial.request import HostRequest, LogRequest, ProcessRequest, TalkRequest, TargetRequest
from seatrial.spec.log import LogSpec
from seatrial.spec.port import Conversation, PortSpec, family_key, reach_key
from seatrial.spec.process import ProcessSpec
from seatrial.spec.service import ServiceSpec
from seatrial.spec.status import StatusSpec, again
from seatrial.spec.tomcat import TomcatSpec, beside, talk_key
from seatrial.spec.zone import zone_file


def target_request(slot: str, instance: Instance, spec: ServiceSpec, *, talk: bool) -> TargetRequest:
    """What to read inside what fills a slot.

    :param talk: whether connections may be made; not under ``--read-only``.
    """
    heads = tuple(dict.fromkeys(_heads(spec)))
    return TargetRequest(
        client_ports=any(port.only for port in spec.ports),
        unix=tuple(dict.fromkeys(port.unix for port in spec.ports if port.unix)),
        slot=slot,
        container_id=instance.id if isinstance(instance, Container) else "",
        pid=instance.pid,
        scope=instance.scope if isinstance(instance, Local | Machine) else "container",
        start_ticks=instance.start_ticks if isinstance(instance, Local | Machine) else 0,
        addresses=tuple(instance.addresses.values()),
        files=tuple(dict.fromkeys((*heads, *_stats(spec), *_zones(spec)))),
        heads=heads,
        logs=tuple(log_request(log) for log in spec.logs if log.path),
        talks=tuple(_talks(spec)) if talk else (),
        host=host_request(spec),
        processes=_with_zone(spec, process_request(spec.processes)),
        reals=tuple(dict.fromkeys(_reals(spec))),
    )


def process_request(processes: Iterable[ProcessSpec]) -> ProcessRequest:
    """What to read of each process beyond what always is; which ones are meant is told only afterwards."""
    asked = tuple(processes)
    return ProcessRequest(
        cwd=any(process.release for process in asked),
        fds=any(process.fds for process in asked),
        limits=any(process.fds or process.limits for process in asked),
        libraries=any(process.libraries for process in asked),
        env=tuple(dict.fromkeys(key for process in asked for key in process.env)),
        cpu_over_s=max((process.cpu.over for process in asked if process.cpu), default=0.0),
    )


def host_request(spec: ServiceSpec) -> HostRequest | None:
    """What to read of the machine, or inside of a container; of a host behind SSH at least what it calls itself."""
    host = spec.host
    container = spec.container
    declared_mounts = [mount.path for mount in getattr(container, "mounts", ())]
    of_container = container.timezone or container.cron or declared_mounts
    if spec.on != "ssh" and not (host.model_fields_set or spec.space or of_container):
        return None
    mounts = [path for disk in host.disks for path in (disk.mount, *disk.above)] + declared_mounts
    return HostRequest(
        mounts=tuple(dict.fromkeys(mounts)),
        sysctls=tuple(host.sysctl),
        units=tuple(unit.unit for unit in host.units),
        cron=bool(host.cron or container.cron),
        engine=host.engine is not None,
        places=tuple(place.path for place in spec.space),
    )


def _with_zone(spec: ServiceSpec, asked: ProcessRequest) -> ProcessRequest:
    """``TZ`` of a process counts before what the file system says."""
    return replace(asked, env=tuple(dict.fromkeys((*asked.env, "TZ")))) if spec.container.timezone else asked


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
    asked = (port for port in spec.ports if port.published is not None and (port.proto == "tcp" or port.answer))
    return {port.name: _port_talk(port) for port in asked}


def reaching_talks(spec: ServiceSpec) -> Mapping[str, TalkRequest]:
    """The conversations with ports that must be reached from the engine's host, by their keys."""
    return {reach_key(port.name): _port_talk(port) for port in spec.ports if port.reach}


def _heads(spec: ServiceSpec) -> Iterator[str]:
    yield from (process.pidfile for process in spec.processes if process.pidfile)
    yield from (file.path for file in spec.files if file.contains)
    if spec.watchdog and spec.watchdog.pidfile:
        yield spec.watchdog.pidfile
    if spec.tomcat:
        yield from (spec.tomcat.server_xml, spec.tomcat.properties_file)


def _stats(spec: ServiceSpec) -> Iterator[str]:
    yield from (file.path for file in spec.files)
    yield from _unix_paths(spec)
    if spec.watchdog and spec.watchdog.heartbeat:
        yield spec.watchdog.heartbeat.file
    if spec.tomcat:
        yield from (place for context in spec.tomcat.contexts for place in spec.tomcat.deployments(context))


def _reals(spec: ServiceSpec) -> Iterator[str]:
    yield from (process.release for process in spec.processes if process.release)
    yield from _unix_paths(spec)


def _unix_paths(spec: ServiceSpec) -> Iterator[str]:
    yield from (port.unix for port in spec.ports if port.unix and port.unix.startswith("/"))


def _zones(spec: ServiceSpec) -> Iterator[str]:
    if spec.container.timezone:
        yield zone_file(spec.container.timezone)


def _talks(spec: ServiceSpec) -> Iterator[TalkRequest]:
    for port in spec.ports:
        if not port.only and (port.proto == "tcp" or port.answer):
            yield _port_talk(port)
            yield from _over_each(port)
    yield from (talk for status in spec.status if status.http for talk in _status_talks(status))
    if spec.tomcat:
        asked = (path for context in spec.tomcat.contexts for path in (context, beside(context)) if path)
        yield from (_context_talk(spec.tomcat, path) for path in asked)


def _over_each(port: PortSpec) -> Iterator[TalkRequest]:
    for version in port.families:
        yield replace(_port_talk(port), key=family_key(port.name, version), family=version)


def _port_talk(port: PortSpec) -> TalkRequest:
    to = TalkRequest(port.name, "unix" if port.unix else port.proto, port.port, path=port.unix or "")
    return to if port.answer is None else _conversation(to, port.answer)


def _conversation(to: TalkRequest, said: Conversation) -> TalkRequest:
    tls, name = said.tls is not None, (said.tls and said.tls.name) or ""
    secured = replace(to, reads=True, within_s=said.within, tls=tls, server_name=name)
    if said.http is not None:
        return replace(secured, send=_get(said.http, to.port, name))
    return replace(secured, send=said.send.encode(), enough=(said.expect or "").encode())


def _status_talks(status: StatusSpec) -> Iterator[TalkRequest]:
    """One, and a second where a number must have grown by then."""
    page = status.http
    assert page is not None
    key, get = f"status:{status.name}", _get(page.path, page.port)
    yield TalkRequest(key, "tcp", page.port, get, b"", True, page.within)
    if status.every_s:
        yield TalkRequest(again(key), "tcp", page.port, get, b"", True, page.within, status.every_s)


def _context_talk(tomcat: TomcatSpec, context: str) -> TalkRequest:
    """Without a slash at its end: a Tomcat that has the context answers that itself, by a redirect to its root."""
    get = _get(context, tomcat.connector)
    return TalkRequest(talk_key(context), "tcp", tomcat.connector, get, b"", True, tomcat.within)


def _get(path: str, port: int, host: str = "") -> bytes:
    at = f":{port}" if port else ""
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host or 'localhost'}{at}\r\nUser-Agent: seatrial\r\nAccept: */*\r\n"
        "Connection: close\r\n\r\n"
    ).encode()


def _offset_s(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    hours, _, minutes = text[1:].partition(":")
    return sign * (int(hours) * 3600 + int(minutes) * 60)
