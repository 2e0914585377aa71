# make run: everything on this machine. make test: set-up and the whole suite. Both need Python 3.11+ and make alone.

.DEFAULT_GOAL := help
# Compiled modules are kept: without them every process of a test begins with a second of compiling.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help run setup setup-dev test test-slow mutate fuzz screenshots lighthouse sbom chaos chaos-short bench bench-short bench-against bench-catalogue bench-watching bench-dnc bench-size image parts lint format ci lock clean

# The first Python on PATH that is new enough; name another with `make PYTHON=… run`.
PYTHON = $(shell for p in python3 python3.11 python3.12 python3.13 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; exit; }; done; echo python3)
PY := .venv/bin/python
# More than the cores of a small machine: many tests wait for a process or a server.
TEST_PROCESSES ?= 3
TESTS ?=
SLOWEST := --durations=20 --durations-min=1
CHAOS ?=
BENCH ?=
REF ?= main

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

run: setup ## Run everything: web, workers, broker, demo tenant; Ctrl-C stops it
	@exec $(PY) -m bpadmin.embedded

setup: ## Make .venv with what running needs
	@$(PYTHON) bpadmin/embedded/install.py

setup-dev: ## Make .venv with what tests and checks need as well
	@$(PYTHON) bpadmin/embedded/install.py --dev

test: setup-dev ## Run the suite (TESTS=tests/lists for a part)
	@$(PY) -m pytest -n $(TEST_PROCESSES) --dist worksteal -m "not slow" $(SLOWEST) $(TESTS)

test-slow: setup-dev ## Run the tests that start servers, second databases and browsers
	@$(PY) -m pytest -n 2 --dist worksteal -m slow $(SLOWEST) $(TESTS)

chaos: setup-dev ## Let everything fail that can, and see that no row is lost or sent twice (CHAOS="--only NAME")
	@$(PY) -m bench.chaos --out var/chaos/full.md $(CHAOS)

chaos-short: setup-dev ## The same with fewer faults and smaller files
	@$(PY) -m bench.chaos --short --out var/chaos/short.md $(CHAOS)

mutate: setup-dev ## Change 600 lines one at a time and list what no test notices (an hour; MUTATE="--only dnc/")
	@$(PY) -c 'import cosmic_ray' 2>/dev/null || uv sync -q --frozen --inexact --group mutation 2>/dev/null \
		|| $(PY) -m pip install -q 'cosmic-ray>=8.4,<9'
	@$(PY) -m bench.mutation $(MUTATE)

fuzz: setup-dev ## Feed made-up bytes to everything that reads a stranger's, odd requests to every address (FUZZ="--inputs 10000", REQUESTS=400)
	@$(PY) -c 'import hypothesis' 2>/dev/null || uv sync -q --frozen --inexact --group fuzz 2>/dev/null \
		|| $(PY) -m pip install -q 'hypothesis>=6.140,<7'
	@$(PY) -m bench.fuzz $(FUZZ)
	@FUZZ_REQUESTS=$(or $(REQUESTS),20000) $(PY) -m pytest -q -m slow tests/web/test_odd_values.py

screenshots: setup-dev ## Take the pictures of the README (needs Chromium); DEMO="--url … --password …" of one that runs
	@$(PY) -m bench.screenshots $(DEMO)

lighthouse: setup-dev ## Let Lighthouse judge four pages, wide and phone, light and dark (needs Chromium and Node; DEMO as above)
	@$(PY) -m bench.lighthouse $(DEMO)

sbom: ## Write what the image is made of, from the lock, as CycloneDX (var/sbom.json)
	@mkdir -p var
	@uv export -q --frozen --no-dev --format cyclonedx1.5 -o var/sbom.json
	@echo "var/sbom.json"

image: setup-dev ## Run the Dockerfile and docker-compose.yml in a plain folder, where no engine is
	@.ci/image

parts: setup-dev ## Stop each part, and list what every face says and how soon (ten minutes; PARTS="--only beat")
	@$(PY) -m bench.parts --out var/parts.md $(PARTS)

bench-dnc: setup-dev ## Measure the Do Not Call ledger by a registry of ten million numbers, and look for gaps in a replacement
	@$(PY) -m bench.dnc $(or $(BENCH),5000000 10000000 1000000)
	@$(PY) -m bench.dnc_gap

bench-catalogue: setup-dev ## Read a large tenant, and measure its pages beside a bare one
	@$(PY) -m bench.catalogue

bench-watching: setup-dev ## Measure what one who watches costs beside a bare view
	@$(PY) -m bench.watching

bench-size: setup-dev ## Take a file of ten million rows into a list, beside smaller ones (20 minutes)
	@$(PY) -m bench.speed.size

bench: setup-dev ## Measure every part beside a yardstick and renew docs/performance.md (half an hour; BENCH="--short")
	@$(PY) -m bench --write $(BENCH)

bench-short: setup-dev ## The same with small amounts, printed only
	@$(PY) -m bench --short $(BENCH)

bench-against: setup-dev ## Compare two commits in alternating turns (make bench-against REF=main BENCH="--short")
	@$(PY) -m bench.speed.against $(REF) $(BENCH)

lint: setup-dev ## Check style, types, import rules, templates, migrations, the lock
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports
	$(PY) .ci/gates.py
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) manage.py check --fail-level WARNING
	BPADMIN_TLS=1 BPADMIN_SECRET_KEY=$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(48))') \
		$(PY) manage.py check --deploy --fail-level WARNING

format: setup-dev ## Bring Python and templates into their form
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .
	find templates -name '*.html' -exec .venv/bin/djade --target-version 5.2 {} +

ci: ## Run exactly what the build server runs
	.ci/run

lock: ## Pin the dependencies anew, from the public index whatever this machine is set to
	uv lock --default-index https://pypi.org/simple
	uv export -q --frozen --no-dev --no-header --no-annotate --format requirements-txt -o bpadmin/embedded/requirements.txt
	uv export -q --frozen --no-header --no-annotate --format requirements-txt -o bpadmin/embedded/requirements-dev.txt

clean: ## Remove .venv and caches; the data in var/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
