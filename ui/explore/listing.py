"""Udforsk: the units behind a cell, as a reader sees them."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import polars as pl

from metrics import explore
from metrics.assess import BY_KEY, Assessed
from metrics.explore import (
    COUNTED,
)
from ui import deviations, texts, tile, why
from ui.explore.question import Asked
from ui.measure import UNITS

MOST = deviations.MOST
"""Units sent to a browser."""
HEADINGS: Mapping[str, str] = MappingProxyType(
    {
        **{name: heading for name, heading in deviations.HEADINGS.items() if name not in ("rule", "since", "handling")},
        "value": "Værdi",
    }
)
"""Column of `listed` -> what it is called, on the page and in a file."""


def table(asked: Asked, rows: pl.DataFrame, assessed: Assessed) -> pl.DataFrame:
    """What a reader sees of the units, in their order; of a protected case that another centre holds the outcome only.

    `rows` as `metrics.explore.behind` gives them. Columns: case, note, outcome, days, why, center, category, due (else
    the day), done; of a distribution value instead of outcome, days, why and done. What none of them has is left out.
    """
    whose = assessed.cases.select("case_id", "protected", "held", "closed_on")
    known = rows.join(whose, on="case_id", how="left", maintain_order="left")
    masked = (pl.col("protected") & ~pl.col("held")).fill_null(True)
    told = {
        "center": pl.col("center").fill_null(texts.NO_CENTER),
        "category": deviations.categories("category"),
    }
    if asked.counted:
        labels = COUNTED[asked.key].labels
        what = {"value": pl.col("value").replace_strict(labels, default=pl.col("value"), return_dtype=pl.String)}
        told |= {"due": pl.col("on")}
    else:
        duty = tile.has_duty(BY_KEY[asked.key])
        said = {code: texts.outcome(code, duty=duty) for code in texts.OUTCOMES}
        what = {"outcome": pl.col("outcome").cast(pl.String).replace_strict(said, return_dtype=pl.String)}
        told = {"days": pl.col("days"), "why": why.line(), **told}
        told |= {"due": pl.coalesce("due", "on"), "done": pl.col("done")}
    shown = known.select(
        case="case_id",
        note=pl.when("protected")
        .then(pl.lit("Beskyttet"))
        .when(~pl.col("held"))
        .then(pl.lit(deviations.MOVED))
        .when((pl.col("closed_on") <= assessed.view_date).fill_null(False))
        .then(pl.lit("Afsluttet")),
        **what,
        **{name: pl.when(~masked).then(column) for name, column in told.items()},
    )
    return shown.drop(name for name in ("note", "days", "done") if name in shown.columns and not shown[name].count())


def summary(asked: Asked, rows: pl.DataFrame) -> str:
    """How many there are of which: `12 sager: 3 overskredet, 9 overholdt.`"""
    if asked.counted:
        return f"{texts.number(rows.height)} i feltet."
    found, duty = outcome_counts(rows), tile.has_duty(BY_KEY[asked.key])
    said = [f"{texts.number(found[c])} {texts.outcome(c, duty=duty).lower()}" for c in explore.ORDER if c in found]
    return f"{texts.number(rows.height)} {UNITS[BY_KEY[asked.key].of]}: {', '.join(said)}."


def outcome_counts(rows: pl.DataFrame) -> dict[str, int]:
    """Outcome -> how many of some listed units have it."""
    return dict(rows.group_by(pl.col("outcome").cast(pl.String)).len().iter_rows())


def narrowed(rows: pl.DataFrame, outcomes: Sequence[str]) -> pl.DataFrame:
    """The units with one of some outcomes; with none named, all of them."""
    return rows.filter(pl.col("outcome").cast(pl.String).is_in(outcomes)) if outcomes else rows
