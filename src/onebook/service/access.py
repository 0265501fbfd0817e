"""Accounts, the keys that open them, and who may do what."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct
from msgspec.structs import replace

from onebook.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from onebook.model.account import DEFAULT_RATES, DIALECTS, LOGINS, SETTINGS, Account, Dialect, Key
from onebook.model.campaign import MailStatus
from onebook.model.duplicate import DuplicatePair
from onebook.model.normal import plain
from onebook.service.session import Session, View
from onebook.store import access as store
from onebook.store.database import OPERATOR, Store, Transaction, next_id
from onebook.store.resources import RESOURCES as TABLES
from onebook.store.vocabulary import current_vocabulary

LONGEST_CUSTOMER_ID = 40
PARTNER = "partner"
"""The scope that stands beside the others and is never implied."""

RESOURCES = dict.fromkeys(
    (
        "contacts",
        *(resource.name for resource in TABLES if resource.record not in (DuplicatePair, MailStatus)),
        "datadump",
        "mail_status",
    )
)
"""What scopes are for; pairs of duplicates go with the contacts, statuses of addresses are `mail_status`."""
SCOPES = frozenset({f"{resource}:{verb}" for resource in RESOURCES for verb in ("read", "write")} | {PARTNER})


class NewKey(Struct, frozen=True, kw_only=True):
    """A key just made; `secret` is shown once and kept by nobody."""

    key: Key
    secret: str
    username: str


async def create_account(
    store_: Store, name: str, *, now: datetime, country: str, language: str, timezone: str, customer_id: str | None
) -> Account:
    """A new, empty account. Raises Invalid, and Conflict where its name or customer id is taken."""
    _check_account(name, country, language, timezone)
    if customer_id and not (len(customer_id) <= LONGEST_CUSTOMER_ID and customer_id.isprintable()):
        raise Invalid.at("customer_id", f"must be at most {LONGEST_CUSTOMER_ID} characters, none a control character")

    async def work(tx: Transaction) -> Account:
        number = await store.next_account_id(tx)
        account = Account(
            account_id=number,
            name=name.strip(),
            customer_id=customer_id or f"M{number}",
            country=country.upper(),
            language=language.lower(),
            timezone=timezone,
            created_at=now,
        )
        for other in await store.list_accounts(tx):
            if other.name == account.name or other.customer_id == account.customer_id:
                raise Conflict(f"there is an account {other.name} ({other.customer_id}) already: choose another name")
        await store.add_account(tx, account)
        return account

    return await store_.write(OPERATOR, work)


def _check_account(name: str, country: str, language: str, timezone: str) -> None:
    if not name.strip() or len(name) > 200 or not name.isprintable():
        raise Invalid.at("name", "must be 1 to 200 characters, none of them a control character")
    if not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise Invalid.at("country", f"must be two letters (ISO 3166-1), for example DE, not {country}")
    if not (2 <= len(language) <= 3 and language.isascii() and language.isalpha()):
        raise Invalid.at("language", f"must be two letters (ISO 639-1), for example de, not {language}")
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid.at("timezone", f"must be a name like Europe/Berlin, not {timezone}") from None


async def accounts(store_: Store) -> list[Account]:
    """Every account, by number."""
    return await store.list_accounts(store_.reader(OPERATOR))


async def account_named(store_: Store, name: str | None) -> Account:
    """The account of this name, customer id or number; None: the only one there is. Raises NotFound, Invalid."""
    known = await accounts(store_)
    if name is None:
        if len(known) != 1:
            raise Invalid(f"there are {len(known)} accounts: say which with --account NAME")
        return known[0]
    for same in (
        lambda a: a.name == name,
        lambda a: a.customer_id == name,
        lambda a: plain(a.name) == plain(name),
        lambda a: str(a.account_id) == name,
    ):
        for account in known:
            if same(account):
                return account
    names = ", ".join(account.name for account in known) or "none yet: make one with `onebook account create NAME`"
    raise NotFound(f"there is no account {name}; there are: {names}")


async def change_settings(store_: Store, account: Account, chosen: Mapping[str, str]) -> Account:
    """The account with other settings (model/account.py lists them). Raises Invalid for what is none."""
    for name, value in chosen.items():
        if name not in SETTINGS:
            raise Invalid(f"there is no setting {name}; there are: {', '.join(SETTINGS)}")
        if value not in SETTINGS[name]:
            raise Invalid(f"{name} takes {' or '.join(SETTINGS[name])}, not {value}")

    async def work(tx: Transaction) -> Account:
        before = await store.read_account(tx)
        after = replace(before, settings={**before.settings, **chosen})
        await store.change_account(tx, after)
        return after

    return await store_.write(account.account_id, work)


async def change_thresholds(
    store_: Store, account: Account, *, auto_merge: float | None = None, review: float | None = None
) -> Account:
    """The account with other thresholds for duplicates, probabilities from 0 to 1. Raises Invalid for others."""
    given = {"auto_merge_threshold": auto_merge, "review_threshold": review}
    chosen = {name: value for name, value in given.items() if value is not None}
    for name, value in chosen.items():
        if not 0 <= value <= 1:
            raise Invalid.at(name, f"must be a probability from 0 to 1, not {value}")

    async def work(tx: Transaction) -> Account:
        after = replace(await store.read_account(tx), **chosen)
        await store.change_account(tx, after)
        return after

    return await store_.write(account.account_id, work)


async def open_session(store_: Store, account: Account, *, now: datetime, actor: str, via: str) -> Session:
    """A session without a key: for the command line and for jobs."""
    vocabulary = await current_vocabulary(store_, account.account_id)
    return Session(store_, View(store_.reader(account.account_id), vocabulary, now), actor, via)


async def create_key(
    store_: Store,
    account_ids: Sequence[int],
    dialect: Dialect,
    *,
    now: datetime,
    name: str | None = None,
    scopes: Sequence[str] = (),
    rate: float | None = None,
) -> NewKey:
    """A new key to the accounts; the first one keeps it. Without `scopes`: all the dialect offers to an account."""
    unknown = sorted(set(scopes) - SCOPES)
    if unknown:
        raise Invalid(f"there is no scope {', '.join(unknown)}; there are: {', '.join(sorted(SCOPES))}")
    if dialect not in DIALECTS:
        raise Invalid(f"there is no dialect {dialect}; there are: {', '.join(DIALECTS)}")
    if len(account_ids) > 1 and dialect not in LOGINS:
        raise Invalid(f"a key of {dialect} opens one account only")

    async def work(tx: Transaction) -> NewKey:
        number = await next_id(tx)
        username = f"{dialect}{tx.account_id}.{number}"
        secret = f"ob{tx.account_id}x{secrets.token_hex(24)}"
        key = Key(
            key_id=number,
            account_id=tx.account_id,
            dialect=dialect,
            name=name or username,
            hash=secret_hash(_login(username, secret) if dialect in LOGINS else secret),
            scopes=frozenset(scopes) or SCOPES - {PARTNER},
            rate=DEFAULT_RATES[dialect] if rate is None else rate,
            account_ids=tuple(dict.fromkeys(account_ids)),
            created_at=now,
        )
        await store.save_key(tx, key, new=True)
        return NewKey(key=key, secret=secret, username=username)

    return await store_.write(account_ids[0], work)


async def keys_of(store_: Store, account: Account) -> list[Key]:
    """The account's keys, revoked ones too."""
    return await store.list_keys(store_.reader(account.account_id))


async def revoke_key(store_: Store, account: Account, named: str, *, now: datetime) -> Key:
    """Refuse the key from now on. `named` is its number or its name. Raises NotFound, Invalid for an unclear name."""

    async def work(tx: Transaction) -> Key:
        known = [key for key in await store.list_keys(tx) if key.revoked_at is None]
        found = [key for key in known if str(key.key_id) == named] or [key for key in known if key.name == named]
        if not found:
            raise NotFound(f"the account {account.name} has no key {named} in use: see `onebook key list`")
        if len(found) > 1:
            raise Invalid(f"{len(found)} keys are called {named}: give the number, see `onebook key list`")
        revoked = replace(found[0], revoked_at=now)
        await store.save_key(tx, revoked, new=False)
        return revoked

    return await store_.write(account.account_id, work)


def _login(username: str, password: str) -> str:
    return f"{password}:{username}"


def secret_hash(secret: str) -> str:
    """What is stored of a secret. It is random and long, so a fast hash is as good as a slow one."""
    return hashlib.sha256(secret.encode()).hexdigest()


def login_secret(username: str, password: str) -> str:
    """The secret that a user name and a password make together, for `authenticate`."""
    return _login(username, password)


async def authenticate(store_: Store, dialect: Dialect, secret: str | None) -> tuple[Key, int]:
    """The key in use whose secret this is, and its account's stamp now. Raises Unauthenticated."""
    if not secret:
        raise Unauthenticated("no key was given")
    account_id = _account_of(secret)
    stamp = await store_.stamp(account_id) if account_id else None
    if stamp is None:
        raise Unauthenticated("the key is unknown")
    hashed = secret_hash(secret)
    kept = store_.keys.get(hashed)
    if kept is None or kept[0] != stamp:
        kept = stamp, await store.read_key(store_.reader(account_id), hashed)
        if kept[1] is not None:
            store_.keys[hashed] = kept
    key = kept[1]
    if key is None or key.revoked_at is not None or key.dialect != dialect:
        raise Unauthenticated("the key is unknown")
    return key, stamp


def _account_of(secret: str) -> int:
    """A secret says whose it is, `ob<account>x…`: look-ups stay inside one account. 0 for what is no secret."""
    head, sign, _ = secret.partition("x")
    digits = head.removeprefix("ob")
    plausible = sign and head.startswith("ob") and digits.isascii() and digits.isdigit() and len(digits) < 10
    return int(digits) if plausible else 0


async def session_for(
    store_: Store, key: Key, account_id: int, *, clock: Callable[[], datetime], stamp: int | None = None
) -> Session:
    """The session of a key in one of its accounts; `clock` answers the moment in UTC.

    `stamp` is the account's, where it has just been asked for.
    """
    view = View(store_.reader(account_id), await current_vocabulary(store_, account_id, stamp), clock())
    return Session(store_, view, key.name, key.dialect, key, clock=clock)


async def session_of_customer(session: Session, customer_id: str) -> Session:
    """The caller's session in that account, of those the key opens, which has this customer id. Raises Forbidden."""
    if session.view.account.customer_id == customer_id:
        return session
    for account_id in session.key.account_ids if session.key is not None else ():
        if session.key is not None and account_id != session.view.account_id:
            other = await session_for(
                session.store, session.key, account_id, clock=session.clock or (lambda: session.view.now)
            )
            if other.view.account.customer_id == customer_id:
                return other
    raise Forbidden(f"the key does not open {customer_id[:40]!r}")


def allowed(key: Key, scope: str) -> bool:
    """Whether the key has the scope; the empty scope needs nothing but a key that is not a partner's alone."""
    return scope in key.scopes if scope else key.scopes != {PARTNER}
