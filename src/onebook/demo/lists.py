"""The small lists of the made-up agency: its people, tags, sources, statuses, reasons and custom fields."""

from __future__ import annotations

from onebook.model.account import CustomField, Option, Reason, Source, Status, User

USERS = (
    User(
        first_name="Katharina",
        last_name="Vogt",
        email="katharina.vogt@demo.example.com",
        phone="030 23125900",
        position="Geschäftsführerin",
        salutation="ms",
        role="admin",
        language="de",
        color="#2f6f4f",
    ),
    User(
        first_name="Björn",
        last_name="Åkesson",
        email="bjorn.akesson@demo.example.com",
        phone="030 23125901",
        position="Makler",
        salutation="mr",
        language="sv",
        color="#b5542d",
    ),
    User(
        first_name="Lucía",
        last_name="Hernández Peña",
        email="lucia.hernandez@demo.example.com",
        phone="030 23125902",
        position="Maklerin",
        salutation="ms",
        language="es",
        color="#3b5b92",
    ),
)

TAGS: dict[str | None, tuple[str, ...]] = {
    "Interesse": ("Wohnung kaufen", "Haus kaufen", "Mieten", "Kapitalanlage"),
    "Eigentum": ("Eigentümer", "Vermieter", "Verkauft"),
    "Versand": ("Weihnachtskarte", "Marktbericht"),
    None: ("VIP", "Handwerker"),
}
"""Tags by their group; under None those without one."""

SOURCES = tuple(Source(name=name) for name in ("Website", "Immobilienportal", "Empfehlung", "Messe", "Telefon"))

STATUSES = (
    Status(name="Neu", color="#8a8a8a", position=1),
    Status(name="Kontaktiert", color="#3b5b92", position=2),
    Status(name="Besichtigung", color="#b58a2d", position=3),
    Status(name="Kunde", color="#2f6f4f", position=4),
    Status(name="Kein Interesse", color="#b5542d", position=5),
)

REASONS = tuple(Reason(name=name) for name in ("Vertrag", "Einwilligung", "Geldwäschegesetz"))


def _options(*names: str) -> tuple[Option, ...]:
    return tuple(Option(id=number, name=name) for number, name in enumerate(names, 1))


CUSTOM_FIELDS = (
    CustomField(name="preferred_area", label="Wunschlage", type="text", max_length=200, position=1),
    CustomField(name="budget", label="Budget", type="number", position=2),
    CustomField(name="moving_date", label="Umzug am", type="date", position=3),
    CustomField(
        name="object_type",
        label="Objektart",
        type="choice",
        options=_options("Wohnung", "Haus", "Grundstück", "Gewerbe"),
        position=4,
    ),
    CustomField(
        name="features",
        label="Ausstattung",
        type="multiple_choice",
        options=_options("Balkon", "Garten", "Aufzug", "Garage", "Keller"),
        position=5,
    ),
    CustomField(name="financing_confirmed", label="Finanzierung bestätigt", type="checkbox", position=6),
    CustomField(name="photo_consent", label="Fotos erlaubt", type="consent", position=7),
    CustomField(name="search_profile", label="Suchprofil", type="url", position=8),
)
"""One of every type; demo/people.py fills them."""
