"""What belongs to contacts: children, owned properties, documents. One query for any number of contacts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from onebook.model.contact import Contact
from onebook.store.contacts import decode_contact
from onebook.store.database import Reader, Where

_ALONE = """
SELECT c.doc,
  NOT EXISTS (SELECT 1 FROM contacts k WHERE k.account_id = $1 AND k.parent_id = $2 AND k.deleted_at = 0)
  AND NOT EXISTS (
    SELECT 1 FROM record_keys r
    WHERE r.account_id = $1 AND r.resource = 'properties' AND r.kind = 'owner' AND r.value = $3)
  AND NOT EXISTS (
    SELECT 1 FROM record_keys d
    WHERE d.account_id = $1 AND d.resource = 'documents' AND d.kind = 'contact' AND d.value = $3)
FROM contacts c WHERE c.account_id = $1 AND c.id = $2"""


@dataclass(frozen=True, slots=True)
class Belongings:
    """Ids by the contact they belong to, ascending; a contact without any is not there."""

    children: dict[int, list[int]] = field(default_factory=dict)
    properties: dict[int, list[int]] = field(default_factory=dict)
    documents: dict[int, list[int]] = field(default_factory=dict)


async def read_contact_alone(reader: Reader, contact_id: int) -> tuple[Contact | None, bool]:
    """The contact with this id, in the trash or not, and whether nothing belongs to it; in one query."""
    rows = await reader.rows(_ALONE, reader.account_id, contact_id, str(contact_id))
    return (decode_contact(rows[0][0]), bool(rows[0][1])) if rows else (None, True)


async def read_belongings(reader: Reader, contact_ids: Sequence[int]) -> Belongings:
    """What belongs to `contact_ids`; what is in the trash belongs to nobody."""
    found = Belongings()
    if not contact_ids:
        return found
    where = Where(reader.account_id)
    parents = where.one_of("parent_id", tuple(contact_ids))
    texts = tuple(str(number) for number in contact_ids)
    keyed = [("properties", "owner"), ("documents", "contact")]
    parts = [
        f" UNION ALL SELECT {number}, CAST(value AS bigint), record_id FROM record_keys"
        f" WHERE account_id = $1 AND resource = '{resource}' AND kind = '{kind}' AND {where.one_of('value', texts)}"
        for number, (resource, kind) in enumerate(keyed, 1)
    ]
    sql = f"SELECT 0, parent_id, id FROM contacts WHERE account_id = $1 AND deleted_at = 0 AND {parents}"
    kinds = (found.children, found.properties, found.documents)
    for kind, owner, number in sorted(await reader.rows(sql + "".join(parts), *where.args)):
        kinds[kind].setdefault(owner, []).append(number)
    return found
