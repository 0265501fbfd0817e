"""The operator's list of spammers: read from a file of addresses and networks, replaced while everything is served."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice

from msgspec import Struct

from onebook.errors import Conflict, Forbidden, Invalid
from onebook.store import spam as store
from onebook.store.database import OPERATOR, Store
from onebook.store.moments import micros
from onebook.store.spam import Range

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Told = Callable[[str, int, int | None], None]
_COMMENTS = ("#", ";")
_PART = 10_000
_DIGITS = {4: 8, 6: 32}
_MAPPED_PREFIX = 96
"""Behind so many bits of IPv6 all of IPv4 is found again (RFC 4291, 2.5.5.2)."""


class Loaded(Struct, frozen=True, kw_only=True):
    """What was loaded: how many entries the file had, and how many ranges they make."""

    entries: int
    ranges: int


def ip_address(text: str) -> IpAddress | None:
    """An IPv4 or IPv6 address; None where it is none. One that is an IPv4 address in IPv6's clothes is that."""
    try:
        found = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address):
        # A zone (fe80::1%eth0) means something on one machine only.
        return found.ipv4_mapped or ipaddress.IPv6Address(int(found))
    return found


async def refuse_spammer(store_: Store, address: IpAddress) -> None:
    """Raises Forbidden where the address is on the list."""
    key = _key(address.version, int(address))
    last = await store.last_of_range(store_.reader(OPERATOR), key)
    if last is not None and key <= last:
        raise Forbidden(f"{address} is on the list of spammers")


async def load_spam_list(store_: Store, lines: Iterable[str], *, now: datetime, told: Told) -> Loaded:
    """Replace the list by `lines`: an address or a network (CIDR) each; `#` and `;` begin a comment.

    Until the last line is in, the old list counts. `told` hears how many more lines are read and ranges written.
    Raises Invalid naming the first line that is neither, Conflict where another load began later and was done sooner.
    """
    networks = list(_networks(lines, told))
    ranges = _joined(networks)
    generation = await store.begin_list(store_, micros(now))
    waiting = iter(ranges)
    while part := list(islice(waiting, _PART)):
        await store.add_ranges(store_, generation, part)
        told("ranges", len(part), len(ranges))
    counts = await store.finish_list(store_, generation)
    await store.drop_older(store_)
    if not counts:
        raise Conflict("another list was loaded meanwhile, and that one counts")
    return Loaded(entries=len(networks), ranges=len(ranges))


def _networks(lines: Iterable[str], told: Told) -> Iterator[tuple[int, int, int]]:
    """IP version, first and last number of each entry. Raises Invalid."""
    for number, line in enumerate(lines, 1):
        if number % _PART == 0:
            told("lines", _PART, None)
        text = line
        for sign in _COMMENTS:
            text = text.partition(sign)[0]
        text = text.strip().removeprefix("\ufeff")
        if not text:
            continue
        found = _range(text)
        if found is None:
            raise Invalid.at(f"line {number}", f"{text[:60]!r} is no IP address and no network")
        yield found


def _range(text: str) -> tuple[int, int, int] | None:
    """IP version, first and last number of an address or a network; None for what is neither."""
    if "/" not in text:
        address = ip_address(text)
        return None if address is None else (address.version, int(address), int(address))
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    first, last = int(network.network_address), int(network.broadcast_address)
    mapped = network.network_address.ipv4_mapped if isinstance(network, ipaddress.IPv6Network) else None
    if mapped is not None and network.prefixlen >= _MAPPED_PREFIX:
        return 4, int(mapped), int(mapped) + last - first
    return network.version, first, last


def _joined(networks: Iterable[tuple[int, int, int]]) -> list[Range]:
    """The networks in order, those that touch or overlap as one range."""
    ranges: list[tuple[int, int, int]] = []
    for version, first, last in sorted(networks):
        if ranges and ranges[-1][0] == version and first <= ranges[-1][2] + 1:
            ranges[-1] = version, ranges[-1][1], max(last, ranges[-1][2])
        else:
            ranges.append((version, first, last))
    return [(_key(version, first), _key(version, last)) for version, first, last in ranges]


def _key(version: int, number: int) -> str:
    return f"{version}{number:0{_DIGITS[version]}x}"
