.PHONY: demo test check interop installed bench gpu attack clean scripts
PYTHON ?= python3
BIN := .venv/bin
# PyTorch without CUDA, for a Linux machine that has no NVIDIA GPU; `make demo TORCH_INDEX=` takes the usual one.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu

demo: .venv/installed          ## install, audit the bundled images, open the dashboard
	$(BIN)/hardlook demo

test: .venv/installed-dev scripts  ## install, run every test
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

check: .venv/installed-dev scripts ## lint, types, import contracts; of the scripts too, where there is node
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@if command -v npm >/dev/null; then npm run --silent lint && npm run --silent types; fi

interop: .venv/installed-dev   ## FiftyOne, Label Studio and others, each in an environment made once, with the tests that ask them
	$(BIN)/python -m tests.interop.environments
	$(BIN)/python -m pytest tests/interop -m interop

installed: .venv/installed-dev ## the wheel, its demo and its dashboard in an empty environment of each Python that is here (6 GB at a time)
	$(BIN)/python -m tests.installed

bench: .venv/installed-dev     ## measure everything in BENCHMARKS.md (most of an hour; QUICK=1 for minutes)
	$(BIN)/python -m tests.benchmarks $(if $(QUICK),--quick)

gpu: .venv/installed-dev       ## the tests that need a GPU and what it brings, within 8 minutes (GPU='--device cpu --tiny' shows that it runs)
	$(BIN)/python -m pytest -q -m gpu tests/engines tests/maths
	$(BIN)/python -m tests.benchmarks.bench_gpu $(GPU)

attack: .venv/installed-dev    ## end, fill, damage and lock at length what the tests do in short: docs/reliability.md (hours)
	$(BIN)/python -m tests.attacks

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Hardlook needs Python 3.11 or newer; try: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	$(PYTHON) -m venv .venv

.venv/installed: pyproject.toml | .venv/bin/python
	@if [ -n "$(TORCH_INDEX)" ] && [ "$$(uname -s)" = Linux ] && ! nvidia-smi -L >/dev/null 2>&1; then \
	    echo "There is no NVIDIA GPU here: taking PyTorch without CUDA from $(TORCH_INDEX)"; \
	    $(BIN)/python -c 'import tomllib; needed = tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"]; print(*(one for one in needed if one.startswith("torch")), sep="\n")' >.venv/torch.txt; \
	    $(BIN)/python -m pip install --disable-pip-version-check -q --retries 0 --timeout 10 --index-url "$(TORCH_INDEX)" \
	        -r .venv/torch.txt 2>/dev/null || echo "It cannot be had from there: the usual PyTorch follows"; \
	fi
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
