"""The contacts' paths: list, read, create or update, change, delete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from onebook.dialects.propstack import kinds
from onebook.dialects.propstack.associations import Around
from onebook.dialects.propstack.codec import decode_client, encode_contact, encode_row
from onebook.dialects.propstack.documents import document_rows
from onebook.dialects.propstack.draft import DIALECT, OLD_CRM
from onebook.dialects.propstack.filters import contact_query, is_given, page_of
from onebook.dialects.propstack.ids import own_ids
from onebook.dialects.propstack.kinds import Kind
from onebook.dialects.propstack.parameters import IDENTIFIER, INCLUDE, LIST_PARAMS
from onebook.dialects.propstack.replies import answer
from onebook.dialects.propstack.schemas import ASSOCIATIONS, CONTACTS, RELATIONSHIPS, ref
from onebook.dialects.propstack.shown import shown_id
from onebook.dialects.propstack.tables.relationships import RELATIONSHIPS as RELATED
from onebook.errors import Invalid, NotFound
from onebook.http.params import Params
from onebook.http.route import Ask, Reply, Route
from onebook.model.contact import Contact
from onebook.model.normal import email_key
from onebook.model.query import Page
from onebook.model.relationship import Relationship
from onebook.service.contacts import (
    change_contact,
    contact_by_key,
    contact_by_shown_id,
    count_contacts,
    find_contacts,
    remove_contact,
    upsert_contact,
)
from onebook.service.records import find_records
from onebook.service.relations import Relations, contact_with_relations, count_children, read_relations
from onebook.service.session import Unit, View

MOST_BELONGINGS = 50
"""Of a contact's children and owned properties the first so many are shown, and `children_size` counts all: ours."""

MOST_RELATED = Page(limit=1000)
RELATIONSHIP = Kind(RELATED, "relationship", Relationship(contact_id=0))
_KINDS: Mapping[str, str] = {"token": "token", "old_crm_id": f"id:{OLD_CRM}", "email": "email"}
"""`identifier` → under which key the id in the path is looked up."""
_OWN = (None, "", "id")


async def _list(ask: Ask) -> Reply:
    view, params = ask.session.view, ask.params
    projects = await own_ids(view, [("projects", number) for number in params.integers("project_ids") or ()])
    query = contact_query(params, view, projects)
    contacts = await find_contacts(view, query, page_of(params))
    rows = await _rows(ask, contacts)
    if params.flag("with_meta"):
        return answer({"data": rows, "meta": {"total_count": await count_contacts(view, query)}})
    return answer(rows)


async def _rows(ask: Ask, contacts: Sequence[Contact]) -> list[dict[str, Any]]:
    view, params = ask.session.view, ask.params
    included = _included(params)
    expanded = is_given(params, "expand")
    if not expanded and not included:
        sizes = await count_children(view, contacts)
        around = Around(view.vocabulary, view.zone, sizes)
        return [encode_row(contact, around) for contact in contacts]
    around = await _around(ask, contacts)
    related = await _related(view, contacts) if "relationships" in included else {}
    rows = []
    for contact in contacts:
        whole = encode_contact(contact, around)
        row = whole if expanded else encode_row(contact, around)
        row.update({name: whole[name] for name in included if name in whole})
        if "relationships" in included:
            row["relationships"] = related.get(contact.id, [])
        rows.append(row)
    return rows


def _included(params: Params) -> list[str]:
    known = {*ASSOCIATIONS, *RELATIONSHIPS}
    return [name for name in params.texts("include") or () if name in known]


async def _around(ask: Ask, contacts: Sequence[Contact]) -> Around:
    return await _standing(ask, await read_relations(ask.session.view, contacts, MOST_BELONGINGS))


async def _standing(ask: Ask, found: Relations) -> Around:
    view = ask.session.view
    documents = {
        contact_id: await document_rows(view, ask.base, filed) for contact_id, filed in found.documents.items()
    }
    return Around(
        view.vocabulary, view.zone, found.child_counts, found.children, found.properties, found.parents, documents
    )


async def _related(view: View, contacts: Sequence[Contact]) -> dict[int, list[dict[str, Any]]]:
    """The relationships of each contact, from its own side and from the other's, as rows."""
    ids = tuple(str(contact.id) for contact in contacts)
    found: dict[int, Relationship] = {}
    for key in ("contact", "related_contact"):
        for one in await find_records(view, Relationship, MOST_RELATED, keys=[(key, ids)]):
            found[one.id] = one
    ones = [found[number] for number in sorted(found)]
    rows: dict[int, list[dict[str, Any]]] = {}
    for one, row in zip(ones, await kinds.rows(view, RELATIONSHIP, ones), strict=True):
        for number in {one.contact_id, one.related_contact_id or one.contact_id}:
            rows.setdefault(number, []).append(row)
    return rows


async def _whole(ask: Ask, contact: Contact, around: Around) -> Reply:
    row = encode_contact(contact, around)
    if "relationships" in _included(ask.params):
        row["relationships"] = (await _related(ask.session.view, [contact])).get(contact.id, [])
    return answer(row)


async def _read(ask: Ask) -> Reply:
    view, shown, identifier = ask.session.view, ask.path_params["id"], ask.params.text("identifier")
    if identifier in _OWN and "\0" not in shown:
        contact, found = await contact_with_relations(view, DIALECT, shown, MOST_BELONGINGS)
        return await _whole(ask, contact, await _standing(ask, found))
    contact = await find_contact(view, shown, identifier)
    return await _whole(ask, contact, await _around(ask, (contact,)))


async def find_contact(view: View, shown: str, identifier: object) -> Contact:
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
        contact = await find_contact(unit, ask.path_params["id"], identifier)
        return await change_contact(unit, contact.id, write.edit(await own_ids(unit, write.points())))

    contact = await ask.session.write(work)
    return await _whole(ask, contact, await _around(ask, (contact,)))


async def _delete(ask: Ask) -> Reply:
    identifier = ask.params.text("identifier")

    async def work(unit: Unit) -> Contact:
        contact = await find_contact(unit, ask.path_params["id"], identifier)
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
