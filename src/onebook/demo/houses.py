"""Made-up properties and the requests that people sent about them."""

from __future__ import annotations

import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from onebook.demo.places import GERMANY, MEXICO, SWEDEN, Places
from onebook.model.contact import Contact, display_name, primary_email, primary_phone
from onebook.model.lead import Lead
from onebook.model.property import Operation, Property

_REFERENCE = string.ascii_uppercase + string.digits
PORTAL = "Demo-Portal"
"""The name of the partner whose key made-up leads came by."""


@dataclass(frozen=True, slots=True)
class _Market:
    places: Places
    currency: str
    per_square_metre: int
    kinds: tuple[tuple[str, str], ...]
    """What is offered: its type, and its title, where `{}` is the town."""
    question: str


_MARKETS = (
    _Market(
        GERMANY,
        "EUR",
        4200,
        (
            ("Wohnung", "Helle Wohnung mit Balkon in {}"),
            ("Haus", "Familienhaus mit Garten in {}"),
            ("Gewerbe", "Ladenlokal in guter Lage von {}"),
        ),
        "Ist „{}“ noch frei? Ich würde gern besichtigen.",
    ),
    _Market(
        SWEDEN,
        "SEK",
        52_000,
        (("Lägenhet", "Ljus trea i {}"), ("Villa", "Villa med sjöutsikt i {}"), ("Fritidshus", "Stuga nära {}")),
        "Är ”{}” fortfarande till salu? Jag vill gärna komma på visning.",
    ),
    _Market(
        MEXICO,
        "MXN",
        31_000,
        (
            ("Casa", "Casa con jardín en {}"),
            ("Departamento", "Departamento con terraza en {}"),
            ("Local comercial", "Local comercial en {}"),
        ),
        "Hola, ¿sigue disponible «{}»? Me gustaría agendar una visita.",
    ),
)


def reference(random: Random) -> str:
    """A public number of a property, `EB-` and six letters and digits."""
    return "EB-" + "".join(random.choices(_REFERENCE, k=6))


def properties(
    random: Random, count: int, *, now: datetime, agents: Sequence[int], owners: Sequence[int]
) -> Iterator[Property]:
    """`count` properties with no id yet; every third is let, the rest are for sale. `owners` are ids of contacts."""
    seen: set[str] = set()
    for position in range(count):
        market = _MARKETS[position % len(_MARKETS)]
        number = next(text for text in iter(lambda: reference(random), "") if text not in seen)
        seen.add(number)
        yield _property(random, market, number, position, now, agents, owners)


def _property(
    random: Random,
    market: _Market,
    number: str,
    position: int,
    now: datetime,
    agents: Sequence[int],
    owners: Sequence[int],
) -> Property:
    town = random.choice(market.places.towns)
    kind, title = random.choice(market.kinds)
    size = float(random.randrange(35, 260))
    price = round(size * market.per_square_metre * random.uniform(0.7, 1.5), -3)
    rent = round(price / 280, -1)
    is_let = position % 3 == 2
    operation = Operation(type="rental", amount=rent, unit="month") if is_let else Operation(type="sale", amount=price)
    return Property(
        title=title.format(town.city),
        reference=number,
        status="published" if position % 8 else "not_published",
        property_type=kind,
        description=title.format(f"{town.city}, {town.state}") + ".",
        operations=(Operation(type=operation.type, amount=operation.amount, currency=market.currency),),
        bedrooms=random.randrange(1, 6),
        bathrooms=random.randrange(1, 4),
        parking_spaces=random.randrange(0, 3),
        lot_size=size * 2,
        construction_size=size,
        street=random.choice(market.places.streets),
        house_number=str(random.randrange(1, 140)),
        zip=town.zip,
        city=town.city,
        region=town.state,
        country=market.places.country,
        latitude=town.latitude,
        longitude=town.longitude,
        show_prices=position % 10 != 0,
        share_commission=position % 4 == 0,
        agent_id=random.choice(agents),
        owner_contact_ids=(random.choice(owners),),
        published_at=now - timedelta(days=random.uniform(1, 200)) if position % 8 else None,
    )


def leads(
    random: Random, count: int, *, now: datetime, contacts: Sequence[Contact], properties: Sequence[Property]
) -> Iterator[Lead]:
    """`count` requests with no id yet, each of one of `contacts` about one of `properties`, newest last."""
    questions = {market.places.country: market.question for market in _MARKETS}
    for position in range(count):
        wanted = random.choice(properties)
        country = wanted.country or _MARKETS[0].places.country
        contact = random.choice([one for one in contacts if _lives_in(one, country)] or contacts)
        came = position % 3
        yield Lead(
            contact_id=contact.id,
            property_id=wanted.id,
            name=display_name(contact),
            email=primary_email(contact),
            phone=primary_phone(contact),
            message=questions[country].format(wanted.title),
            source=("Website", PORTAL, "Telefon")[came],
            partner=PORTAL if came == 1 else None,
            remote_id=f"demo-{position}" if came == 1 else None,
            happened_at=now - timedelta(days=60 * (1 - position / count), minutes=random.uniform(0, 600)),
        )


def _lives_in(contact: Contact, country: str) -> bool:
    return any(address.country == country for address in contact.addresses)
