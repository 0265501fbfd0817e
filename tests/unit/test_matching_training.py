"""The weights are made by a script, and the same seed makes the same weights."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec

from onebook.matching.weights import own_settings, read_weights

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "src" / "onebook" / "matching"


def trained(folder: Path, hash_seed: str) -> tuple[bytes, bytes]:
    """The two files of a small run: weights and term frequencies."""
    folder.mkdir()
    command: list[str | Path] = [
        sys.executable,
        ROOT / "scripts" / "train_weights.py",
        "--people",
        "1500",
        "--to",
        folder,
    ]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": hash_seed})
    return (folder / "weights.json").read_bytes(), (folder / "term_frequencies.json").read_bytes()


def test_the_same_seed_makes_the_same_files(tmp_path: Path) -> None:
    first, second = (trained(tmp_path / seed, seed) for seed in ("1", "2"))
    assert first == second
    assert first[1] == (KEPT / "term_frequencies.json").read_bytes()
    small, kept = read_weights(first[0]), read_weights(own_settings())
    labels = [[[level.told.level for level in levels] for levels in one.comparisons] for one in (small, kept)]
    assert labels[0] == labels[1]
    assert msgspec.json.decode(first[0]).keys() == msgspec.json.decode(own_settings()).keys()
