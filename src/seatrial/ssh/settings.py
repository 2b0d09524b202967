"""The effective settings of one hop, after all of configuration, deployment file and inventory."""

from dataclasses import dataclass
from typing import Literal

Family = Literal["any", "inet", "inet6"]


@dataclass(frozen=True, slots=True)
class Algorithms:
    """The algorithms that a configuration allows, by their names in SSH; empty where it says nothing.

    :param rsa_bits: shortest RSA key that counts.
    """

    kex: tuple[str, ...] = ()
    ciphers: tuple[str, ...] = ()
    macs: tuple[str, ...] = ()
    host_keys: tuple[str, ...] = ()
    public_keys: tuple[str, ...] = ()
    rsa_bits: int = 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """How one hop is dialled (ssh_config(5) has the meaning of each).

    :param name: as the inventory, a jump or the configuration calls it.
    :param host: address or name that is dialled.
    :param identities: files of private keys, in order.
    :param identities_said: False where they are only OpenSSH's default ones, which need not exist.
    :param agent: path of an agent's socket, empty for none.
    :param known_hosts: files, in order.
    :param key_alias: under which name its key is known, instead of its own.
    :param jump: hops before this one, as ``ssh -J`` takes them; empty for none.
    :param proxy_command: command whose stdin and stdout are the connection, empty for none.
    :param within_s: deadline for this hop.
    :param notes: options that are not followed, since we are stricter.
    """

    name: str
    host: str
    port: int
    user: str
    identities: tuple[str, ...] = ()
    identities_said: bool = False
    identities_only: bool = False
    certificates: tuple[str, ...] = ()
    agent: str = ""
    known_hosts: tuple[str, ...] = ()
    key_alias: str = ""
    jump: str = ""
    proxy_command: str = ""
    family: Family = "any"
    bind_address: str = ""
    within_s: float = 10.0
    algorithms: Algorithms = Algorithms()
    notes: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """``host:port``, with brackets where the host holds colons."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def known_as(self) -> str:
        """The name under which its key stands in known_hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT)."""
        if self.key_alias:
            return self.key_alias.lower()
        return self.host.lower() if self.port == 22 else f"[{self.host.lower()}]:{self.port}"
