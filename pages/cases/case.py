"""Sag: one case's deadlines and events."""

import polars as pl
import streamlit as st

from data_access.case_rows import protected_now
from metrics.measures import THEMES
from ui import access, charts, choices, deviations, handling, looks, navigation, state, texts
from ui.case import case_file

NOT_FOUND = "Sagen findes ikke, eller du har ikke adgang til den."
DATE = {"format": "DD-MM-YYYY", "width": 110}
DEADLINES = {
    "title": st.column_config.TextColumn("Frist for"),
    "trigger": st.column_config.DateColumn("Begynder", **DATE),
    "due": st.column_config.DateColumn("Senest", **DATE),
    "done": st.column_config.DateColumn("Udført", **DATE),
    "said": st.column_config.TextColumn("Udfald", width=140),
}
WRONG = {
    "rule": st.column_config.TextColumn(deviations.HEADINGS["rule"], width=270),
    "outcome": st.column_config.TextColumn(deviations.HEADINGS["outcome"], width=120),
    "since": st.column_config.TextColumn(deviations.HEADINGS["since"], width=110),
    "handling": st.column_config.TextColumn(deviations.HEADINGS["handling"], width=220),
    "why": st.column_config.TextColumn(deviations.HEADINGS["why"], width=480),
}
JUDGED = {
    "title": st.column_config.TextColumn("Nøgletal", width=300),
    "outcome": st.column_config.TextColumn("Udfald", width=140),
    "why": st.column_config.TextColumn("Hvorfor", width=520),
}
EVENTS = {
    "on": st.column_config.DateColumn("Dato", **DATE),
    "what": st.column_config.TextColumn("Hændelse", width=280),
    "detail": st.column_config.TextColumn("Nærmere", width=400),
}

scope = access.guard("cases")
st.page_link(
    navigation.DEVIATIONS,
    label="Tilbage til afvigelser",
    icon=":material/arrow_back:",
    query_params=choices.kept(),
)
asked = st.query_params.get("sag", "").strip()
assessed = state.assessed(scope)
known = assessed.cases.filter((pl.col("case_id") == asked) & pl.col("held"))
if known.is_empty():
    st.title("Sag", anchor=False)
    looks.refused(scope, asked)
    st.warning(NOT_FOUND, icon=":material/search_off:")
    st.stop()
# by the newest delivery too, also while the one before is shown
protected = known["protected"].item() or protected_now(state.engine(), scope, asked)
tables = looks.case(scope, asked, protected=protected)
file = case_file(asked, assessed, tables) if tables is not None else None
if file is None:  # why is not said yet
    st.stop()
looks.said(scope)

with st.container(key="sagshoved", gap="xxsmall"):
    st.title("Sag", anchor=False)
    with st.container(key="sagsnummer"):
        st.text(file.case_id)
    st.text(file.header())
    if file.handed_over:
        st.badge("Overdraget undervejs", icon=":material/swap_horiz:", color="orange")

wrong = handling.of_case(scope, file.case_id)
handling.confirmed()
if not wrong.is_empty():
    st.header("Afvigelser", anchor=False)
    table = deviations.table(wrong)
    shown = [name for name in WRONG if name in table.columns]
    st.dataframe(table.select(shown), hide_index=True, column_config=WRONG, alt="Sagens afvigelser")
    if scope.may("handle"):
        with st.container(border=True, key="haandter_sag", width=720):
            st.subheader("Sig, hvordan den håndteres", anchor=False)
            handling.form(scope, handling.pick(wrong))
if (said := handling.history(scope, file.case_id)).height:
    st.subheader("Håndtering til nu", anchor=False)
    st.dataframe(
        said, hide_index=True, placeholder=texts.NONE, column_config=handling.HISTORY, alt="Håndteringer, nyeste øverst"
    )

st.header("Frister", anchor=False)
if file.deadlines.is_empty():
    st.caption("Ingen frister i sagen endnu.")
else:
    chart = charts.case_timeline(file.deadlines, assessed.view_date)
    counted = file.deadlines["outcome"].value_counts(sort=True).iter_rows()
    said = ", ".join(f"{texts.number(count)} {texts.OUTCOMES[outcome].lower()}" for outcome, count in counted)
    st.markdown(f"{charts.timeline_marks(chart)} · **|**{texts.SPACE}frist")
    st.vega_lite_chart(
        chart.frame,
        chart.spec,
        theme=None,
        key="tidslinje",
        alt=f"Sagens frister: {said}. Datoerne står i tabellen nedenunder.",
    )
    outcome = pl.col("outcome").replace_strict(texts.OUTCOMES, return_dtype=pl.String)
    st.dataframe(
        file.deadlines.select("title", "trigger", "due", "done", said=outcome),
        hide_index=True,
        placeholder=texts.NONE,
        column_config=DEADLINES,
        alt="Sagens frister",
    )

st.header("Udfald", anchor=False)
st.caption("Alt, hvad sagen tæller med i, også det, der er overholdt.")
for theme in THEMES:
    rows = file.judged.filter(pl.col("theme") == theme.title).drop("theme")
    if not rows.is_empty():
        st.subheader(theme.title, anchor=False)
        st.dataframe(rows, hide_index=True, column_config=JUDGED, alt=f"Sagens udfald: {theme.title}")

st.header("Hændelser", anchor=False)
st.caption("Det nyeste øverst.")
st.dataframe(
    file.events,
    hide_index=True,
    placeholder=texts.NONE,
    column_config=EVENTS,
    height=min(38 + 35 * file.events.height, 600),
    alt="Sagens hændelser",
)
