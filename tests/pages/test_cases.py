"""Afvigelser and Sag: the list is the number, a link shows the list, and no case is found that is not there."""

import datetime as dt

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from data_access import tables
from data_access.database import connect
from data_access.models import CATEGORIES
from metrics.assess import DEVIATIONS, Assessed, Cut, assess, figures, year_before
from metrics.summary import summarise
from tests.pages.conftest import Open
from tests.town import TODAY
from ui import deviations, texts

NOT_FOUND = "Sagen findes ikke, eller du har ikke adgang til den."
YEAR = Cut(year_before(TODAY), TODAY)


@pytest.fixture(scope="module")
def engine(town_url: str) -> sa.Engine:
    return connect(town_url)


@pytest.fixture(scope="module")
def assessed(engine: sa.Engine) -> Assessed:
    return assess(tables.read(engine, tables.FULL_SCOPE), TODAY, [TODAY, dt.date(2025, 12, 31)])


def counted(assessed: Assessed, cut: Cut) -> dict[str, int]:
    """Measure -> late + overdue + missing, as the figures have it."""
    rows = figures(assessed, cut).select("measure", *DEVIATIONS).rows()
    return {measure: sum(counts) for measure, *counts in rows if sum(counts)}


def shown(app: AppTest) -> int:
    assert not app.exception
    return len(app.dataframe[0].value) if app.dataframe else 0


def picked(app: AppTest, key: str) -> list[str]:
    return list(next(each for each in app.get("button_group") if each.key == f"valg_{key}").value)


def test_the_list_of_every_rule_is_as_long_as_the_number(open_page: Open, assessed: Assessed) -> None:
    numbers = counted(assessed, YEAR)
    assert len(numbers) > 15
    app = open_page("afvigelser")
    assert shown(app) == sum(numbers.values())
    for rule in deviations.RULES:
        app.query_params["regel"] = rule
        assert shown(app.run()) == numbers.get(rule, 0), rule


@pytest.mark.parametrize(
    ("address", "cut"),
    [
        ({"center": "Center Børn og Unge"}, Cut(YEAR.date_from, YEAR.date_to, centers=("Center Børn og Unge",))),
        ({"periode": "Sidste år"}, Cut(dt.date(2025, 1, 1), dt.date(2025, 12, 31))),
        (
            {"kategori": CATEGORIES["aktivitetsparat"], "alder": "18–24 år"},
            Cut(YEAR.date_from, YEAR.date_to, categories=("aktivitetsparat",), ages=((18, 24),)),
        ),
    ],
)
def test_the_shared_filters_cut_the_list_as_they_cut_the_number(
    open_page: Open, assessed: Assessed, address: dict[str, str], cut: Cut
) -> None:
    numbers = counted(assessed, cut)
    assert shown(open_page("afvigelser", **address)) == sum(numbers.values()) > 0


def test_outcome_and_age_of_breach_narrow_the_list(open_page: Open, assessed: Assessed) -> None:
    rows = deviations.listed(assessed, YEAR)
    app = open_page("afvigelser", udfald=["overdue"], brud=["91-"])
    expected = deviations.chosen(rows, deviations.Choice((), ("overdue",), ("91-",)))
    assert shown(app) == expected.height > 0
    assert set(app.dataframe[0].value["outcome"]) == {"Overskredet"}
    assert picked(app, "udfald") == ["overdue"]


def test_what_can_still_be_done_is_listed_as_the_front_page_counts_it(open_page: Open, assessed: Assessed) -> None:
    overdue = summarise(assessed, YEAR, ()).overdue
    assert overdue["count"].sum() > 0
    for rule, count, _ in overdue.iter_rows():
        assert (
            shown(open_page("afvigelser", regel=[rule], udfald=["overdue"], sagsstatus=["open"], tid=["alle"])) == count
        ), rule


def test_a_click_on_a_rule_is_written_to_the_address(open_page: Open, assessed: Assessed) -> None:
    app = open_page("afvigelser", regel=["decided"])
    next(each for each in app.get("button_group") if each.key == "valg_regel").set_value(
        ["decided", "order_fulfilled"]
    ).run()
    assert app.query_params["regel"] == ["decided", "order_fulfilled"]
    numbers = counted(assessed, YEAR)
    assert shown(app) == numbers["decided"] + numbers["order_fulfilled"]


def test_the_pills_say_how_many(open_page: Open, assessed: Assessed) -> None:
    pills = next(each for each in open_page("afvigelser").get("button_group") if each.key == "valg_regel")
    said = [option.content for option in pills.proto.options]
    assert f"Ikke taget stilling til udeblivelse i tide ({counted(assessed, YEAR)['decided']})" in said


def test_what_the_address_asks_for_and_nobody_knows_is_left_out(open_page: Open) -> None:
    everything = shown(open_page("afvigelser"))
    assert shown(open_page("afvigelser", regel=["'; drop table cases", "x" * 1_000_000], udfald=["met"])) == everything


def test_only_the_shown_columns_are_sent(open_page: Open) -> None:
    sent = open_page("afvigelser").dataframe[0].value
    columns = ["case", "note", "rule", "outcome", "handling", "days", "why", "center", "category", "due", "done"]
    assert [name for name in sent.columns if name != "since"] == columns


def test_a_row_opens_its_case_at_the_side(open_page: Open) -> None:
    app = open_page("afvigelser", regel=["decided"])
    table = app.dataframe[0]
    app.session_state[table.proto.id.rpartition("-")[2]] = {"selection": {"rows": [1], "columns": [], "cells": []}}
    case = table.value["case"].iloc[1]
    app.run()
    assert not app.exception
    assert case in [text.value for text in app.text]
    link = next(each for each in app.get("page_link") if each.proto.label == "Åbn sagsforløbet")
    assert link.proto.query_string == f"sag={case}"


def test_a_changed_filter_closes_the_panel(open_page: Open) -> None:
    app = open_page("afvigelser", regel=["decided"])
    app.session_state[app.dataframe[0].proto.id.rpartition("-")[2]] = {
        "selection": {"rows": [1], "columns": [], "cells": []}
    }
    app.run()
    app.query_params["regel"] = "order_fulfilled"
    app.run()
    assert not [each for each in app.get("page_link") if each.proto.label == "Åbn sagsforløbet"]


def test_nothing_found_says_so_and_shows_the_way_back(open_page: Open) -> None:
    app = open_page("afvigelser", regel=["first_interview"], udfald=["missing"])
    assert app.info[0].value == "Ingen afvigelser med netop de valg."
    next(button for button in app.button if button.label == "Fjern valgene").click().run()
    assert "regel" not in app.query_params
    assert shown(app) > 0


def test_a_selection_without_deviations_says_so(open_page: Open) -> None:
    app = open_page("afvigelser", periode="Vælg selv", fra_til=["2010-01-01", "2010-01-02"], alder="13–17 år")
    assert not app.exception
    assert app.success[0].value == "Ingen afvigelser i udsnittet."
    assert [button.label for button in app.button].count("Nulstil filtre") == 2


def test_a_case_shows_its_deadlines_outcomes_and_events(open_page: Open, assessed: Assessed) -> None:
    case_id, *_ = deviations.listed(assessed, YEAR)["case_id"]
    app = open_page("sag", sag=case_id)
    assert not app.exception
    assert case_id in [text.value for text in app.text]
    assert [header.value for header in app.header] == ["Afvigelser", "Frister", "Udfald", "Hændelser"]
    wrong, deadlines = app.dataframe[0].value, app.dataframe[1].value
    assert len(wrong) == deviations.listed(assessed, Cut(dt.date.min, TODAY)).filter(case_id=case_id).height
    own = assessed.outcomes.filter(case_id=case_id)
    assert len(deadlines) == own.filter(own["measure"].is_in(_deadlines())).height
    judged = sum(len(table.value) for table in app.dataframe[2:-1])
    assert judged == own.filter((own["on"] != dt.date(2025, 12, 31)) | own["trigger"].is_not_null()).height
    assert texts.OUTCOMES["overdue"] in set(deadlines["said"])
    assert app.get("vega_lite_chart")


def _deadlines() -> list[str]:
    from metrics.measure import Within
    from metrics.measures import MEASURES

    return [measure.key for measure in MEASURES if isinstance(measure.must, Within)]


@pytest.mark.parametrize(
    "asked",
    [
        "26-99999",
        "",
        "' OR '1'='1",
        "25-10001'; DROP TABLE cases; --",
        "![](http://example.org/x.png)",
        "<script>alert(1)</script>",
        "../../etc/passwd",
        "\x00",
        "Ωæøå🙂\u202e",
        "9" * 1_000_000,
    ],
    ids=lambda asked: ascii(asked)[:20],
)
def test_a_case_that_is_not_there_is_not_found_whatever_was_asked(open_page: Open, asked: str) -> None:
    app = open_page("sag", sag=asked)
    assert not app.exception
    assert [warning.value for warning in app.warning] == [NOT_FOUND]
    assert not app.dataframe
    assert not [text for text in app.markdown if asked and asked in text.value]


def test_the_address_without_a_case_is_not_found_either(open_page: Open) -> None:
    assert [warning.value for warning in open_page("sag").warning] == [NOT_FOUND]
