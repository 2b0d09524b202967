"""What can be wrong with a port."""

from collections.abc import Callable, Mapping

from ..about import PORT, PROCESS
from ..box import Box
from ..row import Fault, Says, Situation, nothing, then


def _port_taken(box: Box) -> None:
    box.spawn(["holder", "8080"])
    box.until("grep -q ':1F90 .* 0A ' /proc/net/tcp")
    box.svc()


LISTENS = """
import socket, time
one = socket.socket()
one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
one.bind(("0.0.0.0", 8080))
one.listen(2)
peers = [socket.socket() for _ in range(4)]
for peer in peers:
    peer.setblocking(False)
    peer.connect_ex(("127.0.0.1", 8080))
time.sleep(9999)
"""
"""Listens, never accepts, and has more peers than its queue takes."""

DATAGRAMS = """
import socket, sys, time
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
one.bind(("0.0.0.0", 5353))
while True:
    told, peer = one.recvfrom(99)
    if sys.argv[1] == "answers":
        one.sendto(b"PONG", peer)
"""


def _full(box: Box) -> None:
    box.spawn(["python3", "-c", LISTENS])
    box.until("grep -q ':1F90 .* 0A 00000000:00000003' /proc/net/tcp")


def _datagrams(how: str) -> Callable[[Box], None]:
    def inject(box: Box) -> None:
        box.spawn(["python3", "-c", DATAGRAMS, how])
        box.until("grep -q ':14E9 .* 07 ' /proc/net/udp")

    return inject


def _debugger(box: Box) -> None:
    box.svc()
    box.spawn(["nc", "-lk", "0.0.0.0", "5005"])
    box.until("grep -q ':138D .* 0A ' /proc/net/tcp")


def _late(box: Box) -> None:
    box.sh("sleep 2")


def _opened(box: Box) -> None:
    box.spawn(["holder", "9000"])
    box.until("grep -q ':2328 .* 0A ' /proc/net/tcp")


def _published_somewhere(box: Box) -> Mapping[str, object]:
    """8080/tcp is declared to be published where this container publishes its only port."""
    ends = [end for ends in box.container.attrs["NetworkSettings"]["Ports"].values() for end in ends or ()]
    return {"ports": [{"port": 8080, "published": f"127.0.0.1:{ends[0]['HostPort']}"}]}


def _published_for_all(box: Box) -> Mapping[str, object]:
    return {"ports": [{"port": 8080, "published": f"0.0.0.0:{box.published}"}]}


FAULTS = (
    Fault(
        "N01",
        "the port is bound to loopback only",
        lambda box: box.svc("bind=127.0.0.1"),
        check="port.bind",
        says=(
            r"8080/tcp bound to 127\.0\.0\.1 only",
            r"\d+\.\d+\.\d+\.\d+:8080 (refused|cannot reach it)",
            r"127\.0\.0\.1:\d+ accepted by docker-proxy, then (reset|closed)",
        ),
        broken=("port.bind", "port.published"),
        naive='host.addr("127.0.0.1").port(8080).is_reachable',
    ),
    Fault(
        "N02",
        "another process holds the port",
        _port_taken,
        check="port.owner",
        says=(r"8080/tcp is held by pid \d+ holder, not by orderd",),
        broken=("port.owner", "port.answer", "port.published"),
        naive='host.socket("tcp://0.0.0.0:8080").is_listening',
    ),
    Fault(
        "N05",
        "the engine's proxy answers, nothing is behind it",
        nothing,
        check="port.published",
        says=(
            r"127\.0\.0\.1:\d+ accepted by docker-proxy, then closed without a byte",
            r"nothing listens on 8080 inside",
        ),
        broken=(*PROCESS, *PORT),
        naive="local.run(f\"bash -c '</dev/tcp/127.0.0.1/{box.published}'\").rc == 0",
    ),
    Fault(
        "N04",
        "it listens and accepts nothing; its queue is full",
        _full,
        check="port.answer",
        says=(r"timed out|no byte in", r"accept queue 3 of 2 full", r"ListenOverflows \d+"),
        broken=("port.answer",),
        service={"ports": [{"port": 8080, "answer": {"send": "PING\n", "expect": "PONG", "within": "1s"}}]},
        under={"exec": (Says(check="port.answer", says=(r"timed out|no byte in", r"3 wait in its accept queue")),)},
        naive='host.socket("tcp://0.0.0.0:8080").is_listening',
        why="a shell sees the queue and not its length; the kernel counts an overflow once a connection is refused",
    ),
    Fault(
        "N06",
        "another port is published where this one should be",
        then(),
        check="port.mapping",
        says=(r"127\.0\.0\.1:\d+ -> 8081/tcp, expected -> 8080/tcp",),
        broken=("port.mapping", "port.published"),
        service=_published_somewhere,
        create={"ports": {"8081/tcp": ("127.0.0.1", None)}},
        sound=Situation("N06-sound", "it is published", then(), create={"ports": {"8080/tcp": ("127.0.0.1", None)}}),
        naive='bool(local.run(f"docker port {name}").stdout)',
    ),
    Fault(
        "N07",
        "the port is exposed and not published",
        then(),
        check="port.mapping",
        says=(r"8080/tcp is exposed, not published",),
        broken=("port.mapping", "port.published"),
        service={"ports": [{"port": 8080, "published": True}]},
        create={"ports": {"8080/tcp": []}},
        naive='"8080/tcp" in local.run(f"docker ps --filter name={name}").stdout',
    ),
    Fault(
        "N08",
        "the port is published on loopback, so that only this machine reaches it",
        then(),
        check="port.mapping",
        says=(r"8080/tcp published on 127\.0\.0\.1:\d+, expected 0\.0\.0\.0:\d+",),
        broken=("port.mapping", "port.published"),
        service=_published_for_all,
        sound=Situation("N08-sound", "it is published", then(), create={"ports": {"8080/tcp": ("0.0.0.0", None)}}),
        naive='"8080/tcp" in local.run(f"docker ps --filter name={name}").stdout',
    ),
    Fault(
        "N10",
        "a UDP port is bound, and nobody answers",
        _datagrams("silent"),
        check="port.udp",
        says=(r"5353/udp: .*no byte in 1 s",),
        broken=("port.udp",),
        service={
            "ports": [{"port": 5353, "proto": "udp", "answer": {"send": "PING", "expect": "PONG", "within": "1s"}}]
        },
        sound=Situation("N10-sound", "it answers", _datagrams("answers")),
        naive='host.socket("udp://0.0.0.0:5353").is_listening',
        why="with an answer declared silence is a FAIL; without one port.bind says that nothing proves life",
    ),
    Fault(
        "N13",
        "a debugger listens",
        _debugger,
        check="port.extra",
        says=(r"unexpected listener 0\.0\.0\.0:5005 pid \d+ nc",),
        broken=("port.extra",),
        service={"ports": [8080, {"only": True}]},
        naive='host.socket("tcp://0.0.0.0:8080").is_listening',
    ),
    Fault(
        "N14",
        "the port does not open in time",
        _late,
        check="port.wait",
        says=(r"9000/tcp is not open \d+ s after its start \(limit 1 s\)",),
        broken=("port.wait", "port.bind", "port.accept"),
        service={"ports": [{"port": 9000, "opens_within": "1s"}]},
        sound=Situation("N14-sound", "it is open", _opened),
        naive='host.socket("tcp://0.0.0.0:9000").is_listening',
        why="one that opens late and in time is a healthy situation",
    ),
    Fault(
        "N16",
        "a firewall stands between peers",
        then("iptables -A INPUT -p tcp --dport 8080 ! -i lo -j DROP"),
        check="port.reach",
        says=(r"timed out from \d+\.\d+\.\d+\.\d+",),
        broken=("port.reach",),
        service={
            "ports": [{"port": 8080, "reach": True, "answer": {"send": "PING\n", "expect": "PONG", "within": "1s"}}]
        },
        create={"cap_add": ["NET_ADMIN"]},
        naive='host.socket("tcp://0.0.0.0:8080").is_listening',
    ),
)
