"""Amounts of bytes and shares of a whole, in words."""


def share(left: int, whole: int) -> str:
    """Rounded down, so that what is not enough never reads as if it were."""
    return f"{left * 1000 // whole / 10:g} %"


def size(number: int) -> str:
    """``3.1 GiB``."""
    amount, unit = float(max(number, 0)), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB", "PiB"):
        if amount < 1024:
            break
        amount, unit = amount / 1024, larger
    return f"{amount:.3g} {unit}" if amount < 1000 else f"{amount:.0f} {unit}"
