"""Which data the page is about: the database, its version, its date, and the shared assessed frame.

The version is asked for on every rerun, so a new delivery shows at the next click, or while a large one is judged in
the background at one of the next; till then everybody sees the one before, with its date. What has been deleted
nobody sees again. What is kept between reruns is keyed by plain values only (Streamlit's key of a polars frame sees
its first and last rows and nothing else), and the assessed frame is one object that all sessions share.
"""

import datetime as dt
import threading
import time
import weakref
from collections.abc import Collection, Iterator
from concurrent import futures
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from contextvars import ContextVar
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import polars as pl
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

import metrics
from data_access import database, deliveries, handling, kept, tables
from data_access.database import DatabaseUnavailable
from data_access.kept import Mark
from data_access.published import Publication
from data_access.tables import FULL_SCOPE, Scope, require
from metrics import disclosure, facts, registration
from metrics.assess import OF_CASES, SCHEMA, Assessed, Cut, assess, seen_by, within
from metrics.assess import figures as figures_of
from metrics.measures import DISTRIBUTIONS, MEASURES
from ui import figures, filters, gauges, moved, server_log
from ui.moved import Month, Moves

PATIENCE = 3.0
"""Seconds that a visitor waits for a new delivery to be judged, from when the first one met it."""
COMING = "ny leverance"
"""Name of the thread that judges it."""
FRAMES = tuple(each.name for each in fields(Assessed) if each.name != "view_date")
CODE = kept.code(Path(metrics.__path__[0]))
"""A mark of the rules."""


class NothingDelivered(Exception):
    """The database is there, but no delivery has been taken in."""


Cached = TypeVar("Cached")
Store = tuple[str, int]
"""A database: its address, and the file's number, which changes when the file is replaced by another."""


@dataclass(frozen=True)
class Data:
    """What the figures rest on."""

    version: int
    """Changes when, and only when, the figures may: with a delivery, and with a deletion."""
    came: str
    """When the newest delivery and deletion were: a database that was restored may be at the same version again."""
    delivery: int
    """The newest import of those that are shown: what is read beside the frame is read as it was known then."""
    previous: tuple[dt.date, int] | None
    """V of what was delivered before the day of the newest delivery, and the import until when; None: nothing was."""
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

    @property
    def mark(self) -> str:
        """Another for every state of the database, also where two have the same version."""
        return f"{self.version} {self.came}"


def current(scope: Scope) -> Data:
    """What the newest delivery says, read anew when there is one; of the centres those that the scope may see.

    Raises:
        DatabaseUnavailable: no database, or no connection to it.
        NothingDelivered: nothing has been taken in yet.
        NoScope: `scope` is not a `Scope`.
    """
    require(scope)
    with _one_version() as now:
        return replace(now.data, centers=scope.within(now.data.centers))


def arrive(scope: Scope) -> Data:
    """As `current`; and until the next run of the page nobody in it sees another version, whatever comes meanwhile."""
    require(scope)
    _run.set(None)
    _run.set(_shown(_store()).newest())
    return current(scope)


def invented() -> bool:
    """Whether all people in the database are: only then may somebody see it who has not signed in.

    Read anew each time: what is kept may be of another database that has taken its place. Raises as above.
    """
    if not kept.mark(engine()).delivery:
        raise NothingDelivered
    return deliveries.all_invented(engine())


def engine() -> Any:
    """The database engine of this process. Only data_access looks inside it."""
    return _engine(_store())


def lets_go(cached: Cached) -> Cached:
    """Decorates a cached function of another module: what it keeps is let go with the version that it is of."""
    _beside.append(cached)
    return cached


_beside: list[Any] = []


def assessed(scope: Scope, days: Collection[dt.date] = (), known_at: dt.date | None = None) -> Assessed:
    """What a scope may see of everything judged as of V and as known at `known_at` (default: everything known now).

    The shared frame holds stock measures on V, on every month end that a trend needs and on the day before each
    ready-made period. Where `days` has others, a frame with those added is kept beside it. Do not change what is
    returned: all sessions share it.

    Raises:
        NoScope: the page has not asked `access.guard()` whose eyes the rows are for, or they may see no figures.
    """
    require(scope, "nøgletal", "figures")
    with _one_version() as now:
        now.frame()
        more = tuple(sorted(set(days).difference(now.days)))
        judged = (*now.key, _number(now.data, known_at), more)
        return _judged(*judged) if scope.centers is None else _within(*judged, scope.centers)


def before(scope: Scope, cut: Cut) -> Assessed | None:
    """What a scope may see of everything judged as of the delivery before, as it was known then; None: there was none.

    Stock measures on the last day of a cut only. Else as `as_of`.
    """
    require(scope, "nøgletal", "figures")
    with _one_version() as now:
        if now.data.previous is None:
            return None
        extracted, known = now.data.previous
        return as_of(scope, extracted, known, (cut.last_day(extracted),))


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
    with _one_version() as now:
        judged = (*now.key, view_date, _number(now.data, known), tuple(sorted(set(days))), rules_of)
        if scope.centers is None:
            return _as_of(*judged)
        now.frame()
        return _as_of_within(*judged, scope.centers)


@st.cache_resource(show_spinner="Ser efter, hvad der er nyt …", max_entries=6)
def _as_of(
    store: Store, version: str, view_date: dt.date, known: int, days: tuple[dt.date, ...], rules_of: dt.date | None
) -> Assessed:
    return moved.judge(_tables(store, version, known), view_date, days, rules_of)


@st.cache_resource(show_spinner=False, max_entries=20)
def _as_of_within(
    store: Store,
    version: str,
    view_date: dt.date,
    known: int,
    days: tuple[dt.date, ...],
    rules_of: dt.date | None,
    centers: tuple[str, ...],
) -> Assessed:
    """As `_within`, by who holds each case now and who is protected now.

    What is withdrawn, or was never of these centres as far as is known now, is seen by nobody here.
    """
    shared = _as_of(store, version, view_date, known, days, rules_of)
    today = _here(store, version).frame()
    seen = pl.col("case_id").is_in(seen_by(today, centers).implode())
    present = today.cases.filter(seen).select("case_id", "center", "protected")
    cases = shared.cases.drop("center", "protected").join(present, on="case_id").select(shared.cases.columns)
    there = pl.col("case_id").is_in(cases["case_id"].implode())
    frames = {name: frame.filter(there) for name in OF_CASES if (frame := getattr(shared, name)).width}
    return within(replace(shared, cases=cases, **frames), centers)


def moves(scope: Scope, then: Month, after: Month) -> Moves:
    """What a scope may see of what has moved from one judging of a month to another. Do not change it.

    A head's own figures are all there, also of cases that are another centre's now or withdrawn; the number of such a
    case is not, where it may not be known. Shared between sessions.

    Raises:
        NoScope: as `assessed`.
    """
    require(scope, "nøgletal", "figures")
    with _one_version() as now:
        now.frame()
        first, last = (replace(each, known=_number(now.data, each.known)) for each in (then, after))
        return _moves_seen(*now.key, first, last, scope.centers)


@st.cache_resource(show_spinner="Ser efter, hvad der har flyttet sig …", max_entries=12)
def _moves(store: Store, version: str, then: Month, now: Month) -> Moves:
    def read(
        view_date: dt.date, known: dt.date | int | None, days: Collection[dt.date], rules_of: dt.date | None = None
    ) -> Assessed:
        return _as_of(store, version, view_date, _number(_here(store, version).data, known), tuple(days), rules_of)

    return moved.between(read, then, now)


@st.cache_resource(show_spinner=False, max_entries=40)
def _moves_seen(store: Store, version: str, then: Month, now: Month, centers: tuple[str, ...] | None) -> Moves:
    found = _moves(store, version, then, now)
    if centers is None:
        return moved.seen(found, None, ())
    today = _here(store, version).data
    return moved.seen(found, centers, _within(store, version, today.delivery, (), centers).cases["case_id"])


def own(scope: Scope, publication: Publication) -> pl.DataFrame | None:
    """measure, met and base of own centres together in what was published, as it was judged then; None for who sees
    all or none.

    Also of cases that are another centre's now, or withdrawn: what was taken from it now is still in the whole.
    """
    if not (scope.centers and scope.may("figures")):
        return None
    with _one_version() as now:
        return _own(*now.key, publication.view_date, publication.delivery, publication.month, scope.centers)


@st.cache_resource(show_spinner=False, max_entries=100)
def _own(
    store: Store, version: str, view_date: dt.date, delivery: int, month: dt.date, centers: tuple[str, ...]
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
    with _one_version() as now:
        whole = now.frame()
        found = _registration(*now.key, day)
        return found if scope.centers is None else registration.within(found, whole, scope.centers)


def standing(scope: Scope) -> pl.DataFrame:
    """What stands of deviations, as `handling.HANDLED`: of the cases that a scope holds in the frame that is shown,
    whoever holds them by a delivery that is still being judged.

    Raises:
        NoScope: as `assessed`, or they may see no cases.
    """
    require(scope, "håndtering af afvigelser", "cases")
    with _one_version() as now:
        held = assessed(scope).cases.filter("held")
        return handling.standing_at(engine(), scope, now.data.delivery).join(held, on="case_id", how="semi")


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


# --- what is shown now --------------------------------------------------------------------------------


class _Version:
    """One state of the data, and its assessed frame from when somebody has asked for it."""

    def __init__(self, mark: Mark, data: Data) -> None:
        self.mark, self.data = mark, data
        self.key, self.days = (data.store, data.mark), _shared_days(data.view_date, data.since)
        self.judged: Assessed | None = None
        self._making: futures.Future[Assessed] | None = None
        self._lock = threading.Lock()

    def frame(self) -> Assessed:
        """The frame that all share. However many ask for it at once, it is made once; if that fails, it fails for all
        of them."""
        if self.judged is not None:
            return self.judged
        with _telling():
            with self._lock:
                if self.judged is not None:
                    return self.judged
                making, mine = self._making or futures.Future(), self._making is None
                self._making = making
            if mine:
                self._make(making)
            return making.result()

    def _make(self, making: "futures.Future[Assessed]") -> None:
        judged, failure = None, None
        try:
            began = time.perf_counter()
            judged = _kept_or_judged(self.data, self.days)
            gauges.built(self.data.version, time.perf_counter() - began)
        except BaseException as error:
            failure = _ordinary(error)
        with self._lock:
            self.judged, self._making = judged, None
        _settle(making, judged, failure)


class _Shown:
    """What this process shows of a database: one version, and the next while it is being judged."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._now: _Version | None = None
        self._coming: futures.Future[None] | None = None
        self._waited_for: Mark | None = None
        self._began = 0.0
        self._leaving: list[weakref.ref[_Version]] = []
        self._lock = threading.Lock()

    def newest(self) -> _Version:
        """The newest version, or the one before if it can be shown until the newest has been judged.

        Raises:
            NothingDelivered: nothing has been taken in yet.
            DatabaseUnavailable: no connection.
        """
        engine = _engine(self._store)
        while True:
            mark = kept.mark(engine)
            if not mark.delivery:
                raise NothingDelivered
            with self._lock:
                self._let_go()
                now = self._now
                if now is not None and now.mark == mark:
                    gauges.up_to_date()
                    return now
                if now is None or now.judged is None:  # there is nothing that could be shown meanwhile
                    self._show(_look(self._store))
                    continue
                coming = self._coming or self._begin(mark)
            # what has been deleted is shown no more, nor what was never in the database that took the other's place
            left = self._began + PATIENCE - time.monotonic() if kept.only_added_to(engine, now.mark) else None
            if left is not None and left <= 0:
                return now
            with _telling():
                futures.wait([coming], left)
            if coming.done() and (failure := coming.exception()):
                if left is None:
                    raise failure
                if kept.only_added_to(engine, now.mark):  # still: something may have been deleted meanwhile
                    return now

    def _begin(self, mark: Mark) -> "futures.Future[None]":
        """Judge in a thread of its own. Who comes again while the same cannot be judged does not wait anew."""
        if mark != self._waited_for:
            self._waited_for, self._began = mark, time.monotonic()
        coming: futures.Future[None] = futures.Future()
        try:
            threading.Thread(target=self._judge, args=(coming,), name=COMING, daemon=True).start()
        except RuntimeError as error:  # the system gives no more threads
            server_log.failed(error)
            coming.set_exception(error)
        else:
            self._coming = coming
        return coming

    def _judge(self, coming: "futures.Future[None]") -> None:
        """Judge what is there now and show it. If that fails, however, the next rerun tries again."""
        failure = None
        try:
            new = _look(self._store)
            new.frame()
        except BaseException as error:
            failure = _ordinary(error)
            if not isinstance(failure, DatabaseUnavailable):  # of that health tells by itself
                gauges.not_built()
            with suppress(Exception):
                server_log.failed(failure)
        with self._lock:
            self._coming = None
            if failure is None:
                self._show(new)
        _settle(coming, None, failure)

    def _show(self, version: _Version) -> None:
        if self._now is not None:
            self._leaving.append(weakref.ref(self._now))
        self._now = version
        _clear()

    def _let_go(self) -> None:
        """What a run that began before the newest version has kept of an older one since goes when the run has."""
        there = [each for each in self._leaving if each() is not None]
        if len(there) < len(self._leaving):
            self._leaving = there
            _clear()


def _clear() -> None:
    for made in (*OF_A_VERSION, *_beside):
        made.clear()  # what has been deleted is not kept in memory either


def _ordinary(error: BaseException) -> Exception:
    """A panic of polars is no `Exception`, and would end the visitor's run without a word."""
    if isinstance(error, Exception):
        return error
    return RuntimeError(type(error).__name__).with_traceback(error.__traceback__)


def _settle(waited_for: "futures.Future[Cached]", made: Any, failure: Exception | None) -> None:
    if failure is None:
        waited_for.set_result(made)
    else:
        waited_for.set_exception(failure)


@st.cache_resource(show_spinner=False, max_entries=1)
def _shown(store: Store) -> _Shown:
    return _Shown(store)


_run: ContextVar[_Version | None] = ContextVar("_run", default=None)
"""The version that this run of a page sees, all of it."""


@contextmanager
def _one_version() -> Iterator[_Version]:
    """The version that the run sees; outside one, the newest, which then stays the same within."""
    if now := _run.get():
        yield now
        return
    before = _run.set(_shown(_store()).newest())
    try:
        yield _run.get()  # type: ignore[misc]
    finally:
        _run.reset(before)


def _telling() -> AbstractContextManager[None]:
    """Tell the visitor, where there is one, what the waiting is for."""
    return st.spinner("Regner nøgletallene …") if get_script_run_ctx(suppress_warning=True) else nullcontext()


def _here(store: Store, version: str) -> _Version:
    """The version that a cached function is asked for: that of the run it is called in."""
    now = _run.get()
    assert now is not None
    assert now.key == (store, version)
    return now


def _look(store: Store) -> _Version:
    """What the data say of themselves now, all of one state."""
    engine, mark = _engine(store), None
    while mark is None or mark != kept.mark(engine):
        mark = kept.mark(engine)
        imports, centers = deliveries.imports(engine, FULL_SCOPE), tuple(tables.centers(engine))
        delivered = deliveries.newest_per_table(engine, FULL_SCOPE)
    days, earlier = imports["extract_date"].to_list(), imports.filter(pl.col("known_on") < pl.col("known_on").max())
    previous = None if earlier.is_empty() else earlier.select(pl.col("extract_date", "import_id").max()).row(0)
    absent = delivered.filter(pl.col("import_id").is_null() & pl.col("table").is_in(facts.READ))["extract"]
    data = Data(
        mark.version,
        f"{mark.delivered_at} {mark.deleted_at}",
        mark.delivery,
        previous,
        max(days),
        figures.history_from(min(days)),
        centers,
        imports["demo"].any(),
        tuple(absent),
        store,
    )
    return _Version(mark, data)


def _number(data: Data, known: dt.date | int | None) -> int:
    """The newest import that was known on a day (None: now), or that one, of those that are shown."""
    if known is None:
        return data.delivery
    return min(data.delivery, known if isinstance(known, int) else tables.import_number(_engine(data.store), known))


# --- what is judged of it -----------------------------------------------------------------------------


def _kept_or_judged(data: Data, days: tuple[dt.date, ...]) -> Assessed:
    engine = _engine(data.store)

    def judge() -> dict[str, pl.DataFrame]:
        judged = assess(tables.read(engine, FULL_SCOPE, data.delivery), data.view_date, days)
        return {name: getattr(judged, name) for name in FRAMES}

    rests_on = (CODE, repr(SCHEMA), *FRAMES, str(data.delivery), str(data.view_date), *map(str, days))
    return Assessed(data.view_date, **kept.frames(engine, FULL_SCOPE, rests_on, judge))


@lru_cache(maxsize=8)
def _shared_days(view_date: dt.date, since: dt.date) -> tuple[dt.date, ...]:
    cuts = (Cut(*period(view_date)) for period in filters.PERIODS.values())
    return tuple(sorted({day for cut in cuts for day in figures.days_read(cut, view_date, since)}))


@st.cache_resource(show_spinner=False, max_entries=4)
def _tables(store: Store, version: str, known: int) -> dict[str, pl.LazyFrame]:
    """The tables of a version, read once: every own period is judged from them."""
    return tables.read(_engine(store), FULL_SCOPE, known)


def _judged(store: Store, version: str, known: int, days: tuple[dt.date, ...]) -> Assessed:
    now = _here(store, version)
    if known != now.data.delivery:
        every = tuple(sorted({*now.days, *days}))
        return _as_of(store, version, now.data.view_date, known, every, None)
    return _also_on(store, version, days) if days else now.frame()


@st.cache_resource(show_spinner=False, max_entries=20)
def _within(store: Store, version: str, known: int, days: tuple[dt.date, ...], centers: tuple[str, ...]) -> Assessed:
    """The part of the frame that some centres may see: what all share holds everything, a view of it does not."""
    return within(_judged(store, version, known, days), centers)


@st.cache_resource(show_spinner="Regner nøgletallene …", max_entries=3)
def _also_on(store: Store, version: str, days: tuple[dt.date, ...]) -> Assessed:
    now = _here(store, version)
    shared = now.frame()
    stock = assess(
        _tables(store, version, now.data.delivery),
        now.data.view_date,
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
def _registration(store: Store, version: str, day: dt.date) -> registration.Registration:
    now = _here(store, version)
    days = () if day in now.days else (day,)
    judged = _judged(store, version, now.data.delivery, days)
    return registration.examine(_tables(store, version, now.data.delivery), judged, day)


OF_A_VERSION = (_tables, _within, _also_on, _as_of, _as_of_within, _moves, _moves_seen, _own, _registration)
"""All that is kept of a version beside its frame."""
