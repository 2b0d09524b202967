"""``host`` in tests of the user's own: on our connections, once for each slot, and never a pass where nobody looked."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = [pytest.mark.docker, pytest.mark.once]

TOOLS = """
printf '#!/bin/sh\\necho COMMAND PCPU PID PMEM STARTED ARGS\\necho init 0 1 0 Wed Nov 25 10:00:00 2026 init\\n' >/bin/ps
printf '#!/bin/sh\\necho State Recv-Q Send-Q Local Peer\\n' >/bin/ss
printf '#!/bin/sh\\necho stopped\\nexit 3\\n' >/etc/init.d/quiet
chmod +x /bin/ps /bin/ss /etc/init.d/quiet
echo fine >/var/log/app.log
touch /ready
exec sleep 600
"""

NINE = """
def test_file_does_not_contain(host):
    assert not host.file("/var/log/app.log").contains("ERROR")

def test_file_is_not_there(host):
    assert not host.file("/run/crashed").exists

def test_process_is_not_there(host):
    assert len(host.process.filter(comm="evil")) == 0

def test_socket_does_not_listen(host):
    assert not host.socket("tcp://0.0.0.0:23").is_listening

def test_service_does_not_run(host):
    assert not host.service("quiet").is_running

def test_package_is_not_installed(host):
    assert not host.package("telnetd").is_installed

def test_command_is_not_there(host):
    assert not host.exists("telnetd")

def test_user_is_not_there(host):
    assert not host.user("evil").exists

def test_command_fails_or_prints_nothing(host):
    assert host.run("test -e /run/crashed").rc != 0
    assert not host.check_output("true")
"""

BREAKING = """
import docker

def _dying(container):
    container.kill()
    container.wait()

BREAK = {
    "well.0": lambda container: None,
    "dying.0": _dying,
    "paused.0": lambda container: container.pause(),
    "restarted.0": lambda container: container.restart(timeout=0),
    "removed.0": lambda container: container.remove(force=True),
}

def test_00_the_first_commands_are_answered_and_then_it_breaks(slot, host, snapshot):
    assert host.file("/ready").exists and host.exists("ss") and host.user("root").exists
    assert host.package("dpkg").is_installed
    assert host.process.filter(pid=1) and host.socket and host.service
    client = docker.from_env()
    BREAK[slot](client.containers.get(snapshot.slots[slot].instance.id))
    client.close()
"""


@pytest.fixture
def deploy(tmp_path: Path, up: Callable) -> Callable:
    """Start containers, wait until they are ready, and write the deployment file that names them."""

    def start(commands: dict[str, str], **more: object) -> Path:
        lines = ["deployment: small", "services:"]
        for name, command in commands.items():
            container = up(name, ["sh", "-c", command], **more)
            waited = container.exec_run(["sh", "-c", "until test -e /ready; do sleep 0.1; done"])
            assert waited.exit_code in (0, 126), waited.output
            lines.append(f"  {name}: {{locate: {{name: {container.name}}}, processes: [{{exe: sleep}}]}}")
        file = tmp_path / "deployment.yaml"
        file.write_text("\n".join(lines) + "\n")
        return file

    return start


def own_tests(folder: Path) -> dict[str, str]:
    """What became of each of the user's tests: ``test_x[relay.0]`` → pytest's word."""
    [journal] = folder.glob("reports/small/*-*/journal.jsonl")
    events = [json.loads(line) for line in journal.read_text().splitlines()]
    return {event["id"].rpartition("::")[2]: event["ran"] for event in events if event["event"] == "own test"}


def test_no_negative_assertion_passes_where_the_container_broke_after_the_first_command(seatrial, deploy, tmp_path):
    file = deploy(dict.fromkeys(("well", "dying", "paused", "restarted", "removed"), TOOLS))
    (tmp_path / "test_own.py").write_text(BREAKING + NINE)
    ran = seatrial("run", file, "--stable-for", "0s", tmp_path / "test_own.py")
    assert ran.code == 1, ran.out
    words = own_tests(tmp_path)
    assert len(words) == 50
    first = {name: word for name, word in words.items() if "test_00" in name}
    assert set(first.values()) == {"passed"}, ran.out
    assert {word for name, word in words.items() if "[well.0]" in name} == {"passed"}, ran.out
    rest = {name: word for name, word in words.items() if name not in first and "[well.0]" not in name}
    assert len(rest) == 36
    assert set(rest.values()) == {"error"}, ran.out


def test_no_negative_assertion_passes_where_the_programs_are_missing_or_fail(seatrial, deploy, tmp_path):
    broken = (
        "rm -f /bin/grep /usr/bin/id /usr/sbin/service /var/lib/dpkg/status; "
        "printf '#!/bin/sh\\nexit 1\\n' >/bin/ss; chmod +x /bin/ss; touch /ready; exec sleep 600"
    )
    (tmp_path / "test_own.py").write_text(NINE)
    ran = seatrial("run", deploy({"bare": broken}), "--stable-for", "0s", tmp_path / "test_own.py")
    looked = ("test_file_is_not_there", "test_command_is_not_there", "test_command_fails_or_prints_nothing")
    for name, word in own_tests(tmp_path).items():
        assert (word == "passed") == name.startswith(looked), (name, ran.out)


def test_no_assertion_passes_where_the_image_has_no_shell(seatrial, deploy, tmp_path):
    (tmp_path / "test_own.py").write_text(NINE)
    command = "touch /ready; rm /bin/sh; exec sleep 600"
    ran = seatrial("run", deploy({"bare": command}), "--stable-for", "0s", tmp_path / "test_own.py")
    assert set(own_tests(tmp_path).values()) == {"error"}, ran.out
    assert "has no shell" in ran.out


def test_a_service_of_this_machine_that_ended_in_mid_run_is_an_error(seatrial, tmp_path):
    (tmp_path / "deployment.yaml").write_text(
        f"deployment: small\nservices: {{relay: {{on: local, locate: {{pidfile: {tmp_path}/relay.pid}}}}}}\n"
    )
    (tmp_path / "test_own.py").write_text(
        "import os, signal, time\n"
        "def test_a(host):\n    assert host.run('echo %s', 'a b').stdout == 'a b\\n'\n"
        "def test_b(slot, snapshot):\n"
        "    os.kill(snapshot.slots[slot].instance.pid, signal.SIGKILL)\n    time.sleep(1)\n"
        "def test_c(host):\n    assert not host.file('/run/crashed').exists\n"
    )
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as relay:
        (tmp_path / "relay.pid").write_text(f"{relay.pid}\n")
        reaper = threading.Thread(target=relay.wait)
        reaper.start()
        try:
            ran = seatrial("run", tmp_path / "deployment.yaml", "--stable-for", "0s", tmp_path / "test_own.py")
        finally:
            relay.kill()
            reaper.join()
    words = own_tests(tmp_path)
    assert words == {"test_a[relay.0]": "passed", "test_b[relay.0]": "passed", "test_c[relay.0]": "error"}, ran.out


def test_a_fact_is_asked_once_for_each_slot_and_what_fails_is_an_error(seatrial, deploy, tmp_path):
    (tmp_path / "test_own.py").write_text(
        "import pytest\n"
        "@pytest.fixture\n"
        "def counted(fact):\n    return fact(['sh', '-c', 'echo x >>/count; wc -l </count'], int)\n"
        "def test_once(counted):\n    assert counted == 1\n"
        "def test_again(counted):\n    assert counted == 1\n"
        "def test_user(fact):\n    assert fact(['id', '-un'], str.strip, user='nobody') == 'nobody'\n"
        "def test_exit(fact):\n    assert not fact(['sh', '-c', 'echo no >&2; exit 3'], str)\n"
        "def test_missing(fact):\n    assert not fact(['no-such-program'], str)\n"
        "def test_parser(fact):\n    assert not fact(['true'], int)\n"
    )
    file = deploy(dict.fromkeys(("relay", "gms"), "touch /ready; exec sleep 600"))
    args = ("run", file, "--stable-for", "0s", tmp_path / "test_own.py")
    ran = seatrial(*args)
    passed = {name for name, word in own_tests(tmp_path).items() if word == "passed"}
    assert passed == {f"test_{name}[{slot}]" for name in ("once", "again", "user") for slot in ("relay.0", "gms.0")}
    assert "sh ended with 3: no" in ran.out
    read_only = seatrial(*args, "--read-only", "--report-dir", "second")
    assert "12 met an error" in read_only.out


def test_what_tests_of_ones_own_ran_stands_in_the_report(seatrial, deploy, tmp_path):
    (tmp_path / "test_own.py").write_text("def test_it(host):\n    host.run('true')\n    host.run('true')\n")
    seatrial("run", deploy({"relay": "touch /ready; exec sleep 600"}), "--stable-for", "0s", tmp_path / "test_own.py")
    [results] = tmp_path.glob("reports/small/*-*/results.json")
    assert "2 x a command of a test of yours in relay.0" in json.loads(results.read_text())["calls"]


def test_a_folder_that_may_not_be_searched_is_not_an_absent_file(seatrial, deploy, tmp_path):
    (tmp_path / "test_own.py").write_text(
        'def test_dark(host):\n    with host.sudo("nobody"):\n        assert not host.file("/root/crashed").exists\n'
        'def test_link(host):\n    with host.sudo("nobody"):\n        assert not host.file("/dark").is_file\n'
        'def test_open(host):\n    with host.sudo("nobody"):\n        assert not host.file("/run/no/such").exists\n'
        'def test_file(host):\n    assert not host.file("/etc/passwd/x").exists and not host.file("/etc").is_file\n'
    )
    command = "ln -s /root/x /dark; touch /ready; exec sleep 600"
    seatrial("run", deploy({"relay": command}), "--stable-for", "0s", tmp_path / "test_own.py")
    words = own_tests(tmp_path)
    assert words == {
        "test_dark[relay.0]": "error",
        "test_link[relay.0]": "error",
        "test_open[relay.0]": "passed",
        "test_file[relay.0]": "passed",
    }


def test_what_a_user_runs_ends_with_its_own_exit_code_and_what_hangs_or_floods_is_an_error(seatrial, deploy, tmp_path):
    (tmp_path / "test_own.py").write_text(
        "import pytest\n"
        "@pytest.fixture(scope='session')\n"
        "def host_deadline_s():\n    return 2\n"
        "def test_codes(host):\n"
        "    assert host.run('missing').rc == 127 and host.run('exit 3').rc == 3 and host.command('false').failed\n"
        "    assert host.run('echo %s', 'a; b').stdout == 'a; b\\n'\n"
        "def test_hangs(host):\n    assert host.run('sleep 60').rc != 0\n"
        "def test_floods(host):\n    assert 'x' not in host.run('yes').stdout\n"
        "@pytest.mark.xfail\n"
        "def test_expected_to_fail(host):\n    assert host.run('sleep 60').rc == 0\n"
    )
    ran = seatrial(
        "run", deploy({"relay": "touch /ready; exec sleep 600"}), "--stable-for", "0s", tmp_path / "test_own.py"
    )
    words = own_tests(tmp_path)
    assert words == {
        "test_codes[relay.0]": "passed",
        "test_hangs[relay.0]": "error",
        "test_floods[relay.0]": "error",
        "test_expected_to_fail[relay.0]": "error",
    }, ran.out


def test_a_slot_that_nothing_fills_and_read_only_make_every_host_an_error(seatrial, deploy, tmp_path):
    file = deploy({"relay": "touch /ready; exec sleep 600"})
    file.write_text(file.read_text() + "  gone: {locate: {name: no-such-container}}\n")
    (tmp_path / "test_own.py").write_text("def test_it(host):\n    assert not host.file('/x').exists\n")
    ran = seatrial("run", file, "--stable-for", "0s", tmp_path / "test_own.py")
    assert own_tests(tmp_path) == {"test_it[relay.0]": "passed", "test_it[gone.0]": "error"}, ran.out
    assert "nothing fills it" in ran.out
    second = seatrial("run", file, "--stable-for", "0s", "--read-only", tmp_path / "test_own.py")
    assert "--read-only runs nothing in a target" in second.out
    assert "2 met an error" in second.out


def test_secrets_that_a_command_prints_are_hidden_in_the_report_of_a_failed_test(seatrial, deploy, tmp_path):
    (tmp_path / "test_own.py").write_text(
        "def test_a(host):\n    host.check_output('cat /secret; exit 1')\n"
        "def test_b(host):\n    assert host.run('cat /secret >&2; exit 1').rc == 0\n"
    )
    command = "echo password=hunter2hunter2 >/secret; touch /ready; exec sleep 600"
    ran = seatrial("run", deploy({"relay": command}), "--stable-for", "0s", tmp_path / "test_own.py")
    assert set(own_tests(tmp_path).values()) == {"failed"}, ran.out
    assert "«hidden»" in ran.out
    written = [file for file in tmp_path.glob("reports/small/*-*/*") if file.is_file()]
    assert len(written) >= 4
    assert [file.name for file in written if "hunter2" in file.read_text()] == []


ORDERS = [
    ("1", "-p", "testinfra.plugin", "-p", "seatrial.plugin"),
    ("1", "-p", "seatrial.plugin", "-p", "testinfra.plugin"),
    ("1", "-p", "seatrial.plugin"),
    ("", "-p", "seatrial.plugin"),
    ("", "-p", "no:html", "-p", "seatrial.plugin"),
]


def pytest_here(folder: Path, *args: object, no_autoload: str = "") -> subprocess.CompletedProcess:
    """Plain pytest in an empty folder."""
    environ = {key: value for key, value in os.environ.items() if key != "PYTEST_DISABLE_PLUGIN_AUTOLOAD"}
    argv = [sys.executable, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", *map(str, args)]
    return subprocess.run(
        argv,
        cwd=folder,
        env={**environ, **({"PYTEST_DISABLE_PLUGIN_AUTOLOAD": no_autoload} if no_autoload else {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("order", ORDERS, ids=" ".join)
def test_host_is_ours_in_every_order_of_loading(order, deploy, tmp_path):
    (tmp_path / "test_own.py").write_text(
        "def test_it(host):\n"
        "    assert host.backend.get_pytest_id() == 'slot://relay.0' and host.file('/ready').exists\n"
    )
    file = deploy({"relay": "touch /ready; exec sleep 600"})
    args = (*order[1:], "--deployment", file, "--stable-for", "0s", "test_own.py")
    ran = pytest_here(tmp_path, *args, no_autoload=order[0])
    assert ran.returncode == 0, ran.stdout
    assert own_tests(tmp_path) == {"test_it[relay.0]": "passed"}


@pytest.mark.parametrize("order", ORDERS, ids=" ".join)
def test_without_a_deployment_host_is_a_usage_error_and_never_this_machine(order, tmp_path):
    (tmp_path / "test_own.py").write_text("def test_it(host):\n    open('looked', 'w').close()\n")
    ran = pytest_here(tmp_path, *order[1:], "test_own.py", no_autoload=order[0])
    assert ran.returncode == 4, ran.stdout
    assert "--deployment deployment.yaml" in ran.stdout
    assert not (tmp_path / "looked").exists()


def test_without_a_deployment_tests_that_were_not_chosen_stop_nothing(tmp_path):
    (tmp_path / "test_own.py").write_text("def test_it(host):\n    pass\ndef test_other():\n    pass\n")
    ran = pytest_here(tmp_path, "-k", "test_other", "test_own.py")
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("naming", ["--hosts=local://", "--connection=local", "testinfra_hosts = ['local://']"])
def test_a_suite_of_plain_testinfra_that_names_its_hosts_keeps_them(naming, tmp_path):
    option = naming.startswith("--")
    (tmp_path / "test_own.py").write_text(
        f"{'' if option else naming}\ndef test_it(host):\n    assert host.backend.NAME == 'local'\n"
    )
    ran = pytest_here(tmp_path, *([naming] if option else []), "test_own.py")
    assert ran.returncode == 0, ran.stdout


OPTIONS = [
    "--hosts=docker://x",
    "--connection=docker",
    "--ssh-config=x",
    "--ssh-extra-args=-v",
    "--ssh-identity-file=x",
    "--sudo",
    "--sudo-user=x",
    "--ansible-inventory=x",
    "--force-ansible",
    "--nagios",
]


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_of_testinfra_beside_a_deployment_is_a_usage_error_before_anything_is_contacted(option, tmp_path):
    (tmp_path / "deployment.yaml").write_text("deployment: small\nservices: {relay: {locate: {name: x}}}\n")
    ran = pytest_here(tmp_path, "--deployment", "deployment.yaml", option)
    assert ran.returncode == 4, ran.stdout
    assert f"{option.partition('=')[0]} cannot go with --deployment" in ran.stdout
    assert not (tmp_path / "reports").exists()


def test_mistakes_in_choosing_slots_are_told_all_at_once_with_the_nearest_name(seatrial, tmp_path):
    file = tmp_path / "deployment.yaml"
    file.write_text(
        "deployment: small\nservices: {relay: {locate: {name: x}, instances: 2}, gms: {locate: {name: z}}}\n"
    )
    (tmp_path / "test_own.py").write_text(
        "import pytest\n"
        "@pytest.mark.slots('rely')\ndef test_a(host):\n    pass\n"
        "@pytest.mark.slots('relay.2')\ndef test_b(slot):\n    pass\n"
        "@pytest.mark.slots()\ndef test_c(slot):\n    pass\n"
    )
    (tmp_path / "test_theirs.py").write_text("testinfra_hosts = ['docker://x']\ndef test_d(host):\n    pass\n")
    ran = seatrial("run", file, tmp_path / "test_own.py", tmp_path / "test_theirs.py")
    assert ran.code == 4, ran.out
    for text in ("did you mean 'relay'?", "no service or slot is called 'relay.2'", "names no slot", "testinfra_hosts"):
        assert text in ran.out


def test_collecting_runs_once_for_each_chosen_slot_and_contacts_nothing(tmp_path):
    (tmp_path / "deployment.yaml").write_text(
        "deployment: small\ndocker: {engine: unix:///no/such/socket}\n"
        "services: {relay: {locate: {name: x}, instances: 2}, gms: {locate: {name: z}}}\n"
    )
    (tmp_path / "test_own.py").write_text(
        "import pytest\n"
        "def test_all(host):\n    pass\n"
        "@pytest.mark.slots('gms', 'relay.1')\ndef test_some(slot, host):\n    pass\n"
    )
    ran = pytest_here(tmp_path, "--deployment", "deployment.yaml", "--collect-only", "test_own.py")
    names = [line.partition("::")[2] for line in ran.stdout.splitlines() if line.startswith("test_own.py::")]
    assert sorted(names) == [
        "test_all[gms.0]",
        "test_all[relay.0]",
        "test_all[relay.1]",
        "test_some[gms.0]",
        "test_some[relay.1]",
    ]


def test_an_exit_code_that_a_module_does_not_expect_is_an_error_that_no_xfail_covers(seatrial, deploy, tmp_path):
    (tmp_path / "test_own.py").write_text(
        "import pytest\n\n"
        "@pytest.mark.xfail\n"
        "def test_list(host):\n    assert host.file('/nowhere').listdir() == []\n\n"
        "@pytest.mark.xfail\n"
        "def test_own(host):\n    assert host.check_output('exit 3') == ''\n"
    )
    file = deploy({"small": "touch /ready; exec sleep 600"})
    ran = seatrial("run", file, "--stable-for", "0s", tmp_path / "test_own.py")
    assert own_tests(tmp_path) == {"test_list[small.0]": "error", "test_own[small.0]": "xfailed"}, ran.out
    assert ran.code == 1
