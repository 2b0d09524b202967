"""What can be wrong with a Java process; the JVM is a Python by the name of java, which takes -Xmx as an option too."""

from ..box import Box
from ..row import Fault, Inject, Situation

MAIN = "com.p2p.relay.Main"
RELAY = {"processes": [{"java": {"main": MAIN}, "heap": {"max": "512m"}}]}


def _started_with(heap: str) -> Inject:
    def inject(box: Box) -> None:
        box.sh(f"cp $(readlink -f /usr/bin/python3) /usr/bin/java; echo 'import time; time.sleep(3600)' >/{MAIN}")
        box.spawn(["java", f"-Xmx{heap}", MAIN], "appsvc")
        box.until("grep -q ^java /proc/[0-9]*/comm")

    return inject


FAULTS = (
    Fault(
        "P31",
        "a Java process has another heap than the declared one",
        _started_with("256m"),
        service=RELAY,
        check="process.java",
        says=(r"pid \d+ java: -Xmx is 256m, expected 512m",),
        broken=("process.java",),
        sound=Situation("P31 as declared", "the declared heap", _started_with("512m")),
        naive='host.process.filter(comm="java") != []',
    ),
)
