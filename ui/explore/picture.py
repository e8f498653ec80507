"""Udforsk: a table as bars, lines or a matrix."""

import polars as pl

from metrics.assess import BY_KEY
from metrics.explore import (
    MONTH,
    START,
)
from metrics.measure import DEVIATIONS
from ui import charts, texts, tile
from ui.charts import Chart
from ui.explore.crosstab import Names, named, rate_in_cell
from ui.explore.question import Asked

MANY_LINES = (
    f"Hvert punkt er en måned; et hult punkt har {texts.FEW}–{texts.UNCERTAIN - 1} i grundlaget, og med færre er der "
    "intet punkt."
)
"""Said above several small pictures."""
COLOURED = f"Farve først fra {texts.UNCERTAIN} i grundlaget; med færre er usikkerheden stor."
"""Said above a matrix of rates."""
MOST_LINES = 9
"""Groups that each get a picture of their own; with more they stand in one."""


def draw(asked: Asked, cells: pl.DataFrame, names: Names) -> list[tuple[str, Chart]]:
    """The pictures of a table, each with its heading: outcomes as bars, a rate through time as lines, else a matrix.

    Lines only where every group has enough to be seen in half of its months.
    """
    if not asked.crossed and not asked.counted:
        of_rows = cells.filter("every_column", ~pl.col("every_row")).with_columns(name=named(names.row, "row"))
        duty = tile.has_duty(BY_KEY[asked.key])
        return [("", charts.outcomes(of_rows, duty=duty))]
    inner = cells.filter(~pl.col("every_row"), ~pl.col("every_column")).with_columns(
        row_name=named(names.row, "row"), column_name=named(names.column, "column")
    )
    timed = [side for side, d in (("row", asked.rows), ("column", asked.columns)) if d in (MONTH, START)]
    if asked.number == "rate" and not asked.counted and len(timed) == 1:
        side, other = timed[0], "column" if timed[0] == "row" else "row"
        lines = inner.filter(pl.col(side).is_not_null()).with_columns(
            month=pl.col(side).str.to_date(), when=pl.col(f"{side}_name")
        )
        parts = [part for part in lines.partition_by(other, maintain_order=True) if part["units"].sum()]
        enough = all((part["base"] >= texts.FEW).sum() * 2 >= part.height for part in parts)
        if enough and 0 < len(parts) <= MOST_LINES:
            return [(part[f"{other}_name"][0], charts.small_trend(part)) for part in parts]
    value, said = pl.col("rate"), pl.struct("met", "base").map_elements(
        lambda r: texts.rate_value(r["met"], r["base"]) if r["base"] else "", pl.String
    )  # fmt: skip
    sure, top = pl.col("base") >= texts.UNCERTAIN, 1.0
    if asked.counted or asked.number != "rate":
        counted = pl.sum_horizontal(DEVIATIONS) if asked.number == "deviations" else pl.col("units")
        value = pl.col("count") if asked.counted else counted
        said, sure = value.map_elements(texts.number, pl.String), pl.lit(True)
        top = float(inner.select(value.max().cast(pl.Float64)).item() or 1.0)
    told = pl.struct(pl.all()).map_elements(rate_in_cell, pl.String) if asked.number == "rate" else said
    matrix = inner.select(
        row="row_name",
        column="column_name",
        value=pl.when(sure).then(value.cast(pl.Float64)),
        said=said,
        told=said if asked.counted else told,
    )
    return [("", charts.matrix(matrix, top))]
