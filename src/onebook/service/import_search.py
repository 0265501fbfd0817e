"""Whom the entries of an import may be: all that can be said by somebody who reads beside the one who writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from onebook.matching.decision import Candidate, Settled, likeliest, settled
from onebook.matching.features import Features, features
from onebook.matching.score import score
from onebook.matching.strangers import apart, glance
from onebook.matching.unlikely import unlikely
from onebook.matching.weights import own_weights
from onebook.model.account import Account
from onebook.model.contact import Contact
from onebook.service.duplicates import LEAST, thresholds_of
from onebook.service.import_ready import Ready, nearest
from onebook.store.bulk import decode_seen, holders_of, read_stored
from onebook.store.contacts import decode_contact
from onebook.store.database import Reader

LEAST_REVIEW = 0.29
"""Where the account asks about less likely pairs than this, namesakes are all compared in full."""


async def look_up(reader: Reader, account: Account, taken: Sequence[Ready], contacts: Sequence[Contact]) -> None:
    """Tell each of `taken`, which `contacts` are, whom it may be in the book as it is now."""
    under = await holders_of(reader, dict.fromkeys(key for one in taken for key in one.keys))
    shared = [nearest(one.keys, under.get) for one in taken]
    stored = await read_stored(reader, sorted({number for found in shared for number, _ in found}))
    # Nearly all are told apart at a glance: only of the others the whole document is read.
    glanced = cache(lambda number: glance(decode_seen(stored[number]), account.country))
    whole = cache(lambda number: decode_contact(stored[number]))
    known = cache(lambda number: features(whole(number), account.country))
    quick = thresholds_of(account).review >= LEAST_REVIEW
    for one, contact, found in zip(taken, contacts, shared, strict=True):
        one.near, one.same, one.doubtful = (), 0, ()
        near = [(n, by) for n, by in found if n in stored and not (by and apart(one.glance, glanced(n)))]
        row = features(contact, account.country) if near else None
        if row is not None:
            one.near = tuple(n for n, by in near if not (quick and by == "name" and unlikely(row, whole(n))))
        if row is not None and one.near:
            same, doubtful = decided(row, {number: known(number) for number in one.near}, account)
            one.same = same.contact_id if same else 0
            one.doubtful = tuple((one.contact_id, one.score.probability, one.score.match_weight) for one in doubtful)


def decided(row: Features, rows: Mapping[int, Features], account: Account) -> Settled:
    """Who somebody certainly is, and of whom it is doubtful, as service/duplicates.find_same says it."""
    weights = own_weights()
    scored = (Candidate(number, score(weights, row, other)) for number, other in rows.items())
    found = likeliest([candidate for candidate in scored if candidate.score.probability >= LEAST])
    same, doubtful = settled(weights, [(one, rows[one.contact_id]) for one in found], thresholds_of(account))
    return (same, []) if same else (None, doubtful)
