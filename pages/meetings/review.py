"""Ledelsestilsyn: sampled case review, from the draw to what it shows."""

import streamlit as st

from data_access import reviews
from ui import access, state
from ui.review import show_case, show_round, show_rounds, standing, ways

scope = access.guard("review")
every = reviews.rounds(state.engine(), scope)
wanted = st.query_params.get(ways.ROUND, "").strip()
chosen = next((round_ for round_ in every if str(round_.id) == wanted), None)
if chosen is None:
    if wanted:
        st.warning("Runden findes ikke.", icon=":material/search_off:")
    ways.confirmed()
    show_rounds.show(scope, every)
elif case := st.query_params.get(ways.CASE, "").strip():
    show_case.show(scope, standing.read(state.engine(), scope, chosen), case)
else:
    show_round.show(scope, standing.read(state.engine(), scope, chosen))
