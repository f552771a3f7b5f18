"""Time a whole run, workbook in and workbooks out, against a plain script that gives the same cells; processor time, as JSON lines.

``python benchmarks/plain.py [--rows 50000] [--runs 5] [--sample 5000]``. How to read it: ``benchmarks/README.md``.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from python_calamine import CalamineWorkbook

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import book as made_up
from benchmarks import plain_script
from benchmarks.goals import Goal, tell
from benchmarks.plain_script import ANNEX, Known
from benchmarks.purposes import purposes
from benchmarks.timing import interleaved, seconds, spread
from greenfin import disclose, pipeline, reported
from greenfin.core.records import Table
from greenfin.pipeline import Files, Options, RunResult
from greenfin.reference.load import load

EDITION, METHOD, TEMPLATE = "green-finance-2025", "CBRC-PWR", "T03"
FASTER, SEED, SPARE, PROJECT_EVERY = 25, 17, 1.6, 5
OPTIONS = Options(policy="working", editions=(EDITION,), templates=(TEMPLATE,))
GRAMS, FEN, CENT = 1e6, 100, 0.011
Frames = dict[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Books:
    """The workbook of all rows and one of a sample of them, and what the script knows."""

    whole: Path
    sample: Path
    known: Known


def words() -> dict[str, str]:
    """The words of the catalogue's entries; one that several have is the first one's."""
    found: dict[str, str] = {}
    for leaf in load().catalogues[EDITION].leaves():
        for word in leaf.words:
            found.setdefault(word, leaf.code)
    return found


def frames(rows: int) -> Frames:
    """Loans of twenty columns without dirt; every fifth one has a project of its own, each with a capacity and its hours."""
    random = np.random.default_rng(SEED)
    loans = made_up.loans_of(random, 0, rows, loans=rows, few=[]).to_pandas()
    number = np.arange(rows)
    loans["贷款用途"] = purposes(rows, seed=SEED)
    loans["借据号"] = [f"JJ{n:09d}" for n in number]
    loans["客户编号"] = [f"C{n // 3:09d}" for n in number]
    loans["贷款余额"] = loans["合同金额"] = loans["月均余额"] = random.integers(10**5, 10**9, rows) / FEN
    loans["项目编号"] = [None if n % PROJECT_EVERY else f"XM{n:09d}" for n in number]
    loans["贷款投向行业"], loans["五级分类"], loans["执行利率（%）"] = "", "正常", 3.5
    own = loans["项目编号"].dropna().tolist()
    places = random.choice(sorted({"110000", "310100", "320500", "330100", "440300", "510100"}), len(own))
    invest = random.integers(10**8, 10**10, len(own)) / FEN * 10
    named = {"项目编号": own, "项目名称": [f"{at}号示例工程" for at in range(len(own))]}
    projects = pd.DataFrame(named | {"项目总投资（元）": invest, "项目所在地": places, "建设状态": "投产"})
    amounts = {"装机容量": (random.integers(5, 300, len(own)), "兆瓦"), "年等效利用小时": (random.integers(900, 2600, len(own)), "小时")}
    lines = [
        pd.DataFrame({"项目编号": own, "测算指标": name, "数值": values, "单位": unit, "数据性质": "实际值", "数据年份": 2025})
        for name, (values, unit) in amounts.items()
    ]
    return {"loans": loans, "projects": projects, "inputs": pd.concat(lines)}


def sheets(held: Frames, path: Path) -> Path:
    """The frames as sheets of a workbook."""
    with pd.ExcelWriter(path, engine="openpyxl") as writer:
        for name, frame in zip(("借据", "项目", "测算数据"), held.values(), strict=True):
            frame.to_excel(writer, sheet_name=name, index=False)
    return path


def in_words(texts: list[str]) -> list[str]:
    """The entry of the longest word in each text, as the script's loop finds it."""
    known = words()
    patterns = list(known)
    found = pl.DataFrame({"text": texts}).select(pl.col("text").str.extract_many(patterns, overlapping=True)).to_series().to_list()
    order = {word: at for at, word in enumerate(patterns)}
    return [known[min(each, key=lambda word: (-len(word), order[word]))] if each else "" for each in found]


def same_tags(held: Frames, folder: Path, rows: int) -> tuple[Frames, RunResult]:
    """So many of the loans, those of whose texts words alone say what greenfin says and no project is but of power.

    Raises ValueError where there are too few.
    """
    paths = []
    for name, frame in held.items():
        paths.append(folder / f"{name}.parquet")
        pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), paths[-1])
    result = pipeline.run(Files(tuple(paths)), OPTIONS, as_of=made_up.AS_OF, reference=load())
    tags = result.tags.select(["loan_id", "decision", "code"]).to_pandas().set_index("loan_id").loc[held["loans"]["借据号"]]
    plainly = pd.Series(in_words(held["loans"]["贷款用途"].tolist()), index=tags.index)
    ours = tags["code"].where(tags["decision"] == "green", "").where(tags["decision"] != "review")
    by = result.measurements.filter(pc.not_equal(result.measurements["method"], METHOD))["project_id"].to_pylist()
    kept = held["loans"][(ours == plainly).to_numpy() & ~held["loans"]["项目编号"].isin(by)].head(rows)
    if len(kept) < rows:
        raise ValueError(f"only {len(kept)} of {rows} rows")
    print(json.dumps({"step": "rows on which words alone say the same", "of": len(plainly), "same": int((ours == plainly).sum())}))
    return of_loans(held, kept), result


def of_loans(held: Frames, loans: pd.DataFrame) -> Frames:
    """The loans with their projects and inputs."""
    return {"loans": loans} | {name: held[name][held[name]["项目编号"].isin(loans["项目编号"])] for name in ("projects", "inputs")}


def known_of(result: RunResult, held: Frames) -> Known:
    """The sheets of the analyst: words, names, and the rates of each province, from what was measured."""
    amounts = result.measurements.to_pandas().pivot(index="project_id", columns="output", values="amount")
    inputs = held["inputs"].pivot(index="项目编号", columns="测算指标", values="数值")
    measured = amounts.join(inputs).join(held["projects"].set_index("项目编号")["项目所在地"])
    hours = measured["装机容量"] * measured["年等效利用小时"]
    largest = measured.assign(hours=hours).sort_values("hours").groupby("项目所在地").last()
    rates = {place: tuple(round(row[name] / row["hours"], 1) for name in ("tce", "co2")) for place, row in largest.iterrows()}
    table = result.tables[TEMPLATE]
    loans, by = result.book.loans.select(["loan_id", "project_id"]).to_pandas(), result.measurements.to_pandas()
    of_power = loans[loans["project_id"].isin(by[by["method"] == METHOD]["project_id"])]["loan_id"]
    power = frozenset(result.tags.filter(pc.is_in(result.tags["loan_id"], value_set=pa.array(of_power)))["code"].to_pylist())
    return Known(words(), {row.id.rpartition(".")[2]: row.zh for row in table.rows}, power, rates)


def ours(book: Path, out: Path) -> None:
    """Read, tagged, measured, shared, summed; tables and annex as workbooks, the rows kept as parquet."""
    result = pipeline.run(Files((book,)), OPTIONS, as_of=made_up.AS_OF, reference=load())
    tables = list(result.tables.values())
    front, factors = reported.front_of(result, run_id=""), disclose.factor_lines(result.facts, tables)
    disclose.write_xlsx(tables, out, front=front, lang="zh", factors=factors)
    rows = annex(result)
    disclose.write_rows(rows, out.with_suffix(".rows.xlsx"))
    pq.write_table(rows, out.with_suffix(".parquet"), compression="zstd")


def annex(result: RunResult) -> pa.Table:
    """A row for each loan: tag and parts."""
    loans, tags, parts = result.book.loans, result.tags, result.parts
    tags = tags.take(pc.index_in(loans["loan_id"], value_set=tags["loan_id"].combine_chunks()))
    columns = [loans["loan_id"], loans["customer_no"], pc.divide(loans["balance_fen"].cast(pa.float64()), FEN)]
    green = pc.equal(tags["decision"], "green")
    columns += [pc.if_else(green, tags["code"], ""), tags["decision"]]
    for output in ("tce", "co2"):
        own = parts.filter(pc.equal(parts["output"], output))
        at = pc.index_in(loans["loan_id"], value_set=own["loan_id"].combine_chunks())
        columns.append(pc.round(pc.divide(own["amount"].take(at).cast(pa.float64()), GRAMS), ndigits=2))
    return pa.table(dict(zip(ANNEX, columns, strict=True)))


def cells(path: Path, sheet: int) -> list[list[object]]:
    """The cells of a sheet below its head."""
    with CalamineWorkbook.from_path(path) as book:
        return book.get_sheet_by_index(sheet).to_python()[1:]


def check_same(one: Path, other: Path, table: Table) -> int:
    """How many cells both gave, the same in both; raises AssertionError where they are not. Benefits may end on either side of a cent."""
    mine, theirs = cells(one.with_suffix(".rows.xlsx"), 0), cells(other, 1)
    for row, line in zip(mine, theirs, strict=True):
        for cell, beside in zip(row, line, strict=True):
            same = abs(cell - beside) < CENT if isinstance(cell, float) and isinstance(beside, float) else cell == beside
            if not same:
                raise AssertionError(f"{row} and {line}")
    sums = {row.zh: [table.cell(row.id, name) for name in ("balance", "count", "customers")] for row in table.rows}
    for name, *line in cells(other, 0):
        found = [float(cell.value) for cell in sums[str(name)] if cell and cell.value is not None]
        if not np.allclose(found, line, atol=CENT, rtol=0):
            raise AssertionError(f"{name}: {found} and {line}")
    return sum(map(len, mine)) + sum(len(line) for line in cells(other, 0))


def books(folder: Path, *, rows: int, sample: int) -> Books:
    """The workbooks, the same rows in both."""
    every = frames(int(rows * SPARE))
    held, result = same_tags(every, folder, rows)
    known = known_of(result, every)
    few = of_loans(held, held["loans"].head(sample))
    return Books(sheets(held, folder / "book.xlsx"), sheets(few, folder / "few.xlsx"), known)


def main() -> None:
    """Print both times and the goal."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sample", type=int, default=10_000, help="rows of the script, once; its time is extrapolated by the row")
    asked = parser.parse_args()
    sample = min(asked.sample, asked.rows)
    with tempfile.TemporaryDirectory(prefix="greenfin-bench-") as name:
        folder = Path(name)
        made = books(folder, rows=asked.rows, sample=sample)
        taken = interleaved({"ours": partial(ours, made.whole, folder / "ours.xlsx")}, asked.runs, time.process_time)
        script: Callable[[], object] = partial(plain_script.run, made.sample, folder / "plain.xlsx", made.known)
        taken["plain script"] = [seconds(script, time.process_time)]
        ours(made.sample, folder / "few-ours.xlsx")
        result = pipeline.run(Files((made.sample,)), OPTIONS, as_of=made_up.AS_OF, reference=load())
        same = check_same(folder / "few-ours.xlsx", folder / "plain.xlsx", result.tables[TEMPLATE])
    size = {"rows": asked.rows, "sample": sample, "same_cells": same, "words": len(made.known.words), "clock": "processor"}
    print(json.dumps({"step": "workbook to workbooks", **size, "seconds": {way: spread(each) for way, each in taken.items()}}))
    whole, few = (spread(taken[way])["median"] for way in ("ours", "plain script"))
    tell([Goal("plain script over a whole run, workbook to workbooks", few / sample / (whole / asked.rows), at_least=FASTER)], asked)


if __name__ == "__main__":
    main()
