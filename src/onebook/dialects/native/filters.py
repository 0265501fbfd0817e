"""The contacts' list: its query parameters, as a table, and what they ask of the book."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from onebook.errors import Invalid
from onebook.http.params import Params
from onebook.http.route import Param, Schema
from onebook.model.contact import ConsentStatus, Kind
from onebook.model.custom import custom_value
from onebook.model.query import ContactQuery, SortField
from onebook.service.session import View
from onebook.store.keys import custom_texts

MOST_VALUES = 1000
"""So many values one filter takes: ours."""
SORTS: tuple[str, ...] = tuple(sign + name for name in get_args(SortField) for sign in ("", "-"))
TEXTUAL = frozenset({"first_name", "last_name"})
"""The sorts whose values are texts."""

Read = Callable[[Params, str, View], Any]
PLAIN: Schema = {"type": "string", "pattern": "^[^\\u0000-\\u001f\\u007f]*$"}
INTEGER: Schema = {"type": "integer", "minimum": -(10**18) + 1, "maximum": 10**18 - 1}
FLAG: Schema = {"type": "boolean"}
MOMENT: Schema = {"type": "string", "format": "date-time"}


@dataclass(frozen=True, slots=True)
class Filter:
    """One parameter: its names, the first one documented; the query's field it sets; how it is read."""

    names: tuple[str, ...]
    target: str
    read: Read
    schema: Schema
    text: str


def _text(params: Params, name: str, _: View) -> str | None:
    return params.text(name) or None


def _integer(params: Params, name: str, _: View) -> int | None:
    return params.integer(name)


def _integers(params: Params, name: str, _: View) -> tuple[int, ...] | None:
    return few(name, params.integers(name))


def _texts(params: Params, name: str, _: View) -> tuple[str, ...] | None:
    return few(name, params.texts(name))


def few(name: str, values: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
    """The values, each once; None for none of them. Raises Invalid for too many."""
    if values is not None and len(values) > MOST_VALUES:
        raise Invalid.at(name, f"has more than {MOST_VALUES} values", "too_many")
    return tuple(dict.fromkeys(values)) if values else None


def chosen(name: str, values: tuple[str, ...] | None, words: Sequence[str]) -> tuple[str, ...] | None:
    """The values as they are. Raises Invalid where one is none of the words."""
    if values is not None and not set(values) <= set(words):
        raise Invalid.at(name, f"must be one of {', '.join(words)}", "unknown_value")
    return values


def _words(*words: str) -> Read:
    return lambda params, name, view: chosen(name, _texts(params, name, view), words)


def _flag(params: Params, name: str, _: View) -> bool | None:
    return params.flag(name)


def _from(params: Params, name: str, view: View) -> Any:
    return params.moment(name, view.zone)


def _to(params: Params, name: str, view: View) -> Any:
    return params.moment(name, view.zone, upper=True)


def list_of(schema: Schema) -> Schema:
    """Several values of one parameter."""
    return {"type": "array", "items": schema, "maxItems": MOST_VALUES}


def _ids(target: str, text: str, *names: str) -> Filter:
    return Filter(names, target, _integers, list_of(INTEGER), text)


def _choice(target: str, text: str, name: str, kind: Any) -> Filter:
    words = get_args(kind)
    return Filter((name,), target, _words(*words), list_of({"type": "string", "enum": list(words)}), text)


FILTERS: tuple[Filter, ...] = (
    Filter(("q",), "text", _text, PLAIN, "free words: the beginnings of words, pieces of three characters, phones"),
    Filter(("email",), "email", _text, PLAIN, "one of its addresses, whatever the case"),
    Filter(("phone",), "phone", _text, PLAIN, "one of its numbers, in any spelling"),
    _ids("ids", "one of these contacts", "id"),
    _choice("kinds", "person, company or estate", "kind", Kind),
    _ids("owner_ids", "looked after by one of these users", "owner_id", "owner_ids"),
    _ids("status_ids", "one of these statuses", "status_id", "status_ids"),
    _ids("source_ids", "one of these sources", "source_id", "source_ids"),
    _ids("reason_ids", "one of these reasons", "reason_id", "reason_ids"),
    _ids("tag_ids", "any of these tags", "tag_ids", "tag_id"),
    _ids("without_tag_ids", "none of these tags", "without_tag_ids", "without_tag_id"),
    Filter(("parent_id",), "parent_id", _integer, INTEGER, "the children of this contact"),
    Filter(("only_roots",), "only_roots", _flag, FLAG, "no parent"),
    Filter(("owns_property",), "owns_property", _flag, FLAG, "owner of a property"),
    _choice("consent_statuses", "where its consent stands", "consent_status", ConsentStatus),
    Filter(("newsletter",), "newsletter", _flag, FLAG, "wants the newsletter; false is also unknown"),
    Filter(("accept_contact",), "accept_contact", _flag, FLAG, "may be contacted; false is also unknown"),
    Filter(("language", "languages"), "languages", _texts, list_of(PLAIN), "one of these languages"),
    Filter(("country", "countries"), "countries", _texts, list_of(PLAIN), "an address in one of these countries"),
    _ids("lead_scores", "one of these scores", "lead_score"),
    _ids("project_ids", "one of these projects", "project_ids", "project_id"),
    Filter(("created_from",), "created_from", _from, MOMENT, "made then or later"),
    Filter(("created_to",), "created_to", _to, MOMENT, "made then or earlier; a bare date includes the day"),
    Filter(("updated_from",), "updated_from", _from, MOMENT, "changed then or later"),
    Filter(("updated_to",), "updated_to", _to, MOMENT, "changed then or earlier; a bare date includes the day"),
    Filter(("trashed",), "trashed", _flag, FLAG, "what is in the trash, and nothing else"),
)

PARAMS: tuple[Param, ...] = (
    *(Param(one.names[0], one.schema, text=one.text) for one in FILTERS),
    Param("is_archived", {"enum": ["true", "false", "any"]}, text="absent: not archived; of the trash: any"),
    Param("sort", {"enum": list(SORTS)}, text="a minus in front turns it round"),
)


def contact_query(params: Params, view: View) -> ContactQuery:
    """What the parameters ask for. Raises Invalid naming the parameter whose value is none; unknown ones are let be."""
    sort = params.choice("sort", SORTS) or "id"
    values: dict[str, Any] = {
        "sort": sort.removeprefix("-"),
        "descending": sort.startswith("-"),
        "custom": tuple(_custom(params, view)),
        "external_id": external_id_filter(params),
    }
    for one in FILTERS:
        for name in one.names:
            value = one.read(params, name, view)
            if value is not None:
                values[one.target] = value
    values["archived"] = _archived(params, trashed=values.get("trashed", False))
    return ContactQuery(**values)


def _archived(params: Params, *, trashed: bool) -> bool | None:
    given = (params.text("is_archived") or "").strip().lower()
    if given == "any":
        return None
    flag = params.flag("is_archived")
    return flag if flag is not None or trashed else False


def _custom(params: Params, view: View) -> Iterator[tuple[str, str]]:
    for name, text in below("custom.", params):
        path = f"custom.{name}"
        field = view.vocabulary.custom_fields.get(name)
        if field is None:
            raise Invalid.at(path, "there is no such custom field", "unknown_field")
        texts = custom_texts(custom_value(field, text, path))
        if not texts:
            raise Invalid.at(path, "must not be empty", "required")
        for one in texts:
            yield name, one


def external_id_filter(params: Params) -> tuple[str, str] | None:
    """What `external_id.<dialect>=` asks for: the dialect and the id. Raises Invalid for more than one."""
    given = list(below("external_id.", params))
    if len(given) > 1:
        raise Invalid.at("external_id", "only one at a time", "too_many")
    return given[0] if given else None


def below(prefix: str, params: Params) -> Iterator[tuple[str, str]]:
    """The rest of the name and the value of every parameter that begins with `prefix`. Raises Invalid for a NUL."""
    for key in dict.fromkeys(key for key, _ in params.pairs if key.startswith(prefix)):
        value = params.text(key)
        if "\0" in key:
            raise Invalid.at(prefix.rstrip("."), "must not contain a NUL", "bad_text")
        if value is not None:
            yield key.removeprefix(prefix), value
