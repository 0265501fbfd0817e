"""The data dump over HTTP: a table's path redirects to the file of the last dump, which is fetched without a key."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

import msgspec

from onebook.dialects.propstack.dump import TABLES_OF_DUMP
from onebook.errors import NotFound
from onebook.http.files import file_reply
from onebook.http.route import JSON_UTF8, Ask, Param, Reply, Route
from onebook.service.dump_links import linked_file, signed_until
from onebook.service.dumps import newest_dump, read_manifest

ALIASES: Mapping[str, str] = {
    "contact_sources": "client_sources",
    "contact_reasons": "client_reasons",
    "contact_statuses": "client_statuses",
}
"""Other names under which clients ask for tables (C)."""
_TABLES = tuple(table.name for table in TABLES_OF_DUMP.tables)


async def _redirect(ask: Ask) -> Reply:
    name = ask.path_params["table"]
    table = ALIASES.get(name, name)
    if table not in _TABLES:
        return _missing("Diese Tabelle gibt es im Datendump nicht.")
    dump = newest_dump(ask.dump_dir, ask.session.view.account)
    if dump is None:
        return _missing("Es gibt noch keinen Datendump: der erste wird in der kommenden Nacht erstellt.")
    file = next((one for one in dump.manifest.files if (one.table, one.format) == (table, "json")), None)
    if file is None:
        return _missing("Der letzte Datendump enthält diese Tabelle nicht.")
    parts = (dump.folder.parent.name, dump.folder.name, file.path)
    expires, signature = signed_until(ask.dump_dir, "/".join(parts), ask.now())
    path = "/".join(quote(part, safe="") for part in parts)
    place = f"{ask.base}/datadump/files/{path}?expires={expires}&signature={signature}"
    return Reply(302, b"", "", ((b"Location", place.encode()), (b"Cache-Control", b"no-store")))


async def _file(ask: Ask) -> Reply:
    parts = [ask.path_params[name] for name in ("account", "dump", "file")]
    expires, signature = (ask.params.text(name) or "" for name in ("expires", "signature"))
    try:
        place = linked_file(ask.dump_dir, "/".join(parts), expires, signature, ask.now())
        manifest = read_manifest(place.parent)
        file = next((one for one in manifest.files if one.path == parts[-1]), None) if manifest else None
        if file is not None:
            return file_reply(ask, place, file.sha256, JSON_UTF8, pack=True)
    except NotFound:
        pass
    return _missing("Dieser Link ist abgelaufen oder ungültig.")


def _missing(text: str) -> Reply:
    return Reply(404, msgspec.json.encode({"errors": [text]}), JSON_UTF8)


_ROWS = {"type": "array", "items": {"type": "object"}}

ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/datadump/{table}",
        _redirect,
        "datadump:read",
        "Zur Datei einer Tabelle im letzten Datendump weiterleiten",
        path_schemas={"table": {"enum": [*_TABLES, *ALIASES]}},
        answers={302: None},
        errors=(401, 404, 429),
    ),
    Route(
        "GET",
        "/datadump/files/{account}/{dump}/{file}",
        _file,
        None,
        "Die Datei holen; der Link ist unterschrieben und gilt zehn Minuten",
        params=(Param("expires", {"type": "string"}), Param("signature", {"type": "string"})),
        answers={200: _ROWS, 206: None, 304: None, 416: None},
        errors=(404, 422),
    ),
)
