SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
RUN_STAMP := .venv/.run-ready
DEV_STAMP := .venv/.dev-ready
# Tests at a time, each with a browser of its own: one for each core. 0 is one after the other, for --pdb and -s.
WORKERS ?= 2

.PHONY: run test cover bench lint audit example lock messages screenshots clean

run: $(RUN_STAMP)
	$(BIN)/python app.py demo

test: $(DEV_STAMP)
	@$(BIN)/python -m tests.setup
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

# Which lines the tests reach: slower.
cover:
	$(MAKE) test ARGS="--cov --cov-report=term:skip-covered $(ARGS)"

bench: $(DEV_STAMP)
	@$(BIN)/python -m tests.setup
	$(BIN)/python -m bench $(ARGS)

lint: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .

# Fails on a known vulnerability in the lock file; says so where no source of advisories answers.
audit: $(DEV_STAMP)
	@$(BIN)/python -m tests.audit

example: $(RUN_STAMP)
	$(BIN)/python -m examples.$(NAME).load $(ARGS)
	$(BIN)/python app.py collect --config examples/$(NAME)/lightkeeper.toml --once

screenshots: $(DEV_STAMP)
	$(BIN)/python -m docs.screenshots $(ARGS)

# Debian without python3-venv has no ensurepip: the second form borrows the system's pip.
.venv/bin/python:
	$(PYTHON) -m venv .venv 2>/dev/null || ( $(PYTHON) -m venv --clear --without-pip .venv && $(PYTHON) -m pip --python .venv/bin/python install -q pip )

$(RUN_STAMP): requirements.lock | .venv/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(DEV_STAMP): requirements-dev.lock | .venv/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@ $(RUN_STAMP)

lock: $(DEV_STAMP)
	$(BIN)/pip-compile -q --no-strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links -o requirements.lock pyproject.toml
	$(BIN)/pip-compile -q --no-strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links --extra dev -o requirements-dev.lock pyproject.toml

clean:
	rm -rf .venv var
