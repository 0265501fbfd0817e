"""Deals, their pipelines and how commissions are split. The deals' keys are the page's; those behind them are ours."""

from __future__ import annotations

from typing import Any

import msgspec

from onebook.dialects.propstack.tables.column import Column, Table
from onebook.dialects.propstack.tables.rows import (
    CREATED,
    CREATOR,
    DELETED,
    ID,
    UPDATED,
    many,
    numbers_only_here,
    one,
    only_here,
    same,
)
from onebook.dialects.propstack.values import DATE, DECIMAL, MOMENT, NUMBER, TEXT, ValueType, nullable, read_objects
from onebook.model.deal import CommissionSplit, Deal, DealPipeline, DealStage

_STAGE_SHOWN = {
    "id": {"type": "integer"},
    "name": {"type": "string"},
    "position": nullable("integer"),
    "color": nullable("string"),
    "chance": nullable("number"),
}
STAGES = ValueType(
    read_objects,
    {"type": "array", "items": {"type": "object"}},
    {"type": "array", "items": {"type": "object", "required": [*_STAGE_SHOWN], "properties": _STAGE_SHOWN}},
    (),
)


def stages_shown(stages: tuple[DealStage, ...]) -> list[dict[str, Any]]:
    """A pipeline's stages, each with all its keys."""
    return [{name: getattr(stage, name) for name in _STAGE_SHOWN} for stage in stages]


def stages_kept(stages: tuple[Any, ...]) -> tuple[DealStage, ...]:
    """The way back, for imports; raises msgspec.ValidationError for what is no stage."""
    return tuple(msgspec.convert(stage, DealStage) for stage in stages)


DEALS = Table(
    "deals",
    Deal,
    (
        ID,
        CREATED,
        UPDATED,
        one("deal_stage_id", "stage_id", "deal_stages"),
        one("deal_pipeline_id", "pipeline_id", "deal_pipelines"),
        Column("deal_stage_chance", "chance", DECIMAL),
        one("reservation_reason_id", "reservation_reason_id", "reservation_reasons"),
        one("client_source_id", "source_id", "sources"),
        one("broker_id", "user_id", "users"),
        one("client_id", "contact_id", "contacts"),
        one("property_id", "property_id", "properties"),
        one("project_id", "project_id", "projects"),
        Column("start_date", "start_date", DATE),
        Column("price", "price", DECIMAL),
        # Not on the page.
        Column("sold_price", "sold_price", DECIMAL),
        Column("note", "description", TEXT),
        *only_here("date", kind=DATE),
        Column("end_date", "end_date", DATE),
        Column("closed_at", "closed_at", MOMENT),
        *only_here("feeling", kind=NUMBER),
        *same("title"),
        CREATOR,
        DELETED,
    ),
)
PIPELINES = Table(
    "deal_pipelines",
    DealPipeline,
    (
        ID,
        Column("name", "name", required=True),
        *same("position", kind=NUMBER),
        many("broker_ids", "user_ids", "users"),
        Column("deal_stages", "stages", STAGES, show=stages_shown, keep=stages_kept, nothing=()),
        CREATED,
        UPDATED,
        DELETED,
    ),
)
SPLITS = Table(
    "commission_splits",
    CommissionSplit,
    (
        ID,
        one("client_property_id", "deal_id", "deals"),
        one("property_id", "property_id", "properties"),
        one("broker_id", "user_id", "users"),
        one("client_id", "contact_id", "contacts"),
        *same("role"),
        Column("percentage", "percent", DECIMAL),
        Column("amount", "amount", DECIMAL),
        Column("note", "description", TEXT),
        *numbers_only_here("position"),
        CREATED,
        UPDATED,
        DELETED,
    ),
)
