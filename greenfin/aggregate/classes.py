"""Rule X-19: a receipt has exactly one leaf of a catalogue, and the receipts of one project share the project's class."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.aggregate.facts import Facts
from greenfin.aggregate.keyed import GREEN_BRANCHES
from greenfin.core.problems import Problem, warning

_SHOWN = 5  # of each kind that many are named


def class_problems(loans: pa.Table, facts: Facts) -> Iterator[Problem]:
    """What breaks the rule among green loans (columns ``code``, ``edition``, ``project``); more than one tag of a receipt is told where
    loans and tags meet."""
    loans = loans.select(["loan_id", "green_fen", "edition", "code", "project"])  # a row holds long texts; only these are copied
    green = loans.filter(pc.not_equal(pc.fill_null(loans["green_fen"], 0), 0))
    yield from _branches(green, facts)
    named = green.filter(pc.and_(pc.is_valid(green["project"]), pc.is_valid(green["code"])))
    classes = named.group_by(["project"], use_threads=False).aggregate([("code", "count_distinct"), ("code", "min"), ("code", "max")])
    several = classes.filter(pc.greater(classes["code_count_distinct"], 1)).sort_by("project")
    if len(several):
        first = several.slice(0, 1).to_pylist()[0]
        projects = ", ".join(several["project"].slice(0, _SHOWN).to_pylist())
        yield warning(
            "aggregate.project_classes",
            first["project"],
            n=len(several),
            projects=projects,
            found=f"{first['code_min']} / {first['code_max']}",
        )


def _branches(green: pa.Table, facts: Facts) -> Iterator[Problem]:
    """Green loans whose entry has others under it: such a class is not yet exact."""
    if facts.reference is None:
        return
    pairs = green.group_by(["edition", "code"], use_threads=False).aggregate([("loan_id", "count"), ("loan_id", "min")]).to_pylist()
    for pair in sorted(pairs, key=lambda one: (str(one["edition"]), str(one["code"]))):
        catalogue = facts.reference.catalogues.get(pair["edition"])
        entry = catalogue.entries.get(pair["code"]) if catalogue else None
        if entry is not None and not entry.is_leaf:
            yield warning("aggregate.class_not_leaf", pair["loan_id_min"], n=pair["loan_id_count"], entry=entry.code)


def branch_problems(facts: Facts) -> Iterator[Problem]:
    """Branches that the bank calls green and that the ledger does not have."""
    known = {*pc.unique(facts.book.loans["branch_code"]).to_pylist(), *pc.unique(facts.book.loans["branch_name"]).to_pylist()}
    codes, names = (facts.bank.listed(GREEN_BRANCHES, part) for part in ("code", "name"))
    for at, code in enumerate(codes or names):
        if code not in known and (at >= len(names) or names[at] not in known):
            yield warning("aggregate.branch_unlisted", code, found=code)
