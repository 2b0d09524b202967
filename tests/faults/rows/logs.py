"""What can be wrong with a log."""

from ..about import LOG
from ..row import Fault, then

FAULTS = (
    Fault(
        "L01",
        "the log holds an error",
        then('echo "$(date -u +%FT%TZ) ERROR plain" >>/var/log/app/orderd.log'),
        check="log.clean",
        says=(r"1 line with 'ERROR' in orderd\.log", r"line \d+ '.*ERROR plain'"),
        broken=("log.clean",),
        naive='not host.file("/var/log/app/orderd.log").contains("ERROR")',
    ),
    Fault(
        "L05",
        "the log file is missing",
        then("rm /var/log/app/orderd.log"),
        check="log.present",
        says=(r"/var/log/app/orderd\.log does not exist",),
        broken=LOG,
        naive='not host.file("/var/log/app/orderd.log").contains("ERROR")',
    ),
)
