"""The page of own operations: months by site with what lacks and what is odd, the footprint as ``greenfin footprint`` has it."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from greenfin import ingest
from greenfin.core.problems import Refused
from greenfin.footprint.standing import Case
from greenfin.footprint.uses import Question, used
from greenfin.reference.load import Reference, load
from greenfin.ui.views import operations as views
from greenfin.ui.views.operations_grid import Grid, grid, kinds, years

ON = date(2025, 12, 31)
TARGET = {"targets.1.base_year": "2020", "targets.1.base_emission": "900 吨", "targets.1.reduction": "40%", "targets.1.target_year": "2030"}
OFFSET = {"offsets.1.kind": "CCER", "offsets.1.quantity": "10 吨", "offsets.1.year": "2025"}


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load()


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> views.Own:
    """Two sites: one in ten thousands, one without July and with a bill ten thousand times the others."""
    lines = ["场所,地区,月份,种类,数量,单位"]
    for month in range(1, 13):
        lines.append(f"总行,成都,2025-{month:02d},外购电力,{20 + month},万千瓦时")
        lines.append(f"总行,成都,2025-{month:02d},天然气,{900 + month},立方米")
        if month != 7:
            quantity = 500_000_000 if month == 9 else 50_000 + month
            lines.append(f"分行,南京,2025-{month:02d},外购电力,{quantity},千瓦时")
    lines += [f"总行,成都,2025-{month:02d},人数,200,人" for month in range(1, 13)]
    place = tmp_path_factory.mktemp("own") / "ops.csv"
    place.write_text("\n".join(lines), "utf-8")
    read = ingest.read_operations(place)
    return views.Own(read.value.operations, {**TARGET, **OFFSET}, tuple(read.problems), ON)


@pytest.fixture(scope="module")
def counted(own: views.Own, reference: Reference) -> views.Counted:
    return views.counted(own, Question(2025, ON), reference)


def _grid(counted: views.Counted, item: str = "electricity") -> Grid:
    missing = counted.shown["coverage"]["missing"]
    return grid(counted.case, item, year=2025, missing=missing, problems=counted.problems, lang="zh")


def test_the_footprint_is_that_of_the_command(own: views.Own, counted: views.Counted, reference: Reference) -> None:
    expected = used(own.operations, Question(2025, ON), texts=own.texts, reference=reference).value
    assert dict(counted.shown) == expected


def test_years_and_kinds_that_there_are(own: views.Own) -> None:
    assert years(own.operations) == (2025,)
    assert kinds(own.operations, 2025)[:2] == ("electricity", "natural_gas")
    assert kinds(own.operations, 2024) == ()


def test_units_of_one_kind_are_told_in_one(counted: views.Counted) -> None:
    found = _grid(counted)
    assert found.unit == "兆瓦时"
    rows = dict(found.rows)
    assert rows["总行"][0].text == "210.000"  # as many decimals as the figures below it
    assert rows["分行"][0].text == "50.001"


def test_a_month_without_a_bill_and_a_bill_in_doubt_are_marked(counted: views.Counted) -> None:
    months = dict(_grid(counted).rows)["分行"]
    assert {number: month.mark for number, month in enumerate(months, 1) if month.mark} == {7: "missing", 9: "doubt"}
    assert months[6].said
    assert months[8].said


def test_remarks_name_the_cell(counted: views.Counted) -> None:
    remarks = _grid(counted).remarks
    (doubt,) = (one for one in remarks if one.month == 9)
    assert doubt.severity == "error"
    assert doubt.cell.startswith("ops.csv!")
    assert any(one.site == "分行" and "7" in one.words for one in remarks)
    assert not any(one.site == "总行" and one.month for one in remarks)


def test_a_kind_without_anything_odd_has_no_remarks(counted: views.Counted) -> None:
    assert [one for one in _grid(counted, "natural_gas").remarks if one.severity != "info"] == []


def test_scopes_and_intensities_in_words(counted: views.Counted) -> None:
    scopes = {line.words: line.value for line in views.scopes(counted.shown, "zh")}
    assert set(scopes) >= {"范围一", "范围二（基于位置）", "合计（范围一、二）"}
    whole = counted.shown["total"]["value"]
    assert scopes["合计（范围一、二）"] == f"{whole:,.2f} 吨二氧化碳当量"
    (head,) = views.intensities(counted.shown, "zh")
    assert head.words == "人均"


def test_months_of_the_picture_add_up_to_the_scopes(counted: views.Counted) -> None:
    first = sum(float(str(row["value"])) for row in views.months(counted.drawn, "zh") if row["scope"] == "范围一")
    assert first == pytest.approx(counted.shown["scopes"]["1"]["value"])


def _number(words: str) -> float:
    return float(words.replace(",", ""))


@pytest.mark.parametrize(
    ("quantities", "decimals"),
    [([59.16, 68.491, 286.2], 3), ([12, 300, 4], 0), ([0.0004, 0.00125], 5), ([50.001, 5e5, 0], 3), ([2.5e7, 1.25e6], 0), ([0.0], 0)],
)
def test_a_column_of_figures_has_the_same_decimals(quantities: list[float], decimals: int, own: views.Own, reference: Reference) -> None:
    rows = own.operations.filter(pc.equal(own.operations["item"], "natural_gas")).slice(0, len(quantities))
    changed = rows.set_column(rows.column_names.index("quantity"), "quantity", pa.array(quantities, pa.float64()))
    found = grid(Case(changed, reference, ON), "natural_gas", year=2025, missing={}, problems=(), lang="zh")
    ((_, months),) = found.rows
    told = [month.text for month in months if month.text]
    assert {len(text.partition(".")[2]) for text in told} == {decimals}
    assert [float(text.replace(",", "")) for text in told] == pytest.approx(quantities, rel=1e-5)


def test_a_target_has_a_path_and_stands(counted: views.Counted) -> None:
    ((measure, wanted, actual, gap, ahead, ahead_gap, stands),) = views.targets(counted.shown, "zh")
    assert measure == "排放总量（吨二氧化碳当量）"
    assert wanted == "720.00"
    assert _number(actual) - 720 == pytest.approx(_number(gap))
    assert _number(ahead) - 720 == pytest.approx(_number(ahead_gap))
    assert _number(ahead) > _number(actual)  # July has no bill, September's is in doubt
    assert stands == ("全年预计不高于目标" if _number(ahead_gap) <= 0 else "全年预计高于目标")
    assert "分行 外购电力 7、9月" in views.expected(counted.shown, "zh")
    ((_, unit, points),) = views.paths(counted.drawn, "en")
    assert unit == "tCO₂e"
    assert {str(point["year"]) for point in points if point["series"] == "target path"} == {str(year) for year in range(2020, 2031)}


def test_credits_without_proof_are_no_neutrality(counted: views.Counted) -> None:
    lines, statement = views.neutral(counted.shown, "zh")
    assert len(lines) == 5
    assert statement


def test_a_published_total_is_explained(own: views.Own, counted: views.Counted, reference: Reference) -> None:
    total = counted.shown["total"]["value"]
    found = views.counted(own, Question(2025, ON, published=f"{total:.2f}吨"), reference)
    best = views.explained(found.shown, "zh")[0]
    assert best.value == f"{total:,.2f}"
    assert {part[0] for part in best.parts} == {"外购电力", "天然气"}
    assert f"{total:,.2f}" in views.usual(found.shown, "zh")
    assert views.explained(counted.shown, "zh") == ()


def test_what_the_items_emit_or_that_they_are_not_counted(counted: views.Counted) -> None:
    rows = views.items_of(counted.shown, "zh")
    assert {site for site, *_ in rows} == {"总行", "分行"}
    assert any(row[1] == "天然气" and row[2] == "范围一" for row in rows)


def test_no_bills_at_all(reference: Reference, own: views.Own) -> None:
    empty = views.Own(own.operations.slice(0, 0), {}, (), ON)
    found = views.counted(empty, Question(2025, ON), reference)
    assert views.scopes(found.shown, "zh") == ()
    assert views.targets(found.shown, "zh") == ()
    assert _grid(found).rows == ()


def test_an_uploaded_sheet_is_read_and_its_name_leads_nowhere() -> None:
    data = "场所,地区,月份,种类,数量,单位\n总行,成都,2025-01,外购电力,20,万千瓦时\n".encode()
    found = views.read_file(data, "../../ops.csv")
    assert found.operations["source_cell"].to_pylist() == ["ops.csv!E2"]


@pytest.mark.parametrize("data", [b"", b"\x00\x01", "列一,列二\n1,2\n".encode()])
def test_a_sheet_without_bills_is_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        views.read_file(data, "ops.csv")
