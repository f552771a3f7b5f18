"""The bridges of a run in words: rows for the terminal and the workbook, and the two CSV files of the run folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from greenfin import disclose
from greenfin.aggregate.bridge import BOTH, FIRST, NEITHER, SECOND, SHARE, Bridge, BridgeLine
from greenfin.core.records import Table
from greenfin.disclose.bridged import Step, bridge_table
from greenfin.messages.words import Lang, codes, say
from greenfin.reference.load import Reference

BRIDGE, BRIDGE_LOANS = FILES = ("bridge.csv", "bridge_loans.csv")
_STATES = ("not_green", "review", SHARE)
_HUNDREDTH = pa.scalar(Decimal("0.01"), pa.decimal128(3, 2))
_MONEY = ("balance_fen", "first_green_fen", "second_green_fen", "only_first_fen", "only_second_fen")


def steps(bridge: Bridge, reference: Reference) -> tuple[Step, ...]:
    """The rows of a bridge: the first total, less what is green under it alone, plus what is under the second alone, the second total.

    Each by what the other edition says, then by class (level 1, 2) and by reason; below them what is green under neither, and the book.
    """
    return (
        _step("total", bridge, (BOTH, FIRST), edition=_titles(reference, bridge.first), is_total=True),
        _step("both", bridge, (BOTH,)),
        *_alone(bridge, reference, FIRST),
        *_alone(bridge, reference, SECOND),
        _step("total", bridge, (BOTH, SECOND), edition=_titles(reference, bridge.second), is_total=True),
        *_neither(bridge),
        _step("book", bridge, (BOTH, FIRST, SECOND, NEITHER), is_total=True),
    )


def _titles(reference: Reference, edition: str) -> tuple[str, str]:
    catalogue = reference.catalogues[edition]
    return catalogue.title_zh, catalogue.title_en


def _step(word: str, bridge: Bridge, parts: Sequence[str], *, edition: tuple[str, str] = ("", ""), is_total: bool = False) -> Step:
    words = say(f"bridge.{word}", "zh", edition=edition[0]), say(f"bridge.{word}", "en", edition=edition[1])
    return _sum(words, [line for line in bridge.lines if line.part in parts], is_total=is_total)


def _sum(words: tuple[str, str], lines: Sequence[BridgeLine], *, level: int = 0, is_total: bool = False) -> Step:
    fen, receipts = sum(line.fen for line in lines), sum(line.receipts for line in lines)
    marked = (sum(line.marked_fen[0] for line in lines), sum(line.marked_fen[1] for line in lines))
    return Step(*words, fen, receipts, marked, level, is_total)


def _words(name: str) -> tuple[str, str]:
    return say(f"bridge.{name}", "zh"), say(f"bridge.{name}", "en")


def state_of(line: BridgeLine) -> str:
    """What the other edition says of a line that is green under one alone: not_green, review, or green with a smaller share."""
    if line.why == SHARE and line.first_outcome == line.second_outcome:
        return SHARE
    return line.second_outcome if line.part == FIRST else line.first_outcome


def _alone(bridge: Bridge, reference: Reference, part: str) -> Iterator[Step]:
    edition = bridge.first if part == FIRST else bridge.second
    for state in _STATES:
        lines = [line for line in bridge.lines if line.part == part and state_of(line) == state]
        if not lines:
            continue
        yield _sum(_words(f"{part}_{state}"), lines)
        for class1 in dict.fromkeys(line.class1 for line in lines):
            within = [line for line in lines if line.class1 == class1]
            yield _sum(class_names(reference, edition, class1), within, level=1)
            for class2 in dict.fromkeys(line.class2 for line in within if line.class2):
                yield _sum(class_names(reference, edition, class2), [line for line in within if line.class2 == class2], level=2)
        for why in dict.fromkeys(line.why for line in lines if line.why != SHARE):
            words = say("bridge.by_reason", "zh", why=reason(why, "zh")), say("bridge.by_reason", "en", why=reason(why, "en"))
            yield _sum(words, [line for line in lines if line.why == why], level=1)


def _neither(bridge: Bridge) -> Iterator[Step]:
    found = [line for line in bridge.lines if line.part == NEITHER]
    for pair in dict.fromkeys((line.first_outcome, line.second_outcome) for line in found):
        yield _sum(_words(f"neither_{'_'.join(pair)}"), [line for line in found if (line.first_outcome, line.second_outcome) == pair])


def class_names(reference: Reference, edition: str, code: str) -> tuple[str, str]:
    """A class by its code and name in both languages; one that is not known by its code."""
    entry = reference.catalogues[edition].entries.get(code)
    return (f"{code} {entry.name_zh}", f"{code} {entry.name_en}") if entry else (code or "-", code or "-")


def reason(why: str, lang: Lang) -> str:
    """A reason in words."""
    return codes(lang).get(f"bridge.why.{why}", why)


def tables(bridges: Sequence[Bridge], reference: Reference) -> list[Table]:
    """A table of the workbook for each bridge."""
    made = []
    for number, bridge in enumerate(bridges, 1):
        (zh, en), (other_zh, other_en) = _titles(reference, bridge.first), _titles(reference, bridge.second)
        titles = say("bridge.title", "zh", first=zh, second=other_zh), say("bridge.title", "en", first=en, second=other_en)
        made.append(bridge_table(number, steps(bridge, reference), titles=titles))
    return made


def write(bridges: Sequence[Bridge], folder: Path, *, reference: Reference, lang: Lang) -> None:
    """Write :data:`FILES`: the lines of every bridge, and the loans that differ; nothing where there is no bridge."""
    if bridges:
        disclose.write_detail(pa.Table.from_pylist([_row(b, line, reference, lang) for b in bridges for line in b.lines]), folder / BRIDGE)
        disclose.write_detail(pa.concat_tables([_loans(bridge, lang) for bridge in bridges]), folder / BRIDGE_LOANS)


def _row(bridge: Bridge, line: BridgeLine, reference: Reference, lang: Lang) -> dict[str, object]:
    edition = bridge.second if line.part == SECOND else bridge.first
    names = [class_names(reference, edition, code)[lang == "en"] if code else "" for code in (line.class1, line.class2)]
    amount, direct, enabling = (Decimal(fen).scaleb(-2) for fen in (line.fen, *line.marked_fen))
    return {
        "first": bridge.first,
        "second": bridge.second,
        "part": line.part,
        "first_outcome": line.first_outcome,
        "second_outcome": line.second_outcome,
        "class1": names[0],
        "class2": names[1],
        "why": line.why,
        "reason": reason(line.why, lang) if line.why else "",
        "receipts": line.receipts,
        "amount": str(amount),
        "direct": str(direct),
        "enabling": str(enabling),
    }


def _loans(bridge: Bridge, lang: Lang) -> pa.Table:
    """The loans that differ, amounts in yuan, reasons also in words."""
    rows = bridge.loans
    for name in _MONEY:
        yuan = pc.multiply(rows[name].cast(pa.decimal128(19, 0)), _HUNDREDTH)
        at = rows.column_names.index(name)
        rows = rows.set_column(at, name.removesuffix("_fen"), yuan)
    known = pc.unique(rows["why"]).to_pylist()
    said = pa.array([reason(why, lang) if why else "" for why in known], pa.string())
    words = said.take(pc.index_in(rows["why"].combine_chunks(), value_set=pa.array(known, pa.string())))
    rows = rows.add_column(rows.column_names.index("why") + 1, "reason", words)
    for side, edition in (("second", bridge.second), ("first", bridge.first)):
        rows = rows.drop_columns([f"{side}_name_{'zh' if lang == 'en' else 'en'}"])
        rows = rows.add_column(0, side, pa.array([edition] * len(rows), pa.string()))
    return rows
