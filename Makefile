# `make` lists what there is. Every target prepares what it needs itself; see scripts/setup.sh.
.DEFAULT_GOAL := help
.PHONY: help run test lint bench format lock clean dev
MAKEFLAGS += --no-print-directory
# An active virtual environment stays out of it.
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH
PYTHON := .venv/bin/python
CODE := src tests

help: # list the targets
	@sed -n 's/^\([a-z]*\):[^#]*# \(.*\)/make \1	\2/p' Makefile

run: # start the server with a demo book; ARGS="--port 9000" hands it options
	@scripts/setup.sh run
	@echo '==> Starting: onebook serve --demo $(ARGS)'
	@exec .venv/bin/onebook serve --demo $(ARGS)

test: lint # check everything, as CI does
	@echo '==> Running the tests (pytest)'
	@$(PYTHON) -m pytest -n logical --maxprocesses 4 --dist worksteal

lint: dev # check style, types and imports only
	@echo '==> Checking the style (ruff)'
	@$(PYTHON) -m ruff check --quiet $(CODE)
	@$(PYTHON) -m ruff format --check --quiet $(CODE)
	@echo '==> Checking the types (mypy)'
	@$(PYTHON) -m mypy $(CODE)
	@echo '==> Checking who imports whom (import-linter)'
	@$(PYTHON) .venv/bin/lint-imports --no-logo

bench: dev # measure; ROWS=1000000 sets the number of contacts
	@echo '==> Measuring (python -m tests.bench)'
	@$(PYTHON) -m tests.bench
	@echo '==> Measuring dumps (python -m tests.bench.dump)'
	@$(PYTHON) -m tests.bench.dump
	@echo '==> Measuring imports (python -m tests.bench.imports)'
	@$(PYTHON) -m tests.bench.imports

format: dev # put the code into the common form
	@$(PYTHON) -m ruff check --fix-only --quiet $(CODE)
	@$(PYTHON) -m ruff format $(CODE)

lock: # resolve the lock files anew; UPGRADE=1 takes the newest of everything
	@scripts/setup.sh lock

clean: # throw away everything that was made here, except the book
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

dev:
	@scripts/setup.sh dev
