"""What the import page says before a book is entered."""

from __future__ import annotations

import pytest

from greenfin.core.problems import Refused
from greenfin.messages import Lang, say
from greenfin.store.foreseen import Foreseen, Lot
from greenfin.ui.views.entering import HEADINGS, as_confirmed, told

LEAVING = Foreseen(
    held=Lot(246, 1_463_939_459_650), stay=Lot(2, 300), come=Lot(1, 50), leave=Lot(244, 1_463_939_459_000), as_of=("2025-12-31",)
)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_stays_comes_and_leaves_stands_there_with_its_balance(lang: Lang) -> None:
    found = told(LEAVING, lang)
    assert [row[1:] for row in found.rows] == [
        ("246", "14,639,394,596.50"), ("2", "3.00"), ("244", "14,639,394,590.00"), ("1", "0.50"), ("3", "3.50")
    ]  # fmt: skip
    assert "2025-12-31" in found.rows[0][0]
    assert found.leave == LEAVING.leave
    assert "244" in found.warns
    assert "100.0%" in found.warns
    assert "244" in found.asks
    assert all(say(f"ui.import.lot.{name}", lang) for name in HEADINGS)


def test_a_first_book_and_one_that_nobody_leaves_ask_nothing() -> None:
    first = told(Foreseen(Lot(), Lot(), Lot(2, 10), Lot()), "en")
    assert [row[1] for row in first.rows] == ["2", "2"]
    same = told(Foreseen(Lot(2, 10), Lot(2, 12), Lot(), Lot()), "en")
    assert [(one.leave, one.warns, one.asks) for one in (first, same)] == [(Lot(), "", "")] * 2


@pytest.mark.parametrize("confirmed", [Lot(243, 1_463_939_459_000), Lot(245, 1_463_939_459_000), Lot(244, 1), Lot()])
def test_other_loans_than_were_confirmed_are_refused(confirmed: Lot) -> None:
    with pytest.raises(Refused) as refused:
        as_confirmed(LEAVING, confirmed)
    assert refused.value.problem.code == "store.others_leave"


def test_what_was_confirmed_goes_on() -> None:
    as_confirmed(LEAVING, LEAVING.leave)
    as_confirmed(Foreseen(Lot(2, 10), Lot(2, 12), Lot(), Lot()), Lot(1, 5))  # by now none leaves
