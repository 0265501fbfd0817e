"""Users, and what else an account says of itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from onebook.dialects.quentn.comments import paging, ranges
from onebook.dialects.quentn.contacts import path_text
from onebook.dialects.quentn.errors import answer
from onebook.dialects.quentn.lookups import shown_id, user_named
from onebook.errors import NotFound
from onebook.http.route import Ask, Reply
from onebook.model.account import Account, Role, User
from onebook.service.contacts import is_own_id

MOST = 20
ROLES: dict[Role, int] = {"admin": 1, "editor": 2, "viewer": 3}
"""The book's roles and their `rid`: ours."""


def encode_user(user: User, account: Account) -> dict[str, Any]:
    """A user; what it has not chosen is as the account has it."""
    return {
        "uid": shown_id(user),
        "mail": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "timezone": user.timezone or account.timezone,
        "language": user.language or account.language,
        "created": _seconds(user.created_at),
        "changed": _seconds(user.updated_at),
        "roles": [{"rid": ROLES[user.role], "name": user.role}],
    }


def _seconds(moment: datetime | None) -> int:
    return int(moment.timestamp()) if moment is not None else 0


async def read_users(ask: Ask) -> Reply:
    """GET users."""
    words = ask.session.view.vocabulary
    number, limit, sort = paging(ask.params, MOST)
    users = sorted(words.users.values(), key=shown_id, reverse=sort == "desc")
    return answer(
        {
            "number_users": len(users),
            "range": number,
            "limit": limit,
            "sort": sort,
            "number_ranges": ranges(len(users), limit),
            "users": [encode_user(user, words.account) for user in users[number * limit : (number + 1) * limit]],
        }
    )


async def read_user(ask: Ask) -> Reply:
    """GET user/<uid or mail>."""
    words, named = ask.session.view.vocabulary, path_text(ask, "user")
    user = user_named(words.users.values(), int(named) if is_own_id(named) else named)
    if user is None:
        raise NotFound(f"there is no user {named[:255]}")
    return answer(encode_user(user, words.account))


async def check_credentials(ask: Ask) -> Reply:
    """GET check-credentials: whoever gets here has a good key."""
    return answer({"success": True})


async def tracking(ask: Ask) -> Reply:
    """GET tracking: the book tracks nobody."""
    return answer({"tracking_enabled": False, "domains": []})
