"""Deals: who may take which property, how far that has come, and who shares in the commission."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
from msgspec import Struct

from onebook.model.account import Record
from onebook.model.contact import Moment
from onebook.model.number import Number


class DealStage(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One step of a pipeline; ids are unique among all pipelines of the account and are given where they are missing.

    `chance` is in percent.
    """

    id: int = 0
    name: str
    position: int | None = None
    color: str | None = None
    chance: Number | None = None


class DealPipeline(Record, frozen=True, omit_defaults=True, kw_only=True):
    """The steps that deals go through, in order, and the users who work with it; none means all."""

    name: str
    position: int | None = None
    user_ids: tuple[int, ...] = ()
    stages: tuple[DealStage, ...] = ()


class Deal(Record, frozen=True, omit_defaults=True, kw_only=True):
    """A contact and a property on the way to a contract; `chance` in percent, prices in the account's currency."""

    title: str | None = None
    pipeline_id: int | None = None
    stage_id: int | None = None
    chance: Number | None = None
    contact_id: int | None = None
    property_id: int | None = None
    project_id: int | None = None
    user_id: int | None = None
    creator_id: int | None = None
    source_id: int | None = None
    reservation_reason_id: int | None = None
    price: Number | None = None
    sold_price: Number | None = None
    start_date: date | None = None
    end_date: date | None = None
    closed_at: Moment | None = None
    description: str | None = None
    custom: dict[str, Any] = msgspec.field(default_factory=dict)


class CommissionSplit(Record, frozen=True, omit_defaults=True, kw_only=True):
    """One share of a commission: `percent` of it, or an `amount`, for a user or a contact."""

    deal_id: int | None = None
    property_id: int | None = None
    user_id: int | None = None
    contact_id: int | None = None
    role: str | None = None
    percent: Number | None = None
    amount: Number | None = None
    description: str | None = None
