# One command brings the platform up: make up. Needed beforehand: make, git, Python 3.11 or newer.
STACK ?= dev
KTR = .venv/bin/ktr
# The quick tiers first: what they find needs no engine.
TIERS = tests/unit tests/property tests/monitoring tests/integration tests/e2e
PYTEST_ARGS ?=
BENCH_ARGS ?=
SOAK_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help venv up down login env test test-unit check bench soak docs lock
.NOTPARALLEL:

help: ## Show this
	@echo 'make TARGET [STACK=dev|staging|prod]'
	@sed -n 's/^\([a-z-]*\):[^#]*## /  \1\t/p' $(MAKEFILE_LIST) | expand -t 14

venv:
	@toolchain/venv.sh

up: venv ## Get what is missing, deploy the stack, print its URL and login
	@$(KTR) up $(STACK)

down: venv ## Remove the stack, data volumes as its settings say (YES=1: without asking)
	@$(KTR) down $(STACK) $(if $(YES),--yes)

login: venv ## Print the stack's URL, user and password
	@$(KTR) login $(STACK)

env: venv ## Print exports for work by hand: eval "$(make -s env)"
	@$(KTR) env --stack $(STACK)

test: venv ## Set up what the tests need, then run all of them
	@$(KTR) setup --for test
	@toolchain/venv.sh app
	@$(KTR) run pytest $(TIERS) $(PYTEST_ARGS)
	@$(KTR) run python -m ops.app_tests $(PYTEST_ARGS)

test-unit: venv ## Run the tests that need no engine
	@.venv/bin/pytest tests/unit tests/property $(PYTEST_ARGS)

check: venv ## Lint, type-check, and check shell scripts and Dockerfiles
	@toolchain/venv.sh app
	@.venv/bin/python -m ops.check

bench: venv ## Measure image sizes, deployment times and releases (BENCH_ARGS="--json FILE": keep the figures)
	@$(KTR) run python -m tests.bench $(BENCH_ARGS)

soak: venv ## Repeat what must hold each time, for about an hour (SOAK_ARGS="kill --count 5": a part)
	@$(KTR) run python -m tests.soak $(SOAK_ARGS)

docs: venv ## Write the reference of all settings anew
	@.venv/bin/python -m components.settings.reference docs/settings.md

lock: venv ## Pin the requirements anew (UPGRADE=1: to the newest versions)
	@toolchain/lock.sh $(if $(UPGRADE),--upgrade)
