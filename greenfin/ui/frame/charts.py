"""Pictures drawn with streamlit's own vega: every axis has its unit, and black and white tells as much as colour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from streamlit.delta_generator import DeltaGenerator

Row = Mapping[str, object]
Spec = dict[str, Any]

DARK, LIGHT, INK = "#14613c", "#bfe8cf", "#24332b"
SHADES = ("#14613c", "#8ecfa9", "#1f4e79", "#a9c4e0", "#7a4f0b", "#e8c98a", "#55635b", "#cfd6d2")
DASHES = ([1, 0], [6, 3], [2, 2])
SHAPES = ("circle", "square", "triangle-up")
_LINE, _AXIS = 30, 60  # of a row of bars, of an axis with its title
_LABEL = {"labelColor": INK, "titleColor": INK, "labelFontSize": 12, "titleFontSize": 12, "labelLimit": 260}
_LOOK = {"view": {"stroke": None}, "axis": {**_LABEL, "gridColor": "#e6ece8"}, "legend": {**_LABEL, "orient": "top", "title": None}}


def draw(place: DeltaGenerator, spec: Spec, key: str) -> None:
    """Draw a picture as wide as its place."""
    place.vega_lite_chart({**spec, "config": _LOOK}, width="stretch", theme=None, key=key)


def tornado(bars: Iterable[Row], unit: str) -> Spec:
    """Bars (``words``, ``at_low``, ``at_high``, ``centre``) to both sides of the centre: dark below, light with an edge above."""
    rows = list(bars)
    sides = [{**row, "side": side, "end": row[side]} for row in rows for side in ("at_low", "at_high")]
    place = {"field": "words", "type": "nominal", "sort": None, "title": None}
    scale = {"zero": False, "nice": True}
    end = {"field": "end", "type": "quantitative", "title": unit, "scale": scale, "axis": {"tickCount": 5, "labelOverlap": True}}
    shade = {"field": "side", "scale": {"domain": ["at_low", "at_high"], "range": [DARK, LIGHT]}, "legend": None}
    bar = {
        "mark": {"type": "bar", "stroke": DARK, "height": {"band": 0.7}},
        "encoding": {"y": place, "x": end, "x2": {"field": "centre"}, "color": shade},
    }
    rule = {"mark": {"type": "rule", "color": INK}, "encoding": {"x": {"field": "centre", "type": "quantitative"}}}
    return {"data": {"values": sides}, "height": _LINE * len(rows) + _AXIS, "layer": [bar, rule]}


def stacked(rows: Sequence[Row], x: str, y: str, series: str, *, unit: str, title: str = "") -> Spec:
    """Columns by ``x`` in parts by ``series``, with the unit on their axis."""
    names = list(dict.fromkeys(row[series] for row in rows))
    return {
        "data": {"values": list(rows)},
        "height": 280,
        "mark": {"type": "bar", "stroke": INK, "strokeWidth": 0.5},
        "encoding": {
            "x": {"field": x, "type": "ordinal", "sort": None, "title": title or None, "axis": {"labelAngle": 0}},
            "y": {"field": y, "type": "quantitative", "title": unit},
            "color": {"field": series, "type": "nominal", "sort": names, "scale": {"domain": names, "range": SHADES[: len(names)]}},
            "order": {"field": "rank", "type": "quantitative"},
        },
    }


def across(rows: Sequence[Row], words: str, value: str, *, unit: str) -> Spec:
    """Bars across, one for each row, in the order they come, from nothing on."""
    place = {"field": words, "type": "nominal", "sort": None, "title": None}
    axis = {"tickCount": 5, "labelOverlap": True, "labelBound": True}  # no label is cut off at the edge
    along = {"field": value, "type": "quantitative", "title": unit, "scale": {"domainMin": 0}, "axis": axis}
    mark = {"type": "bar", "color": DARK, "height": {"band": 0.65}}
    return {"data": {"values": list(rows)}, "height": _LINE * len(rows) + _AXIS, "encoding": {"y": place, "x": along}, "mark": mark}


def lines(
    rows: Sequence[Row], x: str, y: str, series: str, *, unit: str, x_title: str = "", kind: str = "ordinal", marks: bool = True
) -> Spec:
    """Lines with marks, told apart by dash and shape as well as by colour."""
    names = list(dict.fromkeys(row[series] for row in rows))
    many = len(names)
    domain = {"domain": names}
    return {
        "data": {"values": list(rows)},
        "height": 300,
        "mark": {"type": "line", "point": {"size": 70, "filled": True} if marks else False},
        "encoding": {
            "x": {
                "field": x,
                "type": kind,
                "title": x_title or None,
                "axis": {"labelAngle": 0, "labelOverlap": "greedy", "labelSeparation": 10},
                "scale": {"zero": False},
            },
            "y": {"field": y, "type": "quantitative", "title": unit, "scale": {"zero": False, "nice": True}},
            "color": {"field": series, "type": "nominal", "scale": {**domain, "range": (DARK, "#1f4e79", "#7a4f0b")[:many]}},
            "strokeDash": {"field": series, "type": "nominal", "scale": {**domain, "range": DASHES[:many]}},
            "shape": {"field": series, "type": "nominal", "scale": {**domain, "range": SHAPES[:many]}},
        },
    }
