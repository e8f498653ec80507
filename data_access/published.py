"""What has been published: the fixed tables of a month as they left the house, without the numbers that were hidden.

A month is published once and is then as it is, whatever is corrected or deleted afterwards. What is hidden is not
kept: no way of reading these tables gives it back.
"""

import datetime as dt
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import polars as pl
import sqlalchemy as sa

from data_access import models
from data_access.database import in_turn, reading
from data_access.frames import rows
from data_access.tables import NoScope, Scope, import_number, require

CELLS = pl.Schema(
    {
        "measure": pl.String(),
        "from": pl.Date(),
        "to": pl.Date(),
        "center": pl.String(),
        "whole": pl.Boolean(),
        "met": pl.Int64(),
        "base": pl.Int64(),
        "hidden": pl.Boolean(),
        "rate": pl.Float64(),
    }
)
"""One row per cell. `from` and `to` = the days counted, both included; `whole` = the municipality, else the centre
(null: those without one); `met` is null where `hidden`, and `base` where it would tell; `rate` is a fraction."""

_publication, _cell = (
    model.metadata.tables[str(model.__tablename__)] for model in (models.Publication, models.PublishedCell)
)
_STORED = pl.Schema(
    {
        "publication_id": pl.Int64(),
        "measure": pl.String(),
        "from_on": pl.Date(),
        "to_on": pl.Date(),
        "center": pl.String(),
        "whole": pl.Boolean(),
        "met": pl.Int64(),
        "base": pl.Int64(),
        "hidden": pl.Boolean(),
    }
)
_ONE_AT_A_TIME = 20_261_122
"""Any number that no other lock has."""


class PublicationRefused(Exception):
    """The month cannot be published as it is; the message is Danish and says what to do."""


@dataclass(frozen=True)
class Publication:
    """One month that has been published."""

    month: dt.date
    """Its first day."""
    view_date: dt.date
    """V: the day it was counted as of."""
    delivery: int
    """Number of the newest delivery it rests on."""
    threshold: int
    """Counts from 1 up to it are hidden."""
    published_at: dt.datetime
    """UTC."""
    published_by: str


_FIELDS = ("month", "view_date", "delivery", "threshold", "published_at", "published_by")
_ALL = sa.select(*(_publication.c[name] for name in _FIELDS))


def publish(
    engine: sa.Engine,
    scope: Scope,
    *,
    month: dt.date,
    view_date: dt.date,
    threshold: int,
    cells: pl.DataFrame,
    after: int | None = None,
) -> Publication:
    """Store the protected cells of a month (any day of it), in one transaction, and give what was stored.

    `cells` as `disclosure.protect` gives them, with the columns of `CELLS`. `after` = how many months they were
    protected against: another that has been published since is one more to be safe beside.

    Raises:
        PublicationRefused: the month is published already or not over on the view date, or another was meanwhile.
        ValueError: the cells are not protected. Nothing is stored of them.
        NoScope: `scope` may not publish, or does not see all centres.
        DatabaseUnavailable: it was not stored, or could not be read back.
    """
    if require(scope, "offentliggørelse", "publish").centers is not None:
        raise NoScope("Der blev bedt om at offentliggøre alle centres tal af en, der kun må se nogle af dem.")
    month = month.replace(day=1)
    if view_date < last_day(month):
        raise PublicationRefused("Måneden er ikke slut på opgørelsesdagen. Vent på en leverance, der dækker den.")
    _must_be_protected(cells, threshold)
    stored = cells.select(CELLS.names()).drop("rate").rename({"from": "from_on", "to": "to_on"})
    known = import_number(engine, None)
    with _publishing(engine) as connection:
        months = list(connection.execute(sa.select(_publication.c.month)).scalars())
        if month in months:
            raise PublicationRefused("Månedens tal er allerede offentliggjort, og de bliver ikke lavet om.")
        if after is not None and len(months) != after:
            raise PublicationRefused(
                "En anden måned er netop blevet offentliggjort. Se på tallene igen, og prøv en gang til."
            )
        written = {
            "month": month,
            "view_date": view_date,
            "delivery": known,
            "threshold": threshold,
            "published_at": dt.datetime.now(dt.UTC),
            "published_by": scope.user,
        }
        inserted: Any = connection.execute(sa.insert(_publication).values(**written))
        number = int(inserted.inserted_primary_key[0])
        connection.execute(sa.insert(_cell), [row | {"publication_id": number} for row in stored.to_dicts()])
    with reading(engine) as connection:
        return Publication(*connection.execute(_ALL.where(_publication.c.id == number)).one())


def months(engine: sa.Engine, scope: Scope | None) -> tuple[Publication, ...]:
    """What has been published, the newest month first.

    Raises:
        NoScope: `scope` is not a `Scope`, or may not see what is published.
        DatabaseUnavailable: no connection.
    """
    require(scope, "offentliggjorte tal", "published", "publish")
    with reading(engine) as connection:
        return tuple(Publication(*row) for row in connection.execute(_ALL.order_by(_publication.c.month.desc())))


def cells(engine: sa.Engine, scope: Scope | None, month: dt.date, own: pl.DataFrame | None = None) -> pl.DataFrame:
    """The cells of a published month (any day of it), as `CELLS`, in the order they were published; none where it is
    not published. More is hidden for who sees some centres' own figures, as `beside_own` says. Raises as
    `months`.
    """
    asking = require(scope, "offentliggjorte tal", "published", "publish")
    query = sa.select(_publication.c.id, _publication.c.threshold).filter_by(month=month.replace(day=1))
    with reading(engine) as connection:
        number, threshold = connection.execute(query).first() or (None, 0)
        found = _as_published(_read(connection, "1 = 0" if number is None else f"publication_id = {int(number)}"))
    return beside_own(found, asking.centers, threshold, own) if asking.centers else found


def beside_own(
    cells: pl.DataFrame, centers: Sequence[str], threshold: int, own: pl.DataFrame | None = None
) -> pl.DataFrame:
    """What of a month (as `CELLS`) may be seen by who knows the unhidden figures of some centres.

    What is hidden is safe from who has only what was published: who also knows one of the centres could take it from
    the whole. So, of a measure that hides anything, the other centres are hidden altogether; the whole stays where what
    it leaves for the others together is neither nothing nor a small count, and not about one of them alone. Nothing is
    hidden of a centre that had nobody. `own`: measure, met and base of the centres together, as they themselves see
    them; without it the published ones are used, and where those are hidden the whole is too.
    """
    mine = pl.col("center").is_in(centers).fill_null(False) & ~pl.col("whole")
    theirs, rest = ~mine & ~pl.col("whole"), pl.col("base") - pl.col("met")
    known = cells.filter(mine & ~pl.col("hidden")).group_by("measure").agg(pl.col("met", "base").sum(), mine=pl.len())
    lacking = cells.filter(mine & pl.col("hidden"))["measure"]
    known = known.filter(~pl.col("measure").is_in(lacking.implode())) if own is None else own
    cells = cells.join(
        known.select(pl.col("measure").cast(pl.String), _met="met", _base="base"),
        on="measure",
        how="left",
        maintain_order="left",
    )

    def small(column: pl.Expr, own: pl.Expr) -> pl.Expr:
        left = column.filter("whole").sum().over("measure") - own
        return ~(left >= threshold).fill_null(False)  # nothing left would say that each of them has none

    some = pl.col("base").is_null() | (pl.col("base") > 0)
    divided = (~pl.col("whole")).any().over("measure")
    hides = pl.col("hidden").any().over("measure") | ~divided
    alone = (theirs & some).sum().over("measure") < 2
    told = ~divided | alone | small(pl.col("met"), pl.col("_met")) | small(rest, pl.col("_base") - pl.col("_met"))
    hidden = hides & ((theirs & some) | (pl.col("whole") & some & told))
    return cells.with_columns(
        *(pl.when(~hidden).then(pl.col(name)).alias(name) for name in ("met", "base", "rate")),
        hidden=pl.col("hidden") | hidden,
    ).select(CELLS.names())


def before(engine: sa.Engine, scope: Scope | None) -> list[pl.DataFrame]:
    """All that has been published, one frame a month as `CELLS`, in the order it was: what the next must be safe
    beside. Raises as `months`.
    """
    require(scope, "offentliggjorte tal", "publish")
    with reading(engine) as connection:
        every = _read(connection, "1 = 1")
    return [_as_published(part) for part in every.partition_by("publication_id", maintain_order=True)]


def _read(connection: sa.Connection, where: str) -> pl.DataFrame:
    return rows(connection, str(models.PublishedCell.__tablename__), _STORED, where)


def _as_published(stored: pl.DataFrame) -> pl.DataFrame:
    known = ~pl.col("hidden") & (pl.col("base") > 0)
    return (
        stored.sort("publication_id", maintain_order=True)
        .rename({"from_on": "from", "to_on": "to"})
        .with_columns(rate=pl.when(known).then(pl.col("met") / pl.col("base")))
        .select(CELLS.names())
    )


def _must_be_protected(cells: pl.DataFrame, threshold: int) -> None:
    if missing := set(CELLS) - set(cells.columns):
        raise ValueError(f"the cells are not protected: {sorted(missing)} are missing")
    met, base, small = pl.col("met"), pl.col("base"), pl.lit(threshold - 1)
    wrong = cells.filter(
        (pl.col("hidden") & (met.is_not_null() | pl.col("rate").is_not_null()))
        | (~pl.col("hidden") & (met.is_null() | base.is_null()))
        | pl.any_horizontal(count.is_between(1, small).fill_null(False) for count in (met, base, base - met))
    )
    if len(wrong) or cells.is_empty():
        raise ValueError(f"the cells are not protected: {len(wrong)} of {len(cells)} show what should be hidden")


def last_day(month: dt.date) -> dt.date:
    """The last day of a month (any day of it)."""
    return (month.replace(day=1) + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)


def _publishing(engine: sa.Engine) -> AbstractContextManager[sa.Connection]:
    """One transaction that writes, while nobody else publishes."""
    refusal = (
        "Der blev ikke offentliggjort noget: databasen svarer ikke, eller en leverance er ved at blive læst ind. "
        "Prøv igen om lidt; varer det ved, så tal med driften."
    )
    return in_turn(engine, _ONE_AT_A_TIME, refusal)
