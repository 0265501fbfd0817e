"""The demo's people with names, towns and streets as they are spread in a real book: few common ones, a long tail.

The demo draws from some 60 last names a country, all equally likely, which would make every search by name one for a
common name. Here a name's share falls with its rank as Zipf's and Mandelbrot's law has it: the commonest of 1,500 is
carried by one person in 90, the rarest by one in 7,000.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from msgspec.structs import replace

from onebook.demo.names import GERMAN, MEXICAN, SWEDISH
from onebook.demo.people import Lists, MadeUp, people
from onebook.demo.places import GERMANY, MEXICO, SWEDEN, Places
from onebook.model.contact import Address, Contact, Email
from onebook.model.normal import plain

SHIFT = 20
"""How flat the head of the distribution is: the commonest name is (SHIFT + n) / SHIFT times as common as the n-th."""


@dataclass(frozen=True, slots=True)
class Spread:
    """What the people of one country are called and where they live, each list from the commonest to the rarest."""

    last: Sequence[str]
    towns: Sequence[str]
    streets: Sequence[str]


_GERMAN_STEMS = (
    "Alten Bach Berg Birken Brand Buch Dorn Eber Eich Erlen Falken Feld Föhren Greifen Hagen Hasel Heide Hirsch Holz"
    " Horn Kalten Kirch Königs Kranich Linden Lüne Mühl Nieder Ober Osten Pfaffen Quell Raben Rosen Schön Sonnen Stein"
    " Tannen Ulmen Unter Wald Wasser Weiden Wiesen Wolfs Ziegel"
).split()
_SWEDISH_STEMS = (
    "Ahl Alm Asp Björk Blom Brun Dahl Ek Eng Fager Fors Gran Grön Gull Hag Hall Ham Hed Hjelm Hög Karl Kull Lilje"
    " Lind Ljung Löv Malm Mo Norr Nord Ny Palm Ros Sand Sjö Skog Stål Sten Sund Söder Väster Ving Ö"
).split()
_MEXICAN_STEMS = (
    "Alba Alcán Alta Arre Baran Barri Bena Bola Cabre Calde Campo Carra Cervan Cis Corra Dura Esca Espino Este Fuen"
    " Gala Garri Guerre Hurta Jara Landa Llan Lozan Maldon Monta Nava Olve Palo Paz Quinta Robl Sala Solór Tala Uga"
    " Valdi Vela Villa Yáñ Zamb Zuri"
).split()


def _joined(stems: Sequence[str], endings: str) -> list[str]:
    return [stem + ending for ending in endings.split() for stem in stems]


def _spread(places: Places, last: Sequence[str], tail: Sequence[str], towns: list[str], streets: list[str]) -> Spread:
    known = list(dict.fromkeys(town.city for town in places.towns))
    return Spread((*last, *tail), (*known, *towns), (*places.streets, *streets))


SPREADS = {
    "de": _spread(
        GERMANY,
        GERMAN.last,
        _joined(
            _GERMAN_STEMS,
            "mann er müller berger meier hofer bauer hauser bacher kamp brecht schmidt feld horst ner ling hardt ke"
            " felder heimer städter wein beck schulte quist baum ahrens loh sen reuter richter wald",
        ),
        _joined(_GERMAN_STEMS, "hausen dorf stadt burg heim ingen rode walde bach kirchen au see"),
        _joined(_GERMAN_STEMS, "straße weg platz ring allee gasse ufer steig"),
    ),
    "sv": _spread(
        SWEDEN,
        SWEDISH.last,
        _joined(
            _SWEDISH_STEMS,
            "ström gren kvist holm berg dahl lund fors blad stedt man mark vall strand ås feldt hammar qvist sson"
            " borg löf bom in ell ander bäck näs rot roos sjö",
        ),
        _joined(_SWEDISH_STEMS, "köping stad sund hamn by torp vik näs fors ås"),
        _joined(_SWEDISH_STEMS, "gatan vägen torget gränd stigen backen"),
    ),
    "es": _spread(
        MEXICO,
        MEXICAN.last,
        _joined(
            _MEXICAN_STEMS,
            "ez ado anza ero illo ena ón iz al ista uela ares ía ares ino ote osa undo ella este ora ivia ás ueta",
        ),
        _joined(_MEXICAN_STEMS, "pan tlán lapa tepec cingo huacán mitla zinco"),
        [f"{kind} {stem}" for kind in ("Calle", "Av.", "Calzada", "Privada", "Callejón") for stem in _MEXICAN_STEMS],
    ),
}


def crowd(random: Random, count: int, *, now: datetime, lists: Lists | None = None) -> Iterator[MadeUp]:
    """`count` contacts of the demo; persons are renamed and resettled. The same `random` makes the same ones."""
    for position, made in enumerate(people(random, count, now=now, lists=lists)):
        spread = SPREADS.get(made.contact.language or "")
        if spread is None or made.contact.kind != "person":
            yield made
        else:
            yield MadeUp(_spread_out(made.contact, spread, random, position), made.parent)


def _spread_out(contact: Contact, spread: Spread, random: Random, position: int) -> Contact:
    last = " ".join(_ranked(random, spread.last) for _ in range(2 if contact.language == "es" else 1))
    local = f"{_letters(contact.first_name or '')}.{_letters(last)}{position}"
    return replace(
        contact,
        last_name=last,
        emails=tuple(_moved(email, local) for email in contact.emails),
        addresses=tuple(_resettled(address, spread, random) for address in contact.addresses),
    )


def _ranked(random: Random, values: Sequence[str]) -> str:
    """One of `values`; that of rank n as likely as 1 / (n + SHIFT)."""
    span = math.log((len(values) + SHIFT) / SHIFT)
    return values[min(int(SHIFT * math.exp(random.random() * span) - SHIFT), len(values) - 1)]


def _resettled(address: Address, spread: Spread, random: Random) -> Address:
    if address.kind != "home":
        return address
    return replace(address, street=_ranked(random, spread.streets), city=_ranked(random, spread.towns))


def _moved(email: Email, local: str) -> Email:
    return replace(email, address=f"{local}@{email.address.partition('@')[2]}")


def _letters(name: str) -> str:
    return "".join(char for char in plain(name) if char.isascii() and char.isalnum())
