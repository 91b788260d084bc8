# Everything a newcomer or a maintainer types. Each target makes what it needs and says what it did.
#   make demo [BAG=path]   upload a drive to a local server and look at what arrived
#   make serve [PORT=n]    leave a local server running, with its web app
#   make web               build the web app; needs npm, and is part of demo, serve and test where there is one
#   make wheel             build what is published, web app included, in dist
#   make docs              the client's API reference, in build/docs
#   make test              all tests: lint, types, unit, contract, end to end, real ROS 2
PYTHON ?= python3
VENV ?= .venv
ROS_VENV ?= .venv-ros
ROS_PYTHON ?= python3.11
RESULTS ?= build/test-results
PORT ?= 8420
DATA ?= demo-data
PIP = -m pip install --quiet --disable-pip-version-check

.PHONY: demo serve web wheel test lint test-core test-web test-originals test-ros test-python bench docs clean

demo: $(VENV)/.all web
	@$(VENV)/bin/scenebox demo --data $(DATA) $(if $(BAG),--bag '$(BAG)')

serve: $(VENV)/.all web
	@$(VENV)/bin/scenebox serve --data $(DATA)/server --port $(PORT)

# npm puts into the package what the server sends to browsers.
WEB = scenebox_ros/server/web/static
NPM ?= $(shell command -v npm)
web: $(if $(NPM),$(WEB)/index.html)
	$(if $(NPM),,@echo 'npm is not installed: the server goes without its web app')

$(WEB)/index.html: $(wildcard web/*.* web/src/*.* web/src/*/*.*)
	@echo 'building the web app'
	@cd web && '$(NPM)' ci --silent --no-audit --no-fund && '$(NPM)' run --silent build

wheel: $(VENV)/.test
	$(MAKE) web NPM='$(or $(NPM),npm)'
	$(VENV)/bin/python -m build --outdir dist

test: lint test-core test-web test-originals test-ros

# ROS's own linters are Debian packages: run where they are installed; AMENT=required insists.
AMENT ?= $(shell command -v ament_flake8)
lint: $(VENV)/.test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(if $(AMENT),.ci/ament_lint,@echo 'ament linters are not installed: skipped')

test-core: $(VENV)/.test
	$(VENV)/bin/python -m pytest -m 'not ros' --ignore test/ros --ignore test/launch --ignore test/web \
	  -n auto --dist loadfile --junitxml $(RESULTS)/core.xml

# The web app in a real browser: run where Chromium is installed; CHROMIUM=required insists.
CHROMIUM ?= $(shell command -v chromium || command -v google-chrome)
test-web: $(VENV)/.test web
	$(if $(CHROMIUM),$(VENV)/bin/python -m pytest -q -n auto --dist loadfile --junitxml $(RESULTS)/web.xml test/web,@echo 'Chromium is not installed: skipped')

# Both generations of the original client against our server; they run on Python 3.11 at most.
test-originals: $(VENV)/.test
	mkdir -p build
	PYTHON=$(ROS_PYTHON) .ci/original_clients >build/originals.env
	env $$(cat build/originals.env) $(VENV)/bin/python -m pytest -q -n auto --dist worksteal \
	  --junitxml $(RESULTS)/originals.xml test/contract/test_original_sessions.py \
	  test/contract/test_original_clients.py

test-ros: $(ROS_VENV)/.installed
	test/ros/run.sh $(ROS_VENV)

# The tests without ROS on another interpreter: make test-python PYTHON=python3.13 VENV=.venv-3.13
test-python: $(VENV)/.test
	$(VENV)/bin/python -m pytest -q -m 'not ros and not packaging and not e2e' \
	  --ignore test/ros --ignore test/launch --ignore test/web -n auto --dist loadfile

bench: $(VENV)/.test
	for script in bench/*.py; do echo "== $$script"; $(VENV)/bin/python $$script || exit 1; done

# The client's reference, of its docstrings; a warning is an error.
docs: $(VENV)/.test
	$(VENV)/bin/python -m sphinx -q -W --keep-going docs/reference build/docs
	@echo 'open build/docs/index.html'

clean:
	rm -rf $(VENV) $(ROS_VENV) .venv-3.* build dist *.egg-info web/node_modules $(WEB)

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# The checkout itself is what runs, so that an edit counts at once. ROS needs a real install (below).
$(VENV)/.all: setup.py | $(VENV)/bin/python
	@echo 'installing scenebox_ros into $(VENV) (a minute the first time)'
	@$(VENV)/bin/python $(PIP) --editable '.[all]'
	@touch $@

$(VENV)/.test: setup.py requirements-test.txt $(VENV)/.all
	$(VENV)/bin/python $(PIP) -r requirements-test.txt
	@touch $@

$(ROS_VENV)/.installed: setup.py requirements-ros.txt test/ros/build_tf2_msgs $(shell git ls-files scenebox_ros launch config scripts)
	test -x $(ROS_VENV)/bin/python || $(ROS_PYTHON) -m venv $(ROS_VENV)
	$(ROS_VENV)/bin/python $(PIP) -r requirements-ros.txt '.[all]'
	$(ROS_VENV)/bin/python $(PIP) --force-reinstall --no-deps .
	@if command -v cmake >/dev/null && command -v g++ >/dev/null; then \
	  test -d $(ROS_VENV)/share/tf2_msgs || test/ros/build_tf2_msgs $(ROS_VENV); \
	else echo 'no cmake or g++: tests with tf2_msgs are skipped'; fi
	@touch $@
