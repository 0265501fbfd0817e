"""What every database does for the rest of `store/`: rows out, statements in, one writer an account at a time.

Statements are written once for both engines, with `$1`, `$2` … for their arguments.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

from onebook.errors import Unavailable
from onebook.model.account import Key, Vocabulary
from onebook.store.body_files import Bodies

T = TypeVar("T")
Value = str | int | float | bool | bytes | None | list[str] | list[int]
Row = tuple[Any, ...]
Engine = Literal["sqlite", "postgresql"]
OPERATOR = 0
"""The account number under which nobody's contacts are: it sees the list of accounts."""


class Reader(Protocol):
    """Reads in one account. Outside a transaction every call sees what is committed at that moment."""

    engine: Engine
    account_id: int

    async def rows(self, sql: str, *args: Value) -> list[Row]:
        """All rows of a short query."""
        ...

    async def scan(self, sql: str, *args: Value) -> list[Row]:
        """All rows of a query that may look at much; nobody else waits for it."""
        ...


@dataclass(slots=True)
class State:
    """The account's row of `account_state`, held by the transaction and written back once, when it ends."""

    stamp: int
    next_id: int
    end_id: int
    seq: int
    top_external_id: int


READ_STATE = "SELECT stamp, next_id, end_id, seq, top_external_id FROM account_state WHERE account_id = $1"
KEEP_STATE = (
    "UPDATE account_state SET stamp = $1, next_id = $2, end_id = $3, seq = $4, top_external_id = $5"
    " WHERE account_id = $6"
)


class Transaction(Reader, Protocol):
    """Reads and writes in one account, alone: its `state` row is locked from the first statement to the last."""

    state: State
    distributed: bool
    """Whether the database spreads over several machines, where one statement writes to one table only."""
    memory: dict[str, Any]
    """What the transaction has loaded once and may use again; gone with it."""

    async def run(self, sql: str, *args: Value) -> None:
        """One statement whose rows nobody needs; it may be sent later, but before the next read."""
        ...

    async def run_many(self, sql: str, many: Sequence[Sequence[Value]]) -> None:
        """One statement for each of `many`."""
        ...

    async def act_as(self, account_id: int) -> None:
        """Let the rest of the transaction write as another account; only making one needs it."""
        ...

    async def lease_ids(self) -> tuple[int, int]:
        """A fresh block of ids out of the whole book's: its first id, and the first that is no longer in it."""
        ...


class Store(Protocol):
    """A database, open."""

    engine: Engine
    url: str
    vocabularies: dict[int, Vocabulary]
    """What `store/vocabulary.py` keeps, by account."""
    keys: dict[str, tuple[int, Key | None]]
    """What `service/access.py` keeps: a secret's hash, the stamp it was looked up at, and the key."""
    bodies: Bodies
    """Where the bodies of documents are."""

    def reader(self, account_id: int) -> Reader:
        """A reader that sees this account and no other."""
        ...

    async def write(self, account_id: int, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run `work` in a transaction of the account and answer what it returns, once that is on disk.

        Several works of one account may share a commit. What fails takes nothing of the others with it; for that a
        `work` may be run a second time, so it must do nothing but read and write here.
        """
        ...

    async def stamp(self, account_id: int) -> int | None:
        """The account's stamp now; None where it is not known without asking the database."""
        ...

    async def ping(self) -> None:
        """Ask the database for a sign of life; raises Unavailable."""
        ...

    async def close(self) -> None:
        """Finish the writes under way and let go."""
        ...


ID_BLOCK = 1000
LAST_ID = 2**31 - 1


async def next_id(tx: Transaction) -> int:
    """The next id of a contact or record: ascending in the account, unique in the whole book, 31 bits.

    Raises Unavailable when there are no more.
    """
    if tx.state.next_id >= tx.state.end_id:
        tx.state.next_id, tx.state.end_id = await tx.lease_ids()
    if tx.state.next_id > LAST_ID:
        raise Unavailable("the book has given out every id there is")
    tx.state.next_id += 1
    return tx.state.next_id - 1


@dataclass(slots=True)
class Where:
    """The conditions of a query and their arguments, gathered one by one; the account's is always the first."""

    account_id: int
    terms: list[str] = field(default_factory=list)
    args: list[Value] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Argument 1 is the account."""
        self.args.append(self.account_id)

    def put(self, value: Value) -> str:
        """Add an argument; answers how the statement calls it."""
        self.args.append(value)
        return f"${len(self.args)}"

    def one_of(self, column: str, values: Sequence[str] | Sequence[int]) -> str:
        """`column` is among `values`; among none it never is."""
        if not values:
            return "1 = 0"
        return f"{column} IN ({', '.join(self.put(value) for value in values)})"

    def add(self, term: str) -> None:
        """One more condition that must hold."""
        self.terms.append(term)

    @property
    def sql(self) -> str:
        """All conditions, joined."""
        return " AND ".join(self.terms) or "1 = 1"
