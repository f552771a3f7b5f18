"""One project's benefit in lines for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from greenfin.cli.session import Session


def told(session: Session, shown: Mapping[str, Any]) -> Iterator[str]:
    """Results with their intervals, the bank's share, the factors, what drives them, and the span between conventions."""
    names = _output_names(session, shown["method"])
    yield from (_result(name, output, names) for name, output in shown["outputs"].items())
    if shown["solved"]:
        yield _solved(session, shown["solved"])
    if shown["attribution"]:
        yield session.say("measure.share", share=f"{float(shown['attribution']['share']):.4%}")
        yield from (_result(name, output, names) for name, output in shown["attribution"]["outputs"].items())
    yield from (_factor(session, used) for used in shown["factors"])
    yield from _tornado(session, shown)
    yield from _spans(session, shown)


def _result(name: str, output: Mapping[str, Any], names: Mapping[str, str]) -> str:
    interval = "" if output["low"] is None else f"[{output['low']:,.6g} … {output['high']:,.6g}]"
    return f"{name:<12}{output['value']:>20,.6g} {output['unit']:<8} {names.get(name, '')}  {interval}".rstrip()


def _solved(session: Session, solved: Mapping[str, Any]) -> str:
    return session.say(
        "measure.solved",
        input=solved["input"],
        value=f"{solved['value']:,.6g} {solved['input_unit']}",
        output=solved["output"],
        wanted=f"{solved['wanted']:,.6g} {solved['unit']}",
    )


def _tornado(session: Session, shown: Mapping[str, Any]) -> Iterator[str]:
    """What drives each result, where more than one range does."""
    several = {name: bars for name, bars in shown["tornado"].items() if bars[1:]}
    for name, bars in several.items():
        how = session.say(f"measure.interval.{shown['interval']['how'][name]}", n=shown["interval"]["draws"])
        yield session.say("measure.drives", output=name, how=how)
        for bar in bars:
            ends, results = (f"{bar[low]:,.6g} … {bar[high]:,.6g}" for low, high in (("low", "high"), ("at_low", "at_high")))
            yield f"  {bar['name']:<20}{ends} {bar['unit']}  →  {results} {shown['outputs'][name]['unit']}"


def _spans(session: Session, shown: Mapping[str, Any]) -> Iterator[str]:
    for name, span in shown["spans"].items():
        spread = "" if span["spread"] is None else f"+{span['spread']:.0%}"
        low, high = (f"{span[end]['value']:,.6g} {span['unit']} ({_choices(session, span, end)})" for end in ("low", "high"))
        yield session.say("measure.span", output=name, low=low, high=high, spread=spread)


def _choices(session: Session, span: Mapping[str, Any], end: str) -> str:
    """The choices of one end that the result depends on."""
    chosen = ((name, span[end]["conventions"].get(name)) for name in span["by"])
    return session.say("ui.list_comma").join(f"{name}={choice}" for name, choice in chosen if choice)


def _factor(session: Session, used: Mapping[str, Any]) -> str:
    found = session.say("ui.list_comma").join(_known_word(session, f"render.found.{how}", how) for how in used["found"].split("+"))
    parts = (used["id"], f"{used['value']} {used['unit']}", used["region"], used["data_year"], f"[{found}]", used["source"])
    return "  " + "  ".join(str(part) for part in parts if part is not None)


def _output_names(session: Session, method: str) -> dict[str, str]:
    """What a method's results are called in the session's language."""
    from greenfin.methods.registry import METHODS

    return {o.name: o.name_en if session.lang == "en" else o.name_zh for o in METHODS[method].declaration.outputs}


def _known_word(session: Session, code: str, plain: str) -> str:
    from greenfin.messages import codes

    return codes(session.lang).get(code, plain)
