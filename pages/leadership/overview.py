"""Overblik: how things stand, and where to look first."""

import streamlit as st

from metrics.due_soon import due_soon
from metrics.measures import THEMES
from ui import access, blocks, filters, handling, overview, selected, state

scope = access.guard("figures")
summary = selected.overall(scope)
if not summary.youths:
    filters.nothing_selected()
    st.stop()
known = selected.notes(scope)
readings = selected.readings(scope, known)
targets = overview.targets(known, selected.cut().date_to)
assessed, cut = selected.assessed(scope), selected.cut()
listed, soon = handling.listed(scope, assessed, cut), due_soon(assessed, cut)
centers = [name for name in state.current(scope).centers if cut.centers is None or name in cut.centers]
blocks.show(blocks.strip(overview.strip(summary, readings, targets, listed, soon)))
overview.show_first(summary, readings, targets, soon, centers)
for theme in THEMES:
    overview.show_theme(theme, readings, targets)
own = "Ubrudt linje og »mål«: kommunens eget mål. " if targets else ""
st.caption(
    f"Prikket linje og »landet«: fokusrevisionen, december 2021. Et benchmark, ikke et mål. {own}"
    "Rombe: uden for det forventede."
)
overview.show_where(summary)
