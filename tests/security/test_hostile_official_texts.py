"""Copies of official texts that would harm: bombs, entities, endless text, scripts, what is not a document."""

from __future__ import annotations

import time
import zipfile
import zlib
from pathlib import Path

import pytest

from greenfin.core.problems import Refused
from greenfin.ingest import official
from greenfin.ingest.official import read_official
from greenfin.reference.load import load
from greenfin.reference.official_text import Line, split

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"


def pdf(content: bytes, path: Path, *, catalog: bytes = b"") -> Path:
    """A PDF of one page with this (deflated) content; ``catalog``: more of its root."""
    packed = zlib.compress(content, 9)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R " + catalog + b" >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(packed) + packed + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(out)
    path.write_bytes(out + b"xref\n0 6\n0000000000 65535 f \n" + table + end)
    return path


def docx(body: str, path: Path, *, before: str = "", beside: bytes = b"") -> Path:
    """A DOCX with this body; ``before``: a declaration in front of it, ``beside``: an embedded file."""
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        part = f'<Override PartName="/word/document.xml" ContentType="{kind}"/>'
        rels = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        packed.writestr("[Content_Types].xml", f'<Types xmlns="{_PACKAGE}/content-types">{rels}{part}</Types>')
        link = f'<Relationship Id="r1" Type="{_OFFICE}" Target="word/document.xml"/>'
        packed.writestr("_rels/.rels", f'<Relationships xmlns="{_PACKAGE}/relationships">{link}</Relationships>')
        packed.writestr("word/document.xml", f'{before}<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>')
        if beside:
            packed.writestr("word/embeddings/oleObject1.bin", beside)
    return path


def _refused(path: Path) -> str:
    begun = time.monotonic()
    with pytest.raises(Refused) as bad:
        read_official(path)
    assert time.monotonic() - begun < official._SECONDS + 10
    return bad.value.problem.code


def test_a_page_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    assert _refused(pdf(b" " * 300_000_000, tmp_path / "a.pdf")) == "ingest.file_damaged"


def test_a_reader_that_takes_too_long_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(official, "_SECONDS", 0.01)
    assert _refused(pdf(b"BT /F1 12 Tf (x) Tj ET", tmp_path / "a.pdf")) == "ingest.official_heavy"


def test_more_text_than_any_catalogue_has_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(official, "MOST_LETTERS", 100)
    (tmp_path / "a.txt").write_text("绿色\n" * 100, "utf-8")
    assert _refused(tmp_path / "a.txt") == "ingest.text_too_long"
    assert _refused(pdf(b"BT /F1 12 Tf (" + b"x" * 200 + b") Tj ET", tmp_path / "a.pdf")) == "ingest.text_too_long"
    assert _refused(docx(f"<w:p><w:r><w:t>{'x' * 200}</w:t></w:r></w:p>", tmp_path / "a.docx")) == "ingest.text_too_long"


def test_scripts_and_embedded_files_are_not_touched(tmp_path: Path) -> None:
    script = b"/OpenAction << /S /JavaScript /JS (this.exportDataObject({cName: 'x', nLaunch: 2});) >>"
    lines = read_official(pdf(b"BT /F1 12 Tf (hello) Tj ET", tmp_path / "a.pdf", catalog=script))
    assert [line.cells for line in lines] == [("hello",)]
    lines = read_official(docx("<w:p><w:r><w:t>hello</w:t></w:r></w:p>", tmp_path / "a.docx", beside=b"MZ" * 100))
    assert [line.cells for line in lines] == [("hello",)]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.docx", "a.pdf"]


def test_entities_and_bombs_in_a_document_are_refused(tmp_path: Path) -> None:
    declared = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    assert _refused(docx("<w:p><w:r><w:t>&b;</w:t></w:r></w:p>", tmp_path / "a.docx", before=declared)) == "ingest.xml_entities"
    assert _refused(docx("<w:p/>" * 3_000_000, tmp_path / "b.docx")) == "ingest.archive_bomb"
    assert _refused(docx("<w:p/>", tmp_path / "c.docx", beside=b"\0" * 280_000_000)) == "ingest.archive_bomb"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.pdf", b"%PDF-1.7\nnothing of the kind", "ingest.file_damaged"),
        ("a.doc", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "ingest.official_kind"),
        ("a.png", b"\x89PNG\r\n\x1a\n", "ingest.official_kind"),
        ("a.txt", b"", "ingest.file_empty"),
        ("b.txt", b" \n\n", "ingest.no_text"),
        ("c.txt", b"\xff\x00\x81\x00\x00", "ingest.encoding_unknown"),
    ],
)
def test_what_is_no_text_is_said(name: str, content: bytes, code: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    assert _refused(tmp_path / name) == code


def test_a_scan_an_archive_and_nothing_at_all(tmp_path: Path) -> None:
    assert _refused(pdf(b"0 0 10 10 re f", tmp_path / "scan.pdf")) == "ingest.no_text"
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as packed:
        packed.writestr("readme.txt", "x")
    assert _refused(tmp_path / "a.docx") == "ingest.not_a_document"
    assert _refused(tmp_path / "gone.pdf") == "ingest.file_missing"
    assert _refused(tmp_path) == "ingest.file_missing"


def test_a_locked_pdf_is_said_to_be_locked(tmp_path: Path) -> None:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(PdfReader(pdf(b"BT /F1 12 Tf (hello) Tj ET", tmp_path / "open.pdf")))
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(tmp_path / "locked.pdf")
    assert _refused(tmp_path / "locked.pdf") == "ingest.file_encrypted"


def test_titles_without_end_on_one_line_cost_no_more_than_their_length() -> None:
    catalogue = load().catalogues["green-finance-2025"]
    title = next(iter(catalogue.leaves())).name_zh
    begun = time.monotonic()
    split([Line("1", (title * 20_000,)), Line("2", ("(1) " + title,))], catalogue)
    assert time.monotonic() - begun < 20
