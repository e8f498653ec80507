"""Which data the figures rest on: a new delivery shows at once, and nobody sees rows without a scope."""

import datetime as dt
import gc
import weakref
from collections.abc import Iterator

import polars as pl
import pytest
import sqlalchemy as sa
import streamlit as st

from data_access.database import DATABASE_URL, DatabaseMissing, writing
from data_access.models import Case, CenterPeriod, Import, Purge
from data_access.published import Publication
from data_access.tables import FULL_SCOPE, NoScope, Scope
from metrics.assess import STOCK, Cut
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


def earlier(engine: sa.Engine) -> None:
    """A delivery a month before the one there is, which knew a case less, and another held then by the first centre."""
    imports, cases = (model.metadata.tables[str(model.__tablename__)] for model in (Import, Case))
    periods = CenterPeriod.metadata.tables[str(CenterPeriod.__tablename__)]
    moved = {"known_from": 1, "case_id": "26-1003", "from_on": BEFORE, "center": CENTERS[0]}
    with writing(engine, FULL_SCOPE) as connection:
        newest = connection.execute(sa.select(imports)).mappings().one()
        connection.execute(imports.update().values(extract_date=BEFORE, known_on=BEFORE))
        connection.execute(imports.insert().values(**dict(newest) | {"id": 2}))
        connection.execute(cases.update().where(cases.c.case_id == "26-1004").values(known_from=2))
        until = dt.date(2026, 11, 1)
        connection.execute(periods.insert().values(**moved, until=until))
        connection.execute(
            periods.insert().values(**moved | {"from_on": until + dt.timedelta(days=1), "center": CENTERS[1]})
        )


BEFORE = VIEW_DATE - dt.timedelta(days=30)
YEAR = Cut(dt.date(2025, 11, 23), VIEW_DATE)


def test_there_is_nothing_before_the_first_delivery(known: sa.Engine) -> None:
    fill(known)
    assert state.before(FULL_SCOPE, YEAR) is None


def test_before_is_what_was_judged_from_what_was_known_then(known: sa.Engine) -> None:
    fill(known)
    earlier(known)
    before = state.before(FULL_SCOPE, YEAR)
    assert before is not None
    assert before.view_date == BEFORE
    assert "26-1004" not in before.cases["case_id"]
    assert "26-1003" in before.cases["case_id"]
    assert state.before(FULL_SCOPE, YEAR) is before
    stock = before.outcomes.filter(pl.col("measure").is_in(STOCK))
    assert set(stock["on"]) == {BEFORE}
    long_ago = Cut(dt.date(2026, 1, 1), dt.date(2026, 6, 30))
    other = state.before(FULL_SCOPE, long_ago)
    assert other is not None
    assert set(other.outcomes.filter(pl.col("measure").is_in(STOCK))["on"]) == {dt.date(2026, 6, 30)}


@pytest.mark.parametrize("protected", [False, True])
def test_a_head_sees_what_was_with_the_eyes_of_now(known: sa.Engine, protected: bool) -> None:
    """A case that has moved since is shown as moved; one that has been protected since has no number."""
    fill(known)
    earlier(known)
    cases = Case.metadata.tables[str(Case.__tablename__)]
    with writing(known, FULL_SCOPE) as connection:
        connection.execute(cases.update().where(cases.c.case_id == "26-1003").values(protected=protected))
    before = state.before(Scope("lene", ("head",), CENTERS[:1]), YEAR)
    assert before is not None
    assert set(before.outcomes["center"]) == {CENTERS[0]}
    moved = before.cases.filter(~pl.col("held"))
    assert moved["case_id"].to_list() == (["Beskyttet 1"] if protected else ["26-1003"])
    assert ("26-1003" in str(before.outcomes["unit_id"].to_list())) is not protected


def test_a_head_does_not_see_what_was_withdrawn(known: sa.Engine) -> None:
    fill(known)
    earlier(known)
    cases = Case.metadata.tables[str(Case.__tablename__)]
    with writing(known, FULL_SCOPE) as connection:
        connection.execute(cases.update().where(cases.c.case_id == "26-1006").values(known_from=1, known_to=2))
    whole, own = (state.before(scope, YEAR) for scope in (FULL_SCOPE, Scope("lene", ("head",), CENTERS[:1])))
    assert whole is not None
    assert own is not None
    assert "26-1006" in whole.cases["case_id"]
    assert "26-1006" not in own.cases["case_id"]
    assert "26-1006" not in own.outcomes["case_id"]


def test_own_figures_of_what_was_published_are_those_of_then(known: sa.Engine) -> None:
    """Also of who has been withdrawn since: the whole that was published holds them, and the page must know that."""
    fill(known)
    earlier(known)
    month = dt.date(2026, 9, 1)
    when = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
    publication = Publication(1, month, 1, "", BEFORE, 1, 5, "", {}, when, "anna", "")
    head = Scope("lene", ("head",), CENTERS[:1])
    before = state.own(head, publication)
    cases = Case.metadata.tables[str(Case.__tablename__)]
    with writing(known, FULL_SCOPE) as connection:
        connection.execute(cases.update().where(cases.c.case_id == "26-1006").values(known_from=1, known_to=2))
    st.cache_resource.clear()
    assert before is not None
    assert before["base"].sum()
    after = state.own(head, publication)
    assert after is not None
    assert after.equals(before)
    assert state.as_of(head, BEFORE, 1, (dt.date(2026, 9, 30),)).cases.height < before["base"].max()
    assert state.own(FULL_SCOPE, publication) is None
    assert state.own(Scope("sten", ("steering",)), publication) is None


def test_a_head_does_not_see_what_a_correction_has_given_to_another(known: sa.Engine) -> None:
    """The centre of a case was wrong at the delivery before: it is nobody's here, and was never."""
    fill(known)
    earlier(known)
    cases = Case.metadata.tables[str(Case.__tablename__)]
    whose = cases.c.case_id == "26-1006"
    with writing(known, FULL_SCOPE) as connection:
        row = dict(connection.execute(sa.select(cases).where(whose)).mappings().one())
        assert row.pop("id")
        connection.execute(cases.update().where(whose).values(known_from=2, center=CENTERS[1]))
        connection.execute(cases.insert().values(**row | {"known_from": 1, "known_to": 2}))
    whole, own = (state.before(scope, YEAR) for scope in (FULL_SCOPE, Scope("lene", ("head",), CENTERS[:1])))
    assert whole is not None
    assert own is not None
    assert "26-1006" in whole.outcomes.filter(center=CENTERS[0])["case_id"]
    assert "26-1006" not in own.cases["case_id"]
    assert "26-1006" not in own.outcomes["case_id"]


@pytest.mark.parametrize("role", ["steering", "administrator", "protection", "blocked"])
def test_nothing_before_for_a_role_without_figures(known: sa.Engine, role: str) -> None:
    fill(known)
    with pytest.raises(NoScope):
        state.before(Scope("lene", (role,), None), YEAR)
