"""Overblik: how things stand, and where to look first."""

import streamlit as st

from metrics.measures import THEMES
from ui import access, blocks, filters, overview, selected

scope = access.guard()
summary, readings = selected.overall(scope), selected.readings(scope)
if not summary.youths:
    filters.nothing_selected()
    st.stop()
blocks.show(blocks.strip(overview.strip(summary, readings)))
overview.show_first(summary, readings)
for theme in THEMES:
    overview.show_theme(theme, readings)
st.caption("Prikket linje og »landet«: fokusrevisionen, december 2021. Et benchmark, ikke et mål.")
overview.show_where(summary)
