"""The front page's parts: the strip, what to look at first, the tiles of each theme, and where the deviations lie.

A `target` here is the municipality's own, by key of the measure, in force at the end of the period.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl
import streamlit as st

from metrics.assess import BY_KEY
from metrics.measure import Measure, Theme
from metrics.measures import THEMES, screening
from metrics.summary import Summary
from ui import blocks, deviations, due_soon, figures, navigation, texts, tile
from ui.figures import Readings
from ui.selected import Notes

KEY_MEASURES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "screening": tuple(measure.key for measure in screening.THEME.measures),
        "visitation": ("final_visitation", "ap_at_first", "reasoned", "coordination"),
        "sanctions": ("undocumented", "sanctioned_of_undocumented", "decided", "heard"),
        "education_orders": ("order_at_first", "order_followed_up", "education_focus", "duty_assessed"),
        "contact": ("four_a_year", "first_offer", "plan_agreements", "plan_goal"),
        "support": ("mentor", "fixed_contact", "coordinator_assigned", "guide_assessed"),
        "coordination": ("k_wait", "k_named", "agreements_kept", "joint_plan"),
        "progression": ("who5_coverage", "bip_coverage", "long_plan", "duration"),
    }
)
"""Theme -> the measures that have a tile on the front page: all of screening, what the audit judged of the rest."""
FIRST = 3
"""Lines in each list of what to look at first."""
RULES = 12
"""Rules in the picture of where the deviations lie."""
COLOURS: Mapping[texts.Tone, str] = MappingProxyType({"bad": "red", "good": "green", "neutral": "gray"})
"""Tone of a signal -> the page's name of its colour."""


def targets(known: Notes, day: dt.date) -> dict[str, float]:
    """The targets in force on a day, as fractions."""
    return {key: rate for key in BY_KEY if (rate := known.target(key, day)) is not None}


def strip(
    summary: Summary, readings: Readings, targets: Mapping[str, float], listed: pl.DataFrame, soon: pl.DataFrame
) -> list[tuple[str, str, str]]:
    """The plain numbers, what needs a hand first: what is broken and not handled, and what falls due.

    `listed` = the deviations as `deviations.listed`, `soon` = what falls due as `metrics.due_soon`.
    """
    share = summary.deviating_share
    deviating = f"hos {texts.number(summary.deviating)} unge"
    if share is not None and summary.youths >= texts.FEW:
        deviating += f" ({texts.percent(share)})"
    deviating += f", {texts.number(summary.latest)} i seneste måned"
    short, wanted = behind_targets(readings, targets)
    worse, judged = behind_country(readings)
    own = ("Tydeligt dårligere end eget mål", texts.counted(len(short), wanted), "nøgletal med et mål")
    return [
        ("Unge i udsnittet", texts.number(summary.youths), f"{texts.number(summary.open_now)} har en åben sag nu"),
        ("Overskredet, kan stadig gøres", texts.number(summary.actionable), "i åbne sager, uanset periode"),
        ("Forfalder inden 7 dage", *due_soon.within_a_week(soon)),
        ("Afvigelser", texts.number(summary.deviations), deviating),
        ("Uhåndterede afvigelser", *deviations.unhandled(listed)),
        *([own] if wanted else []),
        ("Tydeligt dårligere end landet", texts.counted(len(worse), judged), "sammenlignelige nøgletal"),
    ]


@dataclass(frozen=True, eq=False)
class Gap:
    """A measure that is clearly worse than what it is held against."""

    measure: Measure
    words: str
    """`71 % (142 af 200), mål 95 %`."""
    distance: float
    """As a fraction."""


def behind_targets(readings: Readings, targets: Mapping[str, float]) -> tuple[list[Gap], int]:
    """The measures that are clearly worse than their own target, farthest from it first; and how many were judged."""
    judged = []
    for key, target in targets.items():
        measure, figure = BY_KEY[key], readings.now[key]
        verdict = figures.judge_target(measure, figure, target)
        judged.append((verdict, _gap(measure, figure.met, figure.base, target, texts.target(target))))
    return _worse(judged)


def behind_country(readings: Readings) -> tuple[list[Gap], int]:
    """The measures that are clearly worse than the country, farthest from it first; and how many were judged.

    A share that is neither good nor bad is not among them, however far from the country it is.
    """
    judged = []
    for measure in BY_KEY.values():
        benchmark = figures.national(measure)
        if benchmark is None or figures.tone(measure, "low") == "neutral":
            continue
        figure = readings.now[measure.key]
        base = figure.audit_base if benchmark.audit else figure.base
        words = f"landet {texts.percent(benchmark.rate)}"
        judged.append(
            (figures.judge(measure, figure, benchmark), _gap(measure, figure.met, base, benchmark.rate, words))
        )
    return _worse(judged)


def _gap(measure: Measure, met: int, base: int, against: float, words: str) -> Gap:
    distance = abs(met / base - against) if base else 0.0
    return Gap(measure, f"{texts.rate_with_base(met, base)}, {words}", distance)


def _worse(judged: Sequence[tuple[texts.Verdict, Gap]]) -> tuple[list[Gap], int]:
    fit = [(verdict, gap) for verdict, gap in judged if verdict.standing not in ("few", "not_comparable")]
    worse = sorted((gap for verdict, gap in fit if verdict.tone == "bad"), key=lambda gap: -gap.distance)
    return worse, len(fit)


def show_first(
    summary: Summary, readings: Readings, targets: Mapping[str, float], soon: pl.DataFrame, centers: Sequence[str]
) -> None:
    """Four short lists: what is broken and can be mended, what falls due, what moves, and where it is not good enough.

    `soon` as in `strip`; `centers` = those that may be seen, in organisational order.
    """
    with st.grid(4, min_column_width=270, key="foerst"):
        _show_overdue(summary)
        _show_soon(soon, centers)
        with st.container(key="foerst_uventet", border=True, height="stretch", gap="xsmall"):
            st.header("Uventet udvikling", anchor=False)
            _show_unexpected(readings)
        with st.container(key="foerst_landet", border=True, height="stretch", gap="xsmall"):
            st.header("Længst fra mål og land" if targets else "Længst efter landet", anchor=False)
            _show_behind(readings, targets)


def _show_overdue(summary: Summary) -> None:
    with st.container(key="foerst_naas", border=True, height="stretch", gap="xsmall"):
        st.header("Kan stadig gøres", anchor=False)
        if summary.overdue.is_empty():
            st.markdown("Ingen overskredne frister i åbne sager.")
        for key, count, oldest in summary.overdue.head(FIRST).iter_rows():
            words = f"{texts.counts(count, 'sag', 'sager')}, ældste {texts.days(oldest)} over"
            query = {"regel": key, "udfald": "overdue", "sagsstatus": "open", "tid": "alle"}
            navigation.onward(navigation.DEVIATIONS, f"**{BY_KEY[key].breach}** {words}", query)


def _show_soon(soon: pl.DataFrame, centers: Sequence[str]) -> None:
    """What falls due by rule, and per centre; where there is one centre only, per team."""
    with st.container(key="foerst_snart", border=True, height="stretch", gap="xsmall"):
        st.header("Forfalder snart", anchor=False)
        if soon.is_empty():
            st.markdown("Ingen frister forfalder de næste 14 dage.")
            return
        for key, words in due_soon.by_rule(soon, FIRST):
            navigation.onward(navigation.DUE_SOON, words, {"frist": key})
        by, order = ("center", centers) if len(centers) > 1 else ("team", ())
        blocks.show(blocks.bars(due_soon.bars(soon, by, order), due_soon.CAPTION))
        navigation.onward(navigation.DUE_SOON, f"Se {texts.counts(soon.height, 'frist', 'frister')}")


def unexpected(readings: Readings) -> list[tuple[Measure, tile.Signal]]:
    """The measures with a current signal, each with the one that says most: the bad first, then the newest."""
    found = [
        (measure, signal)
        for measure in BY_KEY.values()
        if (signal := tile.signal(measure, readings.signals[measure.key])) is not None
    ]
    return sorted(found, key=lambda row: (tile.WORST_FIRST.index(row[1].tone), -row[1].to.toordinal()))


def _show_unexpected(readings: Readings) -> None:
    found = unexpected(readings)
    if not found:
        judged = sum(points["low"].is_not_null().any() for points in readings.points.values())
        st.markdown(texts.nothing_unexpected(judged, len(readings.points)))
    _show_signals(found[:FIRST])
    if more := found[FIRST:]:
        with st.expander(texts.counts(len(more), "nøgletal mere", "nøgletal mere"), type="compact"):
            _show_signals(more)


def _show_signals(found: Sequence[tuple[Measure, tile.Signal]]) -> None:
    for measure, signal in found:
        label = f"**:{COLOURS[signal.tone]}[{signal.sign}] {measure.title}** {texts.sentence(signal.text)}"
        navigation.onward(navigation.theme_file(theme_of(measure)), label)


def behind(readings: Readings, targets: Mapping[str, float]) -> list[Gap]:
    """Those behind their own target, farthest first; then those behind the country that are not named yet."""
    short, worse = behind_targets(readings, targets)[0], behind_country(readings)[0]
    named = {gap.measure for gap in short}
    return [*short, *(gap for gap in worse if gap.measure not in named)]


def _show_behind(readings: Readings, targets: Mapping[str, float]) -> None:
    found = behind(readings, targets)
    if not found:
        judged = behind_targets(readings, targets)[1] + behind_country(readings)[1]
        against = "mål eller land" if targets else "landet"
        nobody = f"Ingen nøgletal er tydeligt dårligere end {against}."
        st.markdown(nobody if judged else "For få sager til at sammenligne.")
    for gap in found[:FIRST]:
        navigation.onward(navigation.theme_file(theme_of(gap.measure)), f"**{gap.measure.title}** {gap.words}")


def theme_of(measure: Measure) -> Theme:
    """The theme that a measure belongs to."""
    return next(theme for theme in THEMES if measure in theme.measures)


def show_theme(theme: Theme, readings: Readings, targets: Mapping[str, float]) -> None:
    """The theme's tiles and the way to its page."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom", key=f"tema_{theme.key}"
    ):
        st.header(theme.title, anchor=False, width="content")
        navigation.onward(navigation.theme_file(theme), f"Alle {len(theme.measures)} nøgletal")
    with st.grid(4, min_column_width=250, key=f"fliser_{theme.key}"):
        for key in KEY_MEASURES[theme.key]:
            tile.show(BY_KEY[key], theme, readings, targets.get(key))


def show_where(summary: Summary) -> None:
    """Where the deviations lie: per centre for each hundred youths, and per rule."""
    st.header("Hvor ligger afvigelserne?", anchor=False)
    left, right = st.columns(2, gap="small")
    with left, st.container(key="hvor_center", border=True, height="stretch"):
        st.subheader("Pr. center", anchor=False)
        caption = "Afvigelser pr. 100 unge i centret. Rækkefølgen er organisationens, ikke en rangliste."
        blocks.show(blocks.bars(by_center(summary.by_center), caption))
    with right, st.container(key="hvor_regel", border=True, height="stretch"):
        st.subheader("Pr. regel", anchor=False)
        if not summary.deviations:
            st.markdown("Ingen afvigelser i udsnittet.")
            return
        more = len(summary.by_rule) - RULES
        caption = "Antal afvigelser" + (f", de {RULES} regler med flest; {more} har færre." if more > 0 else ".")
        blocks.show(blocks.bars(by_rule(summary.by_rule), caption))
        every = texts.counts(summary.deviations, "afvigelse", "afvigelser")
        navigation.onward(navigation.DEVIATIONS, f"Se {'alle ' if summary.deviations > 1 else ''}{every}")


def by_center(rows: pl.DataFrame) -> list[blocks.Bar]:
    """Each centre's deviations per hundred youths; on fewer than ten youths the counts only, without a bar."""
    bars = []
    columns = ("center", "youths", "deviations", "per_hundred")
    for center, youths, count, per_hundred in rows.select(columns).iter_rows():
        said = f"{texts.number(count)} hos {texts.number(youths)} unge"
        enough = youths >= texts.UNCERTAIN
        bars.append(
            blocks.Bar(
                texts.center(center),
                per_hundred if enough else 0,
                f"{texts.number(per_hundred)} ({said})" if enough else said,
                "god",
            )
        )
    return bars


def by_rule(rows: pl.DataFrame) -> list[blocks.Bar]:
    """The rules with the most deviations."""
    found = rows.head(RULES).select("measure", "deviations").iter_rows()
    return [blocks.Bar(BY_KEY[key].breach, count, texts.number(count), "god") for key, count in found]
