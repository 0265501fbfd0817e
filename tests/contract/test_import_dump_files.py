"""Files of a dump of all kinds: the vendor's own, packed ones, strange ones, and what is said of such as are none."""

from __future__ import annotations

import gzip
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from onebook.dialects.propstack.undump import UNDUMP
from onebook.errors import Malformed
from onebook.service.import_dump_files import DumpFiles
from tests.book import new_account, new_book
from tests.derived import differences
from tests.undumped import dumped, same, table, undumped

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PAGE = Path(__file__).parents[1] / "conformance" / "propstack" / "datadump"
LATER = {"status", "source", "tags", "children_count", "email", "home_address", "office_address"}
"""Keys whose values follow from other rows, which the page does not have, or from other keys."""


async def test_the_page_s_five_examples_come_in_and_out_again_with_keys_of_tomorrow(
    database_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    for path in PAGE.glob("*.json"):
        (row,) = json.loads(path.read_text("utf-8"))
        table(folder, path.stem, {**row, "key_of_tomorrow": {"a": [1, None]}, "null_of_tomorrow": None})
    async with new_book(database_url) as book:
        run, rejects = await undumped(book.store, book.account, folder)
        assert (run.created, rejects) == (5, [])
        out = await dumped(book.store, book.account, tmp_path / "out")
        for path in PAGE.glob("*.json"):
            (row,) = json.loads(path.read_text("utf-8"))
            (shown,) = json.loads((out / path.name).read_text("utf-8"))
            assert {name: shown[name] for name in row.keys() - LATER} == {
                name: row[name] for name in row.keys() - LATER
            }
            assert shown["onebook"]["extras"]["propstack"]["key_of_tomorrow"] == {"a": [1, None]}
        other = await new_account(book.store, "Umzug")
        assert (await undumped(book.store, other, out))[1] == []
        same(out, await dumped(book.store, other, tmp_path / "again"))
        assert differences(database_url) == []


def as_lines(rows: list[dict[str, Any]]) -> bytes:
    """One row a line."""
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


WRITTEN: dict[str, Callable[[list[dict[str, Any]]], bytes]] = {
    "json": lambda rows: json.dumps(rows).encode(),
    "jsonl": as_lines,
    "json.gz": lambda rows: gzip.compress(json.dumps(rows, indent=2).encode()),
    "jsonl.gz": lambda rows: gzip.compress(as_lines(rows)),
    "json.zst": lambda rows: zstd.compress(b"\xef\xbb\xbf" + json.dumps(rows).encode()),
    "jsonl.zst": lambda rows: zstd.compress(as_lines(rows)),
}


@pytest.mark.parametrize("ending", WRITTEN)
async def test_files_may_be_lines_or_arrays_packed_or_not(sqlite_url: str, tmp_path: Path, ending: str) -> None:
    rows = [{"id": 1, "last_name": "Müller\n2"}, {"id": 2, "last_name": "Ö"}]
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / f"contacts.{ending}").write_bytes(WRITTEN[ending](rows))
    async with new_book(sqlite_url) as book:
        run, rejects = await undumped(book.store, book.account, folder)
        assert (run.created, rejects) == (2, [])
        assert await book.find(text="Müller") == await book.find(text="2")


@pytest.mark.parametrize("packed", [gzip.compress, zstd.compress], ids=["gz", "zst"])
def test_a_packed_file_that_is_cut_or_none_is_refused_by_name(tmp_path: Path, packed: Callable[[bytes], bytes]) -> None:
    data = packed(json.dumps([{"id": number} for number in range(1, 5000)]).encode())
    path = tmp_path / f"contacts.json.{'gz' if packed is gzip.compress else 'zst'}"
    for broken in (data[: len(data) // 2], data[:-3], b"hello", b"", packed(b"")):
        path.write_bytes(broken)
        with pytest.raises(Malformed, match=path.name) as caught:
            DumpFiles(tmp_path, UNDUMP)
        assert "\n" not in caught.value.message


def test_tables_that_nobody_knows_are_named_and_left_out(tmp_path: Path) -> None:
    table(tmp_path, "contacts", {"id": 1})
    table(tmp_path, "invoices", {"id": 1})
    (tmp_path / "manifest.json").write_text("{}", "utf-8")
    (tmp_path / "liesmich.txt").write_text("x", "utf-8")
    files = DumpFiles(tmp_path, UNDUMP)
    assert (files.total, files.unknown) == (1, ["invoices.json"])
    shutil.rmtree(tmp_path)


@pytest.mark.parametrize(
    ("name", "row", "said"),
    [
        ("contacts", {"id": 1, "emails": "a@b.de"}, None),
        ("contacts", {"id": 1, "last_name": ["x"]}, "last_name: must be a text"),
        ("contacts", {"id": 1, "group_ids": [1, "2"]}, "group_ids: must be a list of ids"),
        ("contacts", {"id": 1, "rating": 9}, "rating: must be from 0 to 3"),
        ("contacts", {"id": 1, "archived": "vielleicht"}, "archived: must be true or false"),
        ("contacts", {"id": 1, "created_at": "gestern"}, "created_at: 'gestern' is no moment"),
        ("contacts", {"id": 1, "last_name": "a\u0000b"}, "last_name: has a control character"),
        ("contacts", {"id": 1, "onebook": {"token": "x"}}, "onebook.token: is no field"),
        ("contacts", {"id": 1, "onebook": {"emails": [{"adress": 1}]}}, "onebook: Object missing required field"),
        ("contacts", {"id": 1, "onebook": []}, "onebook: must be an object"),
        ("properties", {"id": 1, "price": "teuer"}, "price: must be a number"),
        ("deals", {"id": 1, "start_date": 7}, "start_date: must be a date"),
        ("relationships", {"id": 1, "client_id": 2}, "property_id: a relationship is to a contact"),
        ("custom_fields", {"id": 1, "name": "x", "entity": "y"}, "Invalid enum value 'y' - at `$.entity`"),
        ("deal_pipelines", {"id": 1, "name": "x", "deal_stages": [{"id": "a"}]}, "deal_stages"),
        ("brokers", {"id": 1, "email": "kaputt"}, "email: is no e-mail address"),
        ("groups", {"id": 1}, "is missing: 'name'"),
    ],
)
async def test_a_row_of_wrong_values_is_refused_alone_and_says_which(
    sqlite_url: str, tmp_path: Path, name: str, row: dict[str, Any], said: str | None
) -> None:
    good = {"id": 2, "name": "gut", "client_id": 3, "property_id": 4}
    folder = table(tmp_path / "in", name, row, good)
    async with new_book(sqlite_url) as book:
        run, rejects = await undumped(book.store, book.account, folder)
        assert run.created == (1 if said else 2)
        assert [one.reason[: len(said)] for _, one in rejects if said] == ([said] if said else []), rejects
        assert [json.loads(one.raw[0]) for _, one in rejects] == ([row] if said else [])
        assert differences(sqlite_url) == []
