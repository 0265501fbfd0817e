"""The paths of teams: branches of the firm, and who belongs to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from onebook.dialects.propstack import kinds
from onebook.dialects.propstack.calls import READ_ERRORS, Calls
from onebook.dialects.propstack.kinds import Kind
from onebook.dialects.propstack.replies import answer
from onebook.dialects.propstack.schemas import list_of, ref, shape
from onebook.dialects.propstack.shapes import also_bare, body_schema, row_schema
from onebook.dialects.propstack.tables.organisation import TEAMS
from onebook.http.route import Ask, Reply, Route, Schema
from onebook.model.account import User
from onebook.model.organisation import Team
from onebook.service.records import change_record
from onebook.service.session import Unit


async def _move(unit: Unit, team: Team, members: Sequence[int]) -> None:
    """Let these users belong to the team in place of any other; those who did and are left out belong to none."""
    for user in list(unit.vocabulary.users.values()):
        if (user.id in members) != (user.team_id == team.id):
            await _belong(unit, user, team.id if user.id in members else None)


async def _belong(unit: Unit, user: User, team_id: int | None) -> None:
    await change_record(unit, User, user.id, lambda one: replace(one, team_id=team_id))


TEAM = Kind(TEAMS.without("created_at", "updated_at", "deleted_at"), "team", Team(name=""), belong=_move, bare=True)


async def _list(ask: Ask) -> Reply:
    view = ask.session.view
    teams = sorted(view.vocabulary.listed(Team).values(), key=lambda team: team.id)
    return answer(await kinds.rows(view, TEAM, teams))


async def _delete(ask: Ask) -> Reply:
    return answer({"id": await kinds.remove(ask, TEAM)})


_CALLS = Calls("/teams", TEAM, "Team", "Abteilung")
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
    "TeamBody": also_bare(body_schema(TEAM.table, "team", new=False), "team"),
    "NewTeamBody": also_bare(body_schema(TEAM.table, "team", new=True), "team"),
    "Removed": shape({"id": {"type": "integer"}}),
}
