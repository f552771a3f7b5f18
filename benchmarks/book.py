"""A made-up book of any size in parquet: loans with texts, projects with their inputs; dirt and skew, all from a seed, in bounded memory.

``python benchmarks/book.py FOLDER [--loans 1000000] [--seed 9]`` writes ``loans.parquet``, ``projects.parquet`` and ``inputs.parquet``.
Row groups are made one by one, each from its own number: the first rows of a large book are not those of a small one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.purposes import purposes

AS_OF = date(2025, 12, 31)
GROUP = 65_536  # rows made at once
LOANS_A_PROJECT = 20
_DIRT = 0.001  # of the rows, for each kind of dirt
_INDUSTRIES = ("4415", "4416", "4417", "4620", "7723", "2614", "3011", "5411", "7010", "4700", "4819", "6513")
_PLACES = ("110000", "310100", "320500", "330100", "440300", "510100", "370200", "420100", "610100", "500000")
_KINDS = ("固定资产贷款", "流动资金贷款", "贸易融资", "个人消费贷款")
_CLASSES = ("正常", "关注", "次级", "可疑", "损失")
_NAMES = ("光伏发电项目", "风电场项目", "污水处理厂项目", "供热改造项目", "轨道交通项目", "产业园项目", "垃圾焚烧发电项目", "林业碳汇项目")
_METHODS = {0: ("装机容量", "兆瓦", 5, 300), 1: ("装机容量", "兆瓦", 20, 400), 2: ("日处理水量", "吨/日", 5_000, 200_000)}
Random = np.random.Generator


@dataclass(frozen=True, slots=True)
class Made:
    """Where the files of a made-up book are."""

    loans: Path
    projects: Path
    inputs: Path

    @property
    def paths(self) -> tuple[Path, ...]:
        """All of them, loans first."""
        return (self.loans, self.projects, self.inputs)


def make(folder: Path, *, loans: int, seed: int = 9, distinct: int = 0) -> Made:
    """Write a book of so many loans; ``distinct``: so many purposes that come again and again (0: nearly every one its own)."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Made(*(folder / f"{name}.parquet" for name in ("loans", "projects", "inputs")))
    projects = max(loans // LOANS_A_PROJECT, 1)
    _write(made.projects, projects, lambda first, size: _projects(np.random.default_rng((seed, 1, first)), first, size))
    _write(made.inputs, projects, lambda first, size: _inputs(np.random.default_rng((seed, 2, first)), first, size))
    few = purposes(distinct, seed=seed) if distinct else []
    _write(made.loans, loans, lambda first, size: loans_of(np.random.default_rng((seed, 3, first)), first, size, loans=loans, few=few))
    return made


def _write(path: Path, rows: int, group: Callable[[int, int], pa.Table]) -> None:
    writer: pq.ParquetWriter | None = None
    for first in range(0, rows, GROUP):
        table = group(first, min(GROUP, rows - first))
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
    if writer:
        writer.close()


def _numbered(prefix: str, numbers: NDArray[np.int64], width: int = 9) -> pa.Array:
    return pa.array(np.char.add(prefix, np.char.zfill(numbers.astype(f"U{width}"), width)))


def _skewed(random: Random, size: int, among: int) -> NDArray[np.int64]:
    """Numbers below ``among``, the first far more often than the last."""
    return (among * random.random(size) ** 3).astype(np.int64)


def _with_nulls(random: Random, column: pa.Array, share: float) -> pa.Array:
    return pa.array(column.to_numpy(zero_copy_only=False), column.type, mask=random.random(len(column)) < share)


def _days(random: Random, size: int, first: str, span: int) -> pa.Array:
    return pa.array((np.datetime64(first) + random.integers(0, span, size)).astype("datetime64[D]"), pa.date32())


def loans_of(random: Random, first: int, size: int, *, loans: int, few: list[str]) -> pa.Table:
    """Receipts: two in a hundred thousand twice, a thousandth without amount, rate or known project."""
    number = np.arange(first, first + size)
    number = np.where(random.random(size) < 2e-5, np.maximum(number - 1, first), number)
    balance = np.round(np.exp(random.normal(13.5, 1.6, size)), 2)
    balance = np.where(random.random(size) < _DIRT / 10, -balance, balance)
    customer = _skewed(random, size, max(loans // 3, 1))
    project = _skewed(random, size, max(loans // LOANS_A_PROJECT, 1))
    project = np.where(random.random(size) < _DIRT, project + loans, project)
    branch = _skewed(random, size, 200)
    texts = [few[at] for at in random.integers(0, len(few), size)] if few else purposes(size, seed=int(random.integers(2**31)))
    return pa.table(
        {
            "借据号": _with_nulls(random, _numbered("JJ", number), _DIRT / 10),
            "合同号": _numbered("HT", number // 2),
            "机构号": _numbered("", branch, 6),
            "客户编号": _with_nulls(random, _numbered("C", customer), _DIRT),
            "客户名称": pa.array([f"示例{n}号实业有限公司" for n in customer.tolist()]),
            "贷款类型": pa.array(np.asarray(_KINDS)[_skewed(random, size, len(_KINDS))]),
            "贷款用途": _with_nulls(random, pa.array(texts), _DIRT),
            "贷款投向行业": _with_nulls(random, pa.array(random.choice(_INDUSTRIES, size)), 0.01),
            "投向地区": pa.array(random.choice(_PLACES, size)),
            "币种": pa.array(np.full(size, "人民币")),
            "合同金额": pa.array(np.round(np.abs(balance) * 1.3, 2)),
            "贷款余额": _with_nulls(random, pa.array(balance), _DIRT),
            "执行利率（%）": _with_nulls(random, pa.array(np.round(random.uniform(2.8, 6.5, size), 2)), _DIRT),
            "放款日": _days(random, size, "2021-01-01", 1800),
            "到期日": _days(random, size, "2026-01-15", 4000),
            "五级分类": _with_nulls(random, pa.array(np.asarray(_CLASSES)[(5 * random.random(size) ** 12).astype(int)]), _DIRT),
            "是否绿色贷款": pa.array(np.where(random.random(size) < 0.15, "是", "否")),
            "项目编号": _with_nulls(random, _numbered("XM", project), 0.6),
            "月均余额": pa.array(np.round(np.abs(balance) * random.uniform(0.7, 1.2, size), 2)),
            "担保方式": pa.array(random.choice(["抵押", "保证", "信用", "抵押+保证"], size)),
        }
    )


def _kind(number: NDArray[np.int64]) -> NDArray[np.int64]:
    return (number * 2654435761) % 2**32 % len(_NAMES)


def _projects(random: Random, first: int, size: int) -> pa.Table:
    number = np.arange(first, first + size)
    kind = _kind(number)
    return pa.table(
        {
            "项目编号": _numbered("XM", number),
            "项目名称": pa.array([f"{n}号{_NAMES[k]}" for n, k in zip(number.tolist(), kind.tolist(), strict=True)]),
            "项目投向行业": pa.array(np.asarray(_INDUSTRIES)[kind]),
            "项目总投资（万元）": _with_nulls(random, pa.array(np.round(np.exp(random.normal(10.5, 1.0, size)), 2)), _DIRT),
            "项目所在地": pa.array(random.choice(_PLACES, size)),
            "建设状态": pa.array(random.choice(["建设", "投产", "完工"], size)),
            "投产日期": _days(random, size, "2019-01-01", 2000),
        }
    )


def _inputs(random: Random, first: int, size: int) -> pa.Table:
    """One or two lines for each project of a kind that is measured."""
    number = np.arange(first, first + size)
    lines: dict[str, list[object]] = {name: [] for name in ("项目编号", "测算指标", "数值", "单位", "数据性质", "数据年份")}
    for n, kind in zip(number.tolist(), _kind(number).tolist(), strict=True):
        if kind not in _METHODS or random.random() < _DIRT:
            continue
        name, unit, low, high = _METHODS[kind]
        rows = [(name, float(round(random.uniform(low, high), 1)), unit)]
        if kind < 2:
            rows.append(("年等效利用小时", float(round(random.uniform(900, 2600))), "小时"))
        for field, value, of in rows:
            for column, cell in zip(lines, (f"XM{n:09d}", field, value, of, "实际值", 2025), strict=True):
                lines[column].append(cell)
    types = (pa.string(), pa.string(), pa.float64(), pa.string(), pa.string(), pa.int64())
    return pa.table({name: pa.array(cells, kind) for (name, cells), kind in zip(lines.items(), types, strict=True)})


def main() -> None:
    """Write a book."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--loans", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=9)
    parser.add_argument("--distinct", type=int, default=0)
    asked = parser.parse_args()
    for path in make(asked.folder, loans=asked.loans, seed=asked.seed, distinct=asked.distinct).paths:
        print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
