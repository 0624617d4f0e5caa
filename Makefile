# `make help` lists the targets. Each makes .venv first, and installs what it needs.
.DEFAULT_GOAL := help
.PHONY: help report test lint check bench clean
PYTHON ?= python3
bin := .venv/bin
# The tests run on all cores.
pytest := $(bin)/python -m pytest -n auto --dist worksteal
# Each test runs on one: NumPy's own threads would take turns with the other tests.
export OPENBLAS_NUM_THREADS ?= 1

.venv/prepared: pyproject.toml constraints.txt scripts/prepare
	PYTHON=$(PYTHON) scripts/prepare

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

report: .venv/prepared ## the classic example as HTML and PDF, in output/
	$(bin)/derive report --net 2-2-2

test: .venv/prepared ## every test that this machine allows; what is left out is listed at the end
	$(pytest)

lint: .venv/prepared ## style, types and the directions of imports
	$(bin)/ruff check .
	$(bin)/ruff format --check .
	$(bin)/mypy
	$(bin)/lint-imports

check: lint ## that, the tests with branch coverage, and whether they notice what is said wrongly
	PYTEST_ADDOPTS=--cov $(MAKE) test
	$(bin)/python scripts/mutations.py

bench: .venv/prepared ## seconds and memory of the commands
	$(bin)/python -m benchmarks

clean: ## remove what was made, but not output/
	rm -rf .venv build dist .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
