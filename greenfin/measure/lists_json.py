"""Lists in the JSON of a measurement: the values that were measured apart stand together again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from greenfin.measure.one import Single
    from greenfin.methods.declare import Input

Shown = Mapping[str, Mapping[str, Any]]


def outputs_together(single: Single, shown: Shown) -> dict[str, object]:
    """Results by name; a list has lists in ``value``, ``low`` and ``high`` (null where there is none) and its ``labels``.

    A list of one place is that value.
    """
    lists = {o.series: o.list for o in single.declaration.outputs if o.list and o.series}
    found: dict[str, object] = {}
    for name in dict.fromkeys(o.series or o.name for o in single.declaration.outputs):
        rows = [shown.get(o.name, {}) for o in single.declaration.outputs if (o.series or o.name) == name]
        first = next((row for row in rows if row), None)
        if first and name in lists and rows[1:]:
            found[name] = {**first, **_ends(rows), "labels": labels_of(single, lists[name], len(rows))}
        elif first:
            found[name] = first
    return found


def _ends(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any] | None]:
    found = {key: [row.get(key) for row in rows] for key in ("value", "low", "high")}
    return {key: each if any(one is not None for one in each) else None for key, each in found.items()}


def inputs_together(single: Single, shown: Shown) -> dict[str, object]:
    """Inputs by name; one that is a list has lists in ``value``, and in ``unit`` where they differ; words stand for the words they are."""
    specs = {i.name: i for i in single.declaration.inputs}
    found: dict[str, object] = {}
    for name, row in shown.items():
        spec = specs.get(name)
        if spec is None or not spec.list or not spec.series:
            found[name] = {**row, "value": _said(single, spec, row["value"])}
        elif spec.series not in found:
            rows = [shown.get(i.name, {}) for i in single.declaration.inputs if i.series == spec.series]
            units = [each["unit"] for each in rows if each]
            values = [_said(single, spec, each["value"]) if each else None for each in rows]
            unit = units if len({*units}) > 1 else units[0]
            used = any(each.get("used") for each in rows)
            found[spec.series] = {**row, "value": values if values[1:] else values[0], "unit": unit, "used": used}
    return found


def _said(single: Single, spec: Input | None, value: Any) -> Any:
    """A value, as its word where it stands for one."""
    if spec is None or not (spec.words or spec.free):
        return value
    known = single.labels.get(spec.series or spec.name, ()) if spec.free else [word[0] for word in spec.words]
    return known[int(value)] if 0 <= int(value) < len(known) else value


def labels_of(single: Single, which: str, size: int) -> list[str]:
    """What stands at each place of a list: the distinct texts of the input it is named after, else the texts beside it; or nothing."""
    if which in single.labels:
        return list(single.labels[which])
    named = list(dict.fromkeys(i.series for i in single.declaration.inputs if i.list == which and i.free and i.series in single.labels))
    return [" ".join(_label(single, name, place) for name in named) for place in range(1, size + 1)] if named else []


def _label(single: Single, name: str, place: int) -> str:
    code, _ = single.given.get(f"{name}_{place}", (None, ""))
    return "-" if code is None else single.labels[name][int(code)]
