"""Who is the same: found by what certainly tells people apart, or by the matcher, who says how likely it is and why."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from onebook.errors import NotFound
from onebook.matching.decision import Candidate, Settled, Thresholds, likeliest, settled
from onebook.matching.features import Features, features
from onebook.matching.score import score
from onebook.matching.strangers import strangers
from onebook.matching.weights import own_weights
from onebook.model.account import DIALECTS, Account, Vocabulary
from onebook.model.blocking import lookup_keys
from onebook.model.contact import Contact
from onebook.model.duplicate import DuplicatePair, PairStatus
from onebook.model.normal import email_key, phone_e164
from onebook.model.query import Page
from onebook.service.contacts import Edit, change_contact, contact_by_key, contact_by_shown_id, create_contact
from onebook.service.merging import merge_contacts, united_lists
from onebook.service.records import Keys, change_record, create_record, find_records, get_record
from onebook.service.session import Unit, View
from onebook.store import candidates as store
from onebook.store.contacts import ids_by_keys
from onebook.store.records import ids_by_key
from onebook.store.resources import pair_key

MOST_COMPARED = 10
"""So many contacts are compared with one, those first that have most keys in common with it."""
LEAST = 0.01
"""Who is less likely the same is not worth telling."""
_ALL = Page(limit=1000)
Change = Callable[[Unit, int, Edit], Awaitable[Contact]]
"""How an edit is applied to the contact that is found: `service/contacts.change_contact`, or a dialect's own way."""


class Twin(Struct, frozen=True):
    """The contact that is the same, and the path of what it has in common."""

    contact_id: int
    path: str


class Outcome(Struct, frozen=True):
    """What became of a contact that may have been there: itself, whether it is new, and who it might be.

    `merged_by` is the candidate that it was merged into, `noted` are the pairs that somebody ought to look at.
    """

    contact: Contact
    is_new: bool
    merged_by: Candidate | None = None
    noted: tuple[DuplicatePair, ...] = ()


async def find_twin(view: View, contact: Contact) -> Twin | None:
    """The contact that `contact` would be a second of; an external id decides before an e-mail address does.

    Archived contacts count, those in the trash do not; of several with an address it is the oldest.
    """
    twin = await twin_by_external_id(view, contact)
    if twin is not None:
        return twin
    twins: list[Twin] = []
    for index, email in enumerate(contact.emails):
        if key := email_key(email.address):
            ids = await ids_by_keys(view.reader, [("email", key)])
            twins += [Twin(number, f"emails.{index}.address") for number in ids[:1]]
    return min(twins, key=lambda twin: twin.contact_id, default=None)


async def twin_by_external_id(view: View, contact: Contact) -> Twin | None:
    """The contact that already answers to one of the external ids of `contact`."""
    for dialect, external in contact.external_ids.items():
        try:
            if dialect in DIALECTS:
                found = await contact_by_shown_id(view, dialect, external)
            else:
                found = await contact_by_key(view, f"id:{dialect}", external)
        except NotFound:
            continue
        return Twin(found.id, f"external_ids.{dialect}")
    return None


def thresholds_of(account: Account) -> Thresholds:
    """The two that the account has chosen."""
    return Thresholds(account.auto_merge_threshold, min(account.review_threshold, account.auto_merge_threshold))


async def check(view: View, edit: Edit) -> list[Candidate]:
    """Who the contact that `edit` would make may be, likeliest first. Nothing is written."""
    return await candidates(view, edit(Contact(), view.vocabulary))


async def candidates(view: View, contact: Contact, limit: int = MOST_COMPARED) -> list[Candidate]:
    """The contacts that may be the same as `contact`, itself left out, likeliest first; archived ones too."""
    return [candidate for candidate, _ in await _compared(view, contact, limit)]


async def _compared(view: View, contact: Contact, limit: int = MOST_COMPARED) -> list[tuple[Candidate, Features]]:
    country = view.account.country
    nearby = await store.candidates(view.reader, lookup_keys(contact, country), limit, contact.id)
    found = [one.contact for one in nearby if not (one.barely and strangers(contact, one.contact, country))]
    if not found:
        return []
    weights, row = own_weights(), features(contact, country)
    rows = {one.id: features(one, country) for one in found}
    scored = [Candidate(number, score(weights, row, other)) for number, other in rows.items()]
    return [(one, rows[one.contact_id]) for one in likeliest(scored) if one.score.probability >= LEAST]


async def duplicates_of(view: View, contact: Contact) -> list[Candidate]:
    """`candidates` for a contact of the book, without those of which somebody said that they are two."""
    found = await candidates(view, contact)
    pairs = await pairs_of(view, contact.id, "different") if found else []
    apart = {contact_id for pair in pairs for contact_id in pair.contact_ids}
    return [one for one in found if one.contact_id not in apart]


async def find_same(view: View, edit: Edit, threshold: float | None = None) -> Settled:
    """Who the contact that `edit` would make certainly is, and of whom it is doubtful, likeliest first.

    Certain is the upper threshold, `threshold` in place of the account's; doubtful is what is between the two. Whose
    first names, birthdays or kinds differ is never certain, whatever else they share; nor is one of two who are apart
    themselves and about as likely, as where a family's mailbox comes without a first name.
    """
    limits = thresholds_of(view.account)
    if threshold is not None:
        limits = Thresholds(threshold, min(limits.review, threshold))
    found = await _compared(view, edit(Contact(), view.vocabulary))
    return settled(own_weights(), found, limits)


async def create_or_merge(
    unit: Unit, edit: Edit, *, threshold: float | None = None, change: Change | None = None
) -> Outcome:
    """What `auto` does: the contact that `edit` makes, merged into the one it certainly is, or a new one.

    Where one is certain, `edit` is applied to it, and what its lists hold stays in them; else the contact is made,
    and every doubtful pair noted for review. Raises Invalid, Conflict.
    """
    same, doubtful = await find_same(unit, edit, threshold)
    if same is None:
        return await create_noting(unit, edit, doubtful)
    contact = await (change or _change)(unit, same.contact_id, growing(edit))
    return Outcome(contact, is_new=False, merged_by=same)


async def create_noting(unit: Unit, edit: Edit, doubtful: Sequence[Candidate]) -> Outcome:
    """A new contact, and each of `doubtful` noted as a pair with it."""
    contact = await create_contact(unit, edit)
    noted = [await note_pair(unit, contact.id, one) for one in doubtful]
    return Outcome(contact, is_new=True, noted=tuple(noted))


async def _change(unit: Unit, contact_id: int, edit: Edit) -> Contact:
    return await change_contact(unit, contact_id, edit)


def growing(edit: Edit) -> Edit:
    """`edit`, except that what a list holds already stays in it."""

    def grown(contact: Contact, vocabulary: Vocabulary) -> Contact:
        after = edit(contact, vocabulary)
        country = vocabulary.account.country
        phones = tuple(replace(phone, e164=phone_e164(phone.number, country)) for phone in after.phones)
        return united_lists(contact, replace(after, phones=phones))

    return grown


async def note_pair(unit: Unit, contact_id: int, candidate: Candidate) -> DuplicatePair:
    """Note that the two may be one; a pair that is noted already stays as it is."""
    both = min(contact_id, candidate.contact_id), max(contact_id, candidate.contact_id)
    ids = await ids_by_key(unit.tx, DuplicatePair, "pair", pair_key(both))
    if ids:
        return await get_record(unit, DuplicatePair, ids[0])
    told = candidate.score
    return await create_record(
        unit, DuplicatePair(contact_ids=both, probability=told.probability, match_weight=told.match_weight)
    )


async def pairs_of(view: View, contact_id: int, status: PairStatus) -> list[DuplicatePair]:
    """The pairs that the contact is one of."""
    keys: Keys = [("contact", [str(contact_id)]), ("status", [str(status)])]
    return await find_records(view, DuplicatePair, _ALL, keys=keys)


async def decide_pair(unit: Unit, pair_id: int, status: PairStatus) -> DuplicatePair:
    """What somebody says who has looked: `same` merges the younger contact into the older one.

    Raises NotFound, also where one of the two is no longer there to be merged.
    """
    pair = await get_record(unit, DuplicatePair, pair_id)
    if status == "same" and pair.status != "same":
        await merge_contacts(unit, pair.contact_ids[0], pair.contact_ids[1:])
    return await change_record(unit, DuplicatePair, pair_id, lambda pair: replace(pair, status=status))
