"""V-UNITKIND: an indicator told in a unit that cannot measure it: emissions in money, coal saved in tonnes of CO2."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from greenfin.published.facts import Facts
from greenfin.published.index import Case, indicator_of, measures
from greenfin.published.prose import told
from greenfin.published.shapes import Fact, Finding, Label, Passage, Result, failed, together
from greenfin.published.words import pattern, unit_of

_NO_QUANTITY = ("", "percent", "points", "multiple")
_NO_QUANTITY_IN_TEXT = (*_NO_QUANTITY, "count")  # the emissions of 126 branches


def check_kinds(case: Case) -> Result:
    """All tables and all passages."""
    in_tables = [result for facts in case.tables for result in _of_table(facts)]
    return together([*in_tables, *(result for passage in case.document.passages for result in _of_passage(passage))])


def _of_table(facts: Facts) -> Iterator[Result]:
    """Each row and each column that names both an indicator and its unit, at its first number."""
    for lines in (map(facts.of_row, facts.layout.rows), map(facts.of_column, facts.layout.columns)):
        for line in lines:
            if line and (wrong := _first_wrong(line)):
                yield wrong


def _first_wrong(line: Sequence[Fact]) -> Result | None:
    is_row = all(fact.row == line[0].row for fact in line)
    for fact in line:
        label = fact.row_label if is_row else fact.column_label
        if fact.is_level and not fact.label.is_share and fact.figure.unit == label.unit and _is_wrong(label):
            return _told(fact.where, label.subject, label.unit, fact.figure.value)
    return None


def _is_wrong(label: Label) -> bool:
    unit = unit_of(label.unit) if label.unit else None
    return unit is not None and unit.kind not in _NO_QUANTITY and _is_other(label.subject, label.text, unit.kind)


def _is_other(subject: str, text: str, kind: str) -> bool:
    """Whether a name that says how much of something there is has a unit of something else; a quotient is of two kinds."""
    indicator = indicator_of(subject)
    return bool(indicator and "/" not in kind and pattern("subject.measured").search(text) and not measures(indicator, kind))


def _of_passage(passage: Passage) -> Iterator[Result]:
    for mention in told(passage).mentions:
        kind = mention.figure.kind
        if mention.role == "level" and kind not in _NO_QUANTITY_IN_TEXT and _is_other(mention.noun, mention.noun, kind):
            yield _told(passage.where, mention.noun, mention.figure.unit, mention.figure.value)


def _told(where: str, name: str, unit: str, printed: float) -> Result:
    slots = {"name": name.strip("| "), "unit": unit}
    return failed(Finding("V-UNITKIND", "error", where, "published.unit_of_other", printed, slots=slots))
