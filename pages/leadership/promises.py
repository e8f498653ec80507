"""De fire løfter: one entrance, one plan, one guide, one coherent effort, in the parts of them that can be measured."""

import streamlit as st

from metrics.promises import PROMISES
from ui import access, blocks, filters, overview, promises, selected, state

scope = access.guard("figures")
known = selected.notes(scope)
readings = selected.readings(scope, known)
chosen = filters.current()

st.markdown(
    "Hvert løfte står med de nøgletal, der viser en del af det. De er **ikke lagt sammen til én karakter**: et løfte, "
    "der er holdt for nogle unge, er ikke holdt for alle. Navnet fører til nøgletallets egen side."
)
if not any(readings.now[key].units for promise in PROMISES for key in promise.parts):
    filters.nothing_selected()
    st.stop()
view_date = state.current(scope).view_date
targets = overview.targets(known, min(chosen.date_to, view_date))
query = filters.address(view_date)
whole = chosen.centers[0] if chosen.centers else chosen.whole
for promise in PROMISES:
    with st.container(key=f"loefte_{promise.key}", border=True):
        st.header(promise.title, anchor=promise.key)
        st.markdown(promise.text)
        blocks.show(promises.parts(promise, readings, targets, query, whole))
        st.caption(f"**Kan ikke måles her:** {promise.unmeasured}")
