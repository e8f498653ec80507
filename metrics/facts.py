"""From tables to facts: one row per thing that is judged, with what had happened to it by the view date.

Every frame carries `unit_id` and `case_id`; frames whose rows are judged on a stock day also carry `day`.
A fact dated after the view date (in stock frames: after the day) is unseen. An odd rule of the catalogue is a
named column here, with its own test, never an exception further on.
"""

import datetime as dt
from collections.abc import Mapping, Sequence

import polars as pl

from metrics import limits

Tables = Mapping[str, pl.LazyFrame]
Facts = dict[str, pl.DataFrame]

HAPPENS = {
    "cases": "first_enquiry_on",
    "center_periods": "from_on",
    "visitations": "visited_on",
    "interviews": "held_on",
    "guidance": "guided_on",
    "education_orders": "issued_on",
    "no_shows": "missed_on",
    "plans": "made_on",
    "job_search": "registered_at_jobnet_on",
    "assignments": "from_on",
    "guide_statuses": "status_on",
    "measurements": "measured_on",
    "groups": "from_on",
    "benefits": "from_on",
}
"""The column that dates a whole row: after the view date the row is unseen."""

READ = (
    "visitations",
    "interviews",
    "guidance",
    "literacy_tests",
    "education_orders",
    "offers",
    "no_shows",
    "plans",
    "transitions",
    "assignments",
    "guide_statuses",
    "meetings",
    "groups",
)
"""Tables in which an absent record reads as "not done": one that is never delivered must be told of."""
DATED_BY = {"no_shows": ("sanction", "decided_on"), "literacy_tests": ("exemption", "exempted_on")}
"""A value that came on a date of its own: unseen for as long as the date is."""

EMPLOYMENT_OFFERS = ("virksomhedspraktik", "loentilskud", "opkvalificering", "nytteindsats")
ACTIVITY_READY = "aktivitetsparat"
OBVIOUSLY_READY = "aabenlyst_uddannelsesparat"
JOB_ORIENTED_FROM = dt.date(2022, 4, 1)
"""From this day a jobplan can take the place of an education order (LAB § 30 a)."""


def build(tables: Tables, view_date: dt.date, stock_days: Sequence[dt.date]) -> Facts:
    """All frames of facts as of `view_date`; the stock frames once for each of `stock_days` (none after V)."""
    seen = mask(tables, view_date)
    cases = _cases(seen)
    days = pl.DataFrame({"day": sorted({min(day, view_date) for day in stock_days})}, schema={"day": pl.Date})
    held = cases.select("case_id", "unit_closed_on", "first_enquiry_on", "support_guided_on").rename(
        {"unit_closed_on": "closed_on"}
    )
    return {
        "cases": cases.rename({"unit_closed_on": "closed_on"}),
        "visitations": _visitations(seen, held),
        "education_orders": _of_case(seen["education_orders"], "order_id", held),
        "transitions": _of_case(seen["transitions"], "transition_id", held).with_columns(
            transition_trigger_on=pl.coalesce("admitted_on", "study_start_due")
        ),
        "no_shows": _no_shows(seen, held),
        "open_cases": _open_cases(seen, cases, days),
        "no_show_cases": _no_show_cases(seen, held, days),
        "youths": _youths(seen, cases, days),
    }


def mask(tables: Tables, view_date: dt.date) -> dict[str, pl.DataFrame]:
    """The tables as they looked to somebody who knew nothing after `view_date`."""
    return {name: _mask(name, frame, view_date).collect() for name, frame in tables.items()}


def _mask(name: str, frame: pl.LazyFrame, view_date: dt.date) -> pl.LazyFrame:
    main = HAPPENS.get(name)
    if name in DATED_BY:
        value, dated = DATED_BY[name]
        later = (pl.col(dated) > view_date).fill_null(False)
        frame = frame.with_columns(pl.when(~later).then(pl.col(value)).alias(value))
    if main:
        frame = frame.filter(pl.col(main) <= view_date)
    undated = (main, "born_on", "registered_on")  # when it was registered belongs to K, not to V
    happened = [c for c in frame.collect_schema().names() if c.endswith("_on") and c not in undated]
    return frame.with_columns(
        pl.when(pl.col(column) <= view_date).then(pl.col(column)).alias(column) for column in happened
    )


def in_order_of_registration(*by: str) -> list[pl.Expr]:
    """Sort keys: by the given columns, ties by registration: the last one is "the latest"."""
    return [*(pl.col(c) for c in by), pl.col("registered_on"), pl.col("id")]


def latest_by_day(frame: pl.DataFrame, key: str, on: str) -> pl.DataFrame:
    """At most one row per key and day, the last registered, sorted by day: ready for an as-of join."""
    return frame.sort(in_order_of_registration(on), nulls_last=False).unique(
        [key, on], keep="last", maintain_order=True
    )


def as_of(left: pl.DataFrame, right: pl.DataFrame, *, by: str, left_on: str, right_on: str) -> pl.DataFrame:
    """`left` with the newest row of `right` dated no later than `left_on`. `right` sorted by `right_on`."""
    order = left.with_row_index("_row")
    joined = order.sort(left_on).join_asof(
        right, left_on=left_on, right_on=right_on, by=by, strategy="backward", check_sortedness=False
    )
    return joined.sort("_row").drop("_row")


def categories(visitations: pl.DataFrame) -> pl.DataFrame:
    """case_id, visited_on, category: the category in force from each day on, sorted by day."""
    return latest_by_day(visitations, "case_id", "visited_on").select("case_id", "visited_on", "category")


def _first(frame: pl.DataFrame, on: str, **columns: str) -> pl.DataFrame:
    """One row a case: the earliest by `on`; `columns` = new name -> old name."""
    return (
        frame.sort(in_order_of_registration(on))
        .unique("case_id", keep="first", maintain_order=True)
        .select("case_id", **columns)
    )


def _cases(seen: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """One row a case, with the first of everything the case-level rules ask for."""
    cases = seen["cases"].rename({"closed_on": "unit_closed_on", "center": "home_center"})
    visits = seen["visitations"]
    guidance = seen["guidance"]
    tests = seen["literacy_tests"].select(
        "case_id",
        "assessed_on",
        "needed",
        "completed_on",
        "exemption",
        "exempted_on",
        "course_needed",
        "course_offered_on",
        has_test_record=pl.lit(True),
    )
    interviews = (
        seen["interviews"]
        .join(cases.select("case_id", "first_enquiry_on"), on="case_id")
        .filter(pl.col("held_on") >= pl.col("first_enquiry_on"))  # earlier ones belong to something else
        .group_by("case_id")
        .agg(first_interview_on=pl.col("held_on").min())
    )

    def guided(topic: str, name: str) -> pl.DataFrame:
        return guidance.filter(pl.col("topic") == topic).group_by("case_id").agg(pl.col("guided_on").min().alias(name))

    def visited(rows: pl.DataFrame, prefix: str) -> pl.DataFrame:
        return _first(rows, "visited_on", **{f"{prefix}_visited_on": "visited_on", f"{prefix}_category": "category"})

    facts = cases.with_columns(unit_id=pl.col("case_id"))
    for part in (
        interviews,
        visited(visits.filter(pl.col("step") == "foerste"), "first"),
        visited(visits.filter(pl.col("step") == "endelig"), "final"),
        visited(visits.filter(pl.col("category") == ACTIVITY_READY), "activity_ready").drop("activity_ready_category"),
        guided("225_timer", "guided_225_on"),
        guided("koordinerende_sagsbehandler", "coordinator_guided_on"),
        guided("stoette_og_sanktion", "support_guided_on"),
        tests,
    ):
        facts = facts.join(part, on="case_id", how="left")
    facts = facts.with_columns(
        # no record at all is "not needed"; a blank in a record is not known
        needed=pl.when(pl.col("has_test_record").is_null()).then(False).otherwise(pl.col("needed")),
        # a date without a ground documents nothing
        valid_ground_on=pl.when(pl.col("exemption").is_not_null()).then(pl.col("exempted_on")),
        test_due=limits.TEST.due(pl.col("first_enquiry_on")),
    )
    first_days = facts.select("case_id", "first_interview_on").drop_nulls()
    jobplans = (
        seen["plans"]
        .filter(pl.col("kind") == "jobplan")
        .join(first_days, on="case_id")
        .filter(
            (pl.col("first_interview_on") >= JOB_ORIENTED_FROM)
            & (pl.col("made_on") <= pl.col("first_interview_on"))
            & (pl.col("until").is_null() | (pl.col("until") >= pl.col("first_interview_on")))
        )
        .select("case_id")
        .unique()
    )
    orders = (
        seen["education_orders"]
        .filter(pl.col("step") == "1")
        .join(first_days, on="case_id")
        .filter(pl.col("issued_on") == pl.col("first_interview_on"))
        .select("case_id")
        .unique()
    )
    return facts.with_columns(
        jobplan_at_first=pl.col("case_id").is_in(jobplans["case_id"].implode()),
        order_at_first=pl.col("case_id").is_in(orders["case_id"].implode()),
    )


def _of_case(frame: pl.DataFrame, unit: str, held: pl.DataFrame) -> pl.DataFrame:
    """Child rows of cases that are seen, with when the case ended."""
    return frame.join(held, on="case_id").with_columns(unit_id=pl.col(unit))


def _visitations(seen: Mapping[str, pl.DataFrame], held: pl.DataFrame) -> pl.DataFrame:
    rows = seen["visitations"].join(held, on="case_id")
    return rows.with_columns(
        unit_id=pl.format("{}|{}|{}", "case_id", pl.col("visited_on").cast(pl.String), "step"),
        # alone on the youth's own word: no other ground is given
        other_grounds=pl.col("grounds").str.split("+").list.eval(pl.element() != "egen_oplysning").list.any(),
    )


def _no_shows(seen: Mapping[str, pl.DataFrame], held: pl.DataFrame) -> pl.DataFrame:
    rows = _of_case(seen["no_shows"], "no_show_id", held)
    return as_of(
        rows, categories(seen["visitations"]), by="case_id", left_on="decided_on", right_on="visited_on"
    ).with_columns(
        # blank where it is not known whether there was a sanction
        sanctioned=pl.col("decided_on").is_not_null() & (pl.col("sanction") != "ingen"),
        decision_undated=pl.col("decided_on").is_null() & pl.col("sanction").is_not_null(),
    )


def _present(days: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    """Case × day for the cases that are open on the day."""
    return (
        cases.join(days, how="cross")
        .filter(_BEGUN & (pl.col("unit_closed_on").is_null() | (pl.col("unit_closed_on") > pl.col("day"))))
        .with_columns(year_before=pl.col("day").dt.offset_by("-12mo"))
    )


_BEGUN = pl.col("first_enquiry_on") <= pl.col("day")
_IN_YEAR = (pl.col("from_on") <= pl.col("day")) & (
    pl.col("until").is_null() | (pl.col("until") > pl.col("year_before"))
)
_ON_DAY = (pl.col("from_on") <= pl.col("day")) & (pl.col("until").is_null() | (pl.col("until") >= pl.col("day")))


def _open_cases(seen: Mapping[str, pl.DataFrame], cases: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Case × stock day, with everything that is asked about an open case on that day."""
    kept = (
        "case_id",
        "unit_id",
        "first_enquiry_on",
        "unit_closed_on",
        "needed",
        "test_due",
        "completed_on",
        "exemption",
        "exempted_on",
    )
    stock = _present(days, cases.select(kept))
    window = stock.select("case_id", "day", "year_before")
    interviews = latest_by_day(seen["interviews"], "case_id", "held_on").select(
        "case_id", "order_followed_up", "held_on", latest_interview_on=pl.col("held_on")
    )
    stock = as_of(stock, categories(seen["visitations"]), by="case_id", left_on="day", right_on="visited_on")
    stock = as_of(stock, interviews, by="case_id", left_on="day", right_on="held_on")
    for part in (
        _interviews_in_year(seen, window),
        _meetings_in_year(seen, window),
        _people(seen, window),
        _live_orders(seen, window),
        _offers(seen, window),
    ):
        stock = stock.join(part, on=["case_id", "day"], how="left")
    asked = ("coordinated", "coordinator_in_year", "coordinator_now", "mentor_assigned", "mentored")
    return stock.with_columns(
        *(pl.col(column).fill_null(False) for column in asked),
        tested=(pl.col("completed_on") <= pl.col("day")).fill_null(False),
        exempted=pl.col("exemption").is_not_null()
        & (pl.col("exempted_on").is_null() | (pl.col("exempted_on") <= pl.col("day"))),
        over_a_year=pl.col("first_enquiry_on") <= pl.col("year_before"),
    )


def _interviews_in_year(seen: Mapping[str, pl.DataFrame], window: pl.DataFrame) -> pl.DataFrame:
    return (
        window.join(
            seen["interviews"].select("case_id", "held_on", "education_focus", "resources_discussed"),
            on="case_id",
        )
        .filter((pl.col("held_on") > pl.col("year_before")) & (pl.col("held_on") <= pl.col("day")))
        .group_by("case_id", "day")
        .agg(
            interviews_in_year=pl.len(),
            education_focus=pl.col("education_focus").any(ignore_nulls=False),
            resources_discussed=pl.col("resources_discussed").any(ignore_nulls=False),
        )
    )


def _meetings_in_year(seen: Mapping[str, pl.DataFrame], window: pl.DataFrame) -> pl.DataFrame:
    return (
        window.join(
            seen["meetings"].filter(pl.col("kind").is_in(["tvaerfagligt", "k_moede"])).select("case_id", "held_on"),
            on="case_id",
        )
        .filter((pl.col("held_on") > pl.col("year_before")) & (pl.col("held_on") <= pl.col("day")))
        .group_by("case_id", "day")
        .agg(coordinated=pl.lit(True).first())
    )


def _people(seen: Mapping[str, pl.DataFrame], window: pl.DataFrame) -> pl.DataFrame:
    def in_year(role: str) -> pl.Expr:
        return ((pl.col("role") == role) & _IN_YEAR).any()

    caseworkers = pl.col("initials").filter((pl.col("role") == "sagsbehandler") & _IN_YEAR)
    return (
        window.join(seen["assignments"].select("case_id", "role", "initials", "from_on", "until"), on="case_id")
        .filter(pl.col("from_on") <= pl.col("day"))
        .group_by("case_id", "day")
        .agg(
            coordinator_in_year=in_year("koordinerende_sagsbehandler"),
            coordinator_now=((pl.col("role") == "koordinerende_sagsbehandler") & _ON_DAY).any(),
            mentor_assigned=in_year("mentor"),
            caseworkers_in_year=caseworkers.n_unique(),
        )
    )


def _live_orders(seen: Mapping[str, pl.DataFrame], window: pl.DataFrame) -> pl.DataFrame:
    return (
        window.join(seen["education_orders"].select("case_id", "until", from_on="issued_on"), on="case_id")
        .filter(_ON_DAY)
        .group_by("case_id", "day")
        .agg(live_order_on=pl.col("from_on").min())
    )


def _offers(seen: Mapping[str, pl.DataFrame], window: pl.DataFrame) -> pl.DataFrame:
    offers = (
        window.join(seen["offers"].select("case_id", "kind", "until", from_on="start_on"), on="case_id")
        .filter(pl.col("from_on") <= pl.col("day"))
        .with_columns(last=pl.col("until").fill_null(dt.date.max))
    )
    mentored = (
        offers.filter((pl.col("kind") == "mentor") & _IN_YEAR)
        .group_by("case_id", "day")
        .agg(mentored=pl.lit(True).first())
    )
    employment = offers.filter(pl.col("kind").is_in(EMPLOYMENT_OFFERS) & _IN_YEAR)
    parallel = employment.join(
        offers.filter(pl.col("kind").is_in(["helbredsmestring", "social_sundhed"])),
        on=["case_id", "day"],
        how="left",
        suffix="_beside",
    )
    overlap = (pl.col("from_on") <= pl.col("last_beside")) & (pl.col("from_on_beside") <= pl.col("last"))
    employed = parallel.group_by("case_id", "day").agg(
        health_parallel=((pl.col("kind_beside") == "helbredsmestring") & overlap).fill_null(False).any(),
        social_parallel=((pl.col("kind_beside") == "social_sundhed") & overlap).fill_null(False).any(),
    )
    return mentored.join(employed, on=["case_id", "day"], how="full", coalesce=True)


def _no_show_cases(seen: Mapping[str, pl.DataFrame], held: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Case × stock day for cases with a no-show from an offer in the twelve months to the day."""
    decided_by_then = pl.col("decided_on") <= pl.col("day")
    sanction = pl.col("sanction") != "ingen"
    return (
        seen["no_shows"]
        .filter(pl.col("missed") == "tilbud")
        .join(held.select("case_id", "first_enquiry_on"), on="case_id")
        .join(days, how="cross")
        .filter(
            _BEGUN
            & (pl.col("missed_on") <= pl.col("day"))
            & (pl.col("missed_on") > pl.col("day").dt.offset_by("-12mo"))
        )
        .with_columns(
            documented=pl.col("cause_documented").fill_null(False),
            sanctioned=pl.when(decided_by_then)
            .then(sanction)
            .when(pl.col("decided_on").is_null() & sanction.fill_null(False))
            .then(None)
            .otherwise(False),
        )
        .group_by("case_id", "day")
        .agg(
            undocumented=(~pl.col("documented")).any(),
            sanctioned=pl.col("sanctioned").any(ignore_nulls=False),
        )
        .with_columns(unit_id=pl.col("case_id"))
    )


def _youths(seen: Mapping[str, pl.DataFrame], cases: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Person × stock day for the youths in the target group on the day; two cases are still one youth."""
    people = cases.select("case_id", "person", "first_enquiry_on")
    members = (
        seen["groups"]
        .filter(pl.col("kind") == "maalgruppe")
        .join(people, on="case_id")
        .join(days, how="cross")
        .filter(_ON_DAY & _BEGUN)
        .sort("from_on", "id")
        .unique(["person", "day"], keep="last", maintain_order=True)
        .select("case_id", "person", "day", member_on="from_on")
    )
    statuses = latest_by_day(seen["guide_statuses"].join(people, on="case_id"), "person", "status_on").select(
        "person", "status_on", guide_status="status"
    )
    return as_of(members, statuses, by="person", left_on="day", right_on="status_on").with_columns(
        unit_id=pl.col("person")
    )
