"""The vocabulary that a measure is declared in: what is judged, what it must do, and what it is compared with.

A declaration is a plain value. `assess.py` turns all of them into the one assessed frame; pages, lists,
catalogue and command line follow by themselves. Source of the outcome words: `semantics.md` §2 of the design.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal

import polars as pl

from metrics.limits import ALWAYS, Life, Limit, Version

OUTCOMES = ("met", "unmet", "late", "overdue", "missing", "excused", "lapsed", "pending", "unknown")
"""What can become of a unit. Only `Counts` gives `unmet`; only `Within` gives late, overdue, excused, lapsed."""
DEVIATIONS = ("late", "overdue", "missing")
"""The outcomes that a drill-down lists, exactly."""
BASE = ("met", "unmet", "late", "overdue", "missing")
"""The outcomes that a rate is counted over."""

TRUE = pl.lit(True)


@dataclass(frozen=True, eq=False)
class Within:
    """A deadline: `done` no later than the due date. Counts on the due date, once it has passed."""

    done: str
    trigger: str
    limit: Limit | None = None
    due: str | None = None
    """The unit's own due date, where no limit gives it."""
    excused_on: str | None = None
    """Date of a documented valid ground."""
    ends: tuple[str, ...] = ("closed_on",)
    """What ends the duty: on or before the due date it lapses."""
    needs: pl.Expr = TRUE
    """False where a value that the rule needs is blank or impossible."""


@dataclass(frozen=True, eq=False)
class Holds:
    """A duty at an event or on a day: met or missing. A blank condition is unknown."""

    condition: pl.Expr
    on: str
    grace: Limit | None = None
    """Time allowed before it is judged."""
    grace_from: str | None = None
    """Where the grace begins, when not on the event day."""


@dataclass(frozen=True, eq=False)
class Counts:
    """A share without a duty: met or unmet, never a deviation. A blank condition is unknown."""

    condition: pl.Expr
    on: str


@dataclass(frozen=True)
class Benchmark:
    """A figure from the focus audit of December 2021 (STAR, published 2022), or from another source that is named."""

    area: Literal["hele landet", "Rebild"]
    rate: float
    audit: bool = False
    """Compared with the audit rate (valid grounds stay in the base)."""
    not_comparable: str | None = None
    """Why it may be shown but not compared."""
    source: str = "fokusrevisionen, december 2021"


def national(percent: float, *, audit: bool = False, not_comparable: str | None = None) -> Benchmark:
    """The audit's figure for the whole country, in per cent."""
    return Benchmark("hele landet", percent / 100, audit, not_comparable)


def rebild(percent: float, *, audit: bool = False, not_comparable: str | None = None) -> Benchmark:
    """The audit's figure for Rebild, in per cent."""
    return Benchmark("Rebild", percent / 100, audit, not_comparable)


@dataclass(frozen=True, eq=False)
class Measure:
    """One rate: its unit, its rule, its law and its benchmark."""

    key: str
    title: str
    of: str
    """The frame of facts whose rows are judged, one unit a row."""
    must: Within | Holds | Counts
    rule: str
    """The duty, or what is counted, in one Danish sentence."""
    base: str
    """Who is in the base, in one Danish sentence."""
    why: str
    """Why a leader should care, in one Danish sentence."""
    legal_basis: str
    life: Life = ALWAYS
    """When the rule is in force: on the trigger day of a deadline, else on the day the unit counts on."""
    breach: str = ""
    """What a deviation is called in a list; a share without a duty has none."""
    population: pl.Expr = TRUE
    """True where the rule applies; null where a blank makes it impossible to say."""
    exclusions: str = ""
    source: Literal["register", "tilsyn"] = "register"
    from_records: bool = False
    """A judgement told by whether something is registered at all: there is no field that could be blank."""
    lower_is_better: bool = False
    too_late: bool = False
    """Once the deadline has passed, it cannot be made good."""
    benchmarks: tuple[Benchmark, ...] = ()
    note: str = ""

    @property
    def stock(self) -> bool:
        """Counted among those present on a day, not by events in a period."""
        return not isinstance(self.must, Within) and self.must.on == "day"

    @property
    def in_a_field(self) -> bool:
        """A judgement that is read from a field of its own."""
        return self.source == "tilsyn" and not self.from_records

    @property
    def kind(self) -> str:
        """Danish name of the kind of measure."""
        if isinstance(self.must, Within):
            return "frist"
        if isinstance(self.must, Counts):
            return "andel uden pligt, på opgørelsesdagen" if self.stock else "andel uden pligt"
        return "pligt, på opgørelsesdagen" if self.stock else "pligt ved en hændelse"

    @property
    def limit(self) -> Limit | None:
        """The deadline or grace that the measure uses, if it is a general one."""
        return self.must.limit if isinstance(self.must, Within) else getattr(self.must, "grace", None)

    @property
    def versions(self) -> tuple[Version, ...]:
        """The versions of its rule through time."""
        return self.limit.versions if self.limit else ()

    def rule_changes(self) -> list[dt.date]:
        """The days on which its rule changed into another."""
        return self.limit.changes() if self.limit else []

    def rule_breaks(self) -> list[dt.date]:
        """The first day that each of those can count on: a deadline counts when it is due."""
        changes = self.rule_changes()
        if not (changes and isinstance(self.must, Within) and self.limit):
            return changes
        due: list[dt.date] = pl.select(self.limit.due(pl.lit(pl.Series(changes)))).to_series().to_list()
        return due


COUNTED_BY = (
    "of",
    "must",
    "population",
    "life",
    "rule",
    "base",
    "exclusions",
    "legal_basis",
    "source",
    "from_records",
)
"""What of a declaration says what is counted; the rest says how it is shown."""


def mark(measure: Measure) -> str:
    """12 hexadecimal digits that change when, and only when, something in `COUNTED_BY` does: a word, a version of the
    limit, an expression. The same in every process.
    """
    said = [_plain(getattr(measure, name)) for name in COUNTED_BY]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:12]


def _plain(value: Any) -> Any:
    if isinstance(value, pl.Expr):
        return value.meta.serialize(format="json")
    if is_dataclass(value):
        return [type(value).__name__, *(_plain(getattr(value, field.name)) for field in fields(value))]
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, dt.date) else value


@dataclass(frozen=True, eq=False)
class Distribution:
    """A count of units by value: no rate, no deviation."""

    key: str
    title: str
    of: str
    on: str
    value: pl.Expr
    """The value a unit is counted under, or a list of them; null = not counted."""
    rule: str
    labels: Mapping[str, str]
    """Value -> Danish label, in the order shown."""
    legal_basis: str = ""
    population: pl.Expr = TRUE

    @property
    def stock(self) -> bool:
        """Counted on a day."""
        return self.on == "day"


@dataclass(frozen=True)
class Waiting:
    """How long the units of a deadline measure wait, also those that still do."""

    key: str
    title: str
    measure: str
    """Key of the deadline measure whose units wait."""
    rule: str


@dataclass(frozen=True, eq=False)
class Theme:
    """The measures of one page."""

    key: str
    title: str
    lead: str
    """What the page answers, in one Danish sentence."""
    measures: tuple[Measure, ...]
    distributions: tuple[Distribution, ...] = ()
    waits: tuple[Waiting, ...] = ()
