# Everything is set up by the targets themselves: `make run` and `make test` are all it takes.
PYTHON ?= python3.11
BIN = .venv/bin
HOST ?= 127.0.0.1
PORT ?= 8000
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# The tests are compiled once, not by every process that runs them.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run dev test test-sqlite test-postgres lint types templates migrations env messages bench lock clean

run: .venv/base.stamp  ## The demo city on http://127.0.0.1:8000
	$(BIN)/python locale/catalogue.py compile
	$(BIN)/python manage.py collectstatic --no-input -v0
	$(BIN)/python manage.py migrate -v0
	$(BIN)/python manage.py demo
	@echo "http://$(HOST):$(PORT)"
	$(BIN)/gunicorn anyang_ledger.wsgi --bind $(HOST):$(PORT) --workers 2 --threads 4 --timeout 120 --no-control-socket

dev: .venv/dev.stamp  ## The same with debug pages and reloading
	$(BIN)/python locale/catalogue.py compile
	$(BIN)/python manage.py migrate -v0
	DEBUG=1 $(BIN)/python manage.py runserver $(HOST):$(PORT)

test: lint types templates migrations test-sqlite test-postgres  ## All checks, on both databases

lint: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev.stamp
	$(BIN)/mypy .

templates: .venv/dev.stamp
	$(BIN)/djade --target-version 5.2 --check $$(git ls-files 'templates/*.html')

migrations: .venv/dev.stamp
	DATABASE_URL=sqlite://:memory: $(BIN)/python manage.py makemigrations --check --dry-run -v1

test-sqlite: .venv/dev.stamp
	$(BIN)/python locale/catalogue.py compile
	env -u DATABASE_URL VAR_DIR=var/test $(BIN)/pytest -n 2 --dist worksteal -q

test-postgres: .venv/dev.stamp
	$(BIN)/python locale/catalogue.py compile
	@url="$$($(BIN)/python tests/postgres.py)"; \
	if [ -n "$$url" ]; then DATABASE_URL="$$url" VAR_DIR=var/test $(BIN)/pytest -n 2 --dist worksteal -q -m "not browser and not once"; \
	else echo "No PostgreSQL on 127.0.0.1:5432 and no TEST_DATABASE_URL: tested on SQLite only."; fi

bench: .venv/dev.stamp  ## Speed, as ratios; see bench/README.md
	$(BIN)/python -m bench

env: .venv/dev.stamp  ## The virtual environment alone

.venv/base.stamp: requirements/base.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes -r requirements/base.txt
	touch $@

.venv/dev.stamp: requirements/dev.txt .venv/base.stamp
	$(BIN)/pip install --quiet --require-hashes -r requirements/dev.txt
	touch $@

messages: .venv/dev.stamp  ## Bring new texts into the Chinese catalogue
	$(BIN)/python locale/catalogue.py update

lock: .venv/dev.stamp  ## Lock the dependencies, with hashes and without addresses
	for name in base dev; do $(BIN)/uv pip compile --quiet --universal --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header --python-version 3.11 --upgrade \
	  requirements/$$name.in -o requirements/$$name.txt; done

clean:  ## The environment and the demo's data
	rm -rf .venv var
