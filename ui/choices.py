"""A page's own choices, kept in the address by their codes, so that a copied link shows the same list.

Streamlit's own binding would put the labels there, and these hold counts. The address decides: what the page
does not know in it is left unread, and a click is written back before the page is drawn again. What is picked in
a table is not in the address: it lasts as long as the rows do.
"""

import hashlib
from collections.abc import Mapping

import polars as pl
import streamlit as st

_KEPT = "_choices"


def pick(key: str, label: str, options: Mapping[str, str]) -> tuple[str, ...]:
    """Draw pills for code -> label, and return the codes that are picked, in the order of the options.

    `key` is the name in the address, where it may be repeated: `?regel=first_interview&regel=decided`.
    """
    widget = f"valg_{key}"
    st.session_state[widget] = [code for code in options if code in asked(key)]
    st.pills(
        label,
        list(options),
        selection_mode="multi",
        format_func=lambda code: options[code],
        key=widget,
        on_change=_write,
        args=(key, widget),
    )
    picked = tuple(st.session_state[widget])
    st.session_state.setdefault(_KEPT, {})[key] = list(picked)
    return picked


def pick_one(key: str, label: str, options: Mapping[str, str]) -> str:
    """Draw code -> label beside each other, and return the one code that is picked; the first where none is."""
    widget = f"valg_{key}"
    st.session_state[widget] = next((code for code in options if code in asked(key)), next(iter(options)))
    st.segmented_control(
        label,
        list(options),
        required=True,
        format_func=lambda code: options[code],
        key=widget,
        on_change=_write,
        args=(key, widget),
        label_visibility="collapsed",
    )
    return str(st.session_state[widget])


def choose(key: str, label: str, options: Mapping[str, str], chosen: str, *clears: str, width: int = 190) -> None:
    """Draw a list of code -> label that stands at `chosen`; a change takes the keys `clears` out of the address."""
    widget = f"valg_{key}"
    st.session_state[widget] = chosen
    st.selectbox(
        label,
        list(options),
        format_func=options.__getitem__,
        key=widget,
        on_change=_write,
        args=(key, widget, *clears),
        filter_mode=None,
        width=width,
    )


def asked(key: str) -> list[str]:
    """What the address says, known or not."""
    return list(st.query_params.get_all(key))


def kept() -> dict[str, list[str]]:
    """What was last picked in this session: for a link back."""
    return {key: codes for key, codes in st.session_state.get(_KEPT, {}).items() if codes}


def clear(*keys: str) -> None:
    """Take choices out of the address."""
    for key in keys:
        st.query_params.pop(key, None)


def key_of(name: str, *shown: object) -> str:
    """The key of a widget that belongs to what it shows: of anything else it is another, with nothing picked or typed.

    A kept key would keep a row's number when the rows have changed places, and so point at another case: of a table,
    `shown` has the names of its rows as a frame, which stands for every row of it in its order.
    """
    said = [each.rows() if isinstance(each, pl.DataFrame) else each for each in shown]
    return f"{name}_{hashlib.sha256(repr(said).encode()).hexdigest()[:16]}"


def rows(key: str, height: int) -> list[int]:
    """The rows picked in a table of so many; what a browser sends can be forged, and no row outside it is picked."""
    asked = st.session_state.get(key, {}).get("selection", {}).get("rows", [])
    return [row for row in asked if isinstance(row, int) and 0 <= row < height]


def _write(key: str, widget: str, *clears: str) -> None:
    st.query_params[key] = st.session_state[widget]
    clear(*clears)
