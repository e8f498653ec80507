"""What the demo's young people are offered, the no-shows and their consequences, and who works with them."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from data_access.demo_events import Rates, known, named, numbered, table
from data_access.demo_groups import Coordination, TargetGroup
from data_access.demo_spells import (
    ACTIVITY,
    NEVER,
    READY_NOW,
    Days,
    Mask,
    Spells,
    day,
    pick,
    workday,
)

KINDS = (
    "virksomhedspraktik",
    "opkvalificering",
    "nytteindsats",
    "loentilskud",
    "andet",
    "mentor",
    "helbredsmestring",
    "social_sundhed",
)
MENTOR, HEALTH, SOCIAL, OTHER = 5, 6, 7, 4


@dataclass(frozen=True)
class Offers:
    """The offers as a table, and as arrays sorted by case and start for what builds on them."""

    frame: pl.DataFrame
    case: Days
    kind: Days
    start: Days
    until: Days
    number: pl.Series
    """The offer's id, in the order of the arrays; blank where the source does not know the offer yet."""


def offers(s: Spells, rng: np.random.Generator, rates: Rates) -> Offers:
    count = len(s)
    length = np.minimum(s.close, s.today + 60) - s.enquiry
    busy = np.flatnonzero((length > 25) & (rng.random(count) < 0.78))
    work = np.minimum(1 + rng.poisson(length[busy] / 400), 6)
    i = np.repeat(busy, work)
    order = np.arange(len(i)) - np.repeat(np.cumsum(work) - work, work)
    soon = pick(s.score(rng, busy, s.enquiry[busy]), rates["first_offer"] * (length > 25).sum())
    wait = np.where(soon, rng.integers(4, 29, len(busy)), rng.integers(33, 150, len(busy)))
    rest = np.maximum(s.close - s.enquiry, 0)[i] * (order + rng.uniform(0, 0.7, len(i))) / np.repeat(work, work)
    start = np.maximum(
        s.enquiry[i] + np.repeat(wait, work), s.enquiry[i] + np.where(order > 0, rest, 0).astype(np.int64)
    )
    i, start, kind = i, workday(start, "forward"), rng.choice(5, len(i), p=[0.5, 0.22, 0.1, 0.08, 0.1])
    inside = start < s.close[i]
    i, start, kind = i[inside], start[inside], kind[inside]
    until = np.minimum(start + rng.choice([28, 56, 91, 91, 119, 182], len(i)), s.close[i])

    work_from = kind != OTHER
    parts = [(i, start, until, kind)]
    for code, rate in ((HEALTH, rates["health_parallel"]), (SOCIAL, rates["social_parallel"])):
        at = np.minimum(start + rng.integers(0, 21, len(i)), until)
        beside = _beside(s, rng, i, start, at, until, work_from, rate)
        end = np.minimum(np.maximum(until, at + rng.integers(30, 120, len(i))), s.close[i])
        parts.append((i[beside], at[beside], end[beside], np.full(beside.sum(), code)))
    parts.append(_mentors(s, rng, rates["mentor"]))
    i, start, until, kind = (np.concatenate([part[place] for part in parts]) for place in range(4))
    order = np.lexsort((kind, start, i))
    i, start, until, kind = i[order], start[order], until[order], kind[order]

    following = np.where(np.append(i[1:] == i[:-1], False), np.append(start[1:], NEVER), NEVER)
    weight = s.months(start, np.minimum(following, s.close[i]))
    offered = np.maximum(start - rng.integers(0, 15, len(i)), s.enquiry[i])
    assessed = pick(s.score(rng, i), rates["offer_assessed"] * weight.sum(), weight=weight)
    purpose = pick(s.score(rng, i), rates["offer_purpose"] * weight.sum(), weight=weight)
    frame = table(
        s,
        rng,
        i,
        offered,
        {
            "_place": np.arange(len(i)),
            "kind": named(KINDS, kind),
            "offered_on": offered,
            "start_on": start,
            "until": until,
            "individually_assessed": assessed,
            "purpose_stated": purpose,
        },
    )
    frame = numbered(frame, "offer_id", "T")
    ids = pl.DataFrame({"_place": np.arange(len(i))}).join(frame.select("_place", "offer_id"), on="_place", how="left")
    return Offers(frame, i, kind, start, until, ids.sort("_place")["offer_id"])


def _beside(
    s: Spells, rng: np.random.Generator, i: Days, start: Days, at: Days, until: Days, work: Mask, rate: float
) -> Mask:
    """Which employment offers get an offer beside them: whole cases, by the month ends it shows."""
    window = np.minimum(until + 365, s.close[i])
    base = s.months_of(i[work], start[work], window[work]).sum()
    covered = s.months_of(i[work], at[work], window[work])
    return work & pick(s.score(rng, np.arange(len(s))), rate * base, weight=covered)[i]


def _mentors(s: Spells, rng: np.random.Generator, rate: float) -> tuple[Days, Days, Days, Days]:
    i = np.arange(len(s))
    start = workday(s.enquiry + np.minimum(rng.geometric(1 / 50, len(s)), 300) + 32, "forward")
    until = np.minimum(start + rng.integers(90, 500, len(s)), s.close)
    weight = s.months(start, np.minimum(until + 365, s.close))
    score = s.score(rng, i) + np.array([-1.6, 0.0, 0.55])[s.category]
    has = pick(score, rate * s.months(s.enquiry, s.close).sum(), among=start < s.close, weight=weight)
    return i[has], start[has], until[has], np.full(has.sum(), MENTOR)


def no_shows(s: Spells, rng: np.random.Generator, rates: Rates, given: Offers) -> pl.DataFrame:
    """No-shows and what followed; about a third of the cases with one from an offer lack documentation."""
    end = np.minimum(s.close, s.today + 1)
    some = np.flatnonzero((end - s.enquiry > 20) & (s.complexity * 0.4 + rng.normal(size=len(s)) > -0.25))
    times = np.minimum(rng.geometric(1 / 4, len(some)), 12)
    i = np.repeat(some, times)
    first, offers_of = np.searchsorted(given.case, i), np.bincount(given.case, minlength=len(s))[i]
    place = np.minimum(first + (rng.random(len(i)) * offers_of).astype(np.int64), len(given.case) - 1)
    lasted = np.minimum(given.until[place], end[i] - 1) - given.start[place]
    from_offer = (offers_of > 0) & (rng.random(len(i)) < 0.72) & (lasted > 2)
    in_offer = given.start[place] + (rng.random(len(i)) * np.maximum(lasted, 0)).astype(np.int64)
    in_case = s.enquiry[i] + 8 + (rng.random(len(i)) * np.maximum(end - s.enquiry - 9, 1)[i]).astype(np.int64)
    missed = workday(np.where(from_offer, in_offer, in_case), "forward")
    origin = np.where(from_offer, 1, np.where((s.category[i] == READY_NOW) & (rng.random(len(i)) < 0.3), 2, 0))

    undocumented = _undocumented(s, rng, rates, i, missed, from_offer)
    undocumented |= pick(-s.score(rng, i, missed), 0.33 * (~from_offer).sum(), among=~from_offer)
    excused = ~undocumented & (rng.random(len(i)) < 0.88)
    prompt = pick(s.score(rng, i, missed), rates["decided"] * (~excused).sum(), among=~excused)
    delay = np.where(prompt, rng.integers(3, 15, len(i)), rng.integers(16, 50, len(i)))
    punished = _sanctioned(s, rng, rates, i, missed, delay, undocumented & from_offer)
    punished |= ~from_offer & undocumented & (rng.random(len(i)) < 0.4)
    judged = punished | prompt | (~excused & (rng.random(len(i)) < 0.5))
    blank_cause = undocumented & ~punished & (rng.random(len(i)) < 0.25)
    decided = np.where(judged, missed + delay, NEVER)
    active = s.category[i] == ACTIVITY
    kind = np.where(from_offer, np.where(rng.random(len(i)) < 0.6, 1, 3), 2)
    severe = (rng.random(len(i)) < 0.04) & ~(active & (missed >= day(2025, 1, 1)))
    heard = pick(s.score(rng, i, missed), rates["heard"] * punished.sum(), among=punished)
    contacted = pick(s.score(rng, i, missed), rates["ap_contacted"] * punished.sum(), among=punished)
    contacted |= ~punished & (rng.random(len(i)) < 0.6)
    stays = punished & (s.close[i] > missed + 122)
    soon = punished & ~stays & (rng.random(len(i)) < 0.7)
    reach = rates["effectuated"] * (stays | soon).sum() - soon.sum()
    soon |= pick(s.score(rng, i, missed), reach, among=stays)
    effect = decided + np.where(soon, rng.integers(5, 40, len(i)), rng.integers(110, 160, len(i)))
    effect = np.where(punished & (soon | (rng.random(len(i)) < 0.5)), effect, NEVER)
    before = np.maximum(delay - rng.integers(1, 6, len(i)), 0)
    frame = table(
        s,
        rng,
        i,
        missed,
        {
            "missed_on": missed,
            "missed": named(["samtale", "tilbud", "jobsoegning"], origin),
            "offer_id": pl.select(pl.when(pl.Series(from_offer)).then(given.number.gather(place))).to_series(),
            "cause_documented": known(~undocumented, ~(undocumented & (rng.random(len(i)) < 0.3))),
            "reasonable_cause": known(excused, ~blank_cause),
            "contacted_on": np.where(contacted, missed + before // 2, NEVER),
            "heard_on": np.where(judged & (heard | ~punished), missed + before, NEVER),
            "decided_on": decided,
            "sanction": named(
                ["ingen", "fradrag", "punkt", "nedsaettelse", "skaerpet"],
                np.where(~judged, -1, np.where(~punished, 0, np.where(severe, 4, kind))),
            ),
            "effectuated_on": effect,
        },
    )
    return numbered(frame, "no_show_id", "U")


def _undocumented(s: Spells, rng: np.random.Generator, rates: Rates, i: Days, missed: Days, from_offer: Mask) -> Mask:
    """Which no-shows from offers lack documentation: about half of them, in the picked cases only.

    The share is of cases with a no-show from an offer in the last 12 months, at each month end.
    """
    without = from_offer & (rng.random(len(i)) < 0.55)
    base = s.months_of(i[from_offer], missed[from_offer], missed[from_offer] + 365).sum()
    weight = s.months_of(i[without], missed[without], missed[without] + 365)
    score = rng.normal(size=len(s)) - s.quality
    return without & pick(score, rates["undocumented"] * base, among=weight > 0, weight=weight)[i]


def _sanctioned(
    s: Spells, rng: np.random.Generator, rates: Rates, i: Days, missed: Days, delay: Days, undocumented: Mask
) -> Mask:
    """Which of the undocumented no-shows were sanctioned; the share is of their cases, at each month end."""
    base = s.months_of(i[undocumented], missed[undocumented], missed[undocumented] + 365).sum()
    acted = undocumented & (rng.random(len(i)) < 0.75)
    weight = s.months_of(i[acted], (missed + delay)[acted], missed[acted] + 365)
    reach = rates["sanctioned_of_undocumented"] * base
    return acted & pick(s.score(rng, np.arange(len(s))), reach, among=weight > 0, weight=weight)[i]


def assignments(
    s: Spells, rng: np.random.Generator, rates: Rates, joined: Coordination, group: TargetGroup, given: Offers
) -> pl.DataFrame:
    """Who had which role when: one caseworker after another, coordinators, mentors, youth guides."""
    coordinated = np.flatnonzero(joined.person)
    young = np.flatnonzero((s.enquiry - s.born < 25 * 365) & (rng.random(len(s)) < 0.25))
    mentored = given.kind == MENTOR
    i = given.case[mentored]
    unregistered = np.setdiff1d(np.flatnonzero((s.category == ACTIVITY) & (rng.random(len(s)) < 0.3)), i)
    helped = np.concatenate([i, unregistered])
    mentor_from = np.concatenate([given.start[mentored], s.enquiry[unregistered] + 45])
    mentor_until = np.concatenate([given.until[mentored], s.close[unregistered]])
    guided = np.flatnonzero((group.status == 0) | (group.status == 3))
    guide_from = np.minimum(group.start[guided] + 20, s.today - 15)
    guide_until = np.where(group.status[guided] == 3, np.minimum(group.until[guided], s.today - 11), NEVER)
    people = pl.concat(
        [
            _caseworkers(s, rng, rates),
            _role("kontaktperson", young, _colleague(s, rng, young), s.enquiry[young] + 10, s.close[young]),
            _role(
                "koordinerende_sagsbehandler",
                coordinated,
                _colleague(s, rng, coordinated),
                joined.start[coordinated],
                s.close[coordinated],
            ),
            _role("mentor", helped, _mentor_initials(helped, max(6, len(s) // 60)), mentor_from, mentor_until),
            _role(
                "ungeguide",
                group.case[guided],
                group.guide.gather(guided),
                guide_from,
                np.maximum(guide_until, guide_from),
            ),
        ]
    )
    i, start = people["_i"].to_numpy(), people["from_on"].to_numpy()
    inside = (start < s.close[i]) | (people["role"] == "ungeguide").to_numpy()
    on = np.where(inside, start, NEVER)
    frame = table(s, rng, i, on, people.drop("_i").to_dict(), prompt=True)
    return frame.unique(["case_id", "role", "initials", "from_on"], keep="first", maintain_order=True)


def _role(role: str, i: Days, initials: pl.Series, start: Days, until: Days) -> pl.DataFrame:
    columns = {"_i": i, "initials": initials, "from_on": start, "until": until}
    return pl.DataFrame(columns).with_columns(role=pl.lit(role))


def _mentor_initials(i: Days, count: int) -> pl.Series:
    return pl.select(pl.format("M{}", pl.Series(i % count + 1))).to_series()


def _colleague(s: Spells, rng: np.random.Generator, i: Days) -> pl.Series:
    """Somebody else of the same team."""
    place = s.worker[i] % s.team_size
    step = rng.integers(1, s.team_size, len(i))
    return s.workers.gather(s.worker[i] - place + (place + step) % s.team_size)


def _caseworkers(s: Spells, rng: np.random.Generator, rates: Rates) -> pl.DataFrame:
    length = np.maximum(s.close - s.enquiry, 1)
    changes = rng.poisson(1.1 * length / 365)
    i = np.repeat(np.arange(len(s)), changes)
    on = workday(s.enquiry[i] + 1 + (rng.random(len(i)) * length[i]).astype(np.int64), "forward")
    on = np.minimum(on, s.close[i] - 1)
    year_old = s.enquiry + 365
    unsteady = s.months_of(i, np.maximum(on, year_old[i]), np.minimum(on + 364, s.close[i]))
    total = s.months(year_old, s.close).sum()
    fluid = pick(-s.score(rng, np.arange(len(s))), (1 - rates["fixed_contact"]) * total, weight=unsteady)
    keep = fluid[i] & (on > s.enquiry[i])
    i, on = i[keep], on[keep]
    case, begin = np.concatenate([np.arange(len(s)), i]), np.concatenate([s.enquiry, on])
    _, unique = np.unique(case * NEVER + begin, return_index=True)
    case, begin = case[unique], begin[unique]
    following = np.where(np.append(case[1:] == case[:-1], False), np.append(begin[1:], NEVER), NEVER)
    until = np.where(following < NEVER, following - 1, s.close[case])
    # Counted back from the last, who is the one named in the case itself.
    last = np.searchsorted(case, case, side="right") - 1
    team = s.worker[case] // s.team_size * s.team_size
    who = team + (s.worker[case] - team + (last - np.arange(len(case)))) % s.team_size
    return _role("sagsbehandler", case, s.workers.gather(who), begin, until)
