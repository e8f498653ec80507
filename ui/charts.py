"""The pictures: small ready frames in, a Vega-Lite specification with Danish numbers and dates out.

Knows no Streamlit: a page shows a chart with `st.vega_lite_chart(chart.frame, chart.spec, theme=None, alt=…)`,
a report renders the same two. A specification is built once for its plain arguments and then reused, because
building and validating one costs far more than filling it. Everything in a chart's frame goes to the browser, so
it holds the drawn columns and nothing else. Meaning is always carried by shape and word too, never by colour
alone: the charts stand in grey print.
"""

import base64
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

import altair as alt
import polars as pl
from babel.dates import get_day_names, get_month_names

from data_access.models import CATEGORIES
from ui import texts

INK, QUIET, GRID = "#101820", "#4b5563", "#e3e7ec"
BLUE, PALE = "#1f4e79", "#d3deea"
RED, AMBER, GREEN, GREY = "#a4161a", "#b35309", "#2f6f44", "#7b8794"
FONT = "Inter, sans-serif"
ROW = 34
"""Height of one row of bars, in pixels."""
TALL = 240
"""Height of a trend with its words, in pixels."""
JUDGED_FROM = 3
"""A month with fewer units is drawn hollow."""
LABEL_WIDTH = 210

FULL, FEW, PRELIMINARY = "Hel måned", f"Færre end {JUDGED_FROM}", "Foreløbig"

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
    spec = chart.properties(width="container", height=height).to_dict()
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
    breaks: Sequence[dt.date] = (),
    *,
    of: str = "sager",
) -> Chart:
    """A rate month by month, with the month's base in small figures above.

    `frame`: month (Date, first day), rate (fraction, null = no base), met, base, preliminary (bool). Months with a
    base below three are hollow circles, a month that is not over is a hollow square. The line is broken, and
    marked "Regel ændret", at each of `breaks`. `of` names the units that are counted.
    """
    first, last = frame["month"].min(), frame["month"].max()
    inside = tuple(day for day in breaks if first and last and first < day <= last)  # type: ignore[operator]
    every = -(-max(frame.height, 1) // 13)
    rows = frame.sort("month").select(
        "month",
        "rate",
        kind=pl.when("preliminary")
        .then(pl.lit(PRELIMINARY))
        .when(pl.col("base") < JUDGED_FROM)
        .then(pl.lit(FEW))
        .otherwise(pl.lit(FULL)),
        said=_said(),
        n=pl.when((frame.height - 1 - pl.int_range(pl.len())) % every == 0)
        .then(pl.col("base").map_elements(texts.number, pl.String))
        .otherwise(pl.lit("")),
        rule=pl.sum_horizontal([pl.lit(0), *(pl.col("month") >= day.replace(day=1) for day in inside)]),
    )
    return Chart(rows, _trend(reference, inside, of))


@lru_cache(256)
def _trend(reference: Reference | None, breaks: tuple[dt.date, ...], of: str) -> Spec:
    # all kinds whether they occur or not: a page redraws a picture only where its specification has changed
    looks = {FULL: ("circle", BLUE), FEW: ("circle", "white"), PRELIMINARY: ("square", "white")}
    x = alt.X(
        "month:T",
        title=None,
        scale=alt.Scale(type="utc", padding=14),
        axis=alt.Axis(
            format="%b %y", labelOverlap="greedy", labelFlush=False, tickCount={"interval": "month", "step": 1}
        ),
    )
    y = alt.Y(
        "rate:Q",
        title=None,
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format=".0%", grid=True, values=[0, 0.25, 0.5, 0.75, 1]),
    )
    base = alt.Chart(_ROWS).encode(x=x)
    tooltip = [
        alt.Tooltip("month:T", title="Måned", format="%B %Y"),
        alt.Tooltip("said:N", title="Andel"),
        alt.Tooltip("kind:N", title="Bemærk"),
    ]
    line = base.mark_line(color=BLUE, strokeWidth=2, invalid="break-paths-show-path-domains").encode(
        y=y, detail="rule:N"
    )
    kinds = list(looks)
    legend = alt.Legend(orient="bottom")
    points = base.mark_point(size=55, strokeWidth=1.5, opacity=1).encode(
        y=y,
        stroke=alt.Stroke("kind:N", scale=alt.Scale(domain=kinds, range=[BLUE] * len(kinds)), legend=legend),
        shape=alt.Shape(
            "kind:N",
            scale=alt.Scale(domain=kinds, range=[looks[k][0] for k in kinds]),
            legend=legend,
        ),
        fill=alt.Fill(
            "kind:N",
            scale=alt.Scale(domain=kinds, range=[looks[k][1] for k in kinds]),
            legend=legend,
        ),
        tooltip=tooltip,
    )
    bases = base.mark_text(fontSize=11, color=QUIET).encode(y=alt.value(-8), text="n:N")
    layers: list[alt.Chart] = []
    notes = [f"Tal foroven: antal {of} i måneden"]
    if reference:
        layers.append(_line(y=alt.YDatum(reference.value)))
        notes.insert(0, _dotted(reference))
    for day in breaks:
        at = alt.XDatum(alt.DateTime(year=day.year, month=day.month, date=1, utc=True))
        layers += [
            _once().mark_rule(color=INK, strokeDash=[6, 4]).encode(x=at),
            _once()
            .mark_text(align="left", baseline="bottom", dx=5, color=INK)
            .encode(x=at, y=alt.value({"expr": "height - 6"}), text=alt.value("Regel ændret")),
        ]
    title = alt.TitleParams(" · ".join(notes), offset=22)
    return _finished(alt.layer(line, *layers, points, bases).properties(title=title), TALL)


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
    axis = alt.Axis(labelColor=INK, labelAngle=0, labelLimit=LABEL_WIDTH, labelExpr="split(datum.label, ' ')")
    base = alt.Chart(_ROWS).encode(
        x=alt.X("final:N", sort=None, title="Endelig visitation", axis=axis.copy()),
        y=alt.Y("first:N", sort=None, title="Første visitation", axis=axis.copy()),
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
    )
    return _finished(alt.layer(cells, figures), alt.Step(52))


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


def sparkline_svg(values: Sequence[float | None], reference: float | None = None) -> str:
    """A tile's small trend as a data URI for an `<img alt=…>`: rates from oldest to newest, null = a gap.

    The dotted line is the reference. The scale is the values' own, but never narrower than 20 percentage points.
    """
    width, height, edge = 260.0, 44.0, 5.0
    known = [v for v in (*values, reference) if v is not None]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    spare = max(0.2 - (high - low), 0.0) / 2
    low, high = low - spare, high + spare

    def place(i: int, value: float) -> tuple[float, float]:
        x = edge + i * (width - 2 * edge) / max(len(values) - 1, 1)
        return x, height - edge - (value - low) / (high - low) * (height - 2 * edge)

    path, pen = [], "M"
    for i, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        x, y = place(i, value)
        path.append(f"{pen}{x:.1f} {y:.1f}" + ("h0" if pen == "M" else ""))  # a single month is a dot
        pen = "L"
    pencil = f'fill="none" stroke="{BLUE}" stroke-width="2" stroke-linejoin="round" stroke-linecap="round"'
    drawn = [f'<path d="{" ".join(path)}" {pencil}/>']
    if reference is not None:
        y = place(0, reference)[1]
        drawn.insert(0, f'<path d="M0 {y:.1f}H{width:.0f}" stroke="{GREY}" stroke-width="1.5" stroke-dasharray="2 3"/>')
    if values and values[-1] is not None:
        x, y = place(len(values) - 1, values[-1])
        drawn.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{BLUE}"/>')
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}">{"".join(drawn)}</svg>'
    )
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def image(uri: str, alt_text: str) -> str:
    """The HTML of a picture with words for those who do not see it, for `st.html`."""
    return f'<img class="sparkline" src="{uri}" alt="{escape(alt_text, quote=True)}">'


def _said() -> pl.Expr:
    """`met` and `base` as `92 % (23 af 25)`."""
    return pl.struct("met", "base").map_elements(lambda r: texts.rate_with_base(r["met"], r["base"]), pl.String)
