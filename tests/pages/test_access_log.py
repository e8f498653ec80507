"""Loggen: data protection sees who looked, gives a citizen times and purposes, and sees whether it is whole."""

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from data_access import audit
from data_access.audit import anchor, write
from data_access.database import DATABASE_URL, reading
from data_access.tables import Scope
from tests.case_database import CENTERS, fill
from ui import access, access_log, texts

APP = Path(__file__).parents[2] / "app.py"
ANNA, BO = Scope("anna", ("head",), (CENTERS[0],)), Scope("bo", ("steering",))
NOTE = "Møde *om* sagen"
A_CPR_NUMBER = "-".join(("610101", "1111"))


@pytest.fixture
def engine(sqlite_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Engine]:
    """The small municipality's database, and three who have been there."""
    fill(sqlite_engine)
    monkeypatch.setenv(DATABASE_URL, f"sqlite:///{str(sqlite_engine.url.database).removeprefix('file:')}")
    monkeypatch.delenv(audit.LOG_ANCHORS, raising=False)
    write(sqlite_engine, ANNA, action="look_case", purpose="follow_up", note=NOTE, rows=1, cases=["26-1000"])
    write(sqlite_engine, ANNA, action="list_cases", purpose="management_review", rows=2, cases=["26-1000", "26-1003"])
    write(sqlite_engine, BO, action="refused", purpose="", rows=0, cases=["26-1001"])
    yield sqlite_engine
    st.cache_resource.clear()  # lets go of the connections before the database goes


def opened(role: str = "Databeskyttelse") -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.session_state[access.ROLE] = role
    app.run()
    return app.switch_page("pages/data/access_log.py").run()


def press(app: AppTest, label: str) -> AppTest:
    [button] = [button for button in app.button if button.label == label]
    return button.click().run()


def extract(app: AppTest, case: str) -> AppTest:
    app.text_input(key="log_udtraek_sag").set_value(case)
    return press(app, "Lav udtræk")


def table(app: AppTest, column: str) -> Any:
    """The table that has a column."""
    [found] = [each.value for each in app.dataframe if column in each.value.columns]
    return found


def said(app: AppTest) -> str:
    kinds = ("markdown", "caption", "info", "success", "error", "warning", "text")
    words = "\n".join(each.value for kind in kinds for each in getattr(app, kind))
    return words.replace("\\", "").replace(texts.SPACE, " ")


def log(engine: sa.Engine) -> list[tuple[str, str, str]]:
    """What this role has left in the log."""
    query = "SELECT action, purpose, note FROM access_log WHERE \"user\" = 'prøve' ORDER BY id"
    with reading(engine) as connection:
        return [(action, purpose, note) for action, purpose, note in connection.exec_driver_sql(query)]


def test_the_log_says_who_looked_when_why_and_at_how_many(engine: sa.Engine) -> None:
    app = opened()
    assert not app.exception
    listed = table(app, "purpose")
    assert listed["user"].tolist()[-3:] == ["bo", "anna", "anna"]
    assert listed.iloc[-1].tolist()[1:] == [
        "anna",
        "Afdelingsleder",
        "Opslag på sag",
        "Opfølgning på afvigelse",
        NOTE,
        1,
        1,
    ]
    assert "26-1000" not in listed.to_string()


def test_what_was_refused_is_counted_and_listed(engine: sa.Engine) -> None:
    app = opened()
    assert "1 forsøg er afvist de seneste 30 dage, fordelt på 1 bruger." in said(app)
    assert table(app, "times").iloc[0].tolist()[:4] == ["bo", "Styregruppe", access_log.A_CASE, 1]


FILTERED = [
    ({"log_bruger": "bo"}, ["bo"]),
    ({"log_handling": "list_cases"}, ["anna"]),
    ({"log_sag": " 26-1000 "}, ["anna", "anna"]),
    ({"log_sag": "26-1000", "log_handling": "look_case"}, ["anna"]),
]


@pytest.mark.parametrize(("chosen", "users"), FILTERED)
def test_the_list_is_narrowed_by_user_action_and_case(
    engine: sa.Engine, chosen: dict[str, str], users: list[str]
) -> None:
    app = opened()
    for key, value in chosen.items():
        field: Any = app.text_input(key=key) if key == "log_sag" else app.selectbox(key=key)
        field.set_value(value)
    app.run()
    assert table(app, "purpose")["user"].tolist() == users


def test_a_period_without_an_entry_says_so(engine: sa.Engine) -> None:
    app = opened()
    app.date_input(key="log_periode").set_value((dt.date(2020, 1, 1), dt.date(2020, 1, 2))).run()
    assert "Loggen har ingen poster med netop de valg." in said(app)


def test_a_period_of_which_only_the_first_day_is_picked_runs_to_today(engine: sa.Engine) -> None:
    app = opened()
    app.date_input(key="log_periode").set_value((dt.date(2020, 1, 1),)).run()
    assert not app.exception
    assert "anna" in table(app, "purpose")["user"].tolist()


def test_that_the_log_was_read_is_logged_once_for_each_question(engine: sa.Engine) -> None:
    app = opened()
    both = [("log_read", "other_purpose", f"Gennemsyn af loggen{what}") for what in (": Afvist forsøg", "")]
    assert log(engine) == both
    app.run()
    assert log(engine) == both
    app.selectbox(key="log_bruger").set_value("bo").run()
    app.selectbox(key="log_bruger").set_value(None).run()
    assert log(engine) == [*both, ("log_read", "other_purpose", "Gennemsyn af loggen: bo")]


def test_a_citizen_gets_times_and_purposes_and_no_name(engine: sa.Engine) -> None:
    app = extract(opened(), "26-1000")
    assert "Sag 26-1000: 2 opslag" in said(app).replace("*", "")
    given = table(app, "Formål")
    assert given.columns.tolist() == ["Tidspunkt", "Formål", "Handling"]
    assert given["Formål"].tolist() == ["Opfølgning på afvigelse", "Ledelsestilsyn"]
    assert "anna" not in given.to_string()
    assert NOTE not in given.to_string()
    assert [each.proto.label for each in app.get("download_button")] == ["CSV", "Excel"]


def test_an_extract_is_logged_when_it_is_made_and_stands_until_the_next(engine: sa.Engine) -> None:
    app = extract(opened(), "26-1000")
    extracts = [entry for entry in log(engine) if entry[1] == "enquiry"]
    assert extracts == [("log_extract", "enquiry", "")]
    app.selectbox(key="log_bruger").set_value("bo").run()
    assert len(table(app, "Formål")) == 2
    assert [entry for entry in log(engine) if entry[1] == "enquiry"] == extracts
    app = extract(app, "26-9999")
    assert "Loggen har ingen opslag på sag 26-9999." in said(app)
    assert not app.get("download_button")


REFUSED = [("", "Skriv et sagsnummer."), (A_CPR_NUMBER, "Det er ikke et sagsnummer.")]


@pytest.mark.parametrize(("case", "says"), REFUSED)
def test_what_is_no_case_number_is_said_and_not_kept(engine: sa.Engine, case: str, says: str) -> None:
    app = extract(extract(opened(), "26-1000"), case)
    assert says in said(app)
    assert not app.get("download_button")
    app.text_input(key="log_sag").set_value(A_CPR_NUMBER).run()
    assert "Det er ikke et sagsnummer." in said(app)
    with reading(engine) as connection:
        kept = set(connection.exec_driver_sql("SELECT case_id FROM access_log_cases").scalars())
    assert A_CPR_NUMBER not in kept


def test_a_log_without_anchors_hangs_together_and_no_more(engine: sa.Engine) -> None:
    app = press(opened(), "Se efter")
    assert [each.value for each in app.success] == [access_log.whole(anchored=False)]


def test_a_log_that_fits_its_anchors_is_whole(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    anchor(engine, tmp_path)
    monkeypatch.setenv(audit.LOG_ANCHORS, str(tmp_path))
    app = press(opened(), "Se efter")
    assert [each.value for each in app.success] == [access_log.whole(anchored=True)]


def test_a_log_whose_end_was_cut_off_is_seen_against_the_anchors(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(str(engine.url.database).removeprefix("file:"))
    kept = tmp_path / "before.db"
    engine.dispose()
    shutil.copy(path, kept)
    write(engine, ANNA, action="look_case", purpose="follow_up", rows=1, cases=["26-1000"])
    anchor(engine, tmp_path)
    engine.dispose()
    shutil.copy(kept, path)
    monkeypatch.setenv(audit.LOG_ANCHORS, str(tmp_path))
    app = press(opened(), "Se efter")
    assert not app.success
    assert "Loggen er ikke hel." in said(app)
    assert "ankeret" in said(app)


@pytest.mark.parametrize("role", ["Ungekoordinator", f"Afdelingsleder, {CENTERS[0]}", "Styregruppe", "Administrator"])
def test_nobody_else_sees_the_log(engine: sa.Engine, role: str) -> None:
    app = opened(role)
    assert access.REFUSED in [each.value for each in app.warning]
    assert not app.dataframe
    assert "anna" not in said(app)
