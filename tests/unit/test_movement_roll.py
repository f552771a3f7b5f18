"""The roll-forward: each cause in its own case, with amounts worked out by hand, and the shipped book against an earlier one."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from greenfin import between
from greenfin.cli.main import app
from greenfin.core.problems import Refused
from greenfin.core.records import Bank, Table
from greenfin.disclose import safe_text, write_detail
from greenfin.movement.lines import MOVES
from greenfin.movement.revalued import quoted
from greenfin.movement.roll_tables import compact, roll_tables
from greenfin.movement.rolled import Rolled, roll_forward
from tests import run_made
from tests.unit import movement_books as books
from tests.unit.movement_books import CLOSING, OPENING, row, side
from tests.unit.movement_example import ENDED, MOVED, SOLAR, opening_book

IN_PERIOD, BEFORE = date(2025, 6, 1), date(2023, 6, 1)
Steps = Mapping[str, int]


def rolled(
    opening: Sequence[books.Row], closing: Sequence[books.Row], *, rejected: tuple[list[books.Row], list[books.Row]] = ([], []),
    drawings: Sequence[books.Row] | None = None,
) -> tuple[Rolled, set[str]]:  # fmt: skip
    first, last = side(OPENING, opening, rejected[0]), side(CLOSING, closing, rejected[1])
    listed = None if drawings is None else books.made("drawings", drawings)
    found = roll_forward(first, last, reference=books.reference(), drawings=listed)
    assert all(proof.holds for proof in found.value.proofs)
    return found.value, {problem.code for problem in found.problems}


def steps(made: Rolled, state: str = "all", loan: str = "") -> Steps:
    """Fen by step, of a state, of a loan; steps that moved nothing are left out, and over all states the moves between them."""
    sums: dict[str, int] = {}
    for line in made.lines.named().to_pylist():
        if state in ("all", line["state"]) and loan in ("", line["loan_id"]):
            sums[line["kind"]] = sums.get(line["kind"], 0) + line["amount_fen"]
    aside = ("opening", "closing", *(MOVES if (state, loan) == ("all", "") else ()))
    return {kind: fen for kind, fen in sums.items() if fen and kind not in aside}


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        (None, row("L", 700, start_on=IN_PERIOD), {"new": 700}),
        (None, row("L", 700, start_on=OPENING), {"late": 700}),
        (None, row("L", 700), {"late": 700}),
        (None, row("L", 700, start_on=date(2026, 1, 1)), {"late": 700}),
        (row("L", 500), row("L", 800), {"drawn": 300}),
        (row("L", 500), row("L", 120), {"repaid": -380}),
        (row("L", 500), row("L", 0, status="settled"), {"settled": -500}),
        (row("L", 500), row("L", 0, status="written_off"), {"written_off": -500}),
        (row("L", 500), row("L", 0, status="transferred"), {"transferred": -500}),
        (row("L", 500), row("L", 0, ended_on=IN_PERIOD), {"settled": -500}),
        (row("L", 500), None, {"left": -500}),
        (row("L", 0, status="settled"), None, {}),
        (row("L", 0, status="settled"), row("L", 90), {"corrected": 90}),
        (row("L", 500), row("L", 700, prior_balance_fen=650), {"corrected": 150, "drawn": 50}),
        (row("L", 500), row("L", 0, prior_balance_fen=450, status="settled"), {"corrected": -50, "settled": -450}),
        (row("L", 500, amount_fen=1000), row("L", 50_000, amount_fen=100_000), {"corrected": 49_500}),
        (row("L", 500, start_on=BEFORE), row("L", 400, start_on=IN_PERIOD), {"corrected": -100}),
    ],
)
def test_a_receipt_by_cause(was: books.Row | None, now: books.Row | None, expected: Steps) -> None:
    other = row("other", 1)
    made, _ = rolled([other, *([was] if was else [])], [other, *([now] if now else [])])
    assert steps(made) == expected


def test_a_missing_receipt_is_said_and_the_total_still_ties() -> None:
    made, said = rolled([row("L", 500), row("K", 1)], [row("K", 1)])
    assert "movement.left_without_status" in said
    assert steps(made) == {"left": -500}


def test_drawings_give_gross_amounts_and_what_they_do_not_explain_is_corrected() -> None:
    listed = [
        {"receipt_no": "L", "kind": "drawn", "moved_on": IN_PERIOD, "amount_fen": 400},
        {"receipt_no": "L", "kind": "repaid", "moved_on": CLOSING, "amount_fen": 150},
        {"receipt_no": "L", "kind": "repaid", "moved_on": OPENING, "amount_fen": 9_999},
        {"receipt_no": "other", "kind": "repaid", "moved_on": IN_PERIOD, "amount_fen": 7},
    ]
    made, said = rolled([row("L", 500)], [row("L", 750)], drawings=listed[:3])
    assert steps(made) == {"drawn": 400, "repaid": -150}
    assert not said
    made, said = rolled([row("L", 500)], [row("L", 760)], drawings=listed)
    assert steps(made) == {"drawn": 400, "repaid": -150, "corrected": 10}
    assert said == {"movement.drawings_differ", "movement.drawings_unknown"}


def test_a_new_receipt_that_was_partly_repaid_shows_both_and_a_written_off_one_its_repayments() -> None:
    paid = [{"receipt_no": name, "kind": "repaid", "moved_on": IN_PERIOD, "amount_fen": 100} for name in ("N", "W", "G")]
    opening = [row("W", 500), row("G", 100)]
    closing = [row("N", 300, start_on=IN_PERIOD), row("W", 0, status="written_off")]
    made, said = rolled(opening, closing, drawings=paid)
    assert steps(made, loan="N") == {"new": 400, "repaid": -100}
    assert steps(made, loan="W") == {"repaid": -100, "written_off": -400}
    assert steps(made, loan="G") == {"repaid": -100}  # gone, and the list says why
    assert "movement.left_without_status" not in said


def test_a_renumbered_receipt_is_refinanced_not_new() -> None:
    opening = [row("A", 500, "green", "4.1.2"), row("B", 100)]
    closing = [row("A2", 450, "green", "4.1.2", prev_receipt_no="A", start_on=IN_PERIOD), row("B", 100)]
    made, said = rolled(opening, closing)
    assert steps(made, loan="A2") == {"refinanced": 450}
    assert steps(made, loan="A") == {"refinanced": -450, "left": -50}
    assert made.receipts.filter(made.receipts["refinances"].is_valid())["refinances"].to_pylist() == ["A"]
    made, _ = rolled(opening, [row("A2", 650, prev_receipt_no="A", start_on=IN_PERIOD), row("A", 0, status="settled"), row("B", 100)])
    assert steps(made) == {"new": 150}  # 500 passed over, the rest is new money
    made, said = rolled(opening, [*opening, row("C", 9, prev_receipt_no="gone", start_on=IN_PERIOD)])
    assert steps(made) == {"new": 9}
    assert said == {"movement.previous_unknown"}


def test_two_new_receipts_share_what_the_old_one_lost() -> None:
    new = [row(name, 300, prev_receipt_no="A", start_on=IN_PERIOD) for name in ("X", "Y")]
    made, _ = rolled([row("A", 500)], [row("A", 0, status="settled"), *new])
    assert (steps(made, loan="X"), steps(made, loan="Y")) == ({"refinanced": 300}, {"refinanced": 200, "new": 100})
    assert steps(made, loan="A") == {"refinanced": -500}


def test_currency_effect_is_the_opening_balance_at_the_closing_rate() -> None:
    """100.00 USD at 7.20 and then 80.00 USD at 7.00: revalued 100 x (7.00 - 7.20) = -20.00 yuan, repaid 20 x 7.00 = 140.00 yuan."""
    was = row("L", 720_00, currency="USD", original_balance_fen=100_00)
    made, _ = rolled([was], [row("L", 560_00, currency="USD", original_balance_fen=80_00)])
    assert steps(made) == {"currency": -20_00, "repaid": -140_00}


def test_amounts_that_no_rate_explains_are_no_revaluation() -> None:
    """A hundred thousand yuan for a cent: 10^16 cents would be worth more than a 64-bit number holds."""
    made, _ = rolled([row("L", 1, currency="USD", original_balance_fen=10**16)], [row("L", 10**7, currency="USD", original_balance_fen=1)])
    assert steps(made) == {"drawn": 10**7 - 1}


def _dollars(loan: str, own: int, rate: float, **more: object) -> books.Row:
    amount = {"original_amount_fen": 10**10, "amount_fen": round(10**10 * rate)}
    return row(loan, round(own * rate), currency="USD", original_balance_fen=own, **(amount | more))


def test_the_contract_of_a_foreign_receipt_is_compared_in_its_own_money() -> None:
    """The same ten million dollars are other yuan at another rate: no correction; another contract is one."""
    made, said = rolled([_dollars("L", 5_000_00, 7.2)], [_dollars("L", 4_000_00, 7.0)])
    assert (steps(made), said) == ({"currency": -1_000_00, "repaid": -7_000_00}, set())
    made, said = rolled([_dollars("L", 5_000_00, 7.2)], [_dollars("L", 4_000_00, 7.0, original_amount_fen=10**9)])
    assert (steps(made), said) == ({"currency": -1_000_00, "corrected": -7_000_00}, {"movement.facts_changed"})


def test_a_foreign_receipt_that_is_almost_repaid_goes_by_the_rate_of_its_currency() -> None:
    """A cent left is 7 fen; the rate is 7.0288, not 7: 10,000,000 x (7.0288 - 7.1884) = -1,596,000 yuan."""
    opening = [_dollars("L", 10**9, 7.1884), _dollars("M", 10**9, 7.1884)]
    made, _ = rolled(opening, [_dollars("L", 1, 7.0288), _dollars("M", 10**9, 7.0288)])
    assert steps(made, loan="L") == {"currency": -1_596_000_00, "repaid": 7 - 70_288_000_00}
    own = [_dollars("L", 10**9, 7.0), _dollars("M", 10**9 + 1, 7.0288)]  # converted at a rate of its own
    made, _ = rolled(opening, own)
    assert steps(made, loan="L") == {"currency": -1_884_000_00}
    assert quoted(3, 1) == Fraction(33, 100)  # as many decimals as the fen can tell


def test_the_list_may_say_what_was_written_off_or_transferred_in_part() -> None:
    listed = [
        {"receipt_no": name, "kind": kind, "moved_on": IN_PERIOD, "amount_fen": 100}
        for name, kind in (("L", "written_off"), ("L", "repaid"), ("M", "transferred"), ("N", "written_off"), ("W", "written_off"))
    ]
    opening = [row("L", 500), row("M", 300), row("W", 400)]
    closing = [row("L", 300), row("M", 200), row("N", 50, start_on=IN_PERIOD), row("W", 0, status="written_off")]
    made, said = rolled(opening, closing, drawings=listed)
    assert not said
    assert steps(made, loan="L") == {"written_off": -100, "repaid": -100}
    assert steps(made, loan="M") == {"transferred": -100}
    assert steps(made, loan="N") == {"new": 150, "written_off": -100}
    assert steps(made, loan="W") == {"written_off": -400}


@pytest.mark.parametrize(("factor", "times"), [(10_000, "1/10000"), (1_000, "1/1000")])
def test_books_in_unlike_units_are_an_error(factor: int, times: str) -> None:
    opening = [row(str(n), 10**9 * n, amount_fen=10**9 * n) for n in range(1, 5)]
    closing = [row(str(n), 10**9 * n // factor, amount_fen=10**9 * n // factor) for n in range(1, 4)] + [opening[3]]
    first, last = side(OPENING, opening), side(CLOSING, closing)
    problems = roll_forward(first, last, reference=books.reference()).problems
    found = [problem for problem in problems if problem.code == "movement.unit_jump"]
    assert [(p.severity.value, p.params["jumped"], p.params["times"]) for p in found] == [("error", 3, times)]


def test_branch_class_and_state_move_without_changing_the_total() -> None:
    opening = [row("L", 1000, "green", "4.1.2"), row("M", 300, "review"), row("N", 70, "green", "4.1.2", 500_000)]
    closing = [
        row("L", 900, "green", "3.2.1", branch_code="B"),
        row("M", 300, "green", "4.1.2"),
        row("N", 70, "not_green"),
    ]
    made, _ = rolled(opening, closing)
    assert steps(made) == {"repaid": -100}
    green = steps(made, "green")
    assert {kind: green[kind] for kind in ("repaid", "green_in", "green_out")} == {"repaid": -100, "green_in": 300, "green_out": -35}
    assert (green["class_in"], green["class_out"], green["branch_in"], green["branch_out"]) == (900, -900, 1000, -1000)
    tables = {table.id: table for table in roll_tables(made)}
    branches, classes = tables["M02"], tables["M04"]
    assert [branches.cells[f"{branch}.{step}"].value for branch, step in (("A", "branch_out"), ("B", "branch_in"))] == [-10, 10]
    assert [classes.cells[f"{code}.{step}"].value for code, step in (("4.1.2", "class_out"), ("3.2.1", "class_in"))] == [-9, 9]
    assert classes.cells["3.closing"].value == 9


def test_rejected_rows_are_carried_and_what_passes_to_them_is_shown() -> None:
    gone = {"key": "L", "balance_fen": 480, "code": "ingest.x"}
    made, _ = rolled([row("L", 500, "green", "4.1.2"), row("K", 1)], [row("K", 1)], rejected=([], [gone]))
    assert steps(made) == {"repaid": -20}
    assert steps(made, "green") == {"repaid": -20, "rejection": -480}
    assert steps(made, "rejected") == {"rejection": 480}
    unreadable = {"key": "L", "balance_fen": None, "code": "ingest.x"}
    made, said = rolled([row("L", 500), row("K", 1)], [row("K", 1)], rejected=([], [unreadable]))
    assert steps(made) == {"left": -500}
    assert said == {"movement.closing_unreadable"}  # it is there, so nobody should look for a missing status
    made, said = rolled([row("K", 1)], [row("L", 500), row("K", 1)], rejected=([unreadable], []))
    assert (steps(made), said) == ({"late": 500}, {"movement.opening_unreadable"})
    negative = {"key": "L", "balance_fen": -500, "code": "ingest.x"}
    made, said = rolled([row("L", 500), row("K", 1)], [row("K", 1)], rejected=([], [negative]))
    assert (steps(made), said) == ({"corrected": -1000}, {"movement.facts_changed"})  # nobody repays twice what is owed
    made, _ = rolled([row("K", 1)], [row("L", 500), row("K", 1)], rejected=([gone, gone], []))
    assert steps(made) == {"corrected": -460}  # two unlike rows of one number stood for one loan
    assert steps(made, "not_green") == {"rejection": 500}


def test_a_branch_that_one_book_does_not_name_is_no_transfer() -> None:
    made, _ = rolled([row("L", 500, branch_code=None)], [row("L", 500)])
    assert steps(made, loan="L") == {}
    assert {line["branch_code"] for line in made.lines.named().to_pylist()} == {"A"}


def test_misuse_is_refused() -> None:
    one, other = side(OPENING, [row("L", 1)]), side(CLOSING, [row("L", 1)])
    with pytest.raises(Refused, match=r"movement\.wrong_order"):
        roll_forward(other, one, reference=books.reference())
    with pytest.raises(Refused, match=r"movement\.no_loans"):
        side(OPENING, [])


def test_the_details_of_a_csv_cannot_run(tmp_path: Path) -> None:
    risky = ["=1+1", "+1", " -2", "@x", "'=1", "＝1", "\u3000=1", "plain", "", None, "L-1"]
    write_detail(books.made("loans", [{"loan_id": text} for text in risky]).select(["loan_id"]), tmp_path / "x.csv")
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as stream:
        found = [line[0] if line else "" for line in csv.reader(stream)][1:]
    assert found == [safe_text(text or "") for text in risky]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int], dict[str, object]]:
    """The shipped book rolled forward from an earlier one by the command; the folder, what was undone, and its JSON."""
    from greenfin import example as shipped

    place = tmp_path_factory.mktemp("movement")
    undone = opening_book(place / "opening.xlsx")
    closing = openpyxl.load_workbook(shipped.files().books[0])
    del closing["发放明细"]  # its drawings are invented beside the balances that are undone here
    closing.save(place / "closing.xlsx")
    asked = ["roll-forward", str(place / "opening.xlsx"), str(place / "closing.xlsx"), "--opening-as-of", "2024-12-31"]
    found = CliRunner().invoke(app, [*asked, "--closing-as-of", "2025-12-31", "--out", str(place / "out"), "--json", "--lang", "zh"])
    assert found.exit_code == 1, found.output  # the example's own errors, and a receipt that left
    return place, undone, json.loads(found.stdout)


def test_the_example_moves_as_it_was_made(example: tuple[Path, dict[str, int], dict[str, object]]) -> None:
    place, undone, said = example
    cells: Mapping[str, str] = said["cells"]  # type: ignore[assignment]  # from JSON
    fen = {name: round(float(cells[f"M01!{name}.all"]) * 100) for name in ("drawn", "repaid", "left", "closing", "book", "difference")}
    assert (fen["drawn"], fen["repaid"], fen["left"]) == (undone["drawn"], -undone["repaid"], -undone["left"])
    assert fen["closing"] == fen["book"] == 1_519_360_209_650  # the run's book_balance
    assert fen["difference"] == 0
    lines = pq.read_table(place / "out" / "movements.parquet").to_pylist()
    assert {line["kind"] for line in lines if line["loan_id"] == SOLAR} >= {"green_in", "green_out"}
    assert {line["kind"] for line in lines if line["loan_id"] == MOVED} >= {"branch_in", "branch_out"}
    assert [line["kind"] for line in lines if line["loan_id"] == ENDED] == ["left"]


def test_the_workbook_holds_live_formulas_and_no_name(example: tuple[Path, dict[str, int], dict[str, object]]) -> None:
    place, _, _ = example
    book = openpyxl.load_workbook(place / "out" / "roll_forward.xlsx")
    sheets = [sheet for sheet in book if sheet.title.startswith(("M01", "M02", "M03", "M04"))]
    assert len(sheets) == 4
    for sheet in sheets:
        formulas = [cell.value for line in sheet.iter_rows() for cell in line if str(cell.value).startswith("=")]
        assert len(formulas) > 10, sheet.title
    texts = " ".join(str(cell.value) for sheet in book for line in sheet.iter_rows() for cell in line if cell.value)
    assert "（虚构）有限公司" not in texts
    assert "某（虚构）" not in texts


def test_zero_steps_are_left_out_for_people_and_sums_stay_whole(example: tuple[Path, dict[str, int], dict[str, object]]) -> None:
    made, _ = rolled([row("L", 500, "green", "4.1.2")], [row("L", 400, "green", "4.1.2")])
    whole: Table = next(table for table in roll_tables(made) if table.id == "M02")
    shown = compact(whole)
    assert [column.id for column in shown.columns] == ["label", "opening", "repaid", "closing", "book", "difference"]
    assert shown.cells["A.closing"].how.args == ("M02!A.opening", "M02!A.repaid")
    assert shown.cells["A.closing"].value == whole.cells["A.closing"].value


def test_a_run_folder_can_be_a_side_and_gives_edition_and_policy(tmp_path: Path) -> None:
    before = run_made.book(tmp_path / "before.xlsx", {"贷款余额（元）": 100}, {"贷款余额（元）": 50, "机构号": "020202"})
    after = run_made.saved(run_made.book(tmp_path / "after.xlsx", {"贷款余额（元）": 40.5}), tmp_path / "run")
    asked = ["roll-forward", str(before), str(tmp_path / "run"), "--opening-as-of", "2025-06-30", "--json", "--out", str(tmp_path / "out")]
    found = CliRunner().invoke(app, asked)
    said = json.loads(found.stdout)
    assert (found.exit_code, said["policy"], said["edition"]) == (1, "working", after.record["made_of"]["edition"])
    steps_ = {name: said["cells"][f"M01!{name}.all"] for name in ("opening", "repaid", "left", "closing")}
    assert steps_ == {"opening": "800150.25", "repaid": "-59.50", "left": "-50.00", "closing": "800040.75"}
    assert round(float(said["cells"]["M01!closing.green"]) * 100) == after.record["outcomes"]["green_balance"]


def test_what_was_decided_for_a_run_counts_whatever_its_day_and_other_decisions_from_theirs() -> None:
    loans = [
        {"loan_id": name, "receipt_no": name, "balance_fen": 100, "purpose": "\u98ce\u7535\u573a\u5efa\u8bbe"} for name in ("L1", "L2")
    ]
    of_run, told = (
        books.made("decisions", [{"receipt_no": name, "edition": books.EDITION, "decision": "not_green", "maker": "a", "decided_on": day}])
        for name, day in (("L1", date(2026, 1, 15)), ("L2", date(2025, 3, 1)))
    )
    sides = [between.Given(books.book(day, loans), Bank(), decisions=of_run) for day in (OPENING, CLOSING)]
    first, last, _ = between.tagged(sides, told, books.EDITION, books.WORKING, books.reference())
    assert (first.total("green"), last.total("green")) == (100, 0)


def test_rates_decisions_and_drawings_are_part_of_what_it_was_made_of(tmp_path: Path) -> None:
    dollars = {"币种": "美元", "贷款余额（元）": 100}
    before = run_made.book(tmp_path / "before.xlsx", dollars)
    after = run_made.book(tmp_path / "after.xlsx", dollars)
    rates = openpyxl.Workbook()
    for line in (("币种", "日期", "中间价"), ("USD", "2024-12-31", 7.1884), ("USD", "2025-12-31", 7.0288)):
        rates.worksheets[0].append(line)
    rates.save(tmp_path / "rates.xlsx")
    listed = openpyxl.Workbook()
    for line in (("借据号", "发放/收回标识", "发生日期", "发生额"), ("JJ2025000001", "收回", "2025-05-06", 1)):
        listed.worksheets[0].append(line)
    listed.save(tmp_path / "moves.xlsx")
    asked = ["roll-forward", str(before), str(after), "--opening-as-of", "2024-12-31", "--closing-as-of", "2025-12-31", "--json"]
    asked += ["--rates", str(tmp_path / "rates.xlsx"), "--edition", "auto"]
    one = CliRunner().invoke(app, [*asked, "--out", str(tmp_path / "one")])
    said = json.loads(one.stdout)
    assert said["edition"] == "green-finance-2025"
    assert [said["cells"][f"M01!{name}.all"] for name in ("currency", "difference")] == ["-15.96", "0.00"]
    other = CliRunner().invoke(app, [*asked, "--drawings", str(tmp_path / "moves.xlsx"), "--out", str(tmp_path / "two")])
    assert json.loads(other.stdout)["number"] != said["number"]
    record = json.loads((tmp_path / "two" / "run.json").read_text("utf-8"))
    assert [(file["name"], file["role"]) for file in record["made_of"]["files"]] == [("moves.xlsx", "drawings")]
    sheets = openpyxl.load_workbook(tmp_path / "two" / "roll_forward.xlsx").sheetnames
    assert [sheet[:3] for sheet in sheets[1:]] == ["M01", "M02", "M03", "M04", "M05", "M06"]  # no empty sheet of factors


def test_misuse_of_the_command_is_refused(tmp_path: Path, example: tuple[Path, dict[str, int], dict[str, object]]) -> None:
    book = str(example[0] / "opening.xlsx")
    for asked, code in (
        ([book, book], "movement.book_twice"),
        ([book, str(tmp_path), "--edition", "x"], "run.not_a_run"),
        ([book, str(example[0] / "out")], "run.not_a_run"),
    ):
        found = CliRunner().invoke(app, ["roll-forward", *asked, "--json"])
        assert found.exit_code == 2, found.output
        assert json.loads(found.stdout)["problems"][0]["code"] == code


def test_a_file_of_drawings_gives_gross_amounts(tmp_path: Path) -> None:
    before = run_made.book(tmp_path / "before.xlsx", {"贷款余额（元）": 100})
    after = run_made.book(tmp_path / "after.xlsx", {"贷款余额（元）": 130})
    listed = openpyxl.Workbook()
    sheet = listed.worksheets[0]
    sheet.title = "收付明细"
    sheet.append(["借据号", "收付标志", "发生日期", "发生额（元）"])
    sheet.append(["JJ2025000100", "发放", "2025-08-01", 80])
    sheet.append(["JJ2025000100", "收回", "2025-09-01", 50])
    listed.save(tmp_path / "moved.xlsx")
    asked = ["roll-forward", str(before), str(after), "--opening-as-of", "2025-06-30", "--closing-as-of", "2025-12-31", "--json"]
    found = CliRunner().invoke(app, [*asked, "--drawings", str(tmp_path / "moved.xlsx"), "--out", str(tmp_path / "out")])
    said = json.loads(found.stdout)
    assert {name: said["cells"][f"M01!{name}.all"] for name in ("drawn", "repaid", "corrected")} == {
        "drawn": "80.00",
        "repaid": "-50.00",
        "corrected": "0.00",
    }, said["problems"]
    assert found.exit_code == 0
