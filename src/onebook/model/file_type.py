"""What a file is, told by its bytes and not by its name; and which files the book takes.

The first bytes are those of the formats' own specifications. What a browser or a computer would run (programs, scripts,
HTML, SVG, office files with macros) is refused: a document is handed on to people who trust the agency.
"""

from __future__ import annotations

import io
import zipfile

from onebook.errors import Invalid

_STARTS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF-", "application/pdf"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftypmif1", "image/heic"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypqt  ", "video/quicktime"),
    (4, b"ftyp", "video/mp4"),
    (8, b"WAVE", "audio/wav"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"PK\x05\x06", "application/zip"),
)
"""Where which bytes stand, and what the file then is; the first that fits."""
_PROGRAMS: tuple[bytes, ...] = (
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"#!",
    b"dex\n",
    b"\x00asm",
    b"L\x00\x00\x00\x01\x14\x02\x00",
)
_PROGRAMS_IN_ZIP = ("META-INF/MANIFEST.MF", "AndroidManifest.xml", "classes.dex")
_IN_ZIP: tuple[tuple[str, str], ...] = (
    ("word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
_OLE = {
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "msg": "application/vnd.ms-outlook",
}
_TEXTS = {
    "txt": "text/plain",
    "md": "text/markdown",
    "csv": "text/csv",
    "ics": "text/calendar",
    "vcf": "text/vcard",
    "xml": "application/xml",
    "json": "application/json",
    "eml": "message/rfc822",
}
_BY_ENDING: dict[str, str] = {
    **_TEXTS,
    **_OLE,
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "heic": "image/heic",
    "heif": "image/heic",
    "avif": "image/avif",
    "mov": "video/quicktime",
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "m4a": "video/mp4",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "rtf": "application/rtf",
    "zip": "application/zip",
    "docx": _IN_ZIP[0][1],
    "xlsx": _IN_ZIP[1][1],
    "pptx": _IN_ZIP[2][1],
    "odt": f"{_OPEN_DOCUMENT}text",
    "ods": f"{_OPEN_DOCUMENT}spreadsheet",
    "odp": f"{_OPEN_DOCUMENT}presentation",
}
_SAME = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "application/x-pdf": "application/pdf",
    "application/x-zip-compressed": "application/zip",
    "text/rtf": "application/rtf",
    "text/xml": "application/xml",
    "text/x-vcard": "text/vcard",
    "image/heif": "image/heic",
    "audio/mp3": "audio/mpeg",
    "audio/mp4": "video/mp4",
    "audio/x-m4a": "video/mp4",
    "audio/x-wav": "audio/wav",
}
"""Other names that callers have for a type."""
_UNTOLD = frozenset({"", "application/octet-stream", "binary/octet-stream"})
"""Content types that say nothing."""
_MARKUP = (b"<!doctype html", b"<html", b"<svg", b"<script", b"<?php")
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b")


def content_type_of(body: bytes, file_name: str | None, declared: str | None) -> str:
    """What `body` is. `file_name` and the `declared` content type may be missing, but must not say something else.

    Raises Invalid at `content_type`, `file_name` or `body`, with code `wrong_type`, `executable` or `unknown_type`.
    """
    if not body:
        raise Invalid.at("body", "must not be empty", "required")
    ending = _ending(file_name)
    found = _found(body, ending)
    by_name = type_by_name(file_name)
    said = (declared or "").partition(";")[0].strip().lower()
    said = _SAME.get(said, said)
    if found == "text/plain" and by_name in (None, *_TEXTS.values()):
        # Bytes do not tell one kind of text from another; names do.
        found = by_name or (said if said in _TEXTS.values() else found)
        said = found if said == "text/plain" else said
    check_name(file_name, found)
    if said not in _UNTOLD and said != found:
        raise Invalid.at("content_type", f"is said to be {said[:100]}, but the body is {found}", "wrong_type")
    return found


def type_by_name(file_name: str | None) -> str | None:
    """What a file is by its name; None where that says nothing. Raises Invalid for an ending that is not taken."""
    ending = _ending(file_name)
    if ending and ending not in _BY_ENDING:
        raise Invalid.at("file_name", f"files that end in .{ending[:20]} are not taken", "unknown_type")
    return _BY_ENDING.get(ending)


def check_name(file_name: str | None, content_type: str | None) -> None:
    """Raise Invalid where a file's name says that it is something else than it is."""
    by_name = type_by_name(file_name)
    if by_name is not None and by_name != content_type:
        raise Invalid.at("file_name", f"ends in .{_ending(file_name)}, but the body is {content_type}", "wrong_type")


def _ending(file_name: str | None) -> str:
    return file_name.rpartition(".")[2].strip().lower() if file_name and "." in file_name else ""


def _found(body: bytes, ending: str) -> str:
    if body.startswith(_PROGRAMS) or (body.startswith(b"MZ") and b"\0" in body[:256]):
        raise Invalid.at("body", "is a program", "executable")
    found = next((kind for place, start, kind in _STARTS if body.startswith(start, place)), None)
    if found == "application/zip":
        return _in_zip(body)
    if found == "application/x-ole":
        if ending not in ("", *_OLE):
            raise Invalid.at("file_name", f"ends in .{ending[:20]}, but the body is an office file", "wrong_type")
        return _OLE.get(ending, _OLE["doc"])
    if found is not None:
        return found
    if _is_text(body):
        if body.removeprefix(b"\xef\xbb\xbf").lstrip()[:512].lower().startswith(_MARKUP):
            raise Invalid.at("body", "is a page that a browser would run", "executable")
        return "text/plain"
    raise Invalid.at("body", "is of no type that is taken", "unknown_type")


def _in_zip(body: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            names = packed.namelist()
            kind = packed.read("mimetype")[:100].decode("ascii", "replace") if _small(packed, "mimetype") else ""
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, EOFError) as error:
        raise Invalid.at("body", f"is a damaged zip file: {error}", "wrong_type") from None
    if any(name in _PROGRAMS_IN_ZIP or name.lower().endswith("vbaproject.bin") for name in names):
        raise Invalid.at("body", "is a program, or an office file with macros", "executable")
    if kind.startswith(_OPEN_DOCUMENT):
        return kind.strip()
    if "[Content_Types].xml" in names:
        for folder, found in _IN_ZIP:
            if any(name.startswith(folder) for name in names):
                return found
    return "application/zip"


def _small(packed: zipfile.ZipFile, name: str) -> bool:
    return name in packed.namelist() and packed.getinfo(name).file_size <= 100


def _is_text(body: bytes) -> bool:
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return "\0" not in body.decode("utf-16")
        except UnicodeDecodeError:
            return False
    return not _CONTROLS & set(body)
