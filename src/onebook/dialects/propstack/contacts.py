"""The contacts' paths: list, read, create or update, change, delete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from onebook.dialects.propstack.associations import Around
from onebook.dialects.propstack.codec import decode_client, encode_contact, encode_row
from onebook.dialects.propstack.draft import DIALECT, OLD_CRM
from onebook.dialects.propstack.filters import contact_query, is_given, page_of
from onebook.dialects.propstack.ids import own_ids
from onebook.dialects.propstack.parameters import IDENTIFIER, INCLUDE, LIST_PARAMS
from onebook.dialects.propstack.replies import answer
from onebook.dialects.propstack.schemas import ASSOCIATIONS, CONTACTS, RELATIONSHIPS, ref
from onebook.dialects.propstack.shown import shown_id
from onebook.errors import Invalid, NotFound
from onebook.http.params import Params
from onebook.http.route import Ask, Reply, Route
from onebook.model.contact import Contact
from onebook.model.normal import email_key
from onebook.service.contacts import (
    change_contact,
    contact_by_key,
    contact_by_shown_id,
    count_contacts,
    find_contacts,
    remove_contact,
    upsert_contact,
)
from onebook.service.relations import Relations, contact_with_relations, count_children, read_relations
from onebook.service.session import Unit, View

MOST_BELONGINGS = 50
"""Of a contact's children and owned properties the first so many are shown, and `children_size` counts all: ours."""

_KINDS: Mapping[str, str] = {"token": "token", "old_crm_id": f"id:{OLD_CRM}", "email": "email"}
"""`identifier` → under which key the id in the path is looked up."""
_OWN = (None, "", "id")


async def _list(ask: Ask) -> Reply:
    view, params = ask.session.view, ask.params
    query = contact_query(params, view)
    contacts = await find_contacts(view, query, page_of(params))
    rows = await _rows(view, contacts, params)
    if params.flag("with_meta"):
        return answer({"data": rows, "meta": {"total_count": await count_contacts(view, query)}})
    return answer(rows)


async def _rows(view: View, contacts: Sequence[Contact], params: Params) -> list[dict[str, Any]]:
    included = _included(params)
    expanded = is_given(params, "expand")
    if not expanded and not included:
        sizes = await count_children(view, contacts)
        around = Around(view.vocabulary, view.zone, sizes)
        return [encode_row(contact, around) for contact in contacts]
    around = await _around(view, contacts)
    rows = []
    for contact in contacts:
        whole = encode_contact(contact, around)
        row = whole if expanded else encode_row(contact, around)
        row.update({name: whole[name] for name in included if name in whole})
        if "relationships" in included:
            row["relationships"] = []
        rows.append(row)
    return rows


def _included(params: Params) -> list[str]:
    known = {*ASSOCIATIONS, *RELATIONSHIPS}
    return [name for name in params.texts("include") or () if name in known]


async def _around(view: View, contacts: Sequence[Contact]) -> Around:
    return _standing(view, await read_relations(view, contacts, MOST_BELONGINGS))


def _standing(view: View, found: Relations) -> Around:
    return Around(view.vocabulary, view.zone, found.child_counts, found.children, found.properties, found.parents)


def _whole(contact: Contact, around: Around, params: Params) -> Reply:
    row = encode_contact(contact, around)
    if "relationships" in _included(params):
        row["relationships"] = []
    return answer(row)


async def _read(ask: Ask) -> Reply:
    view, shown, identifier = ask.session.view, ask.path_params["id"], ask.params.text("identifier")
    if identifier in _OWN and "\0" not in shown:
        contact, found = await contact_with_relations(view, DIALECT, shown, MOST_BELONGINGS)
        return _whole(contact, _standing(view, found), ask.params)
    contact = await _find(view, shown, identifier)
    return _whole(contact, await _around(view, (contact,)), ask.params)


async def _find(view: View, shown: str, identifier: object) -> Contact:
    """The contact that `shown` names. Raises NotFound, and Invalid for an unknown `identifier`."""
    if "\0" in shown:
        raise NotFound
    if identifier in _OWN:
        return await contact_by_shown_id(view, DIALECT, shown)
    kind = _KINDS.get(identifier) if isinstance(identifier, str) else None
    if kind is None:
        raise Invalid.at("identifier", f"must be one of id, {', '.join(_KINDS)}", "not_a_choice")
    return await contact_by_key(view, kind, email_key(shown) if kind == "email" else shown)


async def _create(ask: Ask) -> Reply:
    write = decode_client(ask.json(), ask.session.view.zone)

    async def work(unit: Unit) -> Contact:
        contact, _ = await upsert_contact(unit, write.matches, write.edit(await own_ids(unit, write.points())))
        return contact

    return answer({"ok": True, "id": shown_id(await ask.session.write(work))})


async def _change(ask: Ask) -> Reply:
    payload = ask.json()
    write = decode_client(payload, ask.session.view.zone)
    beside = payload.get("identifier")
    identifier = ask.params.text("identifier") if beside is None else beside

    async def work(unit: Unit) -> Contact:
        contact = await _find(unit, ask.path_params["id"], identifier)
        return await change_contact(unit, contact.id, write.edit(await own_ids(unit, write.points())))

    contact = await ask.session.write(work)
    return _whole(contact, await _around(ask.session.view, (contact,)), ask.params)


async def _delete(ask: Ask) -> Reply:
    identifier = ask.params.text("identifier")

    async def work(unit: Unit) -> Contact:
        contact = await _find(unit, ask.path_params["id"], identifier)
        return await remove_contact(unit, contact.id)

    return answer({"ok": True, "id": shown_id(await ask.session.write(work))})


ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/contacts",
        _list,
        "contacts:read",
        "Kontakte lesen",
        params=LIST_PARAMS,
        answers={200: CONTACTS},
        errors=(401, 422, 429),
    ),
    Route(
        "POST",
        "/contacts",
        _create,
        "contacts:write",
        "Kontakt erstellen, oder den mit dieser E-Mail-Adresse oder old_crm_id aktualisieren",
        body=ref("NewClientBody"),
        answers={200: ref("Done")},
        errors=(400, 401, 413, 422, 429),
    ),
    Route(
        "GET",
        "/contacts/{id}",
        _read,
        "contacts:read",
        "Kontakt lesen",
        params=(IDENTIFIER, INCLUDE),
        answers={200: ref("Contact")},
        errors=(401, 404, 422, 429),
    ),
    Route(
        "PUT",
        "/contacts/{id}",
        _change,
        "contacts:write",
        "Kontakt aktualisieren: nur was angegeben ist",
        params=(IDENTIFIER, INCLUDE),
        body=ref("ClientBody"),
        answers={200: ref("Contact")},
        errors=(400, 401, 404, 413, 422, 429),
    ),
    Route(
        "DELETE",
        "/contacts/{id}",
        _delete,
        "contacts:write",
        "Kontakt löschen: er kommt in den Papierkorb",
        params=(IDENTIFIER,),
        answers={200: ref("Done")},
        errors=(401, 404, 422, 429),
    ),
)
