"""What else is asked of a container: its lives, image, settings, mounts, rights, limits, and what was changed in it."""

from dataclasses import replace
from typing import Any

import pytest

from seatrial.instance import Attached
from seatrial.judges.drift import matches
from seatrial.snapshot import Change, Process, SlotFacts, Unreadable
from seatrial.trail import Glimpse, Life
from seatrial.verdicts import Verdict

from .facts import (
    IMAGE,
    NO_RIGHT,
    NOW,
    SETTINGS,
    ask,
    container,
    facts,
    inside,
    itself,
    process,
    shell,
    snapshot,
    within,
)

OTHER = "sha256:" + "1ac5" * 16
MOUNT = "container.mount[/data]"
ENGINES = [
    "container.stable",
    "container.oom",
    "container.started",
    "container.created",
    "container.policy",
    "container.network",
    MOUNT,
    "container.user",
    "container.security",
    "container.limits",
    "container.env",
    "container.hostname",
    "container.labels",
    "container.drift",
]


def about(aspect: str, *, look: SlotFacts | None = None, **declared: Any) -> Verdict:
    """The verdict of one aspect, with these keys of ``container:`` alone."""
    return ask(f"container.{aspect}", look, container=declared)


def made(**settings: Any) -> SlotFacts:
    """A healthy slot whose container was created otherwise."""
    return facts(instance=container(settings=replace(SETTINGS, **settings)))


def born(*moments: float, restarts: int = 0, **changes: Any) -> Verdict:
    """What is said when earlier looks saw these starts, and this one the last of them."""
    lives = [Life("a" * 64, number, moment) for number, moment in enumerate(moments)]
    earlier = tuple(Glimpse(NOW - 4.0 + number, {}, {}, {"orderd.0": life}) for number, life in enumerate(lives[:-1]))
    box = container(started_at=moments[-1], restarts=restarts, **changes)
    return ask("container.stable", snapshot(facts(instance=box), earlier=earlier))


@pytest.mark.parametrize("check", ENGINES)
def test_a_container_as_declared_passes(check: str) -> None:
    assert ask(check).passed


@pytest.mark.parametrize("check", ENGINES)
def test_a_paused_container_passes_nothing(check: str) -> None:
    verdict = ask(check, facts(instance=container(status="paused")))
    assert (verdict.outcome, verdict.because) == ("UNKNOWN", "container.state")


@pytest.mark.parametrize(
    "check", ["container.oom", MOUNT, "container.user", "container.security"], ids=lambda check: check
)
def test_what_only_a_look_inside_can_tell_is_unknown_without_one(check: str) -> None:
    assert ask(check, facts(inside=NO_RIGHT)).outcome == "UNKNOWN"


# --- its lives


def test_k05_a_container_that_is_being_restarted_is_told_with_its_exit() -> None:
    verdict = born(NOW - 1.0, restarts=3, status="restarting", exit_code=3)
    assert verdict.outcome == "FAIL"
    assert "restarted 3 times, exit 3" in verdict.message


def test_k05_starts_that_earlier_looks_saw_are_counted() -> None:
    verdict = born(NOW - 4.0, NOW - 3.0, NOW - 2.0, NOW - 1.0, restarts=3)
    assert verdict.outcome == "FAIL"
    assert "started 3 times in 4 s; its restart policy is always" in verdict.message


def test_a_container_that_the_deployment_replaced_while_it_settled_is_stable() -> None:
    assert born(NOW - 900.0, NOW - 6.0).passed


def test_a_young_container_is_unknown_and_one_that_was_restarted_a_moment_ago_fails() -> None:
    assert born(NOW - 2.0).outcome == "UNKNOWN"
    assert born(NOW - 2.0, restarts=1).outcome == "FAIL"


def test_a_loop_slower_than_one_look_is_seen_by_its_restarts() -> None:
    verdict = born(NOW - 6.0, restarts=20, created_at=NOW - 166.0)
    assert verdict.outcome == "UNKNOWN"
    assert "each life lasted 8.0 s on average, and this one has 6.3 s" in verdict.message
    assert born(NOW - 20.0, restarts=20, created_at=NOW - 180.0).passed


def test_a_restart_long_ago_alarms_nobody() -> None:
    assert born(NOW - 3600.0, restarts=1, created_at=NOW - 86_400.0).passed


@pytest.mark.parametrize(("changed", "outcome"), [("id was a, is b", "FAIL"), ("name was a, is b", "UNKNOWN")])
def test_another_life_is_a_restart_and_another_name_is_none(changed: str, outcome: str) -> None:
    assert ask("container.stable", facts(changed=changed)).outcome == outcome


def test_another_first_process_at_the_end_of_the_look_is_not_stable() -> None:
    assert ask("container.stable", within(identity_last=(200, "boot"))).outcome == "UNKNOWN"


def test_a_start_that_the_engine_does_not_tell_is_unknown() -> None:
    assert born(0.0).outcome == "UNKNOWN"


@pytest.mark.parametrize(("kills", "noun"), [(1, "1 process"), (3, "3 processes")])
def test_a_kill_for_memory_that_the_engine_did_not_see_is_told(kills: int, noun: str) -> None:
    verdict = ask("container.oom", within(oom_kills=kills))
    assert verdict.outcome == "FAIL"
    assert f"killed {noun} of it for want of memory since its start (its limit is 1024 MiB)" in verdict.message


def test_a_kill_that_only_the_engine_saw_is_told_too() -> None:
    assert ask("container.oom", facts(instance=container(oom_killed=True), inside=NO_RIGHT)).outcome == "FAIL"


def test_a_count_of_kills_that_nobody_read_is_unknown() -> None:
    assert ask("container.oom", within(oom_kills=NO_RIGHT)).outcome == "UNKNOWN"


# --- its image


def test_k10_a_tag_that_was_moved_is_told_with_both_images() -> None:
    verdict = ask("container.image", facts(image_id=OTHER))
    assert verdict.outcome == "FAIL"
    assert "runs sha256:c73bc73bc73b, app:1 is now sha256:1ac51ac51ac5: same tag, other image" in verdict.message


@pytest.mark.parametrize("now", ["", NO_RIGHT])
def test_a_reference_that_could_not_be_looked_up_is_unknown(now: str | Unreadable) -> None:
    assert ask("container.image", facts(image_id=now)).outcome == "UNKNOWN"


def by_digest(digests: tuple[str, ...] | Unreadable | None) -> Verdict:
    return ask("container.image", facts(image_digests=digests), image=None, container={"image_digest": OTHER})


def test_a_digest_is_of_the_content_whatever_the_registry_is_called() -> None:
    assert by_digest((f"mirror.example.org/app@{OTHER}",)).passed
    verdict = by_digest((f"app@{IMAGE}",))
    assert verdict.outcome == "FAIL"
    assert "expected digest sha256:1ac51ac51ac5" in verdict.message


@pytest.mark.parametrize("digests", [None, (), NO_RIGHT])
def test_an_image_without_a_digest_is_unknown(digests: tuple[str, ...] | Unreadable | None) -> None:
    assert by_digest(digests).outcome == "UNKNOWN"


@pytest.mark.parametrize(("runs", "outcome"), [(OTHER, "PASS"), (IMAGE, "FAIL"), ("", "UNKNOWN")])
def test_the_id_that_the_build_printed_is_compared(runs: str, outcome: str) -> None:
    look = facts(instance=container(image_id=runs))
    assert ask("container.image", look, image=None, container={"image_id": OTHER}).outcome == outcome


# --- when it began


def test_k11_a_restart_after_the_deployment_is_told_with_its_count() -> None:
    verdict = about("started", started={"before": "2026-09-21T14:00:00Z"})
    assert verdict.outcome == "FAIL"
    assert "which is after" in verdict.message
    assert "RestartCount 0" in verdict.message


@pytest.mark.parametrize("aspect", ["started", "created"])
def test_a_container_older_than_the_deployment_fails_and_one_of_unknown_age_is_unknown(aspect: str) -> None:
    after = {aspect: {"after": "2026-11-25T20:30:00+08:00"}}
    assert "which is before" in about(aspect, **after).message
    untold = facts(instance=container(**{f"{aspect}_at": 0.0}))
    assert about(aspect, look=untold, **after).outcome == "UNKNOWN"


@pytest.mark.parametrize(("health_s", "outcome"), [(200, "UNKNOWN"), (60, "FAIL")])
def test_k04_a_health_check_may_be_starting_for_its_time_by_the_clock_of_the_target(
    health_s: int, outcome: str
) -> None:
    look = replace(snapshot(facts(instance=container(health="starting"))), taken_at=NOW + 5000.0)
    verdict = ask("container.health", look, container={"health": "healthy", "health_within": f"{health_s}s"})
    assert verdict.outcome == outcome
    assert "still" in verdict.message


def test_k03_what_the_health_check_printed_is_told() -> None:
    look = facts(instance=container(health="unhealthy", health_said="no route"))
    assert "says unhealthy, expected healthy, last output 'no route'" in ask("container.health", look).message


# --- its networks


def on(networks: dict[str, tuple[str, ...]], *declared: Any) -> Verdict:
    return about("network", look=made(networks=networks), networks=list(declared))


def test_k12_another_network_is_told_with_the_expected_one() -> None:
    verdict = on({"rel-othernet": ()}, "app-net")
    assert verdict.outcome == "FAIL"
    assert "on rel-othernet, expected app-net" in verdict.message


def test_a_network_of_its_compose_project_may_be_named_without_it_and_one_of_another_project_not() -> None:
    assert on({"p2p_net": ()}, "net").passed
    assert on({"p2p_net": ()}, "p2p_net").passed
    assert on({"other_net": ()}, "net").outcome == "FAIL"
    assert on({"net": ()}, "p2p_net").outcome == "FAIL"


def test_two_networks_that_are_alike_but_for_the_project_are_two() -> None:
    assert on({"p2p_net": (), "net": ()}, "net").outcome == "FAIL"
    assert on({"p2p_net": (), "net": ()}, "net", "p2p_net").passed


def test_without_a_network_of_its_own_it_may_be_in_that_of_another_container() -> None:
    assert on({}).outcome == "UNKNOWN"
    assert on({}, "app-net").outcome == "FAIL"


def test_peers_find_it_under_its_aliases_and_where_there_is_a_name_service_under_its_name() -> None:
    assert "do not find it as db" in on({"net": ("x",)}, {"name": "net", "aliases": ["db"]}).message
    assert on({"net": ()}, {"name": "net", "aliases": ["p2p-orderd-1"]}).passed
    assert on({"bridge": ()}, {"name": "bridge", "aliases": ["p2p-orderd-1"]}).outcome == "FAIL"


# --- its mounts


def mounted(*attached: Attached, seen_inside: Any = None, **declared: Any) -> Verdict:
    """A mount at /data as the engine has it; the kernel has it too unless something else is given."""
    host = itself()
    if seen_inside is not None:
        host = replace(host, mounts=seen_inside)
    look = facts(instance=container(settings=replace(SETTINGS, mounts=attached)), inside=inside(host=host))
    return ask(MOUNT, look, container={"mounts": [{"path": "/data", **declared}]})


BIND = Attached("/data", "bind", "/srv/data", True)
KERNEL = itself().mounts["/data"]
BOUND = {"type": "bind", "source": "/srv/data"}


def test_k13_a_new_volume_in_the_place_of_a_folder_is_told() -> None:
    verdict = mounted(Attached("/data", "volume", "rel-missing-typo", True), **BOUND)
    assert verdict.outcome == "FAIL"
    assert "/data is volume rel-missing-typo, expected bind /srv/data" in verdict.message
    assert "begins empty" in verdict.message


def test_k14_a_read_only_mount_of_another_folder_is_told_with_both() -> None:
    verdict = mounted(Attached("/data", "bind", "/other", False), source="/srv/data")
    assert verdict.outcome == "FAIL"
    assert "/data ro, expected rw; source /other" in verdict.message


def test_nothing_mounted_is_a_failure() -> None:
    assert "nothing is mounted at /data, expected bind /srv/data" in mounted(**BOUND).message


def test_a_volume_of_its_own_project_may_be_named_without_it_and_one_of_another_not() -> None:
    assert mounted(Attached("/data", "volume", "p2p_data", True), source="data").passed
    assert mounted(Attached("/data", "volume", "other_data", True), source="data").outcome == "FAIL"
    assert mounted(Attached("/data", "volume", "p2p_old_data", True), source="data").outcome == "FAIL"


@pytest.mark.parametrize("kernel", [{}, {"/data": NO_RIGHT}], ids=["not looked at", "no right"])
def test_what_the_kernel_has_mounted_must_have_been_seen(kernel: Any) -> None:
    assert mounted(BIND, seen_inside=kernel, **BOUND).outcome == "UNKNOWN"


def test_a_mount_that_only_the_engine_has_is_a_failure() -> None:
    assert "inside nothing is mounted there" in mounted(BIND, seen_inside={"/data": None}, **BOUND).message


def test_a_mount_that_is_not_as_the_engine_made_it_is_a_failure() -> None:
    frozen = {"/data": replace(KERNEL, options=("ro",))}
    assert "is mounted ro inside, expected rw" in mounted(BIND, seen_inside=frozen).message
    made_ro = replace(BIND, rw=False)
    assert "is mounted rw inside, expected ro" in mounted(made_ro, rw=False).message
    assert mounted(made_ro, seen_inside=frozen, rw=False).passed
    gone = {"/data": replace(KERNEL, root="/srv/data//deleted")}
    assert "was deleted on the host" in mounted(BIND, seen_inside=gone).message
    assert "not the tmpfs" in mounted(Attached("/data", "tmpfs", "", True), type="tmpfs").message


def test_what_the_engine_has_wrong_fails_where_nobody_could_look_inside() -> None:
    look = facts(instance=container(settings=replace(SETTINGS, mounts=(replace(BIND, rw=False),))), inside=NO_RIGHT)
    assert ask(MOUNT, look).outcome == "FAIL"


# --- its rights


def test_k21_no_user_means_root() -> None:
    verdict = about("user", user="appsvc")
    assert verdict.outcome == "FAIL"
    assert "pid 1 runs as uid 0" in verdict.message
    assert "Config.User is empty" in verdict.message


def test_a_first_process_with_the_rights_of_another_user_is_not_that_user() -> None:
    first = shell(uid=1500, euid=0)
    verdict = about("user", look=within(processes=(first,)), user="appsvc")
    assert verdict.outcome == "FAIL"
    assert "with the rights of" in verdict.message


@pytest.mark.parametrize("first", [shell(uid=NO_RIGHT, euid=1500), shell(uid=1500, euid=NO_RIGHT), process(20)])
def test_a_first_process_that_was_not_seen_whole_is_unknown(first: Process) -> None:
    assert about("user", look=within(processes=(first,)), user="appsvc").outcome == "UNKNOWN"


def confined(*processes: Process, look: SlotFacts | None = None, **declared: Any) -> Verdict:
    return about("security", look=look or within(processes=processes or (process(20),)), security=declared)


@pytest.mark.parametrize("mode", [0, 1])
def test_k22_a_process_without_a_filter_is_told(mode: int) -> None:
    verdict = confined(process(20, seccomp=mode))
    assert verdict.outcome == "FAIL"
    assert f"Seccomp: {mode} for pid 20" in verdict.message
    assert confined(process(20, seccomp=mode), seccomp=False).passed


@pytest.mark.parametrize("way", ["", " (ro does not help)"])
@pytest.mark.parametrize(
    "source", ["/var/run/docker.sock", "/run", "/", "/run/user/1000/docker.sock", "/run/podman/podman.sock"]
)
def test_k23_the_sockets_of_engines_are_found_inside(source: str, way: str) -> None:
    look = made(mounts=(Attached("/x", "bind", source, not way),))
    verdict = confined(look=look)
    assert verdict.outcome == "FAIL"
    assert f"the engine's socket is inside{way}: /x" in verdict.message
    assert confined(look=look, engine_socket=True).passed


@pytest.mark.parametrize("source", ["/srv/data", "/run/app", "/var/runner"])
def test_a_folder_beside_those_of_engines_is_none(source: str) -> None:
    assert confined(look=made(mounts=(Attached("/x", "bind", source, True),))).passed


def test_capabilities_beyond_the_usual_ones_are_named() -> None:
    able = process(20, cap_eff=1 << 12 | 1 << 7)
    assert "pid 20 python3 has NET_ADMIN, which is more" in confined(able).message
    assert confined(able, caps=["CAP_NET_ADMIN"]).passed
    assert "has number 60" in confined(process(20, cap_eff=1 << 60)).message


@pytest.mark.parametrize("given", ["SYS_ADMIN", "CAP_SYS_ADMIN", "ALL"])
def test_a_capability_that_a_setuid_program_may_get_is_told_though_no_process_has_it_now(given: str) -> None:
    assert "was created with" in confined(look=made(cap_add=(given,))).message
    assert confined(look=made(cap_add=("NET_RAW",))).passed


def test_privileged_writable_and_new_privileges_are_told_together() -> None:
    verdict = confined(look=made(privileged=True), read_only=True, no_new_privileges=True)
    assert "it is privileged; its root filesystem is writable" in verdict.message
    assert "NoNewPrivs: 0" in verdict.message


@pytest.mark.parametrize("lost", ["seccomp", "cap_eff"])
def test_rights_that_could_not_be_read_are_unknown(lost: str) -> None:
    assert confined(process(20, **{lost: NO_RIGHT})).outcome == "UNKNOWN"


def test_what_nobody_asked_for_need_not_be_readable() -> None:
    blind = process(20, no_new_privs=NO_RIGHT)
    assert confined(blind).passed
    assert confined(blind, no_new_privileges=True).outcome == "UNKNOWN"


@pytest.mark.parametrize("states", [("Z", "Z", "Z"), ("S", "S", ""), ()])
def test_where_no_process_was_there_to_the_end_its_rights_are_unknown(states: tuple[str, ...]) -> None:
    assert confined(process(20, states=states)).outcome == "UNKNOWN"


# --- how it was created


@pytest.mark.parametrize("found", [0, -1])
def test_k24_a_limit_that_is_not_there_is_told(found: int) -> None:
    verdict = about("limits", look=made(memory=found), limits={"memory": True})
    assert verdict.outcome == "FAIL"
    assert f"Memory={found}: there is no limit" in verdict.message


@pytest.mark.parametrize(("key", "most"), [("pids", 1), ("cpus", 0.5), ("memory", "512MiB")])
def test_a_limit_that_is_higher_than_declared_is_told(key: str, most: Any) -> None:
    assert "allowed" in about("limits", limits={key: most}).message
    assert about("limits", limits={key: True}).passed


def test_a_limit_of_one_is_no_true() -> None:
    look = facts(instance=container(cpus=2.0))
    assert about("limits", look=look, limits={"cpus": 1}).outcome == "FAIL"


@pytest.mark.parametrize(
    ("aspect", "declared", "said"),
    [
        ("env", {"env": {"APP_ENV": "prod"}}, "APP_ENV=staging, expected APP_ENV=prod"),
        ("env", {"env": {"OTHER": ""}}, "OTHER is not set, expected OTHER="),
        ("labels", {"labels": {"tier": "back"}}, "tier=front, expected tier=back"),
        ("labels", {"labels": {"team": "x"}}, "team is not set"),
        ("hostname", {"hostname": "order-1"}, "hostname orderd-1, expected order-1"),
        ("policy", {"restart_policy": "no"}, "restart policy always, expected no"),
    ],
)
def test_k20_what_it_was_created_with_is_told_beside_what_is_declared(aspect: str, declared: Any, said: str) -> None:
    verdict = about(aspect, **declared)
    assert verdict.outcome == "FAIL"
    assert said in verdict.message


def test_a_secret_of_its_environment_is_compared_and_not_shown() -> None:
    look = made(env={"DB_PASSWORD": "hunter22"})
    verdict = about("env", look=look, env={"DB_PASSWORD": "hunter23"})
    assert verdict.outcome == "FAIL"
    assert "hunter2" not in verdict.message


def test_a_hostname_that_the_engine_does_not_tell_is_unknown() -> None:
    assert ask("container.hostname", facts(instance=container(hostname=""))).outcome == "UNKNOWN"


# --- what was changed in it


def patched(*changes: tuple[str, int], mounts: tuple[Attached, ...] = (), **declared: Any) -> Verdict:
    look = replace(made(mounts=mounts), changes=tuple(Change(path, kind) for path, kind in changes))
    return about("drift", look=look, drift=declared)


def test_each_path_that_differs_from_the_image_is_told_with_how() -> None:
    verdict = patched(("/opt", 0), ("/opt/app.jar", 0), ("/opt/new", 1), ("/etc/motd", 2))
    assert verdict.outcome == "FAIL"
    assert "3 paths differ from the image: /opt/app.jar changed, /opt/new added, /etc/motd deleted" in verdict.message


def test_a_container_in_which_nothing_could_be_read_has_run_for_as_long_as_its_engine_says() -> None:
    assert ask("container.stable", facts(inside=NO_RIGHT)).passed


@pytest.mark.parametrize("changes", [None, NO_RIGHT])
def test_changes_that_nobody_looked_at_are_unknown(changes: Any) -> None:
    assert about("drift", look=facts(changes=changes), drift={}).outcome == "UNKNOWN"


def test_a_folder_that_changed_alone_is_told() -> None:
    assert "/opt changed" in patched(("/opt", 0)).message


def test_what_an_engine_makes_for_a_mount_is_no_patch_and_what_lies_beside_it_is() -> None:
    below = (Attached("/srv/app/data", "bind", "/x", True),)
    own = (("/srv", 0), ("/srv/app", 1), ("/srv/app/data", 1), ("/sbin/docker-init", 1))
    assert patched(*own, mounts=below).passed
    odd = (Attached("/srv/*", "volume", "data", True),)
    assert patched(("/srv/*", 1), ("/srv/*/x", 1), mounts=odd).passed
    assert "/srv/evil added" in patched(("/srv/evil", 1), mounts=odd).message
    assert "/srv/app/x added" in patched(*own, ("/srv/app/x", 1), mounts=below).message
    assert patched(("/sbin/docker-init", 0)).outcome == "FAIL"


@pytest.mark.parametrize(
    ("path", "glob", "meant"),
    [
        ("/tmp", "/tmp/**", True),
        ("/tmp/a/b", "/tmp/**", True),
        ("/tmpx", "/tmp/**", False),
        ("/var/a.pid", "/var/*.pid", True),
        ("/var/a/b.pid", "/var/*.pid", False),
        ("/var/a.pid\n", "/var/*.pid", False),
    ],
)
def test_a_star_stays_within_one_part_of_a_path(path: str, glob: str, meant: bool) -> None:
    assert matches(path, glob) is meant
