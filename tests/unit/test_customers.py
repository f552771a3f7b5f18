"""Likely green customers, and the commands over lists of names."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from greenfin.cli.main import app
from greenfin.core.columns import table_of
from greenfin.core.records import Book
from greenfin.customers import NAME, likely_green
from greenfin.messages import codes
from greenfin.reference.load import load

DAY = date(2025, 12, 31)
REFERENCE = load()
LIST = """客户编号,客户名称,统一社会信用代码,所属行业,主营业务,绿色收入占比,两高标识
C1,绿源新能源科技有限公司,,5161,煤炭批发；新能源汽车充电桩运营,,否
C2,川光光伏科技有限公司,,3825,光伏组件、太阳能电池片的研发、生产和销售,80%,否
C3,西部煤业有限公司,,0610,原煤开采、洗选及销售,,是
C4,成都碧水环保有限公司,,4620,城镇污水处理；污泥处理处置,,否
C5,清洁新能源贸易有限公司,,,,,
C6,张三,,,,,
"""


def ranked(rows: list[dict[str, Any]], **how: Any) -> list[dict[str, Any]]:
    """The list ranked, JSON columns read."""
    listed = [{"customer_no": f"C{n}", **row} for n, row in enumerate(rows)]
    found = likely_green(Book(as_of=DAY, customers=table_of("customers", listed)), REFERENCE, **how)
    return [{**row, **{name: json.loads(row[name]) for name in ("entries", "reasons", "needs")}} for row in found.value.to_pylist()]


def one(**row: Any) -> dict[str, Any]:
    return ranked([row])[0]


def test_words_are_at_their_places_in_the_text_as_written() -> None:
    text = "餐饮服务；太阳能电池片、光伏组件制造；城镇污水处理"
    found = one(customer_name="某某实业有限公司", main_business=text)
    words = [word for reason in found["reasons"] for word in reason.get("words", ()) if reason["field"] == "main_business"]
    assert len(words) >= 2
    assert all(text[word["start"] : word["end"]] == word["text"] for word in words)
    assert {"4.1.2", "8.5.2"} & {entry["code"] for entry in found["entries"]}


@pytest.mark.parametrize("name", ["清洁新能源贸易有限公司", "绿色环保光伏风电集团有限公司", "青山污水处理有限公司"])
def test_a_name_alone_is_weak(name: str) -> None:
    found = one(customer_name=name)
    assert 0 <= found["score"] <= NAME
    assert {reason["kind"] for reason in found["reasons"]} <= {"name"}
    assert "customer_main_business" in found["needs"]


def test_more_that_speaks_for_it_ranks_higher_and_what_speaks_against_it_lower() -> None:
    solar = {"customer_name": "某某有限公司", "main_business": "光伏组件制造"}
    plain = one(**solar)["score"]
    assert one(**solar, industry="3825")["score"] > plain
    assert one(**solar, green_revenue_ppm=600_000)["score"] > plain
    assert one(**{**solar, "main_business": "光伏组件制造；原煤开采"})["score"] < plain
    assert one(**solar, two_high=True)["score"] < plain
    assert one(customer_name="某某有限公司", main_business="原煤开采")["score"] == 0
    assert one(customer_name="某某有限公司", business_scope="光伏组件制造")["score"] < plain


def test_an_industry_of_the_catalogue_leads_to_its_entries() -> None:
    found = one(customer_name="某某有限公司", industry="4620")
    (reason,) = [reason for reason in found["reasons"] if reason["kind"] == "industry"]
    assert reason["entries"]
    assert {entry["code"] for entry in found["entries"]} == set(reason["entries"])
    assert 0 < found["score"] < 0.5


def test_the_order_is_by_score_then_number_and_the_top_is_its_beginning() -> None:
    rows = [
        {"customer_name": "某某有限公司", "main_business": text}
        for text in ("餐饮", "光伏组件制造", "餐饮", "城镇污水处理", "光伏组件制造")
    ]
    whole = ranked(rows)
    assert [row["rank"] for row in whole] == [1, 2, 3, 4, 5]
    assert [(-row["score"], row["customer_no"]) for row in whole] == sorted((-row["score"], row["customer_no"]) for row in whole)
    assert ranked(rows, top=2) == whole[:2]
    assert ranked([]) == []


def test_needs_have_words() -> None:
    needs = {
        need
        for row in ranked([{"customer_name": "某有限公司", "main_business": "光伏组件制造"}, {"customer_name": "乙公司"}])
        for need in row["needs"]
    }
    assert needs
    assert all(f"need.{need}" in codes("zh") for need in needs)


def called(*words: str) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(app, [*words, "--json"])
    return result.exit_code, json.loads(result.stdout)


@pytest.fixture
def customers(tmp_path: Path) -> Path:
    (tmp_path / "customers.csv").write_text(LIST, encoding="utf-8")
    return tmp_path / "customers.csv"


def test_customers_command(customers: Path, tmp_path: Path) -> None:
    status, said = called("customers", str(customers), "--top", "3", "--out", str(tmp_path / "out.csv"))
    assert status == 0
    assert [row["customer_no"] for row in said["customers"]] == ["C2", "C4", "C1"]
    assert said["customers"][0]["source_cell"] == "customers.csv!B3"
    assert len((tmp_path / "out.csv").read_text("utf-8-sig").splitlines()) == 4
    lines = CliRunner().invoke(app, ["customers", str(customers), "--lang", "en"]).stdout
    assert lines.splitlines()[1].startswith("1  C2")
    assert called("customers", str(customers), "--edition", "nothing")[0] == 2


def test_match_command(customers: Path, tmp_path: Path) -> None:
    (tmp_path / "loans.csv").write_text(
        "借据号,客户名称\nJ1,川光光伏科技有限责任公司\nJ2,传光光伏科技有限公司\nJ3,张三\nJ4,碧水环保有限公司\n", encoding="utf-8"
    )
    status, said = called("names", "match", str(tmp_path / "loans.csv"), str(customers), "--out", str(tmp_path / "out.parquet"))
    assert status == 0
    found = {row["loan_id"]: (row["customer_no"], row["way"], row["accepted"]) for row in said["matches"]}
    assert found == {
        "J1": ("C2", "normalised", True),
        "J2": (None, "none", None),
        "J3": (None, "person", None),
        "J4": ("C4", "normalised", False),
    }
    assert (tmp_path / "out.parquet").is_file()
    shown = CliRunner().invoke(app, ["names", "match", str(tmp_path / "loans.csv"), str(customers), "--lang", "zh"]).stdout
    assert "J4" in shown
    assert "碧水" not in shown


def test_lists_without_numbers_and_codes_have_their_rows(tmp_path: Path) -> None:
    (tmp_path / "loans.csv").write_text("借款人名称\n澄川环保有限公司\n", encoding="gbk")
    (tmp_path / "list.csv").write_bytes("企业名称（全称）\n澄川环保有限责任公司\n".encode("utf-8-sig"))
    status, said = called("names", "match", str(tmp_path / "loans.csv"), str(tmp_path / "list.csv"))
    assert status == 0
    assert [(row["loan_id"], row["customer_no"], row["way"]) for row in said["matches"]] == [("2", "2", "normalised")]


@pytest.mark.parametrize("text", ["甲,乙\n1,2\n", "", "借据号,余额\nJ1,5\n"])
def test_lists_without_names_are_refused(text: str, customers: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text(text, encoding="utf-8")
    for words in (("customers", str(bad)), ("names", "match", str(bad), str(customers)), ("names", "match", str(customers), str(bad))):
        status, said = called(*words)
        assert status == 2
        assert said["problems"]
    assert called("customers", str(tmp_path / "missing.csv"))[0] == 2


def test_an_empty_list_is_an_empty_answer(customers: Path, tmp_path: Path) -> None:
    customers.write_text(LIST.splitlines()[0] + "\n", encoding="utf-8")
    status, said = called("customers", str(customers))
    assert (status, said["customers"]) == (0, [])


def test_duplicates_command() -> None:
    from greenfin import example

    status, said = called("names", "duplicates", str(example.folder() / "book.xlsx"), "--as-of", "2025-12-31")
    assert status == 1
    assert {problem["code"] for problem in said["problems"]} == {"ingest.duplicate_equal", "ingest.duplicate_unequal"}
