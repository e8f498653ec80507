"""The front page's parts: the strip, what to look at first, the tiles of each theme, and where the deviations lie."""

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl
import streamlit as st

from metrics.assess import BY_KEY
from metrics.measure import Measure, Theme
from metrics.measures import THEMES, screening
from metrics.summary import Summary
from ui import blocks, figures, navigation, texts, tile
from ui.figures import Readings

KEY_MEASURES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "screening": tuple(measure.key for measure in screening.THEME.measures),
        "visitation": ("final_visitation", "ap_at_first", "reasoned", "coordination"),
        "sanctions": ("undocumented", "sanctioned_of_undocumented", "decided", "heard"),
        "education_orders": ("order_at_first", "order_followed_up", "education_focus", "duty_assessed"),
        "support": ("mentor", "fixed_contact", "coordinator_assigned", "guide_assessed"),
    }
)
"""Theme -> the measures that have a tile on the front page: all of screening, what the audit judged of the rest."""
FIRST = 3
"""Lines in each list of what to look at first."""
RULES = 12
"""Rules in the picture of where the deviations lie."""


def strip(summary: Summary, readings: Readings) -> list[tuple[str, str, str]]:
    """The plain numbers, what needs a hand first."""
    worse, judged = standing(readings)
    share = summary.deviating_share
    deviating = texts.number(summary.deviating)
    if share is not None and summary.youths >= texts.FEW:
        deviating += f" ({texts.percent(share)})"
    return [
        ("Unge i udsnittet", texts.number(summary.youths), f"{texts.number(summary.open_now)} har en åben sag nu"),
        ("Afvigelser", texts.number(summary.deviations), f"heraf {texts.number(summary.latest)} i seneste måned"),
        ("Unge med mindst én afvigelse", deviating, ""),
        ("Overskredet, kan stadig gøres", texts.number(summary.actionable), "i åbne sager, uanset periode"),
        ("Tydeligt dårligere end landet", f"{len(worse)} af {judged}", "nøgletal, der kan sammenlignes"),
    ]


def standing(readings: Readings) -> tuple[list[Measure], int]:
    """The measures that are clearly worse than the country, farthest from it first; and how many were judged."""
    judged = []
    for measure in BY_KEY.values():
        benchmark = figures.national(measure)
        if benchmark is None or benchmark.not_comparable:
            continue
        figure = readings.now[measure.key]
        if (figure.audit_base if benchmark.audit else figure.base) < texts.UNCERTAIN:
            continue
        rate = figure.audit_rate if benchmark.audit else figure.rate
        assert rate is not None  # there is a base
        judged.append((abs(rate - benchmark.rate), measure, figures.judge(measure, figure, benchmark)))
    worse = sorted((row for row in judged if row[2].tone == "bad"), key=lambda row: -row[0])
    return [measure for _, measure, _ in worse], len(judged)


def show_first(summary: Summary, readings: Readings) -> None:
    """Two short lists: what can still be mended today, and where the municipality is behind the country."""
    left, right = st.columns(2, gap="small")
    with left, st.container(key="foerst_naas", border=True, height="stretch", gap="xsmall"):
        st.header("Kan stadig gøres", anchor=False)
        if summary.overdue.is_empty():
            st.markdown("Ingen overskredne frister i åbne sager.")
        for key, count, oldest in summary.overdue.head(FIRST).iter_rows():
            words = f"{texts.counts(count, 'sag', 'sager')}, ældste {texts.days(oldest)} over"
            query = {"regel": key, "udfald": "overdue", "sagsstatus": "open", "tid": "alle"}
            navigation.onward(navigation.DEVIATIONS, f"**{BY_KEY[key].breach}** · {words}", query)
    with right, st.container(key="foerst_landet", border=True, height="stretch", gap="xsmall"):
        st.header("Længst efter landet", anchor=False)
        worse, judged = standing(readings)
        if not worse:
            st.markdown(
                "Ingen nøgletal er tydeligt dårligere end landet." if judged else "For få sager til at sammenligne."
            )
        for measure in worse[:FIRST]:
            figure, benchmark = readings.now[measure.key], figures.national(measure)
            assert benchmark is not None
            rate = figure.audit_rate if benchmark.audit else figure.rate
            words = f"{texts.percent(rate)}, landet {texts.percent(benchmark.rate)}"
            navigation.onward(navigation.theme_file(theme_of(measure)), f"**{measure.title}** · {words}")


def theme_of(measure: Measure) -> Theme:
    """The theme that a measure belongs to."""
    return next(theme for theme in THEMES if measure in theme.measures)


def show_theme(theme: Theme, readings: Readings) -> None:
    """The theme's tiles and the way to its page."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom", key=f"tema_{theme.key}"
    ):
        st.header(theme.title, anchor=False, width="content")
        navigation.onward(navigation.theme_file(theme), f"Alle {len(theme.measures)} nøgletal")
    with st.grid(4, min_column_width=250, key=f"fliser_{theme.key}"):
        for key in KEY_MEASURES[theme.key]:
            tile.show(BY_KEY[key], theme, readings)


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
        navigation.onward(navigation.DEVIATIONS, f"Se alle {every}")


def by_center(rows: pl.DataFrame) -> list[blocks.Bar]:
    """Each centre's deviations per hundred youths; on fewer than ten youths the counts only, without a bar."""
    bars = []
    for center, youths, deviations, per_hundred in rows.select(
        "center", "youths", "deviations", "per_hundred"
    ).iter_rows():
        said = f"{texts.number(deviations)} hos {texts.number(youths)} unge"
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
