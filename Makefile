# Each target does all it needs by itself, in .venv; the second time is quick.
PYTHON ?= python3
PYTEST_ARGS ?=
IN_PARALLEL := -n logical --maxprocesses 4 --dist worksteal
VENV ?= .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip --disable-pip-version-check --quiet install --no-compile
# The packages of an extra alone: to install it as one builds all kernels again.
extra = $$($(BIN)/python -c 'import tomllib; extras = tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]; print(*extras["$(1)"])')
# setuptools says so of ext-modules in pyproject.toml at every build. We know.
EXPERIMENTAL := ignore:`[tool.setuptools.ext-modules]`
# Where it is set, each process that a test starts would compile all that it imports.
export PYTHONDONTWRITEBYTECODE :=
KERNELS := $(shell find skhp -name '*.pyx' -o -name '*.pxd')
BUILT := skhp/_cyutility.abi3.so

.DEFAULT_GOAL := help
.PHONY: help demo test contract slow foreign reliability benchmarks doc lint build dist clean

help:  ## Show this
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1 \2/p' Makefile | awk '{ printf "  %s %-11s", $$1, $$2; $$1 = $$2 = ""; print }'

demo: $(VENV)/.built  ## Tune LightGBM on a dataset that scikit-learn ships
	$(BIN)/python -m skhp

test: $(VENV)/.built  ## Run the tests (PYTEST_ARGS="-k grid" runs some, "-n 0" one by one)
	$(BIN)/python -m pytest -m "not slow and not foreign and not contract" $(IN_PARALLEL) $(PYTEST_ARGS)

contract: $(VENV)/.built  ## Run scikit-learn's own tests, on ours
	$(BIN)/python -m pytest -m "contract and not slow" $(IN_PARALLEL) tests/contract $(PYTEST_ARGS)

slow: $(VENV)/.built  ## Run the tests that take seconds each: kills, clusters, notebooks
	$(BIN)/python -m pytest -m "slow and not foreign" $(IN_PARALLEL) $(PYTEST_ARGS)

foreign: $(VENV)/.foreign  ## Run the tests with other libraries (CatBoost, ConfigSpace, ...)
	$(BIN)/python -m pytest -m foreign $(IN_PARALLEL) $(PYTEST_ARGS)

reliability: $(VENV)/.built  ## Kill, interrupt and starve searches for half an hour; count what it costs
	$(BIN)/python -m tests.reliability --jobs 2 --kills 500 --forgeries 20000 --worker-deaths 120 --interrupts 1000 --full-disks 200

benchmarks: $(VENV)/.built  ## Run the benchmarks beside other libraries in their quickest form
	$(BIN)/python -m benchmarks --quick

doc: $(VENV)/.doc  ## Build the documentation as a site, in build/site
	$(BIN)/python -m sphinx -W --keep-going -q -d build/doctrees doc build/site
	$(BIN)/python doc/check_links.py build/site

lint: $(VENV)/.lint  ## Check style, types, kernels and spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy tests/typing/user_code.py
	PATH="$(CURDIR)/$(BIN):$$PATH" cython-lint --max-line-length=88 skhp
	$(BIN)/codespell skhp tests benchmarks doc README.md CHANGELOG.md CONTRIBUTING.md

build: $(VENV)/.built  ## Rebuild the kernels that changed

dist: $(VENV)/.dist  ## Build what is released and check it (PYTHONS="python3.11 python3.12": try it with each)
	PYTHON="$(PYTHON)" TOOLS="$(BIN)" .ci/dist

clean:  ## Remove the environment and all that was built
	rm -rf $(VENV) build dist *.egg-info
	find skhp -name '*.so' -delete

# The install builds all kernels; setuptools and Cython stay for later rebuilds.
$(VENV)/.installed: pyproject.toml setup.cfg
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("skhp needs Python 3.11 or newer. Try: make PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV): a minute or two, once ..."
	$(INSTALL) -e ".[test]" "setuptools>=84" "cython>=3.3"
	@# Of a checkout from before the stable ABI: Python would prefer them.
	find skhp -name '*.cpython-*.so' -delete
	touch $@

$(VENV)/.built: $(VENV)/.installed $(KERNELS)
	@# Not what the install has just built.
	if test ! -e $(BUILT) || find $(KERNELS) -newer $(BUILT) | grep -q .; then \
	    $(BIN)/python -W '$(EXPERIMENTAL)' -c "import setuptools; setuptools.setup()" --quiet build_ext --inplace; fi
	touch $@

$(VENV)/.foreign: $(VENV)/.built
	$(INSTALL) $(call extra,foreign)
	touch $@

$(VENV)/.doc: $(VENV)/.built
	$(INSTALL) $(call extra,doc)
	touch $@

$(VENV)/.lint: $(VENV)/.installed
	$(INSTALL) $(call extra,lint)
	touch $@

$(VENV)/.dist: $(VENV)/.installed
	$(INSTALL) $(call extra,dist)
	touch $@
