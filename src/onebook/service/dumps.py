"""The dumps that there are: folders `<account>/<UTC time>` with a manifest, made whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from onebook.errors import Conflict, Unavailable
from onebook.model.account import Account
from onebook.model.contact import Moment
from onebook.service.dump_files import FileEntry
from onebook.store.open import sqlite_path

MANIFEST = "manifest.json"
SCHEMA = 1
"""The version of the manifest's and the files' form."""
_NAME = re.compile(r"\d{8}T\d{6}\.\d{3}Z")
_PLAIN = re.compile(r"[^\W_][\w .&+,()@-]{0,59}(?<![. ])")
_NUMBERED = re.compile(r"account-[0-9]+", re.IGNORECASE)
_UNFINISHED = ".unfinished-"
_GONE = ".gone-"


class Manifest(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a dump holds: `seq` is the position of the change feed that it is at.

    `since`: it holds no more than what changed after that position.
    """

    schema: int
    account_id: int
    created_at: Moment
    seq: int
    files: tuple[FileEntry, ...]
    since: int | None = None


class Dump(Struct, frozen=True, kw_only=True):
    """A whole dump and its folder."""

    folder: Path
    manifest: Manifest


def dump_folder(url: str, chosen: Path | None) -> Path:
    """Where the dumps of the database at `url` are: where it was chosen, else `dumps` beside its file or right here."""
    if chosen is not None:
        return chosen
    return Path(sqlite_path(url)).parent / "dumps" if url.startswith("sqlite:") else Path("dumps")


def account_folder(base: Path, account: Account) -> Path:
    """Where the account's dumps are: a folder of its name, or of its number where the name is none for a folder.

    A name that looks like such a number is none either, so that no two accounts have one folder.
    """
    plain = _PLAIN.fullmatch(account.name) and not _NUMBERED.fullmatch(account.name)
    return base / (account.name if plain else f"account-{account.account_id}")


def dump_name(now: datetime) -> str:
    """`20261122T030000.000Z`; names sort by time."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%S}.{now.microsecond // 1000:03}Z"


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of the dump in `folder`; None where there is none that can be read."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError):
        return None


def dumps_of(base: Path, account: Account) -> list[Dump]:
    """The account's whole dumps, the newest first."""
    folder = account_folder(base, account)
    names = [place.name for place in folder.iterdir()] if folder.is_dir() else []
    found: list[Dump] = []
    for name in sorted(filter(_NAME.fullmatch, names), reverse=True):
        manifest = read_manifest(folder / name)
        if manifest is not None and manifest.account_id == account.account_id:
            found.append(Dump(folder=folder / name, manifest=manifest))
    return found


def newest_dump(base: Path, account: Account) -> Dump | None:
    """The newest dump of the whole account; None before the first."""
    folder = account_folder(base, account)
    names = [place.name for place in folder.iterdir()] if folder.is_dir() else []
    for name in sorted(filter(_NAME.fullmatch, names), reverse=True):
        manifest = read_manifest(folder / name)
        if manifest is not None and manifest.account_id == account.account_id and manifest.since is None:
            return Dump(folder=folder / name, manifest=manifest)
    return None


def is_behind(base: Path, account: Account, due: datetime) -> bool:
    """Whether the account has been dumped, but not since `due`: the server was not there at its time."""
    newest = newest_dump(base, account)
    return newest is not None and newest.manifest.created_at < due


@contextlib.contextmanager
def dumping(folder: Path) -> Iterator[None]:
    """Alone in the account's folder, for the length of a `with`; what an earlier dump left unfinished goes first.

    Raises Conflict while another dump is under way there, Unavailable where the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Unavailable(f"cannot write to {folder}: {error.strerror}") from error
    try:
        try:
            # The system lets go of it when the process ends, however it ends.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Conflict(f"another dump to {folder} is under way: try again when it has ended") from error
        for place in folder.iterdir():
            if place.name.startswith((_UNFINISHED, _GONE)):
                shutil.rmtree(place, ignore_errors=True)
        yield
    finally:
        os.close(lock)


@contextlib.contextmanager
def new_folder(folder: Path, name: str) -> Iterator[Path]:
    """A folder to write into; it bears `name` once the `with` has ended well, and is gone where it has not."""
    under_way = folder / f"{_UNFINISHED}{name}"
    under_way.mkdir()
    try:
        yield under_way
        sync(under_way)
        under_way.rename(folder / name)
        sync(folder)
    finally:
        shutil.rmtree(under_way, ignore_errors=True)


def put_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, onto the disk."""
    with (folder / MANIFEST).open("xb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def sync(folder: Path) -> None:
    """Put the folder's list of files on disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def prune(base: Path, account: Account, keep: int) -> list[Path]:
    """Remove all but the newest `keep` dumps of the whole account, and of those of changes; 0 keeps all.

    Answers the folders that are gone.
    """
    gone: list[Path] = []
    found = dumps_of(base, account)
    for kind in (True, False):
        for dump in [one for one in found if (one.manifest.since is None) == kind][keep or len(found) :]:
            # First out of sight, whole, so that nobody ever finds half of it.
            hidden = dump.folder.with_name(f"{_GONE}{dump.folder.name}")
            dump.folder.rename(hidden)
            shutil.rmtree(hidden, ignore_errors=True)
            gone.append(dump.folder)
    return gone
