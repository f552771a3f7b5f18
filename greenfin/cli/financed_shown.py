"""``financed`` in words: one standard with its groups, or the standards side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from greenfin.cli.session import Session
from greenfin.core.problems import Problem, Severity
from greenfin.messages import tell

if TYPE_CHECKING:
    import pyarrow as pa

    from greenfin.financed.totals import Total

MOST = 10  # factors named
EACH = ("financed.marked", "financed.left_out")  # said one by one: each is of another reason


def each_reason(session: Session, problems: Sequence[Problem]) -> Iterator[str]:
    """What was marked or left out, one line for each reason."""
    for problem in problems:
        if problem.code in EACH and problem.severity is not Severity.INFO:
            yield f"[{session.say('severity.' + problem.severity.value)}] {tell(problem, session.lang)} {problem.where}"


def one_standard(session: Session, table: pa.Table, exposures: pa.Table, standard: str, year: int) -> Iterator[str]:
    """One standard in words: total, groups, quality, what is left out."""
    from greenfin.financed.as_json import GROUPS, quality_json
    from greenfin.financed.totals import left_out, totals

    whole = totals(table)[()]
    yield session.say("financed.head", standard=standard, year=year, count=whole.included, of=whole.count, share=_percent(whole.coverage))
    if whole.unvalued:
        yield session.say("financed.without_balance", count=whole.unvalued)
    yield from _lines(session, session.say("financed.total"), whole)
    branches = table.append_column("branch_code", exposures["branch_code"])
    for name, column in GROUPS.items():
        yield f"— {session.say('by.' + name)}"
        for (key,), one in totals(branches, [column]).items():
            if key or one.included:
                yield _line(session, _group(session, key), one)
    quality = quality_json(standard, whole)
    band = session.say("financed.band", band=quality["band"]) if quality["band"] else ""
    yield session.say(
        "financed.quality",
        by_outstanding=_score(whole.by_outstanding),
        by_emissions=_score(whole.by_emissions),
        weight=str(quality["weight"]),
        band=band,
    )
    for reason, (count, fen) in left_out(table).items():
        yield session.say("financed.left", reason=reason, count=count, amount=f"{float(Fraction(fen, 10**6)):,.2f}")


def _lines(session: Session, label: str, total: Total) -> Iterator[str]:
    yield _line(session, label, total)
    if total.intensity is not None:
        yield f"{session.say('financed.intensity'):<24}{float(total.intensity):>18,.4f} {session.say('unit.financed_intensity')}"


def _line(session: Session, label: str, total: Total) -> str:
    grams = total.grams["financed_g"]
    amount = "—" if grams is None else f"{float(Fraction(grams, 10**6)):,.2f} tCO2e"
    return f"{label:<24}{amount:>26}{total.included:>8}{_percent(total.coverage):>9}"


def _group(session: Session, key: str) -> str:
    return session.say(f"group.{key}") if key and len(key) > 1 and key.isascii() and key[0].isalpha() else key or "—"


def _percent(share: Fraction | None) -> str:
    return "—" if share is None else f"{float(100 * share):.1f}%"


def _score(value: Fraction | None) -> str:
    return "—" if value is None else f"{float(value):.2f}"


_WORDS = {"denominators": "kind", "balances": "kind", "options": "option"}  # codes of PCAF (2b) and keys of factors stay


def _said(session: Session, aspect: str, name: str) -> str:
    """What a standard rests on in words, where it is a word; a code of PCAF's tables stands before what it means."""
    if aspect not in _WORDS:
        return name
    if not name[:1].isdigit():
        return session.say(f"{_WORDS[aspect]}.{name}")
    from greenfin.financed.pcaf.data import options

    steps = dict.fromkeys(step for (_, step), found in options().items() if found.option == name)
    return f"{name} ({' / '.join(session.say('option.' + step) for step in steps)})"


def side_by_side(session: Session, tables: Mapping[str, pa.Table]) -> Iterator[str]:
    """The standards in one table, and in what they differ."""
    from greenfin.financed.compare import compared, differing

    found = compared(tables)
    for one in found:
        yield from _lines(session, session.say(f"standard.{one.standard}"), one.total)
    yield session.say("financed.not_added")
    for aspect in differing(found):
        yield f"— {session.say('financed.differ.' + aspect)}"
        for one in found:
            if aspect == "perimeter":
                text = session.say("financed.perimeter", count=one.total.included, share=_percent(one.total.coverage))
            else:
                names = getattr(one.basis, aspect)
                said = [_said(session, aspect, name) for name in names]
                text = (", ".join(said[:MOST]) or "—") + (session.say("cli.and_more", n=len(said) - MOST) if len(said) > MOST else "")
            yield f"    {session.say('standard.' + one.standard)}: {text}"
