"""The shared filters: centre, period, category and age; the same on every page, and in the address.

A filter that stands at its default is left out of the address, so "Seneste 12 måneder" in a link moves with time.
`share_address` therefore writes the period as two dates.
"""

import calendar
import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import streamlit as st

from data_access.models import CATEGORIES
from data_access.tables import Scope
from metrics.assess import AGE_BANDS, Cut
from ui import texts

CENTER, PERIOD, DATES, CATEGORY, AGE = "center", "periode", "fra_til", "kategori", "alder"
"""Keys of the filters: their names in the address."""
KEYS = (CENTER, PERIOD, DATES, CATEGORY, AGE)

ALL_CENTERS, ALL_CATEGORIES, ALL_AGES = "Alle centre", "Alle kategorier", "Alle aldre"
OWN_CENTERS = "Mine centre"
YEAR, OWN_DATES = "Seneste 12 måneder", "Vælg selv"
AGES: Mapping[str, tuple[int, int]] = {texts.ages(band): band for band in AGE_BANDS}
FIRST_DAY = dt.date(2010, 1, 1)
"""Nothing before this can be chosen."""

_SELECTION = "_selection"


def months_before(day: dt.date, months: int) -> dt.date:
    """The same day so many months earlier, or the last day of that month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _latest(months: int) -> Callable[[dt.date], tuple[dt.date, dt.date]]:
    return lambda view_date: (months_before(view_date, months) + dt.timedelta(days=1), view_date)


PERIODS: Mapping[str, Callable[[dt.date], tuple[dt.date, dt.date]]] = {
    YEAR: _latest(12),
    "Seneste 3 måneder": _latest(3),
    "Seneste måned": _latest(1),
    "I år": lambda view_date: (view_date.replace(month=1, day=1), view_date),
    "Sidste år": lambda view_date: (dt.date(view_date.year - 1, 1, 1), dt.date(view_date.year - 1, 12, 31)),
}
"""Ready-made periods: name -> first and last day, from the view date."""


CATEGORY_CODES: dict[str, str | None] = {label: code for code, label in CATEGORIES.items()} | {texts.NO_CATEGORY: None}
"""Label -> category; a youth is in none until the first visitation."""


@dataclass(frozen=True)
class Selection(Cut):
    """What is chosen, as a cut of the assessed frame, with its words."""

    label: str = ""
    """`Alle centre · Seneste 12 måneder (23-11-2025 til 22-11-2026)`."""
    narrowed: bool = False
    """Something else than the defaults is chosen."""
    whole: str = ALL_CENTERS
    """What all the centres that may be seen are called together."""


def everywhere(scope: Scope) -> str:
    """What all the centres that a scope may see are called together."""
    if scope.centers is None:
        return ALL_CENTERS
    return scope.centers[0] if len(scope.centers) == 1 else OWN_CENTERS


def selection(
    view_date: dt.date, centers: tuple[str, ...], chosen: Mapping[str, object], whole: str = ALL_CENTERS
) -> Selection:
    """The selection that a set of choices (key -> label or dates) means; what is not understood counts as default.

    `whole` = what `centers` are called together, as `everywhere` says; the only centre is its own whole.
    """
    centers = tuple(name for name in centers if name != whole)
    center, category, age = chosen.get(CENTER), chosen.get(CATEGORY), chosen.get(AGE)
    period, (first, last) = _period(view_date, chosen.get(PERIOD), chosen.get(DATES))
    words = [
        center if center in centers else whole,
        f"{period} ({texts.period(first, last)})" if period != OWN_DATES else texts.period(first, last),
        *(word for word, known in ((category, CATEGORY_CODES), (age, AGES)) if word in known),
    ]
    return Selection(
        date_from=first,
        date_to=last,
        centers=(str(center),) if center in centers else None,
        categories=(CATEGORY_CODES[str(category)],) if category in CATEGORY_CODES else None,
        ages=(AGES[str(age)],) if age in AGES else None,
        label=" · ".join(map(str, words)),
        narrowed=center in centers or category in CATEGORY_CODES or age in AGES or period != YEAR,
        whole=whole,
    )


def _period(view_date: dt.date, name: object, dates: object) -> tuple[str, tuple[dt.date, dt.date]]:
    if name == OWN_DATES and isinstance(dates, tuple | list) and dates:
        # while only the first day has been picked, the period runs to the view date
        first, last = dates[0], dates[1] if len(dates) > 1 else view_date
        return OWN_DATES, (min(first, last), max(first, last))
    name = name if name in PERIODS else YEAR
    return str(name), PERIODS[str(name)](view_date)


def share_address(chosen: Selection, others: Mapping[str, list[str]]) -> str:
    """The query string that shows the same to a colleague, also next month: the period stands as dates.

    `others` are the address's further parameters (a page's own choices).
    """
    pairs = [(key, value) for key, values in others.items() if key not in KEYS for value in values]
    if chosen.centers:
        pairs.append((CENTER, chosen.centers[0]))
    pairs += [(PERIOD, OWN_DATES), (DATES, chosen.date_from.isoformat()), (DATES, chosen.date_to.isoformat())]
    if chosen.categories:
        pairs.append((CATEGORY, texts.category(chosen.categories[0])))
    if chosen.ages:
        pairs.append((AGE, next(label for label, ages in AGES.items() if ages == chosen.ages[0])))
    return urlencode(pairs)


def show(view_date: dt.date, centers: tuple[str, ...], whole: str = ALL_CENTERS) -> Selection:
    """Draw the filters and return what is chosen. Called by the frame, once a rerun."""
    places = (whole, *(name for name in centers if name != whole))
    _forget_unknown(view_date, places)
    _choice(CENTER, "Center", places)
    _choice(PERIOD, "Periode", (*PERIODS, OWN_DATES))
    if st.session_state[PERIOD] == OWN_DATES:
        st.date_input(
            "Fra og til",
            PERIODS[YEAR](view_date),
            FIRST_DAY,
            view_date,
            key=DATES,
            format="DD-MM-YYYY",
            bind="query-params",
            persist_state="session",
            width=250,
        )
    _choice(CATEGORY, "Kategori", (ALL_CATEGORIES, *CATEGORY_CODES))
    _choice(AGE, "Alder", (ALL_AGES, *AGES))
    chosen = selection(view_date, centers, {key: st.session_state.get(key) for key in KEYS}, whole)
    st.session_state[_SELECTION] = chosen
    return chosen


def _choice(key: str, label: str, options: tuple[str, ...]) -> None:
    st.selectbox(label, options, key=key, bind="query-params", persist_state="session", filter_mode=None, width=200)


def _forget_unknown(view_date: dt.date, places: tuple[str, ...]) -> None:
    """Drop a kept choice that a new delivery, or another role, has made impossible, before its widget is drawn."""
    kept = st.session_state.get(CENTER)
    if kept is not None and kept not in places:
        del st.session_state[CENTER]
    dates = st.session_state.get(DATES)
    if dates and any(not FIRST_DAY <= day <= view_date for day in dates):
        del st.session_state[DATES]


def current() -> Selection:
    """What is chosen, for a page: the frame has drawn the filters before it."""
    chosen = st.session_state[_SELECTION]
    assert isinstance(chosen, Selection)
    return chosen


def address(view_date: dt.date) -> str:
    """The query string of what is chosen, as the frame itself writes it: what stands at its default is left out.

    For a link to a place on another page: where the frame has to rewrite the address, the place is lost.
    """
    usual = {CENTER: current().whole, PERIOD: YEAR, CATEGORY: ALL_CATEGORIES, AGE: ALL_AGES}
    given = {key: st.session_state.get(key, value) for key, value in usual.items()}
    kept = {key: value for key, value in given.items() if value != usual[key]}
    dates = st.session_state.get(DATES)
    if PERIOD in kept and dates and tuple(dates) != PERIODS[YEAR](view_date):
        kept[DATES] = [day.isoformat() for day in dates]
    return urlencode(kept, doseq=True)


def reset() -> None:
    """Put every filter back to its default."""
    st.session_state.update({CENTER: current().whole, PERIOD: YEAR, CATEGORY: ALL_CATEGORIES, AGE: ALL_AGES})
    st.session_state.pop(DATES, None)


def reset_button(key: str) -> None:
    """A way back to the whole municipality and the last year."""
    st.button("Nulstil filtre", key=key, on_click=reset, icon=":material/restart_alt:", type="tertiary")


def nothing_selected() -> None:
    """Say that the selection holds nothing, and offer the way back."""
    st.info(
        f"Ingen sager i udsnittet: {texts.plain(current().label)}. Udvid perioden, eller vælg et andet center.",
        icon=":material/info:",
    )
    reset_button("nulstil_tomt_udsnit")


def share_button(chosen: Selection) -> None:
    """The address of just this view, with the period as dates, ready to be copied."""
    with st.popover("Del visning", icon=":material/link:", type="tertiary"):
        st.write("Linket viser samme side, filtre og datoer, også når der kommer nye tal.")
        others = {key: st.query_params.get_all(key) for key in st.query_params}
        address = (st.context.url or "").split("?")[0]
        st.code(f"{address}?{share_address(chosen, others)}", language=None, wrap_lines=True)
