"""Who need not be compared, field by field, to know that these are two people."""

from __future__ import annotations

from typing import NamedTuple

from rapidfuzz.distance import DamerauLevenshtein

from onebook.matching.features import national_number
from onebook.model.blocking import birth_day
from onebook.model.contact import Contact
from onebook.model.normal import email_key
from onebook.model.query import Seen


class Glance(NamedTuple):
    """What tells strangers apart: the birthday as eight digits, and the first e-mail address and number."""

    born: str
    mailbox: str
    number: str


def glance(contact: Contact | Seen, country: str) -> Glance:
    """The three of `contact`; empty for what it has not, and both ways to reach it where one is missing."""
    born = birth_day(contact.birth_date)
    day = f"{born.year:04}{born.month:02}{born.day:02}" if born else ""
    if not (contact.emails and contact.phones):
        return Glance(day, "", "")
    return Glance(day, email_key(contact.emails[0].address), national_number(contact.phones[0], country))


def strangers(one: Contact, other: Contact, country: str) -> bool:
    """Whether two who share a name, a house or a birthday, and no address or number, are surely not the same.

    So they are where their birthdays are known and differ, or where both have an e-mail address and a telephone and
    neither is the other's with a letter mistyped: 3 of 4 strangers, and 1 in 8,000 of those who are the same, whom a
    comparison would have found (docs/reference/matching.md). It costs a twentieth of a comparison.
    """
    return apart(glance(one, country), glance(other, country))


def apart(one: Glance, other: Glance) -> bool:
    """`strangers`, of two at whom somebody has looked already."""
    if one.born and other.born and one.born != other.born:
        return not _near(one.born, other.born)
    if not (one.mailbox and other.mailbox and one.number and other.number):
        return False
    return not _near(one.mailbox, other.mailbox) and not _near(one.number, other.number)


def _near(one: str, other: str) -> bool:
    return DamerauLevenshtein.distance(one, other, score_cutoff=1) <= 1
