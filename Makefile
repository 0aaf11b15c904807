# Everything starts here: `make` lists what there is.
SHELL := /bin/sh
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
RUN := $(VENV)/bin/python -m
STAMP := $(VENV)/.installed
WIDE := $(VENV)/.installed-wide
# uv unpacks side by side what pip does one by one; where it cannot (no build of it for this machine, settings of pip that it
# does not have), pip does it. It is told where pip looks for packages.
PIP := $(RUN) pip install --quiet --disable-pip-version-check --no-compile
INDEX = $$($(RUN) pip config list 2>/dev/null | sed -n "s/^[a-z:]*\.index-url='\(.*\)'$$/\1/p" | head -n 1)
install = index="$(INDEX)"; $(VENV)/bin/uv pip install --quiet --python $(VENV)/bin/python $${index:+--default-index "$$index"} $(1) \
	|| { echo "uv could not, so pip does it" >&2; $(PIP) $(1); }
# Compiled by all cores, but for the places and carriers of numbers, which nothing here reads.
COMPILE := $(RUN) compileall -q -j 0 -x 'phonenumbers/(geodata|carrierdata|tzdata)|/tests/' $(VENV)/lib >/dev/null 2>&1 || true

# Where the environment forbids what Python compiles to be kept, each of the many processes of the tests would compile it anew.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup setup-wide demo test test-kafka test-servers test-wide bench faults faults-whole detection lint format lock manual clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Install what runs, shows and tests it into .venv, from a locked and hashed list

setup-wide: $(WIDE) ## What lint, the wider suites and the measurements need besides

$(STAMP): requirements-setup.lock requirements-test.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Nummerwacht needs Python 3.11 or later; none was found. Set PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "setting up $(VENV) with $(PYTHON), some minutes the first time ..."
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes --only-binary :all: --requirement requirements-setup.lock || true
	@$(call install,--require-hashes --requirement requirements-test.lock)
	@$(call install,--no-deps --no-build-isolation --editable .)
	@$(COMPILE)
	@touch $@

$(WIDE): $(STAMP) requirements.lock
	@echo "setting up the wider suites, some minutes the first time ..."
	@$(call install,--require-hashes --requirement requirements.lock)
	@$(COMPILE)
	@touch $@

demo: setup ## A broker, a worker and months of invented calls in a minute (DEMO_SECONDS=60 ends by itself)
	@$(VENV)/bin/nummerwacht demo

# A process a core, two at least, since some of them wait for brokers and time-outs, and four at most. Each has one thread of polars:
# their tables are small, and the threads of all would get into each other's way.
PROCESSES ?= $(shell $(PYTHON) -c 'import os; print(min(4, max(2, os.cpu_count() or 2)))' 2>/dev/null || echo 2)

test: setup ## The tests, on an embedded broker for each of 2 to 4 processes; nothing else is needed (PROCESSES)
	@POLARS_MAX_THREADS=1 $(RUN) pytest -n $(PROCESSES) --dist worksteal

test-kafka: setup ## The tests of streams on a real Apache Kafka 4 (needs Java 17 and Maven)
	@$(RUN) pytest --broker kafka -m "kafka or broker" tests

test-servers: setup ## Prometheus, Alertmanager and the browser (needs Debian's packages, see CONTRIBUTING.md)
	@$(RUN) pytest -m servers tests

test-wide: setup-wide ## What takes longer, or needs more, than the default run, and its laws with all their examples
	@POLARS_MAX_THREADS=1 $(RUN) pytest -n $(PROCESSES) --dist worksteal -m "wide or law" tests

bench: setup-wide ## Speed and memory on a real Apache Kafka, as ratios; writes bench/out/latest.json
	@$(RUN) bench

faults: setup ## Kill, pause, delete, resend: nothing lost, nothing twice (FAULTS_RUNS, _SEED, _ONLY, _VOLUME, _PARTS)
	@$(RUN) tests.faults

faults-whole: setup ## A worker killed 100 times over 2 M records, then every fault; some 25 minutes
	@$(RUN) tests.faults whole

detection: setup-wide ## What is found, how soon, and where the limits are, on simulated traffic
	@$(RUN) bench.detection --seeds 4 --write

lint: setup-wide ## Ruff, and whether every call gives what is asked of it (mypy)
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy

format: setup-wide ## Ruff, writing
	@$(RUN) ruff check --fix --quiet . || true
	@$(RUN) ruff format .

manual: setup ## Write the tables of the README from the code
	@$(RUN) streams.cli.manual README.md

LOCKED := $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

lock: setup ## Renew requirements.lock, its parts (what a worker needs, and the demo and the tests), and what sets up
	$(LOCKED) --all-extras pyproject.toml --output-file requirements.lock
	$(LOCKED) --no-annotate --constraints requirements.lock pyproject.toml --output-file requirements-run.lock
	$(LOCKED) --no-annotate --constraints requirements.lock --extra demo --extra test pyproject.toml --output-file requirements-test.lock
	$(LOCKED) --no-annotate --group setup --output-file requirements-setup.lock

clean: ## Remove what was set up and made
	rm -rf $(VENV) .cache .mypy_cache nummerwacht-data bench/out build *.egg-info .pytest_cache .ruff_cache .hypothesis
