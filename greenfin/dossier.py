"""The dossier of one receipt: put together from a run and, where there is one, from the record of decisions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pyarrow.compute as pc

from greenfin import aggregate, tag
from greenfin.core.columns import columns
from greenfin.core.problems import Refused, error
from greenfin.core.records import Cell
from greenfin.core.units import exact_ratio
from greenfin.disclose.dossier import Dossier, Piece, Section
from greenfin.disclose.printed import number, pick, unit_text
from greenfin.explain import counted_in
from greenfin.explain.records import decisions_about
from greenfin.messages.words import Lang, codes, say
from greenfin.methods.declare import declarations
from greenfin.pipeline import RunResult
from greenfin.reference.attached import Attached, texts_of
from greenfin.reference.load import Reference
from greenfin.ruled import ruled
from greenfin.run_folder import Saved
from greenfin.store import Store, trails
from greenfin.store.masking import masked
from greenfin.store.needs import needs_on
from greenfin.store.permissions import Actor

PPM = 1_000_000
_TOLD = 5  # loans named in a refusal
_FACTS = ("receipt_no", "contract_no", "branch_name", "branch_code", "customer_no", "customer_name", "product", "kind")
_MORE_FACTS = ("industry_use", "industry_customer", "region_use", "approved_on", "start_on", "due_on", "class5", "project_id")
_MONEY = ("amount_fen", "balance_fen")


@dataclass(frozen=True, slots=True)
class Trail:
    """What the record knows of a receipt: each a sequence of printed cells, oldest first; empty where there is no record.

    ``decisions``: (day, step, who, decision and entry, reason); ``papers``: (kind, name, valid until);
    ``publications``: (day, place, cell, value); ``met``: needs that a kept document answers.
    """

    decisions: tuple[tuple[str, ...], ...] = ()
    papers: tuple[tuple[str, ...], ...] = ()
    publications: tuple[tuple[str, ...], ...] = ()
    met: frozenset[str] = frozenset()


def trail_in(store: Store, actor: Actor, receipt: str, *, run: Saved, reference: Reference, lang: Lang, names: bool = False) -> Trail:
    """What the record knows of a receipt of a run, as far as the actor may see it. Raises Refused."""
    found = trails.trail_of(store, actor, receipt, runs=[run.id], names=names)
    made_of = run.record["made_of"]
    day = date.fromisoformat(made_of["as_of"])
    needs = needs_on(store, actor, receipt, made_of["edition"], on=day, regions=reference.regions)
    verdicts = {act.decision: say(f"decision.{act.decision}", lang) if act.decision else "" for act in found.acts}
    acts = [(a.day, say(f"act.{a.act}", lang), a.actor, f"{verdicts[a.decision]} {a.code}".strip(), a.reason) for a in found.acts]
    papers = [
        (codes(lang).get(f"paper.{d.kind}", d.kind), d.name, say("dossier.until", lang, day=d.valid_to) if d.valid_to else "")
        for d in found.documents
    ]
    returns = [(say(f"publication.{r.kind}", lang), r.place, r.published_on, say("dossier.cells", lang, n=r.cells)) for r in found.returns]
    return Trail(tuple(acts), tuple(papers), tuple(returns), frozenset(state.need for state in needs if state.met_by))


def dossier_of(
    result: RunResult,
    receipt: str,
    *,
    run: str,
    lang: Lang = "zh",
    trail: Trail | None = None,
    copies: Sequence[Attached] = (),
    names: bool = False,
) -> Dossier:
    """The page for a receipt (or loan id) of a run; ``names``: the borrower's name is shown.

    ``copies``: the bank's own text of the run's edition; what it says on the loan's entry stands on the page.
    Raises Refused where the run has no such receipt, or several loans of it.
    """
    rows = aggregate.outcomes(result.facts)
    mine = rows.filter(pc.equal(rows["loan_id"], receipt))
    mine = mine if len(mine) else rows.filter(pc.fill_null(pc.equal(rows["receipt_no"], receipt), False))
    if not len(mine):
        raise Refused(error("run.no_such_receipt", receipt))
    if len(mine) > 1:
        raise Refused(error("run.receipt_of_several", receipt, found=", ".join(mine["loan_id"].to_pylist()[:_TOLD]), n=len(mine)))
    row = (mine if names else masked(mine)).slice(0, 1).to_pylist()[0]
    known = trail or Trail()
    sections = (
        Section(say("dossier.loan", lang), facts=tuple(_facts(row, lang, names=names))),
        Section(say("dossier.text", lang), text=_text(row), empty=say("dossier.no_text", lang)),
        *_copied(copies, row["code"] or "", lang),
        _rules(result, row, lang),
        _papers(result, row, known, lang),
        _decisions(result, row, known, lang),
        _benefit(result, row, lang),
        _returns(result, row, known, lang),
    )
    bank = pick(result.inputs.bank.name_zh, result.inputs.bank.name_en, lang)
    return Dossier(
        title=say("dossier.title", lang, receipt=row["receipt_no"] or row["loan_id"]),
        verdict=_verdict(result, row, lang),
        about=_about(result, row, lang),
        sections=tuple(section for section in sections if section is not None),
        head=" · ".join(part for part in (bank, say("dossier.as_of", lang, day=result.as_of.isoformat())) if part),
        foot=say("dossier.foot", lang, run=run),
        page="{page} / {pages}",
        mark="" if result.policy.needs_approval else say("dossier.draft", lang),
        lang=lang,
    )


def _verdict(result: RunResult, row: Mapping[str, Any], lang: Lang) -> str:
    """The decision, and the entry with those above it."""
    said = say(f"decision.{row['outcome']}", lang)
    catalogue = result.reference.catalogues.get(row["edition"] or "")
    if catalogue is None or row["code"] not in catalogue.entries:
        return said
    line = [catalogue.entries[code] for code in (*reversed(catalogue.ancestors(row["code"])), row["code"])]
    return f"{said}  {row['code']} " + " — ".join(pick(e.name_zh, e.name_en, lang) for e in line)


def _edition(result: RunResult, edition: str, lang: Lang) -> str:
    catalogue = result.reference.catalogues.get(edition)
    return pick(catalogue.title_zh, catalogue.title_en, lang) if catalogue else edition


def _about(result: RunResult, row: Mapping[str, Any], lang: Lang) -> str:
    parts = {
        "edition": _edition(result, row["edition"] or "", lang),
        "share_ppm": _percent(row["share_ppm"]) if row["outcome"] == "green" else "",
        "share_reason": codes(lang).get(str(row["share_reason"]), "") if row["outcome"] == "green" else "",
        "basis": codes(lang).get(f"ui.basis.{row['basis']}", row["basis"]),
        "carbon_mark": codes(lang).get(f"ui.carbon.{row['carbon_mark']}", row["carbon_mark"]),
        "score": "" if row["score"] is None else f"{row['score']:.2f}",
        "runner_up": f"{row['runner_up']} ({row['runner_up_score']:.2f})" if row["runner_up"] else "",
        "decided_by": codes(lang).get(f"ui.decided.{row['decided_by']}", row["decided_by"]),
        "reason": codes(lang).get(str(row["reason"]), "").replace("{", "").replace("}", ""),
    }
    named = _named("tags", lang)
    return " · ".join(f"{named[key]} {value}" for key, value in parts.items() if value)


def _percent(ppm: int | None) -> str:
    return "" if ppm is None else number(Fraction(ppm, PPM // 100), 2) + "%"


def _named(table: str, lang: Lang) -> Mapping[str, str]:
    return {c.name: (c.zh if lang == "zh" else c.en.split(" (")[0].split(":")[0]) for c in columns() if c.table == table}


def _facts(row: Mapping[str, Any], lang: Lang, *, names: bool) -> Iterator[tuple[str, str]]:
    named = _named("loans", lang)
    for key in (*_FACTS, *_MONEY, *_MORE_FACTS):
        value = row.get(key)
        if value in (None, "") or (key == "customer_name" and not names):
            continue
        if key in _MONEY:
            value = f"{number(Fraction(value, 100), 2)} {say('unit.yuan', lang)}"
        yield named[key], codes(lang).get(f"{key}.{value}", str(value))
    place = f"{row.get('source_sheet') or ''}!{row.get('source_row') or ''}".strip("!")
    if place:
        yield named["source_row"], place


def _text(row: Mapping[str, Any]) -> tuple[Piece, ...]:
    """The purpose as written, the words that speak for the tag marked."""
    text = row["purpose"] or ""
    spans = [
        e for e in json.loads(row["evidence"] or "[]") if e.get("kind") == "purpose" and text[e["start"] : e["end"]] == e["text"] != ""
    ]
    cuts = sorted({0, len(text), *(e["start"] for e in spans), *(e["end"] for e in spans)})
    return tuple(Piece(text[a:b], any(e["start"] <= a and b <= e["end"] for e in spans)) for a, b in pairwise(cuts) if a < b)


def _copied(copies: Sequence[Attached], code: str, lang: Lang) -> Iterator[Section]:
    """What the bank's copies of the official text say on the entry, marked as the bank's own."""
    for one in texts_of(copies, code):
        heading = say("dossier.copy", lang, file=one.file, place=one.place, day=one.attached_on)
        yield Section(heading, text=(Piece(one.text.replace("\n", " ")),))


def _rules(result: RunResult, row: Mapping[str, Any], lang: Lang) -> Section:
    """The rules that speak to the loan, met, unmet or unknown, the deciding one first."""
    found = tag.rules_of(result.book, result.reference, edition=row["edition"], loan_id=row["loan_id"])
    lines = tuple((one.name, one.said, one.asked, one.source) for one in ruled(found, lang))
    heading = say("dossier.rules", lang, n=found.not_applicable)
    return Section(heading, lines=lines, widths=(0.2, 0.22, 0.36, 0.22), more=say("dossier.more", lang), empty=say("dossier.no_rule", lang))


def _papers(result: RunResult, row: Mapping[str, Any], trail: Trail, lang: Lang) -> Section:
    """What is still to be shown, and the papers that are kept."""
    asked = json.loads(row["needs"] or "[]")
    needs = [(say("dossier.met" if n in trail.met else "dossier.need", lang), codes(lang).get(f"need.{n}", n), "", "") for n in asked]
    project = result.book.projects.filter(pc.equal(result.book.projects["project_id"], row["project_id"] or "")).to_pylist()
    named = _named("projects", lang)
    stated = [
        (say("dossier.stated", lang), named[key], str(project[0][key]), "")
        for key in ("approval_no", "eia_no", "green_cert", "energy_review")
        if project and project[0][key]
    ]
    kept = [(say("dossier.paper", lang), *paper) for paper in trail.papers]
    lines = (*needs, *stated, *kept)
    return Section(
        say("dossier.papers", lang),
        lines=lines,
        widths=(0.14, 0.36, 0.3, 0.2),
        more=say("dossier.more", lang),
        empty=say("dossier.none", lang),
    )


def _decisions(result: RunResult, row: Mapping[str, Any], trail: Trail, lang: Lang) -> Section:
    """The decisions of people: from the record, else those that the run was given."""
    lines = trail.decisions or tuple(_given(result, row, lang))
    widths = (0.13, 0.13, 0.2, 0.24, 0.3)
    return Section(
        say("dossier.decisions", lang), lines=lines, widths=widths, more=say("dossier.more", lang), empty=say("dossier.undecided", lang)
    )


def _given(result: RunResult, row: Mapping[str, Any], lang: Lang) -> Iterator[tuple[str, ...]]:
    for one in decisions_about(result.inputs.decisions, (row["receipt_no"], row["loan_id"]), row["edition"]):
        people = " → ".join(name for name in (one["maker"], one["checker"]) if name)
        day = one["decided_on"].isoformat() if one["decided_on"] else ""
        said = say("decision." + one["decision"], lang) if one["decision"] else ""
        verdict = f"{said} {one['code'] or ''}".strip()
        yield (day, say("dossier.file", lang), people, verdict, one["reason"] or "")


def _benefit(result: RunResult, row: Mapping[str, Any], lang: Lang) -> Section:
    """The project's results a year and the loan's part of each."""
    parts = result.parts.filter(pc.equal(result.parts["loan_id"], row["loan_id"])).to_pylist()
    measured = result.measurements.filter(pc.equal(result.measurements["project_id"], row["project_id"] or "")).to_pylist()
    whole = {one["output"]: one for one in measured}
    lines = tuple(_benefit_line(part, whole[part["output"]], lang) for part in parts if part["output"] in whole)
    return Section(
        say("dossier.benefit", lang),
        lines=lines,
        widths=(0.24, 0.26, 0.28, 0.22),
        more=say("dossier.more", lang),
        empty=say("dossier.no_benefit", lang),
    )


def _benefit_line(part: Mapping[str, Any], whole: Mapping[str, Any], lang: Lang) -> tuple[str, ...]:
    outputs = {(d.id, o.name): o for d in declarations().values() for o in d.outputs}
    output = outputs[whole["method"], part["output"]]
    ratio, unit = exact_ratio(output.small, output.printed), unit_text(output.printed, lang)
    own, every = (number(Fraction(one["amount"]) * ratio, 2) for one in (part, whole))
    return (
        pick(output.name_zh, output.name_en, lang),
        say("dossier.own_part", lang, value=own, unit=unit),
        say("dossier.whole", lang, value=every, unit=unit),
        whole["method"],
    )


def _returns(result: RunResult, row: Mapping[str, Any], trail: Trail, lang: Lang) -> Section:
    """The cells of the run's tables in which the loan is counted, by table and row, and where such cells were published."""
    cells = counted_in(result, row["loan_id"])
    lines = [*_by_table(result, cells, lang), *trail.publications]
    return Section(
        say("dossier.returns", lang),
        lines=tuple(lines),
        widths=(0.1, 0.32, 0.38, 0.2),
        more=say("dossier.more", lang),
        empty=say("dossier.not_counted", lang),
    )


def _by_table(result: RunResult, cells: Sequence[Cell], lang: Lang) -> Iterator[tuple[str, ...]]:
    for table in result.tables.values():
        own = [cell.id.partition("!")[2] for cell in cells if cell.id.startswith(f"{table.id}!")]
        rows = list(dict.fromkeys(name.rpartition(".")[0] for name in own))
        labels = {line.id: pick(line.zh, line.en, lang) for line in table.rows}
        if own:
            named = "；" if lang == "zh" else "; "
            yield (
                table.id,
                pick(table.title_zh, table.title_en, lang),
                named.join(labels.get(r, r) for r in rows),
                say("dossier.cells", lang, n=len(own)),
            )
