"""One project's benefit in lines for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from greenfin.messages.words import amount
from greenfin.methods.numbers import figure

if TYPE_CHECKING:
    from greenfin.cli.session import Session
    from greenfin.reference.load import Reference


def told(session: Session, shown: Mapping[str, Any], reference: Reference) -> Iterator[str]:
    """Results with their intervals, the bank's share, the factors, what drives them, the span between conventions, the problems."""
    from greenfin.methods.registry import METHODS
    from greenfin.methods.worded import names_of

    names = _slots(session, shown, reference) | names_of(METHODS[shown["method"]].declaration, session.lang)
    yield from (_result(session, name, output, names) for name, output in shown["outputs"].items())
    if shown["solved"]:
        yield _solved(session, shown["solved"], names)
    if shown["attribution"]:
        yield session.say("measure.share", share=f"{float(shown['attribution']['share']):.4%}")
        yield from (_result(session, name, output, names) for name, output in shown["attribution"]["outputs"].items())
    yield from (_factor(session, used, reference) for used in shown["factors"] if shown["outputs"])
    yield from _conventions(session, shown)
    yield from _tornado(session, shown, names)
    yield from _spans(session, shown, names)
    for problem in shown["problems"]:
        yield f"[{session.say('severity.' + problem['severity'])}] {problem['message']}"


def _slots(session: Session, shown: Mapping[str, Any], reference: Reference) -> dict[str, str]:
    """What the factors of a measurement are called, by slot and by id."""
    known = reference.factors.quantities
    found = {used["slot"]: known[used["id"]] for used in shown["factors"] if used["id"] in known}
    words = {name: quantity.name_en if session.lang == "en" else quantity.name_zh for name, quantity in found.items()}
    return words | {quantity.id: words[name] for name, quantity in found.items()}


def _result(session: Session, name: str, output: Mapping[str, Any], names: Mapping[str, str]) -> str:
    if isinstance(output["value"], list):
        return _results_of_list(session, name, output, names)
    interval = "" if output["low"] is None else f"[{figure(output['low'])} … {figure(output['high'])}]"
    shown = amount(f"{figure(output['value']):>20}", output["unit"], session.lang)
    return f"{name:<12}{shown}  {names.get(name, '')}  {interval}".rstrip()


def _results_of_list(session: Session, name: str, output: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """A list of results, with the names of its places where they have any."""
    values = ["-" if value is None else figure(value) for value in output["value"]]
    if output["low"]:
        ends = zip(values, output["low"], output["high"], strict=True)
        values = [value if low is None else f"{value} [{figure(low)} … {figure(high)}]" for value, low, high in ends]
    labels = output["labels"] or [""] * len(values)
    told = session.say("ui.list_comma").join(f"{label} {value}".strip() for label, value in zip(labels, values, strict=True))
    return f"{name:<12}  {amount(told, output['unit'], session.lang)}  {names.get(name, '')}".rstrip()


def _solved(session: Session, solved: Mapping[str, Any], names: Mapping[str, str]) -> str:
    from greenfin.methods.worded import called

    return session.say(
        "measure.solved",
        input=called(solved["input"], names, session.lang),
        value=amount(figure(solved["value"]), solved["input_unit"], session.lang),
        output=called(solved["output"], names, session.lang),
        wanted=amount(figure(solved["wanted"]), solved["unit"], session.lang),
    )


def _tornado(session: Session, shown: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[str]:
    """What drives each result, where more than one range does."""
    several = {name: bars for name, bars in shown["tornado"].items() if bars[1:]}
    for name, bars in several.items():
        how = session.say(f"measure.interval.{shown['interval']['how'][name]}", n=shown["interval"]["draws"])
        yield session.say("measure.drives", output=names.get(name, name), how=how)
        for bar in bars:
            ends, results = (f"{figure(bar[low])} … {figure(bar[high])}" for low, high in (("low", "high"), ("at_low", "at_high")))
            span, result = amount(ends, bar["unit"], session.lang), amount(results, _unit(shown, name), session.lang)
            yield f"  {names.get(bar['name'], bar['name'])}  {span}  →  {result}"


def _unit(shown: Mapping[str, Any], name: str) -> str:
    """The unit of a result, or of one of a list of them."""
    found: Mapping[str, Any] = shown["outputs"].get(name) or shown["outputs"][name.rpartition("_")[0]]
    return str(found["unit"])


def _spans(session: Session, shown: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[str]:
    for name, span in shown["spans"].items():
        spread = "" if span["spread"] is None else f"+{span['spread']:.0%}"
        low, high = (_end(session, shown["method"], span, end) for end in ("low", "high"))
        yield session.say("measure.span", output=names.get(name, name), low=low, high=high, spread=spread)


def _end(session: Session, method: str, span: Mapping[str, Any], end: str) -> str:
    """A result at one end of its span, with the choices that it depends on."""
    value = amount(figure(span[end]["value"]), span["unit"], session.lang)
    choices = {name: choice for name, choice in span[end]["conventions"].items() if name in span["by"]}
    return f"{value} ({_chosen(session, method, choices)})"


def _conventions(session: Session, shown: Mapping[str, Any]) -> Iterator[str]:
    """The choices that the results follow."""
    counting = {name: choice for name, choice in shown["conventions"].items() if name in shown["conventions_counting"]}
    if shown["outputs"] and counting:
        yield session.say("measure.conventions", found=_chosen(session, shown["method"], counting))


def _chosen(session: Session, method: str, choices: Mapping[str, str]) -> str:
    """Choices in words, with their names."""
    from greenfin.methods.registry import METHODS

    conventions = METHODS[method].declaration.conventions
    words = {(c.name, o.name): o.en if session.lang == "en" else o.zh for c in conventions for o in c.choices}
    return session.say("ui.list_comma").join(f"{words[each]} {each[0]}={each[1]}" for each in choices.items())


def _factor(session: Session, used: Mapping[str, Any], reference: Reference) -> str:
    found = session.say("ui.list_comma").join(_known_word(session, f"render.found.{how}", how) for how in used["found"].split("+"))
    quantity = reference.factors.quantities.get(used["id"])
    name = used["id"] if quantity is None else f"{quantity.name_en if session.lang == 'en' else quantity.name_zh} ({used['id']})"
    parts = (
        name,
        amount(f"{used['value']:.12g}", used["unit"], session.lang),
        used["region"],
        used["data_year"],
        f"[{found}]",
        used["source"],
    )
    return "  " + "  ".join(str(part) for part in parts if part is not None)


def _known_word(session: Session, code: str, plain: str) -> str:
    from greenfin.messages import codes

    return codes(session.lang).get(code, plain)
