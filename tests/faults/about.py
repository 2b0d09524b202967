"""Aspects that are about one thing, so that a fault of it breaks them all."""

PROCESS = ("process.count", "process.state", "process.stable", "process.user", "process.argv", "process.pidfile")
PORT = ("port.bind", "port.owner", "port.answer", "port.published")
LOG = ("log.present", "log.clean", "log.fresh")
