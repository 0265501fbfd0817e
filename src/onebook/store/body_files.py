"""Where the bodies of documents are kept, and those that are kept in files: one each, below a directory.

A file is there whole, and on disk, before the transaction begins that names it: a crash leaves at most a file that no
document has, never half of one.
"""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from onebook.errors import Unavailable

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Bodies:
    """Where new bodies go: below `directory` or, where that is None, into the database. `limit` is in bytes."""

    directory: Path | None = None
    limit: int = 16 * MIB

    def place(self, account_id: int, sha256: str) -> Path | None:
        """The file of a body; None where there is no directory."""
        return None if self.directory is None else self.directory / str(account_id) / sha256[:2] / sha256


def bodies_in(directory: Path | None, mib: int) -> Bodies:
    """Bodies of at most `mib` MiB, as the settings have them."""
    return Bodies(directory, mib * MIB)


def write_file(place: Path, body: bytes) -> None:
    """Put a body at its place, on disk when this returns. Raises Unavailable where the disk refuses."""
    if place.exists():
        return
    name = None
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=place.parent, prefix=".", delete=False) as file:
            name = file.name
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(place)
        for folder in (place.parent, place.parent.parent, place.parent.parent.parent):
            _sync_folder(folder)
    except OSError as error:
        if name is not None:
            Path(name).unlink(missing_ok=True)
        raise Unavailable(f"cannot keep the document: {error.strerror}") from error


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def stored_files(bodies: Bodies, account_id: int) -> list[Path]:
    """The files of an account's bodies; those under way, whose names begin with a dot, are left out."""
    if bodies.directory is None:
        return []
    found = (bodies.directory / str(account_id)).glob("??/*")
    return sorted(file for file in found if file.is_file() and not file.name.startswith("."))


BROKEN_OFF = 24 * 3600
"""Nobody writes at one body for so many seconds."""


def remove_broken_off(bodies: Bodies, account_id: int) -> None:
    """Remove what those who were killed while they wrote a body have left behind."""
    if bodies.directory is None:
        return
    for file in (bodies.directory / str(account_id)).glob("??/.*"):
        try:
            if time.time() - file.stat().st_mtime > BROKEN_OFF:
                file.unlink()
        except FileNotFoundError:
            continue


def read_file(place: Path) -> bytes | None:
    """A body out of its file; None where there is none."""
    try:
        return place.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unavailable(f"cannot read the document: {error.strerror}") from error
