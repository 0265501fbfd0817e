"""The columns of contacts in tables: what each is called, how its cells are read, and which headings mean it.

A column is called as the field is in the API. Lists are numbered, `email`, `email_2`, and so are their members,
`email_2_label`. Addresses may begin with their kind (`office_street`), telephones be called by theirs (`mobile`).
Words are German, Swedish, Spanish and English, and how common programs call them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from onebook.model.normal import fold

TEXTS: Mapping[str, str] = {
    "academic_title": "titel, akademischer titel, akad titel, akademisk titel, tratamiento academico, academic title,"
    " name prefix, prefix",
    "first_name": "vorname, vornamen, rufname, fornamn, tilltalsnamn, nombre de pila, nombres, first name, given name,"
    " forename, firstname",
    "last_name": "nachname, familienname, zuname, efternamn, apellido, apellidos, primer apellido, apellido paterno,"
    " apellido 1, last name, surname, family name,"
    " lastname",
    "birth_name": "geburtsname, maedchenname, flicknamn, födelsenamn, apellido de soltera, birth name, maiden name",
    "company": "firma, firmenname, unternehmen, organisation, firmennamn, företag, företagsnamn, bolag, empresa,"
    " compañia, razon social, sociedad, company, company name, organization, organization name, organisation name",
    "position": "position, funktion, beruf, berufsbezeichnung, yrke, befattning, puesto, cargo, profesion, job title,"
    " profession, organization title",
    "message_salutation": "briefanrede, anredezeile, hälsningsfras, saludo, letter salutation, greeting",
    "website": "webseite, website, homepage, internet, web, website url, webbplats, hemsida, sitio web, pagina web,"
    " web page, url",
    "skype": "skype",
    "facebook": "facebook",
    "twitter": "twitter, x twitter",
    "language": "sprache, språk, idioma, lengua, language",
    "description": "bemerkung, bemerkungen, notiz, notizen, beschreibung, kommentar, info, anmerkung, anmerkungen,"
    " anteckning, anteckningar, beskrivning, notas, nota, observaciones, comentarios, descripcion, notes, note,"
    " description, comment, comments, remarks",
    "warning_notice": "warnhinweis, varning, aviso, warning, warning notice",
    "income": "einkommen, nettoeinkommen, inkomst, ingresos, income",
    "birth_place": "geburtsort, födelseort, lugar de nacimiento, birth place, place of birth",
    "birth_country": "geburtsland, födelseland, pais de nacimiento, birth country",
    "nationality": "nationalität, staatsangehörigkeit, nationalitet, medborgarskap, nacionalidad, nationality",
    "identity_number": "ausweisnummer, personalausweisnummer, id nummer, legitimationsnummer, dni, nie, id number,"
    " identity number, passport number",
    "issuing_authority": "ausstellende behörde, utfärdande myndighet, autoridad emisora, issuing authority",
    "pass_type": "ausweisart, typ av legitimation, tipo de documento, pass type",
    "conspicuity": "auffälligkeiten, conspicuity",
    "social_security_number": "sozialversicherungsnummer, personnummer, numero de seguridad social,"
    " social security number, ssn",
    "tax_identification_number": "steuer id, steueridentifikationsnummer, steuernummer, skattenummer, nif, rfc,"
    " tax id, tax number, tax identification number",
    "legal_form": "rechtsform, bolagsform, forma juridica, legal form",
    "register_number": "handelsregisternummer, registernummer, numero de registro, register number",
    "corporate_number": "organisationsnummer, orgnr, org nr, firmennummer, cif, corporate number, company number",
    "consent_obtained_through": "einwilligung durch, samtycke genom, consentimiento mediante, consent obtained through",
}
"""Columns of text: the field's name, and the headings that mean it."""

OTHERS: Mapping[str, tuple[str, str]] = {
    "kind": ("kind", "art, kontaktart, kontakttyp, typ, tipo, tipo de contacto, kind, contact type"),
    "salutation": (
        "salutation",
        "anrede, geschlecht, geschl, titel anrede, anrede titel, hälsning, kön, titulo, tratamiento, sexo, salutation,"
        " gender, title",
    ),
    "rating": ("rating", "bewertung, betyg, valoracion, calificacion, rating"),
    "lead_score": ("integer", "lead score, punkte, poäng, puntuacion, score"),
    "handover_date": ("day", "übergabedatum, tillträde, fecha de entrega, handover date"),
    "rent_date": ("day", "mietbeginn, hyresstart, inicio de alquiler, rent date"),
    "followup_date": ("day", "wiedervorlage, uppföljning, fecha de seguimiento, seguimiento, follow up, followup date"),
    "birth_date": (
        "day",
        "geburtsdatum, geburtstag, geb, geboren am, geb datum, geb am, födelsedatum, födelsedag, född,"
        " fecha de nacimiento, fecha nacimiento, cumpleaños, nacimiento, birthday, birth date, date of birth, dob",
    ),
    "is_foreign_social_security_number": ("flag", ""),
    "is_deceased": ("flag", "verstorben, avliden, fallecido, deceased"),
    "is_company_person": ("flag", ""),
    "is_foreign_corporate_number": ("flag", ""),
    "consent_status": ("consent", "dsgvo status, gdpr status, einwilligungsstatus, consent status"),
    "consent_approved_at": (
        "moment",
        "einwilligung am, dsgvo datum, samtycke datum, fecha de consentimiento, consent date, gdpr date",
    ),
    "accept_contact": ("flag", "kontakt erlaubt, kontaktaufnahme erlaubt, får kontaktas, acepta contacto"),
    "newsletter": ("flag", "newsletter, nyhetsbrev, boletin"),
    "newsletter_unsubscribed": ("flag", "newsletter abgemeldet, newsletter unsubscribed"),
    "property_mailing_wanted": ("flag", "immobilienangebote, bostadserbjudanden, ofertas de propiedades"),
    "advertising_enabled": ("flag", "werbung erlaubt, reklam tillåten, publicidad permitida, advertising enabled"),
    "matching": ("matching", ""),
    "matching_changed_at": ("moment", ""),
    "keep_data_until": ("day", "daten aufbewahren bis, aufbewahren bis, conservar hasta, keep data until"),
    "delete_requested_at": ("day", "löschung beantragt am, delete requested at"),
    "is_archived": ("flag", "archiviert, arkiverad, archivado, archived"),
    "is_locked": ("flag", ""),
    "created_at": (
        "moment",
        "erstellt am, angelegt am, erfasst am, anlagedatum, erstellungsdatum, eintragsdatum, kunde seit, skapad,"
        " skapad datum, fecha de alta, fecha de creacion, fecha creacion, creado, create date,"
        " created, created at, creation date, date created",
    ),
    "updated_at": ("moment", "geändert am, ändrad, actualizado, updated at, modified"),
    "last_contact_at": (
        "moment",
        "letzter kontakt, letzter kontakt am, letzte aktivität, last activity date, senaste kontakt,"
        " ultimo contacto, last contact, last contact at",
    ),
}
"""Columns that are no text: how a cell is read (files/cells.py), and the headings."""

NAMES: Mapping[str, tuple[str, str]] = {
    "owner": ("owner_id", "betreuer, makler, ansprechpartner, zuständig, zuständiger, mäklare, handläggare,"
    " ansvarig mäklare, agente, comercial, responsable, contact owner, owner, agent, broker, assigned to"),
    "second_owner": ("second_owner_id", "zweiter betreuer, andra mäklaren, segundo agente, second owner"),
    "source": ("source_id", "quelle, herkunft, herkunft kontakt, lead quelle, källa, fuente, origen, source,"
    " original source, lead source, origin"),
    "status": ("status_id", "status, kontaktstatus, estado, estatus, lead status, contact status"),
    "reason": ("reason_id", "speichergrund, anledning, motivo, reason"),
    "tags": ("tag_ids", "merkmal, merkmale, gruppe, gruppen, schlagworte, schlagwörter, stichworte, kategorie,"
    " kategorien, grupp, grupper, etikett, etiketter, taggar, kategori, kategorier, etiqueta, etiquetas, grupos,"
    " grupo, categoria, categorias, tags, tag, labels, categories, category, groups, group membership"),
}  # fmt: skip
"""Columns whose field is an id, and whose cells are names: the field, and the headings."""

PAIRS: Mapping[str, str] = {
    "full_name": "vollständiger name, vor und nachname, kontakt, kontaktname, ansprechpartner name, kundenname,"
    " fullständigt namn, för och efternamn, kundnamn, nombre completo, nombre y apellidos, nombre del cliente,"
    " full name, display name, contact, contact name, client name, customer name",
    "last_first_name": "name vorname, nachname vorname, efternamn förnamn, apellidos nombre, apellidos y nombre,"
    " last name first name",
    "middle_name": "weitere vornamen, zweiter vorname, mellannamn, segundo nombre, middle name, additional name",
    "second_last_name": "segundo apellido, apellido materno, apellido 2, second last name",
    "zip_city": "plz ort, plz und ort, postnummer och ort, codigo postal y ciudad, zip city",
    "full_address": "adresse komplett, vollständige adresse, fullständig adress, direccion completa, full address,"
    " address formatted, formatted address",
}
"""Columns that hold two fields in one, or part of one."""

EMAIL = (
    "e mail, email, mail, e mail adresse, mailadresse, epost, e post, e postadress, mejl, correo, correo electronico,"
    " e mail address, email address, primary email, additional email addresses"
)
PHONES: Mapping[str, str] = {
    "phone": "telefon, tel, telefonnummer, rufnummer, fon, telefono, telefono fijo, phone, phone number, telephone,"
    " main phone, primary phone, haupttelefon, autotelefon, car phone",
    "mobile": "mobil, handy, mobiltelefon, mobilnummer, handynummer, mobiltelefonnummer, mobil nr, telefon mobil,"
    " tel mobil, telefon handy, mob, movil, celular, telefono movil, telefono celular, mobile, cell, cell phone,"
    " mobile phone, cellphone",
    "phone_home": "telefon privat, privattelefon, festnetz, hemtelefon, telefono de casa, telefono particular,"
    " home phone",
    "phone_work": "telefon geschäftlich, telefon büro, telefon arbeit, arbetstelefon, jobbtelefon,"
    " telefono del trabajo, telefono oficina, telefono de oficina, business phone, work phone, office phone",
    "fax": "fax, faxnummer, telefax, business fax, home fax",
    "switch": "zentrale, telefonzentrale, växel, centralita, switchboard, company main phone",
}
PHONE_KINDS = {
    "phone": "other",
    "mobile": "mobile",
    "phone_home": "home",
    "phone_work": "work",
    "fax": "fax",
    "switch": "switch",
}
ADDRESS: Mapping[str, str] = {
    "street": "strasse, str, strasse und hausnummer, strasse hausnummer, strasse nr, adresse, anschrift, gata,"
    " gatuadress, adress, calle, direccion, domicilio, street, address, street address, address line 1,"
    " strasse hausnr",
    "house_number": "hausnummer, hausnr, hnr, husnummer, numero exterior, house number",
    "street2": "adresszusatz, zusatz, adresse 2 zeile, c o, co adress, direccion 2 linea, colonia, address line 2,"
    " street 2 line, address supplement, extended address, extended, po box, postfach",
    "zip": "plz, postleitzahl, postnummer, postnr, codigo postal, cp, zip, zip code, postal code, postcode, zip postal",
    "city": "ort, stadt, wohnort, postort, ciudad, poblacion, localidad, municipio, city, town, town city, suburb",
    "state": "bundesland, bundesland kanton, region, län, estado provincia, provincia, state, county, province,"
    " state region",
    "country": "land, land region, country, pais, country region",
    "latitude": "breitengrad, latitud, latitude",
    "longitude": "längengrad, longitud, longitude",
}
PLACES = {
    "home": "privat, priv, private, home, hem, casa, particular, personal",
    "office": "geschäftlich, geschäft, gesch, geschäftl, firma, büro, dienstlich, arbeit, arbete, kontor, jobb,"
    " oficina, trabajo, empresa, work, business, office",
    "other": "weitere, weiterer, weiteres, andere, övrig, annan, otra, otro, other",
    "billing": "rechnung, rechnungsadresse, faktura, fakturering, facturacion, billing, invoice",
}
MEMBERS: Mapping[str, tuple[str, ...]] = {
    "email": ("label", "status", "is_primary"),
    "phone": ("kind", "label", "is_primary"),
    "address": ("kind",),
}
"""What can be said of an e-mail address, a telephone, an address beside themselves; `phone_2_kind`."""


class Column(NamedTuple):
    """Which column of a contact a heading means.

    `group` is what its list is (`email`, `phone`, `address`), empty for a plain field; `place` the address's kind or
    the telephone's column; `number` counts from 1; `part` is the member of it.
    """

    name: str
    group: str = ""
    place: str = ""
    number: int = 1
    part: str = ""


_SPELLED = re.compile(
    rf"(?:(?P<place>home|office|billing|other)_)?(?P<address>{'|'.join(ADDRESS)}|address(?=(_\d+)?_kind$))(?:_(?P<n1>\d+))?"
    r"(?P<akind>_kind)?"
    rf"|(?P<phone>{'|'.join(PHONES)})(?:_(?P<n2>\d+))?(?:_(?P<ppart>{'|'.join(MEMBERS['phone'])}))?"
    rf"|(?P<email>email)(?:_(?P<n3>\d+))?(?:_(?P<epart>{'|'.join(MEMBERS['email'])}))?"
)
_TOKEN = re.compile(r"[a-z]+|\d+")
_NOISE = frozenset(fold(word) for word in ("value", "wert", "nummer", "nr", "number"))
_WHOLE = frozenset(fold(word) for word in ("address", "adresse", "adress", "direccion"))
_LABEL = frozenset(fold(word) for word in ("label", "type", "bezeichnung", "etikett", "etiqueta"))


def column_named(name: str) -> Column | None:
    """The column that is called so: `last_name`, `email_2_label`, `office_zip`, `custom.budget`; None for none."""
    if name in TEXTS or name in OTHERS or name in NAMES or name in PAIRS:
        return Column(name)
    head, dot, rest = name.partition(".")
    if dot and rest and head in ("custom", "external_ids"):
        return Column(name)
    found = _SPELLED.fullmatch(name)
    if found is None:
        return None
    if found["email"]:
        return Column(name, "email", "", int(found["n3"] or 1), found["epart"] or "address")
    if found["phone"]:
        return Column(name, "phone", found["phone"], int(found["n2"] or 1), found["ppart"] or "number")
    part = "kind" if found["akind"] else found["address"]
    return Column(name, "address", found["place"] or "", int(found["n1"] or 1), part)


def _tokens(heading: str) -> list[str]:
    return _TOKEN.findall(fold(heading))


def _key(heading: str) -> str:
    return "".join(_tokens(heading))


def _spread(columns: Mapping[str, str]) -> dict[str, str]:
    return {_key(word): name for name, words in columns.items() for word in words.split(",") if word.strip()}


_PLAIN = {
    **_spread(TEXTS),
    **_spread({name: words for name, (_, words) in OTHERS.items()}),
    **_spread({name: words for name, (_, words) in NAMES.items()}),
    **_spread(PAIRS),
}
_LISTS = {**_spread(PHONES), **_spread(ADDRESS), **_spread({"email": EMAIL})}
_PLACES = _spread(PLACES)


NAME_ALONE = frozenset({"name", "nombre", "namn"})
"""Headings that mean the last name, the first, or both, as the others have it; folded."""


WHOLE_ADDRESS = frozenset(
    fold(word) for word in ("adresse", "anschrift", "adress", "dirección", "domicilio", "address")
)
"""Headings of a street, and of a whole address where no other column has a part of it; folded."""


def column_for(heading: str) -> str | None:
    """The name of the column that a heading most likely means; None where nobody could tell."""
    spelled = heading.strip().lower()
    if column_named(spelled) is not None:
        return heading.strip() if "." in heading else spelled
    key = _key(heading)
    if found := _PLAIN.get(key) or _LISTS.get(key):
        return found
    number, place, rest = 1, "", []
    for token in _tokens(heading):
        if token.isdigit():
            number = int(token[:3])
        elif token in _PLACES and not place:
            place = _PLACES[token]
        elif token not in _NOISE:
            rest.append(token)
    labels = [token for token in rest if token in _LABEL]
    if labels and len(rest) > 1:
        found = _LISTS.get("".join(token for token in rest if token not in _LABEL))
        return f"{_in_list(found, '', number)}_label" if found in ("email", *PHONES) else None
    bare = [token for token in rest if token not in _WHOLE]
    if found := _LISTS.get("".join(rest)) or _LISTS.get("".join(bare)):
        return _in_list(found, place, number)
    return _PLAIN.get("".join(rest)) if not place and number == 1 else None


def _in_list(found: str, place: str, number: int) -> str:
    tail = f"_{number}" if number > 1 else ""
    if found in ADDRESS:
        return f"{place}_{found}{tail}" if place else found + tail
    if found == "phone" and place in ("home", "office"):
        return f"phone_{'work' if place == 'office' else 'home'}{tail}"
    return found + tail
