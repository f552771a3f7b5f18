"""Count what scores are worth on labelled files (rows with ``split`` tune) and write ``taxonomy/calibration.yaml``.

``python .ci/calibrate.py`` counts on ``own_tune.csv``: its labels were written before anything was tagged. ``real.csv`` would flatter every
score, as the words were tuned on it for long. ``greenfin tag --evaluate`` on the held rows then shows how far it holds.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin._version import __version__
from greenfin.core.records import Book
from greenfin.ingest import read_labelled, read_source
from greenfin.reference.calibration import FILE, Curve
from greenfin.reference.load import load
from greenfin.tag import tag
from greenfin.tag.calibrate import BY_LIKENESS, Scored, curves, ways

ROOT = Path(__file__).parents[1]
EDITION, AS_OF = "green-finance-2025", date(2025, 12, 31)


def main(paths: Sequence[Path]) -> int:
    """0 when the table is written."""
    reference = load(ROOT)
    found, sets = [], []
    for path in paths:
        read = read_labelled(path, entries=reference.catalogues[EDITION].entries).value
        rows = pc.fill_null(pc.equal(read.labels["split"], "tune"), False)
        if not pc.any(rows).as_py():
            continue
        book = Book(as_of=AS_OF, loans=read.loans.filter(rows))
        found.append((read.labels.filter(rows), tag(book, reference, editions=(EDITION,), raw=True).value))
        sets.append({"file": path.name, "rows": str(book.loans.num_rows), "sha256": read_source(path).sha256})
    if not found:
        print("no rows with split tune")
        return 2
    counted = scored(pa.concat_tables([labels for labels, _ in found]), pa.concat_tables([tags for _, tags in found]))
    made = [(verdict, way, confirmed(verdict, way, curve)) for verdict, way, curve in curves(counted)]
    (ROOT / "taxonomy" / FILE).write_text("\n".join(lines(made, sets)) + "\n", encoding="utf-8")
    for verdict, way, curve in made:
        print(f"{verdict:10} {way:6} {curve.n:5} " + " ".join(f"{raw:.3f}:{likely:.3f}" for raw, likely in curve.points))
    return 0


CONFIRMED, AT_MOST = 0.88, 0.9  # raw score of an asset with two things beside it; the worth of one with less


def confirmed(verdict: str, way: str, found: Curve) -> Curve:
    """Green by words alone is surer than 0.9 only where two things beside the word confirm it: what is done with the asset, its place as
    the object of the text, an industry of use that agrees, a phrase that names the leaf. Texts of a few loose words are too rare in a
    labelled set for a count to show what they are worth."""
    if (verdict, way) != ("green", "words"):
        return found
    raw, likely = np.array(found.points).T
    below, at = round(CONFIRMED - 0.0001, 4), round(float(np.interp(CONFIRMED, raw, likely)), 4)
    low = {m: min(v, AT_MOST) for m, v in found.points if m < below}
    high = {m: v for m, v in found.points if m > CONFIRMED}
    return Curve(found.n, tuple((low | {below: min(at, AT_MOST), CONFIRMED: at} | high).items()))


def scored(labels: pa.Table, tags: pa.Table) -> Scored:
    """Labels and tags as columns."""
    verdict, label = (np.array(t["decision"].to_pylist(), dtype=object) for t in (tags, labels))
    has_needs = pc.greater(pc.utf8_length(pc.fill_null(tags["needs"], "[]")), len("[]")).to_numpy()
    alike = pc.is_in(tags["reason"], value_set=pa.array(BY_LIKENESS)).to_numpy()
    way = ways(by_rule=pc.is_valid(tags["rule"]).to_numpy(), by_likeness=alike, has_needs=has_needs)
    return Scored(pc.fill_null(tags["score"], 0).to_numpy(), verdict, way, label)


def lines(made: Sequence[tuple[str, str, Curve]], sets: Sequence[dict[str, str]]) -> Iterator[str]:
    """The file, the same for the same counts."""
    yield "# What a score is worth: raw score of the tagger -> how likely the verdict is right (of review: how likely it is green)."
    yield "# Counted on labelled texts by .ci/calibrate.py; straight lines between the points. Not to be written by hand."
    yield f"made: {{greenfin: '{__version__}', edition: {EDITION}, as_of: '{AS_OF}', split: tune}}"
    yield "sets:"
    yield from ("  - {" + ", ".join(f"{k}: '{v}'" for k, v in one.items()) + "}" for one in sets)
    yield "curves:"
    for verdict, way, curve in made:
        points = ", ".join(f"'{raw:.4f} {likely:.4f}'" for raw, likely in curve.points)
        yield f"  - {{verdict: {verdict}, way: {way}, n: {curve.n}, points: [{points}]}}"


if __name__ == "__main__":
    sys.exit(main([Path(name) for name in sys.argv[1:]] or [ROOT / "tests" / "data" / "tagging" / "own_tune.csv"]))
