"""The list's query parameters as the book's own query. Unknown parameters are ignored; a bad value raises Invalid."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from onebook.dialects.propstack.shown import own_in
from onebook.dialects.propstack.tables.column import Owns
from onebook.dialects.propstack.values import CONSENT
from onebook.errors import Invalid
from onebook.http.params import Params
from onebook.model.account import CustomField, Vocabulary
from onebook.model.custom import custom_value
from onebook.model.query import ContactQuery, Page, SortField
from onebook.service.session import View
from onebook.store.keys import custom_texts

DEFAULT_PER = 20
MOST_PER = 500
SORTS: tuple[SortField, ...] = ("last_contact_at", "created_at", "updated_at", "first_name", "last_name", "id")
ORDERS = ("asc", "desc")
ARCHIVED: dict[str, bool | None] = {
    "1": True, "true": True, "-1": None, "0": False, "false": False,
}  # fmt: skip
"""`archived=` → only those, both (measured on the live API for units), or only the others."""

CUSTOM = "cf_"
_INDEX = re.compile(r"\[\d*\]$")
_LAST_OFFSET = 2**31


def contact_query(params: Params, view: View, owns: Owns) -> ContactQuery:
    """Which contacts are asked for, in which order. `owns` has the own ids of the projects that are named."""
    zone, words = view.zone, view.vocabulary
    sort = params.choice("sort_by", SORTS)
    order = _lower_choice(params, "order", ORDERS)
    return ContactQuery(
        text=params.text("q"),
        phone=params.text("phone_number"),
        email=params.text("email"),
        owner_ids=_listed(params, "broker_id", words.users),
        status_ids=_listed(params, "status", words.statuses),
        source_ids=_listed(params, "sources", words.sources),
        tag_ids=_listed(params, "group", words.tags),
        without_tag_ids=_listed(params, "not_in_group", words.tags),
        only_roots=not params.flag("include_children"),
        owns_property=params.flag("owner"),
        consent_statuses=_consents(params),
        newsletter=params.flag("newsletter"),
        accept_contact=params.flag("accept_contact"),
        languages=params.texts("language") or None,
        countries=params.texts("home_countries") or None,
        project_ids=tuple(owns.get(("projects", number), 0) for number in params.integers("project_ids") or ()) or None,
        custom=tuple(_custom(params, view.vocabulary)),
        archived=_archived(params),
        created_from=params.moment("created_at_from", zone),
        created_to=params.moment("created_at_to", zone, upper=True),
        updated_from=params.moment("updated_at_from", zone),
        updated_to=params.moment("updated_at_to", zone, upper=True),
        sort=cast(SortField, sort or "id"),
        descending=order == "desc" or (order is None and sort is not None),
    )


def page_of(params: Params) -> Page:
    """`page` from 1 and `per`, at most 500; past the end there is nothing."""
    per = params.integer("per") or DEFAULT_PER
    limit = min(per, MOST_PER) if per > 0 else DEFAULT_PER
    number = max(params.integer("page") or 1, 1)
    return Page(limit=limit, offset=min((number - 1) * limit, _LAST_OFFSET))


def is_given(params: Params, name: str) -> bool:
    """Whether a parameter is there with any value at all, as `expand=<anything>` is."""
    return bool(params.text(name))


def _integers(params: Params, name: str) -> tuple[int, ...] | None:
    return params.integers(name) or None


def _listed(params: Params, name: str, known: Mapping[int, Any]) -> tuple[int, ...] | None:
    """Own ids of records of a small list; one that there is not is nobody's."""
    return tuple(own_in(known, number) or 0 for number in params.integers(name) or ()) or None


def _lower_choice(params: Params, name: str, choices: tuple[str, ...]) -> str | None:
    text = (params.text(name) or "").strip().lower()
    if text and text not in choices:
        raise Invalid.at(name, f"must be one of {', '.join(choices)}", "not_a_choice")
    return text or None


def _archived(params: Params) -> bool | None:
    text = (params.text("archived") or "0").strip().lower()
    if text not in ARCHIVED:
        raise Invalid.at("archived", f"must be one of {', '.join(ARCHIVED)}", "not_a_choice")
    return ARCHIVED[text]


def _consents(params: Params) -> tuple[str, ...] | None:
    numbers = _integers(params, "gdpr_status")
    if numbers is None:
        return None
    if any(not 0 <= number <= 3 for number in numbers):
        raise Invalid.at("gdpr_status", "must be between 0 and 3", "out_of_range")
    return tuple(CONSENT[number] for number in numbers)


def _custom(params: Params, words: Vocabulary) -> Iterator[tuple[str, str]]:
    """The pairs of `cf_<name>=<value or option label>`; a name that no custom field has is an unknown parameter."""
    for key in dict.fromkeys(_INDEX.sub("", key) for key, _ in params.pairs):
        field = words.custom_fields.get(key.removeprefix(CUSTOM)) if key.startswith(CUSTOM) else None
        if field is not None:
            for text in _custom_values(params, key, field):
                yield field.name, text


def _custom_values(params: Params, key: str, field: CustomField) -> list[str]:
    given = params.texts(key) if field.type in ("choice", "multiple_choice") else (params.text(key) or "",)
    kept = [custom_value(field, text, key) for text in given or () if text]
    return [text for value in kept for text in custom_texts(value)]
