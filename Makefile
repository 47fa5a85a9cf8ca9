# Start with `make serve` and `make test`. Every target first installs what it needs into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
INSTALL := $(PIP) install --quiet --no-compile
# Python keeps the modules that it compiles, whatever the environment says: commands start three times as fast.
export PYTHONDONTWRITEBYTECODE :=
HOST ?= 127.0.0.1
PORT ?= 8000

.DEFAULT_GOAL := help
.PHONY: help serve test test-long test-again test-all check fix docs seed bench screenshots lock clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is required. Name one with: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV) \
	  || { rm -rf $(VENV); echo "Cannot create a virtual environment. On Debian: apt-get install python3-venv"; exit 1; }

# Dependencies are installed from lock files with hashes, then the project itself without dependencies. Python compiles
# the modules that it imports; compiling all of them here would take longer, and twice the space.
$(VENV)/.runtime: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@$(PIP) uninstall --quiet --yes setuptools  # of Python 3.11's venv, as large as FastAPI; nothing needs it
	@find $(VENV)/lib/*/site-packages/pip -name __pycache__ -prune -exec rm -r {} +
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@

serve: $(VENV)/.runtime  ## serve on http://127.0.0.1:8000 (HOST=, PORT=)
	$(BIN)/resolver serve --host $(HOST) --port $(PORT)

# One worker more than cores, since some tests wait for rate limits; a worker without tests takes some from another.
SCREENSHOTS ?= build/screenshots
WORKERS ?= $(shell $(PYTHON) -c "import os; print(os.cpu_count() + 1)")
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

test: $(VENV)/.dev  ## set up and run the tests, except the long ones
	$(PYTEST) -m "not long"

test-long: $(VENV)/.dev  ## run the long tests: the whole genome, nightly runs, kills, big tables, Spark, PostgreSQL, browser
	$(PYTEST) -m long

test-again: $(VENV)/.dev  ## run the tests again that failed last, one after the other
	$(BIN)/python -m pytest --last-failed --last-failed-no-failures none

test-all: $(VENV)/.dev  ## run all tests
	$(PYTEST)

check: $(VENV)/.dev  ## lint, format, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

fix: $(VENV)/.dev  ## fix style and format, and update the generated docs
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python -m docs.generate

docs: $(VENV)/.dev  ## build the documentation into site/, without network access
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

seed: $(VENV)/.runtime  ## publish the embedded release
	$(BIN)/resolver seed unpack

bench: $(VENV)/.dev  ## run the benchmarks
	$(BIN)/python -m benchmarks.lookup
	$(BIN)/python -m benchmarks.search
	$(BIN)/python -m benchmarks.build

screenshots: $(VENV)/.dev  ## take pictures of the pages in three widths, light and dark (SCREENSHOTS=folder)
	$(BIN)/python -m tests.web.screenshots $(SCREENSHOTS)

COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
  --no-emit-index-url --no-emit-find-links

lock: $(VENV)/bin/python  ## update the lock files (requires uv)
	$(COMPILE) pyproject.toml --group build -o requirements.lock
	$(COMPILE) --group postgres -c requirements.lock -o requirements-postgres.lock
	$(COMPILE) pyproject.toml --group dev -c requirements.lock -c requirements-postgres.lock -o requirements-dev.lock

clean:  ## remove the virtual environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist site
