"""Many hosts through one jump host: one connection to it, and none of them is lost."""

import pytest
from ssh.crowd import Crowd, crowd, lost
from ssh.harbour import Harbour

pytestmark = [pytest.mark.docker, pytest.mark.once]

HOSTS = 40


@pytest.fixture(scope="module")
def everybody(ssh_harbour: Harbour) -> Crowd:
    return crowd(ssh_harbour, HOSTS)


@pytest.mark.parametrize("run", range(3))
def test_none_of_forty_hosts_is_lost(everybody: Crowd, run: int):
    fleet = everybody.fleet()
    problems = lost(fleet, everybody.hosts, closes=run == 2)
    fleet.end()
    assert problems == []


def test_the_jump_host_is_connected_once_for_all(everybody: Crowd):
    bastion = everybody.harbour.bastion
    before = bastion.log().count("Accepted publickey")
    fleet = everybody.fleet()
    lost(fleet, everybody.hosts)
    fleet.end()
    assert bastion.log().count("Accepted publickey") - before == 1


def test_a_second_look_connects_nobody_again(everybody: Crowd):
    server = everybody.harbour.berths["crowd-0"]
    fleet = everybody.fleet()
    lost(fleet, everybody.hosts)
    before = server.log().count("Accepted publickey")
    problems = lost(fleet, everybody.hosts)
    fleet.end()
    assert (problems, server.log().count("Accepted publickey") - before) == ([], 0)
