"""Who may be the same: candidates for a contact, stored or not, and the pairs that somebody ought to look at."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from onebook.dialects.native.codec import chosen_fields, contact_edit, encode
from onebook.dialects.native.records import Collection, KeyFilter, handlers
from onebook.dialects.native.replies import check_match, object_reply, path_id, post
from onebook.errors import Conflict, Invalid, Problem
from onebook.http.params import Params
from onebook.http.route import Ask, Handler, Reply, Schema
from onebook.matching.decision import Candidate
from onebook.model.contact import Contact
from onebook.model.duplicate import PAIR_STATUSES, DuplicatePair
from onebook.service.contacts import Edit, change_contact, create_contact, get_contact
from onebook.service.duplicates import check, create_or_merge, decide_pair, duplicates_of, find_twin, surely_same
from onebook.service.idempotency import Answer
from onebook.service.records import get_record
from onebook.service.session import Unit

CREATE, REFUSE, MERGE = "create", "refuse", "merge"
ON_DUPLICATE = (CREATE, REFUSE, MERGE)
RULE: Schema = {"enum": list(ON_DUPLICATE)}
THRESHOLD: Schema = {"type": "number", "minimum": 0, "maximum": 1}
PAIRS = Collection(
    "/duplicates/pairs",
    DuplicatePair,
    (
        KeyFilter("status", "status", lambda value, _: value, "open, same or different"),
        KeyFilter("contact_id", "contact", lambda value, _: value, "that this contact is one of", numeric=True),
    ),
)


class DuplicateRule(tuple[str, float | None]):
    """What is to be done where a contact is there already, and from which probability on it is; None: by address."""

    __slots__ = ()
