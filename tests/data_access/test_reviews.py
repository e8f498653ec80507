"""Sampled case reviews: nothing is overwritten, a head answers for own cases only, and the second reader is another."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from data_access import audit, reviews
from data_access.database import DatabaseUnavailable, writing
from data_access.reviews import (
    ANSWERED,
    ANSWERS,
    CASES,
    FOLLOW_UPS,
    Drawn,
    InvalidReview,
    NotYours,
    Round,
    answer,
    answers,
    define,
    extend,
    follow_up,
    follow_ups,
)
from data_access.tables import FULL_SCOPE, NoScope, Scope
from tests.case_database import CENTERS, VIEW_DATE, fill
from tests.data_access.breaking import killed_at

ANNA, BO = (Scope(name, ("coordinator",), None) for name in ("anna", "bo"))
LENE = Scope("lene", ("head",), CENTERS[:1])
OWN, OTHER, UNDRAWN = "26-1000", "26-1001", "26-1011"
"""Of LENE's centre, of another, and one that is not drawn."""
DRAWN = [
    Drawn(
        place + 1, f"26-{1000 + place}", "", place % 2 == 0, {"perspective": "yes"} if place else {"reasoned": "blank"}
    )
    for place in range(6)
]
ROUND: dict[str, Any] = {
    "title": " Efteråret\n2026 ",
    "measures": ("perspective", "reasoned"),
    "from_on": dt.date(2025, 11, 23),
    "to_on": VIEW_DATE,
    "centers": None,
    "strata": "none",
    "view_date": VIEW_DATE,
    "delivery": 1,
    "frame_hash": "f" * 64,
    "frame_sizes": {"": 12},
    "registered": {"perspective": (10, 9, 8), "reasoned": (7, 5, 5)},
    "seed": 20261122,
    "second_share": 0.5,
    "drawn": DRAWN,
}
YES = {"perspective": ("yes", ""), "reasoned": ("yes", "")}
MIXED = {"perspective": ("no", "Ikke fundet"), "reasoned": ("not_covered", "")}
CPR = "610190" + "-1234"


@pytest.fixture
def filled(engine: sa.Engine) -> sa.Engine:
    fill(engine)
    return engine


@pytest.fixture
def small(sqlite_engine: sa.Engine) -> sa.Engine:
    fill(sqlite_engine)
    return sqlite_engine


def begin(engine: sa.Engine, by: Scope = ANNA, **other: Any) -> Round:
    return define(engine, by, **{**ROUND, **other})


def logged(engine: sa.Engine) -> list[tuple[Any, ...]]:
    """(user, action, purpose, rows, note, cases) of what the access log holds, the oldest first."""
    log = sa.text('SELECT id, "user", action, purpose, "rows", note FROM access_log ORDER BY id')
    about = sa.text("SELECT case_id FROM access_log_cases WHERE log_id = :id ORDER BY case_id")
    with engine.connect() as connection:
        found = connection.execute(log).all()
        return [(*row, [*connection.execute(about, {"id": id}).scalars()]) for id, *row in found]


def said(frame: pl.DataFrame) -> list[tuple[Any, ...]]:
    return frame.select("case_id", "measure", "reviewer", "answer", "saved_by").rows()


# --- a round ------------------------------------------------------------------------------------------


def test_a_round_is_given_back_as_it_stands(filled: sa.Engine) -> None:
    saved = begin(filled, centers=CENTERS[:2])
    assert (saved.title, saved.measures, saved.centers) == ("Efteråret 2026", ("perspective", "reasoned"), CENTERS[:2])
    assert dict(saved.frame_sizes) == {"": 12}
    assert dict(saved.registered) == ROUND["registered"]
    assert (saved.size, saved.purged_since, saved.created_by, saved.delivery) == (6, 0, "anna", 1)
    assert dt.datetime.now(dt.UTC) - saved.created_at < dt.timedelta(minutes=1)
    assert reviews.rounds(filled, LENE) == (saved,)
    newer = begin(filled, title="Foråret 2027")
    assert [each.id for each in reviews.rounds(filled, ANNA)] == [newer.id, saved.id]


def test_the_drawn_cases_are_given_with_who_holds_them_now(filled: sa.Engine) -> None:
    found = reviews.cases(filled, ANNA, begin(filled).id)
    assert found.schema == CASES
    assert found.select("position", "case_id", "center", "second").rows() == [
        (place + 1, f"26-{1000 + place}", CENTERS[place % 3], place % 2 == 0) for place in range(6)
    ]
    assert found["registered"][0] == '{"reasoned":"blank"}'


def test_a_click_that_comes_twice_defines_one_round(filled: sa.Engine) -> None:
    with ThreadPoolExecutor(2) as together:
        first, second = together.map(lambda _: begin(filled), range(2))
    assert first == second
    assert len(reviews.rounds(filled, ANNA)) == 1
    begin(filled, by=BO)
    begin(filled, by=BO, seed=7)
    assert len(reviews.rounds(filled, ANNA)) == 3


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"title": " \n"}, "Skriv en titel"),
    ({"title": "x" * 81}, "Titlen må højst fylde 80"),
    ({"title": f"Om {CPR}"}, "Titlen indeholder"),
    ({"measures": ()}, "mindst ét spørgsmål"),
    ({"from_on": VIEW_DATE + dt.timedelta(days=1)}, "Ret datoerne"),
    ({"strata": "age"}, "Vælg opdeling"),
    ({"second_share": 1.5}, "Vælg opdeling"),
    ({"drawn": []}, "Ingen sager kan udtrækkes"),
    ({"drawn": [*DRAWN, replace(DRAWN[0], position=13)]}, "Vælg højst 12"),
    ({"drawn": [replace(DRAWN[0], case_id="26-9999")]}, "slettet sager imens"),
]


@pytest.mark.parametrize(("other", "words"), REFUSED)
def test_a_round_that_cannot_be_says_what_to_do(small: sa.Engine, other: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidReview, match=words) as refused:
        begin(small, **other)
    assert CPR not in str(refused.value)
    assert reviews.rounds(small, ANNA) == ()


@pytest.mark.parametrize("by", [LENE, Scope("x", ("steering",)), Scope("x", ("coordinator",), CENTERS[:1])])
def test_only_who_decides_and_sees_all_draws(small: sa.Engine, by: Scope) -> None:
    saved = begin(small)
    with pytest.raises(NoScope):
        begin(small, by=by, title="En anden")
    with pytest.raises(NoScope):
        extend(small, by, saved.id, before=6, size=7, drawn=[Drawn(7, "26-1006", "", False, {})])
    assert reviews.rounds(small, ANNA) == (saved,)


MORE = [Drawn(7, "26-1006", "", True, {}), Drawn(8, "26-1007", "", False, {})]


def test_an_extension_adds_and_is_made_once(filled: sa.Engine) -> None:
    saved = begin(filled)
    answer(filled, ANNA, saved.id, OWN, YES, reviewer=1)
    for _ in range(2):
        assert extend(filled, ANNA, saved.id, before=6, size=8, drawn=MORE).size == 8
    found = reviews.cases(filled, ANNA, saved.id)
    assert found["position"].to_list() == [*range(1, 9)]
    assert answers(filled, ANNA, saved.id).height == 2


def test_an_extension_of_what_has_changed_or_cannot_be_is_refused(small: sa.Engine) -> None:
    saved = begin(small)
    for size in (6, 5, 13):
        with pytest.raises(InvalidReview, match="mere end 6 og højst 12"):
            extend(small, ANNA, saved.id, before=6, size=size, drawn=MORE)
    extend(small, BO, saved.id, before=6, size=8, drawn=MORE)
    with pytest.raises(InvalidReview, match="udvidet stikprøven imens"):
        extend(small, ANNA, saved.id, before=6, size=8, drawn=MORE)
    with pytest.raises(InvalidReview, match="Runden findes ikke"):
        extend(small, ANNA, 99, before=6, size=8, drawn=MORE)


def test_places_may_stay_empty_when_there_are_no_more_cases(small: sa.Engine) -> None:
    saved = begin(small)
    assert extend(small, ANNA, saved.id, before=6, size=9, drawn=MORE).size == 9
    assert reviews.cases(small, ANNA, saved.id).height == 8


# --- the answers --------------------------------------------------------------------------------------


def test_answers_are_given_back_as_they_stand_and_all_are_kept(filled: sa.Engine) -> None:
    saved = begin(filled)
    answer(filled, LENE, saved.id, OWN, YES, reviewer=1)
    found = answer(filled, LENE, saved.id, OWN, {**MIXED, "perspective": ("no", " Ikke\nfundet ")}, reviewer=1)
    assert found.schema == ANSWERS
    assert said(found) == [
        (OWN, "perspective", 1, "no", "lene"),
        (OWN, "reasoned", 1, "not_covered", "lene"),
    ]
    assert found["note"].to_list() == ["Ikke fundet", ""]
    every = reviews.history(filled, LENE, saved.id, OWN)
    assert every["answer"].to_list() == ["not_covered", "no", "yes", "yes"]


def test_a_click_that_comes_twice_answers_once(filled: sa.Engine) -> None:
    saved = begin(filled)
    with ThreadPoolExecutor(2) as together:
        list(together.map(lambda _: answer(filled, LENE, saved.id, OWN, YES, reviewer=1), range(2)))
    assert reviews.history(filled, ANNA, saved.id, OWN).height == 2


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"perspective": ("yes", "")}, "Svar på alle"),
        ({**YES, "reasoned": ("måske", "")}, "Svar på alle"),
        ({**YES, "reasoned": ("yes", "x" * 501)}, "Noten må højst"),
        ({**YES, "reasoned": ("yes", CPR)}, "Noten indeholder"),
    ],
)
def test_what_cannot_be_answered_saves_nothing(small: sa.Engine, given: Any, words: str) -> None:
    saved = begin(small)
    with pytest.raises(InvalidReview, match=words) as refused:
        answer(small, ANNA, saved.id, OWN, given, reviewer=1)
    assert CPR not in str(refused.value)
    assert answers(small, ANNA, saved.id).is_empty()


@pytest.mark.parametrize(
    ("by", "case"), [(LENE, OTHER), (LENE, UNDRAWN), (ANNA, UNDRAWN), (ANNA, "x"), (Scope("x", ("head",), ()), OWN)]
)
def test_only_a_drawn_case_of_one_s_own_is_answered(filled: sa.Engine, by: Scope, case: str) -> None:
    saved = begin(filled)
    with pytest.raises(NotYours, match="ikke adgang"):
        answer(filled, by, saved.id, case, YES, reviewer=1)
    with pytest.raises(NotYours, match="ikke adgang"):
        follow_up(filled, by, saved.id, case, "perspective", state="done")
    assert answers(filled, FULL_SCOPE, saved.id).is_empty()
    refused = [entry for entry in logged(filled) if entry[1] == "refused"]
    assert [(user, note) for user, _, _, _, note, _ in refused] == [(by.user, "Ledelsestilsyn uden adgang")] * 2


def test_a_head_reads_own_cases_only(filled: sa.Engine) -> None:
    saved = begin(filled)
    for case in (OWN, OTHER):
        answer(filled, ANNA, saved.id, case, MIXED, reviewer=1)
    answer(filled, BO, saved.id, OWN, MIXED, reviewer=2)
    follow_up(filled, ANNA, saved.id, OWN, "perspective", state="done")
    follow_up(filled, ANNA, saved.id, OTHER, "perspective", state="done")
    assert reviews.cases(filled, LENE, saved.id)["case_id"].to_list() == [OWN, "26-1003"]
    assert set(answers(filled, LENE, saved.id)["case_id"]) == {OWN}
    assert follow_ups(filled, LENE, saved.id)["case_id"].to_list() == [OWN]
    assert reviews.history(filled, LENE, saved.id, OTHER).is_empty()
    assert follow_ups(filled, ANNA, saved.id).height == 2


def test_when_a_case_moves_its_answers_move_along(filled: sa.Engine) -> None:
    saved = begin(filled)
    answer(filled, LENE, saved.id, OWN, YES, reviewer=1)
    with writing(filled, FULL_SCOPE) as connection:
        connection.execute(
            sa.text("INSERT INTO center_periods (known_from, case_id, center, from_on) VALUES (1, :case, :to, :on)"),
            {"case": OWN, "to": CENTERS[1], "on": VIEW_DATE},
        )
    assert answers(filled, LENE, saved.id).is_empty()
    assert answers(filled, Scope("bo", ("head",), CENTERS[1:2]), saved.id).height == 2
    with pytest.raises(NotYours):
        answer(filled, LENE, saved.id, OWN, MIXED, reviewer=1)


@pytest.mark.parametrize("scope", [None, "anna", *(Scope("x", (r,), None) for r in ("", "steering", "administrator"))])
def test_who_may_not_review_reads_and_says_nothing(small: sa.Engine, scope: Any) -> None:
    saved = begin(small)
    for asked in (
        lambda: reviews.rounds(small, scope),
        lambda: reviews.cases(small, scope, saved.id),
        lambda: answers(small, scope, saved.id),
        lambda: follow_ups(small, scope, saved.id),
        lambda: answer(small, scope, saved.id, OWN, YES, reviewer=1),
        lambda: follow_up(small, scope, saved.id, OWN, "perspective", state="done"),
    ):
        with pytest.raises(NoScope):
            asked()


# --- two reviewers ------------------------------------------------------------------------------------


def test_the_second_reader_is_another_and_reads_after_the_first(small: sa.Engine) -> None:
    saved = begin(small)
    with pytest.raises(InvalidReview, match="Ingen har læst"):
        answer(small, BO, saved.id, OWN, YES, reviewer=2)
    answer(small, ANNA, saved.id, OWN, YES, reviewer=1)
    with pytest.raises(InvalidReview, match="skal være en anden"):
        answer(small, ANNA, saved.id, OWN, MIXED, reviewer=2)
    with pytest.raises(InvalidReview, match="En anden har læst"):
        answer(small, BO, saved.id, OWN, MIXED, reviewer=1)
    answer(small, BO, saved.id, OWN, MIXED, reviewer=2)
    assert said(answers(small, ANNA, saved.id)) == [
        (OWN, "perspective", 1, "yes", "anna"),
        (OWN, "perspective", 2, "no", "bo"),
        (OWN, "reasoned", 1, "yes", "anna"),
        (OWN, "reasoned", 2, "not_covered", "bo"),
    ]


def test_with_both_in_the_answers_are_closed_and_a_late_click_changes_nothing(small: sa.Engine) -> None:
    saved = begin(small)
    answer(small, ANNA, saved.id, OWN, YES, reviewer=1)
    answer(small, BO, saved.id, OWN, MIXED, reviewer=2)
    for by, reviewer, same, other in ((ANNA, 1, YES, MIXED), (BO, 2, MIXED, YES)):
        with pytest.raises(InvalidReview, match="låst"):
            answer(small, by, saved.id, OWN, other, reviewer=reviewer)
        answer(small, by, saved.id, OWN, same, reviewer=reviewer)
    assert reviews.history(small, ANNA, saved.id, OWN).height == 4


@pytest.mark.parametrize("reviewer", [0, 2, 3])
def test_a_case_that_one_reads_is_not_read_by_two(small: sa.Engine, reviewer: int) -> None:
    saved = begin(small)
    answer(small, ANNA, saved.id, OTHER, YES, reviewer=1)
    with pytest.raises(InvalidReview, match="kun læses af én"):
        answer(small, BO, saved.id, OTHER, YES, reviewer=reviewer)


def test_until_both_are_in_only_the_first_may_be_shown_the_answers(filled: sa.Engine) -> None:
    saved = begin(filled)
    answer(filled, LENE, saved.id, OWN, MIXED, reviewer=1)
    answer(filled, ANNA, saved.id, OTHER, MIXED, reviewer=1)

    def blind(scope: Scope) -> dict[str, bool]:
        return dict(answers(filled, scope, saved.id).select("case_id", "blind").unique().iter_rows())

    assert blind(LENE) == {OWN: False}
    assert blind(ANNA) == blind(BO) == {OWN: True, OTHER: False}
    with pytest.raises(InvalidReview, match="andenlæseren mangler"):
        follow_up(filled, BO, saved.id, OWN, "perspective", state="done")
    answer(filled, BO, saved.id, OWN, YES, reviewer=2)
    assert blind(ANNA) == {OWN: False, OTHER: False}


# --- follow-up ----------------------------------------------------------------------------------------


def test_what_is_done_about_a_no_is_kept_and_the_newest_stands(filled: sa.Engine) -> None:
    saved = begin(filled)
    answer(filled, ANNA, saved.id, OTHER, MIXED, reviewer=1)
    assert follow_ups(filled, ANNA, saved.id).is_empty()
    follow_up(filled, ANNA, saved.id, OTHER, "perspective", state="done", note=" Talt\nmed hende ")
    for _ in range(2):
        found = follow_up(filled, ANNA, saved.id, OTHER, "perspective", state="open", note="Alligevel ikke")
    assert found.schema == FOLLOW_UPS
    assert found.select("case_id", "measure", "state", "note", "saved_by").rows() == [
        (OTHER, "perspective", "open", "Alligevel ikke", "anna")
    ]
    with filled.connect() as connection:
        if filled.dialect.name == "sqlite":
            assert connection.execute(sa.text("SELECT count(*) FROM review_follow_ups")).scalar_one() == 2


@pytest.mark.parametrize(
    ("measure", "state", "note", "words"),
    [
        ("reasoned", "done", "", "ikke svaret nej"),
        ("resources", "done", "", "ikke svaret nej"),
        ("perspective", "glemt", "", "Vælg på listen"),
        ("perspective", "done", CPR, "Noten indeholder"),
    ],
)
def test_only_a_no_is_followed_up(small: sa.Engine, measure: str, state: str, note: str, words: str) -> None:
    saved = begin(small)
    answer(small, ANNA, saved.id, OTHER, MIXED, reviewer=1)
    with pytest.raises(InvalidReview, match=words):
        follow_up(small, ANNA, saved.id, OTHER, measure, state=state, note=note)
    assert follow_ups(small, ANNA, saved.id).is_empty()


# --- the log, and the database ------------------------------------------------------------------------


def test_each_is_in_the_log_before_it_is_saved(filled: sa.Engine) -> None:
    saved = begin(filled)
    answer(filled, ANNA, saved.id, OTHER, MIXED, reviewer=1)
    follow_up(filled, ANNA, saved.id, OTHER, "perspective", state="done")
    assert logged(filled) == [
        ("anna", "review", "management_review", 6, "Udtræk", []),
        ("anna", "review", "management_review", 1, "", [OTHER]),
        ("anna", "review", "management_review", 1, "", [OTHER]),
    ]
    assert audit.verify(filled) == []


def test_what_cannot_be_logged_is_not_saved(small: sa.Engine) -> None:
    saved = begin(small)
    with writing(small) as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON access_log BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    with pytest.raises(DatabaseUnavailable, match="Det blev ikke gemt"):
        answer(small, ANNA, saved.id, OWN, YES, reviewer=1)
    with pytest.raises(DatabaseUnavailable, match="Det blev ikke gemt"):
        begin(small, title="En til")
    assert answers(small, ANNA, saved.id).is_empty()


def write(engine: sa.Engine, what: str) -> None:
    if what == "answer":
        answer(engine, ANNA, 1, OWN, YES, reviewer=1)
    else:
        extend(engine, ANNA, 1, before=6, size=7, drawn=[Drawn(7, "26-1006", "", False, {})])


@pytest.mark.parametrize(
    ("what", "point"),
    [
        ("answer", "INSERT INTO access_log"),
        ("answer", "INSERT INTO review_answers"),
        ("answer", "commit"),
        ("extend", "INSERT INTO review_draws"),
        ("extend", "INSERT INTO review_cases"),
    ],
)
def test_killed_at_any_point_it_has_saved_nothing(filled: sa.Engine, what: str, point: str) -> None:
    saved = begin(filled)
    killed_at(filled, point, write, what)
    assert reviews.rounds(filled, ANNA) == (saved,)
    assert reviews.cases(filled, ANNA, saved.id).height == 6
    assert answers(filled, ANNA, saved.id).is_empty()
    assert len(logged(filled)) == 1
    assert answer(filled, ANNA, saved.id, OWN, YES, reviewer=1).height == 2


CONSTRAINTS = [
    ("review_answers", "(1, '26-1000', 'm', 3, 'yes', '', '2026-11-23', 'x')"),
    ("review_answers", "(1, '26-1000', 'm', 1, 'maaske', '', '2026-11-23', 'x')"),
]


@pytest.mark.parametrize(("table", "values"), CONSTRAINTS)
def test_the_database_refuses_it_too(filled: sa.Engine, table: str, values: str) -> None:
    begin(filled)
    columns = "(round_id, case_id, measure, reviewer, answer, note, saved_at, saved_by)"
    with pytest.raises(sa.exc.IntegrityError, match="ck_review"), writing(filled, FULL_SCOPE) as connection:
        connection.exec_driver_sql(f"INSERT INTO {table} {columns} VALUES {values}")


def test_a_case_is_drawn_once(filled: sa.Engine) -> None:
    with pytest.raises(DatabaseUnavailable, match="Det blev ikke gemt"):
        begin(filled, drawn=[DRAWN[0], replace(DRAWN[1], case_id=DRAWN[0].case_id)])
    assert reviews.rounds(filled, ANNA) == ()


def test_the_lists_cannot_be_changed() -> None:
    for codes in (ANSWERED, reviews.STRATA, reviews.FOLLOWED_UP):
        with pytest.raises(TypeError):
            codes["andet"] = "Andet"  # type: ignore[index]
