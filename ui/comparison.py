"""Rates beside each other on a measure's page: the centres, categories and ages, and before and after a date.

Never ranked. Nothing is compared here: `metrics.compare` does.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl
import streamlit as st

from data_access.annotations import Event
from data_access.models import CATEGORIES
from data_access.tables import Scope
from metrics import compare
from metrics.assess import AGE_BANDS, Assessed, Cut
from metrics.assess import figures as count
from metrics.compare import Change, Side
from metrics.measure import Measure
from ui import blocks, figures, filters, selected, state, texts
from ui.blocks import Span
from ui.decisions import Line
from ui.texts import Verdict

OTHERS = "de øvrige centre"
MATCHED = 0.8
"""So much of a centre's base the others must have youths like, before they are set beside it."""
PICKS = 4
"""Dates that are offered beside the field: the newest."""


def comparable(centers: pl.DataFrame) -> bool:
    """There are two centres or more."""
    return centers.height - centers["center"].null_count() > 1


def by_center(measure: Measure, centers: pl.DataFrame, chosen: Sequence[str] = ()) -> str:
    """Each centre's rate with its uncertainty and how it stands to the others together, in organisational order."""
    reference = figures.reference(measure)
    rows = []
    for row in centers.iter_rows(named=True):
        verdict = against_others(row)
        span = _span(texts.center(row["center"]), row)
        if verdict is not None and verdict.standing != "few":
            span = replace(span, beside=f"{verdict.sign} {verdict.short}", explained=beside_others(row))
        rows.append(replace(span, chosen=row["center"] in chosen))
    beside = "" if reference is None else f", og landet {texts.percent(reference)} som prikket linje"
    caption = f"Andel med usikkerhed{beside}. Mærket under tallet: centret mod {OTHERS} samlet."
    return blocks.spans(rows, caption, reference)


def against_others(row: Mapping[str, Any]) -> Verdict | None:
    """How a centre stands to the others together; nothing for those without one. A row of `Readings.centers`."""
    if row["others_base"] is None:
        return None
    return texts.difference(row["base"], row["others_base"], row["difference_low"], row["difference_high"], OTHERS)


def beside_others(row: Mapping[str, Any]) -> str:
    """The same as a sentence with both rates' difference; `–` for those without a centre."""
    verdict = against_others(row)
    if verdict is None:
        return texts.NONE
    others = texts.rate_with_base(row["others_met"], row["others_base"])
    ends = (row["difference"], row["difference_low"], row["difference_high"])
    return texts.others(others, verdict, *ends)


def _span(label: str, row: Mapping[str, Any]) -> Span:
    said = texts.rate_with_base(row["met"], row["base"])
    rate, low, high = (row[part] if row["base"] >= texts.FEW else None for part in ("rate", "low", "high"))
    return Span(label, said, rate, low, high, row["base"] >= texts.UNCERTAIN)


def show_groups(measure: Measure, scope: Scope, centers: pl.DataFrame) -> None:
    """One click away: the rate by category and by age, and what the mix of them lets one expect of each centre."""
    box = st.expander(
        "Kategori og alder", icon=":material/groups:", key=f"grupper_{measure.key}", on_change="rerun", type="compact"
    )
    if not box.open:
        return
    assessed, cut = _only(measure, selected.assessed(scope)), selected.cut()
    with box:
        left, right = st.columns(2, gap="large")
        with left:
            blocks.show(by_category(measure, assessed, cut))
            blocks.show(by_age(measure, assessed, cut))
        if comparable(centers):
            with right:
                blocks.show(by_mix(measure, centers, assessed, cut))


def _only(measure: Measure, assessed: Assessed) -> Assessed:
    return replace(assessed, outcomes=assessed.outcomes.filter(pl.col("measure") == measure.key))


def by_category(measure: Measure, assessed: Assessed, cut: Cut) -> str:
    """The rate of each visitation category that there is anybody in, in the order of the law."""
    rows = _groups(measure, assessed, cut, "category")
    found = [_span(texts.category(code), rows[code]) for code in (*CATEGORIES, None) if code in rows]
    caption = "Andel med usikkerhed. Kategorien er den, der gjaldt den dag, der tælles."
    base, unplaced = sum(row["base"] for row in rows.values()), rows[None]["base"] if None in rows else 0
    warned = f'<p class="stille">{texts.waits_for_category(unplaced, base)}</p>' if _too_many(unplaced, base) else ""
    return f"<h3>Pr. kategori</h3>{blocks.spans(found, caption)}{warned}"


def _too_many(unplaced: int, base: int) -> bool:
    """So many have no category that having none may follow from what is measured."""
    return unplaced > figures.UNKNOWN_SHARE * base


def by_age(measure: Measure, assessed: Assessed, cut: Cut) -> str:
    """The rate of each age band that there is anybody in, the youngest first."""
    rows = _groups(measure, assessed, cut, "age")
    found = [_span(texts.ages(band), rows[key]) for band in (*AGE_BANDS, None) if (key := band and band[0]) in rows]
    return f"<h3>Pr. alder</h3>{blocks.spans(found, 'Andel med usikkerhed')}"


def _groups(measure: Measure, assessed: Assessed, cut: Cut, by: str) -> dict[Any, dict[str, Any]]:
    """The groups that there is anybody in."""
    found = count(assessed, cut, by).filter((pl.col("measure") == measure.key) & (pl.col("base") > 0))
    return {row[by]: row for row in found.to_dicts()}


def by_mix(measure: Measure, centers: pl.DataFrame, assessed: Assessed, cut: Cut) -> str:
    """Each centre's rate beside that of the same categories and ages in all centres.

    Not where so many were without a category that having none may follow from what is measured: without a first
    interview there is no visitation, and the delay would explain itself.
    """
    heading = "<h3>Centrene og deres unge</h3>"
    bases = {
        code: row["base"] for code, row in _groups(measure, assessed, replace(cut, centers=None), "category").items()
    }
    base, unplaced = sum(bases.values()), bases.get(None, 0)
    if _too_many(unplaced, base):
        return f'{heading}<p class="stille">{texts.unplaced(unplaced, base)}</p>'
    mix = compare.case_mix(assessed, cut, measure.key)
    alike = {
        center: expected
        for center, base, matched, expected in mix.select("center", "base", "matched", "expected").iter_rows()
        if matched >= texts.UNCERTAIN and matched >= MATCHED * base
    }
    rows = []
    for row in centers.filter(pl.col("center").is_not_null()).iter_rows(named=True):
        span = replace(_span(row["center"], row), chosen=row["center"] in (cut.centers or ()))
        if (rate := alike.get(row["center"])) is not None:
            span = replace(span, beside=texts.alike(rate), aside=rate)
        rows.append(span)
    caption = (
        "Andel med usikkerhed. Stregen er, hvad de øvrige centre når med unge i samme kategori og alder: ligger den "
        "inden for usikkerheden, kan forskellen til de øvrige skyldes, hvem de unge er."
    )
    return heading + blocks.spans(rows, caption)


def show_change(measure: Measure, scope: Scope, events: Sequence[Event | Line]) -> None:
    """One click away: the rate before and after any date, the dates that something happened on being offered."""
    box = st.expander(
        "Før og efter en dato",
        icon=":material/compare_arrows:",
        key=f"foer_efter_{measure.key}",
        on_change="rerun",
        type="compact",
    )
    if not box.open:
        return
    with box:
        cut, view_date = selected.cut(), state.current(scope).view_date
        day = _day(measure, events, view_date)
        days = [side.date_to for side in compare.sides(cut, day, view_date)] if measure.stock else ()
        change = compare.before_after(selected.assessed(scope, days), cut, measure.key, day)
        left, right = st.columns(2, gap="large")
        with left:
            blocks.show(moved(measure, change))
        with right:
            blocks.show(sides(measure, change))


def _day(measure: Measure, events: Sequence[Event | Line], view_date: dt.date) -> dt.date:
    """Ask for the date."""
    key = f"dato_{measure.key}"
    earliest, latest = bounds(view_date)
    offered = moments(measure, events, view_date)
    usual = offered[0][0] if offered else filters.months_before(view_date, 12)
    kept = st.session_state.get(key)
    if kept is None or not earliest <= kept <= latest:  # also where a new delivery has moved the bounds
        st.session_state[key] = usual
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"datovalg_{measure.key}"):
        day = st.date_input("Dato", min_value=earliest, max_value=latest, key=key, format="DD-MM-YYYY", width=160)
        for place, (on, words) in enumerate(offered[:PICKS]):
            label = f"{texts.date(on)} {texts.plain(words)}"
            st.button(label, key=f"{key}_{place}", type="tertiary", on_click=_pick, args=(key, on))
    return day or usual


def _pick(key: str, day: dt.date) -> None:
    st.session_state[key] = day


def bounds(view_date: dt.date) -> tuple[dt.date, dt.date]:
    """The first and the last date with a month on each side of it."""
    return filters.months_before(filters.FIRST_DAY, -1), filters.months_before(view_date, 1) + dt.timedelta(days=1)


def moments(measure: Measure, events: Sequence[Event | Line], view_date: dt.date) -> list[tuple[dt.date, str]]:
    """The days on which something happened that may have moved the measure, the newest first."""
    earliest, latest = bounds(view_date)
    happened = [(event.on, event.title) for event in events] + [(day, "Regel ændret") for day in measure.rule_changes()]
    return sorted(((day, words) for day, words in happened if earliest <= day <= latest), reverse=True)


def moved(measure: Measure, change: Change) -> str:
    """What came of a date in words, and what makes its two sides hard to compare."""
    before, after = change.before, change.after
    sides = ((before.met, before.base), (after.met, after.base))
    lines = []
    if change.same_people:
        lines.append("Mange er med på begge dage; derfor er usikkerheden snarere mindre end vist.")
    lines += [texts.rule_between(day) for day in measure.rule_changes() if before.date_from < day <= after.date_to]
    notes = "".join(f'<p class="stille">{line}</p>' for line in lines)
    said = texts.change_between(*sides, change.difference, change.low, change.high)
    return f'<div class="maaling"><p>{said}</p>{notes}</div>'


def sides(measure: Measure, change: Change) -> str:
    """Both sides of a date with their uncertainty."""
    rows = [_span(_side(measure, side), vars(side) | {"rate": side.rate}) for side in (change.before, change.after)]
    return blocks.spans(rows, "Andel med usikkerhed")


def _side(measure: Measure, side: Side) -> str:
    """A stock measure is read on the last day of each side."""
    return texts.date(side.date_to) if measure.stock else texts.period(side.date_from, side.date_to)
