"""Laws of reading claims: any text is read or left, the unit does not matter, the printed digits hold the number."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenfin.measure.claims import base_unit, claims_of, words

NUMBERS = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(99999), places=2)
PIECES = st.sampled_from(
    [*words("output"), *words("hedge"), *words("order"), "万吨", "吨标准煤", "亿千瓦时", "3.2", "1,024", "，", "。", "(", "/", " "]
)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=25).map("".join)))
def test_any_text_is_read_or_left(text: str) -> None:
    for claim in claims_of(text):
        stated, low, high = claim.base()
        assert low <= stated <= high
        assert base_unit(claim.output)


@settings(max_examples=60, deadline=None)
@given(NUMBERS, st.sampled_from(["标准煤", "二氧化碳", "二氧化硫", "氮氧化物", "化学需氧量", "氨氮"]))
def test_the_unit_does_not_matter(number: Decimal, word: str) -> None:
    (wide,), (narrow,) = claims_of(f"年减少{word}{number}万吨"), claims_of(f"年减少{word}{number * 10000:,}吨")
    assert wide.output == narrow.output
    assert wide.base()[0] == pytest.approx(narrow.base()[0])
