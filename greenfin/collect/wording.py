"""The words of a row: what is asked, why, and how to answer; in Chinese, in English, or in both."""

from __future__ import annotations

from collections.abc import Callable

from greenfin.collect.ask import Ask
from greenfin.collect.entry import entry_of
from greenfin.messages import Lang, codes, say
from greenfin.methods.registry import METHODS

ReportLang = str  # zh, en or both


def main_lang(report: ReportLang) -> Lang:
    """The language of what stands once: drop-downs and states; Chinese where both are wanted."""
    return "en" if report == "en" else "zh"


def in_both(report: ReportLang, words: Callable[[Lang], str], *, between: str = "\n") -> str:
    """Words in the report's language, or in both where they differ."""
    if report != "both":
        return words(main_lang(report))
    zh, en = words("zh"), words("en")
    return zh if zh == en else f"{zh}{between}{en}"


def word(code: str, report: ReportLang, *, between: str = " / ", **slots: object) -> str:
    """The words of a code."""
    return in_both(report, lambda lang: say(code, lang, **slots), between=between)


def asked(ask: Ask, report: ReportLang) -> str:
    """What is wanted, as people call it."""
    return in_both(report, lambda lang: _asked(ask, lang))


def _asked(ask: Ask, lang: Lang) -> str:
    if ask.target == "inputs":
        spec = METHODS[ask.method].declaration.input(ask.field)
        return spec.name_zh if lang == "zh" else spec.name_en
    if ask.target == "evidence":
        return codes(lang).get(f"need.{ask.field}", ask.field)
    return say("collect.column", lang, columns=ask.field)


def why(ask: Ask, report: ReportLang) -> str:
    """What is the matter and what the answer serves."""
    return in_both(report, lambda lang: _why(ask, lang))


def _why(ask: Ask, lang: Lang) -> str:
    reason = say(f"collect.reason.{ask.reason}", lang)
    return say("collect.why", lang, reason=reason, serves=_serves(ask, lang))


def _serves(ask: Ask, lang: Lang) -> str:
    if ask.target == "inputs":
        declaration = METHODS[ask.method].declaration
        outputs = [o.name_zh if lang == "zh" else o.name_en for o in declaration.outputs if o.additive]
        method = declaration.name_zh if lang == "zh" else declaration.name_en
        return say("collect.serves.inputs", lang, method=method, outputs=say("collect.comma", lang).join(outputs[:3]))
    code, name = ask.serves.get("code", ""), ask.serves.get(f"name_{lang}", "")
    entry = say("collect.entry", lang, entry=code, name=name) if code else ""
    return say("collect.serves.papers" if ask.target == "evidence" else f"collect.serves.{ask.target}.{ask.field}", lang, entry=entry)


def how(ask: Ask, report: ReportLang) -> str:
    """How the answer is to look."""
    return in_both(report, lambda lang: entry_of(ask.target, ask.field, ask.method, lang).how)


def was(ask: Ask) -> str:
    """The value in the book as a person reads it: an amount in yuan, a rate in percent."""
    kind = entry_of(ask.target, ask.field, ask.method, "zh")
    if kind.unit == "CNY" and ask.was:
        return f"{int(ask.was) / 100:,.2f}"
    return f"{int(ask.was) / 10_000:g}%" if kind.unit == "percent" and ask.target == "loans" and ask.was else ask.was
