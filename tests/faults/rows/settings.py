"""How a container was created: networks, mounts, rights, limits, names; and what was changed in it since."""

from docker.errors import APIError

from ..box import Box
from ..harbour import Harbour
from ..row import Fault, Launch, NotHere, Situation, nothing

PROJECT = "com.docker.compose.project"
SOCKET = "/var/run/docker.sock"
DATA = {"container": {"mounts": [{"path": "/data", "type": "bind", "source": "/srv"}]}}
STRICT = {"container": {"security": {}}}


def _on_network(network: str) -> Launch:
    """In a network of its own, whose name holds that of a project, as compose does it."""

    def launch(harbour: Harbour, name: str) -> Box:
        project = harbour.name(name)
        made = harbour.client.networks.create(f"{project}_{network}", labels={"seatrial.test": harbour.run_id})
        harbour.finally_(made.remove)
        return harbour.launch(name, network=made.name, labels={PROJECT: project})

    return launch


def _on_new_volume(harbour: Harbour, name: str) -> Box:
    volume = harbour.client.volumes.create(harbour.name(name), labels={"seatrial.test": harbour.run_id})
    harbour.finally_(volume.remove)
    return harbour.launch(name, volumes={volume.name: {"bind": "/data", "mode": "rw"}})


def _privileged(harbour: Harbour, name: str) -> Box:
    try:
        return harbour.launch(name, privileged=True)
    except APIError as error:
        raise NotHere(f"this engine starts no privileged container: {error.explanation}") from None


def _sound(what: str, **create: object) -> Situation:
    return Situation(f"sound {what}", what, nothing, create=create)


_BOUND = _sound("bind", volumes={"/srv": {"bind": "/data", "mode": "rw"}})

FAULTS = (
    Fault(
        "K12",
        "the container is in another network",
        nothing,
        launch=_on_network("other-net"),
        service={"container": {"networks": ["app-net"]}},
        check="container.network",
        says=(r"on \S*other-net, expected app-net",),
        broken=("container.network",),
        sound=Situation("sound network", "the declared network", nothing, launch=_on_network("app-net")),
        naive='any("app-net" in network for network in local.docker(name).inspect()["NetworkSettings"]["Networks"])',
    ),
    Fault(
        "K13",
        "a typo made a new, empty volume of the mount",
        nothing,
        launch=_on_new_volume,
        service=DATA,
        check="container.mount",
        says=(r"/data is volume \S+, expected bind /srv", r"a volume of a new name begins empty"),
        broken=("container.mount",),
        sound=_BOUND,
        naive='host.file("/data").is_directory',
    ),
    Fault(
        "K14",
        "the mount is read-only and of another source",
        nothing,
        create={"volumes": {"/opt": {"bind": "/data", "mode": "ro"}}},
        service=DATA,
        check="container.mount",
        says=(r"/data ro, expected rw; source /opt", r"/data is bind /opt, expected bind /srv"),
        broken=("container.mount",),
        sound=_BOUND,
        naive='"rw" in host.mount_point("/data").options',
    ),
    Fault(
        "K20",
        "the hostname is wrong",
        nothing,
        create={"hostname": "wronghost"},
        service={"container": {"hostname": "order-1"}},
        check="container.hostname",
        says=(r"hostname wronghost, expected order-1",),
        broken=("container.hostname",),
        sound=_sound("hostname", hostname="order-1"),
        naive='host.check_output("hostname") == "order-1"',
    ),
    Fault(
        "K21",
        "the container runs as root",
        nothing,
        service={"container": {"user": "appsvc"}},
        check="container.user",
        says=(r"pid 1 runs as uid 0 \(root\), expected appsvc \(1500\)", r"Config\.User is empty"),
        broken=("container.user",),
        sound=_sound("user", user="appsvc"),
        naive='host.user().name == "appsvc"',
    ),
    Fault(
        "K22 seccomp",
        "there is no seccomp filter",
        nothing,
        create={"security_opt": ["seccomp=unconfined"]},
        service=STRICT,
        check="container.security",
        says=(r"Seccomp: 0 for pid \d+",),
        broken=("container.security",),
        naive='not local.docker(name).inspect()["HostConfig"]["Privileged"]',
    ),
    Fault(
        "K22 caps",
        "it has more capabilities than the usual ones",
        nothing,
        create={"cap_add": ["SYS_PTRACE"]},
        service=STRICT,
        check="container.security",
        says=(r"pid \d+ \S+ has SYS_PTRACE, which is more than declared",),
        broken=("container.security",),
        naive='not local.docker(name).inspect()["HostConfig"]["Privileged"]',
    ),
    Fault(
        "K22 privileged",
        "it is privileged",
        nothing,
        launch=_privileged,
        service=STRICT,
        check="container.security",
        says=(r"it is privileged",),
        broken=("container.security",),
        naive='not local.docker(name).inspect()["HostConfig"]["Privileged"]',
    ),
    Fault(
        "K23",
        "the engine's socket is inside",
        nothing,
        create={"volumes": {SOCKET: {"bind": SOCKET, "mode": "ro"}}},
        service=STRICT,
        check="container.security",
        says=(r"the engine's socket is inside \(ro does not help\)",),
        broken=("container.security",),
        naive='not host.file("/var/run/docker.sock").exists',
    ),
    Fault(
        "K24",
        "there is no limit of memory and of processes",
        nothing,
        service={"container": {"limits": {"memory": True, "pids": True}}},
        check="container.limits",
        says=(r"Memory=0", r"PidsLimit=0"),
        broken=("container.limits",),
        sound=_sound("limits", mem_limit="256m", pids_limit=200),
        naive='local.docker(name).inspect()["HostConfig"]["Memory"] > 0',
    ),
    Fault(
        "K33",
        "the container was created with another environment",
        nothing,
        create={"environment": {"APP_ENV": "staging"}},
        service={"container": {"env": {"APP_ENV": "prod"}}},
        check="container.env",
        says=(r"APP_ENV=staging, expected APP_ENV=prod",),
        broken=("container.env",),
        sound=_sound("environment", environment={"APP_ENV": "prod"}),
        naive='host.environment()["APP_ENV"] == "prod"',
    ),
    Fault(
        "K34",
        "a label is of another release",
        nothing,
        create={"labels": {"release": "1"}},
        service={"container": {"labels": {"release": "2"}}},
        check="container.labels",
        says=(r"release=1, expected release=2",),
        broken=("container.labels",),
        sound=_sound("labels", labels={"release": "2"}),
        naive='local.docker(name).inspect()["Config"]["Labels"]["release"] == "2"',
    ),
    Fault(
        "K35",
        "nothing starts it again when it ends",
        nothing,
        service={"container": {"restart_policy": "unless-stopped"}},
        check="container.policy",
        says=(r"restart policy no, expected unless-stopped",),
        broken=("container.policy",),
        sound=_sound("policy", restart_policy={"Name": "unless-stopped"}),
        naive='local.docker(name).inspect()["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"',
    ),
    Fault(
        "K36",
        "somebody has patched the running container",
        lambda box: box.sh("echo patched >>/usr/local/bin/orderd; touch /etc/left-behind"),
        service={"container": {"drift": {}}},
        check="container.drift",
        says=(r"2 paths differ from the image", r"/usr/local/bin/orderd changed", r"/etc/left-behind added"),
        broken=("container.drift",),
        sound=_sound("image"),
        naive='host.file("/usr/local/bin/orderd").exists',
    ),
)
