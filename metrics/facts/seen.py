"""The delivered tables as they looked on a day, and the shapes that facts are joined from."""

import datetime as dt
from collections.abc import Mapping

import polars as pl

Tables = Mapping[str, pl.LazyFrame]
Seen = Mapping[str, pl.DataFrame]
"""The tables as they looked to somebody who knew nothing after the view date."""

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
    "job_search",
    "agreements",
    "measurements",
    "benefits",
)
"""Tables in which an absent record reads as "not done": one that is never delivered must be told of."""
DATED_BY = {"no_shows": ("sanction", "decided_on"), "literacy_tests": ("exemption", "exempted_on")}
"""A value that came on a date of its own: unseen for as long as the date is."""

ACTIVITY_READY = "aktivitetsparat"
OBVIOUSLY_READY = "aabenlyst_uddannelsesparat"

BEGUN = pl.col("first_enquiry_on") <= pl.col("day")
IN_YEAR = (pl.col("from_on") <= pl.col("day")) & (pl.col("until").is_null() | (pl.col("until") > pl.col("year_before")))
ON_DAY = (pl.col("from_on") <= pl.col("day")) & (pl.col("until").is_null() | (pl.col("until") >= pl.col("day")))


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


def coded(seen: Seen) -> dict[str, pl.DataFrame]:
    """The same tables with cases and persons as Enums of the known ones: joins compare numbers, order is the texts'."""
    codes = {
        name: pl.col(name).cast(pl.Enum(seen["cases"][name].drop_nulls().unique().sort()), strict=False)
        for name in ("case_id", "person")
    }
    return {
        table: frame.with_columns(code for name, code in codes.items() if name in frame.columns)
        for table, frame in seen.items()
    }


def as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame of facts with its cases and persons as texts again."""
    return frame.with_columns(pl.col(pl.Enum).cast(pl.String))


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
    asked = left.select(by, left_on).with_row_index("_row").sort(left_on)  # the keys alone: `left` may be wide
    found = asked.join_asof(
        right, left_on=left_on, right_on=right_on, by=by, strategy="backward", check_sortedness=False
    )
    return left.hstack(found.sort("_row").drop("_row", by, left_on))


def categories(visitations: pl.DataFrame) -> pl.DataFrame:
    """case_id, visited_on, category: the category in force from each day on, sorted by day."""
    return latest_by_day(visitations, "case_id", "visited_on").select("case_id", "visited_on", "category")


def centers_on(seen: Seen, days: pl.DataFrame) -> pl.DataFrame:
    """case_id, day, center: who held the case on each (case_id, day), a row for each of `days`.

    By the centre periods on the days they cover (the one begun last where two overlap), else the case's own centre.
    """
    periods = seen["center_periods"].select("case_id", "from_on", "until", period_center="center")
    asked = days.select("case_id", "day")
    covered = (
        asked.join(periods.select("case_id").unique(), on="case_id", how="semi")  # most cases never move
        .unique()
        .join(periods, on="case_id")
        .filter(ON_DAY)
        .sort("from_on")
        .unique(["case_id", "day"], keep="last", maintain_order=True)
        .select("case_id", "day", "period_center")
    )
    home = seen["cases"].select("case_id", home_center="center")
    return (
        asked.join(home, on="case_id", how="left", maintain_order="left")
        .join(covered, on=["case_id", "day"], how="left", maintain_order="left")
        .select("case_id", "day", center=pl.coalesce("period_center", "home_center"))
    )


def age(born: str, day: str) -> pl.Expr:
    """Whole years on a day; whoever was born on 29 February grows older on 1 March."""
    # (month, day) as one number; the parts are 8-bit
    on, birth = ((pl.col(c).dt.month().cast(pl.Int32) * 100 + pl.col(c).dt.day()) for c in (day, born))
    return (pl.col(day).dt.year() - pl.col(born).dt.year() - (on < birth).cast(pl.Int32)).cast(pl.Int32)


def of_case(frame: pl.DataFrame, unit: str, held: pl.DataFrame) -> pl.DataFrame:
    """Child rows of cases that are seen, with when the case ended."""
    return frame.join(held, on="case_id").with_columns(unit_id=pl.col(unit))


def present(days: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    """Case × day for the cases that are open on the day."""
    return (
        cases.join(days, how="cross")
        .filter(BEGUN & (pl.col("unit_closed_on").is_null() | (pl.col("unit_closed_on") > pl.col("day"))))
        .with_columns(year_before=pl.col("day").dt.offset_by("-12mo"))
    )
