#!/bin/sh
# Makes sure that a Docker Engine answers; says what it does before it does it.
#
#   tools/engine.sh               the engine at DOCKER_HOST, else at /var/run/docker.sock
#   ENGINE=no tools/engine.sh     never install or start one: refuse instead
#   tools/engine.sh --ask         only ask: installs, starts and says nothing
#
# Exit 0: an engine answers. Exit 1: none does, and why.
set -u

LOG=${SEATRIAL_ENGINE_LOG:-/var/log/seatrial-dockerd.log}
WAIT=30   # seconds
TARGET=${DOCKER_HOST:-unix:///var/run/docker.sock}

say() { echo "engine: $*"; }
fail() { echo "engine: $*" >&2; exit 1; }

# Asks the socket itself (GET /_ping): whichever docker client stands in the PATH does not matter.
engine_answers() {
    case $TARGET in
        unix://*) python3 - "${TARGET#unix://}" <<'PY' 2>/dev/null
import socket, sys
with socket.socket(socket.AF_UNIX) as engine:
    engine.settimeout(5)
    engine.connect(sys.argv[1])
    engine.sendall(b"GET /_ping HTTP/1.0\r\nHost: engine\r\n\r\n")
    sys.exit(not engine.recv(64).split(b"\r\n")[0].endswith(b"200 OK"))
PY
            ;;
        *) docker version --format '{{.Server.Version}}' >/dev/null 2>&1 </dev/null ;;
    esac
}

is_debian() { grep -Eqs '^ID(_LIKE)?=.*(debian|ubuntu)' /etc/os-release; }

# Everything that keeps us from setting an engine up ourselves, as one sentence each.
refuse_if_not_ours() {
    [ "${ENGINE:-}" != no ] || fail "no Docker Engine answers at $TARGET, and ENGINE=no forbids to set one up. Start one, or set DOCKER_HOST."
    [ -z "${DOCKER_HOST:-}" ] || fail "no Docker Engine answers at DOCKER_HOST=$DOCKER_HOST. Start it, or unset DOCKER_HOST."
    if [ "$(id -u)" -ne 0 ]; then
        [ ! -S /var/run/docker.sock ] || [ -w /var/run/docker.sock ] ||
            fail "may not open /var/run/docker.sock as $(id -un). Join the group docker (and log in again), or run as root."
        fail "no Docker Engine answers at $TARGET, and only root can set one up. Start one, or run 'make engine' as root."
    fi
    is_debian || fail "no Docker Engine answers, and only on Debian or Ubuntu is one set up here. Install one, or set DOCKER_HOST."
}

install_engine() {
    if command -v dockerd >/dev/null && command -v iptables >/dev/null; then
        return 0
    fi
    say "no Docker Engine answers: installing the distribution's packages docker.io and iptables (ENGINE=no refuses)"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq </dev/null || say "apt-get update had failures; going on with the lists there are"
    apt-get install -y -qq --no-install-recommends docker.io iptables </dev/null ||
        fail "apt-get could not install docker.io and iptables; its messages are above"
}

# A container or VM that was stopped hard leaves pid files whose number now belongs to nobody or to someone else.
remove_stale_pid_file() { # FILE PROGRAM
    [ -f "$1" ] || return 0
    pid=$(tr -cd 0-9 <"$1")
    [ "$(cat "/proc/${pid:-none}/comm" 2>/dev/null)" = "$2" ] && return 0
    say "removing $1: pid ${pid:-(empty)} is no $2"
    rm -f "$1"
}

dockerd_runs() { grep -qsx dockerd /proc/[0-9]*/comm; }

start_service() {
    [ -d /run/systemd/system ] || return 1
    say "starting docker.service"
    systemctl start docker </dev/null
}

start_detached() {
    remove_stale_pid_file /var/run/docker.pid dockerd
    remove_stale_pid_file /var/run/docker/containerd/containerd.pid containerd
    say "starting dockerd, detached; its output goes to $LOG"
    setsid dockerd </dev/null >>"$LOG" 2>&1 &
}

start_engine() {
    if dockerd_runs; then
        say "a dockerd is running; waiting for it to answer"
    else
        start_service || start_detached
    fi
}

# Gives up at the deadline, or once no dockerd has been seen ten times: it ended by itself.
wait_for_engine() {
    deadline=$(($(date +%s) + WAIT))
    absent=0
    until engine_answers; do
        dockerd_runs || absent=$((absent + 1))
        [ $absent -lt 10 ] && [ "$(date +%s)" -lt $deadline ] || return 1
        sleep 0.2
    done
}

if [ "${1:-}" = --ask ]; then
    engine_answers
    exit
fi
if engine_answers; then
    say "a Docker Engine answers at $TARGET"
    exit 0
fi
refuse_if_not_ours
install_engine
start_engine
wait_for_engine || {
    tail -n 20 "$LOG" >&2 2>/dev/null
    fail "dockerd ended or did not answer at $TARGET within $WAIT s; the last lines of $LOG are above"
}
say "a Docker Engine answers at $TARGET"
