"""Files that are there whole or not at all; and what is no file, such as a pipe, filled once all of it is known."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from onebook.errors import Conflict, Invalid, Unavailable

_OUTPUT = ("-", "/dev/stdout")
"""What means standard output."""
_PART = ".part"


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


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Where to write what `path` shall hold; it does once the `with` has ended well, and else is as it was.

    Raises Conflict while another process is writing to it, Unavailable where the disk does not serve.
    """
    try:
        if is_file_place(path):
            with _beside(path.resolve()) as place:
                yield place
        else:
            with tempfile.TemporaryDirectory(prefix="onebook-") as folder:
                yield Path(folder) / "output"
                _pour(Path(folder) / "output", path)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Unavailable(f"cannot write {path}: {error.strerror or error}") from error


@contextlib.contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A file that takes the place of `path`, in a hidden folder beside it that one process has at a time.

    What a killed one has left there is gone in the end.
    """
    folder = path.with_name(f".{path.name}{_PART}")
    place, lock = folder / path.name, folder / ".lock"
    handle = _locked(lock)
    try:
        yield place
        with place.open("rb+") as file:
            os.fsync(file.fileno())
        place.replace(path)
    finally:
        place.unlink(missing_ok=True)
        # From here on the folder may be another one's, who then is in it.
        lock.unlink(missing_ok=True)
        os.close(handle)
        with contextlib.suppress(OSError):
            folder.rmdir()


def _locked(lock: Path) -> int:
    """A handle that holds the lock until it is closed or the process ends, however it ends.

    Raises Conflict where another one holds it, OSError.
    """
    lock.parent.mkdir(exist_ok=True)
    with contextlib.ExitStack() as stack:
        try:
            handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            stack.callback(os.close, handle)
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(handle), lock.stat()):
                stack.pop_all()
                return handle
        except BlockingIOError as error:
            name = lock.parent.name.removeprefix(".").removesuffix(_PART)
            raise Conflict(f"another process is writing {name}: try again when it has ended") from error
        except FileNotFoundError:
            pass  # whoever had the folder is through with it
    return _locked(lock)


def _pour(beside: Path, path: Path) -> None:
    with beside.open("rb") as source:
        if str(path) in _OUTPUT:
            shutil.copyfileobj(source, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        else:
            with path.open("wb") as place:
                shutil.copyfileobj(source, place)
