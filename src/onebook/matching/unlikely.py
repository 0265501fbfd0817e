"""Who shares no more with somebody than the sound of a name, and is told apart at a glance.

A full comparison costs 60 µs and a look here 5: an import of a million people meets many namesakes. What speaks against
the pair is weighed with the same weights; only what speaks for it is taken to be as much as a name can.
"""

from __future__ import annotations

import math
from functools import cache, lru_cache

from rapidfuzz.distance import Levenshtein

from onebook.matching.features import Features
from onebook.matching.weights import Level, own_weights
from onebook.model.blocking import birth_day
from onebook.model.contact import Contact
from onebook.model.mailbox import mailbox_key
from onebook.model.normal import digits_of_e164

NEAR = 2
"""Texts that differ in so few characters may be one, written wrongly."""
REVIEW = -1.3
"""The match weight below which nobody is asked, at a review threshold of 0.29; a lower one looks at everybody."""
_OTHER = frozenset({"different", "a mobile beside another number"})
"""The levels at which both have a value and it is another."""


@cache
def _against() -> dict[str, float]:
    """What each field weighs, at least, where both have it and it is another."""
    told = [level.told for levels in own_weights().comparisons for level in levels if level.told.level in _OTHER]
    found: dict[str, float] = {}
    for one in told:
        found[one.field] = max(one.weight, found.get(one.field, one.weight))
    return found


@lru_cache(maxsize=65536)
def _names_at_most(first: float | None, last: float | None) -> float:
    """What the names speak for a pair at most; `first` and `last` are the shares of people who have them."""
    weight = 0.0
    for levels in own_weights().comparisons:
        share = {"first_name": first, "last_name": last}.get(levels[0].told.field, 0.0)
        if levels[0].told.field in ("first_name", "last_name"):
            weight += max(level.told.weight + _adjusted(level, share) for level in levels)
    return weight


def _adjusted(level: Level, share: float | None) -> float:
    """What the level's weight gains where both have the name of this share; unknown ones gain the most."""
    one = level.adjustment
    return one.weight * (math.log2(one.typical) - math.log2(max(share or 0.0, one.least))) if one else 0.0


def unlikely(one: Features, other: Contact) -> bool:
    """Whether the two, who share none of their addresses, numbers and homes, are not worth comparing."""
    if one.social_number or one.company_number or (one.employer and other.company):
        return False
    weights = _against()
    weight = own_weights().prior + _names_at_most(one.tf_first_name, one.tf_last_name)
    born = birth_day(other.birth_date)
    if one.birth_date is not None and born is not None and not _near(one.birth_date, born.isoformat()):
        weight += weights["birth_date"]
    if one.salutation is not None and other.salutation is not None and one.salutation != other.salutation:
        weight += weights["salutation"]
    theirs = [mailbox_key(email.address) for email in other.emails if email.address]
    if one.email is not None and theirs and not (_near(one.email, theirs[0]) or _same_local(one, theirs)):
        weight += weights["email"]
    number = next((phone.e164 for phone in other.phones if phone.e164), None)
    if one.phone is not None and number is not None and not _near(one.phone, digits_of_e164(number)):
        weight += weights["phone"]
    codes = ["".join(filter(str.isdigit, place.zip or "")) for place in other.addresses]
    if one.zips and codes and all(code and code not in one.zips for code in codes):
        weight += weights["address"]
    return weight < REVIEW


def _same_local(one: Features, emails: list[str]) -> bool:
    return any(email.rpartition("@")[0] in (one.locals or ()) for email in emails)


def _near(one: str, other: str) -> bool:
    return Levenshtein.distance(one, other, score_cutoff=NEAR) <= NEAR
