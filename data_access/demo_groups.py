"""The demo's youths that several fields are concerned with, their meetings and measurements; and all benefits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from data_access.demo_events import Rates, Screening, known, named, numbered, table
from data_access.demo_spells import ACTIVITY, NEVER, Days, Mask, Size, Spells, day, pick, workday

YOUTH_EFFORT_FROM = day(2019, 8, 1)
K_MEETINGS_FROM = day(2020, 9, 9)
ONE_BENEFIT_FROM = day(2025, 7, 1)


@dataclass(frozen=True)
class TargetGroup:
    """The youths that several fields are concerned with; arrays run in step, one place per membership."""

    case: Days
    start: Days
    until: Days
    current: Mask
    """In the group at the newest delivery."""
    planned: Days
    """The cases with a joint plan: one for most; none, or one in each of two cases, for some with two centres."""
    status: Days
    """0 assigned, 1 declined, 2 not relevant, 3 ended (the guide status the youth ends with)."""
    guide: pl.Series


def target_group(s: Spells, rng: np.random.Generator, size: Size) -> TargetGroup:
    """At the newest delivery as many youths as the size says, their guide status in Viborg's proportions."""
    ready = (s.close > s.today) & (s.enquiry <= s.today - 100)
    order = np.argsort(-(s.complexity + 0.3 * rng.normal(size=len(s))), kind="stable")
    order = order[ready[order]]
    _, one_each = np.unique(s.person[order], return_index=True)
    youths = min(size.target_group, round(len(one_each) * 0.7))
    now = np.sort(order[np.sort(one_each)][:youths])
    was = (s.close <= s.today - 15) & (s.close > YOUTH_EFFORT_FROM + 90) & (s.close - s.enquiry > 150)
    was &= ~np.isin(s.person, s.person[now]) & (s.complexity + 0.5 * rng.normal(size=len(s)) > 0.7)
    past = np.flatnonzero(was)
    case = np.concatenate([now, past])
    current = np.arange(len(case)) < len(now)
    start = np.maximum(
        s.enquiry[case] + rng.integers(15, 220, len(case)), YOUTH_EFFORT_FROM + rng.integers(0, 60, len(case))
    )
    start = np.where(current, np.minimum(start, s.today - 75), np.minimum(start, s.close[case] - 30))
    until = np.where(current, NEVER, s.close[case])
    shares = np.array([92, 28, 69, 9]) / 198
    counts = np.diff(np.round(np.cumsum([0, *shares]) * len(now))).astype(int)
    status = np.concatenate(
        [rng.permutation(np.repeat(np.arange(4), counts)), rng.choice([3, 1, 2], len(past), p=[0.5, 0.15, 0.35])]
    )
    guides = _guide_initials(size.guides)
    guide = np.where(status == 0, np.cumsum(status == 0) % len(guides), rng.integers(0, len(guides), len(case)))
    return TargetGroup(case, start, until, current, _with_joint_plan(s, case), status, guides.gather(guide))


def _with_joint_plan(s: Spells, case: Days) -> Days:
    """The cases of the group, without every third of those in two centres, and with the other case of another third."""
    now = s.close > s.today
    also = np.array(
        [np.flatnonzero(now & (s.person == s.person[i]) & (s.center != s.center[i]))[:1] for i in case], object
    )
    two = np.flatnonzero([len(other) > 0 for other in also])
    none, double = two[0::3], two[1::3]
    return np.concatenate([np.delete(case, none), *also[double]]).astype(np.int64)


def _guide_initials(count: int) -> pl.Series:
    return pl.select(pl.format("UG{}", pl.int_range(1, max(count, 1) + 1))).to_series()


def groups(s: Spells, rng: np.random.Generator, group: TargetGroup, intervention: Mask) -> pl.DataFrame:
    later = np.minimum(group.start + rng.integers(0, 60, len(group.case)), np.minimum(group.until, s.today - 10))
    case = np.concatenate([group.case, group.case[intervention]])
    start = np.concatenate([group.start, later[intervention]])
    until = np.concatenate([group.until, group.until[intervention]])
    kind = np.repeat([0, 1], [len(group.case), intervention.sum()])
    columns = {"kind": named(["maalgruppe", "indsatsgruppe"], kind), "from_on": start, "until": until}
    return table(s, rng, case, start, columns, prompt=True)


def guide_statuses(s: Spells, rng: np.random.Generator, group: TargetGroup) -> pl.DataFrame:
    count = len(group.case)
    slow = ~pick(s.score(rng, group.case, group.start), 0.82 * count)
    last = np.minimum(group.until - 5, s.today - 12)
    on = np.minimum(group.start + np.where(slow, rng.integers(62, 180, count), rng.integers(3, 58, count)), last)
    ended = group.status == 3
    end = np.minimum(on + rng.integers(90, 400, count), np.minimum(group.until - 1, s.today - 11))
    never = ~group.current & (rng.random(count) < 0.08)
    case = np.concatenate([group.case, group.case[ended]])
    when = np.concatenate([np.where(never, NEVER, on), np.where(never, NEVER, end)[ended]])
    status = np.concatenate([np.where(ended, 0, group.status), np.full(ended.sum(), 3)])
    names = ["tildelt", "takket_nej", "ikke_relevant", "afsluttet"]
    columns = {"status_on": when, "status": named(names, status)}
    return table(s, rng, case, when, columns, prompt=True)


@dataclass(frozen=True)
class Coordination:
    """How the cases of the activity ready are coordinated: by a person or by yearly meetings, from a day."""

    start: Days
    stop: Days
    person: Mask
    meetings: Mask


def coordination(s: Spells, rng: np.random.Generator, rates: Rates, screen: Screening) -> Coordination:
    ap_from, ap_to = screen.category_from(ACTIVITY, s.close)
    start = np.where(ap_from < ap_to, ap_from + np.minimum(rng.geometric(0.08, len(s)), 60), NEVER)
    total = s.months(ap_from, ap_to).sum()
    score = s.score(rng, np.arange(len(s)))
    held = pick(score, rates["coordination"] * total, among=start < ap_to, weight=s.months(start, ap_to))
    share = rates["coordinator_assigned"] / rates["coordination"]
    person = held & (rng.random(len(s)) < share)
    return Coordination(start, ap_to, person, held & ~person)


def meetings(
    s: Spells, rng: np.random.Generator, joined: Coordination, group: TargetGroup
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Meetings across fields, and the agreements made at them."""
    by_meeting = np.flatnonzero(joined.meetings)
    stop = np.minimum(joined.stop, s.today + 1)[by_meeting]
    count = np.maximum(stop - joined.start[by_meeting], 0) // 340 + 1
    step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    yearly = np.repeat(by_meeting, count)
    on = (
        np.repeat(joined.start[by_meeting], count)
        + step * 340
        + np.where(step > 0, rng.integers(-25, 10, len(step)), 0)
    )
    youth = np.repeat(np.arange(len(group.case)), rng.poisson(1.3, len(group.case)))
    span = np.minimum(np.minimum(group.until, s.today + 20)[youth] - group.start[youth], 700)
    extra = group.start[youth] + 20 + (rng.random(len(youth)) * np.maximum(span - 20, 1)).astype(np.int64)
    i, held = np.concatenate([yearly, group.case[youth]]), np.concatenate([on, extra])
    # K-meetings are every second Wednesday, from September 2020; before that, youth conferences.
    fortnight = held + (-(held - K_MEETINGS_FROM)) % 14
    joint = np.arange(len(i)) >= len(yearly)
    kind = np.where(joint, np.where(held < K_MEETINGS_FROM, 2, rng.choice([0, 1, 4], len(i), p=[0.6, 0.3, 0.1])), 3)
    held = np.where(kind == 0, fortnight, workday(held))
    proposed = held - np.where(kind == 0, rng.choice([6, 9, 12, 14, 19, 27], len(i)), rng.integers(7, 35, len(i)))
    proposed = np.maximum(proposed, s.enquiry[i])
    held = np.maximum(held, proposed)
    waiting = (kind != 3) & (held > s.today - 20) & (rng.random(len(i)) < 0.4)
    soon, planned, wanted = _coming(s, group)
    i, held, proposed = np.concatenate([i, soon]), np.concatenate([held, planned]), np.concatenate([proposed, wanted])
    kind = np.concatenate([kind, np.zeros(len(soon), np.int64)])
    waiting = np.concatenate([waiting, planned >= NEVER])
    in_group = np.isin(i, group.case)
    inside = (np.minimum(held, s.today) < s.close[i]) & (proposed <= s.today)
    fields = ["job+social", "job+familie", "job+sundhed", "skole+familie", "job+social+sundhed", "skole+job"]
    frame = table(
        s,
        rng,
        i,
        np.where(inside, proposed, NEVER),
        {
            "kind": named(["k_moede", "opfoelgning", "ungekonference", "tvaerfagligt", "uko"], kind),
            "proposed_on": proposed,
            "held_on": np.where(waiting, NEVER, held),
            "_held_on": np.where(waiting, NEVER, held),
            "coordinator_named": known(s.score(rng, i, held) > -0.9, held <= s.today),
            "guide_named": known(s.score(rng, i, held) > -0.8, (held <= s.today) & in_group),
            "perspective": known(s.score(rng, i, held) > -1.1, held <= s.today),
            "fields": named(fields, rng.integers(0, len(fields), len(i))),
        },
        prompt=True,
    )
    frame = numbered(frame, "meeting_id", "M")
    return frame, _agreements(s, rng, frame)


def _coming(s: Spells, group: TargetGroup) -> tuple[Days, Days, Days]:
    """case, day, proposed on: every third of the group is proposed; most for the next K-meeting, some without a day."""
    case = group.case[group.current][::3]
    place = np.arange(len(case))
    next_on = s.today + 1 + (-(s.today + 1 - K_MEETINGS_FROM)) % 14
    planned = np.choose(place % 4, [next_on, NEVER, next_on, next_on + 14])
    wanted = s.today - np.choose(place % 5, [3, 8, 12, 20, 41])
    return case, planned, np.maximum(wanted, s.enquiry[case])


def _agreements(s: Spells, rng: np.random.Generator, meetings: pl.DataFrame) -> pl.DataFrame:
    met = meetings.filter(pl.col("_held_on").cast(pl.Int32) <= s.today)
    made = rng.choice(4, len(met), p=[0.15, 0.3, 0.35, 0.2])
    row = np.repeat(np.arange(len(met)), made)
    i, on = met["_case"].to_numpy()[row], met["_held_on"].cast(pl.Int32).cast(pl.Int64).to_numpy()[row]
    due = on + rng.choice([14, 28, 30, 60, 90], len(row))
    kept = pick(s.score(rng, i, on), 0.74 * len(row))
    done = np.where(
        kept, on + 1 + (rng.random(len(row)) * (due - on - 1)).astype(np.int64), due + rng.integers(2, 60, len(row))
    )
    done = np.where(~kept & (rng.random(len(row)) < 0.5), NEVER, done)
    away = (s.center[i] + rng.integers(1, len(s.centers), len(row))) % len(s.centers)
    frame = table(
        s,
        rng,
        i,
        on,
        {
            "meeting_id": met["meeting_id"].gather(row),
            "_known": met["_registered"].gather(row),
            "responsible_center": named(s.centers, np.where(rng.random(len(row)) < 0.5, s.center[i], away)),
            "agreed_due": due,
            "done_on": done,
        },
        prompt=True,
    ).with_columns(_registered=pl.max_horizontal("_registered", "_known"))
    return numbered(frame, "agreement_id", "A")


def _month(days: Days) -> Days:
    """Calendar months since January 1970."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


BIP = ("jobtro", "mestring", "netvaerk", "koncentration", "samarbejde")


def measurements(s: Spells, rng: np.random.Generator, group: TargetGroup, intervention: Mask) -> pl.DataFrame:
    """WHO-5 each month (three in ten missing), BIP each quarter (two in ten missing), for the intervention group.

    Of the last three years, in which the youths slowly get better.
    """
    i, start = group.case[intervention], group.start[intervention]
    first, last = (_month(days) for days in (start, np.minimum(group.until[intervention], s.today)))
    months = np.clip(last - first + 1, 0, 36)
    youth = np.repeat(np.arange(len(i)), months)
    month = np.arange(months.sum()) - np.repeat(np.cumsum(months) - months, months)
    calendar = np.repeat(last + 1 - months, months) + month
    begins = calendar.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    on = workday(begins + rng.integers(0, 26, len(youth)), "forward")
    level = rng.normal(32, 16, len(i))[youth] + 0.9 * month + rng.normal(0, 6, len(youth))
    who5 = np.round(np.clip(level, 0, 100) / 4) * 4
    inside = on >= start[youth]
    asked = inside & (rng.random(len(youth)) < 0.7)
    quarter = inside & ((calendar + youth) % 3 == 0) & (rng.random(len(youth)) < 0.8)
    bip = np.repeat(np.flatnonzero(quarter), len(BIP))
    step = rng.normal(2.6, 0.7, len(i))[youth[bip]] + month[bip] * 0.03 + rng.normal(0, 0.6, len(bip))
    case = np.concatenate([i[youth[asked]], i[youth[bip]]])
    day_of = np.concatenate([on[asked], on[bip]])
    frame = table(
        s,
        rng,
        case,
        np.where(day_of < s.close[case], day_of, NEVER),
        {
            "instrument": named(["who5", "bip"], np.repeat([0, 1], [asked.sum(), len(bip)])),
            "measured_on": day_of,
            "indicator": named(BIP, np.concatenate([np.full(asked.sum(), -1), np.tile(np.arange(5), quarter.sum())])),
            "value": np.concatenate([who5[asked], np.clip(np.round(step), 1, 5)]),
        },
    )
    return frame.unique(["case_id", "instrument", "indicator", "measured_on"], keep="first", maintain_order=True)


def benefits(s: Spells, rng: np.random.Generator) -> pl.DataFrame:
    """Support while the case is open (one benefit from July 2025), and what came after it."""
    i = np.arange(len(s))
    old = s.enquiry < ONE_BENEFIT_FROM
    # By closure: education, job, other benefit, moved, age limit, withdrawn, dead, other.
    after_kind = np.array([2, 3, 6, -1, 1, 7, -1, 7])[s.closure]
    after_kind = np.where((s.closure == 2) & (rng.random(len(s)) < 0.25), 5, after_kind)
    after_kind = np.where((s.closure == 1) & (rng.random(len(s)) < 0.06), 4, after_kind)
    after = (after_kind >= 0) & (s.close <= s.today)
    study = (s.closure == 0) & (s.study_start < NEVER)
    left = np.where(study, np.minimum(s.study_start, s.close), s.close)
    next_on = np.where(study, np.maximum(left, s.enquiry + 1), s.close + 1)
    change = old & (next_on > ONE_BENEFIT_FROM)
    case = np.concatenate([i, i[change], i[after]])
    kind = np.concatenate([np.where(old, 0, 1), np.full(change.sum(), 1), after_kind[after]])
    start = np.concatenate([s.enquiry, np.full(change.sum(), ONE_BENEFIT_FROM), next_on[after]])
    stop = np.where(change, ONE_BENEFIT_FROM - 1, np.maximum(next_on - 1, s.enquiry))
    ended = np.where(rng.random(len(s)) < 0.45, next_on + rng.integers(60, 900, len(s)), NEVER)
    until = np.concatenate([stop, (next_on - 1)[change], ended[after]])
    kinds = [
        "uddannelseshjaelp",
        "kontanthjaelp",
        "uddannelse",
        "job",
        "fleksjob",
        "ressourceforloeb",
        "anden_ydelse",
        "ingen",
    ]
    columns: Mapping[str, Any] = {"kind": named(kinds, kind), "from_on": start, "until": until}
    return table(s, rng, case, start, columns, prompt=True)
