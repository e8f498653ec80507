"""How far the figures can be trusted: how fresh each table is, where it came from, and what was rejected.

Knows no Streamlit. Frames in, frames of words and numbers out.
"""

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import polars as pl

from data_access.deliveries import COUNTS
from ui import texts

STALE_AFTER = 35
"""Days from extract to today after which a monthly delivery is late."""
HERE = "Europe/Copenhagen"

TABLES = {
    "sager": "Sager",
    "centerskift": "Centerskift",
    "visitationer": "Visitationer",
    "samtaler": "Samtaler",
    "vejledninger": "Vejledninger",
    "tests": "Tests",
    "paalaeg": "Pålæg",
    "tilbud": "Tilbud",
    "udeblivelser": "Udeblivelser",
    "planer": "Planer",
    "jobsoegning": "Jobsøgning",
    "overgange": "Overgange",
    "tilknytninger": "Tilknytninger",
    "ungeguide": "Ungeguide",
    "moeder": "Møder",
    "aftaler": "Aftaler",
    "maalinger": "Målinger",
    "grupper": "Grupper",
    "forsoergelse": "Forsørgelse",
}
"""A table's name in a delivery -> its name in plain Danish."""
NEVER, FRESH, STALE = "Aldrig leveret", "Frisk", f"Ældre end {STALE_AFTER} dage"
STANDARD = "Standardformatet"
"""What a source is called that delivers in the contract's own format."""


def today() -> dt.date:
    """The calendar day in Denmark."""
    return dt.datetime.now(ZoneInfo(HERE)).date()


def day(moment: dt.datetime) -> dt.date:
    """The calendar day in Denmark of a moment with its time zone."""
    return moment.astimezone(ZoneInfo(HERE)).date()


def freshness(newest: pl.DataFrame, today: dt.date) -> pl.DataFrame:
    """Each table with its newest delivery: extract (its name), status, extracted, age and its counts.

    `newest` as `data_access.deliveries.newest_per_table`. `age` in words: `i dag`, `for 3 dage siden`.
    """
    age = (pl.lit(today) - pl.col("extract_date")).dt.total_days()
    status = (
        pl.when(pl.col("extract_date").is_null())
        .then(pl.lit(NEVER))
        .when(age > STALE_AFTER)
        .then(pl.lit(STALE))
        .otherwise(pl.lit(FRESH))
    )
    return newest.select(
        extract=_table(),
        status=status,
        extracted="extract_date",
        age=age.map_elements(ago, pl.String),
        imported=local("imported_at"),
        **{count: count for count in COUNTS},
        file="file",
    )


def ago(days: int) -> str:
    """`i dag`, `i går`, `for 3 dage siden`."""
    if days <= 0:
        return "i dag"
    return "i går" if days == 1 else f"for {texts.days(days)} siden"


def local(column: str) -> pl.Expr:
    """A moment in UTC as Danish clock time: `22-11-2026 kl. 14.05`."""
    return pl.col(column).dt.convert_time_zone(HERE).dt.strftime("%d-%m-%Y kl. %H.%M")


def verdict(fresh: pl.DataFrame) -> tuple[str, bool]:
    """How far what was delivered can be used, in a few sentences, and whether all is well."""
    stale = fresh.filter(pl.col("status") == STALE)["extract"].to_list()
    never = fresh.filter(pl.col("status") == NEVER)["extract"].to_list()
    rejected = int(fresh["rejected"].sum())
    parts = []
    if stale:
        parts.append(f"Udtrækket er ældre end {STALE_AFTER} dage for {listed(stale)}.")
    if never:
        parts.append(f"Aldrig leveret: {listed(never)}.")
    if parts:
        parts.append("Bed om en ny leverance, før tallene bruges.")
    else:
        parts.append(f"Alle {texts.number(fresh.height)} tabeller er udtrukket inden for {STALE_AFTER} dage.")
    if rejected:
        lines = "1 række er" if rejected == 1 else f"{texts.number(rejected)} rækker er"
        parts.append(f"{lines} afvist i de nyeste leverancer og tæller ikke med: se Afviste rækker.")
    return " ".join(parts), not (stale or never or rejected)


def listed(names: Sequence[str]) -> str:
    """`a`, `a og b`, `a, b og c`."""
    *first, last = names
    return f"{', '.join(first)} og {last}" if first else last


def _table() -> pl.Expr:
    return pl.col("extract").replace_strict(TABLES, return_dtype=pl.String)


def source(name: str) -> str:
    """What a mapping's system is called."""
    return STANDARD if name == "contract" else name


def sources(newest: pl.DataFrame, taken: pl.DataFrame) -> dict[str, str]:
    """Table -> the system that delivered it last. `newest` as `newest_per_table`, `taken` as `imports` gives them."""
    found = newest.join(taken.select("import_id", "source"), on="import_id").select("table", "source")
    return {table: source(name) for table, name in found.iter_rows()}
