"""One loan with all that speaks for its tag: the text with the words found in it, rule, score, needs, decision. No streamlit here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from greenfin.core.columns import columns
from greenfin.core.units import exact_ratio
from greenfin.disclose.printed import number, unit_text
from greenfin.messages import Lang, say
from greenfin.messages.words import codes
from greenfin.methods.declare import declarations
from greenfin.ruled import moved_by_model
from greenfin.ui.views.eyes import EVERYTHING, Eyes
from greenfin.ui.views.loans import row_of, rows_of, sharing, yuan

PPM_PER_PERCENT = 10_000
_LEAST = 2  # characters of a word
PROJECTS = Path("inputs") / "projects.parquet"
PROJECT_TEXT = ("project_name", "content", "green_cert")  # as the tagging joins them
Naming = Callable[[str], str]  # an entry's code -> its name, empty where there is none


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the loan's text; ``rules`` are those that matched it (none: plain text)."""

    text: str
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """A text of the bank that the tagging read (``kind`` is purpose, project or product), cut into pieces."""

    kind: str
    words: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason of the tagging: in which text, the words found, where (characters of the text, from 1) and by which rule."""

    kind: str
    text: str
    at: str
    rule: str


@dataclass(frozen=True, slots=True)
class Loan:
    """One loan with all that speaks for its tag, printed; ``model``: what a learned model moved (empty: nothing, or no model)."""

    loan_id: str
    outcome: str
    outcome_words: str
    entry: str
    reason: str
    texts: tuple[Text, ...]
    evidence: tuple[Evidence, ...]
    needs: tuple[str, ...]
    tag: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    benefits: tuple[tuple[str, str], ...]
    model: str = ""


def loan(folder: Path, loan_id: str, *, lang: Lang, name_of: Naming = lambda _code: "", eyes: Eyes = EVERYTHING) -> Loan | None:
    """One loan, or None where the run has none of that id that the reader may see; raises Refused where the file cannot be read."""
    row = row_of(folder, loan_id)
    names = () if eyes.actor is None or row is None else sharing(folder, row)
    seen = eyes.row(row | {"project": _project_text(folder, row)}, names=names) if row else None
    return _loan(seen, lang, name_of) if seen else None


def _project_text(folder: Path, row: Mapping[str, Any]) -> str:
    """What the book says of the loan's project: name, content, certificate; empty where there is none."""
    if not row.get("project_id") or not (folder / PROJECTS).is_file():
        return ""
    projects = rows_of(folder / PROJECTS)
    found = projects.scanner(columns=list(PROJECT_TEXT), filter=pc.field("project_id") == row["project_id"]).head(1).to_pylist()
    return " ".join(str(found[0][name] or "") for name in PROJECT_TEXT).strip() if found else ""


def _loan(row: Mapping[str, Any], lang: Lang, name_of: Naming) -> Loan:
    outcome = row.get("outcome") or "review"
    evidence: list[dict[str, Any]] = json.loads(row.get("evidence") or "[]")
    code = row.get("code") or ""
    name = row.get(f"name_{lang}") or row.get("name_zh") or name_of(code)
    return Loan(
        loan_id=row["loan_id"],
        outcome=outcome,
        outcome_words=say(f"decision.{outcome}", lang),
        entry=f"{code} {name}".strip(),
        reason=_reason(row, lang, name_of),
        texts=tuple(texts_of(row, evidence, lang)),
        evidence=tuple(_evidence(item, lang, name_of) for item in evidence),
        needs=tuple(worded(f"need.{need}", lang).removeprefix("need.") for need in json.loads(row.get("needs") or "[]")),
        tag=tuple(_tag_facts(row, lang, name_of)),
        facts=tuple(_loan_facts(row, lang)),
        benefits=tuple(_benefits(row, lang)),
        model=moved_by_model(row.get("model"), lang),
    )


def texts_of(row: Mapping[str, Any], evidence: Sequence[Mapping[str, Any]], lang: Lang) -> Iterator[Text]:
    """The purpose, and whatever else has words that speak for the tag: the project's papers; product and kind of the loan.

    ``row`` holds these texts as ``purpose``, ``project``, ``product`` and ``kind``.
    """
    written = dict(row) | {"product": f"{row.get('product') or ''} {row.get('kind') or ''}"}
    for kind in ("purpose", "project", "product"):
        of_kind = [item for item in evidence if item.get("kind") == kind]
        if kind == "purpose" or of_kind:
            yield Text(kind, _kind(kind, lang), segments(written.get(kind) or "", of_kind))


def _kind(kind: str, lang: Lang) -> str:
    return codes(lang).get(f"ui.evidence.{kind}", kind)


def segments(text: str, evidence: Sequence[Mapping[str, Any]]) -> tuple[Segment, ...]:
    """The text cut where evidence begins and ends; only evidence that stands in the text at its place is marked, without the commas and
    words for "and" at its ends, which a rule takes along to see what stands beside what.

    >>> [(s.text, s.rules) for s in segments("abcd", [{"text": "bc", "start": 1, "end": 3, "rule": "r"}])]
    [('a', ()), ('bc', ('r',)), ('d', ())]
    """
    spans = [_bare(item) for item in evidence if _stands(text, item)]
    cuts = sorted({0, len(text), *(item["start"] for item in spans), *(item["end"] for item in spans)})
    return tuple(
        Segment(
            text[start:end], tuple(dict.fromkeys(i["rule"] or i.get("kind", "") for i in spans if i["start"] <= start and end <= i["end"]))
        )
        for start, end in pairwise(cuts)
    )


def _stands(text: str, item: Mapping[str, Any]) -> bool:
    start, end = item.get("start"), item.get("end")
    return isinstance(start, int) and isinstance(end, int) and 0 <= start < end and text[start:end] == item.get("text")


def _bare(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The evidence from its first word to its last."""
    words, between = str(item["text"]), say("ui.evidence.between", "zh")
    kept = words.strip(between)
    if len(kept) < _LEAST:
        return item
    start = item["start"] + len(words) - len(words.lstrip(between))
    return {**item, "text": kept, "start": start, "end": start + len(kept)}


def worded(key: object, lang: Lang) -> str:
    """The words of a key where it has some, else the key as it is."""
    return codes(lang).get(str(key), str(key)) if key else ""


def _reason(row: Mapping[str, Any], lang: Lang, name_of: Naming) -> str:
    """Why it was decided so; the rule's own reason where a rule decided."""
    words = worded(row.get("reason"), lang)
    rule = name_of(str(row.get("rule") or ""))
    return say("ui.reason", lang, reason=words, rule=rule) if rule else words


def _evidence(item: Mapping[str, Any], lang: Lang, name_of: Naming) -> Evidence:
    start, end = item.get("start"), item.get("end")
    rule = str(item.get("rule") or "")
    at = say("ui.at", lang, first=start + 1, last=end) if isinstance(start, int) and isinstance(end, int) and end > start else ""
    return Evidence(_kind(str(item.get("kind", "")), lang), str(item.get("text", "")), at, f"{rule} {name_of(rule)}".strip())


def _tag_facts(row: Mapping[str, Any], lang: Lang, name_of: Naming) -> Iterator[tuple[str, str]]:
    runner_up = row.get("runner_up") or ""
    share = row.get("share_ppm")
    approved = row.get("approved")
    printed = {
        "edition": row.get("edition"),
        "decision": say(f"decision.{row['decision']}", lang) if row.get("decision") else "",
        "share_ppm": "" if share is None else number(Fraction(share, PPM_PER_PERCENT), 2) + "%",
        "basis": codes(lang).get(f"ui.basis.{row.get('basis')}", row.get("basis")),
        "carbon_mark": codes(lang).get(f"ui.carbon.{row.get('carbon_mark')}", row.get("carbon_mark")),
        "score": _score(row.get("score")),
        "runner_up": f"{runner_up} {name_of(runner_up)} {_score(row.get('runner_up_score'))}".strip() if runner_up else "",
        "rule": f"{row.get('rule') or ''} {name_of(row.get('rule') or '')}".strip(),
        "decided_by": codes(lang).get(f"ui.decided.{row.get('decided_by')}", row.get("decided_by")),
        "approved": "" if approved is None else say(f"ui.flag.{str(approved).lower()}", lang),
        "maker": row.get("maker"),
        "checker": row.get("checker"),
    }
    return titled(printed, "tags", lang)


def _score(score: float | None) -> str:
    return "" if score is None else f"{score:.3f}"


def _loan_facts(row: Mapping[str, Any], lang: Lang) -> Iterator[tuple[str, str]]:
    flag = row.get("bank_green")
    printed = {
        name: row.get(name)
        for name in ("receipt_no", "customer_name", "branch_name", "product", "industry_use", "region_use", "project_id")
    }
    printed |= {name: yuan(row.get(name), lang) for name in ("balance_fen", "amount_fen")}
    printed |= {name: row.get(name) for name in ("approved_on", "start_on", "due_on")}
    printed |= {
        "bank_green": "" if flag is None else say(f"ui.flag.{str(flag).lower()}", lang),
        "bank_green_code": row.get("bank_green_code"),
    }
    printed["source_row"] = f"{row.get('source_sheet') or ''}!{row.get('source_row') or ''}".strip("!")
    return titled(printed, "loans", lang)


def titled(printed: Mapping[str, object], table: str, lang: Lang) -> Iterator[tuple[str, str]]:
    """What is known, under names of its own where the meaning in ``columns.csv`` is none."""
    names = {c.name: codes(lang).get(f"ui.named.{table}.{c.name}", c.zh if lang == "zh" else c.en) for c in columns() if c.table == table}
    return ((names[name], str(value)) for name, value in printed.items() if value not in (None, ""))


def _benefits(row: Mapping[str, Any], lang: Lang) -> Iterator[tuple[str, str]]:
    """The loan's part of each benefit in its printed unit."""
    outputs = {f"{o.name}_{o.small}": o for declared in declarations().values() for o in reversed(declared.outputs)}
    for column, output in outputs.items():
        if row.get(column) is not None:
            value = Fraction(row[column]) * exact_ratio(output.small, output.printed)
            name = output.name_zh if lang == "zh" else output.name_en
            yield name, f"{number(value, 2)} {unit_text(output.printed, lang)}"
