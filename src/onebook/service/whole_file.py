"""Files that are there whole or not at all; and what is no file, such as a pipe, filled once all of it is known."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from onebook.errors import Invalid, Unavailable

_OUTPUT = ("-", "/dev/stdout")
"""What means standard output."""


def check_place(path: Path, option: str) -> None:
    """Raises Invalid, naming the option, where no file `path` could be made."""
    if path.is_dir():
        raise Invalid(f"{option} {path}: is a directory, and must be a file")
    if not path.parent.is_dir():
        raise Invalid(f"{option} {path}: there is no directory {path.parent}")
    if is_file_place(path) and not os.access(path.parent, os.W_OK):
        raise Invalid(f"{option} {path}: nothing can be written into {path.parent.absolute()}")


def is_file_place(path: Path) -> bool:
    """Whether a file is, or would be, at `path`: no device, no pipe, not standard output."""
    return str(path) not in _OUTPUT and (path.is_file() or not path.exists())


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Where to write what `path` shall hold; it does once the `with` has ended well, and else is as it was.

    Raises Unavailable where the disk does not serve.
    """
    with _place_beside(path) as beside:
        try:
            yield beside
            if is_file_place(path):
                with beside.open("rb+") as file:
                    os.fsync(file.fileno())
                beside.replace(path.resolve())
            else:
                _pour(beside, path)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise Unavailable(f"cannot write {path}: {error.strerror or error}") from error


@contextmanager
def _place_beside(path: Path) -> Iterator[Path]:
    if not is_file_place(path):
        with tempfile.TemporaryDirectory(prefix="onebook-") as folder:
            yield Path(folder) / "output"
        return
    real = path.resolve()
    beside = real.with_name(f".{real.name}.{os.getpid()}.part")
    try:
        yield beside
    finally:
        beside.unlink(missing_ok=True)


def _pour(beside: Path, path: Path) -> None:
    with beside.open("rb") as source:
        if str(path) in _OUTPUT:
            shutil.copyfileobj(source, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        else:
            with path.open("wb") as place:
                shutil.copyfileobj(source, place)
