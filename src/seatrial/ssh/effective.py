"""From the options of a host to the settings by which it is dialled."""

import shlex
from collections.abc import Mapping

from seatrial.ssh import openssh, paramiko_config
from seatrial.ssh.destination import Destination
from seatrial.ssh.offspring import Offspring
from seatrial.ssh.once import Once
from seatrial.ssh.options import Found, checked, first, is_on
from seatrial.ssh.settings import Algorithms, Family, Settings
from seatrial.ssh.tokens import expanded, known_tokens, path
from seatrial.ssh.trouble import no_route
from seatrial.ssh.wishes import Wishes

_FAMILIES: dict[str, Family] = {"any": "any", "inet": "inet", "inet6": "inet6"}


class Reader:
    """Reads the settings of hosts, each once.

    :param environ: where variables of the configuration are looked up, and ssh(1) by its PATH.
    :param offspring: runs ssh(1).
    """

    def __init__(self, wishes: Wishes, environ: Mapping[str, str], offspring: Offspring) -> None:
        self._wishes, self._environ, self._offspring = wishes, environ, offspring
        self._ssh = openssh.client(environ)
        self.settings = Once(self._settings)
        self._found = Once(self._read)
        self._usual = Once(self._read_usual)

    def said_user(self, destination: Destination) -> str:
        """The user that the configuration says, empty where it says none.

        :raises HopFailed: when the configuration cannot be followed.
        """
        found = first(self._found(destination.checked()), "user")
        return "" if found == first(self._usual(self._ssh), "user") else found

    def _settings(self, destination: Destination) -> Settings:
        found, usual = self._found(destination.checked()), self._usual(self._ssh)
        return _Build(found, usual, destination, self._wishes, self._environ).settings()

    def _read(self, destination: Destination) -> Found:
        if self._ssh:
            return openssh.effective(self._ssh, destination, self._wishes.config, self._offspring)
        return paramiko_config.effective(destination, self._wishes.config)

    def _read_usual(self, ssh: str) -> Found:
        return openssh.usual(ssh, self._offspring) if ssh else paramiko_config.usual()


class _Build:
    def __init__(
        self, found: Found, usual: Found, destination: Destination, wishes: Wishes, environ: Mapping[str, str]
    ) -> None:
        self._found, self._usual, self._wishes, self._environ = found, usual, wishes, environ
        self._name = destination.name
        self._host = first(found, "hostname") or destination.name
        self._port, self._user = int(first(found, "port", "22")), first(found, "user")
        self._alias = first(found, "hostkeyalias")
        self._tokens = known_tokens(self._name, self._host, self._port, self._user, self._alias)

    def settings(self) -> Settings:
        notes = checked(self._found, self._usual)
        if methods := first(self._found, "preferredauthentications"):
            self._check_methods(methods)
        return Settings(
            name=self._name,
            host=self._host,
            port=self._port,
            user=self._user,
            identities=self._identities(),
            identities_said=bool(self._wishes.identities) or self._is_said("identityfile"),
            identities_only=bool(self._wishes.identities) or is_on(self._found, "identitiesonly"),
            certificates=self._paths("certificatefile"),
            agent=self._agent(),
            known_hosts=self._known_hosts(),
            key_alias=self._alias,
            jump=first(self._found, "proxyjump"),
            proxy_command=self._proxy_command(),
            family=_FAMILIES.get(first(self._found, "addressfamily"), "any"),
            bind_address=first(self._found, "bindaddress"),
            within_s=self._within(),
            algorithms=self._algorithms(),
            notes=notes,
        )

    def _is_said(self, option: str) -> bool:
        return self._found.get(option) != self._usual.get(option)

    def _check_methods(self, methods: str) -> None:
        if "publickey" not in methods.split(","):
            raise no_route(f"PreferredAuthentications {methods}: only publickey is ever used here")

    def _paths(self, option: str) -> tuple[str, ...]:
        values = (value for value in self._found.get(option, ()) if value and value.lower() != "none")
        return tuple(path(option, value, self._tokens, self._environ) for value in values)

    def _identities(self) -> tuple[str, ...]:
        if self._wishes.identities:
            return tuple(map(str, self._wishes.identities))
        return self._paths("identityfile")

    def _agent(self) -> str:
        said = next(iter(self._found.get("identityagent", ())), "SSH_AUTH_SOCK")
        if said.lower() == "none":
            return ""
        if said == "SSH_AUTH_SOCK" or (said.startswith("$") and not said.startswith("${")):
            return self._environ.get(said.lstrip("$"), "")
        return path("IdentityAgent", said, self._tokens, self._environ)

    def _known_hosts(self) -> tuple[str, ...]:
        if self._wishes.known_hosts:
            return (str(self._wishes.known_hosts),)
        lists = (self._found.get(option, ()) for option in ("userknownhostsfile", "globalknownhostsfile"))
        files = [file for values in lists for value in values for file in _words(value) if file.lower() != "none"]
        return tuple(path("UserKnownHostsFile", file, self._tokens, self._environ) for file in files)

    def _proxy_command(self) -> str:
        command = first(self._found, "proxycommand")
        return expanded("ProxyCommand", command, self._tokens) if command else ""

    def _within(self) -> float:
        said = first(self._found, "connecttimeout")
        return min(self._wishes.within_s, float(said)) if said.isdigit() and int(said) else self._wishes.within_s

    def _algorithms(self) -> Algorithms:
        return Algorithms(
            kex=self._list("kexalgorithms"),
            ciphers=self._list("ciphers"),
            macs=self._list("macs"),
            host_keys=self._list("hostkeyalgorithms"),
            public_keys=self._list("pubkeyacceptedalgorithms") or self._list("pubkeyacceptedkeytypes"),
            rsa_bits=int(first(self._found, "requiredrsasize", "1024")),
        )

    def _list(self, option: str) -> tuple[str, ...]:
        said = first(self._found, option)
        return tuple(said.split(",")) if said and self._is_said(option) else ()


def _words(value: str) -> list[str]:
    try:
        return shlex.split(value)
    except ValueError:
        return value.split()
