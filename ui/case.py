"""One case on one page: who holds it, its deadlines, every outcome it has got, and what has happened in it.

Knows no Streamlit. Names nobody: no birth date, no person, no caseworker.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from data_access.models import CLOSURES, DELIVERED, Row, sources
from metrics.assess import STOCK, Assessed
from metrics.facts import mask
from metrics.measure import Counts, Within
from metrics.measures import MEASURES, THEMES
from ui import texts, why
from ui.deviations import outcomes

YES_NO = {True: "ja", False: "nej"}


@dataclass(frozen=True, eq=False)
class CaseFile:
    """What is shown of a case, as of the view date."""

    case_id: str
    center: str
    category: str
    age: int | None
    """Whole years on the view date."""
    first_enquiry_on: dt.date
    closed_on: dt.date | None
    closure: str | None
    handed_over: bool
    """Another centre held it when one of its clocks began."""
    deadlines: pl.DataFrame
    """title, trigger, due, done, outcome (code): every deadline, the earliest first."""
    judged: pl.DataFrame
    """theme, title, outcome (Danish), why: every outcome, in the order of the catalogue."""
    events: pl.DataFrame
    """on, what, detail: everything that has happened, the newest first."""

    def header(self) -> str:
        """Centre, category, age and dates on one line."""
        parts = [self.center, self.category]
        if self.age is not None:
            parts.append(f"{self.age}{texts.SPACE}år")
        parts.append(f"første henvendelse {texts.date(self.first_enquiry_on)}")
        if self.closed_on:
            reason = f" ({self.closure.lower()})" if self.closure else ""
            parts.append(f"afsluttet {texts.date(self.closed_on)}{reason}")
        else:
            parts.append("åben")
        return " · ".join(parts)


@dataclass(frozen=True)
class Event:
    """A dated column of a table, and what it means that it has a date."""

    table: str
    on: str
    what: str
    detail: str = ""
    """The column that says more; a code is shown by its label, a flag as ja or nej."""


EVENTS = (
    Event("cases", "first_enquiry_on", "Første henvendelse"),
    Event("cases", "closed_on", "Sagen afsluttet", "closure"),
    Event("center_periods", "from_on", "Sagen hos center", "center"),
    Event("interviews", "held_on", "Samtale", "form"),
    Event("visitations", "visited_on", "Visitation", "category"),
    Event("guidance", "guided_on", "Vejledning", "topic"),
    Event("literacy_tests", "assessed_on", "Testbehov vurderet", "needed"),
    Event("literacy_tests", "completed_on", "Læse-, skrive- og regnetest gennemført"),
    Event("literacy_tests", "exempted_on", "Undtaget fra test", "exemption"),
    Event("literacy_tests", "course_offered_on", "Kursus tilbudt efter test"),
    Event("education_orders", "issued_on", "Uddannelsespålæg givet", "step"),
    Event("education_orders", "fulfilled_on", "Uddannelsespålæg opfyldt", "step"),
    Event("education_orders", "until", "Uddannelsespålæg ophørt", "step"),
    Event("offers", "offered_on", "Tilbud givet", "kind"),
    Event("offers", "start_on", "Tilbud begyndt", "kind"),
    Event("offers", "until", "Tilbud sluttet", "kind"),
    Event("no_shows", "missed_on", "Udeblivelse", "missed"),
    Event("no_shows", "contacted_on", "Kontakt efter udeblivelse"),
    Event("no_shows", "heard_on", "Partshøring"),
    Event("no_shows", "decided_on", "Afgørelse om udeblivelse", "sanction"),
    Event("no_shows", "effectuated_on", "Sanktion effektueret", "sanction"),
    Event("plans", "made_on", "Plan", "kind"),
    Event("plans", "until", "Plan ophørt", "kind"),
    Event("job_search", "registered_at_jobnet_on", "Jobsøgning", "kind"),
    Event("transitions", "admitted_on", "Optaget på uddannelse", "institution"),
    Event("transitions", "study_start_due", "Studiestart", "institution"),
    Event("transitions", "duty_assessed_on", "Pligt til uddannelse vurderet"),
    Event("transitions", "handed_over_on", "Oplysninger overdraget til uddannelsessted"),
    Event("transitions", "dropout_warned_on", "Frafaldsvarsel"),
    Event("transitions", "contacted_after_warning_on", "Kontakt efter frafaldsvarsel"),
    Event("transitions", "broken_off_on", "Uddannelse afbrudt"),
    Event("transitions", "sanction_assessed_on", "Sanktion vurderet ved afbrud"),
    Event("transitions", "completed_on", "Uddannelse gennemført"),
    Event("assignments", "from_on", "Tilknyttet", "role"),
    Event("assignments", "until", "Tilknytning ophørt", "role"),
    Event("guide_statuses", "status_on", "Ungeguide", "status"),
    Event("meetings", "proposed_on", "Møde indstillet", "kind"),
    Event("meetings", "held_on", "Møde holdt", "kind"),
    Event("agreements", "done_on", "Aftale udført", "responsible_center"),
    Event("measurements", "measured_on", "Måling", "instrument"),
    Event("groups", "from_on", "I gruppe", "kind"),
    Event("groups", "until", "Ude af gruppe", "kind"),
    Event("benefits", "from_on", "Forsørgelse", "kind"),
)
"""Everything in a case that has a date, in the order told when several share a day."""

_MODELS: Mapping[str, type[Row]] = {str(model.__tablename__): model for model in DELIVERED}
_TITLES = {measure.key: measure.title for measure in MEASURES}
_THEME = {measure.key: theme.title for theme in THEMES for measure in theme.measures}
_DEADLINES = [measure.key for measure in MEASURES if isinstance(measure.must, Within)]
_SHARES = [measure.key for measure in MEASURES if isinstance(measure.must, Counts)]


def case_file(case_id: str, assessed: Assessed, tables: Mapping[str, pl.LazyFrame]) -> CaseFile | None:
    """What is known of a case as of the assessed frame's view date; None where there is no such case.

    `tables` holds the rows of the case only, as `read_case` of data_access gives them.
    """
    present = assessed.cases.filter(pl.col("case_id") == case_id)
    seen = mask(tables, assessed.view_date)
    if present.is_empty() or seen["cases"].is_empty():
        return None
    case, registered = present.row(0, named=True), seen["cases"].row(0, named=True)
    rows = _rows(case_id, assessed)
    return CaseFile(
        case_id=case_id,
        center=texts.center(case["center"]),
        category=texts.category(case["category"]),
        age=case["age"],
        first_enquiry_on=case["first_enquiry_on"],
        closed_on=case["closed_on"],
        closure=CLOSURES.get(registered["closure"] or "") if case["closed_on"] else None,
        handed_over=bool(rows["handed_over"].any()),
        deadlines=_deadlines(rows),
        judged=_judged(rows),
        events=_events(seen, assessed.view_date),
    )


def _rows(case_id: str, assessed: Assessed) -> pl.DataFrame:
    """The case's rows of the assessed frame; of stock measures those of the view date."""
    now = ~pl.col("measure").is_in(STOCK) | (pl.col("on") == assessed.view_date)
    return assessed.outcomes.filter((pl.col("case_id") == case_id) & now)


def _title() -> pl.Expr:
    return pl.col("measure").cast(pl.String).replace_strict(_TITLES, return_dtype=pl.String)


def _deadlines(rows: pl.DataFrame) -> pl.DataFrame:
    """Every deadline; where a rule gives a case several, they are numbered."""
    number = pl.int_range(1, pl.len() + 1).over("measure").cast(pl.String)
    return (
        rows.filter(pl.col("measure").is_in(_DEADLINES))
        .sort("due", "measure", "unit_id")
        .select(
            title=pl.when(pl.len().over("measure") > 1)
            .then(pl.concat_str(_title(), number, separator=" · nr. "))
            .otherwise(_title()),
            trigger="trigger",
            due="due",
            done="done",
            outcome=pl.col("outcome").cast(pl.String),
        )
    )


def _judged(rows: pl.DataFrame) -> pl.DataFrame:
    share = pl.col("measure").is_in(_SHARES) & (pl.col("outcome") == "met")
    return rows.sort("measure", "on", "unit_id").select(
        theme=pl.col("measure").cast(pl.String).replace_strict(_THEME, return_dtype=pl.String),
        title=_title(),
        outcome=pl.when(share).then(pl.lit(texts.COUNTED_OUTCOMES["met"])).otherwise(outcomes("outcome")),
        why=why.line(),
    )


def _events(seen: Mapping[str, pl.DataFrame], view_date: dt.date) -> pl.DataFrame:
    dated = pl.concat(_dated(seen[event.table], event, place) for place, event in enumerate(EVENTS))
    return (
        dated.filter(pl.col("on") <= view_date)
        .sort("on", "place", descending=[True, False], maintain_order=True)
        .select("on", "what", "detail")
    )


def _dated(frame: pl.DataFrame, event: Event, place: int) -> pl.DataFrame:
    return frame.select(
        on=event.on,
        what=_what(event),
        detail=_said(event) if event.detail else pl.lit(None, dtype=pl.String),
        place=pl.lit(place),
    )


def _what(event: Event) -> pl.Expr:
    if event.table == "visitations":  # the step is the name of the event
        steps = sources(_MODELS["visitations"])["step"].codes
        return pl.col("step").replace_strict(steps, default=event.what, return_dtype=pl.String)
    return pl.lit(event.what)


def _said(event: Event) -> pl.Expr:
    """The column that says more, in Danish."""
    source = sources(_MODELS[event.table])[event.detail]
    if source.kind == "flag":
        return pl.col(event.detail).replace_strict(YES_NO, default=None, return_dtype=pl.String)
    if source.codes:
        return pl.col(event.detail).replace_strict(source.codes, default=None, return_dtype=pl.String)
    return pl.col(event.detail)
