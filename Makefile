# Two commands matter: `make demo` sets everything up and runs the main job; `make test` sets up and passes the tests.
# Both may be run again; when nothing changed they install nothing, and then need no network.

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$p; break; fi; done)
# Certificates of the system, so that it works behind a company's proxy too.
export UV_SYSTEM_CERTS ?= 1

VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
FACE := hatch_build.py package.json package-lock.json $(wildcard src/charlevoix/web/face/assets/*.scss)

.PHONY: help demo test lint types floors tests docs bench soak chromium clean

help:
	@echo "make demo   set up, then run the whole story on three nodes of this machine (under a minute)"
	@echo "make test   set up, then lint, check types and floors, build the docs, and run every test"
	@echo "make bench  measure against the bars of docs/benchmarks.md"
	@echo "make soak   crash and load tests that take long"
	@echo "make clean  remove what these commands made"

$(UV):
	@test -n "$(PYTHON)" || { echo "Charlevoix needs Python 3.11 or newer, and there is none on the PATH."; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/.base: requirements.lock pyproject.toml $(FACE) | $(UV)
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.base
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@touch $@

# Programs that ours are held against, each in an environment of its own. Where one can't be installed, its tests are skipped.
.peers/toolkit/.made: | $(VENV)/.dev
	@rm -rf .peers/toolkit && $(UV) venv --quiet --python $(BIN)/python .peers/toolkit \
		&& $(UV) pip install --quiet --python .peers/toolkit/bin/python coordination-network-toolkit==1.5.2 && touch $@ \
		|| { rm -rf .peers/toolkit; echo "coordination-network-toolkit can't be installed: the tests against it are skipped."; }

demo: $(VENV)/.base
	@$(BIN)/charlevoix demo --folder .demo

test: lint types floors docs tests

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

floors: $(VENV)/.dev
	$(BIN)/lint-imports

docs: $(VENV)/.dev
	$(BIN)/mkdocs build --strict --quiet

tests: $(VENV)/.dev .peers/toolkit/.made chromium
	$(BIN)/pytest -n 2 --dist loadfile

# The pages are tested in a real browser.
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || { \
		echo "The tests of pages need Chromium: installing it."; \
		if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq chromium >/dev/null; \
		else echo "Install it with your system's packages (Debian: apt-get install chromium), then run this again."; exit 1; fi; }

bench: $(VENV)/.dev
	@for b in benchmarks/[a-z]*.py; do echo "== $$b"; $(BIN)/python $$b || failed=1; done; test -z "$$failed"

soak: $(VENV)/.dev
	$(BIN)/pytest -m soak

# After changing dependencies in pyproject.toml.
lock: $(UV)
	$(UV) pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url -o requirements.lock
	$(UV) pip compile pyproject.toml --group dev --all-extras --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url -o requirements-dev.lock

clean:
	rm -rf $(VENV) .peers .demo site node_modules src/charlevoix/web/face/assets/built
