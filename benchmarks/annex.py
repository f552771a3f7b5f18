"""Time setting and painting a long annex as PDF at two lengths, in turns in one process by processor time, as JSON lines.

``python benchmarks/annex.py [--rows 50000] [--runs 5]``. How to read it: ``benchmarks/README.md``.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.goals import Goal, tell
from benchmarks.timing import interleaved, spread
from greenfin.disclose.pdf_page import Running, Sheets, paint
from greenfin.disclose.pdf_table import Column, Row, place
from greenfin.disclose.typeset import REGULAR, Typesetter, register

SHORTER, GOAL = 5, 6
_NAMES = ("借据", "项目", "地区", "余额", "减排量")


def annex(rows: int, path: Path) -> None:
    """A table of five columns and so many rows, placed on pages and painted."""
    from reportlab.pdfgen.canvas import Canvas

    typesetter = Typesetter()
    sheets = Sheets(typesetter)
    columns = [Column(name, numbers=at > 1 + 1) for at, name in enumerate(_NAMES)]
    lines = [Row((f"JK{n:09d}", f"光伏电站项目{n % 977}", "四川", f"{n * 37:,}", f"{n * 11}.{n % 10}")) for n in range(rows)]
    place(sheets, columns, lines, panel=lambda at, of: f"{at}/{of}", again="续表")
    canvas = Canvas(str(path), invariant=1, pageCompression=1, initialFontName=REGULAR)
    paint(canvas, sheets.pages(), Running(head="附表", mark="", foot="", page="{page}", watermark=()), typesetter=typesetter)
    canvas.save()


def main() -> None:
    """Print one JSON line a length and the goal."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    register()
    with tempfile.TemporaryDirectory(prefix="greenfin-bench-") as name:
        works = {str(rows): partial(annex, rows, Path(name) / f"{rows}.pdf") for rows in (asked.rows // SHORTER, asked.rows)}
        found = {rows: spread(taken) for rows, taken in interleaved(works, asked.runs, time.process_time).items()}
    for rows, taken in found.items():
        print(json.dumps({"step": "PDF annex", "rows": int(rows), "runs": asked.runs, "clock": "processor", "seconds": taken}))
    short, long = found.values()
    tell([Goal(f"PDF annex, {SHORTER} times the rows", long["median"] / short["median"], GOAL)], asked)


if __name__ == "__main__":
    main()
