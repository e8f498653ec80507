"""Comments and decisions: nothing is overwritten, nothing unfit is saved, and one may read what another may write."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from data_access import demo_decisions
from data_access.database import DatabaseUnavailable, writing
from data_access.decisions import (
    OPEN,
    STATES,
    Comment,
    Decision,
    InvalidDecision,
    comment_history,
    comments,
    decide,
    decisions,
    set_comment,
    step,
)
from data_access.published import CELLS, COUNTS, MOVES, last_day, publish
from data_access.tables import FULL_SCOPE, NoScope, Scope
from metrics.assess import BY_KEY
from metrics.disclosure import KEPT_INSIDE
from tests.case_database import CENTERS, fill
from tests.data_access.breaking import cut_off, hurry, killed_at, take_back

ANNA = Scope("anna", ("coordinator",), None)
BO = Scope("bo", ("coordinator",), None)
READERS = (Scope("styregruppe", ("steering",)), Scope("lene", ("head",), CENTERS[:1]), ANNA)
SEPTEMBER, OCTOBER, DECIDED = dt.date(2026, 9, 1), dt.date(2026, 10, 1), dt.date(2026, 10, 5)
WORDS: dict[str, Any] = {
    "decided_on": DECIDED,
    "title": "Én fælles plan",
    "why": "Den unge har flere planer.",
    "responsible": "Ungekoordinator",
    "do_by": dt.date(2026, 12, 1),
}
AIM: dict[str, Any] = {"measure": "joint_plan", "by_points": 0.1, "center": CENTERS[1]}


@pytest.fixture
def filled(engine: sa.Engine) -> sa.Engine:
    return with_months(engine)


@pytest.fixture
def small(sqlite_engine: sa.Engine) -> sa.Engine:
    return with_months(sqlite_engine)


def with_months(engine: sa.Engine) -> sa.Engine:
    """The small municipality with two published months."""
    fill(engine)
    for month in (SEPTEMBER, OCTOBER):
        published(engine, month)
    return engine


def published(engine: sa.Engine, month: dt.date) -> None:
    cell = ("joint_plan", month, last_day(month), None, True, 36, 125, False, None)
    publish(
        engine,
        FULL_SCOPE,
        month=month,
        view_date=last_day(month),
        threshold=5,
        cells=pl.DataFrame([cell], CELLS, orient="row"),
        moves=pl.DataFrame(schema=MOVES),
        counts=pl.DataFrame(schema=COUNTS),
        rules={},
        code="",
    )


def made(engine: sa.Engine, by: Scope = ANNA, **other: Any) -> Decision:
    return decide(engine, by, **{**WORDS, **other})


def said(engine: sa.Engine, text: str = "Flere vikarer", by: Scope = ANNA, **other: Any) -> Comment:
    return set_comment(engine, by, **{"measure": "joint_plan", "month": OCTOBER, "text": text, **other})


# --- what is saved ------------------------------------------------------------------------------------


def test_a_decision_is_given_back_as_it_stands(filled: sa.Engine) -> None:
    saved = made(filled, title="  Én\nfælles plan ", **AIM)
    assert vars(saved) == vars(saved) | WORDS | AIM | {"saved_by": "anna", "steps": ()}
    assert (saved.state, saved.open) == ("planned", True)
    assert dt.datetime.now(dt.UTC) - saved.saved_at.astimezone(dt.UTC) < dt.timedelta(minutes=1)
    for scope in READERS:
        assert decisions(filled, scope) == (saved,)


def test_it_need_move_nothing_nor_say_by_how_much(filled: sa.Engine) -> None:
    plain, vague = made(filled), made(filled, measure="joint_plan")
    assert (plain.measure, plain.by_points, plain.center) == (None, None, None)
    assert (vague.measure, vague.by_points) == ("joint_plan", None)


def test_they_come_by_the_day_they_were_decided(filled: sa.Engine) -> None:
    days = [dt.date(2026, 10, 5), dt.date(2025, 3, 1), dt.date(2026, 3, 1)]
    for day in days:
        made(filled, decided_on=day)
    assert [each.decided_on for each in decisions(filled, ANNA)] == sorted(days)


@pytest.mark.parametrize("state", STATES)
def test_how_far_it_is_is_said_step_by_step(filled: sa.Engine, state: str) -> None:
    number = made(filled).number
    step(filled, ANNA, number, state="under_way", note="")
    stepped = step(filled, BO, number, state=state, note=" Set på\tmødet ")
    assert [(one.state, one.note, one.saved_by) for one in stepped.steps] == [
        ("under_way", "", "anna"),
        (state, "Set på mødet", "bo"),
    ]
    assert (stepped.state, stepped.open) == (state, state in OPEN)
    assert decisions(filled, ANNA) == (stepped,)


def test_the_steps_of_one_are_not_those_of_another(filled: sa.Engine) -> None:
    first, second = made(filled), made(filled, title="Ét forum")
    step(filled, ANNA, second.number, state="done", note="")
    step(filled, ANNA, first.number, state="under_way", note="")
    assert [each.state for each in decisions(filled, ANNA)] == ["under_way", "done"]


def test_a_comment_is_given_back_and_the_newest_stands(filled: sa.Engine) -> None:
    first = said(filled, " Flere\nvikarer ", month=dt.date(2026, 10, 31))
    assert (first.measure, first.month, first.text, first.saved_by) == ("joint_plan", OCTOBER, "Flere vikarer", "anna")
    newest = said(filled, "Flere vikarer, ud året", by=BO)
    other = said(filled, measure="decided")
    september = said(filled, month=SEPTEMBER)
    for scope in READERS:
        assert comments(filled, scope, OCTOBER) == (other, newest)
        assert comments(filled, scope) == (september, other, newest)
        assert comment_history(filled, scope, OCTOBER) == (other, newest, first)
        assert len(comment_history(filled, scope)) == 4


def test_a_comment_is_taken_back_and_kept(filled: sa.Engine) -> None:
    said(filled)
    assert said(filled, "").text == ""
    assert comments(filled, ANNA) == ()
    assert [each.text for each in comment_history(filled, ANNA)] == ["", "Flere vikarer"]
    assert said(filled).text == "Flere vikarer"
    assert len(comment_history(filled, ANNA)) == 3


# --- a click that comes twice -------------------------------------------------------------------------


def test_a_click_that_comes_twice_saves_once(filled: sa.Engine) -> None:
    assert made(filled, **AIM) == made(filled, **AIM)
    assert said(filled) == said(filled)
    number = made(filled, **AIM).number
    assert step(filled, ANNA, number, state="done", note="") == step(filled, ANNA, number, state="done", note="")
    assert (len(decisions(filled, ANNA)), len(comment_history(filled, ANNA))) == (1, 1)


def test_two_clicks_at_once_save_once(filled: sa.Engine) -> None:
    with ThreadPoolExecutor(2) as together:
        first, second = together.map(lambda _: made(filled), range(2))
    assert first == second
    with ThreadPoolExecutor(2) as together:
        list(together.map(lambda _: step(filled, ANNA, first.number, state="done", note=""), range(2)))
    with ThreadPoolExecutor(2) as together:
        list(together.map(lambda _: said(filled), range(2)))
    [kept] = decisions(filled, ANNA)
    assert (len(kept.steps), len(comment_history(filled, ANNA))) == (1, 1)


@pytest.mark.parametrize("other", [{"title": "Et forum"}, {"do_by": dt.date(2027, 1, 1)}, AIM, {"by": BO}])
def test_what_differs_is_another_decision(small: sa.Engine, other: dict[str, Any]) -> None:
    made(small)
    made(small, **other)
    assert len(decisions(small, ANNA)) == 2


def test_what_was_given_up_can_be_decided_anew(filled: sa.Engine) -> None:
    first = made(filled)
    step(filled, ANNA, first.number, state="dropped", note="Skrevet forkert")
    again = made(filled)
    assert again.number != first.number
    assert [each.state for each in decisions(filled, ANNA)] == ["dropped", "planned"]


# --- what is refused ----------------------------------------------------------------------------------

CPR = "610190" + "-1234"
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"title": " \n"}, "Skriv, hvad"),
    ({"title": "x" * 121}, "Feltet Hvad må højst fylde 120"),
    ({"title": f"Se {CPR}"}, "Feltet Hvad indeholder"),
    ({"why": ""}, "Skriv, hvorfor"),
    ({"why": "x" * 501}, "Feltet Hvorfor må højst fylde 500"),
    ({"why": CPR}, "Feltet Hvorfor indeholder"),
    ({"responsible": ""}, "Skriv, hvem"),
    ({"responsible": "x" * 81}, "Feltet Hvem må højst fylde 80"),
    ({"responsible": CPR}, "Feltet Hvem indeholder"),
    ({"do_by": DECIDED - dt.timedelta(days=1)}, "dagen for beslutningen eller senere"),
    ({"by_points": 0.1}, "Vælg det nøgletal"),
    ({"measure": "joint_plan", "by_points": 0.0}, "under 100, og ikke 0"),
    ({"measure": "joint_plan", "by_points": 1.0}, "under 100, og ikke 0"),
    ({"measure": "joint_plan", "by_points": -1.0}, "under 100, og ikke 0"),
    ({"measure": "joint_plan", "by_points": float("nan")}, "under 100, og ikke 0"),
    ({"center": "Center Ukendt"}, "Vælg et center"),
    ({"center": ""}, "Vælg et center"),
]


@pytest.mark.parametrize(("other", "said"), REFUSED)
def test_what_cannot_be_decided_says_what_to_do(small: sa.Engine, other: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidDecision, match=said) as refused:
        made(small, **other)
    assert CPR not in str(refused.value)
    assert decisions(small, ANNA) == ()


def test_the_day_of_the_decision_itself_is_in_time(small: sa.Engine) -> None:
    assert made(small, do_by=DECIDED).do_by == DECIDED


REFUSED_STEPS = [
    ("", "", "Vælg på listen"),
    ("glemt", "", "Vælg på listen"),
    ("planned", "", "allerede så langt"),
    ("dropped", " ", "hvorfor beslutningen er opgivet"),
    ("done", "x" * 501, "Noten må højst fylde 500"),
    ("done", CPR, "Noten indeholder"),
]


@pytest.mark.parametrize(("state", "note", "said"), REFUSED_STEPS)
def test_what_is_no_step_says_what_to_do(small: sa.Engine, state: str, note: str, said: str) -> None:
    number = made(small).number
    with pytest.raises(InvalidDecision, match=said):
        step(small, ANNA, number, state=state, note=note)
    assert decisions(small, ANNA)[0].steps == ()


def test_a_step_of_no_decision_and_one_that_a_colleague_has_said_are_refused(small: sa.Engine) -> None:
    number = made(small).number
    with pytest.raises(InvalidDecision, match="findes ikke"):
        step(small, ANNA, number + 1, state="done", note="")
    step(small, ANNA, number, state="done", note="")
    with pytest.raises(InvalidDecision, match="allerede så langt"):
        step(small, BO, number, state="done", note="")
    assert step(small, BO, number, state="done", note="Set efter").steps[-1].saved_by == "bo"


@pytest.mark.parametrize(
    ("text", "match"), [("x" * 501, "må højst fylde 500"), (f"Se {CPR}", "indeholder"), (" ", "Skriv en bemærkning")]
)
def test_what_is_no_comment_says_what_to_do(small: sa.Engine, text: str, match: str) -> None:
    with pytest.raises(InvalidDecision, match=match):
        said(small, text)
    assert comment_history(small, ANNA) == ()


@pytest.mark.parametrize("text", ["Flere vikarer", ""])
def test_a_month_that_is_not_published_has_no_comments(filled: sa.Engine, text: str) -> None:
    for month in (dt.date(2026, 8, 31), dt.date(2026, 11, 1)):
        with pytest.raises(InvalidDecision, match="ikke offentliggjort"):
            said(filled, text, month=month)
    assert comment_history(filled, ANNA) == ()
    published(filled, dt.date(2026, 8, 1))
    assert said(filled, month=dt.date(2026, 8, 31)).month == dt.date(2026, 8, 1)


WRITES: list[Callable[[sa.Engine, Any], object]] = [
    lambda engine, scope: made(engine, by=scope),
    lambda engine, scope: said(engine, by=scope),
    lambda engine, scope: step(engine, scope, 1, state="done", note=""),
]
READS: list[Callable[[sa.Engine, Any], object]] = [decisions, comments, comment_history]


@pytest.mark.parametrize("asked", WRITES)
@pytest.mark.parametrize("scope", [None, "anna", *READERS[:2], Scope("x", ("administrator",), None)])
def test_who_may_not_decide_writes_nothing(
    small: sa.Engine, asked: Callable[[sa.Engine, Any], object], scope: object
) -> None:
    made(small)
    with pytest.raises(NoScope):
        asked(small, scope)
    assert [each.state for each in decisions(small, ANNA)] == ["planned"]
    assert comment_history(small, ANNA) == ()


@pytest.mark.parametrize("asked", READS)
@pytest.mark.parametrize(
    "scope", [None, "anna", *(Scope("x", (r,), None) for r in ("", "administrator", "protection"))]
)
def test_who_may_not_see_what_is_published_reads_nothing(
    small: sa.Engine, asked: Callable[[sa.Engine, Any], object], scope: object
) -> None:
    with pytest.raises(NoScope):
        asked(small, scope)


CONSTRAINTS = [
    ("decisions", "title", "''", "ck_decisions_title"),
    ("decisions", "by_points", "1.5", "ck_decisions_by_points"),
    ("decisions", "measure", "NULL", "ck_decisions_points_of_a_measure"),
    ("decision_steps", "state", "'glemt'", "ck_decision_steps_state"),
]


@pytest.mark.parametrize(("table", "column", "value", "named"), CONSTRAINTS)
def test_the_database_refuses_it_too(filled: sa.Engine, table: str, column: str, value: str, named: str) -> None:
    step(filled, ANNA, made(filled, **AIM).number, state="done", note="")
    with pytest.raises(sa.exc.IntegrityError, match=named), writing(filled) as connection:
        connection.exec_driver_sql(f"UPDATE {table} SET {column} = {value}")


# --- the demo's ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["2026-11-22", "2026-11-30", "2026-11-01", "2024-02-29", "2027-01-03"])
def test_the_demo_has_the_eight_recommendations_whatever_the_day(small: sa.Engine, day: str) -> None:
    view_date = dt.date.fromisoformat(day)
    demo_decisions.say(small, ANNA, view_date)
    written = decisions(small, ANNA)
    assert sorted(each.title for each in written) == sorted(each.title for each in demo_decisions.RECOMMENDED)
    assert len(written) == 8
    moved = {each.measure for each in written if each.measure}
    assert moved <= set(BY_KEY) - set(KEPT_INSIDE)
    assert len(moved) == 7
    assert all(each.decided_on < view_date and each.decided_on <= each.do_by for each in written)
    assert {each.state for each in written} == {"planned", "under_way", "done"}
    assert any(each.open and each.do_by < view_date for each in written)
    for each in written:
        if each.by_points:
            assert each.measure
            assert (each.by_points < 0) == BY_KEY[each.measure].lower_is_better


def test_the_demo_comments_on_the_newest_month_that_is_published(small: sa.Engine) -> None:
    demo_decisions.comment(small, ANNA)
    assert {each.measure: each.month for each in comments(small, ANNA)} == dict.fromkeys(demo_decisions.SAID, OCTOBER)
    assert set(demo_decisions.SAID) <= set(BY_KEY)


# --- the database -------------------------------------------------------------------------------------


def test_while_a_delivery_is_taken_in_it_says_that_nothing_was_saved(small: sa.Engine) -> None:
    hurry(small)
    with writing(small):
        for write in (made, said):
            with pytest.raises(DatabaseUnavailable, match="Det blev ikke gemt"):
                write(small)
        assert decisions(small, ANNA) == ()
    assert made(small).title == "Én fælles plan"


def write(engine: sa.Engine, table: str) -> None:
    if table == "comments":
        said(engine)
    elif table == "decision_steps":
        step(engine, ANNA, 1, state="done", note="")
    else:
        made(engine, title="En anden")


@pytest.mark.parametrize("point", ["insert", "commit"])
@pytest.mark.parametrize("table", ["comments", "decisions", "decision_steps"])
def test_killed_at_any_point_it_has_saved_nothing(filled: sa.Engine, table: str, point: str) -> None:
    kept = made(filled)
    assert kept.number == 1
    killed_at(filled, f"INSERT INTO {table} " if point == "insert" else point, write, table)
    assert decisions(filled, ANNA) == (kept,)
    assert comment_history(filled, ANNA) == ()
    assert made(filled, title="Bagefter").title == "Bagefter"


def test_a_lost_connection_is_said_in_danish(postgresql_engine: sa.Engine) -> None:
    fill(postgresql_engine)
    with (
        cut_off(postgresql_engine, "INSERT INTO decisions"),
        pytest.raises(DatabaseUnavailable, match="Det blev ikke gemt"),
    ):
        made(postgresql_engine)
    assert decisions(postgresql_engine, ANNA) == ()


@pytest.mark.parametrize("asked", [lambda e: decisions(e, ANNA), lambda e: comments(e, ANNA), made, said])
def test_a_database_that_is_not_upgraded_is_said_in_danish(
    filled: sa.Engine, asked: Callable[[sa.Engine], object]
) -> None:
    take_back(filled, "0006")
    with pytest.raises(DatabaseUnavailable, match="atabasen"):
        asked(filled)


def test_the_list_of_states_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        STATES["andet"] = "Andet"  # type: ignore[index]
