"""The intervention group, what is measured of its youths, and how it went afterwards."""

import datetime as dt

import polars as pl

from metrics.facts.seen import BEGUN, ON_DAY, Seen, in_order_of_registration
from metrics.facts.youths import members_of

FIELDS = ("kontaktperson", "langsigtet_plan", "who5", "bip", "moede", "forsoergelse")
"""What is registered by hand of a youth in the intervention group."""
AFTER = (3, 6, 12)
"""Months after a start, a K-møde or a guide."""
LIVES_ON = {
    "uddannelse": "uddannelse",
    "job": "job",
    "fleksjob": "job",
    "ingen": "selvforsoergelse",
}
"""Kind of benefit -> what the youth lives on; the other kinds are a benefit."""


def frames(
    seen: Seen, every: pl.DataFrame, held: pl.DataFrame, days: pl.DataFrame, view_date: dt.date
) -> dict[str, pl.DataFrame]:
    """`readings`, `intervention`, `who5_months`, `bip_quarters`, `manual_fields`, `group_members`, `after`."""
    people = held.select("case_id", "person", "first_enquiry_on")
    readings = (
        seen["measurements"]
        .join(people, on="case_id")
        .select("instrument", "indicator", "case_id", unit_id="person", on="measured_on", value="value")
    )
    group = members_of(seen, every, days, "indsatsgruppe")
    plans = seen["plans"].filter(pl.col("kind") == "langsigtet_plan").select("case_id", "until", from_on="made_on")
    planned = _on_day(group, people, plans)
    return {
        "readings": readings,
        "intervention": group.with_columns(long_plan=_among(planned)),
        "who5_months": _periods(seen, held, readings, "who5", "1mo", view_date),
        "bip_quarters": _periods(seen, held, readings, "bip", "3mo", view_date),
        "manual_fields": _manual_fields(seen, group, people, readings, planned),
        "group_members": _group_members(seen, every, group, days),
        "after": _after(seen, held, view_date),
    }


def _periods(
    seen: Seen, held: pl.DataFrame, readings: pl.DataFrame, instrument: str, length: str, view_date: dt.date
) -> pl.DataFrame:
    """Person × whole month or quarter of membership begun by the view date, with the first measurement in it."""
    measured = _of(readings, instrument).select(
        person="unit_id", period_on=pl.col("on").dt.truncate(length), measured_on="on"
    )
    first = measured.group_by("person", "period_on").agg(pl.col("measured_on").min())
    return (
        seen["groups"]
        .filter(pl.col("kind") == "indsatsgruppe")
        .join(held.select("case_id", "person", "closed_on"), on="case_id")
        .with_columns(
            period_on=pl.date_ranges(pl.col("from_on").dt.truncate(length), pl.lit(view_date), interval=length)
        )
        .explode("period_on", empty_as_null=False)
        .with_columns(period_due=pl.col("period_on").dt.offset_by(length).dt.offset_by("-1d"))
        .filter(
            (pl.col("from_on") <= pl.col("period_on"))
            & (pl.col("until").is_null() | (pl.col("until") >= pl.col("period_due")))
        )
        .sort("from_on", "id")
        .unique(["person", "period_on"], keep="last", maintain_order=True)
        .join(first, on=["person", "period_on"], how="left")
        .select(
            "case_id",
            "period_on",
            "period_due",
            "measured_on",
            "closed_on",
            unit_id=pl.format("{}|{}", "person", pl.col("period_on").cast(pl.String)),
        )
    )


def _manual_fields(
    seen: Seen, group: pl.DataFrame, people: pl.DataFrame, readings: pl.DataFrame, planned: pl.DataFrame
) -> pl.DataFrame:
    """Person × field × stock day for the youths in the intervention group, and whether the field is filled."""
    contacts = seen["assignments"].filter(pl.col("role").is_in(["kontaktperson", "ungeguide"]))
    filled = {
        "kontaktperson": _on_day(group, people, contacts),
        "langsigtet_plan": planned,
        "who5": _since(group, people, _of(readings, "who5"), "-31d"),
        "bip": _since(group, people, _of(readings, "bip"), "-3mo"),
        "moede": _since(group, people, seen["meetings"].select("case_id", on="held_on"), "-12mo"),
        "forsoergelse": _on_day(group, people, seen["benefits"]),
    }
    return pl.concat(
        group.select(
            "case_id",
            "day",
            field=pl.lit(field),
            filled=_among(filled[field]),
            unit_id=pl.format("{}|{}", "person", pl.lit(field)),
        )
        for field in FIELDS
    )


def _of(readings: pl.DataFrame, instrument: str) -> pl.DataFrame:
    return readings.filter(pl.col("instrument").str.to_lowercase() == instrument)


def _on_day(group: pl.DataFrame, people: pl.DataFrame, spells: pl.DataFrame) -> pl.DataFrame:
    """person, day of those who have a spell on the day in any of their cases."""
    theirs = spells.select("case_id", "from_on", "until").join(people, on="case_id")
    return group.select("person", "day").join(theirs, on="person").filter(BEGUN & ON_DAY).select("person", "day")


def _since(group: pl.DataFrame, people: pl.DataFrame, events: pl.DataFrame, back: str) -> pl.DataFrame:
    """person, day of those with an event after the day moved `back`, up to and with the day, in any of their cases."""
    theirs = events.select("case_id", "on").join(people, on="case_id")
    inside = (pl.col("on") <= pl.col("day")) & (pl.col("on") > pl.col("day").dt.offset_by(back))
    return group.select("person", "day").join(theirs, on="person").filter(BEGUN & inside).select("person", "day")


def _among(found: pl.DataFrame) -> pl.Expr:
    """Whether the person and day of a row are among those found."""
    return pl.struct("person", "day").is_in(found.select(pl.struct("person", "day")).to_series().implode())


def _group_members(seen: Seen, every: pl.DataFrame, group: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """The members of each group on each stock day, and the lines that they are counted under."""
    target = members_of(seen, every, days, "maalgruppe")
    both = pl.concat([target.with_columns(kind=pl.lit("maalgruppe")), group.with_columns(kind=pl.lit("indsatsgruppe"))])
    return both.with_columns(
        lines=pl.when(pl.col("age") < 18)
        .then(pl.concat_list("kind", pl.format("{}_under_18", "kind")))
        .otherwise(pl.concat_list("kind"))
    )


def _after(seen: Seen, held: pl.DataFrame, view_date: dt.date) -> pl.DataFrame:
    """What a youth lives on so many months after a start, a first K-møde or a first guide, once that day has come.

    One row per `anchor` (start, k_meeting, guide), unit and `months`; `supported` = a K-møde has been held or a guide
    assigned by then.
    """
    people = held.select("case_id", "person")
    met = seen["meetings"].filter(pl.col("kind") == "k_moede").select("case_id", "id", on="held_on").drop_nulls("on")
    guided = seen["guide_statuses"].filter(pl.col("status") == "tildelt").select("case_id", "id", on="status_on")
    first = {
        anchor: events.join(people, on="case_id")
        .sort("on", "id")
        .unique("person", keep="first", maintain_order=True)
        .select("case_id", "person", unit_id=pl.col("person").cast(pl.String), began="on")
        for anchor, events in {"k_meeting": met, "guide": guided}.items()
    }
    started = held.select("case_id", "person", unit_id=pl.col("case_id").cast(pl.String), began="first_enquiry_on")
    supported = (
        pl.concat([first["k_meeting"], first["guide"]]).group_by("person").agg(supported_on=pl.col("began").min())
    )
    rows = (
        pl.concat(rows.with_columns(anchor=pl.lit(anchor)) for anchor, rows in {"start": started, **first}.items())
        .join(pl.DataFrame({"months": list(AFTER)}), how="cross")
        .with_columns(on=pl.col("began").dt.offset_by(pl.format("{}mo", "months")))
        .filter(pl.col("on") <= view_date)
        .join(supported, on="person", how="left")
        .with_columns(supported=(pl.col("supported_on") <= pl.col("on")).fill_null(False))
    )
    income = (
        rows.select("person", day="on")
        .unique()
        .join(seen["benefits"].join(people, on="case_id"), on="person")
        .filter(ON_DAY)
        .sort(in_order_of_registration("from_on"), nulls_last=False)
        .unique(["person", "day"], keep="last", maintain_order=True)
        .select("person", lives_on=pl.col("kind").replace_strict(LIVES_ON, default="ydelse"), on="day")
    )
    return rows.join(income, on=["person", "on"], how="left").with_columns(
        lives_on=pl.col("lives_on").fill_null("ukendt")
    )
