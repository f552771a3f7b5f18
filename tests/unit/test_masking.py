"""Names and identity numbers are covered by role, by branch and in exports."""

from __future__ import annotations

import time
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import text

from greenfin.core.columns import table_of
from greenfin.core.problems import Refused
from greenfin.store import open_store
from greenfin.store.masking import cover_code, cover_name, exported, masked, masked_for, of_projects, visible
from greenfin.store.permissions import Actor

FIRM, USCC = "江苏绿源新能源有限公司", "91320000MA1ABCDE4K"
LOANS = table_of(
    "loans",
    {
        "loan_id": ["a", "b", "c", "d"],
        "branch_code": ["0101", "0101", "0102", None],
        "customer_no": ["C00012345", "C1", None, ""],
        "customer_name": [FIRM, "**明", FIRM, None],
        "customer_uscc": [USCC, None, USCC, "123"],
        "purpose": [f"{FIRM}光伏电站建设", "装修", f"向{FIRM}（{USCC}）购货 13800138000", "光伏"],
        "balance_fen": [1, 2, 3, 4],
    },
)


def test_what_stays_readable() -> None:
    assert cover_name(FIRM) == "江********公司"
    assert [cover_name(name) for name in ("李", "李明", "欧阳明华", "**明")] == ["*", "*明", "***华", "**明"]
    assert cover_code(USCC) == "91**************4K"
    assert [cover_code(code) for code in ("1", "1234567")] == ["*", "*******"]


def test_a_table_covered() -> None:
    found = masked(LOANS)
    assert found.schema == LOANS.schema
    assert found["customer_name"].to_pylist() == ["江********公司", "**明", "江********公司", None]
    assert found["customer_uscc"].to_pylist() == ["91**************4K", None, "91**************4K", "***"]
    assert found["customer_no"].to_pylist() == ["C0*****45", "**", None, ""]
    assert found["purpose"].to_pylist() == [
        "江********公司光伏电站建设",
        "装修",
        f"向江********公司（{'*' * 18}） {'*' * 11}".replace("） ", "）购货 "),
        "光伏",
    ]
    for column in ("loan_id", "branch_code", "balance_fen"):
        assert found[column].equals(LOANS[column])
    assert [len(t) for t in found["purpose"].to_pylist()] == [len(t) for t in LOANS["purpose"].to_pylist()]  # offsets of evidence hold


def test_nothing_of_the_name_is_left_anywhere() -> None:
    told = str(masked(LOANS).to_pylist())
    assert "绿源" not in told
    assert "MA1ABCDE" not in told
    assert "13800138000" not in told


def test_an_empty_table_and_other_kinds_of_columns() -> None:
    assert masked(LOANS.slice(0, 0)).schema == LOANS.schema
    chunked = pa.concat_tables([LOANS.slice(0, 2), LOANS.slice(2)])
    assert masked(chunked).to_pylist() == masked(LOANS).to_pylist()
    coded = LOANS.set_column(
        LOANS.column_names.index("customer_name"), "customer_name", LOANS["customer_name"].combine_chunks().dictionary_encode()
    )
    assert masked(coded)["customer_name"].to_pylist() == masked(LOANS)["customer_name"].to_pylist()
    assert masked(pa.table({"measure": [1.0]}))["measure"].to_pylist() == [1.0]


@pytest.mark.parametrize(
    ("actor", "ids", "named"),
    [
        (Actor("m", "maker", ("0101",)), "ab", "ab"),
        (Actor("m", "maker", ("*",)), "abcd", "abcd"),
        (Actor("c", "checker", ("0102",)), "c", "c"),
        (Actor("l", "loan_officer", ("0999",)), "", ""),
        (Actor("e", "esg", ("*",)), "abcd", ""),
        (Actor("u", "auditor", ("*",)), "abcd", "abcd"),
    ],
)
def test_rows_by_branch_and_names_by_role(actor: Actor, ids: str, named: str) -> None:
    found = visible(actor, LOANS)
    assert "".join(found["loan_id"].to_pylist()) == ids
    shown = {row["loan_id"] for row in found.to_pylist() if row["purpose"] == LOANS["purpose"][ord(row["loan_id"]) - ord("a")].as_py()}
    covered_anyway = {"b", "d"} & set(ids)  # nothing to cover in them
    assert shown == set(named) | covered_anyway


def test_an_administrator_sees_no_loans() -> None:
    with pytest.raises(Refused):
        visible(Actor("root", "admin", ("*",)), LOANS)
    assert masked_for(Actor("root", "admin", ("*",)), LOANS).to_pylist() == masked(LOANS).to_pylist()


def test_names_only_in_the_branches_where_they_may_be_read() -> None:
    found = masked_for(Actor("m", "maker", ("0101",)), LOANS)
    assert found["customer_name"].to_pylist() == [FIRM, "**明", "江********公司", None]


def test_a_table_without_branches_is_closed_to_whoever_is_bound_to_one() -> None:
    assert visible(Actor("m", "maker", ("0101",)), LOANS.drop_columns(["branch_code"])).num_rows == 0


def test_exports_are_covered_unless_somebody_may_take_names_out(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store")
    maker, checker = Actor("m", "maker", ("0101",)), Actor("c", "checker", ("0101",))
    assert exported(store, maker, LOANS, what="loans")["customer_name"].to_pylist() == ["江********公司", "**明"]
    assert exported(store, checker, LOANS, what="loans", with_names=True)["customer_name"].to_pylist() == [FIRM, "**明"]
    for actor, with_names in ((maker, True), (Actor("e", "esg", ("*",)), True), (Actor("l", "loan_officer", ("0101",)), False)):
        with pytest.raises(Refused) as raised:
            exported(store, actor, LOANS, what="loans", with_names=with_names)
        assert raised.value.problem.code == "store.not_permitted"
    with store.engine.connect() as connection:
        kept = [tuple(row) for row in connection.execute(text("SELECT actor, kind, subject, detail FROM events ORDER BY number"))]
    assert kept == [
        ("m", "export.made", "loans", '{"rows":2,"with_names":false}'),
        ("c", "export.made", "loans", '{"rows":2,"with_names":true}'),
    ]


def test_a_big_table_is_covered_in_seconds() -> None:
    big = pa.concat_tables([LOANS] * 25_000)
    begun = time.perf_counter()
    assert masked(big).num_rows == 100_000
    assert time.perf_counter() - begun < 3


def test_the_borrowers_of_a_shared_project_are_covered_in_its_texts() -> None:
    loans = pa.table({"project_id": ["P1", "P1", "P2", None], "customer_name": ["甲乙新能源", "丙丁电力", "戊己水务", None]})
    projects = pa.table(
        {
            "project_id": ["P1", "P2", "P3"],
            "project_name": ["甲乙新能源与丙丁电力光伏", "丙丁电力旁的水厂", "丙丁电力"],
        }
    )
    covered = masked(projects, own=of_projects(projects, loans))["project_name"].to_pylist()
    assert covered == ["****源与***力光伏", "丙丁电力旁的水厂", "丙丁电力"]
    assert of_projects(projects, loans.drop_columns("customer_name")) == ()


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        (
            "向江苏绿源新能源有限公司采购组件，由中建三局集团有限公司（EPC）总承包",
            "向江********公司采购组件，由中*******公司（EPC）总承包",
        ),
        ("用于某某（北京）科技有限公司屋顶光伏", "用于某*********公司屋顶光伏"),
        ("a pump of Green Power Co., Ltd. for a plant", "a pump of G*****************td. for a plant"),
        ("污水处理厂提标改造，归还我公司贷款，补充公司流动资金", "污水处理厂提标改造，归还我公司贷款，补充公司流动资金"),
    ],
)
def test_whatever_looks_like_a_firm_in_a_free_text_is_covered(text: str, covered: str) -> None:
    """Suppliers, builders and neighbours of a project are nobody's borrowers in the book, and stay unread all the same."""
    found = masked(pa.table({"description": [text]}))["description"].to_pylist()
    assert found == [covered]
    assert len(found[0]) == len(text)
