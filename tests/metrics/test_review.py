"""The sampled case review: the same draw every time, more when it is extended, and intervals that hold."""

import datetime as dt
import itertools
import random
from collections import Counter
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa, to_table  # type: ignore[import-untyped]

from metrics import review
from metrics.assess import Assessed, Cut
from metrics.review import ANSWERS, AUDITED, FRAME, QUESTIONS, Plan, Registered, agreement, allocation, draw, result
from metrics.statistics import finite_population
from tests.policy import outcomes, rows_of

V = dt.date(2026, 11, 22)
YEAR = Cut(dt.date(2025, 11, 23), V)


def assessed(rows: str) -> Assessed:
    """A frame of rows measure | unit_id | case_id | on | outcome | center | category."""
    return Assessed(V, outcomes(rows_of(rows)), pl.DataFrame(), pl.DataFrame())


def cases(number: int, strata: int = 1) -> pl.DataFrame:
    rows = [(f"S{place:04}", f"stratum {place % strata}" if strata > 1 else "") for place in range(number)]
    return pl.DataFrame(rows, schema=FRAME, orient="row")


def plan(frame: pl.DataFrame, seed: int = 1, second: float = 0.0) -> Plan:
    return Plan(seed, review.frame_hash(frame["case_id"]), review.sizes(frame), second)


# --- the frame ----------------------------------------------------------------------------------------

ROWS = """
    measure     | unit_id | case_id | on         | outcome | center | category
    perspective | V1      | A       | 2026-01-10 | met     | Nord   | UP
    perspective | V2      | A       | 2026-03-10 | missing | Syd    | AP
    perspective | V3      | B       | 2026-01-10 | met     | Nord   | UP
    perspective | V4      | B       | 2026-02-10 | met     | Nord   | UP
    perspective | V5      | C       | 2026-01-10 | unknown | Syd    |
    perspective | V6      | D       | 2026-01-10 | unknown |        | UP
    perspective | V7      | D       | 2026-02-10 | met     |        | UP
    perspective | V8      | E       | 2026-01-10 | pending | Nord   | UP
    perspective | V9      | F       | 2025-11-22 | met     | Nord   | UP
    reasoned    | V1      | G       | 2026-01-10 | met     | Nord   | UP
    job_discussed | H     | H       | 2026-11-22 | missing | Nord   | UP
    job_discussed | I     | I       | 2026-10-31 | missing | Nord   | UP
    first_interview | J   | J       | 2026-01-10 | late    | Nord   | UP
"""
"""Of a stock measure the last day counts; what is pending, before the period or no judgement is not in the frame."""


def test_the_frame_holds_the_cases_that_a_measure_covers_in_the_period() -> None:
    found = review.frame(assessed(ROWS), YEAR, ("perspective", "job_discussed"))
    assert found.schema == FRAME
    assert found["case_id"].to_list() == ["A", "B", "C", "D", "H"]
    assert set(found["stratum"]) == {""}


@pytest.mark.parametrize(
    ("strata", "of"),
    [
        ("center", {"A": "Syd", "B": "Nord", "C": "Syd", "D": "-"}),
        ("category", {"A": "aktivitetsparat", "B": "uddannelsesparat", "C": "-", "D": "uddannelsesparat"}),
    ],
)
def test_a_case_is_in_the_stratum_of_its_newest_row(strata: str, of: dict[str, str]) -> None:
    found = review.frame(assessed(ROWS), YEAR, ("perspective",), strata)
    assert dict(found.iter_rows()) == of


def test_a_round_of_one_centre_holds_its_rows_only() -> None:
    nord = Cut(YEAR.date_from, YEAR.date_to, ("Nord",))
    found = review.frame(assessed(ROWS), nord, ("perspective",), "center")
    assert dict(found.iter_rows()) == {"A": "Nord", "B": "Nord"}


def test_the_register_says_yes_where_none_of_a_case_s_units_fails() -> None:
    said = review.register(assessed(ROWS), YEAR, ("perspective", "reasoned"))
    assert said.rows() == [
        ("perspective", "A", "no"),
        ("perspective", "B", "yes"),
        ("perspective", "C", "blank"),
        ("perspective", "D", "yes"),
        ("reasoned", "G", "yes"),
    ]
    assert review.registered(said) == {"perspective": Registered(4, 3, 2), "reasoned": Registered(1, 1, 1)}


def test_only_judgements_are_asked_about_and_the_audit_s_first() -> None:
    assert set(AUDITED) < set(QUESTIONS)
    assert "ap_own_word" in set(QUESTIONS) - set(AUDITED)
    assert "first_interview" not in QUESTIONS


def test_the_hash_of_a_frame_is_of_its_cases_whatever_their_order() -> None:
    assert review.frame_hash(["S2", "S1"]) == review.frame_hash(["S1", "S2"])
    # by hand: printf 'S1\nS2' | sha256sum
    assert review.frame_hash(["S1", "S2"]).startswith("fc7c4adc")
    assert review.frame_hash(["S1"]) != review.frame_hash(["S1", "S2"])


# --- the draw -----------------------------------------------------------------------------------------


def test_the_draw_is_by_seed_and_frame_and_nothing_else() -> None:
    frame = cases(300)
    first = draw(frame, plan(frame), 40)
    assert first.equals(draw(frame.sample(fraction=1, shuffle=True, seed=9), plan(frame), 40))
    assert set(first["case_id"]) != set(draw(frame, plan(frame, seed=2), 40)["case_id"])
    other = cases(301)
    assert set(first["case_id"]) != set(draw(other, plan(other), 40)["case_id"])


def test_every_case_is_as_likely() -> None:
    frame = cases(20)
    times = Counter(case for seed in range(2000) for case in draw(frame, plan(frame, seed), 5)["case_id"])
    assert min(times.values()) > 500 - 5 * 19.4  # five standard deviations of binomial (2000, 1/4)
    assert max(times.values()) < 500 + 5 * 19.4


SIZES = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 40), min_size=1)


@given(SIZES, st.data())
@settings(max_examples=60, deadline=None)
def test_an_allocation_gives_all_places_and_takes_none_back(sizes: dict[str, int], data: st.DataObject) -> None:
    whole = sum(sizes.values())
    size = data.draw(st.integers(0, whole))
    given_ = allocation(sizes, size)
    assert sum(given_.values()) == size
    assert all(0 <= given_[stratum] <= sizes[stratum] for stratum in sizes)
    if size >= sum(count > 0 for count in sizes.values()):
        assert all(given_[stratum] >= 1 for stratum, count in sizes.items() if count)
    if size < whole:
        more = allocation(sizes, size + 1)
        assert all(more[stratum] >= given_[stratum] for stratum in sizes)
    assert allocation(sizes, whole) == sizes


ALLOCATED = """
    sizes            | size | given
    120,92,60,40     | 40   | 15,12,8,5
    100,50,3         | 10   | 6,3,1
    100,50,3         | 2    | 1,1,0
    97,3             | 10   | 9,1
    50,50            | 3    | 2,1
    10,0             | 4    | 4,0
"""


@pytest.mark.parametrize("row", [line.split("|") for line in ALLOCATED.strip().splitlines()[1:]])
def test_strata_give_by_their_size(row: list[str]) -> None:
    sizes, size, given_ = ([int(each) for each in cell.split(",")] for cell in row)
    named = dict(zip("abcd", sizes, strict=False))
    assert list(allocation(named, size[0]).values()) == given_


@given(st.integers(1, 60), st.integers(1, 4), st.sampled_from([0.0, 0.1, 0.5, 1.0]), st.data())
@settings(max_examples=40, deadline=None)
def test_a_larger_sample_holds_the_smaller_one(number: int, strata: int, share: float, data: st.DataObject) -> None:
    frame = cases(number, strata)
    small, large = sorted(data.draw(st.lists(st.integers(1, number), min_size=2, max_size=2)))
    made = plan(frame, second=share)
    first, whole = draw(frame, made, small), draw(frame, made, large)
    assert whole.head(small).equals(first)
    extended = draw(frame, made, large, before=small, already=first["case_id"])
    assert pl.concat([first, extended]).equals(whole)
    assert whole["case_id"].n_unique() == large
    assert dict(whole.group_by("stratum").len().iter_rows()) == {
        stratum: count for stratum, count in allocation(made.sizes, large).items() if count
    }


@pytest.mark.parametrize(("share", "of_40"), [(0.0, 0), (0.1, 4), (0.2, 8), (0.5, 20), (1.0, 40)])
def test_two_read_one_of_each_run(share: float, of_40: int) -> None:
    frame = cases(312, 4)
    drawn = draw(frame, plan(frame, second=share), 40)
    assert drawn["second"].sum() == of_40
    if share == 0.5:
        assert len(set(drawn.filter("second")["stratum"])) == 4


def test_cases_that_are_deleted_since_leave_their_places_to_the_next() -> None:
    frame = cases(30, 2)
    made = plan(frame)
    whole, first = draw(frame, made, 30), draw(frame, made, 10)
    gone = {*first["case_id"][:2], *whole["case_id"][12:14]}
    left = frame.filter(~pl.col("case_id").is_in(gone))
    already = [case for case in first["case_id"] if case not in gone]
    extended = draw(left, made, 16, before=10, already=already)
    assert extended["position"].to_list() == [11, 12, 13, 14, 15, 16]
    assert not {*extended["case_id"]} & {*first["case_id"], *gone}
    line = [case for case in whole["case_id"] if case not in gone]
    for stratum in ("stratum 0", "stratum 1"):
        of_it = dict(frame.iter_rows())
        want = [case for case in line if of_it[case] == stratum and case not in already]
        got = extended.filter(stratum=stratum)["case_id"].to_list()
        assert got == want[: len(got)]
    assert draw(left, made, 30, before=10, already=already).height == 30 - 10 - 2  # places of a stratum that is empty


# --- what a size can show -----------------------------------------------------------------------------


def test_the_interval_is_the_exact_one_by_enumeration() -> None:
    """Of every population of eight, every sample of three: the shares that leave both tails above 2.5 %."""
    whole, size = 8, 3
    for found in range(size + 1):
        likely = []
        for having in range(whole + 1):
            drawn = [sum(each < having for each in some) for some in itertools.combinations(range(whole), size)]
            as_many = Fraction(sum(count >= found for count in drawn), len(drawn))
            as_few = Fraction(sum(count <= found for count in drawn), len(drawn))
            if min(as_many, as_few) > Fraction(25, 1000):
                likely.append(having)
        rows = [(f"S{n}", "", "perspective", "yes" if n < found else "no") for n in range(size)]
        got = result(pl.DataFrame(rows, schema=ANSWERS, orient="row"), "perspective", {"": whole}, whole, size)
        assert (got.low, got.high) == (min(likely) / whole, max(likely) / whole)


def test_what_a_size_can_show_is_half_the_width_where_half_say_yes() -> None:
    low, high = finite_population(20, 40, 312)
    assert review.reach(40, 312) == (high - low) / 2
    assert review.reach(312, 312) == 0
    for wanted in (0.10, 0.05):
        size = review.needed(wanted, 312)
        assert review.reach(size, 312) <= wanted < review.reach(size - 1, 312)
    assert review.needed(0.05, 1) == 1


# --- what the answers show ----------------------------------------------------------------------------


def answered(rows: str) -> pl.DataFrame:
    """Answers from `stratum: yes yes no …` lines."""
    every = []
    for line in rows.strip().splitlines():
        stratum, said = line.split(":")
        every += [
            (f"{stratum.strip()}{n}", stratum.strip(), "perspective", code) for n, code in enumerate(said.split())
        ]
    return pl.DataFrame(every, schema=ANSWERS, orient="row")


def test_only_yes_and_no_are_in_the_share_and_the_rest_is_counted_beside() -> None:
    rows = answered("x: " + "yes " * 22 + "no " * 9 + "not_covered " * 7 + "cannot_tell " * 2)
    got = result(rows, "perspective", {"x": 400}, covered=312, covered_read=33)
    assert (got.yes, got.no, got.not_covered, got.cannot_tell, got.base) == (22, 9, 7, 2, 31)
    assert got.rate == pytest.approx(22 / 31)
    assert got.population == 31 + 312 - 33
    assert (got.low, got.high) == finite_population(22, 31, 310)
    assert result(rows, "reasoned", {"x": 400}, 10, 0).rate is None


def test_when_all_are_read_nothing_is_in_doubt() -> None:
    got = result(answered("x: yes yes no not_covered"), "perspective", {"x": 4}, covered=4, covered_read=4)
    assert got.low == got.rate == got.high == pytest.approx(2 / 3)


def test_more_may_be_covered_than_the_register_knows() -> None:
    got = result(answered("x: yes no yes"), "perspective", {"x": 50}, covered=1, covered_read=1)
    assert got.population == 3


def test_strata_that_were_not_read_alike_are_weighted() -> None:
    """One stratum of 90 with 9 read, one of 10 with 5 read: each weighs 10 and 2."""
    rows = answered("a: yes yes yes yes yes yes yes yes yes\nb: no no no no no")
    got = result(rows, "perspective", {"a": 90, "b": 10}, covered=100, covered_read=14)
    assert got.rate == pytest.approx(0.9)
    assert int(100**2 / (9 * 10**2 + 5 * 2**2)) == 10  # what the fourteen are worth
    assert (got.low, got.high) == finite_population(9, 10, 100)


@pytest.mark.parametrize("shares", [(0.9, 0.5, 0.2), (0.6, 0.6, 0.6), (0.95, 0.9, 0.3)])
def test_the_interval_of_a_stratified_sample_holds_the_truth(shares: tuple[float, ...]) -> None:
    """Simulated with a fixed seed: three strata, one so small that it is over-represented, some not covered."""
    chance = random.Random(5)
    sizes = dict(zip("abc", (200, 90, 10), strict=True))
    population = [
        (f"{stratum}{n}", stratum, "not_covered" if n % 6 == 0 else "yes" if chance.random() < share else "no")
        for (stratum, count), share in zip(sizes.items(), shares, strict=True)
        for n in range(count)
    ]
    covered = [each for each in population if each[2] != "not_covered"]
    truth = sum(each[2] == "yes" for each in covered) / len(covered)
    held = 0
    for _ in range(200):
        sample = []
        for stratum, count in allocation(sizes, 36).items():
            sample += chance.sample([each for each in population if each[1] == stratum], count)
        rows = [(case, stratum, "perspective", answer) for case, stratum, answer in sample]
        read = sum(answer != "not_covered" for *_, answer in sample)
        got = result(pl.DataFrame(rows, schema=ANSWERS, orient="row"), "perspective", sizes, len(covered), read)
        assert got.low is not None
        assert got.rate is not None
        assert got.high is not None
        assert got.low <= got.rate <= got.high
        held += got.low <= truth <= got.high
    assert held >= 186  # 93 % of 200


# --- two reviewers ------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.sampled_from(["yes", "no", "cannot_tell"]), st.sampled_from(["yes", "no"])), max_size=30))
@settings(max_examples=50, deadline=None)
def test_agreement_is_cohen_s(pairs: list[tuple[str, str]]) -> None:
    found = agreement(pairs)
    assert (found.pairs, found.same) == (len(pairs), sum(a == b for a, b in pairs))
    assert found.enough == (len(pairs) >= 10)
    codes = sorted({code for pair in pairs for code in pair})
    if len(codes) < 2:
        assert found.kappa is None
        return
    table, _ = to_table([[codes.index(a), codes.index(b)] for a, b in pairs], len(codes))
    assert found.kappa == pytest.approx(cohens_kappa(table, return_results=False))


def test_kappa_by_hand() -> None:
    """Cohen's own layout: 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: (0.7 - 0.5) / (1 - 0.5)."""
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    assert agreement(pairs).kappa == pytest.approx(0.4)
