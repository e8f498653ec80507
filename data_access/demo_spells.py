"""Who the young people of the demo municipality are, and how long their cases last.

Nothing here is about a real person: the people are drawn at random, and their CPR numbers have 60 added to the
day (61-91), which no person's number can have. Days are whole numbers since 1970-01-01, `NEVER` a day that
does not come. Numbers and distributions: the domain notes of the project (sizes, lengths, seasons).
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

Days = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Pool = dict[str, npt.NDArray[Any]]

NEVER = 1_000_000
MONTH = 30.44
VACANT = (330, 240)
"""So many days before today the first team's head left, and the next one began."""
READY_NOW, READY, ACTIVITY = 0, 1, 2
"""The three categories, in the order of `models.CATEGORIES`."""
EDUCATION, AGE_LIMIT, WITHDRAWN = 0, 4, 5
"""Three of the closures, by their place in `models.CLOSURES`."""


def day(year: int, month: int, date: int) -> int:
    """A calendar date as days since 1970-01-01."""
    return (dt.date(year, month, date) - dt.date(1970, 1, 1)).days


def shut_down(on: Days) -> Mask:
    """The days on which Covid had closed parts of the effort."""
    spring = (on >= day(2020, 3, 11)) & (on <= day(2020, 6, 30))
    winter = (on >= day(2021, 1, 1)) & (on <= day(2021, 4, 30))
    return spring | winter


@dataclass(frozen=True)
class Size:
    """A municipality: cases in ten years, its centres with their share of the cases, youths and guides."""

    cases: int
    centers: Mapping[str, float]
    target_group: int
    """Youths in the target group at the newest delivery."""
    guides: int


SIZES: Mapping[str, Size] = {
    "rebild": Size(
        800,
        {
            "Center Arbejdsmarked og Borgerservice": 0.58,
            "Center Børn og Unge": 0.16,
            "Center Familie og Handicap": 0.16,
            "Center Sundhed, Kultur og Fritid": 0.10,
        },
        target_group=40,
        guides=15,
    ),
    "viborg": Size(
        4_700,
        {
            "Job & Unge": 0.56,
            "Familieafdelingen": 0.14,
            "Socialafdelingen": 0.14,
            "Sundhed og Omsorg": 0.09,
            "Skole og Vejledning": 0.07,
        },
        target_group=198,
        guides=74,
    ),
    "copenhagen": Size(
        29_000,
        {
            "Ungecenter Havnen": 0.22,
            "Ungecenter Fælleden": 0.18,
            "Ungecenter Volden": 0.15,
            "Ungecenter Søerne": 0.14,
            "Ungecenter Åen": 0.12,
            "Ungecenter Bakken": 0.10,
            "Ungecenter Kysten": 0.09,
        },
        target_group=1_220,
        guides=456,
    ),
}


@dataclass(frozen=True)
class Spells:
    """One entry per case, sorted by the first enquiry."""

    today: int
    ends: Days
    """The month ends up to today."""
    centers: tuple[str, ...]
    workers: pl.Series
    """Initials; a team's people stand together."""
    team_size: int
    person: Days
    cpr: pl.Series
    case_id: pl.Series
    born: Days
    enquiry: Days
    close: Days
    """The day the case closes, also after today."""
    closure: Days
    study_start: Days
    """Start of the education that the case ends with."""
    category: Days
    complexity: Floats
    earlier: Mask
    educated: Mask
    center: Days
    team: Days
    """Counted across the centres."""
    worker: Days
    quality: Floats
    """What centre, team and caseworker together add to the chance that a duty is kept; mean about 0."""

    def __len__(self) -> int:
        return len(self.enquiry)

    def months(self, start: Days, stop: Days) -> Days:
        """How many month ends D have start <= D < stop."""
        first, last = np.searchsorted(self.ends, start), np.searchsorted(self.ends, stop)
        count: Days = np.maximum(last - first, 0).astype(np.int64)
        return count

    def months_of(self, i: Days, start: Days, stop: Days) -> Days:
        """The same per case for several periods of case `i`; a month end in two of them counts once."""
        count = self.months(start, stop)
        first = np.repeat(np.searchsorted(self.ends, start), count)
        step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        held = np.unique(np.repeat(i, count) * len(self.ends) + first + step)
        return np.bincount(held // len(self.ends), minlength=len(self)).astype(np.int64)

    def score(self, rng: np.random.Generator, i: Days, on: Days | None = None) -> Floats:
        """How likely each unit of case `i` (on a day) is to be done well: quality plus chance."""
        score: Floats = self.quality[i] + rng.normal(size=len(i))
        if on is None:
            return score
        vacant = (self.team[i] == 0) & (on > self.today - VACANT[0]) & (on <= self.today - VACANT[1])
        late: Floats = 0.7 * shut_down(on) + 1.5 * vacant
        return score - late


def pick(score: Floats, reach: float, *, among: Mask | None = None, weight: Days | None = None) -> Mask:
    """The units with the highest scores, as many as together weigh `reach` (weight 1 each when not given).

    Picking by rank instead of drawing each one keeps a share where it should be, and lets what is missed
    gather where the quality is low.
    """
    among = np.ones(len(score), bool) if among is None else among
    units = np.flatnonzero(among)
    order = units[np.argsort(-score[units], kind="stable")]
    heavy = np.ones(len(order)) if weight is None else weight[order].astype(np.float64)
    chosen = np.zeros(len(score), bool)
    chosen[order] = np.cumsum(heavy) - heavy / 2 <= reach
    return chosen


def workday(on: Days, roll: str = "backward") -> Days:
    """The nearest working day before (or after) each day; fixed public holidays are left out."""
    holidays = [
        f"{year}-{rest}" for year in range(2010, 2041) for rest in ("01-01", "06-05", "12-24", "12-25", "12-26")
    ]
    moved = np.busday_offset(on.astype("datetime64[D]"), 0, roll=roll, holidays=holidays)  # type: ignore[call-overload]
    return np.where(on >= NEVER, NEVER, moved.astype(np.int64))


def draw_spells(rng: np.random.Generator, size: Size, categories: tuple[float, float, float], today: dt.date) -> Spells:
    """The cases of ten years up to today, and those already open when the ten years began."""
    now = day(today.year, today.month, today.day)
    start = now - 3652
    pool = _pool(rng, round(size.cases * 1.7) + 60, categories, max(start - 4 * 365, day(2014, 1, 1)), now, start)
    chosen = _stratified(rng, pool, size.cases, categories)
    pool = {name: values[chosen] for name, values in pool.items()}
    order = np.argsort(pool["enquiry"], kind="stable")
    pool = {name: values[order] for name, values in pool.items()}
    months = pl.date_range(dt.date(2014, 1, 1), today, "1mo", eager=True).dt.month_end()
    ends = months.filter(months <= today).to_physical().to_numpy().astype(np.int64)
    return _of_several_fields(_staffed(rng, size, pool, now, ends))


def _stratified(rng: np.random.Generator, pool: Pool, cases: int, categories: tuple[float, ...]) -> Days:
    counts = np.diff(np.round(np.cumsum([0, *categories]) * cases)).astype(int)
    of = [rng.permutation(np.flatnonzero(pool["category"] == c))[:n] for c, n in enumerate(counts)]
    return np.concatenate(of)


def _pool(
    rng: np.random.Generator, people: int, categories: tuple[float, ...], first: int, now: int, start: int
) -> Pool:
    enquiry = _seasonal(rng, people, first, now)
    age = np.concatenate([rng.choice(np.arange(15, 30), people, p=_AGES)]) + rng.random(people)
    born = (enquiry - age * 365.25).astype(np.int64)
    complexity = rng.normal(size=people)
    person = np.arange(people)
    once = _spell(rng, categories, person, born, complexity, enquiry, None)
    closed = once["close"].astype(np.int64)
    again = np.flatnonzero(rng.random(people) < 0.28)
    later = closed[again] + (rng.lognormal(np.log(8), 0.8, len(again)) * MONTH).astype(np.int64)
    twice = _spell(rng, categories, person[again], born[again], complexity[again], later, closed[again])
    beside = np.flatnonzero((complexity > 0.9) & (rng.random(people) < 0.3))
    parallel = _spell(
        rng,
        categories,
        person[beside],
        born[beside],
        complexity[beside],
        enquiry[beside] + rng.integers(20, 200, len(beside)),
        None,
    )
    pool = {name: np.concatenate([part[name] for part in (once, twice, parallel)]) for name in once}
    kept = (pool["enquiry"] <= now) & (pool["close"] > start) & (pool["age_limit"] > pool["enquiry"] + 60)
    return {name: values[kept] for name, values in pool.items()}


_AGES = np.array([1, 1.5, 2, 11, 13, 12, 10, 8, 8, 8, 5.6, 5.6, 5.6, 4.9, 3.8])
_AGES = _AGES / _AGES.sum()
_INFLOW = np.array([1.15, 1.0, 0.95, 0.9, 0.85, 1.15, 1.1, 1.0, 1.1, 1.1, 0.95, 0.75])


def _seasonal(rng: np.random.Generator, count: int, first: int, last: int) -> Days:
    days = np.arange(first, last + 1)
    month = days.astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12
    weekday = (days + 3) % 7
    weight = _INFLOW[month] * np.where(weekday < 5, 1.0, 0.04)
    return rng.choice(days, count, p=weight / weight.sum())


def _spell(
    rng: np.random.Generator,
    categories: tuple[float, ...],
    person: Days,
    born: Days,
    complexity: Floats,
    enquiry: Days,
    earlier: Days | None,
) -> Pool:
    count = len(person)
    rank = np.argsort(np.argsort(complexity * 0.8 + rng.normal(size=count), kind="stable"), kind="stable")
    category = np.searchsorted(np.cumsum(categories)[:2], (rank + 0.5) / max(count, 1)).astype(np.int64)
    median, sigma = np.array([2.8, 6.0, 13.5])[category], np.array([0.668, 0.835, 1.026])[category]
    length = np.maximum(median * np.exp(sigma * rng.normal(size=count)) * MONTH, 12).astype(np.int64)
    close = enquiry + length
    closure = _closures(rng, category)
    study = np.where(closure == EDUCATION, _study_start(rng, enquiry, close), NEVER)
    followed = rng.random(count) < 0.3
    after = np.where(followed, rng.integers(60, 240, count), rng.integers(3, 25, count))
    close = np.where(closure == EDUCATION, study + after, close)
    close = np.where(closure == WITHDRAWN, enquiry + rng.integers(1, 7, count), close)
    limit = born + 30 * 365 + 8
    reached = close >= limit
    return {
        "person": person,
        "born": born,
        "complexity": complexity,
        "enquiry": enquiry,
        "close": np.where(reached, limit, close),
        "closure": np.where(reached, AGE_LIMIT, closure),
        "study_start": np.where(reached, NEVER, study),
        "category": category,
        "earlier": np.full(count, earlier is not None) | (rng.random(count) < 0.1),
        "age_limit": limit,
    }


def _closures(rng: np.random.Generator, category: Days) -> Days:
    shares = np.array(
        [
            [0.52, 0.26, 0.05, 0.06, 0, 0.015, 0.001, 0.154],
            [0.36, 0.27, 0.12, 0.07, 0, 0.015, 0.002, 0.163],
            [0.17, 0.16, 0.36, 0.09, 0, 0.015, 0.004, 0.201],
        ]
    )
    beyond = rng.random(len(category))[:, None] > np.cumsum(shares, axis=1)[category]
    closure: Days = beyond.sum(axis=1).clip(0, 7)
    return closure


def _study_start(rng: np.random.Generator, enquiry: Days, close: Days) -> Days:
    """Most begin in August or January; one in five (FGU and the like) when they are ready."""
    starts = np.array([day(y, m, d) for y in range(2014, 2041) for m, d in ((1, 8), (8, 8))])
    aim = np.maximum(close, enquiry + 40)
    after = np.searchsorted(starts, aim).clip(1, len(starts) - 1)
    nearest = np.where(
        (starts[after] - aim > aim - starts[after - 1]) & (starts[after - 1] > enquiry + 35),
        starts[after - 1],
        starts[after],
    )
    nearest = nearest + rng.integers(0, 18, len(close))
    return workday(np.where(rng.random(len(close)) < 0.2, aim, nearest), "forward")


def _staffed(rng: np.random.Generator, size: Size, pool: Pool, now: int, ends: Days) -> Spells:
    count = len(pool["enquiry"])
    enquiry, born = pool["enquiry"].astype(np.int64), pool["born"].astype(np.int64)
    shares = np.array(list(size.centers.values()))
    centers = len(shares)
    center = np.searchsorted(np.cumsum(shares)[:-1], rng.random(count)).astype(np.int64)
    center = np.where((enquiry - born < 18 * 365.25) & (rng.random(count) < 0.7), 1, center)
    team_size = 4 + min(4, size.cases // 6_000)
    teams = np.maximum(1, np.round(shares * size.cases * 0.1 / (team_size * 30))).astype(int)
    offset = np.concatenate([[0], np.cumsum(teams)[:-1]])
    team = offset[center] + (rng.random(count) * teams[center]).astype(np.int64)
    worker = team * team_size + rng.integers(0, team_size, count)
    # The third centre is clearly worse, so that there is something to find.
    of_center = np.where(np.arange(centers) == 2, -0.7, 0.15 + 0.1 * rng.normal(size=centers))
    of_team, of_worker = rng.normal(0, 0.2, teams.sum()), rng.normal(0, 0.3, teams.sum() * team_size)
    return Spells(
        today=now,
        ends=ends,
        centers=tuple(size.centers),
        workers=_initials(rng, teams.sum() * team_size),
        team_size=team_size,
        person=pool["person"].astype(np.int64),
        cpr=_cpr(rng, pool["person"].astype(np.int64), born),
        case_id=_case_numbers(rng, enquiry),
        born=born,
        enquiry=enquiry,
        close=pool["close"].astype(np.int64),
        closure=pool["closure"].astype(np.int64),
        study_start=pool["study_start"].astype(np.int64),
        category=pool["category"].astype(np.int64),
        complexity=pool["complexity"].astype(np.float64),
        earlier=pool["earlier"].astype(bool),
        educated=rng.random(count) < 0.3,
        center=center,
        team=team,
        worker=worker,
        quality=of_center[center] + of_team[team] + of_worker[worker],
    )


def _of_several_fields(s: Spells) -> Spells:
    """The cases, but that some open ones in two centres are one youth's, and some youths change law soon.

    One in ten of the open cases, the most complex first, gets the open case of another centre whose youth was born
    nearest to its own. Beside them some are about 16 (the newest cases) and some soon 18 (complex ones).
    """
    person, born, number_of = s.person.copy(), s.born.copy(), np.arange(len(s))
    _, back, times = np.unique(person, return_inverse=True, return_counts=True)
    free = (s.close > s.today) & (times[back] == 1)
    some = max(2, int((s.close > s.today).sum()) // 60)
    newest, hardest = (np.argsort(-values, kind="stable") for values in (s.enquiry, s.complexity))
    for age, chosen, count in ((16.0, newest, some), (17.75, hardest, 2 * some)):
        # of this century, so that the seventh digit still says which
        fit = free[chosen] & (s.enquiry[chosen] > s.today - 500) & (born[chosen] >= day(2000, 1, 1))
        young = chosen[fit][:count]
        born[young] = s.today - round(age * 365.25) - np.arange(len(young)) % 60
        free[young] = False
    for first in hardest[free[hardest]][: 5 * some]:
        others = np.flatnonzero(free & (s.center != s.center[first]) & (s.enquiry > s.enquiry[first]))
        if free[first] and len(others):
            other = others[np.argmin(np.abs(born[others] - born[first]))]
            person[other], born[other], number_of[other] = person[first], born[first], first
            free[[first, other]] = False
    return replace(s, person=person, born=born, cpr=_birth_digits(born) + s.cpr.gather(number_of).str.slice(6))


def _birth_digits(born: Days) -> pl.Series:
    """`DDMMYY`, 60 added to the day so that it is nobody's."""
    birth = pl.Series(born).cast(pl.Int32).cast(pl.Date)
    return pl.select((birth.dt.day().cast(pl.Int64) + 60).cast(pl.String) + birth.dt.strftime("%m%y")).to_series()


def _initials(rng: np.random.Generator, count: int) -> pl.Series:
    letters = np.array(list("ABCDEFGHIJKLMNOPRSTUV"))
    drawn = rng.choice(len(letters) ** 3, count, replace=False)
    parts = [letters[drawn // len(letters) ** place % len(letters)] for place in range(3)]
    return pl.Series(np.char.add(np.char.add(parts[0], parts[1]), parts[2]))


def _cpr(rng: np.random.Generator, person: Days, born: Days) -> pl.Series:
    """Ten digits per case, the same for a person's cases; the seventh digit says the century."""
    people, first, of_case = np.unique(person, return_index=True, return_inverse=True)
    birth = pl.Series(born[first]).cast(pl.Int32).cast(pl.Date)
    new_century = (birth.dt.year() >= 2000).to_numpy()
    serial = np.zeros(len(people), np.int64)
    clash = np.ones(len(people), bool)
    while clash.any():
        century = np.where(new_century, rng.integers(4, 10, len(people)), rng.integers(0, 4, len(people)))
        serial = np.where(clash, century * 1_000 + rng.integers(0, 1_000, len(people)), serial)
        _, kept = np.unique(born[first] * 10_000 + serial, return_index=True)
        clash = np.ones(len(people), bool)
        clash[kept] = False
    return (_birth_digits(born[first]) + pl.Series(serial).cast(pl.String).str.zfill(4)).gather(of_case)


def _case_numbers(rng: np.random.Generator, enquiry: Days) -> pl.Series:
    """Year and running number, in the order of the enquiries: `24-11071`."""
    year = enquiry.astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
    running = 10_000 + np.cumsum(rng.integers(1, 4, len(enquiry)))
    _, first = np.unique(year, return_index=True)
    before = np.repeat(running[first], np.diff([*first, len(year)])) - 10_000
    numbers = pl.DataFrame({"year": year % 100, "number": running - before + 1})
    return numbers.select(pl.format("{}-{}", pl.col("year").cast(pl.String).str.zfill(2), "number")).to_series()
