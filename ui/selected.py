"""The figures of what is chosen on the page, counted once a selection and kept for all sessions by plain keys."""

import streamlit as st

from data_access.tables import Scope
from metrics import summary
from metrics.assess import Assessed, Cut
from ui import figures, filters, state


def cut() -> Cut:
    """The chosen period, centres, categories and ages, without their words."""
    chosen = filters.current()
    return Cut(chosen.date_from, chosen.date_to, chosen.centers, chosen.categories, chosen.ages)


def assessed(scope: Scope) -> Assessed:
    """The assessed frame, with every day that the chosen selection looks at stock measures on."""
    return _assessed(state.current(), scope, cut())


def readings(scope: Scope) -> figures.Readings:
    """Every figure of the selection. Shared between sessions: do not change it."""
    return _readings(state.current(), scope, cut())


def overall(scope: Scope) -> summary.Summary:
    """The selection in plain numbers. Shared between sessions: do not change it."""
    return _overall(state.current(), scope, cut())


# the keys are plain values all through: Streamlit takes a dataclass field by field


@st.cache_resource(show_spinner=False, max_entries=200)
def _readings(data: state.Data, scope: Scope, chosen: Cut) -> figures.Readings:
    return figures.read(_assessed(data, scope, chosen), chosen, data.centers)


@st.cache_resource(show_spinner=False, max_entries=200)
def _overall(data: state.Data, scope: Scope, chosen: Cut) -> summary.Summary:
    return summary.summarise(_assessed(data, scope, chosen), chosen, data.centers)


def _assessed(data: state.Data, scope: Scope, chosen: Cut) -> Assessed:
    return state.assessed(scope, figures.days_read(chosen, data.view_date))
