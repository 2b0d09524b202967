"""Logging in with public keys, and with nothing else: no password, no keyboard-interactive, ever."""

from collections.abc import Sequence
from contextlib import suppress

import paramiko

from seatrial.deadline import Deadline
from seatrial.errors import TooLate
from seatrial.sanitise import clean
from seatrial.ssh.agent import Agent
from seatrial.ssh.identities import Identities, Identity, described
from seatrial.ssh.settings import Settings
from seatrial.ssh.transport import Transport
from seatrial.ssh.trouble import HopFailed, no_entry, no_reach

_SHORTEST_TRIES = 20
"""Most keys that are offered; sshd hangs up after 6 (MaxAuthTries of sshd_config(5)) where nobody said more."""


def authenticate(transport: Transport, settings: Settings, identities: Identities, deadline: Deadline) -> None:
    """Log in.

    :raises HopFailed: when no key is accepted, with the keys that were tried.
    """
    unusable: list[str] = []
    agent = _agent(settings, deadline, unusable)
    try:
        tried: list[Identity] = []
        for identity in identities.offered(settings, agent, unusable):
            if _is_too_weak(identity.key, settings):
                unusable.append(f"{identity.name}: the configuration allows no such key")
                continue
            tried.append(identity)
            if _accepted(transport, settings, identity, tried, deadline):
                return
            if len(tried) >= _SHORTEST_TRIES:
                break
        raise _denied(settings, tried, unusable)
    finally:
        if agent:
            agent.close()


def _agent(settings: Settings, deadline: Deadline, unusable: list[str]) -> Agent | None:
    if not settings.agent:
        return None
    try:
        return Agent(settings.agent, deadline)
    except (OSError, TooLate, paramiko.SSHException) as error:
        why = getattr(error, "strerror", None) or clean(error, 100)
        unusable.append(f"agent at {settings.agent}: {why}")
        return None


def _accepted(
    transport: Transport, settings: Settings, identity: Identity, tried: Sequence[Identity], deadline: Deadline
) -> bool:
    who = f"{settings.user}@{settings.host}"
    try:
        transport.auth_timeout = deadline.left()
        more = transport.auth_publickey(settings.user, identity.key)
    except paramiko.BadAuthenticationType as error:
        allowed = ", ".join(map(clean, error.allowed_types)) or "nothing"
        raise no_entry(f"{who}: the server takes no public keys; it takes {allowed}") from error
    except (paramiko.SSHException, EOFError, OSError, TooLate) as error:
        if deadline.passed:
            raise no_reach(f"{who}: logging in timed out {deadline.within_s:g} s") from error
        if not transport.is_active():
            raise _cut(transport, who, tried) from error
        return False
    if more:
        raise no_entry(f"{who}: {identity.name} is accepted, and the server wants more: {', '.join(map(clean, more))}")
    return True


def _cut(transport: Transport, who: str, tried: Sequence[Identity]) -> HopFailed:
    said = transport.parting or "it hung up"
    return no_reach(f"{who}: logging in was cut: {said}; tried {described(tried)}")


def _denied(settings: Settings, tried: Sequence[Identity], unusable: Sequence[str]) -> HopFailed:
    who = f"{settings.user}@{settings.host}"
    left = f"; not usable: {'; '.join(unusable)}" if unusable else ""
    if tried:
        return no_entry(f"{who}: permission denied; tried {described(tried)}{left}")
    where = "no key of the agent and none of " if settings.agent else "there is no agent, and none of "
    return no_entry(f"{who}: no key to log in with: {where}{', '.join(settings.identities) or 'no files'}{left}")


def _is_too_weak(key: paramiko.PKey, settings: Settings) -> bool:
    allowed = settings.algorithms.public_keys
    name = key.get_name()
    names = ("rsa-sha2-512", "rsa-sha2-256") if name == "ssh-rsa" else (name,)
    bits = settings.algorithms.rsa_bits
    with suppress(AttributeError, TypeError):
        if name == "ssh-rsa" and key.get_bits() < bits:
            return True
    return bool(allowed) and not set(names) & set(allowed)
