"""What happens in the demo's cases from enquiry to education: interviews, visitation, tests, orders, plans.

Each function makes one table as the whole truth up to today, in the columns of `models`; `demo` decides what of
it a delivery knew. Shares are hit by rank (`demo_spells.pick`): for a deadline among the units, for a stock
figure among the month ends at which the units count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from data_access.demo_spells import (
    ACTIVITY,
    MONTH,
    NEVER,
    READY,
    READY_NOW,
    WITHDRAWN,
    Days,
    Mask,
    Spells,
    day,
    pick,
    shut_down,
    workday,
)
from data_access.models import CATEGORIES, CLOSURES

Rates = Mapping[str, float]
GUIDANCE_225 = (day(2016, 4, 1), day(2025, 6, 30))
JOB_ORIENTED_FROM = day(2022, 4, 1)


def named(names: Sequence[str], place: npt.NDArray[Any]) -> pl.Series:
    """The names at the places; blank at place -1."""
    return pl.Series([*names, None], dtype=pl.String).gather(np.where(place < 0, len(names), place))


def known(values: Mask, where: Mask) -> pl.Series:
    """A flag that is blank outside `where`."""
    return pl.select(pl.when(pl.Series(where)).then(pl.Series(values))).to_series()


def table(
    s: Spells, rng: np.random.Generator, i: Days, on: Days, columns: Mapping[str, Any], *, prompt: bool = False
) -> pl.DataFrame:
    """Rows of case `i` that the source learns of from the day `on`, some days (now and then months) later.

    Columns named `*_on`, `*_due`, `until` or `_since_*` are days. Rows of later days than today are left out.
    """
    lag = np.minimum(rng.geometric(0.35, len(i)) - 1, 12)
    if not prompt:
        lag = np.where(rng.random(len(i)) < 0.02, rng.integers(20, 100, len(i)), lag)
    dates = [n for n in columns if n.endswith(("_on", "_due")) or n.startswith("_since_") or n == "until"]
    return (
        pl.DataFrame({"_case": i, "case_id": s.case_id.gather(i), **columns, "_registered": on + lag, "_lag": lag})
        .filter(pl.Series(on <= s.today))
        .with_columns(
            *(pl.when(pl.col(d) < NEVER).then(d).cast(pl.Int32).cast(pl.Date).alias(d) for d in dates),
            pl.col("_registered").cast(pl.Int32).cast(pl.Date),
        )
    )


def numbered(frame: pl.DataFrame, name: str, prefix: str) -> pl.DataFrame:
    """The frame with the source's running row number, in the order of registration."""
    return frame.sort("_registered", "_case", maintain_order=True).with_columns(
        pl.format(f"{prefix}{{}}", pl.int_range(100_001, 100_001 + pl.len())).alias(name)
    )


@dataclass(frozen=True)
class Screening:
    """The days that the rest of a case hangs on; `NEVER` where it does not happen."""

    first: Days
    """First interview."""
    steps: Days
    """(3, cases): first and final visitation, change."""
    categories: Days
    """(3, cases): the category that each of them gives."""

    def category_from(self, category: int, close: Days) -> tuple[Days, Days]:
        """From and to when a category is in force; no case comes back to a category it has left."""
        holds = (self.categories == category) & (self.steps < NEVER)
        start = np.where(holds, self.steps, NEVER).min(axis=0)
        left = (self.categories != category) & (self.steps > start)
        return start, np.minimum(np.where(left, self.steps, NEVER).min(axis=0), close)


def screening(s: Spells, rng: np.random.Generator, rates: Rates) -> Screening:
    """First interview and visitation of every case."""
    count, i = len(s), np.arange(len(s))
    lasting = s.close > s.enquiry + 7
    met = pick(s.score(rng, i, s.enquiry), rates["first_interview"] * lasting.sum(), among=lasting)
    wanted = s.enquiry + np.round(rng.triangular(0.5, 5, 7.4, count)).astype(np.int64)
    in_time = np.where(workday(wanted) >= s.enquiry, workday(wanted), workday(wanted, "forward"))
    too_late = workday(s.enquiry + 8 + np.minimum(rng.geometric(0.13, count), 25), "forward")
    too_late = np.where((rng.random(count) < 0.25) | (too_late >= s.close), NEVER, too_late)
    first = np.where(met, in_time, too_late)
    first = np.where(s.closure == WITHDRAWN, NEVER, first)

    step_1 = np.where((first < NEVER) & (rng.random(count) < 0.985), first, NEVER)
    ready_now = (s.category == READY_NOW) & (step_1 < NEVER)
    soon = first + np.minimum(rng.geometric(0.25, count) - 1, 7)
    spread = s.enquiry + np.where(rng.random(count) < 0.8, rng.integers(75, 89, count), rng.integers(20, 75, count))
    drawn = np.where(s.category == ACTIVITY, soon, np.maximum(spread, np.minimum(first, NEVER - 1) + 1))
    drawn = np.where(first >= NEVER, spread, drawn)
    due_after = s.close > s.enquiry + 92
    in_short = ~due_after & (drawn < s.close) & ~ready_now
    score = s.score(rng, i, s.enquiry + 80)
    base = (due_after & ~ready_now).sum() + in_short.sum()
    met = pick(score, rates["final_visitation"] * base - in_short.sum(), among=due_after & ~ready_now)
    slow = np.where(rng.random(count) < 0.7, s.enquiry + rng.integers(95, 150, count), NEVER)
    step_2 = np.where(met | in_short, workday(drawn, "forward"), np.where(due_after & ~ready_now, slow, NEVER))
    ready_final = s.enquiry + rng.integers(60, 90, count)
    step_2 = np.where(ready_now & (rng.random(count) < 0.25), np.maximum(ready_final, first + 1), step_2)
    step_2 = np.where(step_2 >= s.close, NEVER, step_2)

    turned = s.complexity + rng.normal(size=count)
    final = np.where((s.category == READY) & (turned > 1.7), ACTIVITY, s.category)
    final = np.where((s.category == READY) & (turned < -2.0), READY_NOW, final)
    final = np.where((s.category == ACTIVITY) & (turned < -0.9) & (step_2 > step_1), READY, final)
    step_3 = s.enquiry + rng.integers(200, 700, count)
    step_3 = np.where((rng.random(count) < 0.45) & (step_3 < s.close), workday(step_3), NEVER)
    change = np.where(final == ACTIVITY, READY, np.where(s.category == ACTIVITY, READY_NOW, ACTIVITY))
    change = np.where((final == READY) & (rng.random(count) < 0.5) & (s.category != READY_NOW), READY_NOW, change)
    came_back = (change == s.category) | (final == READY_NOW)
    step_3 = np.where(came_back | (step_2 >= NEVER), NEVER, step_3)
    return Screening(first, np.stack([step_1, step_2, step_3]), np.stack([s.category, final, change]))


def visitations(s: Spells, rng: np.random.Generator, rates: Rates, screen: Screening) -> pl.DataFrame:
    i = np.tile(np.arange(len(s)), 3)
    on, category = screen.steps.ravel(), screen.categories.ravel()
    held = on < NEVER
    i, on, category, step = i[held], on[held], category[held], np.repeat([0, 1, 2], len(s))[held]
    grounds = ["test+samarbejdspart", "laege+behandling", "tidligere_sag", "samarbejdspart+egen_oplysning", "laege"]
    own = ~pick(s.score(rng, i, on), rates["ap_own_word"] * len(i))
    return table(
        s,
        rng,
        i,
        on,
        {
            "visited_on": on,
            "step": named(["foerste", "endelig", "aendring"], step),
            "category": named(list(CATEGORIES), category),
            "reasoned": pick(s.score(rng, i, on), rates["reasoned"] * len(i)),
            "perspective": pick(s.score(rng, i, on), rates["perspective"] * len(i)),
            "grounds": named([*grounds, "egen_oplysning"], np.where(own, 5, rng.integers(0, 5, len(i)))),
        },
    )


def cases(s: Spells, rng: np.random.Generator) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The cases, and the centre periods of those that one centre handed over to another."""
    i = np.arange(len(s))
    length = np.minimum(s.close, s.today) - s.enquiry
    moved = (length > 120) & (rng.random(len(s)) < 0.12)
    on = np.where(moved, s.enquiry + (length * rng.uniform(0.15, 0.8, len(s))).astype(np.int64), NEVER)
    to = (s.center + rng.integers(1, len(s.centers), len(s))) % len(s.centers)
    team_names = [f"Team {letter}" for letter in "ABCDEFGH"]
    first_team = np.array([s.team[s.center == c].min(initial=10**6) for c in range(len(s.centers))])
    frame = table(
        s,
        rng,
        i,
        s.enquiry,
        {
            "cpr": s.cpr,
            "first_enquiry_on": s.enquiry,
            "center": named(s.centers, np.where(moved, to, s.center)),
            "team": named(team_names, np.where(moved, 0, s.team - first_team[s.center])),
            "caseworker": s.workers.gather(s.worker),
            "closed_on": s.close,
            "closure": named(list(CLOSURES), s.closure),
            "has_youth_education": s.educated,
            "earlier_spell": s.earlier,
            "special_class": s.complexity + rng.normal(size=len(s)) > 1.9,
            "stu": s.complexity + rng.normal(size=len(s)) > 2.5,
            "social_case": s.complexity + rng.normal(size=len(s)) > 1.0,
            "protected": rng.random(len(s)) < 0.01,
            "_was_center": named(s.centers, s.center),
            "_since_center": np.where(moved, on, 0),
        },
    ).with_columns(_registered=pl.col("first_enquiry_on"))
    hand = np.flatnonzero(moved)
    periods = table(
        s,
        rng,
        np.tile(hand, 2),
        np.concatenate([s.enquiry[hand], on[hand]]),
        {
            "center": named(s.centers, np.concatenate([s.center[hand], to[hand]])),
            "from_on": np.concatenate([s.enquiry[hand], on[hand]]),
            "until": np.concatenate([on[hand] - 1, s.close[hand]]),
        },
        prompt=True,
    )
    return frame, periods


def interviews(s: Spells, rng: np.random.Generator, rates: Rates, screen: Screening, order_from: Days) -> pl.DataFrame:
    first, end = screen.first, np.minimum(s.close, s.today + 1)
    talks = np.flatnonzero(first < end)
    half = np.minimum(end, s.enquiry + 183)
    early, later = np.maximum(half - first, 0)[talks], np.maximum(end - np.maximum(half, first), 0)[talks]
    busy = np.exp(0.25 * s.quality[talks] + 0.3 * rng.normal(size=len(talks)))
    counts = [rng.poisson(0.75 / MONTH * early * busy), rng.poisson(0.36 / MONTH * later * busy)]
    case, days = [talks], [first[talks]]
    for count, start, span in ((counts[0], first[talks], early), (counts[1], np.maximum(half, first)[talks], later)):
        order = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        place = (order + rng.uniform(0.2, 1.0, len(order))) / np.repeat(np.maximum(count, 1), count)
        case.append(np.repeat(talks, count))
        days.append(workday((np.repeat(start, count) + place * np.repeat(span, count)).astype(np.int64)))
    i, held = np.concatenate(case), np.concatenate(days)
    is_first = np.arange(len(i)) < len(talks)
    cancelled = shut_down(held) & (rng.random(len(i)) < 0.4)
    keep = is_first | (held > first[i]) & ~cancelled
    _, unique = np.unique(i[keep] * NEVER + held[keep], return_index=True)
    i, held = i[keep][unique], held[keep][unique]
    following = np.where(np.append(i[1:] == i[:-1], False), np.append(held[1:], NEVER), NEVER)
    stop = np.minimum(following, s.close[i])

    live = order_from[i] < held
    weight = s.months(held, stop)
    followed = pick(s.score(rng, i), rates["order_followed_up"] * weight[live].sum(), among=live, weight=weight)
    now_from, now_to = screen.category_from(READY_NOW, s.close)
    ready_now = (held >= now_from[i]) & (held < now_to[i])
    weight = s.months(np.maximum(held, now_from[i]), np.minimum(stop, now_to[i]))
    reach = rates["job_discussed"] * s.months(now_from, now_to).sum()
    job = pick(s.score(rng, i), reach, weight=weight)
    form = rng.choice(3, len(i), p=[0.82, 0.06, 0.12])
    form = np.where(shut_down(held), rng.choice(3, len(i), p=[0.1, 0.3, 0.6]), form)
    changed = rng.random(len(i)) < 0.04
    frame = table(
        s,
        rng,
        i,
        held,
        {
            "held_on": held,
            "form": named(["fremmoede", "video", "telefon"], form),
            "order_followed_up": known(followed, live),
            "education_focus": _in_most_interviews(s, rng, i, held, first, rates["education_focus"]),
            "resources_discussed": _in_most_interviews(s, rng, i, held, first, rates["resources"]),
            "job_discussed": np.where(ready_now | (weight > 0), job, rng.random(len(i)) < 0.35),
            "caseworker": s.workers.gather(s.worker[i]),
            "_was_held_on": np.where(changed, held - rng.integers(1, 6, len(i)), held),
            "_since_held_on": np.where(changed, held + rng.integers(25, 120, len(i)), 0),
        },
    )
    return numbered(frame, "interview_id", "S")


def _in_most_interviews(s: Spells, rng: np.random.Generator, i: Days, held: Days, first: Days, rate: float) -> Mask:
    """A flag that for the picked cases stands at the first and most later interviews, else nowhere."""
    end = np.minimum(held + 365, s.close[i])
    stands = (held == first[i]) | (rng.random(len(i)) < 0.75)
    reach = rate * s.months_of(i, held, end).sum()
    weight = s.months_of(i[stands], held[stands], end[stands])
    focus: Mask = pick(s.score(rng, np.arange(len(s))), reach, weight=weight)[i]
    flagged: Mask = stands & focus
    return flagged


def tests(s: Spells, rng: np.random.Generator, rates: Rates) -> pl.DataFrame:
    i = np.flatnonzero(~s.educated & (s.closure != WITHDRAWN))
    enquiry, close, count = s.enquiry[i], s.close[i], len(i)
    lasting = close > enquiry + 31
    in_time = pick(s.score(rng, i, enquiry), rates["test_need_assessed"] * lasting.sum(), among=lasting)
    assessed = np.where(in_time, enquiry + rng.integers(1, 28, count), enquiry + rng.integers(33, 80, count))
    assessed = np.maximum(workday(assessed), enquiry)
    none = ~in_time & ((rng.random(count) < 0.4) | (assessed >= close))
    needed = rng.random(count) < 0.9
    base = lasting & needed & ~none
    met = pick(s.score(rng, i, enquiry) + 9 * in_time, rates["literacy_test"] * base.sum(), among=base)
    done = np.where(met, enquiry + rng.integers(8, 29, count), NEVER)
    late = enquiry + rng.integers(34, 120, count)
    slow = pick(s.score(rng, i, enquiry), 0.14 * base.sum(), among=base & ~met)
    done = np.where(slow & (late < close), late, done)
    assessed = np.minimum(assessed, done)
    untested = base & ~met
    ground = enquiry + np.where(rng.random(count) < 0.85, rng.integers(5, 28, count), rng.integers(33, 70, count))
    ground = np.maximum(ground, assessed)
    stop = np.minimum(close, done)
    exempt = pick(
        s.score(rng, i),
        rates["test_exemption_documented"] * s.months(enquiry + 31, stop)[untested].sum(),
        among=untested & (ground < stop),
        weight=s.months(np.maximum(enquiry + 31, ground), stop),
    )
    tested = done < NEVER
    course = tested & (rng.random(count) < 0.6)
    offered = course & (rng.random(count) < rates["course_offered"])
    keep = ~none & (assessed < close)
    columns = {
        "assessed_on": assessed,
        "needed": needed,
        "completed_on": done,
        "exemption": named(
            ["sygdom", "barsel", "andet_gyldigt"], np.where(exempt, rng.choice(3, count, p=[0.6, 0.15, 0.25]), -1)
        ),
        "exempted_on": np.where(exempt, ground, NEVER),
        "course_needed": known(course, tested),
        "course_offered_on": np.where(offered, done + rng.integers(0, 28, count), NEVER),
    }
    return table(s, rng, i, np.where(keep, assessed, NEVER), columns)


def guidance(
    s: Spells, rng: np.random.Generator, rates: Rates, screen: Screening, transitions: pl.DataFrame
) -> pl.DataFrame:
    first = screen.first
    covered = np.flatnonzero((first >= GUIDANCE_225[0]) & (first <= GUIDANCE_225[1]))
    met = pick(s.score(rng, covered, first[covered]), rates["guidance_225"] * len(covered))
    late = first[covered] + rng.integers(5, 90, len(covered))
    late = np.where((rng.random(len(covered)) < 0.4) & (late < s.close[covered]), late, NEVER)
    parts = [(covered, np.where(met, first[covered], late), 0)]

    ap_from, _ = screen.category_from(ACTIVITY, s.close)
    ap = np.flatnonzero(ap_from < NEVER)
    told = pick(s.score(rng, ap, ap_from[ap]), rates["guidance_coordinator"] * len(ap))
    at = ap_from[ap] + np.where(rng.random(len(ap)) < 0.6, 0, rng.integers(1, 28, len(ap)))
    late = np.where(rng.random(len(ap)) < 0.08, ap_from[ap] + rng.integers(35, 300, len(ap)), NEVER)
    on = np.where(told, np.where(at < s.close[ap], at, ap_from[ap]), np.where(late < s.close[ap], late, NEVER))
    parts.append((ap, on, 1))

    i, start = transitions["_case"].to_numpy(), transitions["_start"].to_numpy()
    told = pick(s.score(rng, i, start), rates["support_guidance"] * len(i))
    parts.append((i, np.where(told, start - rng.integers(0, 14, len(i)), NEVER), 2))
    parts.append((np.arange(len(s)), np.where(rng.random(len(s)) < 0.55, first, NEVER), 3))
    i, on = np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])
    topic = named(
        ["225_timer", "koordinerende_sagsbehandler", "stoette_og_sanktion", "sanktion"],
        np.repeat(np.arange(4), [len(p[0]) for p in parts]),
    )
    frame = table(s, rng, i, on, {"guided_on": on, "topic": topic})
    return frame.unique(["case_id", "guided_on", "topic"], keep="first", maintain_order=True)
