"""The rows of one single case, for the page that shows it: a look-up by case number, never by person."""

import datetime as dt
from contextlib import nullcontext

import polars as pl
import sqlalchemy as sa

from data_access.database import reading
from data_access.holders import holder
from data_access.models import DELIVERED, Agreement, Case, Meeting, Row
from data_access.tables import FULL_SCOPE, Scope, empty, import_number, require, schema


def read_case(
    engine: sa.Engine,
    scope: Scope | None,
    case_id: str,
    known_at: dt.date | int | None = None,
    *,
    connection: sa.Connection | None = None,
) -> dict[str, pl.LazyFrame]:
    """All tables with the rows of one case only, as they were known at the end of `known_at` (default: now).

    A number is that of an import. The same shape as `tables.read`. A case that does not exist, or that no centre of
    the scope holds now, has no rows: nothing tells the one from the other. `connection`: to read through, as
    `audit.looking` gives it.

    Raises:
        NoScope: `scope` is not a `Scope`, or may see no cases.
    """
    asking = require(scope, "sagsdata", "cases")
    number = known_at if isinstance(known_at, int) else import_number(engine, known_at)
    with nullcontext(connection) if connection is not None else reading(engine, asking) as reader:
        if asking.centers is not None and not asking.holds(holder(reader, case_id)):
            return empty()
        return {str(m.__tablename__): _rows(reader, m, case_id, number).lazy() for m in DELIVERED}


def protected_now(engine: sa.Engine, scope: Scope | None, case_id: str) -> bool:
    """Whether the newest delivery says that a case is protected, whoever holds it by that one.

    Raises as `read_case`.
    """
    require(scope, "sagsdata", "cases")
    cases = Case.metadata.tables[str(Case.__tablename__)]
    newest = sa.select(cases.c.protected).where(cases.c.case_id == case_id).order_by(cases.c.id.desc()).limit(1)
    with reading(engine, FULL_SCOPE) as connection:
        return bool(connection.execute(newest).scalar_one_or_none())


def _rows(connection: sa.Connection, model: type[Row], case_id: str, number: int) -> pl.DataFrame:
    want = schema(model)
    table = model.metadata.tables[str(model.__tablename__)]
    query = sa.select(*(table.c[name] for name in want)).where(_known(table, number)).order_by(table.c.id)
    if model is Agreement:  # belongs to the case through its meeting
        meetings = Meeting.metadata.tables[str(Meeting.__tablename__)]
        of_case = sa.select(meetings.c.meeting_id).where(meetings.c.case_id == case_id, _known(meetings, number))
        query = query.where(table.c.meeting_id.in_(of_case))
    else:
        query = query.where(table.c.case_id == case_id)
    return pl.DataFrame([tuple(row) for row in connection.execute(query)], schema=want, orient="row")


def _known(table: sa.Table, number: int) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.known_from <= number, sa.or_(table.c.known_to.is_(None), table.c.known_to > number))
