"""Which data the figures rest on: a new delivery shows at once, and nobody sees rows without a scope."""

import datetime as dt
import gc
import weakref
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
import streamlit as st

from data_access.database import DATABASE_URL, DatabaseMissing, writing
from data_access.models import Import, Purge
from data_access.tables import FULL_SCOPE, NoScope, Scope
from tests.case_database import CENTERS, VIEW_DATE, fill
from ui import state


@pytest.fixture
def known(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Engine]:
    """The database that the dashboard is pointed to."""
    url = engine.url.render_as_string(hide_password=False)
    if engine.dialect.name == "sqlite":
        url = f"sqlite:///{str(engine.url.database).removeprefix('file:')}"
    monkeypatch.setenv(DATABASE_URL, url)
    yield engine
    st.cache_resource.clear()  # lets go of the connections before the database is dropped


def test_no_database(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv(DATABASE_URL, f"sqlite:///{tmp_path_factory.getbasetemp()}/findes-ikke.db")
    with pytest.raises(DatabaseMissing):
        state.current(FULL_SCOPE)


def test_no_delivery(known: sa.Engine) -> None:
    with pytest.raises(state.NothingDelivered):
        state.current(FULL_SCOPE)


def test_a_delivery_and_then_the_next(known: sa.Engine) -> None:
    fill(known, demo=False)
    data = state.current(FULL_SCOPE)
    assert (data.version, data.view_date, data.centers, data.demo) == (1, VIEW_DATE, CENTERS, False)
    later = VIEW_DATE + dt.timedelta(days=30)
    with known.begin() as connection:
        connection.execute(
            Import.metadata.tables[str(Import.__tablename__)].insert(),
            {
                "id": 2,
                "delivery": "demo",
                "source": "kontrakt",
                "imported_at": dt.datetime(2026, 12, 22, 6, tzinfo=dt.UTC),
                "extract_date": later,
                "known_on": later,
                "demo": True,
            },
        )
    assert (state.current(FULL_SCOPE).version, state.current(FULL_SCOPE).view_date, state.current(FULL_SCOPE).demo) == (
        2,
        later,
        True,
    )


def test_real_people_are_seen_at_once_also_at_the_same_version(known: sa.Engine) -> None:
    fill(known)
    assert state.invented()
    with writing(known) as connection:
        connection.execute(sa.update(Import.metadata.tables[str(Import.__tablename__)]).values(demo=False))
    assert not state.invented()


def test_no_rows_without_a_scope(known: sa.Engine) -> None:
    fill(known)
    with pytest.raises(NoScope):
        state.assessed(None)  # type: ignore[arg-type]


def test_what_was_before_a_new_version_is_let_go(known: sa.Engine) -> None:
    fill(known)
    old = weakref.ref(state.assessed(FULL_SCOPE).outcomes)
    part = weakref.ref(state.assessed(Scope("lene", ("head",), CENTERS[:1])).outcomes)
    with writing(known) as connection:
        connection.execute(
            sa.insert(Purge.metadata.tables[str(Purge.__tablename__)]).values(
                purged_at=dt.datetime.now(dt.UTC), purged_by="prøve", reason="request", cases=1
            )
        )
    assert state.current(FULL_SCOPE).version == 2
    gc.collect()
    assert old() is None
    assert part() is None


def test_a_head_is_given_the_rows_of_own_centres(known: sa.Engine) -> None:
    fill(known)
    whole, own = state.assessed(FULL_SCOPE), state.assessed(Scope("lene", ("head",), CENTERS[:1]))
    assert set(own.outcomes["center"]) == {CENTERS[0]}
    assert own.outcomes.height == whole.outcomes.filter(center=CENTERS[0]).height < whole.outcomes.height
    assert state.current(Scope("lene", ("head",), CENTERS[:1])).centers == CENTERS[:1]


@pytest.mark.parametrize("role", ["steering", "administrator", "protection", "blocked", "ukendt"])
def test_no_figures_for_a_role_without_them(known: sa.Engine, role: str) -> None:
    fill(known)
    with pytest.raises(NoScope):
        state.assessed(Scope("lene", (role,), None))


def test_one_frame_is_shared_and_other_days_are_added_beside_it(known: sa.Engine) -> None:
    fill(known)
    shared = state.assessed(FULL_SCOPE)
    assert state.assessed(FULL_SCOPE, [VIEW_DATE, dt.date(2026, 8, 31)]) is shared
    day = dt.date(2026, 8, 14)
    more = state.assessed(FULL_SCOPE, [VIEW_DATE, day])
    assert day not in set(shared.outcomes["on"])
    added = more.outcomes.filter(on=day)
    assert not added.is_empty()
    assert more.outcomes.height == shared.outcomes.height + added.height
