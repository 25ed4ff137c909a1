PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev
READY_BENCH := $(VENV)/.ready-bench

.PHONY: site test soak lint format clean browser node java check-html audit bench bench-large bench-serve

site: $(READY)
	$(BIN)/ptnews build

test: $(READY_DEV) browser
	$(BIN)/pytest -n auto --dist worksteal

# Hours: the state machine, Markdown's gates and the kills at many times their usual length.
soak: $(READY_DEV)
	PTNEWS_RUNS=500 PTNEWS_STEPS=50 PTNEWS_KILLS=1000 $(BIN)/pytest -n auto tests/property tests/faults tests/serve

# Beside Hugo; on a quiet machine, for every other program is measured too.
bench: $(READY_BENCH)
	$(BIN)/python -m bench --articles 1000 10000 --write docs/performance.md

# Wants about 20 GB of room, and an hour or two.
bench-large: $(READY_BENCH)
	$(BIN)/python -m bench --articles 1000 10000 50000 --write docs/performance.md

# From a save until the page shows it, beside Hugo's server.
bench-serve: $(READY_BENCH)
	$(BIN)/python -m bench.serve --articles 1000 10000 --write docs/performance.md

lint: $(READY_DEV)
	$(BIN)/ruff check src tests bench
	$(BIN)/ruff format --check src tests bench
	$(BIN)/mypy

format: $(READY_DEV)
	$(BIN)/ruff check --fix src tests bench
	$(BIN)/ruff format src tests bench

# What others' tools say of the pages.
check-html: site node java
	tools/check-html.sh build

audit: site node browser
	PYTHON=$(BIN)/python tools/audit.sh build

# Tests of pages need a Chromium: Debian's is installed where apt can; elsewhere any on the PATH will do.
browser:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || \
	  { apt-get update -qq && apt-get install -y -qq chromium >/dev/null; } || \
	  echo "no Chromium found: the browser tests will be skipped"

node:
	@command -v npm >/dev/null || { apt-get update -qq && apt-get install -y -qq npm >/dev/null; }

java:
	@command -v java >/dev/null || { apt-get update -qq && apt-get install -y -qq default-jre-headless >/dev/null; }

clean:
	rm -rf $(VENV) build .ptnews .audit

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(READY): pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -c constraints.txt -e .
	touch $@

$(READY_DEV): pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	touch $@ $(READY)

$(READY_BENCH): pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[bench]'
	touch $@ $(READY)
