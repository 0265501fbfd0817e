"""What keeps forms from being flooded, and spammers out: counted and looked up on both databases."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest

from onebook.errors import Forbidden, Invalid, TooMany
from onebook.service.flood import WINDOW, check_flood, count_flood
from onebook.service.session import Unit
from onebook.service.spam import Loaded, ip_address, load_spam_list, refuse_spammer
from onebook.store.open import OpenStore
from onebook.store.spam import add_ranges, begin_list, drop_older, finish_list
from tests.book import START, Book, new_account, new_book, opened
from tests.derived import Raw


def silent(step: str, more: int, total: int | None) -> None:
    """Nobody hears how far a load has come."""


class Form:
    """Somebody's address, from which contacts are made at moments of the test's own."""

    def __init__(self, book: Book) -> None:
        self.book = book

    async def sends(self, address: str, minutes: float, limit: int = 5) -> float | None:
        """One contact that many minutes after the start; answers the seconds to wait where it is refused."""

        async def work(unit: Unit) -> None:
            unit.now = START + timedelta(minutes=minutes)
            await check_flood(unit, address, limit)
            await count_flood(unit, address)

        try:
            await (await self.book.session()).write(work)
        except TooMany as error:
            return error.retry_after
        return None


async def test_the_sixth_within_an_hour_is_refused_and_the_window_slides(database_url: str) -> None:
    async with new_book(database_url) as book:
        form = Form(book)
        assert [await form.sends("192.0.2.1", minutes) for minutes in (0, 10, 20, 30, 30)] == [None] * 5
        assert await form.sends("192.0.2.1", 59.5) == 30
        assert await form.sends("192.0.2.2", 59.5) is None
        assert await form.sends("192.0.2.1", 59.5, limit=0) is None
        # Six are in the window now; the first two must leave it before there is room again.
        assert await form.sends("192.0.2.1", 60) == 600
        assert await form.sends("192.0.2.1", 70) is None
        assert await form.sends("192.0.2.1", 70) == 600


async def test_another_account_and_a_later_start_count_for_themselves_and_go_on(database_url: str) -> None:
    async with new_book(database_url) as book:
        for _ in range(5):
            assert await Form(book).sends("2001:db8::1", 0) is None
        assert await Form(Book(book.store, await new_account(book.store, "B"))).sends("2001:db8::1", 0) is None
        account = book.account
    async with opened(database_url) as store:
        assert await Form(Book(store, account)).sends("2001:db8::1", 1) == 59 * 60


async def test_what_has_left_the_window_is_not_kept(database_url: str) -> None:
    async with new_book(database_url) as book:
        for minutes in range(0, 300, 10):
            await Form(book).sends(f"192.0.2.{minutes % 7}", minutes, limit=0)
    raw = Raw(database_url)
    (kept,) = raw.rows("SELECT count(*) FROM flood_hits", 1)
    raw.close()
    assert kept[0] == WINDOW // timedelta(minutes=10)


async def test_many_at_once_get_no_more_than_the_limit(database_url: str) -> None:
    async with new_book(database_url) as book:
        told = await asyncio.gather(*(Form(book).sends("192.0.2.1", 0) for _ in range(20)))
        assert told.count(None) == 5


LIST = """# spammers
203.0.113.7
198.51.100.0/24 ; a network
198.51.101.128/25

2001:db8:bad::/48
2001:db8::dead
::ffff:192.0.2.0/120
"""
CAUGHT = ["203.0.113.7", "198.51.100.0", "198.51.100.255", "198.51.101.128", "2001:db8:bad::1", "2001:DB8::DEAD"]
CAUGHT += ["192.0.2.77", "::ffff:203.0.113.7", "2001:db8:bad:ffff::"]
FREE = ["203.0.113.6", "203.0.113.8", "198.51.99.255", "198.51.101.127", "198.51.102.0", "2001:db8:bae::", "::1"]
FREE += ["2001:db8::deae", "0.0.0.0", "255.255.255.255", "ffff::", "::"]


async def caught(store: OpenStore, text: str) -> bool:
    """Whether the list has the address."""
    address = ip_address(text)
    assert address is not None
    try:
        await refuse_spammer(store, address)
    except Forbidden:
        return True
    return False


async def test_addresses_and_networks_of_both_kinds_are_found(database_url: str) -> None:
    async with opened(database_url) as store:
        assert not await caught(store, "203.0.113.7")
        loaded = await load_spam_list(store, LIST.splitlines(), now=START, told=silent)
        assert loaded == Loaded(entries=6, ranges=6)
        assert [text for text in CAUGHT if not await caught(store, text)] == []
        assert [text for text in FREE if await caught(store, text)] == []


async def test_a_list_takes_the_place_of_the_one_before_and_a_wrong_one_does_not(database_url: str) -> None:
    async with opened(database_url) as store:
        await load_spam_list(store, ["192.0.2.1"], now=START, told=silent)
        await load_spam_list(store, ["192.0.2.0/31", "192.0.2.2/31", "192.0.2.3"], now=START, told=silent)
        assert [await caught(store, f"192.0.2.{last}") for last in range(5)] == [True, True, True, True, False]
        with pytest.raises(Invalid, match="line 2"):
            await load_spam_list(store, ["192.0.2.9", "192.0.2.256"], now=START, told=silent)
        assert await caught(store, "192.0.2.1")
        assert not await caught(store, "192.0.2.9")
        await load_spam_list(store, [], now=START, told=silent)
        assert not await caught(store, "192.0.2.1")
    raw = Raw(database_url)
    assert raw.rows("SELECT count(*) FROM spam_ranges", 0) == [(0,)]
    assert raw.rows("SELECT count(*) FROM spam_lists", 0) == [(1,)]
    raw.close()


async def test_a_load_that_stops_half_way_leaves_the_list_and_is_cleared_away_by_the_next(database_url: str) -> None:
    async with opened(database_url) as store:
        await load_spam_list(store, ["192.0.2.1"], now=START, told=silent)

        def stop(step: str, more: int, total: int | None) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            await load_spam_list(store, ["192.0.2.9"], now=START, told=stop)
        assert await caught(store, "192.0.2.1")
        assert not await caught(store, "192.0.2.9")
        await load_spam_list(store, ["192.0.2.3"], now=START, told=silent)
    raw = Raw(database_url)
    assert raw.rows("SELECT count(*) FROM spam_ranges", 0) == [(1,)]
    raw.close()


async def test_of_two_loads_at_once_the_one_that_began_later_counts(database_url: str) -> None:
    async with opened(database_url) as store:
        earlier = await begin_list(store, 0)
        await load_spam_list(store, ["192.0.2.1"], now=START, told=silent)
        await add_ranges(store, earlier, [("4c0000209", "4c0000209")])
        assert not await finish_list(store, earlier)
        await drop_older(store)
        assert await caught(store, "192.0.2.1")
        assert not await caught(store, "192.0.2.9")
    raw = Raw(database_url)
    assert raw.rows("SELECT count(*) FROM spam_ranges", 0) == [(1,)]
    raw.close()


async def test_a_long_list_finds_what_its_networks_hold(sqlite_url: str) -> None:
    random = Random(3)
    networks = [
        ipaddress.ip_network((random.getrandbits(32), random.randint(20, 32)), strict=False) for _ in range(400)
    ]
    networks += [
        ipaddress.ip_network((random.getrandbits(128), random.randint(40, 128)), strict=False) for _ in range(99)
    ]
    async with opened(sqlite_url) as store:
        await load_spam_list(store, map(str, networks), now=START, told=silent)
        probes: list[Callable[[int], int]] = [lambda n: n - 1, lambda n: n, lambda n: n + 1]
        for network in networks:
            for edge in (network.network_address, network.broadcast_address):
                for move in probes:
                    number = move(int(edge)) % 2 ** (32 if edge.version == 4 else 128)
                    address = type(edge)(number)
                    held = any(address in one for one in networks if one.version == address.version)
                    assert await caught(store, str(address)) == held, address


@pytest.mark.parametrize("text", ["", "x", "1.2.3", "1.2.3.4.5", "1.2.3.4/32", "::g", "1.2.3.04", " ", "1.2.3.4:80"])
def test_what_is_no_address_is_none(text: str) -> None:
    assert ip_address(text) is None
