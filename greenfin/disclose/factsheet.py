"""One project's measured benefit as one page of paper: inputs, results, the bank's share, factors, conventions, a picture, problems."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from greenfin._version import __version__
from greenfin.core.units import ratio, same_dimension
from greenfin.disclose.dossier import Bar, Dossier, Section
from greenfin.messages import Lang, codes, say
from greenfin.messages.words import amount, located
from greenfin.methods.declare import Convention, Declaration
from greenfin.methods.finding import NATIONAL
from greenfin.methods.numbers import figure
from greenfin.methods.readings import plain, shown
from greenfin.methods.registry import method

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

Figure = float | str | None

MONEY, YUAN = ("balance", "total_invest"), "CNY"
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Made:
    """What a page is made of: the structure of ``greenfin measure --json``, the method's words, the day, the place, the data."""

    shown: Mapping[str, Any]
    declaration: Declaration
    on: date
    region: str
    version: str
    fingerprint: str
    lang: Lang
    factors: Mapping[str, str]  # what each factor id is called

    def amount(self, value: Figure | Sequence[Figure], unit: str | Sequence[str]) -> str:
        """A figure (or a list of them) with its unit as people write it; without a figure the unit alone."""
        figures = [value] if value is None or isinstance(value, (str, float, int)) else value
        units = [unit] * len(figures) if isinstance(unit, str) else unit
        none = "" if value is None else "-"  # a gap of a list
        said = [each if isinstance(each, str) else none if each is None else figure(each) for each in figures]
        return say("ui.list_comma", self.lang).join(amount(*each, self.lang).strip() for each in zip(said, units, strict=True))

    def say(self, code: str, **slots: object) -> str:
        """Words of the page."""
        return say(f"factsheet.{code}", self.lang, **slots)

    def name(self, of: str) -> str:
        """What an input or result is called."""
        if of in MONEY:
            return self.say(of)
        words = {i.name: (i.name_zh, i.name_en) for i in self.declaration.inputs}
        words |= {o.name: (o.name_zh, o.name_en) for o in self.declaration.outputs}
        words |= {used["slot"]: (self.factors[used["id"]],) * 2 for used in self.shown["factors"] if used["id"] in self.factors}
        return words.get(of, (of, of))[1 if self.lang == "en" else 0]


def sheet_of(shown: Mapping[str, Any], reference: Reference, *, on: date, region: str, lang: Lang) -> Dossier:
    """The page of what ``measure`` shows of a project at a place (a code; none: the country); written by ``dossier.write_dossier``."""
    quantities = reference.factors.quantities.values()
    named = {quantity.id: quantity.name_en if lang == "en" else quantity.name_zh for quantity in quantities}
    declaration, place = method(shown["method"]).declaration, reference.regions.name(region or NATIONAL, lang)
    return page_of(Made(shown, declaration, on, place, __version__, reference.fingerprint, lang, named))


def page_of(made: Made) -> Dossier:
    """The page of a measured project; written by :func:`greenfin.disclose.dossier.write_dossier`."""
    declared = made.declaration
    name, source = (declared.name_en, declared.source_en) if made.lang == "en" else (declared.name_zh, declared.source_zh)
    clause = declared.clause if made.lang == "zh" or not _CHINESE.search(declared.clause) else ""
    return Dossier(
        title=made.say("title"),
        verdict=_headline(made) or made.say("no_result"),
        about=made.say("about", source=source, clause=clause, region=made.region, day=made.on.isoformat()),
        sections=tuple(section for section in _sections(made) if section is not None),
        head=made.say("head", method=declared.id, name=name),
        foot=made.say("foot", version=made.version, fingerprint=made.fingerprint[:16]),
        page="",
        lang=made.lang,
    )


def _headline(made: Made) -> str:
    """What is reduced, removed or credited; amounts and emissions stay in the list below."""
    claimed = {n: o for n, o in made.shown["outputs"].items() if o["kind"] not in ("amount", "emission")} or made.shown["outputs"]
    return "   ".join(f"{made.name(name)} {made.amount(output['value'], output['unit'])}" for name, output in list(claimed.items())[:3])


def _sections(made: Made) -> Iterator[Section | None]:
    more = made.say("more", n="{n}")
    yield Section(made.say("inputs"), lines=tuple(_inputs(made)), widths=(0.4, 0.2, 0.4), more=more)
    yield Section(made.say("results"), lines=tuple(_results(made)), widths=(0.4, 0.2, 0.4), more=more, empty=made.say("no_result"))
    share = made.shown.get("attribution")
    if share:
        of = {"balance": _money(made, share["numerator"]), "total": _money(made, share["denominator"])}
        yield Section(made.say("share"), lines=((made.say("share_of", share=f"{share['share']:.2%}", **of),),), widths=(1.0,), more=more)
    yield _picture(made)
    widths = (0.28, 0.19, 0.13, 0.4)
    yield Section(made.say("factors"), lines=tuple(_factors(made)), widths=widths, more=more, empty=made.say("no_factors"))
    yield Section(made.say("conventions"), lines=tuple(_conventions(made)), widths=(0.3, 0.7), more=more)
    found = [problem for problem in made.shown["problems"] if problem["severity"] != "info"]
    lines = tuple((say(f"severity.{problem['severity']}", made.lang), problem["message"]) for problem in found)
    yield Section(made.say("problems"), lines=lines, widths=(0.08, 0.92), more=more, empty=made.say("no_problems"))


def _money(made: Made, yuan: float) -> str:
    """An amount of money as banks write it: in 100 million or 10 thousand yuan from there on."""
    for power, word in ((1e8, "yi"), (1e4, "wan")):
        if made.lang == "zh" and abs(yuan) >= power:
            return f"{yuan / power:,.6g} {made.say(word)}"
    return f"{figure(yuan)} {made.say('yuan')}"


def _inputs(made: Made) -> Iterator[tuple[str, ...]]:
    for name, given in made.shown["inputs"].items():
        origin = given["from"] if given["used"] or name in MONEY else "unused"
        yield made.name(name), _given(made, given["value"], given["unit"]), made.say(origin)


def _given(made: Made, value: Any, unit: Any) -> str:
    """An input as it was given; one amount of yuan in the page's own size."""
    if isinstance(unit, str) and not isinstance(value, list) and same_dimension(plain(unit), YUAN):
        return _money(made, float(value) * ratio(plain(unit), YUAN))
    return made.amount(value, _unit(unit))


def _unit(text: str | Sequence[str]) -> str | Sequence[str]:
    """The unit (or those of a list), or nothing for a pure number."""
    if not isinstance(text, str):
        return [shown("1" if each == "dimensionless" else each) for each in text]
    return shown("1" if text == "dimensionless" else text)


def _results(made: Made) -> Iterator[tuple[str, ...]]:
    of_bank = (made.shown.get("attribution") or {}).get("outputs", {})
    for name, output in made.shown["outputs"].items():
        is_one = not isinstance(output["value"], list)
        has_ends = is_one and output["low"] is not None
        told = [made.say("interval", low=figure(output["low"]), high=figure(output["high"]))] if has_ends else []
        if name in of_bank and is_one:
            told.append(made.say("of_bank", value=figure(of_bank[name]["value"])))
        yield made.name(name), made.amount(output["value"], output["unit"]), "   ".join(told)


def _factors(made: Made) -> Iterator[tuple[str, ...]]:
    words = codes(made.lang)
    for used in made.shown["factors"]:
        found = [words.get(f"render.found.{how}", how) for how in used["found"].split("+")]
        place = " ".join(str(part) for part in (used.get("region"), used.get("data_year")) if part)
        document = " ".join(
            part for part in (used.get("document") or used.get("source") or "", located(used.get("locator") or "", made.lang)) if part
        )
        told = f"{document} [{say('ui.list_comma', made.lang).join(found)}]".strip()
        named = f"{used['id']}  {made.factors.get(used['id'], '')}".strip()
        yield named, made.amount(float(used["value"]), used["unit"]), place, told


def _conventions(made: Made) -> Iterator[tuple[str, str]]:
    declared = {convention.name: convention for convention in made.declaration.conventions}
    counting = made.shown.get("conventions_counting", made.shown["conventions"])
    for name, chosen in ((name, choice) for name, choice in made.shown["conventions"].items() if name in counting):
        choice = next((c for c in declared[name].choices if c.name == chosen), None) if name in declared else None
        told = "" if choice is None else choice.en if made.lang == "en" else choice.zh
        yield made.name(name), told or chosen
    for name, span in made.shown.get("spans", {}).items():
        ends = {end: figure(span[end]["value"]) for end in ("low", "high")}
        causes = {f"{end}_by": _causes(made, declared, span, end) for end in ("low", "high")}
        spread = "" if span["spread"] is None else f"+{span['spread']:.0%}"
        yield made.name(name), made.say("span", unit=made.amount(None, span["unit"]), spread=spread, **ends, **causes)


def _causes(made: Made, declared: Mapping[str, Convention], span: Mapping[str, Any], end: str) -> str:
    """The choices that give one end of a span, of the conventions that it depends on."""
    chosen = {name: choice for name, choice in span[end]["conventions"].items() if name in span["by"]}
    words = {(name, each.name): each.en if made.lang == "en" else each.zh for name in chosen for each in declared[name].choices}
    return say("ui.list_comma", made.lang).join(words[pair] for pair in chosen.items())


# the picture


def _picture(made: Made) -> Section | None:
    """What moves the result where ranges were given, else its span between conventions, else baseline and project, else the share."""
    for kind, bars in (("tornado", _tornado(made)), ("spans", _spans(made)), ("baseline", _baseline(made)), ("share", _share(made))):
        if bars:
            output = next(iter(made.shown["outputs"]), "") if kind != "tornado" else _driven(made)
            unit = made.amount(None, made.shown["outputs"].get(output, {}).get("unit", ""))
            return Section(made.say(f"picture.{kind}", output=made.name(output), unit=unit), bars=tuple(bars))
    return None


def _driven(made: Made) -> str:
    """The result whose drivers are shown: CO2 where there is any."""
    drawn = made.shown.get("tornado") or {}
    return "co2" if "co2" in drawn else next(iter(drawn), "")


def _tornado(made: Made) -> list[Bar]:
    name = _driven(made)
    value = made.shown["outputs"].get(name, {}).get("value")
    found = []
    for bar in (made.shown.get("tornado") or {}).get(name, ()):
        low, high = sorted((bar["at_low"], bar["at_high"]))
        moved = f"{made.name(bar['name'])} {figure(bar['low'])} … {made.amount(bar['high'], _unit(bar['unit']))}"
        found.append(Bar(moved.strip(), low, high, f"{figure(low)} … {figure(high)}", value))
    return found


def _spans(made: Made) -> list[Bar]:
    """Each result on a scale of its own, so that tonnes of coal and of CO2 stand side by side: as shares of its highest."""
    found = []
    for name, span in made.shown.get("spans", {}).items():
        low, high, value = span["low"]["value"], span["high"]["value"], made.shown["outputs"].get(name, {}).get("value")
        most = max(abs(low), abs(high)) or 1.0
        text = f"{figure(low)} … {made.amount(high, span['unit'])}"
        found.append(Bar(made.name(name), low / most, high / most, text, None if value is None else value / most))
    return found


def _baseline(made: Made) -> list[Bar]:
    outputs = made.shown["outputs"]
    pair = [name for name in ("baseline_co2", "project_co2", "baseline_tce", "project_tce") if name in outputs]
    return [Bar(made.name(n), 0.0, outputs[n]["value"], made.amount(outputs[n]["value"], outputs[n]["unit"])) for n in pair]


def _share(made: Made) -> list[Bar]:
    attributed = (made.shown.get("attribution") or {}).get("outputs", {})
    name = "co2" if "co2" in attributed else next(iter(attributed), "")
    if not name:
        return []
    whole, part = made.shown["outputs"][name], attributed[name]
    return [
        Bar(made.say(word, name=made.name(name)), 0.0, of["value"], made.amount(of["value"], of["unit"]))
        for word, of in (("whole", whole), ("part", part))
    ]
