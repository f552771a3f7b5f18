"""A footprint, an explained total, restatements and targets as lines for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from greenfin.messages.words import located

if TYPE_CHECKING:
    from greenfin.cli.session import Session

Shown = Mapping[str, Any]
WHOLE = 3  # sets shown with all their parts
NEUTRAL_LINES = ("gross", "green_power", "after_green_power", "offsets", "residual", "bought")


def lines(shown: Shown, session: Session) -> Iterator[str]:
    """The scopes and their total, intensities, then what else was asked for."""
    for scope, amount in shown["scopes"].items():
        if amount is not None:
            yield _amount(session.say("scope." + scope), amount["value"], amount["unit"])
    if shown["total"] is not None:
        yield _amount(session.say("operations.total"), shown["total"]["value"], shown["total"]["unit"])
    if shown["outside"] is not None:
        yield _amount(session.say("scope.outside"), shown["outside"]["value"], shown["outside"]["unit"])
    for category, amount in shown["categories"].items():
        yield _amount("  " + session.say("operations.category", category=category), amount["value"], amount["unit"])
    for name, amount in shown["intensity"].items():
        yield f"{session.say('intensity.' + name):<24}{amount['value']:>16,.4f} {amount['unit']}"
    yield from _explained(shown, session)
    for each in shown.get("compare", ()):
        yield from _restated(each, session)
    for target in shown["all_targets"]:
        yield from _path(target, session)
    if shown["neutrality"]["credits"] or shown["neutrality"]["green_power"]:
        yield from _neutral(shown["neutrality"], session)


def _amount(label: str, value: float, unit: str) -> str:
    return f"{label:<24}{value:>16,.2f} {unit}"


def _explained(shown: Shown, session: Session) -> Iterator[str]:
    """The sets of factors that reproduce a published total, and what the usual choice gives."""
    if "reverse" not in shown:
        return
    about = shown["reverse"]
    published = about["published"]
    yield session.say("operations.explained", value=f"{published['value']:,.2f}", unit=published["unit"], n=about["looked_at"])
    if about["default"]["value"] is not None:
        yield session.say("operations.usual", **_against(about["default"]))
    for number, each in enumerate(shown["explained"] or about["nearest"], start=1):
        yield session.say(
            "operations.set",
            n=number,
            value=f"{each['value']:,.2f}",
            relative=f"{each['relative']:+.4%}",
            fit=each["fits"],
            scopes=" + ".join(session.say("scope." + scope) for scope in each["scopes"]),
        )
        for item in each["left_out"]:
            yield "    " + session.say("operations.left_out", item=item)
        parts = each["parts"] if number <= WHOLE else [part for part in each["parts"] if part["item"] == "electricity"]
        for part in parts:
            yield from _part(part, session, whole=number <= WHOLE)


def _against(amount: Shown) -> dict[str, str]:
    return {"value": f"{amount['value']:,.2f}", "unit": amount["unit"], "relative": f"{amount['relative']:+.2%}"}


def _part(part: Shown, session: Session, *, whole: bool) -> Iterator[str]:
    quantity = "" if part["quantity"] is None else f"{part['quantity']:,.10g} {part['unit']} × {part['per_unit']:.6g}"
    yield f"    {session.say('operations.part', item=part['item'])}  {quantity} = {part['co2e']:,.2f}"
    for factor in part["factors"]:
        year = factor["data_year"] or ""
        document = f"{factor['document']} {located(factor['locator'] or '', session.lang)}"
        yield f"        {factor['key']}  {factor['value']} {factor['unit']}  {year}  {document}".rstrip()
    if part["same_value"] and whole:
        editions = dict.fromkeys(key.rpartition("@")[2] for keys in part["same_value"] for key in keys)
        yield "        " + session.say("operations.same_value", n=len(part["same_value"]), keys=", ".join(editions))


def _restated(each: Shown, session: Session) -> Iterator[str]:
    name = each["set"] or session.say("operations.no_set")
    total, relative = each["total"], each["relative"]
    yield session.say(
        "operations.restated",
        year=each["year"],
        name=name,
        value=f"{total['value']:,.2f}",
        unit=total["unit"],
        difference=f"{each['difference']:+,.2f}",
        relative="" if relative is None else f"{relative:+.2%}",
    )
    for item in each["items"]:
        if item["difference"]:
            yield f"    {session.say('operations.of_scope', **item)}  {item['co2e']:,.2f}  {item['difference']:+,.2f}"


def _path(path: Shown, session: Session) -> Iterator[str]:
    decimals = 2 if path["measure"] == "whole" else 4
    yield session.say(
        "operations.target",
        measure=path["measure"],
        base_year=path["base_year"],
        base=f"{path['base']['value']:,.{decimals}f}",
        unit=path["unit"],
        reduction=f"{path['reduction']:.2%}",
        target_year=path["target_year"],
    )
    ahead = path["forecast"]
    how = "operations.on_track" if path["on_track"] else "operations.off_track"
    yield session.say(how, **{name: f"{path[name]:{sign},.{decimals}f}" for name, sign in (("target", ""), ("actual", ""), ("gap", "+"))})
    if ahead["items"]:
        yield session.say("operations.forecast", value=f"{ahead['value']:,.{decimals}f}", gap=f"{ahead['gap']:+,.{decimals}f}")
    for item in ahead["items"] if path["measure"] == "whole" else ():
        months = " ".join(map(str, item["months_missing"]))
        yield "    " + session.say(
            "operations.ahead", site=item["site"], item=item["item"], months=months, ahead=item["method"], value=f"{item['value']:,.2f}"
        )


def _neutral(statement: Shown, session: Session) -> Iterator[str]:
    """The four lines, what was bought beyond them, the credits, and the statement."""
    beyond = "shortfall" if statement["shortfall"] else "surplus_bought"
    for name in (*NEUTRAL_LINES, beyond):
        yield _amount(session.say("neutral." + name), statement[name], statement["unit"])
    for credit in statement["credits"]:
        lacks = " ".join(f"field.{name}" for name in credit["lacks"])
        about = {"kind": credit["kind"], "value": f"{credit['value']:,.2f}", "vintage": credit["vintage"] or ""}
        proof = {"retired_on": credit["retired_on"] or "", "proof": credit["proof"] or ""}
        yield "    " + session.say("operations.credit_lacks" if lacks else "operations.credit", **about, **proof, lacks=lacks)
    lacks = " ".join(f"lack.{code}" for code in statement["lacks"])
    yield session.say("operations.claim_" + statement["claim"], lacks=lacks)
