# `make` alone lists the targets. Each target installs what it needs by itself; CI calls the same ones.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CLIENTS := $(VENV)/clients/github
export UV_CACHE_DIR ?= $(CURDIR)/$(VENV)/cache
GROUPS := receiver generate publish dashboard embedded bootstrap fuzz audit clients
# Four workers for two processors: many tests wait for browsers and servers.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 4
SECONDS := 600

.DEFAULT_GOAL := help
.PHONY: help install browser demo up doctor setup model test test-end-to-end test-references test-outside chaos live rehearsal bench eval fuzz fuzz-short
.PHONY: audit workflows lint format
.PHONY: errors requirements clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' | awk -F'|' '{printf "  make %-15s %s\n", $$1, $$2}'

install: $(VENV)/installed ## make the .venv that all targets share

$(VENV)/installed: requirements/dev.txt requirements/bootstrap.txt
	@echo "Installing into $(VENV) (needed once) ..."
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON). Likely cause: Python is not installed, or has another name. Next step: install Python 3.11 or later, or say its name: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit("Pagewright needs Python 3.11 or later; this is " + sys.version.split()[0] + ". Next step: install a later one, and say its name: make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m embedded.install $(VENV)

browser: install ## find Chrome or Chromium, or install Chromium (as root, on Debian and Ubuntu)
	@$(BIN)/python -m embedded.browser

demo: install ## the whole main job on the embedded GitHub, with a live progress display
	@$(BIN)/python -m embedded demo $(ARGS) $(if $(MODEL),--model $(MODEL))

up: install ## keep the embedded system up, for a browser and for your own tasks; ARGS="--port N --data DIR"
	@$(BIN)/python -m embedded up --human $(ARGS) $(if $(MODEL),--model $(MODEL))

doctor: install ## look at your own set-up on GitHub: tokens, secrets, workflows, model, receiver; ARGS=--json
	@$(BIN)/python -m doctor $(ARGS)

setup: install ## set secrets, variables, workflows and Pages of your runner repository through GitHub's API
	@$(BIN)/python -m doctor setup

model: install ## fetch a small real language model (1.1 GB) for make up MODEL=... and make demo MODEL=...
	@$(BIN)/python -m embedded.model.fetch .models

test: install browser ## the tests of each part, with real browsers, git and HTTP
	@$(PYTEST) --ignore=tests/end_to_end -m "not references and not live" $(ARGS)

test-end-to-end: install browser ## whole tasks, from a request to its callback, and every command of the documents
	@$(PYTEST) -m "not outside" tests/end_to_end $(ARGS)

test-references: install browser ## each check of the sample tasks, on a reference solution and on an unrelated page
	@$(BIN)/python -m pytest -m references $(ARGS)

test-outside: install browser ## agents and an orchestrator's client from outside, through their whole cycles: 3 minutes
	@$(BIN)/python -m pytest -m outside $(ARGS)

live: install ## the first day on the real GitHub with the real Gemini; needs a disposable account (docs/first-run.md)
	@$(BIN)/python -m pytest -m live -x -p no:randomly tests/live $(ARGS)

rehearsal: install browser ## the same on the embedded GitHub: 3 builds, about a minute
	@$(BIN)/python -m tests.live $(ARGS)

chaos: install ## kill each process at each request and under every fault, run again, check the end (hours); ARGS="--seconds N"
	@$(BIN)/python -m tests.chaos $(ARGS)

bench: install browser ## what the checks add to a build, and how fast the dashboard of 10,000 tasks is
	@$(BIN)/python -m bench.overhead
	@$(BIN)/python -m bench.receiver
	@$(BIN)/python -m bench.dashboard $(ARGS)

eval: install browser ## the sample tasks against a model: make eval MODEL=... ARGS="--baseline single-shot"
	@$(BIN)/python -m bench.eval $(if $(MODEL),--model $(MODEL)) $(ARGS)

fuzz: install $(VENV)/fuzz/installed ## inputs that nobody thought of, for every reader and the API; SECONDS=600
	@$(BIN)/python -m tests.fuzz --seconds $(SECONDS) $(ARGS)
	@$(BIN)/python -m tests.fuzz.api --seconds $$(( $(SECONDS) / 5 + 1 ))

fuzz-short: install ## a minute of it, always with the same inputs; CI runs it
	@$(BIN)/python -m tests.fuzz --seconds 60 --seed 1 --examples 200 --patience 5

audit: install workflows $(VENV)/audit/installed ## workflow checks, secrets in the whole history, known vulnerabilities
	@$(BIN)/python -m tests.audit

# Tools that nothing else needs have an environment of their own.
$(VENV)/fuzz/installed $(VENV)/audit/installed $(VENV)/clients/installed: $(VENV)/%/installed: requirements/%.txt $(VENV)/installed
	@$(BIN)/python -m embedded.install $(VENV)/$* $*

# Where npm's registry cannot be reached, GitHub's parser reads no workflow and its clients test nothing: that is said.
$(CLIENTS)/node_modules: $(VENV)/clients/installed tests/github_clients/package-lock.json
	@mkdir -p $(CLIENTS) && cp tests/github_clients/* $(CLIENTS)
	@PATH="$(CURDIR)/$(VENV)/clients/bin:$$PATH" NODE_OPTIONS=--use-system-ca npm ci --prefix $(CLIENTS) --no-audit --no-fund --loglevel=error --ignore-scripts --fetch-retries 1 >/dev/null || { rm -rf $@; echo "npm could not install GitHub's own clients: its parser reads no workflow, and their tests are skipped." >&2; }

workflows: install $(CLIENTS)/node_modules
	@$(BIN)/zizmor --quiet --offline --strict-collection --no-progress --persona auditor .github action templates/site/pages.yml
	@[ ! -d $(CLIENTS)/node_modules ] || { cp tests/github_clients/*.mjs $(CLIENTS) && $(VENV)/clients/bin/node $(CLIENTS)/workflows.mjs .github/workflows/*.yml templates/site/pages.yml; }

lint: install workflows ## ruff, mypy strict, workflow checks
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python -m mypy

format: install ## let ruff put the code in order
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

errors: install ## write docs/errors.md again from the code
	@$(BIN)/python -m tests.unit.error_index

requirements: install ## lock the dependency groups of pyproject.toml again
	@$(BIN)/uv pip compile $(UPGRADE) --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --group pyproject.toml:dev -o requirements/dev.txt
	@for group in $(GROUPS); do $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header -c requirements/dev.txt --group pyproject.toml:$$group -o requirements/$$group.txt || exit 1; done

clean: ## remove what make made, except the model in .models
	@rm -rf $(VENV) .data .mypy_cache .ruff_cache .pytest_cache
