"""One key measure as a tile: the rate with its base, how it moves, how it stands, and the way to its cases."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from operator import itemgetter
from typing import Any

import polars as pl
import streamlit as st

from metrics.measure import Benchmark, Counts, Measure, Theme
from metrics.trend import JUDGED_FROM
from ui import blocks, charts, figures, navigation, texts
from ui.figures import Figure, Readings
from ui.navigation import Link


@dataclass(frozen=True)
class Tile:
    """A tile that is made: all that is left is to put it on the page."""

    key: str
    html: str
    link: Link

    def show(self) -> None:
        """Draw it; all of it is one link."""
        with st.container(key=f"kort_{self.key}", border=True, gap="xsmall", height="stretch"):
            blocks.show(self.html)
            self.link.show()


def make(measure: Measure, theme: Theme, readings: Readings, target: float | None = None) -> Tile:
    """A measure's tile. `target` = the municipality's own, in force at the end of the period."""
    return Tile(measure.key, html(measure, readings, target), link(measure, theme, readings.now[measure.key]))


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


def html(measure: Measure, readings: Readings, target: float | None = None) -> str:
    """A tile's words and its small trend. What falls outside the expected says more than the change from before."""
    figure, signals = readings.now[measure.key], readings.signals[measure.key]
    found = figures.signal(measure, signals)
    moved = mark(found) if found else change(figure, readings.before[measure.key])
    note = texts.rate_note(figure.met, figure.base, figure.low, figure.high)
    beside = "<br>".join(filter(None, (moved, unknown(figure), gone(measure, figure, readings)))) or "&nbsp;"
    return (
        f'<div class="flise"><h3>{escape(measure.title)}</h3>'
        f'<p class="tal"><strong>{texts.rate_value(figure.met, figure.base)}</strong> <span>{note}</span></p>'
        f'<p class="stille">{beside}</p>'
        f"{sparkline(measure, readings.points[measure.key], signals, target)}"
        f'<p class="dom">{standing(measure, figure, target)}</p></div>'
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


def gone(measure: Measure, figure: Figure, readings: Readings) -> str:
    """That there is no rule any more, where that is why nothing is counted though it once was."""
    last, points = measure.life.valid_to, readings.points[measure.key]
    if figure.units or not last or not points["base"].sum() or points["to"][-1] <= last:
        return ""
    return texts.rule_ended(measure.life)


def standing(measure: Measure, figure: Figure, target: float | None = None) -> str:
    """The verdict against the own target, else against the country, and the figures it stands beside."""
    benchmark = figures.national(measure)
    words = _beside(figure, benchmark, target)
    if not words:
        return '<span class="stille">Intet landstal</span>'
    quiet = f'<span class="stille">{texts.sentence(words)}</span>'
    if not figure.base:
        return quiet
    if target is not None:
        verdict = figures.judge_target(measure, figure, target)
    else:
        assert benchmark is not None  # there are words
        verdict = figures.judge(measure, figure, benchmark)
    return f'{badge(verdict)} <span class="stille">{words}</span>'


def _beside(figure: Figure, benchmark: Benchmark | None, target: float | None) -> str:
    """What a rate stands beside: `mål 95 % · landet 92 %`; that the two are not of the same kind is said."""
    words = [] if target is None else [texts.target(target)]
    if benchmark is not None:
        country = f"landet {texts.percent(benchmark.rate)}"
        if benchmark.audit and target is not None:
            country += " i revisionens opgørelse"
        elif benchmark.audit and figure.audit_base >= texts.FEW and figure.base:
            words.append(f"revisionens opgørelse {texts.percent(figure.audit_rate)}")
        elif benchmark.not_comparable and target is not None:
            country += ", ikke sammenlignelig"
        words.append(country)
    return " · ".join(words)


def badge(verdict: texts.Verdict) -> str:
    """A verdict as sign and short words on its colour; what is compared with stands beside it."""
    return _mark(verdict.sign, verdict.short, verdict.tone, verdict.reason)


def mark(signal: figures.Signal) -> str:
    """A signal in a few words on its colour; the whole sentence when pointed at."""
    return _mark(signal.sign, texts.sentence(signal.short), signal.tone, signal.text)


def _mark(sign: str, words: str, tone: texts.Tone, more: str) -> str:
    title = f' title="{escape(texts.sentence(more), quote=True)}"' if more else ""
    return f'<span class="maerke {tone}"{title}><span aria-hidden="true">{sign}</span> {escape(words)}</span>'


def sparkline(measure: Measure, points: pl.DataFrame, signals: pl.DataFrame, target: float | None = None) -> str:
    """The last two years with the own target and the national figure; points on fewer than three are left out.

    `points` and `signals` as in `Readings`. What is drawn is said in words for those who do not see it.
    """
    rows = points.to_dicts()
    known = [row for row in rows if row["base"] >= JUDGED_FROM]
    if not known:
        return f'<p class="sparkline stille">{_why_none(measure, rows)}</p>'
    first, last = (
        (texts.stretch(row["month"], row["to"], row["months"]), row["met"], row["base"])
        for row in (known[0], known[-1])
    )
    reference = figures.reference(measure)
    words = [texts.movement(first, last), *(f"{texts.sentence(one.text)}." for one in figures.said(measure, signals))]
    begun, ended = rows[0]["month"], rows[-1]["to"]
    words += [f"Regel ændret {texts.date(day)}." for day in measure.rule_changes() if begun < day <= ended]
    if (last_day := measure.life.valid_to) and begun <= last_day < ended:
        words.append(texts.rule_ended(measure.life))
    if target is not None:
        words.append(f"{texts.sentence(texts.target(target))}.")
    if reference is not None:
        words.append(f"Landet {texts.percent(reference)}.")
    rates, outside = _line(rows, set(signals["to"]))
    picture = charts.sparkline_svg(rates, reference, outside, target)
    return charts.image(picture, " ".join(words))


def _line(points: Sequence[Mapping[str, Any]], signals: Collection[dt.date]) -> tuple[list[float | None], list[bool]]:
    """The rates, with a gap where the rule changed, and which of them are signals: of a run, the last point."""
    rates: list[float | None] = []
    outside: list[bool] = []
    for _, part in groupby(points, key=itemgetter("segment")):
        rates.append(None)
        outside.append(False)
        for row in part:
            rates.append(row["rate"] if row["base"] >= JUDGED_FROM else None)
            outside.append(row["to"] in signals)
    return rates[1:], outside[1:]


def _why_none(measure: Measure, points: Sequence[Mapping[str, Any]]) -> str:
    """A rule that has ended has no development any more; else there are too few."""
    last = measure.life.valid_to
    if last and all(row["month"] > last for row in points):
        return texts.rule_ended(measure.life).removesuffix(".")
    return "For få sager til en udvikling"
