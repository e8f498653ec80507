"""What has moved a figure: every part by policy in rows, and that the parts add up to the change, whatever happened."""

import datetime as dt
from collections import Counter
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from metrics import moved
from metrics.assess import BY_KEY, Assessed, Cut, assess, figures
from metrics.limits import Life, Limit, Version
from metrics.measure import Holds, Within
from metrics.measures import MEASURES
from metrics.moved import PARTS, REST, points, publishable, recounted, split, together, units
from tests.policy import Policy, facts, table
from tests.strategies import Municipality, Tables, frames, municipalities, table_rows

DAY = dt.timedelta(days=1)


def window(last: dt.date) -> Cut:
    return Cut(pl.select(pl.lit(last).dt.month_start().dt.offset_by("-11mo")).item(), last)


def counted(assessed: Assessed, cut: Cut, center: str | None = None) -> dict[str, tuple[int, int]]:
    chosen = cut if center is None else replace(cut, centers=(center,))
    rows = figures(assessed, chosen).select(pl.col("measure").cast(pl.String), "met", "base").iter_rows()
    return {measure: (met, base) for measure, met, base in rows}


def three(
    before: Tables, after: Tables, views: tuple[dt.date, dt.date], lasts: tuple[dt.date, dt.date]
) -> tuple[Assessed, Assessed, Assessed, Assessed]:
    """Then, the same as known now, now, and now by the old rules."""
    (v1, v2), (last1, last2) = views, lasts
    return (
        assess(frames(before), v1, [last1]),
        assess(frames(after), v1, [last1]),
        assess(frames(after), v2, [last1, last2]),  # a frame may hold other days too
        assess(frames(after), v2, [last2], moved.outdated(v1, v2) or MEASURES[:1]),
    )


# --- whatever happens, the parts add up ---------------------------------------------------------------


def disturbed(draw: st.DrawFn, tables: Tables, days: list[dt.date]) -> Tables:
    """The same municipality as it was known at another time: rows are missing, values are others or blank."""
    other: Tables = {}
    for name, rows in tables.items():
        kept = []
        for row in rows:
            what = draw(st.integers(0, 9))
            if what == 9:
                continue
            row = dict(row)
            if what >= 7:
                dates = [c for c, value in row.items() if isinstance(value, dt.date) and c != "born_on"]
                if dates:
                    column = draw(st.sampled_from(dates))
                    row[column] = draw(st.sampled_from(days))
            if what == 6 and row.get("center"):
                row["center"] = draw(st.sampled_from(("Nord", "Syd")))
            if what == 5 and row.get("closed_on"):
                row["closed_on"] = None
            kept.append(row)
        other[name] = table_rows(name, kept)
    return other


@st.composite
def histories(draw: st.DrawFn) -> tuple[Municipality, Tables, dt.date, dt.date, dt.date]:
    """What is known now, what was known then, the earlier view date and the last days of the two months."""
    town = draw(municipalities())
    last2 = (town.view_date.replace(day=1) if (town.view_date + DAY).day != 1 else town.view_date + DAY) - DAY
    last1 = last2.replace(day=1) - DAY
    v1 = draw(st.sampled_from((last1, last1 + 5 * DAY, town.view_date)))
    assume(v1 <= town.view_date)
    return town, disturbed(draw, town.tables, [last1, last2, v1, last1 - 30 * DAY, v1 - 300 * DAY]), v1, last1, last2


@settings(max_examples=25, deadline=None)
@given(histories())
def test_the_parts_add_up_to_the_change_for_every_measure_whole_and_per_centre(
    history: tuple[Municipality, Tables, dt.date, dt.date, dt.date],
) -> None:
    town, before, v1, last1, last2 = history
    a, b, c, old = three(before, town.tables, (v1, town.view_date), (last1, last2))
    cuts = window(last1), window(last2)
    found = units(a, b, c, *cuts, old)
    assert set(found["part"]) <= set(PARTS)
    assert found.schema == moved.UNITS
    places = [None, *{*a.cases["center"], *c.cases["center"], *found["center"]} - {None}]
    for center in places:
        then, now = counted(a, cuts[0], center), counted(c, cuts[1], center)
        own = found if center is None else found.filter(pl.col("center") == center)
        parts = split(own)
        for measure in BY_KEY:
            met, base = parts.filter(pl.col("measure") == measure).select(pl.col("met", "base").sum()).row(0)
            assert (then[measure][0] + met, then[measure][1] + base) == now[measure], (measure, center)
        assert recounted(parts, then, now).equals(parts)
        for measure in parts["measure"].unique():
            changes = points(parts.filter(pl.col("measure") == measure), then[measure])
            assert all(-1 <= change <= 1 for change in changes.values())
    merged = together(found)
    assert not merged.select("measure", "part", "unit_id").is_duplicated().any()
    assert split(merged).sort("measure", "part").equals(split(found).sort("measure", "part"))
    one_part = found.with_columns(
        step=pl.col("part").replace_strict(
            {**dict.fromkeys(moved.KNOWLEDGE, 1), **dict.fromkeys(moved.TIME, 2), moved.RULES: 3}
        )
    )
    per_step = one_part.group_by("measure", "unit_id", "step").agg(pl.col("part").n_unique())
    assert per_step["part"].to_list() == [1] * per_step.height


# --- which part a thing is, by policy -----------------------------------------------------------------

MARCH, APRIL = dt.date(2025, 3, 31), dt.date(2025, 4, 30)

POLICY = {
    "first_interview": """
what                         | known then              | known now                     | parts
an interview said late       | first 03-01             | first 03-01, held 03-05       | late +1/0
a case registered late       | -                       | first 03-01, held 03-05       | late +1/+1
a case not done, said late   | -                       | first 03-01                   | late 0/+1
a closing registered late    | first 03-01             | first 03-01, closed 03-06     | late 0/-1
a centre registered late     | first 03-01, center ?   | first 03-01                   | late 0/-1, late 0/+1
the enquiry was redated      | first 03-01             | first 03-29                   | happened 0/+1, corrected 0/-1
the same, years back         | first 03-01             | first 23-03-01                | corrected 0/-1
the interview was redated    | first 03-01, held 03-05 | first 03-01, held 03-20       | corrected -1/0
the interview was withdrawn  | first 03-01, held 03-05 | first 03-01                   | corrected -1/0
the case was withdrawn       | first 03-01             | -                             | withdrawn 0/-1
the centre was corrected     | first 03-01             | first 03-01, center Syd       | corrected 0/-1, corrected 0/+1
nothing                      | first 03-01             | first 03-01                   |
a new case                   | first 04-05             | first 04-05                   | new 0/+1
a new case, registered late  | -                       | first 04-05                   | new 0/+1
a deadline ran out           | first 03-28             | first 03-28                   | happened 0/+1
a deadline was kept          | first 03-28             | first 03-28, held 04-02       | happened +1/+1
done later than the deadline | first 03-01             | first 03-01, held 04-02       |
the twelve months moved on   | first 24-04-01          | first 24-04-01                | left 0/-1
late, and the window moved   | first 24-04-01          | first 24-04-01, held 24-04-02 | left -1/-1, late +1/0
""",
    "mentor": """
what                           | known then                     | known now                      | parts
the case closed                | first 01-01                    | first 01-01, closed 04-10      | left 0/-1
the case had closed            | first 01-01                    | first 01-01, closed 03-10      | late 0/-1
the case had not closed        | first 01-01, closed 03-10      | first 01-01                    | corrected 0/+1
the case was withdrawn         | first 01-01                    | -                              | withdrawn 0/-1
a new case                     | first 04-01                    | first 04-01                    | new 0/+1
a mentor began                 | first 01-01                    | first 01-01, mentor 04-03      | happened +1/0
a mentor had begun             | first 01-01                    | first 01-01, mentor 03-03      | late +1/0
a mentor was none              | first 01-01, mentor 03-03      | first 01-01                    | corrected -1/0
the year with a mentor ran out | first 01-01, mentored 24-04-03 | first 01-01, mentored 24-04-03 | happened -1/0
""",
    "reasoned": """
what                         | known then               | known now              | parts
a field was left blank       | first 01-01, blank 03-03 | first 01-01, yes 03-03 | late +1/+1
a field was no, and is yes   | first 01-01, no 03-03    | first 01-01, yes 03-03 | corrected +1/0
a visitation was withdrawn   | first 01-01, yes 03-03   | first 01-01            | withdrawn -1/-1
a visitation registered late | first 01-01              | first 01-01, yes 03-03 | late +1/+1
a visitation was redated     | first 01-01, yes 03-03   | first 01-01, yes 03-04 | corrected -1/-1, corrected +1/+1
a visitation in April        | first 01-01              | first 01-01, no 04-04  | happened 0/+1
""",
    "order_fulfilled": """
what                   | known then               | known now                           | parts
fulfilled, said late   | first 01-01, order 03-10 | first 01-01, order 03-10, met 03-09 | late +1/0
an order was withdrawn | first 01-01, order 03-10 | first 01-01                         | withdrawn 0/-1
its case was withdrawn | first 01-01, order 03-10 | -                                   | withdrawn 0/-1
another deadline       | first 01-01, order 03-10 | first 01-01, order 04-12            | happened 0/+1, corrected 0/-1
""",
}
"""What was known when March was published, what is known when April is, and which parts follow, `met/base` each."""
VISIT = (
    "visitations.step endelig, visitations.category uddannelsesparat, visitations.reasoned {}, visitations.visited_on"
)
SHORT = {
    "first": "first_enquiry_on",
    "closed": "closed_on",
    "held": "interviews.held_on",
    "mentor": "offers.kind mentor, offers.start_on",
    "mentored": "offers.kind mentor, offers.until 2024-04-10, offers.start_on",
    "yes": VISIT.format("ja"),
    "no": VISIT.format("nej"),
    "blank": VISIT.format("?"),
    "order": "education_orders.step 1, education_orders.issued_on 2025-03-03, education_orders.fulfilment_due",
    "met": "education_orders.fulfilled_on",
}
"""Words of the cells; a date is of 2025 where it says no year."""


def told(cell: str, case_id: str = "S") -> Tables:
    """The tables with what a cell says of one case; `-`: there is none."""
    if cell == "-":
        return {}
    said: dict[str, str] = {}
    for part in cell.split(", "):
        word, _, value = part.partition(" ")
        *more, column = SHORT.get(word, word).split(", ")
        said |= dict(each.split(" ") for each in more)
        said[column] = "20" + ("25-" * (value.count("-") == 1)) + value if value[:2].isdigit() else value
    given = {"cases.center": said.pop("center", "Nord").replace("?", "")}
    return facts({**said, "parts": ""}, Policy("cases", "", given), case_id)


def says(rows: pl.DataFrame) -> str:
    def signed(count: int) -> str:
        return f"{count:+d}" if count else "0"

    return ", ".join(f"{part} {signed(met)}/{signed(base)}" for part, met, base in rows.iter_rows())


def history(then: Tables, now: Tables, measure: str, v1: dt.date = MARCH, v2: dt.date = APRIL) -> pl.DataFrame:
    found = units(*three(then, now, (v1, v2), (v1, v2))[:3], window(v1), window(v2), None)
    return found.filter(pl.col("measure") == measure)


@pytest.mark.parametrize(
    ("measure", "row"),
    [pytest.param(key, row, id=f"{key}: {row['what']}") for key, rows in POLICY.items() for row in table(rows)],
)
def test_each_thing_that_happens_has_its_part(measure: str, row: dict[str, str]) -> None:
    found = history(told(row["known then"]), told(row["known now"]), measure)
    assert says(found.select("part", "met", "base")) == row["parts"]


def test_a_unit_that_another_centre_has_now_is_in_both_and_does_not_move_the_whole() -> None:
    then = told("first 03-01, held 03-05")
    found = history(then, told("first 03-01, held 03-05, center Syd"), "first_interview")
    assert found.select("center", "was", "is_", "met", "base").rows() == [
        ("Nord", "met", moved.ELSEWHERE, -1, -1),
        ("Syd", moved.ELSEWHERE, "met", 1, 1),
    ]
    assert found.filter(center="Nord").select("on", "done").row(0) == (None, None)
    assert split(found).is_empty()
    assert split(found.filter(center="Syd")).rows() == [("first_interview", "corrected", 1, 1, 1)]


def test_a_stock_unit_that_moved_between_the_months_happened() -> None:
    period = ", center_periods.center Syd, center_periods.from_on 04-10"
    town = told("first 01-01" + period)
    found = history(town, town, "mentor")
    assert says(found.select("part", "met", "base")) == "happened 0/-1, happened 0/+1"


def test_a_month_as_published_and_as_known_now_has_knowledge_only() -> None:
    then, now = told("first 03-01"), told("first 03-01, held 03-05")
    a, b, *_ = three(then, now, (MARCH, MARCH), (MARCH, MARCH))
    found = units(a, b, b, window(MARCH), window(MARCH))
    assert set(found["part"]) == {"late"}


def test_a_unit_says_what_it_was_and_what_it_is() -> None:
    then, now = told("first 03-28"), told("first 03-28, held 04-02")
    [row] = history(then, now, "first_interview").to_dicts()
    said = {name: row[name] for name in ("case_id", "center", "was", "is_", "due", "done", "was_due", "was_done")}
    due = dt.date(2025, 4, 4)
    assert said == {
        "case_id": "S",
        "center": "Nord",
        "was": "pending",
        "is_": "met",
        "due": due,
        "done": dt.date(2025, 4, 2),
        "was_due": due,
        "was_done": None,
    }
    [gone] = history(told("first 24-04-01"), told("first 24-04-01"), "first_interview").to_dicts()
    assert (gone["was"], gone["is_"]) == ("overdue", None)  # counted in no window any more


# --- the rules as they stood --------------------------------------------------------------------------

RULES = """
measure              | then       | now        | life       | versions
first_interview      | 2026-06-30 | 2026-07-31 |            | 1
first_offer          | 2026-06-30 | 2026-07-31 |            | 1
contact_course       | 2026-06-30 | 2026-07-31 | lifted     |
test_need_assessed   | 2026-12-31 | 2027-01-31 | lifted     |
"""


def test_the_rules_that_changed_between_two_days_stand_as_they_did() -> None:
    for row in table(RULES):
        then, now = dt.date.fromisoformat(row["then"]), dt.date.fromisoformat(row["now"])
        [stood] = [each for each in moved.outdated(then, now) if each.key == row["measure"]]
        assert (stood.life.valid_to is None) or row["life"] != "lifted"
        assert str(len(stood.versions)) == row["versions"] or not row["versions"]


@pytest.mark.parametrize(("then", "now"), [("2026-07-01", "2026-12-31"), ("2025-07-01", "2026-06-30")])
def test_a_rule_that_changed_before_or_after_is_not_outdated(then: str, now: str) -> None:
    assert moved.outdated(dt.date.fromisoformat(then), dt.date.fromisoformat(now)) == ()


def test_a_rule_that_came_or_changed_inside_a_duty_without_deadline() -> None:
    holds = BY_KEY["course_offered"]
    assert isinstance(holds.must, Holds)
    older, newer = Version(30, "days", "før"), Version(10, "days", "nu", APRIL)
    changed = replace(holds, must=replace(holds.must, grace=Limit((older, newer))))
    fresh = replace(BY_KEY["mentor"], life=Life(APRIL))
    stood, gone = moved.outdated(MARCH, APRIL, (changed, fresh))
    assert stood.limit == Limit((older,))
    town = assess(frames(told("first 01-01")), APRIL, [APRIL], [gone])
    assert town.outcomes.is_empty()  # nobody was covered by a rule that was not there


def test_what_a_rule_moved_is_the_rule_s_and_the_rest_is_measured_against_it() -> None:
    """Whose first interview was 20 days after is in time by a rule of 30 days, and was not by the one of 7."""
    town = told("first 04-02, held 04-22")
    old = BY_KEY["first_interview"]
    assert isinstance(old.must, Within)
    a, b, c, _ = three(town, town, (MARCH, APRIL), (MARCH, APRIL))
    lenient = replace(old, must=replace(old.must, limit=Limit((Version(25, "days", "før"),))))
    by_old = assess(frames(town), APRIL, [APRIL], [lenient])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moved, "outdated", lambda *_: (lenient,))
        found = units(a, b, c, window(MARCH), window(APRIL), by_old).filter(measure="first_interview")
    assert says(found.select("part", "met", "base")) == "new +1/+1, rules -1/0"


def test_a_life_that_ended_takes_its_stock_by_rule() -> None:
    v1, v2 = dt.date(2026, 12, 31), dt.date(2027, 1, 31)
    town = told("first 01-01, visitations.category aabenlyst_uddannelsesparat, visitations.visited_on 01-05")
    a, b, c, old = three(town, town, (v1, v2), (v1, v2))
    found = units(a, b, c, window(v1), window(v2), old).filter(measure="job_discussed")
    assert says(found.select("part", "met", "base")) == "rules 0/-1"


# --- the rate, and what is lacking --------------------------------------------------------------------


def parts_of(*rows: tuple[str, int, int, int]) -> pl.DataFrame:
    return pl.DataFrame([("mentor", *row) for row in rows], schema=moved.SPLIT, orient="row")


def test_points_add_up_to_the_change_of_the_rate() -> None:
    parts = parts_of(("new", 3, 1, 3), ("happened", 15, 10, 2), ("late", 2, 2, 0), ("withdrawn", 1, -1, -1))
    changes = points(parts, (36, 125))
    assert list(changes) == ["late", "withdrawn", "new", "happened"]
    assert sum(changes.values()) == pytest.approx(48 / 129 - 36 / 125)
    assert changes["late"] == pytest.approx(2 / 125)


def test_a_part_from_or_to_an_empty_base_says_nothing_of_the_rate() -> None:
    assert points(parts_of(("new", 3, 1, 3)), (0, 0)) == {}
    assert points(parts_of(("left", 3, -1, -3)), (1, 3)) == {}


def test_what_the_parts_lack_is_counted_anew_and_nothing_else_is() -> None:
    parts = parts_of(("new", 3, 1, 3))
    assert recounted(parts, {"mentor": (1, 2)}, {"mentor": (2, 5)}).equals(parts)
    lacking = recounted(parts, {"mentor": (1, 2), "joblog": (1, 1)}, {"mentor": (1, 4)}).rows()
    assert lacking[1:] == [("mentor", "recounted", 1, -1, -1)]


# --- what may leave the house -------------------------------------------------------------------------

TOLD = """
what                            | units                                               | told
nothing moved                   |                                                     |
everything is large             | new +1/+1 6, left 0/-1 5                            | new 6 6 6, left 5 0 -5
one small part, the rest joins  | new +1/+1 6, left 0/-1 2                            | rest 6 6 4
two small parts, large together | new +1/+1 9, late +1/0 3, left 0/-1 2               | new 9 9 9, rest 5 3 -2
a small flow in a large part    | happened +1/0 8, happened -1/0 1, new +1/+1 7       | new 7 7 7, rest 7 7 0
the rest is one kind of flow    | late +1/0 3, happened +1/0 4, new +1/+1 9           | new 9 9 9, rest 7 7 0
the rest is few                 | late +1/0 2, corrected -1/0 1, new +1/+1 9          | rest 10 10 9
all of it is small              | new +1/+1 2                                         | rest 2 2 2
all of it cancels               | late +1/0 2, corrected -1/0 2                       |
"""


def made(cell: str) -> tuple[pl.DataFrame, int, int]:
    rows: list[dict[str, Any]] = []
    for part in filter(None, cell.split(", ")):
        name, flow, count = part.split()
        met, base = map(int, flow.split("/"))
        rows += [
            {"measure": "mentor", "part": name, "unit_id": f"{name}{flow}{n}", "met": met, "base": base}
            for n in range(int(count))
        ]
    frame = pl.DataFrame(rows, schema=moved.UNITS)
    return frame, int(frame["met"].sum()), int(frame["base"].sum())


def shown(met: int | None, base: int | None, measure: str = "mentor") -> pl.DataFrame:
    cell = {"measure": measure, "whole": True, "met": met, "base": base, "hidden": met is None}
    return pl.DataFrame([cell], schema={"measure": pl.String, "whole": bool, "met": int, "base": int, "hidden": bool})


@pytest.mark.parametrize("row", table(TOLD), ids=lambda row: row["what"])
def test_nothing_small_is_told(row: dict[str, str]) -> None:
    frame, met, base = made(row["units"])
    moves = publishable(frame, shown(40, 100), shown(40 + met, 100 + base), 5)
    assert ", ".join(" ".join(map(str, told[1:])) for told in moves.rows()) == row["told"]


def test_what_is_hidden_in_either_month_is_not_divided() -> None:
    frame, *_ = made("new +1/+1 6")
    assert publishable(frame, shown(None, 100), shown(46, 106), 5).is_empty()
    assert publishable(frame, shown(40, 100), shown(None, None), 5).is_empty()
    assert publishable(frame, shown(40, 100, "joblog"), shown(46, 106), 5).is_empty()


def test_what_today_s_program_counts_otherwise_is_part_of_the_rest() -> None:
    frame, *_ = made("new +1/+1 6, left 0/-1 6")
    moves = publishable(frame, shown(40, 100), shown(47, 101), 5)  # one more than the units say
    assert moves.rows() == [("mentor", "left", 6, 0, -6), ("mentor", REST, 7, 7, 7)]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(PARTS[:-1]),
            st.sampled_from(((1, 1), (0, 1), (-1, -1), (0, -1), (1, 0), (-1, 0))),
            st.integers(1, 9),
        ),
        max_size=8,
    ),
    st.tuples(st.integers(-2, 2), st.integers(0, 2)),
    st.integers(3, 6),
)
def test_what_is_told_adds_up_and_no_flow_of_it_is_small(
    flows: list[tuple[str, tuple[int, int], int]], extra: tuple[int, int], threshold: int
) -> None:
    cell = ", ".join(f"{part} {met}/{base} {count}" for part, (met, base), count in flows)
    frame, met, base = made(cell)
    frame = frame.unique(["part", "unit_id", "met", "base"], maintain_order=True)
    met, base = int(frame["met"].sum()) + extra[0], int(frame["base"].sum()) + extra[1]
    moves = publishable(frame, shown(500, 1000), shown(500 + met, 1000 + base), threshold)
    assert moves.select(pl.col("met", "base").sum()).row(0) == (met, base)
    told = Counter(moves["part"])
    assert set(told.values()) <= {1}
    alone = frame.filter(pl.col("part").is_in(list(told)))
    assert all(count >= threshold for count in alone.group_by("part", "met", "base").len()["len"])
    rest = frame.filter(~pl.col("part").is_in(list(told)))
    if len(told) > (REST in told) and REST in told:
        lacking = extra != (0, 0)
        assert rest["unit_id"].n_unique() + abs(extra[0]) + abs(extra[1] - extra[0]) >= threshold
        kinds = rest.group_by("met", "base").len()["len"].to_list()
        assert lacking or len(kinds) > 1 or kinds[0] >= threshold
