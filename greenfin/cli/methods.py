"""``method list`` and ``method show``: the methods there are, and everything one declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer

from greenfin.cli.session import DataOption, Guard, JsonOption, LangOption, Session, help_of
from greenfin.core.problems import Refused, error

method_app = typer.Typer(no_args_is_help=True, help=help_of("method"))
_PARTS = ("inputs", "parameters", "factors", "outputs", "indicators")
_AS_METHOD = "as_inputs"


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    method_app.command("list", help=help_of("method_list"))(method_list)
    method_app.command("show", help=help_of("method_show"))(method_show)
    app.add_typer(method_app, name="method")


def method_list(
    scenes: Annotated[bool, typer.Option("--scenes")] = False, lang: LangOption = "", as_json: JsonOption = False, data: DataOption = None
) -> None:
    """All methods; with --scenes the benefit scenes of the statistics, each with its method or why there is none."""
    with Guard(lang, as_json, data) as session:
        if scenes:
            from greenfin.cli.scenes import show_scenes

            show_scenes(session)
            return
        from greenfin.methods import registry

        methods = [registry.method_json(m) for m in registry.METHODS.values()]
        session.dump({"methods": methods})
        for shown in methods:
            session.line(f"{shown['id']:<16}{shown['name_zh']}  {shown['name_en']}")


def method_show(
    method: Annotated[str, typer.Argument(metavar="ID")], lang: LangOption = "", as_json: JsonOption = False, data: DataOption = None
) -> None:
    """A method's source, where it applies, its inputs, factors, conventions and outputs."""
    with Guard(lang, as_json, data) as session:
        from greenfin.methods import registry

        found = registry.METHODS.get(method.upper())
        if found is None:
            raise Refused(error("cli.unknown_method", method, known=", ".join(registry.METHODS)))
        shown: dict[str, Any] = dict(registry.method_json(found, _entries(session, found.declaration.id)))
        from greenfin.cli.scenes import scene_lines, scenes_json

        shown["scenes"] = scenes_json(session.reference(), shown["id"])
        session.dump(shown)
        session.lines(_lines(session, shown))
        session.lines(scene_lines(session, shown["scenes"]))


def _entries(session: Session, method: str) -> dict[str, list[str]]:
    """The catalogue entries that the method measures, by edition."""
    from greenfin.reference.editions import read_method_map
    from greenfin.reference.files import Folder

    found: dict[str, list[str]] = {}
    for rule in read_method_map(Folder(session.reference().root)):
        if rule.method == method:
            found.setdefault(rule.edition, []).append(rule.entry)
    return found


def _lines(session: Session, shown: Mapping[str, Any]) -> Iterator[str]:
    yield f"{shown['id']}  {shown['name_zh']}  {shown['name_en']}"
    yield str(shown["source"] if session.lang == "zh" else f"{shown['source_en']} · {shown['clause']}")
    yield session.say("method.evidence", proof=shown["evidence"])
    yield session.say("method.basis", found=session.say(f"method.basis.{shown['basis']}"))
    yield from _applies(session, shown["applies"])
    yield session.say("method.ways", found=" | ".join(" + ".join(way) for way in shown["ways"]))
    for part in _PARTS:
        if shown[part]:
            yield f"[{session.say('method.' + part)}]"
            yield from ("  " + "  ".join(_told(item, session)) for item in _one_of_a_series(shown[part]))
    if shown["conventions"]:
        yield f"[{session.say('method.conventions')}]"
    for name, convention in shown["conventions"].items():
        for choice in convention["choices"]:
            mark = "*" if choice["name"] == convention["default"] else " "
            yield "  ".join((f"  {mark} {name}={choice['name']}", choice[session.lang], *_when(convention))).rstrip()


def _applies(session: Session, applies: Mapping[str, Any]) -> Iterator[str]:
    yield from (text for text in (applies[session.lang],) if text)
    for edition, codes in applies["entries"].items():
        yield f"{session.say('method.entries')}  {edition}: {', '.join(codes)}"
    if applies["scenes"]:
        yield f"{session.say('method.for_scenes')}  {', '.join(applies['scenes'])}"


def _one_of_a_series(items: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The items, a yearly series as one of them."""
    told: set[str] = set()
    for item in items:
        series = item.get("series")
        if series in told:
            continue
        if series:
            told.add(series)
        yield {**item, "name": series} if series else item


def _told(item: Mapping[str, Any], session: Session) -> Iterator[str]:
    """An input, number, factor slot, result or check for a person: what it is called, its unit, its limits, how it is made."""
    from greenfin.methods.numbers import figure

    yield f"{item.get('name') or item['slot']:<20}"
    yield from (str(item[key]) for key in (f"name_{session.lang}", "id", "value", "unit") if item.get(key))
    if item.get("low") is not None and item.get("high") is not None:
        yield f"{figure(item['low'])}…{figure(item['high'])}"
    yield from (session.say(f"method.{word}") for word in ("required", "series", "list") if item.get(word))
    if item.get("words"):
        yield "|".join(item["words"])
    if item.get("assumed") not in (None, ""):
        yield session.say("method.assumed", value=item["assumed"])
    yield from (session.say(f"method.{part}.{item[part]}") for part in ("kind", "basis") if item.get(part, _AS_METHOD) != _AS_METHOD)
    yield from _when(item)
    if item.get("formula"):
        yield f"= {item['formula']}"
    yield from (str(item[key]) for key in (f"meaning_{session.lang}", "source") if item.get(key))


def _when(item: Mapping[str, Any]) -> Iterator[str]:
    """Under which choices something holds."""
    if item.get("when"):
        yield ", ".join(f"{name}={'|'.join(choices)}" for name, choices in item["when"].items())
