"""Whose book it is and who may open it: the account, its keys, and the small lists its contacts point to."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from onebook.model.contact import Moment

Dialect = Literal["native", "propstack", "vitec", "quentn", "easybroker"]
DIALECTS: tuple[Dialect, ...] = ("native", "propstack", "vitec", "quentn", "easybroker")
NUMBERED_DIALECTS: frozenset[str] = frozenset({"propstack", "quentn", "easybroker"})
"""Those in which the id that a contact answers to is a whole number."""
DEFAULT_RATES: dict[Dialect, float] = {
    "native": 100.0,
    "propstack": 100.0,
    "vitec": 100.0,
    "quentn": 100.0,
    "easybroker": 20.0,  # the vendor's documented limit; the others document none
}
"""Requests a second that a key of the dialect may make where nothing else is said."""
LOGINS: frozenset[Dialect] = frozenset({"vitec"})
"""The dialects whose key is a user name and a password, which may open several accounts."""
SETTINGS: dict[str, tuple[str, ...]] = {"vitec.single": ("false", "true")}
"""What an account may choose, by `<dialect>.<name>`, and its values, the usual one first."""
Probability = Annotated[float, Meta(ge=0, le=1)]
Role = Literal["admin", "editor", "viewer"]
CustomEntity = Literal["contacts", "users", "properties", "projects", "deals", "activities", "saved_queries"]
FieldType = Literal["text", "number", "date", "choice", "multiple_choice", "checkbox", "consent", "url"]


class Account(Struct, frozen=True, kw_only=True):
    """One agency's book: `country` ISO 3166-1 alpha-2, `language` ISO 639-1, `timezone` an IANA name."""

    account_id: int
    name: str
    customer_id: str
    country: str = "DE"
    language: str = "de"
    timezone: str = "Europe/Berlin"
    settings: dict[str, str] = msgspec.field(default_factory=dict)
    """What the account has chosen of `SETTINGS`."""
    auto_merge_threshold: Probability = 0.6
    """From so probable a duplicate on, `auto` merges unseen; measured in docs/reference/matching.md."""
    review_threshold: Probability = 0.3
    """And from so probable on, the pair is noted for somebody to look at."""
    created_at: Moment


class Key(Struct, frozen=True, kw_only=True):
    """What a caller presents, without its secret. `account_ids`: the books it opens, its own first.

    `rate` is requests a second, 0 for no limit. `hash` is the SHA-256 of the secret, hexadecimal.
    """

    key_id: int
    account_id: int
    dialect: Dialect
    name: str
    hash: str
    scopes: frozenset[str]
    rate: float
    account_ids: tuple[int, ...]
    created_at: Moment
    revoked_at: Moment | None = None


class Record(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What every other table's row has in common."""

    id: int = 0
    version: int = 0
    created_at: Moment | None = None
    updated_at: Moment | None = None
    deleted_at: Moment | None = None
    external_ids: dict[str, str] = {}
    """By dialect the id that the record shows and answers to there, as a contact's (docs/decisions/0002)."""
    extras: dict[str, dict[str, object]] = {}


R = TypeVar("R", bound=Record)


class User(Record, frozen=True, omit_defaults=True, kw_only=True):
    """Somebody of the agency: owner of contacts, author of changes."""

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    position: str | None = None
    salutation: str | None = None
    academic_title: str | None = None
    role: Role = "editor"
    language: str | None = None
    timezone: str | None = None
    color: str | None = None
    team_id: int | None = None
    department_ids: tuple[int, ...] = ()
    custom: dict[str, Any] = {}


class TagGroup(Record, frozen=True, omit_defaults=True, kw_only=True):
    """A heading that tags stand under."""

    name: str


class Tag(Record, frozen=True, omit_defaults=True, kw_only=True):
    """A mark on contacts; its name is unique in the account, whatever the case."""

    name: str
    group_id: int | None = None
    description: str | None = None
    is_locked: bool = False


class Source(Record, frozen=True, omit_defaults=True, kw_only=True):
    """Where contacts come from."""

    name: str


class Status(Record, frozen=True, omit_defaults=True, kw_only=True):
    """Where a contact stands with the agency."""

    name: str
    color: str | None = None
    position: int | None = None


class Reason(Record, frozen=True, omit_defaults=True, kw_only=True):
    """Why a contact's data is kept."""

    name: str


class Option(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One choice of a custom field; ids are unique within the field and are given where they are missing."""

    id: int = 0
    name: str


class CustomField(Record, frozen=True, omit_defaults=True, kw_only=True):
    """One further field of what `entity` names; its `name` is the key in `custom`, and unique within the entity."""

    name: str
    entity: CustomEntity = "contacts"
    label: str | None = None
    type: FieldType = "text"
    options: tuple[Option, ...] = ()
    required: bool = False
    max_length: int | None = None
    description: str | None = None
    default: object | None = None
    position: int | None = None


class Vocabulary(Struct, frozen=True, kw_only=True):
    """All that contacts of an account point to, by id, and the custom fields by name. Read together, kept together.

    `stamp` is the account's: it grows with every change of anything in here, and of the account's keys.
    """

    stamp: int
    account: Account
    users: dict[int, User]
    tag_groups: dict[int, TagGroup]
    tags: dict[int, Tag]
    sources: dict[int, Source]
    statuses: dict[int, Status]
    reasons: dict[int, Reason]
    custom_fields: dict[str, CustomField]
    """Those of contacts."""
    record_fields: dict[str, dict[str, CustomField]] = {}
    """Those of the others, by what `CustomField.entity` names."""
    lists: dict[type[Record], dict[int, Any]] = {}
    """The small lists that other records point to; `listed` reads them."""

    def listed(self, record: type[R]) -> dict[int, R]:
        """All records of a small list (teams, activity types, pipelines, …) that are not in the trash, by id."""
        return self.lists.get(record, {})

    def fields_of(self, entity: CustomEntity) -> dict[str, CustomField]:
        """The custom fields of an entity, by name."""
        return self.custom_fields if entity == "contacts" else self.record_fields.get(entity, {})
