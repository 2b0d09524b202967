"""The registry of the platform: an ephemeral node `/services/NAME/HOSTNAME` with `ip:port` for each running service."""

import os
import socket
import threading
from logging import Logger

from kazoo.client import KazooClient, KazooState, KeeperState
from kazoo.exceptions import KazooException, NodeExistsError, NoNodeError
from kazoo.handlers.threading import KazooTimeoutError

SESSION_TIMEOUT = 10.0  # seconds until the nodes of a service that died are gone
ANSWER_TIMEOUT = 2.0  # seconds that one question may take
RETRY = {"max_tries": -1, "delay": 0.1, "backoff": 1.5, "max_delay": 1.0}


class Registry:
    """One ZooKeeper session of a service.

    It registers once per session, so again after a session has expired; a node that someone
    deletes while the session lives stays deleted.
    """

    def __init__(self, log: Logger) -> None:
        self._log = log
        self._hosts = os.environ["ZK_HOSTS"]
        self._client = self._new_client()
        self._changed = threading.Event()
        self._reached = threading.Event()

    def start(self, name: str = "", port: int = 0) -> None:
        """Connect in the background, for as long as it takes; with a NAME, keep this machine's address registered."""
        self._client.start_async()
        threading.Thread(target=self._keep_session, args=(name, port), name="registry", daemon=True).start()

    def wait_connected(self) -> None:
        """Return once ZooKeeper has been reached for the first time: the services start in any order."""
        self._reached.wait()

    def find(self, name: str) -> list[str]:
        """Return the `ip:port` of each service registered under NAME, sorted; ConnectionError where nobody answers."""
        try:
            nodes = self._client.get_children_async(f"/services/{name}").get(timeout=ANSWER_TIMEOUT)
            found = [self._address_in(f"/services/{name}/{node}") for node in nodes]
        except NoNodeError:
            return []
        except (KazooException, KazooTimeoutError) as error:
            raise ConnectionError(f"ZooKeeper at {self._hosts} does not answer: {error!r}") from error
        return sorted(address for address in found if address)

    def stop(self) -> None:
        """End the session, which removes the node; give up after half a second, then the session expires."""
        stopper = threading.Thread(target=self._client.stop, daemon=True)
        stopper.start()
        stopper.join(0.5)

    def _address_in(self, path: str) -> str:
        try:
            data, _ = self._client.get_async(path).get(timeout=ANSWER_TIMEOUT)
        except NoNodeError:  # it went between the two questions
            return ""
        return str(data.decode())

    def _new_client(self) -> KazooClient:
        client = KazooClient(hosts=self._hosts, timeout=SESSION_TIMEOUT, connection_retry=RETRY)
        client.add_listener(self._state_changed)
        return client

    def _state_changed(self, state: str) -> None:
        """Runs in the thread of the connection, which must not wait: only say that there is something to do."""
        self._log.info("zookeeper %s", state.lower())
        if state == KazooState.CONNECTED:
            self._reached.set()
        self._changed.set()

    def _keep_session(self, name: str, port: int) -> None:
        """Look each second, or when the state changes: connect where kazoo gave up, register in a new session."""
        session = None
        while True:
            self._changed.wait(1.0)
            self._changed.clear()
            if self._client.client_state == KeeperState.CLOSED:  # it does so when it can resolve none of the hosts
                self._client.stop()
                self._client = self._new_client()
                self._client.start_async()
            elif name and self._client.connected and self._client.client_id != session:
                session = self._register(f"/services/{name}/{socket.gethostname()}", port)

    def _register(self, path: str, port: int) -> tuple[int, bytes] | None:
        """Create the node and return the session it belongs to, or None where that failed."""
        session: tuple[int, bytes] = self._client.client_id
        try:
            data = f"{self._own_address()}:{port}"
            self._create(path, data.encode())
        except (KazooException, KazooTimeoutError, OSError) as error:
            self._log.warning("cannot register %s yet: %r", path, error)
            return None
        self._log.info("registered %s as %s", path, data)
        return session

    def _create(self, path: str, data: bytes) -> None:
        self._client.ensure_path_async(path.rpartition("/")[0]).get(timeout=ANSWER_TIMEOUT)
        try:
            self._client.create_async(path, data, ephemeral=True).get(timeout=ANSWER_TIMEOUT)
        except NodeExistsError:  # of an earlier life of this container, whose session has not expired yet
            self._client.delete_async(path).get(timeout=ANSWER_TIMEOUT)
            self._client.create_async(path, data, ephemeral=True).get(timeout=ANSWER_TIMEOUT)

    def _own_address(self) -> str:
        """The address this machine has towards ZooKeeper: connecting a UDP socket only chooses a route."""
        host, port = self._hosts.split(",")[0].split(":")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((host, int(port)))
            return str(probe.getsockname()[0])
