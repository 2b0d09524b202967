#!/bin/sh
# Makes sure that the image debian:bookworm-slim is there: pulled where a registry answers, else built from Debian's mirror.
#
#   tools/base-image.sh     exit 0: the image is there. Exit 1: it is not, and why.
set -u

IMAGE=debian:bookworm-slim
PULL_WAIT=60   # seconds
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

say() { echo "base image: $*"; }
fail() { echo "base image: $*" >&2; exit 1; }

install() {
    [ "$(id -u)" -eq 0 ] || fail "$1 is missing and only root can install it: apt-get install $1"
    say "installing the distribution's package $1"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq </dev/null || say "apt-get update had failures; going on with the lists there are"
    apt-get install -y -qq --no-install-recommends "$1" </dev/null || fail "apt-get could not install $1"
}

# Up to Debian 12 docker.io brings /usr/bin/docker; later it is in a package of its own.
need_client() {
    command -v docker >/dev/null || install docker-cli
}

pull() {
    say "$IMAGE is absent: pulling it (at most $PULL_WAIT s)"
    timeout "$PULL_WAIT" docker pull -q "$IMAGE" </dev/null >/dev/null 2>&1
}

# The tar goes through a pipe, so no file is left; it is tagged only when mmdebstrap ended well, so no half image is either.
build() {
    [ "$(id -u)" -eq 0 ] || fail "no registry gave $IMAGE, and only root can build it. Run this as root, or bring the image with 'docker load'."
    command -v mmdebstrap >/dev/null || install mmdebstrap
    [ -e $KEYRING ] || install debian-archive-keyring
    say "no registry gave it: building it from Debian's mirror with mmdebstrap"
    result=$({ { mmdebstrap --quiet --variant=minbase bookworm - </dev/null 3>&-; echo $? >&3; } |
        docker import --change 'CMD ["bash"]' -; } 3>&1)
    id=${result#*sha256:}
    case $result in
        0*sha256:*) docker tag "$id" "$IMAGE" ;;
        *sha256:*) docker rmi "$id" >/dev/null; return 1 ;;
        *) return 1 ;;
    esac
}

need_client
docker version >/dev/null 2>&1 </dev/null || fail "no Docker Engine answers; 'make engine' sets one up"
if docker image inspect "$IMAGE" >/dev/null 2>&1; then
    say "$IMAGE is there"
    exit 0
fi
pull || build || fail "$IMAGE could neither be pulled nor built; the messages are above"
say "$IMAGE is ready"
