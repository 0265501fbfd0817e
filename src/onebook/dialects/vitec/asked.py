"""What a request asks for: the customerId and ids in its path, its query whatever its spelling, its body.

Everything is looked at before anybody asks whether the caller may see it: validation comes before access (ours).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from urllib.parse import unquote

from onebook.dialects.vitec.fields import CUSTOMER_ID, ID
from onebook.dialects.vitec.forms import read_form
from onebook.dialects.vitec.sent import SENTENCE
from onebook.errors import Invalid, Problem
from onebook.http.body import check_text
from onebook.http.params import Params
from onebook.http.route import Ask

MOST_IDS = 20
"""Contacts of one call (the vendor's page)."""
FORM = "application/x-www-form-urlencoded"
_PREFIX = "criteria."
T = TypeVar("T")


def query(ask: Ask, *names: str) -> Params:
    """The query with `names` as they are spelled here: clients write them in any case, and with `criteria.` before."""
    spelled = {name.lower(): name for name in names}
    params = Params("")
    for name, value in ask.params.pairs:
        plain = name.lower().removeprefix(_PREFIX)
        params.pairs.append((spelled.get(plain, plain), value))
    return params


def body(ask: Ask) -> Any:
    """The body as plain values: a form where its type says so, else JSON. Raises Invalid."""
    media = ask.headers.get("content-type", "").partition(";")[0].strip().lower()
    return read_form(ask.raw) if media == FORM else ask.json()


def path_text(ask: Ask, name: str) -> str:
    """A parameter of the path, decoded."""
    return unquote(ask.path_params[name])


def customer_problems(customer_id: str) -> list[Problem]:
    """What is wrong with a customerId."""
    if not customer_id.strip():
        return [Problem(CUSTOMER_ID.sent, SENTENCE, CUSTOMER_ID.missing)]
    return _text_problems(customer_id, CUSTOMER_ID.sent, CUSTOMER_ID.sentence)


def id_problems(ids: Iterable[str], name: str) -> list[Problem]:
    """What is wrong with ids of contacts."""
    return [problem for one in ids for problem in _text_problems(one, name, ID.sentence)]


def _text_problems(text: str, name: str, sentence: str) -> list[Problem]:
    if len(text) > 40:
        return [Problem(name, SENTENCE, sentence)]
    try:
        check_text(text, name)
    except Invalid as error:
        return list(error.problems)
    return []


def customer_of(ask: Ask) -> str:
    """The customerId of the path. Raises Invalid."""
    customer_id = path_text(ask, "customerId")
    refuse(customer_problems(customer_id))
    return customer_id


def customer_and(ask: Ask, name: str) -> tuple[str, str]:
    """The customerId of the path and the one contact's id in it. Raises Invalid for both of them at once."""
    customer_id, contact_id = path_text(ask, "customerId"), path_text(ask, name)
    refuse(customer_problems(customer_id) + id_problems([contact_id], name))
    return customer_id, contact_id


def id_lists(sent: str) -> list[list[str]]:
    """The lists of ids that a piece of a path may mean: `,` parts ids, `%2C` belongs to one.

    Clients that encode every comma mean the list all the same; that is the second way to read it. Nobody's id twice.
    """
    exact = _listed(unquote(part) for part in sent.split(","))
    spread = _listed(unquote(sent).split(","))
    return [exact] if exact == spread else [exact, spread]


def _listed(parts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))


def list_problems(ids: list[str], name: str) -> list[Problem]:
    """What is wrong with a list of ids."""
    if not ids:
        return [Problem(name, SENTENCE, "Kontaktidn krävs")]
    if len(ids) > MOST_IDS:
        return [Problem(name, SENTENCE, f"Kontaktidn får vara högst {MOST_IDS} stycken")]
    return id_problems(ids, name)


def length_between(text: str | None, name: str, lowest: int, highest: int | None) -> str:
    """A text of the query that must have so many characters. Raises Invalid."""
    text = text or ""
    if not text.strip():
        refuse([Problem(name, SENTENCE, f"{name} krävs")])
    if highest is None and len(text.strip()) < lowest:
        refuse([Problem(name, SENTENCE, f"{name} måste vara minst {lowest} tecken")])
    if highest is not None and not lowest <= len(text.strip()) <= highest:
        refuse([Problem(name, SENTENCE, f"{name} måste vara mellan {lowest} och {highest} tecken")])
    return text


def gather(problems: list[Problem], read: Callable[[], T], otherwise: T) -> T:
    """What `read` answers; what it refuses joins `problems`."""
    try:
        return read()
    except Invalid as error:
        problems += error.problems
        return otherwise


def refuse(problems: list[Problem]) -> None:
    """Raise Invalid with all of `problems`, where there are any."""
    if problems:
        raise Invalid("the request is not valid", tuple(problems))
