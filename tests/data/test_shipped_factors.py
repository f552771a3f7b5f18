"""The shipped numbers: all there, each with a document, and they reproduce what others published with them."""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from greenfin.core.problems import Severity
from greenfin.core.units import ratio
from greenfin.reference.factors import resolve, resolve_in
from greenfin.reference.load import Reference, check, load

ROWS = {
    "grid.csv": 443,
    "fuels.csv": 294,
    "coal_consumption.csv": 44,
    "tce.csv": 86,
    "gwp.csv": 104,
    "operations.csv": 68,
    "project.csv": 65,
    "sector_intensity.csv": 83,
    "carbon_price.csv": 22,
    "facility.csv": 5,
}


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load()


def test_no_row_is_lost(reference: Reference) -> None:
    assert sum(ROWS.values()) == len(reference.factors.factors) == 1214
    assert dict(Counter(f.where.rpartition("/")[2].partition(":")[0] for f in reference.factors.factors)) == ROWS


def test_the_shipped_data_have_no_error() -> None:
    assert [p for p in check() if p.severity is Severity.ERROR] == []


def test_market_prices_are_no_factors(reference: Reference) -> None:
    prices = {f.id for f in reference.factors.factors if "carbon_price" in f.where}
    assert prices
    assert {reference.factors.quantities[id_].kind for id_ in prices} == {"price"}
    assert not prices & set(reference.factors.ids)


def test_keys_are_unique_and_found_again(reference: Reference) -> None:
    assert all(reference.factors.get(f.key) is f for f in reference.factors.factors)
    assert len({f.key for f in reference.factors.factors}) == 1214


def test_values_without_a_document_are_unverified_or_well_attested(reference: Reference) -> None:
    loose = [f for f in reference.factors.factors if f.source == "unsourced"]
    assert loose
    assert all(f.verified == "yes" or f.verified.startswith("no: ") for f in loose)


def test_notes_and_sources_name_no_repository(reference: Reference) -> None:
    private = re.compile(r"github|repositor|\brepo\b|from memory", re.IGNORECASE)
    assert [f.key for f in reference.factors.factors if private.search(f.note + f.locator + f.verified)] == []
    assert [s.id for s in reference.sources.values() if private.search(s.title_en + s.link + s.terms)] == []


def test_every_source_is_used_or_a_catalogue(reference: Reference) -> None:
    cited = {f.source for f in reference.factors.factors} | {c.source for c in reference.catalogues.values()}
    assert {"mee-2025-47", "pboc-2025-132", "ndrc-2019-293"} <= cited


def test_english_names_are_words_and_no_ids(reference: Reference) -> None:
    named = reference.factors.quantities.values()
    assert [q.id for q in named if not q.name_en[0].isupper() or q.name_en in q.id] == []


def test_every_reason_for_doubt_has_its_words_in_chinese(reference: Reference) -> None:
    from greenfin.messages.words import codes

    reasons = {f.verified.partition(": ")[2] for f in reference.factors.factors if not f.is_verified}
    assert [why for why in reasons if f"why.{why}" not in codes("zh")] == []


@pytest.mark.parametrize(("source", "day"), [("mee-2024-12", "2024-04-12"), ("mee-2024-33", "2024-12-26"), ("mee-2025-47", "2025-12-31")])
def test_announced_factors_apply_from_their_publication(reference: Reference, source: str, day: str) -> None:
    rows = [f for f in reference.factors.factors if f.source == source]
    assert len(rows) == 40
    assert {f.applies_from for f in rows} == {date.fromisoformat(day)}
    assert reference.sources[source].published_on == day


@pytest.mark.parametrize(
    ("year", "activity", "published"),
    [(2022, (27275, 282200, 514400), 16058.29), (2021, (30851.5, 256000, 449600), 17742.00)],
)
def test_chengdu_bank_is_rebuilt(reference: Reference, year: int, activity: tuple[float, float, float], published: float) -> None:
    """The bank's published total of a year from its electricity (MWh), gas (m3) and gasoline (L)."""
    mwh, gas_m3, gasoline_l = activity
    chosen = reference.factor_sets["chengdu-2012-central"]

    def value(id_: str, unit: str) -> float:
        regions = reference.regions.chain("510000", year)
        found = resolve_in(chosen, reference.factors, id_, regions=regions, on=date(year, 12, 31))
        assert found.factor is not None, id_
        return float(found.factor.value) * ratio(found.factor.unit, unit)

    def burned(fuel: str, ncv_unit: str) -> float:
        parts = value(f"fuel.{fuel}.ncv", ncv_unit) * value(f"fuel.{fuel}.cc", "tC/TJ") * value(f"fuel.{fuel}.ox", "1")
        return parts * 44 / 12

    gas = gas_m3 * burned("natgas", "TJ/Nm3")
    gasoline = gasoline_l * value("fuel.gasoline.density", "t/L") * burned("gasoline", "TJ/t")
    total = mwh * value("grid.avg", "tCO2/MWh") + gas + gasoline
    assert total == pytest.approx(published, rel=1e-4)


def test_the_national_set_takes_the_national_value(reference: Reference) -> None:
    chain = reference.regions.chain("CN-SC", 2025)
    found = resolve_in(reference.factor_sets["mee-national"], reference.factors, "grid.avg", regions=chain, on=date(2025, 12, 31))
    assert found.factor
    assert (found.factor.key, found.factor.value) == ("grid.avg@CN@2023@mee", Decimal("0.5306"))


def test_ids_resolve_without_an_edition_as_documented(reference: Reference) -> None:
    """Each id with a default gives one value for the country (or its only region), always the same."""
    for quantity in reference.factors.quantities.values():
        rows = reference.factors.by_id(quantity.id)
        regions = ("CN",) if any(f.region in ("CN", "GLOBAL") for f in rows) else (rows[0].region,)
        found = resolve(reference.factors, quantity.id, regions=regions, on=date(2026, 12, 31))
        assert (found.factor is None) == (quantity.default_editions == ("-",)), quantity.id


def test_numbers_are_text_in_the_files(reference: Reference) -> None:
    """A value keeps the digits it was printed with."""
    path = Path(reference.root) / "factors" / "values" / "grid.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        printed = [row["value"] for row in csv.DictReader(lines)]
    assert [str(f.value) for f in reference.factors.factors if "grid.csv" in f.where] == printed
