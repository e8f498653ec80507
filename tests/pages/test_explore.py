"""Udforsk on the page: any figure in any cut, the cases behind a cell, and views that are never quietly changed."""

import json
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from data_access import tables, views
from data_access.database import connect
from data_access.tables import Scope
from metrics import explore as counting
from metrics.assess import COUNTS, Assessed, Cut, assess, figures, month_ends
from metrics.explore import Cell, Question
from metrics.measures import MEASURES
from tests.pages.conftest import Open
from tests.pages.test_access import CENTER, HEAD, logged
from tests.pages.test_cases import YEAR
from tests.town import TODAY
from ui.explore import question

COORDINATOR = "Ungekoordinator"
LENE = Scope("lene", ("coordinator",), None)
EVERY = {"raekke": "alle", "kolonne": "alle"}


@pytest.fixture(scope="module")
def assessed(town_url: str) -> Assessed:
    engine = connect(town_url)
    judged = assess(tables.read(engine, tables.FULL_SCOPE), TODAY, month_ends(TODAY, 13))
    engine.dispose()
    return judged


def column(app: AppTest, heading: str, at: int = 0) -> list[Any]:
    """A column of a table by its heading."""
    config = json.loads(app.dataframe[at].proto.columns)
    name = next(name for name, shown in config.items() if shown.get("label") == heading)
    return list(app.dataframe[at].value[name])


def total(assessed: Assessed, key: str, cut: Cut = YEAR) -> dict[str, Any]:
    return figures(assessed, cut).filter(pl.col("measure") == key).row(0, named=True)


def words(app: AppTest) -> str:
    return " ".join(each.value for each in (*app.markdown, *app.caption, *app.info, *app.warning, *app.error))


def field(elements: Any, label: str) -> Any:
    return next(each for each in elements if each.label == label)


# --- the table ----------------------------------------------------------------------------------------


def test_the_total_of_every_measure_is_the_figure_of_every_other_page(open_page: Open, assessed: Assessed) -> None:
    app = open_page("udforsk")
    for measure in MEASURES:
        app.query_params["noegletal"] = measure.key
        app.run()
        assert not app.exception, measure.key
        expected = sum(total(assessed, measure.key)[code] for code in COUNTS)
        assert not app.dataframe if not expected else column(app, "I alt")[-1] == expected, measure.key


@pytest.mark.parametrize("rows", ["month", "start"])
def test_every_figure_can_be_seen_by_month_and_as_a_cohort(open_page: Open, rows: str) -> None:
    app = open_page("udforsk", raekker=rows)
    for key in question.FIGURES:
        app.query_params["noegletal"] = key
        app.run()
        assert not app.exception, key
        assert not app.warning, key
        assert app.dataframe or "Ingen sager i udsnittet" in words(app), key


@pytest.mark.parametrize(
    "query",
    [
        {"raekker": "month", "kolonner": "center"},
        {"raekker": "age", "kolonner": "category", "tal": "deviations"},
        {"raekker": "start", "kolonner": "month", "tal": "units", "vis": "table"},
        {"raekker": "handed_over", "kolonner": "center", "vis": "chart"},
        {"noegletal": "mentor", "raekker": "month", "kolonner": "center"},
        {"noegletal": "k_meetings", "raekker": "category"},
    ],
)
def test_any_cut_is_shown_as_table_and_picture(open_page: Open, query: dict[str, str]) -> None:
    app = open_page("udforsk", **query)
    assert not app.exception
    assert not app.warning
    show = query.get("vis", "both")
    assert (len(app.dataframe), bool(app.get("vega_lite_chart"))) == (int(show != "chart"), show != "table")


def test_the_shared_filters_apply(open_page: Open, assessed: Assessed) -> None:
    app = open_page("udforsk", center=CENTER)
    expected = total(assessed, "first_interview", Cut(YEAR.date_from, YEAR.date_to, centers=(CENTER,)))
    assert column(app, "Center") == [CENTER, "I alt"]
    assert column(app, "I alt")[-1] == sum(expected[code] for code in COUNTS) > 0


def test_a_head_sees_their_own_centre_month_by_month(open_page: Open, assessed: Assessed) -> None:
    app = open_page("udforsk", role=HEAD)
    expected = total(assessed, "first_interview", Cut(YEAR.date_from, YEAR.date_to, centers=(CENTER,)))
    assert column(app, "I alt")[-1] == sum(expected[code] for code in COUNTS)
    assert len(column(app, "Måned")) == 14
    shown = open_page("udforsk", role=HEAD, raekker="center")
    assert column(shown, "Center") == [CENTER, "I alt"]


def test_a_choice_is_written_in_the_address_and_forgets_the_cell(open_page: Open) -> None:
    app = open_page("udforsk", **EVERY, udfald="late")
    field(app.selectbox, "Tema").select("support").run()
    field(app.selectbox, "Rækker").select("age").run()
    assert not app.exception
    assert (app.query_params["noegletal"], app.query_params["raekker"]) == ("mentor", "age")
    assert not {"raekke", "kolonne", "udfald"} & set(app.query_params)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"noegletal": "<script>"}, "kan ikke vælges her"),
        ({"raekker": ["x", "y"], "kolonner": "x"}, "kan ikke vælges her"),
        ({"raekke": "=Findes ikke", "kolonne": "="}, "Feltet findes ikke i den tabel"),
        ({"raekke": "alle", "kolonne": "alle", "udfald": "excused"}, "Ingen i feltet har netop det udfald"),
        ({"alder": "13–17 år", "kategori": "Åbenlyst uddannelsesparat"}, "Ingen sager i udsnittet"),
    ],
)
def test_what_is_not_there_is_said_and_nothing_fails(open_page: Open, query: dict[str, Any], said: str) -> None:
    app = open_page("udforsk", **query)
    assert not app.exception
    assert said in words(app)


# --- the list behind a cell ---------------------------------------------------------------------------


def test_nothing_is_listed_before_why_is_said(open_page: Open, own: sa.Engine) -> None:
    app = open_page("udforsk", purpose=False, **EVERY)
    assert len(app.dataframe) == 1
    assert field(app.selectbox, "Formål")
    assert logged(own) == []


@pytest.mark.parametrize("role", [COORDINATOR, HEAD])
def test_the_list_is_what_the_cell_counts_and_is_logged(
    open_page: Open, own: sa.Engine, assessed: Assessed, role: str
) -> None:
    cut = YEAR if role == COORDINATOR else Cut(YEAR.date_from, YEAR.date_to, centers=(CENTER,))
    for key in ("first_interview", "order_at_first", "mentor"):
        app = open_page("udforsk", role=role, noegletal=key, **EVERY)
        assert not app.exception
        expected = total(assessed, key, cut)
        listed = column(app, "Sag", 1)
        assert len(listed) == sum(expected[code] for code in COUNTS) > 0
        entry = logged(own)[-1]
        assert (entry["action"], entry["rows"], entry["cases"]) == ("list_cases", len(listed), set(listed))


@pytest.mark.parametrize(
    ("query", "row", "column_"),
    [
        ({"raekker": "center", "kolonner": "category"}, CENTER, "uddannelsesparat"),
        ({"raekker": "month", "kolonner": "center"}, "2026-06-01", CENTER),
        ({"raekker": "start", "kolonner": "age"}, "2026-10-01", "18"),
        ({"noegletal": "mentor", "raekker": "month", "kolonner": "center"}, "2026-03-01", CENTER),
    ],
)
def test_the_list_of_any_cell_is_of_its_units(
    open_page: Open, assessed: Assessed, query: dict[str, str], row: str, column_: str
) -> None:
    app = open_page("udforsk", **query, raekke=f"={row}", kolonne=f"={column_}")
    assert not app.exception
    question = Question(query.get("noegletal", "first_interview"), query["raekker"], query["kolonner"])
    expected = counting.behind(assessed, YEAR, question, Cell(row, column_))
    assert sorted(column(app, "Sag", 1)) == sorted(expected["case_id"]) != []


def test_an_outcome_narrows_the_list(open_page: Open, assessed: Assessed) -> None:
    app = open_page("udforsk", **EVERY, udfald=["late"])
    assert len(column(app, "Sag", 1)) == total(assessed, "first_interview")["late"] > 0
    assert set(column(app, "Udfald", 1)) == {"For sent"}


def test_a_picked_row_leads_to_the_case(open_page: Open) -> None:
    app = open_page("udforsk", **EVERY)
    key = app.dataframe[1].proto.id.rpartition("-")[2]
    app.session_state[key] = {"selection": {"rows": [1, 10**6], "columns": [], "cells": []}}
    app.run()
    links = [link.proto.query_string for link in app.get("page_link")]
    assert links == [f"sag={column(app, 'Sag', 1)[1]}"]


# --- saved views --------------------------------------------------------------------------------------


def saved(engine: sa.Engine, **changed: Any) -> None:
    """A view that a colleague shares."""
    asked = {
        "measure": "mentor",
        "title": "Mentorstøtte",
        "rows": "month",
        "columns": "center",
        "number": "rate",
        "show": "table",
        "period": "Sidste år",
    }
    form = changed.pop("form", 1)
    views.save(engine, LENE, name="Mentor", form=form, asked=asked | changed, shared=True)


def opened(open_page: Open, role: str = COORDINATOR) -> AppTest:
    app = open_page("udforsk", role=role)
    next(button for button in app.button if button.label == "Åbn").click().run()
    assert not app.exception
    return app


def test_a_view_is_saved_opened_shared_and_removed(open_page: Open, own: sa.Engine) -> None:
    app = open_page("udforsk", noegletal="decided", raekker="month", periode="Seneste 3 måneder")
    field(app.text_input, "Navn").input("Stillingtagen")
    field(app.button, "Gem").click().run()
    assert [each.value for each in app.success] == ["Gemt\\: »Stillingtagen«, udgave 1."]
    [view] = views.views(own, Scope("prøve", ("coordinator",), None))
    assert (view.asked["measure"], view.asked["rows"], view.asked["period"]) == (
        "decided",
        "month",
        "Seneste 3 måneder",
    )
    app = opened(open_page)
    assert (app.query_params["noegletal"], app.query_params["raekker"]) == ("decided", "month")
    assert field(app.selectbox, "Periode").value == "Seneste 3 måneder"
    assert "Visningen »Stillingtagen«, udgave 1 fra" in words(app)
    field(app.button, "Del med andre").click().run()
    assert views.views(own, LENE)[0].name == "Stillingtagen"
    field(app.button, "Fjern").click().run()
    assert views.views(own, LENE) == ()
    assert not app.exception


def test_a_shared_view_shows_a_head_their_own_and_says_so(open_page: Open, own: sa.Engine) -> None:
    saved(own, center="Center Familie og Handicap")
    app = opened(open_page, HEAD)
    [warning] = app.warning
    assert "delt af lene\\: du ser dine egne sager i den." in warning.value
    assert "Visningens center er ikke et af dine." in warning.value
    assert "Familie" not in words(app)
    assert field(app.selectbox, "Center").value == CENTER
    assert field(app.selectbox, "Periode").value == "Sidste år"


def test_what_is_not_as_it_was_saved_is_said_until_something_else_is_chosen(open_page: Open, own: sa.Engine) -> None:
    saved(own, category="jobparat", rows="caseworker")
    app = opened(open_page)
    [warning] = app.warning
    assert "Ikke alt er, som da den blev gemt" in warning.value
    assert "»jobparat« findes ikke mere" in warning.value
    assert "»caseworker« kan ikke vælges her" in warning.value
    app.run()
    assert app.warning
    field(app.selectbox, "Rækker").select("age").run()
    assert not app.warning


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"measure": "gone", "title": "Et gammelt tal"}, "»Et gammelt tal« findes ikke mere"),
        ({"form": 2}, "nyere udgave"),
    ],
)
def test_a_view_of_which_nothing_is_left_changes_nothing(
    open_page: Open, own: sa.Engine, changed: dict[str, Any], said: str
) -> None:
    saved(own, **changed)
    app = opened(open_page)
    assert said in app.error[0].value
    assert "noegletal" not in app.query_params
    assert field(app.selectbox, "Periode").value == "Seneste 12 måneder"


def test_an_earlier_version_can_be_opened(open_page: Open, own: sa.Engine) -> None:
    saved(own)
    saved(own, measure="undocumented")
    app = open_page("udforsk")
    field(app.button, "Åbn udgave 1").click().run()
    assert app.query_params["noegletal"] == "mentor"
    assert "udgave 1 fra" in words(app)


def test_a_name_that_cannot_be_saved_is_said_beside_the_form(open_page: Open, own: sa.Engine) -> None:
    app = open_page("udforsk")
    field(app.button, "Gem").click().run()
    assert [error.value for error in app.error] == ["Giv visningen et navn."]
    assert views.views(own, LENE) == ()
