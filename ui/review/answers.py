"""Ledelsestilsyn: what is asked of a case and answered, beside the register, and what is followed up. No Streamlit."""

import json
from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

from data_access.reviews import ANSWERED, FOLLOWED_UP
from metrics import review
from metrics.assess import BY_KEY
from ui import data_quality, texts
from ui.review.standing import Standing

QUESTIONS: Mapping[str, str] = MappingProxyType(
    {
        "perspective": "Indgår den unges eget perspektiv i den endelige visitation?",
        "reasoned": "Har den endelige visitation en faglig begrundelse?",
        "ap_own_word": "Bygger visitationen som aktivitetsparat på andet end den unges egne oplysninger?",
        "coordination": (
            "Har der inden for 12 måneder været et tværfagligt møde, et K-møde eller en koordinerende sagsbehandler?"
        ),
        "order_followed_up": "Er der fulgt op på uddannelsespålægget ved den seneste samtale?",
        "education_focus": "Har mindst én samtale inden for 12 måneder haft uddannelsesfokus?",
        "resources": (
            "Er den unges faglige og personlige ressourcer drøftet ved mindst én samtale inden for 12 måneder?"
        ),
        "job_discussed": "Er job drøftet ved den seneste samtale?",
        "offer_assessed": "Bygger det seneste tilbud på en individuel vurdering af, hvad den unge har brug for?",
        "offer_purpose": "Fremgår det, hvordan det seneste tilbud støtter den unges vej mod uddannelse?",
    }
)
"""Measure -> its rule as what a reviewer is asked."""
TITLES: Mapping[str, str] = MappingProxyType({key: BY_KEY[key].title for key in QUESTIONS})
SEVERAL = (
    "Er der flere visitationer, samtaler eller tilbud, som et spørgsmål gælder, er svaret ja, når det holder for dem "
    "alle."
)
SAID: Mapping[str | None, str] = MappingProxyType(
    {review.YES: "Ja", review.NO: "Nej", review.BLANK: "Feltet er ikke udfyldt", None: "Ikke omfattet"}
)
"""What the register says of a case -> in words; None: the measure does not cover it."""


def registered_words(cases: pl.DataFrame, case_id: str, measure: str) -> str:
    """What the register says of a drawn case, in words."""
    said = json.loads(cases.row(by_predicate=pl.col("case_id") == case_id, named=True)["registered"])
    return SAID[said.get(measure)]


def read_table(now: Standing, case_id: str) -> pl.DataFrame:
    """What has been answered about a case, question by question, beside what the register says."""
    rows = now.answers.filter(pl.col("case_id") == case_id)
    said = {
        (measure, by): (answer, note)
        for measure, by, answer, note in rows.select("measure", "reviewer", "answer", "note").iter_rows()
    }
    two = 2 in set(rows["reviewer"])
    table = []
    for measure in now.round.measures:
        first, second = said.get((measure, 1)), said.get((measure, 2))
        notes = " · ".join(note for each in (first, second) if each and (note := each[1])) or texts.NONE
        answered = [ANSWERED[each[0]] if each else texts.NONE for each in ((first, second) if two else (first,))]
        table.append((QUESTIONS.get(measure, measure), *answered, notes, registered_words(now.cases, case_id, measure)))
    readers = ("Førstelæser", "Andenlæser") if two else ("Svar",)
    names = dict.fromkeys(("Spørgsmål", *readers, "Note", "Registeret siger"), pl.String)
    return pl.DataFrame(table, schema=names, orient="row")


# --- follow-up ----------------------------------------------------------------------------------------


def to_follow_up(now: Standing, followed: pl.DataFrame) -> pl.DataFrame:
    """The cases found wanting: case_id, center, measure, note, state, follow_note, saved_at, saved_by; open ones first.

    `followed` as `reviews.FOLLOW_UPS`. What waits for a second reviewer is not among them.
    """
    wanting = now.open.filter((pl.col("reviewer") == 1) & (pl.col("answer") == review.NO))
    said = followed.select("case_id", "measure", "state", "saved_at", "saved_by", follow_note="note")
    order = {measure: place for place, measure in enumerate(now.round.measures)}
    return (
        wanting.select("case_id", "measure", "note")
        .join(now.cases.select("case_id", "center", "position"), on="case_id")
        .join(said, on=["case_id", "measure"], how="left")
        .with_columns(pl.col("state").fill_null("open"), pl.col("follow_note").fill_null(""))
        .sort(
            pl.col("state") == "done",
            "position",
            pl.col("measure").replace_strict(order, default=len(order), return_dtype=pl.Int64),
        )
        .select("case_id", "center", "measure", "note", "state", "follow_note", "saved_at", "saved_by")
    )


def follow_table(rows: pl.DataFrame) -> pl.DataFrame:
    """The follow-up list in words."""
    return rows.select(
        pl.col("case_id").alias("Sag"),
        pl.col("center").fill_null(texts.NO_CENTER).alias("Center"),
        pl.col("measure").replace(TITLES).alias("Svaret nej til"),
        pl.col("note").alias("Note fra tilsynet"),
        pl.col("state").replace(FOLLOWED_UP).alias("Status"),
        pl.col("follow_note").alias("Hvad er der gjort"),
        data_quality.local("saved_at").alias("Senest"),
        pl.col("saved_by").alias("Af"),
    )
