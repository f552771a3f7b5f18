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
	$(RUN) greenfin ui --run demo

check: setup
	$(RUN) bash .ci/check

bench: setup
	$(RUN) python benchmarks/run.py
	$(RUN) python benchmarks/names.py
	$(RUN) python benchmarks/tag.py
	$(RUN) python benchmarks/measure.py

fmt: setup
	$(RUN) ruff format .
	$(RUN) ruff check --fix .

example: setup
	$(RUN) python examples/small_bank/make_book.py

fonts: setup
	$(RUN) python .ci/make_fonts.py
