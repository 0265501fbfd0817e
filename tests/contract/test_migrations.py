"""A book that an older program has written is brought up to date when it is opened, with all that is derived."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import apsw
import msgspec
import psycopg
import pytest

from onebook.model.account import Account, CustomField, Record, Tag, TagGroup, User
from onebook.model.document import Picture
from onebook.model.lead import Lead
from onebook.model.organisation import Team
from onebook.model.property import Property
from onebook.model.relationship import Relationship
from onebook.service.pictures import pictures_of
from onebook.service.records import find_records, record_history
from onebook.store import migrate
from onebook.store.moments import micros
from onebook.store.open import sqlite_path
from onebook.store.resources import BY_RECORD
from tests.book import ALL, Book, opened
from tests.derived import differences

EARLY = datetime(2024, 2, 29, 12, 30, 15, 20, tzinfo=UTC)
LATE = datetime(2025, 1, 1, tzinfo=UTC)
ACCOUNT = Account(account_id=1, name="Agentur", customer_id="M1", created_at=EARLY)
OLD: tuple[tuple[Record, tuple[tuple[str, str], ...]], ...] = (
    (User(id=1, email="a@b.example"), (("email", "a@b.example"),)),
    (TagGroup(id=2, name="G"), (("name", "g"),)),
    (Tag(id=3, name="T", group_id=2), (("name", "t"),)),
    (CustomField(id=4, name="Größe"), (("name", "grösse"),)),
    (Property(id=5, reference="R", agent_id=1), (("status", "published"), ("reference", "R"))),
    (Property(id=6, agent_id=1, deleted_at=LATE), ()),
    (Lead(id=7, property_id=5, happened_at=LATE), (("property", "5"), ("partner", ""))),
    (Property(id=8, agent_id=1), (("status", "published"), ("owner", "70"), ("owner", "71"))),
    (Team(id=9, name="Nord"), (("name", "nord"), ("user", "1"), ("user", "77"))),
    (Team(id=10, name="Süd"), (("name", "süd"), ("user", "1"))),
)
"""Records and the keys that they had before records were found by what they point to."""
IMAGES = [{"url": "https://a.example/1.jpg", "title": "Sala"}, {"url": "https://a.example/2.jpg"}]
ONCE: Mapping[int, Mapping[str, Any]] = {
    5: {"images": IMAGES, "image_url": "https://a.example/old.jpg", "thumbnail_url": "https://a.example/1s.jpg"},
    8: {
        "image_url": "https://a.example/8.jpg",
        "owner_contact_ids": [70, 71],
        "extras": {"propstack": {"location_note": "Am See", "other_note": None, "colour": "red"}},
    },
    9: {"user_ids": [1, 77]},
    10: {"user_ids": [1]},
}
"""What their documents said then, and do not any more."""


def statements(is_sqlite: bool) -> list[tuple[str, tuple[object, ...]]]:
    """What wrote them."""
    done: list[tuple[str, tuple[object, ...]]] = [
        ("INSERT INTO accounts VALUES (1, 'M1', 'Agentur', ?)", (msgspec.json.encode(ACCOUNT).decode(),)),
        ("INSERT INTO account_state VALUES (1, 0, 11, 1001, 10, 0)", ()),
        ("UPDATE account_state SET next_id = 1001 WHERE account_id = 0", ()),
    ]
    for seq, (record, keys) in enumerate(OLD, 1):
        created = EARLY if seq % 2 else LATE
        whole = msgspec.structs.replace(record, version=1, created_at=created, updated_at=created)
        name = BY_RECORD[type(record)].name
        position = micros(LATE) if isinstance(record, Lead) else record.id
        columns = (name, record.id, position, micros(created), micros(record.deleted_at))
        done.append(
            (
                "INSERT INTO records (account_id, resource, id, position, updated_at, deleted_at, doc)"
                " VALUES (1, ?, ?, ?, ?, ?, ?)",
                (*columns, msgspec.json.encode(msgspec.to_builtins(whole) | ONCE.get(record.id, {})).decode()),
            )
        )
        done += [("INSERT INTO record_keys VALUES (1, ?, ?, ?, ?)", (name, *key, record.id)) for key in keys]
        change = (seq, name, record.id, micros(created))
        done.append(("INSERT INTO changes VALUES (1, ?, ?, ?, 1, ?, 'a', 'b', 'created', '{}')", change))
    return done if is_sqlite else [(sql.replace("?", "%s"), args) for sql, args in done]


async def old_book(url: str, patch: pytest.MonkeyPatch) -> None:
    """The book as the second schema had it."""
    steps = migrate.steps
    with patch.context() as then:
        then.setattr(migrate, "steps", lambda engine: [step for step in steps(engine) if step[0] <= 2])
        if url.startswith("sqlite:"):
            migrate.migrate_sqlite(sqlite_path(url))
        else:
            await migrate.migrate_postgres(url)
    if url.startswith("sqlite:"):
        connection = apsw.Connection(sqlite_path(url))
        for sql, args in statements(is_sqlite=True):
            connection.execute(sql, args)
        connection.close()
        return
    with psycopg.connect(url, autocommit=True) as postgres:
        for sql, args in statements(is_sqlite=False):
            account = "0" if "account_id = 0" in sql else "1"
            postgres.execute("SELECT set_config('onebook.account', %s, false)", (account,))
            postgres.execute(sql.encode(), args)


async def test_records_of_an_older_book_are_listed_by_date_and_found_by_what_they_point_to(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await old_book(database_url, monkeypatch)
    async with opened(database_url) as store:
        book = Book(store, ACCOUNT)
        view = await book.view()
        found = await find_records(view, Property, ALL, keys=[("agent", ["1"]), ("is_archived", ["0"])])
        assert [one.id for one in found] == [5, 8]
        assert [one.id for one in await find_records(view, Property, ALL, trashed=True)] == [6]
        assert [one.id for one in await find_records(view, Property, ALL, created=(EARLY, EARLY))] == [5]
        assert [one.id for one in await find_records(view, CustomField, ALL, keys=[("entity", ["contacts"])])] == [4]
    assert differences(database_url) == []


async def test_pictures_and_members_of_an_older_book_move_to_their_one_home(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await old_book(database_url, monkeypatch)
    async with opened(database_url) as store:
        book = Book(store, ACCOUNT)
        view = await book.view()
        shown = {
            number: [(one.url, one.title, one.thumbnail_url, one.position) for one in pictures]
            for number, pictures in (await pictures_of(view, [5, 8])).items()
        }
        assert shown == {
            5: [
                (IMAGES[0]["url"], "Sala", "https://a.example/1s.jpg", 1),
                (IMAGES[1]["url"], None, None, 2),
            ],
            8: [("https://a.example/8.jpg", None, None, 1)],
        }
        (house,) = await find_records(view, Property, ALL, keys=[("owner", ["70"])])
        assert (house.location_text, house.other_text) == ("Am See", None)
        assert house.extras == {"propstack": {"other_note": None, "colour": "red"}}
        owners = await find_records(view, Relationship, ALL, keys=[("kind", ["ownership"]), ("property", ["8"])])
        assert [one.contact_id for one in owners] == [70, 71]
        assert {user.id: user.team_id for user in view.vocabulary.users.values()} == {1: 9}
        (first, *_) = await find_records(view, Picture, ALL)
        (entry,) = await record_history(view, Picture, first.id)
        assert entry.changes["url"] == (None, IMAGES[0]["url"])
        assert [entry.version for entry in await record_history(view, User, 1)] == [1, 2]
        assert (await book.create(last_name="Neu")).id > max(one.id for one in await find_records(view, Picture, ALL))
    assert differences(database_url) == []
