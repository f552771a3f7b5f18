"""``factor``, ``catalogue`` and ``check-data``: the reference data."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from greenfin.cli.session import DataOption, Guard, JsonOption, LangOption, help_of
from greenfin.core.problems import Refused, error

if TYPE_CHECKING:
    from greenfin.reference.catalogue import Catalogue
    from greenfin.reference.load import Reference

factor_app = typer.Typer(no_args_is_help=True, help=help_of("factor"))
catalogue_app = typer.Typer(no_args_is_help=True, help=help_of("catalogue"))


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    factor_app.command("list", help=help_of("factor_list"))(factor_list)
    factor_app.command("show", help=help_of("factor_show"))(factor_show)
    factor_app.command("find", help=help_of("factor_find"))(factor_find)
    catalogue_app.command("list", help=help_of("catalogue_list"))(catalogue_list)
    catalogue_app.command("show", help=help_of("catalogue_show"))(catalogue_show)
    catalogue_app.command("search", help=help_of("catalogue_search"))(catalogue_search)
    catalogue_app.command("crosswalk", help=help_of("catalogue_crosswalk"))(catalogue_crosswalk)
    app.add_typer(factor_app, name="factor")
    app.add_typer(catalogue_app, name="catalogue")
    app.command("check-data", help=help_of("check_data"))(check_data)


def factor_list(lang: LangOption = "", as_json: JsonOption = False, data: DataOption = None) -> None:
    """The ids of all factors, with how many rows each has."""
    with Guard(lang, as_json, data) as session:
        factors = session.reference().factors
        of = {name: factors.by_id(name) for name in factors.ids}
        rows = [{"id": name, "name_zh": f[0].name_zh, "name_en": f[0].name_en, "rows": len(f)} for name, f in of.items()]
        session.dump({"factors": rows})
        for row in rows:
            session.line(f"{row['id']:<36}{row['rows']:>5}  {row['name_zh']}  {row['name_en']}")


def factor_show(
    factor: Annotated[str, typer.Argument(metavar="ID")], lang: LangOption = "", as_json: JsonOption = False, data: DataOption = None
) -> None:
    """Every row of a factor: value, unit, region, year, document, verified or why not."""
    with Guard(lang, as_json, data) as session:
        from greenfin.reference.factors import factor_json

        reference = session.reference()
        found = reference.factors.by_id(factor) or tuple(f for f in [reference.factors.get(factor)] if f)
        if not found:
            raise Refused(error("cli.unknown_factor", factor, near=", ".join(_near(factor, reference.factors.ids))))
        session.dump({"id": factor, "factors": [factor_json(f) for f in found]})
        for f in found:
            session.line(f"{f.key:<44}{f.value} {f.unit}  {reference.sources[f.source].title_zh} {f.locator}  [{f.verified}]")


def _near(text: str, known: object) -> list[str]:
    from difflib import get_close_matches

    return get_close_matches(text, [str(k) for k in known], n=5, cutoff=0.4)  # type: ignore[attr-defined]  # any iterable of ids


def factor_find(
    factor: Annotated[str, typer.Argument(metavar="ID")],
    region: Annotated[str, typer.Option("--region", metavar="CODE")] = "CN",
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", show_default=False)] = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """The factor for a place and a day, how it was found, and what was passed over."""
    with Guard(lang, as_json, data) as session:
        from greenfin.cli.runs import day_of
        from greenfin.reference.factors import found_json, resolve

        reference = session.reference()
        day = day_of("--on", on) if on else date.today()  # noqa: DTZ011 - naive day of this machine
        if not reference.factors.by_id(factor):
            raise Refused(error("cli.unknown_factor", factor, near=", ".join(_near(factor, reference.factors.ids))))
        found = resolve(reference.factors, factor, regions=reference.regions.chain(region, day.year), on=day)
        session.dump(found_json(found))
        if found.factor is None:
            session.line(session.say("factor.none_found", id=factor, region=region, day=day))
            raise typer.Exit(1)
        f = found.factor
        session.line(f"{f.key}  {f.value} {f.unit}  [{'+'.join(found.how)}]  {reference.sources[f.source].title_zh}")
        for passed, why in found.passed_over[:10]:
            session.line(f"  - {passed.key}: {why}")


def catalogue_list(lang: LangOption = "", as_json: JsonOption = False, data: DataOption = None) -> None:
    """The editions."""
    with Guard(lang, as_json, data) as session:
        rows = [
            {
                "id": c.id,
                "title_zh": c.title_zh,
                "title_en": c.title_en,
                "number": c.number,
                "in_force_from": c.in_force_from,
                "in_force_until": c.in_force_until,
                "entries": len(c.entries),
                "default": c.default,
            }
            for c in session.reference().catalogues.values()
        ]
        session.dump({"catalogues": rows})
        for row in rows:
            in_force = f"{row['in_force_from']}…{row['in_force_until'] or ''}"
            session.line(f"{row['id']:<24}{row['title_zh']}  {row['number']}  {in_force}  {row['entries']}")


def _catalogue(reference: Reference, edition: str) -> Catalogue:
    if edition not in reference.catalogues:
        raise Refused(error("run.unknown_edition", edition, known=", ".join(reference.catalogues)))
    return reference.catalogues[edition]


def catalogue_show(
    edition: Annotated[str, typer.Argument(metavar="ID")],
    code: Annotated[str | None, typer.Argument(metavar="CODE", show_default=False)] = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """An edition, or one of its entries."""
    with Guard(lang, as_json, data) as session:
        from greenfin.reference.catalogue import entry_json

        catalogue = _catalogue(session.reference(), edition)
        if code is not None and code not in catalogue.entries:
            raise Refused(error("cli.unknown_entry", f"{edition} {code}", near=", ".join(_near(code, catalogue.entries))))
        entries = [catalogue.entries[code]] if code else list(catalogue.entries.values())
        session.dump({"id": catalogue.id, "title_zh": catalogue.title_zh, "entries": [entry_json(e) for e in entries]})
        if code:
            for name, value in entry_json(entries[0]).items():
                session.line(f"{name:<20}{value}")
            return
        for entry in entries:
            session.line(f"{'  ' * (entry.level - 1)}{entry.code}  {entry.name_zh}  {entry.name_en}")


def catalogue_search(
    words: Annotated[list[str], typer.Argument(metavar="WORDS...")],
    edition: Annotated[str | None, typer.Option("--edition", "--catalogue", metavar="ID", show_default=False)] = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Entries by words."""
    with Guard(lang, as_json, data) as session:
        from greenfin.reference.catalogue import entry_json, search

        reference = session.reference()
        chosen = [_catalogue(reference, edition)] if edition else list(reference.catalogues.values())
        found = [(c.id, e) for c in chosen for e in search(c, " ".join(words))[:20]]
        session.dump({"entries": [{"edition": of, **entry_json(e)} for of, e in found]})
        for of, entry in found:
            session.line(f"{of:<22}{entry.code:<8}{entry.name_zh}  {entry.name_en}")


def catalogue_crosswalk(
    from_edition: Annotated[str, typer.Argument(metavar="FROM")],
    code: Annotated[str, typer.Argument(metavar="CODE")],
    to_edition: Annotated[str, typer.Argument(metavar="TO")],
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Where an entry went in another edition: a hint for the reviewer, never eligibility."""
    with Guard(lang, as_json, data) as session:
        from greenfin.reference.catalogue import crossings

        reference = session.reference()
        old, new = _catalogue(reference, from_edition), _catalogue(reference, to_edition)
        if code not in old.entries:
            raise Refused(error("cli.unknown_entry", f"{from_edition} {code}", near=", ".join(_near(code, old.entries))))
        rows = [
            {"to": c.to_code, "kind": c.kind, "note": c.note, "name_zh": new.entries[c.to_code].name_zh if c.to_code in new.entries else ""}
            for c in crossings(reference, from_edition, code, to_edition)
        ]
        session.dump({"from": code, "crossings": rows, "hint_only": True})
        for row in rows:
            session.line(f"{code} -> {row['to'] or '—'}  [{row['kind']}]  {row['name_zh']}  {row['note']}")
        session.line(session.say("catalogue.hint_only"))


def _uses() -> dict[str, list[str]]:
    """Factor id -> the methods that take it."""
    from greenfin.methods.declare import declarations

    uses: dict[str, list[str]] = {}
    for declared in declarations().values():
        for slot in declared.slots:
            uses.setdefault(slot.id, []).append(declared.id)
    return uses


def check_data(
    policy: Annotated[str, typer.Option("--policy", metavar="strict|working")] = "strict",
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Check factors, catalogues and templates; list unverified values and what they blank. Exit 2 when the data are broken."""
    with Guard(lang, as_json, data) as session:
        from greenfin.core.problems import Severity
        from greenfin.reference.load import check

        found = check(session.data, uses=_uses())
        broken = [p for p in found if p.severity is Severity.ERROR]
        session.dump({"ok": not broken, "policy": policy, "problems": session.problems_json(found)})
        session.problems(found, quiet_info=policy != "strict")
        session.line(session.say("check_data.done", errors=len(broken), others=len(found) - len(broken)))
        raise typer.Exit(2 if broken else 0)
