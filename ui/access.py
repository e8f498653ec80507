"""Who may see what: the guard that every page calls before it shows anything.

A freshly started server can be asked for a page's address before it has run `app.py`. The guard therefore stops a
page that does not stand inside the frame, and hands out the scope without which data_access gives no rows.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from data_access.tables import FULL_SCOPE, Scope

_FRAME = "_frame"


@contextmanager
def frame() -> Iterator[None]:
    """Only inside this may a page run; `app.py` opens it anew on each rerun."""
    st.session_state[_FRAME] = True
    try:
        yield
    finally:
        st.session_state.pop(_FRAME, None)


def guard() -> Scope:
    """The first call of every page: whose eyes its rows are for. Stops a page that runs without the frame."""
    if not st.session_state.get(_FRAME):
        st.error("Siden kan ikke vises alene. Åbn Ungeoverblik fra forsiden.", icon=":material/lock:")
        st.markdown("[Gå til forsiden](/)")
        st.stop()
    return FULL_SCOPE
