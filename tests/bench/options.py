"""What a run measures: read from the environment, so that `make bench ROWS=1000000` is all there is to type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ENGINES = ("sqlite", "postgresql")


class BadOption(Exception):
    """A variable of the environment says what is not possible; the text says which."""


@dataclass(frozen=True, slots=True)
class Options:
    """One run: how many contacts, on which engines, which cases, how long each, and what is kept."""

    rows: int = 100_000
    engines: tuple[str, ...] = ENGINES
    cases: str = ""
    """Only cases whose name holds this text."""
    seconds: float = 4.0
    folder: Path | None = None
    """Where filled databases are kept for the next run; None: a temporary one."""
    results: Path | None = None
    """Where the numbers are written as JSON; None: nowhere."""


def read_options(environment: Mapping[str, str]) -> Options:
    """ROWS, ENGINES, CASES, SECONDS, BENCH_DIR and BENCH_JSON. Raises BadOption."""
    engines = tuple(part.strip() for part in environment.get("ENGINES", ",".join(ENGINES)).split(",") if part.strip())
    unknown = [engine for engine in engines if engine not in ENGINES]
    if unknown or not engines:
        raise BadOption(f"ENGINES are {' and '.join(ENGINES)}, not {', '.join(unknown) or 'none'}")
    results = environment.get("BENCH_JSON", "")
    return Options(
        rows=int(_number(environment, "ROWS", 100_000, 100, 10_000_000)),
        engines=engines,
        cases=environment.get("CASES", ""),
        seconds=_number(environment, "SECONDS", 4.0, 0.1, 600),
        folder=Path(environment["BENCH_DIR"]).resolve() if environment.get("BENCH_DIR") else None,
        results=_results(results) if results else None,
    )


def _number(environment: Mapping[str, str], name: str, default: float, least: float, most: float) -> float:
    text = environment.get(name) or str(default)
    try:
        value = float(text.replace("_", ""))
    except ValueError:
        raise BadOption(f"{name} is a number, not {text}") from None
    if not least <= value <= most:
        raise BadOption(f"{name} is from {least:g} to {most:g}, not {text}")
    return value


def _results(text: str) -> Path:
    """A file's path as it stands; anything else that is set means the usual folder."""
    return Path(text) if text.endswith(".json") else Path("bench-results")
