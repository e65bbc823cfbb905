# Every target sets up what it needs, in .venv and nowhere else. `make` alone prints this file's targets.

.DEFAULT_GOAL := help
.PHONY: help demo test check mutants bench soak chaos simulate faults format reference languages screenshots clean

# In an empty environment (env -i) the path of the system is meant; Python must see it to know where it is.
export PATH := $(or $(PATH),/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)

BIN := .venv/bin
STAMP := .venv/.set-up
CODE := src tests $(wildcard examples) $(wildcard benchmarks)

help: ## print this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | while IFS='|' read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

demo: $(STAMP) ## run the inventory example, live: web process, host process, a crash, a check (KEEP=1, SERVE=1)
	@$(BIN)/python -m examples.inventory.demo

test: check ## check, then run every test (PYTEST_ARGS="-k word" narrows it)
	@$(BIN)/python -m pytest -n 2 --dist loadgroup $(PYTEST_ARGS)

check: $(STAMP) ## format, lint, types and the floors of the house
	@echo "format"  && $(BIN)/ruff format --check --quiet $(CODE) || { echo "mend it with: make format"; exit 1; }
	@echo "lint"    && $(BIN)/ruff check --quiet $(CODE)
	@echo "mypy"    && $(BIN)/mypy --no-error-summary
	@echo "pyright" && $(BIN)/pyright
	@echo "imports" && $(BIN)/lint-imports --no-logo

mutants: $(STAMP) ## break the product, small bug by small bug: the tests of each row of the guide must notice (ROWS="7 15")
	@$(BIN)/python -m tests.mutants.run $(ROWS)

bench: $(STAMP) ## measure speed beside other systems and the raw limits of the machine
	@$(BIN)/python -m benchmarks.run $(BENCH_ARGS)

soak: $(STAMP) ## minutes under fire on both stores, with rate and memory drawn (MINUTES=30, SOAK_ARGS="--store sqlite --seed 7")
	@$(BIN)/python -m tests.faults.soak --minutes $(or $(MINUTES),5) $(SOAK_ARGS)

chaos: $(STAMP) ## one scenario after the other, and a table of its numbers (SECONDS=300, CHAOS_ARGS="kills --store postgres")
	@$(BIN)/python -m tests.faults.chaos --seconds $(or $(SECONDS),60) $(CHAOS_ARGS)

simulate: $(STAMP) ## let hosts live on a clock of their own: thousands of lives, each drawn from a seed (SEEDS=1000, SIMULATE_ARGS="--seed 7")
	@$(BIN)/python -W ignore -m tests.simulation --seeds $(or $(SEEDS),1000) $(SIMULATE_ARGS)

faults: $(STAMP) ## run the fault suite, and write its table into docs/explain/correctness.md (RUNS=3)
	@$(BIN)/python -m tests.faults.table $(or $(RUNS),1)

languages: $(STAMP) ## bring the catalogues of the dashboard up to date with its texts, and compile them
	@$(BIN)/python -m tests.dashboard.languages

screenshots: $(STAMP) ## take the pictures of the dashboard that the documentation shows, from a real running system
	@$(BIN)/python -m tests.dashboard.screenshots

format: $(STAMP) ## format the code, and mend what the linter can mend
	@$(BIN)/ruff check --fix --quiet $(CODE) || true
	@$(BIN)/ruff format $(CODE)

reference: $(STAMP) ## write the generated pages of docs/reference anew
	@$(BIN)/python -m tests.architecture.guide_rows
	@$(BIN)/python -m tests.architecture.settings_page
	@$(BIN)/python -m tests.architecture.state_page
	@$(BIN)/python -m tests.architecture.cli_page
	@$(BIN)/python -m tests.architecture.doctor_page
	@$(BIN)/python -m tests.architecture.schedules_page
	@$(BIN)/python -m tests.architecture.abp_parity
	@$(BIN)/python -m tests.bad_input.errors_page

clean: ## remove what was built or cached, and .venv
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .demo dist build
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): pyproject.toml .ci/set-up
	@.ci/set-up
	@touch $@
