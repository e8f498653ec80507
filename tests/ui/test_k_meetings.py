"""Who should come to a K-møde in words, the agenda as it is printed, and what has become of an agreement."""

import datetime as dt

import polars as pl
import pytest

from metrics.assess import Assessed, Cut, assess
from tests.policy import merged, rows_of
from tests.strategies import frames
from ui import k_meetings

V = dt.date(2025, 4, 1)
YEAR = Cut(dt.date(2024, 4, 2), V)
CASES = """
    case_id | person | center | born_on    | first_enquiry_on | protected | special_class | social_case
    S1      | P1     | Nord   | 2004-01-01 | 2023-02-01       |           |               |
    S2      | P1     | Syd    | 2004-01-01 | 2025-03-01       |           | ja            |
    S3      | P2     | Nord   | 2005-01-01 | 2025-03-10       | ja        |               | ja
    S4      | P3     | Nord   | 2005-01-01 | 2022-06-01       |           |               |
"""
MEETINGS = """
    case_id | meeting_id | kind    | proposed_on | held_on    | fields
    S3      | M1         | k_moede | 2025-03-20  | 2025-04-09 | job+social
    S2      | M2         | k_moede | 2025-03-25  | ?          |
    S1      | M3         | k_moede | 2024-09-01  | 2024-09-10 | job
"""


def judged(**more: str) -> Assessed:
    tables = {name: rows_of(text) for name, text in ({"cases": CASES, "meetings": MEETINGS} | more).items()}
    return assess(frames(merged([tables])), V)


def test_one_line_a_youth_two_fields_first_then_whoever_has_waited_longest() -> None:
    listed = k_meetings.youths(judged(), YEAR)
    assert listed.select("case_id", "others", "rules", "fields", "waited").rows() == [
        ("S1", ["S2"], ["K1", "K2", "K6"], 2, 59),
        ("S3", [], ["K6"], 2, 12),
        ("S4", [], ["K1"], 1, 304),
    ]
    assert k_meetings.counts(listed) == {"K1": 2, "K2": 1, "K6": 2}
    assert k_meetings.youths(judged(), YEAR, ["K1"])["case_id"].to_list() == ["S1", "S4"]
    south = k_meetings.youths(judged(), Cut(YEAR.date_from, V, centers=("Syd",)))
    assert south.select("case_id", "others", "rules").rows() == [("S2", [], ["K2", "K6"])]
    assert (
        k_meetings.summary(listed)
        == "2 unge med mindst to fagområder bør på K-møde. I alt 1 er allerede på en dagsorden."
    )


LINES = """
    case | head                                                                  | why
    S1   | S1 · ventet 59 dage · 2 fagområder                                    | Sagen har varet 2 år den 01-02-2025 uden konference siden. Specialklasse og mulig STU, ikke drøftet siden sagen begyndte 01-03-2025. Indstillet den 25-03-2025, mødet er ikke holdt. Også sag S2. Nord og Syd.
    S3   | S3 · ventet 12 dage · 2 fagområder · på dagsordenen den 09-04-2025 · beskyttet | Indstillet den 20-03-2025, mødet er ikke holdt. Nord.
    S4   | S4 · ventet 304 dage · 1 fagområde                                    | Sagen har varet 2 år den 01-06-2024 uden konference siden. Nord.
"""  # noqa: E501


@pytest.mark.parametrize("row", rows_of(LINES), ids=lambda row: row["case"])
def test_a_youth_in_words(row: dict[str, str]) -> None:
    listed = k_meetings.youths(judged(), YEAR).filter(case_id=row["case"]).row(0, named=True)
    head, because = k_meetings.line(listed, V)
    assert (head.replace("\u00a0", " "), because) == (row["head"], row["why"])


SAID = """
    rule | words
    K1   | Sagen har varet 2 år den 03-10-2026 uden konference siden
    K2   | Specialklasse og mulig STU, ikke drøftet siden sagen begyndte 03-10-2026
    K3   | Social sag, og den unge fyldte 17½ år den 03-10-2026
    K4   | Omkring 16 år uden plan siden den 03-10-2026
    K5   | På hjælp i over 1 år (1 år den 03-10-2026), intet møde i 12 måneder
    K6   | Indstillet den 03-10-2026, mødet er ikke holdt
"""


@pytest.mark.parametrize("row", rows_of(SAID), ids=lambda row: row["rule"])
def test_every_rule_has_its_words(row: dict[str, str]) -> None:
    since, began = dt.date(2026, 10, 3), dt.date(2024, 10, 3)
    frame = pl.DataFrame({"rule": [row["rule"]], "since": [since], "first_enquiry_on": [began]})
    assert frame.select(k_meetings.reason()).item() == row["words"]


def test_the_agenda_holds_the_next_meeting_and_those_without_a_day() -> None:
    listed = k_meetings.youths(judged(), YEAR)
    on_it, proposed = k_meetings.agenda(listed)
    assert (on_it["case_id"].to_list(), proposed["case_id"].to_list()) == (["S3"], ["S1"])
    page = k_meetings.agenda_page(on_it, proposed, k_meetings.next_day(listed), "Nord & Syd")
    assert "Dagsorden for K-mødet den 9. april 2025" in page
    assert "Nord &amp; Syd" in page
    assert "S3<br>Beskyttet" in page
    assert page.index("S3") < page.index("Indstillet uden mødedag") < page.index("S1 og S2")


def test_without_a_coming_meeting_the_agenda_says_so() -> None:
    listed = k_meetings.youths(judged(meetings=MEETINGS.replace("2025-04-09", "?")), YEAR)
    on_it, proposed = k_meetings.agenda(listed)
    page = k_meetings.agenda_page(on_it, proposed, k_meetings.next_day(listed), "Nord")
    assert "Der er endnu ikke sat unge på et kommende møde." in page
    assert proposed["case_id"].to_list() == ["S1", "S3"]


def test_what_a_delivery_says_is_text_on_the_agenda() -> None:
    listed = k_meetings.youths(judged(cases=CASES.replace("Nord", "<b>Nord")), YEAR)
    page = k_meetings.agenda_page(*k_meetings.agenda(listed), k_meetings.next_day(listed), "<i>")
    assert "<b>" not in page
    assert "<i>" not in page


AGREED = """
    agreement_id | agreed_due | done_on    | state    | over
    A1           | 2024-09-20 | ?          | overdue  | 193
    A2           | 2024-09-30 | ?          | overdue  | 183
    A3           | 2025-04-01 | ?          | pending  | ?
    A4           | 2024-10-01 | 2024-10-03 | late     | 2
    A5           | 2024-10-01 | 2024-10-01 | met      | ?
    A6           | 2025-05-01 | 2024-10-01 | met      | ?
    A7           | ?          | 2024-10-01 | undated  | ?
    A8           | ?          | ?          | undated  | ?
"""


def test_what_has_become_of_an_agreement_overdue_first_then_the_oldest() -> None:
    wanted = rows_of(AGREED)
    head = "agreement_id | meeting_id | responsible_center | agreed_due | done_on"
    rows = [f"{r['agreement_id']} | M3 | Syd | {r['agreed_due'] or '?'} | {r['done_on'] or '?'}" for r in wanted]
    found = k_meetings.agreements(judged(agreements="\n".join([head, *rows[::-1]])), YEAR)
    said = [(unit, state, over) for unit, state, over in found.select("unit_id", "state", "over").iter_rows()]
    assert said == [(r["agreement_id"], r["state"], int(r["over"]) if r["over"] else None) for r in wanted]


@pytest.mark.parametrize(
    ("closed", "cut", "states"),
    [
        ("", YEAR, ["overdue"]),
        ("", Cut(dt.date(2025, 3, 1), V), ["overdue"]),
        ("2024-09-20", YEAR, ["lapsed"]),
        ("2024-09-21", YEAR, ["overdue"]),
        ("2024-09-21", Cut(dt.date(2025, 3, 1), V), []),
    ],
)
def test_what_is_overdue_in_an_open_case_is_listed_whatever_the_period(
    closed: str, cut: Cut, states: list[str]
) -> None:
    case = f"case_id | person | center | first_enquiry_on | closed_on\nS1 | P1 | Nord | 2024-01-01 | {closed or '?'}"
    agreed = "agreement_id | meeting_id | responsible_center | agreed_due\nA1 | M3 | Syd | 2024-09-20"
    found = k_meetings.agreements(judged(cases=case, agreements=agreed), cut)
    assert found["state"].to_list() == states
