"""Green bonds held, issued and underwritten (T14); use of proceeds with their benefit (T15); the rules between them and other tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from facility_bank import BOND, DRAWINGS, FUNDED, WAN, drawing, facts, made, reference, value

from greenfin.aggregate.bonds import instrument_of
from greenfin.core.problems import Problem
from greenfin.core.records import Cell, How, Table
from greenfin.disclose.checks import declared

HELD = {"side": "held", "label": "绿色债券", "source_sheet": "book.xlsx!绿色债券", "source_row": 9}
BONDS = (
    BOND,
    HELD | {"bond_code": "1", "bond_name": "某银行绿色金融债", "issuer": "某银行股份有限公司", "balance_fen": 500 * WAN},
    HELD | {"bond_code": "2", "bond_name": "某水务GN001", "issuer": "某水务集团", "balance_fen": 300 * WAN},
    HELD | {"bond_code": "2", "bond_name": "某水务GN001", "issuer": "某水务集团", "balance_fen": 100 * WAN, "trade_no": "b"},
    HELD | {"bond_code": "3", "bond_name": "某能源公司债", "issuer": "某能源", "label": "非绿色", "balance_fen": 900 * WAN},
    HELD | {"bond_code": "4", "bond_name": "某环保公司债", "issuer": "某环保", "side": "underwritten", "par_fen": 700 * WAN},
)
USED = (
    drawing("wind", date(2024, 5, 1), 1500, **FUNDED),
    drawing("wind", date(2024, 6, 1), 800, kind="repaid", **FUNDED),
    drawing("store", date(2024, 7, 1), 2800, **FUNDED),
)


def broken(problems: tuple[Problem, ...] | list[Problem]) -> set[str]:
    return {str(p.params["rule"]) for p in problems if p.code == "disclose.rule_broken"}


def use_of_proceeds(*drawings: dict[str, object], bonds: tuple[dict[str, object], ...] = BONDS) -> Table:
    return made(facts(drawings or USED, bonds=bonds), "T15").value[0]


def test_bonds_by_side_and_instrument() -> None:
    """Lots of one bond count once, what is not green is left out, underwritten bonds stand at face value."""
    table = made(facts(bonds=BONDS), "T14").value[0]
    assert [value(table, f"held.{name}") for name in ("count", "balance")] == [2, 900]
    assert value(table, "held_notes.balance") == 400
    assert value(table, "held_notes.count") == 1
    assert value(table, "held_financial.share") == pytest.approx(500 / 9)
    assert value(table, "issued.balance") == 5000
    assert value(table, "underwritten_corporate.balance") == 700


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("24某银行绿色资产支持证券\t\t某银行", "asset_backed"),
        ("25某省绿色专项债券\t绿色债券\t某省政府", "local_government"),
        ("24某地铁GN002\t\t某地铁集团", "notes"),
        ("24某集团绿色企业债\t\t某集团", "corporate"),
        ("24绿债\t\t某集团", "other"),
        ("24绿债\t\t某金融租赁有限公司", "financial"),
    ],
)
def test_instruments_by_their_words(text: str, kind: str) -> None:
    assert instrument_of(text) == kind


def test_no_register_no_table() -> None:
    found = made(facts(), "T14", "T15")
    assert all(table.notes_zh[0].startswith("不适用") for table in found.value)


def test_use_of_proceeds_by_project() -> None:
    """What was drawn above what is used was lent again; the bond has its part of each project's result."""
    table = use_of_proceeds()
    bond = {
        name: value(table, f"bond_2428001.IB.{name}") for name in ("raised", "used", "unused", "drawn", "relent", "repaid", "attributed")
    }
    part = 60_000 * 1500 / 20_000 + 8000 * 2800 / 5000
    told = {"raised": 5000, "used": 4000, "unused": 1000, "drawn": 4300, "relent": 300, "repaid": 800, "attributed": part}
    assert bond == told
    assert value(table, "project_2428001.IB_P1.share") == 7.5
    assert value(table, "project_2428001.IB_P3.balance") == 900
    assert table.cells["project_2428001.IB_P1.place"].text == "320500"
    assert table.cells["bond_2428001.IB.idle"].text == "同业存单"
    assert table.rows[0].id == "bond_2428001.IB"


def test_projects_stand_below_their_bond() -> None:
    """With two bonds each has its own projects under it, by their own names."""
    second = BOND | {"bond_code": "2599001.IB", "bond_name": "25示例绿金02"}
    more = drawing("sun", date(2024, 8, 1), 900, **(FUNDED | {"fund_source": "2599001.IB"}))
    table = use_of_proceeds(*USED, more, bonds=(*BONDS, second))
    ids = [row.id for row in table.rows]
    assert ids.index("project_2428001.IB_P3") < ids.index("bond_2599001.IB") < ids.index("project_2599001.IB_P2")
    assert next(row.zh for row in table.rows if row.id == "project_2599001.IB_P2") == "P2项目"


def test_without_a_stated_use_what_was_drawn_is_used() -> None:
    bond = BOND | {"proceeds_used_fen": None}
    table = use_of_proceeds(bonds=(bond,))
    assert (value(table, "bond_2428001.IB.used"), value(table, "bond_2428001.IB.relent")) == (4300, 0)
    assert table.cells["bond_2428001.IB.used"].marks
    found = made(facts(USED, bonds=(bond,)), "T15").problems
    assert [p.params["amount"] for p in found if p.code == "aggregate.bond_use_assumed"] == ["43,000,000.00"]


def test_a_drawing_is_of_the_bond_that_its_funding_source_names_in_full() -> None:
    """The second issue's name begins with the first's."""
    names = ("示例银行2024年绿色金融债券", "示例银行2024年绿色金融债券（第二期）")
    both = tuple(BOND | {"bond_code": None, "bond_name": name} for name in names)
    second = drawing("wind", date(2024, 5, 1), 1500, **(FUNDED | {"fund_source": f"募集资金：{names[1]}"}))
    table = use_of_proceeds(second, bonds=both)
    assert [value(table, f"bond_{name}.drawn") for name in names] == [0, 1500]


def test_what_a_bond_raised_is_marked_where_one_of_its_rows_does_not_say_it() -> None:
    table = use_of_proceeds(bonds=(BOND, BOND | {"proceeds_fen": None, "trade_no": "b"}))
    assert value(table, "bond_2428001.IB.raised") == 5000
    assert table.cells["bond_2428001.IB.raised"].marks
    assert not use_of_proceeds().cells["bond_2428001.IB.raised"].marks


def test_a_use_that_only_some_rows_of_a_bond_state_is_not_the_whole() -> None:
    both = (BOND, BOND | {"proceeds_used_fen": None, "trade_no": "b"})
    found = made(facts(USED, bonds=both), "T15")
    assert [p.params["n"] for p in found.problems if p.code == "aggregate.bond_use_incomplete"] == [1]
    assert found.value[0].cells["bond_2428001.IB.used"].marks


def test_a_bond_without_an_amount_is_told_and_its_line_marked() -> None:
    nothing = HELD | {"bond_code": "9", "bond_name": "某集团GN009", "issuer": "某集团", "source_row": 12}
    found = made(facts(bonds=(*BONDS, nothing)), "T14")
    assert [(p.where, p.params["n"]) for p in found.problems if p.code == "aggregate.register_amount_missing"] == [
        ("book.xlsx!绿色债券!12", 1)
    ]
    cells = found.value[0].cells
    assert (cells["held.balance"].value, cells["held.count"].value) == (900, 3)
    assert cells["held.balance"].marks
    assert cells["held_notes.balance"].marks
    assert not cells["held_financial.balance"].marks


@pytest.mark.parametrize(
    ("at", "change", "rule"),
    [
        ("bond_2428001.IB.used", lambda v: v + 500, "V-SUM"),
        ("project_2428001.IB_P1.drawn", lambda v: v + 1, "V-SUM"),
        ("bond_2428001.IB.unused", lambda v: v - 1, "V-SUM"),
        ("bond_2428001.IB.used", lambda v: v * 2, "V-USED"),
        ("bond_2428001.IB.repaid", lambda v: v * 0, "V-USED"),
        ("project_2428001.IB_P3.drawn", lambda v: v * 2, "V-USED"),
        ("project_2428001.IB_P3.attributed", lambda v: v * 2, "X-06"),
    ],
)
def test_each_rule_of_the_proceeds_finds_its_error(at: str, change: Callable[[Fraction], Fraction], rule: str) -> None:
    table = use_of_proceeds()
    assert not broken(list(declared([table], reference().templates)))
    cell = table.cells[at]
    wrong = replace(table, cells={**table.cells, at: replace(cell, value=change(cell.value or Fraction(0)))})
    assert rule in broken(list(declared([wrong], reference().templates)))


def test_a_use_above_what_was_drawn_is_told() -> None:
    """The bank states more as used than its projects drew."""
    found = made(facts(USED[:1], bonds=BONDS), "T15")
    assert "V-SUM" in broken(found.problems)


def test_holdings_against_the_return() -> None:
    """X-07: column R of the return is what is held without financial issuers and governments."""
    table = made(facts(bonds=BONDS), "T14").value[0]

    def the_return(wan: int) -> Table:
        cell = Cell("T08!total.bonds", Fraction(wan), "万元", 2, How("sum", ("green_bonds_held",)))
        return replace(table, id="T08", cells={"total.bonds": cell}, rows=(), columns=())

    own = {"T14": reference().templates["T14"]}
    assert not broken(list(declared([table, the_return(400)], own)))
    assert broken(list(declared([table, the_return(401)], own))) == {"X-07"}


def test_one_benefit_is_not_claimed_twice() -> None:
    """X-08: a drawing under the facility that a bond funds too."""
    twice = drawing("wind", date(2024, 5, 1), 1500, fund_source="2428001.IB")
    assert "aggregate.benefit_claimed_twice" in {p.code for p in made(facts([*DRAWINGS, twice], bonds=BONDS), "T15", "T18").problems}
    assert "aggregate.benefit_claimed_twice" not in {p.code for p in made(facts([*DRAWINGS, *USED], bonds=BONDS), "T15", "T18").problems}


def test_a_bond_that_is_not_in_the_register() -> None:
    """X-08: a funding source that names a bond that the bank did not issue; own funds are no bond."""
    strange = drawing("sun", date(2024, 5, 1), 100, **(FUNDED | {"fund_source": "绿色金融债2299999"}))
    own = drawing("sun", date(2024, 5, 1), 100, **(FUNDED | {"fund_source": "自有资金"}))
    assert "aggregate.bond_unknown" in {p.code for p in made(facts([*USED, strange], bonds=BONDS), "T15").problems}
    assert "aggregate.bond_unknown" not in {p.code for p in made(facts([*USED, own], bonds=BONDS), "T15").problems}
