"""The pictures: small ready frames in, a Vega-Lite specification with Danish numbers and dates out.

Knows no Streamlit: a page shows a chart with `st.vega_lite_chart(chart.frame, chart.spec, theme=None, alt=…)`,
a report renders the same two. A specification is built once for its plain arguments and then reused, because
building and validating one costs far more than filling it. Everything in a chart's frame goes to the browser, so
it holds the drawn columns and nothing else. Meaning is always carried by shape and word too, never by colour
alone: the charts stand in grey print.
"""

import base64
import datetime as dt
import json
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from types import MappingProxyType
from typing import Any, NamedTuple

import altair as alt
import polars as pl
from babel.dates import get_day_names, get_month_names

from data_access.models import CATEGORIES
from metrics.trend import JUDGED_FROM
from metrics.trend import RUN as RUN_LENGTH
from ui import texts

INK, QUIET, GRID = "#101820", "#4b5563", "#e3e7ec"
BLUE, PALE = "#1f4e79", "#d3deea"
RED, AMBER, GREEN, GREY = "#a4161a", "#b35309", "#2f6f44", "#7b8794"
FONT = "Inter, sans-serif"
ROW = 34
"""Height of one row of bars, in pixels."""
TALL = 200
"""Height of a trend, in pixels."""
LOW = 180
"""Height of a chart of days or of counts, in pixels."""
LABEL_WIDTH = 210
NARROW = 440
"""A picture of fewer pixels is on a telephone."""
TAG_SHARE = 0.08
"""Numbers of events that are closer than this share of the axis would lie on each other."""
STEPS = 150
"""A curve of more rows is thinned."""
BAND, EDGE, BAR = "#eceff3", "#98a3b0", "#aeb6c0"

WHOLE: Mapping[int, str] = {1: "Hel måned", 3: "Helt kvartal", 12: "Helt år"}
"""Months in a point -> what a point is called when all of it is in."""
FEW, PRELIMINARY = f"Færre end {JUDGED_FROM}", "Foreløbig"
OUTSIDE, RUN, EXPECTED = "Uden for det forventede", f"Mindst {RUN_LENGTH} i træk på samme side", "Det forventede"
WAIT, OVER = "Venter", "Heraf over fristen"
SIGNALS: Mapping[str, str] = {"low": "Lavere end forventet", "high": "Højere end forventet"}


class Look(NamedTuple):
    """How one kind of point is drawn."""

    shape: str
    fill: str
    stroke: str
    size: int


DOT = Look("circle", BLUE, BLUE, 55)
DIAMOND = Look("diamond", RED, INK, 190)
SWATCH = Look("M-1.3,-0.7H1.3V0.7H-1.3Z", BAND, EDGE, 110)
"""A piece of a band, for the legend alone."""

Spec = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Chart:
    """A picture: the rows that are drawn, and how."""

    frame: pl.DataFrame
    spec: Spec


@dataclass(frozen=True)
class Reference:
    """A value to compare with, drawn as a dotted line with its words."""

    label: str
    value: float


def _names(names: Mapping[int, str], order: Sequence[int]) -> list[str]:
    return [names[i] for i in order]


@alt.theme.register("ungeoverblik", enable=True)
def _theme() -> alt.theme.ThemeConfig:
    months, weekdays = range(1, 13), (6, 0, 1, 2, 3, 4, 5)
    return {
        "config": {
            "locale": {
                "number": {
                    "decimal": ",",
                    "thousands": ".",
                    "grouping": [3],
                    "currency": ["", " kr."],
                    "percent": f"{texts.SPACE}%",
                    "minus": texts.MINUS,
                },
                "time": {
                    "dateTime": "%A den %d. %B %Y %H:%M",
                    "date": "%d-%m-%Y",
                    "time": "%H:%M",
                    "periods": ["", ""],
                    "days": _names(get_day_names("wide", locale=texts.DANISH), weekdays),
                    "shortDays": _names(get_day_names("abbreviated", locale=texts.DANISH), weekdays),
                    "months": _names(get_month_names("wide", locale=texts.DANISH), months),
                    "shortMonths": _names(get_month_names("abbreviated", locale=texts.DANISH), months),
                },
            },
            "background": "transparent",
            "font": FONT,
            "view": {"stroke": None},
            "mark": {"tooltip": None},  # else Streamlit's page says the names of columns
            "axis": {
                "domain": False,
                "ticks": False,
                "grid": False,
                "gridColor": GRID,
                "labelColor": QUIET,
                "labelFontSize": 12,
                "labelPadding": 8,
                "titleColor": QUIET,
                "titleFontSize": 12,
                "titleFontWeight": "normal",
                "titlePadding": 10,
            },
            "legend": {
                "orient": "top",
                "title": None,
                "labelColor": INK,
                "labelFontSize": 12,
                "symbolSize": 90,
                "columnPadding": 16,
                "labelLimit": 300,
            },
            "text": {"color": INK, "fontSize": 12},
            "title": {
                "anchor": "start",
                "color": QUIET,
                "fontSize": 12,
                "fontWeight": "normal",
                "offset": 14,
            },
        }
    }


_ROWS = alt.NamedData("rows")


def _finished(chart: alt.LayerChart | alt.FacetChart, height: int | alt.Step) -> Spec:
    # of the picture itself: words above and below come on top of it
    autosize = alt.AutoSizeParams(type="fit-x", contains="padding")
    spec = chart.properties(width="container", height=height, autosize=autosize).to_dict()
    for part in (spec, *spec["layer"]):
        if part.get("data") == {"name": _ROWS.name}:
            del part["data"]  # the rows are handed over beside the specification
    return dict(spec)


def _once() -> alt.Chart:
    """For a mark that is drawn once whatever the rows are. Of the same rows: Streamlit's page knows one set only."""
    return alt.Chart(_ROWS).transform_aggregate(rows="count()")


def _line(**at: alt.XDatum | alt.YDatum) -> alt.Chart:
    """The dotted line of a reference."""
    return _once().mark_rule(color=QUIET, strokeDash=[2, 3], strokeWidth=1.5).encode(**at)


def _dotted(reference: Reference) -> str:
    return f"Prikket linje: {reference.label} {texts.percent(reference.value)}"


def trend(
    frame: pl.DataFrame,
    reference: Reference | None = None,
    breaks: Mapping[dt.date, str] = MappingProxyType({}),
    marks: Sequence[tuple[dt.date, int]] = (),
    *,
    step: int = 1,
    of: str = "sager",
) -> Chart:
    """A rate through time on top of what was to be expected, with each point's base in small figures above.

    `frame`, one row per point: month and to (Date, its first and last day), segment (Int, the line is broken between
    them), met, base, rate, preliminary (bool), level, low, high (what the point was expected to be), signal ("low",
    "high" or null: outside that), run (bool: part of a run that is a signal), target (the municipality's own, in force
    then). Rates are fractions, null where there is none. `step` = months in a point: 1, 3 or 12. `of` names the
    units that are counted.

    `breaks` are days on which the rule changed or ended, each with what is said of it. `marks` are the days of
    events, each with its number in the list below the picture. Days outside the picture are left out.
    """
    named = pl.struct("month", "to").map_elements(lambda r: texts.stretch(r["month"], r["to"], step), pl.String)
    rows = _stretched(frame.with_columns(when=named), step)
    changed = tuple(
        (place, words)
        for day, words in breaks.items()
        if (place := _place(day.replace(day=1), rows, step)) and place.along > 0
    )
    few, base = pl.col("base") < JUDGED_FROM, pl.col("base").map_elements(texts.number, pl.String)
    short = rows.filter(pl.col("base") >= 100).is_empty()
    kind = (
        pl.when(pl.col("signal").is_not_null())
        .then(pl.lit(OUTSIDE))
        .when("run")
        .then(pl.lit(RUN))
        .when("preliminary")
        .then(pl.lit(PRELIMINARY))
        .when(few)
        .then(pl.lit(FEW))
        .otherwise(pl.lit(WHOLE[step]))
    )
    drawn = rows.select(
        "month",
        "from",
        "to",
        "segment",
        "when",
        *(pl.col(column).cast(pl.Float64) for column in ("rate", "low", "high", "target")),
        level=pl.when(pl.col("base") > 0).then(pl.col("level").cast(pl.Float64)),  # not on after the last of a rule
        kind=kind,
        said=_said(),
        expected=_expected(lambda share: texts.number(share * 100), f"{texts.SPACE}%"),
        remark=_remarks(
            _signal(),
            pl.when("run").then(pl.lit(RUN)),
            pl.when("preliminary").then(pl.lit(PRELIMINARY)),
            pl.when(few).then(pl.lit(FEW)),
        ),
        n=_thinned(base, rows.height, 13),
        close=_thinned(base, rows.height, 13 if short else 6),
        goal=pl.when(pl.int_range(pl.len()) == _newest("target"))
        .then(pl.col("target").cast(pl.Float64).map_elements(lambda rate: f"Mål\n{texts.set_rate(rate)}", pl.String))
        .otherwise(pl.lit("")),
    )
    return Chart(drawn, _trend(reference, changed, _tags(marks, rows, step), step, of))


@dataclass(frozen=True)
class Place:
    """Where a day is drawn: on which day of the axis, and how far along it (0–1)."""

    day: dt.date
    along: float


Tag = tuple[dt.date, int, int]
"""An event: where it is drawn, its number, and the row that the number stands in."""


def _stretched(frame: pl.DataFrame, step: int) -> pl.DataFrame:
    """The points with their stretch of the axis, `from` and `to`: half-way to the points beside.

    A point stands where its period begins, unless a rule that changed in the middle has cut the period in two.
    """
    month, whole = pl.col("month"), pl.col("month").dt.truncate(f"{step}mo")
    uncut = (whole > month.shift(1)).fill_null(True)
    rows = frame.sort("month").with_columns(month=pl.when(uncut).then(whole).otherwise(month))
    before = month.shift(1).fill_null(month.dt.offset_by(f"-{step}mo"))
    after = month.shift(-1).fill_null(month.dt.offset_by(f"{step}mo"))
    return rows.with_columns((before + (month - before) / 2).alias("from"), (month + (after - month) / 2).alias("to"))


def _place(day: dt.date, rows: pl.DataFrame, step: int) -> Place | None:
    """The place of a day within the stretch of its own point; None outside the picture."""
    starts = rows["month"].to_list()
    at = bisect_right(starts, day) - 1
    if at < 0:
        return None
    ends = [*starts[1:], pl.select(pl.lit(starts[-1]).dt.offset_by(f"{step}mo")).item()]
    if day >= ends[at]:
        return None
    left, right = rows["from"][at], rows["to"][at]
    place: dt.date = left + (right - left) * ((day - starts[at]) / (ends[at] - starts[at]))
    first, last = rows["from"][0], rows["to"][-1]
    return Place(place, (place - first) / (last - first))


def _tags(marks: Sequence[tuple[dt.date, int]], rows: pl.DataFrame, step: int) -> tuple[Tag, ...]:
    """The events in the picture; a number that would lie on another one goes down a row."""
    tags: list[Tag] = []
    taken: list[float] = []
    for day, number in sorted(marks):
        if place := _place(day, rows, step):
            row = next((i for i, along in enumerate(taken) if place.along - along >= TAG_SHARE), len(taken))
            taken[row : row + 1] = [place.along]
            tags.append((place.day, number, row))
    return tuple(tags)


def _signal() -> pl.Expr:
    return pl.col("signal").cast(pl.String).replace_strict(SIGNALS, default=None, return_dtype=pl.String)


def _remarks(*words: pl.Expr) -> pl.Expr:
    """All that is to be remarked of a point; a dash where it is nothing."""
    return pl.concat_str(*words, separator=" · ", ignore_nulls=True).replace("", texts.NONE)


def _expected(said: Callable[[float], str], unit: str = "") -> pl.Expr:
    """`low` and `high` as `70–98 %`; a dash where nothing is expected."""
    return pl.struct("low", "high").map_elements(
        lambda r: texts.NONE if r["low"] is None else f"{said(r['low'])}–{said(r['high'])}{unit}", pl.String
    )


def _thinned(words: pl.Expr, count: int, at_most: int) -> pl.Expr:
    """As many of the words as there is room for, the newest always among them."""
    every = -(-max(count, 1) // at_most)
    return pl.when((count - 1 - pl.int_range(pl.len())) % every == 0).then(words).otherwise(pl.lit(""))


def _newest(column: str) -> pl.Expr:
    """The number of the newest row with a value."""
    return pl.int_range(pl.len()).filter(pl.col(column).is_not_null()).max()


@lru_cache(256)
def _trend(
    reference: Reference | None, breaks: tuple[tuple[Place, str], ...], tags: tuple[Tag, ...], step: int, of: str
) -> Spec:
    looks = {
        WHOLE[step]: DOT,
        FEW: Look("circle", "white", BLUE, 55),
        PRELIMINARY: Look("square", "white", BLUE, 60),
        OUTSIDE: DIAMOND,
        RUN: Look("diamond", AMBER, INK, 80),
        EXPECTED: SWATCH,
    }
    below = 18 * (1 + max((row for *_, row in tags), default=-1))
    rows = alt.Chart(_ROWS)
    base = rows.encode(x=_months(step, below))
    tooltip = [
        alt.Tooltip("when:N", title={1: "Måned", 3: "Kvartal", 12: "År"}[step]),
        alt.Tooltip("said:N", title="Andel"),
        alt.Tooltip("expected:N", title="Forventet"),
        alt.Tooltip("remark:N", title="Bemærk"),
    ]
    period = {1: "måneden", 3: "kvartalet", 12: "året"}[step]
    notes = [f"Tal foroven: antal {of} i {period}"]
    layers = _band(_share, ["segment:N"])
    layers.append(_across().mark_rule(color=GREEN, strokeWidth=1.5).encode(y=_share("target")))
    if reference:
        layers.append(_line(y=alt.YDatum(reference.value)))
        notes.insert(0, _dotted(reference))
    for place, words in breaks:
        layers += _rule_change(place, words)
    for tag in tags:
        layers += _event(tag)
    layers += [
        base.mark_line(color=BLUE, strokeWidth=2, invalid="break-paths-show-path-domains").encode(
            y=_share("rate"), detail="segment:N"
        ),
        _points(base, _share("rate"), looks),
        base.mark_text(fontSize=11, color=QUIET, text=alt.ExprRef(f"width < {NARROW} ? datum.close : datum.n")).encode(
            y=alt.value(-12)
        ),
        rows.mark_text(align="left", dx=4, color=GREEN, lineBreak="\n").encode(
            x="to:T", y=_share("target"), text="goal:N"
        ),
        _told("from:T", "to:T", tooltip),
    ]
    return _finished(alt.layer(*layers).properties(title=_notes(notes, 26)), TALL)


def _share(column: str, **axis: Any) -> alt.Y:
    """The axis of shares, always from 0 to 100 %."""
    ticks = alt.Axis(format=".0%", grid=True, values=[0, 0.25, 0.5, 0.75, 1], **axis)
    return alt.Y(f"{column}:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=ticks)


def _months(step: int, below: int = 0) -> alt.X:
    """The axis of time, with its words under the points, `below` pixels under the picture."""
    lines = {1: ("%b", "%Y"), 3: ("%q. kvt.", "%Y"), 12: ("%Y",)}[step]
    words = ", ".join(f"utcFormat(datum.value, '{line}')" for line in lines)
    axis = alt.Axis(
        labelExpr=f"[{words}]",
        tickCount={"interval": "month", "step": step},
        labelOverlap="parity",
        labelSeparation=4,
        labelFlush=False,
        offset=below,
    )
    return alt.X("month:T", title=None, scale=alt.Scale(type="utc", padding=2), axis=axis)


def _across() -> alt.Chart:
    """For what is drawn over a point's whole stretch of the axis."""
    return alt.Chart(_ROWS).encode(x="from:T", x2="to:T")


def _band(y: Callable[[str], alt.Y], lasting: list[str]) -> list[alt.Chart]:
    """What each point was expected to be, in steps, and the level as one dashed line while `lasting` is the same."""
    level = alt.Chart(_ROWS).encode(x="min(from):T", x2="max(to):T", detail=lasting)
    return [
        _across().mark_rect(fill=BAND, stroke=BAND, strokeWidth=1).encode(y=y("low"), y2="high:Q"),
        _across().mark_rule(color=EDGE).encode(y=y("low")),
        _across().mark_rule(color=EDGE).encode(y=y("high")),
        level.mark_rule(color=QUIET, strokeDash=[5, 4]).encode(y=y("level")),
    ]


def _points(base: alt.Chart, y: alt.Y, looks: Mapping[str, Look]) -> alt.Chart:
    """The points, each kind with its own look; all kinds are in the legend whether they occur or not."""
    # else the specification would change with the rows, and the page would draw the picture from the beginning
    legend = alt.Legend(orient="bottom", columns=alt.ExprRef(f"width < {NARROW} ? 1 : {-(-len(looks) // 2)}"))

    def scale(part: int) -> Spec:
        return {
            "legend": legend,
            "scale": alt.Scale(type="ordinal", domain=list(looks), range=[look[part] for look in looks.values()]),
        }

    return base.mark_point(strokeWidth=1.5, opacity=1).encode(
        y=y,
        shape=alt.Shape("kind:N", **scale(0)),
        fill=alt.Fill("kind:N", **scale(1)),
        stroke=alt.Stroke("kind:N", **scale(2)),
        size=alt.Size("kind:O", **scale(3)),
    )


def _told(x: alt.X | str, x2: str, tooltip: list[alt.Tooltip]) -> alt.Chart:
    """What is said of a point, wherever in its stretch of the axis one points: a point alone is hard to hit."""
    over = alt.value({"expr": "height"})
    return alt.Chart(_ROWS).mark_rect(opacity=0).encode(x=x, x2=x2, y=alt.value(0), y2=over, tooltip=tooltip)


def _rule_change(place: Place, said: str) -> list[alt.Chart]:
    at = _on(place.day)
    right = place.along < 0.65  # on a telephone the words are a third of the picture
    words = _once().mark_text(align="left" if right else "right", baseline="bottom", dx=5 if right else -5, color=INK)
    return [
        _once().mark_rule(color=INK, strokeDash=[6, 4]).encode(x=at),
        words.encode(x=at, y=alt.value({"expr": "height - 6"}), text=alt.value(said)),
    ]


def _event(tag: Tag) -> list[alt.Chart]:
    """A thin line, and below the picture the number of the event."""
    day, number, row = tag
    at, y = _on(day), alt.value({"expr": f"height + {10 + 18 * row}"})
    return [
        _once().mark_rule(color=QUIET).encode(x=at, y=alt.value(0), y2=y),
        _once().mark_point(shape="circle", size=220, fill="white", stroke=QUIET, opacity=1).encode(x=at, y=y),
        _once().mark_text(fontSize=11, color=INK).encode(x=at, y=y, text=alt.value(str(number))),
    ]


def _on(day: dt.date) -> alt.XDatum:
    return alt.XDatum(alt.DateTime(year=day.year, month=day.month, date=day.day, utc=True))


def _notes(notes: Sequence[str], offset: int) -> alt.TitleParams:
    """What stands above a picture: in one line, or in several on a telephone."""
    wide, narrow = json.dumps(" · ".join(notes), ensure_ascii=False), json.dumps(notes, ensure_ascii=False)
    return alt.TitleParams(alt.ExprRef(f"width < {NARROW} ? {narrow} : {wide}"), offset=offset)


def queue(frame: pl.DataFrame) -> Chart:
    """How many wait at the end of each month, on top of what was to be expected, and how many of them too long.

    `frame`: month (Date, first day), waiting, overdue, level, low, high (natural limits of `waiting`, null where
    there are none), signal ("low", "high" or null: outside them).
    """
    rows = _stretched(frame, 1).select(
        "month",
        "from",
        "to",
        "waiting",
        "overdue",
        *(pl.col(column).cast(pl.Float64) for column in ("level", "low", "high")),
        kind=pl.when(pl.col("signal").is_not_null()).then(pl.lit(OUTSIDE)).otherwise(pl.lit(WAIT)),
        expected=_expected(lambda count: texts.number(count, 1)),
        remark=_remarks(_signal()),
    )
    return Chart(rows, _queue())


@lru_cache(1)
def _queue() -> Spec:
    looks = {WAIT: DOT, OVER: Look(SWATCH.shape, BAR, BAR, SWATCH.size), OUTSIDE: DIAMOND, EXPECTED: SWATCH}

    def y(column: str) -> alt.Y:
        ticks = alt.Axis(format=",d", grid=True, tickMinStep=1, tickCount=4)
        return alt.Y(f"{column}:Q", title=None, scale=alt.Scale(nice=4), axis=ticks)

    base = alt.Chart(_ROWS).encode(x=_months(1))
    tooltip = [
        alt.Tooltip("month:T", title="Måned", format="%B %Y"),
        alt.Tooltip("waiting:Q", title=WAIT, format=",d"),
        alt.Tooltip("overdue:Q", title=OVER, format=",d"),
        alt.Tooltip("expected:N", title="Forventet"),
        alt.Tooltip("remark:N", title="Bemærk"),
    ]
    layers = [
        *_band(y, []),
        _across().mark_rect(fill=BAR, stroke="white", strokeWidth=2).encode(y=y("overdue"), y2=alt.Y2Datum(0)),
        base.mark_line(color=BLUE, strokeWidth=2).encode(y=y("waiting")),
        _points(base, y("waiting"), looks),
        _once().mark_point(opacity=0).encode(y=alt.YDatum(4)),  # an empty queue has an axis too
        _told("from:T", "to:T", tooltip),
    ]
    return _finished(alt.layer(*layers), LOW)


def wait_curve(frame: pl.DataFrame, deadline: int | None, over: str = "Dage, de har ventet") -> Chart:
    """The share that has had the event by each day, with its interval, the deadline and the half of them.

    `frame`: day (whole days since the start), had, low, high (fractions). `deadline` in days. `over`: what they are.
    """
    began = pl.DataFrame({"day": [0], "had": [0.0], "low": [0.0], "high": [0.0]})
    shares = (pl.col(column).cast(pl.Float64) for column in ("had", "low", "high"))
    steps = _seen(frame.select(pl.col("day").cast(pl.Int64), *shares).sort("day"))
    rows = pl.concat([began, steps]).with_columns(
        said=pl.col("had").map_elements(texts.percent, pl.String),
        sure=_expected(lambda share: texts.number(share * 100), f"{texts.SPACE}%"),
        until=pl.col("day").shift(-1).fill_null(pl.col("day")),
    )
    return Chart(rows, _wait_curve(deadline, over))


def _seen(steps: pl.DataFrame) -> pl.DataFrame:
    """The rows that show: where the curve rises, where it ends, and of a long one those half a percent apart."""

    def rising(rows: pl.DataFrame, height: pl.Expr) -> pl.DataFrame:
        at = pl.int_range(pl.len())
        return rows.filter((height != height.shift(1)).fill_null(True) | (at == pl.len() - 1))

    rows = rising(steps, pl.col("had"))
    return rising(rows, (pl.col("had") * 200).floor()) if rows.height > STEPS else rows


@lru_cache(64)
def _wait_curve(deadline: int | None, over: str) -> Spec:
    def y(column: str) -> alt.Y:
        return _share(column, labelExpr="datum.value == 0.5 ? 'Halvdelen' : datum.label")

    days = alt.Axis(format=",d", tickMinStep=1, labelOverlap="parity", labelSeparation=8)
    x = alt.X("day:Q", title=over, scale=alt.Scale(nice=False, domainMin=0), axis=days)
    base = alt.Chart(_ROWS).encode(x=x)
    tooltip = [
        alt.Tooltip("day:Q", title="Dag", format=",d"),
        alt.Tooltip("said:N", title="Er sket"),
        alt.Tooltip("sure:N", title="Usikkerhed"),
    ]
    layers = [
        base.mark_area(color=BAND, interpolate="step-after").encode(y=y("low"), y2="high:Q"),
        base.mark_line(color=EDGE, strokeWidth=1, interpolate="step-after").encode(y=y("low")),
        base.mark_line(color=EDGE, strokeWidth=1, interpolate="step-after").encode(y=y("high")),
        _once().mark_rule(color=QUIET).encode(y=alt.YDatum(0.5)),
        base.mark_line(color=BLUE, strokeWidth=2, interpolate="step-after").encode(y=y("had")),
        _told(x, "until:Q", tooltip),
    ]
    if deadline is not None:
        at = alt.XDatum(deadline)
        side = alt.ExprRef(f"scale('x', {deadline}) > 0.65 * width ? 'right' : 'left'")
        layers += [
            _once().mark_rule(color=INK, strokeDash=[6, 4]).encode(x=at),
            _once()
            .mark_text(align=side, baseline="bottom", dy=-4, color=INK)
            .encode(x=at, y=alt.value(0), text=alt.value(f"Frist: {texts.days(deadline)}")),
        ]
    notes = ["Andel, hvor det er sket inden for så mange dage", "Bånd: usikkerhed"]
    return _finished(alt.layer(*layers).properties(title=_notes(notes, 26)), LOW)


def flow(frame: pl.DataFrame) -> Chart:
    """From first to final visitation category, as a matrix with numbers.

    `frame`: first, final (codes; final null = not yet), count. Every combination has a cell, also the empty ones.
    """
    codes = [*CATEGORIES, None]
    counted = {(first, final): count for first, final, count in frame.select("first", "final", "count").iter_rows()}
    finals = [code for code in codes if code or any(final is None for _, final in counted)]
    cells = [(f, g, counted.get((f, g), 0)) for f in codes if f for g in finals]
    top = max((count for *_, count in cells), default=0)
    rows = pl.DataFrame(
        {
            "first": [texts.category(first) for first, *_ in cells],
            "final": [texts.category(final) for _, final, _ in cells],
            "count": [count for *_, count in cells],
            "dark": [top > 0 and count > 0.55 * top for *_, count in cells],
        }
    )
    return Chart(rows, _flow())


@lru_cache(1)
def _flow() -> Spec:
    words: Spec = {"labelColor": INK, "labelLimit": LABEL_WIDTH, "labelExpr": "split(datum.label, ' ')"}
    upright: Spec = {
        f"label{what}": alt.ExprRef(f"width < 340 ? {narrow} : {wide}")
        for what, narrow, wide in (
            ("Angle", -90, 0),
            ("Align", "'right'", "'center'"),
            ("Baseline", "'middle'", "'top'"),
        )
    }
    base = alt.Chart(_ROWS).encode(
        x=alt.X("final:N", sort=None, title="Endelig visitation", axis=alt.Axis(**words, **upright)),
        y=alt.Y("first:N", sort=None, title="Første visitation", axis=alt.Axis(**words)),
    )
    tooltip = [
        alt.Tooltip("first:N", title="Første visitation"),
        alt.Tooltip("final:N", title="Endelig visitation"),
        alt.Tooltip("count:Q", title="Sager", format=",d"),
    ]
    cells = base.mark_rect(stroke="white", strokeWidth=3).encode(
        color=alt.Color("count:Q", legend=None, scale=alt.Scale(range=["#f1f5f9", BLUE], domainMin=0)),
        tooltip=tooltip,
    )
    figures = base.mark_text(fontSize=14, fontWeight=600).encode(
        text=alt.Text("count:Q", format=",d"),
        color=alt.condition("datum.dark", alt.value("white"), alt.value(INK)),
        tooltip=tooltip,
    )
    return _finished(alt.layer(cells, figures), alt.Step(52))


OUTCOME_FILLS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "met": (BLUE, "white"),
        "unmet": (BAR, INK),
        "late": (AMBER, "white"),
        "overdue": (RED, "white"),
        "missing": (RED, "white"),
        "excused": (PALE, INK),
        "lapsed": (GRID, INK),
        "pending": ("white", INK),
        "unknown": (EDGE, INK),
    }
)
"""Outcome -> its fill and the colour of a number on it, in the order that the parts of a bar stand in."""


def outcomes(frame: pl.DataFrame, *, duty: bool = True) -> Chart:
    """What became of the units of each group, as a bar of parts with their numbers; what is not due yet is white.

    `frame`: name, and a count of each outcome. `duty`: else `met` is only a yes.
    """
    found = [code for code in OUTCOME_FILLS if frame[code].sum()]
    top = max(int(frame.select(pl.sum_horizontal(found).max()).item() or 0) if found else 0, 1)
    rows = (
        frame.select("name", pl.concat_list(pl.col(code).cast(pl.Int64) for code in found).alias("count"))
        .with_columns(until=pl.col("count").list.eval(pl.element().cum_sum()), code=pl.lit(found))
        .explode("count", "until", "code")
        .select(
            "name",
            "count",
            "until",
            since=pl.col("until") - pl.col("count"),
            middle=pl.col("until") - pl.col("count") / 2,
            outcome=pl.col("code").replace_strict({code: texts.outcome(code, duty=duty) for code in found}),
            share=pl.col("count") / top,
            n=pl.col("count").map_elements(texts.number, pl.String),
        )
        .filter(pl.col("count") > 0)
    )
    return Chart(rows, _outcomes(tuple(frame["name"]), tuple(found), duty))


@lru_cache(128)
def _outcomes(groups: tuple[str, ...], found: tuple[str, ...], duty: bool) -> Spec:
    names = [texts.outcome(code, duty=duty) for code in found]
    fills, inks = ([OUTCOME_FILLS[code][part] for code in found] for part in (0, 1))
    axis = alt.Axis(format=",d", grid=True, tickMinStep=1, tickCount=5)
    base = alt.Chart(_ROWS).encode(
        y=alt.Y(
            "name:N",
            title=None,
            scale=alt.Scale(domain=list(groups)),  # a group without units has its place too
            axis=alt.Axis(labelLimit=LABEL_WIDTH, labelColor=INK),
        ),
        tooltip=[
            alt.Tooltip("name:N", title="Gruppe"),
            alt.Tooltip("outcome:N", title="Udfald"),
            alt.Tooltip("n:N", title="Antal"),
        ],
    )
    legend = alt.Legend(orient="bottom", columns=alt.ExprRef(f"width < {NARROW} ? 2 : {max(len(names), 1)}"))
    bars = base.mark_bar(stroke=EDGE, strokeWidth=1, height=alt.RelativeBandSize(0.72)).encode(
        x=alt.X("since:Q", title=None, axis=axis, scale=alt.Scale(nice=False)),
        x2="until:Q",
        fill=alt.Fill("outcome:N", scale=alt.Scale(domain=names, range=fills), legend=legend),
    )
    said = base.mark_text(fontSize=11, text=alt.ExprRef("datum.share * width < 22 ? '' : datum.n")).encode(
        x="middle:Q", color=alt.Color("outcome:N", scale=alt.Scale(domain=names, range=inks), legend=None)
    )
    return _finished(alt.layer(bars, said).resolve_scale(color="independent", fill="independent"), alt.Step(26))


SURE, UNSURE = f"Mindst {texts.UNCERTAIN}", f"{texts.FEW}–{texts.UNCERTAIN - 1}"
"""Bases of a point: one that can be read, and one whose uncertainty is large."""


def small_trend(frame: pl.DataFrame) -> Chart:
    """The rate of one group through time, to stand beside those of others; a point on few is hollow, on fewer none.

    `frame`: month (Date, first day), when (its words), met, base, rate.
    """
    enough = pl.col("base") >= texts.FEW
    rows = frame.sort("month").select(
        "month",
        "when",
        rate=pl.when(enough).then(pl.col("rate").cast(pl.Float64)),
        kind=pl.when(pl.col("base") >= texts.UNCERTAIN).then(pl.lit(SURE)).otherwise(pl.lit(UNSURE)),
        said=_said(),
    )
    return Chart(rows, _small_trend())


@lru_cache(1)
def _small_trend() -> Spec:
    base = alt.Chart(_ROWS).encode(x=_months(1))
    tooltip = [alt.Tooltip("when:N", title="Måned"), alt.Tooltip("said:N", title="Andel")]
    fill = alt.Fill("kind:N", scale=alt.Scale(domain=[SURE, UNSURE], range=[BLUE, "white"]), legend=None)
    line = base.mark_line(color=BLUE, strokeWidth=2, invalid="break-paths-show-path-domains").encode(y=_share("rate"))
    points = base.mark_point(size=55, stroke=BLUE, strokeWidth=1.5, opacity=1).encode(
        y=_share("rate"), fill=fill, tooltip=tooltip
    )
    return _finished(alt.layer(line, points), 120)


def matrix(frame: pl.DataFrame, top: float) -> Chart:
    """Groups against groups: a number in each cell, the darker the larger; without a colour where it rests on few.

    `frame`: row, column (names), value (null: no colour), said (in the cell), told (in full). `top` = the darkest.
    """
    value = pl.col("value").cast(pl.Float64)
    rows = frame.select(
        "row",
        "column",
        "said",
        "told",
        value=value.fill_null(0.0),
        sure=value.is_not_null(),
        dark=(value > 0.55 * top).fill_null(False),
    )
    names = (tuple(frame[side].unique(maintain_order=True)) for side in ("row", "column"))
    return Chart(rows, _matrix(top, *names))


@lru_cache(128)
def _matrix(top: float, down: tuple[str, ...], across: tuple[str, ...]) -> Spec:
    words: Spec = {"labelColor": INK, "labelLimit": LABEL_WIDTH}
    step = f"width / {max(len(across), 1)}"
    upright: Spec = {
        f"label{what}": alt.ExprRef(f"{step} < 90 ? {narrow} : {wide}")
        for what, narrow, wide in (
            ("Angle", -90, 0),
            ("Align", "'left'", "'center'"),
            ("Baseline", "'middle'", "'bottom'"),
        )
    }
    base = alt.Chart(_ROWS).encode(
        x=alt.X("column:N", sort=list(across), title=None, axis=alt.Axis(**words, **upright, orient="top")),
        y=alt.Y("row:N", sort=list(down), title=None, axis=alt.Axis(**words)),
        tooltip=[
            alt.Tooltip("row:N", title="Række"),
            alt.Tooltip("column:N", title="Kolonne"),
            alt.Tooltip("told:N", title="Tal"),
        ],
    )
    shade = alt.Color("value:Q", legend=None, scale=alt.Scale(domain=[0, top], range=["#f1f5f9", BLUE]))
    cells = base.mark_rect(stroke=GRID, strokeWidth=1).encode(
        color=alt.condition("datum.sure", shade, alt.value("white"))
    )
    said = base.mark_text(fontSize=12, text=alt.ExprRef(f"{step} < 34 ? '' : datum.said")).encode(
        color=alt.condition("datum.dark", alt.value("white"), alt.value(INK))
    )
    return _finished(alt.layer(cells, said), alt.Step(ROW))


IN_TIME, LATE, OVERDUE, WAITING, OTHER = "Overholdt", "For sent", "Overskredet", "Ikke forfalden", "Andet"


def case_timeline(frame: pl.DataFrame, view_date: dt.date) -> Chart:
    """One case's deadlines: a bar from trigger to due, a tick at due, and a mark at what happened.

    `frame`: title, trigger, due, done, outcome (codes). In time is a circle, late a diamond, overdue a cross on
    the view date, not yet due a triangle there; anything else (excused, lapsed) a square on the due date. The
    words for the marks are `timeline_marks`: beside the picture they can wrap on a narrow screen.
    """
    outcome = pl.col("outcome").cast(pl.String)
    rows = frame.filter(pl.col("due").is_not_null()).select(
        "title",
        trigger=pl.coalesce("trigger", "due"),
        due="due",
        at=pl.when(outcome.is_in(["overdue", "pending"])).then(pl.lit(view_date)).otherwise(pl.coalesce("done", "due")),
        mark=outcome.replace_strict(
            {"met": IN_TIME, "late": LATE, "overdue": OVERDUE, "pending": WAITING},
            default=OTHER,
            return_dtype=pl.String,
        ),
        said=outcome.map_elements(texts.outcome, pl.String),
    )
    marks = tuple(m for m in (IN_TIME, LATE, OVERDUE, WAITING, OTHER) if m in rows["mark"].to_list())
    return Chart(rows, _timeline(marks))


def timeline_marks(chart: Chart) -> str:
    """What the marks of a timeline mean, those that occur in it, as one line of Markdown."""
    signs = {IN_TIME: ":green[●]", LATE: ":red[◆]", OVERDUE: ":red[✚]", WAITING: ":blue[▶]", OTHER: ":gray[■]"}
    drawn = chart.frame["mark"].to_list()
    return " · ".join(f"{sign}{texts.SPACE}{mark}" for mark, sign in signs.items() if mark in drawn)


@lru_cache(32)
def _timeline(marks: tuple[str, ...]) -> Spec:
    looks = {
        IN_TIME: ("circle", GREEN),
        LATE: ("diamond", RED),
        OVERDUE: ("cross", RED),
        WAITING: ("triangle-right", BLUE),
        OTHER: ("square", GREY),
    }
    y = alt.Y("title:N", sort=None, title=None, axis=alt.Axis(labelLimit=LABEL_WIDTH, labelColor=INK))
    utc = alt.Scale(type="utc", padding=12)
    when = alt.Axis(format="%-d. %b %Y", tickCount=5, labelOverlap="greedy", grid=True)
    base = alt.Chart(_ROWS).encode(y=y)
    tooltip = [
        alt.Tooltip("title:N", title="Frist"),
        alt.Tooltip("trigger:T", title="Begynder", format="%d-%m-%Y"),
        alt.Tooltip("due:T", title="Senest", format="%d-%m-%Y"),
        alt.Tooltip("at:T", title="Mærket", format="%d-%m-%Y"),
        alt.Tooltip("said:N", title="Udfald"),
    ]
    span = base.mark_bar(height=8, color=PALE).encode(
        x=alt.X("trigger:T", title=None, scale=utc, axis=when), x2="due:T", tooltip=tooltip
    )
    over = (
        base.transform_filter("datum.at > datum.due")
        .mark_rule(color=RED, strokeDash=[2, 3])
        .encode(x=alt.X("due:T", title=None), x2="at:T")
    )
    ticks = base.mark_tick(thickness=3, size=24, color=QUIET).encode(x=alt.X("due:T", title=None))
    dots = base.mark_point(size=130, opacity=1, strokeWidth=0).encode(
        x=alt.X("at:T", title=None),
        shape=alt.Shape("mark:N", scale=alt.Scale(domain=list(marks), range=[looks[m][0] for m in marks]), legend=None),
        fill=alt.Fill("mark:N", scale=alt.Scale(domain=list(marks), range=[looks[m][1] for m in marks]), legend=None),
        tooltip=tooltip,
    )
    return _finished(alt.layer(span, over, ticks, dots), alt.Step(ROW))


def sparkline_svg(
    values: Sequence[float | None],
    reference: float | None = None,
    signal: Sequence[bool] | None = None,
    target: float | None = None,
) -> str:
    """A tile's small trend as a data URI for an `<img alt=…>`: rates from oldest to newest, null = a gap.

    The dotted line is the reference, the thin one the municipality's own target; where `signal` is true there is a
    diamond. The scale is the values' own, but never narrower than 20 percentage points and never outside 0–100 %.
    """
    width, height, edge = 260.0, 44.0, 6.0
    low, high = _scale([value for value in (*values, reference, target) if value is not None])
    span = max(len(values) - 1, 1)

    def down(value: float) -> float:
        return height - edge - (value - low) / (high - low) * (height - 2 * edge)

    at = [None if v is None else (edge + i * (width - 2 * edge) / span, down(v)) for i, v in enumerate(values)]
    path, points = [], []
    for i, here in enumerate(at):
        if here is None:
            continue
        (x, y), newest = here, i == len(at) - 1
        alone = (i == 0 or at[i - 1] is None) and (newest or at[i + 1] is None)
        path.append(f"{'L' if i and at[i - 1] else 'M'}{x:.1f} {y:.1f}")
        if signal and signal[i]:
            points.append(f'<path d="M{x:.1f} {y - 5:.1f}l5 5-5 5-5-5z" fill="{RED}" stroke="white"/>')
        elif newest or alone:
            points.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{3.5 if newest else 2}" fill="{BLUE}"/>')
    drawn = [f'<path d="{" ".join(path)}" fill="none" stroke="{BLUE}" stroke-width="2" stroke-linejoin="round"/>']
    for value, look in (
        (target, f'stroke="{GREEN}"'),
        (reference, f'stroke="{GREY}" stroke-width="1.5" stroke-dasharray="2 3"'),
    ):
        if value is not None:
            drawn.insert(0, f'<path d="M0 {down(value):.1f}H{width:.0f}" {look}/>')
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}">{"".join([*drawn, *points])}</svg>'
    )
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _scale(shares: Sequence[float]) -> tuple[float, float]:
    """The ends of an axis around some shares: 20 percentage points or more, within 0–100 %."""
    low, high = min(shares, default=0.0), max(shares, default=1.0)
    wide = max(high - low, 0.2)
    low = min(max((low + high - wide) / 2, 0.0), 1.0 - wide)
    return low, low + wide


def image(uri: str, alt_text: str) -> str:
    """The HTML of a picture with words for those who do not see it, for `st.html`."""
    return f'<img class="sparkline" src="{uri}" alt="{escape(alt_text, quote=True)}">'


def _said() -> pl.Expr:
    """`met` and `base` as `92 % (23 af 25)`."""
    return pl.struct("met", "base").map_elements(lambda r: texts.rate_with_base(r["met"], r["base"]), pl.String)
