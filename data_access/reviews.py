"""Sampled case reviews (ledelsestilsyn): the rounds, the cases drawn, what reviewers answered, what is done about it.

Nothing is overwritten: an answer is a row more in the history, and of a round, case, measure and reviewer the newest
stands. Everything is written in the transaction that tells of it in the access log, and what is given back has been
read back from the database in a transaction of its own. Who sees some centres only meets the cases that they hold now.
"""

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import polars as pl
import sqlalchemy as sa

from data_access import audit, models
from data_access.database import DatabaseUnavailable, reading
from data_access.free_text import one_line
from data_access.holders import holders
from data_access.tables import NoScope, Scope, require

ANSWERED: Mapping[str, str] = MappingProxyType(models.REVIEW_ANSWERS)
"""Code -> Danish label."""
STRATA: Mapping[str, str] = MappingProxyType(models.REVIEW_STRATA)
"""Code -> Danish label."""
FOLLOWED_UP: Mapping[str, str] = MappingProxyType(models.FOLLOW_UP_STATES)
"""Code -> Danish label."""
LONGEST_TITLE, LONGEST_NOTE = 80, 500
"""Characters."""
MOST = 1000
"""So many cases are drawn in one round: as many as people can read, and then some."""

CASES = pl.Schema(
    {
        "position": pl.Int64(),
        "case_id": pl.String(),
        "center": pl.String(),
        "stratum": pl.String(),
        "second": pl.Boolean(),
        "registered": pl.String(),
    }
)
"""One row a drawn case, in the order drawn: `center` = who holds it now (null: nobody), `registered` = JSON."""
ANSWERS = pl.Schema(
    {
        "id": pl.Int64(),
        "case_id": pl.String(),
        "measure": pl.String(),
        "reviewer": pl.Int64(),
        "answer": pl.String(),
        "note": pl.String(),
        "saved_at": pl.Datetime("us", "UTC"),
        "saved_by": pl.String(),
        "blind": pl.Boolean(),
    }
)
"""One row an answer, `reviewer` = 1 or 2. `blind`: the user may still be the second to read the case, or waits for
who is: show neither the answer nor what follows from it, until both are in."""
FOLLOW_UPS = pl.Schema(
    {
        "id": pl.Int64(),
        "case_id": pl.String(),
        "measure": pl.String(),
        "state": pl.String(),
        "note": pl.String(),
        "saved_at": pl.Datetime("us", "UTC"),
        "saved_by": pl.String(),
    }
)
"""One row a case and measure that something has been said of; `state` is a key of `FOLLOWED_UP`."""

_round, _draw, _case, _answer, _follow_up, _purge, _known = (
    model.metadata.tables[str(model.__tablename__)]
    for model in (
        models.ReviewRound,
        models.ReviewDraw,
        models.ReviewCase,
        models.ReviewAnswer,
        models.ReviewFollowUp,
        models.Purge,
        models.Case,
    )
)
NOT_SAVED = (
    "Det blev ikke gemt: databasen svarer ikke, eller en leverance er ved at blive læst ind. Prøv igen om lidt; varer "
    "det ved, så tal med driften."
)
NOT_YOURS = "Sagen er ikke i runden, eller du har ikke adgang til den. Genindlæs siden, og vælg igen."


class InvalidReview(Exception):
    """What was asked for cannot be saved as it is; the message is Danish and says what to do."""


class NotYours(InvalidReview):
    """The case was not drawn, or is another centre's."""


@dataclass(frozen=True)
class Drawn:
    """One case drawn."""

    position: int
    """1, 2, 3 …: its place in the sample."""
    case_id: str
    stratum: str
    second: bool
    """Two read it."""
    registered: Mapping[str, str]
    """Measure -> what the register says of it: yes, no or blank."""


@dataclass(frozen=True)
class Round:
    """One sampled case review, as it was defined."""

    id: int
    title: str
    measures: tuple[str, ...]
    from_on: dt.date
    to_on: dt.date
    centers: tuple[str, ...] | None
    """Those of the frame; None: all."""
    strata: str
    """Key of `STRATA`."""
    view_date: dt.date
    delivery: int
    """Number of the newest import that the frame rests on."""
    frame_hash: str
    frame_sizes: Mapping[str, int]
    """Stratum -> how many cases of the frame it has."""
    registered: Mapping[str, tuple[int, int, int]]
    """Measure -> covered, could be judged, met: what the register says of the cases of the frame."""
    seed: int
    second_share: float
    created_at: dt.datetime
    """UTC."""
    created_by: str
    size: int
    """Places in the sample, by the newest draw."""
    purged_since: int
    """Cases deleted in all, of the frame or not, since it was defined."""


def rounds(engine: sa.Engine, scope: Scope | None) -> tuple[Round, ...]:
    """Every round, the newest first.

    Raises:
        NoScope: `scope` is not a `Scope`, or may not review.
        DatabaseUnavailable: no connection, or a schema from before there were reviews.
    """
    require(scope, "ledelsestilsyn", "review")
    with reading(engine) as connection:
        return _rounds(connection)


def define(
    engine: sa.Engine,
    scope: Scope,
    *,
    title: str,
    measures: Sequence[str],
    from_on: dt.date,
    to_on: dt.date,
    centers: Sequence[str] | None,
    strata: str,
    view_date: dt.date,
    delivery: int,
    frame_hash: str,
    frame_sizes: Mapping[str, int],
    registered: Mapping[str, Sequence[int]],
    seed: int,
    second_share: float,
    drawn: Sequence[Drawn],
) -> Round:
    """Save a round with its first draw, and give it as read back.

    The newest round, when the same user has defined it in just these words, is not saved once more: a click may come
    twice.

    Raises:
        InvalidReview: something is missing or impossible, or the title may hold a CPR number.
        NoScope: `scope` is not a `Scope`, may not define reviews, or sees some centres only.
        DatabaseUnavailable: it was not saved, or could not be read back.
    """
    _may_define(scope)
    named = one_line(title, "Titlen", LONGEST_TITLE, InvalidReview)
    if not named:
        raise InvalidReview("Skriv en titel, så runden kan kendes fra de andre.")
    if not measures:
        raise InvalidReview("Vælg mindst ét spørgsmål.")
    if from_on > to_on:
        raise InvalidReview("Periodens første dag ligger efter dens sidste. Ret datoerne.")
    if strata not in STRATA or not 0 <= second_share <= 1:
        raise InvalidReview("Vælg opdeling og andenlæsning på listerne.")
    _drawable(drawn, sum(frame_sizes.values()))
    written = {
        "title": named,
        "measures": _json(list(measures)),
        "from_on": from_on,
        "to_on": to_on,
        "centers": _json(None if centers is None else list(centers)),
        "strata": strata,
        "view_date": view_date,
        "delivery": delivery,
        "frame_hash": frame_hash,
        "frame_sizes": _json(dict(frame_sizes)),
        "registered": _json({measure: list(counts) for measure, counts in registered.items()}),
        "seed": seed,
        "second_share": second_share,
        "created_by": scope.user,
    }
    newest = sa.select(_round).order_by(_round.c.id.desc()).limit(1)
    with _saving(engine, scope, len(drawn), note="Udtræk") as connection:
        standing = dict(connection.execute(newest).mappings().first() or {})
        if written.items() <= standing.items() and _size(connection, standing["id"]) == drawn[-1].position:
            number = standing["id"]
        else:
            inserted: Any = connection.execute(sa.insert(_round).values(created_at=_now(), **written))
            number = int(inserted.inserted_primary_key[0])
            _add(connection, scope, number, drawn, drawn[-1].position)
    return _one(engine, number)


def extend(engine: sa.Engine, scope: Scope, round_id: int, *, before: int, size: int, drawn: Sequence[Drawn]) -> Round:
    """Add the cases `drawn` to a sample of `before` places, which then has `size`; give the round as read back.

    Raises:
        InvalidReview: somebody else has extended it meanwhile, there is no such round, or the size cannot be.
        NoScope, DatabaseUnavailable: as `define`.
    """
    _may_define(scope)
    frame = sum(_one(engine, round_id).frame_sizes.values())
    if not before < size <= min(frame, MOST):
        raise InvalidReview(f"Vælg en stikprøve på mere end {before} og højst {min(frame, MOST)} sager.")
    with _saving(engine, scope, len(drawn), note="Udvidelse") as connection:
        standing = _size(connection, round_id)
        if standing != size or not _drew(connection, round_id, size, scope.user):
            if standing != before:
                raise InvalidReview("En anden har udvidet stikprøven imens. Genindlæs siden for at se den.")
            _add(connection, scope, round_id, drawn, size)
    return _one(engine, round_id)


def cases(engine: sa.Engine, scope: Scope | None, round_id: int) -> pl.DataFrame:
    """The drawn cases of a round as `CASES`: those that the scope's centres hold now; who sees all, all of them.

    Raises as `rounds`.
    """
    asking = require(scope, "ledelsestilsyn", "review")
    held = holders()
    query = (
        sa.select(*(held.c.center if name == "center" else _case.c[name] for name in CASES))
        .join_from(_case, held, held.c.case_id == _case.c.case_id, isouter=True)
        .where(_case.c.round_id == round_id, *_seen(asking, _case, held))
        .order_by(_case.c.position)
    )
    with reading(engine, asking) as connection:
        return pl.DataFrame([tuple(row) for row in connection.execute(query)], schema=CASES, orient="row")


def answers(engine: sa.Engine, scope: Scope | None, round_id: int) -> pl.DataFrame:
    """The standing answers of a round as `ANSWERS`, of the cases that the scope may see. Raises as `rounds`."""
    return _standing(_history(engine, scope, round_id))


def history(engine: sa.Engine, scope: Scope | None, round_id: int, case_id: str) -> pl.DataFrame:
    """Every answer ever saved about a case in a round, the newest first, as `ANSWERS`. Raises as `rounds`."""
    return _history(engine, scope, round_id).filter(pl.col("case_id") == case_id).sort("id", descending=True)


def answer(
    engine: sa.Engine, scope: Scope, round_id: int, case_id: str, said: Mapping[str, tuple[str, str]], *, reviewer: int
) -> pl.DataFrame:
    """Save one reviewer's answers to all questions about a case, and give the case's standing answers as `ANSWERS`.

    `said`: measure -> (key of `ANSWERED`, note). Who reads first answers as `reviewer` 1 and may correct it until a
    second has read the case; that is somebody else, as 2. With both in they are closed, so that how far the two agree
    can be told. What the same user has just said is not saved once more: a click may come twice.

    Raises:
        InvalidReview: a question without an answer, a text that is too long or may hold a CPR number, or the case is
            another's to read now.
        NotYours: the case was not drawn, or the scope's centres do not hold it.
        NoScope: `scope` is not a `Scope`, or may not review.
        DatabaseUnavailable: nothing was saved, or it could not be read back.
    """
    require(scope, "ledelsestilsyn", "review")
    asked = _one(engine, round_id).measures
    written = {}
    for measure in asked:
        code, note = said.get(measure, ("", ""))
        if code not in ANSWERED:
            raise InvalidReview("Svar på alle spørgsmål, før du gemmer. Brug »Kan ikke afgøres«, hvis du er i tvivl.")
        written[measure] = (code, one_line(note, "Noten", LONGEST_NOTE, InvalidReview))
    with _about(engine, scope, round_id, case_id) as connection:
        standing = _standing(_read(connection, scope, round_id)).filter(pl.col("case_id") == case_id)
        mine = standing.filter(pl.col("reviewer") == reviewer, pl.col("saved_by") == scope.user)
        kept = {measure: (code, note) for measure, code, note in mine.select("measure", "answer", "note").rows()}
        fresh = [measure for measure in asked if kept.get(measure) != written[measure]]
        if fresh:
            _may_answer(connection, scope, round_id, case_id, reviewer, standing)
            saved = {"round_id": round_id, "case_id": case_id, "reviewer": reviewer, "saved_at": _now()}
            rows = [
                {**saved, "measure": m, "answer": written[m][0], "note": written[m][1], "saved_by": scope.user}
                for m in fresh
            ]
            connection.execute(sa.insert(_answer), rows)
    return answers(engine, scope, round_id).filter(pl.col("case_id") == case_id)


def follow_ups(engine: sa.Engine, scope: Scope | None, round_id: int) -> pl.DataFrame:
    """What stands of the cases found wanting, as `FOLLOW_UPS`, of the cases that the scope may see.

    What nobody has said anything of has no row. Raises as `rounds`.
    """
    asking = require(scope, "ledelsestilsyn", "review")
    with reading(engine, asking) as connection:
        return _followed(connection, asking, round_id)


def follow_up(
    engine: sa.Engine, scope: Scope, round_id: int, case_id: str, measure: str, *, state: str, note: str = ""
) -> pl.DataFrame:
    """Say what is done about a case that was found wanting, and give what stands of it as `FOLLOW_UPS`.

    What the same user has just said is not saved once more: a click may come twice.

    Raises:
        InvalidReview: an unknown state, a note that is too long or may hold a CPR number, or the first reviewer did
            not answer no (or a second has not read it yet).
        NotYours, NoScope, DatabaseUnavailable: as `answer`.
    """
    require(scope, "ledelsestilsyn", "review")
    if state not in FOLLOWED_UP:
        raise InvalidReview("Vælg på listen, om der er fulgt op.")
    said = {"state": state, "note": one_line(note, "Noten", LONGEST_NOTE, InvalidReview), "saved_by": scope.user}
    about = {"case_id": case_id, "measure": measure}
    its = [pl.col(name) == value for name, value in about.items()]
    with _about(engine, scope, round_id, case_id) as connection:
        first = _standing(_read(connection, scope, round_id)).filter(*its, pl.col("reviewer") == 1)
        if first.filter((pl.col("answer") == "no") & ~pl.col("blind")).is_empty():
            raise InvalidReview("Der er ikke svaret nej i sagen, eller andenlæseren mangler. Genindlæs siden.")
        newest = _followed(connection, scope, round_id).filter(*its).rows(named=True)
        if not (newest and said.items() <= newest[0].items()):
            connection.execute(sa.insert(_follow_up).values(round_id=round_id, saved_at=_now(), **about, **said))
    return follow_ups(engine, scope, round_id).filter(*its)


# --- what may be done ---------------------------------------------------------------------------------


def _may_define(scope: Scope) -> None:
    require(scope, "ledelsestilsyn", "decide")
    if scope.centers is not None:
        raise NoScope("Der blev bedt om at udtrække sager af en, der kun må se nogle af dem.")


def _drawable(drawn: Sequence[Drawn], frame: int) -> None:
    if not drawn:
        raise InvalidReview("Ingen sager kan udtrækkes. Vælg en længere periode, flere centre eller flere spørgsmål.")
    if drawn[-1].position > min(frame, MOST):
        raise InvalidReview(f"Der er {frame} sager i rammen. Vælg højst {min(frame, MOST)}.")


def _may_answer(
    connection: sa.Connection, scope: Scope, round_id: int, case_id: str, reviewer: int, standing: pl.DataFrame
) -> None:
    """See that a case is this user's to read now, as first or second reviewer."""
    who = {number: set(standing.filter(pl.col("reviewer") == number)["saved_by"]) for number in (1, 2)}
    second = sa.select(_case.c.second).where(_case.c.round_id == round_id, _case.c.case_id == case_id)
    if who[2]:
        raise InvalidReview("To har læst sagen, og svarene er låst, så enigheden kan gøres op.")
    if reviewer == 1:
        if who[1] - {scope.user}:
            raise InvalidReview("En anden har læst sagen imens. Genindlæs siden.")
    elif reviewer != 2 or not connection.execute(second).scalar_one():
        raise InvalidReview("Sagen skal kun læses af én. Genindlæs siden.")
    elif not who[1]:
        raise InvalidReview("Ingen har læst sagen som den første endnu. Genindlæs siden, og læs den som den første.")
    elif scope.user in who[1]:
        raise InvalidReview("Du har selv læst sagen som den første. Andenlæseren skal være en anden.")


# --- reading and writing ------------------------------------------------------------------------------


@contextmanager
def _saving(engine: sa.Engine, scope: Scope, rows: int, **about: Any) -> Iterator[sa.Connection]:
    """The one transaction of an entry in the log and of what it tells of; nobody else writes here until it ends."""
    entry: dict[str, Any] = {"action": "review", "purpose": "management_review", "rows": rows, **about}
    try:
        with audit.looking(engine, scope, **entry) as connection:
            yield connection
    except DatabaseUnavailable as error:
        raise DatabaseUnavailable(NOT_SAVED) from error


@contextmanager
def _about(engine: sa.Engine, scope: Scope, round_id: int, case_id: str) -> Iterator[sa.Connection]:
    """As `_saving`, about one case: a drawn one that the scope's centres hold."""
    held = holders()
    drawn = (
        sa.select(_case.c.case_id)
        .join_from(_case, held, held.c.case_id == _case.c.case_id, isouter=True)
        .where(_case.c.round_id == round_id, _case.c.case_id == case_id, *_seen(scope, _case, held))
    )
    try:
        with _saving(engine, scope, 1, cases=(case_id,)) as connection:
            if connection.execute(drawn).first() is None:
                raise NotYours(NOT_YOURS)
            yield connection
    except NotYours:
        with suppress(DatabaseUnavailable):  # nothing was written anyway
            note = "Ledelsestilsyn uden adgang"
            audit.write(engine, scope, action="refused", purpose="", rows=0, cases=(case_id,), note=note)
        raise


def _seen(scope: Scope, table: sa.Table, held: sa.Subquery) -> list[sa.ColumnElement[bool]]:
    """What limits rows of cases to those that the scope's centres hold now; nothing for who sees all."""
    if scope.centers is None:
        return []
    theirs = sa.select(held.c.case_id).where(held.c.center.in_(scope.centers))
    return [table.c.case_id.in_(theirs)]


def _rounds(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> tuple[Round, ...]:
    size = sa.select(sa.func.max(_draw.c.size)).where(_draw.c.round_id == _round.c.id).scalar_subquery()
    purged = (
        sa.select(sa.func.coalesce(sa.func.sum(_purge.c.cases), 0))
        .where(_purge.c.purged_at >= _round.c.created_at)
        .scalar_subquery()
    )
    query = sa.select(*_round.c, size.label("size"), purged.label("purged_since")).where(*where)
    return tuple(_as_round(row) for row in connection.execute(query.order_by(_round.c.id.desc())).mappings())


def _as_round(row: sa.RowMapping) -> Round:
    centers, figures = json.loads(row["centers"]), json.loads(row["registered"])
    return Round(
        **{
            **row,
            "created_at": _utc(row["created_at"]),
            "measures": tuple(json.loads(row["measures"])),
            "centers": None if centers is None else tuple(centers),
            "frame_sizes": MappingProxyType(json.loads(row["frame_sizes"])),
            "registered": MappingProxyType({measure: tuple(counts) for measure, counts in figures.items()}),
        }
    )


def _one(engine: sa.Engine, round_id: int) -> Round:
    with reading(engine) as connection:
        found = _rounds(connection, _round.c.id == round_id)
    if not found:
        raise InvalidReview("Runden findes ikke. Gå tilbage til listen, og vælg igen.")
    return found[0]


def _size(connection: sa.Connection, round_id: int) -> int | None:
    return connection.execute(sa.select(sa.func.max(_draw.c.size)).where(_draw.c.round_id == round_id)).scalar()


def _drew(connection: sa.Connection, round_id: int, size: int, user: str) -> bool:
    who = sa.select(_draw.c.drawn_by).where(_draw.c.round_id == round_id, _draw.c.size == size)
    return connection.execute(who).scalar() == user


def _add(connection: sa.Connection, scope: Scope, round_id: int, drawn: Sequence[Drawn], size: int) -> None:
    connection.execute(sa.insert(_draw).values(round_id=round_id, size=size, drawn_at=_now(), drawn_by=scope.user))
    numbers = {case.case_id for case in drawn}
    there = sa.select(sa.func.count(sa.distinct(_known.c.case_id))).where(_known.c.case_id.in_(numbers))
    if connection.execute(there).scalar_one() != len(numbers):  # nothing of a deleted case may be written anew
        raise InvalidReview("Der er slettet sager imens. Genindlæs siden, og udtræk igen.")
    rows = [
        {
            "round_id": round_id,
            "position": case.position,
            "case_id": case.case_id,
            "stratum": case.stratum,
            "second": case.second,
            "registered": _json(dict(case.registered)),
        }
        for case in drawn
    ]
    if rows:
        connection.execute(sa.insert(_case), rows)


def _history(engine: sa.Engine, scope: Scope | None, round_id: int) -> pl.DataFrame:
    asking = require(scope, "ledelsestilsyn", "review")
    with reading(engine, asking) as connection:
        return _read(connection, asking, round_id)


def _read(connection: sa.Connection, scope: Scope, round_id: int) -> pl.DataFrame:
    """Every answer of a round, the oldest first, as `ANSWERS`."""
    columns = [_case.c.second if name == "blind" else _answer.c[name] for name in ANSWERS]
    same = sa.and_(_case.c.round_id == _answer.c.round_id, _case.c.case_id == _answer.c.case_id)
    query = (
        sa.select(*columns)
        .join_from(_answer, _case, same)
        .where(_answer.c.round_id == round_id, *_seen(scope, _answer, holders()))
        .order_by(_answer.c.id)
    )
    rows = pl.DataFrame([tuple(row) for row in connection.execute(query)], schema=ANSWERS, orient="row")
    both = (pl.col("reviewer") == 2).any().over("case_id")
    return rows.with_columns(blind=pl.col("blind") & ~both & (pl.col("saved_by") != scope.user))


def _standing(entries: pl.DataFrame) -> pl.DataFrame:
    newest = entries.sort("id").unique(["case_id", "measure", "reviewer"], keep="last", maintain_order=True)
    return newest.sort("case_id", "measure", "reviewer")


def _followed(connection: sa.Connection, scope: Scope, round_id: int) -> pl.DataFrame:
    query = (
        sa.select(*(_follow_up.c[name] for name in FOLLOW_UPS))
        .where(_follow_up.c.round_id == round_id, *_seen(scope, _follow_up, holders()))
        .order_by(_follow_up.c.id)
    )
    found = pl.DataFrame([tuple(row) for row in connection.execute(query)], schema=FOLLOW_UPS, orient="row")
    newest = found.unique(["case_id", "measure"], keep="last", maintain_order=True)
    return newest.sort("case_id", "measure")


def _utc(at: dt.datetime) -> dt.datetime:
    """A moment as the database gives it: SQLite keeps no time zone."""
    return at.astimezone(dt.UTC) if at.tzinfo else at.replace(tzinfo=dt.UTC)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
