"""Counts without a rate on a theme's page: how many of each kind, how they flow, and how long they wait."""

from collections.abc import Sequence
from itertools import islice

import polars as pl
import streamlit as st

from metrics.assess import Assessed, Cut, count_values, still_waiting, waiting
from metrics.measure import Distribution, Waiting
from metrics.statistics import Wait
from ui import blocks, charts, navigation, texts

LONGEST = 10
"""Those who have waited longest, listed one by one."""
CHAIN, FLOW = "chain", "category_flow"


def show(figure: Distribution, assessed: Assessed, cut: Cut) -> None:
    """Draw one distribution in the selection."""
    rows = count_values(assessed, cut, figure)
    with st.container(key=f"optaelling_{figure.key}", border=True):
        st.header(figure.title, anchor=figure.key)
        if not rows["count"].sum():
            st.caption(figure.rule)
            st.markdown("Ingen i udsnittet.")
        elif figure.key == FLOW:
            st.caption(figure.rule)
            _flow(rows)
        else:
            blocks.show(table(figure, rows))


def table(figure: Distribution, rows: pl.DataFrame) -> str:
    """The counts as rows with bars. They sum to the whole, but for a chain, whose steps are parts of its first."""
    counted = list(rows.select("label", "count").iter_rows())
    whole = counted[0][1] if figure.key == CHAIN else None
    return blocks.counted_bars(counted, figure.rule, whole)


def _flow(rows: pl.DataFrame) -> None:
    ends = pl.col("value").str.split_exact(">", 1)
    chart = charts.flow(
        rows.select(
            first=ends.struct.field("field_0"),
            final=ends.struct.field("field_1"),
            count="count",
        )
    )
    said = (f"{label}: {count}" for label, count in rows.select("label", "count").iter_rows() if count)
    st.vega_lite_chart(chart.frame, chart.spec, theme=None, key="forloeb_kategori", alt="; ".join(said))


def show_waits(waits: Sequence[Waiting], assessed: Assessed, cut: Cut) -> None:
    """Draw the waiting times: how long it takes, how many wait now, and who has waited longest."""
    with st.container(key="ventetid", border=True):
        st.header("Ventetid", anchor="ventetid")
        for wait in waits:
            st.subheader(wait.title, anchor=False)
            st.caption(wait.rule)
            blocks.show(blocks.strip(wait_numbers(waiting(assessed, cut, wait))))
            _longest(wait, assessed, cut)


def wait_numbers(wait: Wait) -> list[tuple[str, str, str]]:
    """The three figures that belong together: how long it takes, who waits now, and the oldest."""
    median = "ikke nået" if wait.median is None else texts.days(wait.median)
    if not wait.units:
        median = texts.NO_BASE
    elif wait.units < texts.FEW:
        median = "for få"
    return [
        ("Halvdelen har ventet højst", median, f"{texts.number(wait.units)} henvendelser i perioden"),
        ("Venter nu", texts.number(wait.waiting), "uanset hvornår de henvendte sig"),
        ("Heraf over fristen", texts.number(wait.overdue), ""),
        ("Har ventet længst", texts.NONE if wait.oldest is None else texts.days(wait.oldest), ""),
    ]


def _longest(wait: Waiting, assessed: Assessed, cut: Cut) -> None:
    rows = still_waiting(assessed, cut, wait)
    if rows.is_empty():
        return
    label = "De, der har ventet længst" if len(rows) > 1 else "Den, der venter"
    box = st.expander(
        label, icon=":material/hourglass_top:", key=f"laengst_{wait.key}", on_change="rerun", type="compact"
    )
    if not box.open:
        return
    with box:
        found = rows.select("case_id", "center", "waited", "due").iter_rows()
        for case, center, waited, due in islice(found, LONGEST):
            over = f"frist {texts.date(due)}" + (", overskredet" if due < assessed.view_date else "")
            navigation.to_case(case, f"{texts.center(center)} · har ventet {texts.days(waited)} · {over}")
