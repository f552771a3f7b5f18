"""What stands under a table of financed emissions: its standard, what was left out and why, or that it does not apply."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from greenfin.core.money import FEN_PER_YI, round_half_up
from greenfin.core.problems import Problem, info
from greenfin.core.records import Sum, sum_key
from greenfin.disclose.making import Note, words
from greenfin.messages.words import LANGUAGES, Lang, say
from greenfin.reference.templates import Template

EXCLUDED = "financed_excluded"


def standard_notes(template: Template, sums: Mapping[str, Sum]) -> list[Note]:
    """Notes of a table that has a standard; none for any other table."""
    if not template.standard:
        return []
    if not applies(template, sums):
        return [words("disclose.financed.nothing")]
    named = words("disclose.financed.standard", standard=template.standard)
    apart = excluded(sums, template.standard)
    return [named, left_out(apart)] if apart else [named]


def excluded(sums: Mapping[str, Sum], standard: str) -> tuple[Sum, ...]:
    """What a standard leaves out, by reason."""
    return tuple(one for one in sums.values() if one.name == EXCLUDED and one.keys.get("standard") == standard)


def applies(template: Template, sums: Mapping[str, Sum]) -> bool:
    """Whether the book has exposures of the table's kind under its standard."""
    makers = (c.maker for c in template.columns if c.maker and "standard" in c.maker.keys)
    first = next(makers, None)
    return first is not None and sum_key(first.args[0], first.keys) in sums


def not_applicable(templates: Iterable[Template], sums: Mapping[str, Sum]) -> list[Problem]:
    """The tables asked for that have nothing to show."""
    empty = [t.id for t in templates if t.standard and not applies(t, sums)]
    return [info("disclose.not_applicable", ", ".join(empty), tables=", ".join(empty))] if empty else []


def left_out(found: Sequence[Sum]) -> Note:
    """Each reason with its exposures' number and balance, the largest first."""
    ordered = sorted(found, key=lambda s: (-(s.value or 0), s.keys["excluded_reason"]))
    zh, en = (
        say("disclose.financed.excluded", lang, each=say("disclose.between", lang).join(_one(each, lang) for each in ordered))
        for lang in LANGUAGES
    )
    return zh, en


def _one(each: Sum, lang: Lang) -> str:
    amount = round_half_up(Fraction(each.value or 0, FEN_PER_YI), 2)
    return say("disclose.financed.excluded_one", lang, reason=each.keys["excluded_reason"], n=each.rows, amount=f"{amount:,f}")
