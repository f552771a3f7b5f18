"""Loan purposes in the manner of a bank's ledger, made up from a seed: places, companies, goods, assets, ordinary things.

No sentence is anyone's: each is put together from the parts in ``purposes.yaml``. Of a hundred some forty pay for goods, wages and the
like, twenty are green projects, sixteen other projects, fourteen loans to persons, the rest retrofits and a few in English.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import yaml

SHORTEST, LONGEST = 20, 60  # characters


@cache
def _parts() -> Mapping[str, Sequence[str]]:
    lists = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8"))
    return {name: str(words).split("|") for name, words in lists.items()}


def purposes(count: int, *, seed: int = 4) -> list[str]:
    """So many purposes of 20 to 60 characters, nearly all of them distinct."""
    made = _made(random.Random(seed))
    return [next(made) for _ in range(count)]


def repeating(count: int, *, distinct: int, seed: int = 4) -> list[str]:
    """So many purposes, drawn from a few."""
    few = purposes(distinct, seed=seed)
    return random.Random(seed + 1).choices(few, k=count)


def _made(rng: random.Random) -> Iterator[str]:
    kinds = [_goods, _paid, _wages, _green, _other, _personal, _retrofit, _english]
    weights = [18, 12, 10, 20, 16, 14, 8, 2]
    while True:
        for kind in rng.choices(kinds, weights, k=1000):
            text = kind(rng)
            while len(text) < SHORTEST:
                text += "，" + _one(rng, "tails").format(n=rng.randint(1, 99))
            yield text[:LONGEST]


def _one(rng: random.Random, name: str) -> str:
    words = _parts()[name]
    return words[int(rng.random() * len(words))]


def _company(rng: random.Random) -> str:
    return _one(rng, "places")[-3:-1] + _one(rng, "stems") + _one(rng, "trades") + _one(rng, "forms")


def _tail(rng: random.Random) -> str:
    """None, one or two further clauses."""
    return "".join("，" + _one(rng, "tails").format(n=rng.randint(1, 99)) for _ in range(rng.choice((0, 1, 1, 2))))


def _goods(rng: random.Random) -> str:
    return f"采购{_one(rng, 'goods')}{rng.randint(10, 9999)}吨，{_one(rng, 'wishes')}{_tail(rng)}"


def _paid(rng: random.Random) -> str:
    return f"向{_company(rng)}支付{_one(rng, 'goods')}货款，合同号{rng.randint(10**5, 10**6)}"


def _wages(rng: random.Random) -> str:
    return f"{_one(rng, 'wishes')}、{_one(rng, 'wishes')}，金额{rng.randint(10, 9000)}万元{_tail(rng)}"


def _green(rng: random.Random) -> str:
    size = f"{rng.randint(1, 800)}{_one(rng, 'units')}" if rng.random() < 0.6 else ""
    return f"{_one(rng, 'places')}{_one(rng, 'areas')}{size}{_one(rng, 'assets')}{_one(rng, 'doings')}项目{_tail(rng)}"


def _other(rng: random.Random) -> str:
    return f"{_one(rng, 'places')}{_one(rng, 'areas')}{rng.randint(1, 60)}号地块{_one(rng, 'others')}{_one(rng, 'doings')}{_tail(rng)}"


def _personal(rng: random.Random) -> str:
    return f"个人{_one(rng, 'personal')}，{_one(rng, 'places')}{_one(rng, 'areas')}，{rng.randint(1, 999)}.{rng.randint(0, 99)}万元"


def _retrofit(rng: random.Random) -> str:
    return f"{_company(rng)}{_one(rng, 'retrofits')}，预计年节约标煤{rng.randint(100, 9999)}吨{_tail(rng)}"


def _english(rng: random.Random) -> str:
    text = _one(rng, "english").format(n=rng.randint(2, 600), e=_one(rng, "towns"), s=_one(rng, "towns"))
    return text if len(text) >= SHORTEST else f"{text}, {_one(rng, 'towns')}"
