"""What has been published: the fixed tables of a month as they left the house, without the numbers that were hidden.

What is published is as it is, whatever is corrected or deleted afterwards: a correction is the month's next version,
and both are kept. What is hidden is not: no way of reading these tables gives it back. Each publication is sealed with
a hash over itself and the one before (`broken`), and the database refuses to change it. Decisions: `docs/adr/0011`.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import polars as pl
import sqlalchemy as sa

from data_access import models
from data_access.database import in_turn, reading
from data_access.frames import rows
from data_access.free_text import one_line
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

MOVES = pl.Schema(
    {
        "measure": pl.String(),
        "part": pl.String(),
        "units": pl.Int64(),
        "met": pl.Int64(),
        "base": pl.Int64(),
    }
)
"""One row per measure and part of what moved it, of the whole municipality: how many units, and what they added to its
`met` and `base` (negative: took from it)."""
COUNTS = pl.Schema(
    {
        "figure": pl.String(),
        "from": pl.Date(),
        "to": pl.Date(),
        "value": pl.String(),
        "count": pl.Int64(),
        "hidden": pl.Boolean(),
    }
)
"""One row per value of a distribution, of the whole municipality; `count` is null where `hidden`."""

_publication, _cell, _move, _count, _purge = (
    model.metadata.tables[str(model.__tablename__)]
    for model in (
        models.Publication,
        models.PublishedCell,
        models.PublishedMove,
        models.PublishedCount,
        models.Purge,
    )
)
_DAYS = {"from": "from_on", "to": "to_on"}
"""What the days are called in the database, where `from` and `to` are words of its own."""
_ONE_AT_A_TIME = 20_261_122
"""Any number that no other lock has."""
_STORED = pl.Schema(
    {"publication_id": pl.Int64()} | {_DAYS.get(name, name): kind for name, kind in CELLS.items() if name != "rate"}
)
LONGEST_REASON = 300
"""Characters."""
NOTHING_BEFORE = 64 * "0"
"""Stands for the hash of what was published before the first."""


class PublicationRefused(Exception):
    """The month cannot be published as it is; the message is Danish and says what to do."""


@dataclass(frozen=True)
class Rule:
    """The rule that a measure was counted by when it was published."""

    title: str
    """What the measure was called."""
    words: str
    """The law and the length in force on the month's last day: `LAB § 31 · 7 dage`."""
    rule: str
    """The duty, or what is counted, in one Danish sentence."""
    base: str
    """Who is in the base, in one Danish sentence."""
    mark: str
    """Tells it from any other rule: changes when, and only when, the declaration does."""


@dataclass(frozen=True)
class Publication:
    """One version of one month that has been published."""

    number: int
    """1, 2, 3 …: in the order published; some may be missing."""
    month: dt.date
    """Its first day."""
    version: int
    """1, 2, 3 …: the newest stands."""
    reason: str
    """Why it was corrected; empty: the first version."""
    view_date: dt.date
    """V: the day it was counted as of."""
    delivery: int
    """K: number of the newest delivery it rests on."""
    threshold: int
    """Counts from 1 up to it are hidden."""
    code: str
    """Version of the program; empty: published before it was kept."""
    rules: Mapping[str, Rule] = field(hash=False, repr=False)
    """Measure -> the rule it was counted by; none: published before they were kept."""
    published_at: dt.datetime
    """UTC."""
    published_by: str
    hash: str
    """SHA-256, hexadecimal, over all that was published, and over the publication before."""


_FIELDS = (
    "id",
    "month",
    "version",
    "reason",
    "view_date",
    "delivery",
    "threshold",
    "code",
    "rules",
    "published_at",
    "published_by",
    "hash",
)
_ALL = sa.select(*(_publication.c[name] for name in _FIELDS))
_SEALED = (
    "month",
    "version",
    "reason",
    "view_date",
    "delivery",
    "threshold",
    "code",
    "rules",
    "published_at",
    "published_by",
    "previous",
)
"""What the hash is over, in this order, then the rows of `_PARTS`. Whatever a later schema adds is not in it."""
_PARTS: Mapping[str, tuple[sa.Table, tuple[str, ...]]] = {
    "cells": (_cell, ("measure", "from_on", "to_on", "center", "whole", "met", "base", "hidden")),
    "moves": (_move, ("measure", "part", "units", "met", "base")),
    "counts": (_count, ("figure", "from_on", "to_on", "value", "count", "hidden")),
}


def publish(
    engine: sa.Engine,
    scope: Scope,
    *,
    month: dt.date,
    view_date: dt.date,
    threshold: int,
    cells: pl.DataFrame,
    moves: pl.DataFrame,
    counts: pl.DataFrame,
    rules: Mapping[str, Rule],
    code: str,
    reason: str = "",
    delivery: int | None = None,
    after: int | None = None,
) -> Publication:
    """Store a month (any day of it) as it leaves the house, in one transaction, and give what was stored.

    `cells`, `moves` and `counts` are protected, with the columns of `CELLS`, `MOVES` and `COUNTS`. `rules`: measure ->
    the rule it was counted by; `code`: the version of the program. With a `reason` it is the next version of a month
    that is published already. `delivery`: K, the number of the newest delivery it rests on (default: the newest there
    is). `after` = how many publications it was protected against: another since is one more to be safe beside.

    Raises:
        PublicationRefused: the month is published already and no reason is given, or a reason and it is not; the
            correction changes nothing; the reason is too long or may hold a CPR number; the month is not over on the
            view date; or something else was published meanwhile.
        ValueError: what is given is not protected. Nothing is stored of it.
        NoScope: `scope` may not publish, or does not see all centres.
        DatabaseUnavailable: it was not stored, or could not be read back.
    """
    if require(scope, "offentliggørelse", "publish").centers is not None:
        raise NoScope("Der blev bedt om at offentliggøre alle centres tal af en, der kun må se nogle af dem.")
    month = month.replace(day=1)
    if view_date < last_day(month):
        raise PublicationRefused("Måneden er ikke slut på opgørelsesdagen. Vent på en leverance, der dækker den.")
    why = one_line(reason, "Begrundelsen", LONGEST_REASON, PublicationRefused)
    _must_be_protected(cells, threshold)
    _must_be_counts(counts, threshold)
    given = {
        "cells": cells.select(CELLS.names()).drop("rate").rename(_DAYS),
        "moves": moves.select(MOVES.names()),
        "counts": counts.select(COUNTS.names()).rename(_DAYS),
    }
    parts = {name: frame.select(_PARTS[name][1]).rows() for name, frame in given.items()}
    known = import_number(engine, None) if delivery is None else delivery
    with _publishing(engine) as connection:
        done = [_published(row) for row in connection.execute(_ALL.order_by(_publication.c.id))]
        before = max((each for each in done if each.month == month), key=lambda each: each.version, default=None)
        _must_be_next(before, why)
        if after is not None and len(done) != after:
            raise PublicationRefused(
                "En anden måned er netop blevet offentliggjort. Se på tallene igen, og prøv en gang til."
            )
        if before and all(_stored(connection, before.number, name) == parts[name] for name in ("cells", "counts")):
            raise PublicationRefused("Rettelsen ændrer ikke ved noget, der vises. Tallene står, som de er.")
        written = {
            "month": month,
            "version": before.version + 1 if before else 1,
            "reason": why,
            "view_date": view_date,
            "delivery": known,
            "threshold": threshold,
            "code": code,
            "rules": json.dumps({key: asdict(rules[key]) for key in sorted(rules)}, ensure_ascii=False),
            "published_at": dt.datetime.now(dt.UTC),
            "published_by": scope.user,
            "previous": done[-1].hash if done else NOTHING_BEFORE,
        }
        written["hash"] = _hash(written, parts)
        inserted: Any = connection.execute(sa.insert(_publication).values(**written))
        number = int(inserted.inserted_primary_key[0])
        for name, (table, columns) in _PARTS.items():
            if some := [dict(zip(columns, row, strict=True)) | {"publication_id": number} for row in parts[name]]:
                connection.execute(sa.insert(table), some)
    with reading(engine) as connection:
        return _published(connection.execute(_ALL.where(_publication.c.id == number)).one())


def months(engine: sa.Engine, scope: Scope | None) -> tuple[Publication, ...]:
    """What stands: the newest version of each month that has been published, the newest month first.

    Raises:
        NoScope: `scope` is not a `Scope`, or may not see what is published.
        DatabaseUnavailable: no connection.
    """
    newest = {each.month: each for each in versions(engine, scope)}
    return tuple(newest[month] for month in sorted(newest, reverse=True))


def versions(engine: sa.Engine, scope: Scope | None, month: dt.date | None = None) -> tuple[Publication, ...]:
    """Every version of a month (any day of it; None: of all months), in the order published. Raises as `months`."""
    require(scope, "offentliggjorte tal", "published", "publish")
    query = _ALL.order_by(_publication.c.id)
    if month is not None:
        query = query.where(_publication.c.month == month.replace(day=1))
    with reading(engine) as connection:
        return tuple(_published(row) for row in connection.execute(query))


def cells(
    engine: sa.Engine,
    scope: Scope | None,
    month: dt.date,
    own: pl.DataFrame | None = None,
    version: int | None = None,
) -> pl.DataFrame:
    """The cells of a published month (any day of it; default: its newest version), as `CELLS`, in the order they were
    published; none where it is not published. More is hidden for who sees some centres' own figures, as `beside_own`
    says. Raises as `months`.
    """
    asking = require(scope, "offentliggjorte tal", "published", "publish")
    found, threshold, complete = _part(engine, "cells", month, version)
    shown = _with_rate(pl.DataFrame(found, {name: CELLS[name] for name in CELLS if name != "rate"}, orient="row"))
    return beside_own(shown, asking.centers, threshold, own, own_is_whole=complete) if asking.centers else shown


def moves(engine: sa.Engine, scope: Scope | None, month: dt.date, version: int | None = None) -> pl.DataFrame:
    """What moved the whole municipality since the month published before, as `MOVES`, in the order published.

    None for who sees some centres' own figures: they could take theirs from it. Raises as `months`.
    """
    asking = require(scope, "offentliggjorte tal", "published", "publish")
    found = [] if asking.centers else _part(engine, "moves", month, version)[0]
    return pl.DataFrame(found, MOVES, orient="row")


def counts(engine: sa.Engine, scope: Scope | None, month: dt.date, version: int | None = None) -> pl.DataFrame:
    """The distributions of the whole municipality, as `COUNTS`, in the order published; none for who sees some centres'
    own figures, as `moves`. Raises as `months`.
    """
    asking = require(scope, "offentliggjorte tal", "published", "publish")
    found = [] if asking.centers else _part(engine, "counts", month, version)[0]
    return pl.DataFrame(found, COUNTS, orient="row")


def _part(engine: sa.Engine, name: str, month: dt.date, version: int | None) -> tuple[list[tuple[Any, ...]], int, bool]:
    """The rows of a part of a version, the threshold it was published with, and whether no case has been deleted since;
    no rows where there is none such.
    """
    of = _publication.c
    query = sa.select(of.id, of.threshold, of.published_at).filter_by(month=month.replace(day=1))
    if version is not None:
        query = query.filter_by(version=version)
    with reading(engine) as connection:
        found = connection.execute(query.order_by(of.version.desc()).limit(1)).first()
        if found is None:
            return [], 0, True
        return _stored(connection, found.id, name), found.threshold, not _purged_since(connection, found.published_at)


def _purged_since(connection: sa.Connection, at: dt.datetime) -> bool:
    return bool(connection.execute(sa.select(sa.exists().where(_purge.c.purged_at > at))).scalar_one())


def beside_own(
    cells: pl.DataFrame,
    centers: Sequence[str],
    threshold: int,
    own: pl.DataFrame | None = None,
    *,
    own_is_whole: bool = True,
) -> pl.DataFrame:
    """What of a month (as `CELLS`) may be seen by who knows the unhidden figures of some centres.

    What is hidden is safe from who has only what was published: who also knows one of the centres could take it from
    the whole. So, of a measure that hides anything, the other centres are hidden altogether; the whole stays where what
    it leaves for the others together is neither nothing nor a small count, and not about one of them alone. Nothing is
    hidden of a centre that had nobody. `own`: measure, met and base of the centres together, as they themselves see
    them. Both it and what is published of them must leave enough, where either is known; where neither is, the whole
    is hidden. Not `own_is_whole`: cases have been deleted since, and alone `own` says nothing of what was.
    """
    mine = pl.col("center").is_in(centers).fill_null(False) & ~pl.col("whole")
    theirs, rest = ~mine & ~pl.col("whole"), pl.col("base") - pl.col("met")
    shown = cells.filter(mine & ~pl.col("hidden")).group_by("measure").agg(pl.col("met", "base").sum())
    shown = shown.join(cells.filter(mine & pl.col("hidden")), on="measure", how="anti")
    known = shown.clear() if own is None else own.select(pl.col("measure").cast(pl.String), "met", "base")
    if not own_is_whole:
        known = known.join(shown, on="measure", how="semi")
    for name, counts in (("own", known), ("shown", shown)):
        counts = counts.select("measure", pl.col("met").alias(f"met_{name}"), pl.col("base").alias(f"base_{name}"))
        cells = cells.join(counts, on="measure", how="left", maintain_order="left")

    def small(name: str) -> pl.Expr:
        """Whether the whole leaves the others too few, or nothing, which would say that each of them has none."""
        met, base = pl.col(f"met_{name}"), pl.col(f"base_{name}")
        left = ((pl.col("met"), met), (rest, base - met))
        enough = [whole.filter("whole").sum().over("measure") - own >= threshold for whole, own in left]
        return base.is_not_null() & ~pl.all_horizontal(enough).fill_null(False)

    some = pl.col("base").is_null() | (pl.col("base") > 0)
    divided = (~pl.col("whole")).any().over("measure")
    hides = pl.col("hidden").any().over("measure") | ~divided
    alone = (theirs & some).sum().over("measure") < 2
    unknown = pl.col("base_own").is_null() & pl.col("base_shown").is_null()
    told = ~divided | alone | unknown | small("own") | small("shown")
    hidden = hides & ((theirs & some) | (pl.col("whole") & some & told))
    return cells.with_columns(
        *(pl.when(~hidden).then(pl.col(name)).alias(name) for name in ("met", "base", "rate")),
        hidden=pl.col("hidden") | hidden,
    ).select(CELLS.names())


def before(engine: sa.Engine, scope: Scope | None) -> list[pl.DataFrame]:
    """All that has been published, one frame a version as `CELLS`, in the order it was: what the next must be safe
    beside. Raises as `months`.
    """
    require(scope, "offentliggjorte tal", "publish")
    with reading(engine) as connection:
        every = rows(connection, str(models.PublishedCell.__tablename__), _STORED, "1 = 1")
    parts = every.sort("publication_id", maintain_order=True).partition_by("publication_id", maintain_order=True)
    return [_with_rate(part.rename({stored: name for name, stored in _DAYS.items()})) for part in parts]


def broken(engine: sa.Engine, scope: Scope | None) -> tuple[str, ...]:
    """What is no longer as it was published, a Danish line each; none: all of it is.

    Each publication is compared with its own hash, and the hash of the one before with what it says that was. Only
    the end of the chain can be missing unseen: whoever keeps the newest hash elsewhere sees that too.

    Raises:
        NoScope: `scope` may not publish.
        DatabaseUnavailable: no connection.
    """
    require(scope, "kontrol af offentliggjorte tal", "publish")
    with reading(engine) as connection:
        return tuple(_broken(connection))


def _broken(connection: sa.Connection) -> Iterator[str]:
    before = NOTHING_BEFORE
    every = sa.select(_publication.c.id, _publication.c.hash, *(_publication.c[name] for name in _SEALED))
    for row in connection.execute(every.order_by(_publication.c.id)).mappings().all():
        name = f"Tallene for {row['month']:%m-%Y}, version {row['version']},"
        if row["previous"] != before:
            yield f"{name} følger ikke efter det, der blev offentliggjort lige før: noget er slettet eller byttet om."
        parts = {part: _stored(connection, row["id"], part) for part in _PARTS}
        if row["hash"] != _hash(row, parts):
            yield f"{name} er ikke, som de blev offentliggjort: nogen har ændret dem i databasen."
        before = row["hash"]


def purged_since(engine: sa.Engine, scope: Scope | None, at: dt.datetime) -> bool:
    """Whether cases have been deleted since a moment (UTC): then an older figure may not be made again.

    Raises as `broken`.
    """
    require(scope, "kontrol af offentliggjorte tal", "publish")
    with reading(engine) as connection:
        return _purged_since(connection, at)


def _rule(said: Mapping[str, str]) -> Rule:
    """A rule as a program kept it, also an earlier or a later one."""
    return Rule(**{each.name: said.get(each.name, "") for each in fields(Rule)})


def _published(row: Any) -> Publication:
    values = dict(zip(_FIELDS, row, strict=True))
    rules = {key: _rule(said) for key, said in json.loads(values.pop("rules")).items()}
    return Publication(number=values.pop("id"), rules=rules, **values)


def _stored(connection: sa.Connection, number: int, name: str) -> list[tuple[Any, ...]]:
    """The rows of a part of a publication, in the order they were stored."""
    table, columns = _PARTS[name]
    query = sa.select(*(table.c[column] for column in columns)).where(table.c.publication_id == number)
    return [tuple(row) for row in connection.execute(query.order_by(table.c.id))]


def _hash(fields: Mapping[Any, Any], parts: Mapping[str, Sequence[tuple[Any, ...]]]) -> str:
    """SHA-256 of the canonical text of a publication; migration 0007 makes the same of what was there before it."""
    values = [[fields[name] for name in _SEALED], *(parts[name] for name in _PARTS)]
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"), default=_said)
    return hashlib.sha256(text.encode()).hexdigest()


def _said(day: dt.date | dt.datetime) -> str:
    return day.astimezone(dt.UTC).isoformat() if isinstance(day, dt.datetime) else day.isoformat()


def _with_rate(cells: pl.DataFrame) -> pl.DataFrame:
    known = ~pl.col("hidden") & (pl.col("base") > 0)
    return cells.with_columns(rate=pl.when(known).then(pl.col("met") / pl.col("base"))).select(CELLS.names())


def _must_be_next(before: Publication | None, reason: str) -> None:
    if before and not reason:
        raise PublicationRefused(
            "Månedens tal er allerede offentliggjort, og de bliver ikke lavet om. Skriv en begrundelse for at "
            "offentliggøre en rettet version ved siden af."
        )
    if reason and not before:
        raise PublicationRefused(
            "Månedens tal er ikke offentliggjort endnu, så der er intet at rette. Offentliggør dem uden begrundelse."
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


def _must_be_counts(counts: pl.DataFrame, threshold: int) -> None:
    if missing := set(COUNTS) - set(counts.columns):
        raise ValueError(f"the counts are not protected: {sorted(missing)} are missing")
    small = pl.col("count").is_between(1, threshold - 1).fill_null(False)
    if len(wrong := counts.filter(small | (pl.col("hidden") == pl.col("count").is_not_null()))):
        raise ValueError(f"the counts are not protected: {len(wrong)} of {len(counts)} show what should be hidden")


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
