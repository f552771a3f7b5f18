"""Fixtures of several kinds of tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from greenfin.store.opening import Store
from tests.store_places import ENGINES, StorePlace, new_place


@pytest.fixture(params=ENGINES)
def store_place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StorePlace]:
    """An unused place for a store, once on each engine."""
    with new_place(request.param, tmp_path) as place:
        yield place


@pytest.fixture
def store(store_place: StorePlace) -> Iterator[Store]:
    """An empty store of this release, once on each engine."""
    opened = store_place.open()
    yield opened
    opened.engine.dispose()
