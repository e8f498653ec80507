"""K-møder: who should come and why, the agenda, and what was agreed; nothing before why is said."""

import datetime as dt

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from data_access import tables
from data_access.database import connect
from metrics.assess import Assessed, Cut, assess, year_before
from tests.pages.conftest import Open
from tests.pages.test_access import CENTER, HEAD, change, logged
from tests.town import TODAY
from ui import k_meetings, texts

YEAR = Cut(year_before(TODAY), TODAY)


@pytest.fixture(scope="module")
def assessed(town_url: str) -> Assessed:
    engine = connect(town_url)
    judged = assess(tables.read(engine, tables.FULL_SCOPE), TODAY)
    engine.dispose()
    return judged


def links(app: AppTest) -> list[tuple[str, str]]:
    """Case and words of every line that leads to a case."""
    found = [(link.proto.query_string, link.proto.label) for link in app.get("page_link")]
    return [(query.removeprefix("sag="), label) for query, label in found if query.startswith("sag=")]


def html(app: AppTest) -> str:
    return " ".join(block.proto.body for block in app.get("html"))


def test_each_youth_has_a_line_that_leads_to_the_case(open_page: Open, assessed: Assessed) -> None:
    listed = k_meetings.youths(assessed, YEAR)
    app = open_page("k-moeder")
    assert not app.exception
    shown = links(app)
    assert [case for case, _ in shown] == listed["case_id"].to_list()
    assert len(shown) > 5
    assert all(label.startswith(f"**{texts.plain(case)} · ventet ") for case, label in shown)
    assert [header.value for header in app.subheader][-1:] == ["Kun ét fagområde registreret"]


def test_a_reason_narrows_the_list(open_page: Open, assessed: Assessed) -> None:
    app = open_page("k-moeder", grund="K6")
    expected = k_meetings.youths(assessed, YEAR, ["K6"])["case_id"].to_list()
    assert [case for case, _ in links(app)] == expected
    assert 0 < len(expected) < k_meetings.youths(assessed, YEAR).height


def test_the_shared_filters_apply(open_page: Open, assessed: Assessed) -> None:
    cut = Cut(YEAR.date_from, YEAR.date_to, centers=(CENTER,))
    app = open_page("k-moeder", center=CENTER)
    assert {case for case, _ in links(app)} == set(k_meetings.youths(assessed, cut)["case_id"]) != set()


@pytest.mark.parametrize("view", ["", "dagsorden", "aftaler"])
def test_no_case_is_shown_before_why_is_said(open_page: Open, own: sa.Engine, view: str) -> None:
    app = open_page("k-moeder", purpose=False, **({"vis": view} if view else {}))
    assert not app.exception
    assert not links(app)
    assert not app.dataframe
    assert '<div class="dagsorden">' not in html(app)
    assert logged(own) == []
    assert app.selectbox(key="formaal_valg_kmoeder")


@pytest.mark.parametrize("view", ["", "dagsorden", "aftaler"])
def test_what_is_shown_is_in_the_log(open_page: Open, own: sa.Engine, assessed: Assessed, view: str) -> None:
    app = open_page("k-moeder", **({"vis": view} if view else {}))
    assert not app.exception
    [entry] = logged(own)
    listed = k_meetings.youths(assessed, YEAR)
    if view == "dagsorden":
        on_it, proposed = k_meetings.agenda(listed)
        cases = {*on_it["cases"].explode(), *proposed["cases"].explode()}
        assert all(f"<td>{case}" in html(app) for case in on_it["case_id"])
    elif view == "aftaler":
        cases = set(k_meetings.agreements(assessed, YEAR)["case_id"])
        assert set(app.dataframe[0].value["case"]) == cases
    else:
        cases = set(listed["cases"].explode())
    assert (entry["action"], entry["cases"]) == ("list_cases", cases)
    assert cases


def test_a_head_sees_own_cases_only(open_page: Open, assessed: Assessed) -> None:
    mine = set(assessed.cases.filter(center=CENTER)["case_id"])
    shown = {case for case, _ in links(open_page("k-moeder", role=HEAD))}
    assert shown
    assert shown <= mine


def test_a_status_narrows_the_agreements(open_page: Open, assessed: Assessed) -> None:
    rows = k_meetings.agreements(assessed, YEAR)
    app = open_page("k-moeder", vis="aftaler", status="overdue")
    assert len(app.dataframe[0].value) == rows.filter(state="overdue").height > 0
    assert set(app.dataframe[0].value["state"]) == {"Overskredet"}


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ("", "Ingen unge i udsnittet skal på K-møde efter reglerne."),
        ("dagsorden", "Ingen unge i udsnittet er på en dagsorden eller indstillet til et møde."),
        ("aftaler", "Ingen aftaler fra møder i perioden."),
    ],
)
def test_nobody_is_said_in_words(open_page: Open, own: sa.Engine, view: str, said: str) -> None:
    for table in ("agreements", "meetings", "benefits"):
        change(own, f"DELETE FROM {table}")
    change(own, "UPDATE cases SET closed_on = :day WHERE closed_on IS NULL", day=dt.date(2026, 11, 1))
    app = open_page("k-moeder", **({"vis": view} if view else {}))
    assert not app.exception
    assert [message.value for message in (*app.success, *app.info)] == [said]
    assert logged(own) == []
