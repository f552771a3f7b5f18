"""What ``check-data`` prints: what is wrong first, then what the policy blanks, then what is merely unverified or unknown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from greenfin.cli.aligned import aligned
from greenfin.cli.session import Session
from greenfin.core.problems import Problem, Severity
from greenfin.reference.lifts import BLANKS, NO_METHOD, lifts
from greenfin.reference.load import Reference

UNVERIFIED = "reference.factor_unverified"
UNDATED = "reference.publication_unknown"
FIRST, MOST = 5, 10


def report(session: Session, reference: Reference, found: Sequence[Problem], policy: str) -> None:
    """Prints everything that was found about the data, grouped and counted."""
    session.line(session.say("check_data.read", **_counts(reference)))
    _wrong(session, [p for p in found if p.severity is Severity.ERROR])
    _blanks(session, [p for p in found if p.code == BLANKS], policy)
    _documents(session, reference, found)
    _unverified(session, [p for p in found if p.code == UNVERIFIED])
    _undated(session, [p for p in found if p.code == UNDATED])
    for problem in found:
        if problem.severity is not Severity.ERROR and problem.code not in (BLANKS, UNVERIFIED, UNDATED):
            session.line(f"[{session.say(f'severity.{problem.severity.value}')}] {_told(session, problem)}")


def _wrong(session: Session, wrong: Sequence[Problem]) -> None:
    """Each error with its line; of one kind the first few."""
    kinds: dict[str, list[Problem]] = {}
    for problem in wrong:
        kinds.setdefault(problem.code, []).append(problem)
    for code, members in kinds.items():
        session.line(f"[{session.say('severity.error')}] {code} ×{len(members)}")
        for problem in members[:FIRST]:
            session.line(f"    {_told(session, problem)}")
        if len(members) > FIRST:
            session.line("   " + session.say("cli.and_more", n=len(members) - FIRST))


def _told(session: Session, problem: Problem) -> str:
    return f"{problem.where}: {session.say(problem.code, **problem.params)}"


def _counts(reference: Reference) -> dict[str, object]:
    entries = " + ".join(f"{c.id} {len(c.entries)}" for c in reference.catalogues.values())
    return {
        "values": len(reference.factors.factors),
        "ids": len(reference.factors.quantities),
        "sources": len(reference.sources),
        "entries": entries,
        "industries": len(reference.industries),
        "templates": len(reference.templates),
    }


def _blanks(session: Session, blanks: Sequence[Problem], policy: str) -> None:
    if not blanks:
        return
    used = [p for p in blanks if p.params["methods"] != NO_METHOD]
    session.line(f"[{session.say('severity.warning')}] " + session.say("check_data.blanks", policy=policy, n=len(blanks), used=len(used)))
    of_methods: dict[str, list[Problem]] = {}
    for each in used:
        of_methods.setdefault(_short(str(each.params["methods"])), []).append(each)
    shown = {names: ", ".join(f"{p.params['id']} ({p.params['region']})" for p in each) for names, each in of_methods.items()}
    for line in aligned([(names, shown[names], each[0].where) for names, each in of_methods.items()]):
        session.line(f"    {line}")
    others = Counter(str(p.params["id"]).partition(".")[0] for p in blanks if p.params["methods"] == NO_METHOD)
    if others:
        session.line("    " + session.say("check_data.blanks_unused", n=sum(others.values()), groups=_listed(others)))


def _documents(session: Session, reference: Reference, found: Sequence[Problem]) -> None:
    """The documents that lift most of what is blank when their values are seen in them."""
    ranked = [lift for lift in lifts(reference, found) if lift.methods]
    if not ranked:
        return
    session.line("    " + session.say("check_data.documents"))
    cited = {lift.source: reference.sources[lift.source].cite(session.lang) for lift in ranked if lift.source in reference.sources}
    rows = [(f"{len(one.methods)} / {len(one.factors)}", one.source, cited.get(one.source, "")) for one in ranked[:MOST]]
    for line in aligned(rows):
        session.line(f"    {line}")
    if len(ranked) > MOST:
        session.line("   " + session.say("cli.and_more", n=len(ranked) - MOST))


def _short(methods: str) -> str:
    """The first methods of a list, and how many more."""
    names = methods.split(", ")
    return methods if len(names) <= FIRST else ", ".join(names[:FIRST]) + f" +{len(names) - FIRST}"


def _unverified(session: Session, unverified: Sequence[Problem]) -> None:
    if not unverified:
        return
    session.line(f"[{session.say('severity.info')}] " + session.say("check_data.unverified", n=len(unverified)))
    reasons: dict[str, Counter[str]] = {}
    for problem in unverified:
        reasons.setdefault(str(problem.params["why"]), Counter())[problem.where.partition(":")[0].rpartition("/")[2]] += 1
    ordered = sorted(reasons.items(), key=lambda each: -each[1].total())
    for line in aligned([(str(of.total()), session.say("check_data.why", why=why), _listed(of)) for why, of in ordered]):
        session.line(f"    {line}")


def _undated(session: Session, undated: Sequence[Problem]) -> None:
    if undated:
        values = sum(int(str(p.params["n"])) for p in undated)
        names = " ".join(str(p.params["source"]) for p in undated)
        session.line(f"[{session.say('severity.info')}] " + session.say("check_data.undated", n=len(undated), values=values))
        session.line(f"    {names}")


def _listed(counted: Counter[str]) -> str:
    return " ".join(f"{name}×{n}" for name, n in counted.most_common())
