"""The list of deviating units: which of them are chosen, in which order, and what a reader sees of each.

Knows no Streamlit. Lists exactly the units that the figures count as late, overdue or missing, with what has been said
of each and whether it is new since the delivery before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl

from data_access.handling import GROUNDS, HANDLED, STATES, UNMARKED
from data_access.models import CATEGORIES
from metrics import changes
from metrics.assess import BY_KEY, URGENCY, Assessed, Cut, deviations
from metrics.changes import CARRIED, NEW, UNDATED
from metrics.measure import DEVIATIONS, Counts
from metrics.measures import MEASURES
from metrics.summary import TOO_LATE
from ui import data_quality, texts, why

RULES = tuple(measure.key for measure in MEASURES if not isinstance(measure.must, Counts))
"""The measures that a unit can deviate from, in the order of the catalogue."""
OUTCOMES = ("overdue", "late", "missing")
"""The deviating outcomes, in the order that a reader picks among them."""
BREACH_LABELS = MappingProxyType(
    {"0-30": "Højst 30 dage", "31-90": "31–90 dage", "91-": "Over 90 dage", UNDATED: "Uden frist"}
)
"""Age of a breach -> what it is called."""
CASES = MappingProxyType({"open": "Åben", "closed": "Afsluttet"})
"""Whether the case is still open on the view date, and the deviation can still be mended."""
UNHANDLED = "unhandled"
"""Nobody has said anything of the deviation, or the mark was taken off."""
HANDLINGS = MappingProxyType(
    {UNHANDLED: "Uhåndteret"} | {code: said for code, said in STATES.items() if code != UNMARKED}
)
"""How a deviation is handled -> what it is called."""
REPEATED = "repeated"
SINCE = MappingProxyType({NEW: "Ny", CARRIED: "Fortsat", REPEATED: "Gentaget"})
"""What a deviation is, held against the delivery before; a repeated one is new or carried over too."""
WHY_GONE = MappingProxyType(
    {
        **{code: said for code, said in texts.OUTCOMES.items() if code in changes.GONE},
        "unmet": "Ikke en pligt længere",
        "closed": "Sagen er afsluttet",
        "moved": "Sagen er i et andet center",
        "withdrawn": "Sagen er ude af kilden",
        "not_covered": "Ikke omfattet længere",
    }
)
"""Why a deviation is none any more -> what is said of it."""
MOST = 1000
"""Rows sent to a browser; nobody reads further, and every row costs."""


@dataclass(frozen=True)
class Choice:
    """What a reader has picked on the page; nothing picked of a kind means all of it."""

    rules: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    breaches: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    handlings: tuple[str, ...] = ()
    since: tuple[str, ...] = ()


NOTHING_SAID = pl.DataFrame(schema=HANDLED)


def listed(
    assessed: Assessed, cut: Cut, before: Assessed | None = None, standing: pl.DataFrame = NOTHING_SAID
) -> pl.DataFrame:
    """All deviations of a cut: rows of the assessed frame, open cases first, then unhandled, what can still be done,
    overdue, the oldest.

    With `breach` and `age_band` as `changes.aged`, `since` and `repeated` as `changes.compared` with what was `before`;
    `protected` and `held` of its case, as in `Assessed.cases`; `case_state` = the key of `CASES`; `handling` = that of
    `HANDLINGS`, null where another centre holds the case, and `handled` = the same in words, from what is `standing`.
    """
    rows = changes.compared(deviations(assessed, cut), assessed, before, cut, standing)
    closed = assessed.cases.filter(pl.col("closed_on") <= assessed.view_date)["case_id"]
    state = pl.when(pl.col("case_id").is_in(closed.implode())).then(pl.lit("closed")).otherwise(pl.lit("open"))
    whose = assessed.cases.select("case_id", "protected", "held")
    handled = changes.standing_still(standing, rows, assessed).select("measure", "unit_id", *_said())
    return (
        changes.aged(rows, assessed)
        .with_columns(case_state=state)
        .join(whose, on="case_id", how="left", maintain_order="left")
        .join(handled, on=["measure", "unit_id"], how="left", maintain_order="left")
        .with_columns(pl.when("held").then(pl.col("handling").fill_null(UNHANDLED)), pl.when("held").then("handled"))
        .sort(
            pl.col("case_state") == "closed",
            pl.col("handling").ne_missing(pl.lit(UNHANDLED)),
            pl.col("measure").cast(pl.String).is_in(TOO_LATE),
            URGENCY,
            pl.coalesce("due", "on"),
            "measure",
            "unit_id",
        )
    )


def _said() -> tuple[pl.Expr, pl.Expr]:
    """`handling`, the state of an entry of the history, and `handled`: `Sat i gang: AB senest 01-12-2026`."""
    detail = pl.coalesce(
        pl.col("ground").replace_strict(GROUNDS, default=None, return_dtype=pl.String),
        pl.concat_str("responsible", why.day("do_by"), separator=" senest "),
    )
    return pl.col("state").alias("handling"), pl.concat_str(
        pl.col("state").replace_strict(STATES, default=None, return_dtype=pl.String),
        detail,
        separator=": ",
        ignore_nulls=True,
    ).alias("handled")


def told(entries: pl.DataFrame) -> pl.DataFrame:
    """Entries of the history in words, in their order: saved_at, handled, note, rule, saved_by."""
    rules = {measure.key: measure.breach for measure in MEASURES}
    return entries.select(
        data_quality.local("saved_at"),
        _said()[1],
        pl.when(pl.col("note") != "").then("note"),
        pl.col("measure").replace(rules).alias("rule"),
        "saved_by",
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
    if choice.handlings:
        picked &= pl.col("handling").is_in(choice.handlings)
    if choice.since:
        picked &= pl.col("since").is_in(choice.since) | (pl.col("repeated") & (REPEATED in choice.since))
    return rows.filter(picked)


def count_by(rows: pl.DataFrame, column: str) -> dict[str, int]:
    """Value -> number of rows; values that do not occur are left out. Of `since` a repeated one counts as such too."""
    counted = dict(rows.group_by(pl.col(column).cast(pl.String)).len().iter_rows())
    if column == "since" and (again := rows["repeated"].sum()):
        counted[REPEATED] = again
    return counted


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
        rule=breach(),
        outcome=outcomes("outcome"),
        since=_since(),
        handling=pl.coalesce("handled", pl.col("handling").replace_strict(HANDLINGS, default=None)),
        days=pl.when(~masked).then("days"),
        **{name: pl.when(~masked).then(column) for name, column in told.items()},
    )
    return shown.drop(name for name in ("note", "since") if not shown[name].count())


def _since() -> pl.Expr:
    """`Ny`, `Fortsat`, `Ny, gentaget`; a repeated one also where there is nothing to hold it against."""
    since = pl.col("since").replace_strict(SINCE, default=None, return_dtype=pl.String)
    again = pl.when(pl.col("since").is_null()).then(pl.lit(SINCE[REPEATED])).otherwise(pl.lit(SINCE[REPEATED].lower()))
    return _nothing_is_null(pl.concat_str(since, pl.when("repeated").then(again), separator=", ", ignore_nulls=True))


def _nothing_is_null(words: pl.Expr) -> pl.Expr:
    return pl.when(words != "").then(words)


def gone_table(rows: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    """What a reader sees of the rows of `changes.gone`: case, rule, why it is none now, center, due (else the day)."""
    whose = rows.join(cases.select("case_id", "protected"), on="case_id", how="left", maintain_order="left")
    shown = whose.select(
        case="case_id",
        marking=pl.when("protected").then(pl.lit("Beskyttet")),
        rule=breach(),
        gone=pl.col("why").replace_strict(WHY_GONE, return_dtype=pl.String),
        center=pl.col("center").fill_null(texts.NO_CENTER),
        due=pl.coalesce("due", "on"),
    )
    return shown.drop(() if shown["marking"].count() else "marking")


def errors_table(rows: pl.DataFrame, standing: pl.DataFrame) -> pl.DataFrame:
    """The deviations among `rows` that are marked as errors of registration: what the source's users need to mend them.

    case, marking (where one is protected), center, rule, read (what the rule asks for), why (the dates it has read),
    note, marked (when). `rows` with `protected`.
    """
    marked = standing.filter(pl.col("state") == "misregistered").select(
        pl.col("measure").cast(rows.schema["measure"], strict=False),
        "unit_id",
        "note",
        marked=data_quality.local("saved_at"),
    )
    shown = (
        rows.join(marked, on=["measure", "unit_id"])
        .sort("center", "case_id", "measure", "unit_id", nulls_last=True)
        .select(
            case="case_id",
            marking=pl.when("protected").then(pl.lit("Beskyttet")),
            center=pl.col("center").fill_null(texts.NO_CENTER),
            rule=breach(),
            read=pl.col("measure").cast(pl.String).replace_strict({key: BY_KEY[key].rule for key in RULES}),
            why=why.line(),
            note=pl.when(pl.col("note") != "").then("note"),
            marked="marked",
        )
    )
    return shown.drop(() if shown["marking"].count() else "marking")


def center_table(rows: pl.DataFrame, centers: Sequence[str]) -> pl.DataFrame:
    """Per centre: deviations, unhandled, new, carried, repeated, and how many of each age."""
    bare = rows.group_by("center").agg(unhandled=(pl.col("handling") == UNHANDLED).sum().cast(pl.Int64))
    counted = changes.carried_over(rows, centers).join(
        bare, on="center", how="left", nulls_equal=True, maintain_order="left"
    )
    since = ("new", "carried", "repeated") if rows["since"].count() else ("repeated",)
    return counted.select(
        pl.col("center").fill_null(texts.NO_CENTER),
        "deviations",
        pl.col("unhandled").fill_null(0),
        *since,
        *BREACH_LABELS,
    )


HEADINGS = {
    "case": "Sag",
    "note": "Bemærk",
    "rule": "Regel",
    "outcome": "Udfald",
    "since": "Siden sidst",
    "handling": "Håndtering",
    "days": "Dage over",
    "why": "Hvorfor",
    "center": "Center",
    "category": "Kategori",
    "due": "Frist/dato",
    "done": "Udført",
}
"""Column of `table` -> what it is called, on the page and in a file."""
GONE_HEADINGS = {
    "case": "Sag",
    "marking": "Bemærk",
    "rule": "Regel",
    "gone": "Nu",
    "center": "Center",
    "due": "Frist/dato",
}
"""Column of `gone_table` -> what it is called."""
ERROR_HEADINGS = {
    "case": "Sag",
    "marking": "Bemærk",
    "center": "Center",
    "rule": "Regel",
    "read": "Hvad reglen læser",
    "why": "Datoer og udfald",
    "note": "Note",
    "marked": "Mærket",
}
"""Column of `errors_table` -> what it is called."""
CENTER_HEADINGS = {
    "center": "Center",
    "deviations": "Afvigelser",
    "unhandled": "Uhåndteret",
    "new": SINCE[NEW],
    "carried": SINCE[CARRIED],
    "repeated": SINCE[REPEATED],
    **BREACH_LABELS,
}
"""Column of `center_table` -> what it is called."""
MOVED = "I andet center"
"""Said of a case that another centre holds now."""


def breach() -> pl.Expr:
    """What went wrong, by the rule that was broken."""
    return pl.col("measure").cast(pl.String).replace_strict({key: BY_KEY[key].breach for key in RULES})


def in_words(rows: pl.DataFrame) -> pl.DataFrame:
    """What went wrong, outcome and why-line of some listed rows, in their order."""
    return rows.select(
        title=breach(),
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


def summary(rows: pl.DataFrame, shown: int) -> str:
    """How many there are, how many are new and unhandled, and whether all of them are in the table."""
    found = f"{texts.counts(rows.height, 'afvigelse', 'afvigelser')}: {work(rows)}"
    if rows.height <= shown:
        return f"{found}."
    return (
        f"{found}. Tabellen viser de første {texts.number(shown)}: åbne sager først, så de uhåndterede, de ældste "
        "øverst. Vælg færre regler eller et center for at se resten."
    )


def work(rows: pl.DataFrame) -> str:
    """What there is to do about some listed rows: `6 nye siden sidste leverance, 30 uhåndterede`."""
    bare = int((rows["handling"] == UNHANDLED).sum())
    unhandled = f"{texts.number(bare)} {'uhåndteret' if bare == 1 else 'uhåndterede'}"
    return ", ".join(filter(None, (_new(rows), unhandled)))


def unhandled(rows: pl.DataFrame) -> tuple[str, str]:
    """How many of some listed rows are unhandled, and beside it how many are new."""
    return texts.number(int((rows["handling"] == UNHANDLED).sum())), _new(rows)


def _new(rows: pl.DataFrame) -> str:
    """`6 nye siden sidste leverance`; empty where there is nothing to hold them against."""
    new = int((rows["since"] == NEW).sum())
    return f"{texts.number(new)} {'ny' if new == 1 else 'nye'} siden sidste leverance" if rows["since"].count() else ""


assert set(OUTCOMES) == set(DEVIATIONS)
