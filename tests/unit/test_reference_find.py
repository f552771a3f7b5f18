"""Finding a factor: near before wide, late before early, and how it was found is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from greenfin.reference.factors import Factor, FactorSet, Found, factor_json, found_json, resolve, resolve_in
from greenfin.reference.load import Reference, load
from greenfin.reference.regions import Region, Regions
from greenfin.reference.values import Factors, Quantity

GRID = "grid.avg"


def _quantity(**given: object) -> Quantity:
    base: dict[str, object] = {"kind": "annual", "grain": "province", "default_editions": (), "publishers": ()}
    return Quantity(id=GRID, unit="tCO2/MWh", name_zh="", name_en="", **(base | given))  # type: ignore[arg-type]


def _factor(region: str, year: int | None, value: str = "0.5", **given: object) -> Factor:
    base: dict[str, object] = {"edition": "", "publisher": "mee", "applies_from": None, "applies_until": None, "verified": "yes"}
    base |= {"source": "s", "locator": "", "gas": "CO2", "scope": "2", "name_zh": "", "name_en": "", "note": "", "where": "x.csv:2"}
    key = f"{GRID}@{region}@{year}@{given.get('edition') or given.get('publisher', 'mee')}"
    return Factor(key=key, id=GRID, region=region, value=Decimal(value), unit="tCO2/MWh", data_year=year, **(base | given))  # type: ignore[arg-type]


def _factors(*rows: Factor, **quantity: object) -> Factors:
    return Factors(rows, {GRID: _quantity(**quantity)}, {"CN-SC": ("CN-GRID-C", "CN-GRID-SW")})


def _find(factors: Factors, *regions: str, on: str = "2025-12-31", **given: object) -> Found:
    return resolve(factors, GRID, regions=regions, on=date.fromisoformat(on), **given)  # type: ignore[arg-type]


SICHUAN = ("CN-SC", "CN-GRID-SW", "CN")


def test_nearest_region_wins_over_a_later_year() -> None:
    found = _find(_factors(_factor("CN-SC", 2023), _factor("CN", 2025)), *SICHUAN)
    assert found.factor
    assert (found.factor.region, found.how) == ("CN-SC", ("earlier_year",))


def test_the_year_itself_is_exact() -> None:
    found = _find(_factors(_factor("CN-SC", 2025), _factor("CN-SC", 2024)), *SICHUAN)
    assert found.how == ("exact",)
    assert [(f.data_year, why) for f, why in found.passed_over] == [(2024, "older_year")]


def test_wider_region_and_earlier_year_are_both_said() -> None:
    found = _find(_factors(_factor("CN", 2023, verified="no: not seen")), *SICHUAN)
    assert found.how == ("parent_region", "earlier_year", "unverified")


@pytest.mark.parametrize(("year", "grid"), [(2020, "CN-GRID-C"), (2021, "CN-GRID-SW")])
def test_a_grid_region_counts_in_the_scheme_of_its_data_year(year: int, grid: str) -> None:
    wrong = "CN-GRID-SW" if grid == "CN-GRID-C" else "CN-GRID-C"
    found = _find(_factors(_factor(grid, year, "0.1"), _factor(wrong, year, "0.9")), *SICHUAN)
    assert found.factor
    assert (found.factor.region, found.factor.value) == (grid, Decimal("0.1"))
    assert found.passed_over == ()


def test_no_grid_value_unless_the_chain_asks_for_one() -> None:
    assert _find(_factors(_factor("CN-GRID-SW", 2023)), "CN-SC").factor is None


def test_a_value_of_the_grid_is_as_near_as_it_gets_where_none_is_finer() -> None:
    found = _find(_factors(_factor("CN-GRID-SW", 2025), grain="grid"), *SICHUAN)
    assert found.how == ("exact",)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"applies_from": date(2026, 1, 1)}, "not_yet_published"),
        ({"applies_until": date(2025, 12, 31)}, "no_longer_applies"),
        ({"edition": "draft"}, "other_edition"),
        ({"publisher": "ghgp"}, "other_publisher"),
    ],
)
def test_what_may_not_be_used_is_passed_over_with_the_reason(given: dict[str, object], reason: str) -> None:
    factors = _factors(replace(_factor("CN-SC", 2024), **given), _factor("CN", 2024), publishers=("mee",))  # type: ignore[arg-type]
    found = _find(factors, *SICHUAN)
    assert found.factor
    assert found.factor.region == "CN"
    assert [(f.region, why) for f, why in found.passed_over] == [("CN-SC", reason)]


def test_a_later_year_is_never_used() -> None:
    found = _find(_factors(_factor("CN-SC", 2026)), *SICHUAN)
    assert found.factor is None
    assert [why for _, why in found.passed_over] == ["later_year"]


def test_a_year_asked_for_and_only_that_year() -> None:
    factors = _factors(_factor("CN-SC", 2021), _factor("CN-SC", 2023))
    assert _find(factors, *SICHUAN, data_year=2022).how == ("earlier_year",)
    assert _find(factors, *SICHUAN, data_year=2022, exact_year=True).factor is None
    assert _find(factors, *SICHUAN, data_year=2021, exact_year=True).how == ("exact",)


def test_of_one_year_the_better_verified_then_the_publisher_listed_first() -> None:
    weak, strong = _factor("CN", 2025, publisher="cec", verified="no: x"), _factor("CN", 2025, publisher="ndrc", verified="one copy")
    found = _find(_factors(weak, strong, publishers=("cec", "ndrc")), "CN")
    assert found.factor is strong
    tie = _factor("CN", 2025, publisher="cec", verified="one copy")
    assert _find(_factors(strong, tie, publishers=("cec", "ndrc")), "CN").factor is tie


def test_default_editions_in_order_and_never_by_default() -> None:
    one, two = _factor("CN", None, "1", edition="a"), _factor("CN", None, "2", edition="b")
    standing = {"kind": "standing", "default_editions": ("b", "a")}
    assert _find(_factors(one, two, **standing), "CN").factor is two
    assert _find(_factors(one, two, **standing), "CN", edition="a").factor is one
    assert _find(_factors(one, kind="standing", default_editions=("-",)), "CN").factor is None


def test_a_value_from_abroad_is_said_to_be_one() -> None:
    factors = _factors(_factor("GB", 2025), kind="standing", grain="country")
    assert _find(factors, "CN", "GB").how == ("parent_region",)
    assert _find(factors, "CN").factor is None
    assert _find(factors, "GB").how == ("exact",)


def test_a_value_of_the_world_covers_every_place() -> None:
    assert _find(_factors(_factor("GLOBAL", 2013), kind="standing", grain="world"), *SICHUAN).how == ("exact",)


def test_unknown_ids_and_no_regions_find_nothing() -> None:
    assert resolve(_factors(), "no.such", regions=("CN",), on=date(2025, 1, 1)) == Found(None)
    assert _find(_factors(_factor("CN", 2025))).factor is None


def test_row_order_does_not_matter() -> None:
    rows = [_factor("CN", 2024, publisher=p) for p in ("c", "a", "b")]
    keys = {_find(_factors(*order), "CN").factor for order in (rows, rows[::-1], rows[1:] + rows[:1])}
    assert len(keys) == 1


# the shipped data


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load()


@pytest.mark.parametrize(
    ("place", "on", "key", "how"),
    [
        ("510100", "2025-12-31", "grid.avg@CN-SC@2023@mee", "earlier_year"),
        ("四川省", "2025-12-30", "grid.avg@CN-SC@2022@mee", "earlier_year"),
        ("CN-SC", "2024-12-25", "grid.avg@CN-SC@2021@mee", "earlier_year"),
        ("西藏自治区", "2025-12-31", "grid.avg@CN-GRID-SW@2023@mee", "parent_region+earlier_year"),
        ("", "2025-12-31", "grid.avg@CN@2023@mee", "earlier_year"),
        ("510000", "2019-12-31", "grid.avg@CN-SC@2016@mee", "earlier_year+unverified"),
    ],
)
def test_grid_average_for_a_place_and_a_day(reference: Reference, place: str, on: str, key: str, how: str) -> None:
    day = date.fromisoformat(on)
    found = resolve(reference.factors, GRID, regions=reference.regions.chain(place, day.year), on=day)
    assert found.factor
    assert (found.factor.key, "+".join(found.how)) == (key, how)


@pytest.mark.parametrize(
    ("id_", "place", "on", "key"),
    [
        (GRID, "CN", "2022-06-30", None),
        (GRID, "CN", "2024-04-11", None),
        (GRID, "CN", "2024-04-12", "grid.avg@CN@2021@mee"),
        (GRID, "CN", "2024-12-26", "grid.avg@CN@2022@mee"),
        (GRID, "CN", "2025-12-30", "grid.avg@CN@2022@mee"),
        (GRID, "540000", "2022-06-30", None),
        (GRID, "810000", "2025-12-31", None),
        (GRID, "150000", "2025-12-31", "grid.avg@CN-NM@2023@mee"),
        (GRID, "500000", "2024-04-11", "grid.avg@CN-CQ@2016@mee"),
        ("grid.lca", "CN", "2025-01-30", None),
        ("grid.lca", "CN", "2025-01-31", "grid.lca@CN@2023@mee"),
        ("grid.lca", "CN", "2025-10-24", "grid.lca@CN@2024@mee"),
        ("grid.om", "440000", "2020-12-28", "grid.om@CN-GRID-S@2018@mee"),
        ("grid.om", "440000", "2020-12-29", "grid.om@CN-GRID-S@2019@mee"),
    ],
)
def test_nothing_is_used_before_it_was_published(reference: Reference, id_: str, place: str, on: str, key: str | None) -> None:
    """Before the first announcement there is no national average, and nothing else stands in for it."""
    day = date.fromisoformat(on)
    found = resolve(reference.factors, id_, regions=reference.regions.chain(place, day.year), on=day)
    assert (found.factor.key if found.factor else None) == key


def test_passed_over_values_say_why_the_nearest_and_latest_first(reference: Reference) -> None:
    found = resolve(reference.factors, GRID, regions=SICHUAN, on=date(2025, 6, 30))
    assert [(f.key, why) for f, why in found.passed_over[:2]] == [
        ("grid.avg@CN-SC@2023@mee", "not_yet_published"),
        ("grid.avg@CN-SC@2021@mee", "older_year"),
    ]
    assert {why for f, why in found.passed_over if f.region == "CN" and f.data_year == 2022} == {"less_near"}


def test_margins_of_sichuan_are_those_of_the_old_central_grid(reference: Reference) -> None:
    chain = reference.regions.chain("CN-SC", 2025)
    assert chain[1] == "CN-GRID-SW"
    found = resolve(reference.factors, "grid.om", regions=chain, on=date(2025, 12, 31))
    assert found.factor
    assert found.factor.key == "grid.om@CN-GRID-C@2019@mee"


def test_the_carbon_market_value_is_no_grid_average(reference: Reference) -> None:
    values = {f.value for f in reference.factors.by_id(GRID)}
    assert Decimal("0.5703") not in values
    found = resolve(reference.factors, "grid.ets", regions=("CN",), on=date(2022, 12, 31))
    assert found.factor
    assert found.factor.value == Decimal("0.5703")


def test_a_set_may_choose_by_slot_and_another_id(reference: Reference) -> None:
    from greenfin.reference.factors import Choice

    chosen = FactorSet("mine", "", "", "", {"power": Choice(id="grid.ets"), GRID: Choice(region="CN")})
    on, regions = date(2025, 12, 31), SICHUAN
    by_slot = resolve_in(chosen, reference.factors, GRID, regions=regions, on=on, slot="power")
    by_id = resolve_in(chosen, reference.factors, GRID, regions=regions, on=on)
    without = resolve_in(None, reference.factors, GRID, regions=regions, on=on)
    assert [f.factor.key for f in (by_slot, by_id, without) if f.factor] == [
        "grid.ets@CN@2022@mee",
        "grid.avg@CN@2023@mee",
        "grid.avg@CN-SC@2023@mee",
    ]


def test_as_json(reference: Reference) -> None:
    found = resolve(reference.factors, GRID, regions=SICHUAN, on=date(2025, 12, 31))
    assert found.factor
    plain = found_json(found)
    assert plain["factor"] == factor_json(found.factor)
    assert (plain["found"], factor_json(found.factor)["value"]) == ("earlier_year", "0.1564")
    assert found_json(Found(None)) == {"factor": None, "found": "", "passed_over": []}


# regions


@pytest.mark.parametrize(
    ("place", "year", "chain"),
    [
        ("510100", 2021, ("CN-SC", "CN-GRID-SW", "CN")),
        ("510100", 2020, ("CN-SC", "CN-GRID-C", "CN")),
        ("重庆市", 2012, ("CN-CQ", "CN-GRID-C", "CN")),
        ("内蒙古自治区", 2025, ("CN-NM", "CN-GRID-N", "CN")),
        ("sichuan", 2025, ("CN-SC", "CN-GRID-SW", "CN")),
        ("５１００００", 2025, ("CN-SC", "CN-GRID-SW", "CN")),
        ("CN-XZ", 2012, ("CN-XZ", "CN")),
        ("CN-GRID-E", 2025, ("CN-GRID-E", "CN")),
        ("CN", 2025, ("CN",)),
        ("810000", 2025, ("HK",)),
        ("某地", 2025, ("CN",)),
        ("", 2025, ("CN",)),
        ("990000", 2025, ("CN",)),
    ],
)
def test_chain(reference: Reference, place: str, year: int, chain: tuple[str, ...]) -> None:
    assert reference.regions.chain(place, year) == chain


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("成都", "CN-SC"),
        ("苏州市工业园区", "CN-JS"),
        ("宿州", "CN-AH"),
        ("中国四川成都", "CN-SC"),
        ("海南", "CN-HI"),
        ("海南藏族自治州", "CN-QH"),
        ("恩施土家族苗族自治州", "CN-HB"),
        ("白银", "CN-GS"),
        ("中国", "CN"),
        ("朝阳区", None),
        ("南京路", None),
        ("", None),
    ],
)
def test_a_city_is_in_its_province_and_a_street_named_after_one_is_not(reference: Reference, place: str, code: str | None) -> None:
    assert reference.regions.find(place) == code


def test_province_and_name(reference: Reference) -> None:
    assert reference.regions.province("广西壮族自治区") == "CN-GX"
    assert reference.regions.province("CN-GRID-S") is None
    assert reference.regions.province("810000") is None
    assert reference.regions.name("CN-SC", "zh") == "四川"
    assert reference.regions.name("CN-SC", "en") == "Sichuan"
    assert reference.regions.name("XX", "en") == "XX"


def test_a_circle_of_parents_ends() -> None:
    regions = Regions({c: Region(c, "grid", "", c, c, p, p) for c, p in (("A", "B"), ("B", "A"))})
    assert regions.chain("A", 2025) == ("A", "B")
