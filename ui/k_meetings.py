"""K-møder: who should come to the next one and why, the agenda, and what was agreed. Knows no Streamlit."""

import datetime as dt
from collections.abc import Mapping, Sequence
from html import escape
from types import MappingProxyType

import polars as pl

from data_access.models import CATEGORIES, MEETING_KINDS
from metrics.assess import Assessed, Cut
from ui import texts, why

RULES: Mapping[str, str] = MappingProxyType(
    {
        "K1": "Over 1 år uden konference",
        "K2": "Specialklasse og mulig STU",
        "K3": "Social sag og snart 18",
        "K4": "Omkring 16 uden plan",
        "K5": "Over 1 år på hjælp",
        "K6": "Indstillet",
    }
)
"""Code of a rule -> its name."""
STATES: Mapping[str, str] = MappingProxyType(
    {
        "overdue": "Overskredet",
        "pending": "Frist endnu ikke nået",
        "late": "Udført for sent",
        "met": "Udført til tiden",
        "lapsed": "Bortfaldet",
        "undated": "Uden frist",
        "impossible": "Frist før mødet",
    }
)
"""What has become of an agreement, in the order listed."""
MOST = 100
"""Youths listed on the page; the file has all."""
TWO_FIELDS = 2
"""So many fields must be concerned before a youth is for a K-møde."""


def reason() -> pl.Expr:
    """Why a candidate (a row with its case's `first_enquiry_on`) should come, as a sentence."""
    on = why.day("since")
    years = (pl.col("since").dt.year() - pl.col("first_enquiry_on").dt.year()).cast(pl.String)
    said = {
        "K1": pl.format("Sagen har varet {} år den {} uden konference siden", years, on),
        "K2": pl.format("Specialklasse og mulig STU, ikke drøftet siden sagen begyndte {}", on),
        "K3": pl.format("Social sag, og den unge fyldte 17½ år den {}", on),
        "K4": pl.format("Omkring 16 år uden plan siden den {}", on),
        "K5": pl.format("På hjælp i over 1 år (1 år den {}), intet møde i 12 måneder", on),
        "K6": pl.format("Indstillet den {}, mødet er ikke holdt", on),
    }
    words = pl.lit(None, dtype=pl.String)
    for rule, sentence in said.items():
        words = pl.when(pl.col("rule") == rule).then(sentence).otherwise(words)
    return words


def youths(assessed: Assessed, cut: Cut, rules: Sequence[str] = ()) -> pl.DataFrame:
    """Who should come, one row a youth: two fields or more first, then whoever has waited longest.

    case_id (where the oldest reason is), others (the youth's other cases in the cut), rules, why, since, waited (days
    to V), fields, planned_on, center (all of them), category, age, protected, held. `rules`: those with one of them.
    """
    of_case = assessed.cases.select("case_id", "first_enquiry_on", "protected", "held")
    rows = assessed.candidates.filter(cut.who()).join(of_case, on="case_id", how="left")
    first = {name: pl.col(name).first() for name in ("case_id", "since", "category", "age", "held")}
    listed = (
        rows.with_columns(why=reason())
        .sort("since", "rule", "case_id")
        .group_by("unit_id", maintain_order=True)
        .agg(
            **first,
            cases=pl.col("case_id").unique(maintain_order=True),
            rules=pl.col("rule").unique(maintain_order=True).sort(),
            why=pl.col("why").unique(maintain_order=True).str.join(". "),
            fields=pl.col("fields").max(),
            planned_on=pl.col("planned_on").min(),
            center=pl.col("center").fill_null(texts.NO_CENTER).unique(maintain_order=True).str.join(" og "),
            protected=pl.col("protected").any(),
        )
        .with_columns(
            others=pl.col("cases").list.slice(1),
            waited=(pl.lit(assessed.view_date) - pl.col("since")).dt.total_days(),
        )
        .sort(pl.col("fields") < TWO_FIELDS, "since", "case_id")
    )
    if rules:
        wanted = pl.col("rules").list.set_intersection(list(rules)).list.len() > 0
        listed = listed.filter(wanted)
    return listed


def line(row: Mapping[str, object], view_date: dt.date) -> tuple[str, str]:
    """A youth in words: what stands first, and why; neither is escaped."""
    since, planned, others = row["since"], row["planned_on"], row["others"]
    assert isinstance(since, dt.date)
    assert isinstance(others, list)
    parts = [
        str(row["case_id"]),
        f"ventet {texts.days((view_date - since).days)}",
        texts.counts(int(str(row["fields"])), "fagområde", "fagområder"),
    ]
    if isinstance(planned, dt.date):
        parts.append(f"på dagsordenen den {texts.date(planned)}")
    if row["protected"]:
        parts.append("beskyttet")
    also = f" Også sag {' og '.join(others)}." if others else ""
    return " · ".join(parts), f"{row['why']}.{also} {row['center']}."


def summary(listed: pl.DataFrame) -> str:
    """How many there are, and how many of them are on an agenda already."""
    planned = listed["planned_on"].count()
    two = listed.filter(pl.col("fields") >= TWO_FIELDS).height
    said = f"{texts.number(two)} unge med mindst to fagområder bør på K-møde"
    return f"{said}. I alt {texts.number(planned)} er allerede på en dagsorden."


def counts(listed: pl.DataFrame) -> dict[str, int]:
    """Rule -> how many of the youths it asks for."""
    return dict(listed.select("rules").explode("rules").group_by("rules").len().iter_rows())


LIST_HEADINGS: Mapping[str, str] = MappingProxyType(
    {
        "case": "Sag",
        "also": "Også sag",
        "center": "Center",
        "category": "Kategori",
        "age": "Alder",
        "why": "Hvorfor",
        "waited": "Ventet, dage",
        "fields": "Fagområder",
        "planned_on": "På dagsordenen",
        "note": "Bemærk",
    }
)
"""Column of `table` -> what it is called in a file."""


def table(listed: pl.DataFrame) -> pl.DataFrame:
    """The youths as a file has them."""
    return listed.select(
        case="case_id",
        also=pl.col("others").list.join(", "),
        center="center",
        category=_category(),
        age="age",
        why="why",
        waited="waited",
        fields="fields",
        planned_on="planned_on",
        note=pl.when("protected").then(pl.lit("Beskyttet")),
    )


def _category() -> pl.Expr:
    return pl.col("category").replace_strict(CATEGORIES, default=texts.NO_CATEGORY, return_dtype=pl.String)


# --- the agenda ---------------------------------------------------------------------------------------


def next_day(listed: pl.DataFrame) -> dt.date | None:
    """The day of the next meeting that one of the youths is on the agenda of."""
    day = listed["planned_on"].min()
    return day if isinstance(day, dt.date) else None


def agenda(listed: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The youths of the next meeting, and those who are proposed and have no day yet; who has waited longest first."""
    day = next_day(listed)
    on_it = listed.filter(pl.col("planned_on") == day) if day else listed.clear()
    proposed = listed.filter(pl.col("planned_on").is_null() & pl.col("rules").list.contains("K6"))
    return on_it.sort("since", "case_id"), proposed.sort("since", "case_id")


def agenda_page(rows: pl.DataFrame, proposed: pl.DataFrame, day: dt.date | None, about: str) -> str:
    """The agenda as HTML to be printed; `about` = which part of the municipality, and as of when."""
    if day:
        title = f"Dagsorden for K-mødet den {texts.long_date(day)}"
        parts = [_agenda_table(rows, title)]
    else:
        title, parts = "Dagsorden for næste K-møde", ["<p>Der er endnu ikke sat unge på et kommende møde.</p>"]
    if len(proposed):
        parts += ["<h3>Indstillet uden mødedag</h3>", _agenda_table(proposed, "Indstillet uden mødedag")]
    return f'<div class="dagsorden"><h2>{title}</h2><p class="stille">{escape(about)}</p>{"".join(parts)}</div>'


def _agenda_table(rows: pl.DataFrame, caption: str) -> str:
    headings = ("Nr.", "Sag", "Center", "Hvorfor", "Ventet", "Aftalt")
    head = "".join(f'<th scope="col">{name}</th>' for name in headings)
    body = "".join(_agenda_row(number, row) for number, row in enumerate(rows.iter_rows(named=True), start=1))
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _agenda_row(number: int, row: Mapping[str, object]) -> str:
    others = row["others"]
    assert isinstance(others, list)
    cases = escape(" og ".join([str(row["case_id"]), *others])) + ("<br>Beskyttet" if row["protected"] else "")
    age = f"{row['age']}{texts.SPACE}år" if row["age"] is not None else "alder ukendt"
    category = texts.category(row["category"] if isinstance(row["category"], str) else None)
    who = f"<small>{escape(f'{age}, {category[0].lower()}{category[1:]}')}</small>"
    waited = texts.days(int(str(row["waited"])))
    fields = texts.counts(int(str(row["fields"])), "fagområde", "fagområder")
    cells = (cases + who, escape(str(row["center"])), f"{escape(str(row['why']))}.<small>{fields}</small>", waited, "")
    return f'<tr><th scope="row">{number}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


# --- agreements ---------------------------------------------------------------------------------------


def agreements(assessed: Assessed, cut: Cut) -> pl.DataFrame:
    """The agreements of meetings in the period, and all that are overdue in open cases: overdue first, oldest first.

    Rows of `Assessed.agreements` with `state` (key of `STATES`), `over` (days over the deadline) and `protected`.
    """
    view_date = pl.lit(assessed.view_date)
    due, done, closed = pl.col("due"), pl.col("done"), pl.col("closed_on")
    state = (
        pl.when(due.is_null())
        .then(pl.lit("undated"))
        .when(due < pl.col("held_on"))
        .then(pl.lit("impossible"))
        .when(done <= due)
        .then(pl.lit("met"))
        .when((closed <= due) & (closed <= view_date))
        .then(pl.lit("lapsed"))
        .when(done.is_not_null())
        .then(pl.lit("late"))
        .when(due >= view_date)
        .then(pl.lit("pending"))
        .otherwise(pl.lit("overdue"))
    )
    stop = pl.coalesce(done, view_date)
    rows = assessed.agreements.filter(cut.who()).with_columns(state=state)
    in_period = pl.col("held_on").is_between(cut.date_from, cut.date_to)
    order = pl.col("state").replace_strict({code: place for place, code in enumerate(STATES)}, return_dtype=pl.Int64)
    return (
        rows.filter(in_period | ((pl.col("state") == "overdue") & closed.is_null()))
        .with_columns(
            over=pl.when(pl.col("state").is_in(["overdue", "late"])).then((stop - due).dt.total_days()),
        )
        .join(assessed.cases.select("case_id", "protected"), on="case_id", how="left")
        .sort(order, pl.coalesce("due", "held_on"), "unit_id")
    )


AGREED_HEADINGS: Mapping[str, str] = MappingProxyType(
    {
        "case": "Sag",
        "note": "Bemærk",
        "state": "Status",
        "over": "Dage over",
        "due": "Frist",
        "done": "Udført",
        "responsible": "Ansvarligt center",
        "held_on": "Møde",
        "kind": "Mødets art",
    }
)
"""Column of `agreed_table` -> what it is called, on the page and in a file."""


def agreed_table(rows: pl.DataFrame) -> pl.DataFrame:
    """What a reader sees of the agreements."""
    shown = rows.select(
        case="case_id",
        note=pl.when(pl.col("protected")).then(pl.lit("Beskyttet")),
        state=pl.col("state").replace_strict(STATES, return_dtype=pl.String),
        over="over",
        due="due",
        done="done",
        responsible="responsible_center",
        held_on="held_on",
        kind=pl.col("kind").replace_strict(MEETING_KINDS, return_dtype=pl.String),
    )
    return shown if shown["note"].count() else shown.drop("note")
