"""Is every instance registered, with its own address, by a session that dies with it?"""

from seatrial.judges.case import Blind, Case, entry
from seatrial.judges.leftover import left_behind, maybe_left_behind
from seatrial.judges.ownership import Ownership, alike, mentions, ownership, shown
from seatrial.snapshot import Node, RegistryPath, SlotFacts
from seatrial.spec.registration import RegistrationSpec
from seatrial.verdicts import Verdict

_NAMED = 10


def node(case: Case) -> Verdict:
    """One child of the path is this instance's, and only one."""
    spec: RegistrationSpec = case.check.expected
    found = _path(case, spec)
    if not found.exists:
        return case.failed(f"{spec.path} is not there on {found.server} (server answered, zxid {found.zxid:#x})")
    own = ownership(case, found)
    wrong = [] if own.nodes else [_none_is_mine(spec, found, own)]
    twins = alike(case)
    if len(own.exact) > len(twins):
        names = " and ".join(f"{item.name} (session {item.ephemeral_owner:#x})" for item in own.exact[:_NAMED])
        wrong = [f"registered {len(own.exact)} times: {names} say {shown(own.exact[0])}"]
    elif own.exact and len(own.exact) < len(twins):
        wrong = [f"{', '.join(twins)} must all say {shown(own.exact[0])}, but {len(own.exact)} node says so"]
    wrong += [f"{spec.path}/{item.name} {text}" for item in own.exact if (text := left_behind(item, case.instance))]
    unseen = _problems(found) + [text for item in own.exact if (text := maybe_left_behind(item, case.instance))]
    if unseen and not own.nodes:
        wrong = []
    right = f"{spec.path}/{own.nodes[0].name} is its node" if own.nodes else ""
    return case.weigh(wrong, unseen, right, **_evidence(found, own))


def data(case: Case) -> Verdict:
    """Its node says what the file declares, with the instance's own address."""
    spec: RegistrationSpec = case.check.expected
    found = _path(case, spec)
    own = _must_have_node(case, spec, found)
    if own.exact:
        return case.passed(f"{own.exact[0].name} says {shown(own.exact[0])}", **_evidence(found, own))
    wrong = own.nodes[0]
    has = ", ".join(address for address in case.instance.addresses.values() if address) or case.instance.name
    text = f"{wrong.name} says {shown(wrong)}, {case.instance.noun} has {has}"
    return case.failed(f"{text}; expected {' or '.join(own.expected)}{_whose(case, wrong)}", **_evidence(found, own))


def ephemeral(case: Case) -> Verdict:
    """Its node vanishes with the session that made it."""
    spec: RegistrationSpec = case.check.expected
    found = _path(case, spec)
    own = _must_have_node(case, spec, found)
    wrong = [
        f"{spec.path}/{item.name} is persistent (ephemeralOwner=0x0): stays when the service dies"
        for item in own.nodes
        if not item.ephemeral_owner
    ]
    right = f"{own.nodes[0].name} belongs to session {own.nodes[0].ephemeral_owner:#x}"
    return case.weigh(wrong, [], right, **_evidence(found, own))


def _path(case: Case, spec: RegistrationSpec) -> RegistryPath:
    case.must_run()
    return entry(case.snapshot.registry, spec.path, spec.path)


def _must_have_node(case: Case, spec: RegistrationSpec, found: RegistryPath) -> Ownership:
    own = ownership(case, found)
    old = [text for item in own.exact if (text := left_behind(item, case.instance))]
    if old and len(old) == len(own.exact):
        raise Blind(f"its node {own.exact[0].name} {old[0]}", "zk.node")
    if own.nodes:
        return own
    problems = _problems(found)
    raise Blind(problems[0] if problems else f"it has no node under {spec.path}", "zk.node")


def _none_is_mine(spec: RegistrationSpec, found: RegistryPath, own: Ownership) -> str:
    proof = f"(server answered, zxid {found.zxid:#x})"
    if not found.nodes:
        return f"no child under {spec.path} on {found.server} {proof}"
    there = ", ".join(f"{item.name} says {shown(item)}" for item in found.nodes[:_NAMED])
    return f"no child under {spec.path} on {found.server} says {' or '.join(own.expected)} {proof}; there is: {there}"


def _problems(found: RegistryPath) -> list[str]:
    return [f"{found.path}/{item.name} could not be read: {item.problem}" for item in found.nodes if item.problem]


def _whose(case: Case, wrong: Node) -> str:
    """Say which instance the wrong address is that of."""
    if mentions(wrong, case.instance):
        return ""
    for slot, facts in case.snapshot.slots.items():
        if isinstance(facts, SlotFacts) and mentions(wrong, facts.instance):
            return f"; that address is {slot}'s"
    return f"; that address belongs to no {case.instance.noun} of this deployment now"


def _evidence(found: RegistryPath, own: Ownership) -> dict[str, object]:
    ghosts = ", ".join(f"{item.name} says {shown(item)}" for item in own.ghosts[:_NAMED])
    server = f"{found.server} zxid {found.zxid:#x}"
    return {"server": server, "children": len(found.nodes)} | ({"address of nobody": ghosts} if ghosts else {})
