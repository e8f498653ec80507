"""Udforsk: what is said of a table: the whole in a sentence, what stands out, and how it is to be read."""

import polars as pl

from metrics.assess import BY_KEY
from metrics.compare import against_others
from metrics.explore import (
    CATEGORY,
    CENTER,
    COUNTED,
    TEAM,
)
from ui import figures, texts
from ui.explore.crosstab import OUTSIDE, TOTAL, Names, out_of_base, units
from ui.explore.question import FIGURES, Asked


def message(asked: Asked, cells: pl.DataFrame, names: Names) -> str:
    """The whole in a sentence or two, and what stands out of it; no centre is ranked."""
    if asked.counted:
        every, parts = units(cells), cells.filter("every_row", ~pl.col("every_column"))["count"].sum()
        shared = " Nogle står under flere værdier; I alt tæller hver én gang." if parts > every else ""
        return f"{FIGURES[asked.key]}: {texts.number(every)} i alt.{shared}"
    [total] = cells.filter("every_row", "every_column").to_dicts()
    of = "Pr. " + texts.date(names.last) if asked.question.stock else TOTAL
    said = [f"{of}: {texts.rate_with_base(total['met'], total['base'])}."]
    outside = [out_of_base(code, total[code]) for code in OUTSIDE if total[code]]
    if outside:
        said.append(f"Uden for grundlaget: {', '.join(outside)}.")
    if total["base"] and total["unknown"] > figures.UNKNOWN_SHARE * total["units"]:
        said.append(texts.unknowns(total["met"], total["base"], total["unknown"], total["units"]))
    return " ".join([*said, *_centers(asked, cells)])


def _centers(asked: Asked, cells: pl.DataFrame) -> list[str]:
    """The centres that stand clear of the others together, in organisational order."""
    side, other = ("row", "column") if asked.rows == CENTER else ("column", "row")
    if CENTER not in (asked.rows, asked.columns):
        return []
    totals = cells.filter(pl.col(f"every_{other}"), ~pl.col(f"every_{side}"))
    beside = against_others(totals.rename({side: CENTER}).with_columns(measure=pl.lit(asked.key)))
    found: dict[str, list[str]] = {"above": [], "below": []}
    for row in beside.filter(pl.col(CENTER).is_not_null()).iter_rows(named=True):
        verdict = texts.difference(
            row["base"], row["others_base"], row["difference_low"], row["difference_high"], "de øvrige centre"
        )
        if verdict.standing in found:
            found[verdict.standing].append(row[CENTER])
    words = {"above": "Tydeligt over de øvrige centre", "below": "Tydeligt under de øvrige centre"}
    return [f"{words[standing]}: {' og '.join(centers)}." for standing, centers in found.items() if centers]


def counted_is(asked: Asked) -> str:
    """What is counted, and of whom; a cohort has a base of its own, which `how_read` says."""
    if asked.counted:
        return COUNTED[asked.key].rule
    measure = BY_KEY[asked.key]
    return measure.rule if asked.question.cohort else f"{measure.rule} {measure.base}"


def how_read(asked: Asked, cells: pl.DataFrame) -> list[str]:
    """What one must know to read the table: which days count, and where it may mislead."""
    question, lines = asked.question, []
    if question.cohort:
        due = ", også det, der forfalder senere: de nyeste måneder er ikke færdige" if not asked.counted else ""
        lines.append(f"Perioden er her sagernes start: alt i sager, der begyndte i perioden, er med{due}.")
    elif question.stock:
        last = "hver måned er talt på sin sidste dag, så månederne lægges ikke sammen"
        lines.append(f"En beholdning: {last if question.monthly else 'talt på periodens sidste dag'}.")
    if TEAM in (asked.rows, asked.columns):
        lines.append("Teamet er det, sagen har nu.")
    if asked.counted:
        return lines
    if CATEGORY in (asked.rows, asked.columns):
        side, other = ("row", "column") if asked.rows == CATEGORY else ("column", "row")
        totals = cells.filter(pl.col(f"every_{other}"))
        base = int(totals.filter(f"every_{side}")["base"].sum())
        bare = int(totals.filter(~pl.col(f"every_{side}") & pl.col(side).is_null())["base"].sum())
        if bare > figures.UNKNOWN_SHARE * base:
            lines.append(texts.waits_for_category(bare, base))
    if ended := texts.rule_ended(BY_KEY[asked.key].life):
        lines.append(ended)
    few = cells.filter(pl.col("base").is_between(1, texts.FEW - 1))
    if not asked.crossed:
        few = few.filter("every_column")
    if len(few):
        lines.append(f"Hvor der er færre end {texts.FEW} i grundlaget, står antallet uden procent.")
    return lines
