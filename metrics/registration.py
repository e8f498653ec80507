"""What is missing, late or odd in what the sources have registered: kept apart from the deviations, and never one.

A blank field, a trace of support that nobody wrote down, a late registration and dates piled on the last day of a
deadline are questions to the source, not judgements of the work.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import polars as pl
from scipy import stats

from metrics import assess, limits
from metrics import facts as fact
from metrics.assess import BY_KEY, STOCK, Assessed, Cut, Tables, Where, select
from metrics.measure import Measure, Within
from metrics.statistics import TAIL


@dataclass(frozen=True, eq=False)
class Field:
    """Delivered columns of one table, and how the facts of a unit tell that they are blank."""

    table: str
    columns: tuple[str, ...]
    """With several, either may be the blank one."""
    blank: pl.Expr


def _fields(table: str, *columns: str) -> dict[str, Field]:
    """Columns that stand in the facts under their own name."""
    return {column: Field(table, (column,), pl.col(column).is_null()) for column in columns}


FIELDS: Mapping[str, Field] = MappingProxyType(
    {
        **_fields("cases", "has_youth_education"),
        **_fields("visitations", "perspective", "reasoned"),
        "other_grounds": Field("visitations", ("grounds",), pl.col("other_grounds").is_null()),
        **_fields("interviews", "order_followed_up", "education_focus", "resources_discussed", "job_discussed"),
        **_fields("literacy_tests", "needed", "course_needed"),
        # only a ground needs a date
        "exempted_on": Field(
            "literacy_tests", ("exempted_on",), pl.col("exemption").is_not_null() & pl.col("exempted_on").is_null()
        ),
        # a deadline before the order was given is no deadline
        "fulfilment_due": Field(
            "education_orders", ("fulfilment_due",), ~(pl.col("fulfilment_due") >= pl.col("issued_on")).fill_null(False)
        ),
        **_fields("education_orders", "deadline_reasoned"),
        **_fields("offers", "individually_assessed", "purpose_stated"),
        "decision_undated": Field("no_shows", ("decided_on",), pl.col("decision_undated")),
        "sanctioned": Field("no_shows", ("sanction",), pl.col("sanctioned").is_null()),
        "no_show_cases.sanctioned": Field("no_shows", ("decided_on", "sanction"), pl.col("sanctioned").is_null()),
        **_fields("plans", "has_agreements", "has_education_goal", "goal_due_reasoned", "holds_order"),
        **_fields("transitions", "ordered", "break_reasonable"),
        "caseworkers_in_year": Field("assignments", ("initials",), pl.col("caseworkers_in_year").fill_null(0) == 0),
        **_fields("meetings", "coordinator_named"),
        # what is to be done before it was agreed has no deadline
        "agreements.due": Field("agreements", ("agreed_due",), ~(pl.col("due") >= pl.col("held_on")).fill_null(False)),
        # nobody need be named to who has declined
        "guide_named": Field(
            "meetings", ("guide_named",), pl.col("guide_named").is_null() & ~pl.col("guide_not_wanted").fill_null(False)
        ),
    }
)
"""Column of the facts (of one frame only: `frame.column`) -> the delivered field that it is blank by."""


def fields_of(measure: Measure) -> tuple[str, ...]:
    """The keys of `FIELDS` that a measure's expressions read, in their order."""
    asked = [measure.population]
    asked.append(measure.must.needs if isinstance(measure.must, Within) else measure.must.condition)
    named = {column for expression in asked for column in expression.meta.root_names()}
    own = {f"{measure.of}.{column}" for column in named} & FIELDS.keys()
    taken = {key.partition(".")[2] for key in own}
    return tuple(key for key in FIELDS if key in own or key in named - taken)


@dataclass(frozen=True)
class Suspicion:
    """A trace of something that was done, or was to be done, and that the source does not hold."""

    key: str
    title: str
    text: str
    """What is seen, and what it may mean, in Danish."""


SILENT_MONTHS = 6
"""So long without an interview an open case is a question."""

SUSPICIONS = (
    Suspicion(
        "mentor",
        "Mentor tilknyttet, men intet mentortilbud",
        "En mentor har været tilknyttet inden for 12 måneder, men der er ikke registreret et mentortilbud. Støtten er "
        "måske givet uden at være registreret.",
    ),
    Suspicion(
        "no_show",
        "Udeblivelse uden årsag og uden afgørelse",
        "En udeblivelse inden for 12 måneder har hverken en dokumenteret årsag eller en afgørelse, og fristen for at "
        "tage stilling er passeret.",
    ),
    Suspicion(
        "interview",
        f"Ingen samtale i {SILENT_MONTHS} måneder",
        f"Sagen er åben, men der er ikke registreret en samtale i {SILENT_MONTHS} måneder. Enten er sagen gået i stå, "
        "eller også mangler samtalerne.",
    ),
    Suspicion(
        "caseworker",
        "Sagsbehandler på sagen, men ingen tilknytning",
        "Sagen har en sagsbehandler, men i tilknytningerne står ingen sagsbehandler de seneste 12 måneder. Så kan "
        "skift af kontaktperson ikke tælles.",
    ),
)


@dataclass(frozen=True, eq=False)
class Registration:
    """What was found for one (V, K), stock facts on one day."""

    blanks: pl.DataFrame
    """Each unit that a measure cannot judge: measure, unit_id, case_id, center, category, age, on, and `fields`: the
    keys of `FIELDS` that are blank."""
    suspicions: pl.DataFrame
    """Each open case under each suspicion: suspicion, unit_id, case_id, center, category, age, on, since (the day of
    the trace, where it has one); sorted by suspicion, since and case."""
    delays: pl.DataFrame
    """Each registered row of something that happened: table, center, category and age on the day it happened, on
    (when it was registered), days (from it happened to then; negative: registered before). No case, no unit."""


def examine(tables: Tables, assessed: Assessed, day: dt.date) -> Registration:
    """Look for what is missing, as of the view date of `assessed`; open cases on `day`, which it must hold."""
    facts = {name: fact.as_text(frame) for name, frame in fact.build(tables, assessed.view_date, [day]).items()}
    return Registration(_blanks(facts, assessed, day), _suspicions(facts, assessed, day), _delays(tables, assessed))


def within(found: Registration, assessed: Assessed, centers: tuple[str, ...]) -> Registration:
    """What some centres may see of it: their own rows, cut and renamed as `assess.within` does."""
    none = pl.DataFrame()
    part = assess.within(
        replace(
            assessed,
            outcomes=found.blanks,
            distributions=found.suspicions,
            readings=none,
            candidates=none,
            agreements=none,
        ),
        centers,
    )
    return Registration(part.outcomes, part.distributions, found.delays.filter(pl.col("center").is_in(centers)))


# --- blank fields -------------------------------------------------------------------------------------

_WHERE = ("unit_id", "case_id", "center", "category", "age", "on")


def _on_day(outcomes: pl.DataFrame, day: dt.date) -> pl.DataFrame:
    return outcomes.filter(~pl.col("measure").is_in(STOCK) | (pl.col("on") == day))


def _blanks(facts: fact.Facts, assessed: Assessed, day: dt.date) -> pl.DataFrame:
    unknown = _on_day(assessed.outcomes, day).filter(pl.col("outcome") == "unknown").select("measure", *_WHERE)
    found = [unknown.clear().with_columns(fields=pl.lit([], dtype=pl.List(pl.String)))]
    for (key,), rows in unknown.group_by("measure", maintain_order=True):
        measure = BY_KEY[str(key)]
        named = [pl.when(FIELDS[each].blank).then(pl.lit(each)) for each in fields_of(measure)]
        blank = facts[measure.of].select("unit_id", fields=pl.concat_list(named).list.drop_nulls())
        found.append(rows.join(blank, on="unit_id", how="left", validate="m:1", maintain_order="left"))
    return pl.concat(found)


def blank_fields(found: Registration, assessed: Assessed, cut: Cut) -> pl.DataFrame:
    """How often the fields that a measure needs are blank: measure, fields, center, blank, units.

    `blank` sums to the measure's `unknown` in the same cut: a unit with several blank fields stands once, under them
    all. `units` = all the measure's units of the centre. Rows of the measure's centres without a blank are there too.
    """
    keys = ["measure", "center"]
    rows = select(found.blanks, cut, assessed.view_date)
    units = (
        select(assessed.outcomes, cut, assessed.view_date)
        .filter(pl.col("measure").is_in(rows["measure"].unique().implode()))
        .group_by(keys)
        .agg(units=pl.len().cast(pl.Int64))
    )
    counted = rows.with_columns(fields=pl.col("fields").list.join("+")).group_by("fields", *keys).agg(blank=pl.len())
    every = units.join(counted.select("measure", "fields").unique(), on="measure")
    return (
        every.join(counted, on=["fields", *keys], how="left", nulls_equal=True)
        .with_columns(pl.col("blank").fill_null(0).cast(pl.Int64))
        .select("measure", pl.col("fields").str.split("+"), "center", "blank", "units")
        .sort("measure", pl.col("fields").list.join("+"), "center", nulls_last=True)
    )


# --- suspicions ---------------------------------------------------------------------------------------

_CARRIER = "mentor_unregistered"
"""A measure that covers every open case."""


def _suspicions(facts: fact.Facts, assessed: Assessed, day: dt.date) -> pl.DataFrame:
    here = _on_day(assessed.outcomes, day).filter(pl.col("measure") == _CARRIER).select(*_WHERE)
    open_cases = facts["open_cases"].filter(pl.col("day") == day)
    silent_from = pl.lit(day).dt.offset_by(f"-{SILENT_MONTHS}mo")
    forgotten = (
        facts["no_shows"]
        .filter(
            (pl.col("missed_on") > pl.lit(day).dt.offset_by("-12mo"))
            & (limits.DECISION.due(pl.col("missed_on")) < day)
            & ~pl.col("cause_documented").fill_null(False)
            & ~pl.col("reasonable_cause").fill_null(False)
            & ~(pl.col("decided_on") <= day).fill_null(False)
            & (pl.col("sanction").is_null() | (pl.col("decided_on") > day).fill_null(False))
        )
        .group_by("case_id")
        .agg(since=pl.col("missed_on").min())
    )
    caseworkers = facts["cases"].filter(pl.col("caseworker").is_not_null()).select("case_id")
    never = pl.lit(None, dtype=pl.Date)
    found = {
        "mentor": open_cases.filter(pl.col("mentor_assigned") & ~pl.col("mentored")).select("case_id", since=never),
        "no_show": forgotten,
        "interview": open_cases.filter(pl.coalesce("latest_interview_on", "first_enquiry_on") <= silent_from).select(
            "case_id", since="latest_interview_on"
        ),
        "caseworker": open_cases.filter(pl.col("caseworkers_in_year").fill_null(0) == 0)
        .join(caseworkers, on="case_id", how="semi")
        .select("case_id", since=never),
    }
    return pl.concat(
        here.join(found[each.key], on="case_id").select(pl.lit(each.key).alias("suspicion"), *_WHERE, "since")
        for each in SUSPICIONS
    ).sort(pl.col("suspicion").cast(pl.Enum(list(found))), "since", "case_id", nulls_last=False, maintain_order=True)


def suspected(found: Registration, assessed: Assessed, cut: Cut) -> pl.DataFrame:
    """How many open cases stand under each suspicion: suspicion, center, cases, of (the centre's open cases)."""
    day = cut.last_day(assessed.view_date)
    opened = (
        _on_day(assessed.outcomes, day)
        .filter((pl.col("measure") == _CARRIER) & cut.who())
        .group_by("center")
        .agg(of=pl.len().cast(pl.Int64))
    )
    counted = listed(found, cut).group_by("suspicion", "center").agg(cases=pl.len().cast(pl.Int64))
    every = pl.DataFrame({"suspicion": [each.key for each in SUSPICIONS]})
    return (
        every.join(opened, how="cross")
        .join(counted, on=["suspicion", "center"], how="left", nulls_equal=True, maintain_order="left")
        .select("suspicion", "center", pl.col("cases").fill_null(0), "of")
    )


def listed(found: Registration, cut: Cut) -> pl.DataFrame:
    """The rows of `suspicions` that a cut holds."""
    return found.suspicions.filter(cut.who())


# --- registration delay -------------------------------------------------------------------------------

FEWEST = 5
"""On fewer rows nothing is said of how late they are."""
LATE = (7, 14, 30)
"""Days after which the share still not registered is told."""


def _delays(tables: Tables, assessed: Assessed) -> pl.DataFrame:
    seen = fact.coded(fact.mask({name: tables[name] for name in {*fact.HAPPENS, "cases"}}, assessed.view_date))
    cases = seen["cases"].select("case_id")
    rows = [
        seen[name]
        .filter(pl.col("registered_on").is_not_null())
        .join(cases, on="case_id", how="semi")
        .select("case_id", pl.lit(name).alias("table"), day=happened, on="registered_on")
        for name, happened in fact.HAPPENS.items()
    ]
    return (
        Where(tables, assessed.view_date)
        .add(pl.concat(rows), "day")
        .select(
            pl.col("table").cast(pl.Enum(list(fact.HAPPENS))),
            pl.col("center", "category").cast(pl.Categorical),
            "age",
            "on",
            days=(pl.col("on") - pl.col("day")).dt.total_days().cast(pl.Int32),
        )
    )


def delay(found: Registration, cut: Cut, by: str, table: str | None = None) -> pl.DataFrame:
    """How long after it happened a row was registered, of those registered in the period.

    `by`: "table", "center" or "month" (when it was registered); of one `table`, or of all. Columns: the group, rows,
    ahead (registered before it happened: planned), after (the rest), median (days of these), over_7, over_14,
    over_30 (fractions of these), late (how many over 14). Median and fractions are null on fewer than `FEWEST`. Groups
    without a row are left out.
    """
    rows = found.delays.filter(pl.col("on").is_between(cut.date_from, cut.date_to) & cut.who())
    if table is not None:
        rows = rows.filter(pl.col("table") == table)
    after = pl.col("days").filter(pl.col("days") >= 0)
    enough = after.len() >= FEWEST
    return (
        rows.with_columns(month=pl.col("on").dt.month_start())
        .group_by(by)
        .agg(
            rows=pl.len().cast(pl.Int64),
            ahead=(pl.col("days") < 0).sum().cast(pl.Int64),
            after=after.len().cast(pl.Int64),
            median=pl.when(enough).then(after.median()),
            **{f"over_{days}": pl.when(enough).then((after > days).mean()) for days in LATE},
            late=(after > 14).sum().cast(pl.Int64),
        )
        .with_columns(pl.col(pl.Categorical).cast(pl.String))
        .sort(by, nulls_last=True)
    )


# --- dates piled on the last day of a deadline --------------------------------------------------------

WINDOW = 5
"""Days before the last one that it is held against."""
PILED_FROM = 20
"""On fewer met nothing is said of their dates."""


def last_days(assessed: Assessed, cut: Cut) -> pl.DataFrame:
    """Of the deadlines met in the period, how many were dated just on the last day: one row a deadline measure.

    measure, met, last (dated on the last day), before (dated on a working day of the five days before it), usual
    (what those days lead one to expect on one day), piled. Deadlines of five days or fewer are left out. `piled`: so
    many that chance gives them less than once in 740, if those of the six days were spread over the working days.
    Few work on Saturdays and Sundays, and a deadline of 7 days falls on a working day: days that nobody works on are
    therefore no part of what the last day is held against.
    """
    due, done = pl.col("due"), pl.col("done")
    begins = due - dt.timedelta(days=WINDOW)
    met = select(assessed.outcomes, cut, assessed.view_date).filter(
        (pl.col("outcome") == "met") & done.is_not_null() & (pl.col("trigger") < begins)
    )
    working = pl.sum_horizontal(
        ((due - dt.timedelta(days=back)).dt.weekday() <= 5).cast(pl.Int64) for back in range(1, WINDOW + 1)
    )
    last = done == due
    before = done.is_between(begins, due, closed="left") & (done.dt.weekday() <= 5)
    counted = (
        met.with_columns(working=working, last=last, before=before)
        .group_by("measure")
        .agg(
            met=pl.len().cast(pl.Int64),
            last=pl.col("last").sum().cast(pl.Int64),
            before=pl.col("before").sum().cast(pl.Int64),
            usual=pl.col("before").sum() / pl.col("working").mean(),
            # of all dates in the six days, the share that the last day would have
            share=(1 / (1 + pl.col("working"))).filter(pl.col("last") | pl.col("before")).mean(),
        )
        .with_columns(pl.col("measure").cast(pl.String))
    )
    most = [
        float(stats.binom.ppf(1 - TAIL, last + before, share)) if share is not None else float("inf")
        for last, before, share in counted.select("last", "before", "share").iter_rows()
    ]
    place = {key: number for number, key in enumerate(BY_KEY)}
    return (
        counted.with_columns(most=pl.Series(most, dtype=pl.Float64))
        .with_columns(piled=(pl.col("met") >= PILED_FROM) & (pl.col("last") > pl.col("most")))
        .select("measure", "met", "last", "before", "usual", "piled")
        .sort(pl.col("measure").replace_strict(place, return_dtype=pl.Int64))
    )
