"""Names of the tz database."""


def zone_file(name: str) -> str:
    """Where the C library looks for a zone (tzset(3))."""
    return f"/usr/share/zoneinfo/{name}"
