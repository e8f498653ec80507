"""What is published: by who may, protected cells only, and as it was for ever: a correction is a version more."""

import datetime as dt
import hashlib
import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from data_access import database, models
from data_access.database import DatabaseUnavailable, reading, upgrade, writing
from data_access.published import (
    CELLS,
    COUNTS,
    LONGEST_REASON,
    MOVES,
    NOTHING_BEFORE,
    Publication,
    PublicationRefused,
    Rule,
    before,
    beside_own,
    broken,
    cells,
    counts,
    months,
    moves,
    publish,
    purged_since,
    versions,
)
from data_access.tables import FULL_SCOPE, NoScope, Scope
from tests.case_database import VIEW_DATE, fill
from tests.data_access.breaking import migrate

ANNA = Scope("anna", ("coordinator",), None)
STEERING, HEAD = Scope("sten", ("steering",)), Scope("hanne", ("head",), ("Nord",))
SEPTEMBER, OCTOBER = dt.date(2026, 9, 1), dt.date(2026, 10, 1)


def month(last: dt.date = dt.date(2026, 10, 31), **changed: Any) -> pl.DataFrame:
    """A protected month of one measure: two centres hidden beside the whole, one of them with its base."""
    first = (last - dt.timedelta(days=364)).replace(day=1)
    rows = [
        ("decided", first, last, "Nord", False, None, 20, True, None),
        ("decided", first, last, "Syd \N{QUOTATION MARK}æ;\N{QUOTATION MARK}", False, None, None, True, None),
        ("decided", first, last, None, False, 0, 0, False, None),
        ("decided", first, last, None, True, 30, 45, False, 30 / 45),
    ]
    frame = pl.DataFrame(rows, schema=CELLS, orient="row")
    return frame.with_columns(**changed)


RULES = {
    "decided": Rule(
        "Afgjort til tiden", "Aktivlovens §§ 35-37 · 14 dage", "Der er truffet afgørelse.", "Alle.", "ab12"
    ),
    "heard": Rule("Hørt", "Aktivlovens § 35", "Den unge er hørt.", "Alle.", "cd34"),
}
MOVED = pl.DataFrame([("decided", "late", 7, 6, -1), ("decided", "rest", 9, 3, 3)], schema=MOVES, orient="row")
DAY = dt.date(2026, 10, 31)
COUNTED = pl.DataFrame(
    [("target_group", DAY, DAY, "15_24", 40, False), ("target_group", DAY, DAY, "unknown", None, True)],
    schema=COUNTS,
    orient="row",
)


def published(engine: sa.Engine, by: Scope = ANNA, **other: Any) -> Publication:
    given: dict[str, Any] = {
        "month": OCTOBER,
        "view_date": VIEW_DATE,
        "threshold": 5,
        "cells": month(),
        "moves": MOVED,
        "counts": COUNTED,
        "rules": RULES,
        "code": "0.1.0+abc",
        **other,
    }
    return publish(engine, by, **given)


def test_a_month_is_given_back_as_it_was_published(engine: sa.Engine) -> None:
    fill(engine)
    saved = published(engine, month=dt.date(2026, 10, 17))
    given = (1, OCTOBER, 1, "", VIEW_DATE, 1, 5, "0.1.0+abc", RULES, saved.published_at, "anna", saved.hash)
    assert saved == Publication(*given)
    assert dt.datetime.now(dt.UTC) - saved.published_at < dt.timedelta(minutes=1)
    assert months(engine, STEERING) == versions(engine, STEERING, DAY) == (saved,)
    found = cells(engine, STEERING, dt.date(2026, 10, 31))
    assert found.schema == CELLS
    assert found.equals(month())
    assert moves(engine, STEERING, DAY).equals(MOVED)
    assert counts(engine, STEERING, DAY).equals(COUNTED)


def test_the_delivery_it_rests_on_is_the_newest_or_the_one_that_is_said(engine: sa.Engine) -> None:
    fill(engine)
    assert published(engine).delivery == 1
    assert published(engine, month=SEPTEMBER, delivery=0).delivery == 0


def test_months_come_newest_first_and_before_in_the_order_they_were_published(engine: sa.Engine) -> None:
    september = month(dt.date(2026, 9, 30))
    published(engine)
    published(engine, month=SEPTEMBER, cells=september, after=1)
    assert [each.month for each in months(engine, ANNA)] == [OCTOBER, SEPTEMBER]
    assert [frame["to"][0] for frame in before(engine, ANNA)] == [dt.date(2026, 10, 31), dt.date(2026, 9, 30)]
    assert before(engine, ANNA)[1].equals(september)


def test_nothing_is_published_to_begin_with(engine: sa.Engine) -> None:
    assert (months(engine, ANNA), before(engine, ANNA)) == ((), [])
    assert versions(engine, ANNA, OCTOBER) == versions(engine, ANNA) == ()
    assert broken(engine, ANNA) == ()
    assert cells(engine, ANNA, OCTOBER).equals(CELLS.to_frame())
    assert moves(engine, ANNA, OCTOBER).equals(MOVES.to_frame())
    assert counts(engine, ANNA, OCTOBER).equals(COUNTS.to_frame())


def test_a_month_is_published_once(engine: sa.Engine) -> None:
    first = published(engine)
    with pytest.raises(PublicationRefused, match="allerede offentliggjort"):
        published(engine, FULL_SCOPE, cells=month(measure=pl.lit("heard")))
    assert months(engine, ANNA) == (first,)
    assert cells(engine, ANNA, OCTOBER).equals(month())


CORRECTED = month(met=pl.when("whole").then(31).otherwise("met"), rate=pl.when("whole").then(31 / 45))


def test_a_correction_is_a_version_more_and_both_are_kept(engine: sa.Engine) -> None:
    first = published(engine)
    other = published(engine, month=SEPTEMBER, cells=month(dt.date(2026, 9, 30)))
    second = published(engine, cells=CORRECTED, moves=MOVED.head(1), reason="  12 samtaler\nkom for sent ")
    assert (second.version, second.reason) == (2, "12 samtaler kom for sent")
    assert months(engine, STEERING) == (second, other)
    assert versions(engine, STEERING, OCTOBER) == (first, second)
    assert versions(engine, STEERING) == (first, other, second)
    assert cells(engine, STEERING, OCTOBER).equals(CORRECTED)
    assert cells(engine, STEERING, OCTOBER, version=2).equals(CORRECTED)
    assert cells(engine, STEERING, OCTOBER, version=1).equals(month())
    assert (len(moves(engine, STEERING, OCTOBER)), len(moves(engine, STEERING, OCTOBER, 1))) == (1, 2)
    assert cells(engine, STEERING, OCTOBER, version=3).is_empty()
    assert [frame["to"][0].month for frame in before(engine, ANNA)] == [10, 9, 10]
    assert published(engine, reason="Alligevel ikke").version == 3


CPR = "610190" + "-1234"


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"cells": CORRECTED, "reason": " \n"}, "allerede offentliggjort"),
        ({"reason": "Ingen grund"}, "ændrer ikke ved noget"),
        ({"reason": "Ingen grund", "moves": MOVED.clear()}, "ændrer ikke ved noget"),
        ({"cells": CORRECTED, "reason": f"Se {CPR}"}, "Begrundelsen indeholder"),
        ({"cells": CORRECTED, "reason": "x" * (LONGEST_REASON + 1)}, "Begrundelsen må højst fylde 300"),
        ({"month": SEPTEMBER, "reason": "Rettet"}, "ikke offentliggjort endnu"),
        ({"cells": CORRECTED, "reason": "Rettet", "after": 0}, "netop"),
    ],
)
def test_a_correction_that_is_none_is_refused(sqlite_engine: sa.Engine, other: dict[str, Any], said: str) -> None:
    first = published(sqlite_engine)
    with pytest.raises(PublicationRefused, match=said) as refused:
        published(sqlite_engine, **other)
    assert CPR not in str(refused.value)
    assert versions(sqlite_engine, ANNA) == (first,)


def test_a_correction_of_the_counts_alone_is_one(sqlite_engine: sa.Engine) -> None:
    published(sqlite_engine)
    counted = COUNTED.with_columns(count=pl.when(~pl.col("hidden")).then(41))
    assert published(sqlite_engine, counts=counted, reason="En mere").version == 2
    assert counts(sqlite_engine, ANNA, OCTOBER).equals(counted)


def test_of_two_who_correct_at_once_one_is_told(engine: sa.Engine) -> None:
    published(engine)

    def attempt(reason: str) -> bool:
        try:
            published(engine, cells=CORRECTED, reason=reason, after=1)
        except PublicationRefused:
            return False
        return True

    with ThreadPoolExecutor() as pool:
        assert sorted(pool.map(attempt, ("Den ene", "Den anden"))) == [False, True]
    assert len(versions(engine, ANNA, OCTOBER)) == 2


def test_a_month_that_is_not_over_is_refused(engine: sa.Engine) -> None:
    with pytest.raises(PublicationRefused, match="ikke slut"):
        published(engine, view_date=dt.date(2026, 10, 30))
    published(engine, view_date=dt.date(2026, 10, 31))


def test_a_month_that_was_protected_beside_fewer_than_there_are_is_refused(engine: sa.Engine) -> None:
    published(engine, month=SEPTEMBER, after=0)
    with pytest.raises(PublicationRefused, match="netop"):
        published(engine, after=0)
    assert len(months(engine, ANNA)) == 1


def test_of_two_who_publish_at_once_one_is_told(engine: sa.Engine) -> None:
    def attempt(which: dt.date) -> bool:
        try:
            published(engine, month=which, after=0)
        except PublicationRefused:
            return False
        return True

    with ThreadPoolExecutor() as pool:
        assert sorted(pool.map(attempt, (SEPTEMBER, OCTOBER))) == [False, True]
    assert len(months(engine, ANNA)) == 1


UNPROTECTED: dict[str, Callable[[], pl.DataFrame]] = {
    "a hidden count is there": lambda: month(met=pl.col("met").fill_null(3)),
    "a hidden rate is there": lambda: month(rate=pl.lit(0.5)),
    "a small count is shown": lambda: month(met=pl.when("whole").then(4).otherwise("met")),
    "a small complement is shown": lambda: month(met=pl.when("whole").then(41).otherwise("met")),
    "a small base is shown": lambda: month(base=pl.when(pl.col("center") == "Nord").then(1).otherwise("base")),
    "a shown cell has no count": lambda: month(hidden=pl.lit(False)),
    "it is not protected at all": lambda: month().drop("hidden"),
    "there is nothing": lambda: month().clear(),
}


@pytest.mark.parametrize("cells", UNPROTECTED.values(), ids=UNPROTECTED)
def test_what_is_not_protected_is_not_stored(sqlite_engine: sa.Engine, cells: Callable[[], pl.DataFrame]) -> None:
    with pytest.raises(ValueError, match="not protected"):
        published(sqlite_engine, cells=cells())
    assert months(sqlite_engine, ANNA) == ()


@pytest.mark.parametrize(
    "unprotected",
    [
        COUNTED.with_columns(count=pl.lit(3, pl.Int64)),
        COUNTED.with_columns(count=pl.lit(7, pl.Int64)),
        COUNTED.with_columns(hidden=pl.lit(False)),
        COUNTED.drop("hidden"),
    ],
)
def test_counts_that_are_not_protected_are_not_stored(sqlite_engine: sa.Engine, unprotected: pl.DataFrame) -> None:
    with pytest.raises(ValueError, match="not protected"):
        published(sqlite_engine, counts=unprotected)
    assert months(sqlite_engine, ANNA) == ()


def test_the_threshold_is_the_one_it_was_published_with(sqlite_engine: sa.Engine) -> None:
    shown = month(met=pl.when("whole").then(4).otherwise("met"), rate=pl.when("whole").then(4 / 45))
    assert published(sqlite_engine, cells=shown, threshold=4).threshold == 4


@pytest.mark.parametrize(
    ("scope", "reads", "writes"),
    [
        (ANNA, True, True),
        (STEERING, True, False),
        (HEAD, True, False),
        (Scope("admin", ("administrator",)), False, False),
        (Scope("dpo", ("protection",)), False, False),
        (Scope("ingen"), False, False),
        (None, False, False),
    ],
    ids=lambda value: getattr(value, "user", value),
)
def test_who_may_read_and_who_may_publish(sqlite_engine: sa.Engine, scope: Any, *, reads: bool, writes: bool) -> None:
    for may, act in (
        (writes, lambda: published(sqlite_engine, scope)),
        (writes, lambda: before(sqlite_engine, scope)),
        (writes, lambda: broken(sqlite_engine, scope)),
        (writes, lambda: purged_since(sqlite_engine, scope, dt.datetime.now(dt.UTC))),
        (reads, lambda: months(sqlite_engine, scope)),
        (reads, lambda: versions(sqlite_engine, scope)),
        (reads, lambda: moves(sqlite_engine, scope, OCTOBER)),
        (reads, lambda: counts(sqlite_engine, scope, OCTOBER)),
        (reads, lambda: cells(sqlite_engine, scope, OCTOBER)),
    ):
        if may:
            act()
        else:
            with pytest.raises(NoScope):
                act()


def test_who_sees_some_centres_only_cannot_publish_for_all(sqlite_engine: sa.Engine) -> None:
    with pytest.raises(NoScope, match="nogle af dem"):
        published(sqlite_engine, Scope("anna", ("coordinator",), ("Nord",)))
    assert months(sqlite_engine, ANNA) == ()


def test_nothing_of_a_month_is_kept_when_it_fails_half_way(engine: sa.Engine) -> None:
    with pytest.raises(DatabaseUnavailable, match="Der blev ikke offentliggjort noget"):
        published(engine, cells=month(measure=pl.lit(None, pl.String)))
    with reading(engine) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM publications").scalar() == 0


def line(center: str | None, met: int | None, base: int | None, *, whole: bool = False) -> tuple[Any, ...]:
    """A published cell; without `met` it is hidden."""
    hidden = met is None
    rate = None if met is None or not base else met / base
    return ("decided", SEPTEMBER, dt.date(2026, 9, 30), center, whole, met, base, hidden, rate)


NOTHING = (None, None)
BESIDE_OWN = {
    "nothing is hidden: all is seen": (
        {"Nord": (10, 20), "Syd": (8, 14), "Vest": (7, 12), None: (0, 0), "": (25, 46)},
        {"Nord": (10, 20), "Syd": (8, 14), "Vest": (7, 12), None: (0, 0), "": (25, 46)},
    ),
    "two others are hidden: the whole leaves enough for them together": (
        {"Nord": (10, 20), "Syd": (None, 14), "Vest": (None, 12), None: (0, 0), "": (26, 46)},
        {"Nord": (10, 20), "Syd": NOTHING, "Vest": NOTHING, None: (0, 0), "": (26, 46)},
    ),
    "also one that is not hidden by itself": (
        {"Nord": (10, 20), "Syd": (None, 14), "Vest": (None, 12), "Øst": (6, 16), "": (32, 62)},
        {"Nord": (10, 20), "Syd": NOTHING, "Vest": NOTHING, "Øst": NOTHING, "": (32, 62)},
    ),
    "the whole leaves 3 for the others": (
        {"Nord": (10, 20), "Syd": (None, 14), "Vest": (None, 12), None: (0, 0), "": (13, 46)},
        {"Nord": (10, 20), "Syd": NOTHING, "Vest": NOTHING, None: (0, 0), "": NOTHING},
    ),
    "the whole leaves all but 3 for the others": (
        {"Nord": (10, 20), "Syd": (None, 14), "Vest": (None, 12), None: (0, 0), "": (33, 46)},
        {"Nord": (10, 20), "Syd": NOTHING, "Vest": NOTHING, None: (0, 0), "": NOTHING},
    ),
    "only one other had anybody": (
        {"Nord": (10, 20), "Syd": (None, 14), "Vest": (0, 0), None: (0, 0), "": (20, 34)},
        {"Nord": (10, 20), "Syd": NOTHING, "Vest": (0, 0), None: (0, 0), "": NOTHING},
    ),
    "own is hidden: nobody can say what the whole leaves": (
        {"Nord": (None, 20), "Syd": (None, 14), "Vest": (6, 12), None: (0, 0), "": (26, 46)},
        {"Nord": (None, 20), "Syd": NOTHING, "Vest": NOTHING, None: (0, 0), "": NOTHING},
    ),
    "it is not divided": ({"": (7, 20)}, {"": NOTHING}),
    "it is not divided, and nobody is in it": ({"": (0, 0)}, {"": (0, 0)}),
}
Cells = dict[str | None, tuple[int | None, int | None]]


@pytest.mark.parametrize(
    ("own", "whole"),
    [((20, 20), (26, 46)), ((22, 25), NOTHING), ((8, 24), NOTHING), ((26, 26), NOTHING), ((27, 27), NOTHING)],
)
def test_own_counts_that_are_hidden_are_known_all_the_same(own: tuple[int, int], whole: tuple[int | None, ...]) -> None:
    places = {"Nord": (None, 20), "Syd": (None, 14), "Vest": (6, 12), "": (26, 46)}
    rows = [line(place or None, *counts, whole=place == "") for place, counts in places.items()]
    known = pl.DataFrame([("decided", *own)], schema=["measure", "met", "base"], orient="row")
    seen = beside_own(pl.DataFrame(rows, schema=CELLS, orient="row"), ["Nord"], 5, known)
    assert seen.filter("whole").select("met", "base").row(0) == whole
    assert seen.filter(center="Vest").select("met", "base").row(0) == NOTHING


@pytest.mark.parametrize(
    ("shown", "own", "complete", "whole"),
    [
        ((20, 24), (20, 24), True, (26, 46)),
        ((23, 27), (20, 24), True, NOTHING),  # a case has been deleted: the published number tells what it was
        ((20, 24), (23, 27), True, NOTHING),
        ((23, 27), None, True, NOTHING),
        ((None, 24), (20, 24), True, (26, 46)),
        ((None, 24), (20, 24), False, NOTHING),  # deleted, and nobody can say what it was
        ((20, 24), (19, 23), False, (26, 46)),
    ],
)
def test_neither_own_counts_nor_what_was_published_of_them_may_leave_a_small_number(
    shown: tuple[int | None, int], own: tuple[int, int] | None, complete: bool, whole: tuple[int | None, ...]
) -> None:
    places = {"Nord": shown, "Syd": (None, 14), "Vest": (None, 8), "": (26, 46)}
    rows = [line(place or None, *counts, whole=place == "") for place, counts in places.items()]
    known = None if own is None else pl.DataFrame([("decided", *own)], ["measure", "met", "base"], orient="row")
    frame = pl.DataFrame(rows, schema=CELLS, orient="row")
    seen = beside_own(frame, ["Nord"], 5, known, own_is_whole=complete)
    assert seen.filter("whole").select("met", "base").row(0) == whole


def test_who_was_deleted_since_is_not_told_by_own_figures(engine: sa.Engine) -> None:
    """Nord is hidden in what is published, so only own figures say what the whole leaves the others."""
    fill(engine)
    published(
        engine,
        cells=month(
            met=pl.when("whole").then(40),
            base=pl.when("whole").then(60),
            hidden=~pl.col("whole"),
            rate=pl.when("whole").then(40 / 60),
        ),
    )
    own = pl.DataFrame([("decided", 14, 20)], ["measure", "met", "base"], orient="row")
    assert cells(engine, HEAD, OCTOBER, own).filter("whole")["met"].item() == 40
    with writing(engine) as connection:
        connection.execute(
            sa.insert(models.Purge).values(
                purged_at=dt.datetime.now(dt.UTC), purged_by="anna", reason="request", cases=1
            )
        )
    assert cells(engine, HEAD, OCTOBER, own).filter("whole")["met"].item() is None


def test_what_a_later_program_kept_of_a_rule_is_read_too(sqlite_engine: sa.Engine) -> None:
    published(sqlite_engine)
    tampered(
        sqlite_engine,
        """UPDATE publications SET rules = '{"decided": {"title": "Afgjort", "rule": "En regel.", "tema": "x"}}'""",
    )
    assert versions(sqlite_engine, STEERING)[0].rules == {"decided": Rule("Afgjort", "", "En regel.", "", "")}


@pytest.mark.parametrize(("given", "seen"), BESIDE_OWN.values(), ids=BESIDE_OWN)
def test_who_knows_own_counts_sees_less_of_the_others(given: Cells, seen: Cells) -> None:
    def frame(cells: Cells) -> pl.DataFrame:
        rows = [line(place or None, *counts, whole=place == "") for place, counts in cells.items()]
        return pl.DataFrame(rows, schema=CELLS, orient="row")

    assert beside_own(frame(given), ["Nord"], 5).equals(frame(seen))


def test_a_head_is_given_what_a_head_may_see(engine: sa.Engine) -> None:
    fill(engine)
    published(engine)
    found = cells(engine, HEAD, OCTOBER)
    assert found.equals(beside_own(month(), ["Nord"], 5))
    assert not found.equals(month())
    both = Scope("hanne", ("head", "steering"), ("Nord",))
    assert cells(engine, both, OCTOBER).equals(found)  # another role takes no knowledge away


def test_a_head_is_given_nothing_of_the_whole_that_own_figures_could_be_taken_from(engine: sa.Engine) -> None:
    published(engine)
    for scope in (HEAD, Scope("hanne", ("head", "steering"), ("Nord",))):
        assert moves(engine, scope, OCTOBER).equals(MOVES.to_frame())
        assert counts(engine, scope, OCTOBER).equals(COUNTS.to_frame())


# --- sealed -------------------------------------------------------------------------------------------

FROZEN = ("publications", "published_cells", "published_moves", "published_counts")
CHANGES = [
    "UPDATE {} SET id = id",
    "UPDATE {} SET id = id WHERE 1 = 0",
    "DELETE FROM {}",
]


@pytest.mark.parametrize("table", FROZEN)
@pytest.mark.parametrize("change", CHANGES)
def test_the_database_refuses_to_change_what_is_published(engine: sa.Engine, table: str, change: str) -> None:
    """Also to its owner, as here."""
    published(engine)
    if engine.dialect.name == "sqlite" and "WHERE" in change:
        change = "INSERT OR REPLACE INTO {0} SELECT * FROM {0}"
    with pytest.raises(sa.exc.DBAPIError, match="stands"), writing(engine) as connection:
        connection.exec_driver_sql(change.format(table))
    assert broken(engine, ANNA) == ()


def test_a_version_is_not_replaced_under_another_number(sqlite_engine: sa.Engine) -> None:
    published(sqlite_engine)
    columns = [column.name for column in models.Publication.metadata.tables["publications"].columns][1:]
    same = ", ".join(columns)
    with pytest.raises(sa.exc.DBAPIError, match="stands"), writing(sqlite_engine) as connection:
        connection.exec_driver_sql(
            f"INSERT OR REPLACE INTO publications (id, {same}) SELECT 99, {same} FROM publications"
        )
    assert [each.number for each in versions(sqlite_engine, ANNA)] == [1]


@pytest.mark.parametrize("table", FROZEN)
def test_what_is_published_cannot_be_emptied(postgresql_engine: sa.Engine, table: str) -> None:
    published(postgresql_engine)
    with pytest.raises(sa.exc.DBAPIError, match="stands"), writing(postgresql_engine) as connection:
        connection.exec_driver_sql(f"TRUNCATE {table} CASCADE")


def tampered(engine: sa.Engine, *statements: str) -> None:
    """Run statements as somebody would who has taken the triggers away."""
    with writing(engine) as connection:
        for table in FROZEN:
            if engine.dialect.name == "sqlite":
                for what in ("changed", "deleted", "replaced"):
                    connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_is_not_{what}")
            else:
                connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            connection.exec_driver_sql(statement)


FIRST, ITS_ROWS = "WHERE id = (SELECT min(id) FROM publications)", "WHERE publication_id = 1"
TAMPERED: dict[str, tuple[tuple[str, ...], int]] = {
    "nothing": ((), 0),
    "a number": (("UPDATE published_cells SET met = 29 WHERE publication_id = 1 AND whole",), 1),
    "what is hidden": ((f"UPDATE published_cells SET hidden = (1 = 0) {ITS_ROWS}",), 1),
    "a cell is gone": (("DELETE FROM published_cells WHERE id = 1",), 1),
    "a cell more": (
        (
            "INSERT INTO published_cells (publication_id, measure, from_on, to_on, whole, hidden) "
            "VALUES (1, 'decided', '2026-10-01', '2026-10-31', (1 = 1), (1 = 1))",
        ),
        1,
    ),
    "a move": ((f"UPDATE published_moves SET met = met + 1 {ITS_ROWS}",), 1),
    "a count": (("UPDATE published_counts SET count = 41 WHERE count = 40 AND publication_id = 1",), 1),
    "the reason": (("UPDATE publications SET reason = 'x' WHERE version = 2",), 1),
    "the rules": ((f"UPDATE publications SET rules = '{{}}' {FIRST}",), 1),
    "V": ((f"UPDATE publications SET view_date = '2026-11-23' {FIRST}",), 1),
    "K": ((f"UPDATE publications SET delivery = 9 {FIRST}",), 1),
    "when": ((f"UPDATE publications SET published_at = '2026-11-01 00:00:00' {FIRST}",), 1),
    "who": ((f"UPDATE publications SET published_by = 'bo' {FIRST}",), 1),
    "its hash too": ((f"UPDATE publications SET published_by = 'bo', hash = '{64 * 'a'}' {FIRST}",), 2),
    "the first is gone": (
        (*(f"DELETE FROM {t} {ITS_ROWS}" for t in FROZEN[1:]), f"DELETE FROM publications {FIRST}"),
        1,
    ),
}


@pytest.mark.parametrize(("statements", "findings"), TAMPERED.values(), ids=TAMPERED)
def test_what_has_been_changed_is_told_of(engine: sa.Engine, statements: tuple[str, ...], findings: int) -> None:
    for each in (SEPTEMBER, OCTOBER):
        published(engine, month=each)
    published(engine, cells=CORRECTED, reason="Rettet")
    tampered(engine, *statements)
    found = broken(engine, ANNA)
    assert len(found) == findings, found
    assert all(line.startswith("Tallene for ") for line in found)


def test_the_hash_is_that_of_the_canonical_text(engine: sa.Engine) -> None:
    """Said a second time, so that a change of the text does not pass unseen: old hashes must go on being right."""
    fill(engine)
    saved = published(engine, cells=month().head(1), counts=COUNTED.tail(1), moves=MOVED.head(1))
    rules = '{"decided": {"title": "Afgjort til tiden", "words": "Aktivlovens §§ 35-37 · 14 dage", "rule": "Der er '
    rules += 'truffet afgørelse.", "base": "Alle.", "mark": "ab12"}, "heard": {"title": "Hørt", "words": "Aktivlovens '
    rules += '§ 35", "rule": "Den unge er hørt.", "base": "Alle.", "mark": "cd34"}}'
    at = saved.published_at.isoformat()
    text = [
        ["2026-10-01", 1, "", "2026-11-22", 1, 5, "0.1.0+abc", rules, at, "anna", NOTHING_BEFORE],
        [["decided", "2025-11-01", "2026-10-31", "Nord", False, None, 20, True]],
        [["decided", "late", 7, 6, -1]],
        [["target_group", "2026-10-31", "2026-10-31", "unknown", None, True]],
    ]
    written = json.dumps(text, ensure_ascii=False, separators=(",", ":"))
    assert saved.hash == hashlib.sha256(written.encode()).hexdigest()


def test_deletions_since_are_told_of(engine: sa.Engine) -> None:
    at = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
    assert not purged_since(engine, ANNA, at)
    with writing(engine) as connection:
        purge = (
            "INSERT INTO purges (purged_at, purged_by, reason, cases) VALUES ('2026-11-22 12:00:01', 'x', 'rule', 2)"
        )
        connection.exec_driver_sql(purge)
    assert purged_since(engine, ANNA, at)
    assert not purged_since(engine, ANNA, at + dt.timedelta(seconds=1))


# --- from schema to schema ----------------------------------------------------------------------------


OLD = """
    INSERT INTO publications (id, month, view_date, delivery, threshold, published_at, published_by)
        VALUES (3, '2026-10-01', '2026-11-22', 7, 5, '2026-11-22 10:11:12.123456', 'anna')
    INSERT INTO publications (id, month, view_date, delivery, threshold, published_at, published_by)
        VALUES (5, '2026-09-01', '2026-11-22', 7, 5, '2026-11-22 10:12:00', 'bo')
    INSERT INTO published_cells (publication_id, measure, from_on, to_on, center, whole, met, base, hidden)
        VALUES (3, 'decided', '2025-11-01', '2026-10-31', 'Nærum', (1 = 0), NULL, 20, (1 = 1))
    INSERT INTO published_cells (publication_id, measure, from_on, to_on, center, whole, met, base, hidden)
        VALUES (5, 'decided', '2025-10-01', '2026-09-30', NULL, (1 = 1), 28, 45, (1 = 0))
    INSERT INTO published_cells (publication_id, measure, from_on, to_on, center, whole, met, base, hidden)
        VALUES (3, 'decided', '2025-11-01', '2026-10-31', NULL, (1 = 1), 30, 45, (1 = 0))
"""


def test_what_was_published_before_it_was_sealed_is_sealed_by_the_migration(engine: sa.Engine) -> None:
    migrate(engine, "0006", up=False)
    with writing(engine) as connection:
        for statement in OLD.split("INSERT")[1:]:
            connection.exec_driver_sql(f"INSERT{statement}")
    upgrade(engine)
    assert broken(engine, ANNA) == ()
    first, _ = versions(engine, ANNA)
    assert (first.number, first.version, first.reason, first.code, first.rules) == (3, 1, "", "", {})
    assert first.published_at == dt.datetime(2026, 11, 22, 10, 11, 12, 123456, dt.UTC)
    assert cells(engine, ANNA, OCTOBER).select("center", "met", "base").rows() == [("Nærum", None, 20), (None, 30, 45)]
    assert cells(engine, ANNA, SEPTEMBER)["met"].to_list() == [28]
    assert published(engine, reason="Rettet").version == 2
    assert broken(engine, ANNA) == ()
    tampered(engine, "UPDATE published_cells SET met = 31 WHERE met = 30 AND publication_id = 3")
    assert len(broken(engine, ANNA)) == 1


def test_a_schema_taken_back_keeps_what_stands(engine: sa.Engine) -> None:
    published(engine, month=SEPTEMBER, cells=month(dt.date(2026, 9, 30)))
    published(engine)
    published(engine, cells=CORRECTED, reason="Rettet")
    migrate(engine, "0006", up=False)
    with reading(engine) as connection:
        kept = connection.exec_driver_sql("SELECT month, published_by FROM publications ORDER BY id").all()
        whole = connection.exec_driver_sql("SELECT met FROM published_cells WHERE whole ORDER BY id").scalars().all()
    assert [(str(first), by) for first, by in kept] == [("2026-09-01", "anna"), ("2026-10-01", "anna")]
    assert whole == [30, 31]
    upgrade(engine)
    assert broken(engine, ANNA) == ()
    assert [each.version for each in months(engine, ANNA)] == [1, 1]
    assert cells(engine, ANNA, OCTOBER).equals(CORRECTED)


LATER = '''"""a column more."""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{}"


def upgrade() -> None:
    for table in ("publications", "published_cells", "published_moves", "published_counts"):
        op.add_column(table, sa.Column("seen", sa.Integer(), server_default="7"))
'''


def test_what_is_published_survives_later_deliveries_and_a_schema(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = published(engine)
    fill(engine)
    assert versions(engine, ANNA) == (saved,)
    shutil.copytree(database.HERE / "migrations", tmp_path / "migrations")
    steps = tmp_path / "migrations" / "versions"
    newest = max(path.name[:4] for path in steps.glob("0*.py"))
    (steps / "9999_more.py").write_text(LATER.format(newest), encoding="utf-8")
    monkeypatch.setattr(database, "HERE", tmp_path)
    upgrade(engine)
    assert sa.inspect(engine).get_columns("publications")[-1]["name"] == "seen"
    assert broken(engine, ANNA) == ()
    assert versions(engine, ANNA) == (saved,)
    assert cells(engine, ANNA, OCTOBER).equals(month())
    assert published(engine, month=SEPTEMBER) != replace(saved, month=SEPTEMBER)
    assert broken(engine, ANNA) == ()
