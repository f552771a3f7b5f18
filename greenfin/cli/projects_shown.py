"""One project's benefit in lines for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from greenfin.cli.session import Session
    from greenfin.reference.load import Reference


def told(session: Session, shown: Mapping[str, Any], reference: Reference) -> Iterator[str]:
    """Results with their intervals, the bank's share, the factors, what drives them, the span between conventions, the problems."""
    from greenfin.measure.worded import names_of
    from greenfin.methods.registry import METHODS

    names = names_of(METHODS[shown["method"]].declaration, session.lang)
    yield from (_result(name, output, names) for name, output in shown["outputs"].items())
    if shown["solved"]:
        yield _solved(session, shown["solved"], names)
    if shown["attribution"]:
        yield session.say("measure.share", share=f"{float(shown['attribution']['share']):.4%}")
        yield from (_result(name, output, names) for name, output in shown["attribution"]["outputs"].items())
    yield from (_factor(session, used, reference) for used in shown["factors"] if shown["outputs"])
    yield from _tornado(session, shown, names)
    yield from _spans(session, shown, names)
    for problem in shown["problems"]:
        yield f"[{session.say('severity.' + problem['severity'])}] {problem['message']}"


def _result(name: str, output: Mapping[str, Any], names: Mapping[str, str]) -> str:
    interval = "" if output["low"] is None else f"[{output['low']:,.6g} … {output['high']:,.6g}]"
    return f"{name:<12}{output['value']:>20,.6g} {output['unit']:<8} {names.get(name, '')}  {interval}".rstrip()


def _solved(session: Session, solved: Mapping[str, Any], names: Mapping[str, str]) -> str:
    from greenfin.measure.worded import called

    return session.say(
        "measure.solved",
        input=called(solved["input"], names, session.lang),
        value=f"{solved['value']:,.6g} {solved['input_unit']}",
        output=called(solved["output"], names, session.lang),
        wanted=f"{solved['wanted']:,.6g} {solved['unit']}",
    )


def _tornado(session: Session, shown: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[str]:
    """What drives each result, where more than one range does."""
    from greenfin.methods.readings import shown as shown_unit

    several = {name: bars for name, bars in shown["tornado"].items() if bars[1:]}
    for name, bars in several.items():
        how = session.say(f"measure.interval.{shown['interval']['how'][name]}", n=shown["interval"]["draws"])
        yield session.say("measure.drives", output=names.get(name, name), how=how)
        for bar in bars:
            ends, results = (f"{bar[low]:,.6g} … {bar[high]:,.6g}" for low, high in (("low", "high"), ("at_low", "at_high")))
            span = f"{ends} {shown_unit(bar['unit'])}".rstrip()
            yield f"  {names.get(bar['name'], bar['name'])}  {span}  →  {results} {shown['outputs'][name]['unit']}"


def _spans(session: Session, shown: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[str]:
    for name, span in shown["spans"].items():
        spread = "" if span["spread"] is None else f"+{span['spread']:.0%}"
        low, high = (
            f"{span[end]['value']:,.6g} {span['unit']} ({_choices(session, shown['method'], span, end)})" for end in ("low", "high")
        )
        yield session.say("measure.span", output=names.get(name, name), low=low, high=high, spread=spread)


def _choices(session: Session, method: str, span: Mapping[str, Any], end: str) -> str:
    """The choices of one end that the result depends on, in words."""
    from greenfin.methods.registry import METHODS

    conventions = METHODS[method].declaration.conventions
    words = {(c.name, o.name): o.en if session.lang == "en" else o.zh for c in conventions for o in c.choices}
    chosen = ((name, span[end]["conventions"].get(name)) for name in span["by"])
    return session.say("ui.list_comma").join(f"{words[name, choice]} {name}={choice}" for name, choice in chosen if choice)


def _factor(session: Session, used: Mapping[str, Any], reference: Reference) -> str:
    found = session.say("ui.list_comma").join(_known_word(session, f"render.found.{how}", how) for how in used["found"].split("+"))
    quantity = reference.factors.quantities.get(used["id"])
    name = used["id"] if quantity is None else f"{quantity.name_en if session.lang == 'en' else quantity.name_zh} ({used['id']})"
    parts = (name, f"{used['value']} {used['unit']}", used["region"], used["data_year"], f"[{found}]", used["source"])
    return "  " + "  ".join(str(part) for part in parts if part is not None)


def _known_word(session: Session, code: str, plain: str) -> str:
    from greenfin.messages import codes

    return codes(session.lang).get(code, plain)
