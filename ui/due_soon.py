"""Forfalder snart: what can still be kept, by day and by rule, for the list and for the front page.

Knows no Streamlit.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl
from babel.dates import format_date

from metrics.assess import BY_KEY, STOCK
from metrics.due_soon import FORTNIGHT, WEEK, counted
from ui import blocks, texts, why
from ui.deviations import MOVED

WINDOWS = MappingProxyType({str(WEEK): "I dag og de næste 7 dage", str(FORTNIGHT): "De næste 14 dage"})
"""How far ahead the list looks, in days -> what it is called."""
MOST = 1000
"""Rows sent to a browser, as in the list of deviations."""
NO_TEAM = "Uden team"
CAPTION = "I dag og de næste 7 dage · de næste 14 dage"
"""Says what the two numbers of `bars` are."""
HEADINGS = {
    "day": "Forfalder",
    "case": "Sag",
    "note": "Bemærk",
    "rule": "Frist for",
    "began": "Begyndte",
    "center": "Center",
    "team": "Team",
    "due": "Frist",
    "days_left": "Dage tilbage",
}
"""Column of `table` -> what it is called, on the page and in a file."""


@dataclass(frozen=True)
class Choice:
    """What a reader has picked on the page; nothing picked of a kind means all of it."""

    days: int = FORTNIGHT
    rules: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()


def chosen(rows: pl.DataFrame, choice: Choice) -> pl.DataFrame:
    """The rows of `metrics.due_soon` that are picked, in the same order."""
    picked = pl.col("days_left") <= choice.days
    if choice.rules:
        picked &= pl.col("measure").cast(pl.String).is_in(choice.rules)
    if choice.teams:
        picked &= pl.col("team").fill_null(NO_TEAM).is_in(choice.teams)
    return rows.filter(picked)


def count_by(rows: pl.DataFrame, column: str) -> dict[str, int]:
    """Value -> number of rows, in the order of the values; those without a team are `NO_TEAM`."""
    return dict(rows.group_by(pl.col(column).cast(pl.String).fill_null(NO_TEAM)).len().sort(column).iter_rows())


def day(due: dt.date, view_date: dt.date) -> str:
    """`I dag`, `I morgen`, `Onsdag 25-11-2026`."""
    left = (due - view_date).days
    named = {0: "I dag", 1: "I morgen"}
    return named.get(left) or f"{texts.sentence(format_date(due, 'EEEE', locale=texts.DANISH))} {texts.date(due)}"


def table(rows: pl.DataFrame, view_date: dt.date) -> pl.DataFrame:
    """What a reader sees of the rows, day by day; of a protected case that another centre holds, the rule only."""
    masked = pl.col("protected") & ~pl.col("held")
    days = {due: day(due, view_date) for due in rows["due"].unique()}
    since = pl.when(~pl.col("measure").is_in(STOCK)).then(pl.coalesce(why.day("trigger"), why.day("on")))
    told = {
        "began": why.began() + " " + since,
        "center": pl.col("center").fill_null(texts.NO_CENTER),
        "team": pl.col("team").fill_null(NO_TEAM),
    }
    shown = rows.select(
        day=pl.col("due").replace_strict(days, return_dtype=pl.String),
        case="case_id",
        note=pl.when("protected").then(pl.lit("Beskyttet")).when(~pl.col("held")).then(pl.lit(MOVED)),
        rule=pl.col("measure").cast(pl.String).replace_strict({key: m.title for key, m in BY_KEY.items()}),
        **{name: pl.when(~masked).then(column) for name, column in told.items()},
        due="due",
        days_left="days_left",
    )
    return shown if shown["note"].count() else shown.drop("note")


def strip(rows: pl.DataFrame) -> list[tuple[str, str, str]]:
    """How many fall due today, tomorrow, within a week and a fortnight."""
    left = pl.col("days_left")
    spans = (("I dag", left == 0), ("I morgen", left == 1), ("7 dage", left <= WEEK), ("14 dage", left <= FORTNIGHT))
    return [(name, texts.number(rows.filter(when).height), "") for name, when in spans]


def within_a_week(rows: pl.DataFrame) -> tuple[str, str]:
    """How many fall due within a week, and beside it within a fortnight."""
    week, fortnight = (rows.filter(pl.col("days_left") <= days).height for days in (WEEK, FORTNIGHT))
    return texts.number(week), f"{texts.number(fortnight)} inden {texts.days(FORTNIGHT)}"


def summary(total: int, shown: int) -> str:
    """How many there are, and whether all of them are in the table."""
    found = texts.counts(total, "frist", "frister")
    if total <= shown:
        return f"{found}, der kan nås endnu."
    return f"{found}, der kan nås endnu. Tabellen viser de første {texts.number(shown)}: de nærmeste øverst."


def by_rule(rows: pl.DataFrame, most: int) -> list[tuple[str, str]]:
    """The rules with the most that falls due, the most first: key, and `**Regel** 3 inden 7 dage, 8 inden 14 dage`."""
    found = counted(rows, "measure").head(most).iter_rows()
    return [(key, f"**{BY_KEY[key].title}** {words(week, fortnight)}") for key, week, fortnight in found]


def words(week: int, fortnight: int) -> str:
    """`3 inden 7 dage, 8 inden 14 dage`."""
    return f"{texts.number(week)} inden {texts.days(WEEK)}, {texts.number(fortnight)} inden {texts.days(FORTNIGHT)}"


def bars(rows: pl.DataFrame, by: str, order: Sequence[str]) -> list[blocks.Bar]:
    """How much falls due per centre or team, in the order given and those without one last: `3 · 8`."""
    found = {name: (week, fortnight) for name, week, fortnight in counted(rows, by).iter_rows()}
    rest = sorted((name for name in found if name is not None and name not in order), key=str)
    without = {"center": texts.NO_CENTER, "team": NO_TEAM}[by]
    return [
        blocks.Bar(name or without, week, f"{texts.number(week)} · {texts.number(fortnight)}", "god")
        for name in (*order, *rest, None)
        for week, fortnight in [found.get(name, (0, 0))]
        if name is not None or name in found
    ]
