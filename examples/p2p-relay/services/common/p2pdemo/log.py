"""The log file of a service: `2026-11-25 12:00:00,123 INFO text`, in UTC."""

import logging
import time
from pathlib import Path


def open_log(name: str) -> logging.Logger:
    """Open /var/log/NAME/NAME.log for the service and for the libraries it uses, those from WARNING on."""
    formatter = logging.Formatter("%(asctime)s %(levelname)s %(message)s")
    formatter.converter = time.gmtime
    handler = logging.FileHandler(Path("/var/log", name, f"{name}.log"))
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    log = logging.getLogger(name)
    log.setLevel(logging.INFO)
    return log
