"""What is picked in a table is a row of it, and of the table that is shown now."""

from typing import Any

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from ui import choices

UNITS = pl.DataFrame({"measure": ["first_interview"] * 40, "unit_id": [f"u{number}" for number in range(40)]})


def picked() -> None:
    """The page of a test: which rows of a table of three are picked."""
    import streamlit as st

    from ui import choices

    st.json(choices.rows("tabel", 3))


@pytest.mark.parametrize(
    ("sent", "rows"),
    [
        ([0], "[0]"),
        ([2, 0], "[2, 0]"),
        ([], "[]"),
        ([3], "[]"),
        ([-1], "[]"),
        ([10**6, 1], "[1]"),
        (["1", None, 1.0, [1]], "[]"),
        (None, "[]"),
    ],
)
def test_no_row_outside_the_table_is_picked(sent: Any, rows: str) -> None:
    app = AppTest.from_function(picked)
    if sent is not None:
        app.session_state["tabel"] = {"selection": {"rows": sent, "columns": [], "cells": []}}
    app.run()
    assert not app.exception
    assert app.json[0].value == rows


@pytest.mark.parametrize(
    ("name", "shown", "same"),
    [
        ("liste", (UNITS,), True),
        ("liste", (UNITS.clone(),), True),
        ("anden", (UNITS,), False),
        ("liste", (UNITS.reverse(),), False),
        ("liste", (UNITS.head(39),), False),
        ("liste", (UNITS[[*range(18), 19, 18, *range(20, 40)]],), False),  # where a frame's own words leave rows out
        ("liste", (UNITS, "lene"), False),
    ],
)
def test_a_table_with_other_rows_is_another_table(name: str, shown: tuple[object, ...], same: bool) -> None:
    assert (choices.key_of(name, *shown) == choices.key_of("liste", UNITS)) is same
