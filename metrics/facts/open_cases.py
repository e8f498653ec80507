"""Case × stock day: everything that is asked about an open case on a day."""

import datetime as dt

import polars as pl

from metrics import limits
from metrics.facts.seen import (
    IN_YEAR,
    ON_DAY,
    Seen,
    as_of,
    categories,
    in_order_of_registration,
    latest_by_day,
    present,
)

EMPLOYMENT_OFFERS = ("virksomhedspraktik", "loentilskud", "opkvalificering", "nytteindsats")


def open_cases(seen: Seen, cases: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
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
        "stu",
    )
    stock = present(days, cases.select(kept))
    window = stock.select("case_id", "day", "year_before")
    interviews = latest_by_day(seen["interviews"], "case_id", "held_on").select(
        "case_id", "order_followed_up", "job_discussed", "held_on", latest_interview_on=pl.col("held_on")
    )
    offers = latest_by_day(seen["offers"].filter(pl.col("start_on").is_not_null()), "case_id", "start_on").select(
        "case_id", "individually_assessed", "purpose_stated", "start_on", latest_offer_on=pl.col("start_on")
    )
    stock = as_of(stock, categories(seen["visitations"]), by="case_id", left_on="day", right_on="visited_on")
    stock = as_of(stock, interviews, by="case_id", left_on="day", right_on="held_on")
    stock = as_of(stock, offers, by="case_id", left_on="day", right_on="start_on")
    for part in (
        _interviews_in_year(seen, window),
        _meetings_in_year(seen, window),
        _people(seen, window),
        _live_orders(seen, window),
        _live_plans(seen, window),
        _offers(seen, window),
        _job_search(seen, window),
    ):
        stock = stock.join(part, on=["case_id", "day"], how="left")
    asked = (
        "coordinated",
        "coordinator_in_year",
        "coordinator_now",
        "mentor_assigned",
        "mentored",
        "jobseeker",
        "joblog_used",
    )
    return stock.with_columns(
        *(pl.col(column).fill_null(False) for column in asked),
        tested=(pl.col("completed_on") <= pl.col("day")).fill_null(False),
        exempted=pl.col("exemption").is_not_null()
        & (pl.col("exempted_on").is_null() | (pl.col("exempted_on") <= pl.col("day"))),
        over_a_year=pl.col("first_enquiry_on") <= pl.col("year_before"),
    )


def _interviews_in_year(seen: Seen, window: pl.DataFrame) -> pl.DataFrame:
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


def _meetings_in_year(seen: Seen, window: pl.DataFrame) -> pl.DataFrame:
    return (
        window.join(
            seen["meetings"].filter(pl.col("kind").is_in(["tvaerfagligt", "k_moede"])).select("case_id", "held_on"),
            on="case_id",
        )
        .filter((pl.col("held_on") > pl.col("year_before")) & (pl.col("held_on") <= pl.col("day")))
        .group_by("case_id", "day")
        .agg(coordinated=pl.lit(True).first())
    )


def _people(seen: Seen, window: pl.DataFrame) -> pl.DataFrame:
    def in_year(role: str) -> pl.Expr:
        return ((pl.col("role") == role) & IN_YEAR).any()

    caseworkers = pl.col("initials").filter((pl.col("role") == "sagsbehandler") & IN_YEAR)
    return (
        window.join(seen["assignments"].select("case_id", "role", "initials", "from_on", "until"), on="case_id")
        .filter(pl.col("from_on") <= pl.col("day"))
        .group_by("case_id", "day")
        .agg(
            coordinator_in_year=in_year("koordinerende_sagsbehandler"),
            coordinator_now=((pl.col("role") == "koordinerende_sagsbehandler") & ON_DAY).any(),
            mentor_assigned=in_year("mentor"),
            caseworkers_in_year=caseworkers.n_unique(),
        )
    )


def _live_orders(seen: Seen, window: pl.DataFrame) -> pl.DataFrame:
    return (
        window.join(seen["education_orders"].select("case_id", "until", from_on="issued_on"), on="case_id")
        .filter(ON_DAY)
        .group_by("case_id", "day")
        .agg(live_order_on=pl.col("from_on").min())
    )


def _live_plans(seen: Seen, window: pl.DataFrame) -> pl.DataFrame:
    """The newest of the live plans that the law asks for."""
    of_plan = ("has_agreements", "has_education_goal", "holds_order", "goal_due", "goal_due_reasoned")
    plans = seen["plans"].filter(pl.col("kind").is_in(["min_plan", "jobplan"])).rename({"made_on": "from_on"})
    return (
        window.join(plans, on="case_id")
        .filter(ON_DAY)
        .sort(in_order_of_registration("from_on"))
        .unique(["case_id", "day"], keep="last", maintain_order=True)
        .select("case_id", "day", *of_plan, plan_made_on="from_on")
    )


def _job_search(seen: Seen, window: pl.DataFrame) -> pl.DataFrame:
    on = pl.col("registered_at_jobnet_on")
    lately = on > pl.col("day").dt.offset_by(f"-{limits.JOBLOG_DAYS}d")
    return (
        window.join(seen["job_search"].select("case_id", "kind", "registered_at_jobnet_on"), on="case_id")
        .filter(on <= pl.col("day"))
        .group_by("case_id", "day")
        .agg(
            jobseeker=(pl.col("kind") == "tilmeldt").any(),
            joblog_used=((pl.col("kind") == "joblog") & lately).any(),
        )
    )


def _offers(seen: Seen, window: pl.DataFrame) -> pl.DataFrame:
    offers = (
        window.join(seen["offers"].select("case_id", "kind", "until", from_on="start_on"), on="case_id")
        .filter(pl.col("from_on") <= pl.col("day"))
        .with_columns(last=pl.col("until").fill_null(dt.date.max))
    )
    mentored = (
        offers.filter((pl.col("kind") == "mentor") & IN_YEAR)
        .group_by("case_id", "day")
        .agg(mentored=pl.lit(True).first())
    )
    employment = offers.filter(pl.col("kind").is_in(EMPLOYMENT_OFFERS) & IN_YEAR)
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
