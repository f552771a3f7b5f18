"""Projects that only the names in a ledger tell of."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from greenfin.ingest import read_book, read_uses
from greenfin.names import double_claims

DAY = date(2025, 12, 31)
HEAD = "借据号,客户编号,客户名称,项目编号,项目名称,贷款余额(万元),放款日期,贷款用途\n"


def rows(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "ledger.csv"
    path.write_text(HEAD + "\n".join(lines), encoding="utf-8")
    return path


def read(path: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    book = read_book([path], as_of=DAY).value
    return book.loans.to_pylist(), book.projects.to_pylist()


def test_one_name_is_one_project_in_every_file(tmp_path: Path) -> None:
    name = "红沙岗20万千瓦风电项目"
    path = rows(
        tmp_path, f"J1,C1,甲,,{name},5,2025-03-01,项目建设", f"J2,C1,甲,,{name} ,6,2025-04-01,项目建设", "J3,C2,乙,,,7,2025-04-01,经营周转"
    )
    loans, projects = read(path)
    assert [p["project_name"] for p in projects] == [name]
    assert [loan["project_id"] for loan in loans] == [projects[0]["project_id"]] * 2 + [None]
    assert name not in str(projects[0]["project_id"])
    again = tmp_path / "again"
    again.mkdir()
    assert read(rows(again, f"J9,C1,甲,,{name},5,2025-03-01,项目建设"))[1][0]["project_id"] == projects[0]["project_id"]


def test_a_number_of_the_ledger_is_kept_and_gets_the_name(tmp_path: Path) -> None:
    loans, projects = read(rows(tmp_path, "J1,C1,甲,X7,红沙岗风电项目,5,2025-03-01,项目建设"))
    assert [loan["project_id"] for loan in loans] == ["X7"]
    assert [(p["project_id"], p["project_name"]) for p in projects] == [("X7", "红沙岗风电项目")]


def test_two_spellings_of_one_borrowers_project_are_told_at_their_cells(tmp_path: Path) -> None:
    path = rows(
        tmp_path,
        "J1,C1,甲,,红沙岗20万千瓦风电项目,5,2025-03-01,风电",
        "J2,C1,甲,,红沙岗200MW风力发电项目,6,2025-04-01,风电",
        "J3,C1,甲,,东港污水处理厂,6,2025-04-01,污水",
    )
    (told,) = double_claims(read_book([path], as_of=DAY).value)
    assert (told.code, {told.where, told.params["other"]}) == ("names.project_twice", {"ledger.csv!E2", "ledger.csv!E3"})


def test_the_name_is_read_beside_the_purpose_and_alone_in_its_place(tmp_path: Path) -> None:
    loans, projects = read_uses(rows(tmp_path, "J1,C1,甲,,红沙岗风电项目,5,2025-03-01,项目建设")).value
    assert loans["purpose"].to_pylist() == ["项目建设"]
    assert loans["project_id"].to_pylist() == projects["project_id"].to_pylist()
    path = tmp_path / "names.csv"
    path.write_text("项目名称,备注\n红沙岗风电项目,无\n", encoding="utf-8")
    loans, projects = read_uses(path).value
    assert loans["purpose"].to_pylist() == ["红沙岗风电项目"]
    assert projects.num_rows == 0
