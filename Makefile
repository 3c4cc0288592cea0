# `make` alone lists the targets. Each target installs what it needs by itself; CI calls the same ones.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export UV_CACHE_DIR := $(CURDIR)/$(VENV)/cache
GROUPS := receiver generate publish dashboard embedded bootstrap

.DEFAULT_GOAL := help
.PHONY: help install browser demo up model test test-references bench eval lint format requirements clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' | awk -F'|' '{printf "  make %-13s %s\n", $$1, $$2}'

install: $(VENV)/installed ## make the .venv that all targets share

$(VENV)/installed: requirements/dev.txt requirements/bootstrap.txt
	@echo "Installing into $(VENV) (needed once) ..."
	@$(PYTHON) -c 'import sys; sys.exit("Pagewright needs Python 3.11 or later; this is " + sys.version.split()[0] + ". Say which one: make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements/dev.txt
	@touch $@

browser: install ## find Chrome or Chromium, or install Chromium (as root, on Debian and Ubuntu)
	@$(BIN)/python -m embedded.browser

demo: install ## the whole main job on the embedded GitHub, with a live progress display
	@$(BIN)/python -m embedded demo $(if $(MODEL),--model $(MODEL))

up: install ## keep the embedded system up, for a browser and for your own tasks
	@$(BIN)/python -m embedded up --human $(if $(MODEL),--model $(MODEL))

model: install ## fetch a small real language model (1.1 GB) for make up MODEL=... and make demo MODEL=...
	@$(BIN)/python -m embedded.model.fetch .models

test: install browser ## all tests that need no account
	@$(BIN)/python -m pytest -n 2 -m "not references and not live" $(ARGS)

test-references: install browser ## each check of the sample tasks, on a reference solution and on an unrelated page
	@$(BIN)/python -m pytest -m references $(ARGS)

bench: install browser ## what the checks add to a build, and how fast the dashboard of 10,000 tasks is
	@$(BIN)/python -m bench.overhead
	@$(BIN)/python -m bench.receiver
	@$(BIN)/python -m bench.dashboard $(ARGS)

eval: install browser ## the sample tasks against a model: make eval MODEL=... ARGS="--baseline single-shot"
	@$(BIN)/python -m bench.eval $(if $(MODEL),--model $(MODEL)) $(ARGS)

lint: install ## ruff, mypy strict, workflow checks
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/zizmor --quiet --offline --strict-collection --no-progress --persona auditor .github action templates/site/pages.yml

format: install ## let ruff put the code in order
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

requirements: install ## lock the dependency groups of pyproject.toml again
	@$(BIN)/uv pip compile $(UPGRADE) --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --group pyproject.toml:dev -o requirements/dev.txt
	@for group in $(GROUPS); do $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header -c requirements/dev.txt --group pyproject.toml:$$group -o requirements/$$group.txt || exit 1; done

clean: ## remove what make made
	@rm -rf $(VENV) .data .mypy_cache .ruff_cache .pytest_cache
