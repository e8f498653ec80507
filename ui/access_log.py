"""The page "Loggen": the entries as they are shown, what was refused, what a citizen gets, and whether it is whole.

Knows no Streamlit.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from zoneinfo import ZoneInfo

import polars as pl

from data_access.audit import ACTIONS, LOG_ANCHORS, PURPOSES
from data_access.models import ACCESS_ROLES
from data_access.tables import EVERYTHING
from ui import data_quality, texts

DAYS = 30
"""The list begins so many days back, and so far back refused attempts are counted."""
MOST = 1000
"""Entries shown at once: nobody reads further."""
SHOWN = 20
"""Findings shown."""
ROLES: Mapping[str, str] = MappingProxyType({**ACCESS_ROLES, EVERYTHING: "Kommandolinjen"})
A_CASE = "Sag, der ikke findes eller er en andens"
"""What was tried, where the log says no more than that it was a case."""

LISTED = pl.Schema(
    {
        "at": pl.String(),
        "user": pl.String(),
        "role": pl.String(),
        "action": pl.String(),
        "purpose": pl.String(),
        "note": pl.String(),
        "cases": pl.Int64(),
        "rows": pl.Int64(),
    }
)
"""One row an entry."""
REFUSED = pl.Schema(
    {"user": pl.String(), "role": pl.String(), "what": pl.String(), "times": pl.UInt32(), "at": pl.String()}
)
"""One row for each user, in each role, and what they tried; `at` = the last time."""


def days(first: dt.date, last: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """From midnight before the first day to midnight after the last, as the clock is in Denmark."""
    zone = ZoneInfo(data_quality.HERE)
    since, until = (dt.datetime.combine(day, dt.time(), zone) for day in (first, last + dt.timedelta(days=1)))
    return since, until


def listed(entries: pl.DataFrame) -> pl.DataFrame:
    """The entries of `audit.entries` in words, in their order, as `LISTED`; what is not there is null."""
    return entries.select(
        data_quality.local("at"),
        "user",
        _roles(),
        pl.col("action").replace(ACTIONS),
        _unless_empty(pl.col("purpose").replace(PURPOSES)),
        _unless_empty(pl.col("note")),
        "cases",
        "rows",
    )


def refused(entries: pl.DataFrame) -> pl.DataFrame:
    """The refused attempts among the entries, as `REFUSED`: those that tried most first."""
    return (
        entries.filter(pl.col("action") == "refused")
        .group_by("user", _roles(), _unless_empty(pl.col("note")).fill_null(A_CASE).alias("what"))
        .agg(times=pl.len(), at=pl.col("at").max())
        .sort(["times", "at"], descending=True)
        .with_columns(data_quality.local("at"))
    )


def refusals(entries: pl.DataFrame) -> str:
    """How many attempts were refused, and whose they were, in one sentence."""
    tried = entries.filter(pl.col("action") == "refused")
    if tried.is_empty():
        return f"Ingen forsøg er afvist de seneste {texts.days(DAYS)}."
    attempts, people = texts.counts(tried.height, "forsøg", "forsøg"), tried["user"].n_unique()
    whose = texts.counts(people, "bruger", "brugere")
    return f"{attempts} er afvist de seneste {texts.days(DAYS)}, fordelt på {whose}."


def found(entries: pl.DataFrame) -> str:
    """How many entries are in the list, and whether there are more."""
    if entries.height > MOST:
        return f"De nyeste {texts.number(MOST)} poster. Vælg en kortere periode for at se de ældre."
    return f"{texts.counts(entries.height, 'post', 'poster')}, de nyeste øverst."


def for_citizen(looks: pl.DataFrame) -> pl.DataFrame:
    """What a citizen gets of `audit.extract`: when, why and what, with Danish headings, and nobody's name."""
    return looks.select(
        data_quality.local("at").alias("Tidspunkt"),
        _unless_empty(pl.col("purpose").replace(PURPOSES)).alias("Formål"),
        pl.col("action").replace(ACTIONS).alias("Handling"),
    )


def whole(*, anchored: bool) -> str:
    """That nothing was found, and how far that goes."""
    if anchored:
        return "Loggen er hel: intet er ændret, slettet eller føjet til, heller ikke i forhold til ankrene."
    return (
        "Loggen hænger sammen: intet er ændret eller slettet inde i den. Om slutningen mangler, eller det hele er "
        f"skrevet om, ses kun mod ankre, som ligger et andet sted. Bed driften sætte {LOG_ANCHORS} til ankrenes mappe."
    )


def shown(findings: Sequence[str]) -> list[str]:
    """The first findings, and how many more there are."""
    more = len(findings) - SHOWN
    return [*findings[:SHOWN], *([f"… og {texts.counts(more, 'fund', 'fund')} til."] if more > 0 else [])]


def _roles() -> pl.Expr:
    """The roles at the time, in words: `Afdelingsleder, Ungekoordinator`; null for who had none."""
    named = pl.col("role").str.split("+").list.eval(pl.element().replace(ROLES)).list.join(", ")
    return _unless_empty(named)


def _unless_empty(words: pl.Expr) -> pl.Expr:
    return pl.when(words != "").then(words)
