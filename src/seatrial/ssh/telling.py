"""How the way to a host is told: which hop failed, and which before it did not."""

from seatrial.host import Access, Trouble
from seatrial.spec.inventory.host import Host
from seatrial.ssh.route import Route
from seatrial.ssh.trouble import HopFailed


def access_of(host: Host, route: Route, sudo: bool, fingerprint: str = "") -> Access:
    """How a host is reached, as far as its route is known."""
    if not route:
        return Access(host.name, host.address or host.name, user=host.user, sudo=sudo)
    last = route[-1]
    return Access(
        host=host.name,
        address=last.address,
        route=tuple(f"{hop.name} {hop.address}" for hop in route[:-1]),
        user=last.user,
        fingerprint=fingerprint,
        sudo=sudo,
        notes=tuple(dict.fromkeys(note for hop in route for note in hop.notes)),
    )


def told(route: Route, failed: HopFailed) -> Trouble:
    """What stopped a route, in one sentence."""
    obstacle = failed.obstacle
    if not route or obstacle.stage == "host.route":
        return Trouble(obstacle.stage, obstacle.said, obstacle.wrong, obstacle.lasting)
    at = failed.hops or len(route)
    if obstacle.stage == "host.identity":
        bastion = "bastion " if at < len(route) else ""
        return Trouble(obstacle.stage, f"{bastion}{obstacle.said}", obstacle.wrong, lasting=True)
    return Trouble(obstacle.stage, f"{_hop(route, at)}: {obstacle.said}", obstacle.wrong, obstacle.lasting)


def waiting(route: Route, at: int, within_s: float) -> str:
    """What is to be said when nobody can wait any longer."""
    if not route:
        return f"not connected within {within_s:g} s: its configuration is still being read"
    return f"{_hop(route, at)}: not connected within {within_s:g} s"


def _hop(route: Route, at: int) -> str:
    """The hop at which it stopped, and those before it."""
    before, hop = route[: at - 1], route[at - 1]
    passed = f"{_passed(before)} ok; " if before else ""
    there = " from there" if before else ""
    if at == len(route):
        return f"{passed}{'target ' if before else ''}{hop.address}{there}"
    name = "" if hop.name in ("bastion", hop.host) else f" ({hop.name})"
    return f"{passed}bastion {hop.address}{name}{there}"


def _passed(before: Route) -> str:
    return "bastion" if len(before) == 1 else f"bastions {', '.join(hop.name for hop in before)}"
