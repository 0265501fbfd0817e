"""The rules of the house that no linter knows. Each failure lists every offence as file:line."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import tokenize
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from statistics import quantiles

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "onebook"
LOCKS = ("requirements.lock", "requirements-dev.lock")

LONGEST_MODULE = 400
LONGEST_FUNCTION = 80
MOST_FUNCTIONS = 45  # 95 of 100 are shorter
MOST_COMMENTS = 0.10
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "misc", "common", "base"}

# The three places that turn any exception at all into an answer: the HTTP edge, the command line, the job runner.
BROAD_EXCEPT = ("http/endpoint.py", "cli/__init__.py", "jobs/runner.py", "store/group.py")  # docs/decisions/0004

# The rooms that may hold SQL: the store, and the bulk matcher, whose engine is told in SQL what to compare.
SQL_ROOMS = ("store/", "matching/bulk")
SQL = re.compile(r"\b(SELECT|INSERT\s+INTO|DELETE\s+FROM|UPDATE\s+\S+\s+SET)\b")

# The rooms in between know no vendor; the list of dialects itself must name them.
VENDORLESS_ROOMS = ("model/", "store/", "matching/", "service/", "http/")
VENDORLESS_EXCEPTIONS = ("model/account.py",)
VENDOR = re.compile("propstack|vitec|quentn|easybroker", re.IGNORECASE)

# Written in two pieces, so that this file does not hold what it looks for.
FOREIGN = re.compile(
    "|".join(
        (
            r"pypi" r"\.org",
            r"python" r"hosted\.org",
            r"registry\." r"(npmjs|yarnpkg)",
            r"proxy\." r"golang\.org",
            r"crates" r"\.io",
            r"(?<![\w.-])/work" r"/",
            r"(?<![\w.-])/root" r"/",
        )
    )
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules() -> list[Path]:
    """Every module of the package."""
    return sorted(SOURCE.rglob("*.py"))


def name(path: Path) -> str:
    """The module's name as the rules above write it."""
    return path.relative_to(SOURCE).as_posix()


@cache
def text(path: Path) -> str:
    """The file's text."""
    return path.read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    """The module, parsed."""
    return ast.parse(text(path), str(path))


def functions(path: Path) -> Iterator[tuple[Function, int]]:
    """Every function of the module and how many lines it has, its decorators not counted."""
    for node in ast.walk(tree(path)):
        if isinstance(node, Function):
            yield node, (node.end_lineno or node.lineno) - node.lineno + 1


def at(path: Path, line: int, what: str) -> str:
    """One offence."""
    return f"{path.relative_to(ROOT)}:{line}: {what}"


def none_of(offences: Iterable[str]) -> None:
    """Fail with the whole list unless it is empty."""
    found = sorted(set(offences))
    if found:
        pytest.fail(f"{len(found)} found:\n" + "\n".join(found), pytrace=False)


def test_no_module_is_longer_than_400_lines() -> None:
    lengths = {path: len(text(path).splitlines()) for path in modules()}
    none_of(at(path, 1, f"{lines} lines") for path, lines in lengths.items() if lines > LONGEST_MODULE)


def test_no_function_is_longer_than_80_lines() -> None:
    none_of(
        at(path, node.lineno, f"{node.name} has {lines} lines")
        for path in modules()
        for node, lines in functions(path)
        if lines > LONGEST_FUNCTION
    )


def test_19_of_20_functions_are_shorter_than_45_lines() -> None:
    found = [(lines, at(path, node.lineno, node.name)) for path in modules() for node, lines in functions(path)]
    if len(found) > 1 and quantiles([lines for lines, _ in found], n=20)[-1] >= MOST_FUNCTIONS:
        none_of(f"{where} has {lines} lines" for lines, where in found if lines >= MOST_FUNCTIONS)


def test_no_module_has_a_name_that_says_nothing() -> None:
    none_of(
        at(path, 1, f"a name that says nothing: {part}")
        for path in modules()
        for part in path.relative_to(SOURCE).with_suffix("").parts
        if part.strip("_") in EMPTY_NAMES
    )


def test_everything_is_caught_in_three_places_only() -> None:
    assert len(BROAD_EXCEPT) <= 4
    none_of(
        at(path, node.lineno, "catches everything; name the exceptions, or let it through")
        for path in modules()
        if name(path) not in BROAD_EXCEPT
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler) and catches_everything(node.type)
    )


def catches_everything(caught: ast.expr | None) -> bool:
    """`except:`, `except Exception`, `except BaseException`, alone or among others."""
    if caught is None:
        return True
    parts = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(isinstance(part, ast.Name) and part.id in ("Exception", "BaseException") for part in parts)


def test_sql_is_in_the_store_only() -> None:
    none_of(
        at(path, line, f"SQL: {found[0]}")
        for path in modules()
        if not name(path).startswith(SQL_ROOMS)
        for line, literal in literals(tree(path))
        if (found := SQL.search(literal))
    )


def literals(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Every text in the code that is no docstring; what an f-string fills in is an `x`."""
    statements = (node.value for node in ast.walk(module) if isinstance(node, ast.Expr))
    docstrings = {id(value) for value in statements if isinstance(value, ast.Constant)}
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value
        elif isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "x" for part in node.values)
            yield node.lineno, "".join(map(str, parts))


def test_the_rooms_between_the_dialects_and_the_database_name_no_vendor() -> None:
    paths = [path for path in sorted(SOURCE.rglob("*")) if path.suffix in (".py", ".sql")]
    none_of(
        at(path, line, f"a vendor's name: {found[0]}")
        for path in paths
        if name(path).startswith(VENDORLESS_ROOMS) and name(path) not in VENDORLESS_EXCEPTIONS
        for line, code in code_of(path)
        if (found := VENDOR.search(code))
    )


def code_of(path: Path) -> Iterator[tuple[int, str]]:
    """The file's path and everything in it that is no comment, piece by piece."""
    yield 1, name(path)
    if path.suffix == ".sql":
        for number, line in enumerate(text(path).splitlines(), start=1):
            yield number, line.partition("--")[0]
        return
    for token in tokens(path):
        if token.type != tokenize.COMMENT:
            for offset, line in enumerate(token.string.splitlines()):
                yield token.start[0] + offset, line


def tokens(path: Path) -> Iterator[tokenize.TokenInfo]:
    """The module's tokens."""
    return tokenize.generate_tokens(io.StringIO(text(path)).readline)


def test_comments_are_at_most_a_tenth_of_the_lines() -> None:
    lines = sum(len(text(path).splitlines()) for path in modules())
    comments = {path: len({t.start[0] for t in tokens(path) if t.type == tokenize.COMMENT}) for path in modules()}
    if sum(comments.values()) > MOST_COMMENTS * lines:
        none_of(at(path, 1, f"{count} lines with comments") for path, count in comments.items() if count)


def test_every_module_class_and_function_that_is_public_has_a_docstring() -> None:
    none_of(
        at(path, line, f"{what} has no docstring") for path in modules() for line, what in undocumented(tree(path), "")
    )


def undocumented(node: ast.Module | ast.ClassDef, inside: str) -> Iterator[tuple[int, str]]:
    """What is public in `node`, itself included, and says nothing of itself. Functions inside functions are private."""
    if ast.get_docstring(node) is None:
        yield (1, "the module") if isinstance(node, ast.Module) else (node.lineno, inside)
    for child in node.body:
        if isinstance(child, ast.ClassDef) and not child.name.startswith("_"):
            yield from undocumented(child, f"{inside}.{child.name}".lstrip("."))
        elif isinstance(child, Function) and needs_docstring(child):
            yield child.lineno, f"{inside}.{child.name}".lstrip(".")


def needs_docstring(function: Function) -> bool:
    """A public function that has none and is no overload or setter, which the first of its name speaks for."""
    spoken_for = any(re.search(r"\b(overload|setter)$", ast.unparse(d)) for d in function.decorator_list)
    return not function.name.startswith("_") and not spoken_for and ast.get_docstring(function) is None


def test_nothing_committed_names_a_package_registry_or_a_path_of_one_machine() -> None:
    none_of(
        at(path, number, f"names {found[0]}")
        for path in committed()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="ignore").splitlines(), start=1)
        if (found := FOREIGN.search(line))
    )


def committed() -> list[Path]:
    """Every file that is in git, or would be if it were added now."""
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"git does not list the files: {error}")
    return [ROOT / file for file in listed.split("\0") if file and (ROOT / file).is_file()]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_pins_versions_and_holds_no_address(lock: str) -> None:
    path = ROOT / lock
    lines = list(enumerate(text(path).splitlines(), start=1))
    none_of(at(path, number, line) for number, line in lines if re.search(r"://|^\s*-(?!-hash=)|--(?!hash=)", line))
    none_of(at(path, number, line) for number, line in lines if re.match(r"[a-z]", line) and "==" not in line)
