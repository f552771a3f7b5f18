"""Lists of inputs: however they are typed, the same values stand at the same places."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from greenfin.measure.lists import taken
from greenfin.methods.registry import method

NUMBERS = st.lists(st.decimals(min_value=0, max_value=10**9, places=3, allow_nan=False), min_size=1, max_size=12)
UNITS = st.sampled_from(["", "t", " kg", "万吨"])


@settings(max_examples=60, deadline=None)
@given(NUMBERS, UNITS, st.sampled_from([";", "；", "; ", " ;"]), st.booleans())
def test_a_list_has_each_value_at_its_place_and_one_unit(numbers: list[Decimal], unit: str, between: str, at_end: bool) -> None:
    written = [f"{number}{unit}" if not at_end or place == len(numbers) - 1 else str(number) for place, number in enumerate(numbers)]
    read = taken(method("CDM-TOOL04-FOD").declaration, {"waste": between.join(written)}).given
    assert [read[f"waste_{place}"][0] for place in range(1, len(numbers) + 1)] == numbers
    assert len({each for _, each in read.values()}) == 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(1, 999)), min_size=1, max_size=12).filter(any))
def test_a_gap_is_no_value_and_keeps_the_others_in_their_places(values: list[int | None]) -> None:
    text = ";".join("-" if value is None else str(value) for value in values)
    given_texts = {"company": ";".join(f"c{place}" for place in range(len(values))), "reduction_pct": text}
    read = taken(method("SBTI-TEMP").declaration, given_texts)
    stated = {f"reduction_pct_{place}": Decimal(value) for place, value in enumerate(values, start=1) if value is not None}
    assert {name: value for name, (value, _) in read.given.items() if name.startswith("reduction_pct")} == stated
    assert sum(i.series == "company" for i in read.declaration.inputs) == len(values)
