"""Paths of which the words count in any case, and of which a parameter may hold any character, an encoded slash too."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote


class Spelling:
    """Finds the route that a path as it was sent means, and spells the path as that route is written.

    Its words get the route's case; its parameters stay as they were sent, percent-encoded.
    """

    def __init__(self, routes: Iterable[tuple[str, str]]) -> None:
        """`routes` are methods and paths, `/word/{parameter}`; of two that fit it is the one that has a word first."""
        methods: dict[str, set[str]] = {}
        for method, path in routes:
            methods.setdefault(path, set()).add(method)
        self._words = {word.lower() for path in methods for word in path.split("/")}
        self._by_length: dict[int, list[tuple[list[str | None], list[str], set[str]]]] = {}
        for path, known in methods.items():
            parts = path.split("/")
            words = [None if part.startswith("{") else part.lower() for part in parts]
            self._by_length.setdefault(len(parts), []).append((words, parts, known))
        for table in self._by_length.values():
            table.sort(key=lambda row: [word is None for word in row[0]])

    def spelled(self, method: str, sent: str) -> str | None:
        """`sent` as the route that it means is written; None where it means none. A method decides between two."""
        parts = sent.split("/")
        lowered = [unquote(part).lower() for part in parts]
        first: list[str] | None = None
        for words, path, methods in self._by_length.get(len(parts), ()):
            if all(word is None or word == part for word, part in zip(words, lowered, strict=True)):
                found = [
                    self._apart(part) if word is None else own
                    for word, own, part in zip(words, path, parts, strict=True)
                ]
                if method in methods or (method == "HEAD" and "GET" in methods):
                    return "/".join(found)
                first = first or found
        return None if first is None else "/".join(first)

    def _apart(self, part: str) -> str:
        """A parameter that reads like a word of some route, spelled so that nobody takes it for that."""
        return f"%{ord(part[0]):02X}{part[1:]}" if part and part.lower() in self._words else part
