"""The docker SDK's client, and the place where its exceptions stop."""

import http.client
import os
from collections.abc import Iterator
from contextlib import contextmanager

import docker
import requests
import urllib3
from docker.errors import APIError, DockerException
from docker.tls import TLSConfig

from seatrial.errors import CouldNotLook, StartError
from seatrial.sanitise import clean
from seatrial.start.streams import Streams
from seatrial.transports.engine import Engine
from seatrial.transports.engine_address import Tls, resolve

CALL_S = 60
"""Seconds that one call to the engine may take."""
_CONNECT_S = 10
_CONNECTIONS = 64

FOREIGN = (DockerException, requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError)
"""What the SDK lets through when a call fails; APIError is among them."""

_ADVICE = (
    ("port is already allocated", "free that port, or leave the host's port out so that the engine chooses one"),
    ("address already in use", "free that port, or leave the host's port out so that the engine chooses one"),
    ("non-overlapping", "the engine has no free subnet: remove unused networks (docker network prune)"),
    ("no space left", "free disk space on the engine's host (docker system df shows what uses it)"),
    ("bind source path does not exist", "create the folder on the engine's host, or correct the path"),
    ("executable file not found", "correct the command or entrypoint, or put that program into the image"),
)


@contextmanager
def connected(streams: Streams | None = None) -> Iterator[docker.APIClient]:
    """A client of the engine that DOCKER_HOST, else docker's current context, else the local socket names.

    :param streams: gathers long answers, so that another thread can cut them.
    :raises StartError: when no engine answers.
    :raises UsageError: when the engine's address cannot be used.
    """
    client = _client()
    streams = streams or Streams()
    client.hooks["response"].append(streams.watch)
    try:
        yield client
    finally:
        streams.close()
        client.close()


def _client() -> docker.APIClient:
    address = resolve(None, os.environ)
    try:
        # The SDK leaks its socket where nothing answers, and says less about rights and certificates than this does.
        with Engine(address, timeout_s=_CONNECT_S) as engine:
            version = str(engine.version().get("ApiVersion") or "auto")
    except CouldNotLook as error:
        raise StartError(f"nothing can be started: {error}") from error
    with asking(f"the engine at {address.url} does not answer"):
        tls = _sdk_tls(address.tls) if address.tls else False
        client = docker.APIClient(address.url, version=version, timeout=CALL_S, max_pool_size=_CONNECTIONS, tls=tls)
        if address.tls:
            client.trust_env = False  # else requests takes REQUESTS_CA_BUNDLE for more than what it was told to trust
        return client


def _sdk_tls(tls: Tls) -> TLSConfig:
    own = (tls.cert, tls.key) if tls.cert else None
    return TLSConfig(client_cert=own, ca_cert=tls.ca or None, verify=tls.verify)


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Turn the SDK's exceptions into ours.

    :param what: where and what was asked, the beginning of the message.
    :raises StartError: for every failure of the call.
    """
    try:
        yield
    except FOREIGN as error:
        raise StartError(f"{what}: {explained(error)}") from error


def explained(error: Exception) -> str:
    """What the engine said, safe to show, and what to do about it where that is known."""
    said = clean((error.explanation if isinstance(error, APIError) else None) or error or type(error).__name__)
    return said + "".join(f"; {advice}" for sign, advice in _ADVICE if sign in said)[:400]
