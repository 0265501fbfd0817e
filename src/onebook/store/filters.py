"""The filters of the contacts' list as conditions; `c` is the contact's row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from onebook.model.normal import email_key
from onebook.model.query import ContactQuery
from onebook.store.database import Reader, Where
from onebook.store.keys import custom_key, key_value, phone_lookup
from onebook.store.moments import micros

RARE = 5000
"""A key that up to so many contacts have is gathered first; a more common one is looked up for each contact."""


async def contact_filters(reader: Reader, where: Where, query: ContactQuery, country: str) -> None:
    """Add every filter of `query` but free text."""
    await _columns(reader, where, query)
    _moments(where, query)
    if query.ids is not None:
        where.add(where.one_of("c.id", query.ids))
    if query.phone is not None:
        _has_phone(where, query.phone, country)
    if query.without_tag_ids:
        values = [str(tag_id) for tag_id in query.without_tag_ids]
        where.add(f"NOT EXISTS ({_keys(where, 'tag', values)} AND k.contact_id = c.id)")
    for kind, texts in _key_filters(query):
        await _has_key(reader, where, kind, texts)
    if query.owns_property is not None:
        where.add(f"{'' if query.owns_property else 'NOT '}EXISTS ({_OWNED})")
    if query.changed_after is not None:
        # By the feed's own order: few have changed since, and SQLite would rather look through all that ever did.
        resource = "+g.resource" if reader.engine == "sqlite" else "g.resource"
        changed = _CHANGED.replace("g.resource", resource)
        where.add(f"c.id IN ({changed} AND g.seq > {where.put(query.changed_after)})")
    if query.unchanged_after is not None:
        where.add(f"NOT EXISTS ({_CHANGED} AND g.record_id = c.id AND g.seq > {where.put(query.unchanged_after)})")


_CHANGED = "SELECT g.record_id FROM changes g WHERE g.account_id = $1 AND g.resource = 'contacts'"


def _key_filters(query: ContactQuery) -> Iterator[tuple[str, list[str]]]:
    """Each filter that is a key: its kind, and the values of which one is enough."""
    if query.email is not None:
        yield "email", [email_key(query.email)]
    if query.external_id is not None:
        yield f"id:{query.external_id[0]}", [query.external_id[1]]
    if query.tag_ids is not None:
        yield "tag", [str(tag_id) for tag_id in query.tag_ids]
    if query.project_ids is not None:
        yield "project", [str(project_id) for project_id in query.project_ids]
    if query.lead_scores is not None:
        yield "lead_score", [str(score) for score in query.lead_scores]
    if query.countries is not None:
        yield "country", [country.casefold() for country in query.countries]
    for name, text in query.custom:
        yield "custom", [custom_key(name, text)]


_OWNED = (
    "SELECT 1 FROM record_keys r WHERE r.account_id = $1 AND r.resource = 'properties' AND r.kind = 'owner'"
    " AND r.value = CAST(c.id AS text)"
)


async def _columns(reader: Reader, where: Where, query: ContactQuery) -> None:
    where.add("c.deleted_at <> 0" if query.trashed else "c.deleted_at = 0")
    indexed = (("owner_id", query.owner_ids), ("status_id", query.status_ids), ("source_id", query.source_ids))
    for name, numbers in indexed:
        if numbers is not None:
            walked = query.sort != "id" and await _is_common(reader, name, numbers)
            where.add(where.one_of(f"{'+' if walked else ''}c.{name}", numbers))
    lists: tuple[tuple[str, Sequence[str] | Sequence[int] | None], ...] = (
        ("c.kind", query.kinds),
        ("c.reason_id", query.reason_ids),
        ("c.consent_status", query.consent_statuses),
        ("c.language", query.languages),
    )
    for column, values in lists:
        if values is not None:
            where.add(where.one_of(column, values))
    flags = (
        ("c.is_archived", query.archived),
        ("c.newsletter", query.newsletter),
        ("c.accept_contact", query.accept_contact),
    )
    for column, flag in flags:
        if flag is not None:
            # An unknown consent is none; archived is never unknown.
            unknown = "" if flag or column == "c.is_archived" else f" OR {column} IS NULL"
            where.add(f"({column} = {where.put(flag)}{unknown})")
    if query.parent_id is not None:
        where.add(f"c.parent_id = {where.put(query.parent_id)}")
    if query.only_roots:
        where.add("c.parent_id IS NULL")


async def _is_common(reader: Reader, column: str, numbers: Sequence[int]) -> bool:
    """Whether more than RARE contacts have one of `numbers`: then the list's own order is the shorter way to them.

    SQLite's planner does not count on the page being full soon, PostgreSQL's does; a `+` keeps it off the index.
    """
    if reader.engine != "sqlite":
        return False
    asked = Where(reader.account_id)
    among = asked.one_of(column, numbers)
    few = f"SELECT 1 FROM contacts WHERE account_id = $1 AND {column} IS NOT NULL AND {among} LIMIT {RARE + 1}"
    rows = await reader.rows(f"SELECT count(*) FROM ({few}) few", *asked.args)
    return bool(rows[0][0] > RARE)


def _moments(where: Where, query: ContactQuery) -> None:
    bounds = (
        ("c.created_at", ">=", query.created_from),
        ("c.created_at", "<=", query.created_to),
        ("c.updated_at", ">=", query.updated_from),
        ("c.updated_at", "<=", query.updated_to),
    )
    for column, sign, moment in bounds:
        if moment is not None:
            where.add(f"{column} {sign} {where.put(micros(moment))}")


def _keys(where: Where, kind: str, values: Sequence[str]) -> str:
    among = where.one_of("k.value", [key_value(value) for value in values])
    return f"SELECT k.contact_id FROM contact_keys k WHERE k.account_id = $1 AND k.kind = {where.put(kind)} AND {among}"


async def _has_key(reader: Reader, where: Where, kind: str, values: Sequence[str]) -> None:
    asked = Where(reader.account_id)
    sql = f"SELECT count(*) FROM ({_keys(asked, kind, values)} LIMIT {RARE + 1}) few"
    rows = await reader.rows(sql, *asked.args)
    keys = _keys(where, kind, values)
    where.add(f"c.id IN ({keys})" if rows[0][0] <= RARE else f"EXISTS ({keys} AND k.contact_id = c.id)")


def _has_phone(where: Where, number: str, country: str) -> None:
    keys = phone_lookup(number, country)
    pairs = [f"(k.kind = {where.put(kind)} AND k.value = {where.put(key_value(value))})" for kind, value in keys]
    if not pairs:
        where.add("1 = 0")
        return
    sql = f"SELECT k.contact_id FROM contact_keys k WHERE k.account_id = $1 AND ({' OR '.join(pairs)})"
    where.add(f"c.id IN ({sql})")
