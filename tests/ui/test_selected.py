"""What is kept of a selection between reruns is never another's, and never older than what was delivered and saved."""

import datetime as dt
import gc
import random
import shutil
import weakref
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
import streamlit as st

from data_access import kept
from data_access.annotations import add_event, set_target
from data_access.database import DATABASE_URL, writing
from data_access.handling import Unit, handle
from data_access.models import Case, Import, Interview, Purge
from data_access.tables import FULL_SCOPE, Scope
from metrics.assess import Cut
from tests.case_database import CENTERS, VIEW_DATE, fill
from ui import handling, overview, selected, state

ANNA = Scope("anna", ("coordinator",), None)
HEADS = [Scope(f"leder {place}", ("head",), (center,)) for place, center in enumerate(CENTERS)]
CUTS = [
    Cut(dt.date(2025, 11, 23), VIEW_DATE),
    Cut(dt.date(2026, 8, 23), VIEW_DATE),
    Cut(dt.date(2025, 11, 23), VIEW_DATE, CENTERS[:1]),
    Cut(dt.date(2025, 11, 23), VIEW_DATE, ages=((18, 24),)),
]
IMPORTS, CASES, INTERVIEWS, PURGES = (
    model.metadata.tables[str(model.__tablename__)] for model in (Import, Case, Interview, Purge)
)


@pytest.fixture
def known(
    request: pytest.FixtureRequest, sqlite_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> Iterator[sa.Engine]:
    """The database that the dashboard is pointed to, with twelve cases or as many as the test says."""
    fill(sqlite_engine, cases=getattr(request, "param", 12))
    monkeypatch.setenv(DATABASE_URL, f"sqlite:///{str(sqlite_engine.url.database).removeprefix('file:')}")
    yield sqlite_engine
    st.cache_resource.clear()


def handled(engine: sa.Engine, chance: random.Random) -> None:
    """A deviation is marked, or its mark is taken off again."""
    with writing(engine, FULL_SCOPE) as connection:
        case = chance.choice(
            [*connection.execute(sa.select(CASES.c.case_id).where(CASES.c.known_to.is_(None))).scalars()]
        )
    handle(engine, ANNA, [Unit("first_interview", case, case)], state=chance.choice(["accepted", "unmarked"]))


def targeted(engine: sa.Engine, chance: random.Random) -> None:
    """A measure gets another target."""
    rate = chance.choice([0.5, 0.9, 1.0, None])
    set_target(engine, ANNA, measure="first_interview", valid_from=dt.date(2026, 1, 1), rate=rate, note="")


def told(engine: sa.Engine, chance: random.Random) -> None:
    """An expected level is counted anew."""
    day = VIEW_DATE - dt.timedelta(days=chance.randrange(400))
    add_event(engine, ANNA, on=day, kind="organisation", title="Ny praksis", reason="prøve", rebase=True)


def corrected(engine: sa.Engine, chance: random.Random) -> None:
    """A delivery with up to a hundred corrections, some days after the one before or on its day."""
    with writing(engine, FULL_SCOPE) as connection:
        newest = dict(connection.execute(sa.select(IMPORTS).order_by(IMPORTS.c.id.desc())).mappings().first() or {})
        number, later = newest["id"] + 1, dt.timedelta(days=chance.choice([0, 0, 1, 40]))
        days = {"extract_date": newest["extract_date"] + later, "known_on": newest["known_on"] + later}
        connection.execute(IMPORTS.insert().values(**newest | days | {"id": number}))
        for _ in range(chance.randint(1, 100)):
            correct(connection, chance, number)


def correct(connection: sa.Connection, chance: random.Random, number: int) -> None:
    """A row as another one, or withdrawn: a case (never the last) with its interviews."""
    table = chance.choice([CASES, INTERVIEWS])
    standing = (
        connection.execute(sa.select(table).where(table.c.known_to.is_(None)).order_by(table.c.id)).mappings().all()
    )
    if len(standing) < 2:
        table = CASES
        standing = connection.execute(sa.select(table).where(table.c.known_to.is_(None))).mappings().all()
    row = dict(chance.choice(standing))
    connection.execute(table.update().where(table.c.id == row.pop("id")).values(known_to=number))
    if len(standing) > 1 and chance.random() < 0.1:
        whose = (INTERVIEWS.c.case_id == row["case_id"]) & INTERVIEWS.c.known_to.is_(None)
        if table is CASES:
            connection.execute(INTERVIEWS.update().where(whose).values(known_to=number))
        return
    day = VIEW_DATE - dt.timedelta(days=chance.randrange(800))
    other = (
        chance.choice(
            [
                {"center": chance.choice(CENTERS)},
                {"first_enquiry_on": day},
                {"closed_on": chance.choice([day, None])},
                {"protected": chance.choice([True, False, None])},
                {"born_on": day - dt.timedelta(days=365 * chance.randint(15, 31))},
            ]
        )
        if table is CASES
        else {"held_on": day}
    )
    connection.execute(table.insert().values(**row | {"known_from": number} | other))


def deleted(engine: sa.Engine, chance: random.Random) -> None:
    """A case goes for good, with all that was known of it."""
    with writing(engine, FULL_SCOPE) as connection:
        cases = sorted(set(connection.execute(sa.select(CASES.c.case_id).where(CASES.c.known_to.is_(None))).scalars()))
        case = chance.choice(cases)
        for table in (INTERVIEWS, CASES) if len(cases) > 1 else ():
            connection.execute(table.delete().where(table.c.case_id == case))
        said = {"purged_at": dt.datetime.now(dt.UTC), "purged_by": "prøve", "reason": "request", "cases": 1}
        connection.execute(PURGES.insert().values(said))


def shown(scope: Scope, cut: Cut, monkeypatch: pytest.MonkeyPatch) -> tuple[object, ...]:
    """All that is kept of a selection, as it comes to who asks."""
    monkeypatch.setattr(selected, "cut", lambda: cut)
    readings = selected.readings(scope, selected.notes(scope))
    listed = handling.listed(scope, cut)
    return overview.front(scope), readings.now, readings.points["first_interview"].rows(), listed.rows()


@pytest.mark.slow
@pytest.mark.parametrize(("known", "steps"), [(4, 3), (12, 5), (90, 7)], indirect=["known"])
def test_what_is_kept_is_as_if_it_were_judged_anew(
    known: sa.Engine, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After some hundred random corrections and notes, with who asks and a colleague looking in between."""
    monkeypatch.setattr(state, "PATIENCE", 60.0)
    place = kept.folder(known)
    assert place is not None
    chance, moved = random.Random(7), 0
    for _ in range(steps):
        (scope, other), cut = chance.sample([ANNA, *HEADS], 2), chance.choice(CUTS)
        before = shown(scope, cut, monkeypatch)
        shown(other, chance.choice(CUTS), monkeypatch)
        chance.choice([corrected, corrected, corrected, deleted, handled, targeted, told])(known, chance)
        found = shown(scope, cut, monkeypatch)
        st.cache_resource.clear()
        shutil.rmtree(place)
        assert found == shown(scope, cut, monkeypatch), (scope, cut)
        moved += found != before
    assert moved > 1


def test_what_a_colleague_says_of_a_deviation_shows_at_once(known: sa.Engine) -> None:
    unit = Unit(*handling.listed(ANNA, CUTS[0]).select("measure", "unit_id", "case_id").row(0))
    for mark in ("accepted", "unmarked", "misregistered"):
        handle(known, ANNA, [unit], state=mark)
        marks = handling.listed(ANNA, CUTS[0]).filter(measure=unit.measure, unit_id=unit.unit_id)["handling"]
        assert marks.to_list() == ["unhandled" if mark == "unmarked" else mark]
        assert handling.errors(ANNA, CUTS[0]).height == (mark == "misregistered")


def test_colleagues_in_the_same_role_and_centre_share_what_is_kept(
    known: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other, another = (
        Scope(name, ("head",), (center,)) for name, center in zip("abc", (*CENTERS[:1] * 2, CENTERS[1]), strict=True)
    )
    monkeypatch.setattr(selected, "cut", lambda: CUTS[0])
    first, second, third = (overview.front(scope) for scope in (one, other, another))
    assert first is second
    assert first is not third
    assert first != third
    whole, *own = (
        selected.readings(scope, selected.notes(scope)).now["first_interview"].base for scope in (ANNA, *HEADS)
    )
    assert sum(own) == whole > max(own)


def test_what_is_kept_of_a_selection_is_let_go_with_its_version(
    known: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selected, "cut", lambda: CUTS[0])
    made = (handling.listed(ANNA, CUTS[0]), overview.front(ANNA), selected.readings(ANNA, selected.notes(ANNA)))
    assert made[0] is handling.listed(ANNA, CUTS[0])
    kept = [weakref.ref(each) for each in made if each is not None]
    assert len(kept) == 3
    del made
    corrected(known, random.Random(1))
    state.assessed(FULL_SCOPE)
    gc.collect()
    assert [each() for each in kept] == [None] * 3
