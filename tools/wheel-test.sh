#!/bin/sh
# Runs the suite once more from the built wheel, in an empty folder: what the packaging forgot fails here.
#
# Proofs marked `once` are left out: they do not depend on how the package is installed.
#
#   tools/wheel-test.sh PYTHON     PYTHON has the dependencies of requirements.lock
set -eu

python=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

# From a copy: what an earlier build left in the clone would get into the wheel.
mkdir "$work/tree"
(cd "$root" && git ls-files -co --exclude-standard -z | xargs -0 cp --parents -t "$work/tree")
"$python" -m build --quiet --wheel --outdir "$work/dist" "$work/tree"
"$python" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --require-hashes -r "$root/requirements.lock"
"$work/venv/bin/python" -m pip install --quiet --no-deps "$work"/dist/*.whl
"$root/tools/namespaces.sh" "$work/venv/bin/python"
mkdir "$work/empty"
cp -r "$root/tests" "$root/docs" "$work/empty/"
cp "$root/pyproject.toml" "$work/empty/"
cd "$work/empty"
"$work/venv/bin/python" -P -m pytest -q -m "not once"
