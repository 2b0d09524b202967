"""Does a container run the image that is meant?"""

from collections.abc import Iterator

from seatrial.judges.case import Blind, Case, seen
from seatrial.verdicts import Verdict


def image(case: Case) -> Verdict:
    """The running image against the declared id, the digest that the registry gave it, and what the tag means now."""
    box, spec = case.container, case.check.spec
    wrong: list[str] = []
    unseen: list[str] = []
    for ask in (_reference, _digest, _id):
        try:
            wrong += ask(case)
        except Blind as blind:
            unseen.append(str(blind))
    told = spec.image or spec.container.image_digest or spec.container.image_id
    return case.weigh(wrong, unseen, f"runs {told} ({short(box.image_id)})", runs=f"{box.image_ref} {box.image_id}")


def _reference(case: Case) -> Iterator[str]:
    reference = case.check.spec.image
    if not reference:
        return
    box, now = case.container, seen(case.slot.image_id)
    if not now or not box.image_id:
        raise Blind(f"which image {reference} is was not looked at")
    if now != box.image_id:
        why = "same tag, other image" if box.image_ref == reference else f"it was created from {box.image_ref}"
        yield f"runs {short(box.image_id)}, {reference} is now {short(now)}: {why}"


def _digest(case: Case) -> Iterator[str]:
    expected = case.check.spec.container.image_digest
    if not expected:
        return
    digests = case.slot.image_digests
    if digests is None:
        raise Blind("the digests of the running image were not looked at")
    known = seen(digests)
    if not known:
        raise Blind(f"{short(case.container.image_id)} has no digest: it came from no registry; give its id instead")
    if not any(one.endswith(f"@{expected}") for one in known):
        yield f"runs {', '.join(known[:3])}, expected digest {short(expected)}"


def _id(case: Case) -> Iterator[str]:
    expected = case.check.spec.container.image_id
    if not expected:
        return
    runs = case.container.image_id
    if not runs:
        raise Blind("the engine told no id of the image that runs")
    if runs != expected:
        yield f"runs {short(runs)}, the build made {short(expected)}"


def short(image_id: str) -> str:
    """``sha256:c73b1f0e9a44``."""
    algorithm, _, digest = image_id.rpartition(":")
    return f"{algorithm or 'sha256'}:{digest[:12]}"
