"""A blank questionnaire of the report: YAML, or a workbook that tells what is still to be filled in. Both are read back as answers."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from greenfin.collect.looks import HEAD, LINE, NOTE, PLAIN, QUIET_CELL, UNFILLED, Look, Looks, lines_high
from greenfin.core.problems import Refused, error
from greenfin.ingest.questionnaire_answers import CODE, NOT_APPLICABLE, REGISTER, TABLES
from greenfin.messages import LANGUAGES, Lang, say
from greenfin.reference.load import Reference
from greenfin.reference.questions import Field, Item
from greenfin.reference.shells import Shell

ROWS = 30  # of a blank register
ENTRY = Look(edge=True, entry=True, wrap=True, number="@")
WIDE = {"code": 16.0, "chapter": 24.0, "question": 30.0, "hint": 40.0, "answer": 70.0, "status": 10.0}
INDEX = "T37"
WORDS = ("prose", "text")


def write_blank(path: Path, *, reference: Reference, shell: Shell, lang: str) -> int:
    """Write the blank file; ``lang`` is zh, en or both. How many questions there are comes back.

    Raises Refused where there is a file already, for another kind of file, and where it cannot be written.
    """
    if path.suffix.lower() not in (".xlsx", ".yaml", ".yml"):
        raise Refused(error("collect.blank_kind", path.name, found=path.suffix))
    content = _workbook(reference, shell, lang) if path.suffix.lower() == ".xlsx" else _document(reference, shell, lang).encode()
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(content)
    except FileExistsError as bad:
        raise Refused(error("collect.blank_there", path.name)) from bad
    except OSError as bad:
        raise Refused(error("collect.blank_not_written", path.name, reason=bad.strerror or type(bad).__name__)) from bad
    return sum(len(item.fields) for item in reference.questions.values())


def _languages(lang: str) -> tuple[Lang, ...]:
    return LANGUAGES if lang == "both" else ("en",) if lang == "en" else ("zh",)


def _said(zh: str, en: str, lang: str) -> str:
    return " / ".join(dict.fromkeys({"zh": zh, "en": en}[one] for one in _languages(lang)))


def _chapter(name: str, shell: Shell, lang: str) -> str:
    found = shell.chapter_of(name)
    return _said(found.zh, found.en, lang) if found else ""


def _hint(asked: Field, lang: str) -> str:
    """How to answer: the hint, the options, the unit."""
    parts = [_said(asked.hint_zh, asked.hint_en, lang)]
    parts += [_said(*option[1:], lang) for option in asked.options]
    parts += [say("collect.blank_kind_" + asked.kind, one, unit=asked.unit) for one in _languages(lang)]
    parts += [] if asked.is_required else [say("collect.blank_optional", one) for one in _languages(lang)]
    return "; ".join(part for part in parts if part)


# YAML


def _document(reference: Reference, shell: Shell, lang: str) -> str:
    lines = [f"# {say('collect.blank_head', one)}" for one in _languages(lang)]
    for item in reference.questions.values():
        lines += ["", f"# {_said(item.zh, item.en, lang)} - {_chapter(item.id, shell, lang)}", f"{item.id}:"]
        for asked in item.fields:
            lines += [f"  # {_said(asked.zh, asked.en, lang)}: {_hint(asked, lang)}", *_entry(asked, lang)]
    lines += ["", *(f"# {say('collect.blank_tables', one)}" for one in _languages(lang)), f"{TABLES}: {{}}", ""]
    return "\n".join(lines)


def _entry(asked: Field, lang: str) -> Iterator[str]:
    if asked.kind != "register":
        yield f"  {asked.id}: {_blank(asked, lang)}"
        return
    for column in asked.columns:
        yield f"  #   {column.id}: {_said(column.zh, column.en, lang)} ({_hint(column, lang)})"
    yield f"  {asked.id}:"
    yield "    - {" + ", ".join(f"{column.id}: {_blank(column, lang)}" for column in asked.columns) + "}"


def _blank(asked: Field, lang: str) -> str:
    return '{zh: "", en: ""}' if lang == "both" and asked.kind in WORDS else '""'


# workbook


def _workbook(reference: Reference, shell: Shell, lang: str) -> bytes:
    from openpyxl import Workbook

    book: Any = Workbook()
    book.properties.creator = "greenfin"
    looks = Looks(book.create_sheet("pattern").cell(1, 1))
    main = book.active
    main.title = say("collect.blank_sheet", _languages(lang)[0])
    _main(main, looks, reference, shell, lang)
    for item in reference.questions.values():
        for asked in item.fields:
            if asked.kind == "register":
                _register(book.create_sheet(f"{item.id} {_said(asked.zh, asked.en, _languages(lang)[0])}"[:31]), looks, item, asked, lang)
    book.remove(book["pattern"])
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def _answers(asked: Field | None, lang: str) -> tuple[str, ...]:
    """The ids of the columns to answer in: one for each language where words are asked for."""
    return tuple(f"answer:{one}" for one in LANGUAGES) if lang == "both" and (asked is None or asked.kind in WORDS) else ("answer",)


def _main(ws: Any, looks: Looks, reference: Reference, shell: Shell, lang: str) -> None:
    ids = (CODE, "chapter", "question", "hint", *_answers(None, lang), "status")
    _top(ws, looks, ids, [say(f"collect.blank_{name.partition(':')[0]}", _languages(lang)[0]) + name.partition(":")[2] for name in ids])
    singles = [(i.id, f.id, f) for i in reference.questions.values() for f in i.fields if f.kind != "register"]
    row = 2
    for item, name, asked in singles:
        row += 1
        texts = (f"{item}.{name}", _chapter(item, shell, lang), _said(asked.zh, asked.en, lang), _hint(asked, lang))
        _line(ws, looks, row, texts, ids, lang=_languages(lang)[0], is_required=asked.is_required)
        _limit(ws, asked, f"E{row}")
    why = _said(say("collect.blank_not_applicable", "zh"), say("collect.blank_not_applicable", "en"), lang)
    for known in (t for t in reference.named.values() if t.id != INDEX):
        row += 1
        _line(
            ws,
            looks,
            row,
            (f"{known.id}.{NOT_APPLICABLE}", _chapter(known.id, shell, lang), _said(known.zh, known.en, lang), why),
            ids,
            lang=_languages(lang)[0],
        )
    _color(ws, f"{_letter(len(ids))}3:{_letter(len(ids))}{row}", lang)


def _top(ws: Any, looks: Looks, ids: Sequence[str], heads: Sequence[str]) -> None:
    """The hidden row that says what each column is, and the headings."""
    for at, (name, head) in enumerate(zip(ids, heads, strict=True), 1):
        if name == CODE or name.startswith((REGISTER, "answer")) or name not in WIDE:
            looks.text(ws.cell(1, at), name, NOTE)
        looks.text(ws.cell(2, at), head, HEAD)
        ws.column_dimensions[_letter(at)].width = WIDE.get(name.partition(":")[0], 34.0)
    ws.row_dimensions[1].hidden = True
    ws.row_dimensions[2].height = LINE * max(
        2, *(lines_high(head, WIDE.get(name.partition(":")[0], 34.0)) for name, head in zip(ids, heads, strict=True))
    )
    ws.freeze_panes = "A3"
    ws.protection.sheet = True
    for allowed in ("formatColumns", "formatRows"):
        setattr(ws.protection, allowed, False)
    ws.page_setup.orientation, ws.page_setup.paperSize, ws.page_setup.fitToHeight = "landscape", 9, 0
    ws.sheet_properties.pageSetUpPr.fitToPage = True
    ws.print_title_rows = "2:2"


def _line(ws: Any, looks: Looks, row: int, texts: Sequence[str], ids: Sequence[str], *, lang: Lang, is_required: bool = False) -> None:
    for at, text in enumerate(texts, 1):
        looks.text(ws.cell(row, at), text, QUIET_CELL if at != 3 else PLAIN)
    high = max(lines_high(text, WIDE[name]) for text, name in zip(texts, ids, strict=False))
    ws.row_dimensions[row].height = max(2, high) * LINE
    answers = [at for at, name in enumerate(ids, 1) if name.startswith("answer")]
    for at in answers:
        looks.dress(ws.cell(row, at), ENTRY)
    if is_required:
        empty = " , ".join(f'TRIM({_letter(at)}{row})=""' for at in answers)
        words = (say(f"collect.blank_{name}", lang) for name in ("todo", "done"))
        looks.formula(ws.cell(row, len(ids)), '=IF(AND({}),"{}","{}")'.format(empty, *words), QUIET_CELL)


def _register(ws: Any, looks: Looks, item: Item, asked: Field, lang: str) -> None:
    ids, heads = [f"{REGISTER}{item.id}.{asked.id}"], [""]
    limits: dict[int, Field] = {}
    for column in asked.columns:
        for answer in _answers(column, lang):
            one = answer.partition(":")[2]
            ids.append(f"{column.id}:{one}" if one else column.id)
            heads.append(f"{_said(column.zh, column.en, one or lang)}\n{_hint(column, one or lang)}")
            limits[len(ids)] = column
    _top(ws, looks, ids, heads)
    ws.column_dimensions["A"].width = 5
    for row in range(3, 3 + ROWS):
        ws.cell(row, 1).value = row - 2
        looks.dress(ws.cell(row, 1), QUIET_CELL)
        for at in range(2, len(ids) + 1):
            looks.dress(ws.cell(row, at), ENTRY)
    for at, column in limits.items():
        _limit(ws, column, f"{_letter(at)}3:{_letter(at)}{2 + ROWS}")


def _limit(ws: Any, asked: Field, area: str) -> None:
    """A choice is made from a list."""
    if asked.kind != "choice":
        return
    from openpyxl.worksheet.datavalidation import DataValidation

    limit = DataValidation(
        "list", formula1='"' + ",".join(option[1] for option in asked.options).replace('"', "")[:255] + '"', allow_blank=True
    )
    limit.add(area)
    ws.add_data_validation(limit)


def _color(ws: Any, area: str, lang: str) -> None:
    from openpyxl.formatting.rule import CellIsRule
    from openpyxl.styles import PatternFill

    rule_of: Any = CellIsRule  # the library does not say its types
    fill = PatternFill("solid", start_color=UNFILLED, end_color=UNFILLED)
    ws.conditional_formatting.add(
        area, rule_of(operator="equal", formula=[f'"{say("collect.blank_todo", _languages(lang)[0])}"'], fill=fill)
    )


def _letter(number: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(number))


def unanswered(answers: Mapping[tuple[str, str], int], items: Mapping[str, Item]) -> tuple[str, ...]:
    """The required questions to which nothing was said; ``answers`` counts what was said to each."""
    return tuple(f"{i.id}.{f.id}" for i in items.values() for f in i.fields if f.is_required and not answers.get((i.id, f.id)))
