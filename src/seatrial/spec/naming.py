"""Names of items that have none of their own."""

from typing import Any


def last_part(path: str) -> str:
    """``/opt/relay/p2prelay`` → ``p2prelay``."""
    return path.rstrip("/").rpartition("/")[2]


def named(data: Any, *keys: str) -> Any:
    """Give an item that has no name the last part of the first of these keys that it has."""
    if not isinstance(data, dict) or "name" in data:
        return data
    source = next((data[key] for key in keys if isinstance(data.get(key), str)), None)
    return data if source is None else {**data, "name": last_part(source)}
