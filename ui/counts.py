"""Counts without a rate on a theme's page: how many of each kind, and how they flow."""

import polars as pl
import streamlit as st

from metrics.assess import Assessed, Cut, count_values
from metrics.measure import Distribution
from ui import blocks, charts, texts

CHAIN, FLOW = "chain", "category_flow"
APART = ("target_flow", "k_meetings")
"""Counts that are no parts of a whole: the same unit may stand in several."""


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
    if figure.key in APART:
        return blocks.bars([blocks.Bar(label, count, texts.number(count)) for label, count in counted], figure.rule)
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
