"""Ledelsestilsyn in words: the frame of a round, who reads what, and a result beside the register's figure."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from data_access import reviews
from data_access.database import writing
from data_access.reviews import InvalidReview, Round
from data_access.tables import FULL_SCOPE, Scope
from metrics import review as drawing
from metrics.assess import Assessed, Cut
from metrics.review import Agreement, Registered, Result
from metrics.statistics import finite_population
from tests.case_database import CENTERS, VIEW_DATE, fill
from tests.policy import outcomes
from ui import texts
from ui.review import answers, results, sample, standing
from ui.review.results import Line
from ui.review.sample import Asked
from ui.review.standing import DONE, SECOND_READ, UNREAD, WAITS

ANNA, BO = (Scope(name, ("coordinator",), None) for name in ("anna", "bo"))
LENE = Scope("lene", ("head",), CENTERS[:1])
YEAR = Cut(dt.date(2025, 11, 23), VIEW_DATE)
ASKED = Asked(("perspective", "reasoned"), YEAR, "none")
CASES = [f"26-{1000 + place}" for place in range(12)]


def known(cases: list[str]) -> Assessed:
    """Every case has a final visitation: the first two lack the perspective, the third is blank, one lacks reasons."""
    rows = []
    for measure, said in (
        ("perspective", ["missing", "missing", "unknown", *["met"] * 9]),
        ("reasoned", ["missing", *["met"] * 11]),
    ):
        for case, outcome in zip(CASES, said, strict=True):
            row = {"measure": measure, "unit_id": f"V-{case}", "case_id": case, "on": VIEW_DATE, "outcome": outcome}
            rows.append({**row, "center": CENTERS[CASES.index(case) % 3]})
    return Assessed(VIEW_DATE, outcomes(row for row in rows if row["case_id"] in cases), pl.DataFrame(), pl.DataFrame())


ALL = known(CASES)


@pytest.fixture
def engine(sqlite_engine: sa.Engine) -> sa.Engine:
    fill(sqlite_engine)
    return sqlite_engine


def begin(engine: sa.Engine, size: int = 6, share: float = 0.0, asked: Asked = ASKED, title: str = "Efterår") -> Round:
    return sample.define(engine, ANNA, ALL, asked, delivery=1, title=title, size=size, seed=7, second_share=share)


def read(engine: sa.Engine, round_: Round, by: Scope, said: Mapping[str, str], *, number: int = 1) -> None:
    """Answer `said`: case -> answer to both questions."""
    for case, code in said.items():
        given = dict.fromkeys(round_.measures, (code, f"note {number}" if code == "no" else ""))
        reviews.answer(engine, by, round_.id, case, given, reviewer=number)


def drawn(engine: sa.Engine, round_: Round) -> list[str]:
    return reviews.cases(engine, ANNA, round_.id)["case_id"].to_list()


def words(said: str) -> str:
    return said.replace(texts.SPACE, " ")


# --- a round made ready -------------------------------------------------------------------------------


def test_every_question_can_be_asked_and_no_other() -> None:
    assert tuple(answers.QUESTIONS) == drawing.QUESTIONS
    assert all(question.endswith("?") for question in answers.QUESTIONS.values())


def test_a_round_is_drawn_from_its_frame_and_keeps_what_the_register_says(engine: sa.Engine) -> None:
    saved = begin(engine, asked=replace(ASKED, strata="center"))
    assert dict(saved.frame_sizes) == dict.fromkeys(CENTERS, 4)
    assert dict(saved.registered) == {"perspective": (12, 11, 9), "reasoned": (12, 12, 11)}
    found = reviews.cases(engine, ANNA, saved.id)
    assert sorted(found["stratum"]) == sorted([*CENTERS] * 2)
    told = {case: json.loads(said) for case, said in found.select("case_id", "registered").iter_rows()}
    said = {"26-1000": "no", "26-1001": "no", "26-1002": "blank"}
    assert {case: each["perspective"] for case, each in told.items()} == {case: said.get(case, "yes") for case in told}
    assert Asked.of(saved) == replace(ASKED, strata="center")


def test_an_extension_keeps_what_was_drawn(engine: sa.Engine) -> None:
    saved = begin(engine)
    before = drawn(engine, saved)
    larger = sample.extend(engine, ANNA, saved, ALL, 9)
    assert larger.size == 9
    assert drawn(engine, saved)[:6] == before
    assert drawn(engine, saved) == drawn(engine, begin(engine, 9, title="Igen"))


def purged(engine: sa.Engine, cases: int) -> None:
    with writing(engine) as connection:
        connection.execute(
            sa.text("INSERT INTO purges (purged_at, purged_by, reason, cases) VALUES (:at, 'x', 'rule', :cases)"),
            {
                "at": (dt.datetime.now(dt.UTC).replace(tzinfo=None) + dt.timedelta(days=1)).isoformat(" "),
                "cases": cases,
            },
        )


def test_a_frame_that_is_another_is_not_extended(engine: sa.Engine) -> None:
    saved = begin(engine)
    with pytest.raises(InvalidReview, match=r"\(12.sager dengang, 11 nu\)"):
        sample.extend(engine, ANNA, saved, known(CASES[:-1]), 9)
    other = replace(ALL, outcomes=ALL.outcomes.with_columns(pl.col("case_id").replace("26-1003", "26-9999")))
    purged(engine, 5)
    [now] = reviews.rounds(engine, ANNA)
    with pytest.raises(InvalidReview, match="ikke den samme"):
        sample.extend(engine, ANNA, now, other, 9)
    assert reviews.rounds(engine, ANNA)[0].size == 6


def test_a_frame_that_has_lost_deleted_cases_is_extended_from_what_is_left(engine: sa.Engine) -> None:
    saved = begin(engine)
    gone = next(case for case in CASES if case not in drawn(engine, saved))
    purged(engine, 1)
    [now] = reviews.rounds(engine, ANNA)
    left = known([case for case in CASES if case != gone])
    assert sample.deleted(now, sample.frame(left, ASKED)) == 1
    sample.extend(engine, ANNA, now, left, 12)
    found = drawn(engine, saved)
    assert len(found) == 11
    assert gone not in found


CAN_SHOW = """
    size | population | words
    40   | 312        | Med 40 af 312 sager kan en andel fastlægges med cirka ± 15 procentpoint. ± 10 kræver 77, ± 5 kræver 175 sager.
    50   | 111        | Med 50 af 111 sager kan en andel fastlægges med cirka ± 10 procentpoint. ± 5 kræver 84 sager.
    100  | 312        | Med 100 af 312 sager kan en andel fastlægges med cirka ± 8 procentpoint. ± 5 kræver 175 sager.
    312  | 312        | Alle sager i rammen bliver læst, så der er ingen usikkerhed.
    1    | 1          | Alle sager i rammen bliver læst, så der er ingen usikkerhed.
    40   | 0          | Ingen sager i rammen. Vælg en længere periode, flere centre eller flere spørgsmål.
"""  # noqa: E501


@pytest.mark.parametrize("row", [line.split("|") for line in CAN_SHOW.strip().splitlines()[1:]])
def test_what_a_size_can_show_is_said_in_numbers(row: list[str]) -> None:
    assert words(sample.can_show(int(row[0]), int(row[1]))) == row[2].strip()


def test_each_question_is_told_what_the_sample_can_show() -> None:
    found = sample.preview(sample.frame(ALL, ASKED), replace(ASKED, measures=("perspective", "job_discussed")), 6)
    assert found.rows() == [
        ("Den unges perspektiv i endelig visitation", 12, 6, "±\u00a025\u00a0procentpoint"),
        ("Job drøftet (åbenlyst uddannelsesparate)", 0, 0, "for få sager"),
    ]


# --- who reads what -----------------------------------------------------------------------------------


def test_a_case_is_read_by_one_or_by_two_and_never_twice_by_the_same(engine: sa.Engine) -> None:
    saved = begin(engine, 4, share=1.0)
    one, two, three, four = drawn(engine, saved)
    read(engine, saved, ANNA, {one: "yes", two: "no"})
    read(engine, saved, BO, {three: "yes"})
    read(engine, saved, BO, {one: "no"}, number=2)
    now = standing.read(engine, ANNA, saved)
    assert now.to_read("anna") == {one: DONE, two: WAITS, three: SECOND_READ, four: UNREAD}
    assert now.to_read("bo") == {one: DONE, two: SECOND_READ, three: WAITS, four: UNREAD}
    assert words(standing.progress(now)) == "3 af 4 sager læst, 2 venter på en andenlæser"
    assert not now.finished


def test_a_head_is_told_of_own_cases_only(engine: sa.Engine) -> None:
    saved = begin(engine, 12)
    read(engine, saved, ANNA, dict.fromkeys(CASES[:4], "yes"))
    now = standing.read(engine, LENE, saved)
    assert standing.progress(now) == "2 af 4 sager fra dine centre læst"
    assert standing.gone_words(now) == ""


def test_deleted_cases_are_told_of(engine: sa.Engine) -> None:
    saved = begin(engine, 6)
    with writing(engine) as connection:
        connection.execute(sa.text("DELETE FROM review_cases WHERE position IN (2, 6)"))
    now = standing.read(engine, ANNA, saved)
    assert now.deleted == 2
    assert standing.gone_words(now).startswith("2 af de udtrukne sager er slettet siden.")


# --- what it shows ------------------------------------------------------------------------------------


def line(engine: sa.Engine, round_: Round, measure: str = "perspective") -> Line:
    [found] = [each for each in results.lines(standing.read(engine, ANNA, round_)) if each.measure == measure]
    return found


def test_a_result_stands_beside_the_register_s_and_is_never_mixed_with_it(engine: sa.Engine) -> None:
    saved = begin(engine, 8)
    cases = drawn(engine, saved)
    read(engine, saved, ANNA, dict.fromkeys(cases[:5], "yes") | dict.fromkeys(cases[5:7], "no"))
    read(engine, saved, ANNA, {cases[7]: "not_covered"})
    found = line(engine, saved)
    low, high = finite_population(5, 7, 11)
    assert words(found.said) == "71 % (5 af 7)"
    assert words(found.sure) == words(f"{texts.uncertainty(low, high)} af 11 sager")
    assert words(found.beside) == "registeret 82 % (9 af 11)"
    assert (found.result.not_covered, found.registered) == (1, Registered(12, 11, 9))
    row = results.table([found]).row(0, named=True)
    assert (row["Ja"], row["Nej"], row["Ikke relevant"], row["Uden registrering"]) == (5, 2, 1, 1)


def test_the_second_reader_changes_no_result(engine: sa.Engine) -> None:
    saved = begin(engine, 6, share=1.0)
    cases = drawn(engine, saved)
    read(engine, saved, ANNA, dict.fromkeys(cases, "yes"))
    before = line(engine, saved)
    read(engine, saved, BO, dict.fromkeys(cases, "no"), number=2)
    assert line(engine, saved) == before


def result(yes: int, no: int, **other: Any) -> Result:
    rate = yes / (yes + no) if yes + no else None
    known: dict[str, Any] = {"not_covered": 0, "cannot_tell": 0, "rate": rate, "low": 0.58, "high": 0.82}
    return Result(yes, no, **{**known, "population": 312, **other})


def test_no_result_tells_the_second_reader_of_what_is_still_to_be_read(engine: sa.Engine) -> None:
    saved = begin(engine, 6, share=0.5)
    twice = reviews.cases(engine, ANNA, saved.id).filter("second")["case_id"].to_list()
    once = [case for case in drawn(engine, saved) if case not in twice]
    read(engine, saved, ANNA, {once[0]: "yes"})
    before = results.lines(standing.read(engine, BO, saved))
    read(engine, saved, ANNA, dict.fromkeys(twice, "no"))
    now = standing.read(engine, BO, saved)
    assert now.left_out
    assert results.lines(now) == before
    assert words(results.latest(engine, BO, "perspective")).startswith(
        "Seneste tilsyn: 1 af 1, Efterår, uden de sager,"
    )
    assert results.pairs(now).is_empty()
    hers = standing.read(engine, ANNA, saved)
    assert not hers.left_out
    assert results.lines(hers)[0].result.no == len(twice)
    assert "uden de sager" not in results.latest(engine, ANNA, "perspective")
    read(engine, saved, BO, dict.fromkeys(twice, "yes"), number=2)
    now = standing.read(engine, BO, saved)
    assert not now.left_out
    assert results.lines(now) == results.lines(standing.read(engine, ANNA, saved))


SAID = [
    (result(22, 9), "71 % (22 af 31)", "usikkerhed 58–82 % af 312 sager"),
    (result(3, 1), "3 af 4", ""),
    (result(0, 0), "intet svar endnu", ""),
    (result(0, 0, not_covered=4), "intet grundlag", ""),
    (result(31, 0, low=1.0, high=1.0, population=31), "100 % (31 af 31)", "alle 31 sager er læst"),
]


@pytest.mark.parametrize(("found", "said", "sure"), SAID)
def test_a_result_is_said_by_the_size_of_its_base(found: Result, said: str, sure: str) -> None:
    told = Line("perspective", "Perspektiv", found, Registered(312, 300, 200), weighted=False)
    assert (words(told.said), words(told.sure)) == (said, sure)


def test_a_weighted_share_is_said_to_be_so() -> None:
    told = Line("perspective", "Perspektiv", result(22, 9, rate=0.75), Registered(0, 0, 0), weighted=True)
    assert words(told.said) == "75 % (vægtet, 22 af 31)"
    assert told.beside == "registeret intet grundlag"


def test_a_stratum_that_nobody_has_read_in_is_told_of(engine: sa.Engine) -> None:
    saved = begin(engine, 6, asked=replace(ASKED, strata="center"))
    assert results.unread_strata(standing.read(engine, ANNA, saved)) == ""
    found = reviews.cases(engine, ANNA, saved.id)
    read(engine, saved, ANNA, {found.filter(center=CENTERS[0])["case_id"][0]: "yes"})
    told = results.unread_strata(standing.read(engine, ANNA, saved))
    assert told == f"Ingen sager er læst endnu i {CENTERS[1]} og {CENTERS[2]}."


def test_the_newest_finished_round_stands_beside_the_measure(engine: sa.Engine) -> None:
    assert results.latest(engine, ANNA, "perspective") == ""
    first = begin(engine, 5, title="Forår")
    read(engine, first, ANNA, dict.fromkeys(drawn(engine, first)[:4], "yes"))
    told = words(results.latest(engine, ANNA, "perspective"))
    assert told == "Seneste tilsyn: 4 af 4, Forår; foreløbigt, 4 af 5 sager læst."
    read(engine, first, ANNA, {drawn(engine, first)[4]: "no"})
    begun = begin(engine, 6, title="Efterår")
    read(engine, begun, ANNA, dict.fromkeys(drawn(engine, begun)[:2], "yes"))
    told = words(results.latest(engine, ANNA, "perspective"))
    assert told.startswith("Seneste tilsyn: 80 % (4 af 5), usikkerhed ")
    assert told.endswith(" af 12 sager, Forår.")
    assert results.latest(engine, LENE, "perspective") == ""
    assert results.latest(engine, Scope("x", ("steering",)), "perspective") == ""
    assert results.latest(engine, ANNA, "job_discussed") == results.latest(engine, ANNA, "first_interview") == ""


# --- two reviewers, and follow-up ---------------------------------------------------------------------


def test_where_two_disagree_is_listed(engine: sa.Engine) -> None:
    saved = begin(engine, 6, share=1.0)
    cases = drawn(engine, saved)
    read(engine, saved, ANNA, dict.fromkeys(cases, "yes"))
    read(engine, saved, BO, dict.fromkeys(cases[:4], "yes") | {cases[4]: "no"}, number=2)
    both = results.pairs(standing.read(engine, ANNA, saved))
    assert results.agreement(both) == Agreement(10, 8, 0.0)
    assert words(results.agreement_words(results.agreement(both))) == "samme svar i 80 % (8 af 10), kappa 0,00"
    rows = results.disagreements(both)
    assert rows["Sag"].to_list() == [cases[4]] * 2
    assert rows.select("Førstelæser", "Andenlæser", "Noter").row(0) == ("Ja", "Nej, mangler", "note 2")
    shown = answers.read_table(standing.read(engine, ANNA, saved), cases[4])
    assert shown.columns == ["Spørgsmål", "Førstelæser", "Andenlæser", "Note", "Registeret siger"]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Agreement(9, 9, None), "for få til at gøre enigheden op (9 svar af to)"),
        (Agreement(40, 40, None), "samme svar i 100 % (40 af 40); kappa kan ikke regnes ud, når alle svar er ens"),
        (Agreement(40, 35, 0.744), "samme svar i 88 % (35 af 40), kappa 0,74"),
    ],
)
def test_agreement_is_said_in_words(found: Agreement, said: str) -> None:
    assert words(results.agreement_words(found)) == said


def test_the_register_is_told_in_words(engine: sa.Engine) -> None:
    saved = begin(engine, 12, asked=replace(ASKED, measures=("perspective", "reasoned")))
    read(engine, saved, ANNA, {"26-1002": "yes"})
    shown = answers.read_table(standing.read(engine, ANNA, saved), "26-1002")
    assert shown.columns == ["Spørgsmål", "Svar", "Note", "Registeret siger"]
    assert shown["Registeret siger"].to_list() == ["Feltet er ikke udfyldt", "Ja"]


def test_the_follow_up_list_holds_each_no_with_the_open_ones_first(engine: sa.Engine) -> None:
    saved = begin(engine, 4)
    one, two, three, _ = drawn(engine, saved)
    read(engine, saved, ANNA, {one: "no", two: "no", three: "yes"})
    reviews.follow_up(engine, BO, saved.id, one, "perspective", state="done", note="Talt med hende")
    now = standing.read(engine, ANNA, saved)
    rows = answers.to_follow_up(now, reviews.follow_ups(engine, ANNA, saved.id))
    assert rows.select("case_id", "measure", "state").rows() == [
        (one, "reasoned", "open"),
        (two, "perspective", "open"),
        (two, "reasoned", "open"),
        (one, "perspective", "done"),
    ]
    told = answers.follow_table(rows).row(3, named=True)
    assert (told["Note fra tilsynet"], told["Status"], told["Af"]) == ("note 1", "Fulgt op", "bo")


def test_what_waits_for_a_second_reader_is_not_on_the_list_yet(engine: sa.Engine) -> None:
    saved = begin(engine, 2, share=1.0)
    one, _ = drawn(engine, saved)
    read(engine, saved, ANNA, {one: "no"})
    for scope, seen in ((ANNA, 2), (BO, 0), (FULL_SCOPE, 0)):
        now = standing.read(engine, scope, saved)
        assert answers.to_follow_up(now, reviews.follow_ups(engine, scope, saved.id)).height == seen
