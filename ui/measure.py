"""One measure on a page, all of it: the rate, what became of the units, how it moves, where, and the cases."""

from html import escape

import polars as pl
import streamlit as st

from data_access.tables import Scope
from metrics.assess import Assessed, Cut, deviations
from metrics.measure import Measure, Theme
from ui import blocks, catalogue, charts, counts, figures, filters, navigation, selected, texts, tile, why
from ui.figures import Figure, Readings

UNITS = {
    "cases": "sager",
    "open_cases": "sager",
    "no_show_cases": "sager",
    "visitations": "visitationer",
    "education_orders": "pålæg",
    "transitions": "overgange",
    "no_shows": "udeblivelser",
    "youths": "unge",
}
"""Frame of facts -> what its rows are called in the plural."""
FIRST = 10
"""Deviations listed under a measure; the rest are one click away."""


def theme_page(theme: Theme, scope: Scope) -> None:
    """The whole page of a theme: what it answers, its measures at a glance, waiting times, each measure, counts."""
    readings = selected.readings(scope)
    if not any(readings.now[measure.key].units for measure in theme.measures):
        filters.nothing_selected()
        return
    st.markdown(theme.lead)
    blocks.show(contents(theme, readings))
    assessed, cut = selected.assessed(scope), selected.cut()
    if theme.waits:
        counts.show_waits(theme.waits, assessed, cut)
    for measure in theme.measures:
        show(measure, theme, readings, assessed, cut)
    for figure in theme.distributions:
        counts.show(figure, assessed, cut)


def contents(theme: Theme, readings: Readings) -> str:
    """The measures of a page at a glance, each with its rate and verdict, and a link down to it."""
    lines = []
    for measure in theme.measures:
        figure = readings.now[measure.key]
        lines.append(
            f'<li><a href="#{measure.key}">{escape(measure.title)}</a>'
            f"<strong>{texts.rate_with_base(figure.met, figure.base)}</strong>"
            f"<span>{tile.standing(measure, figure)}</span></li>"
        )
    return f'<nav aria-label="Nøgletal på siden"><ul class="indhold">{"".join(lines)}</ul></nav>'


def show(measure: Measure, theme: Theme, readings: Readings, assessed: Assessed, cut: Cut) -> None:
    """Draw one measure with everything that is known about it in the selection."""
    figure = readings.now[measure.key]
    months, centers = readings.months[measure.key], readings.centers[measure.key]
    with st.container(key=f"maaling_{measure.key}", border=True):
        st.header(measure.title, anchor=measure.key)
        left, right = st.columns([2, 3], gap="large")
        with left:
            blocks.show(numbers(measure, figure, readings.before[measure.key]))
        with right:
            _trend(measure, months)
            blocks.show(where(measure, figure, months, centers))
        _more(measure, figure, months, centers, assessed, cut)


def _more(
    measure: Measure, figure: Figure, months: pl.DataFrame, centers: pl.DataFrame, assessed: Assessed, cut: Cut
) -> None:
    """What is one click away: the definition, the figures as tables, and the first of the cases."""
    with st.container(gap=None):
        with st.expander("Sådan er tallet opgjort", icon=":material/info:", type="compact"):
            blocks.show(definition(measure))
        _tables(measure, months, centers)
        if figure.deviations:
            _deviations(measure, figure, assessed, cut)


def numbers(measure: Measure, figure: Figure, before: Figure) -> str:
    """Why it matters, the rate in words, how it has moved, how it stands to each benchmark, and all outcomes."""
    note = texts.rate_note(figure.met, figure.base, figure.low, figure.high)
    lines = [f'<p class="stille">{escape(measure.why)}</p>']
    lines.append(f'<p class="tal"><strong>{texts.rate_value(figure.met, figure.base)}</strong> <span>{note}</span></p>')
    if figure.base >= texts.UNCERTAIN and figure.low is not None and figure.high is not None:
        lines.append(f'<p class="stille">{texts.sentence(texts.uncertainty(figure.low, figure.high))}</p>')
    if moved := tile.change(figure, before):
        lines.append(f'<p class="stille">{moved}</p>')
    lines += [f"<p>{line}</p>" for line in remarks(measure, figure)]
    table = outcomes(measure, figure) if figure.units else ""
    return f'<div class="maaling">{"".join(lines)}</div>{table}'


def remarks(measure: Measure, figure: Figure) -> list[str]:
    """The benchmarks with their verdicts, the audit's way of counting, and what the unknown may mean; as HTML."""
    lines = []
    for benchmark in measure.benchmarks:
        verdict = figures.judge(measure, figure, benchmark)
        where = texts.sentence("landet" if benchmark.area == "hele landet" else benchmark.area)
        compared = " i revisionens opgørelse" if benchmark.audit else ""
        words = f"{where} {texts.percent(benchmark.rate)}{compared}"
        reason = f": {benchmark.not_comparable}" if benchmark.not_comparable else ""
        lines.append(f'{tile.badge(verdict)} <span class="stille">{escape(words + reason)}</span>')
    if figure.audit_base >= texts.FEW and (figure.excused or any(b.audit for b in measure.benchmarks)):
        audited = texts.rate_with_base(figure.met, figure.audit_base)
        lines.append(f"Revisionens opgørelse, hvor de undtagne bliver i grundlaget: {audited}.")
    if figure.uncertain and figure.base >= texts.FEW:
        missing = f"{texts.number(figure.unknown)} af {texts.number(figure.units)}"
        between = texts.bounds(figure.met, figure.base, figure.unknown)
        lines.append(f"Der mangler data for {missing}. Alt efter hvad de viser sig at være, er andelen {between}.")
    return lines


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


def pending(measure: Measure, months: pl.DataFrame) -> str:
    """What is still to come in the months that are not all in; nothing where all of it is."""
    open_months = months.filter("preliminary")
    if open_months.is_empty():
        return ""
    first, last = open_months["month"][0], open_months["month"][-1]
    which = f"{texts.month(last)} er foreløbig"
    if first != last:
        which = f"{texts.month(first)} til {texts.month(last)} er foreløbige"
    ahead = int(open_months["pending"].sum())
    waits = f": {texts.number(ahead)} {UNITS[measure.of]} er ikke forfaldne endnu" if ahead else ""
    return f"{texts.sentence(which)}{waits}."


def definition(measure: Measure) -> str:
    """The definition in words, heading by heading."""
    lines = "".join(f"<dt>{escape(what)}</dt><dd>{escape(words)}</dd>" for what, words in catalogue.definition(measure))
    return f'<dl class="definition">{lines}</dl>'


def _trend(measure: Measure, months: pl.DataFrame) -> None:
    reference = figures.reference(measure)
    chart = charts.trend(
        months.select("month", "rate", "met", "base", "preliminary"),
        charts.Reference("Landet", reference) if reference is not None else None,
        measure.rule_changes(),
        of=UNITS[measure.of],
    )
    st.subheader("Udvikling", anchor=False)
    st.vega_lite_chart(
        chart.frame,
        chart.spec,
        theme=None,
        key=f"udvikling_{measure.key}",
        alt=f"{measure.title} måned for måned. De samme tal står under Tallene som tabel.",
    )


def where(measure: Measure, figure: Figure, months: pl.DataFrame, centers: pl.DataFrame) -> str:
    """What is still to come, and the centres beside each other where there is anything to compare."""
    words = pending(measure, months)
    if not figure.units:
        return f'<p class="stille">{words or "Ingen i udsnittet."}</p>'
    ahead = f'<p class="stille">{words}</p>' if words else ""
    return f"{ahead}<h3>Pr. center</h3>{by_center(measure, centers)}"


def by_center(measure: Measure, centers: pl.DataFrame) -> str:
    """Each centre's rate with its uncertainty, in organisational order."""
    reference = figures.reference(measure)
    rows = []
    for center, met, base, rate, low, high in centers.select(
        "center", "met", "base", "rate", "low", "high"
    ).iter_rows():
        enough = base >= texts.FEW
        rows.append(
            blocks.Span(
                texts.center(center),
                texts.rate_with_base(met, base),
                rate if enough else None,
                low if enough else None,
                high if enough else None,
                base >= texts.UNCERTAIN,
            )
        )
    beside = "" if reference is None else f", og landet {texts.percent(reference)} som prikket linje"
    return blocks.spans(rows, f"Andel med usikkerhed{beside}", reference)


def _tables(measure: Measure, months: pl.DataFrame, centers: pl.DataFrame) -> None:
    box = st.expander(
        "Tallene som tabel", icon=":material/table:", key=f"tabel_{measure.key}", on_change="rerun", type="compact"
    )
    if not box.open:
        return
    with box:
        st.table(
            table(measure, months.with_columns(group=pl.col("month").map_elements(texts.month, pl.String)), "Måned"),
            border="horizontal",
            hide_index=True,
        )
        st.table(
            table(measure, centers.with_columns(group=pl.col("center").fill_null(texts.NO_CENTER)), "Center"),
            border="horizontal",
            hide_index=True,
        )


def table(measure: Measure, rows: pl.DataFrame, heading: str) -> pl.DataFrame:
    """The figures of each `group` in words: rate with base, uncertainty, and the outcomes that occur at all."""
    duty = tile.has_duty(measure)
    occurring = [code for code in texts.OUTCOMES if rows[code].sum()]
    said = pl.struct("met", "base").map_elements(lambda r: texts.rate_with_base(r["met"], r["base"]), pl.String)
    sure = pl.struct("base", "low", "high").map_elements(
        lambda r: (
            texts.NONE if r["base"] < texts.FEW else texts.uncertainty(r["low"], r["high"]).removeprefix("usikkerhed ")
        ),
        pl.String,
    )
    return rows.select(
        pl.col("group").map_elements(texts.plain, pl.String).alias(heading),  # a cell is read as Markdown
        said.alias("Andel"),
        sure.alias("Usikkerhed"),
        *(
            pl.col(code).map_elements(texts.number, pl.String).alias(texts.outcome(code, duty=duty))
            for code in occurring
        ),
    )


def _deviations(measure: Measure, figure: Figure, assessed: Assessed, cut: Cut) -> None:
    every = texts.counts(figure.deviations, "afvigelse", "afvigelser")
    box = st.expander(every, icon=":material/flag:", key=f"afvigelser_{measure.key}", on_change="rerun", type="compact")
    if not box.open:
        return
    with box:
        found = deviations(assessed, cut).filter(pl.col("measure") == measure.key).head(FIRST)
        for case, center, words in found.select("case_id", "center", why.line()).iter_rows():
            navigation.to_case(case, f"{texts.center(center)} · {words}")
        navigation.onward(navigation.DEVIATIONS, f"Se alle {every}", {"regel": measure.key})
