"""A measurement in words and figures for a screen: results, the bank's part, factors with those passed over, what drives it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from greenfin.messages import Lang, codes, say
from greenfin.messages.words import located
from greenfin.methods.finding import factor_title
from greenfin.methods.numbers import figure
from greenfin.methods.worded import names_of
from greenfin.ui.views.units import unit_words, with_words

if TYPE_CHECKING:
    from greenfin.measure import Single
    from greenfin.reference.load import Reference

Shown = Mapping[str, Any]
MOST_PASSED = 8
AMOUNT = "amount"  # a result that is neither reduced nor emitted


@dataclass(frozen=True, slots=True)
class Result:
    """A result: the whole project, the bank's part (empty without attribution), the interval (empty without ranges), what kind it is."""

    name: str
    words: str
    whole: str
    part: str
    interval: str
    kind: str


@dataclass(frozen=True, slots=True)
class FactorRow:
    """A factor that counts: its name, value, where and when, how it was found, document; those passed over with the reason."""

    words: str
    value: str
    place: str
    found: str
    document: str
    is_own: bool
    is_checked: bool
    passed: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """What one number alone makes of a result: from ``at_low`` to ``at_high`` in the result's ``unit``, around ``centre``."""

    words: str
    span: str
    becomes: str
    at_low: float
    at_high: float
    centre: float


@dataclass(frozen=True, slots=True)
class Tornado:
    """What a result hangs on, the greatest first."""

    words: str
    unit: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """What a result is under other choices the documents allow."""

    words: str
    low: str
    high: str
    spread: str


@dataclass(frozen=True, slots=True)
class Told:
    """One measurement; ``share`` is empty without attribution, ``claims`` holds (stated, computed, whether it fits)."""

    results: tuple[Result, ...]
    share: str
    factors: tuple[FactorRow, ...]
    conventions: tuple[str, ...]
    tornados: tuple[Tornado, ...]
    options: tuple[Option, ...]
    claims: tuple[tuple[str, str, str], ...]
    assumed: tuple[tuple[str, str], ...]


def told(single: Single, shown: Shown, bars: Any, *, reference: Reference, lang: Lang) -> Told:
    """The measurement in words; ``bars`` is the tornado of the same measurement with its numbers moved."""
    names = names_of(single.declaration, lang) | _slot_names(single, reference, lang)
    attribution = shown["attribution"]
    return Told(
        results=tuple(results_of(shown, names, lang)),
        share=f"{attribution['share']:.4%}" if attribution else "",
        factors=tuple(factors_of(shown, names, _not_taken(single, reference, lang), reference=reference, lang=lang))
        if shown["outputs"]
        else (),
        conventions=tuple(_chosen(single, _counting(shown), lang)) if shown["outputs"] else (),
        tornados=tuple(_tornados(shown, bars, names, lang)),
        options=tuple(_options(single, shown, names, lang)),
        claims=tuple(_claim(claim, names, lang) for claim in shown["claims"]),
        assumed=tuple(_assumed(shown, names, lang)),
    )


def _slot_names(single: Single, reference: Reference, lang: Lang) -> dict[str, str]:
    known = reference.factors.quantities
    slots = [filled.slot for filled in single.done.filled.values()]
    found = {slot.slot: known[slot.id] for slot in slots if slot.id in known}
    return {name: quantity.name_en if lang == "en" else quantity.name_zh for name, quantity in found.items()}


def _counting(shown: Shown) -> Mapping[str, str]:
    return {name: choice for name, choice in shown["conventions"].items() if name in shown["conventions_counting"]}


def results_of(shown: Shown, names: Mapping[str, str], lang: Lang) -> Iterator[Result]:
    """The results of ``measure``'s JSON in words."""
    parts = shown["attribution"]["outputs"] if shown["attribution"] else {}
    for name, output in shown["outputs"].items():
        part = parts.get(name)
        whole = _with_unit(output, lang)
        interval = _interval(part or output, lang)
        kind = str(output.get("kind", "amount"))
        yield Result(name, names.get(name, name), whole, _with_unit(part, lang) if part else "", interval, kind)


def _with_unit(output: Shown, lang: Lang) -> str:
    values = output["value"] if isinstance(output["value"], list) else [output["value"]]
    labels = output.get("labels") or [""] * len(values)
    said = (f"{label} {'-' if value is None else figure(value)}".strip() for label, value in zip(labels, values, strict=True))
    unit = output["unit"] if isinstance(output["unit"], str) else output["unit"][0]
    return with_words(say("ui.list_comma", lang).join(said), unit, lang)


def _interval(output: Shown, lang: Lang) -> str:
    if output["low"] is None or isinstance(output["low"], list):
        return ""
    return with_words(f"{figure(output['low'])} … {figure(output['high'])}", output["unit"], lang)


Passed = Mapping[str, tuple[tuple[str, str, str], ...]]


def _not_taken(single: Single, reference: Reference, lang: Lang) -> Passed:
    """What was passed over for each factor, by its slot."""
    each = ((filled.slot.slot, filled.found(0)) for filled in single.done.filled.values())
    return {slot: _passed(found.passed_over, reference, lang) for slot, found in each if found}


def factors_of(shown: Shown, names: Mapping[str, str], passed: Passed, *, reference: Reference, lang: Lang) -> Iterator[FactorRow]:
    """The factors of ``measure``'s JSON in words."""
    for used in shown["factors"]:
        how = say("ui.list_comma", lang).join(_known(f"render.found.{one}", one, lang) for one in used["found"].split("+"))
        place = " ".join(str(one) for one in (_region(used["region"], reference, lang), used["data_year"]) if one)
        document = f"{used.get('document') or used['source'] or ''} {located(used.get('locator') or '', lang)}".strip()
        value = with_words(f"{used['value']:.12g}", used["unit"], lang)
        checked = not str(used.get("verified", used["found"])).startswith(("no", "unverified"))
        slot, is_own = used["slot"], used["found"] == "user"
        yield FactorRow(names.get(slot, used["id"]), value, place, how, document, is_own, checked, passed.get(slot, ()))


def _region(code: str | None, reference: Reference, lang: Lang) -> str:
    return reference.regions.name(code, lang) if code else ""


def _passed(found: Sequence[tuple[Any, str]], reference: Reference, lang: Lang) -> tuple[tuple[str, str, str], ...]:
    """Value, place with year and document, and why it was not taken; the first ones."""
    return tuple(
        (
            with_words(f"{factor.value}", factor.unit, lang),
            " ".join(
                str(p) for p in (_region(factor.region, reference, lang), factor.data_year, factor_title(factor, reference, lang)) if p
            ),
            _known(f"data.passed.{why}", why, lang),
        )
        for factor, why in found[:MOST_PASSED]
    )


def _known(code: str, otherwise: str, lang: Lang) -> str:
    return codes(lang).get(code, otherwise)


def _chosen(single: Single, choices: Mapping[str, str], lang: Lang) -> Iterator[str]:
    """Choices in words."""
    words = {(c.name, o.name): o.en if lang == "en" else o.zh for c in single.declaration.conventions for o in c.choices}
    return (words.get(each, "=".join(each)) for each in choices.items())


def _tornados(shown: Shown, bars: Any, names: Mapping[str, str], lang: Lang) -> Iterator[Tornado]:
    single = {name: output for name, output in shown["outputs"].items() if name in bars and not isinstance(output["value"], list)}
    main = {name: output for name, output in single.items() if output["kind"] != AMOUNT} or single
    for name, output in main.items():
        found = bars[name]
        made = tuple(_bar(bar, output, names, lang) for bar in found if bar["at_low"] != bar["at_high"])
        if made:
            yield Tornado(names.get(name, name), unit_words(output["unit"], lang), made)


def _bar(bar: Shown, output: Shown, names: Mapping[str, str], lang: Lang) -> Bar:
    span = with_words(f"{figure(bar['low'])} … {figure(bar['high'])}", bar["unit"], lang)
    becomes = with_words(f"{figure(bar['at_low'])} … {figure(bar['at_high'])}", output["unit"], lang)
    return Bar(names.get(bar["name"], bar["name"]), span, becomes, bar["at_low"], bar["at_high"], float(output["value"]))


def _options(single: Single, shown: Shown, names: Mapping[str, str], lang: Lang) -> Iterator[Option]:
    for name, span in shown["spans"].items():
        low, high = (_end(single, span, end, lang) for end in ("low", "high"))
        yield Option(names.get(name, name), low, high, "" if span["spread"] is None else f"+{span['spread']:.0%}")


def _end(single: Single, span: Shown, end: str, lang: Lang) -> str:
    choices = {name: choice for name, choice in span[end]["conventions"].items() if name in span["by"]}
    words = say("ui.list_comma", lang).join(_chosen(single, choices, lang))
    return f"{with_words(figure(span[end]['value']), span['unit'], lang)} ({words})"


def _claim(claim: Shown, names: Mapping[str, str], lang: Lang) -> tuple[str, str, str]:
    stated, computed = (
        "-" if claim[which] is None else with_words(figure(claim[which]), claim["unit"], lang) for which in ("stated", "computed")
    )
    return f"{names.get(claim['output'], claim['output'])} {stated}", computed, _fits(claim["fits"])


def _fits(fits: bool | None) -> str:
    return "unknown" if fits is None else "agrees" if fits else "differs"


def _assumed(shown: Shown, names: Mapping[str, str], lang: Lang) -> Iterator[tuple[str, str]]:
    """What was taken where nothing was told, a range neither."""
    for name, given in shown["inputs"].items():
        if given.get("from") == "assumed":
            yield names.get(name, name), _with_unit(given, lang)
