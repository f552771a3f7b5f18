"""What the rules and thresholds of an edition say of one loan, in words: for its dossier and for whoever reviews it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from greenfin import tag
from greenfin.disclose.printed import pick, unit_text
from greenfin.messages.words import Lang, codes, say


@dataclass(frozen=True, slots=True)
class Ruled:
    """A rule or a threshold and what it says: ``outcome`` is met, unmet or unknown; ``entry`` the one it is about (empty: none)."""

    name: str
    entry: str
    outcome: str
    said: str
    asked: str
    source: str
    decided: bool = False


def ruled(found: tag.RulesSaid, lang: Lang) -> Iterator[Ruled]:
    """The rules that speak to the loan, the deciding one first, then the thresholds of its leaf."""
    for one in sorted(found.said, key=lambda one: not one.decided):
        asked = pick(one.rule.reason_zh, one.rule.reason_en, lang) + _number_asked(one, lang)
        source = codes(lang).get(f"source.{one.rule.source}", one.rule.source) + _in_force(one, lang)
        yield Ruled(one.rule.id, one.rule.entry, one.outcome, _said(one, lang), asked, source, one.decided)
    for line in found.thresholds:
        yield _threshold(line, lang)


def _in_force(one: tag.RuleSaid, lang: Lang) -> str:
    """From when until when the rule holds, and by which date of the loan; nothing where it always does."""
    days = [
        say(f"dossier.{name}", lang, day=day.isoformat())
        for name, day in (("from", one.applies_from), ("before", one.applies_until))
        if day
    ]
    return say("dossier.in_force", lang, days=" ".join(days), of=say(f"date_of.{one.rule.date_of}", lang)) if days else ""


def _said(one: tag.RuleSaid, lang: Lang) -> str:
    """What the rule says of the loan, and what follows from it."""
    said = say(f"dossier.rule.{one.outcome}", lang)
    if one.outcome == "met":
        said += " → " + say(f"decision.{one.rule.verdict}", lang)
    return said + (say("dossier.decided", lang) if one.decided else "")


def _number_asked(one: tag.RuleSaid, lang: Lang) -> str:
    """The number that the rule asks for, by its name; nothing of what has no name, which is no number to people."""
    asked = one.rule.threshold
    name = codes(lang).get(f"fact.{asked.fact}", "") if asked else ""
    return _number(f"{name} {asked.op}", asked.value, asked.unit, one.found, lang) if asked and name else ""


def _number(op: str, value: Decimal, unit: str, found: float | None, lang: Lang) -> str:
    """The number asked, and the one found."""
    limit = f"{op} {value}{unit_text(unit, lang)}"
    return f" ({limit})" if found is None else say("dossier.number", lang, limit=limit, found=f"{found:g}")


def _threshold(one: tag.LineSaid, lang: Lang) -> Ruled:
    """A threshold of the leaf: the standard, what is said of it, the number or grade asked, where the catalogue says so."""
    line = one.line
    said = say(f"dossier.rule.{one.outcome}", lang)
    asked = codes(lang).get(f"fact.{line.fact}", line.fact) if line.fact else codes(lang).get(f"grade.{line.grade}", line.note)
    asked += _number(line.op, line.value, line.unit, one.found, lang) if line.fact else ""
    named = " ".join(part for part in (line.standard, line.scope) if part) or line.entry
    source = " ".join(part for part in (codes(lang).get(f"source.{line.source}", line.source), line.locator) if part)
    return Ruled(named, line.entry, one.outcome, said, asked, source)


def moved_by_model(told: str | None, lang: Lang) -> str:
    """What a learned model moved, with the words that weighed most, out of the column ``model`` of a tag; empty: nothing, or no model."""
    found: dict[str, Any] = json.loads(told) if told else {}
    if not found.get("moved"):
        return ""
    weights = ", ".join(f"{w['feature'].partition(':')[2].strip() or w['feature']} {w['weight']:+.2f}" for w in found["weights"])
    return say("tag.model_line", lang, moved=found["moved"], weights=weights)
