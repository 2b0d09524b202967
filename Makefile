# What a person types. Everything it needs it sets up by itself; `make clean` takes the set-up away again.

VENV := .venv
PYTHON ?= python3
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo demo-break demo-stage test coverage lint types unit bench bench-hosts faults engine base-image setup soak lock clean

help:
	@echo "make demo        start the demo deployment, verify it, take it down: in containers where a Docker Engine"
	@echo "                 answers, else in namespaces of this machine, without root; it installs no engine"
	@echo "make demo-break  the same, with six things broken in it: the report is red"
	@echo "make test        everything CI runs: lint, types, all tests, the tests again from the built wheel"
	@echo "make coverage    the tests once more, slower, with the lines that none of them runs"
	@echo "make unit        the tests that need no container"
	@echo "make faults      every fault of the catalogue injected for real, 20 looks under each vehicle, beside testinfra"
	@echo "make bench       Seatrial against testinfra on 50 containers, in one run"
	@echo "make soak        what takes long: containers disturbed at random moments of 100 runs, the healthy demo 200 times,"
	@echo "                 150 hosts behind one jump host 9 times"
	@echo "make bench-hosts  Seatrial against the OpenSSH client on 50 hosts behind one jump host, in one run"
	@echo "make engine      a Docker Engine from the distribution's packages, where none answers (ENGINE=no refuses)"
	@echo "make lock        make requirements.lock and requirements-demo.lock anew (needs uv)"

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Seatrial needs Python 3.11 or newer; call make PYTHON=python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

engine:
	@tools/engine.sh

base-image: engine
	@tools/base-image.sh

demo-stage: setup
	@if tools/engine.sh --ask; then tools/base-image.sh; else tools/namespaces.sh $(BIN)/python; fi

demo: demo-stage
	$(BIN)/seatrial demo

demo-break: demo-stage
	$(BIN)/seatrial demo --break

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

unit: setup
	$(BIN)/python -m pytest -m "not docker"

test: setup base-image lint types
	@tools/namespaces.sh $(BIN)/python install
	$(BIN)/python -m pytest
	tools/wheel-test.sh $(BIN)/python

coverage: setup base-image
	$(BIN)/python -m pytest --cov=seatrial --cov-report=term:skip-covered

faults: setup base-image
	$(BIN)/python -m tests.faults

bench: setup base-image
	$(BIN)/python -m benchmarks

bench-hosts: setup base-image
	$(BIN)/python -m benchmarks.hosts

soak: setup base-image
	$(BIN)/python -m tests.soak.moments
	$(BIN)/python -m tests.soak.healthy
	$(BIN)/python -m tests.ssh.soak

LOCK := uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11

lock:
	$(LOCK) --group dev pyproject.toml -o requirements.lock
	$(LOCK) --group java -o requirements-demo.lock

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis src/*.egg-info
