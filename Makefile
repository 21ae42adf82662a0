# `make` lists the targets. Each one does all of its own set-up, in .venv (or .venv-lint and others
# for one purpose each), and repeats nothing that is still right: what was done is noted by empty
# files in build/stamps.

PYTHON ?= python3
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# What is slow is parallel inside (AUTOGRAD_C_JOBS), and two targets must not compile one object.
.NOTPARALLEL:

ROOT := $(CURDIR)
VENV := $(ROOT)/.venv
LINT := $(ROOT)/.venv-lint
PEERS := $(ROOT)/.venv-peers
DOCS := $(ROOT)/.venv-docs
PY := $(VENV)/bin/python
LINT_PY := $(LINT)/bin/python
PEERS_PY := $(PEERS)/bin/python
DOCS_PY := $(DOCS)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check install --quiet
LINT_PIP := $(LINT_PY) -m pip --disable-pip-version-check install --quiet
PEERS_PIP := $(PEERS_PY) -m pip --disable-pip-version-check install --quiet
DOCS_PIP := $(DOCS_PY) -m pip --disable-pip-version-check install --quiet

# release, profile, debug, sanitize, thread or coverage: see tools/engine.py
KIND := $(or $(AUTOGRAD_C_BUILD),release)
export AUTOGRAD_C_BUILD := $(KIND)
# A wheel is built from the source distribution in another folder; the objects stay in this one.
export AUTOGRAD_C_BUILD_DIR := $(ROOT)/build
# Whatever runs an installed package must not see the tree's.
unexport PYTHONPATH

# Arguments to add: make pytest PYTEST_ARGS="-k nesting", make bench BENCH_ARGS="--json out.json"
PYTEST_ARGS ?=
BENCH_ARGS ?=
PYTHONS_ARGS ?=
# What `make test` builds the engine's own tests as.
ENGINE_KINDS ?= release debug

STAMPS := build/stamps
# The empty folder in which tests and programs run, so that `import autograd_c` is the installed one.
RUN := build/run
DIST := build/dist-$(KIND)
PYTEST_IN = cd $(RUN) && $(1) -m pytest -c $(ROOT)/pyproject.toml --rootdir $(ROOT)
PYTEST = $(call PYTEST_IN,$(PY))

find = $(sort $(shell find $(1) -type f -not -path '*/__pycache__/*' -not -path '*/.*' 2>/dev/null))
ENGINE := $(call find,csrc)
PACKAGE := $(filter-out %.so %.pyd,$(call find,autograd_c))
BUILD_FILES := pyproject.toml setup.py MANIFEST.in README.md LICENSE tools/engine.py \
	tools/tracebacks.py
WHEEL_SOURCES := $(BUILD_FILES) $(PACKAGE) $(ENGINE)
TEST_SOURCES := $(call find,tests)
OTHER_SOURCES := $(call find,bench docs examples tools)

# A file that was removed leaves nothing newer behind, so the list of files is itself a file.
$(shell mkdir -p $(STAMPS) $(RUN))
$(shell printf '%s\n' $(WHEEL_SOURCES) > build/wheel-sources.new; \
	cmp -s build/wheel-sources.new build/wheel-sources \
	|| cp build/wheel-sources.new build/wheel-sources; rm build/wheel-sources.new)
$(shell printf '%s\n' $(TEST_SOURCES) $(OTHER_SOURCES) > build/test-sources.new; \
	cmp -s build/test-sources.new build/test-sources \
	|| cp build/test-sources.new build/test-sources; rm build/test-sources.new)

# What is noted in build/ about an environment is void when the environment has gone, and a wheel
# of another kind replaces the installed one.
$(shell test -x $(PY) || rm -f $(STAMPS)/tools-* $(STAMPS)/installed-*)
$(shell test -x $(LINT_PY) || rm -f $(STAMPS)/lint $(STAMPS)/lint-*)
$(shell test -x $(PEERS_PY) || rm -f $(STAMPS)/peers $(STAMPS)/peers-*)
$(shell test -x $(DOCS_PY) || rm -f $(STAMPS)/docs $(STAMPS)/docs-*)

.PHONY: help
help: ## list these targets
	@echo "make TARGET, where TARGET is one of:"
	@sed -nE 's/^([a-z-]+):.*## (.*)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18
	@echo
	@echo "Build kinds (AUTOGRAD_C_BUILD=...): release profile debug sanitize thread coverage"

# ---------------------------------------------------------------- environments

$(PY):
	$(PYTHON) -m venv $(VENV)

# tools-scipy and the like install what pyproject.toml names under [build-system] or an extra.
$(STAMPS)/tools-%: pyproject.toml | $(PY)
	@echo "installing what '$*' needs into .venv"
	$(PY) tools/requirements.py $* > build/requirements-$*.txt
	$(PIP) -r build/requirements-$*.txt
	@touch $@

$(LINT_PY):
	$(PYTHON) -m venv $(LINT)

# Its NumPy is pinned, and not the one that programs run with.
$(STAMPS)/lint: pyproject.toml | $(LINT_PY)
	@echo "installing formatters and checkers into .venv-lint"
	$(LINT_PY) tools/requirements.py lint > build/requirements-lint.txt
	$(LINT_PIP) -r build/requirements-lint.txt
	@touch $@

# ---------------------------------------------------------------- build and install

$(DIST)/.made: $(WHEEL_SOURCES) build/wheel-sources $(STAMPS)/tools-build
	@echo "building the wheel ($(KIND)) from the source distribution"
	rm -rf $(DIST) && mkdir -p $(DIST)
	$(PY) -m build --no-isolation --outdir $(DIST) . 2>&1 | tee build/build.log \
		| awk '/^\[[0-9]+\// { print; fflush() }' || { tail -n 100 build/build.log; exit 1; }
	@! grep -n '^warning: no .* found ' build/build.log # of MANIFEST.in
	$(PY) tools/check_wheel.py $(DIST)/*.whl
	@touch $@

$(STAMPS)/installed-$(KIND): $(DIST)/.made
	rm -f $(STAMPS)/installed-*
	$(PIP) --force-reinstall --no-deps $(DIST)/*.whl
	cd $(RUN) && $(PY) $(ROOT)/tools/check_installed.py
	@touch $@

.PHONY: wheel
wheel: $(DIST)/.made $(STAMPS)/lint ## build the source distribution and the wheel, and say where it runs
	@ls -l $(DIST)
	@if [ "$$(uname)" = Linux ]; then $(LINT)/bin/auditwheel show $(DIST)/*.whl; fi

.PHONY: install
install: $(STAMPS)/installed-$(KIND) ## build the wheel and install it into .venv

.PHONY: dist
dist: $(STAMPS)/tools-build ## the same as a stranger would, in isolation and from nothing, into dist/
	env -u AUTOGRAD_C_BUILD_DIR $(PY) -m build .

.PHONY: develop
develop: $(STAMPS)/tools-build $(STAMPS)/tools-test $(STAMPS)/lint ## editable install into .venv, with all tools
	rm -f $(STAMPS)/installed-*
	$(PIP) --no-build-isolation --no-deps --editable .
	@echo "now: . .venv/bin/activate; after a change of C++ or Cython: make develop again"

# ---------------------------------------------------------------- demo

.PHONY: demo
demo: $(STAMPS)/installed-$(KIND) ## build, install, run the notebook cell by cell, then a micro-benchmark
	cd $(RUN) && $(PY) $(ROOT)/tools/run_notebook.py $(ROOT)/examples/gradient_tape.ipynb
	cd $(RUN) && $(PY) -m autograd_c --seconds 60

.PHONY: gallery
gallery: $(STAMPS)/installed-$(KIND) $(STAMPS)/tools-gallery ## run the programs of the gallery, and draw the pictures of its page
	cd $(RUN) && $(PY) $(ROOT)/tools/make_gallery.py $(ROOT)/docs/gallery

# ---------------------------------------------------------------- test

PARTS := lint engine types notebook doctest pytest sets recorded
.PHONY: test
test: $(PARTS:%=$(STAMPS)/test-%-$(KIND)) ## build, install, run every test there is against the installed wheel
	@echo
	@echo "All parts passed with the files as they are: $(PARTS)."
	@echo "(What has not changed since it passed is not run again; make retest runs all of it.)"
	@tail -n 1 build/pytest-$(KIND).log

.PHONY: retest
retest: ## the same, and nothing is taken as passed
	rm -f $(STAMPS)/test-*
	$(MAKE) test

# In this order when they run one after another.
$(STAMPS)/test-lint-$(KIND): $(WHEEL_SOURCES) $(TEST_SOURCES) $(OTHER_SOURCES) .clang-format \
		build/wheel-sources build/test-sources $(STAMPS)/lint
	$(MAKE) --no-print-directory lint
	@touch $@

$(STAMPS)/test-engine-$(KIND): $(ENGINE) $(filter tests/csrc/%,$(TEST_SOURCES)) \
		build/wheel-sources build/test-sources tools/engine.py $(STAMPS)/tools-build
	$(MAKE) --no-print-directory engine-tests
	@touch $@

$(STAMPS)/test-notebook-$(KIND): $(STAMPS)/installed-$(KIND) $(call find,examples) \
		tools/run_notebook.py
	@for each in $(ROOT)/examples/*.ipynb; do \
		(cd $(RUN) && $(PY) $(ROOT)/tools/run_notebook.py --quiet $$each); done
	@touch $@

$(STAMPS)/test-doctest-$(KIND): $(STAMPS)/installed-$(KIND) $(STAMPS)/tools-test
	$(PYTEST) -q --doctest-modules --pyargs autograd_c || test $$? = 5
	@touch $@

$(STAMPS)/test-types-$(KIND): $(DIST)/.made $(STAMPS)/lint tests/package/test_stubs.py tests/conftest.py
	$(MAKE) --no-print-directory types
	@touch $@

$(STAMPS)/test-pytest-$(KIND): $(STAMPS)/installed-$(KIND) $(STAMPS)/tools-test \
		$(TEST_SOURCES) $(OTHER_SOURCES) build/test-sources
	$(MAKE) --no-print-directory pytest
	@touch $@

$(STAMPS)/test-sets-$(KIND): $(STAMPS)/installed-$(KIND) $(STAMPS)/tools-test \
		$(TEST_SOURCES) build/test-sources
	$(MAKE) --no-print-directory sets
	@touch $@

$(STAMPS)/test-recorded-$(KIND): $(STAMPS)/installed-$(KIND) $(STAMPS)/tools-test \
		$(TEST_SOURCES) build/test-sources
	$(MAKE) --no-print-directory recorded
	@touch $@

.PHONY: types
types: $(DIST)/.made $(STAMPS)/lint ## what type checkers see of the installed package
	$(LINT_PIP) --force-reinstall --no-deps $(DIST)/*.whl
	$(call PYTEST_IN,$(LINT_PY)) $(ROOT)/tests/package/test_stubs.py

.PHONY: pytest
pytest: $(STAMPS)/installed-$(KIND) $(STAMPS)/tools-test ## the Python tests alone
	cd $(RUN) && $(PY) $(ROOT)/tools/check_installed.py
	$(PYTEST) $(ROOT)/tests $(PYTEST_ARGS) | tee $(ROOT)/build/pytest-$(KIND).log

# All other tests run with the widest set, and with libmvec where there is one.
NARROWER_SETS := from autograd_c.core import _core; print(*_core.available_instruction_sets()[:-1])
SETS_TESTS := $(ROOT)/tests/functions/test_operations.py $(ROOT)/tests/functions/test_reductions.py \
	-k "value or large or sums or products or any_size or low_precision or of_rows or moduli"
.PHONY: sets
sets: $(STAMPS)/installed-$(KIND) $(STAMPS)/tools-test ## the operations' tests with each instruction set, and without libmvec
	@cd $(RUN); sets=$$($(PY) -c "$(NARROWER_SETS)"); for set in $$sets; do \
		echo "AUTOGRAD_C_ISA=$$set"; \
		(export AUTOGRAD_C_ISA=$$set; cd $(ROOT); $(PYTEST) --quiet $(SETS_TESTS)); done
	@echo "AUTOGRAD_C_VECTOR_MATH=none"
	@export AUTOGRAD_C_VECTOR_MATH=none; $(PYTEST) --quiet $(SETS_TESTS)

# Of operations each function is recorded, of tapes and transformations each test (tests/recorded.py).
# Other files of systematic tests can be given, too.
RECORDED_TESTS := $(ROOT)/tests/functions/test_operations.py $(ROOT)/tests/core $(ROOT)/tests/transforms
.PHONY: recorded
recorded: $(STAMPS)/installed-$(KIND) $(STAMPS)/tools-test ## tests of operations, tapes and transformations, recorded by tf.function
	@echo "AUTOGRAD_C_FUNCTION=1"
	@export AUTOGRAD_C_FUNCTION=1; $(PYTEST) --quiet $(RECORDED_TESTS)

.PHONY: engine-tests
engine-tests: $(PY) ## the engine's own tests alone, compiled without Python
	$(PY) tools/engine.py $(ENGINE_KINDS:%=--kind %)

# Long: everything is compiled twice and runs several times slower. Of Python's tests only those of
# tapes, rules, tensors and threads run (tools/sanitize.py).
.PHONY: sanitize
sanitize: $(STAMPS)/tools-build $(STAMPS)/tools-test ## the engine's tests, and Python ones of tapes and threads, under sanitizers
	$(PY) tools/engine.py --kind sanitize --kind thread
	$(PY) tools/sanitize.py thread $(PYTEST_ARGS)
	$(PY) tools/sanitize.py sanitize $(PYTEST_ARGS)

.PHONY: pythons
pythons: $(DIST)/.made ## wheel and Python tests with every CPython from 3.10 on that is on this machine
	$(PY) tools/pythons.py $(PYTHONS_ARGS) $(DIST)/*.tar.gz

.PHONY: portability
portability: $(PY) ## the engine's tests with the other compilers that are on this machine
	$(PY) tools/portability.py

.PHONY: coverage
coverage: $(PY) ## which lines of the engine its own tests run
	find build/objects -name '*.gcda' -delete 2>/dev/null || true
	$(PIP) gcovr
	$(PY) tools/engine.py --kind coverage
	$(PY) -m gcovr --root . --filter csrc/ build/objects/coverage-*

.PHONY: fuzz
fuzz: $(STAMPS)/installed-$(KIND) $(STAMPS)/tools-test ## the property tests, for much longer
	$(PYTEST) $(ROOT)/tests/fuzz $(ROOT)/tests/control/test_function_programs.py \
		$(ROOT)/tests/control/test_function_columns.py \
		$(ROOT)/tests/saved/test_random_paths.py $(PYTEST_ARGS)
	@if [ -e $(STAMPS)/peers ]; then \
		$(MAKE) --no-print-directory compare PYTEST_ARGS="-k test_random_programs $(PYTEST_ARGS)"; \
	else echo "not compared with PyTorch, JAX and TensorFlow: make compare installs them"; fi
fuzz: export AUTOGRAD_C_FUZZ := long
fuzz: export AUTOGRAD_C_PROGRAMS := 20000

# ---------------------------------------------------------------- lint

# The operation tables (*.def) are set in columns by hand.
CXX_FILES := $(filter %.cpp %.h %.inl,$(ENGINE) $(filter tests/csrc/%,$(TEST_SOURCES)))

.PHONY: lint
lint: $(STAMPS)/lint ## formatters, linters and the type checker
	$(LINT)/bin/ruff check .
	$(LINT)/bin/ruff format --check .
	$(LINT)/bin/clang-format --dry-run --Werror $(CXX_FILES)
	$(LINT)/bin/mypy

.PHONY: format
format: $(STAMPS)/lint ## let the formatters have their way
	$(LINT)/bin/ruff check --fix --exit-zero .
	$(LINT)/bin/ruff format .
	$(LINT)/bin/clang-format -i $(CXX_FILES)

.PHONY: stubs
stubs: $(STAMPS)/installed-$(KIND) ## write the type stubs that follow from the operation table
	cd $(RUN) && $(PY) $(ROOT)/tools/make_stubs.py

# ---------------------------------------------------------------- benchmarks and peers

.PHONY: bench
bench: $(STAMPS)/installed-$(KIND) $(STAMPS)/tools-bench ## the benchmarks, with Python and NumPy to compare
	$(PY) -m bench $(BENCH_ARGS)

$(PEERS_PY):
	$(PYTHON) -m venv $(PEERS)

$(STAMPS)/peers: pyproject.toml | $(PEERS_PY)
	@echo "installing PyTorch, TensorFlow, JAX and others into .venv-peers: about 2 GB"
	$(PEERS_PIP) torch==2.13.0
	$(PEERS_PIP) tensorflow-cpu jax autograd mygrad numba casadi
	$(PEERS_PY) tools/requirements.py test bench > build/requirements-peers.txt
	$(PEERS_PIP) -r build/requirements-peers.txt
	@touch $@

$(STAMPS)/peers-installed-$(KIND): $(DIST)/.made $(STAMPS)/peers
	rm -f $(STAMPS)/peers-installed-*
	$(PEERS_PIP) --force-reinstall --no-deps $(DIST)/*.whl
	cd $(RUN) && $(PEERS_PY) $(ROOT)/tools/check_installed.py
	@touch $@

.PHONY: bench-peers
bench-peers: $(STAMPS)/peers-installed-$(KIND) ## the benchmarks against PyTorch, TensorFlow, JAX and others (2 GB)
	$(PEERS_PY) -m bench $(BENCH_ARGS)

.PHONY: compare
compare: $(STAMPS)/peers-installed-$(KIND) ## the tests that compare results with TensorFlow's, PyTorch's and JAX's
	cd $(RUN) && $(PEERS_PY) -m pytest -c $(ROOT)/pyproject.toml --rootdir $(ROOT) \
		$(ROOT)/tests/compare $(PYTEST_ARGS)

# ---------------------------------------------------------------- documentation

$(DOCS_PY):
	$(PYTHON) -m venv $(DOCS)

$(STAMPS)/docs: pyproject.toml | $(DOCS_PY)
	@echo "installing Sphinx into .venv-docs"
	$(DOCS_PY) tools/requirements.py docs > build/requirements-docs.txt
	$(DOCS_PIP) -r build/requirements-docs.txt
	@touch $@

$(STAMPS)/docs-installed-$(KIND): $(DIST)/.made $(STAMPS)/docs
	rm -f $(STAMPS)/docs-installed-*
	$(DOCS_PIP) --force-reinstall --no-deps $(DIST)/*.whl
	cd $(RUN) && $(DOCS_PY) $(ROOT)/tools/check_installed.py
	@touch $@

# Warnings are errors, but all of them are shown.
.PHONY: docs
docs: $(STAMPS)/docs-installed-$(KIND) ## the documentation with a reference of all names, into build/docs
	rm -rf build/docs
	cd $(RUN) && $(DOCS_PY) $(ROOT)/tools/docs/stage.py
	cd $(RUN) && $(DOCS_PY) -m sphinx --fail-on-warning --keep-going --fresh-env --quiet \
		-c $(ROOT)/tools/docs -d $(ROOT)/build/docs-trees $(ROOT)/build/docs-source $(ROOT)/build/docs
	@echo "build/docs/index.html"

# ---------------------------------------------------------------- clean

.PHONY: clean
clean: ## remove what was built; the environments stay
	rm -rf build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find autograd_c bench tests tools -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
	rm -f autograd_c/core/_core*.so

.PHONY: distclean
distclean: clean ## remove the environments too
	rm -rf .venv .venv-*
