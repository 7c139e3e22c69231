.PHONY: demo test check interop bench attack clean scripts
PYTHON ?= python3
BIN := .venv/bin

demo: .venv/installed          ## install, audit the bundled images, open the dashboard
	$(BIN)/hardlook demo

test: .venv/installed-dev scripts  ## install, run every test
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

check: .venv/installed-dev scripts ## lint, types, import contracts; of the scripts too, where there is node
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@if command -v npm >/dev/null; then npm run --silent lint && npm run --silent types; fi

interop: .venv/installed-dev   ## FiftyOne, Label Studio and others, each in an environment made once, with the tests that ask them
	$(BIN)/python -m tests.interop.environments
	$(BIN)/python -m pytest tests/interop -m interop

bench: .venv/installed-dev     ## measure everything in BENCHMARKS.md (most of an hour; QUICK=1 for minutes)
	$(BIN)/python -m tests.benchmarks $(if $(QUICK),--quick)

attack: .venv/installed-dev    ## end, fill, damage and lock at length what the tests do in short: docs/reliability.md (hours)
	$(BIN)/python -m tests.attacks

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Hardlook needs Python 3.11 or newer; try: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	$(PYTHON) -m venv .venv

.venv/installed: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --disable-pip-version-check -q -e .
	@touch $@

.venv/installed-dev: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --disable-pip-version-check -q -e '.[dev]'
	@touch .venv/installed $@

scripts:                       ## what checks the dashboard's JavaScript (no build step); without node it is said and left out
	@if command -v npm >/dev/null; then \
	    cmp -s package-lock.json node_modules/.checked || { npm ci --no-audit --no-fund --silent && cp package-lock.json node_modules/.checked; }; \
	elif [ -n "$$CI" ]; then echo "node with npm is missing, which CI needs" >&2; exit 1; \
	else echo "There is no node here: the dashboard's scripts are not checked."; fi

clean:                         ## remove the environment and caches (audits stay)
	rm -rf .venv node_modules build *.egg-info .mypy_cache .ruff_cache .pytest_cache
