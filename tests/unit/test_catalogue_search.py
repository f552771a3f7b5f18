"""What people type finds the entries they mean: words, pinyin, initials, codes, in any order and width."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from greenfin.cli.main import app
from greenfin.reference.load import load
from greenfin.reference.search import MOST, heard, hits, readings, search

EDITION = "green-finance-2025"
WIND, SOLAR = "4.2.1", "4.2.2"


def found(words: str) -> list[str]:
    """The codes of the entries of the default edition that are shown."""
    done = CliRunner().invoke(app, ["catalogue", "search", *words.split(" "), "--edition", EDITION, "--json"])
    assert done.exit_code == 0, done.output
    return [entry["code"] for entry in json.loads(done.output)["entries"]]


@pytest.mark.parametrize(
    "words", ["风电", "風電", "fd", "fengdian", "fengd", "FD", "ｆｄ", "wind power", "power wind", "wind pow", "4415", "D4415"]
)
def test_wind_power_is_found_however_it_is_asked_for(words: str) -> None:
    assert WIND in found(words)


@pytest.mark.parametrize("words", ["光伏", "guangfu", "guangf", "gf", "gfdz", "gfdianzhan", "solar", "太阳能 建设"])
def test_solar_power_too(words: str) -> None:
    assert SOLAR in found(words)


def test_every_reading_of_a_sign_counts_and_a_part_of_the_last_one() -> None:
    assert {"xing", "hang"} <= readings("行")
    assert {"lv", "lu"} <= readings("绿")
    assert heard("银行", "yinhang") == heard("银行", "yinxing") == (0, 2)
    assert heard("重庆", "chongq") == heard("重庆", "zhq") == (0, 2)
    assert heard("水泥", "fd") is None
    assert heard("A1", "fd") is None


def test_the_nearest_come_first() -> None:
    catalogue = load().catalogues[EDITION]
    assert search(catalogue, WIND)[0].code == WIND
    assert search(catalogue, "4.2")[0].code == "4.2"
    ranks = [hit.rank for hit in hits(catalogue, "污水 处理")]
    assert ranks == sorted(ranks)
    assert ranks[0] < ranks[-1]
    written, said = hits(catalogue, "wind")[0], hits(catalogue, "fengdian")[0]
    assert written.rank < said.rank


def test_all_words_must_be_there() -> None:
    both, one = found("污水 污泥"), found("污水")
    assert set(both) < set(one)
    assert found("污水 没有这样的词") == []
    assert search(load().catalogues[EDITION], "") == search(load().catalogues[EDITION], "  ") == ()


def test_one_of_three_words_may_be_missing_where_none_holds_all() -> None:
    several = [hit.entry.code for hit in hits(load().catalogues[EDITION], "solar panel factory")]
    assert {"4.1.2", "8.5.2"} <= set(several[:3])
    assert len(several) == len(set(several))
    assert not hits(load().catalogues[EDITION], "solar nonsense")


def test_of_many_only_so_many_are_shown_and_the_rest_is_said() -> None:
    done = CliRunner().invoke(app, ["catalogue", "search", "制造", "--lang", "en"])
    assert done.exit_code == 0
    assert sum(line.startswith(EDITION) for line in done.output.splitlines()) == MOST
    assert f"more in {EDITION}" in done.output


def test_the_key_word_is_shown_that_was_found() -> None:
    done = CliRunner().invoke(app, ["catalogue", "search", "gfdz", "--edition", EDITION, "--lang", "zh"])
    assert "见于：光伏电站" in done.output


def test_codes_of_statistics_and_of_other_countries_are_found() -> None:
    reference = load()
    coded = next(e for e in reference.catalogues["green-financing-stat-2020"].leaves() if e.report_code)
    assert search(reference.catalogues["green-financing-stat-2020"], coded.report_code.lower())[0].report_code == coded.report_code
    assert search(reference.catalogues["eu-taxonomy"], "ccm 4.3")[0].code == "CCM 4.3"
