"""Facts in rows: what is seen on a day, which record is the first or the latest, and what windows take in."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from data_access.tables import empty
from metrics import facts
from tests.policy import Row, merged, rows_of
from tests.strategies import MODELS, frames

V = dt.date(2025, 4, 1)
Rows = list[Row]


def built(days: tuple[dt.date, ...] = (V,), **tables: str) -> facts.Facts:
    """The facts of a municipality whose tables are written out."""
    return facts.build(frames(merged([{name: rows_of(text) for name, text in tables.items()}])), V, days)


def column(frame: pl.DataFrame, name: str, key: str = "case_id") -> dict[str, Any]:
    return dict(frame.sort(key).select(key, name).iter_rows())


CASES = """
    case_id | person | center | first_enquiry_on | closed_on
    S1      | P1     | Nord   | 2024-03-01       |
    S2      | P1     | Syd    | 2024-04-01       | 2025-04-02
    S3      | P2     | Nord   | 2025-04-01       |
    S4      | P3     | Nord   | 2025-04-02       |
    S5      | P4     | Nord   | 2024-01-01       | 2025-04-01
"""


# The mask

SEEN = [
    ("visitations", "visited_on"),
    ("interviews", "held_on"),
    ("guidance", "guided_on"),
    ("education_orders", "issued_on"),
    ("no_shows", "missed_on"),
    ("plans", "made_on"),
    ("job_search", "registered_at_jobnet_on"),
    ("assignments", "from_on"),
    ("guide_statuses", "status_on"),
    ("measurements", "measured_on"),
    ("groups", "from_on"),
    ("benefits", "from_on"),
    ("center_periods", "from_on"),
    ("cases", "first_enquiry_on"),
]


@pytest.mark.parametrize(("name", "main"), SEEN)
def test_a_row_is_seen_from_its_day_on(name: str, main: str) -> None:
    days = [dt.date(2025, 3, 31), dt.date(2025, 4, 1), dt.date(2025, 4, 2)]
    rows: Rows = [{"case_id": f"S{number}", main: day} for number, day in enumerate(days)]
    assert facts.mask(frames({name: rows}), V)[name][main].to_list() == days[:2]


def test_every_row_is_dated_or_grows_date_by_date() -> None:
    """A table with no main date keeps its rows, and only blanks what is yet to come."""
    assert set(MODELS) - set(facts.HAPPENS) == {"literacy_tests", "offers", "transitions", "meetings", "agreements"}
    assert {name for name, _ in SEEN} == set(facts.HAPPENS)


MASKED = rows_of("""
    name             | column                     | day        | seen
    cases            | closed_on                  | 2025-04-01 | ja
    cases            | closed_on                  | 2025-04-02 | nej
    cases            | born_on                    | 2030-01-01 | ja
    cases            | registered_on              | 2025-05-01 | ja
    education_orders | fulfilled_on               | 2025-04-02 | nej
    education_orders | fulfilment_due             | 2025-05-01 | ja
    education_orders | until                      | 2025-05-01 | ja
    center_periods   | until                      | 2025-05-01 | ja
    no_shows         | decided_on                 | 2025-04-02 | nej
    literacy_tests   | completed_on               | 2025-04-01 | ja
    literacy_tests   | completed_on               | 2025-04-02 | nej
    offers           | start_on                   | 2025-04-02 | nej
    offers           | until                      | 2025-05-01 | ja
    transitions      | admitted_on                | 2025-04-02 | nej
    transitions      | study_start_due            | 2025-05-01 | ja
    transitions      | contacted_after_warning_on | 2025-04-02 | nej
    meetings         | held_on                    | 2025-04-02 | nej
    interviews       | registered_on              | 2025-05-01 | ja
""")


@pytest.mark.parametrize("row", MASKED, ids=lambda row: f"{row['name']}.{row['column']}-{row['day']}")
def test_a_date_after_the_view_date_is_blank(row: Row) -> None:
    main = facts.HAPPENS.get(row["name"], "case_id")
    first = {main: V} if main != "case_id" else {}
    seen = facts.mask(frames({row["name"]: [{"case_id": "S1", row["column"]: row["day"]} | first]}), V)
    assert seen[row["name"]][row["column"]].to_list() == [row["day"] if row["seen"] else None]


@pytest.mark.parametrize(
    ("name", "dated", "given", "what"),
    [("no_shows", "decided_on", "sanction", "punkt"), ("literacy_tests", "exempted_on", "exemption", "sygdom")],
)
def test_a_value_is_unseen_as_long_as_its_own_date_is(name: str, dated: str, given: str, what: str) -> None:
    days = (dt.date(2025, 4, 1), dt.date(2025, 4, 2), None)
    rows: Rows = [{"case_id": f"S{n}", "missed_on": V, dated: day, given: what} for n, day in enumerate(days)]
    if name != "no_shows":
        rows = [{key: cell for key, cell in row.items() if key != "missed_on"} for row in rows]
    assert facts.mask(frames({name: rows}), V)[name][given].to_list() == [what, None, what]


# The first and the latest


def test_first_interview_is_the_earliest_on_or_after_the_enquiry() -> None:
    cases = built(
        cases=CASES,
        interviews="""
            case_id | held_on
            S1      | 2024-03-09
            S1      | 2024-03-05
            S1      | 2024-02-29
            S2      | 2024-04-01
            S3      | 2025-03-31
            S5      | 2025-04-02
        """,
    )["cases"]
    found = {key: day and day.isoformat() for key, day in column(cases, "first_interview_on").items()}
    assert found == {"S1": "2024-03-05", "S2": "2024-04-01", "S3": None, "S5": None}


VISITATIONS = """
    case_id | visited_on | step     | category | registered_on
    S1      | 2025-03-01 | aendring | AP       |
    S1      | 2025-02-01 | foerste  | UP       |
    S2      | 2025-03-01 | foerste  | UP       |
    S2      | 2025-03-01 | endelig  | AP       |
    S3      | 2025-03-01 | foerste  | UP       | 2025-03-09
    S3      | 2025-03-01 | endelig  | AP       | 2025-03-08
    S4      | 2025-03-01 | foerste  | UP       | 2025-03-08
    S4      | 2025-03-01 | endelig  | AP       |
    S5      | 2025-03-01 | foerste  | UP       | 2025-03-08
    S5      | 2025-03-01 | endelig  | AP       | 2025-03-08
    S6      | 2025-03-02 | foerste  | AP       |
"""


@pytest.mark.parametrize(
    ("day", "in_force"),
    [
        (dt.date(2025, 1, 31), dict.fromkeys(("S1", "S2", "S3", "S4", "S5", "S6"))),
        (dt.date(2025, 2, 28), dict.fromkeys(("S1", "S2", "S3", "S4", "S5", "S6")) | {"S1": "uddannelsesparat"}),
        (
            dt.date(2025, 3, 1),
            {
                "S1": "aktivitetsparat",  # the newest, wherever it stands
                "S2": "aktivitetsparat",  # of the same day: the last row
                "S3": "uddannelsesparat",  # of the same day: the last registered
                "S4": "uddannelsesparat",  # no registration counts as the first
                "S5": "aktivitetsparat",
                "S6": None,
            },
        ),
    ],
)
def test_category_in_force_is_the_newest_and_of_one_day_the_last_registered(
    day: dt.date, in_force: dict[str, str | None]
) -> None:
    seen = facts.mask(frames(merged([{"visitations": rows_of(VISITATIONS)}])), V)
    days = pl.DataFrame({"case_id": list(in_force), "day": [day] * len(in_force)})
    found = facts.as_of(days, facts.categories(seen["visitations"]), by="case_id", left_on="day", right_on="visited_on")
    assert column(found, "category") == in_force


def test_as_of_leaves_the_rows_where_they_were() -> None:
    left = pl.DataFrame({"case_id": ["S2", "S1", "S2"], "day": [dt.date(2025, 3, 2), V, dt.date(2025, 2, 1)]})
    right = pl.DataFrame(
        {"case_id": ["S2", "S2"], "on": [dt.date(2025, 1, 1), dt.date(2025, 3, 1)], "what": ["a", "b"]}
    )
    found = facts.as_of(left, right, by="case_id", left_on="day", right_on="on")
    assert found.select("case_id", "what").rows() == [("S2", "b"), ("S1", None), ("S2", "a")]


def test_the_fourth_interview_the_first_offer_and_the_first_cv() -> None:
    cases = built(
        cases=CASES,
        interviews="""
            case_id | held_on
            S1      | 2024-02-29
            S1      | 2024-06-01
            S1      | 2024-03-05
            S1      | 2024-03-05
            S1      | 2025-04-01
            S2      | 2024-04-01
            S2      | 2024-05-01
            S2      | 2024-06-01
            S2      | 2025-04-02
        """,
        offers="""
            case_id | kind   | start_on
            S1      | andet  | 2024-02-29
            S1      | mentor | 2024-05-01
            S1      | andet  | 2024-04-01
            S2      | andet  | 2025-04-02
            S3      | andet  | 2025-04-01
        """,
        job_search="""
            case_id | kind             | registered_at_jobnet_on
            S1      | cv_tilgaengeligt | 2025-01-01
            S1      | cv_tilgaengeligt | 2024-01-01
            S2      | tilmeldt         | 2024-05-01
            S3      | cv_tilgaengeligt | 2025-04-02
        """,
    )["cases"]
    found = {name: column(cases, name) for name in ("fourth_interview_on", "first_offer_on", "cv_available_on")}
    nothing = dict.fromkeys(("S1", "S2", "S3", "S5"))
    assert found == {
        "fourth_interview_on": nothing | {"S1": V},
        "first_offer_on": nothing | {"S1": dt.date(2024, 4, 1), "S3": V},
        "cv_available_on": nothing | {"S1": dt.date(2024, 1, 1)},  # also one from before
    }


# Stock days, windows and overlaps


def test_the_newest_of_interviews_offers_and_live_plans_is_asked() -> None:
    open_cases = built(
        (dt.date(2025, 3, 1), V),
        cases=CASES,
        interviews="""
            case_id | held_on    | job_discussed
            S1      | 2025-03-01 | nej
            S1      | 2025-03-02 | ja
        """,
        offers="""
            case_id | kind  | start_on   | until      | individually_assessed | purpose_stated
            S1      | andet | 2025-01-01 |            | ja                    | nej
            S1      | andet | 2025-03-02 | 2025-03-05 | nej                   | ja
            S1      | andet |            |            | ja                    | ja
        """,
        plans="""
            case_id | kind            | made_on    | until      | has_agreements | goal_due
            S1      | min_plan        | 2024-06-01 |            | ja             | 2025-06-01
            S1      | jobplan         | 2025-02-01 | 2025-03-31 | nej            |
            S1      | uddannelsesplan | 2025-03-01 |            | nej            |
        """,
    )["open_cases"].filter(case_id="S1")
    columns = ("job_discussed", "individually_assessed", "purpose_stated", "has_agreements", "goal_due")
    assert open_cases.sort("day").select("day", *columns).rows() == [
        (dt.date(2025, 3, 1), False, True, False, False, None),
        (V, True, False, True, True, dt.date(2025, 6, 1)),
    ]


def test_a_job_log_counts_for_thirty_days_and_a_jobseeker_for_good() -> None:
    jobnet = """
        case_id | kind     | registered_at_jobnet_on
        S1      | tilmeldt | 2024-03-01
        S1      | joblog   | 2025-03-02
        S2      | joblog   | 2025-03-03
    """
    rows = built((dt.date(2025, 3, 31), V), cases=CASES, job_search=jobnet)["open_cases"]
    asked = rows.filter(pl.col("case_id") != "S5").sort("day", "case_id")
    assert asked.select("day", "case_id", "jobseeker", "joblog_used").rows() == [
        (dt.date(2025, 3, 31), "S1", True, True),
        (dt.date(2025, 3, 31), "S2", False, True),
        (V, "S1", True, False),
        (V, "S2", False, True),
        (V, "S3", False, False),
    ]


def test_open_cases_on_each_stock_day_none_after_the_view_date() -> None:
    open_cases = built((dt.date(2024, 3, 31), dt.date(2025, 3, 31), V, dt.date(2025, 4, 2)), cases=CASES)["open_cases"]
    present = open_cases.group_by("day").agg(pl.col("case_id").sort()).sort("day")
    assert present.rows() == [
        (dt.date(2024, 3, 31), ["S1", "S5"]),
        (dt.date(2025, 3, 31), ["S1", "S2", "S5"]),
        (V, ["S1", "S2", "S3"]),
    ]


def test_older_than_a_year_is_the_day_twelve_months_before_or_earlier() -> None:
    cases = """
        case_id | person | center | first_enquiry_on
        S1      | P1     | Nord   | 2024-02-28
        S2      | P2     | Nord   | 2024-02-29
        S3      | P3     | Nord   | 2024-03-31
        S4      | P4     | Nord   | 2024-04-01
        S5      | P5     | Nord   | 2024-04-02
    """
    for day, old in {
        dt.date(2025, 2, 28): {"S1"},
        dt.date(2025, 3, 31): {"S1", "S2", "S3"},
        dt.date(2025, 4, 1): {"S1", "S2", "S3", "S4"},
    }.items():
        rows = built((day,), cases=cases)["open_cases"]
        assert {case for case, is_old in column(rows, "over_a_year").items() if is_old} == old


def test_offers_overlap_on_one_shared_day() -> None:
    cases = "case_id | person | center | first_enquiry_on\n" + "\n".join(
        f"S{number} | P{number} | Nord | 2023-01-01" for number in range(1, 8)
    )
    offers = built(
        cases=cases,
        offers="""
            case_id | kind             | start_on   | until
            S1      | nytteindsats     | 2025-01-01 | 2025-02-01
            S1      | helbredsmestring | 2025-02-01 | 2025-03-01
            S2      | nytteindsats     | 2025-01-01 | 2025-02-01
            S2      | helbredsmestring | 2025-02-02 | 2025-03-01
            S3      | nytteindsats     | 2025-02-01 |
            S3      | helbredsmestring | 2025-01-01 | 2025-02-01
            S4      | nytteindsats     | 2025-02-02 |
            S4      | helbredsmestring | 2025-01-01 | 2025-02-01
            S5      | nytteindsats     | 2025-02-02 |
            S5      | helbredsmestring | 2025-03-01 |
            S6      | helbredsmestring | 2025-03-01 |
            S7      | nytteindsats     | 2025-02-02 |
        """,
    )["open_cases"]
    parallel = {"S1": True, "S2": False, "S3": True, "S4": False, "S5": True, "S6": None, "S7": False}
    assert column(offers, "health_parallel") == parallel


# Youths


def test_a_youth_with_two_cases_counts_once_with_the_newest_of_both() -> None:
    youths = built(
        cases=CASES,
        groups="""
            case_id | kind       | from_on    | until
            S1      | maalgruppe | 2024-06-01 |
            S2      | maalgruppe | 2024-07-01 |
            S3      | maalgruppe | 2025-04-01 |
            S4      | maalgruppe | 2025-01-01 |
            S5      | maalgruppe | 2024-06-01 | 2025-03-31
        """,
        guide_statuses="""
            case_id | status_on  | status
            S1      | 2025-03-01 | afsluttet
            S2      | 2025-02-01 | tildelt
            S4      | 2025-02-01 | tildelt
        """,
    )["youths"]
    seen = youths.sort("unit_id").select("unit_id", "case_id", "member_on", "guide_status").rows()
    assert seen == [("P1", "S2", dt.date(2024, 7, 1), "afsluttet"), ("P2", "S3", V, None)]


def test_of_two_memberships_from_one_day_the_last_row_is_the_youths() -> None:
    youths = built(
        cases=CASES,
        groups="""
            case_id | kind       | from_on
            S2      | maalgruppe | 2024-07-01
            S1      | maalgruppe | 2024-07-01
        """,
    )["youths"]
    assert youths["case_id"].to_list() == ["S1"]


def test_a_youth_is_seen_with_what_the_cases_that_had_begun_hold() -> None:
    day = dt.date(2024, 3, 20)
    youths = built(
        (day, V),
        cases=CASES,
        groups="""
            case_id | kind       | from_on
            S1      | maalgruppe | 2024-03-01
        """,
        guide_statuses="""
            case_id | status_on  | status
            S2      | 2024-03-15 | tildelt
        """,
        plans="""
            case_id | kind         | made_on
            S2      | faelles_plan | 2024-03-15
        """,
    )["youths"]
    seen = youths.sort("day").select("day", "guide_status", "joint_plans", "centers").rows()
    assert seen == [(day, None, 0, 1), (V, "tildelt", 1, 2)]


# The intervention group

INTERVENTION = """
    case_id | kind          | from_on
    S1      | indsatsgruppe | 2025-02-01
    S2      | indsatsgruppe | 2025-01-15
    S3      | maalgruppe    | 2025-04-01
"""


def test_a_youth_with_two_cases_is_measured_and_planned_for_in_both() -> None:
    found = built(
        cases=CASES,
        groups=INTERVENTION,
        measurements="""
            case_id | instrument | measured_on | value
            S2      | who5       | 2025-02-20  | 40
            S1      | WHO5       | 2025-02-10  | 44
            S5      | who5       | 2025-02-01  | 60
        """,
        plans="""
            case_id | kind            | made_on
            S2      | langsigtet_plan | 2024-06-01
        """,
        meetings="""
            case_id | kind | held_on
            S5      | uko  | 2025-03-01
        """,
    )
    group = found["intervention"].select("unit_id", "case_id", "member_on", "long_plan").rows()
    assert group == [("P1", "S1", dt.date(2025, 2, 1), True)]
    months = found["who5_months"].sort("period_on").select("unit_id", "case_id", "measured_on", "closed_on").rows()
    assert months == [
        ("P1|2025-02-01", "S1", dt.date(2025, 2, 10), None),
        ("P1|2025-03-01", "S1", None, None),
        ("P1|2025-04-01", "S1", None, None),
    ]
    filled = column(found["manual_fields"], "filled", "unit_id")
    assert {field: found for field, found in filled.items() if found} == {"P1|langsigtet_plan": True}


def test_what_is_in_a_case_that_had_not_begun_is_not_seen_on_the_day() -> None:
    day = dt.date(2024, 3, 20)
    found = built(
        (day,),
        cases=CASES,
        groups="""
            case_id | kind          | from_on
            S1      | indsatsgruppe | 2024-03-01
            S2      | maalgruppe    | 2024-03-01
        """,
        plans="""
            case_id | kind            | made_on
            S2      | langsigtet_plan | 2024-03-10
        """,
        meetings="""
            case_id | kind | held_on
            S2      | uko  | 2024-03-10
        """,
        benefits="""
            case_id | kind | from_on
            S1      | job  | 2024-03-02
        """,
    )
    assert found["intervention"]["long_plan"].to_list() == [False]
    filled = column(found["manual_fields"], "filled", "unit_id")
    assert [field for field, yes in filled.items() if yes] == ["P1|forsoergelse"]
    assert found["group_members"].select("case_id", "lines").rows() == [("S1", ["indsatsgruppe"])]


def test_after_counts_cases_from_their_start_and_youths_from_their_first_k_meeting_and_guide() -> None:
    rows = built(
        cases=CASES,
        meetings="""
            case_id | kind    | held_on
            S2      | k_moede | 2024-08-01
            S1      | k_moede | 2024-09-01
        """,
        guide_statuses="""
            case_id | status_on  | status
            S1      | 2024-12-01 | tildelt
        """,
        benefits="""
            case_id | kind | from_on
            S2      | job  | 2024-07-01
        """,
    )["after"].filter(months=6)
    told = rows.sort("anchor", "unit_id").select("anchor", "unit_id", "case_id", "on", "supported", "lives_on")
    assert told.rows() == [
        ("k_meeting", "P1", "S2", dt.date(2025, 2, 1), True, "job"),
        ("start", "S1", "S1", dt.date(2024, 9, 1), True, "job"),
        ("start", "S2", "S2", dt.date(2024, 10, 1), True, "job"),
        ("start", "S5", "S5", dt.date(2024, 7, 1), False, "ukendt"),
    ]


def test_of_two_guides_from_one_day_the_first_row_tells_which_case() -> None:
    rows = built(
        cases=CASES,
        guide_statuses="""
            case_id | status_on  | status
            S2      | 2024-12-01 | tildelt
            S1      | 2024-12-01 | tildelt
        """,
    )["after"]
    assert rows.filter(anchor="guide").select("case_id", "months").rows() == [("S2", 3)]


# What a case is not


def test_rows_of_cases_that_are_not_there_are_unseen() -> None:
    orphan = """
        case_id | {}
        S4      | 2025-03-01
        S9      | 2025-03-01
    """
    found = built(
        cases=CASES,
        visitations=orphan.format("visited_on"),
        education_orders=orphan.format("issued_on"),
        no_shows=orphan.format("missed_on").replace("2025-03-01", "2025-03-01 | tilbud").replace("_on", "_on | missed"),
        transitions=orphan.format("study_start_due"),
        groups=orphan.format("from_on").replace("2025-03-01", "2025-03-01 | maalgruppe").replace("_on", "_on | kind"),
    )
    # those of the cases themselves, whatever has happened in them
    assert {name for name, frame in found.items() if len(frame)} == {"cases", "open_cases", "candidates", "after"}


def test_no_rows_give_no_facts() -> None:
    assert {len(frame) for frame in facts.build(empty(), V, (V,)).values()} == {0}
