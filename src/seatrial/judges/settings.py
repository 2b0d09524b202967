"""Was a container created as declared?"""

from collections.abc import Mapping

from seatrial.instance import Container
from seatrial.judges.case import Blind, Case
from seatrial.judges.live_environment import pair
from seatrial.judges.users import called, uid_of, wanted
from seatrial.snapshot import Unreadable
from seatrial.spec.container import ContainerSpec, LimitsSpec, NetworkSpec
from seatrial.verdicts import Verdict

PROJECT = "com.docker.compose.project"
"""Label by which a container says of which compose project it is, whose name stands before that of its networks."""

_WITHOUT_NAMES = ("bridge", "host", "none")


def network(case: Case) -> Verdict:
    """It is in the declared networks, in no other, and peers there find it under the declared names."""
    case.must_run()
    spec: tuple[NetworkSpec, ...] = case.check.expected.networks or ()
    box = case.container
    found = box.settings.networks
    if not found and not spec:
        raise Blind("it has no network of its own: it was cut off, or is in that of another container")
    expected = {_meant(box, one.name): one for one in spec}
    wrong = []
    if set(found) != set(expected):
        wrong.append(f"on {_names(found)}, expected {_names(expected)}")
    for name, one in expected.items():
        missing = [alias for alias in one.aliases if name in found and alias not in _known_as(box, name)]
        if missing:
            wrong.append(f"on {name} peers do not find it as {', '.join(missing)}")
    return case.weigh(wrong, [], f"on {_names(found)}", addresses=dict(box.addresses))


def user(case: Case) -> Verdict:
    """Its first process runs as the declared user, compared as uid; no user at all means root."""
    case.must_run()
    declared = case.check.expected.user
    box, uid = case.container, uid_of(case, declared)
    first = next((process for process in case.processes if process.pid == 1), None)
    if first is None:
        raise Blind("its first process was not seen")
    if isinstance(first.uid, Unreadable):
        raise Blind(f"pid 1: {first.uid.reason}")
    if isinstance(first.euid, Unreadable):
        raise Blind(f"pid 1: {first.euid.reason}")
    if first.uid == first.euid == uid:
        return case.passed(f"pid 1 runs as {wanted(declared, uid)}")
    given = f"Config.User is {box.settings.user}" if box.settings.user else "Config.User is empty"
    rights = f" with the rights of {called(case, first.euid)}" if first.euid != first.uid else ""
    return case.failed(
        f"pid 1 runs as uid {called(case, first.uid)}{rights}, expected {wanted(declared, uid)}; {given}"
    )


def limits(case: Case) -> Verdict:
    """Each declared limit is there, and not higher than declared."""
    case.must_run()
    spec: LimitsSpec = case.check.expected.limits
    box = case.container
    found = {"Memory": box.settings.memory, "PidsLimit": box.settings.pids, "CPUs": box.cpus}
    highest = {"Memory": spec.memory, "PidsLimit": spec.pids, "CPUs": spec.cpus}
    wrong = [_limit(name, found[name], most) for name, most in highest.items() if most is not None]
    told = ", ".join(f"{name}={found[name]:g}" for name, most in highest.items() if most is not None)
    return case.weigh([text for text in wrong if text], [], told)


def _limit(name: str, found: float, most: float | bool) -> str:
    if found <= 0:
        return f"{name}={found:g}: there is no limit"
    return f"{name}={found:g}, at most {most:g} allowed" if most is not True and found > most else ""


def env(case: Case) -> Verdict:
    """It was created with the declared environment; what its processes have is asked by ``process.env``."""
    case.must_run()
    return _pairs(case, case.check.expected.env, case.container.settings.env, "environment")


def labels(case: Case) -> Verdict:
    """It has the declared labels."""
    case.must_run()
    return _pairs(case, case.check.expected.labels, case.container.labels, "labels")


def _pairs(case: Case, expected: Mapping[str, str], found: Mapping[str, str], noun: str) -> Verdict:
    wrong = []
    for key, value in expected.items():
        if found.get(key) != value:
            is_now = pair(key, found[key]) if key in found else f"{key} is not set"
            wrong.append(f"{is_now}, expected {pair(key, value)}")
    return case.weigh(wrong, [], f"{noun} as declared: {', '.join(expected)}")


def hostname(case: Case) -> Verdict:
    """It calls itself as declared."""
    case.must_run()
    found, expected = case.container.hostname, case.check.expected.hostname
    if not found:
        raise Blind("the engine tells no hostname of it: it is in another network's or the host's")
    return case.weigh([f"hostname {found}, expected {expected}"] if found != expected else [], [], f"hostname {found}")


def policy(case: Case) -> Verdict:
    """The engine does what is declared when it ends."""
    case.must_run()
    spec: ContainerSpec = case.check.expected
    found = case.container.restart_policy or "no"
    wrong = [f"restart policy {found}, expected {spec.restart_policy}"] if found != spec.restart_policy else []
    return case.weigh(wrong, [], f"restart policy {found}")


def _meant(box: Container, name: str) -> str:
    """The network of that very name, else the one that its compose project made for it."""
    made = f"{box.labels.get(PROJECT, '')}_{name}"
    return made if name not in box.settings.networks and made in box.settings.networks else name


def _known_as(box: Container, network: str) -> tuple[str, ...]:
    """An engine's own networks have no name service; in others its present name is known too."""
    return (*box.settings.networks[network], *([box.name] if network not in _WITHOUT_NAMES else []))


def _names(networks: Mapping[str, object]) -> str:
    return ", ".join(sorted(networks)) or "no network"
