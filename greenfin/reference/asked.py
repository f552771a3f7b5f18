"""Which sums the templates ask for, and by which keys: only those are made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from greenfin.reference.templates import Each, Maker, Template

Cut = tuple[str, ...]
_OF_SUMS = ("sum", "quotient")


def cuts_asked(templates: Iterable[Template]) -> Mapping[str, tuple[Cut, ...]]:
    """Of each sum the cuts that rows, columns and rules of the templates name: sorted names of keys, the empty one for the whole.

    A key that only tells sums of one name apart (``output``, ``standard``) is among them, as in :class:`greenfin.core.records.Sum`.
    """
    found: dict[str, set[Cut]] = {}
    for name, keys in (pair for template in templates for pair in _asked(template)):
        found.setdefault(name, set()).add(tuple(sorted(keys)))
    return {name: tuple(sorted(cuts)) for name, cuts in found.items()}


def resting_on(names: Sequence[str], templates: Mapping[str, Template]) -> tuple[Template, ...]:
    """The templates of those names, and all whose cells theirs are made of."""
    found: dict[str, Template] = {}
    waiting = [name for name in names if name in templates]
    while waiting:
        template = templates[waiting.pop()]
        if template.id not in found:
            found[template.id] = template
            waiting += [name for name in _referred(template) if name in templates]
    return tuple(found.values())


def _referred(template: Template) -> Iterator[str]:
    makers = (*(row.maker for row in template.rows), *(column.maker for column in template.columns))
    for maker in makers:
        if maker and maker.op not in (*_OF_SUMS, "text"):
            yield from (arg.partition("!")[0] for arg in maker.args if "!" in arg)
    for column in template.columns:
        yield from (arg.partition("!")[0] for arg in column.of if "!" in arg)


def _asked(template: Template) -> Iterator[tuple[str, frozenset[str]]]:
    each = (template.each, *(row.each for row in template.rows), *(column.each for column in template.columns))
    yield from ((one.order, _by(one)) for one in each if one and one.order)
    yield from _by_rows(template) if template.by == "rows" else _by_columns(template)
    for rule in template.checks:
        if rule.kind == "sum":
            name, _, keys = rule.args[1].partition("|")
            yield name, frozenset(pair.partition("=")[0] for pair in keys.split(",") if pair)


def _by_rows(template: Template) -> Iterator[tuple[str, frozenset[str]]]:
    for row in template.rows:
        yield from _of_maker(row.maker, _by(row.each))


def _by_columns(template: Template) -> Iterator[tuple[str, frozenset[str]]]:
    lines = {_by(template.each), frozenset[str](), *(_by(row.each) | frozenset(row.keys) for row in template.rows)}
    for column in template.columns:
        for line in lines:
            yield from _of_maker(column.maker, line | _by(column.each))


def _by(each: Each | None) -> frozenset[str]:
    return frozenset((*each.by, *each.keys)) if each else frozenset()


def _of_maker(maker: Maker | None, keys: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    if maker and maker.op in _OF_SUMS:
        yield from ((name, keys | frozenset(maker.keys)) for name in maker.args)
