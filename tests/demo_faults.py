"""What ``seatrial demo --break`` must be told by: the same checks and words wherever the demo runs."""

SIX_FAULTS = {
    "relay.0/process.count[relay]": ("expected 1 relay, found 0", "the pid file names", "which is dead"),
    "relay.0/watchdog.alive[watchdog]": ("no watchdog", "runs"),
    "gms.0/port.bind[8080/tcp]": ("bound to 127.0.0.1 only", "cannot reach it"),
    "qiniu-tool.0/zk.node[/services/qiniu-tool]": ("no child under /services/qiniu-tool", "zxid"),
    "relay.1/watchdog.alive[watchdog]": ("stopped (T)", "heartbeat"),
    "relay.1/log.clean[/var/log/relay/relay.log]": ("ERROR", "relay.log", "line"),
    "relay.1/status.value[relayctl.bind_count]": ("bind_count is 1, expected 2",),
}
MAY_BE_RED = ("relay.0/", "relay.1/", "gms.0/", "qiniu-tool.0/", "peer.0/")


def untold(results: dict[str, dict]) -> dict[str, dict]:
    """The faults that no check has told as it should."""
    return {
        key: results[key]
        for key, words in SIX_FAULTS.items()
        if results[key]["status"] != "FAIL" or [word for word in words if word not in results[key]["message"]]
    }


def innocent(results: dict[str, dict]) -> list[str]:
    """Checks that are red although nothing near them was broken."""
    red = [key for key, result in results.items() if result["status"] != "PASS"]
    return [key for key in red if not key.startswith(MAY_BE_RED)]
