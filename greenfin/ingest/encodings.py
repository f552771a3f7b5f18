"""The text of a file, whatever it was saved as: UTF-8, UTF-16, GB18030, or lines of several."""

from __future__ import annotations

from pathlib import Path

from greenfin.core.problems import Problem, Refused, error, warning

_MANY_TIMES = 10
_LEAST_SOUND = 20  # one line in so many may be unreadable: more, and the file is no text


def decode(path: Path) -> str:
    """The text of a file that is all in one encoding: UTF-8 or UTF-16 with or without mark, else GB18030, each strictly; raises Refused."""
    text = _in_one(path.read_bytes())
    if text is None:
        raise Refused(error("ingest.encoding_unknown", path.name))
    return text


def text_of(path: Path) -> tuple[str, tuple[Problem, ...]]:
    """The text of a file line by line where its lines differ (parts of several systems put together), and what is wrong with it.

    A line that is no text in any encoding keeps its place with signs of replacement; raises Refused for a file that is no text.
    """
    raw = path.read_bytes()
    if not _is_mixed(raw) and (whole := _in_one(raw)) is not None:
        return whole, ()
    if b"\x00" in raw:
        raise Refused(error("ingest.encoding_unknown", path.name))
    lines = raw.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    foreign = [n for n, line in enumerate(lines, 1) if not line.isascii() and not _is_chinese_utf8(line)]
    lost = [n for n in foreign if not _is_in(lines[n - 1], "gb18030")]
    if len(lost) * _LEAST_SOUND > len(lines):
        raise Refused(error("ingest.encoding_unknown", path.name))
    other = set(foreign)
    read = (line.decode("gb18030" if n in other else "utf-8", errors="replace") for n, line in enumerate(lines, 1))
    told = (
        [warning("ingest.encoding_mixed", f"{path.name}:{foreign[0]}", lines=len(foreign), of=len(lines) - (not lines[-1]))]
        if len(foreign) > len(lost)
        else []
    )
    return "\n".join(read), (*told, *(error("ingest.encoding_line", f"{path.name}:{n}") for n in lost))


def _in_one(raw: bytes) -> str | None:
    for codec in _wide_codecs(raw) or ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(codec)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    return None


def _is_mixed(raw: bytes) -> bool:
    """Whether some lines are UTF-8 Chinese and the file as a whole is not UTF-8: GB18030 would read those as other signs."""
    if _wide_codecs(raw) or _is_utf8(raw):
        return False
    return any(not line.isascii() and _is_chinese_utf8(line) for line in raw.splitlines())


def _is_chinese_utf8(line: bytes) -> bool:
    """UTF-8 and nothing in it of the two-byte signs that Chinese in GB18030 may look like."""
    return _is_utf8(line) and all(sign.isascii() or sign >= "\u2000" for sign in line.decode("utf-8-sig"))


def _is_utf8(raw: bytes) -> bool:
    return _is_in(raw, "utf-8")


def _is_in(raw: bytes, codec: str) -> bool:
    try:
        raw.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _wide_codecs(raw: bytes) -> tuple[str, ...]:
    """UTF-16 where a mark says so, or where every other byte of the beginning is nearly always zero among plain signs."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return ("utf-16",)
    head = raw[:4000]
    if not head or len(raw) % 2 or b"\x00" not in head:
        return ()
    first, second = head[::2].count(0), head[1::2].count(0)
    if max(first, second) < _MANY_TIMES * min(first, second) or max(first, second) * _MANY_TIMES < len(head) // 2:
        return ()
    return ("utf-16-le",) if second > first else ("utf-16-be",)
