"""What is kept of a selection between reruns is never another's, and never older than what colleagues have saved."""

import datetime as dt
import gc
import random
import weakref
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
import streamlit as st

from data_access.annotations import add_event, set_target
from data_access.database import DATABASE_URL, writing
from data_access.handling import Unit, handle
from data_access.models import Case, Import
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
IMPORTS, CASES = (model.metadata.tables[str(model.__tablename__)] for model in (Import, Case))


@pytest.fixture
def known(sqlite_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Engine]:
    """The database that the dashboard is pointed to."""
    fill(sqlite_engine)
    monkeypatch.setenv(DATABASE_URL, f"sqlite:///{str(sqlite_engine.url.database).removeprefix('file:')}")
    yield sqlite_engine
    st.cache_resource.clear()


def handled(engine: sa.Engine, chance: random.Random) -> None:
    """A deviation is marked, or its mark is taken off again."""
    case = f"26-{1000 + 4 * chance.randrange(3)}"
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
    """A delivery in which one case has moved to another centre."""
    case = CASES.c.case_id == f"26-{1000 + chance.randrange(12)}"
    with writing(engine, FULL_SCOPE) as connection:
        newest = dict(connection.execute(sa.select(IMPORTS).order_by(IMPORTS.c.id.desc())).mappings().first() or {})
        number = newest["id"] + 1
        connection.execute(IMPORTS.insert().values(**newest | {"id": number}))
        row = dict(connection.execute(sa.select(CASES).where(case, CASES.c.known_to.is_(None))).mappings().one())
        connection.execute(CASES.update().where(CASES.c.id == row.pop("id")).values(known_to=number))
        connection.execute(CASES.insert().values(**row | {"known_from": number, "center": chance.choice(CENTERS)}))


def shown(scope: Scope, cut: Cut, monkeypatch: pytest.MonkeyPatch) -> tuple[object, ...]:
    """All that is kept of a selection, as it comes to who asks."""
    monkeypatch.setattr(selected, "cut", lambda: cut)
    readings = selected.readings(scope, selected.notes(scope))
    listed = handling.listed(scope, cut)
    return overview.front(scope), readings.now, readings.points["first_interview"].rows(), listed.rows()


@pytest.mark.slow
def test_what_is_kept_is_as_if_it_were_made_now(known: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(7)
    different = set()
    for _ in range(40):
        chance.choice([handled, targeted, told, corrected])(known, chance)
        scope, cut = chance.choice([ANNA, *HEADS]), chance.choice(CUTS)
        for _ in range(2):
            found = shown(scope, cut, monkeypatch)
        st.cache_resource.clear()
        assert found == shown(scope, cut, monkeypatch), (scope, cut)
        for other in (ANNA, *HEADS):  # meanwhile colleagues look, at the same and at something else
            shown(other, chance.choice(CUTS), monkeypatch)
        different.add(repr(found))
    assert len(different) > 20


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
