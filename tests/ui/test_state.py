"""Which data the figures rest on: a new delivery shows at once, and nobody sees rows without a scope."""

import datetime as dt
import gc
import logging
import shutil
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextvars import copy_context
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
import streamlit as st

from data_access import kept
from data_access.database import DATABASE_URL, DatabaseMissing, connect, file_of, writing
from data_access.handling import Unit, handle
from data_access.models import Case, CenterPeriod, Import, Purge
from data_access.published import Publication
from data_access.tables import FULL_SCOPE, NoScope, Scope
from metrics.assess import STOCK, Cut
from tests.case_database import CENTERS, VIEW_DATE, fill
from ui import figures, gauges, handling, state


@pytest.fixture
def known(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Engine]:
    """The database that the dashboard is pointed to."""
    url = engine.url.render_as_string(hide_password=False)
    if engine.dialect.name == "sqlite":
        url = f"sqlite:///{str(engine.url.database).removeprefix('file:')}"
    monkeypatch.setenv(DATABASE_URL, url)
    yield engine
    st.cache_resource.clear()  # lets go of the connections before the database is dropped


LATER = VIEW_DATE + dt.timedelta(days=30)
IMPORTS, CASES = (model.metadata.tables[str(model.__tablename__)] for model in (Import, Case))


def deliver(engine: sa.Engine) -> None:
    """A delivery a month later, which no longer knows the newest case."""
    with writing(engine, FULL_SCOPE) as connection:
        connection.execute(
            IMPORTS.insert(),
            {
                "id": 2,
                "delivery": "demo",
                "source": "kontrakt",
                "imported_at": dt.datetime(2026, 12, 22, 6, tzinfo=dt.UTC),
                "extract_date": LATER,
                "known_on": LATER,
                "demo": True,
            },
        )
        connection.execute(CASES.update().where(CASES.c.case_id == NEWEST).values(known_to=2))


NEWEST, DELETED = "26-1000", "26-1011"


def purge(engine: sa.Engine) -> None:
    with writing(engine, FULL_SCOPE) as connection:
        connection.execute(CASES.delete().where(CASES.c.case_id == DELETED))
        connection.execute(
            sa.insert(Purge.metadata.tables[str(Purge.__tablename__)]).values(
                purged_at=dt.datetime.now(dt.UTC), purged_by="prøve", reason="request", cases=1
            )
        )


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
    deliver(known)
    assert (state.current(FULL_SCOPE).version, state.current(FULL_SCOPE).view_date, state.current(FULL_SCOPE).demo) == (
        2,
        LATER,
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
    purge(known)
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


# --- while a delivery is judged -------------------------------------------------------------------------


class Judge:
    """Stands before the judging: holds it up until it is let go, or makes it fail."""

    def __init__(self) -> None:
        self.times = 0
        self.go = threading.Event()
        self.go.set()
        self.fails = self.panics = False
        self.meanwhile: Callable[[], None] | None = None
        self.waits: list[float | None] = []
        self._judge, self._wait = state.assess, state.futures.wait

    def __call__(self, *given: Any) -> Any:
        self.times += 1
        assert self.go.wait(60)
        if self.panics:
            raise pl.exceptions.PanicException("26-1000 kan ikke opgøres")
        if self.fails:
            if self.meanwhile:
                self.meanwhile()
            raise ValueError("26-1000 kan ikke opgøres")
        return self._judge(*given)

    def wait(self, judged: Any, seconds: float | None) -> Any:
        """In the place of `futures.wait`, to know who waits for it, and for how long at most."""
        self.waits.append(seconds)
        return self._wait(judged, seconds)


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Iterator[Judge]:
    """What judges everything, in our hands; nobody waits long for it."""
    held = Judge()
    monkeypatch.setattr(state, "assess", held)
    monkeypatch.setattr(state.futures, "wait", held.wait)
    monkeypatch.setattr(state, "PATIENCE", 0.2)
    yield held
    held.fails = held.panics = False
    held.go.set()
    for thread in threading.enumerate():
        if thread.name == state.COMING:
            thread.join(60)


def shown() -> tuple[int, dt.date, dt.date, bool, bool]:
    """Version and date, V of the frame, and whether the newest case and the one that is deleted are in it."""
    data, assessed = state.current(FULL_SCOPE), state.assessed(FULL_SCOPE)
    cases = set(assessed.cases["case_id"])
    return data.version, data.view_date, assessed.view_date, NEWEST in cases, DELETED in cases


AT_FIRST = (1, VIEW_DATE, VIEW_DATE, True, True)
DELIVERED = (2, LATER, LATER, False, True)


def comes(what: tuple[int, dt.date, dt.date, bool, bool]) -> bool:
    """Whether it is shown before long."""
    until = time.monotonic() + 60
    while shown() != what and time.monotonic() < until:
        time.sleep(0.05)
    return shown() == what


def aside(ask: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    """Ask in another thread, as another visitor."""
    answers: list[object] = []
    asking = threading.Thread(target=lambda: answers.append(ask()))
    asking.start()
    return asking, answers


def waits_to_the_end(visitor: threading.Thread, judge: Judge) -> bool:
    """Whether a visitor comes to wait for the judging, however long it takes."""
    while visitor.is_alive() and None not in judge.waits:
        time.sleep(0.01)
    return None in judge.waits


def asked_at_once(ask: Callable[[], object], judge: Judge, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What twenty visitors are given, who all came before the first of them had judged."""
    arrived, result = threading.Semaphore(0), state.futures.Future.result

    def counted(judged: Any, seconds: float | None = None) -> Any:
        arrived.release()
        return result(judged, seconds)

    judge.go.clear()
    with monkeypatch.context() as patched:
        patched.setattr(state.futures.Future, "result", counted)
        visitors = [aside(ask) for _ in range(20)]
        all_wait = all(arrived.acquire(timeout=30) for _ in visitors[1:])
        judge.go.set()
        for visitor, _ in visitors:
            visitor.join(60)
    assert all_wait
    return [answer for _, answers in visitors for answer in answers]


def test_a_delivery_that_is_judged_soon_is_shown_at_once(known: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "PATIENCE", 60.0)
    fill(known)
    assert shown() == AT_FIRST
    deliver(known)
    assert shown() == DELIVERED


def test_while_a_delivery_is_judged_everybody_sees_the_one_before(known: sa.Engine, judge: Judge) -> None:
    """All of it: also what is read beside the frame is as it was known then, and nothing is judged twice."""
    fill(known)
    assert shown() == AT_FIRST
    judge.go.clear()
    deliver(known)
    assert shown() == AT_FIRST
    waited = len(judge.waits)
    assert [shown() for _ in range(5)] == [AT_FIRST] * 5
    assert len(judge.waits) == waited  # who comes later does not wait anew
    head = Scope("lene", ("head",), CENTERS[:1])
    assert NEWEST in state.assessed(head).cases["case_id"]
    assert state.current(FULL_SCOPE).previous is None
    assert state.current(FULL_SCOPE).delivery == 1
    tables_then = state.tables.read(known, FULL_SCOPE, 1)["cases"].collect()
    own, _ = aside(lambda: state.assessed(FULL_SCOPE, [dt.date(2026, 8, 14)]))
    judge.go.set()
    own.join(60)
    assert NEWEST in tables_then["case_id"]
    assert comes(DELIVERED)
    assert judge.times == 3  # at first, the own period, and the delivery


@pytest.mark.parametrize("known_at", [None, VIEW_DATE, LATER, 1, 2])
def test_nothing_of_a_delivery_is_seen_before_it_is_shown(
    known: sa.Engine, judge: Judge, monkeypatch: pytest.MonkeyPatch, known_at: dt.date | int | None
) -> None:
    fill(known)
    assert shown() == AT_FIRST
    real, judge.times = judge._judge, 0
    judge.go.clear()
    deliver(known)
    assert shown() == AT_FIRST
    monkeypatch.setattr(state.moved, "assess", real)
    then = state.as_of(FULL_SCOPE, VIEW_DATE, known_at, (VIEW_DATE,))
    assert NEWEST in then.cases["case_id"]


def test_what_is_said_of_a_deviation_stands_while_a_delivery_that_moves_its_case_is_judged(
    known: sa.Engine, judge: Judge
) -> None:
    """The list and what stands of it are of one version, also when the list is made anew."""
    fill(known)
    heads = [Scope(f"leder {place}", ("head",), (center,)) for place, center in enumerate(CENTERS[:2])]
    mine, others = (handling.listed(head, YEAR).filter("held").row(0, named=True) for head in heads)
    unit = Unit(mine["measure"], mine["unit_id"], mine["case_id"])
    handle(known, heads[0], [unit], state="accepted")
    before = handling.listed(heads[0], YEAR)
    assert before["handling"].eq("accepted").sum() == 1
    judge.go.clear()
    deliver(known)
    moved_to(known, mine["case_id"], CENTERS[1])
    assert handling.listed(heads[0], YEAR).equals(before)
    handle(
        known, heads[1], [Unit(others["measure"], others["unit_id"], others["case_id"])], state="accepted", note="ny"
    )
    assert handling.listed(heads[0], YEAR).equals(before)


def moved_to(engine: sa.Engine, case_id: str, center: str) -> None:
    """As a delivery that moves a case: it was 2, and another centre holds the case."""
    with writing(engine, FULL_SCOPE) as connection:
        whose = CASES.c.case_id == case_id
        row = dict(connection.execute(sa.select(CASES).where(whose)).mappings().one())
        connection.execute(CASES.update().where(CASES.c.id == row.pop("id")).values(known_to=2))
        connection.execute(CASES.insert().values(**row | {"known_from": 2, "center": center}))


def test_what_the_new_centre_says_of_a_case_is_not_for_the_one_that_had_it(known: sa.Engine, judge: Judge) -> None:
    fill(known)
    had, has = (Scope(f"leder {place}", ("head",), (center,)) for place, center in enumerate(CENTERS[:2]))
    case = handling.listed(had, YEAR).filter("held").row(0, named=True)
    unit = Unit(case["measure"], case["unit_id"], case["case_id"])
    handle(known, had, [unit], state="accepted")
    before = handling.listed(had, YEAR)
    judge.go.clear()
    deliver(known)
    moved_to(known, case["case_id"], CENTERS[1])
    handle(known, has, [unit], state="misregistered", note="Kun for os")
    after = handling.listed(had, YEAR)
    assert after.equals(before)  # what they said themselves stands till the delivery is judged
    assert handling.errors(had, YEAR).is_empty()


def test_after_a_deletion_everybody_waits(known: sa.Engine, judge: Judge) -> None:
    fill(known)
    assert shown() == AT_FIRST
    judge.go.clear()
    purge(known)
    visitor, answers = aside(shown)
    assert waits_to_the_end(visitor, judge)
    judge.go.set()
    visitor.join(60)
    assert answers == [(2, VIEW_DATE, VIEW_DATE, True, False)]


def test_what_is_deleted_while_a_delivery_is_judged_is_not_shown_either(known: sa.Engine, judge: Judge) -> None:
    """Neither as it was before the delivery nor as it was judged before the deletion."""
    fill(known)
    assert shown() == AT_FIRST
    judge.go.clear()
    deliver(known)
    assert shown() == AT_FIRST
    purge(known)
    visitor, answers = aside(shown)
    assert waits_to_the_end(visitor, judge)
    judge.go.set()
    visitor.join(60)
    assert answers == [(3, LATER, LATER, False, False)]


def test_a_delivery_that_cannot_be_judged_is_told_of_and_tried_again(
    known: sa.Engine, judge: Judge, caplog: pytest.LogCaptureFixture
) -> None:
    fill(known)
    assert shown() == AT_FIRST
    judge.fails = True
    deliver(known)
    with caplog.at_level(logging.ERROR, "ungeoverblik"):
        assert shown() == AT_FIRST
    assert "ValueError i state.py" in caplog.text
    assert NEWEST not in caplog.text
    assert gauges.FRAME.failed  # `/sundhed` says so
    judge.fails = False
    assert comes(DELIVERED)
    assert not gauges.FRAME.failed


def test_what_remains_after_a_deletion_and_cannot_be_judged_is_an_error(known: sa.Engine, judge: Judge) -> None:
    fill(known)
    assert shown() == AT_FIRST
    judge.fails = True
    purge(known)
    with pytest.raises(ValueError, match="kan ikke opgøres"):
        shown()
    judge.fails = False
    assert shown() == (2, VIEW_DATE, VIEW_DATE, True, False)


def test_who_was_deleted_while_the_judging_of_a_delivery_failed_is_not_shown(known: sa.Engine, judge: Judge) -> None:
    """Not to who waited for it either."""
    fill(known)
    assert shown() == AT_FIRST
    judge.fails = True
    judge.meanwhile = lambda: None if judge.times > 2 else purge(known)
    deliver(known)
    with pytest.raises(ValueError, match="kan ikke opgøres"):
        copy_context().run(state.arrive, FULL_SCOPE)
    judge.fails = False
    assert shown() == (3, LATER, LATER, False, False)


def test_who_comes_again_to_a_delivery_that_cannot_be_judged_does_not_wait_anew(
    known: sa.Engine, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(known)
    assert shown() == AT_FIRST
    judge.fails = True
    judge.go.clear()
    deliver(known)
    assert shown() == AT_FIRST
    assert state._shown(state._store())._coming is not None
    judge.go.set()
    while state._shown(state._store())._coming is not None:
        time.sleep(0.05)
    monkeypatch.setattr(state.futures, "wait", lambda *_: pytest.fail("der bliver ventet igen"))
    assert shown() == AT_FIRST
    until = time.monotonic() + 60
    while judge.times < 3 and time.monotonic() < until:
        time.sleep(0.05)
    assert judge.times == 3  # and yet it is tried again


@pytest.mark.parametrize("harm", ["panic", "no thread"])
@pytest.mark.parametrize("change", [deliver, purge])
def test_a_judging_that_dies_holds_nobody_up(
    known: sa.Engine,
    judge: Judge,
    monkeypatch: pytest.MonkeyPatch,
    harm: str,
    change: Callable[[sa.Engine], None],
) -> None:
    """A panic of polars is no ordinary error, and the system may be out of threads."""
    fill(known)
    assert shown() == AT_FIRST
    change(known)
    with monkeypatch.context() as patched:
        if harm == "panic":
            patched.setattr(judge, "panics", True)
        else:
            patched.setattr(threading.Thread, "start", no_thread(threading.Thread.start))
        visitor, answers = aside(lambda: outcome(shown))
        visitor.join(30)
        assert answers == [AT_FIRST if change is deliver else RuntimeError]
    assert comes(DELIVERED if change is deliver else (2, VIEW_DATE, VIEW_DATE, True, False))


def no_thread(start: Callable[[threading.Thread], None]) -> Callable[[threading.Thread], None]:
    def refused(thread: threading.Thread) -> None:
        if thread.name == state.COMING:
            raise RuntimeError("can't start new thread")
        start(thread)

    return refused


def outcome(ask: Callable[[], object]) -> object:
    """What is given, or the kind of the error."""
    try:
        return ask()
    except Exception as error:
        return type(error)


def test_where_the_first_judging_fails_it_fails_once_for_all_who_wait(
    known: sa.Engine, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(known)
    judge.fails = True
    assert asked_at_once(lambda: outcome(shown), judge, monkeypatch) == [ValueError] * 20
    assert judge.times == 1
    judge.fails = False
    assert shown() == AT_FIRST


def test_what_a_run_keeps_of_a_version_that_was_deleted_meanwhile_goes_with_the_run(known: sa.Engine) -> None:
    fill(known)
    head, kept_late = Scope("lene", ("head",), CENTERS[:1]), []
    run = copy_context()
    run.run(state.arrive, FULL_SCOPE)
    purge(known)
    assert shown()[0] == 2
    run.run(lambda: kept_late.append(weakref.ref(state.assessed(head).outcomes)))
    assert kept_late[0]() is not None
    del run
    assert shown()[0] == 2
    gc.collect()
    assert kept_late[0]() is None


def test_who_comes_at_once_to_a_new_server_waits_for_one_judging(
    known: sa.Engine, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(known)
    assert asked_at_once(shown, judge, monkeypatch) == [AT_FIRST] * 20
    assert judge.times == 1


def test_a_run_of_a_page_sees_one_version_to_its_end(known: sa.Engine) -> None:
    fill(known)

    def run() -> None:
        assert state.arrive(FULL_SCOPE).version == 1
        deliver(known)
        assert shown() == AT_FIRST
        assert NEWEST in state.as_of(FULL_SCOPE, VIEW_DATE, None, (VIEW_DATE,)).cases["case_id"]
        assert state.arrive(FULL_SCOPE).version == 2
        assert shown() == DELIVERED

    copy_context().run(run)


# --- a new process --------------------------------------------------------------------------------------


@pytest.fixture
def keeping(known: sa.Engine, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> sa.Engine:
    """A database with a delivery and a place to keep its frame."""
    if known.dialect.name == "postgresql":
        monkeypatch.setenv(kept.KEPT, str(tmp_path / "kept"))
    fill(known)
    return known


def test_a_new_process_judges_nothing_that_is_kept(keeping: sa.Engine, judge: Judge) -> None:
    before = state.assessed(FULL_SCOPE)
    st.cache_resource.clear()
    after = state.assessed(FULL_SCOPE)
    assert judge.times == 1
    assert after is not before
    assert after.view_date == before.view_date
    for name in state.FRAMES:
        assert getattr(after, name).schema == getattr(before, name).schema
        assert getattr(after, name).equals(getattr(before, name))
    own = state.assessed(FULL_SCOPE, [dt.date(2026, 8, 14)])
    assert not own.outcomes.filter(on=dt.date(2026, 8, 14)).is_empty()


def another_view_date(engine: sa.Engine, _: pytest.MonkeyPatch) -> None:
    with writing(engine) as connection:
        connection.execute(IMPORTS.update().values(extract_date=VIEW_DATE - dt.timedelta(days=1)))


def other_rules(_: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "CODE", "andre regler")


def other_days(_: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    days = state._shared_days(VIEW_DATE, figures.history_from(VIEW_DATE))
    monkeypatch.setattr(state, "_shared_days", lambda *_: days[1:])


def another_schema(_: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "SCHEMA", pl.Schema({**state.SCHEMA, "age": pl.Int8()}))


@pytest.mark.parametrize("change", [another_view_date, other_rules, other_days, another_schema])
def test_what_rests_on_anything_else_is_judged_anew(
    keeping: sa.Engine,
    judge: Judge,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[sa.Engine, pytest.MonkeyPatch], None],
) -> None:
    state.assessed(FULL_SCOPE)
    change(keeping, monkeypatch)
    st.cache_resource.clear()
    state.assessed(FULL_SCOPE)
    assert judge.times == 2


def test_another_database_in_its_place_is_shown_and_never_the_old_one(
    sqlite_engine: sa.Engine, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Restored from a copy with as many deliveries, the old one still in memory and kept."""
    file = file_of(sqlite_engine)
    assert file is not None
    monkeypatch.setenv(DATABASE_URL, f"sqlite:///{file}")
    fill(sqlite_engine)
    sqlite_engine.dispose()
    shutil.copy(file, copy := file.with_name("copy.db"))
    other = connect(f"sqlite:///{copy}")
    with writing(other) as connection:
        connection.execute(CASES.delete().where(CASES.c.case_id == NEWEST))
    other.dispose()
    assert shown() == AT_FIRST
    copy.replace(file)
    for beside in ("-wal", "-shm"):
        file.with_name(f"{file.name}{beside}").unlink(missing_ok=True)
    assert shown() == (1, VIEW_DATE, VIEW_DATE, False, True)
    st.cache_resource.clear()


def test_a_database_that_was_restored_to_the_same_version_is_judged_anew(keeping: sa.Engine) -> None:
    assert shown() == AT_FIRST
    with writing(keeping, FULL_SCOPE) as connection:
        connection.execute(CASES.delete().where(CASES.c.case_id == NEWEST))
        connection.execute(IMPORTS.update().values(imported_at=dt.datetime(2026, 11, 22, 7, tzinfo=dt.UTC)))
    assert shown() == (1, VIEW_DATE, VIEW_DATE, False, True)


def test_the_old_one_is_not_shown_while_a_database_that_was_restored_with_more_is_judged(
    keeping: sa.Engine, judge: Judge
) -> None:
    assert shown() == AT_FIRST
    judge.go.clear()
    with writing(keeping) as connection:
        connection.execute(IMPORTS.update().values(imported_at=dt.datetime(2026, 11, 21, 7, tzinfo=dt.UTC)))
    deliver(keeping)
    visitor, answers = aside(shown)
    assert waits_to_the_end(visitor, judge)
    judge.go.set()
    visitor.join(60)
    assert answers == [DELIVERED]
