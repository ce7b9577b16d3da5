# Everything that is done with this repository. `make` alone lists it.
# Settings: PYTHON (to make .venv with), AUTH_PORT, RESOURCE_PORT, CLIENT_DEMO_PORT,
# DATABASE_URL, REDIS_URL (see .env.example), CHROMIUM, FUZZ_CASES, ARGS (more for
# pytest and for bench), SCENARIOS, REF, MOST and SECONDS (of bench).

VENV := .venv
PYTHON_HERE := $(VENV)/bin/python
PYTEST := $(PYTHON_HERE) -m pytest
CODE := shared services demo tests bench deploy

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset setup format lint style types unit check languages contract e2e fuzz test chromium peers bench bench-compare bench-growth bench-logins bench-memory bench-peer bench-timing bench-workers up down lock

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## the whole system on this machine; Ctrl-C stops it
	@sh demo/make-venv.sh demo
	@exec $(PYTHON_HERE) -m demo --until-ended $$PPID

demo-reset: ## forget the demo's people, apps and data
	@sh demo/make-venv.sh demo
	@$(PYTHON_HERE) -m demo --reset

setup: ## .venv with everything that tests and tools need
	@sh demo/make-venv.sh dev

format: setup ## put the code in shape
	$(PYTHON_HERE) -m ruff format $(CODE)
	$(PYTHON_HERE) -m ruff check --fix $(CODE)

lint: style types

style: setup
	@$(PYTHON_HERE) -m ruff format --check $(CODE)
	@$(PYTHON_HERE) -m ruff check $(CODE)

types: setup
	@$(PYTHON_HERE) -m mypy

unit: setup
	@$(PYTEST) -q tests/unit tests/architecture $(ARGS)

# Types are checked while the tests run: each keeps one core busy.
check: style ## format, lint, types, unit and architecture tests: before every commit
	@$(MAKE) --no-print-directory -j2 types unit

languages: setup ## collect the sentences of the pages, compile their translations
	@$(PYTHON_HERE) services/auth/translate.py

contract: setup ## what needs a real server or a process, and what goes over the wire
	@$(PYTEST) tests/contract $(ARGS)

e2e: setup chromium peers ## all services together, also in a browser
	@$(PYTEST) tests/e2e -m "not compose" $(ARGS)

fuzz: FUZZ_CASES ?= 100000
fuzz: setup ## 100,000 requests that are not quite right; takes a quarter of an hour
	@FUZZ_CASES=$(FUZZ_CASES) $(PYTEST) tests/fuzz $(ARGS)

test: lint chromium peers ## everything, on a machine where nothing was prepared
	@bash tests/with-docker.sh $(PYTEST) $(ARGS)

chromium:
	@sh tests/install-chromium.sh

peers:
	@sh tests/install-peers.sh

bench: setup ## how fast it is; writes bench/results/latest.json; SCENARIOS: some only
	@$(PYTHON_HERE) -m bench $(SCENARIOS) $(ARGS)

bench-compare: setup ## another commit and this one in turn: REF=…
	@$(PYTHON_HERE) -m bench.compare $(REF) $(SCENARIOS) $(ARGS)

bench-memory: setup ## what a worker and Redis keep, over an hour: SECONDS=…
	@$(PYTHON_HERE) -m bench.memory $(SECONDS)

bench-peer: setup ## oidc-provider of npm beside us, in one run; writes bench/results/peer.json
	@sh tests/install-peers.sh node
	@$(PYTHON_HERE) -m bench.peer $(SCENARIOS)

bench-growth: setup ## refresh and code exchange among up to ten million rows: MOST=…
	@$(PYTHON_HERE) -m bench.growth $(MOST)

bench-logins: setup ## password logins beside argon2id alone, and what others feel of them
	@$(PYTHON_HERE) -m bench.logins

bench-workers: setup ## two workers beside one
	@$(PYTHON_HERE) -m bench.workers $(SCENARIOS)

bench-timing: setup ## whether times tell who has an account here
	@$(PYTHON_HERE) -m bench.enumeration

up: ## the same system from images, with Docker
	docker compose up --build --wait

down: ## stop it; its data stays
	docker compose down

lock: ## the newest allowed version of every package, with hashes (needs uv)
	@sh demo/lock.sh
