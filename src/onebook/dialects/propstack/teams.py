"""The paths of teams: branches of the firm, and who belongs to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from onebook.dialects.propstack import kinds
from onebook.dialects.propstack.calls import READ_ERRORS, Calls
from onebook.dialects.propstack.kinds import Kind
from onebook.dialects.propstack.replies import answer
from onebook.dialects.propstack.schemas import list_of, ref, shape
from onebook.dialects.propstack.shapes import body_schema, row_schema
from onebook.dialects.propstack.shown import shown_id
from onebook.dialects.propstack.tables.organisation import TEAMS
from onebook.http.route import Ask, Reply, Route, Schema
from onebook.model.account import User
from onebook.model.organisation import Team
from onebook.service.records import change_record
from onebook.service.session import Unit, View


async def _move_members(unit: Unit, before: Team | None, team: Team) -> None:
    """Let those who were put into the team say so themselves, and leave the one they were in; those left out, none."""
    if before is not None and before.user_ids == team.user_ids:
        return
    for user in list(unit.vocabulary.users.values()):
        if (user.id in team.user_ids) != (user.team_id == team.id):
            await _belong(unit, user, team.id if user.id in team.user_ids else None)
    for other in list(unit.vocabulary.listed(Team).values()):
        left = tuple(number for number in other.user_ids if number not in team.user_ids)
        if other.id != team.id and left != other.user_ids:
            await _keep(unit, other, left)


async def _keep(unit: Unit, team: Team, user_ids: tuple[int, ...]) -> None:
    await change_record(unit, Team, team.id, lambda one: replace(one, user_ids=user_ids))


async def _belong(unit: Unit, user: User, team_id: int | None) -> None:
    await change_record(unit, User, user.id, lambda one: replace(one, team_id=team_id))


TEAM = Kind(TEAMS.without("created_at", "updated_at", "deleted_at"), "team", Team(name=""), saved=_move_members)


async def _rows(view: View, teams: Sequence[Team]) -> list[dict[str, Any]]:
    """The teams as rows, also with those users who say themselves that they belong to them."""
    rows = await kinds.rows(view, TEAM, teams)
    for row, team in zip(rows, teams, strict=True):
        said = [shown_id(user) for user in view.vocabulary.users.values() if user.team_id == team.id]
        row["broker_ids"] = list(dict.fromkeys((*row["broker_ids"], *said)))
    return rows


async def _row(view: View, team: Team) -> dict[str, Any]:
    return (await _rows(view, [team]))[0]


async def _list(ask: Ask) -> Reply:
    view = ask.session.view
    teams = sorted(view.vocabulary.listed(Team).values(), key=lambda team: team.id)
    return answer(await _rows(view, teams))


async def _delete(ask: Ask) -> Reply:
    return answer({"id": await kinds.remove(ask, TEAM)})


_CALLS = Calls("/teams", TEAM, "Team", "Abteilung", show=_row)
ROUTES: tuple[Route, ...] = (
    Route("GET", "/teams", _list, "teams:read", "Abteilungen lesen", answers={200: list_of(ref("Team"))}),
    _CALLS.creating(),
    _CALLS.reading(),
    _CALLS.changing(),
    Route(
        "DELETE",
        "/teams/{id}",
        _delete,
        "teams:write",
        "Abteilung löschen",
        answers={200: ref("Removed")},
        errors=READ_ERRORS,
    ),
)
SCHEMAS: Mapping[str, Schema] = {
    "Team": row_schema(TEAM.table),
    "TeamBody": body_schema(TEAM.table, "team", new=False),
    "NewTeamBody": body_schema(TEAM.table, "team", new=True),
    "Removed": shape({"id": {"type": "integer"}}),
}
