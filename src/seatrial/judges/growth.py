"""Does a number grow from one reading to the next?"""

from seatrial.spec.scalars import number_in


def unlike(first: object, second: object) -> str:
    """Why two readings are no number that grew; empty where they are."""
    numbers = [number for told in (first, second) if (number := number_in(told)) is not None]
    if len(numbers) < 2:
        return "which is no number that could grow"
    if numbers[1] > numbers[0]:
        return ""
    return "it stands still" if numbers[1] == numbers[0] else "it fell, as a counter does that begins anew"
