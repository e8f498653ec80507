"""One measure on a page, all of it: the rate, what became of the units, how it moves, where, and the cases."""

import datetime as dt
from collections.abc import Sequence
from html import escape

import polars as pl
import streamlit as st

from data_access.annotations import EVENT_KINDS, Event
from data_access.decisions import Comment
from data_access.tables import Scope
from metrics.assess import deviations
from metrics.measure import Measure, Theme
from metrics.measures import THEMES
from metrics.trend import BASELINE, JUDGED_FROM, counts_anew
from ui import (
    blocks,
    catalogue,
    charts,
    comparison,
    counts,
    figures,
    filters,
    looks,
    navigation,
    selected,
    state,
    texts,
    tile,
    waits,
    why,
)
from ui.decisions import Line
from ui.figures import Figure, Readings, Signal
from ui.review import results
from ui.selected import Notes

UNITS = {
    "cases": "sager",
    "open_cases": "sager",
    "no_show_cases": "sager",
    "visitations": "visitationer",
    "education_orders": "pålæg",
    "transitions": "overgange",
    "no_shows": "udeblivelser",
    "youths": "unge",
    "meetings": "møder",
    "agreements": "aftaler",
    "joint_plans": "planer",
    "intervention": "unge",
    "who5_months": "målinger",
    "bip_quarters": "målinger",
    "manual_fields": "felter",
}
"""Frame of facts -> what its rows are called in the plural."""
FIRST = 10
"""Deviations listed under a measure; the rest are one click away."""


def theme_page(theme: Theme, scope: Scope) -> None:
    """The whole page of a theme: what it answers, its measures at a glance, waiting times, each measure, counts."""
    known = selected.notes(scope)
    readings = selected.readings(scope, known)
    known = selected.with_decisions(scope, known, [measure.key for measure in theme.measures])
    if not any(readings.now[measure.key].units for measure in theme.measures):
        filters.nothing_selected()
        return
    until = min(selected.cut().date_to, state.current(scope).view_date)
    st.markdown(theme.lead)
    blocks.show(readings.once(_contents, theme, known, until))
    if theme.waits:
        waits.show(theme.waits, scope, readings)
    for measure in theme.measures:
        show(measure, theme, scope, readings, known, until)
    for figure in theme.distributions:
        counts.show(figure, selected.assessed(scope), selected.cut())


def contents(theme: Theme, readings: Readings, known: Notes, until: dt.date) -> str:
    """The measures of a page at a glance: rate, verdict and current signals, and a link down to each.

    `until` = the last day that counts; the targets are those in force on it.
    """
    lines = []
    for measure in theme.measures:
        figure = readings.now[measure.key]
        signs = " ".join(map(tile.mark, current(measure, readings)))
        lines.append(
            f'<li><a href="#{measure.key}">{escape(measure.title)}</a>'
            f"<strong>{texts.rate_with_base(figure.met, figure.base)}</strong>"
            f"<span>{tile.standing(measure, figure, known.target(measure.key, until))} {signs}</span></li>"
        )
    return f'<nav aria-label="Nøgletal på siden"><ul class="indhold">{"".join(lines)}</ul></nav>'


def show(measure: Measure, theme: Theme, scope: Scope, readings: Readings, known: Notes, until: dt.date) -> None:
    """Draw one measure with everything that is known about it in the selection, up to and with `until`."""
    key = measure.key
    figure, centers = readings.now[key], readings.centers[key]
    with st.container(key=f"maaling_{key}", border=True):
        st.header(measure.title, anchor=key)
        left, right = st.columns([2, 3], gap="large")
        with left:
            target = known.target(key, until)
            blocks.show(readings.once(_numbers, measure, target))
            if comment := known.comment(key):
                blocks.show(said(comment))
            if reviewed := results.latest(state.engine(), scope, key):
                blocks.show(f'<p class="stille">{escape(reviewed)}</p>')
        with right:
            _trend(measure, scope, readings, known, until)
            if figure.units and comparison.comparable(centers):
                blocks.show(readings.once(_centers, measure, selected.cut().centers or ()))
        _waits_elsewhere(measure, theme)
        _more(measure, scope, readings, known)


def _waits_elsewhere(measure: Measure, theme: Theme) -> None:
    """The way to the waiting time of a measure, where it stands on another page."""
    for other in THEMES:
        for wait in other.waits:
            if wait.measure == measure.key and other is not theme:
                label = f"Se {wait.title[0].lower()}{wait.title[1:]}"
                with st.container(key=f"videre_{wait.key}"):
                    navigation.onward(navigation.theme_file(other), label)


def _more(measure: Measure, scope: Scope, readings: Readings, known: Notes) -> None:
    """What is one click away: the definition, comparisons, the figures as tables, and the first cases."""
    figure, centers = readings.now[measure.key], readings.centers[measure.key]
    with st.container(gap=None):
        with st.expander("Sådan er tallet opgjort", icon=":material/info:", type="compact"):
            blocks.show(definition(measure))
        if figure.base:
            comparison.show_groups(measure, scope, centers)
        comparison.show_change(measure, scope, known.of(measure.key))
        _tables(measure, readings)
        if figure.deviations:
            _deviations(measure, figure, scope)


def current(measure: Measure, readings: Readings) -> list[Signal]:
    """The signals that stand now, the newest first."""
    return figures.said(measure, readings.signals[measure.key], current=True)[::-1]


def numbers(
    measure: Measure, figure: Figure, before: Figure, target: float | None, signals: Sequence[Signal] = ()
) -> str:
    """Current signals, why it matters, the rate in words and how it has moved, the verdicts, and all outcomes."""
    note = texts.rate_note(figure.met, figure.base, figure.low, figure.high)
    lines = [_signal(signal) for signal in signals]
    lines.append(f'<p class="stille">{escape(measure.why)}</p>')
    lines.append(f'<p class="tal"><strong>{texts.rate_value(figure.met, figure.base)}</strong> <span>{note}</span></p>')
    if figure.base >= texts.UNCERTAIN and figure.low is not None and figure.high is not None:
        lines.append(f'<p class="stille">{texts.sentence(texts.uncertainty(figure.low, figure.high))}</p>')
    if not figure.units:
        lines.append('<p class="stille">Ingen i udsnittet.</p>')
    if moved := tile.change(figure, before):
        lines.append(f'<p class="stille">{moved}</p>')
    lines += [f"<p>{line}</p>" for line in remarks(measure, figure, target)]
    table = outcomes(measure, figure) if figure.units else ""
    return f'<div class="maaling">{"".join(lines)}</div>{table}'


def _signal(signal: Signal) -> str:
    words = escape(texts.sentence(signal.text))
    return f'<p class="signal {signal.tone}"><span aria-hidden="true">{signal.sign}</span> {words}.</p>'


def said(comment: Comment) -> str:
    """What was said of a measure when its newest month was published."""
    heading, words = texts.comment(comment.month, comment.text)
    return f'<div class="maaling"><h3>{heading}</h3><p>{escape(words)}</p></div>'


def remarks(measure: Measure, figure: Figure, target: float | None = None) -> list[str]:
    """The own target and the benchmarks with their verdicts, the audit's way of counting, and the unknown; as HTML."""
    beside = []
    if target is not None:
        beside.append((figures.judge_target(measure, figure, target), texts.target(target)))
    for benchmark in measure.benchmarks:
        where = "landet" if benchmark.area == "hele landet" else benchmark.area
        compared = " i revisionens opgørelse" if benchmark.audit else ""
        reason = f": {benchmark.not_comparable}" if benchmark.not_comparable else ""
        words = f"{where} {texts.percent(benchmark.rate)}{compared}{reason}"
        beside.append((figures.judge(measure, figure, benchmark), words))
    lines = [
        f"{tile.badge(verdict) if figure.base else ''} {_quiet(texts.sentence(words))}" for verdict, words in beside
    ]
    if figure.audit_base >= texts.FEW and (figure.excused or any(b.audit for b in measure.benchmarks)):
        lines.append(_quiet(texts.audited(figure.met, figure.audit_base)))
    if measure.in_a_field and (judged := figure.base + figure.unknown):
        lines.append(_quiet(texts.registered(figure.base, judged)))
    if figure.uncertain and figure.base >= texts.FEW:
        lines.append(texts.unknowns(figure.met, figure.base, figure.unknown, figure.units))
    return lines


def _quiet(words: str) -> str:
    return f'<span class="stille">{escape(words)}</span>'


def outcomes(measure: Measure, figure: Figure) -> str:
    """What became of all the units: every outcome that occurs, and their sum."""
    duty = tile.has_duty(measure)
    tones = {"met": "god", "late": "daarlig", "overdue": "daarlig", "missing": "daarlig"}
    rows = [
        blocks.Bar(texts.outcome(code, duty=duty), count, texts.number(count), tones.get(code, ""))
        for code in texts.OUTCOMES
        if (count := getattr(figure, code))
    ]
    return blocks.bars(rows, f"Alle {texts.number(figure.units)} {UNITS[measure.of]} efter udfald")


def definition(measure: Measure) -> str:
    """The definition in words, heading by heading."""
    lines = "".join(f"<dt>{escape(what)}</dt><dd>{escape(words)}</dd>" for what, words in catalogue.definition(measure))
    return f'<dl class="definition">{lines}</dl>'


def _contents(readings: Readings, theme: Theme, known: Notes, until: dt.date) -> str:
    return contents(theme, readings, known, until)


def _numbers(readings: Readings, measure: Measure, target: float | None) -> str:
    key = measure.key
    return numbers(measure, readings.now[key], readings.before[key], target, current(measure, readings))


def _centers(readings: Readings, measure: Measure, chosen: tuple[str, ...]) -> str:
    return f"<h3>Pr. center</h3>{comparison.by_center(measure, readings.centers[measure.key], chosen)}"


def _trend(measure: Measure, scope: Scope, readings: Readings, known: Notes, until: dt.date) -> None:
    st.subheader("Udvikling", anchor=False)
    if not readings.points[measure.key]["base"].sum():
        blocks.show(f'<p class="stille">{texts.rule_ended(measure.life) or "Endnu ingen udvikling at vise."}</p>')
        return
    chart, words, beside = readings.once(_drawn, measure, known, until, state.current(scope).since)
    st.vega_lite_chart(chart.frame, chart.spec, theme=None, key=f"udvikling_{measure.key}", alt=words)
    blocks.show(beside)


def _drawn(
    readings: Readings, measure: Measure, known: Notes, until: dt.date, since: dt.date
) -> tuple[charts.Chart, str, str]:
    """The picture of a trend, the same in words, and what stands below it."""
    points, signals = readings.points[measure.key], readings.signals[measure.key]
    step = points["months"][-1]
    reference, events = figures.reference(measure), numbered(points, known.of(measure.key))
    chart = charts.trend(
        points.with_columns(
            target=pl.Series([known.target(measure.key, min(day, until)) for day in points["to"]], dtype=pl.Float64)
        ),
        charts.Reference("Landet", reference) if reference is not None else None,
        texts.rule_days(measure),
        [(event.on, place) for place, event in events],
        step=step,
        of=UNITS[measure.of],
    )
    decided = [(event.on, event.title) for _, event in events if isinstance(event, Line)]
    words = described(measure, points, signals, decided)
    return chart, words, beside_trend(measure, points, signals, events, since)


def described(
    measure: Measure, points: pl.DataFrame, signals: pl.DataFrame, decided: Sequence[tuple[dt.date, str]] = ()
) -> str:
    """The trend in words, for those who do not see it, with the decisions that it marks."""
    step = points["months"][-1]
    whole = points.filter(~pl.col("preliminary") & (pl.col("base") > 0)).select("month", "to", "met", "base").tail(1)
    latest = next(((texts.stretch(first, to, step), met, base) for first, to, met, base in whole.iter_rows()), None)
    signs = [one.text for one in figures.said(measure, signals)]
    words = texts.trend(measure.title, latest, signs, step, judged=bool(points["low"].count()))
    return f"{words} {texts.decided(list(decided))}" if decided else words


def numbered(points: pl.DataFrame, events: Sequence[Event | Line]) -> list[tuple[int, Event | Line]]:
    """The events and decisions that a trend marks, with their numbers."""
    first, last = points["month"][0], points["to"][-1]
    return list(enumerate((event for event in events if first <= event.on <= last), start=1))


def beside_trend(
    measure: Measure,
    points: pl.DataFrame,
    signals: pl.DataFrame,
    events: Sequence[tuple[int, Event | Line]],
    since: dt.date,
) -> str:
    """What belongs to a trend: how it is read, what is to come, earlier signals, and what happened on the way.

    `since` = the first day that expected levels are counted from.
    """
    rebased = (event.on for _, event in events if isinstance(event, Event) and event.rebase)
    anew = max(rebased, default=since)
    how = " ".join(
        filter(None, (joined(measure, points), level(measure, points, max(since, anew)), pending(measure, points)))
    )
    lines = [escape(how)] if how else []
    earlier = figures.said(measure, signals, current=False)
    lines += [escape(f"Tidligere: {one.text}.") for one in reversed(earlier)]
    for place, event in events:
        if isinstance(event, Line):
            decided = texts.decision(place, event.on, event.title, event.state, event.where)
            lines.append(escape(f"{decided}. {event.since}"))
            continue
        because = f": {event.reason}" if event.reason else ""
        recounted = (
            f" Forventet niveau er talt på ny herfra{because}." if event.rebase and counts_anew(event.on, since) else ""
        )
        lines.append(escape(texts.event(place, event.on, event.title, EVENT_KINDS[event.kind]) + "." + recounted))
    first, last = points["month"][0], points["to"][-1]
    changed = zip(measure.versions[1:], measure.rule_breaks(), strict=True)
    lines += [
        escape(f"{texts.rule_changed(version, counted)}.")
        for version, counted in changed
        if version.valid_from and first < version.valid_from <= last
    ]
    lines += filter(None, [texts.rule_ended(measure.life)])
    return f'<div class="noter">{"".join(f"<p>{line}</p>" for line in lines)}</div>'


def joined(measure: Measure, points: pl.DataFrame) -> str:
    """Why the points are quarters or years; nothing where they are months."""
    step = points["months"][-1]
    if step == 1:
        return ""
    seldom_met = points["met"].sum() < points["base"].sum() / 2
    if tile.has_duty(measure):
        rare = f"overholdte {UNITS[measure.of]}" if seldom_met else "afvigelser"
    else:
        rare = f"{UNITS[measure.of]}, hvor svaret er {'ja' if seldom_met else 'nej'}"
    return texts.joined(step, rare)


def level(measure: Measure, points: pl.DataFrame, since: dt.date) -> str:
    """The expected level of the newest points, and what it rests on; counted from `since` at the earliest."""
    rate, first, last, months = points.select("level", "level_from", "level_to", "level_months").row(-1)
    if rate is None:
        return texts.unjudged(JUDGED_FROM, UNITS[measure.of], since, points["to"][-1])
    return texts.level(rate, first, last, months, BASELINE)


def pending(measure: Measure, points: pl.DataFrame) -> str:
    """What is still to come in the points that are not all in; nothing where all of it is."""
    ahead = points.filter(pl.col("preliminary") & (pl.col("base") + pl.col("pending") > 0))
    if ahead.is_empty():
        return ""
    first, last = ahead["month"][0], ahead["month"][-1]
    return texts.preliminary(first, last, int(ahead["pending"].sum()), UNITS[measure.of], points["months"][-1])


def _tables(measure: Measure, readings: Readings) -> None:
    box = st.expander(
        "Tallene som tabel", icon=":material/table:", key=f"tabel_{measure.key}", on_change="rerun", type="compact"
    )
    if not box.open:
        return
    months, points, centers = (frames[measure.key] for frames in (readings.months, readings.points, readings.centers))
    with box:
        for rows in (*trend_tables(measure, months, points), centers_table(measure, centers)):
            st.table(rows, border="horizontal", hide_index=True)


def trend_tables(measure: Measure, months: pl.DataFrame, points: pl.DataFrame) -> list[pl.DataFrame]:
    """The points of the trend with what was expected, and month by month what became of the units."""
    step = points["months"][-1]
    said = points.select(
        "month",
        group=pl.struct("month", "to").map_elements(
            lambda r: texts.plain(texts.stretch(r["month"], r["to"], step)), pl.String
        ),
        rate=_rate(),
        expected=pl.struct("low", "high").map_elements(lambda r: texts.expected(r["low"], r["high"]), pl.String),
        remark=_remark(),
    )
    beside = (pl.col("expected").alias("Forventet"), pl.col("remark").alias("Bemærk"))
    if step == 1:
        return [table(measure, months.join(said, on="month", maintain_order="left"), "Måned", beside)]
    named = months.with_columns(group=pl.col("month").map_elements(texts.month, pl.String))
    heading = texts.sentence(texts.POINTS[step][0])
    joined = said.select(pl.col("group").alias(heading), pl.col("rate").alias("Andel"), *beside)
    return [joined, table(measure, named, "Måned")]


def centers_table(measure: Measure, centers: pl.DataFrame) -> pl.DataFrame:
    """The centres, each with its comparison with the others where there are any."""
    rows = centers.with_columns(
        group=pl.col("center").map_elements(texts.plain, pl.String).fill_null(texts.NO_CENTER),
        others=pl.Series([comparison.beside_others(row) for row in centers.iter_rows(named=True)], dtype=pl.String),
    )
    beside = (pl.col("others").alias("Mod de øvrige centre"),) if comparison.comparable(centers) else ()
    return table(measure, rows, "Center", beside)


def _rate() -> pl.Expr:
    return pl.struct("met", "base").map_elements(lambda r: texts.rate_with_base(r["met"], r["base"]), pl.String)


def _remark() -> pl.Expr:
    """What is to be said of a point: the same words as in the picture."""
    outside = pl.col("signal").replace_strict(charts.SIGNALS, default=None, return_dtype=pl.String)
    run = pl.when("run").then(pl.lit(charts.RUN))
    return (
        pl.when("preliminary")
        .then(pl.lit(charts.PRELIMINARY))
        .when(pl.col("base").is_between(1, JUDGED_FROM - 1))
        .then(pl.lit(charts.FEW))
        .otherwise(pl.coalesce(outside, run, pl.lit("")))
    )


def table(measure: Measure, rows: pl.DataFrame, heading: str, beside: Sequence[pl.Expr] = ()) -> pl.DataFrame:
    """The figures of each `group` in words: rate with base, uncertainty, `beside`, and the outcomes that occur at all.

    `group` is Markdown, as a cell is read.
    """
    duty = tile.has_duty(measure)
    occurring = [code for code in texts.OUTCOMES if rows[code].sum()]
    sure = pl.struct("base", "low", "high").map_elements(
        lambda r: (
            texts.NONE if r["base"] < texts.FEW else texts.uncertainty(r["low"], r["high"]).removeprefix("usikkerhed ")
        ),
        pl.String,
    )
    return rows.select(
        pl.col("group").alias(heading),
        _rate().alias("Andel"),
        sure.alias("Usikkerhed"),
        *beside,
        *(
            pl.col(code).map_elements(texts.number, pl.String).alias(texts.outcome(code, duty=duty))
            for code in occurring
        ),
    )


def _deviations(measure: Measure, figure: Figure, scope: Scope) -> None:
    every = texts.counts(figure.deviations, "afvigelse", "afvigelser")
    box = st.expander(every, icon=":material/flag:", key=f"afvigelser_{measure.key}", on_change="rerun", type="compact")
    if not box.open:
        return
    with box:
        assessed = selected.assessed(scope)
        found = deviations(assessed, selected.cut()).filter(pl.col("measure") == measure.key).head(FIRST)
        lines = [
            (case, f"{texts.center(center)} · {words}")
            for case, center, words in found.select("case_id", "center", why.line()).iter_rows()
        ]
        looks.lines(scope, assessed, lines, f"afvigelser_{measure.key}")
        navigation.onward(
            navigation.DEVIATIONS, f"Se {'alle ' if figure.deviations > 1 else ''}{every}", {"regel": measure.key}
        )
