"""Sampled case review (ledelsestilsyn): whose cases may be drawn, who is drawn, and what the answers show.

The draw is nobody's choice: cases stand in the order of SHA-256(seed | hash of the frame | case), and a sample is the
first of them. Whoever has the seed and the frame draws the same cases, and a larger sample holds the smaller one.
Sources: `semantics.md` §6 of the design; Sainte-Laguë (1910) for the seats of strata; Buonaccorsi (1987) for the
interval of a share of a finite population; Kish (1965) for the size that unequal weights leave; Cohen (1960) for kappa.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor

import polars as pl

from metrics.assess import Assessed, Cut, select
from metrics.measure import BASE
from metrics.measures import MEASURES
from metrics.statistics import finite_population

QUESTIONS = tuple(measure.key for measure in MEASURES if measure.source == "tilsyn")
"""The measures that people can judge by reading a case."""
AUDITED = tuple(measure.key for measure in MEASURES if measure.key in QUESTIONS and measure.benchmarks)
"""Of them those that the focus audit of December 2021 asked about."""
YES, NO, NOT_COVERED, CANNOT_TELL = "yes", "no", "not_covered", "cannot_tell"
"""What a reviewer may answer."""
BLANK = "blank"
"""The register covers the case, but the field that it is judged by is not filled in."""
FEWEST_PAIRS = 10
"""Of fewer cases read by two nothing is said of how far they agree."""

REGISTER = pl.Schema({"measure": pl.String(), "case_id": pl.String(), "said": pl.String()})
"""What the register says: `said` is YES, NO or BLANK; no row: not covered."""
FRAME = pl.Schema({"case_id": pl.String(), "stratum": pl.String()})
"""The cases that may be drawn, one row each, sorted by case; `stratum` is empty where they are not divided."""
DRAWN = pl.Schema({"position": pl.Int64(), "case_id": pl.String(), "stratum": pl.String(), "second": pl.Boolean()})
"""The cases drawn, `position` = 1, 2, 3 … in the order drawn; `second`: two read it."""
ANSWERS = pl.Schema({"case_id": pl.String(), "stratum": pl.String(), "measure": pl.String(), "answer": pl.String()})
"""The first reviewer's standing answers, one row a case and measure."""
UNPLACED = "-"
"""The stratum of cases without a centre or category."""


# --- the frame ----------------------------------------------------------------------------------------


def register(assessed: Assessed, cut: Cut, measures: Collection[str]) -> pl.DataFrame:
    """What the register says of each case that a measure covers in a cut, as `REGISTER`.

    A case may have several units, as a first and a final visitation: it is a yes when none of them fails, and blank
    when none could be judged. What is pending, excused or has lapsed is judged by nobody here either.
    """
    rows = _covered(assessed, cut, measures)
    failed = (pl.col("outcome").is_in([*BASE]) & (pl.col("outcome") != "met")).any()
    said = pl.when(failed).then(pl.lit(NO)).when((pl.col("outcome") == "met").any()).then(pl.lit(YES))
    return (
        rows.group_by("measure", "case_id")
        .agg(said=said.otherwise(pl.lit(BLANK)))
        .with_columns(pl.col("measure").cast(pl.String))
        .sort("measure", "case_id")
        .cast(dict(REGISTER))  # type: ignore[arg-type]
    )


def frame(assessed: Assessed, cut: Cut, measures: Collection[str], strata: str = "none") -> pl.DataFrame:
    """The cases that at least one of the measures covers in a cut, as `FRAME`; protected ones are read too.

    `strata` = none, center or category: as it was for the newest of the rows that the case is in the frame for.
    """
    rows = _covered(assessed, cut, measures)
    of = pl.lit("") if strata == "none" else pl.col(strata).cast(pl.String).fill_null(UNPLACED).last()
    return (
        rows.sort("on", "measure", "unit_id").group_by("case_id").agg(stratum=of).sort("case_id").cast(dict(FRAME))  # type: ignore[arg-type]
    )


def _covered(assessed: Assessed, cut: Cut, measures: Collection[str]) -> pl.DataFrame:
    judged = pl.col("outcome").is_in([*BASE, "unknown"]) & pl.col("measure").is_in(list(measures))
    return select(assessed.outcomes.filter(judged), cut, assessed.view_date)


def frame_hash(cases: Iterable[str]) -> str:
    """SHA-256, hexadecimal, of the sorted case numbers: the same frame has the same, whoever makes it."""
    return hashlib.sha256("\n".join(sorted(cases)).encode()).hexdigest()


def sizes(frame: pl.DataFrame) -> dict[str, int]:
    """Stratum -> how many cases of the frame (as `FRAME`) it has, by name."""
    return dict(frame.group_by("stratum").len().sort("stratum").iter_rows())


# --- the draw -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """Everything that decides who is drawn."""

    seed: int
    frame_hash: str
    sizes: Mapping[str, int]
    """Stratum -> cases, of the whole frame."""
    second_share: float = 0.0
    """Of the cases that two read: one in each 1/share of those drawn."""


def allocation(sizes: Mapping[str, int], size: int) -> dict[str, int]:
    """Stratum -> how many of `size` cases it gives: one each while there are enough, and in proportion."""
    given = Counter(seat for seat, _ in zip(_seats(sizes), range(size), strict=False))
    return {stratum: given[stratum] for stratum in sizes}


def _seats(sizes: Mapping[str, int]) -> Iterator[str]:
    """Which stratum gives the first case, the second, the third …

    Sainte-Laguë's divisors 1, 3, 5 …, after a seat for each: the largest first. One seat at a time, so a larger sample
    takes no seat away (the method of the largest remainder may do that), and no stratum gives more than it has.
    """
    left = {stratum: count for stratum, count in sizes.items() if count > 0}
    taken = dict.fromkeys(left, 0)
    for _ in range(sum(left.values())):
        stratum = min(left, key=lambda each: (taken[each] > 0, -left[each] / (2 * taken[each] + 1), each))
        taken[stratum] += 1
        yield stratum


def draw(frame: pl.DataFrame, plan: Plan, size: int, *, before: int = 0, already: Collection[str] = ()) -> pl.DataFrame:
    """The cases that are drawn, as `DRAWN`: the first `size` of the frame (as `FRAME`), or those that make `before` it.

    `already`: the cases that are drawn. Where some of the frame have been deleted since, `frame` is what is left of
    it and the plan is as it was: the next in line take the places, and a stratum that is empty leaves its places open.
    """
    order = {case: _mark(plan, case) for case in frame["case_id"]}
    drawn = set(already)
    lines = {
        stratum: iter(sorted((case for case in cases if case not in drawn), key=lambda case: (order[case], case)))
        for stratum, cases in frame.group_by("stratum").agg("case_id").iter_rows()
    }
    rows = []
    for position, stratum in enumerate(_seats(plan.sizes), start=1):
        if position > size:
            break
        if position > before and (case := next(lines.get(stratum, iter(())), None)) is not None:
            rows.append((position, case, stratum, _second(plan, position)))
    return pl.DataFrame(rows, schema=DRAWN, orient="row")


def _second(plan: Plan, position: int) -> bool:
    """Whether two read the case in a place: one, drawn by its mark, of each run of 1/share places."""
    if not plan.second_share:
        return False
    run = round(1 / plan.second_share)
    number, place = divmod(position - 1, run)
    return place == int(_mark(plan, f"second {number}"), 16) % run


def _mark(plan: Plan, what: str) -> str:
    return hashlib.sha256(f"{plan.seed}|{plan.frame_hash}|{what}".encode()).hexdigest()


# --- what a size can show -----------------------------------------------------------------------------


@lru_cache(1024)
def reach(size: int, population: int) -> float:
    """How far, as a fraction, a share may be from what `size` of a population show, where they show the least: half."""
    low, high = finite_population(size // 2, size, population)
    return (high - low) / 2


@lru_cache(256)
def needed(wanted: float, population: int) -> int:
    """The fewest of a population that bring `reach` down to `wanted`."""
    low, high = 1, population
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if reach(middle, population) <= wanted else (middle + 1, high)
    return low


# --- what the answers show ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Registered:
    """The register's figure of one measure in the frame, in cases, as it was when the frame was made."""

    covered: int
    base: int
    """Of the covered: those that could be judged."""
    met: int


def registered(said: pl.DataFrame) -> dict[str, Registered]:
    """Measure -> the register's figure, from rows as `REGISTER`."""
    counted = said.group_by("measure").agg(
        covered=pl.len(), base=(pl.col("said") != BLANK).sum(), met=(pl.col("said") == YES).sum()
    )
    return {measure: Registered(*figure) for measure, *figure in counted.sort("measure").iter_rows()}


@dataclass(frozen=True)
class Result:
    """What the reviewers found for one measure."""

    yes: int
    no: int
    not_covered: int
    cannot_tell: int
    rate: float | None
    """Yes of yes and no, weighted where strata were not read alike; None: neither was answered."""
    low: float | None
    high: float | None
    """Ends of the 95 % interval for all covered cases of the frame."""
    population: int
    """How many cases of the frame it is taken to be about."""

    @property
    def base(self) -> int:
        """Cases that were judged."""
        return self.yes + self.no


def result(
    answers: pl.DataFrame, measure: str, plan_sizes: Mapping[str, int], covered: int, covered_read: int
) -> Result:
    """What the answers (as `ANSWERS`) show for one measure.

    How many cases of the frame a measure covers is only known where somebody has read. The population is therefore
    those judged (yes or no), and of the rest of the frame those that the register covers: `covered` of the frame less
    `covered_read` of the cases with an answer. When all are read it is those judged, and nothing is in doubt.

    A case weighs what its stratum has in the frame for each that was read. The interval is the hypergeometric one for
    as many cases as the weights are worth, (sum of w)² / sum of w²: without strata, or read alike, those judged.
    """
    rows = answers.filter(pl.col("measure") == measure)
    read = dict(rows.group_by("stratum").len().iter_rows())
    count = {code: rows.filter(pl.col("answer") == code).height for code in (YES, NO, NOT_COVERED, CANNOT_TELL)}
    base = count[YES] + count[NO]
    population = base + max(covered - covered_read, 0)
    if not base:
        return Result(**count, rate=None, low=None, high=None, population=population)
    judged = rows.filter(pl.col("answer").is_in([YES, NO])).select("stratum", "answer")
    weights = [(plan_sizes.get(stratum, read[stratum]) / read[stratum], answer) for stratum, answer in judged.rows()]
    whole = sum(weight for weight, _ in weights)
    rate = sum(weight for weight, answer in weights if answer == YES) / whole
    worth = min(floor(whole**2 / sum(weight**2 for weight, _ in weights) + 1e-9), base)
    low, _ = finite_population(floor(rate * worth + 1e-9), worth, population)
    _, high = finite_population(ceil(rate * worth - 1e-9), worth, population)
    return Result(**count, rate=rate, low=low, high=high, population=population)


# --- two reviewers ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Agreement:
    """How far two who read the same cases agree."""

    pairs: int
    same: int
    kappa: float | None
    """Cohen's: what they agree beyond chance; None where all answers are alike, or there are no pairs."""

    @property
    def enough(self) -> bool:
        """Whether anything may be said of it."""
        return self.pairs >= FEWEST_PAIRS


def agreement(pairs: Sequence[tuple[str, str]]) -> Agreement:
    """From the answers of the first and the second reviewer to the same questions."""
    same, all_ = sum(first == second for first, second in pairs), len(pairs)
    firsts, seconds = Counter(first for first, _ in pairs), Counter(second for _, second in pairs)
    by_chance = sum(count * seconds[answer] for answer, count in firsts.items())  # of all_ squared
    kappa = (same * all_ - by_chance) / (all_**2 - by_chance) if all_**2 != by_chance else None
    return Agreement(all_, same, kappa)
