# `make demo` runs the main job on embedded real data; `make test` passes the tests. Both set up what they
# need in .venv, from nothing but Python 3.11 or newer, pip and make.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check coverage lint types wheel model benchmark clean

# Two processes test at once, and work on small matrices: threads of each would stand in the other's way.
test check coverage: export OMP_NUM_THREADS = 1
test check coverage: export OPENBLAS_NUM_THREADS = 1

demo: .venv/base
	$(BIN)/phasecall demo

test: .venv/dev
	$(BIN)/python -m pytest -n 2 --dist worksteal

# What continuous integration runs.
check: lint types test
	$(MAKE) demo wheel

# What the tests reach: half as long again as the tests alone.
coverage: .venv/dev
	$(BIN)/python -m pytest -n 2 --dist worksteal --cov --cov-fail-under=88

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev
	$(BIN)/mypy

# Build the wheel, and try it where nothing else of ours is.
wheel: .venv/dev
	rm -rf dist build
	$(BIN)/python -m build
	$(PYTHON) -m venv build/bare
	build/bare/bin/python -m pip install --quiet dist/*.whl
	cd build && bare/bin/phasecall --help && bare/bin/phasecall demo -o bare-demo

# Train the shipped networks anew, put them into the package, and renew what is measured on them.
model: .venv/dev
	$(BIN)/phasecall pretrain -o build/default --restart
	cp build/default/model.onnx src/phasecall/data/phasecall.onnx
	cp build/default/model.keras src/phasecall/data/phasecall.keras
	$(BIN)/phasecall train -o build/model --restart --test
	cp build/model/model.onnx src/phasecall/data/reference.onnx
	cp build/model/model.keras src/phasecall/data/reference.keras
	$(BIN)/phasecall demo -o build/demo
	head -n 200 build/demo/calls.tsv > tests/golden/demo_calls.tsv
	cp build/demo/figures/wheel.svg docs/wheel.svg

# Judge all methods on all tracks: hours, and it goes on where it was cut off. PHASECALL_DATA names the folder of
# the public data; without the extras 'peers' and 'hydra' (pip install '.[peers,hydra]') rivals are skipped.
benchmark: .venv/dev
	$(BIN)/phasecall benchmark --jobs 2 -o build/benchmark
	mkdir -p benchmarks/results
	cp build/benchmark/tracks.tsv build/benchmark/tracks.md benchmarks/results
	$(BIN)/python benchmarks/readme.py

.venv/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "phasecall needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	touch $@

.venv/base: .venv/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

.venv/dev: .venv/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[dev,train,formats,anndata,frames,web]'
	touch $@ .venv/base

clean:
	rm -rf .venv build dist phasecall-demo
