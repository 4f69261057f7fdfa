# Two commands are all a new user needs: `make demo` and `make test`.
.DEFAULT_GOAL := help
BIN := .venv/bin
TYPED := cirrus_core cirrus_gui/state cirrus_gui/tools
WORKERS ?= 2

.PHONY: help setup demo test lint types imports tests bench pictures clean

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

setup:  ## create .venv and install what is needed (quick when repeated)
	@bash scripts/setup.sh

demo: setup  ## build the sample night, predict it, open the window
	$(BIN)/cirrus demo

test: setup lint types imports tests  ## everything that must hold before a change lands

lint:  ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:  ## static types
	$(BIN)/mypy $(TYPED)

imports:  ## who may import whom
	$(BIN)/lint-imports

tests:  ## all tests, with the coverage of the engine
	OMP_NUM_THREADS=1 $(BIN)/pytest -n $(WORKERS) --dist loadfile --cov=cirrus_core --cov-report=term:skip-covered

bench: setup  ## benchmarks; figures, never pass or fail
	$(BIN)/pytest benchmarks -o python_files='bench_*.py' --benchmark-only --benchmark-columns=median,iqr,rounds -p no:cacheprovider

pictures: setup  ## the screenshots and figures of README and docs
	$(BIN)/python scripts/make_pictures.py

clean:  ## remove the environment and all caches
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.*
