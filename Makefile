# Needs make and a Python >= 3.11 (PYTHON=... picks one). Everything else is installed into .venv.

VENV := .venv
BIN := $(VENV)/bin

# Processes that the tests run in.
WORKERS ?= 2
# Examples per test of the official suite: in `make test`, and in `make conformance`, the gate of a release.
TEST_EXAMPLES ?= 50
EXAMPLES ?= 300
# For example --require, which fails where the official suite cannot be had instead of counting it as skipped.
CONFORMANCE_FLAGS ?=

# A python3.x on the path may be a shim for a version that is not selected, so each is tried, and only when needed.
RUNS := -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p $(RUNS) >/dev/null 2>&1 && { echo $$p; break; }; done)

# The clients' newest releases want a newer Python than apitensor does.
CLIENTS_PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 $$HOME/.pyenv/versions/3.1[2-9].*/bin/python; do \
	$$p $(RUNS) >/dev/null 2>&1 && { echo $$p; break; }; done)

.PHONY: help demo test test-clients test-peers test-gpu gallery docs bench conformance gradients clean

help:
	@echo "make demo         train a small network on handwritten digits"
	@echo "make test         lint, types, walls, unit tests, and the official suite with TEST_EXAMPLES=$(TEST_EXAMPLES)"
	@echo "make conformance  the official suite with EXAMPLES=$(EXAMPLES)"
	@echo "make gradients    the table of derivatives: every function, every mode, against differences"
	@echo "make test-clients the tests of SciPy, scikit-learn and others on apitensor; writes docs/clients.md"
	@echo "make gallery      programs through other libraries, with gradients; writes docs/through-libraries.md"
	@echo "make test-peers   linalg and fft beside PyTorch and JAX, values and gradients"
	@echo "make test-gpu     everything on a CUDA device (first put CuPy into .venv); writes docs/gpu-results.md"
	@echo "make docs         build the documentation into site/"
	@echo "make bench        run the benchmarks"
	@echo "make clean        remove everything that these made"

demo: $(VENV)/examples
	$(BIN)/python examples/digits.py

test: $(VENV)/test $(VENV)/examples
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy tests/test_typing.py
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n $(WORKERS)
	$(BIN)/python -m tests.conformance --max-examples $(TEST_EXAMPLES) -n $(WORKERS) $(CONFORMANCE_FLAGS)

# Ten minutes and more. The libraries are pinned by the extra `clients` in an environment of their own; torch, if it is put there
# (.venv-clients/bin/pip install torch), runs the same tests for comparison.
test-clients: $(VENV)-clients/installed
	$(VENV)-clients/bin/python -m tests.clients -n $(WORKERS) $(CLIENTS_FLAGS)

# PyTorch is put there by hand, as its builds differ: .venv/bin/pip install torch. A peer that is missing is skipped, and says so.
test-peers: $(VENV)/test $(VENV)/bench
	$(BIN)/python -m pytest -m peers

gallery: $(VENV)-clients/installed
	$(VENV)-clients/bin/python -m tests.gallery

# CuPy is put there by hand, as its builds differ: .venv/bin/pip install 'cupy-cuda12x[ctk]', or wheels brought along; `ctk` brings
# CUDA's libraries where there is a driver only. PyTorch too, which the timings stand beside: .venv/bin/pip install torch.
# An interpreter that has everything installed, apitensor too, needs no .venv and no network: GPU_PYTHON=python3.
# STAGES picks some of the stages (python -m tests.gpu --help lists them); the page keeps what the others found before.
GPU_PYTHON ?= $(BIN)/python
STAGES ?=
test-gpu: $(if $(filter $(BIN)/python,$(GPU_PYTHON)),$(VENV)/test)
	$(GPU_PYTHON) -m tests.gpu --workers $(WORKERS) $(STAGES)

conformance: $(VENV)/test
	$(BIN)/python -m tests.conformance --max-examples $(EXAMPLES) -n $(WORKERS) $(CONFORMANCE_FLAGS)

gradients: $(VENV)/test
	$(BIN)/python -m tests.gradients

docs: $(VENV)/docs
	$(BIN)/python -m mkdocs build --strict

bench: $(VENV)/bench
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) $(VENV)-clients build dist site .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache \
		digits-learning-curve.png
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Each extra is installed once, and again when pyproject.toml changes; the file says that it is.
$(VENV)/bench $(VENV)/examples $(VENV)/test $(VENV)/docs: $(VENV)/%: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable ".[$*]"
	@touch $@

$(VENV)-clients/installed: pyproject.toml
	test -x $(@D)/bin/python || $(or $(CLIENTS_PYTHON),$(PYTHON)) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --editable ".[clients]"
	@touch $@

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "apitensor needs Python 3.11 or newer with venv and pip; set PYTHON=..."; exit 1; }
	@$(PYTHON) $(RUNS) || { echo "$(PYTHON) is no Python 3.11 or newer with venv and pip"; exit 1; }
	$(PYTHON) -m venv $(VENV)
