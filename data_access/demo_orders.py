"""The demo's way to education: orders, transitions, plans and, for those who can begin now, the job search."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from data_access.demo_events import Rates, Screening, known, named, numbered, table
from data_access.demo_spells import EDUCATION, NEVER, READY_NOW, Days, Mask, Spells, day, pick, workday

JOB_ORIENTED_FROM = day(2022, 4, 1)


@dataclass(frozen=True)
class FirstOrders:
    """Per case: whether the effort is job-oriented (a job plan instead of an order), and the first order's day."""

    job_oriented: Mask
    issued: Days


def first_orders(s: Spells, rng: np.random.Generator, rates: Rates, screen: Screening) -> FirstOrders:
    """Education order, step 1, at the first interview, later or never."""
    i, first = np.arange(len(s)), screen.first
    job = (first >= JOB_ORIENTED_FROM) & (first < NEVER) & (s.category != READY_NOW) & (rng.random(len(s)) < 0.1)
    base = (first < NEVER) & ~job
    met = pick(s.score(rng, i, first), rates["order_at_first"] * base.sum(), among=base)
    later = workday(first + rng.integers(10, 120, len(s)), "forward")
    later = np.where(base & (rng.random(len(s)) < 0.55) & (later < s.close), later, NEVER)
    return FirstOrders(job, np.where(met, first, later))


def orders(
    s: Spells, rng: np.random.Generator, rates: Rates, first: FirstOrders, transitions: pl.DataFrame
) -> pl.DataFrame:
    count = len(s)
    step_1 = first.issued
    step_2 = step_1 + rng.integers(25, 150, count)
    step_2 = np.where((rng.random(count) < 0.45) & (step_2 < s.close) & (step_1 < NEVER), workday(step_2), NEVER)
    begun = transitions.filter("ordered").sort("_start").unique("_case", keep="first", maintain_order=True)
    admitted = np.full(count, NEVER)
    admitted[begun["_case"].to_numpy()] = begun["_admitted"].to_numpy()
    step_3 = np.where(admitted > np.maximum(step_1, np.where(step_2 < NEVER, step_2, 0)), admitted, NEVER)
    step_3 = np.where((step_1 < NEVER) & (step_3 < s.close), step_3, NEVER)
    issued = np.concatenate([step_1, step_2, step_3])
    until = np.concatenate([np.minimum(np.minimum(step_2, step_3), s.close), np.minimum(step_3, s.close), s.close])
    i, step = np.tile(np.arange(count), 3), np.repeat([0, 1, 2], count)
    keep = issued < NEVER
    i, step, issued, until = i[keep], step[keep], issued[keep], until[keep]
    long = ~pick(s.score(rng, i, issued), rates["long_deadline"] * len(i))
    due = issued + np.where(
        long & (rng.random(len(i)) < 0.6), rng.integers(95, 240, len(i)), rng.integers(10, 90, len(i))
    )
    moved = long & (due <= issued + 90)
    extra = ~long & (rng.random(len(i)) < 0.12)
    due = np.where(extra, issued + rng.integers(95, 200, len(i)), due)
    stays = until > due
    kept = pick(s.score(rng, i, due), rates["order_fulfilled"] * stays.sum(), among=stays)
    early = issued + 1 + (rng.random(len(i)) * (due - issued - 1)).astype(np.int64)
    late = np.where(rng.random(len(i)) < 0.55, due + rng.integers(2, 60, len(i)), NEVER)
    fulfilled = np.where(kept, early, np.where(stays, late, NEVER))
    fulfilled = np.where(fulfilled < s.close[i], fulfilled, NEVER)
    frame = table(
        s,
        rng,
        i,
        issued,
        {
            "step": named(["1", "2", "3"], step),
            "issued_on": issued,
            "fulfilment_due": due,
            "original_due": np.where(moved, issued + (due - issued) // 2, NEVER),
            "deadline_reasoned": known(extra, long | extra),
            "fulfilled_on": fulfilled,
            "until": until,
        },
    )
    return numbered(frame, "order_id", "P")


def transitions(s: Spells, rng: np.random.Generator, rates: Rates) -> pl.DataFrame:
    """The education that a case ends with, and for some an earlier one that was broken off."""
    final = np.flatnonzero((s.closure == EDUCATION) & (s.study_start < NEVER))
    long = np.flatnonzero((s.close - s.enquiry > 330) & (rng.random(len(s)) < 0.14))
    tried = workday(s.enquiry[long] + rng.integers(60, 120, len(long)), "forward")
    i, start = np.concatenate([final, long]), np.concatenate([s.study_start[final], tried])
    broken = np.repeat([False, True], [len(final), len(long)])
    count = len(i)
    admitted = np.maximum(start - rng.integers(15, 75, count), s.enquiry[i] + 8)

    stays = s.close[i] > start + 45
    warned = np.where(rng.random(count) < np.where(broken, 0.8, 0.15), start + rng.integers(14, 45, count), NEVER)
    warned = np.where(stays, warned, NEVER)
    contacted = pick(s.score(rng, i), rates["dropout_contact"] * (warned < NEVER).sum(), among=warned < NEVER)
    contact = warned + np.where(contacted, rng.integers(1, 15, count), rng.integers(16, 60, count))
    left = np.where(broken, start + rng.integers(50, 160, count), NEVER)
    unfounded = broken & (rng.random(count) < 0.5)
    judged = pick(s.score(rng, i), rates["break_assessed"] * unfounded.sum(), among=unfounded)
    judged_on = left + np.where(judged, rng.integers(3, 30, count), rng.integers(32, 90, count))
    done = np.where(~broken & (rng.random(count) < 0.45), start + rng.integers(300, 1200, count), NEVER)
    assessed = pick(s.score(rng, i, start), rates["duty_assessed"] * count)
    ordered = assessed & (rng.random(count) < 0.75) | ~assessed & (rng.random(count) < 0.15)
    handed = pick(s.score(rng, i, start), rates["handed_over"] * ordered.sum(), among=ordered)
    some = rng.random(count) < 0.5
    schools = ["FGU", "Tech College", "Social- og sundhedsskolen", "Handelsgymnasiet", "HF og VUC", "Erhvervsskolen"]
    before = np.maximum(start - rng.integers(0, 30, count), admitted)
    after = start + rng.integers(2, 40, count)
    frame = table(
        s,
        rng,
        i,
        admitted,
        {
            "_start": start,
            "_admitted": admitted,
            "admitted_on": admitted,
            "study_start_due": start,
            "institution": named(schools, rng.integers(0, len(schools), count)),
            "duty_assessed_on": np.where(assessed, before, np.where(some & stays, after, NEVER)),
            "ordered": ordered,
            "handed_over_on": np.where(handed, before, np.where(ordered & some & stays, after, NEVER)),
            "dropout_warned_on": warned,
            "contacted_after_warning_on": np.where(contacted | some, np.where(warned < NEVER, contact, NEVER), NEVER),
            "broken_off_on": left,
            "break_reasonable": known(~unfounded, broken),
            "sanction_assessed_on": np.where(unfounded & (judged | some), judged_on, NEVER),
            "completed_on": done,
        },
    )
    return numbered(frame, "transition_id", "O")


def plans(
    s: Spells, rng: np.random.Generator, rates: Rates, screen: Screening, first: FirstOrders, shared: Days
) -> pl.DataFrame:
    """Min Plan (or a job plan) for nearly all; a joint plan for the `shared` cases; some education plans.

    Those who are about 16 now have none yet.
    """
    about_16 = np.abs(s.today - s.born - 16 * 365.25) < 90
    planned = first.job_oriented | (rng.random(len(s)) < 0.985)
    i = np.flatnonzero((screen.first < NEVER) & planned & ~about_16)
    made = screen.first[i] + np.where(first.job_oriented[i], 0, np.minimum(rng.geometric(0.12, len(i)) - 1, 40))
    made = np.where(made < s.close[i], made, screen.first[i])
    total, weight = s.months(s.enquiry, s.close).sum(), s.months(made, s.close[i])
    has_goal = np.zeros(len(s), bool)
    has_goal[i] = pick(s.score(rng, i), rates["plan_goal"] * total, weight=weight)
    has_agreements = np.zeros(len(s), bool)
    has_agreements[i] = pick(s.score(rng, i), rates["plan_agreements"] * total, weight=weight)
    young = i[(s.enquiry[i] - s.born[i] < 25 * 365.25) & (rng.random(len(i)) < 0.2)]
    long_term = shared[rng.random(len(shared)) < 0.4]
    kinds = ["min_plan", "jobplan", "uddannelsesplan", "faelles_plan", "langsigtet_plan"]
    case = np.concatenate([i, young, shared, long_term])
    kind = np.repeat([0, 2, 3, 4], [len(i), len(young), len(shared), len(long_term)])
    kind = np.where((kind == 0) & first.job_oriented[case], 1, kind)
    later = np.minimum(screen.first, NEVER - 500)[case] + rng.integers(30, 200, len(case))
    on = np.concatenate([made, later[len(i) :]])
    keep = (on < s.close[case]) & (on < NEVER - 500)
    case, kind, on = case[keep], kind[keep], on[keep]
    goal = has_goal[case]
    due = on + np.where(rng.random(len(case)) < 0.7, rng.integers(30, 90, len(case)), rng.integers(95, 300, len(case)))
    joint = kind == 3
    assured = on + rng.integers(10, 90, len(case))
    yearly = rng.random(len(case)) < 0.6  # the others are looked at once only
    assured = assured + np.where(yearly, np.maximum(s.today - assured, 0) // 365 * 365, 0)
    frame = table(
        s,
        rng,
        case,
        on,
        {
            "kind": named(kinds, kind),
            "made_on": on,
            "until": s.close[case],
            "has_agreements": has_agreements[case],
            "has_education_goal": goal,
            "holds_order": known(rng.random(len(case)) < 0.7, first.issued[case] < NEVER),
            "goal_due": np.where(goal, due, NEVER),
            "goal_due_reasoned": known(rng.random(len(case)) < 0.4, goal & (due > on + 90)),
            "quality_assured_on": np.where(joint & (rng.random(len(case)) < 0.8), assured, NEVER),
            "owner_center": named(s.centers, np.where(joint, s.center[case], -1)),
        },
    )
    return numbered(frame, "plan_id", "L")


def job_search(s: Spells, rng: np.random.Generator, rates: Rates, screen: Screening) -> pl.DataFrame:
    start, stop = screen.category_from(READY_NOW, s.close)
    i = np.flatnonzero(start < stop)
    start, stop = start[i], stop[i]
    total = s.months(start, stop).sum()
    enrolled = start + rng.integers(0, 12, len(i))
    is_enrolled = pick(s.score(rng, i), rates["registered_jobseeker"] * total, weight=s.months(enrolled, stop))
    log = start + rng.integers(2, 20, len(i))
    logs = pick(s.score(rng, i), rates["joblog"] * total, weight=s.months(log, stop))
    entries = np.where(logs, np.maximum(np.minimum(stop, s.today + 1) - log, 0) // 8 + 1, 0)
    entry = np.arange(entries.sum()) - np.repeat(np.cumsum(entries) - entries, entries)
    logged = np.repeat(log, entries) + entry * 8 + rng.integers(0, 5, len(entry))
    lasting = s.close[i] > s.enquiry[i] + 21
    cv = pick(s.score(rng, i), rates["cv_available"] * lasting.sum(), among=lasting)
    made = np.where(cv, s.enquiry[i] + rng.integers(5, 22, len(i)), s.enquiry[i] + rng.integers(25, 90, len(i)))
    made = np.where(~cv & (rng.random(len(i)) < 0.6), NEVER, made)
    case = np.concatenate([i, i, np.repeat(i, entries)])
    on = np.concatenate([np.where(is_enrolled, enrolled, NEVER), made, logged])
    kind = named(["tilmeldt", "cv_tilgaengeligt", "joblog"], np.repeat([0, 1, 2], [len(i), len(i), len(logged)]))
    inside = on < s.close[case]
    frame = table(s, rng, case, np.where(inside, on, NEVER), {"kind": kind, "registered_at_jobnet_on": on})
    return frame.unique(["case_id", "kind", "registered_at_jobnet_on"], keep="first", maintain_order=True)
