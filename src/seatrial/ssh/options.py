"""Which options of ssh_config(5) are followed, which mean nothing to us, and which must be refused."""

from collections.abc import Iterator, Mapping

from seatrial.ssh.shown import shown
from seatrial.ssh.trouble import no_route

Found = Mapping[str, tuple[str, ...]]
"""Option in small letters → its values, one for each line of ``ssh -G``."""

_FOLLOWED = """
    AddressFamily BindAddress CertificateFile Ciphers ConnectTimeout GlobalKnownHostsFile Host HostKeyAlgorithms
    HostKeyAlias Hostname IdentitiesOnly IdentityAgent IdentityFile KexAlgorithms MACs Port PreferredAuthentications
    ProxyCommand ProxyJump PubkeyAcceptedAlgorithms PubkeyAcceptedKeyTypes RequiredRSASize User UserKnownHostsFile
"""
_MEANINGLESS = """
    AddKeysToAgent BatchMode CanonicalDomains CanonicalizeFallbackLocal CanonicalizeHostname CanonicalizeMaxDots
    CanonicalizePermittedCNAMEs CASignatureAlgorithms ChallengeResponseAuthentication ClearAllForwardings Compression
    ConnectionAttempts ControlMaster ControlPath ControlPersist DynamicForward EnableEscapeCommandline EnableSSHKeysign
    EscapeChar ExitOnForwardFailure FingerprintHash ForwardAgent ForwardX11 ForwardX11Timeout ForwardX11Trusted
    GatewayPorts GSSAPIAuthentication GSSAPIClientIdentity GSSAPIDelegateCredentials GSSAPIKexAlgorithms
    GSSAPIKeyExchange GSSAPIRenewalForcesRekey GSSAPIServerIdentity GSSAPITrustDns HashKnownHosts
    HostbasedAcceptedAlgorithms HostbasedAuthentication HostbasedKeyTypes IgnoreUnknown IPQoS
    KbdInteractiveAuthentication KbdInteractiveDevices LocalCommand LocalForward LogLevel LogVerbose
    NumberOfPasswordPrompts ObscureKeystrokeTiming PasswordAuthentication PermitRemoteOpen RemoteForward RequestTTY
    SecurityKeyProvider SendEnv ServerAliveCountMax ServerAliveInterval SetEnv StreamLocalBindMask
    StreamLocalBindUnlink SyslogFacility Tag TCPKeepAlive Tunnel TunnelDevice UpdateHostKeys UseKeychain VersionAddendum
    VisualHostKey XAuthLocation
"""
_STRICTER = {
    "stricthostkeychecking": "StrictHostKeyChecking",
    "nohostauthenticationforlocalhost": "NoHostAuthenticationForLocalhost",
    "verifyhostkeydns": "VerifyHostKeyDNS",
    "rekeylimit": "RekeyLimit",
}
_REFUSED = """
    BindInterface ChannelTimeout CheckHostIP ForkAfterAuthentication KnownHostsCommand PermitLocalCommand
    PKCS11Provider ProxyUseFdpass PubkeyAuthentication RemoteCommand RevokedHostKeys SessionType StdinNull
"""
_ON = frozenset({"yes", "true", "on"})
_OFF = frozenset({"no", "false", "off"})
_ALLOWED = frozenset(name.lower() for name in (_FOLLOWED + _MEANINGLESS).split())
_WRITTEN = {name.lower(): name for name in (_FOLLOWED + _MEANINGLESS + _REFUSED).split()}
# (option, value) that differs from the default and asks for no more than we do anyway.
_NO_MORE = {
    ("pubkeyauthentication", "unbound"),
    ("pubkeyauthentication", "host-bound"),
    ("checkhostip", "no"),
    ("stricthostkeychecking", "yes"),
    ("stricthostkeychecking", "ask"),
    ("permitlocalcommand", "no"),
    *((option, "none") for option in ("knownhostscommand", "pkcs11provider", "remotecommand", "revokedhostkeys")),
}


def checked(found: Found, usual: Found) -> tuple[str, ...]:
    """What to tell of options that differ from the defaults and are not followed.

    :param found: the effective options of a host.
    :param usual: those that it would have without any configuration.
    :raises HopFailed: naming the options that cannot be followed.
    """
    odd = [(name, values) for name, values in found.items() if values != usual.get(name) and not _is_fine(name, values)]
    if refused := [written(name, values) for name, values in odd if name not in _STRICTER]:
        told = "cannot be followed here, and nothing else is tried; change the configuration for this host"
        raise no_route(f"{', '.join(refused)}: {told}")
    return tuple(f"{_STRICTER[name]} {' '.join(values)} is not followed" for name, values in odd)


def first(found: Found, name: str, default: str = "") -> str:
    """The first value of an option; ``none`` counts as nothing."""
    value = next(iter(found.get(name, ())), default)
    return "" if value.lower() == "none" else value


def is_on(found: Found, name: str) -> bool:
    """Whether a switch is on."""
    return first(found, name).lower() in _ON


def written(name: str, values: tuple[str, ...]) -> str:
    """An option as a person writes it into a configuration; of a command, no more than may be shown."""
    option, value = _WRITTEN.get(name, name), " ".join(values)
    return shown(option, value) if name.endswith("command") else f"{option} {value}".strip()


def parsed(text: str) -> dict[str, tuple[str, ...]]:
    """The options that ``ssh -G`` prints, a line each."""
    found: dict[str, tuple[str, ...]] = {}
    for name, value in _lines(text):
        found[name] = (*found.get(name, ()), value)
    return found


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        yield name.lower(), _switch(value.strip())


def _switch(value: str) -> str:
    """ssh tells some switches as yes and no, others as true and false."""
    lower = value.lower()
    return "yes" if lower in _ON else "no" if lower in _OFF else value


def _is_fine(name: str, values: tuple[str, ...]) -> bool:
    return name in _ALLOWED or (name, " ".join(values).lower()) in _NO_MORE
