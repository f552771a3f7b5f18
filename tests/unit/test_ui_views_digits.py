"""Digits that come faster than the page is drawn: none is lost, none decides the loan after its own."""

from __future__ import annotations

import pytest

from greenfin.ui.views.digits import Digits


def _chosen(digits: Digits, told: str, decides: int = 0) -> str:
    """What the digits choose where the ``decides``-th of them decides a loan."""
    digits.hear(told)
    found = ""
    for digit in digits.each():
        found += digit
        if len(found) == decides:
            digits.decide()
    return found


def test_a_digit_pressed_twice_counts_twice_and_each_once() -> None:
    digits = Digits()
    assert _chosen(digits, "10.9.1") == "1"
    assert _chosen(digits, "10.9.1 11.9.1") == "1"  # the browser tells the last few each time
    assert _chosen(digits, "10.9.1 11.9.1") == ""
    assert _chosen(Digits(), "10.9.1 11.9.1") == "11"


def test_a_digit_too_many_is_not_for_the_next_loan() -> None:
    digits = Digits()
    assert _chosen(digits, "10.9.1 11.9.2 12.9.3", decides=2) == "12"
    assert _chosen(digits, "13.9.3") == ""  # no other key since
    assert _chosen(digits, "13.9.3 15.14.3") == "3"


@pytest.mark.parametrize("told", ["", "x", "1.2", "0.0.0", "-1.-1.-1", "9" * 1000, "<script>"])
def test_whatever_else_is_told_is_no_digit(told: str) -> None:
    digits = Digits()
    assert _chosen(digits, told) == ""
    assert _chosen(digits, "10.9.1") == "1"
