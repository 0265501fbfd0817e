"""What lists of deals are filtered and sorted by beside keys: teams, brokers of either side, what is archived."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from itertools import islice

from onebook.dialects.propstack import kinds
from onebook.dialects.propstack.ids import own_ids
from onebook.dialects.propstack.kinds import Filter, Keys
from onebook.dialects.propstack.search import Order, picker_of
from onebook.dialects.propstack.tables.deals import DEALS
from onebook.http.params import Params
from onebook.model.contact import Contact
from onebook.model.deal import Deal
from onebook.model.property import Property
from onebook.model.query import Page
from onebook.service.contacts import get_contacts
from onebook.service.record_walk import Test, walk_records
from onebook.service.records import find_records, get_records
from onebook.service.session import View
from onebook.store.records import RecordSort

_NOBODY = ("0",)
_ALL = Page(limit=1_000_000)
_AT_ONCE = 500
_SORTED = (
    *("price", "sold_price", "start_date", "date", "end_date", "feeling"),
    *("deal_stage_id", "deal_pipeline_id", "deal_stage_chance"),
)
SORTS: tuple[str, ...] = (*kinds.SORTS, *_SORTED)
"""What a list of deals can be sorted by; those behind the first three are ours."""


async def indirect_keys(view: View, params: Params) -> Keys:
    """The keys of `team_id`, whose deals are its members', and of `property_broker_ids`, the agents of properties."""
    keys: Keys = []
    teams = await kinds.keys_of(view, params, (Filter("team_id", "team", "teams"),))
    for _, asked in teams:
        members = [str(user.id) for user in view.vocabulary.users.values() if str(user.team_id) in asked]
        keys.append(("user", tuple(members) or _NOBODY))
    for key in await kinds.keys_of(view, params, (Filter("property_broker_ids", "agent", "users"),)):
        houses = await find_records(view, Property, _ALL, keys=[key])
        keys.append(("property", tuple(str(house.id) for house in houses) or _NOBODY))
    return keys


async def side_tests(view: View, params: Params, keys: Keys) -> list[Test]:
    """What `client_broker_ids`, `show_archived_clients` and `hide_archived_properties` ask of a deal's two sides.

    Deals of archived contacts are left out only where `show_archived_clients` is false. `keys`: of the deals asked for.
    """
    tests: list[Test] = []
    people: list[Callable[[Contact], bool]] = []
    asked = params.integers("client_broker_ids")
    if asked:
        brokers = set((await own_ids(view, [("users", number) for number in asked])).values())
        people.append(lambda person: not brokers.isdisjoint((person.owner_id, person.second_owner_id)))
    if params.flag("show_archived_clients") is False:
        people.append(lambda person: not person.is_archived)
    if people:
        wanted = await _contacts(view, keys, lambda person: all(test(person) for test in people))
        tests.append(lambda deal: deal.contact_id in wanted)
    if params.flag("hide_archived_properties"):
        hidden = await _archived_properties(view, keys)
        tests.append(lambda deal: deal.property_id not in hidden)
    return tests


async def _contacts(view: View, keys: Keys, test: Callable[[Contact], bool]) -> set[int]:
    """The contacts of the deals that pass `test`."""
    numbers = {deal.contact_id async for deal in walk_records(view, Deal, (), keys=keys) if deal.contact_id is not None}
    found: set[int] = set()
    for some in _chunks(numbers):
        found.update(number for number, person in (await get_contacts(view, some)).items() if test(person))
    return found


async def _archived_properties(view: View, keys: Keys) -> set[int]:
    numbers = {deal.property_id async for deal in walk_records(view, Deal, (), keys=keys)} - {None}
    found: set[int] = set()
    for some in _chunks({number for number in numbers if number is not None}):
        houses = await get_records(view, Property, some)
        found.update(number for number, house in houses.items() if house.is_archived)
    return found


def _chunks(numbers: Collection[int]) -> Iterator[list[int]]:
    rest = iter(sorted(numbers))
    while some := list(islice(rest, _AT_ONCE)):
        yield some


def deal_order(params: Params) -> Order:
    """By what `sort_by` and `order` sort. Raises Invalid for another word."""
    name = params.choice("sort_by", SORTS)
    columns: dict[str, RecordSort] = {one: kinds.SORTS.get(one, "id") for one in SORTS}
    column, descending = kinds.sorting(params, columns)
    return Order(column, descending, picker_of(DEALS, name) if name in _SORTED else None)
