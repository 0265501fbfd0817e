"""A file is there whole or not at all, whatever happens to whoever writes it, and nothing is left beside it."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from onebook.errors import Conflict, Unavailable
from onebook.service.whole_file import whole_file

WRITING = (
    "import sys, pathlib; from onebook.service.whole_file import whole_file\n"
    "with whole_file(pathlib.Path(sys.argv[1])) as place:\n"
    "    place.write_text('half'); print('begun', flush=True); sys.stdin.read()"
)


def writer(path: Path) -> subprocess.Popen[str]:
    """A process that has written half of the file, and waits until it is told to end it."""
    words = [sys.executable, "-c", WRITING, str(path)]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


def seen(folder: Path) -> dict[str, str]:
    """What is in the folder, hidden or not."""
    return {place.name: place.read_text() for place in folder.iterdir()}


def test_a_file_is_as_it_was_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for text in ("one", "two"):
        with whole_file(path) as place:
            place.write_text(text)
            assert path.exists() == (text == "two")
        assert seen(tmp_path) == {"a.csv": text}
    with pytest.raises(UnicodeError), whole_file(path) as place:
        place.write_text("three \ud800", "utf-8")
    assert seen(tmp_path) == {"a.csv": "two"}


def test_what_a_killed_process_has_left_is_gone_after_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with writer(path) as killed:
        killed.send_signal(signal.SIGKILL)
    assert not path.exists()
    assert len(list(tmp_path.iterdir())) == 1

    with whole_file(path) as place:
        place.write_text("whole")
    assert seen(tmp_path) == {"a.csv": "whole"}


def test_what_a_running_process_writes_nobody_touches(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with writer(path) as first:
        with pytest.raises(Conflict, match=r"another process is writing a\.csv"), whole_file(path):
            pass
        first.communicate(timeout=60)
    assert first.returncode == 0
    assert seen(tmp_path) == {"a.csv": "half"}


def test_many_who_write_one_file_leave_one_of_theirs_whole(tmp_path: Path) -> None:
    path, texts = tmp_path / "a.csv", [str(number) * 1000 for number in range(6)]
    refused: list[Conflict] = []

    def write(text: str) -> None:
        for _ in range(50):
            try:
                with whole_file(path) as place:
                    place.write_text(text)
            except Conflict as error:
                refused.append(error)

    threads = [threading.Thread(target=write, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) < 300
    assert list(seen(tmp_path)) == ["a.csv"]
    assert path.read_text() in texts


def test_a_place_that_does_not_serve_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"cannot write .*: No such file or directory"), whole_file(tmp_path / "a/b"):
        pass
