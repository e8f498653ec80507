"""Meetings across fields, their agreements, the joint plans of the target group, and who should come to a K-møde."""

import datetime as dt
from collections.abc import Iterator

import polars as pl

from metrics.facts.seen import ON_DAY, Seen, Tables, as_of, in_order_of_registration, latest_by_day, of_case, present
from metrics.facts.youths import memberships, open_centers, unbroken

ACROSS = ("k_moede", "ungekonference")
"""The meetings that a youth should come to: the youth conference became the K-møde."""
BENEFITS = ("uddannelseshjaelp", "kontanthjaelp")
CANDIDATES = ("rule", "unit_id", "case_id", "since", "planned_on", "fields")


def frames(
    tables: Tables, seen: Seen, every: pl.DataFrame, held: pl.DataFrame, days: pl.DataFrame, view_date: dt.date
) -> dict[str, pl.DataFrame]:
    """The frames of the theme, from meetings to candidates."""
    met = meetings(seen, held)
    return {
        "meetings": met,
        "case_meetings": met.drop_nulls("held_on").with_columns(unit_id="case_id"),
        "agreements": agreements(seen, met),
        "joint_plans": joint_plans(seen, every, days),
        "memberships": memberships(seen, every, view_date),
        "candidates": candidates(tables, seen, every, view_date),
    }


def meetings(seen: Seen, held: pl.DataFrame) -> pl.DataFrame:
    """One row a meeting. `guide_not_wanted`: by the youth's newest guide status on the day of the meeting."""
    statuses = latest_by_day(
        seen["guide_statuses"].join(held.select("case_id", "person"), on="case_id"), "person", "status_on"
    ).select("person", "status_on", "status")
    rows = of_case(seen["meetings"], "meeting_id", held)
    return as_of(rows, statuses, by="person", left_on="held_on", right_on="status_on").with_columns(
        guide_not_wanted=pl.col("status").is_in(["takket_nej", "ikke_relevant"]).fill_null(False)
    )


def agreements(seen: Seen, met: pl.DataFrame) -> pl.DataFrame:
    """One row an agreement of a meeting that has been held."""
    meeting = met.drop_nulls("held_on").select("meeting_id", "case_id", "kind", "held_on", "closed_on")
    return (
        seen["agreements"]
        .join(meeting, on="meeting_id")
        .select(
            "case_id",
            "meeting_id",
            "kind",
            "held_on",
            "responsible_center",
            "closed_on",
            unit_id="agreement_id",
            due="agreed_due",
            done="done_on",
        )
    )


def joint_plans(seen: Seen, cases: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Plan × stock day for the live joint plans of open cases."""
    open_now = present(days, cases.select("case_id", "first_enquiry_on", "unit_closed_on"))
    assured = pl.col("quality_assured_on")
    return (
        seen["plans"]
        .filter(kind="faelles_plan")
        .with_columns(from_on="made_on")
        .join(open_now, on="case_id")
        .filter(ON_DAY)
        .with_columns(
            unit_id="plan_id",
            assured=((assured > pl.col("year_before")) & (assured <= pl.col("day"))).fill_null(False),
        )
    )


def candidates(tables: Tables, seen: Seen, cases: pl.DataFrame, view_date: dt.date) -> pl.DataFrame:
    """Open case × rule that asks for it on V: as `CANDIDATES`; `unit_id` is the youth.

    Only a meeting that is registered counts, in any of the youth's cases. `planned_on`: the first day after V that
    the youth has a meeting on, so that nobody is proposed twice. `fields`: how many are known to be concerned.
    """
    day = pl.DataFrame({"day": [view_date]})
    people = cases.select("case_id", "person")
    open_now = present(day, cases)
    met = seen["meetings"].join(people, on="case_id").filter(pl.col("kind").is_in(ACROSS))
    newest = met.group_by("person").agg(met_on=pl.col("held_on").max())
    planned = (
        tables["meetings"]
        .filter(pl.col("kind").is_in(ACROSS) & (pl.col("held_on") > view_date))
        .select(pl.col("case_id").cast(people.schema["case_id"], strict=False), "held_on")
        .collect()
        .join(people, on="case_id")
        .group_by("person")
        .agg(planned_on=pl.col("held_on").min())
    )
    open_now = open_now.join(newest, on="person", how="left").join(planned, on="person", how="left")
    fields = _fields(seen, cases, day)
    return (
        pl.concat(_asked_for(seen, open_now, met, people))
        .join(fields, on="person", how="left")
        .select(*CANDIDATES)
        .sort("rule", "since", "case_id")
    )


def _asked_for(seen: Seen, open_now: pl.DataFrame, met: pl.DataFrame, people: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """One frame a rule, K1 to K6: `open_now` with `met_on`, those that the rule asks for, with `since` when."""

    def asked(rule: str, rows: pl.DataFrame, since: pl.Expr, wanted: pl.Expr) -> pl.DataFrame:
        return (
            rows.with_columns(since=since)
            .filter(wanted)
            .select("person", "case_id", "planned_on", "since", rule=pl.lit(rule), unit_id="person")
        )

    day, born = pl.col("day"), pl.col("born_on")
    not_met = (pl.col("met_on") < pl.col("since")).fill_null(True)
    yield asked("K1", open_now, _anniversary("first_enquiry_on", "day"), not_met & pl.col("since").is_not_null())
    may_need_stu = pl.col("special_class") & ~pl.col("stu").fill_null(False)
    yield asked("K2", open_now, pl.col("first_enquiry_on"), not_met & may_need_stu)
    almost_18 = (pl.col("since") <= day) & (day < born.dt.offset_by("18y"))
    yield asked("K3", open_now, born.dt.offset_by("210mo"), not_met & pl.col("social_case") & almost_18)
    live = (
        seen["plans"]
        .join(people, on="case_id")
        .join(open_now.select("person", "day").unique(), on="person")
        .with_columns(from_on="made_on")
        .filter(ON_DAY)["person"]
    )
    about_16 = (pl.col("since") <= day) & (day < born.dt.offset_by("198mo"))
    yield asked(
        "K4", open_now, born.dt.offset_by("186mo"), not_met & about_16 & ~pl.col("person").is_in(live.implode())
    )
    benefits = seen["benefits"].filter(pl.col("kind").is_in(BENEFITS)).join(people, on="case_id")
    supported = open_now.join(unbroken(benefits, "person"), on="person").filter(
        ON_DAY & (pl.col("from_on") <= pl.col("year_before"))
    )
    no_meeting_in_year = (pl.col("met_on") <= pl.col("year_before")).fill_null(True)
    yield asked("K5", supported, pl.col("from_on").dt.offset_by("12mo"), no_meeting_in_year)
    waits = (
        met.filter(pl.col("held_on").is_null())
        .drop_nulls("proposed_on")
        .group_by("case_id")
        .agg(proposed_on=pl.col("proposed_on").min())
    )
    yield asked("K6", open_now.join(waits, on="case_id"), pl.col("proposed_on"), pl.lit(True))


def _anniversary(of: str, on: str) -> pl.Expr:
    """The newest yearly day of `of` no later than `on`; null before the first."""
    years = pl.col(on).dt.year() - pl.col(of).dt.year()
    this_year, last_year = (pl.col(of).dt.offset_by(pl.format("{}y", years - less)) for less in (0, 1))
    newest = pl.when(this_year <= pl.col(on)).then(this_year).otherwise(last_year)
    return pl.when(newest > pl.col(of)).then(newest)


def _fields(seen: Seen, cases: pl.DataFrame, day: pl.DataFrame) -> pl.DataFrame:
    """person, fields: the most that the open cases, or the newest meeting, show to be concerned."""
    dated = pl.max_horizontal("held_on", "proposed_on")
    named = (
        seen["meetings"]
        .join(cases.select("case_id", "person"), on="case_id")
        .with_columns(on=dated)
        .drop_nulls("on")
        .sort(in_order_of_registration("on"))
        .unique("person", keep="last", maintain_order=True)
        .select("person", named=pl.col("fields").str.split("+").list.n_unique())
    )
    social = (
        present(day, cases)
        .group_by("person")
        .agg(social=1 + pl.col("social_case").fill_null(False).any().cast(pl.Int64))
    )
    return (
        open_centers(seen, cases, day)
        .join(named, on="person", how="left")
        .join(social, on="person", how="left")
        .select("person", fields=pl.max_horizontal("centers", "named", "social").cast(pl.Int64))
    )
