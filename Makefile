PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev

.PHONY: site test soak lint format clean browser

site: $(READY)
	$(BIN)/ptnews build

test: $(READY_DEV) browser
	$(BIN)/pytest -n auto

# Hours: the state machine, Markdown's gates and the kills at many times their usual length.
soak: $(READY_DEV)
	PTNEWS_RUNS=500 PTNEWS_STEPS=50 PTNEWS_KILLS=1000 $(BIN)/pytest -n auto tests/property tests/faults

lint: $(READY_DEV)
	$(BIN)/ruff check src tests
	$(BIN)/ruff format --check src tests
	$(BIN)/mypy

format: $(READY_DEV)
	$(BIN)/ruff check --fix src tests
	$(BIN)/ruff format src tests

# Tests of pages need a Chromium: Debian's is installed where apt can; elsewhere any on the PATH will do.
browser:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || \
	  { apt-get update -qq && apt-get install -y -qq chromium >/dev/null; } || \
	  echo "no Chromium found: the browser tests will be skipped"

clean:
	rm -rf $(VENV) build .ptnews

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(READY): pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -c constraints.txt -e .
	touch $@

$(READY_DEV): pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	touch $@ $(READY)
