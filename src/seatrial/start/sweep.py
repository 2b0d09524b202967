"""Removing everything that one run made, found by its label and by nothing else, so that no leftover is possible."""

import concurrent.futures
import time
from collections.abc import Callable, Iterable
from typing import Any

from docker import APIClient
from docker.errors import APIError, NotFound

from seatrial.errors import StartError
from seatrial.start.engine import FOREIGN, asking, connected, explained
from seatrial.start.names import RUN_LABEL, checked_run_id
from seatrial.start.shield import shielded

_HANDS = 8
_PASSES = 5
_BETWEEN_S = 0.3
_GRACE_S = 10
_CONFLICT = 409

Log = Callable[[str], None]


def sweep(run_id: str, *, log: Log = lambda _line: None) -> None:
    """Remove the containers, networks and volumes of one run; what is gone already is no mistake.

    Containers are stopped side by side, each with its own grace period. Signals wait until it is done.

    :param run_id: the value of the label ``seatrial.run``.
    :raises StartError: for what is still there after several tries, with the engine's reasons.
    """
    checked_run_id(run_id)
    with shielded(), connected() as client:
        _Sweep(client, run_id, log).run()


class _Sweep:
    def __init__(self, client: APIClient, run_id: str, log: Log) -> None:
        self._client = client
        self._filters = {"label": [f"{RUN_LABEL}={run_id}"]}
        self._run_id = run_id
        self._log = log

    def run(self) -> None:
        reasons: list[str] = []
        for _ in range(_PASSES):
            if not self._anything():
                return
            reasons = self._pass()
            if reasons:
                time.sleep(_BETWEEN_S)
        if self._anything():
            raise StartError(
                f"not everything of run {self._run_id} could be removed: {'; '.join(reasons) or 'no reason given'}; "
                f"see docker ps -a, network ls and volume ls --filter label={RUN_LABEL}={self._run_id}"
            )

    def _anything(self) -> bool:
        return bool(self._containers() or self._networks() or self._volumes())

    def _pass(self) -> list[str]:
        containers = self._containers()
        if containers:
            self._log(f"removing {len(containers)} containers")
        return [
            *_done(self._remove_container, containers),
            *_done(lambda item: self._client.remove_network(item["Id"]), self._networks()),
            *_done(lambda item: self._client.remove_volume(item["Name"], force=True), self._volumes()),
        ]

    def _containers(self) -> list[Any]:
        with asking("containers cannot be listed"):
            return list(self._client.containers(all=True, filters=self._filters))

    def _networks(self) -> list[Any]:
        with asking("networks cannot be listed"):
            return list(self._client.networks(filters=self._filters))

    def _volumes(self) -> list[Any]:
        with asking("volumes cannot be listed"):
            return list(self._client.volumes(filters=self._filters)["Volumes"] or [])

    def _remove_container(self, item: Any) -> None:
        if item["State"] == "paused":
            self._client.unpause(item["Id"])
        if item["State"] in ("paused", "running", "restarting"):
            self._stop(item["Id"])
        self._client.remove_container(item["Id"], v=True, force=True)

    def _stop(self, container: str) -> None:
        grace = self._client.inspect_container(container)["Config"].get("StopTimeout")
        try:
            self._client.stop(container, timeout=_GRACE_S if grace is None else grace)
        except APIError:
            return  # it cannot be stopped in good order, and is removed by force next


def _done(remove: Callable[[Any], object], items: Iterable[Any]) -> list[str]:
    """Remove all of these side by side; the reasons of those that stayed."""

    def attempt(item: Any) -> str:
        try:
            remove(item)
        except NotFound:
            return ""
        except FOREIGN as error:
            return "" if _going(error) else explained(error)
        return ""

    with concurrent.futures.ThreadPoolExecutor(_HANDS, "seatrial-sweep") as pool:
        return [reason for reason in pool.map(attempt, items) if reason]


def _going(error: Exception) -> bool:
    return isinstance(error, APIError) and error.status_code == _CONFLICT and "in progress" in str(error.explanation)
