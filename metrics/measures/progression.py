"""Wellbeing, progression and results: is it measured, is there a plan, and what do the youths live on afterwards?"""

import polars as pl

from metrics.facts.progression import AFTER
from metrics.measure import Counts, Distribution, Holds, Measure, Theme, Within

GROUP = "Unge i indsatsgruppen på opgørelsesdagen. En ung med to sager tæller én gang."
MODEL = "Ikke et lovkrav (Social- og Boligstyrelsens indsats for unge på kanten, 2021-2023)"

WHO5_COVERAGE = Measure(
    key="who5_coverage",
    title="WHO-5 målt hver måned",
    breach="WHO-5 ikke målt i måneden",
    of="who5_months",
    must=Within(done="measured_on", trigger="period_on", due="period_due"),
    rule="Den unges trivsel er målt med WHO-5 mindst én gang i kalendermåneden.",
    base="Hele kalendermåneder, hvor en ung har været i indsatsgruppen: én måling pr. ung pr. måned.",
    exclusions="Måneder, som den unge kun har været i indsatsgruppen en del af, og måneder, der ikke er slut.",
    why="Uden målinger kan ingen se, om de unge får det bedre.",
    legal_basis=MODEL,
    too_late=True,
)

BIP_COVERAGE = Measure(
    key="bip_coverage",
    title="BIP målt hvert kvartal",
    breach="BIP ikke målt i kvartalet",
    of="bip_quarters",
    must=Within(done="measured_on", trigger="period_on", due="period_due"),
    rule="Den unges vej mod job og uddannelse er målt med BIP mindst én gang i kvartalet.",
    base="Hele kvartaler, hvor en ung har været i indsatsgruppen: én måling pr. ung pr. kvartal.",
    exclusions="Kvartaler, som den unge kun har været i indsatsgruppen en del af, og kvartaler, der ikke er slut.",
    why="Midtvejsevalueringen i fire kommuner fandt for få målinger til at sige, om de unge kom videre.",
    legal_basis=MODEL,
    too_late=True,
)

LONG_PLAN = Measure(
    key="long_plan",
    title="Langsigtet plan",
    breach="Ingen langsigtet plan",
    of="intervention",
    must=Holds(pl.col("long_plan"), on="day"),
    rule="Den unge har en langsigtet plan, der gælder på opgørelsesdagen.",
    base=GROUP,
    why="Planen skal bygge på den unges egne drømme, og en gennemgående person følger op på den.",
    legal_basis=MODEL,
)

FIELD_COVERAGE = Measure(
    key="field_coverage",
    title="Manuelle registreringer udfyldt",
    of="manual_fields",
    must=Counts(pl.col("filled"), on="day"),
    rule=(
        "Feltet er udfyldt: kontaktperson eller ungeguide, langsigtet plan, WHO-5 (31 dage), BIP (3 måneder), "
        "et holdt møde (12 måneder) og forsørgelse."
    ),
    base="Seks felter for hver ung i indsatsgruppen på opgørelsesdagen.",
    why="Det, der ikke er registreret, kan ingen lede efter, heller ikke når indsatsen er givet.",
    legal_basis="Ikke et lovkrav (registrering)",
)

DURATION = Measure(
    key="duration",
    title="Sager over 1 år",
    of="open_cases",
    must=Counts(pl.col("over_a_year"), on="day"),
    rule="Den unges første henvendelse ligger mindst 12 måneder før opgørelsesdagen.",
    base="Åbne sager på opgørelsesdagen.",
    why="Jo længere et forløb varer, desto sværere bliver vejen til uddannelse og job.",
    legal_basis="Ikke et lovkrav",
    lower_is_better=True,
)

INTERVENTION_GROUP = Distribution(
    key="intervention_group",
    title="Målgruppe og indsatsgruppe",
    of="group_members",
    on="day",
    value=pl.col("lines"),
    rule="Unge i målgruppen og i indsatsgruppen på opgørelsesdagen, og hvor mange af dem der er under 18 år.",
    labels={
        "maalgruppe": "I målgruppen",
        "maalgruppe_under_18": "I målgruppen, under 18 år",
        "indsatsgruppe": "I indsatsgruppen",
        "indsatsgruppe_under_18": "I indsatsgruppen, under 18 år",
    },
    legal_basis=MODEL,
)

STU = Distribution(
    key="stu",
    title="Unge på STU",
    of="open_cases",
    on="day",
    population=pl.col("stu"),
    value=pl.lit("stu"),
    rule="Åbne sager på opgørelsesdagen, hvor den unge er på STU.",
    labels={"stu": "På STU"},
)

ANCHORS = {
    "start_with": ("start, med K-møde eller ungeguide", (pl.col("anchor") == "start") & pl.col("supported")),
    "start_without": ("start, uden K-møde og ungeguide", (pl.col("anchor") == "start") & ~pl.col("supported")),
    "k_meeting": ("første K-møde", pl.col("anchor") == "k_meeting"),
    "guide": ("tildelt ungeguide", pl.col("anchor") == "guide"),
}
"""What the months are counted from -> its words, and the rows it takes."""


def _after(anchor: str, months: int) -> Distribution:
    words, rows = ANCHORS[anchor]
    unit = "Hver sag" if anchor.startswith("start") else "Hver ung"
    return Distribution(
        key=f"after_{anchor}_{months}",
        title=f"{months} måneder efter {words}",
        of="after",
        on="on",
        population=rows & (pl.col("months") == months),
        value=pl.col("lives_on"),
        rule=(
            f"{unit} tæller én gang, på dagen {months} måneder efter {words}, når den dag er kommet, efter den "
            "forsørgelse, der begyndte sidst."
        ),
        labels={
            "uddannelse": "I uddannelse",
            "job": "I job",
            "selvforsoergelse": "Uden ydelse",
            "ydelse": "På ydelse",
            "ukendt": "Forsørgelse ikke registreret",
        },
    )


OUTCOMES_AFTER = tuple(_after(anchor, months) for anchor in ANCHORS for months in AFTER)

THEME = Theme(
    key="progression",
    title="Trivsel, progression og resultater",
    lead="Får de unge det bedre, og kommer de videre?",
    measures=(WHO5_COVERAGE, BIP_COVERAGE, LONG_PLAN, FIELD_COVERAGE, DURATION),
    distributions=(INTERVENTION_GROUP, STU, *OUTCOMES_AFTER),
)
