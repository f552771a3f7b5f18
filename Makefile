# Thin: every target calls a tool; no logic lives here.
UV := .venv/bin/uv
RUN := $(UV) run --frozen --no-sync

.PHONY: demo test ui check bench fmt setup fonts example

.venv/.ready: pyproject.toml uv.lock
	python3 -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check uv
	$(UV) sync --frozen --quiet
	touch .venv/.ready

setup: .venv/.ready

demo: setup
	$(RUN) greenfin demo --out demo

test: setup
	$(RUN) pytest -m "not desktop and not slow" -n auto

ui: setup
	$(RUN) greenfin ui --example build/example

check: setup
	$(RUN) bash .ci/check

bench: BENCH ?= --hour
bench: setup
	-$(UV) pip install --quiet --no-deps --target build/bench-libraries -r benchmarks/libraries.txt
	$(RUN) python benchmarks/all.py --with build/bench-libraries $(BENCH)

fmt: setup
	$(RUN) ruff format .
	$(RUN) ruff check --fix .

example: setup
	$(RUN) python examples/small_bank/make_book.py

fonts: setup
	$(RUN) python .ci/make_fonts.py
