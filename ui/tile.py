"""One key measure as a tile: the rate with its base, how it moves, how it stands, and the way to its cases."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

import polars as pl
import streamlit as st

from metrics.measure import Counts, Measure, Theme
from ui import blocks, charts, figures, navigation, texts
from ui.figures import Figure, Readings


@dataclass(frozen=True)
class Link:
    """Where a tile leads: a page file, its words, and what is added to the address beside the filters."""

    page: str
    label: str
    query: Mapping[str, str] = field(default_factory=dict)


def has_duty(measure: Measure) -> bool:
    """False for a share without a duty: it has no deviations."""
    return not isinstance(measure.must, Counts)


def link(measure: Measure, theme: Theme, figure: Figure) -> Link:
    """To the deviations; to the theme's page where there are none."""
    if not has_duty(measure):
        return Link(navigation.theme_file(theme), "Se opgørelsen")
    if not figure.deviations:
        return Link(navigation.theme_file(theme), "Ingen afvigelser" if figure.base else "Se opgørelsen")
    label = texts.counts(figure.deviations, "afvigelse", "afvigelser")
    return Link(navigation.DEVIATIONS, label, {"regel": measure.key})


def show(measure: Measure, theme: Theme, readings: Readings) -> None:
    """Draw the tile; all of it is one link."""
    figure = readings.now[measure.key]
    with st.container(key=f"kort_{measure.key}", border=True, gap="xsmall", height="stretch"):
        blocks.show(html(measure, figure, readings.before[measure.key], readings.months[measure.key]))
        to = link(measure, theme, figure)
        navigation.onward(to.page, to.label, to.query)


def html(measure: Measure, figure: Figure, before: Figure, months: pl.DataFrame) -> str:
    """A tile's words and its small trend; `months` as in `Readings`."""
    note = texts.rate_note(figure.met, figure.base, figure.low, figure.high)
    beside = "<br>".join(filter(None, (change(figure, before), unknown(figure)))) or "&nbsp;"
    return (
        f'<div class="flise"><h3>{escape(measure.title)}</h3>'
        f'<p class="tal"><strong>{texts.rate_value(figure.met, figure.base)}</strong> <span>{note}</span></p>'
        f'<p class="stille">{beside}</p>'
        f"{sparkline(measure, months)}"
        f'<p class="dom">{standing(measure, figure)}</p></div>'
    )


def change(figure: Figure, before: Figure) -> str:
    """`↑ +8,2 pp fra perioden før`; nothing where either base is too small to compare."""
    moved = figures.change(figure, before)
    if moved is None:
        return ""
    words = texts.points(moved, short=True)
    if words == "uændret":
        return "Uændret fra perioden før"
    arrow = "↑" if moved > 0 else "↓"
    return f'<span title="{texts.points(moved)}">{arrow} {words}</span> fra perioden før'


def unknown(figure: Figure) -> str:
    """What the rate may really be, where so many are unknown that it must be said."""
    if not figure.uncertain or figure.base < texts.FEW:
        return ""
    between = texts.bounds(figure.met, figure.base, figure.unknown)
    return f"{texts.number(figure.unknown)} mangler data: {between}"


def standing(measure: Measure, figure: Figure) -> str:
    """The verdict against the country, and the figure it is compared with."""
    benchmark = figures.national(measure)
    if benchmark is None:
        return '<span class="stille">Intet landstal</span>'
    words = f"landet {texts.percent(benchmark.rate)}"
    if not figure.base:
        return f'<span class="stille">{texts.sentence(words)}</span>'
    if benchmark.audit and figure.audit_base >= texts.FEW:
        words = f"revisionens opgørelse {texts.percent(figure.audit_rate)} · {words}"
    return f'{badge(figures.judge(measure, figure, benchmark))} <span class="stille">{words}</span>'


def badge(verdict: texts.Verdict) -> str:
    """A verdict as icon and short words on its colour; what is compared with stands beside it."""
    words, _, reason = verdict.text.partition(": ")
    words = words.partition(" fra ")[0]
    title = f' title="{escape(texts.sentence(reason), quote=True)}"' if reason else ""
    return (
        f'<span class="maerke {verdict.tone}"{title}><span aria-hidden="true">{icon(verdict)}</span> '
        f"{escape(texts.sentence(words))}</span>"
    )


def icon(verdict: texts.Verdict) -> str:
    """The sign of a verdict, so that it is never told by colour alone."""
    if verdict.tone != "neutral":
        return "✓" if verdict.tone == "good" else "!"
    starts = {"tydeligt over": "↑", "tydeligt under": "↓", "kan ikke skelnes": "≈", "ikke sammenlignelig": "≠"}
    return next((sign for start, sign in starts.items() if verdict.text.startswith(start)), "–")


def sparkline(measure: Measure, months: pl.DataFrame) -> str:
    """The last twelve months with the national figure dotted; months on fewer than three are left out."""
    rates = months.select(pl.when(pl.col("base") >= charts.JUDGED_FROM).then("rate")).to_series().to_list()
    known = [(day, rate) for day, rate in zip(months["month"], rates, strict=True) if rate is not None]
    if not known:
        return f'<p class="sparkline stille">{_why_none(measure, months)}</p>'
    (first, start), (last, end) = known[0], known[-1]
    reference = figures.reference(measure)
    beside = f" Landet {texts.percent(reference)}." if reference is not None else ""
    words = (
        f"Udvikling: {texts.percent(start)} i {texts.month(first)}, {texts.percent(end)} i {texts.month(last)}.{beside}"
    )
    return charts.image(charts.sparkline_svg(rates, reference), words)


def _why_none(measure: Measure, months: pl.DataFrame) -> str:
    """A rule that has ended has no development any more; else there are too few."""
    last = measure.versions[-1].valid_to if measure.versions else None
    if last and months.filter(pl.col("month") <= last).is_empty():
        return f"Reglen gjaldt til {texts.date(last)}"
    return "For få sager til en udvikling"
