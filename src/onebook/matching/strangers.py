"""Who need not be compared, field by field, to know that these are two people."""

from __future__ import annotations

from rapidfuzz.distance import DamerauLevenshtein

from onebook.matching.features import national_number
from onebook.model.blocking import birth_day
from onebook.model.contact import Contact
from onebook.model.normal import email_key


def strangers(one: Contact, other: Contact, country: str) -> bool:
    """Whether two who share a name, a house or a birthday, and no address or number, are surely not the same.

    So they are where their birthdays are known and differ, or where both have an e-mail address and a telephone and
    neither is the other's with a letter mistyped: 3 of 4 strangers, and 1 in 8,000 of those who are the same, whom a
    comparison would have found (docs/reference/matching.md). It costs a twentieth of a comparison.
    """
    born, also = birth_day(one), birth_day(other)
    if born and also and born != also:
        return not _near(f"{born:%Y%m%d}", f"{also:%Y%m%d}")
    if not (one.emails and other.emails and one.phones and other.phones):
        return False
    mailboxes = (email_key(contact.emails[0].address) for contact in (one, other))
    numbers = (national_number(contact.phones[0], country) for contact in (one, other))
    return not _near(*mailboxes) and not _near(*numbers)


def _near(one: str, other: str) -> bool:
    return DamerauLevenshtein.distance(one, other, score_cutoff=1) <= 1
