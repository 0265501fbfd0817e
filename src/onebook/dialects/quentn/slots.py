"""The vendor's fixed places for e-mail addresses and phones, over the contact's lists of them.

`mail` is the primary address and `mail2` the next one; `phone`, `phone2` and `fax` likewise. What a merge has
overwritten stays in the list, labelled `former`, in no place of the vendor's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from msgspec.structs import replace

from onebook.model.contact import Email, Phone, PhoneKind
from onebook.model.normal import email_key

FORMER = "former"
"""The label of what was overwritten by a merge."""
REMOVED = "removed"
"""The label of a place that was set to null while there is something in a later one."""
T = TypeVar("T", bound=Email | Phone)


@dataclass(frozen=True, slots=True)
class Places(Generic[T]):
    """Which members of a list have places; `text` is the attribute that is shown, `same` what tells two apart."""

    text: str
    has_place: Callable[[T], bool]
    make: Callable[[str], T]
    same: Callable[[str], str]

    def indexes(self, items: Sequence[T]) -> list[int]:
        """Where the members that have places stand, in the order of their places."""
        found = [index for index, item in enumerate(items) if item.label != FORMER and self.has_place(item)]
        found.sort(key=lambda index: not items[index].is_primary)
        return found

    def at(self, items: Sequence[T], place: int) -> T | None:
        """The member in a place, from 0; None where there is none."""
        found = self.indexes(items)
        return items[found[place]] if len(found) > place else None

    def shown(self, items: Sequence[T], place: int) -> str | None:
        """The text in a place."""
        item = self.at(items, place)
        text = None if item is None else str(getattr(item, self.text))
        return None if item is not None and not text and item.label == REMOVED else text

    def put(self, items: tuple[T, ...], place: int, given: str | None) -> tuple[T, ...]:
        """`items` with another text in a place, in place of the one there; None takes it away."""
        found = self.indexes(items)
        if len(found) <= place:
            return items if given is None else self._filled(items, place, self.make(given))
        index = found[place]
        if given is None and len(found) == place + 1 and self._is_plain(items[index]):
            return (*items[:index], *items[index + 1 :])
        return _with(items, index, self._changed(items, index, given))

    def grow(self, items: tuple[T, ...], place: int, given: str) -> tuple[T, ...]:
        """The same, and what was there stays in the list: in the place that `given` had, else as a former one."""
        found = self.indexes(items)
        if len(found) <= place:
            return self.put(items, place, given)
        index = found[place]
        if self._is(items[index], given):
            return _with(items, index, replace(items[index], **{self.text: given}))
        if not getattr(items[index], self.text):
            return self.put(items, place, given)
        elsewhere = next((other for other in found if self._is(items[other], given)), None)
        if elsewhere is not None:
            old, new = items[index], replace(items[elsewhere], is_primary=items[index].is_primary)
            swapped = _with(items, elsewhere, replace(old, is_primary=items[elsewhere].is_primary))
            return _with(swapped, index, replace(new, **{self.text: given}))
        former = replace(items[index], label=FORMER, is_primary=False)
        changed = self._changed(items, index, given)
        kept = tuple(
            changed if at == index else item
            for at, item in enumerate(items)
            if at == index or item.label != FORMER or not self._is(item, given)
        )
        return (*kept, *(() if any(self._is_same(former, one) for one in kept) else (former,)))

    def with_member(self, items: tuple[T, ...], place: int, change: Callable[[T], T]) -> tuple[T, ...]:
        """`items` with the member in a place changed; where there is none, an empty one is made."""
        found = self.indexes(items)
        if len(found) > place:
            return _with(items, found[place], change(items[found[place]]))
        return self._filled(items, place, change(self._empty()))

    def _filled(self, items: tuple[T, ...], place: int, item: T) -> tuple[T, ...]:
        """`items` with `item` in a place that has none yet, after the places before it."""
        found = self.indexes(items)
        missing = place - len(found)
        after = found[-1] + 1 if found else 0
        return (*items[:after], *(self._empty() for _ in range(missing)), item, *items[after:])

    def _changed(self, items: tuple[T, ...], index: int, given: str | None) -> T:
        item = items[index]
        if given is None:
            return replace(item, **{self.text: "", "label": REMOVED}, **_without_status(item))
        label = None if item.label == REMOVED else item.label
        if self._is(item, given):
            return replace(item, **{self.text: given}, label=label)
        known = next((one for one in items if self._is(one, given)), None)
        status = {"status": known.status if isinstance(known, Email) else None} if isinstance(item, Email) else {}
        return replace(item, **{self.text: given}, label=label, **status)

    def _is(self, item: T, given: str) -> bool:
        return bool(given) and self.same(str(getattr(item, self.text))) == self.same(given)

    def _is_same(self, item: T, other: T) -> bool:
        return self._is(item, str(getattr(other, self.text)))

    def _empty(self) -> T:
        return replace(self.make(""), label=REMOVED)

    def _is_plain(self, item: T) -> bool:
        """Whether nothing but its text would be lost with it."""
        return getattr(item, "kind", None) == getattr(self.make(""), "kind", None)


def _without_status(item: Email | Phone) -> dict[str, Any]:
    return {"status": None} if isinstance(item, Email) else {}


def _with(items: tuple[T, ...], index: int, item: T) -> tuple[T, ...]:
    return (*items[:index], item, *items[index + 1 :])


def _number(text: str) -> str:
    return "".join(char for char in text if char.isalnum() or char == "+")


def _phone(kind: PhoneKind) -> Callable[[str], Phone]:
    return lambda number: Phone(number=number, kind=kind)


MAILS: Places[Email] = Places("address", lambda email: True, lambda address: Email(address=address), email_key)
PHONES: Places[Phone] = Places("number", lambda phone: phone.kind != "fax", _phone("other"), _number)
FAXES: Places[Phone] = Places("number", lambda phone: phone.kind == "fax", _phone("fax"), _number)
