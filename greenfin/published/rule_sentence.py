"""V-BAND and V-UNITKIND inside one sentence: reductions beside the coal saved, a share that rose by percent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from greenfin.published.index import Case
from greenfin.published.prose import Mention, told
from greenfin.published.settings import Band, bands
from greenfin.published.shapes import HELD, Finding, Passage, Result, failed, together
from greenfin.published.words import pattern

_RATIO = "co2_per_tce"
_RATIO_OF_POWER = "co2_per_tce_power"
_WEIGHTS = ("mass", "co2", "tce")


def check_sentences(case: Case) -> Result:
    """All passages."""
    return together([result for passage in case.document.passages for result in _of_passage(passage)])


def _of_passage(passage: Passage) -> Iterator[Result]:
    mentions = told(passage).mentions
    for number in dict.fromkeys(mention.sentence for mention in mentions):
        mine = [mention for mention in mentions if mention.sentence == number]
        yield from _reductions(passage, mine)
        is_alone = not any(mention.role == "level" and mention.figure.kind not in ("percent", "count") for mention in mine)
        moved = [pair for pair in pairwise(mine) if _is_share_moved(*pair, is_alone=is_alone)]
        yield from (_in_percent(passage, *pair, is_alone=is_alone) for pair in moved)


def _reductions(passage: Passage, mine: Sequence[Mention]) -> Iterator[Result]:
    """The CO2 of a sentence over its standard coal, where each is said once."""
    coal = [m for m in mine if m.figure.kind in _WEIGHTS and (m.figure.kind == "tce" or pattern("prose.coal").search(m.before))]
    carbon = [
        m
        for m in mine
        if m.figure.kind in _WEIGHTS and m not in coal and (m.figure.kind == "co2" or pattern("prose.carbon").search(m.before))
    ]
    name = _RATIO_OF_POWER if any(pattern("prose.clean_power").search(m.before) for m in mine) else _RATIO
    band = next(band for band in bands() if band.id == name)
    if len(coal) == 1 and len(carbon) == 1 and coal[0].role == carbon[0].role == "level" and coal[0].figure.value > 0:
        yield _in_band(passage, band, carbon[0], coal[0])


def _in_band(passage: Passage, band: Band, carbon: Mention, coal: Mention) -> Result:
    ratio = carbon.figure.base.over(coal.figure.base)
    if ratio is None or (ratio.high >= band.low and ratio.low <= band.high):
        return HELD if ratio else Result()
    low, value, high = ratio.rounded(4)
    slots = {"value": f"{value:.4g}", "unit": band.unit, "low": f"{band.low:g}", "high": f"{band.high:g}", "source": band.source}
    return failed(Finding("V-BAND", band.severity, passage.where, "published.band", carbon.figure.value, value, low, high, slots))


def _is_share_moved(one: Mention, other: Mention, *, is_alone: bool) -> bool:
    """Whether a percentage right behind a share is by how much the share rose; beside an amount (not ``is_alone``), which could have
    risen too, only behind what is called a share."""
    is_move = other.role == "grown" and not other.noun and bool(pattern("prose.share_moves").search(other.before))
    return (is_alone or one.role == "share") and is_move and one.role in ("share", "ratio") and other.figure.value < one.figure.value


def _in_percent(passage: Passage, share: Mention, moved: Mention, *, is_alone: bool) -> Result:
    """An error where only the share can have risen, a question beside an amount."""
    severity = "error" if is_alone else "warning"
    slots = {"printed": moved.figure.text, "words": f"{share.figure.text}{moved.before}"}
    return failed(Finding("V-UNITKIND", severity, passage.where, "published.share_in_percent", moved.figure.value, slots=slots))
