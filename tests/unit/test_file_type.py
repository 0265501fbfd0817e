"""A file is what its bytes say; a name or content type that says otherwise is refused, and so is whatever runs."""

from __future__ import annotations

import contextlib
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebook.errors import Invalid
from onebook.model.file_type import content_type_of

PDF, PNG, JPEG = b"%PDF-1.7\n...", b"\x89PNG\r\n\x1a\n...", b"\xff\xd8\xff\xe0..."
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 50


def packed(*names: str, mimetype: str | None = None) -> bytes:
    """A zip file with these members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as into:
        if mimetype:
            into.writestr("mimetype", mimetype)
        for name in names:
            into.writestr(name, "x")
    return file.getvalue()


DOCX = packed("[Content_Types].xml", "word/document.xml")


@pytest.mark.parametrize(
    ("body", "name", "said", "found"),
    [
        (PDF, None, None, "application/pdf"),
        (PDF, "Exposé Nr. 3.PDF", "application/pdf; charset=binary", "application/pdf"),
        (PDF, "a.pdf", "application/octet-stream", "application/pdf"),
        (PNG, "a.png", "image/png", "image/png"),
        (JPEG, "a.jpeg", "image/jpg", "image/jpeg"),
        (b"RIFF....WEBPVP8 ", "a.webp", None, "image/webp"),
        (b"\0\0\0\x18ftypheic", "a.heic", None, "image/heic"),
        (b"\0\0\0\x18ftypisom", "a.mp4", None, "video/mp4"),
        (DOCX, "a.docx", None, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (
            packed(mimetype="application/vnd.oasis.opendocument.text"),
            "a.odt",
            None,
            "application/vnd.oasis.opendocument.text",
        ),
        (packed("a.txt"), "a.zip", "application/zip", "application/zip"),
        (OLE, "a.xls", None, "application/vnd.ms-excel"),
        (OLE, "a.msg", "application/vnd.ms-outlook", "application/vnd.ms-outlook"),
        ("Grüße\n".encode(), "a.txt", "text/plain", "text/plain"),
        (b"a;b\r\n1;2\r\n", "a.csv", "text/plain", "text/csv"),
        (b"a;b", None, "text/csv", "text/csv"),
        ("a;b".encode("utf-16"), "a.csv", None, "text/csv"),
        (b"Gr\xfc\xdfe", "a.txt", None, "text/plain"),
        (b"MZ ist auch eine Abkuerzung", "a.txt", None, "text/plain"),
    ],
)
def test_a_file_is_what_its_bytes_say(body: bytes, name: str | None, said: str | None, found: str) -> None:
    assert content_type_of(body, name, said) == found


@pytest.mark.parametrize(
    ("body", "name", "said", "path", "code"),
    [
        (b"", "a.pdf", None, "body", "required"),
        (PNG, "a.pdf", None, "file_name", "wrong_type"),
        (PNG, None, "application/pdf", "content_type", "wrong_type"),
        (b"nur Text", "a.pdf", "application/pdf", "file_name", "wrong_type"),
        (PDF, "a.txt", None, "file_name", "wrong_type"),
        (OLE, "a.pdf", None, "file_name", "wrong_type"),
        (DOCX, "a.xlsx", None, "file_name", "wrong_type"),
        (PDF, "a.exe", None, "file_name", "unknown_type"),
        (b"@echo off", "a.bat", None, "file_name", "unknown_type"),
        (b"MZ\x90\0" + b"\0" * 60, "a.pdf", None, "body", "executable"),
        (b"\x7fELF\x02", None, None, "body", "executable"),
        (b"#!/bin/sh\nrm", "a.txt", None, "body", "executable"),
        (b" <!DOCTYPE HTML><script>", "a.txt", None, "body", "executable"),
        (b"\xef\xbb\xbf<svg onload=x>", None, "image/svg+xml", "body", "executable"),
        (packed("META-INF/MANIFEST.MF"), "a.zip", None, "body", "executable"),
        (
            packed("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
            "a.docx",
            None,
            "body",
            "executable",
        ),
        (DOCX[:40], "a.docx", None, "body", "wrong_type"),
        (bytes(range(256)), None, None, "body", "unknown_type"),
    ],
)
def test_what_is_not_taken_is_refused_and_named(
    body: bytes, name: str | None, said: str | None, path: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        content_type_of(body, name, said)
    assert [(problem.path, problem.code) for problem in refused.value.problems] == [(path, code)]


@given(
    st.one_of(st.binary(max_size=300), st.binary(max_size=100).map(lambda tail: b"PK\x03\x04" + tail)),
    st.one_of(st.none(), st.text(max_size=20)),
    st.one_of(st.none(), st.text(max_size=20)),
)
def test_no_bytes_break_it(body: bytes, name: str | None, said: str | None) -> None:
    with contextlib.suppress(Invalid):
        assert content_type_of(body, name, said)
