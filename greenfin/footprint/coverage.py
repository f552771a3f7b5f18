"""What there is and what is not: months of an item, sites of other years."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.problems import Problem, warning
from greenfin.footprint.activity import Activity
from greenfin.footprint.emit import Asked
from greenfin.footprint.items import Items


def months_of(found: Activity, items: Items) -> dict[str, dict[str, list[int]]]:
    """The months there are, by site and counted item."""
    months: dict[str, dict[str, list[int]]] = {}
    for site, item in sorted(set(zip(found.sites.tolist(), found.items.tolist(), strict=True))):
        if item in items.variants:
            here = found.months[(found.sites == site) & (found.items == item)]
            months.setdefault(site, {})[item] = np.unique(here).tolist()
    return months


def gaps(found: Activity, operations: pa.Table, asked: Asked, *, items: Items) -> list[Problem]:
    """One row taken as the whole year, and sites that only have other years; months that lack are told where the sheet is read."""
    problems: list[Problem] = []
    for site, by_item in months_of(found, items).items():
        for item, months in by_item.items():
            if len(months) == 1:
                problems.append(warning("footprint.one_row", site, site=site, item=item, year=asked.year))
    absent = sorted(set(pc.unique(operations["site"]).to_pylist()) - set(found.sites.tolist()) - {None})
    problems.extend(warning("footprint.site_missing", site, site=site, year=asked.year) for site in absent)
    return problems
