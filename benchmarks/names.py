"""Borrowers' names against a list of companies, side by side with rapidfuzz's full comparison; medians, as JSON lines.

``python benchmarks/names.py [--loans 10000] [--companies 5000] [--runs 5]``. How to read it: ``benchmarks/README.md``.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
from rapidfuzz.distance import Indel
from rapidfuzz.process import cdist

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.goals import Goal, tell
from benchmarks.timing import interleaved, resident, spread
from greenfin import names
from greenfin.core.columns import table_of
from greenfin.core.records import Book
from greenfin.names.near import WHOLE
from greenfin.names.parts import parts_of
from greenfin.names.words import places, simplified

SEED, FASTER, AT_ONCE = 20251001, 3, 1_000
BRAND_SIGNS = (
    "华能源泰恒瑞丰盛嘉禾润泽宏远鼎信诚达昌隆兴旺安康宁海川江河湖山岳林森木松柏竹梅兰菊荷莲青蓝绿红紫金银铜铁锡铝"
    "钢玉珠宝石磊峰岭峡谷原野田园庄村桥路途程征航舰帆翔飞鹏鹰凤龙虎狮象马牛羊鹿鹤雁燕晨曦晓旭阳晖辉煌灿烂星辰月"
    "云霞雨露霜雪冰凌春夏秋冬朝暮古今文武德智仁义礼忠孝廉明亮光耀荣华富贵吉祥如意福禄寿喜乐欣悦怡和谐顺畅通"
    "博雅俊杰英豪伟雄壮健强固坚毅勇敢立志向往希望梦想未来新创奇特优良美好佳善真纯净洁清澈"
)
FIELDS = ("新能源", "环保", "水务", "电力", "光伏", "生态", "建材", "机械", "农业", "化工", "物流", "电子", "医药", "食品", "纺织", "钢铁")
TAILS = ("科技", "发展", "实业", "工程", "投资", "服务", "设备", "材料", "技术", "贸易")
FORMS = ("有限公司", "有限责任公司", "股份有限公司")
HOMOPHONES = (
    "石时十实 油由游尤 华花滑 能嫩 源原园圆元 泰太态 恒衡横 瑞锐睿 丰峰风锋 盛胜圣 嘉佳加家 宏红洪鸿虹 远院苑 "
    "信新心欣馨 诚成城程 达答 昌常长 隆龙 安鞍 宁凝 海亥 江姜疆 青清轻 金今津 银寅 明名鸣 "
    "辉晖徽 文闻 德得 智志致 义艺益 光广 荣容融 福富复 兴星 康慷 "
)


@dataclass(frozen=True)
class Names:
    """Companies, borrowers, the true company of each borrower (-1: none) and what was done to its name."""

    companies: tuple[str, ...]
    borrowers: tuple[str, ...]
    truth: tuple[int, ...]
    noise: tuple[str, ...]


def made(loans: int, companies: int, seed: int = SEED) -> Names:
    """Seeded names: 40 % of the borrowers are companies of the list, written otherwise; a tenth sounds like one and is not."""
    rng = random.Random(seed)
    towns = sorted({below or province for province, below in places().values() if len(below or province) == 2})
    listed = list(dict.fromkeys(_company(rng, towns) for _ in range(companies * 2)))[:companies]
    known = set(parts_of(listed).whole.to_pylist())
    rows: list[tuple[str, int, str]] = []
    for _ in range(loans):
        chance, at = rng.random(), rng.randrange(companies)
        decoy = _homophone(rng, listed[at])
        if chance < 0.4:
            way = rng.choice(tuple(NOISE))
            rows.append((NOISE[way](rng, listed[at]), at, way))
        else:
            rows.append((decoy, at, "homophone") if chance < 0.5 and decoy else (_company(rng, towns), -1, "other"))
    wholes = parts_of([name for name, _, _ in rows]).whole.to_pylist()
    rows = [row for row, whole in zip(rows, wholes, strict=True) if row[2] not in ("homophone", "other") or whole not in known]
    truth = tuple(at if way not in ("homophone", "other") else -1 for _, at, way in rows)
    return Names(tuple(listed), tuple(name for name, _, _ in rows), truth, tuple(way for _, _, way in rows))


def _company(rng: random.Random, towns: Sequence[str]) -> str:
    brand = "".join(rng.sample(BRAND_SIGNS, rng.choice((2, 2, 2, 3, 4))))
    return f"{rng.choice(towns)}{brand}{rng.choice(FIELDS)}{rng.choice(TAILS)}{rng.choice(FORMS)}"


def _cut(name: str) -> tuple[str, str, str]:
    form = next(f for f in sorted(FORMS, key=len, reverse=True) if name.endswith(f))
    return name[:2], name[2 : -len(form)], form


def _form(rng: random.Random, name: str) -> str:
    town, core, form = _cut(name)
    return f"{town}{core}{'有限公司' if form == '有限责任公司' else '有限责任公司' if form == '有限公司' else '股份公司'}"


def _no_form(rng: random.Random, name: str) -> str:
    return "".join(_cut(name)[:2])


def _town_in_brackets(rng: random.Random, name: str) -> str:
    town, core, form = _cut(name)
    return f"{core}（{town}）{form}" if rng.random() < 0.5 else f"{core}({town}){form}"


def _no_town(rng: random.Random, name: str) -> str:
    return name[2:]


def _province(rng: random.Random, name: str) -> str:
    province, below = places()[name[:2]]
    return f"{province}{below}{name[2:]}" if below else f"{name[:2]}市{name[2:]}"


def _short(rng: random.Random, name: str) -> str:
    town, core, _ = _cut(name)
    return town + core[:-2]


def _typo(rng: random.Random, name: str) -> str:
    """A sign of the brand or of the words behind it replaced by one of another sound, left out, or put twice."""
    town, core, form = _cut(name)
    at = rng.randrange(len(core))
    kind = rng.random()
    if kind < 0.6:
        wrong = next(s for s in rng.sample(BRAND_SIGNS, len(BRAND_SIGNS)) if not _sounds_like(s, core[at]) and s not in core)
        return f"{town}{core[:at]}{wrong}{core[at + 1 :]}{form}"
    return f"{town}{core[:at]}{core[at + 1 :] if kind < 0.8 else core[at] + core[at:]}{form}"


def _traditional(rng: random.Random, name: str) -> str:
    back = {s: t for t, s in simplified().items()}
    return "".join(back.get(sign, sign) for sign in name)


def _wide(rng: random.Random, name: str) -> str:
    return f" {name[:2]} {name[2:]}　"


NOISE: dict[str, Callable[[random.Random, str], str]] = {
    "form": _form,
    "no form": _no_form,
    "place in brackets": _town_in_brackets,
    "no place": _no_town,
    "place in full": _province,
    "short": _short,
    "typo": _typo,
    "traditional": _traditional,
    "blanks": _wide,
    "as it is": lambda rng, name: name,
}


def _sounds_like(one: str, other: str) -> bool:
    from pypinyin import Style, pinyin

    readings = [set(pinyin(sign, style=Style.NORMAL, heteronym=True)[0]) for sign in (one, other)]
    return bool(readings[0] & readings[1])


def _homophone(rng: random.Random, name: str) -> str:
    """The name with one or two signs written as others of the same sound; empty where none of its signs has such."""
    town, core, form = _cut(name)
    groups = {sign: group for group in HOMOPHONES.split() for sign in group}
    places_ = [at for at, sign in enumerate(core) if sign in groups]
    for at in rng.sample(places_, min(len(places_), 2)):
        core = core[:at] + rng.choice([s for s in groups[core[at]] if s != core[at]]) + core[at + 1 :]
    return town + core + form if places_ else ""


def books(found: Names) -> tuple[Book, Book]:
    """The borrowers and the companies as books."""
    day = date(2025, 12, 31)
    loans = table_of("loans", {"loan_id": [str(i) for i in range(len(found.borrowers))], "customer_name": list(found.borrowers)})
    companies = [str(i) for i in range(len(found.companies))]
    customers = table_of("customers", {"customer_no": companies, "customer_name": list(found.companies)})
    return Book(as_of=day, loans=loans), Book(as_of=day, customers=customers)


def main() -> None:
    """Print one JSON line for each side, then what was found."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--loans", type=int, default=10_000)
    parser.add_argument("--companies", type=int, default=5_000)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    found = made(asked.loans, asked.companies)
    loans, companies = books(found)

    def full() -> None:
        one, other = (parts_of(side).whole.to_pylist() for side in (found.borrowers, found.companies))
        for at in range(0, len(one), AT_ONCE):  # all at once would be gigabytes of similarities
            cdist(one[at : at + AT_ONCE], other, scorer=Indel.normalized_similarity, score_cutoff=WHOLE, workers=2)

    works: dict[str, Callable[[], object]] = {"names match": lambda: names.match(loans, companies, workers=2)}
    before = resident("VmHWM")
    works["names match"]()
    grown = (resident("VmHWM") - before) / 1e6
    works["names taken apart, rapidfuzz cdist of all pairs"] = full
    taken = interleaved(works, asked.runs, time.process_time)
    for name, each in taken.items():
        size = {"loans": asked.loans, "companies": asked.companies, "runs": asked.runs, "clock": "processor"}
        print(json.dumps({"step": name, **size, "seconds": spread(each)}))
    kept = quality(found)
    print(json.dumps({**kept, "peak_mb": grown}))
    ours, theirs = (spread(each)["median"] for each in taken.values())
    tell(
        [
            Goal("rapidfuzz cdist of all pairs over names match", theirs / ours, at_least=FASTER),
            Goal("labelled pairs lost beyond those that cdist loses", kept["labelled_pairs_lost"] - lost_by_all(found), at_most=0),
            Goal("names match, growth of the peak of memory, MB", grown),
        ],
        asked,
    )


def lost_by_all(found: Names) -> int:
    """How many labelled pairs comparing all pairs does not find: the similarity of the names taken apart is below the cutoff."""
    one, other = (parts_of(side).whole.to_pylist() for side in (found.borrowers, found.companies))
    true = [(row, at) for row, at in enumerate(found.truth) if at >= 0]
    return sum(Indel.normalized_similarity(one[row], other[at]) < WHOLE for row, at in true)


def quality(found: Names) -> dict[str, Any]:
    """What of the labelled pairs was kept, by kind of noise, and how many homophones were taken for a company."""
    loans, companies = books(found)
    table = names.match(loans, companies, workers=2).value
    pairs = set(zip(map(int, table["loan_id"].to_pylist()), (int(c) if c else -1 for c in table["customer_no"].to_pylist()), strict=True))
    true = [(row, at) for row, at in enumerate(found.truth) if at >= 0]
    lost = [found.noise[row] for row, at in true if (row, at) not in pairs]
    sure = table.filter(pc.fill_null(table["accepted"], False))
    accepted = zip(map(int, sure["loan_id"].to_pylist()), map(int, sure["customer_no"].to_pylist()), strict=True)
    wrong = sum(found.truth[row] != at for row, at in accepted)
    decoys = {row for row, way in enumerate(found.noise) if way == "homophone"}
    return {
        "step": "quality",
        "labelled_pairs": len(true),
        "labelled_pairs_lost": len(lost),
        "recall": 1 - len(lost) / len(true),
        "lost": {way: lost.count(way) for way in sorted(set(lost))},
        "accepted": len(sure),
        "accepted_wrongly": wrong,
        "proposals": sum(a is False for a in table["accepted"].to_pylist()),
        "homophones": len(decoys),
        "homophones_accepted": sum(row in decoys for row in map(int, sure["loan_id"].to_pylist())),
        "homophones_offered": sum(found.noise[r] == "homophone" and at >= 0 and _of_decoy(found, r, at) for r, at in pairs),
    }


def _of_decoy(found: Names, row: int, at: int) -> bool:
    """Whether a homophone was offered the very company it sounds like."""
    one, other = found.borrowers[row], found.companies[at]
    return len(one) == len(other) and all(a == b or _sounds_like(a, b) for a, b in zip(one, other, strict=True))


if __name__ == "__main__":
    main()
