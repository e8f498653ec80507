"""How far the figures can be trusted: how fresh each table is, what was rejected, and what is not known.

Knows no Streamlit. Frames in, frames of words and numbers out.
"""

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import polars as pl

from data_access.deliveries import COUNTS
from metrics.assess import BY_KEY, Assessed, Cut, figures
from metrics.measures import THEMES
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
TOTAL = "I alt"


def today() -> dt.date:
    """The calendar day in Denmark."""
    return dt.datetime.now(ZoneInfo(HERE)).date()


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
    """How fresh the delivery is, in one sentence, and whether all is well."""
    stale = fresh.filter(pl.col("status") == STALE)["extract"].to_list()
    never = fresh.filter(pl.col("status") == NEVER)["extract"].to_list()
    parts = []
    if stale:
        parts.append(f"Udtrækket er ældre end {STALE_AFTER} dage for {listed(stale)}.")
    if never:
        parts.append(f"Aldrig leveret: {listed(never)}.")
    if not parts:
        return f"Alle {texts.number(fresh.height)} tabeller er udtrukket inden for {STALE_AFTER} dage.", True
    return " ".join(parts), False


def listed(names: Sequence[str]) -> str:
    """`a`, `a og b`, `a, b og c`."""
    *first, last = names
    return f"{', '.join(first)} og {last}" if first else last


def unknown(assessed: Assessed, cut: Cut, centers: Sequence[str]) -> pl.DataFrame:
    """How many units of each measure are without data, per centre: theme, title, one column a centre, in all.

    Centres in the given order; those without a centre come last, where there are any. Only measures with
    something unknown. Cells are `3 af 25`: unknown of all units; blank where there are no units.
    """
    return _per_center(
        figures(assessed, cut, "center").select(
            pl.col("measure").cast(pl.String),
            "center",
            pl.col("unknown").alias("count"),
            pl.sum_horizontal("base", "excused", "lapsed", "unknown", "pending").alias("of"),
        ),
        ["measure"],
        centers,
    ).select(
        pl.col("measure").replace_strict(_THEME_OF, return_dtype=pl.String).alias("theme"),
        pl.col("measure").replace_strict(_TITLE_OF, return_dtype=pl.String).alias("title"),
        pl.exclude("measure"),
    )


def blanks(fields: pl.DataFrame, centers: Sequence[str]) -> pl.DataFrame:
    """Blank fields per centre: extract, column, one column a centre, in all. `fields` as `blank_fields` gives."""
    counted = fields.with_columns(extract=_table()).select("extract", "column", "center", count="blank", of="rows")
    return _per_center(counted, ["extract", "column"], centers)


def _table() -> pl.Expr:
    return pl.col("extract").replace_strict(TABLES, return_dtype=pl.String)


def _per_center(counted: pl.DataFrame, keys: list[str], centers: Sequence[str]) -> pl.DataFrame:
    """`count` and `of` per key and centre as `3 af 25`, a column a centre and one in all; keys with none left out."""
    named = counted.with_columns(pl.col("center").fill_null(texts.NO_CENTER))
    total = named.group_by(keys, maintain_order=True).agg(pl.col("count", "of").sum())
    found = total.filter(pl.col("count") > 0)
    present = named.filter(pl.col("of") > 0)["center"].unique().to_list()
    shown = [c for c in (*centers, texts.NO_CENTER) if c in present]
    shown += sorted(set(present) - set(shown))
    for name in shown:
        column = named.filter(pl.col("center") == name).select(*keys, _said().alias(name))
        found = found.join(column, on=keys, how="left", maintain_order="left")
    return found.select(*keys, *shown, _said().alias(TOTAL))


def _said() -> pl.Expr:
    both = pl.struct(pl.col("count", "of").fill_null(0))  # a centre may lack the row
    words = both.map_elements(lambda r: texts.counted(r["count"], r["of"]), pl.String)
    return pl.when(pl.col("of") > 0).then(words)


_TITLE_OF = {key: measure.title for key, measure in BY_KEY.items()}
_THEME_OF = {measure.key: theme.title for theme in THEMES for measure in theme.measures}
