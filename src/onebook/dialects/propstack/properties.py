"""The paths of properties, which the vendor also calls units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from onebook.dialects.propstack import kinds
from onebook.dialects.propstack.calls import LIST_ERRORS, READ_ERRORS, Calls
from onebook.dialects.propstack.draft import DIALECT
from onebook.dialects.propstack.filters import ARCHIVED, is_given, page_of
from onebook.dialects.propstack.ids import read_beside
from onebook.dialects.propstack.kinds import Filter, Keys, Kind
from onebook.dialects.propstack.links import BESIDE, BESIDE_SCHEMA, read_beside_property
from onebook.dialects.propstack.parameters import ORDER, PAGE, PER, SPANS, WITH_META, ids, param
from onebook.dialects.propstack.property_around import NEW, around_property, around_schemas
from onebook.dialects.propstack.property_search import RANGES, SORTS, property_order, property_tests
from onebook.dialects.propstack.property_texts import in_language
from onebook.dialects.propstack.replies import answer
from onebook.dialects.propstack.schemas import list_of, ref
from onebook.dialects.propstack.search import Order, search
from onebook.dialects.propstack.shapes import bare_or_meta, body_schema, row_schema
from onebook.dialects.propstack.tables.column import Column
from onebook.dialects.propstack.tables.documents import IMAGES
from onebook.dialects.propstack.tables.properties import MARKETING, PROPERTIES
from onebook.dialects.propstack.tables.property_more import MORE
from onebook.dialects.propstack.values import OBJECTS
from onebook.errors import Invalid
from onebook.http.params import Params
from onebook.http.route import Ask, Reply, Route, Schema
from onebook.model.property import Property
from onebook.service.pictures import pictures_of
from onebook.service.record_walk import Test
from onebook.service.records import records_by_shown_ids
from onebook.service.session import View
from onebook.store.resources import BY_RECORD, all_keys

_IMAGES = Column("images", "extras.images", OBJECTS, nothing=(), written=False)
_IMAGE = IMAGES.without("property_id", "project_id", "created_at", "updated_at", "deleted_at")
TABLE = PROPERTIES.with_columns(Column("name", "reference", written=False), _IMAGES, *MORE)
"""`name` is what people call a property by: its number."""


def _reworded(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """`status` with an id in it, as clients send it, means `property_status_id`; the name that is read does not."""
    status = given.get("status")
    said = status.get("id") if isinstance(status, dict) else status
    is_id = type(said) is int or (isinstance(said, str) and said.isdecimal())
    return {**given, "property_status_id": said} if is_id and "property_status_id" not in given else given


PROPERTY = Kind(
    TABLE,
    "property",
    Property(),
    entity="properties",
    strict="Property",
    reword=_reworded,
    nested={BESIDE: lambda value, zone: read_beside_property(value, zone).write},
)
FILTERS = (
    Filter("status", "property_status", "property_statuses"),
    Filter("project_id", "project", "projects"),
    Filter("broker_id", "agent", "users"),
    Filter("broker_ids", "agent", "users"),
    Filter("group", "tag", "tags"),
    Filter("department_ids", "department", "departments"),
    Filter("owner_id", "owner", "contacts"),
    Filter("marketing_type", "operation", words=MARKETING),
)


def archived_key(params: Params) -> Keys:
    """The key of `archived=`: absent means those that are not, 1 those that are, -1 both."""
    text = (params.text("archived") or "0").strip().lower()
    if text not in ARCHIVED:
        raise Invalid.at("archived", f"must be one of {', '.join(ARCHIVED)}", "not_a_choice")
    return [] if ARCHIVED[text] is None else [("is_archived", (str(int(bool(ARCHIVED[text]))),))]


async def property_rows(view: View, found: Sequence[Property]) -> list[dict[str, Any]]:
    """The properties as rows; of what the page does not name only what is known."""
    rows = await kinds.rows(view, PROPERTY, found)
    pictures = await pictures_of(view, [prop.id for prop in found], private=True)
    beside = await read_beside(view, [_IMAGE], [picture for some in pictures.values() for picture in some])
    for row, prop in zip(rows, found, strict=True):
        row["images"] = [_IMAGE.row(picture, beside) for picture in pictures[prop.id]]
    return [{name: value for name, value in row.items() if value is not None or name not in _MORE} for row in rows]


async def _row(view: View, prop: Property) -> dict[str, Any]:
    return (await property_rows(view, [prop]))[0]


_MORE = frozenset(column.name for column in MORE)


async def _list(ask: Ask) -> Reply:
    view, params = ask.session.view, ask.params
    keys = [*await kinds.keys_of(view, params, FILTERS), *archived_key(params)]
    reference = params.text("unit_id")
    keys += [("reference", (reference,))] if reference else []
    counted, tests, asked = (
        bool(params.flag("with_meta")),
        property_tests(params, view),
        params.integers("property_ids"),
    )
    order = property_order(params, view)
    if asked:
        found, total = await _among(ask, asked, keys, tests, order)
    elif tests or order.pick is not None:
        found, total = await search(ask, Property, keys, tests, order, count=counted)
    else:
        listed = await kinds.list_page(ask, PROPERTY, keys, sort=(order.column, order.descending))
        found, total = listed.records, await listed.total() if counted else 0
    rows = await in_language(view, await property_rows(view, found), found, params)
    return answer({"data": rows, "meta": {"total_count": total}} if counted else rows)


async def _among(
    ask: Ask, asked: Sequence[int], keys: Keys, tests: Sequence[Test], order: Order
) -> tuple[list[Property], int]:
    """The page of those of `asked` that have the keys and pass the tests, and how many they are."""
    texts = [str(number) for number in dict.fromkeys(asked)]
    found = await records_by_shown_ids(ask.session.view, Property, DIALECT, texts)
    resource = BY_RECORD[Property]
    kept = [one for one in found.values() if fits(all_keys(resource, one), keys) and all(test(one) for test in tests)]
    kept.sort(key=lambda one: one.id, reverse=order.descending)
    pick = order.pick or (lambda one: getattr(one, order.column))
    kept.sort(key=lambda one: _last(pick(one), descending=order.descending), reverse=order.descending)
    page = page_of(ask.params)
    return kept[page.offset : page.offset + page.limit], len(kept)


def _last(value: Any, *, descending: bool) -> tuple[bool, Any]:
    """A sort key that puts nothing behind all else."""
    return (value is None) != descending, 0 if value is None else value


def fits(has: Sequence[tuple[str, str]], keys: Keys) -> bool:
    """Whether what is found under `has` has a value of each of `keys`."""
    return all(any((kind, value) in has for value in values) for kind, values in keys)


async def _read(ask: Ask) -> Reply:
    view = ask.session.view
    prop = await kinds.found(view, PROPERTY, ask.path_params["id"])
    row = (await in_language(view, await property_rows(view, [prop]), [prop], ask.params))[0]
    return answer(await around_property(ask, prop, row) if is_given(ask.params, "new") else row)


_ENDS = ("from", "to")
LOCALE = param(
    "locale", {"type": "array", "items": {"type": "string"}}, "Texts in this language, where there are some."
)
_PARAMS = (
    *(ids(one.name) for one in FILTERS if one.words is None),
    ids("property_ids"),
    param("unit_id"),
    param("marketing_type", {"type": "array", "items": {"enum": [*MARKETING]}}),
    param("archived", {"enum": [*ARCHIVED, ""]}, "Absent: active only, 1: archived only, -1: both."),
    param("q", text="Words or pieces of them in number, address, title."),
    *(param(name, {"type": "array", "items": {"type": "string"}}) for name in ("rs_type", "object_type")),
    param("country"),
    *(param(f"{name}_{end}", {"type": "number", "minimum": -1e9, "maximum": 1e9}) for name in RANGES for end in _ENDS),
    PAGE,
    PER,
    *SPANS,
    param("sort_by", {"enum": [*SORTS, ""]}, "What has none comes last."),
    ORDER,
    WITH_META,
    LOCALE,
    param("expand", text="Anything; rows always have all keys."),
)


def _routes(path: str) -> tuple[Route, ...]:
    rows = bare_or_meta(ref("Property"))
    calls = Calls(path, PROPERTY, "Property", "Objekt", show=_row, stub=True)
    return (
        Route(
            "GET",
            path,
            _list,
            "properties:read",
            "Objekte lesen",
            params=_PARAMS,
            answers={200: rows},
            errors=LIST_ERRORS,
        ),
        calls.creating(),
        Route(
            "GET",
            f"{path}/{{id}}",
            _read,
            "properties:read",
            "Objekt lesen",
            params=(LOCALE, NEW),
            answers={200: ref("Property")},
            errors=READ_ERRORS,
        ),
        calls.changing(),
        calls.removing(),
    )


ROUTES: tuple[Route, ...] = (*_routes("/units"), *_routes("/properties"))
_ROW = row_schema(TABLE, custom=True)


def _body(*, new: bool) -> Schema:
    body = body_schema(TABLE, "property", new=new, custom=True, strict=True)
    inner = body["properties"]["property"]
    return {**body, "properties": {"property": {**inner, "properties": {**inner["properties"], BESIDE: BESIDE_SCHEMA}}}}


SCHEMAS: Mapping[str, Schema] = {
    "Property": {
        **_ROW,
        "required": [name for name in _ROW["required"] if name not in _MORE],
        "properties": {
            **_ROW["properties"],
            "images": list_of(row_schema(_IMAGE)),
            **around_schemas(row_schema(_IMAGE)),
        },
    },
    "PropertyBody": _body(new=False),
    "NewPropertyBody": _body(new=True),
}
