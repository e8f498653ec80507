"""The figures of what is chosen on the page, counted once a selection and kept for all sessions by plain keys."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, replace

import streamlit as st

from data_access import annotations, published
from data_access.annotations import Event, Target
from data_access.decisions import Comment, comments
from data_access.decisions import decisions as decided
from data_access.tables import Scope
from metrics.assess import Assessed, Cut
from metrics.trend import Rebase
from ui import decisions, figures, filters, state
from ui.decisions import Line


def cut() -> Cut:
    """The chosen period, centres, categories and ages, without their words."""
    chosen = filters.current()
    return Cut(chosen.date_from, chosen.date_to, chosen.centers, chosen.categories, chosen.ages)


def eyes(scope: Scope) -> Scope:
    """What a scope may see, whoever it is: a key that colleagues in the same roles and centres share."""
    return replace(scope, user="")


@dataclass(frozen=True)
class Notes:
    """What users have written that concerns a selection: targets, dated events, decisions, and the newest comments."""

    targets: tuple[Target, ...]
    events: tuple[Event, ...]
    """Those of the chosen centres and of the whole municipality, by day."""
    decisions: tuple[Line, ...] = ()
    """Likewise, with what has happened since."""
    comments: tuple[Comment, ...] = ()
    """Those to the newest month that is published."""

    def target(self, measure: str, day: dt.date) -> float | None:
        """The municipality's own target on a day, as a fraction."""
        return annotations.in_force(self.targets, measure, day)

    def of(self, measure: str) -> tuple[Event | Line, ...]:
        """The events that concern a measure and the decisions that should move it, by day."""
        events = (event for event in self.events if event.measure in (None, measure))
        moving = (decision for decision in self.decisions if decision.measure == measure)
        return tuple(sorted((*events, *moving), key=lambda each: each.on))

    def comment(self, measure: str) -> Comment | None:
        """What is said of a measure in the newest month that is published."""
        return next((comment for comment in self.comments if comment.measure == measure), None)

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


def with_decisions(scope: Scope, known: Notes, measures: Collection[str]) -> Notes:
    """The same notes, and what was decided and said of some measures; nothing for who may not see what is published."""
    done = published.months(state.engine(), scope) if scope.may("published") else ()
    if not done:
        return known
    engine, day, centers = state.engine(), state.current(scope).view_date, cut().centers or scope.centers or ()
    about = [
        each
        for each in decided(engine, scope)
        if each.measure in measures and (each.center is None or each.center in centers)
    ]
    series = decisions.series(engine, scope, about, day, lambda each: state.own(scope, each))
    newest = max(each.month for each in done)
    return replace(known, decisions=decisions.lines(about, series, day), comments=comments(engine, scope, newest))


def assessed(scope: Scope, days: Collection[dt.date] = ()) -> Assessed:
    """The assessed frame, with every day that the chosen selection looks at stock measures on, and `days`."""
    return judged(state.current(scope), scope, cut(), days)


def readings(scope: Scope, known: Notes) -> figures.Readings:
    """Every figure of the selection. Shared between sessions: do not change it."""
    return read(state.current(scope), eyes(scope), cut(), known.rebases())


# the same of any selection. The keys are plain values all through: Streamlit takes a dataclass field by field


@state.lets_go
@st.cache_resource(show_spinner=False, max_entries=100)
def read(data: state.Data, scope: Scope, chosen: Cut, rebases: tuple[Rebase, ...]) -> figures.Readings:
    """Every figure. `scope` as `eyes`. Shared between sessions: do not change it."""
    return figures.read(judged(data, scope, chosen), chosen, data.centers, data.since, rebases)


def judged(data: state.Data, scope: Scope, chosen: Cut, days: Collection[dt.date] = ()) -> Assessed:
    """The assessed frame, with every day that the selection looks at stock measures on, and `days`."""
    return state.assessed(scope, {*figures.days_read(chosen, data.view_date, data.since), *days})
