"""The figures of what is chosen on the page, counted once a selection and kept for all sessions by plain keys."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import streamlit as st

from data_access import annotations
from data_access.annotations import Event, Target
from data_access.tables import Scope
from metrics import summary
from metrics.assess import Assessed, Cut
from metrics.trend import Rebase
from ui import figures, filters, state


def cut() -> Cut:
    """The chosen period, centres, categories and ages, without their words."""
    chosen = filters.current()
    return Cut(chosen.date_from, chosen.date_to, chosen.centers, chosen.categories, chosen.ages)


@dataclass(frozen=True)
class Notes:
    """What users have written that concerns a selection: their targets, and the dated events."""

    targets: tuple[Target, ...]
    events: tuple[Event, ...]
    """Those of the chosen centres and of the whole municipality, by day."""

    def target(self, measure: str, day: dt.date) -> float | None:
        """The municipality's own target on a day, as a fraction."""
        return annotations.in_force(self.targets, measure, day)

    def of(self, measure: str) -> tuple[Event, ...]:
        """The events that concern a measure."""
        return tuple(event for event in self.events if event.measure in (None, measure))

    def rebases(self) -> tuple[Rebase, ...]:
        """The decisions to count an expected level anew."""
        return tuple(Rebase(event.on, event.measure) for event in self.events if event.rebase)


def notes(scope: Scope) -> Notes:
    """Read anew at each rerun: what a colleague saves shows at once."""
    engine, centers = state.engine(), cut().centers or scope.centers or ()
    written = annotations.events(engine, scope)
    return Notes(
        annotations.targets(engine, scope),
        tuple(event for event in written if event.center is None or event.center in centers),
    )


def assessed(scope: Scope, days: Collection[dt.date] = ()) -> Assessed:
    """The assessed frame, with every day that the chosen selection looks at stock measures on, and `days`."""
    return _assessed(state.current(scope), scope, cut(), days)


def readings(scope: Scope, known: Notes) -> figures.Readings:
    """Every figure of the selection. Shared between sessions: do not change it."""
    return _readings(state.current(scope), scope, cut(), known.rebases())


def overall(scope: Scope) -> summary.Summary:
    """The selection in plain numbers. Shared between sessions: do not change it."""
    return _overall(state.current(scope), scope, cut())


# the keys are plain values all through: Streamlit takes a dataclass field by field


@st.cache_resource(show_spinner=False, max_entries=200)
def _readings(data: state.Data, scope: Scope, chosen: Cut, rebases: tuple[Rebase, ...]) -> figures.Readings:
    return figures.read(_assessed(data, scope, chosen), chosen, data.centers, data.since, rebases)


@st.cache_resource(show_spinner=False, max_entries=200)
def _overall(data: state.Data, scope: Scope, chosen: Cut) -> summary.Summary:
    return summary.summarise(_assessed(data, scope, chosen), chosen, data.centers)


def _assessed(data: state.Data, scope: Scope, chosen: Cut, days: Collection[dt.date] = ()) -> Assessed:
    return state.assessed(scope, {*figures.days_read(chosen, data.view_date, data.since), *days})
