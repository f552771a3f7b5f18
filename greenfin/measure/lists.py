"""What a caller hands over, read by what the method takes: one value, a list of values, a word of those it knows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeGuard
from unicodedata import normalize

from greenfin.core.problems import Refused, error
from greenfin.core.sizes import parse_sized
from greenfin.core.units import UnknownUnit
from greenfin.methods.called import input_called
from greenfin.methods.declare import Declaration, Input
from greenfin.methods.lists import spread

Value = tuple[Decimal, str]
Item = Value | str | Sequence[Value | str | None]
Lists = Mapping[str, Input]
_GAPS = ("", "-", "--", "—", "null", "none", "nan", "n/a", "na")
_BARE = "dimensionless"
_SHOWN = 60
_MOST = 10**4  # values that a list may have: far above any portfolio told by hand, far below what fills a machine


@dataclass(frozen=True, slots=True)
class Taken:
    """The declaration with its lists spread out, the values by name (``loan_1``, ``loan_2`` …), and the distinct texts of an input."""

    declaration: Declaration
    given: Mapping[str, Value]
    labels: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Entry:
    """One value as given, the name it goes under, and the input where that takes lists or words."""

    name: str
    spec: Input | None
    item: Value | str | None


def taken(declaration: Declaration, given: Mapping[str, Item]) -> Taken:
    """What is given, as one value per name.

    ``NAME=v1;v2;v3`` is a list, as is one with commas; a unit at the end alone is that of all; ``-`` and ``null`` are gaps;
    ``gas:100;coal:50`` also names what stands in the list. Raises Refused for a value that is none (and says which), a gap where there
    may be none, lists that belong together and are not as long as each other, and words the method does not know.
    """
    lists = {i.name: i for i in declaration.inputs if i.list and not i.series}
    entries: list[_Entry] = []
    for name, item in _told(declaration, lists, _with_gaps(declaration, lists, _with_names(declaration, lists, given))).items():
        entries += _entries(declaration, lists, name, item)
    entries = _alike(lists, entries)
    known = {i.name for i in declaration.inputs if i.free and not i.series}
    texts = {base: [_text(e.item) for e in entries if e.spec and e.spec.name == base and e.item is not None] for base in known}
    labels = {base: tuple(dict.fromkeys(found)) for base, found in texts.items() if found}
    _once(entries)
    values = {e.name: value for e in entries if (value := _value(e, labels))}
    lengths = _lengths(lists, entries)
    lengths |= {base: len(found) for base, found in labels.items()}
    return Taken(spread(declaration, lengths, values), values, labels)


def in_book(declaration: Declaration, names: Iterable[str]) -> Declaration:
    """The declaration with each list as long as the longest of these names of inputs (``loan_1``, ``loan_2`` …) says."""
    lists = {i.name: i.list for i in declaration.inputs if i.list}
    numbered = [(lists.get(stem, ""), _place(place)) for stem, _, place in (name.rpartition("_") for name in names)]
    held = {(of, place) for of, place in numbered if of and place <= _MOST}
    return spread(declaration, {of: max(place for other, place in held if other == of) for of, _ in held})


def _place(text: str) -> int:
    """The place in a list that the end of a name tells, one beyond the last where it is further off; 0 where it is none."""
    digits = text.lstrip("0") if text.isdecimal() else ""
    return min(int(digits[: len(str(_MOST)) + 1] or 0), _MOST + 1)


def _with_names(declaration: Declaration, lists: Lists, given: Mapping[str, Item]) -> dict[str, Item]:
    """What is given, with the names that stand in a list (``gas:100;coal:50``) as the list of names beside it."""
    found: dict[str, Item] = {}
    for name, item in given.items():
        spec = lists.get(input_called(declaration, name))
        pairs = [part.partition(":") for part in _split(item)] if isinstance(item, str) and spec and not (spec.free or spec.words) else []
        named = [i.name for i in lists.values() if spec and i.free and i.list == spec.list]
        if not (pairs and named and all(colon and value for _, colon, value in pairs)):
            found[name] = item
            continue
        found[name] = ";".join(value for _, _, value in pairs)
        if not any(input_called(declaration, other) == named[0] for other in given):
            found[named[0]] = [label.strip() for label, _, _ in pairs]
    return found


def _told(declaration: Declaration, lists: Lists, given: Mapping[str, Item]) -> dict[str, Item]:
    """What is given, with the words of a list that another list tells where it is not given: a technology's direction."""
    found = dict(given)
    by_name = {input_called(declaration, name): item for name, item in given.items()}
    for base, spec in lists.items():
        item = by_name.get(spec.told_by) if spec.told_by and base not in by_name else None
        texts = _split(item) if isinstance(item, str) else [_text(each) for each in _several(item)] if item else []
        words = [text if _place_of(spec, text) is not None else None for text in texts]
        if any(words) and (spec.gaps or all(words)):
            found[base] = words
    return found


def _with_gaps(declaration: Declaration, lists: Lists, given: Mapping[str, Item]) -> dict[str, Item]:
    """What is given, with the gaps at the end of a list (``50;``) where a list beside it is so long; else a last semicolon says nothing."""
    written = {name: lists.get(input_called(declaration, name)) for name, item in given.items() if isinstance(item, str)}
    longest: dict[str, int] = {}
    for name, spec in written.items():
        if spec:
            longest[spec.list] = max(longest.get(spec.list, 0), len(_split(str(given[name]))))
    found = dict(given)
    for name, spec in written.items():
        text = normalize("NFKC", str(given[name])).strip().strip("[]")
        if spec and text.endswith(";") and text.count(";") < longest[spec.list]:
            found[name] = f"{text}-"
    return found


_THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?\s*[^\d,]*")


def _split(text: str, *, commas: bool = True) -> list[str]:
    """The parts of a list as written: by semicolons, else by commas. One value between semicolons may set its thousands apart.

    >>> _split("[1，2.5, null]"), _split("1,000t; 1200t；900t"), _split("['a';'b']")
    (['1', '2.5', 'null'], ['1,000t', '1200t', '900t'], ['a', 'b'])
    """
    clean = normalize("NFKC", text).strip()
    clean = re.sub(r"^\[(.*)\]$", r"\1", clean).strip().rstrip(";")
    cut = ";" if ";" in clean or not commas else "、" if "、" in clean else ","
    return [part.strip().strip("\"'").strip() for part in clean.split(cut)]


def _several(item: Item) -> list[Value | str | None]:
    return [each for each in item if each is None or isinstance(each, str) or _is_value(each)]


def _is_value(item: object) -> TypeGuard[Value]:
    return isinstance(item, tuple) and len(item) > 1 and isinstance(item[0], Decimal)


def _entries(declaration: Declaration, lists: Lists, name: str, item: Item) -> list[_Entry]:
    """The values that stand under one name."""
    base, stem, place = input_called(declaration, name), *name.rpartition("_")[::2]
    whole = input_called(declaration, stem)
    single = {i.name: i for i in declaration.inputs if (i.words or i.free) and not i.series}
    if whole in lists and (number := _place(place)):
        _not_too_long(name, number)
        return [_Entry(f"{whole}_{number}", lists[whole], _one(name, item))]
    if base not in lists and base not in {i.series for i in declaration.inputs if i.series}:
        return [_Entry(name, single.get(base), _one(name, item))]
    if isinstance(item, str):
        if base in lists and _THOUSANDS.fullmatch(normalize("NFKC", item).strip()):
            raise Refused(error("measure.list_comma", name, input=base, found=item[:_SHOWN]))
        found: Sequence[Value | str | None] = _units(name, _split(item, commas=base in lists), lists.get(base))
    else:
        found = [item] if _is_value(item) else _several(item)
    _not_too_long(name, len(found))
    return [_Entry(f"{base}_{at}", lists.get(base), each) for at, each in enumerate(found, start=1)]


def _not_too_long(name: str, length: int) -> None:
    """Nothing for a list that can be worked with; raises Refused for a longer one."""
    if length > _MOST:
        raise Refused(error("measure.list_too_long", name[:_SHOWN], input=name[:_SHOWN], most=_MOST))


def _one(name: str, item: Item) -> Value | str:
    """The one value that an input which is no list has; raises Refused for several."""
    if isinstance(item, str) and ";" in normalize("NFKC", item).rstrip("; "):
        raise Refused(error("measure.not_a_list", name, input=name, found=item[:_SHOWN]))
    if isinstance(item, str) or _is_value(item):
        return item
    raise Refused(error("measure.not_a_list", name, input=name, found=str(len(item))))


def _units(name: str, parts: Sequence[str], spec: Input | None) -> Sequence[Value | str | None]:
    """The values of a list; the unit of the last is that of all where no other has any."""
    if spec and (spec.words or spec.free):
        return [None if _is_gap(part) else part for part in parts]
    read = [None if _is_gap(part) else _number(name, part, at) for at, part in enumerate(parts, start=1)]
    units = [value[1] for value in read if value]
    alone = bool(units) and units[-1] != _BARE and all(unit == _BARE for unit in units[:-1])
    return [value and (value[0], units[-1] if alone else value[1]) for value in read]


def _is_gap(text: str) -> bool:
    return text.strip().casefold() in _GAPS


def _number(name: str, text: str, place: int = 0) -> Value:
    """A number with its unit; raises Refused, which shows no more of the text than fits a line and says which of a list it is."""
    try:
        return parse_sized(text)
    except UnknownUnit as bad:
        if place:
            raise Refused(error("measure.list_unit", name, input=name, place=place, found=bad.text[:_SHOWN])) from bad
        raise Refused(error("cli.unknown_unit", name, found=bad.text[:_SHOWN])) from bad
    except ValueError as bad:
        if place:
            raise Refused(error("measure.list_value", name, input=name, place=place, found=text[:_SHOWN])) from bad
        raise Refused(error("cli.not_a_number", name, found=text[:_SHOWN])) from bad


def _text(item: Value | str | None) -> str:
    return item if isinstance(item, str) else str(item and item[0])


def _once(entries: Sequence[_Entry]) -> None:
    """Nothing, where no place of a list is given under two names; raises Refused otherwise."""
    seen: set[str] = set()
    for entry in entries:
        if entry.name in seen:
            raise Refused(error("measure.input_twice", entry.name, input=entry.name, found=entry.name))
        seen.add(entry.name)


def _value(entry: _Entry, labels: Mapping[str, tuple[str, ...]]) -> Value | None:
    """An entry as a value: nothing for a gap, for a word which one it is; raises Refused for a gap or a word that may not be."""
    spec, item = entry.spec, entry.item
    if item is None:
        if spec is None or not spec.gaps:
            raise Refused(
                error("measure.list_gap", entry.name, input=spec.name if spec else entry.name, place=entry.name.rpartition("_")[2])
            )
        return None
    if spec and spec.free:
        return Decimal(labels[spec.name].index(_text(item))), _BARE
    if not isinstance(item, str):
        return item
    if spec and spec.words:
        return Decimal(_word(spec, item, entry.name)), _BARE
    return _number(entry.name, item)


def _word(spec: Input, text: str, where: str) -> int:
    """Which of the words an input knows a text is; raises Refused for one that is none."""
    place = _place_of(spec, text)
    if place is not None:
        return place
    names = ", ".join(known[0] for known in spec.words)
    raise Refused(error("measure.word_unknown", where, input=spec.name, found=text[:_SHOWN], known=names))


def _alike(lists: Lists, entries: list[_Entry]) -> list[_Entry]:
    """The entries, with one value alone at all places of its list where it may be alike."""
    longest: dict[str, int] = {}
    count = {base: sum(e.spec is spec for e in entries) for base, spec in lists.items()}
    for base, spec in lists.items():
        longest[spec.list] = max(longest.get(spec.list, 0), count[base])
    found: list[_Entry] = []
    for entry in entries:
        of = entry.spec
        times = longest[of.list] if of and of.alike and of.list and count[of.name] == 1 else 0
        found += [replace(entry, name=f"{of.name}_{place}") for place in range(1, times + 1)] if of and times else [entry]
    return found


def _place_of(spec: Input, text: str) -> int | None:
    """Which of the words an input knows a text is (``build-out`` is ``build_out``), or None."""
    said = normalize("NFKC", text).strip().casefold()
    ways = {said, re.sub(r"(?<=[a-z])[\s-]+(?=[a-z])", "_", said)}
    return next((place for place, known in enumerate(spec.words) if ways & {word.casefold() for word in known}), None)


def _lengths(lists: Lists, entries: Sequence[_Entry]) -> dict[str, int]:
    """How long the lists are that belong together; raises Refused where they differ."""
    found: dict[str, int] = {}
    by_list: dict[str, str] = {}
    for base, spec in lists.items():
        places = [int(e.name.rpartition("_")[2]) for e in entries if e.spec is spec]
        if not places:
            continue
        other, length = by_list.setdefault(spec.list, base), max(places)
        if found.setdefault(spec.list, length) != length:
            raise Refused(error("measure.list_lengths", base, input=base, length=length, others=other, length_of_others=found[spec.list]))
    return found
