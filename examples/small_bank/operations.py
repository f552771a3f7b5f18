"""Two years of energy, water and paper of the invented bank's sites, month by month."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal

from rows import SEED, read

ITEMS = (
    ("electricity", "外购电", ""),
    ("natural_gas", "天然气", "立方米"),
    ("gasoline", "汽油", "升"),
    ("diesel", "柴油", "升"),
    ("water", "水", "吨"),
    ("paper", "纸", "张"),
    ("staff", "员工人数", "人"),
    ("area", "建筑面积", "平方米"),
)
# At the first site only: word, unit, quantity of a month (None: once a year, in June), and how much more it was the year before.
HEAD_OFFICE = (
    ("再生纸", "张", 42000, "0.9"),
    ("国内航空差旅", "公里", 96000, "1.08"),
    ("铁路差旅", "公里", 210000, "0.97"),
    ("酒店住宿", "间夜", 310, "1.04"),
    ("焚烧垃圾", "千克", 9600, "1.03"),
    ("厨余垃圾", "千克", 5200, "1.05"),
    ("制冷剂R32", "千克", None, "1.2"),
    ("资产总额", "亿元", 1860, "0.93"),
    ("自用光伏电量", "千瓦时", 21500, "0.6"),
    ("电子渠道业务笔数", "笔", 1450000, "0.88"),
    ("节约用纸", "千克", 3900, "0.9"),
    ("用纸基准", "千克", 9100, "1.0"),
    ("视频会议次数", "个", 460, "0.95"),
    ("减少差旅里程", "公里", 128000, "0.94"),
    ("差旅里程基准", "公里", 470000, "1.0"),
)
REFRIGERANT, JUNE = Decimal("18.5"), 6
STEADY = ("资产总额",)
SUMMER = (0.98, 0.90, 0.86, 0.84, 0.95, 1.12, 1.28, 1.30, 1.12, 0.88, 0.84, 0.93)
WINTER = (1.90, 1.75, 1.30, 0.80, 0.55, 0.50, 0.45, 0.45, 0.50, 0.70, 1.35, 1.75)
MISSING = ("西岭分行", 2025, 7)  # the bill of this month was never handed in


def month_rows() -> list[dict[str, object]]:
    """One row a site, month and item, under the header words of the sheet; ``month`` is the first day."""
    rnd = random.Random(SEED + 1)
    rows: list[dict[str, object]] = []
    for site in read("sites.csv"):
        for year in (2024, 2025):
            for month in range(1, 13):
                for item, word, unit in ITEMS:
                    base = Decimal(site[item])
                    wave = rnd.uniform(0.96, 1.04)
                    if base and (site["site"], year, month) != MISSING:
                        unit_here = site["electricity_unit"] if item == "electricity" else unit
                        quantity = _quantity(item, base, year, month, wave)
                        where = {"场所": site["site"], "所在地": site["region"], "月份": date(year, month, 1)}
                        rows.append(where | {"能源/资源种类": word, "数量": quantity, "单位": unit_here})
    return [*rows, *head_office_rows()]


def head_office_rows() -> list[dict[str, object]]:
    """Travel, waste, refrigerant and measures, which only the first site records."""
    rnd = random.Random(SEED + 2)
    site = read("sites.csv")[0]
    rows: list[dict[str, object]] = []
    for word, unit, base, last_year in HEAD_OFFICE:
        for year in (2024, 2025):
            for month in range(1, 13) if base else (JUNE,):
                wave = Decimal(1) if word in STEADY else Decimal(str(round(rnd.uniform(0.9, 1.1), 4)))
                quantity = (Decimal(base) if base else REFRIGERANT) * (Decimal(last_year) if year == 2024 else 1) * wave
                where = {"场所": site["site"], "所在地": site["region"], "月份": date(year, month, 1)}
                shown = quantity.quantize(Decimal(1) if base else Decimal("0.1"))
                rows.append(where | {"能源/资源种类": word, "数量": shown, "单位": unit})
    return rows


def _quantity(item: str, base: Decimal, year: int, month: int, wave: float) -> Decimal:
    """A plausible quantity: air conditioning in summer, gas in winter, some five per cent less paper each year."""
    if item == "area":
        return base
    if item == "staff":
        return (base * (Decimal("0.985") if year == 2024 else Decimal(1))).quantize(Decimal(1))
    season = {"electricity": SUMMER, "natural_gas": WINTER}.get(item, (1.0,) * 12)[month - 1]
    last_year = {"electricity": "1.031", "paper": "1.052", "gasoline": "1.064", "natural_gas": "1.018"}.get(item, "1.01")
    factor = Decimal(str(round(season * wave, 4))) * (Decimal(last_year) if year == 2024 else 1)
    return (base * factor).quantize(Decimal("0.0001") if base < 100 and item == "electricity" else Decimal(1))


def totals(year: int) -> dict[str, Decimal]:
    """The year's quantity of each item; electricity in kWh."""
    found: dict[str, Decimal] = {item: Decimal(0) for item, _, _ in ITEMS}
    names = {word: item for item, word, _ in ITEMS}
    for row in month_rows():
        month, quantity = row["月份"], row["数量"]
        item = names.get(str(row["能源/资源种类"]))
        if item and isinstance(month, date) and month.year == year and isinstance(quantity, Decimal):
            found[item] += quantity * (10_000 if row["单位"] == "万千瓦时" else 1)
    return found
