"""How deviations are handled: nothing is overwritten, nothing unfit is saved, and only of cases that one holds."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from data_access import audit, handling
from data_access.database import DatabaseUnavailable, writing
from data_access.handling import GROUNDS, HANDLED, STATES, InvalidHandling, NotHeld, Unit, handle, history, standing
from data_access.tables import FULL_SCOPE, NoScope, Scope
from tests.case_database import CENTERS, VIEW_DATE, fill
from tests.data_access.breaking import cut_off, hurry, killed_at, take_back

ANNA = Scope("anna", ("coordinator",), None)
LENE = Scope("lene", ("head",), CENTERS[:1])
OWN, OTHER = Unit("first_interview", "26-1000", "26-1000"), Unit("first_interview", "26-1001", "26-1001")
SECOND = Unit("literacy_test", "26-1000", "26-1000")
TODAY = dt.date(2026, 11, 23)
SAID: dict[str, dict[str, Any]] = {
    "explained": {"ground": "illness"},
    "misregistered": {},
    "under_way": {"responsible": "AB", "do_by": TODAY},
    "accepted": {},
    "unmarked": {},
}


@pytest.fixture
def filled(engine: sa.Engine) -> sa.Engine:
    fill(engine)
    return engine


@pytest.fixture
def small(sqlite_engine: sa.Engine) -> sa.Engine:
    fill(sqlite_engine)
    return sqlite_engine


def say(engine: sa.Engine, *units: Unit, by: Scope = LENE, state: str = "accepted", **other: Any) -> pl.DataFrame:
    return handle(engine, by, units or (OWN,), **{"today": TODAY, **SAID.get(state, {}), **other}, state=state)


def logged(engine: sa.Engine) -> list[tuple[Any, ...]]:
    """(user, action, rows, note, cases) of what the access log holds, the oldest first."""
    log = sa.text('SELECT id, "user", action, "rows", note FROM access_log ORDER BY id')
    about = sa.text("SELECT case_id FROM access_log_cases WHERE log_id = :id ORDER BY case_id")
    with engine.connect() as connection:
        found = connection.execute(log).all()
        return [(*row, [*connection.execute(about, {"id": id}).scalars()]) for id, *row in found]


# --- what is saved ------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [state for state in STATES if state != "unmarked"])
def test_what_is_said_is_given_back_as_it_stands(filled: sa.Engine, state: str) -> None:
    saved = say(filled, state=state, note="  Set på\nledermøde ")
    [row] = saved.rows(named=True)
    blank = {"ground": None, "responsible": None, "do_by": None}
    assert row == row | {"measure": "first_interview", "unit_id": "26-1000", "case_id": "26-1000", "state": state}
    assert row == row | blank | SAID[state] | {"note": "Set på ledermøde", "saved_by": "lene", "delivery": 1}
    assert dt.datetime.now(dt.UTC) - row["saved_at"] < dt.timedelta(minutes=1)
    assert saved.schema == HANDLED
    assert standing(filled, LENE).equals(saved)
    assert standing(filled, ANNA).equals(saved)
    assert history(filled, LENE, "26-1000").equals(saved)


def test_what_is_not_asked_for_is_not_kept(small: sa.Engine) -> None:
    [row] = say(small, ground="illness", responsible="AB", do_by=TODAY).rows(named=True)
    assert (row["ground"], row["responsible"], row["do_by"]) == (None, None, None)


def test_of_the_same_deviation_the_newest_stands_and_all_are_kept(filled: sa.Engine) -> None:
    say(filled, state="explained")
    say(filled, SECOND, by=ANNA)
    say(filled, state="under_way", by=ANNA)
    assert standing(filled, LENE).select("measure", "state").rows() == [
        ("first_interview", "under_way"),
        ("literacy_test", "accepted"),
    ]
    assert history(filled, LENE, "26-1000")["state"].to_list() == ["under_way", "accepted", "explained"]


def test_a_mark_is_taken_off_and_put_on_again(filled: sa.Engine) -> None:
    for state in ("accepted", "unmarked", "accepted"):
        say(filled, state=state)
        assert standing(filled, LENE).height == (state != "unmarked")
    assert history(filled, LENE, "26-1000")["state"].to_list() == ["accepted", "unmarked", "accepted"]


def test_there_is_nothing_to_take_off_what_is_not_marked(small: sa.Engine) -> None:
    assert say(small, state="unmarked").is_empty()
    say(small)
    for by in (LENE, ANNA):
        say(small, state="unmarked", by=by)
    assert history(small, LENE, "26-1000")["saved_by"].to_list() == ["lene", "lene"]


def test_a_click_that_comes_twice_saves_once(filled: sa.Engine) -> None:
    assert say(filled).equals(say(filled))
    say(filled, by=ANNA)
    say(filled, by=ANNA, note="Aftalt")
    assert history(filled, ANNA, "26-1000").height == 3


def test_two_clicks_at_once_save_once(filled: sa.Engine) -> None:
    with ThreadPoolExecutor(2) as together:
        first, second = together.map(lambda _: say(filled), range(2))
    assert first.equals(second)
    assert history(filled, LENE, "26-1000").height == 1


def test_two_users_at_once_are_both_kept_and_one_stands(filled: sa.Engine) -> None:
    with ThreadPoolExecutor(2) as together:
        list(together.map(lambda who: say(filled, by=who), (ANNA, LENE)))
    said = history(filled, ANNA, "26-1000")
    assert set(said["saved_by"]) == {"anna", "lene"}
    assert standing(filled, ANNA)["saved_by"].to_list() == said["saved_by"].to_list()[:1]


def test_several_are_handled_at_once_each_with_its_own_history(filled: sa.Engine) -> None:
    say(filled, OWN)
    saved = say(filled, OWN, OTHER, SECOND, OWN, by=ANNA, state="misregistered")
    assert saved.select("measure", "unit_id").rows() == [
        ("first_interview", "26-1000"),
        ("first_interview", "26-1001"),
        ("literacy_test", "26-1000"),
    ]
    assert (history(filled, ANNA, "26-1000").height, history(filled, ANNA, "26-1001").height) == (3, 1)


# --- what is refused ----------------------------------------------------------------------------------

CPR = "610190" + "-1234"
REFUSED = [
    ("", {}, "Vælg på listen"),
    ("unhandled", {}, "Vælg på listen"),
    ("explained", {"ground": None}, "Vælg den grund"),
    ("explained", {"ground": "dovenskab"}, "Vælg den grund"),
    ("under_way", {"responsible": " \n"}, "Skriv, hvem"),
    ("under_way", {"responsible": "x" * 81}, "Feltet Hvem må højst fylde 80"),
    ("under_way", {"responsible": CPR}, "Feltet Hvem indeholder"),
    ("under_way", {"do_by": None}, "Vælg, hvornår"),
    ("under_way", {"do_by": TODAY - dt.timedelta(days=1)}, "i dag eller senere"),
    ("accepted", {"note": "x" * 501}, "Noten må højst fylde 500"),
    ("accepted", {"note": f"Se {CPR}"}, "Noten indeholder"),
]


@pytest.mark.parametrize(("state", "other", "said"), REFUSED)
def test_what_cannot_be_saved_says_what_to_do(small: sa.Engine, state: str, other: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidHandling, match=said) as refused:
        say(small, state=state, **other)
    assert CPR not in str(refused.value)
    assert standing(small, ANNA).is_empty()
    assert logged(small) == []


@pytest.mark.parametrize("many", [0, handling.MOST + 1])
def test_no_deviation_or_more_than_a_list_shows_is_refused(small: sa.Engine, many: int) -> None:
    with pytest.raises(InvalidHandling, match="mellem 1 og 1000"):
        handle(small, ANNA, [Unit("m", str(number), "26-1000") for number in range(many)], state="accepted")


@pytest.mark.parametrize(
    ("by", "units"),
    [
        (LENE, (OTHER,)),
        (LENE, (OWN, OTHER)),
        (LENE, (Unit("first_interview", "26-1000", "26-1001"),)),
        (LENE, (Unit("first_interview", "Beskyttet 1 123", "Beskyttet 1"),)),
        (ANNA, (Unit("first_interview", "Beskyttet 1 123", "Beskyttet 1"),)),
        (ANNA, (Unit("first_interview", "26-9999", "26-9999"),)),
        (Scope("uden", ("head",), ()), (OWN,)),
    ],
)
def test_only_a_case_that_one_s_centres_hold_is_handled(filled: sa.Engine, by: Scope, units: tuple[Unit, ...]) -> None:
    """Another's, one under a number that is nobody's, and one that is not there look the same; and it is logged."""
    with pytest.raises(NotHeld, match="ikke adgang"):
        say(filled, *units, by=by)
    assert standing(filled, FULL_SCOPE).is_empty()
    [(user, action, rows, note, _)] = logged(filled)
    assert (user, action, rows, note) == (by.user, "refused", 0, "Håndtering uden adgang")


def test_a_head_reads_what_was_said_of_own_cases_only(filled: sa.Engine) -> None:
    say(filled, OWN, OTHER, by=ANNA)
    assert standing(filled, LENE)["case_id"].to_list() == ["26-1000"]
    assert history(filled, LENE, "26-1001").is_empty()
    assert standing(filled, ANNA).height == 2


def test_when_a_case_moves_its_history_moves_along(filled: sa.Engine) -> None:
    say(filled)
    with writing(filled, FULL_SCOPE) as connection:
        connection.execute(
            sa.text(
                "INSERT INTO center_periods (known_from, case_id, center, from_on) VALUES (1, '26-1000', :to, :on)"
            ),
            {"to": CENTERS[1], "on": VIEW_DATE},
        )
    assert standing(filled, LENE).is_empty()
    assert standing(filled, Scope("bo", ("head",), CENTERS[1:2]))["saved_by"].to_list() == ["lene"]
    with pytest.raises(NotHeld):
        say(filled, note="Igen")


@pytest.mark.parametrize(
    "asked",
    [standing, lambda engine, scope: history(engine, scope, "26-1000"), lambda engine, scope: say(engine, by=scope)],
)
@pytest.mark.parametrize("scope", [None, "anna", *(Scope("x", (r,), None) for r in ("", "steering", "administrator"))])
def test_who_may_see_no_cases_reads_and_says_nothing(
    small: sa.Engine, asked: Callable[[sa.Engine, Any], object], scope: object
) -> None:
    with pytest.raises(NoScope):
        asked(small, scope)


CONSTRAINTS = [("accepted", "'illness'"), ("explained", "NULL"), ("under_way", "NULL"), ("glemt", "NULL")]


@pytest.mark.parametrize(("state", "ground"), CONSTRAINTS)
def test_the_database_refuses_it_too(filled: sa.Engine, state: str, ground: str) -> None:
    with pytest.raises(sa.exc.IntegrityError, match="ck_handlings"), writing(filled, FULL_SCOPE) as connection:
        connection.exec_driver_sql(
            "INSERT INTO handlings (measure, unit_id, case_id, state, ground, note, delivery, saved_at, saved_by) "
            f"VALUES ('decided', 'a', '26-1000', '{state}', {ground}, '', 1, '2026-11-23', 'anna')"
        )


@pytest.mark.parametrize("ground", GROUNDS)
def test_every_ground_can_be_given(small: sa.Engine, ground: str) -> None:
    assert say(small, state="explained", ground=ground)["ground"].to_list() == [ground]


# --- the log, and the database ------------------------------------------------------------------------


def test_each_is_in_the_log_before_it_is_saved(filled: sa.Engine) -> None:
    say(filled, OWN, SECOND)
    say(filled, OTHER, by=ANNA)
    assert logged(filled) == [
        ("lene", "handle", 2, "", ["26-1000"]),
        ("anna", "handle", 1, "", ["26-1001"]),
    ]
    assert audit.verify(filled) == []


def test_what_cannot_be_logged_is_not_saved(small: sa.Engine) -> None:
    with writing(small) as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON access_log BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    with pytest.raises(DatabaseUnavailable, match="Det blev ikke gemt"):
        say(small)
    assert standing(small, ANNA).is_empty()


def test_while_a_delivery_is_taken_in_it_says_that_nothing_was_saved(small: sa.Engine) -> None:
    hurry(small)
    with writing(small):
        with pytest.raises(DatabaseUnavailable, match="Det blev ikke gemt"):
            say(small)
        assert standing(small, ANNA).is_empty()
    assert say(small).height == 1


def handle_two(engine: sa.Engine) -> None:
    say(engine, OWN, OTHER, by=ANNA)


@pytest.mark.parametrize("point", ["INSERT INTO access_log", "INSERT INTO handlings", "commit"])
def test_killed_at_any_point_it_has_saved_nothing(filled: sa.Engine, point: str) -> None:
    killed_at(filled, point, handle_two)
    assert standing(filled, ANNA).is_empty()
    assert logged(filled) == []
    assert say(filled).height == 1


def test_a_lost_connection_is_said_in_danish(postgresql_engine: sa.Engine) -> None:
    fill(postgresql_engine)
    with (
        cut_off(postgresql_engine, "INSERT INTO handlings"),
        pytest.raises(DatabaseUnavailable, match="Det blev ikke gemt"),
    ):
        say(postgresql_engine)
    assert standing(postgresql_engine, ANNA).is_empty()
    assert logged(postgresql_engine) == []


@pytest.mark.parametrize("asked", [lambda engine: standing(engine, ANNA), say])
def test_a_database_that_is_not_upgraded_is_said_in_danish(
    filled: sa.Engine, asked: Callable[[sa.Engine], object]
) -> None:
    take_back(filled, "0005")
    with pytest.raises(DatabaseUnavailable, match="atabasen"):
        asked(filled)


def test_the_lists_cannot_be_changed() -> None:
    for codes in (STATES, GROUNDS):
        with pytest.raises(TypeError):
            codes["andet"] = "Andet"  # type: ignore[index]
