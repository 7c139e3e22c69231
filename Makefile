.PHONY: demo test check bench clean
PYTHON ?= python3
BIN := .venv/bin

demo: .venv/installed          ## install, audit the bundled images, open the dashboard
	$(BIN)/hardlook demo

test: .venv/installed-dev      ## install, run every test
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

check: .venv/installed-dev     ## lint, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/installed-dev     ## measure everything in BENCHMARKS.md (most of an hour; QUICK=1 for minutes)
	$(BIN)/python -m tests.benchmarks $(if $(QUICK),--quick)

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Hardlook needs Python 3.11 or newer; try: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	$(PYTHON) -m venv .venv

.venv/installed: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --disable-pip-version-check -q -e .
	@touch $@

.venv/installed-dev: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --disable-pip-version-check -q -e '.[dev]'
	@touch .venv/installed $@

clean:                         ## remove the environment and caches (audits stay)
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache
