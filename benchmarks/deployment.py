"""The deployment file of the fleet: the twelve statements as Seatrial is told them."""

from pathlib import Path
from typing import Any

import yaml

STATEMENTS = 12
"""What is said of each container, whatever number of checks a tool makes of it."""

DENIED = ("ERROR", "FATAL", "CRITICAL", "PANIC", "Traceback", "Segfault", "OutOfMemory", "Exception")


def write(path: Path, label: str, instances: int) -> Path:
    """Write the deployment file.

    :param label: label of the fleet's containers, ``key=value``.
    :param instances: how many of them there are.
    """
    path.write_text(yaml.safe_dump(_content(label, instances), sort_keys=False), encoding="utf-8")
    return path


def _content(label: str, instances: int) -> dict[str, Any]:
    return {
        "deployment": "benchmark",
        "services": {"app": {"locate": {"label": label}, "instances": instances, **_app()}},
    }


def _app() -> dict[str, Any]:
    return {
        "processes": [
            {"script": "/opt/app/orderd", "user": "orders", "count": 1, "pidfile": "/run/app/orderd.pid"},
            {"script": "/opt/app/orderworker", "user": "orders", "count": 4},
            {"script": "/opt/app/watchdogd", "user": "root", "count": 1},
        ],
        "ports": [
            {"port": 8080, "bind": "0.0.0.0"},
            {"port": 8081, "bind": "127.0.0.1"},
            {"port": 9090, "bind": "::"},
        ],
        "watchdog": {
            "script": "/opt/app/watchdogd",
            "watches": "orderd",
            "heartbeat": {"file": "/run/app/heartbeat", "max_age": "30s"},
        },
        "logs": [{"path": "/var/log/app/orderd.log", "deny": list(DENIED), "user": "orders", "not_empty": True}],
        "files": [
            {"path": "/run/app/heartbeat", "user": "root", "mode": "0644"},
            {"path": "/etc/app/orderd.conf", "contains": ["port=8080"]},
        ],
    }
