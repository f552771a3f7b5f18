"""The whole reference data as one value: each part found, read strictly and checked when first asked for; fingerprinted, copied."""

from __future__ import annotations

import gc
import hashlib
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, overload

from greenfin.core.problems import BadReference, Problem, Refused, Severity, error
from greenfin.reference.files import Folder
from greenfin.reference.fingerprint import FOLDERS, data_files, fingerprint

if TYPE_CHECKING:
    from greenfin.reference.catalogue import Catalogue, Industry
    from greenfin.reference.editions import Crossing, EditionRules, MethodRule
    from greenfin.reference.factors import FactorSet
    from greenfin.reference.policies import Policy
    from greenfin.reference.questions import Item
    from greenfin.reference.regions import Regions
    from greenfin.reference.scenes import Scene
    from greenfin.reference.shells import Named, Shell, Standard
    from greenfin.reference.sources import SourceDoc
    from greenfin.reference.templates import Template
    from greenfin.reference.values import Factors

ENVIRONMENT = "GREENFIN_DATA"
MARKED = frozenset(("template.cell_unknown",))  # errors with which a report is still written, the place marked
T = TypeVar("T")
_ONE_READS = RLock()  # threads that ask for the same group get the same objects


class _Part(Generic[T]):
    """An attribute of the reference data that is read, with all of its group, when first asked for."""

    def __init__(self, group: str) -> None:
        self.group, self.name = group, ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, of: None, owner: type) -> _Part[T]: ...
    @overload
    def __get__(self, of: Reference, owner: type) -> T: ...
    def __get__(self, of: Reference | None, owner: type) -> T | _Part[T]:
        if of is None:
            return self
        found: T = of.given[self.name] if self.name in of.given else of.group(self.group)[self.name]
        return found


@dataclass(frozen=True)
class Reference:
    """All reference data of a folder, read group by group when first asked for.

    What is read is checked whole: a strict one raises BadReference with everything wrong in the group, every time it is asked.
    ``given`` are parts that stand in the place of what the folder holds.
    """

    root: Path
    strict: bool = True
    given: Mapping[str, Any] = field(default_factory=dict)
    _read: dict[str, tuple[Mapping[str, Any], tuple[Problem, ...]]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _wrong: dict[str, tuple[Problem, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    regions: ClassVar[_Part[Regions]] = _Part("numbers")
    sources: ClassVar[_Part[Mapping[str, SourceDoc]]] = _Part("numbers")
    factors: ClassVar[_Part[Factors]] = _Part("numbers")
    factor_sets: ClassVar[_Part[Mapping[str, FactorSet]]] = _Part("numbers")
    industries: ClassVar[_Part[Mapping[str, Industry]]] = _Part("catalogues")
    catalogues: ClassVar[_Part[Mapping[str, Catalogue]]] = _Part("catalogues")
    editions: ClassVar[_Part[EditionRules]] = _Part("catalogues")
    crosswalks: ClassVar[_Part[tuple[Crossing, ...]]] = _Part("catalogues")
    method_map: ClassVar[_Part[tuple[MethodRule, ...]]] = _Part("catalogues")
    templates: ClassVar[_Part[Mapping[str, Template]]] = _Part("templates")
    shells: ClassVar[_Part[Mapping[str, Shell]]] = _Part("templates")
    questions: ClassVar[_Part[Mapping[str, Item]]] = _Part("templates")
    named: ClassVar[_Part[Mapping[str, Named]]] = _Part("templates")
    standards: ClassVar[_Part[Mapping[str, Standard]]] = _Part("templates")
    policies: ClassVar[_Part[Mapping[str, Policy]]] = _Part("policies")
    scenes: ClassVar[_Part[Mapping[str, Scene]]] = _Part("scenes")

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of the content of all data files, not of their bytes: line ends and layout do not matter."""
        return str(self.given["fingerprint"]) if "fingerprint" in self.given else fingerprint(self.root)

    @cached_property
    def _loose(self) -> Reference:
        """The same data as far as they can be read."""
        return replace(self, strict=False) if self.strict else self

    def group(self, name: str) -> Mapping[str, Any]:
        """The parts of a group. Raises BadReference where it is broken and the data are strict."""
        if self.strict:
            _raise(self.problems(name))
        return self._loose._values(name)[0]

    def _values(self, name: str) -> tuple[Mapping[str, Any], tuple[Problem, ...]]:
        if name not in self._read:
            with _ONE_READS:
                if name not in self._read:
                    folder = Folder(self.root)
                    with _no_collection():
                        values = _READERS[name](folder, self)
                    self._read[name] = values, _placed(folder.problems, self.root)
        return self._read[name]

    def problems(self, group: str) -> tuple[Problem, ...]:
        """What is wrong with a group (``numbers``, ``catalogues``, ``templates``, ``policies``, ``scenes``, ``tagging``)."""
        if group not in self._wrong:
            with _ONE_READS:
                if group not in self._wrong:
                    loose = self._loose
                    self._wrong[group] = (*loose._values(group)[1], *_placed(_laws(group, loose), self.root))
        return self._wrong[group]

    def whole(self) -> Reference:
        """The same, with every group read and the fingerprint taken; raises BadReference with everything that is wrong in any."""
        _raise(problem for group in _READERS for problem in self.problems(group))
        _ = self.fingerprint  # of the files as they are now: data that change on the disk later were not read
        return self


def _raise(problems: Iterable[Problem]) -> None:
    wrong = [problem for problem in problems if problem.severity is Severity.ERROR and problem.code not in MARKED]
    if wrong:
        raise BadReference(wrong)


def _numbers(folder: Folder, _: Reference) -> Mapping[str, Any]:
    from greenfin.reference.factors import read_sets
    from greenfin.reference.regions import read_regions
    from greenfin.reference.sources import read_sources
    from greenfin.reference.values import read_factors

    sources, regions = read_sources(folder), read_regions(folder)
    factors, sets = read_factors(folder, regions.grids), read_sets(folder)
    return {"sources": sources, "regions": regions, "factors": factors, "factor_sets": sets}


def _catalogues(folder: Folder, _: Reference) -> Mapping[str, Any]:
    from greenfin.reference.catalogue import read_catalogues, read_industries
    from greenfin.reference.editions import read_crossings, read_editions, read_method_map

    crosswalks = read_crossings(folder)
    industries, catalogues = read_industries(folder), read_catalogues(folder, crosswalks)
    rest = {"editions": read_editions(folder), "method_map": read_method_map(folder)}
    return {"crosswalks": crosswalks, "industries": industries, "catalogues": catalogues, **rest}


def _templates(folder: Folder, reference: Reference) -> Mapping[str, Any]:
    from greenfin.reference.templates import read_templates

    templates, problems = read_templates(reference.root)
    folder.problems.extend(problems)
    return {"templates": templates, **_shells(folder, reference.root, templates)}


def _shells(folder: Folder, root: Path, templates: Mapping[str, Template]) -> Mapping[str, Any]:
    """What stands around the tables: chapters, questionnaire, names of all tables, standards of the index."""
    from greenfin.reference.questions import read_questions
    from greenfin.reference.shells import read_named, read_shells, read_standards, wrong_references, wrong_shells

    (shells, one), (questions, two), (named, three), (standards, four) = (
        read_shells(root),
        read_questions(root),
        read_named(root),
        read_standards(root),
    )
    fields = {item.id: tuple(field.id for field in item.fields) for item in questions.values()}
    referring = {(t.id, t.where): t.references for t in templates.values()} | {(i.id, i.where): i.references for i in questions.values()}
    wrong = (*wrong_shells(shells, named, fields), *wrong_references(referring, standards))
    folder.problems.extend((*one, *two, *three, *four, *wrong))
    return {"shells": shells, "questions": questions, "named": named, "standards": standards}


def _policies(folder: Folder, reference: Reference) -> Mapping[str, Any]:
    from greenfin.reference.policies import read_policies

    policies, problems = read_policies(reference.root)
    folder.problems.extend(problems)
    return {"policies": policies}


def _scenes(folder: Folder, _: Reference) -> Mapping[str, Any]:
    from greenfin.reference.scenes import read_scenes

    return {"scenes": read_scenes(folder)}


def _tagging(folder: Folder, reference: Reference) -> Mapping[str, Any]:
    """Nothing is handed out: rules and words are read where they are used; here they are only looked at."""
    from greenfin.reference.words import read_words

    try:
        read_words(reference.root / "taxonomy" / "words")
    except BadReference as bad:
        folder.problems.extend(bad.problems)
    return {}


_READERS: Mapping[str, Callable[[Folder, Reference], Mapping[str, Any]]] = {
    "numbers": _numbers,
    "catalogues": _catalogues,
    "templates": _templates,
    "policies": _policies,
    "scenes": _scenes,
    "tagging": _tagging,
}


def _laws(group: str, reference: Reference) -> Iterable[Problem]:
    """What breaks a law between the parts of a group.

    Rules, assets and thresholds are looked at in the default edition alone: those of another one when it is used, or by :func:`checked`.
    """
    if group == "numbers":
        from greenfin.reference.check_numbers import of_numbers

        return of_numbers(reference)
    if group == "scenes":
        from greenfin.reference.scenes import EDITION, of_scenes

        form = reference.catalogues.get(EDITION)
        return of_scenes(reference.scenes, {} if form is None else {e.code: e.report_code for e in form.entries.values()})
    if group not in ("catalogues", "tagging"):
        return ()
    from greenfin.reference.check import of_catalogues, of_tagging

    if group == "catalogues":
        return of_catalogues(reference)
    return of_tagging(reference, [catalogue for catalogue in reference.catalogues.values() if catalogue.default])


def data_dir(explicit: Path | None = None) -> Path:
    """The folder that holds the three data folders.

    The explicit one, else ``$GREENFIN_DATA``, else the checkout around the package, else the copy inside the wheel.
    Raises Refused where the folder asked for is not there.
    """
    asked = explicit or (Path(os.environ[ENVIRONMENT]) if os.environ.get(ENVIRONMENT) else None)
    if asked is not None:
        if not (asked / FOLDERS[0]).is_dir():
            raise Refused(error("reference.folder_missing", folder=str(asked)))
        return asked
    package = Path(__file__).parents[1]
    return package.parent if (package.parent / FOLDERS[0]).is_dir() else package / "_data"


def load(data: Path | None = None) -> Reference:
    """The reference data of a folder, each group read once per process and folder, when first asked for.

    A group that is broken raises BadReference then, with everything wrong in it; ``load().whole()`` reads and checks all at once.
    """
    return _load(data_dir(data).resolve())


@cache
def _load(root: Path) -> Reference:
    return Reference(root)


def as_it_stands(folder: Path) -> Reference:
    """The reference data a run was made with, whole, as the files are now: read again as soon as a byte of them differs.

    Raises BadReference with everything wrong in them.
    """
    digest = hashlib.sha256()
    for path in data_files(folder):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode() + content)
    return _standing(folder, digest.digest()).whole()


@lru_cache(maxsize=4)
def _standing(folder: Path, digest: bytes) -> Reference:
    return Reference(folder)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Reading makes several hundred thousand objects that all stay: looking for rubbish among them costs a quarter of the time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def read(root: Path) -> tuple[Reference, tuple[Problem, ...]]:
    """The data as far as they can be read, and what is wrong with them, group by group. Never raises BadReference."""
    reference = Reference(root, strict=False)
    return reference, tuple(problem for group in _READERS for problem in reference.problems(group))


def _placed(problems: Iterable[Problem], root: Path) -> tuple[Problem, ...]:
    return tuple(replace(p, where=p.where.removeprefix(f"{root}/")) for p in problems)


def check(
    data: Path | None = None, *, uses: Mapping[str, Sequence[str]] | None = None, methods: Collection[str] | None = None
) -> tuple[Problem, ...]:
    """Everything there is to say about the data: errors, unverified values, declared gaps, what the strict policy leaves blank.

    ``uses`` says which methods take which factor id, so that a blank one can name the methods it stops; ``methods`` are the ids that
    the method map may name (None: not checked).
    """
    return checked(data, uses=uses, methods=methods)[1]


def checked(
    data: Path | None = None, *, uses: Mapping[str, Sequence[str]] | None = None, methods: Collection[str] | None = None
) -> tuple[Reference, tuple[Problem, ...]]:
    """The data as far as they could be read, with what :func:`check` says about them."""
    from greenfin.reference.check import of_tagging, remarks_of, unknown_methods

    reference, problems = read(data_dir(data).resolve())
    others = [catalogue for catalogue in reference.catalogues.values() if not catalogue.default]
    problems += _placed(of_tagging(reference, others), reference.root)
    unknown = () if methods is None else tuple(unknown_methods(reference, methods))
    return reference, problems + unknown + tuple(remarks_of(reference, uses or {}))


def snapshot(reference: Reference, folder: Path) -> None:
    """Copies the data files into a folder; :func:`load` reads them back with the same fingerprint."""
    for path in data_files(reference.root):
        target = folder / path.relative_to(reference.root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
