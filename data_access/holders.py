"""Which centre holds a case now: whose single cases somebody may see goes by it."""

import sqlalchemy as sa

from data_access.models import Case, CenterPeriod, Import

_case, _period, _import = (model.metadata.tables[str(model.__tablename__)] for model in (Case, CenterPeriod, Import))


def holders() -> sa.Subquery:
    """One row a standing case: `case_id`, `closed_on`, and `center`, which holds it on the newest extract date.

    The centre is that of the centre period begun last of those that cover the day; else the one the case names. It is
    the date the figures are as of, so that a list and the cases behind it open for the same people. PostgreSQL's
    row-level security goes by the same rule (`held_cases` in the migrations).
    """
    day = sa.select(sa.func.max(_import.c.extract_date)).scalar_subquery()
    newest_first = sa.func.row_number().over(
        partition_by=_period.c.case_id, order_by=(_period.c.from_on.desc(), _period.c.id.desc())
    )
    covering = (
        sa.select(_period.c.case_id, _period.c.center, newest_first.label("place"))
        .where(
            _period.c.known_to.is_(None),
            _period.c.from_on <= day,
            sa.or_(_period.c.until.is_(None), _period.c.until >= day),
        )
        .subquery()
    )
    return (
        sa.select(
            _case.c.case_id, _case.c.closed_on, sa.func.coalesce(covering.c.center, _case.c.center).label("center")
        )
        .join_from(_case, covering, sa.and_(covering.c.case_id == _case.c.case_id, covering.c.place == 1), isouter=True)
        .where(_case.c.known_to.is_(None))
        .subquery("held")
    )


def holder(connection: sa.Connection, case_id: str) -> str | None:
    """The centre that holds one case; None when there is no such case, or the connection may not see it."""
    held = holders()
    return connection.execute(sa.select(held.c.center).where(held.c.case_id == case_id)).scalar_one_or_none()
