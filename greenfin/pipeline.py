"""The only module that knows the order of the steps: read -> tag -> measure -> attribute -> footprint -> finance -> sum -> disclose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from greenfin import aggregate, attribute, disclose, evaluate, footprint, ingest, measure, names, tag
from greenfin.aggregate.bridge import Bridge
from greenfin.core.columns import empty
from greenfin.core.problems import Outcome, Problem, Refused, error, warning
from greenfin.core.records import Answer, Bank, Book, PriorCell, Sum, Table
from greenfin.disclose.narrative.telling import Builder
from greenfin.reference.load import Reference, load
from greenfin.reference.policies import Policy
from greenfin.reference.same_figures import columns_before, same_figures
from greenfin.statements import bridges_of, counted_of, form_facts, published_of, statement, with_financed
from greenfin.tag.model import Model, read_model

DEFAULT_TEMPLATES = (
    "T01", "T02", "T03", "T04", "T05", "T06", "T07", "T09", "T10", "T11", "T12", "T13", "T14", "T15", "T16", "T17", "T18", "T20",
    "T21", "T22", "T23", "T24", "T25", "T26", "T27", "T28", "T29", "T30", "T31", "T32", "T33", "T34", "T35", "T36", "T38",
)  # fmt: skip
EVERY = "all"  # as a template: every table there is
Progress = Callable[[str], None]


def _quiet(_step: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Files:
    """The user's files of a run."""

    books: tuple[Path, ...]
    bank: Path | None = None
    prior: Path | None = None
    controls: Path | None = None
    decisions: Path | None = None
    mapping: Path | None = None
    rates: Path | None = None
    supplements: Path | None = None
    model: Path | None = None
    answers: Path | None = None
    restatements: Path | None = None
    register: Path | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """What the user chose; part of a run's fingerprint."""

    policy: str = "strict"
    editions: tuple[str, ...] = ()
    templates: tuple[str, ...] = DEFAULT_TEMPLATES
    report_lang: str = "zh"
    conventions: Mapping[str, str] = field(default_factory=dict)
    factor_set: str | None = None
    shell: str = disclose.DEFAULT_SHELL


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that came from the user's files, read once; a run folder keeps it, so that the run replays."""

    book: Book
    decisions: pa.Table = field(default_factory=lambda: empty("decisions"))
    prior: tuple[PriorCell, ...] = ()
    bank: Bank = field(default_factory=Bank)
    problems: tuple[Problem, ...] = ()
    model: Model | None = None
    answers: tuple[Answer, ...] | None = None  # None: no file of answers was given
    restatements: tuple[ingest.Restatement, ...] = ()  # those that figures of ``prior`` carry
    this_year: tuple[ingest.Published, ...] = ()  # figures of this year that were published before


@dataclass(frozen=True, slots=True)
class RunResult:
    """Everything a run made, in memory."""

    inputs: Inputs
    options: Options
    reference: Reference
    policy: Policy
    edition: str
    tags: pa.Table
    measurements: pa.Table
    parts: pa.Table
    emissions: pa.Table
    facts: aggregate.Facts
    sums: Mapping[str, Sum]
    tables: Mapping[str, Table]
    problems: tuple[Problem, ...]
    narrative: disclose.Narrative = field(default_factory=disclose.Narrative)
    bridges: tuple[Bridge, ...] = ()  # from the edition of the tables to each of the others asked for
    forms: Mapping[str, aggregate.Facts] = field(default_factory=dict)  # by the editions of forms that have one of their own
    told: Mapping[str, int] = field(default_factory=dict)  # of codes with more problems than ``problems`` holds: how many there are

    @property
    def book(self) -> Book:
        """The book of the run."""
        return self.inputs.book

    @property
    def as_of(self) -> date:
        """The data date."""
        return self.inputs.book.as_of

    @property
    def financed(self) -> pa.Table:
        """The financed emissions of the book, one standard after another."""
        return self.facts.financed

    @property
    def prior(self) -> tuple[PriorCell, ...]:
        """Last year's published figures."""
        return self.inputs.prior


def run(
    files: Files, options: Options | None = None, *, as_of: date | None, reference: Reference | None = None, progress: Progress = _quiet
) -> RunResult:
    """A whole run in memory, from the user's files to the tables, with the shipped reference data unless others are given.

    Raises Refused for a file that cannot be read at all and for an unknown policy, template or edition.
    """
    known = (reference or load()).whole()
    inputs = read(files, as_of=as_of, reference=known, progress=progress)
    return compute(inputs, options or Options(), reference=known, progress=progress)


def read(files: Files, *, as_of: date | None, reference: Reference, progress: Progress = _quiet) -> Inputs:
    """The user's files as tables, with every problem met; raises Refused for a file that cannot be read at all."""
    progress("read")
    return read_beside(files, read_book(files, as_of=as_of, reference=reference), reference=reference)


def read_beside(files: Files, book: Outcome[Book], *, reference: Reference) -> Inputs:
    """The book with all that was given beside it: decisions, last year, the bank, a model, answers."""
    problems = list(book.problems)
    decisions, bank = empty("decisions"), Bank()
    if files.decisions:
        found = ingest.read_decisions(files.decisions)
        decisions = found.value
        problems += found.problems
    same, on = same_figures(reference.templates), book.value.as_of
    before = columns_before(reference.templates)
    found_before = ingest.read_earlier(files.prior, files.restatements, files.register, same=same, before=before, as_of=on)
    problems += found_before.problems
    was = found_before.value
    if files.bank:
        about = ingest.read_bank(files.bank)
        bank = about.value
        problems += about.problems
    model: Model | None = None
    if files.model:
        learned = read_model(files.model, reference)
        model = learned.value
        problems += learned.problems
    answers: tuple[Answer, ...] | None = None
    if files.answers:
        said = ingest.read_answers(files.answers, questions=reference.questions, tables=reference.named)
        answers = said.value
        problems += said.problems
    return Inputs(book.value, decisions, was.prior, bank, tuple(problems), model, answers, was.restatements, was.this_year)


def read_book(files: Files, *, as_of: date | None, reference: Reference) -> Outcome[Book]:
    """The book alone, with what the branches filled in where there are supplements; raises Refused for a file that cannot be read."""
    mapping = ingest.read_mapping(files.mapping) if files.mapping else None
    book = ingest.read_book(files.books, as_of=as_of, controls=files.controls, reference=reference, mapping=mapping, rates=files.rates)
    if files.mapping:  # part of what the book was made of
        book = Outcome(replace(book.value, files=(*book.value.files, ingest.read_source(files.mapping, role="mapping"))), book.problems)
    if files.supplements is None:
        return book
    found = ingest.read_supplements(files.supplements)
    filled = ingest.supplemented(book.value, found.value, files=(ingest.read_source(files.supplements, role="supplements"),))
    return Outcome(filled.value, (*ingest.settled(book.problems, filled.value), *found.problems, *filled.problems))


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was asked for, all of it known; ``own`` are editions of forms, ``stated`` those of statements about some loans only."""

    policy: Policy
    templates: tuple[str, ...]
    edition: str
    own: tuple[str, ...]
    stated: tuple[str, ...]
    what: aggregate.What = aggregate.everything  # of the sums over loans
    way: str = ""  # of reading texts (see tag.tag)


def compute(inputs: Inputs, options: Options, *, reference: Reference, progress: Progress = _quiet) -> RunResult:
    """The figures of a run from its inputs; pure: the same inputs, options and reference give the same cells."""
    chosen = chosen_of(inputs, options, reference)
    found = counted(inputs, options, chosen, reference=reference, progress=progress)
    found = replace(found, problems=(*inputs.problems, *found.problems))
    return disclosed(found, chosen, inputs=inputs, options=options, reference=reference, progress=progress)


@dataclass(frozen=True, slots=True)
class Counted:
    """All that a book adds up to: its tags under every edition, its facts under that of the tables, forms by theirs, and the sums."""

    tags: pa.Table
    facts: aggregate.Facts
    forms: Mapping[str, aggregate.Facts]
    sums: Mapping[str, Sum]


def counted(inputs: Inputs, options: Options, chosen: Chosen, *, reference: Reference, progress: Progress = _quiet) -> Outcome[Counted]:
    """The steps up to the sums, over a whole book or over a shard of one (the sums of shards add up)."""
    progress("tag")
    editions = tuple(dict.fromkeys((*_wanted(options.editions, chosen.edition), *chosen.own)))
    tagged = tag.tag(inputs.book, reference, editions=editions, decisions=inputs.decisions, model=inputs.model, way=chosen.way)
    progress("measure")
    found = facts_of(inputs, options, chosen, published_of(tagged.value, chosen.edition), reference=reference, progress=progress)
    progress("sum")
    forms = _forms(found.value, tagged.value, chosen, inputs=inputs, options=options)
    facts = {name: form.value for name, form in forms.items()}
    sums = aggregate.with_forms(aggregate.aggregate(found.value, what=chosen.what), facts, found.value)
    problems = [*tagged.problems, *found.problems, *sums.problems]
    problems += [p for form in forms.values() for p in form.problems if p not in problems]
    return Outcome(Counted(tagged.value, found.value, facts, sums.value), tuple(problems))


def facts_of(
    inputs: Inputs, options: Options, chosen: Chosen, tags: pa.Table, *, reference: Reference, progress: Progress
) -> Outcome[aggregate.Facts]:
    """Everything that is summed: results and their parts, the own footprint, what is financed."""
    book, on = inputs.book, inputs.book.as_of
    counted = counted_of(tags, chosen.policy)
    measured = measure.measure(book, counted, reference, on=on, conventions=options.conventions, factor_set=options.factor_set)
    numerator = attribute.numerator_of(options.conventions)
    parts = attribute.attribute(book, counted, measured.value, numerator=numerator)
    facts = aggregate.Facts(
        book=book,
        tags=tags,
        measurements=measured.value,
        parts=parts.value,
        emissions=empty("emissions"),
        policy=chosen.policy,
        year=on.year,
        reference=reference,
        numerator=numerator,
        templates=chosen.templates,
        bank=inputs.bank,
        answers=inputs.answers or (),
    )
    own = _with_footprint(facts, inputs, options, reference=reference)
    progress("finance")
    lent = with_financed(own.value, reference)
    approved = _nothing_approved(counted, chosen.policy)
    return lent.plus((*approved, *measured.problems, *parts.problems, *own.problems))


def _nothing_approved(counted: pa.Table, policy: Policy) -> Iterator[Problem]:
    if policy.needs_approval and not len(counted.filter(pc.equal(counted["decision"], "green"))):
        yield warning("run.nothing_approved", "", policy=policy.id)


def _with_footprint(facts: aggregate.Facts, inputs: Inputs, options: Options, *, reference: Reference) -> Outcome[aggregate.Facts]:
    """The facts with the bank's own emissions, without the bills in doubt, and where it stands on its targets and scores."""
    year, on, operations = facts.year, facts.book.as_of, facts.book.operations
    sure, doubted = footprint.without_doubts(operations, year=year, reference=reference, on=on)
    case = footprint.Case(operations, reference, on, options.factor_set)
    emitted = case.emissions(year)
    pledges, scored = footprint.pledges_of(inputs.bank.extra), _scored(inputs, on)
    stands = footprint.standing(case, pledges.value, year=year)
    unlike = footprint.disagreements(emitted.value, sure, year=year, reference=reference, factor_set=options.factor_set, on=on)
    made = replace(
        facts,
        book=replace(facts.book, operations=sure),
        emissions=emitted.value,
        doubted=doubted,
        uncounted=footprint.uncounted(operations, emitted.value, year=year, sure=sure),
        pledged=(*footprint.target_sums(stands.value, pledges.value, year=year), *scored.value),
    )
    return Outcome(made, (*pledges.problems, *stands.problems, *scored.problems, *emitted.problems, *unlike))


def disclosed(
    found: Outcome[Counted], chosen: Chosen, *, inputs: Inputs, options: Options, reference: Reference, progress: Progress = _quiet
) -> RunResult:
    """Tables and words of what was counted; ``inputs.book`` gives names and records, never figures."""
    facts, sums, tags = found.value.facts, found.value.sums, found.value.tags
    bridges = tuple(bridges_of(facts, tags, _named((*options.editions, *chosen.own), chosen.edition)))
    progress("disclose")
    build = partial(disclose.build, reference, sums, prior=inputs.prior, policy=chosen.policy, as_of=inputs.book.as_of)
    build = partial(build, edition=chosen.edition, facts=facts, answers=inputs.answers or ())
    built = build(templates=chosen.templates)
    agreed = (p for one in bridges if one.second in chosen.own for p in aggregate.bridge_agrees(one, sums))
    problems = (*found.problems, *agreed, *built.problems, *names.double_claims(inputs.book), *disclose.check(built.value))
    problems = (*problems, *ingest.contradicted(inputs.this_year, built.value, inputs.book.as_of, reference.templates))
    told = _told(built.value, inputs, options, reference=reference, build=build)
    return RunResult(
        inputs=inputs,
        options=options,
        reference=reference,
        policy=chosen.policy,
        edition=chosen.edition,
        tags=tags,
        measurements=facts.measurements,
        parts=facts.parts,
        emissions=facts.emissions,
        facts=facts,
        sums=sums,
        tables={table.id: table for table in built.value},
        problems=(*problems, *told.problems),
        narrative=told.value,
        bridges=bridges,
        forms=found.value.forms,
    )


def _forms(
    facts: aggregate.Facts, tags: pa.Table, chosen: Chosen, *, inputs: Inputs, options: Options
) -> dict[str, Outcome[aggregate.Facts]]:
    """The facts under the other editions that tables among those asked for have, by edition."""
    form = partial(form_facts, conventions=options.conventions, factor_set=options.factor_set)
    about = partial(statement, conventions=options.conventions, factor_set=options.factor_set)
    about = partial(about, decisions=inputs.decisions, model=inputs.model)
    return {each: form(facts, tags, edition=each) for each in chosen.own} | {each: about(facts, edition=each) for each in chosen.stated}


def _told(
    tables: Sequence[Table], inputs: Inputs, options: Options, *, reference: Reference, build: Builder
) -> Outcome[disclose.Narrative]:
    return disclose.narrated(
        tables,
        inputs.answers,
        reference=reference,
        shell=options.shell,
        lang=options.report_lang,
        is_selection=not set(DEFAULT_TEMPLATES) <= {table.id for table in tables},
        build=build,
    )


def _scored(inputs: Inputs, on: date) -> Outcome[tuple[Sum, ...]]:
    """The scorecard of the bank's file (``evaluation``) at the last quarter up to the data date; nothing where it has none."""
    series = ingest.evaluation_of(inputs.bank.extra, "evaluation")
    return evaluate.evaluation_sums(series.value, on).plus(series.problems)


def _of_forms(reference: Reference, templates: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The editions that tables among those asked for have of their own: of whole books, and of statements about some loans only."""
    found = tuple(dict.fromkeys(edition for name in templates if (edition := reference.templates[name].edition)))
    return tuple(e for e in found if e not in aggregate.STATEMENTS), tuple(e for e in found if e in aggregate.STATEMENTS)


def _named(asked: Sequence[str], edition: str) -> tuple[str, ...]:
    """The editions that hold a tag of every loan, that of the tables first."""
    return tuple(dict.fromkeys((edition, *(name for name in asked if name != "auto"))))


def chosen_of(inputs: Inputs, options: Options, reference: Reference) -> Chosen:
    """What was asked for; raises Refused for a name that the reference data do not have."""
    policy, templates = _policy(reference, options.policy), _templates(reference, options.templates)
    if options.shell not in reference.shells:
        raise Refused(error("run.unknown_shell", options.shell, known=", ".join(reference.shells)))
    edition = _edition(reference, options.editions, inputs.book.as_of)
    return Chosen(policy, templates, edition, *_of_forms(reference, templates))


def _policy(reference: Reference, name: str) -> Policy:
    if name not in reference.policies:
        raise Refused(error("run.unknown_policy", name, known=", ".join(reference.policies)))
    return reference.policies[name]


def _templates(reference: Reference, wanted: Sequence[str]) -> tuple[str, ...]:
    """The tables asked for; ``all`` is every one that there is, also those under an edition of their own."""
    unknown = [name for name in wanted if name not in reference.templates and name != EVERY]
    if unknown:
        raise Refused(error("run.unknown_template", ", ".join(unknown), known=", ".join((EVERY, *reference.templates))))
    every = tuple(sorted(reference.templates)) if EVERY in wanted else ()
    return tuple(dict.fromkeys((*every, *(name for name in wanted if name != EVERY))))


def _edition(reference: Reference, wanted: Sequence[str], as_of: date) -> str:
    """The edition of the tables: the first that was asked for; the one in force at the data date where that is ``auto`` or none."""
    named = [name for name in wanted if name != "auto"]
    unknown = [name for name in named if name not in reference.catalogues]
    if unknown:
        raise Refused(error("run.unknown_edition", ", ".join(unknown), known=", ".join(reference.catalogues)))
    return named[0] if named and wanted[0] == named[0] else reference.editions.for_return(as_of)


def _wanted(asked: Sequence[str], edition: str) -> tuple[str, ...]:
    """The editions to tag under: those asked for, and that of the tables, so that a table never mixes editions."""
    return tuple(dict.fromkeys((*asked, edition)))
