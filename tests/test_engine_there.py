"""An engine on a host behind SSH that cannot be asked: why, in the words of whoever refuses."""

from pathlib import Path

import pytest
from faults.judging import judged
from ssh.harbour import Harbour

pytestmark = [pytest.mark.docker, pytest.mark.once]

FILE = """
deployment: t
ssh: {{config: {config}, user: {user}, sudo: {sudo}}}
services: {{box: {{docker: {{engine: "ssh://engineless"}}, locate: {{name: box}}}}}}
"""


@pytest.fixture
def told(ssh_harbour: Harbour, tmp_path: Path):
    """The verdicts about a container of an engine on a host that has none, asked as a user of that host."""
    if "engineless" not in ssh_harbour.berths:
        ssh_harbour.target("engineless")

    def ask(user: str, sudo: bool = False, socket: str = ""):
        box = ssh_harbour.berths["engineless"]
        if socket:
            listens = "import socket; socket.socket(socket.AF_UNIX).bind('/var/run/docker.sock')"
            box.run("python3", "-c", listens)
            box.run("chmod", socket, "/var/run/docker.sock")
        file = tmp_path / "deployment.yaml"
        file.write_text(FILE.format(config=ssh_harbour.ssh_config, user=user, sudo=str(sudo).lower()))
        found = judged(file, "auto").verdicts
        if socket:
            box.run("rm", "/var/run/docker.sock")
        return found

    return ask


def test_where_no_engine_is_it_says_so(told):
    found = told("root")
    assert "engineless has no /var/run/docker.sock; does an engine run there?" in found["box/instances"].message
    assert found["box.0/access.shell"].passed


def test_a_socket_that_is_closed_to_the_user_is_told_with_the_remedy(told):
    message = told("plain", socket="600")["box/instances"].message
    assert "/var/run/docker.sock on engineless is closed to plain; add it to the group of that socket" in message


def test_a_refused_sudo_is_not_blamed_on_the_shell(told):
    found = told("plain", sudo=True)
    assert found["box.0/access.shell"].passed
    assert "sudo -n refused for plain" in found["box.0/access.sudo"].message
    assert found["box.0/container.state"].because == "access.sudo"
