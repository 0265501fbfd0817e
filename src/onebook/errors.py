"""The one error family. It knows no HTTP status: each dialect maps every child to its vendor's own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where (`path`, dotted, empty for the whole), which kind (`code`), in words (`text`)."""

    path: str
    code: str
    text: str


class OnebookError(Exception):
    """Something the caller is told: a `message` of one line and the `problems` behind it."""

    code = "error"

    def __init__(self, message: str = "", problems: tuple[Problem, ...] = ()) -> None:
        """`message` defaults to the first line of the class's docstring."""
        self.message = message or (type(self).__doc__ or "").splitlines()[0]
        self.problems = problems
        super().__init__(self.message)


class Invalid(OnebookError):
    """The request is not valid."""

    code = "invalid"

    @classmethod
    def at(cls, path: str, text: str, code: str = "invalid") -> Invalid:
        """One problem at `path`."""
        return cls(f"{path}: {text}" if path else text, (Problem(path, code, text),))


class Malformed(Invalid):
    """The body cannot be read at all: not JSON, not UTF-8, nested too deeply."""

    code = "malformed"


class TooLarge(Invalid):
    """The request is larger than is taken."""

    code = "too_large"


class NotFound(OnebookError):
    """There is no such thing here."""

    code = "not_found"


class NoSuchPath(NotFound):
    """There is no such path."""

    code = "no_such_path"


class NoSuchMethod(OnebookError):
    """This path does not know that method."""

    code = "no_such_method"

    def __init__(self, allowed: tuple[str, ...] = ()) -> None:
        """`allowed`: the methods that the path does know."""
        self.allowed = allowed
        super().__init__()


class Conflict(OnebookError):
    """The change clashes with what is already there."""

    code = "conflict"

    def __init__(self, message: str = "", problems: tuple[Problem, ...] = (), contact_id: int | None = None) -> None:
        """`contact_id`: the contact it clashes with, where it is one."""
        super().__init__(message, problems)
        self.contact_id = contact_id


class Stale(Conflict):
    """The record has been changed since it was read."""

    code = "stale"


class Unauthenticated(OnebookError):
    """The key is missing or unknown."""

    code = "unauthenticated"


class Forbidden(OnebookError):
    """The key does not allow this."""

    code = "forbidden"


class TooMany(OnebookError):
    """Too many requests."""

    code = "too_many"

    def __init__(self, message: str = "", retry_after: float = 1.0) -> None:
        """`retry_after`: seconds until the next request is taken."""
        super().__init__(message)
        self.retry_after = retry_after


class Upstream(OnebookError):
    """The other system did not answer as it should."""

    code = "upstream"


class Unavailable(OnebookError):
    """The book cannot be reached just now."""

    code = "unavailable"
