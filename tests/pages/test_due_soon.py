"""Forfalder snart: the list is what falls due, day by day, and it is asked and logged before anything is shown."""

import datetime as dt

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from data_access import tables
from data_access.database import connect
from metrics.assess import BY_KEY, Assessed, Cut, assess
from metrics.due_soon import due_soon
from tests.pages.conftest import Open
from tests.pages.test_access import HEAD, logged
from tests.town import TODAY
from ui import due_soon as shown

ANY = Cut(TODAY, TODAY)


@pytest.fixture(scope="module")
def assessed(town_url: str) -> Assessed:
    return assess(tables.read(connect(town_url), tables.FULL_SCOPE), TODAY)


def listed(app: AppTest) -> list[str]:
    """The numbers of the cases in the list."""
    assert not app.exception
    return list(app.dataframe[0].value["case"]) if app.dataframe else []


def test_the_list_is_what_falls_due_the_first_first(open_page: Open, assessed: Assessed) -> None:
    rows = due_soon(assessed, ANY)
    assert rows.height > 5
    app = open_page("forfalder-snart")
    assert listed(app) == rows["case_id"].to_list()
    sent = app.dataframe[0].value
    assert set(sent.columns) <= set(shown.HEADINGS)
    assert list(sent["days_left"]) == rows["days_left"].to_list()


@pytest.mark.parametrize("address", [{"inden": "7"}, {"frist": "decided"}, {"center": "Center Børn og Unge"}])
def test_a_link_shows_its_choices(open_page: Open, assessed: Assessed, address: dict[str, str]) -> None:
    cut = Cut(TODAY, TODAY, centers=(address["center"],) if "center" in address else None)
    rules = (address["frist"],) if "frist" in address else ()
    rows = shown.chosen(due_soon(assessed, cut), shown.Choice(int(address.get("inden", 14)), rules))
    assert listed(open_page("forfalder-snart", **address)) == rows["case_id"].to_list()


def test_the_period_does_not_matter(open_page: Open, assessed: Assessed) -> None:
    assert listed(open_page("forfalder-snart", periode="Sidste år")) == due_soon(assessed, ANY)["case_id"].to_list()


def test_nothing_is_shown_before_why_is_said_and_what_is_shown_is_logged(open_page: Open, own: sa.Engine) -> None:
    assert listed(open_page("forfalder-snart", purpose=False)) == []
    assert logged(own) == []
    cases = listed(open_page("forfalder-snart"))
    [entry] = logged(own)
    assert (entry["action"], entry["rows"], entry["cases"]) == ("list_cases", len(cases), set(cases))


def test_a_head_sees_own_centre_s_only(open_page: Open, assessed: Assessed) -> None:
    own_rows = due_soon(assessed, Cut(TODAY, TODAY, centers=(HEAD.partition(", ")[2],)))
    assert listed(open_page("forfalder-snart", role=HEAD)) == own_rows["case_id"].to_list()


def test_a_row_opens_its_case_at_the_side(open_page: Open) -> None:
    app = open_page("forfalder-snart")
    table = app.dataframe[0]
    app.session_state[table.proto.id.rpartition("-")[2]] = {"selection": {"rows": [1], "columns": [], "cells": []}}
    case = table.value["case"].iloc[1]
    app.run()
    assert not app.exception
    link = next(each for each in app.get("page_link") if each.proto.label == "Åbn sagsforløbet")
    assert link.proto.query_string == f"sag={case}"


def test_a_selection_in_which_nothing_falls_due_says_so(open_page: Open) -> None:
    app = open_page("forfalder-snart", alder="25–30 år", kategori="Ikke visiteret", center="Center Børn og Unge")
    assert listed(app) == []
    assert app.success[0].value == "Ingen frister forfalder de næste 14 dage."


def test_choices_that_give_nothing_show_the_way_back(open_page: Open, assessed: Assessed) -> None:
    none = next(key for key in BY_KEY if key not in set(due_soon(assessed, ANY)["measure"]))
    app = open_page("forfalder-snart", frist=none)
    assert listed(app) == []
    assert app.info[0].value == "Ingen frister med netop de valg."
    next(button for button in app.button if button.label == "Fjern valgene").click().run()
    assert listed(app)


@pytest.mark.parametrize(
    ("days", "said"),
    [(0, "I dag"), (1, "I morgen"), (2, "Tirsdag 24-11-2026"), (14, "Søndag 06-12-2026")],
)
def test_the_day_is_said_as_people_do(days: int, said: str) -> None:
    assert shown.day(TODAY + dt.timedelta(days=days), TODAY) == said
