# vmlab: `make help` lists what there is. Two commands matter: `make run` and `make test`.

PYTHON ?= python3
PORT ?= 8000
OUT ?= build/site
SHOTS ?= build/shots
BIN := .venv/bin
# Two workers: what the smallest machine has. Tests of one `xdist_group` share a worker.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadgroup --durations 15

.DEFAULT_GOAL := help
.PHONY: help setup run site test check test-long shots bench wheel notebooks catalogues clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

setup: ## make .venv with vmlab and everything it needs
	@PYTHON="$(PYTHON)" .ci/setup

site: setup ## build the static site into build/site (cached)
	@$(BIN)/vmlab site build --out $(OUT)

run: site ## build the site and serve it on http://127.0.0.1:8000 (PORT= changes it)
	@$(BIN)/vmlab serve --dir $(OUT) --port $(PORT)

check: setup ## style, types and layers, without the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check ## all checks and all tests, a real browser included
	@VMLAB_CHROMIUM="$$(.ci/browser)" && VMLAB_GDB="$$(.ci/debugger)" && export VMLAB_CHROMIUM VMLAB_GDB && $(PYTEST)

test-long: setup ## the long forms: a hundred thousand random states and more
	VMLAB_CHROMIUM="$$(.ci/browser)" VMLAB_GDB="$$(.ci/debugger)" VMLAB_LONG=1 $(PYTEST)

shots: setup ## picture every screen in each size, theme and language into build/shots
	@VMLAB_CHROMIUM="$$(.ci/browser)" && export VMLAB_CHROMIUM && $(BIN)/python -m tests.browser.shots --out $(SHOTS)

bench: setup ## measure speed and size, and print the figures
	@$(BIN)/python -m tests.bench

wheel: setup ## build dist/vmlab-*.whl
	@rm -rf dist
	$(BIN)/python -m build --wheel --no-isolation --outdir dist .

notebooks: setup ## make notebooks/ anew from lessons/
	@$(BIN)/python -m vmlab.course.notebooks

catalogues: setup ## find new strings, and compile vmlab/ui/locale/*.po
	@$(BIN)/python -m vmlab.ui.locale.make

clean: ## remove what was built (.venv and downloads stay)
	rm -rf build/site $(SHOTS) dist
