"""Person × stock day: the youths of the target group, each counted once, and how they came and went."""

import datetime as dt

import polars as pl

from metrics.facts.seen import BEGUN, ON_DAY, Seen, age, centers_on, in_order_of_registration, present


def youths(seen: Seen, cases: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Person × stock day for the youths in the target group on the day; two cases are still one youth.

    `centers`: how many centres have an open case of the youth's; `joint_plans`: live joint plans in all the cases.
    """
    people = cases.select("case_id", "person", "first_enquiry_on")
    members = members_of(seen, cases, days, "maalgruppe")
    asked = members.select("person", "day")
    statuses = (
        asked.join(seen["guide_statuses"].join(people, on="case_id"), on="person")
        .filter(BEGUN & (pl.col("status_on") <= pl.col("day")))
        .sort(in_order_of_registration("status_on"))
        .unique(["person", "day"], keep="last", maintain_order=True)
        .select("person", "day", guide_status="status")
    )
    plans = (
        asked.join(seen["plans"].filter(kind="faelles_plan").join(people, on="case_id"), on="person")
        .with_columns(from_on="made_on")
        .filter(BEGUN & ON_DAY)
        .group_by("person", "day")
        .agg(joint_plans=pl.len())
    )
    for part in (statuses, plans, open_centers(seen, cases, days)):
        members = members.join(part, on=["person", "day"], how="left")
    return members.with_columns(pl.col("joint_plans", "centers").fill_null(0))


def members_of(seen: Seen, cases: pl.DataFrame, days: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Person × stock day for the members of a group on the day: case_id (they are members in), member_on, age."""
    return (
        seen["groups"]
        .filter(kind=kind)
        .join(cases.select("case_id", "person", "first_enquiry_on", "born_on"), on="case_id")
        .join(days, how="cross")
        .filter(ON_DAY & BEGUN)
        .sort("from_on", "id")
        .unique(["person", "day"], keep="last", maintain_order=True)
        .select("case_id", "person", "day", unit_id="person", member_on="from_on", age=age("born_on", "day"))
    )


def guides(seen: Seen, cases: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Guide × case × stock day for the youth guides assigned on the day; `youths`: how many the guide has in all."""
    return (
        seen["assignments"]
        .filter(role="ungeguide")
        .join(cases.select("case_id", "person", "first_enquiry_on"), on="case_id")
        .join(days, how="cross")
        .filter(BEGUN & ON_DAY)
        .with_columns(unit_id="initials", youths=pl.col("person").n_unique().over("initials", "day"))
    )


def open_centers(seen: Seen, cases: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """person, day, centers: how many centres have an open case of the person's; nobody without one."""
    open_now = present(days, cases.select("case_id", "person", "first_enquiry_on", "unit_closed_on"))
    return (
        open_now.join(centers_on(seen, open_now), on=["case_id", "day"])
        .group_by("person", "day")
        .agg(centers=pl.col("center").n_unique())
    )


def memberships(seen: Seen, cases: pl.DataFrame, view_date: dt.date) -> pl.DataFrame:
    """Who came to the target group and who left it: person|date × event.

    Memberships of one youth that touch or overlap are one, whichever cases they are of.
    """
    periods = seen["groups"].filter(kind="maalgruppe").join(cases.select("case_id", "person"), on="case_id")
    whole = unbroken(periods, "person")
    came = whole.select("person", case_id="first_case", on="from_on", event=pl.lit("ny"))
    left = whole.filter(pl.col("until") <= view_date).select(
        "person", case_id="last_case", on="until", event=pl.lit("udgået")
    )
    return pl.concat([came, left]).with_columns(unit_id=pl.format("{}|{}", "person", pl.col("on").cast(pl.String)))


def unbroken(periods: pl.DataFrame, of: str) -> pl.DataFrame:
    """of, from_on, until, first_case, last_case: periods (`from_on`, `until`, both included) without a day between."""
    still = pl.col("until").fill_null(dt.date.max)
    return (
        periods.sort(of, "from_on", "id")
        .with_columns(_last=still)
        .with_columns(_before=pl.col("_last").cum_max().shift().over(of))
        .with_columns(_new=(pl.col("from_on") > pl.col("_before") + pl.duration(days=1)).fill_null(True))
        .with_columns(_number=pl.col("_new").cum_sum().over(of))
        .group_by(of, "_number", maintain_order=True)
        .agg(
            from_on=pl.col("from_on").first(),
            until=pl.when(pl.col("until").is_null().any()).then(None).otherwise(pl.col("until").max()),
            first_case=pl.col("case_id").first(),
            last_case=pl.col("case_id").sort_by("_last", maintain_order=True).last(),
        )
        .drop("_number")
    )
