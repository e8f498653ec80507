"""What is published: once a month, by who may, protected cells only, and no hidden number is kept."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from data_access.database import DatabaseUnavailable, reading
from data_access.published import (
    CELLS,
    Publication,
    PublicationRefused,
    before,
    beside_own,
    cells,
    months,
    publish,
)
from data_access.tables import FULL_SCOPE, NoScope, Scope
from tests.case_database import VIEW_DATE, fill

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


def published(engine: sa.Engine, by: Scope = ANNA, **other: Any) -> Publication:
    given: dict[str, Any] = {"month": OCTOBER, "view_date": VIEW_DATE, "threshold": 5, "cells": month(), **other}
    return publish(engine, by, **given)


def test_a_month_is_given_back_as_it_was_published(engine: sa.Engine) -> None:
    fill(engine)
    saved = published(engine, month=dt.date(2026, 10, 17))
    assert saved == Publication(OCTOBER, VIEW_DATE, 1, 5, saved.published_at, "anna")
    assert dt.datetime.now(dt.UTC) - saved.published_at < dt.timedelta(minutes=1)
    assert months(engine, STEERING) == (saved,)
    found = cells(engine, STEERING, dt.date(2026, 10, 31))
    assert found.schema == CELLS
    assert found.equals(month())


def test_months_come_newest_first_and_before_in_the_order_they_were_published(engine: sa.Engine) -> None:
    september = month(dt.date(2026, 9, 30))
    published(engine)
    published(engine, month=SEPTEMBER, cells=september, after=1)
    assert [each.month for each in months(engine, ANNA)] == [OCTOBER, SEPTEMBER]
    assert [frame["to"][0] for frame in before(engine, ANNA)] == [dt.date(2026, 10, 31), dt.date(2026, 9, 30)]
    assert before(engine, ANNA)[1].equals(september)


def test_nothing_is_published_to_begin_with(engine: sa.Engine) -> None:
    assert (months(engine, ANNA), before(engine, ANNA)) == ((), [])
    assert cells(engine, ANNA, OCTOBER).equals(CELLS.to_frame())


def test_a_month_is_published_once(engine: sa.Engine) -> None:
    first = published(engine)
    with pytest.raises(PublicationRefused, match="allerede offentliggjort"):
        published(engine, FULL_SCOPE, cells=month(measure=pl.lit("heard")))
    assert months(engine, ANNA) == (first,)
    assert cells(engine, ANNA, OCTOBER).equals(month())


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
        (reads, lambda: months(sqlite_engine, scope)),
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
