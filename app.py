"""The frame around every page: who is let in, look, menu, title, data date and shared filters; then the page itself."""

# Both before anything else: sessions that arrive together on a cold server would meet a half-imported pandas.
import pandas  # noqa: F401, I001
import pyarrow  # noqa: F401

from pathlib import Path

import streamlit as st

from data_access.database import DatabaseUnavailable
from ui import access, filters, gauges, navigation, notices, state, texts, turns

HERE = Path(__file__).parent

# before the navigation: a page without an icon of its own in the tab fetches one from Google
st.set_page_config("Ungeoverblik", page_icon=str(HERE / "static/favicon.png"), layout="wide")
st.html(HERE / "ui/style.css")
st.logo(str(HERE / "static/logo.svg"), size="large")

run = gauges.Run()
turn = turns.Turn()
try:
    scope = access.current()
    page, place = navigation.open_page(scope)
    run.of(place.url)
    st.set_page_config(f"{place.title} · Ungeoverblik")
    data = state.arrive(scope)
    with st.container(key="ramme", horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        if place.listed:
            st.title(place.title, anchor=False, width="content")
        demo = " :orange-badge[:material/science: Demodata]" if data.demo else ""
        with st.container(horizontal=True, gap="small", vertical_alignment="center", width="content"):
            st.caption(f"Opgjort pr. {texts.long_date(data.view_date)}{demo}", width="content")
            access.who(scope)
    if place.filtered and place.open_to(scope):
        with st.container(key="filtre", horizontal=True, gap="small", vertical_alignment="bottom"):
            chosen = filters.show(data.view_date, data.centers, filters.everywhere(scope))
            filters.share_button(chosen)
            if chosen.narrowed:
                filters.reset_button("nulstil")
    if data.never_delivered and scope.may("figures"):
        notices.never_delivered(data.never_delivered)
    with access.frame(scope):
        page.run()
except access.NotAdmitted as refused:
    notices.not_admitted(refused)
except DatabaseUnavailable as error:
    notices.unavailable(error)
except state.NothingDelivered:
    notices.nothing_delivered()
finally:
    turn.over()
    run.ended()
