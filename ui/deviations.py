"""The list of deviating units: which of them are chosen, in which order, and what a reader sees of each.

Knows no Streamlit. Lists exactly the units that the figures count as late, overdue or missing.
"""

from dataclasses import dataclass
from types import MappingProxyType

import polars as pl

from data_access.models import CATEGORIES
from metrics.assess import BY_KEY, STOCK, URGENCY, Assessed, Cut, deviations
from metrics.measure import DEVIATIONS, Counts
from metrics.measures import MEASURES
from ui import texts, why

RULES = tuple(measure.key for measure in MEASURES if not isinstance(measure.must, Counts))
"""The measures that a unit can deviate from, in the order of the catalogue."""
OUTCOMES = ("overdue", "late", "missing")
"""The deviating outcomes, in the order that a reader picks among them."""
BREACHES = MappingProxyType({"0-30": (0, 30), "31-90": (31, 90), "91-": (91, 10**6)})
"""Age of a breach, whole days with both ends included."""
UNDATED = "uden"
"""The band of a duty without a deadline, judged on a day: nobody knows since when."""
BREACH_LABELS = MappingProxyType(
    {"0-30": "Højst 30 dage", "31-90": "31–90 dage", "91-": "Over 90 dage", UNDATED: "Uden frist"}
)
CASES = MappingProxyType({"open": "Åben", "closed": "Afsluttet"})
"""Whether the case is still open on the view date, and the deviation can still be mended."""
MOST = 1000
"""Rows sent to a browser; nobody reads further, and every row costs."""


@dataclass(frozen=True)
class Choice:
    """What a reader has picked on the page; nothing picked of a kind means all of it."""

    rules: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    breaches: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()


def listed(assessed: Assessed, cut: Cut) -> pl.DataFrame:
    """All deviations of a cut: rows of the assessed frame, open cases first, then overdue, then the oldest.

    With `protected` and `held` of its case, as in `Assessed.cases`; `breach` = the age of the breach: whole days from
    the deadline (else from the event) to the view date, null for a duty judged on a day; `age_band` = the key of
    `BREACH_LABELS` that it lies in; `case_state` = that of `CASES`.
    """
    since = pl.coalesce("due", "on")
    dated = pl.col("due").is_not_null() | ~pl.col("measure").is_in(STOCK)
    age = (pl.lit(assessed.view_date) - since).dt.total_days()
    rows = deviations(assessed, cut).with_columns(breach=pl.when(dated).then(age))
    band = pl.lit(UNDATED)
    for key, (low, high) in BREACHES.items():
        band = pl.when(pl.col("breach").is_between(low, high)).then(pl.lit(key)).otherwise(band)
    closed = assessed.cases.filter(pl.col("closed_on") <= assessed.view_date)["case_id"]
    state = pl.when(pl.col("case_id").is_in(closed.implode())).then(pl.lit("closed")).otherwise(pl.lit("open"))
    whose = assessed.cases.select("case_id", "protected", "held")
    return (
        rows.with_columns(age_band=band, case_state=state)
        .join(whose, on="case_id", how="left", maintain_order="left")
        .sort(pl.col("case_state") == "closed", URGENCY, since, "measure", "unit_id")
    )


def chosen(rows: pl.DataFrame, choice: Choice) -> pl.DataFrame:
    """The listed rows that are picked, in the same order."""
    picked = pl.lit(True)
    if choice.rules:
        picked &= pl.col("measure").cast(pl.String).is_in(choice.rules)
    if choice.outcomes:
        picked &= pl.col("outcome").cast(pl.String).is_in(choice.outcomes)
    if choice.breaches:
        picked &= pl.col("age_band").is_in(choice.breaches)
    if choice.cases:
        picked &= pl.col("case_state").is_in(choice.cases)
    return rows.filter(picked)


def count_by(rows: pl.DataFrame, column: str) -> dict[str, int]:
    """Value -> number of rows; values that do not occur are left out."""
    counted = rows.group_by(pl.col(column).cast(pl.String)).len()
    return dict(counted.iter_rows())


def table(rows: pl.DataFrame) -> pl.DataFrame:
    """What a reader sees of the rows, one column each and nothing else; duties without a deadline show their day.

    Of a protected case that another centre holds, only the rule and the outcome.
    """
    masked = pl.col("protected") & ~pl.col("held")
    told = {
        "why": why.line(),
        "center": pl.col("center").fill_null(texts.NO_CENTER),
        "category": categories("category"),
        "due": pl.coalesce("due", "on"),
        "done": pl.col("done"),
    }
    shown = rows.select(
        case="case_id",
        note=pl.when(pl.col("protected"))
        .then(pl.lit("Beskyttet"))
        .when(~pl.col("held"))
        .then(pl.lit(MOVED))
        .when(pl.col("case_state") == "closed")
        .then(pl.lit("Afsluttet")),
        rule=_breach(),
        outcome=outcomes("outcome"),
        days=pl.when(~masked).then("days"),
        **{name: pl.when(~masked).then(column) for name, column in told.items()},
    )
    return shown if shown["note"].count() else shown.drop("note")


HEADINGS = {
    "case": "Sag",
    "note": "Bemærk",
    "rule": "Regel",
    "outcome": "Udfald",
    "days": "Dage over",
    "why": "Hvorfor",
    "center": "Center",
    "category": "Kategori",
    "due": "Frist/dato",
    "done": "Udført",
}
"""Column of `table` -> what it is called, on the page and in a file."""
MOVED = "I andet center"
"""Said of a case that another centre holds now."""


def _breach() -> pl.Expr:
    """What went wrong, by the rule that was broken."""
    return pl.col("measure").cast(pl.String).replace_strict({key: BY_KEY[key].breach for key in RULES})


def of_case(rows: pl.DataFrame, case_id: str) -> pl.DataFrame:
    """The deviations of one case: what went wrong, outcome and why-line, in the order listed."""
    return rows.filter(pl.col("case_id") == case_id).select(
        title=_breach(),
        outcome=outcomes("outcome"),
        why=why.line(),
    )


def categories(column: str) -> pl.Expr:
    """Category codes as Danish names."""
    return pl.col(column).replace_strict(CATEGORIES, default=texts.NO_CATEGORY, return_dtype=pl.String)


def outcomes(column: str) -> pl.Expr:
    """Outcome codes as Danish names."""
    return pl.col(column).cast(pl.String).replace_strict(texts.OUTCOMES, return_dtype=pl.String)


def rules_label(choice: Choice) -> str:
    """Which rules the list is about."""
    if not choice.rules:
        return "Regler: alle"
    first, more = BY_KEY[choice.rules[0]].breach, len(choice.rules) - 1
    return f"Regler: {first}" + (f" og {texts.number(more)} mere" if more else "")


def summary(total: int, shown: int) -> str:
    """How many there are, and whether all of them are in the table."""
    found = texts.counts(total, "afvigelse", "afvigelser")
    if total <= shown:
        return f"{found}. Vælg en række for at se sagen."
    return (
        f"{found}. Tabellen viser de første {texts.number(shown)}: åbne sager først, så de overskredne, de ældste "
        "øverst. Vælg færre regler eller et center for at se resten."
    )


assert set(OUTCOMES) == set(DEVIATIONS)
