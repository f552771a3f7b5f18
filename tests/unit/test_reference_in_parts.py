"""The reference data are read part by part, when first asked for; what is read is checked whole."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from greenfin.core.problems import BadReference
from greenfin.reference.load import load, snapshot

GRID = "factors/values/grid.csv"
METHODS = "taxonomy/methods.csv"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The shipped data, to be broken."""
    snapshot(load(), tmp_path)
    return tmp_path


def _break(path: Path, was: str, becomes: str) -> None:
    text = path.read_text("utf-8")
    assert was in text
    path.write_text(text.replace(was, becomes, 1), "utf-8")


def test_a_broken_part_stops_what_asks_for_it_each_time_and_nothing_else(copy: Path) -> None:
    _break(copy / METHODS, "green-finance-2025", "green-finance-1925")
    reference = load(copy)
    assert reference.factors.factors
    assert reference.regions.by_code
    for _ in range(2):
        with pytest.raises(BadReference) as caught:
            assert reference.catalogues
        assert {p.code for p in caught.value.problems} == {"reference.edition_unknown"}
        assert {p.where for p in caught.value.problems} == {f"{METHODS}:2"}


def test_the_whole_tells_what_is_wrong_in_every_part(copy: Path) -> None:
    _break(copy / METHODS, "green-finance-2025", "green-finance-1925")
    _break(copy / GRID, "tCO2/MWh", "t/MWh")
    _break(copy / "taxonomy/green-finance-2025/rules.yaml", "verdict: ", "verdict: perhaps-")
    with pytest.raises(BadReference) as caught:
        load(copy).whole()
    assert {"reference.edition_unknown", "reference.unit_dimension", "reference.rule_field"} <= {p.code for p in caught.value.problems}


def test_a_part_given_stands_in_the_place_of_the_folders() -> None:
    reference = load()
    none = type(reference)(reference.root, given={"policies": {}, "fingerprint": "mine"})
    assert none.policies == {}
    assert none.fingerprint == "mine"
    assert none.regions == reference.regions


def test_the_fingerprint_is_taken_when_asked(copy: Path) -> None:
    reference = load(copy)
    assert reference.factors.factors
    assert "fingerprint" not in vars(reference)
    assert reference.fingerprint == load().fingerprint


def test_threads_that_ask_together_get_the_same_objects() -> None:
    fresh, together = type(load())(load().root), Barrier(4)

    def asked(_: int) -> tuple[int, int]:
        together.wait()
        return id(fresh.regions), id(fresh.factors)

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(asked, range(4)))) == 1


def test_data_that_change_after_they_were_read_do_not_change_the_fingerprint(copy: Path) -> None:
    reference = load(copy).whole()
    _break(copy / GRID, "tCO2/MWh", "t/MWh")
    assert reference.fingerprint == load().fingerprint
