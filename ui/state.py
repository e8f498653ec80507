"""Which data the page is about: the database, its version, its date, and the shared assessed frame.

The version is asked for on every rerun, so a new delivery shows at the next click. What is kept between reruns is
keyed by plain values only (Streamlit's key of a polars frame sees its first and last rows and nothing else), and
the assessed frame is one object that all sessions share.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl
import streamlit as st

from data_access import database, deliveries, tables
from data_access.published import Publication
from data_access.tables import FULL_SCOPE, Scope, require
from metrics import disclosure, facts, registration
from metrics.assess import OF_CASES, Assessed, Cut, assess, seen_by, within
from metrics.assess import figures as figures_of
from metrics.measures import DISTRIBUTIONS, MEASURES
from ui import figures, filters, moved
from ui.moved import Month, Moves

HISTORY_MONTHS = 24
"""So far before the first delivery the expected levels begin: what is older was registered before anybody looked."""


class NothingDelivered(Exception):
    """The database is there, but no delivery has been taken in."""


def history_from(first: dt.date) -> dt.date:
    """The first day of the month that expected levels are counted from, of the day of the first delivery."""
    return filters.months_before(first.replace(day=1), HISTORY_MONTHS)


Store = tuple[str, int]
"""A database: its address, and the file's number, which changes when the file is replaced by another."""


@dataclass(frozen=True)
class Data:
    """What the figures rest on."""

    version: int
    """Changes when, and only when, the figures may: with a delivery, and with a deletion."""
    view_date: dt.date
    """V: the newest extract date."""
    since: dt.date
    """First day of the month that expected levels are counted from: it does not move with new deliveries."""
    centers: tuple[str, ...]
    """Those that may be seen, in organisational order."""
    demo: bool
    """Some of the people are invented: everything shown says "Demodata"."""
    never_delivered: tuple[str, ...]
    """Danish names of the tables that measures read and nobody has delivered: there, nothing looks done."""
    store: Store
    """The database: what is kept between reruns is kept by it too."""


def current(scope: Scope) -> Data:
    """What the newest delivery says, read anew when there is one; of the centres those that the scope may see.

    Raises:
        DatabaseUnavailable: no database, or no connection to it.
        NothingDelivered: nothing has been taken in yet.
        NoScope: `scope` is not a `Scope`.
    """
    require(scope)
    data = _current()
    return replace(data, centers=scope.within(data.centers))


def invented() -> bool:
    """Whether all people in the database are: only then may somebody see it who has not signed in.

    Read anew each time: what is kept may be of another database that has taken its place. Raises as above.
    """
    return _current().demo and deliveries.all_invented(engine())


def _current() -> Data:
    store = _store()
    version = database.data_version(_engine(store))
    if not version:
        raise NothingDelivered
    if _seen.setdefault(store, version) != version:
        _seen[store] = version
        for kept in (
            _tables,
            _assessed,
            _within,
            _assessed_also_on,
            _as_of,
            _as_of_within,
            _moves,
            _moves_seen,
            _registration,
        ):
            kept.clear()  # what has been deleted is not kept in memory either
    return _data(store, version)


_seen: dict[Store, int] = {}
"""Database -> the version that was current when somebody last looked."""


def engine() -> Any:
    """The database engine of this process. Only data_access looks inside it."""
    return _engine(_store())


def assessed(scope: Scope, days: Collection[dt.date] = (), known_at: dt.date | None = None) -> Assessed:
    """What a scope may see of everything judged as of V and as known at `known_at` (default: everything known now).

    The shared frame holds stock measures on V, on every month end that a trend needs and on the day before each
    ready-made period. Where `days` has others, a frame with those added is kept beside it. Do not change what is
    returned: all sessions share it.

    Raises:
        NoScope: the page has not asked `access.guard()` whose eyes the rows are for, or they may see no figures.
    """
    require(scope, "nøgletal", "figures")
    data = _current()
    more = tuple(sorted(set(days).difference(_shared_days(data.view_date, data.since))))
    shared = (data.store, data.version, data.view_date, data.since, known_at)
    if scope.centers is not None:
        return _within(*shared, more, scope.centers)
    return _assessed_also_on(*shared, more) if more else _assessed(*shared)


def before(scope: Scope, cut: Cut) -> Assessed | None:
    """What a scope may see of everything judged as of the delivery before, as it was known then; None: there was none.

    Stock measures on the last day of a cut only. Else as `as_of`.
    """
    require(scope, "nøgletal", "figures")
    data = _current()
    if (previous := _previous(data.store, data.version)) is None:
        return None
    extracted, known_on = previous
    return as_of(scope, extracted, known_on, (cut.last_day(extracted),))


def as_of(
    scope: Scope,
    view_date: dt.date,
    known: dt.date | int | None,
    days: Collection[dt.date],
    rules_of: dt.date | None = None,
) -> Assessed:
    """What a scope may see of everything judged as of any V, as it was known on a day or at an import (its number).

    Stock measures on `days` only. `rules_of`: only the measures whose rule has changed since that day, by the rule as
    it stood then. The cases stand under the names that they may have now: whoever has been protected, moved or
    withdrawn since is so here too. Shared between sessions: do not change it.

    Raises:
        NoScope: as `assessed`.
    """
    require(scope, "nøgletal", "figures")
    data = _current()
    judged = (data.store, data.version, view_date, known, tuple(sorted(set(days))), rules_of)
    if scope.centers is None:
        return _as_of(*judged)
    return _as_of_within(*judged, data.view_date, data.since, scope.centers)


@st.cache_resource(show_spinner=False, max_entries=4)
def _previous(store: Store, version: int) -> tuple[dt.date, dt.date] | None:
    return deliveries.previous(_engine(store), FULL_SCOPE)


@st.cache_resource(show_spinner="Ser efter, hvad der er nyt …", max_entries=6)
def _as_of(
    store: Store,
    version: int,
    view_date: dt.date,
    known: dt.date | int | None,
    days: tuple[dt.date, ...],
    rules_of: dt.date | None,
) -> Assessed:
    return moved.judge(_tables(store, version, known), view_date, days, rules_of)


@st.cache_resource(show_spinner=False, max_entries=20)
def _as_of_within(
    store: Store,
    version: int,
    view_date: dt.date,
    known: dt.date | int | None,
    days: tuple[dt.date, ...],
    rules_of: dt.date | None,
    now: dt.date,
    since: dt.date,
    centers: tuple[str, ...],
) -> Assessed:
    """As `_within`, by who holds each case now and who is protected now.

    What is withdrawn, or was never of these centres as far as is known now, is seen by nobody here.
    """
    shared = _as_of(store, version, view_date, known, days, rules_of)
    today = _assessed(store, version, now, since, None)
    seen = pl.col("case_id").is_in(seen_by(today, centers).implode())
    present = today.cases.filter(seen).select("case_id", "center", "protected")
    cases = shared.cases.drop("center", "protected").join(present, on="case_id").select(shared.cases.columns)
    there = pl.col("case_id").is_in(cases["case_id"].implode())
    frames = {name: frame.filter(there) for name in OF_CASES if (frame := getattr(shared, name)).width}
    return within(replace(shared, cases=cases, **frames), centers)


def moves(scope: Scope, then: Month, now: Month) -> Moves:
    """What a scope may see of what has moved from one judging of a month to another. Do not change it.

    A head's own figures are all there, also of cases that are another centre's now or withdrawn; the number of such a
    case is not, where it may not be known. Shared between sessions.

    Raises:
        NoScope: as `assessed`.
    """
    require(scope, "nøgletal", "figures")
    data = _current()
    return _moves_seen(data.store, data.version, then, now, data.view_date, data.since, scope.centers)


@st.cache_resource(show_spinner="Ser efter, hvad der har flyttet sig …", max_entries=12)
def _moves(store: Store, version: int, then: Month, now: Month) -> Moves:
    def read(
        view_date: dt.date, known: dt.date | int | None, days: Collection[dt.date], rules_of: dt.date | None = None
    ) -> Assessed:
        return _as_of(store, version, view_date, known, tuple(days), rules_of)

    return moved.between(read, then, now)


@st.cache_resource(show_spinner=False, max_entries=40)
def _moves_seen(
    store: Store,
    version: int,
    then: Month,
    now: Month,
    today: dt.date,
    since: dt.date,
    centers: tuple[str, ...] | None,
) -> Moves:
    found = _moves(store, version, then, now)
    if centers is None:
        return moved.seen(found, None, ())
    return moved.seen(found, centers, _within(store, version, today, since, None, (), centers).cases["case_id"])


def own(scope: Scope, publication: Publication) -> pl.DataFrame | None:
    """measure, met and base of own centres together in what was published, as it was judged then; None for who sees
    all or none.

    Also of cases that are another centre's now, or withdrawn: what was taken from it now is still in the whole.
    """
    if not (scope.centers and scope.may("figures")):
        return None
    data = _current()
    return _own(data.store, data.version, publication.view_date, publication.delivery, publication.month, scope.centers)


@st.cache_resource(show_spinner=False, max_entries=100)
def _own(
    store: Store, version: int, view_date: dt.date, delivery: int, month: dt.date, centers: tuple[str, ...]
) -> pl.DataFrame:
    window = disclosure.window(month)
    then = _as_of(store, version, view_date, delivery, (window.date_to,), None)
    return figures_of(then, replace(window, centers=centers)).select("measure", "met", "base")


def registered(scope: Scope, day: dt.date) -> registration.Registration:
    """What a scope may see of what is missing in the registration as of V; open cases on `day`. Do not change it.

    Raises:
        NoScope: as in `assessed`.
    """
    require(scope, "registreringer", "figures")
    data = _current()
    shared = (data.store, data.version, data.view_date, data.since)
    found = _registration(*shared, day)
    if scope.centers is None:
        return found
    return registration.within(found, _assessed(*shared, None), scope.centers)


def _store() -> Store:
    url = database.database_url()
    file = Path(url.database or "") if url.get_backend_name() == "sqlite" else None
    return url.render_as_string(hide_password=False), file.stat().st_ino if file and file.is_file() else 0


def _let_go(engine: Any) -> None:
    engine.dispose()


@st.cache_resource(show_spinner=False, max_entries=4, on_release=_let_go)
def _engine(store: Store) -> Any:
    engine = database.connect(store[0])
    database.check_schema(engine)
    return engine


@st.cache_resource(show_spinner=False, max_entries=4)
def _data(store: Store, version: int) -> Data:
    known = _engine(store)
    view_date = tables.newest_extract(known)
    assert view_date is not None  # there is a version, hence a delivery
    demo = deliveries.imports(known, FULL_SCOPE)["demo"]
    delivered = deliveries.newest_per_table(known, FULL_SCOPE)
    absent = delivered.filter(pl.col("import_id").is_null() & pl.col("table").is_in(facts.READ))["extract"]
    first = tables.first_extract(known)
    assert first is not None
    return Data(version, view_date, history_from(first), tuple(tables.centers(known)), demo.any(), tuple(absent), store)


@st.cache_resource(show_spinner=False, max_entries=4)
def _tables(store: Store, version: int, known_at: dt.date | int | None) -> dict[str, pl.LazyFrame]:
    """The tables of a version, read once: every own period is judged from them."""
    return tables.read(_engine(store), FULL_SCOPE, known_at)


@st.cache_resource(show_spinner="Regner nøgletallene …", max_entries=3)
def _assessed(store: Store, version: int, view_date: dt.date, since: dt.date, known_at: dt.date | None) -> Assessed:
    return assess(_tables(store, version, known_at), view_date, _shared_days(view_date, since))


def _shared_days(view_date: dt.date, since: dt.date) -> tuple[dt.date, ...]:
    cuts = (Cut(*period(view_date)) for period in filters.PERIODS.values())
    return tuple(sorted({day for cut in cuts for day in figures.days_read(cut, view_date, since)}))


@st.cache_resource(show_spinner=False, max_entries=20)
def _within(
    store: Store,
    version: int,
    view_date: dt.date,
    since: dt.date,
    known_at: dt.date | None,
    days: tuple[dt.date, ...],
    centers: tuple[str, ...],
) -> Assessed:
    """The part of the frame that some centres may see: what all share holds everything, a view of it does not."""
    shared = (store, version, view_date, since, known_at)
    return within(_assessed_also_on(*shared, days) if days else _assessed(*shared), centers)


@st.cache_resource(show_spinner="Regner nøgletallene …", max_entries=3)
def _assessed_also_on(
    store: Store,
    version: int,
    view_date: dt.date,
    since: dt.date,
    known_at: dt.date | None,
    days: tuple[dt.date, ...],
) -> Assessed:
    shared = _assessed(store, version, view_date, since, known_at)
    stock = assess(
        _tables(store, version, known_at),
        view_date,
        days,
        [measure for measure in MEASURES if measure.stock],
        [figure for figure in DISTRIBUTIONS if figure.stock],
    )
    return replace(
        shared,
        outcomes=pl.concat([shared.outcomes, stock.outcomes]).sort("measure", "on", "unit_id"),
        distributions=pl.concat([shared.distributions, stock.distributions]).sort(
            "measure", "on", "unit_id", "value", "case_id"
        ),
    )


@st.cache_resource(show_spinner="Ser efter, hvad der mangler …", max_entries=3)
def _registration(
    store: Store, version: int, view_date: dt.date, since: dt.date, day: dt.date
) -> registration.Registration:
    shared = (store, version, view_date, since)
    alone = day not in _shared_days(view_date, since)
    judged = _assessed_also_on(*shared, None, (day,)) if alone else _assessed(*shared, None)
    return registration.examine(_tables(store, version, None), judged, day)
