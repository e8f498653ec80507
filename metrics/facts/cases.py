"""One row a case, and one row for each thing that happened in it: visitation, no-show, order, transition."""

import datetime as dt

import polars as pl

from metrics import limits
from metrics.facts.seen import ACTIVITY_READY, BEGUN, Seen, as_of, categories, in_order_of_registration, of_case

JOB_ORIENTED_FROM = dt.date(2022, 4, 1)
"""From this day a jobplan can take the place of an education order (LAB § 30 a)."""


def cases(seen: Seen) -> pl.DataFrame:
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
        .agg(
            first_interview_on=pl.col("held_on").min(),
            fourth_interview_on=pl.col("held_on").sort().get(3, null_on_oob=True),
        )
    )
    offers = (
        seen["offers"]
        .join(cases.select("case_id", "first_enquiry_on"), on="case_id")
        .filter(pl.col("start_on") >= pl.col("first_enquiry_on"))
        .group_by("case_id")
        .agg(first_offer_on=pl.col("start_on").min())
    )
    available = (
        seen["job_search"]
        .filter(pl.col("kind") == "cv_tilgaengeligt")
        .group_by("case_id")
        .agg(cv_available_on=pl.col("registered_at_jobnet_on").min())
    )

    def guided(topic: str, name: str) -> pl.DataFrame:
        return guidance.filter(pl.col("topic") == topic).group_by("case_id").agg(pl.col("guided_on").min().alias(name))

    def visited(rows: pl.DataFrame, prefix: str) -> pl.DataFrame:
        return _first(rows, "visited_on", **{f"{prefix}_visited_on": "visited_on", f"{prefix}_category": "category"})

    facts = cases.with_columns(unit_id=pl.col("case_id"))
    for part in (
        interviews,
        offers,
        available,
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


def visitations(seen: Seen, held: pl.DataFrame) -> pl.DataFrame:
    rows = seen["visitations"].join(held, on="case_id")
    return rows.with_columns(
        unit_id=pl.format("{}|{}|{}", "case_id", pl.col("visited_on").cast(pl.String), "step"),
        # alone on the youth's own word: no other ground is given
        other_grounds=pl.col("grounds").str.split("+").list.eval(pl.element() != "egen_oplysning").list.any(),
    )


def no_shows(seen: Seen, held: pl.DataFrame) -> pl.DataFrame:
    rows = of_case(seen["no_shows"], "no_show_id", held)
    return as_of(
        rows, categories(seen["visitations"]), by="case_id", left_on="decided_on", right_on="visited_on"
    ).with_columns(
        # blank where it is not known whether there was a sanction
        sanctioned=pl.col("decided_on").is_not_null() & (pl.col("sanction") != "ingen"),
        decision_undated=pl.col("decided_on").is_null() & pl.col("sanction").is_not_null(),
    )


def no_show_cases(seen: Seen, held: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Case × stock day for cases with a no-show from an offer in the twelve months to the day."""
    decided_by_then = pl.col("decided_on") <= pl.col("day")
    sanction = pl.col("sanction") != "ingen"
    return (
        seen["no_shows"]
        .filter(pl.col("missed") == "tilbud")
        .join(held.select("case_id", "first_enquiry_on"), on="case_id")
        .join(days, how="cross")
        .filter(
            BEGUN & (pl.col("missed_on") <= pl.col("day")) & (pl.col("missed_on") > pl.col("day").dt.offset_by("-12mo"))
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


def _first(frame: pl.DataFrame, on: str, **columns: str) -> pl.DataFrame:
    """One row a case: the earliest by `on`; `columns` = new name -> old name."""
    return (
        frame.sort(in_order_of_registration(on))
        .unique("case_id", keep="first", maintain_order=True)
        .select("case_id", **columns)
    )
