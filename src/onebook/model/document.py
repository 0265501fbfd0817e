"""Files: documents with their bodies in the book, and pictures that lie elsewhere."""

from __future__ import annotations

from onebook.model.account import Record


class Document(Record, frozen=True, omit_defaults=True, kw_only=True):
    """A file: what its body is and whom it belongs to. The body itself is kept apart, under its `sha256`.

    `content_type`, `size` (bytes) and `sha256` (hexadecimal) are those of the body, all None where there is none.
    `url` is where a document lies that the book has no body of.
    """

    title: str | None = None
    file_name: str | None = None
    content_type: str | None = None
    size: int | None = None
    sha256: str | None = None
    url: str | None = None
    tags: tuple[str, ...] = ()
    contact_id: int | None = None
    property_id: int | None = None
    project_id: int | None = None
    deal_id: int | None = None
    user_id: int | None = None
    position: int | None = None
    is_private: bool = False
    is_floorplan: bool = False
    is_in_expose: bool = False


class Picture(Record, frozen=True, omit_defaults=True, kw_only=True):
    """A picture of a property or project, by its address; `thumbnail_url` is where a small copy of it lies.

    They are shown by `position`, those without one last; the first is the title picture.
    """

    title: str | None = None
    url: str | None = None
    thumbnail_url: str | None = None
    property_id: int | None = None
    project_id: int | None = None
    position: int | None = None
    tags: tuple[str, ...] = ()
    is_private: bool = False
    is_floorplan: bool = False
