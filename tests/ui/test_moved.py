"""What has moved in words: judged between two months, cut to what may be seen, told and drawn."""

import datetime as dt
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from data_access.published import CELLS, Publication
from metrics import disclosure
from metrics import moved as split
from metrics.assess import BY_KEY, Assessed, Cut
from tests.policy import merged, rows_of, table
from tests.strategies import Tables, frames
from ui import moved, texts
from ui.moved import Month, Moves, Read

MARCH, APRIL = dt.date(2025, 3, 31), dt.date(2025, 4, 30)


def case(number: int, first: dt.date, **more: Any) -> Tables:
    return {
        "cases": [{"case_id": f"S{number}", "person": f"P{number}", "center": "Nord", "first_enquiry_on": first} | more]
    }


def read(at: dict[int | None, Tables]) -> Read:
    """Judges what was known at an import; None: now."""

    def judged(
        view_date: dt.date, known: dt.date | int | None, days: Collection[dt.date], rules_of: dt.date | None = None
    ) -> Assessed:
        assert not isinstance(known, dt.date)
        return moved.judge(frames(at[known]), view_date, tuple(days), rules_of)

    return judged


def publication(month: dt.date, view_date: dt.date, delivery: int) -> Publication:
    said = {"version": 1, "reason": "", "threshold": 5, "code": "", "rules": {}, "published_by": "", "hash": ""}
    at = dt.datetime(2025, 5, 1, tzinfo=dt.UTC)
    return Publication(number=1, month=month, view_date=view_date, delivery=delivery, published_at=at, **said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("month", "first"),
    [("2025-02-10", "2024-03-01"), ("2024-02-01", "2023-03-01"), ("2025-12-31", "2025-01-01")],
)
def test_the_window_is_the_one_that_is_published(month: str, first: str) -> None:
    window = moved.window(dt.date.fromisoformat(month))
    assert window.date_from == dt.date.fromisoformat(first)
    assert window == Cut(window.date_from, (window.date_to + dt.timedelta(days=1)) - dt.timedelta(days=1))


def test_what_is_published_of_a_month_adds_up_to_its_change() -> None:
    then = merged([case(n, dt.date(2025, 2, 1)) for n in range(20)])
    now = merged(
        [
            *(case(n, dt.date(2025, 2, 1)) for n in range(20)),
            *(case(n, dt.date(2025, 4, 1)) for n in range(20, 30)),  # ten new cases
            *(case(n, dt.date(2025, 2, 1)) for n in range(30, 37)),  # seven that were there, and were not known
        ]
    )
    judge = read({1: then, None: now})
    months = [disclosure.tables(judge(v, k, (v,)), v, ["Nord"]) for v, k in ((MARCH, 1), (APRIL, None))]
    shown = [each.with_columns(hidden=pl.lit(False)) for each in months]
    moves = moved.moves_for(
        judge,
        publication(MARCH.replace(day=1), MARCH, 1),
        shown[0],
        APRIL,
        judge(APRIL, None, (APRIL,)),
        shown[1],
        APRIL,
        5,
    )
    assert moves.filter(measure="first_interview").rows() == [
        ("first_interview", "new", 10, 0, 10),
        ("first_interview", "late", 7, 0, 7),
    ]
    changes = moves.group_by("measure").agg(pl.col("met", "base").sum()).sort("measure")
    wholes = [each.filter("whole").select("measure", "met", "base") for each in shown]
    expected = (
        wholes[1]
        .join(wholes[0], on="measure")
        .select("measure", met=pl.col("met") - pl.col("met_right"), base=pl.col("base") - pl.col("base_right"))
    )
    assert changes.equals(expected.filter((pl.col("met") != 0) | (pl.col("base") != 0)).sort("measure"))


def test_the_first_month_has_nothing_to_move_from() -> None:
    judge = read({None: case(1, MARCH)})
    none = pl.DataFrame(schema=CELLS)
    moves = moved.moves_for(judge, None, none, APRIL, judge(APRIL, None, (APRIL,)), none, APRIL, 5)
    assert (moves.schema, moves.height) == (split.MOVES, 0)


def test_a_month_as_known_now_is_judged_once_for_each_of_the_two() -> None:
    asked: list[Any] = []
    judge = read({1: case(1, MARCH), None: case(1, MARCH)})

    def counting(
        view_date: dt.date, known: dt.date | int | None, days: Collection[dt.date], rules_of: dt.date | None = None
    ) -> Assessed:
        asked.append((view_date, known))
        return judge(view_date, known, days, rules_of)

    found = moved.between(counting, Month(MARCH, MARCH, 1), Month(MARCH, MARCH, None))
    assert found.units.is_empty()
    assert asked == [(MARCH, 1), (MARCH, None)]


def test_only_the_measures_of_a_changed_rule_are_judged_by_the_old_one() -> None:
    v1, v2 = dt.date(2026, 6, 30), dt.date(2026, 7, 31)
    judged = moved.judge(frames(case(1, dt.date(2026, 7, 2))), v2, (v2,), v1)
    assert set(judged.outcomes["measure"].cast(pl.String)) == {"first_interview", "first_offer", "contact_course"}


# --- whose eyes ---------------------------------------------------------------------------------------

SEEN = """
unit | case | center | was       | is_       | met | base
a    | A    | Nord   | met       |           | -1  | -1
b    | B    | Nord   | met       | elsewhere | -1  | -1
b    | B    | Syd    | elsewhere | met       | 1   | 1
c    | C    | Nord   | overdue   | elsewhere | 0   | -1
c    | C    | Syd    | elsewhere | met       | 1   | 1
d    | D    | Syd    |           | met       | 1   | 1
"""
COUNTS = pl.DataFrame({"measure": ["mentor"] * 2, "center": ["Nord", "Syd"], "met": [2, 0], "base": [3, 1]})


def found() -> Moves:
    rows = [
        {
            "measure": "mentor",
            "part": "corrected",
            "unit_id": row["unit"],
            "case_id": row["case"],
            "center": row["center"],
            "was": row["was"],
            "is_": row["is_"],
            "met": int(row["met"]),
            "base": int(row["base"]),
            "due": dt.date(2026, 6, 2),
            "was_done": dt.date(2026, 5, 29),
        }
        for row in rows_of(SEEN)
    ]
    return Moves(pl.DataFrame(rows, schema=split.UNITS), COUNTS, COUNTS)


@pytest.mark.parametrize(
    ("centers", "expected"),
    [
        (None, "A met-None, D None-met, C overdue-met"),
        (("Nord", "Syd"), "A met-None, D None-met, C overdue-met"),
        (("Nord",), "A met-None, None met-elsewhere, None overdue-elsewhere"),
        (("Syd",), "None elsewhere-met, C elsewhere-met, D None-met"),
    ],
)
def test_each_sees_own_rows_and_the_numbers_of_own_cases(centers: tuple[str, ...] | None, expected: str) -> None:
    """C and D are cases of Syd now, A is one of Nord; B may be known by nobody of the two."""
    known = {"A": "Nord", "C": "Syd", "D": "Syd"}
    seen = moved.seen(found(), centers, [case for case, center in known.items() if center in (centers or ())])
    said = [f"{case} {was}-{now}" for case, was, now in seen.units.select("case_id", "was", "is_").iter_rows()]
    assert ", ".join(said) == expected
    own = found().units if centers is None else found().units.filter(pl.col("center").is_in(centers))
    assert split.split(seen.units).sort("part").equals(split.split(own).sort("part"))
    assert "b" not in seen.units.filter(pl.col("case_id").is_null())["unit_id"]
    nameless = seen.units.filter(pl.col("case_id").is_null())
    assert not nameless.select("on", "due", "done", "was_on", "was_due", "was_done").drop_nulls("due").height
    assert nameless["was_done"].null_count() == nameless.height
    assert seen.units.drop_nulls("case_id")["due"].null_count() == 0
    assert seen.then["center"].to_list() == list(centers or ("Nord", "Syd"))


# --- in words -----------------------------------------------------------------------------------------


def parts_of(*rows: tuple[str, str, int, int, int]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=split.SPLIT, orient="row")


def plain(words: str) -> str:
    return words.replace(texts.SPACE, " ").replace(texts.MINUS, "-")


def test_a_story_says_from_what_to_what_and_by_what() -> None:
    parts = parts_of(("mentor", "late", 2, 2, 0), ("mentor", "new", 5, 3, 5), ("mentor", "left", 3, -1, -3))
    [story] = moved.stories(parts, {"mentor": (36, 125)}, {"mentor": (40, 127)})
    assert plain(story.said) == "29 % (36 af 125) → 31 % (40 af 127), +2,7 procentpoint"
    assert plain(story.why) == "Nye sager +3 af +5. Tæller ikke mere -1 af -3. Registreret senere +2 af 0."
    assert sum(part.share or 0 for part in story.parts) == pytest.approx(40 / 127 - 36 / 125)


def test_what_moved_most_comes_first_and_what_is_of_few_after_it() -> None:
    then = {"mentor": (50, 100), "joblog": (5, 9), "coordination": (10, 100), "decided": (1, 2), "heard": (0, 0)}
    now = {"mentor": (55, 100), "joblog": (9, 9), "coordination": (30, 100), "decided": (1, 2), "heard": (1, 3)}
    parts = parts_of(*((key, "happened", 4, now[key][0] - then[key][0], 0) for key in now if then[key] != now[key]))
    assert [story.key for story in moved.stories(parts, then, now)] == [
        "coordination",
        "mentor",
        "joblog",
        "heard",
        "decided",
    ]
    assert moved.unmoved(moved.stories(parts, then, now)) == BY_KEY["decided"].title


def test_the_steps_are_drawn_with_their_words_and_nothing_is_drawn_of_few() -> None:
    parts = parts_of(("first_interview", "happened", 20, 10, 0), ("first_interview", "left", 8, -8, -8))
    [story] = moved.stories(parts, {"first_interview": (50, 100)}, {"first_interview": (52, 92)})
    drawn = moved.steps(story, "September", "Oktober")
    assert drawn.count("<tr>") == 4
    assert [tone for tone in ("god", "daarlig") if f'class="{tone}"' in drawn] == ["god", "daarlig"]
    assert "+10 af 0" in drawn
    few = replace(story, then=(1, 3), now=(2, 4))
    assert "<tr>" not in moved.steps(few, "September", "Oktober")
    assert story.why in moved.steps(few, "September", "Oktober")


def test_a_measure_that_is_all_rest_says_so_and_is_not_drawn() -> None:
    [story] = moved.stories(parts_of(("mentor", "rest", 3, 3, 3)), {"mentor": (50, 100)}, {"mentor": (53, 103)})
    assert moved.UNDIVIDED in moved.steps(story, "September", "Oktober")
    assert "<tr>" not in moved.steps(story, "September", "Oktober")


def test_no_tone_where_nothing_is_better() -> None:
    [story] = moved.stories(parts_of(("mentor", "new", 9, 9, 9)), {"mentor": (50, 100)}, {"mentor": (59, 109)})
    assert 'class="god"' not in moved.steps(story, "", "")
    assert 'class="daarlig"' not in moved.steps(story, "", "")


FROZEN = """
measure | whole | center | met | base | hidden
mentor  | ja    |        | 9   | 20   | nej
mentor  | nej   | Nord   | 4   | 10   | nej
mentor  | nej   | Syd    | 5   | 10   | nej
joblog  | ja    |        | 9   | 20   | nej
joblog  | nej   | Nord   |     | 10   | ja
joblog  | nej   | Syd    |     | 10   | ja
heard   | ja    |        |     | 20   | ja
"""


@pytest.mark.parametrize(
    ("centers", "expected"),
    [
        (None, {"mentor": (9, 20), "joblog": (9, 20)}),
        (("Nord",), {"mentor": (4, 10)}),
        (("Nord", "Syd"), {"mentor": (9, 20)}),
        (("Nord", "Vest"), {}),
    ],
)
def test_what_was_published_counts_only_where_all_of_it_is_shown(
    centers: tuple[str, ...] | None, expected: dict[str, tuple[int, int]]
) -> None:
    rows = [row | {"met": int(row["met"]) if row["met"] else None, "base": int(row["base"])} for row in rows_of(FROZEN)]
    schema = {name: CELLS[name] for name in table(FROZEN)[0]}
    cells = pl.DataFrame(rows, schema=schema)
    assert moved.frozen(cells, centers) == expected


def test_a_list_says_what_each_was_and_is() -> None:
    day = dt.date(2025, 4, 4)
    rows: list[dict[str, Any]] = [
        {"was": "pending", "is_": "late", "on": day, "was_on": day, "done": APRIL, "case_id": "B", "center": "Nord"},
        {"was": None, "is_": split.ELSEWHERE, "case_id": None, "was_on": MARCH},
        {"was": "met", "is_": None, "on": APRIL, "was_on": day, "case_id": "A", "center": "Syd"},
    ]
    base = {"measure": "first_interview", "part": "happened", "unit_id": "u", "met": 0, "base": 1}
    units = pl.DataFrame([base | row for row in rows], schema=split.UNITS)
    shown = moved.table(moved.listed(units, "first_interview", "happened"))
    assert shown.columns == ["case", "was", "is_", "on", "done", "was_on", "center", "moved"]
    assert shown.select("case", "was", "is_", "was_on", "center").rows() == [
        ("B", "Ikke forfalden", "For sent", None, "Nord"),
        ("A", "Overholdt", "Ikke talt med mere", day, "Syd"),
        ("Ikke jeres sag mere", "Ikke talt med", "I et andet center", MARCH, "Uden center"),
    ]
    stock = units.with_columns(measure=pl.lit("mentor"), was=pl.lit("unmet"), is_=pl.lit("met"))
    assert moved.table(stock).columns == ["case", "was", "is_", "center", "moved"]
    assert set(moved.table(stock)["is_"]) == {"Ja"}  # a share without a duty
