"""The twelve statements about one container, as one writes them with plain testinfra."""

LOG = "/var/log/app/orderd.log"
BEAT = "/run/app/heartbeat"
DENIED = r"ERROR\|FATAL\|CRITICAL\|PANIC\|Traceback\|Segfault\|OutOfMemory\|Exception"


def test_one_orderd_runs_as_orders(host):
    assert len(host.process.filter(user="orders", comm="orderd")) == 1


def test_four_workers_run_as_orders(host):
    assert len(host.process.filter(user="orders", comm="orderworker")) == 4


def test_one_watchdog_runs_as_root(host):
    assert len(host.process.filter(user="root", comm="watchdogd")) == 1


def test_8080_listens_on_every_address(host):
    assert host.socket("tcp://0.0.0.0:8080").is_listening


def test_8081_listens_on_loopback(host):
    assert host.socket("tcp://127.0.0.1:8081").is_listening


def test_9090_listens_on_every_ipv6_address(host):
    assert host.socket("tcp://:::9090").is_listening


def test_the_pid_file_names_orderd(host):
    pid = int(host.file("/run/app/orderd.pid").content_string)
    assert host.process.get(pid=pid).comm == "orderd"


def test_the_heartbeat_is_young(host):
    age = host.run(f"echo $(($(date +%s) - $(stat -c %Y {BEAT})))")
    assert age.rc == 0
    assert int(age.stdout) < 30


def test_the_heartbeat_belongs_to_root_with_mode_0644(host):
    beat = host.file(BEAT)
    assert (beat.user, beat.mode) == ("root", 0o644)


def test_the_log_is_not_empty_and_belongs_to_orders(host):
    log = host.file(LOG)
    assert log.size > 0
    assert log.user == "orders"


def test_the_log_holds_no_denied_word(host):
    assert host.file(LOG).exists
    assert not host.file(LOG).contains(DENIED)


def test_the_configuration_names_the_port(host):
    assert host.file("/etc/app/orderd.conf").contains("port=8080")
