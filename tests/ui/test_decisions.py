"""Decisions in words: followed from the month before to the newest, never past what is hidden, and never too early."""

import datetime as dt
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from data_access import decisions as kept
from data_access.decisions import Comment, Decision, InvalidDecision, Step
from data_access.published import CELLS
from data_access.tables import Scope
from metrics.assess import BY_KEY
from tests.case_database import CENTERS
from ui import decisions, texts
from ui.decisions import Line, Point, by_when, follow, lines, place

WHEN = dt.datetime(2026, 10, 5, 23, 30, tzinfo=dt.UTC)
DECIDED, TODAY = dt.date(2026, 10, 5), dt.date(2026, 12, 22)
KEY, LOW, NEITHER = "joint_plan", "undocumented", "mentor"
"""Where high is good, where low is, and where neither is."""
AUGUST, SEPTEMBER, OCTOBER, NOVEMBER = (dt.date(2026, month, 1) for month in (8, 9, 10, 11))


def decision(**other: Any) -> Decision:
    said: dict[str, Any] = {
        "number": 1,
        "decided_on": DECIDED,
        "title": "Én fælles plan",
        "why": "Fordi",
        "responsible": "Ungekoordinator",
        "do_by": dt.date(2027, 3, 1),
        "measure": KEY,
        "by_points": 0.1,
        "center": None,
        "saved_at": WHEN,
        "saved_by": "anna",
    }
    return Decision(**{**said, **other})


def stepped(state: str, note: str = "") -> tuple[Step, ...]:
    return (Step(state, note, WHEN, "bo"),)


def line(*points: Point, day: dt.date = TODAY, **other: Any) -> Line:
    made = decision(**other)
    [found] = lines([made], {place(made.measure, made.center): points}, day)
    return found


def plain(words: str) -> str:
    return words.replace(texts.SPACE, " ")


# --- what has happened since --------------------------------------------------------------------------

SINCE: list[tuple[list[Point], dict[str, Any], str]] = [
    # the months published, what differs in the decision, what is said
    (
        [(AUGUST, 30, 125), (SEPTEMBER, 36, 125), (OCTOBER, 44, 126), (NOVEMBER, 52, 127)],
        {},
        "Siden september 2026: 29 % (36 af 125) → 41 % (52 af 127), tydeligt op. Nået: +12,1 af +10 procentpoint.",
    ),
    (
        [(SEPTEMBER, 36, 125), (OCTOBER, 44, 126)],
        {},
        "Siden september 2026: 29 % (36 af 125) → 35 % (44 af 126), ingen tydelig ændring. "
        "Halvvejs, men usikkert: +6,1 af +10 procentpoint.",
    ),
    (
        [(SEPTEMBER, 360, 1250), (OCTOBER, 440, 1260)],
        {},
        "Siden september 2026: 29 % (360 af 1.250) → 35 % (440 af 1.260), tydeligt op. "
        "Halvvejs: +6,1 af +10 procentpoint.",
    ),
    (
        [(SEPTEMBER, 360, 1250), (OCTOBER, 480, 1250)],
        {},
        "Siden september 2026: 29 % (360 af 1.250) → 38 % (480 af 1.250), tydeligt op. "
        "Næsten nået: +9,6 af +10 procentpoint.",
    ),
    (
        [(SEPTEMBER, 50, 100), (OCTOBER, 52, 100)],
        {},
        "Siden september 2026: 50 % (50 af 100) → 52 % (52 af 100), ingen tydelig ændring. "
        "På vej, men usikkert: +2 af +10 procentpoint.",
    ),
    (
        [(SEPTEMBER, 52, 127), (OCTOBER, 36, 125)],
        {},
        "Siden september 2026: 41 % (52 af 127) → 29 % (36 af 125), tydeligt ned. "
        "Ikke på vej: −12,1 af +10 procentpoint.",
    ),
    (
        [(SEPTEMBER, 52, 127), (OCTOBER, 36, 125)],
        {"by_points": -0.12, "measure": LOW},
        "Siden september 2026: 41 % (52 af 127) → 29 % (36 af 125), tydeligt ned. Nået: −12,1 af −12 procentpoint.",
    ),
    (
        [(SEPTEMBER, 52, 127), (OCTOBER, 36, 125)],
        {"by_points": -0.12, "measure": NEITHER},
        "Siden september 2026: 41 % (52 af 127) → 29 % (36 af 125), tydeligt ned. Nået: −12,1 af −12 procentpoint.",
    ),
    (  # an aim in the bad direction, from before it was refused: nothing is reached
        [(SEPTEMBER, 52, 127), (OCTOBER, 36, 125)],
        {"by_points": -0.12},
        "Siden september 2026: 41 % (52 af 127) → 29 % (36 af 125), tydeligt ned: −12,1 procentpoint.",
    ),
    (
        [(SEPTEMBER, 36, 125), (OCTOBER, 52, 127)],
        {"measure": LOW},
        "Siden september 2026: 29 % (36 af 125) → 41 % (52 af 127), tydeligt op: +12,1 procentpoint.",
    ),
    (
        [(SEPTEMBER, 36, 125), (OCTOBER, 44, 126)],
        {"measure": LOW},
        "Siden september 2026: 29 % (36 af 125) → 35 % (44 af 126), ingen tydelig ændring.",
    ),
    (
        [(SEPTEMBER, 36, 125), (OCTOBER, 52, 127)],
        {"by_points": None},
        "Siden september 2026: 29 % (36 af 125) → 41 % (52 af 127), tydeligt op: +12,1 procentpoint.",
    ),
    (
        [(SEPTEMBER, 3, 9), (OCTOBER, 9, 12)],
        {},
        "Siden september 2026: 33 % (3 af 9) → 75 % (9 af 12), for få sager til at sammenligne.",
    ),
    (
        [(SEPTEMBER, None, None), (OCTOBER, 9, 12)],
        {},
        "Siden september 2026: skjult → 75 % (9 af 12), kan ikke sammenlignes.",
    ),
    (
        [(SEPTEMBER, 9, 12), (OCTOBER, None, 40)],
        {},
        "Siden september 2026: 75 % (9 af 12) → skjult, kan ikke sammenlignes.",
    ),
    (
        [(SEPTEMBER, 0, 0), (OCTOBER, 9, 12)],
        {},
        "Siden september 2026: intet grundlag → 75 % (9 af 12), for få sager til at sammenligne.",
    ),
    (
        [(AUGUST, 9, 12), (SEPTEMBER, 36, 125)],
        {},
        "Beslutningen er yngre end tallene: september 2026 er den nyeste måned, 29 % (36 af 125).",
    ),
    ([(SEPTEMBER, None, None)], {}, "Beslutningen er yngre end tallene: september 2026 er den nyeste måned, skjult."),
    (
        [(OCTOBER, 36, 125), (NOVEMBER, 52, 127)],
        {},
        "Nøgletallet var ikke offentliggjort, da det blev besluttet. "
        "Siden oktober 2026: 29 % (36 af 125) → 41 % (52 af 127), tydeligt op: +12,1 procentpoint.",
    ),
    (
        [(OCTOBER, 36, 125)],
        {},
        "Nøgletallet var ikke offentliggjort, da det blev besluttet. Oktober 2026: 29 % (36 af 125).",
    ),
    ([], {}, "Nøgletallet er ikke offentliggjort endnu."),
    ([(SEPTEMBER, 36, 125), (OCTOBER, 52, 127)], {"measure": None, "by_points": None}, ""),
]


@pytest.mark.parametrize(("points", "other", "said"), SINCE)
def test_what_has_happened_since(points: list[Point], other: dict[str, Any], said: str) -> None:
    assert plain(line(*points, **other).since) == said
    assert line(*reversed(points), **other).since == line(*points, **other).since


@pytest.mark.parametrize(
    ("decided_on", "first"),
    [(dt.date(2026, 9, 30), "august"), (dt.date(2026, 10, 1), "september"), (dt.date(2026, 10, 31), "september")],
)
def test_it_is_followed_from_the_newest_month_that_was_over(decided_on: dt.date, first: str) -> None:
    points: list[Point] = [(AUGUST, 30, 125), (SEPTEMBER, 36, 125), (OCTOBER, 44, 126)]
    assert line(*points, decided_on=decided_on).since.startswith(f"Siden {first} 2026")


@pytest.mark.parametrize(("day", "last"), [(dt.date(2026, 11, 29), "44 af 126"), (dt.date(2026, 11, 30), "52 af 127")])
def test_it_is_followed_to_the_newest_month_that_is_over(day: dt.date, last: str) -> None:
    points: list[Point] = [(SEPTEMBER, 36, 125), (OCTOBER, 44, 126), (NOVEMBER, 52, 127)]
    assert last in line(*points, day=day).since


def test_a_rule_that_changed_on_the_way_is_said() -> None:
    key, changed = next((key, measure.rule_changes()[0]) for key, measure in BY_KEY.items() if measure.rule_changes())
    before, after = (dt.date(changed.year - 1, changed.month, 1), changed.replace(day=1))
    day = after + dt.timedelta(days=80)
    found = line((before, 40, 100), (after, 41, 100), measure=key, day=day, decided_on=before + dt.timedelta(days=40))
    assert texts.date(changed) in found.since
    assert "ikke målt efter helt samme regel." in found.since


def test_what_is_decided_later_is_not_there_yet() -> None:
    assert lines([decision()], {}, DECIDED - dt.timedelta(days=1)) == ()
    assert len(lines([decision()], {}, DECIDED)) == 1


def test_a_centre_is_followed_by_its_own_number_and_never_by_the_whole() -> None:
    made = decision(center=CENTERS[1])
    whole: dict[str, list[Point]] = {KEY: [(SEPTEMBER, 36, 125), (OCTOBER, 52, 127)]}
    assert lines([made], whole, TODAY)[0].since == "Nøgletallet er ikke offentliggjort endnu."
    own = whole | {place(KEY, CENTERS[1]): [(SEPTEMBER, 6, 20), (OCTOBER, 7, 20)]}
    [found] = lines([made], own, TODAY)
    assert "6 af 20" in found.since
    assert (found.where, found.center) == (CENTERS[1], CENTERS[1])


# --- what it should move, and when --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "other", "said"),
    [
        ((36, 125), {}, "Skal flytte »{}« med +10 procentpoint (fra 29 % til 39 %)."),
        ((36, 125), {"by_points": -0.025}, "Skal flytte »{}« med −2,5 procentpoint (fra 29 % til 26 %)."),
        ((120, 125), {}, "Skal flytte »{}« med +10 procentpoint (fra 96 %)."),
        ((36, 125), {"by_points": None}, "Skal flytte »{}«."),
        ((3, 4), {}, "Skal flytte »{}« med +10 procentpoint."),
        ((None, None), {}, "Skal flytte »{}« med +10 procentpoint."),
        ((36, 125), {"measure": None, "by_points": None}, ""),
        ((36, 125), {"measure": "gone"}, "Skal flytte »gone« med +10 procentpoint (fra 29 % til 39 %)."),
    ],
)
def test_what_it_should_move(start: tuple[int | None, int | None], other: dict[str, Any], said: str) -> None:
    title = "Én fælles plan for unge med flere centre"
    assert plain(line((SEPTEMBER, *start), (OCTOBER, 44, 126), **other).aims) == said.format(title)


BY_WHEN = [
    # do_by, state, words, due
    ("2026-12-21", "planned", "Skulle være gjort senest 21-12-2026: 1 dag over", "over"),
    ("2026-12-22", "under_way", "Senest 22-12-2026: i dag", "near"),
    ("2027-01-22", "planned", "Senest 22-01-2027: om 31 dage", "near"),
    ("2027-01-23", "planned", "Senest 23-01-2027", ""),
    ("2026-12-21", "done", "Senest 21-12-2026", ""),
    ("2026-12-22", "dropped", "Senest 22-12-2026", ""),
]


@pytest.mark.parametrize(("do_by", "state", "words", "due"), BY_WHEN)
def test_when_it_should_be_done(do_by: str, state: str, words: str, due: str) -> None:
    made = decision(do_by=dt.date.fromisoformat(do_by), steps=stepped(state, "Aftalt"))
    assert plain(by_when(made, TODAY)) == words
    [found] = lines([made], {}, TODAY)
    assert (plain(found.by_when), found.due, found.open) == (words, due, state in kept.OPEN)
    assert (found.state, found.note) == (kept.STATES[state], "Aftalt")


def test_the_list_has_what_is_urgent_first_and_what_is_over_last() -> None:
    days = {1: "2027-06-01", 2: "2026-12-01", 3: "2027-01-10", 4: "2026-11-01", 5: "2027-05-01", 6: "2026-11-02"}
    made = [decision(number=number, do_by=dt.date.fromisoformat(day)) for number, day in days.items()]
    made[5] = decision(number=6, steps=stepped("done"))
    shown = lines(made, {}, TODAY)
    assert [each.number for each in decisions.urgent(shown)] == [4, 2, 3]
    assert [each.number for each in decisions.later(shown)] == [5, 1]
    assert [each.number for each in decisions.closed(shown)] == [6]
    said = plain(decisions.summary(shown))
    assert said == "5 åbne beslutninger. 2 skulle være gjort, 1 skal være gjort inden 31 dage."
    assert decisions.summary(decisions.closed(shown)) == "Ingen åbne beslutninger."
    assert decisions.measures(shown, ["decided", "gone"]) == {
        "decided": "Stillingtagen til udeblivelse (0)",
        KEY: "Én fælles plan for unge med flere centre (6)",
    }


def test_its_history_is_in_danish_time_the_newest_first() -> None:
    made = decision(steps=(*stepped("under_way"), *stepped("done", "Skabelonen er i brug")))
    assert decisions.steps(made) == [
        "06-10-2026 Gennemført, bo: Skabelonen er i brug",
        "06-10-2026 I gang, bo",
        "06-10-2026 Skrevet af anna",
    ]


# --- what was published -------------------------------------------------------------------------------


def cells(*rows: tuple[str | None, bool, int | None, int | None]) -> pl.DataFrame:
    told = [(KEY, AUGUST, AUGUST, center, whole, met, base, met is None, None) for center, whole, met, base in rows]
    return pl.DataFrame(told, CELLS, orient="row")


def test_a_series_is_what_was_published_month_by_month() -> None:
    months = {
        OCTOBER: cells((None, True, 44, 126), ("Nord", False, None, 40), (None, False, 1, 1)),
        SEPTEMBER: cells((None, True, None, None)),
    }
    assert follow(months) == {
        KEY: ((SEPTEMBER, None, None), (OCTOBER, 44, 126)),
        f"{KEY} · Nord": ((OCTOBER, None, 40),),
    }
    assert decisions.whole(months[OCTOBER]) == {KEY: f"35{texts.SPACE}% (44 af 126)"}
    assert decisions.whole(months[SEPTEMBER]) == {KEY: "skjult"}


def test_what_a_file_holds() -> None:
    shown = lines([decision(), decision(number=2, decided_on=TODAY, measure=None, by_points=None)], {}, TODAY)
    frame = decisions.file_rows(shown)
    assert tuple(frame.columns) == decisions.FILE
    assert frame["Besluttet"].to_list() == [TODAY, DECIDED]
    assert frame["Nøgletal"].to_list() == ["", "Én fælles plan for unge med flere centre"]
    said = [Comment(key, OCTOBER, "Ord", WHEN, "anna") for key in (KEY, "gone", "first_interview")]
    rows = decisions.comment_rows(said, {KEY: "35 %"})
    assert rows.select("Tema", "Hele kommunen", "Bemærkning").rows() == [
        ("Screening", "", "Ord"),
        ("K-møder og tværgående indsats", "35 %", "Ord"),
    ]
    assert decisions.themes(said) == "K-møder og tværgående indsats og Screening"
    told = decisions.comment_history([Comment(KEY, OCTOBER, "", WHEN, "anna")]).row(0)
    assert told == ("06-10-2026 kl. 01.30", "Én fælles plan for unge med flere centre", "Slettet", "anna")


@pytest.mark.parametrize(
    ("typed", "share"),
    [
        (None, None),
        (" ", None),
        ("10", 0.1),
        ("+10", 0.1),
        ("-2,5", -0.025),
        ("−2,5", -0.025),
        ("5 %", 0.05),
        ("0", 0.0),
    ],
)
def test_percentage_points_are_read_as_people_type_them(typed: str | None, share: float | None) -> None:
    assert decisions.points(typed) == share


@pytest.mark.parametrize("typed", ["ti", "-", "--5", "1,25", "10 til 20"])
def test_what_is_no_number_of_points_is_refused(typed: str) -> None:
    with pytest.raises(InvalidDecision, match="højst én decimal"):
        decisions.points(typed)


AIMS = [
    (KEY, "10", 0.1),
    (KEY, "-10", "For dette nøgletal er højt bedst: skriv fx +10."),
    (LOW, "-2,5", -0.025),
    (LOW, "2,5", "For dette nøgletal er lavt bedst: skriv fx −10."),
    (NEITHER, "10", 0.1),
    (NEITHER, "-10", -0.1),
    (KEY, "", None),
    (LOW, "0", 0.0),  # refused where it is saved
    ("", "-10", -0.1),
    (KEY, "ti", "Skriv procentpoint som et tal med højst én decimal, fx 10 eller -2,5; eller lad feltet stå tomt."),
]


@pytest.mark.parametrize(("measure", "typed", "given"), AIMS)
def test_an_aim_goes_the_good_way(measure: str, typed: str, given: float | str | None) -> None:
    if not isinstance(given, str):
        assert decisions.aim(measure, typed) == given
        return
    with pytest.raises(InvalidDecision) as refused:
        decisions.aim(measure, typed)
    assert str(refused.value) == given


def test_a_day_must_be_picked() -> None:
    assert decisions.picked(TODAY) == TODAY
    with pytest.raises(InvalidDecision, match="Vælg en dato"):
        decisions.picked(None)


def test_nothing_is_read_where_nothing_is_followed(sqlite_engine: sa.Engine) -> None:
    scope = Scope("anna", ("steering",))
    assert decisions.series(sqlite_engine, scope, [decision()], TODAY) == {}
