"""A synthetic municipality, written as deliveries in the contract's format and imported like any other.

Several monthly full extracts are written, each with what had been registered by its day: rows that were
registered late come later, some are corrected or withdrawn, and one or two per cent have a fault of the kind
that real registers have. Nothing in it is about a real person.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import sqlalchemy as sa

from data_access import (
    demo_decisions,
    demo_events,
    demo_groups,
    demo_handlings,
    demo_orders,
    demo_rounds,
    demo_support,
    demo_views,
    rounds,
)
from data_access.annotations import add_event, set_target
from data_access.database import writing
from data_access.demo_spells import SIZES, VACANT, Mask, Size, Spells, draw_spells
from data_access.importing import Progress, Report, import_delivery
from data_access.models import DELIVERED, Case, Row, sources
from data_access.reading import DEMO_MARK
from data_access.tables import Scope

Tables = Mapping[str, pl.DataFrame]

NOTICE = """Demodata

Denne leverance er opdigtet af Ungeoverblik. Ingen personer, sager eller hændelser i den er virkelige.
CPR-numrene har 60 lagt til dagen, så de ikke kan tilhøre nogen.
"""

NATIONAL: Mapping[str, float] = {
    "first_interview": 0.92,
    "test_need_assessed": 0.88,
    "literacy_test": 0.29,
    "test_exemption_documented": 0.12,
    "course_offered": 0.75,
    "guidance_225": 0.61,
    "guidance_coordinator": 0.14,
    "final_visitation": 0.94,
    "perspective": 0.84,
    "reasoned": 0.91,
    "ap_own_word": 0.88,
    "coordination": 0.82,
    "coordinator_assigned": 0.36,
    "order_at_first": 0.79,
    "order_followed_up": 0.53,
    "order_fulfilled": 0.74,
    "long_deadline": 0.83,
    "education_focus": 0.71,
    "resources": 0.76,
    "duty_assessed": 0.45,
    "handed_over": 0.18,
    "support_guidance": 0.52,
    "dropout_contact": 0.63,
    "break_assessed": 0.48,
    "undocumented": 0.30,
    "sanctioned_of_undocumented": 0.66,
    "decided": 0.72,
    "heard": 0.86,
    "ap_contacted": 0.74,
    "effectuated": 0.88,
    "mentor": 0.46,
    "health_parallel": 0.54,
    "social_parallel": 0.24,
    "fixed_contact": 0.59,
    "first_offer": 0.50,
    "job_discussed": 0.82,
    "offer_assessed": 0.76,
    "offer_purpose": 0.69,
    "plan_agreements": 0.87,
    "plan_goal": 0.52,
    "registered_jobseeker": 0.60,
    "joblog": 0.37,
    "cv_available": 0.19,
}
"""Target rates by measure: the national audit's figures, plausible ones where the audit has none."""

REBILD: Mapping[str, float] = {
    **NATIONAL,
    "first_interview": 0.95,
    "test_need_assessed": 0.94,
    "literacy_test": 0.78,
    "test_exemption_documented": 0.45,
    "course_offered": 0.92,
    "guidance_225": 0.93,
    "guidance_coordinator": 0.48,
    "final_visitation": 0.93,
    "perspective": 0.92,
    "reasoned": 0.96,
    "order_at_first": 0.93,
    "order_followed_up": 0.86,
    "education_focus": 0.84,
    "duty_assessed": 0.50,
    "undocumented": 0.22,
    "mentor": 0.54,
    "health_parallel": 0.66,
    "offer_assessed": 0.86,
    "offer_purpose": 0.86,
    "plan_agreements": 0.95,
    "job_discussed": 0.70,
}
"""Near Rebild's own audit, with enough deviations left to look at."""

PROFILES: Mapping[str, tuple[Mapping[str, float], tuple[float, float, float]]] = {
    "national": (NATIONAL, (0.14, 0.52, 0.34)),
    "rebild": (REBILD, (0.05, 0.58, 0.37)),
}
"""Profile -> target rates, and the shares of the three categories at the first visitation."""

Fault = tuple[str, str, pl.Expr, float]
_NOTHING = pl.lit(None)
FAULTS: tuple[Fault, ...] = (
    ("interviews", "held_on", _NOTHING, 0.002),
    ("interviews", "form", pl.lit("skype"), 0.001),
    ("visitations", "category", pl.lit("jobparat"), 0.002),
    ("visitations", "visited_on", _NOTHING, 0.001),
    ("offers", "until", pl.col("start_on") - pl.duration(days=9), 0.003),
    ("offers", "kind", pl.lit("hold 7"), 0.001),
    ("education_orders", "step", pl.lit("4"), 0.002),
    ("no_shows", "missed", pl.lit("andet"), 0.002),
    ("plans", "until", pl.col("made_on") - pl.duration(days=30), 0.003),
    ("benefits", "kind", pl.lit("su"), 0.001),
    ("transitions", "study_start_due", _NOTHING, 0.003),
    ("literacy_tests", "exemption", pl.lit("ferie"), 0.002),
    ("measurements", "value", _NOTHING, 0.002),
    # Blanks that are taken in, and make a figure say "mangler data".
    ("cases", "has_youth_education", _NOTHING, 0.012),
    ("visitations", "perspective", _NOTHING, 0.02),
    ("visitations", "reasoned", _NOTHING, 0.01),
    ("visitations", "grounds", _NOTHING, 0.01),
    ("interviews", "order_followed_up", _NOTHING, 0.012),
    ("interviews", "education_focus", _NOTHING, 0.003),
    ("interviews", "resources_discussed", _NOTHING, 0.003),
    ("literacy_tests", "needed", _NOTHING, 0.01),
    ("literacy_tests", "exempted_on", _NOTHING, 0.01),
    ("education_orders", "fulfilment_due", _NOTHING, 0.01),
    ("offers", "individually_assessed", _NOTHING, 0.01),
    ("offers", "purpose_stated", _NOTHING, 0.01),
    ("no_shows", "decided_on", _NOTHING, 0.01),
    ("plans", "has_agreements", _NOTHING, 0.01),
    ("transitions", "ordered", _NOTHING, 0.01),
)
"""Table, column, what stands there instead, share of the rows."""

PLANNED = {("cases", "first_enquiry_on"), ("offers", "start_on"), ("offers", "until"), ("meetings", "held_on")}
"""Dates that stand from the beginning; every other day is filled in after it."""
FOLLOWS: Mapping[str, Mapping[str, str]] = {
    "cases": {"closure": "closed_on"},
    "literacy_tests": {"exemption": "exempted_on", "course_needed": "completed_on"},
    "no_shows": {"sanction": "decided_on"},
    "transitions": {"break_reasonable": "broken_off_on"},
    "meetings": {"coordinator_named": "_held_on", "guide_named": "_held_on", "perspective": "_held_on"},
}
"""Table -> column that is filled in together with a date."""
TARGETS: Mapping[str, float] = {"first_interview": 0.95, "literacy_test": 0.8, "final_visitation": 0.95}
"""What the demo municipality has decided, by measure."""
AUTHOR = Scope("demo", ("coordinator",), None)
"""Who has written the demo's targets and events."""


class DemoRefused(Exception):
    """The demo cannot be made here; the message is Danish and says what to do."""


def make_demo(
    engine: sa.Engine,
    folder: Path,
    *,
    size: str = "rebild",
    seed: int = 1,
    today: dt.date | None = None,
    progress: Progress | None = None,
) -> list[Report]:
    """Write the demo's deliveries into `folder` and import them in turn; then its targets, events, survey and costs.

    Raises:
        DemoRefused: the database holds deliveries already.
    """
    with engine.connect() as connection:
        real = connection.execute(sa.text("SELECT count(*) FROM imports WHERE NOT demo")).scalar_one()
        demo = connection.execute(sa.text("SELECT count(*) FROM imports WHERE demo")).scalar_one()
    if real:
        raise DemoRefused(
            "Databasen rummer rigtige leverancer, og demodata må ikke blandes med dem. "
            "Vælg en anden database med UNGEOVERBLIK_DATABASE_URL."
        )
    if demo:
        raise DemoRefused(
            "Databasen rummer allerede en demokommune. "
            "Slet databasefilen, eller vælg en anden database med UNGEOVERBLIK_DATABASE_URL."
        )
    paths = write_deliveries(folder, size=size, seed=seed, today=today, progress=progress)
    reports = [import_delivery(engine, path, progress=progress) for path in paths]
    order = [{"name": name, "position": place} for place, name in enumerate(SIZES[size].centers, start=1)]
    with writing(engine) as connection:
        connection.execute(sa.text("UPDATE centers SET position = :position WHERE name = :name"), order)
    annotate(engine, reports[-1].extract_date)
    for path, kind in demo_rounds.write(folder, SIZES[size], reports[-1].extract_date):
        rounds.take_in(engine, AUTHOR, path, kind)
    return reports


def annotate(engine: sa.Engine, view_date: dt.date) -> None:
    """Write what the demo's leaders would have written by the view date, from targets to shared views."""
    since = dt.date(view_date.year - 2, 1, 1)
    for measure, rate in TARGETS.items():
        set_target(engine, AUTHOR, measure=measure, valid_from=since, rate=rate, note="Besluttet med budgettet")
    add_event(
        engine,
        AUTHOR,
        on=_months_before(view_date, 14),
        kind="organisation",
        title="Ungeindsatsen samlet i én afdeling",
        reason="To teams blev lagt sammen, og alle unge fik ny sagsbehandler.",
    )
    add_event(
        engine,
        AUTHOR,
        on=view_date - dt.timedelta(days=VACANT[0]),
        kind="vacancy",
        title="Afdelingslederen rejste",
        reason="Stillingen var ledig i tre måneder.",
    )
    add_event(engine, AUTHOR, on=dt.date(2026, 7, 1), kind="law", title="Nye regler om samtaler")
    demo_handlings.say(engine, AUTHOR, view_date)
    demo_decisions.say(engine, AUTHOR, view_date)
    demo_views.share(engine, AUTHOR)


def _months_before(day: dt.date, months: int) -> dt.date:
    """The first day of the month so many months earlier."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return dt.date(year, month + 1, 1)


def write_deliveries(
    folder: Path,
    *,
    size: str = "rebild",
    seed: int = 1,
    today: dt.date | None = None,
    cases: int | None = None,
    profile: str | None = None,
    deliveries: int = 6,
    progress: Progress | None = None,
) -> list[Path]:
    """Write a municipality as delivery folders: one for each of the last month ends, and one for today.

    The same (size, seed, today) gives the same bytes. `cases` overrides the size's number of cases; `profile`
    is "national" or "rebild" (default: the size's own).

    Returns the folders, oldest first.
    """
    today = today or dt.datetime.now(ZoneInfo("Europe/Copenhagen")).date()
    truth = municipality(size=size, seed=seed, today=today, cases=cases, profile=profile)
    days = [*_month_ends(today, deliveries), today]
    paths = []
    for done, known_on in enumerate(days):
        path = folder / f"leverance-{known_on.isoformat()}"
        path.mkdir(parents=True, exist_ok=True)
        (path / DEMO_MARK).write_text(NOTICE, encoding="utf-8")
        for model in DELIVERED:
            _write(extract(truth[str(model.__tablename__)], model, known_on), path / f"{model.extract}.csv")
        paths.append(path)
        if progress:
            progress(done + 1, len(days), "Skriver demoleverancer")
    return paths


def municipality(
    *, size: str, seed: int, today: dt.date, cases: int | None = None, profile: str | None = None
) -> Tables:
    """Every table as the whole truth up to today, in the columns of `models` with what `extract` needs beside."""
    town = SIZES[size]
    if cases is not None:
        part = cases / town.cases
        town = replace(
            town, cases=cases, target_group=round(town.target_group * part), guides=max(1, round(town.guides * part))
        )
    rates, categories = PROFILES[profile or ("rebild" if size == "rebild" else "national")]
    rng = np.random.default_rng([seed, today.toordinal()])
    s = draw_spells(rng, town, categories, today)
    return _with_faults(_with_ghosts(_tables(s, rng, rates, town), rng, today), rng)


def _tables(s: Spells, rng: np.random.Generator, rates: Mapping[str, float], town: Size) -> dict[str, pl.DataFrame]:
    screen = demo_events.screening(s, rng, rates)
    cases, center_periods = demo_events.cases(s, rng)
    first = demo_orders.first_orders(s, rng, rates, screen)
    transitions = demo_orders.transitions(s, rng, rates)
    given = demo_support.offers(s, rng, rates)
    group = demo_groups.target_group(s, rng, town)
    intervention = rng.random(len(group.case)) < 0.4
    joined = demo_groups.coordination(s, rng, rates, screen)
    meetings, agreements = demo_groups.meetings(s, rng, joined, group)
    return {
        "cases": cases,
        "center_periods": center_periods,
        "visitations": demo_events.visitations(s, rng, rates, screen),
        "interviews": demo_events.interviews(s, rng, rates, screen, first.issued),
        "guidance": demo_events.guidance(s, rng, rates, screen, transitions),
        "literacy_tests": demo_events.tests(s, rng, rates),
        "education_orders": demo_orders.orders(s, rng, rates, first, transitions),
        "offers": given.frame,
        "no_shows": demo_support.no_shows(s, rng, rates, given),
        "plans": demo_orders.plans(s, rng, rates, screen, first, group.planned),
        "job_search": demo_orders.job_search(s, rng, rates, screen),
        "transitions": transitions,
        "assignments": demo_support.assignments(s, rng, rates, joined, group, given),
        "guide_statuses": demo_groups.guide_statuses(s, rng, group),
        "meetings": meetings,
        "agreements": agreements,
        "measurements": demo_groups.measurements(s, rng, group, intervention),
        "groups": demo_groups.groups(s, rng, group, intervention),
        "benefits": demo_groups.benefits(s, rng),
    }


def _month_ends(today: dt.date, count: int) -> list[dt.date]:
    first = today.replace(day=1)
    ends = []
    for _ in range(count):
        first = (first - dt.timedelta(days=1)).replace(day=1)
        ends.append((first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1))
    return sorted(ends)


def extract(frame: pl.DataFrame, model: type[Row], known_on: dt.date) -> pl.DataFrame:
    """What the source had of a table on a day, in the contract's columns.

    A row is there from its `_registered` day until its `_gone`; a date is filled in `_lag` days after it; a column
    with `_was_x` had that value until `_since_x`.
    """
    table = str(model.__tablename__)
    happened = [
        name
        for name in frame.columns
        if (name.endswith("_on") or name == "until")
        and not name.startswith(("_was_", "_since_"))
        and (table, name) not in PLANNED
    ]
    earlier = [name.removeprefix("_was_") for name in frame.columns if name.startswith("_was_")]
    unseen = {name: pl.col(name) + pl.duration(days=pl.col("_lag")) > known_on for name in happened}
    follows = {name: unseen[date] for name, date in FOLLOWS.get(table, {}).items()}
    return (
        frame.filter(pl.col("_registered") <= known_on)
        .filter(pl.col("_gone").is_null() | (pl.col("_gone") > known_on) if "_gone" in frame.columns else True)
        .with_columns(
            pl.when(pl.col(f"_since_{name}") > known_on).then(f"_was_{name}").otherwise(name).alias(name)
            for name in earlier
        )
        .with_columns(
            pl.when(hidden).then(None).otherwise(name).alias(name) for name, hidden in (unseen | follows).items()
        )
        .with_columns(registered_on="_registered")
        .select(_contract(model, frame.columns))
    )


def _contract(model: type[Row], columns: list[str]) -> list[pl.Expr]:
    registered, *rest = sources(model).items()
    person = [pl.col("cpr")] if model is Case else []
    known = [
        pl.col(name).alias(source.name) for name, source in (*rest, registered) if name in {*columns, registered[0]}
    ]
    return [*person, *known]


def _write(frame: pl.DataFrame, path: Path) -> None:
    flags = [name for name, dtype in frame.schema.items() if dtype == pl.Boolean]
    frame.with_columns(
        pl.when(pl.col(name)).then(pl.lit("ja")).when(~pl.col(name)).then(pl.lit("nej")).alias(name) for name in flags
    ).write_csv(path, separator=";", date_format="%d-%m-%Y", decimal_comma=True, line_terminator="\r\n")


def _with_ghosts(tables: Tables, rng: np.random.Generator, today: dt.date) -> dict[str, pl.DataFrame]:
    """Some rows of the last half year were registered by mistake, and withdrawn within three months."""
    result = dict(tables)
    for name in ("interviews", "no_shows", "measurements", "guidance"):
        frame = tables[name]
        recent = (frame["_registered"] > today - dt.timedelta(days=200)).to_numpy()
        drawn = recent & (rng.random(len(frame)) < 0.03)
        if not drawn.any():
            drawn[np.flatnonzero(recent)[:1]] = True
        result[name] = frame.with_columns(_days=rng.integers(20, 90, len(frame))).with_columns(
            _gone=pl.when(pl.Series(drawn)).then(pl.col("_registered") + pl.duration(days="_days"))
        )
    return result


def _with_faults(tables: Tables, rng: np.random.Generator) -> Tables:
    """Plant the faults of real registers: missing dates, stop before start, unknown codes, doubles, a short CPR."""
    result = dict(tables)
    for name, column, fault, share in FAULTS:
        frame = result[name]
        hit = _few(rng, len(frame), share)
        result[name] = frame.with_columns(pl.when(pl.Series(hit)).then(fault).otherwise(column).alias(column))
    for name in ("interviews", "offers", "guidance", "benefits", "plans"):
        frame = result[name]
        result[name] = pl.concat([frame, frame.filter(pl.Series(_few(rng, len(frame), 0.002)))])
    # Only numbers that cannot be read as another day when a zero is put in front: the month would be 30 or more.
    cases = result["cases"]
    old = (cases["closed_on"].dt.year() < 2020).fill_null(False) & cases["cpr"].str.slice(1, 1).is_in(list("3456789"))
    short = np.zeros(len(cases), bool)
    short[rng.permutation(np.flatnonzero(old.to_numpy()))[: max(1, round(len(cases) * 0.001))]] = True
    result["cases"] = cases.with_columns(
        cpr=pl.when(pl.Series(short)).then(pl.col("cpr").str.slice(0, 9)).otherwise("cpr")
    )
    return result


def _few(rng: np.random.Generator, count: int, share: float) -> Mask:
    hit = np.zeros(count, bool)
    hit[rng.permutation(count)[: max(1, round(count * share))]] = True
    return hit
