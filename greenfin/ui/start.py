"""The frame around the pages: which run, which language, which page."""

from __future__ import annotations

import argparse
import sys
from importlib.resources import files
from pathlib import Path

import streamlit as st

from greenfin.core.problems import BadReference, Problem, Refused
from greenfin.messages import Lang, say, tell
from greenfin.run_folder import Saved
from greenfin.ui import held, markup, page_loans, page_problems, page_tables
from greenfin.ui.views_runs import choice

_LANGUAGES: dict[str, Lang] = {"zh": "zh", "en": "en"}


def show() -> None:
    """Draw the page that the reader is on; what is refused is said in words, never as a traceback."""
    asked = _asked(sys.argv[1:])
    lang = _language(asked.lang)
    st.set_page_config(page_title=say("ui.title", lang), page_icon=str(files("greenfin.ui").joinpath("icon.svg")), layout="wide")
    st.html(markup.style())
    try:
        saved = _chosen(held.found(Path(asked.run)), lang)
        _pages(saved, lang)
    except Refused as refused:
        _refuse((refused.problem,), lang)
    except BadReference as broken:
        _refuse(broken.problems, lang)


def _asked(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--run", default=".")
    parser.add_argument("--lang", default="zh")
    return parser.parse_known_args(words)[0]


def _language(first: str) -> Lang:
    with st.sidebar:
        chosen = st.radio(
            f"{say('ui.language', 'zh')} / {say('ui.language', 'en')}",
            list(_LANGUAGES),
            index=1 if first == "en" else 0,
            format_func=lambda lang: say("ui.this_language", _LANGUAGES[lang]),
            horizontal=True,
            key="lang",
        )
    return _LANGUAGES[chosen or "zh"]


def _chosen(found: tuple[Saved, ...], lang: Lang) -> Saved:
    by_folder = {str(saved.folder): saved for saved in found}
    with st.sidebar:
        folder = st.selectbox(say("ui.run", lang), list(by_folder), format_func=lambda name: choice(by_folder[name]), key="run")
    return by_folder[folder]


def _pages(saved: Saved, lang: Lang) -> None:
    pages = [
        st.Page(
            lambda: page_tables.show(saved, lang),
            title=say("ui.page.tables", lang),
            icon=":material/table_chart:",
            default=True,
        ),
        st.Page(lambda: page_loans.show(saved, lang), title=say("ui.page.loans", lang), icon=":material/fact_check:", url_path="loans"),
        st.Page(
            lambda: page_problems.show(saved, lang), title=say("ui.page.problems", lang), icon=":material/report:", url_path="problems"
        ),
    ]
    st.navigation(pages).run()


def _refuse(problems: tuple[Problem, ...], lang: Lang) -> None:
    for problem in problems:
        st.error(markup.plain(f"{problem.where} {tell(problem, lang)}".strip()), icon=":material/block:")
