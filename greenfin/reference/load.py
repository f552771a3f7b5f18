"""The whole reference data as one value: found, read strictly, checked, fingerprinted, copied."""

from __future__ import annotations

import csv
import gc
import hashlib
import json
import os
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import yaml

from greenfin.core.problems import BadReference, Problem, Refused, Severity, error
from greenfin.reference.catalogue import Catalogue, Industry, read_catalogues, read_industries
from greenfin.reference.editions import Crossing, EditionRules, MethodRule, read_crossings, read_editions, read_method_map
from greenfin.reference.factors import FactorSet, read_sets
from greenfin.reference.files import Folder
from greenfin.reference.policies import Policy, read_policies
from greenfin.reference.regions import Regions, read_regions
from greenfin.reference.sources import SourceDoc, read_sources
from greenfin.reference.templates import Template, read_templates
from greenfin.reference.values import Factors, read_factors
from greenfin.reference.words import read_words

FOLDERS = ("factors", "taxonomy", "disclosure_templates")
SUFFIXES = (".csv", ".yaml", ".txt", ".parquet")
ENVIRONMENT = "GREENFIN_DATA"


@dataclass(frozen=True, slots=True)
class Reference:
    """All reference data. ``fingerprint`` is the SHA-256 of their content (not of their bytes: line ends and layout do not matter)."""

    root: Path
    factors: Factors
    sources: Mapping[str, SourceDoc]
    regions: Regions
    catalogues: Mapping[str, Catalogue]
    editions: EditionRules
    industries: Mapping[str, Industry]
    crosswalks: tuple[Crossing, ...]
    method_map: tuple[MethodRule, ...]
    templates: Mapping[str, Template]
    policies: Mapping[str, Policy]
    factor_sets: Mapping[str, FactorSet]
    fingerprint: str


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
    """The reference data of a folder, read once per process and folder. Raises BadReference with everything wrong with them."""
    return _load(data_dir(data).resolve())


@cache
def _load(root: Path) -> Reference:
    with _no_collection():
        reference, problems = read(root)
    wrong = [problem for problem in problems if problem.severity is Severity.ERROR]
    if wrong:
        raise BadReference(wrong)
    return reference


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
    """The data and what is wrong with them (errors, warnings, infos), in the order of the files. Never raises BadReference.

    Rules, assets and thresholds are read of the default edition alone: those of another one when it is used, or by :func:`checked`.
    """
    from greenfin.reference.check import of_tagging, problems_of  # look at a whole Reference

    folder = Folder(root)
    regions = read_regions(folder)
    crosswalks = read_crossings(folder)
    templates, of_templates = read_templates(root)
    policies, of_policies = read_policies(root)
    reference = Reference(
        root=root,
        sources=read_sources(folder),
        regions=regions,
        factors=read_factors(folder, _grids(regions)),
        factor_sets=read_sets(folder),
        industries=read_industries(folder),
        catalogues=read_catalogues(folder, crosswalks),
        editions=read_editions(folder),
        crosswalks=crosswalks,
        method_map=read_method_map(folder),
        templates=templates,
        policies=policies,
        fingerprint=fingerprint(root),
    )
    default = [catalogue for catalogue in reference.catalogues.values() if catalogue.default]
    found = [*folder.problems, *of_templates, *of_policies, *_of_words(reference), *problems_of(reference), *of_tagging(reference, default)]
    return reference, _placed(found, root)


def _placed(problems: Iterable[Problem], root: Path) -> tuple[Problem, ...]:
    return tuple(replace(p, where=p.where.removeprefix(f"{root}/")) for p in problems)


def _of_words(reference: Reference) -> tuple[Problem, ...]:
    """What is wrong with the words of tagging."""
    try:
        read_words(reference.root / "taxonomy" / "words")
    except BadReference as bad:
        return bad.problems
    return ()


def _grids(regions: Regions) -> Mapping[str, tuple[str, str]]:
    provinces = (region for region in regions.by_code.values() if region.kind == "province")
    return {region.code: (region.parent_until_2020, region.parent_from_2021) for region in provinces}


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
    for path in _data_files(reference.root):
        target = folder / path.relative_to(reference.root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def _data_files(root: Path) -> Iterator[Path]:
    for name in FOLDERS:
        yield from sorted(path for path in (root / name).rglob("*") if path.suffix in SUFFIXES and path.is_file())


def fingerprint(root: Path) -> str:
    """SHA-256 of the content of all data files: names, rows and values, not bytes. A file that cannot be read counts by its bytes."""
    digest = hashlib.sha256()
    for path in _data_files(root):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + _content(path) + b"\0")
    return digest.hexdigest()


def _content(path: Path) -> bytes:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
        return json.dumps(_parsed(text, path.suffix), ensure_ascii=False, sort_keys=True).encode()
    except (UnicodeDecodeError, csv.Error, yaml.YAMLError, TypeError):
        return raw


def _parsed(text: str, suffix: str) -> object:
    if suffix == ".yaml":
        return yaml.load(text, Loader=_Plain)  # noqa: S506  # makes texts, lists and mappings only
    lines = text.splitlines()
    return list(csv.reader(lines)) if suffix == ".csv" else lines


class _Plain(getattr(yaml, "CBaseLoader", yaml.BaseLoader)):  # type: ignore[misc]  # every scalar is text; the C parser where there is one
    """Loads YAML as texts, lists and mappings."""
