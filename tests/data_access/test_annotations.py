"""What users write: nothing is overwritten, nothing unfit is saved, and what is given back is what stands."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from data_access import annotations, demo, handling, tables
from data_access.annotations import (
    EVENT_KINDS,
    Event,
    InvalidAnnotation,
    Target,
    add_event,
    events,
    in_force,
    set_target,
    target_history,
    targets,
    withdraw_event,
)
from data_access.database import DatabaseUnavailable, upgrade, writing
from data_access.demo_spells import VACANT
from data_access.tables import NoScope, Scope
from tests.case_database import VIEW_DATE, fill
from tests.data_access.breaking import hurry, take_back

ANNA, BO = Scope("anna", ("coordinator",), None), Scope("bo", ("administrator",))
JANUARY, JULY = dt.date(2026, 1, 1), dt.date(2026, 7, 1)
EVENT: dict[str, Any] = {"on": JULY, "kind": "organisation", "title": "Ny leder", "reason": "Hun begyndte den 1."}


def target(engine: sa.Engine, rate: float | None = 0.95, *, by: Scope = ANNA, **other: Any) -> Target:
    return set_target(
        engine, by, **{"measure": "first_interview", "valid_from": JANUARY, "note": "", **other}, rate=rate
    )


def event(engine: sa.Engine, *, by: Scope = ANNA, **other: Any) -> Event:
    return add_event(engine, by, **{**EVENT, **other})


def moments(saved: Target | Event) -> bool:
    """Saved now, and said in UTC."""
    return saved.saved_at.utcoffset() == dt.timedelta(0) and dt.datetime.now(dt.UTC) - saved.saved_at < dt.timedelta(
        minutes=1
    )


# --- targets ------------------------------------------------------------------------------------------


def test_a_saved_target_is_given_back_as_it_stands(engine: sa.Engine) -> None:
    saved = target(engine, 0.955, note="  Besluttet af\nudvalget ")
    assert saved == Target("first_interview", JANUARY, 0.955, "Besluttet af udvalget", saved.saved_at, "anna")
    assert moments(saved)
    assert targets(engine, BO) == target_history(engine, BO) == (saved,)


def test_of_the_same_measure_and_day_the_newest_counts_and_all_are_kept(engine: sa.Engine) -> None:
    first, second = target(engine, 0.9), target(engine, 0.8, by=BO)
    later, other = target(engine, None, valid_from=JULY), target(engine, 0.5, measure="decided")
    assert targets(engine, ANNA) == (other, second, later)
    assert target_history(engine, ANNA) == (other, later, second, first)


def test_a_click_that_comes_twice_saves_once(engine: sa.Engine) -> None:
    assert target(engine, 0.9) == target(engine, 0.9)
    assert len(target_history(engine, ANNA)) == 1


@pytest.mark.parametrize(
    "again",
    [
        {"by": BO},
        {"note": "En begrundelse"},
        {"rate": None},
        {"valid_from": JULY},
        {"measure": "decided"},
    ],
)
def test_what_differs_is_a_new_entry(engine: sa.Engine, again: dict[str, Any]) -> None:
    target(engine, 0.9)
    target(engine, **{"rate": 0.9, **again})
    assert len(target_history(engine, ANNA)) == 2


def test_a_target_can_be_taken_up_again(engine: sa.Engine) -> None:
    for rate in (0.9, None, 0.9):
        target(engine, rate)
    assert [entry.rate for entry in target_history(engine, ANNA)] == [0.9, None, 0.9]
    assert targets(engine, ANNA)[0].rate == 0.9


def test_two_users_at_once_are_both_kept_and_one_counts(engine: sa.Engine) -> None:
    with ThreadPoolExecutor(2) as together:
        saved = list(together.map(lambda who: target(engine, who[1], by=who[0]), [(ANNA, 0.9), (BO, 0.8)]))
    assert {(entry.saved_by, entry.rate) for entry in target_history(engine, ANNA)} == {("anna", 0.9), ("bo", 0.8)}
    assert targets(engine, ANNA) == (target_history(engine, ANNA)[0],)
    assert set(saved) == set(target_history(engine, ANNA))


FROM_JANUARY_TO_JULY = """
    day         measure          rate
    2025-12-31  first_interview  -
    2026-01-01  first_interview  0.9
    2026-06-30  first_interview  0.9
    2026-07-01  first_interview  -
    2026-12-31  first_interview  -
    2027-01-01  first_interview  0.95
    2026-06-30  decided          -
"""


@pytest.mark.parametrize("line", FROM_JANUARY_TO_JULY.split("\n")[2:-1])
def test_a_target_holds_from_its_day_until_the_next_one_s(line: str) -> None:
    day, measure, rate = line.split()
    saved = dt.datetime(2025, 11, 1, tzinfo=dt.UTC)
    entries = [
        Target("first_interview", valid_from, rate_then, "", saved, "anna")
        for valid_from, rate_then in ((dt.date(2027, 1, 1), 0.95), (JANUARY, 0.9), (JULY, None))
    ]
    assert in_force(entries, measure, dt.date.fromisoformat(day)) == (None if rate == "-" else float(rate))


# --- events -------------------------------------------------------------------------------------------


def test_a_saved_event_is_given_back_as_it_stands(engine: sa.Engine) -> None:
    saved = event(engine, measure="decided", center="Nord", rebase=True)
    assert moments(saved)
    assert saved == Event(
        id=saved.id,
        on=JULY,
        kind="organisation",
        title="Ny leder",
        reason="Hun begyndte den 1.",
        measure="decided",
        center="Nord",
        rebase=True,
        saved_at=saved.saved_at,
        saved_by="anna",
    )
    earlier = event(engine, on=JANUARY, kind="law", reason="")
    assert (earlier.measure, earlier.center, earlier.rebase) == (None, None, False)
    assert events(engine, BO) == (earlier, saved)


def test_a_click_that_comes_twice_adds_once(engine: sa.Engine) -> None:
    assert event(engine) == event(engine)
    assert len({event(engine, by=BO), event(engine, center="Nord"), event(engine, rebase=True), event(engine)}) == 4
    assert len(events(engine, ANNA)) == 4


def test_a_withdrawn_event_is_out_of_the_figures_and_kept_with_who_and_when(engine: sa.Engine) -> None:
    gone, stays = event(engine), event(engine, title="Flytning")
    withdraw_event(engine, BO, gone.id)
    assert events(engine, ANNA) == (stays,)
    with engine.connect() as connection:
        kept = connection.execute(sa.text("SELECT title, saved_by, withdrawn_by, withdrawn_at FROM events ORDER BY id"))
        (first, second) = kept.all()
    assert first[:3] == ("Ny leder", "anna", "bo")
    assert first.withdrawn_at is not None
    assert second[2:] == (None, None)


@pytest.mark.parametrize("event_id", [1, 99])
def test_nothing_is_withdrawn_twice(engine: sa.Engine, event_id: int) -> None:
    withdraw_event(engine, ANNA, event(engine).id)
    with pytest.raises(InvalidAnnotation, match="allerede trukket tilbage"):
        withdraw_event(engine, ANNA, event_id)


def test_what_was_withdrawn_can_be_written_again(engine: sa.Engine) -> None:
    withdraw_event(engine, ANNA, event(engine).id)
    again = event(engine)
    assert events(engine, ANNA) == (again,)


# --- what is refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [-0.01, 1.01, 95.0, float("nan"), float("inf")])
def test_a_target_lies_between_nothing_and_everything(sqlite_engine: sa.Engine, rate: float) -> None:
    with pytest.raises(InvalidAnnotation, match="mellem 0 og 100 %"):
        target(sqlite_engine, rate)
    assert target_history(sqlite_engine, ANNA) == ()


@pytest.mark.parametrize("rate", [0, 0.0, 1, 1.0])
def test_the_ends_are_targets_too(engine: sa.Engine, rate: float) -> None:
    assert target(engine, rate).rate == rate


CPR = "610190" + "-1234"
REFUSED_EVENTS = [
    ({"kind": "andet"}, "Vælg hændelsens art"),
    ({"kind": ""}, "Vælg hændelsens art"),
    ({"title": ""}, "Skriv en overskrift"),
    ({"title": " \n\t\u00a0"}, "Skriv en overskrift"),
    ({"title": "x" * 81}, "højst fylde 80 tegn, og den fylder 81"),
    ({"reason": "x" * 501}, "højst fylde 500 tegn, og den fylder 501"),
    ({"rebase": True, "reason": " "}, "Skriv en begrundelse"),
    ({"title": f"Sag om {CPR}"}, "Overskriften indeholder noget, der ligner et CPR-nummer"),
    ({"reason": f"Sag om {CPR}"}, "Begrundelsen indeholder noget, der ligner et CPR-nummer"),
]


@pytest.mark.parametrize(("written", "said"), REFUSED_EVENTS)
def test_an_event_that_cannot_be_saved_says_what_to_do(
    sqlite_engine: sa.Engine, written: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidAnnotation, match=said) as refused:
        event(sqlite_engine, **written)
    assert CPR not in str(refused.value)
    assert events(sqlite_engine, ANNA) == ()


@pytest.mark.parametrize(("note", "said"), [("x" * 501, "Noten må højst fylde 500"), (CPR, "Noten indeholder")])
def test_a_note_that_cannot_be_saved_says_what_to_do(sqlite_engine: sa.Engine, note: str, said: str) -> None:
    with pytest.raises(InvalidAnnotation, match=said):
        target(sqlite_engine, note=note)
    assert target_history(sqlite_engine, ANNA) == ()


def test_the_longest_texts_are_kept_whole(engine: sa.Engine) -> None:
    saved = event(engine, title="æ" * 80, reason="🙂" * 500)
    assert (saved.title, saved.reason) == ("æ" * 80, "🙂" * 500)


NUMBERS = [
    ("610190" + "1234", True),
    ("610190" + "-1234", True),
    ("se 610190" + " 1234.", True),
    ("61 01 90" + " 1234", True),
    ("61-01-90" + "-1234", True),
    ("61.01.1990" + " - 1234", True),
    ("610190" + "–1234", True),
    ("610190" + "\u00a01234", True),
    ("991390" + "1234", True),
    ("61 01 90 12" + " 34", True),
    ("fra 01-07-2026 til 31-12-2026", False),
    ("01-07-2026 20 sager flyttet", False),
    ("ring 98 12 34 56", False),
    ("sag 26-1042, LAB § 31, stk. 2", False),
    ("EAN 5798001234567", False),
    ("lov nr. 1705 af 27. december 2018", False),
]


@pytest.mark.parametrize(("text", "looks"), NUMBERS)
def test_what_looks_like_a_cpr_number_is_kept_out(sqlite_engine: sa.Engine, text: str, looks: bool) -> None:
    try:
        event(sqlite_engine, reason=text)
        refused = False
    except InvalidAnnotation:
        refused = True
    assert refused is looks


def test_what_cannot_be_seen_is_left_out(engine: sa.Engine) -> None:
    assert event(engine, title="Ny\x00leder\u202e \r\n i \u200bNord").title == "Ny leder i Nord"


CONSTRAINTS = [
    "INSERT INTO targets (measure, valid_from, rate, note, saved_at, saved_by) "
    "VALUES ('decided', '2026-01-01', 1.5, '', '2026-01-01', 'anna')",
    *(
        "INSERT INTO events (event_on, kind, title, reason, rebase, saved_at, saved_by, withdrawn_by) "
        f"VALUES ('2026-01-01', '{kind}', 'Ny leder', '', {rebase}, '2026-01-01', 'anna', {withdrawn_by})"
        for kind, rebase, withdrawn_by in (
            ("andet", "FALSE", "NULL"),
            ("law", "TRUE", "NULL"),
            ("law", "FALSE", "'bo'"),
        )
    ),
]


@pytest.mark.parametrize("statement", CONSTRAINTS)
def test_the_database_refuses_it_too(engine: sa.Engine, statement: str) -> None:
    with pytest.raises(sa.exc.IntegrityError, match="ck_"), writing(engine) as connection:
        connection.exec_driver_sql(statement)


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_every_kind_can_be_saved(engine: sa.Engine, kind: str) -> None:
    assert event(engine, kind=kind).kind == kind


@pytest.mark.parametrize(
    "asked",
    [
        targets,
        target_history,
        events,
        lambda engine, scope: target(engine, by=scope),
        lambda engine, scope: event(engine, by=scope),
        lambda engine, scope: withdraw_event(engine, scope, 1),
    ],
)
@pytest.mark.parametrize("scope", [None, "anna"])
def test_without_a_scope_nothing_is_read_or_saved(
    sqlite_engine: sa.Engine, asked: Callable[[sa.Engine, Any], object], scope: object
) -> None:
    with pytest.raises(NoScope):
        asked(sqlite_engine, scope)


@pytest.mark.parametrize("role", ["", "head", "steering", "protection", "blocked"])
def test_all_who_have_signed_in_may_read_and_few_may_write(sqlite_engine: sa.Engine, role: str) -> None:
    event(sqlite_engine)
    who = Scope("carl", (role,), ("Nord",))
    for write in (
        lambda: target(sqlite_engine, by=who),
        lambda: event(sqlite_engine, by=who),
        lambda: withdraw_event(sqlite_engine, who, 1),
    ):
        with pytest.raises(NoScope):
            write()
    assert (len(events(sqlite_engine, who)), target_history(sqlite_engine, who)) == (1, ())


# --- the database -------------------------------------------------------------------------------------


def test_while_a_delivery_is_taken_in_it_says_that_nothing_was_saved(sqlite_engine: sa.Engine) -> None:
    hurry(sqlite_engine)
    with writing(sqlite_engine):
        for save in (lambda: target(sqlite_engine), lambda: event(sqlite_engine)):
            with pytest.raises(DatabaseUnavailable, match="Det blev ikke gemt"):
                save()
        assert targets(sqlite_engine, ANNA) == ()
    assert target(sqlite_engine).rate == 0.95


@pytest.fixture
def before(engine: sa.Engine) -> sa.Engine:
    """A database with a delivery in it, as it was before there were targets and events."""
    fill(engine)
    take_back(engine, "0001")
    return engine


def test_an_upgrade_adds_the_tables_and_keeps_the_data(before: sa.Engine) -> None:
    cases = tables.read(before, ANNA)["cases"].collect()
    upgrade(before)
    assert cases.height == 12
    assert tables.read(before, ANNA)["cases"].collect().equals(cases)
    assert tables.newest_extract(before) == VIEW_DATE
    assert targets(before, ANNA) == events(before, ANNA) == ()
    saved = target(before)
    assert targets(before, ANNA) == (saved,)


@pytest.mark.parametrize(
    "asked",
    [
        lambda engine: targets(engine, ANNA),
        lambda engine: target_history(engine, ANNA),
        lambda engine: events(engine, ANNA),
        target,
        event,
        lambda engine: withdraw_event(engine, ANNA, 1),
    ],
)
def test_a_database_that_is_not_upgraded_is_said_in_danish(
    before: sa.Engine, asked: Callable[[sa.Engine], object]
) -> None:
    with pytest.raises(DatabaseUnavailable, match="atabasen"):
        asked(before)


def test_the_demo_municipality_has_targets_and_events_of_its_own(engine: sa.Engine) -> None:
    fill(engine)
    demo.annotate(engine, VIEW_DATE)
    standing = targets(engine, ANNA)
    assert {entry.measure: in_force(standing, entry.measure, VIEW_DATE) for entry in standing} == {
        "first_interview": 0.95,
        "final_visitation": 0.95,
        "literacy_test": 0.8,
    }
    assert {entry.valid_from for entry in standing} == {dt.date(2024, 1, 1)}
    assert [(each.on, each.kind) for each in events(engine, ANNA)] == [
        (dt.date(2025, 9, 1), "organisation"),
        (VIEW_DATE - dt.timedelta(days=VACANT[0]), "vacancy"),  # when the demo's first team was without a head
        (dt.date(2026, 7, 1), "law"),
    ]
    assert not any(each.rebase for each in events(engine, ANNA))
    assert set(handling.standing(engine, ANNA)["state"]) <= set(handling.STATES)
    assert set(handling.standing(engine, ANNA)["measure"]) == {"first_interview", "final_visitation"}
    assert {each.saved_by for each in (*standing, *events(engine, ANNA))} == {"demo"}


def test_the_kinds_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        annotations.EVENT_KINDS["krise"] = "Krise"  # type: ignore[index]
