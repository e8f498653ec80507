"""Waiting times on a theme's page: in time, half of them, and those who wait now; as a curve, through time, by centre.

Nothing is counted here: `metrics.waiting` follows those whose wait began in the period, and who waits on V.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl
import streamlit as st

from data_access.tables import Scope
from metrics import waiting
from metrics.assess import Assessed, Cut, month_ends
from metrics.measure import Waiting
from metrics.statistics import Wait
from metrics.trend import RECENT, SHOWN
from metrics.waiting import Followed
from ui import blocks, charts, looks, navigation, selected, state, texts
from ui.figures import Figure, Readings

LONGEST = 10
"""Those who have waited longest, listed one by one."""
MILESTONES = (7, 14, 30, 60, 90, 180, 365)
"""Days after which the table says how many have had it; the deadline is one more."""
TAIL = 0.03
"""The curve is drawn until it is so near its end, and at least to twice the deadline: few long ones would hide it."""
ENDED = "Sager, der sluttede, før den unge nåede dertil, tæller med som aldrig nået."


def show(waits: Sequence[Waiting], scope: Scope, readings: Readings) -> None:
    """Draw the waiting times of a theme in the selection."""
    assessed, cut, centers = selected.assessed(scope), selected.cut(), state.current(scope).centers
    with st.container(key="ventetid", border=True):
        st.header("Ventetid", anchor="ventetid")
        st.caption(ENDED)
        for wait in waits:
            _show(wait, scope, assessed, cut, centers, readings)


def _show(
    wait: Waiting, scope: Scope, assessed: Assessed, cut: Cut, centers: Sequence[str], readings: Readings
) -> None:
    followed = waiting.follow(assessed, cut, wait)
    last = cut.last_day(assessed.view_date)
    through = waiting.queue(assessed, cut, wait, month_ends(last, SHOWN - 1))
    st.subheader(wait.title, anchor=False)
    st.caption(wait.rule)
    blocks.show(blocks.strip(numbers(readings.now[wait.measure], followed.wait)))
    left, right = st.columns(2, gap="large")
    with left:
        _curve(wait, scope, followed, assessed, cut)
    with right:
        _queue(wait, through, last)
    everywhere = waiting.by_center(assessed, replace(cut, centers=None), wait, centers)
    if len(everywhere) > 1:
        st.markdown("**Pr. center**")
        st.table(
            by_center(readings.centers[wait.measure], everywhere, cut.centers or ()),
            border="horizontal",
            hide_index=True,
        )
    with st.container(gap=None):
        _tables(wait, followed, through)
        _longest(wait, scope, assessed, cut)


def numbers(rate: Figure, wait: Wait) -> list[tuple[str, str, str]]:
    """The three figures that belong together: the rate of those due, the median wait, and who waits now."""
    note = texts.rate_note(rate.met, rate.base, rate.low, rate.high)
    median, sure = texts.reached(wait.median, wait.low, wait.high, wait.units)
    return [
        ("Til tiden", texts.rate_value(rate.met, rate.base), texts.of_period(note, "frister")),
        ("Halvdelen har ventet højst", median, texts.waited_by(sure, wait.units)),
        ("Venter nu", texts.number(wait.waiting), texts.waiting_now(wait.oldest)),
        ("Heraf over fristen", texts.number(wait.overdue), ""),
    ]


def _curve(wait: Waiting, scope: Scope, followed: Followed, assessed: Assessed, cut: Cut) -> None:
    units = followed.wait.units
    st.markdown("**Hvor længe ventede de?**")
    if not units:
        st.markdown("Ingen i udsnittet.")
        return
    if units < texts.UNCERTAIN:
        lines = [
            (row["case_id"], f"{became(row, assessed.view_date)} · {texts.center(row['center'])}")
            for row in waiting.began(assessed, cut, wait).iter_rows(named=True)
        ]
        looks.lines(scope, assessed, lines, f"ventetid_{wait.key}")
        return
    rows, beyond = drawn(followed)
    chart = charts.wait_curve(rows, followed.deadline)
    words = texts.waits(wait.title, followed.wait.median, followed.wait.low, followed.wait.high, units)
    st.vega_lite_chart(chart.frame, chart.spec, theme=None, key=f"ventekurve_{wait.key}", alt=words)
    if beyond:
        blocks.show(f'<div class="noter"><p>{texts.beyond(int(rows["day"][-1]), beyond, units)}</p></div>')


def drawn(followed: Followed) -> tuple[pl.DataFrame, int]:
    """The part of a curve that is shown (day, had, low, high), and how many units were followed for longer."""
    curve = followed.curve
    near = curve.filter(pl.col("had") >= curve["had"][-1] - TAIL)["day"][0]
    last = max(near, 2 * (followed.deadline or 0))
    rows = curve.filter(pl.col("day") <= last).select("day", "had", "low", "high")
    beyond = curve.filter(pl.col("day") > last)
    if beyond.is_empty():
        return rows, 0
    end = rows[-1].with_columns(day=pl.lit(last, dtype=pl.Int64))
    return pl.concat([rows, end]).unique("day", maintain_order=True), int(beyond["at_risk"][0])


def became(row: Mapping[str, Any], view_date: dt.date) -> str:
    """What became of one wait (a row of `waiting.began`): how long it took, or has taken."""
    if row["event"]:
        return texts.took(row["days"])
    if row["ended_first"]:
        return texts.ended_without(row["days"])
    return texts.still_waits(row["days"], row["due"], over=row["due"] < view_date)


def _queue(wait: Waiting, through: pl.DataFrame, last: dt.date) -> None:
    st.markdown("**Hvor mange ventede ved månedens udgang?**")
    if not through["waiting"].sum():
        st.markdown("Ingen har ventet.")
        return
    chart = charts.queue(through)
    now = through.row(-1, named=True)
    words = [texts.queue(wait.title, last, now["waiting"], now["overdue"], now["low"], now["high"])]
    words += [f"{text}." for _, text in signals(through)]
    st.vega_lite_chart(chart.frame, chart.spec, theme=None, key=f"venteko_{wait.key}", alt=" ".join(words))
    blocks.show(beneath(through, last))


def signals(through: pl.DataFrame) -> list[tuple[str, str]]:
    """Side ("low", "high") and words of each month end on which the queue was not as expected, oldest first."""
    outside = through.filter(pl.col("signal").is_not_null())
    return [
        (side, texts.queue_signal(side, month, count))
        for side, month, count in outside.select("signal", "month", "waiting").iter_rows()
    ]


def beneath(through: pl.DataFrame, last: dt.date) -> str:
    """Whether the newest month ends fall outside what was to be expected, that, and the day of the `last` point."""
    lines = []
    for side, text in signals(through.tail(RECENT)):
        tone: texts.Tone = "bad" if side == "high" else "good"
        sign = texts.signal_sign(side, tone)
        lines.append(f'<p class="signal {tone}"><span aria-hidden="true">{sign}</span> {text}.</p>')
    standing = f'<div class="maaling">{"".join(lines)}</div>' if lines else ""
    quiet = texts.expected_queue(through["low"][-1], through["high"][-1], last)
    return f'{standing}<div class="noter"><p>{quiet}</p></div>'


def by_center(
    rates: pl.DataFrame, waits: Sequence[tuple[str | None, Wait]], marked: Sequence[str] = ()
) -> pl.DataFrame:
    """Each centre's three figures in words, in organisational order; the `marked` ones are bold.

    `rates`: center, met, base, as in `Readings.centers`.
    """
    known = {center: (met, base) for center, met, base in rates.select("center", "met", "base").iter_rows()}
    rows = []
    for center, wait in waits:
        name = texts.plain(texts.center(center))  # a cell is read as Markdown
        figures = {
            "Til tiden": texts.rate_with_base(*known.get(center, (0, 0))),
            "Halvdelen højst (usikkerhed)": _median(wait),
            "Venter nu": texts.number(wait.waiting),
            "Over fristen": texts.number(wait.overdue),
            "Ældste": texts.NONE if wait.oldest is None else texts.days(wait.oldest),
        }
        # on a telephone the table scrolls sideways: a figure stays on one line
        one_line = {what: said.replace(" ", texts.SPACE) for what, said in figures.items()}
        rows.append({"Center": f"**{name}**" if center in marked else name, **one_line})
    return pl.DataFrame(rows)


def _median(wait: Wait) -> str:
    median, sure = texts.reached(wait.median, wait.low, wait.high, wait.units)
    if wait.median is None or wait.units < texts.UNCERTAIN:
        return median
    return f"{median} ({sure.removeprefix('usikkerhed ')})"


def _tables(wait: Waiting, followed: Followed, through: pl.DataFrame) -> None:
    box = st.expander(
        "Tallene som tabel", icon=":material/table:", key=f"tabel_{wait.key}", on_change="rerun", type="compact"
    )
    if not box.open:
        return
    with box:
        if followed.wait.units >= texts.UNCERTAIN:
            st.table(by_day(followed), border="horizontal", hide_index=True)
        st.table(by_month(through), border="horizontal", hide_index=True)


def by_day(followed: Followed) -> pl.DataFrame:
    """How many have had it after so many days, in words; no further than anybody was followed."""
    curve = followed.curve
    longest = int(curve["day"][-1])
    days = sorted({*MILESTONES, followed.deadline or longest, longest})
    asked = pl.DataFrame({"day": [day for day in days if day <= longest]}, schema={"day": pl.Int64})
    rows = asked.join_asof(curve, on="day").with_columns(pl.col("had", "low", "high").fill_null(0.0))
    return pl.DataFrame(
        [
            {
                "Inden for": texts.days(day),
                "Har fået den": texts.percent(had),
                # before the first there is nothing to tell how sure it is
                "Usikkerhed": texts.uncertainty(low, high).removeprefix("usikkerhed ") if had else texts.NONE,
            }
            for day, had, low, high in rows.select("day", "had", "low", "high").iter_rows()
        ]
    )


def by_month(through: pl.DataFrame) -> pl.DataFrame:
    """The queue at each month end in words."""
    return pl.DataFrame(
        [
            {
                "Måned": texts.month(month),
                "Venter": texts.number(count),
                "Over fristen": texts.number(overdue),
                "Forventet": texts.NONE if low is None or high is None else texts.expected_count(low, high),
                "Bemærk": texts.sentence(texts.queue_side(side)) if side else "",
            }
            for month, count, overdue, low, high, side in through.select(
                "month", "waiting", "overdue", "low", "high", "signal"
            ).iter_rows()
        ]
    )


def _longest(wait: Waiting, scope: Scope, assessed: Assessed, cut: Cut) -> None:
    rows = waiting.still_waiting(assessed, cut, wait)
    if rows.is_empty():
        return
    label = "De, der har ventet længst" if len(rows) > 1 else "Den, der venter"
    box = st.expander(
        label, icon=":material/hourglass_top:", key=f"laengst_{wait.key}", on_change="rerun", type="compact"
    )
    if not box.open:
        return
    with box:
        longest = rows.head(LONGEST).select("case_id", "center", "waited", "due")
        lines = [
            (case, f"{texts.still_waits(waited, due, over=due < assessed.view_date)} · {texts.center(center)}")
            for case, center, waited, due in longest.iter_rows()
        ]
        looks.lines(scope, assessed, lines, f"laengst_{wait.key}")
        if len(rows) > LONGEST:
            st.caption(texts.listed(LONGEST, len(rows)))
        if overdue := int((rows["due"] < assessed.view_date).sum()):
            query = {"regel": wait.measure, "udfald": "overdue", "sagsstatus": "open", "tid": "alle"}
            navigation.onward(navigation.DEVIATIONS, texts.all_overdue(overdue), query)
