"""Is a declared file there, as declared?"""

from seatrial.judges.case import Case
from seatrial.judges.users import weigh_owner
from seatrial.sanitise import decode
from seatrial.snapshot import FileFact
from seatrial.spec.file import FileSpec
from seatrial.verdicts import Verdict


def state(case: Case) -> Verdict:
    """Kind, owner, mode and contents; every deviation in one message."""
    spec: FileSpec = case.check.expected
    fact = case.file(spec.path)
    if not fact.exists:
        return case.failed(f"{spec.path} does not exist, expected a {spec.kind} file")
    wrong: list[str] = []
    unseen: list[str] = []
    if fact.kind != spec.kind:
        wrong.append(f"is a {fact.kind}, expected {spec.kind}")
    if spec.user is not None:
        misfit, doubt = weigh_owner(case, spec.user, fact.uid)
        wrong += [misfit] if misfit else []
        unseen += [doubt] if doubt else []
    if spec.mode is not None and fact.mode != spec.mode:
        wrong.append(f"has mode {fact.mode:04o}, expected {spec.mode:04o}")
    if spec.not_empty and not fact.size:
        wrong.append("is empty (0 bytes)")
    _weigh_contents(spec, fact, wrong, unseen)
    told = f"{fact.kind}, uid {fact.uid}, mode {fact.mode:04o}, {fact.size} bytes"
    wrong = [f"{spec.path} {', '.join(wrong)}"] if wrong else []
    return case.weigh(wrong, unseen, f"{spec.path} is as declared ({told})", file=told)


def _weigh_contents(spec: FileSpec, fact: FileFact, wrong: list[str], unseen: list[str]) -> None:
    if not spec.contains or fact.kind != "regular":
        return
    if fact.head is None or fact.problem:
        unseen.append(f"{spec.path} could not be read: {fact.problem or 'nobody asked for its contents'}")
        return
    text = decode(fact.head)
    missing = [part for part in spec.contains if part not in text and part.encode() not in fact.head]
    if missing:
        wrong.append(f"does not hold {', '.join(repr(part) for part in missing)}")
