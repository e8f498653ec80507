"""The figures of what is chosen on the page, counted once a selection and kept for all sessions by plain keys."""

import datetime as dt
from dataclasses import astuple

import streamlit as st

from data_access.tables import Scope
from metrics.assess import Assessed, Cut
from ui import figures, filters, state, summary


def cut() -> Cut:
    """The chosen period, centres, categories and ages, without their words."""
    chosen = filters.current()
    return Cut(chosen.date_from, chosen.date_to, chosen.centers, chosen.categories, chosen.ages)


def assessed(scope: Scope) -> Assessed:
    """The assessed frame, with every day that the chosen selection looks at stock measures on."""
    return state.assessed(scope, figures.needed(cut(), state.current().view_date))


def readings(scope: Scope) -> figures.Readings:
    """Every figure of the selection. Shared between sessions: do not change it."""
    data = state.current()
    return _readings(data.place, data.version, data.view_date, data.centers, scope.user, *astuple(cut()))


def overall(scope: Scope) -> summary.Summary:
    """The selection in plain numbers. Shared between sessions: do not change it."""
    data = state.current()
    return _overall(data.place, data.version, data.view_date, data.centers, scope.user, *astuple(cut()))


@st.cache_resource(show_spinner=False, max_entries=200)
def _readings(
    place: tuple[str, int],
    version: int,
    view_date: dt.date,
    centers: tuple[str, ...],
    user: str,
    date_from: dt.date,
    date_to: dt.date,
    chosen: tuple[str, ...] | None,
    categories: tuple[str, ...] | None,
    ages: tuple[tuple[int, int], ...] | None,
) -> figures.Readings:
    cut = Cut(date_from, date_to, chosen, categories, ages)
    return figures.read(state.assessed(Scope(user), figures.needed(cut, view_date)), cut, centers)


@st.cache_resource(show_spinner=False, max_entries=200)
def _overall(
    place: tuple[str, int],
    version: int,
    view_date: dt.date,
    centers: tuple[str, ...],
    user: str,
    date_from: dt.date,
    date_to: dt.date,
    chosen: tuple[str, ...] | None,
    categories: tuple[str, ...] | None,
    ages: tuple[tuple[int, int], ...] | None,
) -> summary.Summary:
    cut = Cut(date_from, date_to, chosen, categories, ages)
    return summary.summarise(state.assessed(Scope(user), figures.needed(cut, view_date)), cut, centers)
