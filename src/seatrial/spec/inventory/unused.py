"""Hosts of the inventory of which a deployment makes no use: a server that nobody looks at."""

from collections.abc import Iterator

from seatrial.spec.deployment import DeploymentSpec
from seatrial.spec.docker import SSH
from seatrial.spec.inventory.folded import folded
from seatrial.spec.inventory.host import Host, chosen
from seatrial.spec.inventory.jump import hops
from seatrial.spec.mistakes import nearest

_SHOWN = 5
"""Hosts that one note names."""


def unused_hosts(deployment: DeploymentSpec) -> tuple[Host, ...]:
    """The hosts that no service chooses, and that are no jump host, no engine's and not on the way to the registry."""
    used = {host.name for host in _of_services(deployment)} | {*_engines(deployment)} | {*_on_the_way(deployment)}
    return tuple(host for host in deployment.inventory if not {host.name, host.address} & used)


def unused_note(deployment: DeploymentSpec) -> str:
    """``1 host of servers.csv is in no service: relay-2 (role 'rely'; did you mean 'relay'?)``.

    Empty where each host is made use of.
    """
    hosts = unused_hosts(deployment)
    if not hosts:
        return ""
    places = {host.row.rpartition(" row ")[0] or "hosts.named" for host in hosts}
    place = places.pop() if len(places) == 1 else "the inventory"
    verb = "host of {} is" if len(hosts) == 1 else "hosts of {} are"
    told = [_told(host, deployment) for host in hosts[:_SHOWN]]
    more = f" and {len(hosts) - _SHOWN} more" if len(hosts) > _SHOWN else ""
    return f"{len(hosts)} {verb.format(place)} in no service: {', '.join(told)}{more}"


def _of_services(deployment: DeploymentSpec) -> Iterator[Host]:
    for service in deployment.services.values():
        if service.on == "ssh":
            yield from chosen(service.locate, deployment.inventory)


def _engines(deployment: DeploymentSpec) -> Iterator[str]:
    for docker in (deployment.docker, *(service.docker for service in deployment.services.values())):
        if docker and docker.engine and docker.engine.startswith(SSH):
            yield docker.engine.removeprefix(SSH)


def _on_the_way(deployment: DeploymentSpec) -> Iterator[str]:
    """Names or addresses of jump hosts."""
    for told in {deployment.ssh.jump or "", *(host.jump for host in deployment.inventory)}:
        yield from (hop.host for hop in hops(told))
    if deployment.zookeeper and deployment.zookeeper.via:
        yield deployment.zookeeper.via


def _told(host: Host, deployment: DeploymentSpec) -> str:
    wanted = {service.locate.role for service in deployment.services.values() if service.locate.role}
    role = f"role {host.role!r}" if host.role else "no role"
    is_wanted = folded(host.role) in map(folded, wanted)
    near = "" if is_wanted or not host.role else nearest(host.role, sorted(wanted)).strip()
    return f"{host.name} ({role}{near and '; '}{near})"
