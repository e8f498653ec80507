"""The page "Mål og hændelser": what users have written as it is shown, and what they type as it is saved.

Knows no Streamlit.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

import polars as pl

from data_access.annotations import EVENT_KINDS, Event, InvalidAnnotation, Target, in_force
from metrics.assess import BY_KEY
from metrics.measure import Measure
from metrics.measures import THEMES
from metrics.trend import counts_anew
from ui import data_quality, texts

TITLES: Mapping[str, str] = MappingProxyType(
    {measure.key: f"{theme.title} · {measure.title}" for theme in THEMES for measure in theme.measures}
)
"""Measure -> `Tema · Titel`, by theme."""
NOW, LATER = "Gælder nu", "Kommer"
WHOLE = "Hele kommunen"
KINDS: Mapping[str, str] = MappingProxyType({"": "Vælg", **EVENT_KINDS})
"""The kinds to pick from; none to begin with."""
MEASURES_OF_EVENTS: Mapping[str, str] = MappingProxyType({"": "Alle nøgletal", **TITLES})
"""What an event may be about -> its name."""

STANDING = pl.Schema(
    {
        "title": pl.String(),
        "target": pl.String(),
        "valid_from": pl.Date(),
        "state": pl.String(),
        "theme": pl.String(),
        "note": pl.String(),
    }
)
"""One row per target that is in force or still to come."""
HISTORY = pl.Schema(
    {
        "saved_at": pl.Datetime("us", "UTC"),
        "title": pl.String(),
        "target": pl.String(),
        "valid_from": pl.Date(),
        "note": pl.String(),
        "saved_by": pl.String(),
    }
)
"""One row per entry."""


def standing(targets: Sequence[Target], day: dt.date) -> pl.DataFrame:
    """The targets in force on a day and those that come later, by theme and measure, as `STANDING`."""
    rows = [
        (measure.title, rate(entry.rate), entry.valid_from, state, theme.title, entry.note)
        for theme in THEMES
        for measure in theme.measures
        for entry, state in _from(targets, measure.key, day)
    ]
    return pl.DataFrame(rows, schema=STANDING, orient="row")


def _from(targets: Sequence[Target], measure: str, day: dt.date) -> list[tuple[Target, str]]:
    """A measure's entry in force on a day, unless it is that there is no target, and those after it."""
    of_measure = [entry for entry in targets if entry.measure == measure]
    so_far = [entry for entry in of_measure if entry.valid_from <= day][-1:]
    now = [(entry, NOW) for entry in so_far if entry.rate is not None]
    return now + [(entry, LATER) for entry in of_measure if entry.valid_from > day]


def history(entries: Sequence[Target]) -> pl.DataFrame:
    """Every entry in the order given, as `HISTORY`, with `saved_at` as Danish clock time."""
    rows = [
        (e.saved_at, TITLES.get(e.measure, e.measure), rate(e.rate), e.valid_from, e.note, e.saved_by) for e in entries
    ]
    return pl.DataFrame(rows, schema=HISTORY, orient="row").with_columns(saved_at=data_quality.local("saved_at"))


def about(measure: Measure, targets: Sequence[Target], day: dt.date) -> list[tuple[str, str]]:
    """What one should know before setting a measure's target: heading and words."""
    national = [texts.benchmark(each) for each in measure.benchmarks if each.area == "hele landet"]
    lines = [
        ("Regel", measure.rule),
        ("Landet", national[0] if national else "fokusrevisionen har intet landstal for nøgletallet"),
        ("Mål i dag", rate(in_force(targets, measure.key, day))),
    ]
    return [*lines, ("Lav er bedst", "målet er det højeste, andelen må være")] if measure.lower_is_better else lines


def concerns(event: Event) -> str:
    """What an event is and what it concerns: `Organisation · Alle nøgletal · Hele kommunen`."""
    measure = MEASURES_OF_EVENTS.get(event.measure or "", event.measure or "")
    return " · ".join((EVENT_KINDS[event.kind], measure, event.center or WHOLE))


def centers_of_events(centers: Sequence[str]) -> Mapping[str, str]:
    """Where an event may have happened -> its name; the centres in the order given."""
    return {"": WHOLE, **{center: center for center in centers}}


def next_month(day: dt.date) -> dt.date:
    """The first day of the month after a day: the figures of no month get a target in the middle of it."""
    return (day.replace(day=1) + dt.timedelta(days=31)).replace(day=1)


def fraction(typed: str | None) -> float:
    """A percentage as people type it, as a fraction: `95` -> 0.95, `92,5 %` -> 0.925.

    Raises:
        InvalidAnnotation: it is not a number with at most one decimal.
    """
    number = re.fullmatch(r"(\d{1,3})(?:[.,](\d))?\s*%?", (typed or "").strip())
    if not number:
        raise InvalidAnnotation("Skriv målet som et tal mellem 0 og 100 med højst én decimal, fx 95 eller 92,5.")
    return float(Decimal(f"{number[1]}.{number[2] or 0}") / 100)


def picked(day: dt.date | None) -> dt.date:
    """A day that somebody must pick.

    Raises:
        InvalidAnnotation: none was picked.
    """
    if day is None:
        raise InvalidAnnotation("Vælg en dato.")
    return day


def can_rebase(day: dt.date, since: dt.date, *, rebase: bool) -> None:
    """An expected level can only be counted anew after it has begun.

    Raises:
        InvalidAnnotation: there is no level before that day.
    """
    if rebase and not counts_anew(day, since):
        raise InvalidAnnotation(texts.no_level_before(since))


def must_have(targets: Sequence[Target], measure: str, day: dt.date) -> None:
    """A target can only be removed where there is one.

    Raises:
        InvalidAnnotation: the measure has none on that day.
    """
    if in_force(targets, measure, day) is None:
        raise InvalidAnnotation("Nøgletallet har intet mål på den dato, så der er intet at fjerne. Vælg en anden dato.")


def rate(share: float | None) -> str:
    """A target's height in a cell."""
    return texts.target(None) if share is None else texts.set_rate(share)


def saved_target(saved: Target) -> str:
    """What was saved, as it was read back."""
    return texts.saved_target(BY_KEY[saved.measure].title, saved.rate, saved.valid_from)


def saved_event(saved: Event) -> str:
    """What was saved, as it was read back."""
    return texts.saved_event(saved.title, saved.on, concerns(saved), rebase=saved.rebase)
