"""What belongs to contacts: their children, and the properties they own. One query for any number of contacts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from onebook.store.database import Reader, Where


@dataclass(frozen=True, slots=True)
class Belongings:
    """Ids by the contact they belong to, ascending; a contact without any is not there."""

    children: dict[int, list[int]] = field(default_factory=dict)
    properties: dict[int, list[int]] = field(default_factory=dict)


async def read_belongings(reader: Reader, contact_ids: Sequence[int]) -> Belongings:
    """What belongs to `contact_ids`; what is in the trash belongs to nobody."""
    found = Belongings()
    if not contact_ids:
        return found
    where = Where(reader.account_id)
    parents = where.one_of("parent_id", tuple(contact_ids))
    owners = where.one_of("value", tuple(str(number) for number in contact_ids))
    sql = (
        f"SELECT 0, parent_id, id FROM contacts WHERE account_id = $1 AND deleted_at = 0 AND {parents}"
        " UNION ALL "
        "SELECT 1, CAST(value AS bigint), record_id FROM record_keys"
        f" WHERE account_id = $1 AND resource = 'properties' AND kind = 'owner' AND {owners}"
    )
    for kind, owner, number in sorted(await reader.rows(sql, *where.args)):
        (found.properties if kind else found.children).setdefault(owner, []).append(number)
    return found
