"""Ten invented cases that centres hold, held or will hold, with a row of each in every table: for who sees what."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from data_access.database import writing
from data_access.models import DELIVERED, Case, CenterPeriod, Import, Row
from data_access.tables import FULL_SCOPE

VIEW_DATE = dt.date(2026, 11, 22)
CENTERS = ("Nord", "Syd", 'O\'Øst "1"')
OLD, NEW = 1, 2
"""Numbers of the two deliveries."""

HELD = """
    case  own   periods                                        held by
    S1    Nord  -                                              Nord
    S2    Nord  Syd:2026-01-01:                                Syd
    S3    Nord  Syd:2026-01-01:2026-11-21                      Nord
    S4    Nord  Syd:2026-01-01:2026-11-22                      Syd
    S5    Nord  Syd:2026-11-22:                                Syd
    S6    Nord  Syd:2026-11-23:                                Nord
    S7    Nord  Øst:2026-06-01:,Syd:2026-01-01:                Øst
    S8    Nord  Syd:2026-01-01:2026-12-31,Øst:2026-03-01:      Øst
    S9    Nord  Syd:2026-01-01:gone                            Nord
    S10   gone  -                                              -
"""
"""The centre the case names, its periods as centre:from:until, and who holds it on the view date. gone: withdrawn."""


def lines() -> Iterator[tuple[str, str, list[str], str | None]]:
    """Case, own centre (`gone`: the case itself is withdrawn), its periods, and who holds it."""
    for line in HELD.split("\n")[2:-1]:
        case, own, periods, holder = line.split()
        yield case, own, [] if periods == "-" else periods.split(","), None if holder == "-" else _center(holder)


def held_by(*centers: str) -> set[str]:
    """The cases that some centres hold now."""
    return {case for case, _, _, holder in lines() if holder in centers}


def _center(name: str) -> str:
    return CENTERS[2] if name == "Øst" else name


def fill(engine: sa.Engine) -> None:
    """The cases and everything of them, written straight into an upgraded database: two deliveries, both known now."""
    with writing(engine, FULL_SCOPE) as connection:
        for number in (OLD, NEW):
            day = VIEW_DATE - dt.timedelta(days=7 * (NEW - number))
            moment = dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
            _insert(connection, Import, id=number, imported_at=moment, extract_date=day, known_on=day)
        for case, own, periods, _ in lines():
            gone = {"known_to": NEW} if own == "gone" else {}
            _insert(connection, Case, case_id=case, center="Nord" if gone else own, **gone)
            for period in periods:
                center, start, until = period.split(":")
                ended = {"known_to": NEW} if until == "gone" else {}
                known = {"until": dt.date.fromisoformat(until) if until and not ended else None, **ended}
                _insert(
                    connection,
                    CenterPeriod,
                    case_id=case,
                    center=_center(center),
                    from_on=dt.date.fromisoformat(start),
                    **known,
                )
            for model in DELIVERED:
                if model not in (Case, CenterPeriod):
                    _insert(connection, model, case_id=case, meeting_id=f"M-{case}")


def _insert(connection: sa.Connection, model: type[Import] | type[Row], **given: Any) -> None:
    """One row: what is given, and something in each column that may not be blank."""
    table = model.metadata.tables[str(model.__tablename__)]
    something = {sa.Integer: OLD, sa.Float: 1.0, sa.Boolean: False, sa.Date: dt.date(2026, 1, 1)}
    needed = {c.name: something.get(type(c.type), "x") for c in table.columns if not c.nullable and c.name != "id"}
    connection.execute(sa.insert(table).values(needed | {k: v for k, v in given.items() if k in table.columns}))
