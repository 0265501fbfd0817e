"""What is measured: a table of cases, each a dialect's requests for the same questions, and what it shall reach."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal
from urllib.parse import urlencode

import msgspec
from msgspec.structs import replace

from onebook.model.contact import Contact
from onebook.model.query import ContactQuery
from tests.bench.samples import Samples

Kind = Literal["static", "read", "several", "find", "create", "batch"]
READERS, SEARCHERS, WRITERS, BATCHERS = 16, 4, 64, 4
"""How many connections are kept busy at once. One process answers all of them in turn, so that a time is mostly the
time of those before it: searches, whose times are judged, get as many as a small office has people typing."""
BATCH = 100
PER_PAGE = 20
MOST_WRITES = 4000
"""So many creates a second there are requests for."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What a case shall reach, by engine: a rate, a share of the static route's rate, a p99 in milliseconds."""

    rate: Mapping[str, float] | None = None
    of_static: Mapping[str, float] | None = None
    p99: float | None = None
    of_case: tuple[str, float] | None = None
    """A share of the rate of the case with this title, which stands before it in the table."""


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the table. `asked` answers the questions: ids, lists of ids, queries or new contacts."""

    name: str
    dialect: str
    kind: Kind
    asked: Callable[[Samples], Sequence[Any]] = lambda samples: [None]
    goal: Goal = Goal()
    connections: int = READERS
    accept: str = "application/json"
    more: str = ""
    """What is added to the path of a create."""

    @property
    def title(self) -> str:
        """Dialect and name; what CASES filters by."""
        return f"{self.dialect} {self.name}".strip()

    @property
    def writes(self) -> bool:
        """Whether each request may be sent only once."""
        return self.kind in ("create", "batch")


@dataclass(frozen=True, slots=True)
class Spoken:
    """How a dialect asks: where it is, how it shows the key, what it calls the filters, how it writes a contact."""

    base: str
    key_header: str
    names: Mapping[str, str]
    page_size: str
    sort: Callable[[str], dict[str, str]]
    create: Callable[[Contact], tuple[str, Any]]
    """The path below the base, and the body."""
    roots_only: bool = False
    """Whether its list leaves out contacts that have a parent, unless asked."""


def _native_create(contact: Contact) -> tuple[str, Any]:
    return "/contacts?on_duplicate=merge", _native_body(contact)


def _native_body(contact: Contact) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.to_builtins(contact)
    for phone in body.get("phones", ()):
        phone.pop("e164", None)
    return body


def _propstack_create(contact: Contact) -> tuple[str, Any]:
    home = contact.addresses[0] if contact.addresses else None
    phones = {phone.kind: phone.number for phone in contact.phones}
    client: dict[str, Any] = {
        "salutation": contact.salutation,
        "academic_title": contact.academic_title,
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "is_company": contact.kind == "company",
        "company": contact.company,
        "email": contact.emails[0].address,
        "home_cell": phones.get("mobile"),
        "home_phone": phones.get("home"),
        "office_phone": phones.get("switch"),
        "home_street": home and home.street,
        "home_house_number": home and home.house_number,
        "home_zip_code": home and home.zip,
        "home_city": home and home.city,
        "home_country": home and home.country,
        "broker_id": contact.owner_id,
        "client_source_id": contact.source_id,
        "client_status_id": contact.status_id,
        "group_ids": list(contact.tag_ids),
        "description": contact.description,
        "rating": contact.rating,
        "newsletter": contact.newsletter,
    }
    return "/contacts", {"client": {name: value for name, value in client.items() if value is not None}}


SPOKEN = {
    "native": Spoken(
        base="/api/v1",
        key_header="Authorization: Bearer ",
        names={"text": "q", "phone": "phone", "status_ids": "status_id", "tag_ids": "tag_ids", "owner_ids": "owner_id"},
        page_size="limit",
        sort=lambda name: {"sort": name},
        create=_native_create,
    ),
    "propstack": Spoken(
        base="/propstack/v1",
        key_header="X-API-KEY: ",
        names={
            "text": "q",
            "phone": "phone_number",
            "status_ids": "status",
            "tag_ids": "group",
            "owner_ids": "broker_id",
        },
        page_size="per",
        sort=lambda name: {"sort_by": name, "order": "asc"},
        create=_propstack_create,
        roots_only=True,
    ),
}

_BY_ID = Goal(of_static={"sqlite": 0.5, "postgresql": 0.25})
_CREATES = Goal(rate={"sqlite": 1500, "postgresql": 1000})
_MERGES = Goal(rate={"sqlite": 1000, "postgresql": 500})
STATIC = Case("static route", "", "static")


def _cases(dialect: str) -> Iterator[Case]:
    yield Case("read by id", dialect, "read", Samples.ids, _BY_ID)
    yield Case("list of 20, filtered", dialect, "find", Samples.filters)
    yield Case("phone search", dialect, "find", Samples.phones, Goal(p99=10), SEARCHERS)
    yield Case("q: words", dialect, "find", Samples.words, Goal(p99=10), SEARCHERS)
    yield Case("q: prefixes", dialect, "find", Samples.prefixes, Goal(p99=10), SEARCHERS)
    yield Case("q: pieces", dialect, "find", Samples.pieces, Goal(p99=30), SEARCHERS)
    yield Case("create", dialect, "create", goal=_CREATES, connections=WRITERS)


_JSON = Case("20 by id, JSON", "vitec", "several", Samples.twenties)
_XML = Case(
    "20 by id, XML",
    "vitec",
    "several",
    Samples.twenties,
    Goal(of_case=(_JSON.title, 0.6)),
    accept="application/xml",
)
CASES = (
    *_cases("native"),
    Case("batch of 100", "native", "batch", connections=BATCHERS),
    Case("create, duplicates merged", "native", "create", goal=_MERGES, connections=WRITERS, more="&threshold=0.6"),
    *_cases("propstack"),
    _JSON,
    _XML,
)


def asked_query(case: Case, query: ContactQuery) -> ContactQuery:
    """`query` as the dialect of `case` puts it to the book."""
    return replace(query, only_roots=True) if SPOKEN[case.dialect].roots_only else query


def requests(case: Case, samples: Samples, secret: str, seconds: float, seed: int) -> list[bytes]:
    """The requests of `case` as they go over the wire; for writes as many as could be used up in `seconds`."""
    if case.kind == "static":
        return [_http("GET", "/health", "")]
    if case.kind == "several":
        head = f"Authorization: Basic {secret}\r\n"
        paths = (f"/vitec/CRM/Contact/M1/{','.join(map(str, ids))}" for ids in case.asked(samples))
        return [_http("GET", path, head, case.accept) for path in paths]
    spoken = SPOKEN[case.dialect]
    head = f"{spoken.key_header}{secret}\r\n"
    if case.kind == "read":
        return [_http("GET", f"{spoken.base}/contacts/{number}", head) for number in case.asked(samples)]
    if case.kind == "find":
        return [_http("GET", f"{spoken.base}/contacts?{_query(spoken, query)}", head) for query in case.asked(samples)]
    newcomers = samples.newcomers(seed)
    wanted = int(seconds * MOST_WRITES)
    if case.kind == "create":
        made = (spoken.create(contact) for contact in islice(newcomers, wanted))
        return [_write(spoken, path + case.more, body, head) for path, body in made]
    batches = ([_native_body(contact) for contact in islice(newcomers, BATCH)] for _ in range(max(1, wanted // BATCH)))
    return [_write(spoken, "/contacts/batch", {"data": batch}, head) for batch in batches]


def _query(spoken: Spoken, query: ContactQuery) -> str:
    asked = {spoken.page_size: str(PER_PAGE)}
    for field, name in spoken.names.items():
        value = getattr(query, field)
        if value is not None:
            asked[name] = value if isinstance(value, str) else ",".join(map(str, value))
    if query.sort != "id":
        asked.update(spoken.sort(query.sort))
    return urlencode(asked)


def _write(spoken: Spoken, path: str, body: Any, head: str) -> bytes:
    content = msgspec.json.encode(body)
    head = f"{head}Content-Type: application/json\r\nContent-Length: {len(content)}\r\n"
    return _http("POST", f"{spoken.base}{path}", head) + content


def _http(method: str, target: str, head: str, accept: str = "application/json") -> bytes:
    return f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: {accept}\r\n{head}\r\n".encode()
