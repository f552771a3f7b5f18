"""What is said on a page: no option of a command, no name of a command."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from greenfin.core.problems import error, warning
from greenfin.messages import LANGUAGES, Lang, codes
from greenfin.ui.views.said import OF_ONE, ON_PAGE, in_words, of_one, phrase, tell

COMMAND = re.compile(r"(?<![\w-])--[a-z]|greenfin [a-z]+|method list|review (list|export)")
ROOMS = ("measure.", "attribute.", "ingest.", "reason.", "flag.", "movement.", "financed.", "footprint.", "store.", "evaluate.")
OF_THE_COMMAND_LINE = {
    "evaluate.groups_left",
    "financed.factor_unknown",
    "ingest.no_text_column",
    "ingest.prior_run_none",
    "ingest.supplements_unknown",
    "ingest.text_column_missing",
    "measure.solve_chosen",
    "measure.solve_which",
    "store.backup_unreadable",
    "store.cannot_open",
    "store.conflict",
    "store.files_needed",
    "store.group_or_receipts",
    "store.has_users",
    "store.many_leave",
    "store.must_change",
    "store.needs_upgrade",
    "store.no_receipt_or_group",
    "store.no_tables",
    "store.no_users",
    "store.not_granted",
    "store.nothing_given",
    "store.only_for_groups",
    "store.role_not_made",
}  # asked for by options alone, or mended by whoever runs the machine


def _slots(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_words_with_options_have_others_for_a_page(lang: Lang) -> None:
    known = codes(lang)
    named = {code for code, words in known.items() if code.startswith(ROOMS) and COMMAND.search(words)}
    assert sorted(code for code in named - OF_THE_COMMAND_LINE if code + ON_PAGE not in known) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_words_of_a_page_name_no_command_and_no_slot_of_their_own(lang: Lang) -> None:
    known = codes(lang)
    own = {code: words for code, words in known.items() if code.endswith((ON_PAGE, OF_ONE))}
    assert [code for code, words in own.items() if COMMAND.search(words)] == []
    assert [code for code, words in own.items() if not _slots(words) <= _slots(known[code.rpartition(".")[0]])] == []


def test_inputs_are_called_by_their_names_alone() -> None:
    wrong = error("measure.unit_wrong", "supply", input="supply", unit="MW", wanted="MWh", method="CBRC-PWR")
    assert "年供电量" in in_words(wrong, "zh")
    assert "（supply）" not in in_words(wrong, "zh")
    assert of_one(wrong, "zh").startswith("MW 不能换算为 兆瓦时")


def test_other_words_stay_as_they_are() -> None:
    assert tell(warning("ui.calculator.no_project"), "en") == codes("en")["ui.calculator.no_project"]
    assert phrase("ui.title", "en") == codes("en")["ui.title"]
