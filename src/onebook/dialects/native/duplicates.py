"""Who may be the same: candidates for a contact, stored or not, and the pairs that somebody ought to look at."""

from __future__ import annotations

from collections.abc import Sequence

from onebook.dialects.native.codec import contact_edit, encode
from onebook.dialects.native.collections import collection_of, text_filter
from onebook.dialects.native.records import handlers
from onebook.dialects.native.replies import check_match, object_reply, path_id, post
from onebook.errors import Invalid
from onebook.http.route import Ask, Handler, Reply, Schema
from onebook.matching.decision import Candidate
from onebook.model.duplicate import PAIR_STATUSES, DuplicatePair
from onebook.service.contacts import get_contact
from onebook.service.duplicates import check, decide_pair, duplicates_of
from onebook.service.idempotency import Answer
from onebook.service.records import get_record
from onebook.service.session import Unit

PAIRS = collection_of("/duplicates/pairs", DuplicatePair, text_filter("status", "open, same or different"))
_ALL = handlers(PAIRS)


async def duplicates(ask: Ask) -> Reply:
    """GET /contacts/{id}/duplicates."""
    view = ask.session.view
    return Reply(200, _body(await duplicates_of(view, await get_contact(view, path_id(ask, "contact")))))


async def check_contact(ask: Ask) -> Reply:
    """POST /duplicates/check: a contact that is not stored, and is not stored by this."""
    edit = contact_edit(ask.json(), ask.session.view.zone)
    if "idempotency-key" not in ask.headers:
        return Reply(200, _body(await check(ask.session.view, edit)))

    async def work(unit: Unit) -> Answer:
        return Answer(status=200, body=_body(await check(unit, edit)))

    return await post(ask, work)


async def change_pair(ask: Ask) -> Reply:
    """PATCH /duplicates/pairs/{id}: what somebody says who has looked."""
    pair_id, body = path_id(ask, PAIRS.noun), ask.json()
    if not isinstance(body, dict) or set(body) - {"status"}:
        raise Invalid.at("status", "is all that can be changed", "unknown_field")
    status = body.get("status")
    known = [word for word in PAIR_STATUSES if word == status]
    if not known:
        raise Invalid.at("status", f"must be one of {', '.join(PAIR_STATUSES)}", "unknown_value")

    async def work(unit: Unit) -> DuplicatePair:
        if "if-match" in ask.headers:
            check_match(ask, (await get_record(unit, DuplicatePair, pair_id)).version)
        return await decide_pair(unit, pair_id, known[0])

    return object_reply(await ask.session.write(work))


HANDLERS: dict[str, Handler] = {
    "list": _ALL["list"],
    "read": _ALL["read"],
    "history": _ALL["history"],
    "change": change_pair,
}

CANDIDATES: Schema = {
    "type": "object",
    "description": "Who may be the same, likeliest first, and what each field says for or against it.",
    "required": ["data"],
    "additionalProperties": False,
    "properties": {
        "data": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["contact_id", "probability", "match_weight", "fields"],
                "additionalProperties": False,
                "properties": {
                    "contact_id": {"type": "integer"},
                    "probability": {"type": "number", "minimum": 0, "maximum": 1},
                    "match_weight": {"type": "number", "description": "The logarithm to base 2 of the odds."},
                    "fields": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["field", "level", "weight"],
                            "additionalProperties": False,
                            "properties": {
                                "field": {"type": "string"},
                                "level": {"type": "string"},
                                "weight": {"type": "number", "description": "Bits; 0 where nothing is known."},
                            },
                        },
                    },
                },
            },
        }
    },
}
PAIR_CHANGE: Schema = {
    "type": "object",
    "required": ["status"],
    "additionalProperties": False,
    "properties": {"status": {"enum": list(PAIR_STATUSES)}},
}


def _body(candidates: Sequence[Candidate]) -> bytes:
    told = [
        {
            "contact_id": one.contact_id,
            "probability": one.score.probability,
            "match_weight": one.score.match_weight,
            "fields": one.score.fields,
        }
        for one in candidates
    ]
    return encode({"data": told})
