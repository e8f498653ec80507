"""Roles on the pages: who sees which, why is asked before a case is shown, and what is shown stands in the log."""

from typing import Any

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from data_access.database import reading, writing
from data_access.models import LogCase, LogEntry
from tests.pages.conftest import Open
from ui import access, deviations, looks, state
from ui.navigation import PLACES

HEAD = "Afdelingsleder, Center Børn og Unge"
CENTER = "Center Børn og Unge"
ROLES = ("Ungekoordinator", HEAD, "Styregruppe", "Administrator", "Databeskyttelse")
MAY = """
page                            | Ungekoordinator | Afdelingsleder | Styregruppe | Administrator | Databeskyttelse
pages/leadership/overview.py    | ja | ja | -  | -  | -
pages/leadership/screening.py   | ja | ja | -  | -  | -
pages/leadership/visitation.py  | ja | ja | -  | -  | -
pages/leadership/education_orders.py | ja | ja | - | - | -
pages/leadership/sanctions.py   | ja | ja | -  | -  | -
pages/leadership/contact.py     | ja | ja | -  | -  | -
pages/leadership/support.py     | ja | ja | -  | -  | -
pages/leadership/progression.py | ja | ja | -  | -  | -
pages/leadership/promises.py    | ja | ja | -  | -  | -
pages/cases/due_soon.py         | ja | ja | -  | -  | -
pages/cases/deviations.py       | ja | ja | -  | -  | -
pages/cases/case.py             | ja | ja | -  | -  | -
pages/leadership/coordination.py | ja | ja | - | -  | -
pages/meetings/k_meetings.py    | ja | ja | -  | -  | -
pages/leadership/published.py   | ja | ja | ja | -  | -
pages/meetings/steering_group.py | ja | ja | ja | - | -
pages/meetings/decisions.py     | ja | ja | ja | -  | -
pages/meetings/explore.py       | ja | ja | -  | -  | -
pages/meetings/review.py        | ja | ja | -  | -  | -
pages/data/data_quality.py      | ja | ja | -  | ja | -
pages/data/registration.py      | ja | ja | -  | -  | -
pages/data/targets.py           | ja | -  | -  | ja | -
pages/data/users.py             | -  | -  | -  | ja | -
pages/data/access_log.py        | -  | -  | -  | -  | ja
pages/data/definitions.py       | ja | ja | ja | ja | ja
pages/data/method.py            | ja | ja | ja | ja | ja
pages/data/accessibility.py     | ja | ja | ja | ja | ja
"""
POLICY = {
    (cells[0], role): cells[number + 1] == "ja"
    for cells in ([cell.strip() for cell in line.split("|")] for line in MAY.strip().splitlines()[1:])
    for number, role in enumerate(ROLES)
}


def logged(engine: sa.Engine) -> list[dict[str, Any]]:
    """The entries of the log with their cases, the oldest first."""
    log, cases = (model.metadata.tables[str(model.__tablename__)] for model in (LogEntry, LogCase))
    with reading(engine) as connection:
        entries = [dict(row) for row in connection.execute(sa.select(log).order_by(log.c.id)).mappings()]
        for entry in entries:
            about = sa.select(cases.c.case_id).where(cases.c.log_id == entry["id"])
            entry["cases"] = set(connection.execute(about).scalars())
    return entries


def change(engine: sa.Engine, statement: str, **values: object) -> None:
    with writing(engine) as connection:
        connection.execute(sa.text(statement), values)


def case_of(engine: sa.Engine, *, inside: bool) -> str:
    """A case that the head's centre holds, or one that another does."""
    sign = "=" if inside else "<>"
    with reading(engine) as connection:
        found = connection.execute(
            sa.text(
                f"SELECT case_id FROM cases WHERE known_to IS NULL AND center {sign} :center AND case_id NOT IN "
                "(SELECT case_id FROM center_periods) ORDER BY case_id DESC"
            ),
            {"center": CENTER},
        )
        return str(found.scalars().first())


def refused(app: AppTest) -> bool:
    return [warning.value for warning in app.warning] == [access.REFUSED]


def test_the_policy_names_every_page_and_every_role_of_the_demo() -> None:
    assert {page for page, _ in POLICY} == {place.file for place in PLACES}
    roles = {name.partition(",")[0] for name in access.demo_roles([CENTER])}
    assert roles == {role.partition(",")[0] for role in ROLES}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_its_pages_and_no_other(open_page: Open, own: sa.Engine, role: str) -> None:
    for place in PLACES:
        if place.url == "":
            continue  # who may not see the front page is sent on: below
        app = open_page(place.url, role=role)
        assert not app.exception, place.file
        assert refused(app) == (not POLICY[place.file, role]), place.file
        assert bool([box for box in app.selectbox if box.label == "Periode"]) == (
            place.filtered and POLICY[place.file, role]
        )


@pytest.mark.parametrize(
    ("role", "home"),
    [
        ("Ungekoordinator", "Overblik"),
        (HEAD, "Overblik"),
        ("Styregruppe", "Styregruppen"),
        ("Administrator", "Datagrundlag"),
        ("Databeskyttelse", "Loggen"),
    ],
)
def test_the_front_page_is_the_first_page_that_a_role_may_see(open_page: Open, role: str, home: str) -> None:
    app = open_page("", role=role)
    assert not app.exception
    assert [title.value for title in app.title][:1] == [home]


def test_a_refused_page_is_in_the_log_once_a_session(open_page: Open, own: sa.Engine) -> None:
    app = open_page("afvigelser", role="Styregruppe")
    app.run()
    [entry] = logged(own)
    assert (entry["action"], entry["role"], entry["note"], entry["rows"]) == (
        "refused",
        "steering",
        "Side uden adgang",
        0,
    )


def test_a_head_chooses_among_own_centres_only(open_page: Open) -> None:
    app = open_page("screening", role=HEAD, center="Center Familie og Handicap")
    box = app.selectbox(key="center")
    assert (box.value, box.options) == (CENTER, [CENTER])
    assert not app.exception


def test_no_case_is_shown_before_why_is_said(open_page: Open, own: sa.Engine) -> None:
    app = open_page("afvigelser", purpose=False)
    assert not app.dataframe
    assert logged(own) == []
    app.selectbox(key="formaal_valg_afvigelser").select("follow_up")
    app.button(key="FormSubmitter:formaal_form_afvigelser-Vis sagerne").click().run()
    assert [error.value for error in app.error] == ["Skriv anledningen: du ser sager fra alle centre."]
    assert not app.dataframe
    app.selectbox(key="formaal_valg_afvigelser").select("follow_up")
    app.text_input(key="formaal_note_afvigelser").input("Ledermøde")
    app.button(key="FormSubmitter:formaal_form_afvigelser-Vis sagerne").click().run()
    shown = app.dataframe[0].value
    [entry] = logged(own)
    assert (entry["user"], entry["role"], entry["action"]) == (access.TRYING, "coordinator", "list_cases")
    assert (entry["purpose"], entry["note"], entry["rows"]) == ("follow_up", "Ledermøde", len(shown))
    assert entry["cases"] == set(shown["case"])


def test_a_head_needs_no_occasion_for_own_cases(open_page: Open, own: sa.Engine) -> None:
    app = open_page("afvigelser", role=HEAD, purpose=False)
    app.selectbox(key="formaal_valg_afvigelser").select("management_review")
    app.button(key="FormSubmitter:formaal_form_afvigelser-Vis sagerne").click().run()
    assert len(app.dataframe[0].value)
    assert [entry["note"] for entry in logged(own)] == [""]


@pytest.mark.parametrize(
    ("purpose", "note", "said"),
    [
        (None, "Ledermøde", "Vælg formålet på listen, før sagerne vises."),
        ("other_purpose", "  ", "Skriv anledningen: du ser sager fra alle centre."),
        ("follow_up", "den unge 710199" + "-1234", "CPR"),
    ],
)
def test_a_purpose_that_cannot_be_kept_shows_nothing(
    open_page: Open, own: sa.Engine, purpose: str | None, note: str, said: str
) -> None:
    app = open_page("afvigelser", purpose=False)
    app.selectbox(key="formaal_valg_afvigelser").set_value(purpose)
    app.text_input(key="formaal_note_afvigelser").input(note)
    app.button(key="FormSubmitter:formaal_form_afvigelser-Vis sagerne").click().run()
    [error] = app.error
    assert said in error.value
    assert not app.dataframe
    assert logged(own) == []


def test_the_same_list_is_one_look_and_another_list_another(open_page: Open, own: sa.Engine) -> None:
    app = open_page("afvigelser")
    app.run()
    assert len(logged(own)) == 1
    app.query_params["regel"] = "decided"
    app.run()
    assert [entry["rows"] for entry in logged(own)][1:] == [len(app.dataframe[0].value)]
    app.button(key="skift_formaal").click().run()
    assert not app.dataframe


def test_what_cannot_be_logged_is_not_shown(open_page: Open, own: sa.Engine) -> None:
    change(own, "CREATE TRIGGER no_log BEFORE INSERT ON access_log BEGIN SELECT RAISE(ABORT, 'full'); END")
    app = open_page("afvigelser")
    assert not app.dataframe
    assert "kunne ikke skrives i loggen" in app.error[0].value
    app = open_page("sag", sag=case_of(own, inside=True))
    assert not app.dataframe
    assert "kunne ikke skrives i loggen" in app.error[0].value


def test_a_case_is_logged_when_it_is_opened(open_page: Open, own: sa.Engine) -> None:
    case = case_of(own, inside=True)
    app = open_page("sag", role=HEAD, sag=case)
    app.run()
    assert app.dataframe
    [entry] = logged(own)
    assert (entry["action"], entry["rows"], entry["cases"]) == ("look_case", 1, {case})


def said(app: AppTest) -> list[str]:
    return [element.value for kind in (app.title, app.warning, app.text, app.caption) for element in kind][1:]


def test_not_yours_and_does_not_exist_look_the_same(open_page: Open, own: sa.Engine) -> None:
    theirs = open_page("sag", role=HEAD, sag=case_of(own, inside=False))
    nobodys = open_page("sag", role=HEAD, sag="26-findes-ikke")
    assert said(theirs) == said(nobodys)
    assert not theirs.dataframe
    assert [(entry["action"], entry["rows"]) for entry in logged(own)] == [("refused", 0)] * 2
    assert logged(own)[0]["cases"] == {case_of(own, inside=False)}


def test_a_protected_case_is_opened_with_a_reason_of_its_own(open_page: Open, own: sa.Engine) -> None:
    case = case_of(own, inside=True)
    change(own, "UPDATE cases SET protected = 1 WHERE case_id = :case", case=case)
    app = open_page("sag", role=HEAD, sag=case)
    assert not app.dataframe
    assert "beskyttet" in app.warning[0].value
    assert logged(own) == []
    app.button(key="FormSubmitter:beskyttet-Åbn sagen").click().run()
    assert app.error[0].value == "Skriv en begrundelse, før sagen åbnes."
    [field] = app.text_input
    field.input("Borgeren har klaget")
    app.button(key="FormSubmitter:beskyttet-Åbn sagen").click().run()
    assert app.dataframe
    [entry] = logged(own)
    assert (entry["action"], entry["note"], entry["cases"]) == ("open_protected", "Borgeren har klaget", {case})


def test_a_case_that_a_delivery_protects_asks_for_a_reason_also_while_the_one_before_is_shown(
    open_page: Open, own: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = case_of(own, inside=True)
    app = open_page("sag", role=HEAD, sag=case)
    assert app.dataframe
    monkeypatch.setattr(state, "_kept_or_judged", lambda *_: pytest.fail("nothing newer can be shown"))
    monkeypatch.setattr(state, "PATIENCE", 0.0)
    change(
        own,
        "INSERT INTO imports (id, delivery, source, imported_at, extract_date, known_on, demo) "
        "SELECT id + 1, delivery, source, '2027-01-01 06:00:00', extract_date, known_on, demo "
        "FROM imports ORDER BY id DESC LIMIT 1",
    )
    change(own, "UPDATE cases SET protected = 1 WHERE case_id = :case AND known_to IS NULL", case=case)
    app.run()
    assert not app.exception
    assert not app.dataframe
    assert "beskyttet" in app.warning[0].value


def moved(engine: sa.Engine, *, protected: bool) -> str:
    """A case with a deviation at the head's centre, that another centre holds on the view date."""
    case = case_of(engine, inside=True)
    change(
        engine, "UPDATE cases SET protected = :yes, closed_on = NULL WHERE case_id = :case", yes=protected, case=case
    )
    change(engine, "DELETE FROM interviews WHERE case_id = :case", case=case)
    change(
        engine,
        "INSERT INTO center_periods (known_from, case_id, center, from_on) "
        "SELECT 1, :case, 'Center Familie og Handicap', date(max(extract_date)) FROM imports",
        case=case,
    )
    return case


@pytest.mark.parametrize("protected", [False, True])
def test_a_case_that_moved_on_shows_its_own_part_only(open_page: Open, own: sa.Engine, protected: bool) -> None:
    case = moved(own, protected=protected)
    app = open_page("afvigelser", role=HEAD, regel="first_interview", tid="alle")
    rows = app.dataframe[0].value
    theirs = rows[rows["note"].isin(["Beskyttet", deviations.MOVED])]
    assert len(theirs) == 1
    row = theirs.iloc[0].to_dict()
    if protected:
        assert row["case"] == "Beskyttet 1"
        assert theirs["why"].isna().all()
        assert case not in str(app.dataframe[0].value.to_dict())
        assert case not in logged(own)[0]["cases"]
    else:
        assert (row["case"], row["note"]) == (case, deviations.MOVED)
    assert not open_page("sag", role=HEAD, sag=case).dataframe


def test_a_copy_of_the_session_for_another_role_asks_anew(open_page: Open, own: sa.Engine) -> None:
    app = open_page("afvigelser")
    app.selectbox(key=access.ROLE).select(HEAD).run()
    assert not app.dataframe
    assert app.session_state[looks.WHY][0].roles == ("coordinator",)
