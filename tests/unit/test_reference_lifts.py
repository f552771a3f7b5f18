"""The documents that lift most of what the strict policy leaves blank; factors once frozen stay as they are."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from greenfin import example, pipeline
from greenfin.cli.main import app_of
from greenfin.core.problems import Problem, warning
from greenfin.reference.fingerprint import fingerprint
from greenfin.reference.lifts import Lift, lifts
from greenfin.reference.load import Reference, load, snapshot
from greenfin.run_folder import open_run, save
from greenfin.verify import verify

GRID = "factors/values/grid.csv"


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load()


def _blanks(reference: Reference) -> Iterator[Problem]:
    doubted = [factor for factor in reference.factors.factors if not factor.is_verified]
    sources = list(dict.fromkeys(factor.source for factor in doubted))
    several, one = sources[0], sources[1]
    for factor in [f for f in doubted if f.source == several][:3]:
        yield warning("reference.strict_blanks", factor.where, id=factor.id, region=factor.region, key=factor.key, methods="-")
    alone = next(f for f in doubted if f.source == one)
    yield warning("reference.strict_blanks", alone.where, id=alone.id, region=alone.region, key=alone.key, methods="M-000, CBRC-PWR")
    yield warning("reference.another", "", key=alone.key)


def test_what_stops_most_methods_comes_first(reference: Reference) -> None:
    found = lifts(reference, _blanks(reference))
    assert [lift.methods for lift in found] == [("M-000", "CBRC-PWR"), ()]
    assert len(found[0].factors) == 1
    assert len({found[0].source, found[1].source}) == 2
    assert lifts(reference, []) == ()


def test_every_blank_value_has_its_document_in_the_answer() -> None:
    done = CliRunner().invoke(app_of("check-data"), ["check-data", "--policy", "strict", "--json"])
    said = json.loads(done.stdout)
    listed = [Lift(d["source"], tuple(d["factors"]), tuple(d["methods"])) for d in said["documents"]]
    blank = [p["params"] for p in said["problems"] if p["code"] == "reference.strict_blanks"]
    assert sorted(factor for lift in listed for factor in lift.factors) == sorted(f"{p['id']}@{p['region']}" for p in blank)
    ranks = [(-len(lift.methods), -len(lift.factors)) for lift in listed]
    assert ranks == sorted(ranks)


def _grow(root: Path) -> None:
    """One more value in the file of grids, of a year to come."""
    lines = (root / GRID).read_text("utf-8").splitlines()
    cells = next(csv.reader([lines[-1]]))
    cells[6] = "2099"
    with (root / GRID).open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(cells)


def test_a_snapshot_keeps_its_factors_when_one_is_added_later(tmp_path: Path) -> None:
    snapshot(load(), tmp_path)
    old = load(tmp_path)
    assert old.factors.factors == load().factors.factors
    assert old.fingerprint == load().fingerprint
    _grow(tmp_path)
    new = load(tmp_path.rename(tmp_path.with_name("grown")))
    assert len(new.factors.factors) == len(old.factors.factors) + 1
    assert new.fingerprint != old.fingerprint


@pytest.mark.slow
def test_a_run_made_before_a_factor_was_added_stays_as_it_is(tmp_path: Path) -> None:
    data, run = tmp_path / "data", tmp_path / "run"
    snapshot(load(), data)
    save(pipeline.run(example.files(), pipeline.Options(policy="working"), as_of=example.AS_OF, reference=load(data)), run)
    _grow(data)
    assert verify(run).same
    assert open_run(run).record["made_of"]["reference"] == load().fingerprint != fingerprint(data)
