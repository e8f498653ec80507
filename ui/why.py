"""Why a unit got its outcome, in one line of Danish: what began, the deadline, what was done, and how far over.

Knows no Streamlit. Reads the rows of the assessed frame; every word comes from here, every date from the row.
"""

import polars as pl

from metrics.measure import Within
from metrics.measures import MEASURES
from ui import texts

BEGAN = {
    "first_enquiry_on": "Første henvendelse",
    "first_interview_on": "Første samtale",
    "first_visited_on": "Første visitation",
    "final_visited_on": "Endelig visitation",
    "activity_ready_visited_on": "Visiteret aktivitetsparat",
    "visited_on": "Visitation",
    "completed_on": "Test gennemført",
    "issued_on": "Pålæg givet",
    "transition_trigger_on": "Overgang til uddannelse",
    "dropout_warned_on": "Frafaldsvarsel",
    "broken_off_on": "Uddannelse afbrudt",
    "missed_on": "Udeblivelse",
    "decided_on": "Afgørelse",
    "proposed_on": "Indstillet",
    "held_on": "K-møde",
    "period_on": "Perioden begyndte",
    "day": "Opgjort",
}
"""The column that a measure counts from -> what happened that day."""

DONE = {
    "first_interview_on": "holdt",
    "fourth_interview_on": "fjerde samtale",
    "first_offer_on": "tilbud begyndt",
    "cv_available_on": "CV tilgængeligt",
    "assessed_on": "vurderet",
    "completed_on": "gennemført",
    "guided_225_on": "vejledt",
    "support_guided_on": "vejledt",
    "final_visited_on": "visiteret",
    "fulfilled_on": "opfyldt",
    "duty_assessed_on": "vurderet",
    "handed_over_on": "overdraget",
    "contacted_after_warning_on": "kontaktet",
    "sanction_assessed_on": "vurderet",
    "decided_on": "afgjort",
    "effectuated_on": "effektueret",
    "held_on": "holdt",
    "done": "udført",
    "measured_on": "målt",
}
"""The column that ends a deadline -> what was done that day."""

MISSING = {
    "test_exemption_documented": "gyldig grund: ikke registreret",
    "course_offered": "kursus ikke tilbudt",
    "guidance_coordinator": "ikke vejledt",
    "perspective": "perspektiv: nej",
    "reasoned": "faglig begrundelse: nej",
    "ap_own_word": "alene den unges egne oplysninger",
    "coordination": "koordinering i 12 måneder: ikke registreret",
    "order_at_first": "pålæg (trin 1) samme dag: ikke registreret",
    "order_followed_up": "fulgt op ved seneste samtale: nej",
    "long_deadline": "lang eller udskudt frist uden begrundelse",
    "education_focus": "uddannelsesfokus i 12 måneder: nej",
    "resources": "ressourcer drøftet i 12 måneder: nej",
    "four_a_year": "færre end 4 samtaler i 12 måneder",
    "job_discussed": "job drøftet ved seneste samtale: ikke registreret",
    "offer_assessed": "individuel vurdering af seneste tilbud: nej",
    "offer_purpose": "formål med seneste tilbud: nej",
    "plan_agreements": "aftaler i planen: ikke registreret",
    "plan_goal": "uddannelsesmål i planen: ikke registreret",
    "plan_deadline": "lang frist for uddannelsesmålet uden begrundelse",
    "order_in_plan": "pålægget i planen: ikke registreret",
    "registered_jobseeker": "tilmeldt som jobsøgende: ikke registreret",
    "joblog": "joblog i 30 dage: ikke registreret",
    "heard": "partshørt inden afgørelsen: ikke registreret",
    "ap_contacted": "kontakt inden afgørelsen: ikke registreret",
    "coordinator_assigned": "koordinerende sagsbehandler: ikke registreret",
    "guide_assessed": "ungeguide ikke vurderet",
    "k_named": "koordinerende sagsbehandler og ungeguide: ikke begge udpeget",
    "joint_plan": "én fælles plan: ikke registreret",
    "plan_quality": "kvalitetssikret i 12 måneder: ikke registreret",
    "long_plan": "langsigtet plan: ikke registreret",
}
"""Key of a duty without a deadline -> what is not there when it does not hold."""

_FROM = {m.key: BEGAN[m.must.trigger if isinstance(m.must, Within) else m.must.on] for m in MEASURES}
_DONE = {m.key: DONE[m.must.done] for m in MEASURES if isinstance(m.must, Within)}
_HOLDS = {m.key: "opfyldt" if m.key in MISSING else "ja" for m in MEASURES if m.key not in _DONE}
_ENDINGS = {
    "excused": "gyldig grund dokumenteret inden fristen",
    "lapsed": "sluttede inden fristen",
    "pending": "ikke forfalden",
    "unknown": "en nødvendig oplysning mangler",
    "unmet": "nej",
}


def day(column: str) -> pl.Expr:
    """A column of dates as `22-11-2026`."""
    return pl.col(column).dt.strftime("%d-%m-%Y")


def days(column: str) -> pl.Expr:
    """A column of whole days as `1 dag`, `1.203 dage`."""
    return pl.col(column).map_elements(texts.days, pl.String)


def began() -> pl.Expr:
    """What each row of the assessed frame counts from, as text."""
    return pl.col("measure").cast(pl.String).replace_strict(_FROM, default=None, return_dtype=pl.String)


def line() -> pl.Expr:
    """The line of each row of the assessed frame, as text.

    `Første henvendelse 03-03-2025 · frist 10-03-2025 · holdt 12-03-2025 · 2 dage over`.
    """
    measure, outcome = pl.col("measure").cast(pl.String), pl.col("outcome").cast(pl.String)
    has_deadline = measure.is_in(list(_DONE))
    over = days("days") + " over"
    not_there = measure.replace_strict(MISSING, default=texts.OUTCOMES["missing"].lower(), return_dtype=pl.String)
    holds = measure.replace_strict(_HOLDS, default=None, return_dtype=pl.String)
    ending = (
        pl.when(outcome == "late")
        .then(over)
        .when(outcome == "overdue")
        .then(pl.concat_str(pl.lit("ikke sket, "), over))
        .when(outcome == "missing")
        .then(pl.concat_str(not_there, over, separator=", ", ignore_nulls=True))
        .when(outcome == "met")
        .then(holds)
        .otherwise(outcome.replace_strict(_ENDINGS, default=None, return_dtype=pl.String))
    )
    return pl.concat_str(
        began() + " " + pl.when(has_deadline).then(day("trigger")).otherwise(day("on")),
        "frist " + day("due"),
        measure.replace_strict(_DONE, default=None, return_dtype=pl.String) + " " + day("done"),
        ending,
        pl.when("handed_over").then(pl.lit("overdraget undervejs")),
        separator=" · ",
        ignore_nulls=True,
    )
