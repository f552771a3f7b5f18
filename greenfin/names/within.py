"""Names of firms within running text, by what they end in; whose they are is not asked."""

from __future__ import annotations

import re
from functools import cache

from greenfin.names.words import any_of, words


def firms_in(text: str) -> tuple[str, ...]:
    """What in a text looks like the name of a firm, each once; the text stays as it was written.

    A name is an ending of ``words.toml`` with what stands before it, back to a sign or a word that parts it from the rest; rather a word
    too much than one too few.

    >>> firms_in("a pump of Green Power Co., Ltd. for a plant"), firms_in("a plant")
    (('Green Power Co., Ltd',), ())
    """
    stops, ends, name, latin = _patterns()
    found = [hit.group() for hit in name.finditer(stops.sub("\n", text))] if ends.search(text) else []
    return tuple(dict.fromkeys((*found, *(hit.group() for hit in latin.finditer(text)))))


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """What parts a name from the rest, an ending, a whole name in Chinese, and one in Latin letters."""
    of = words()["within"]
    end = any_of(of["ends"])
    name = rf"(?:[^\W_]|{of['brackets']}){{{of['shortest']},{of['longest']}}}?{end}+"
    return re.compile(any_of(of["stops"])), re.compile(end), re.compile(name), re.compile(of["latin"])
