"""Handling deviations on the pages: marked, read back, kept, logged, and no figure is changed by it."""

import contextlib
from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from data_access import tables
from data_access.database import data_version, reading
from metrics.assess import assess, figures
from tests.pages.conftest import Open
from tests.pages.test_access import HEAD, logged
from tests.pages.test_cases import YEAR, shown
from tests.town import TODAY
from ui import texts


def pick(app: AppTest, *rows: int) -> AppTest:
    """Tick some rows of the list."""
    key = app.dataframe[0].proto.id.rpartition("-")[2]
    app.session_state[key] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    return app.run()


def field(elements: Sequence[Any], label: str) -> Any:
    return next(each for each in elements if each.label == label)


def handled(engine: sa.Engine) -> list[tuple[str, str, str]]:
    """(case, state, note) of everything that was said, the oldest first."""
    with reading(engine) as connection:
        return [
            tuple(row) for row in connection.execute(sa.text("SELECT case_id, state, note FROM handlings ORDER BY id"))
        ]


def test_a_picked_row_is_marked_and_read_back(open_page: Open, own: sa.Engine) -> None:
    app = pick(open_page("afvigelser", role=HEAD), 1)
    case = app.dataframe[0].value["case"].iloc[1]
    field(app.selectbox, "Håndtering").select("explained").run()
    field(app.button, "Gem").click().run()
    assert [error.value for error in app.error] == ["Vælg den grund, der forklarer afvigelsen."]
    assert handled(own) == []
    field(app.selectbox, "Grund").select("out_of_reach")
    field(app.text_input, "Note (kan udelades)").input("Flyttet *uden* adresse")
    field(app.button, "Gem").click().run()
    assert not app.exception
    assert handled(own) == [(case, "explained", "Flyttet *uden* adresse")]
    [saved] = app.success
    assert texts.plain(case) in saved.value
    assert "Forklaret\\: Den unge kunne ikke nås" in saved.value
    assert list(app.dataframe[0].value["handling"]).count("Forklaret: Den unge kunne ikke nås") == 1
    assert [entry["action"] for entry in logged(own)].count("handle") == 1
    again = open_page("afvigelser", role=HEAD, haandtering=["explained"])
    assert list(again.dataframe[0].value["case"]) == [case]
    assert not again.success


def test_a_picked_row_shows_what_was_said_of_it(open_page: Open, own: sa.Engine) -> None:
    app = pick(open_page("afvigelser", role=HEAD), 0)
    field(app.selectbox, "Håndtering").select("accepted").run()
    field(app.text_input, "Note (kan udelades)").input("Aftalt på ledermøde")
    field(app.button, "Gem").click().run()
    app = pick(open_page("afvigelser", role=HEAD, haandtering=["accepted"]), 0)
    assert "Accepteret. Aftalt på ledermøde" in [text.value for text in app.text]


def test_several_rows_are_marked_at_once(open_page: Open, own: sa.Engine) -> None:
    app = pick(open_page("afvigelser", role=HEAD), 0, 1, 2)
    cases = list(app.dataframe[0].value["case"][:3])
    assert "3 afvigelser valgt" in [each.value for each in app.header]
    field(app.selectbox, "Håndtering").select("misregistered").run()
    field(app.button, "Gem").click().run()
    assert sorted(case for case, *_ in handled(own)) == sorted(cases)
    assert "Registreringsfejl til rettelse (3)" in [box.label for box in app.expander]


@pytest.mark.parametrize("state", ["betalt", "EXPLAINED", "", "'; DROP TABLE handlings; --"])
def test_a_mark_that_is_not_offered_saves_nothing(open_page: Open, own: sa.Engine, state: str) -> None:
    app = pick(open_page("afvigelser", role=HEAD), 1)
    with contextlib.suppress(ValueError):  # what AppTest knows is not among the options
        field(app.selectbox, "Håndtering").set_value(state).run()
    assert not app.exception
    assert "Gem" not in [button.label for button in app.button]
    assert handled(own) == []


def test_a_head_cannot_pick_another_centre_s_case_by_a_number_that_is_not_there(
    open_page: Open, own: sa.Engine
) -> None:
    app = open_page("afvigelser", role=HEAD)
    many = len(app.dataframe[0].value)
    pick(app, many, many + 1, -1, 10**6)
    assert not app.exception
    assert "Håndtering" not in [box.label for box in app.selectbox]


def test_a_mark_changes_no_figure(open_page: Open, own: sa.Engine) -> None:
    def numbers() -> pl.DataFrame:
        return figures(assess(tables.read(own, tables.FULL_SCOPE), TODAY), YEAR)

    before, version = numbers(), data_version(own)
    app = pick(open_page("afvigelser", role=HEAD), 0, 1, 2, 3)
    field(app.selectbox, "Håndtering").select("accepted").run()
    field(app.button, "Gem").click().run()
    assert len(handled(own)) == 4
    assert numbers().equals(before)
    assert data_version(own) == version
    assert shown(open_page("afvigelser", role=HEAD)) == shown(app)


def test_the_case_page_marks_one_of_its_deviations_and_keeps_the_history(open_page: Open, own: sa.Engine) -> None:
    case = open_page("afvigelser", role=HEAD).dataframe[0].value["case"].iloc[0]
    app = open_page("sag", role=HEAD, sag=case)
    for state in ("accepted", "unmarked"):
        field(app.selectbox, "Håndtering").select(state).run()
        field(app.button, "Gem").click().run()
        assert not app.exception
        assert app.success[0].value.startswith("Gemt ")
    told = next(table.value for table in app.dataframe if "saved_by" in table.value.columns)
    assert list(told["handled"]) == ["Mærket fjernet", "Accepteret"]
    assert set(app.dataframe[0].value["handling"]) == {"Uhåndteret"}
