"""Ledelsestilsyn: the ways between all rounds, one round and one case of it, and what was saved on the way."""

from typing import Literal

import streamlit as st

from data_access.reviews import Round
from ui import texts
from ui.looks import Why

ROUND, CASE = "runde", "sag"
"""Names in the address."""
SAVED = "_reviewed"
"""Key in the session of what was just saved."""
WIDE = 720
"""Of a form, in pixels."""


def go(round_id: int | None, case: str) -> None:
    """Another part of this page. Not as a link: Streamlit leaves the address as it is on a link to its own page."""
    asked = {ROUND: "" if round_id is None else str(round_id), CASE: case}
    st.query_params.from_dict({key: value for key, value in asked.items() if value})


def way(
    label: str,
    key: str,
    round_: Round | None = None,
    case: str = "",
    *,
    icon: str,
    type: Literal["primary", "tertiary"] = "tertiary",
) -> None:
    """The way to a round, a case of it, or back to all rounds."""
    to = (round_.id if round_ else None, case)
    st.button(label, key=key, type=type, icon=f":material/{icon}:", on_click=go, args=to)


def confirmed() -> None:
    """Say what was saved before the page was drawn anew, once."""
    if said := st.session_state.pop(SAVED, None):
        st.success(texts.plain(said), icon=":material/check:")


def why(round_: Round) -> Why:
    """Why the cases of a round are looked at: that is known, and not asked for."""
    return Why("management_review", round_.title)
