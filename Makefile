# What a person types. Everything it needs it sets up by itself; `make clean` takes the set-up away again.

VENV := .venv
PYTHON ?= python3
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo demo-break test lint types unit bench faults engine base-image setup lock clean

help:
	@echo "make demo        start the demo deployment in containers, verify it, take it down"
	@echo "make demo-break  the same, with six things broken in it: the report is red"
	@echo "make test        everything CI runs: lint, types, all tests, the tests again from the built wheel"
	@echo "make unit        the tests that need no container"
	@echo "make faults      only the faults, injected for real, under each vehicle"
	@echo "make bench       Seatrial against testinfra on 50 containers, in one run"
	@echo "make engine      a Docker Engine from the distribution's packages, where none answers (ENGINE=no refuses)"
	@echo "make lock        make requirements.lock anew (needs uv)"

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

demo: setup base-image
	$(BIN)/seatrial demo

demo-break: setup base-image
	$(BIN)/seatrial demo --break

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

unit: setup
	$(BIN)/python -m pytest -m "not docker"

test: setup base-image lint types
	$(BIN)/python -m pytest --cov=seatrial --cov-report=term:skip-covered
	tools/wheel-test.sh $(BIN)/python

faults: setup base-image
	$(BIN)/python -m pytest tests/faults

bench: setup base-image
	$(BIN)/python -m benchmarks

lock:
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		--group dev pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis src/*.egg-info
