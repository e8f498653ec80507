"""No-shows and sanctions: are they documented, heard, decided and effectuated as the law wants."""

import polars as pl

from metrics import limits
from metrics.facts import ACTIVITY_READY
from metrics.measure import Counts, Distribution, Holds, Measure, Theme, Within, national

BOTH_READINGS = (
    "Fokusrevisionen skriver »i 66 % af disse sager«. Her er begge læsninger vist: af sager med udokumenterede "
    "udeblivelser (den naturlige) og af alle sager med udeblivelser."
)

UNDOCUMENTED = Measure(
    key="undocumented",
    title="Sager med udeblivelser uden dokumentation",
    of="no_show_cases",
    must=Counts(pl.col("undocumented"), on="day"),
    rule="Mindst én udeblivelse fra et tilbud inden for 12 måneder mangler en dokumenteret årsag.",
    base="Sager med en udeblivelse fra et tilbud i de 12 måneder op til opgørelsesdagen.",
    why="Uden dokumentation kan der hverken træffes afgørelse eller gives hjælp.",
    legal_basis="Aktivlovens §§ 35-37",
    lower_is_better=True,
    benchmarks=(national(30),),
    note="Blankt felt regnes som ikke dokumenteret.",
)

SANCTIONED_OF_UNDOCUMENTED = Measure(
    key="sanctioned_of_undocumented",
    title="Sanktioneret, af sager med udokumenterede udeblivelser",
    of="no_show_cases",
    population=pl.col("undocumented"),
    must=Counts(pl.col("sanctioned"), on="day"),
    rule="Mindst én af udeblivelserne fra et tilbud inden for 12 måneder er sanktioneret.",
    base="Sager med mindst én udokumenteret udeblivelse fra et tilbud i de 12 måneder op til opgørelsesdagen.",
    why="Viser, om der tages stilling. En høj andel er ikke et mål i sig selv.",
    legal_basis="Aktivlovens §§ 35-40",
    benchmarks=(national(66),),
    note=BOTH_READINGS,
)

SANCTIONED_OF_ALL = Measure(
    key="sanctioned_of_all",
    title="Sanktioneret, af alle sager med udeblivelser",
    of="no_show_cases",
    must=Counts(pl.col("sanctioned"), on="day"),
    rule="Mindst én af udeblivelserne fra et tilbud inden for 12 måneder er sanktioneret.",
    base="Sager med en udeblivelse fra et tilbud i de 12 måneder op til opgørelsesdagen.",
    why="Den anden læsning af revisionens tal, vist ved siden af den naturlige.",
    legal_basis="Aktivlovens §§ 35-40",
    benchmarks=(national(66, not_comparable="revisionens 66 % er efter den naturlige læsning af et andet grundlag"),),
    note=BOTH_READINGS,
)

DECIDED = Measure(
    key="decided",
    title="Stillingtagen til udeblivelse",
    breach="Ikke taget stilling til udeblivelse i tide",
    of="no_shows",
    population=~pl.col("reasonable_cause").fill_null(False),
    must=Within("decided_on", trigger="missed_on", limit=limits.DECISION, needs=~pl.col("decision_undated")),
    rule="Der er truffet en afgørelse (også »ingen sanktion«) senest 14 dage efter udeblivelsen.",
    base="Udeblivelser uden registreret rimelig grund, hvis frist er passeret i perioden.",
    exclusions="Udeblivelser med rimelig grund.",
    why="Det er stillingtagen, der er pligten, ikke sanktionen: den unge skal vide, hvor den står.",
    legal_basis="Aktivlovens §§ 35-37; fristen er lokal",
)

HEARD = Measure(
    key="heard",
    title="Partshørt før afgørelse",
    breach="Ikke partshørt før afgørelse",
    of="no_shows",
    population=pl.col("sanctioned"),
    must=Holds((pl.col("heard_on") <= pl.col("decided_on")).fill_null(False), on="decided_on"),
    rule="Den unge er partshørt senest samme dag, som der er truffet afgørelse om sanktion.",
    base="Afgørelser om sanktion i perioden.",
    why="En sanktion uden partshøring bliver omgjort.",
    legal_basis="Forvaltningslovens § 19; aktivlovens § 35",
)

AP_CONTACTED = Measure(
    key="ap_contacted",
    title="Personlig kontakt før sanktion af aktivitetsparate",
    breach="Ingen personlig kontakt før sanktion",
    of="no_shows",
    population=pl.col("category").eq_missing(ACTIVITY_READY) & pl.col("sanctioned"),
    must=Holds((pl.col("contacted_on") <= pl.col("decided_on")).fill_null(False), on="decided_on"),
    rule="Kommunen har haft eller forsøgt personlig kontakt, før der er truffet afgørelse om sanktion.",
    base="Afgørelser i perioden om sanktion af unge, der er aktivitetsparate på dagen.",
    why="Ankestyrelsen har omgjort sanktioner af aktivitetsparate, hvor kontakten manglede.",
    legal_basis="Aktivlovens § 35",
)

EFFECTUATED = Measure(
    key="effectuated",
    title="Sanktion effektueret inden 3 hele kalendermåneder",
    breach="Sanktion ikke effektueret inden 3 hele kalendermåneder",
    of="no_shows",
    population=pl.col("sanctioned"),
    must=Within("effectuated_on", trigger="missed_on", limit=limits.EFFECTUATION),
    rule="Sanktionen er effektueret senest med udgangen af den tredje kalendermåned efter udeblivelsen.",
    base="Sanktioner, hvis frist er passeret i perioden.",
    why="Efter fristen bortfalder muligheden for at trække i ydelsen.",
    too_late=True,
    legal_basis="Aktivlovens § 35, stk. 3",
)

CHAIN = Distribution(
    key="chain",
    title="Fra udeblivelse til sanktion",
    of="no_shows",
    on="missed_on",
    value=pl.concat_list(
        pl.lit("udeblivelse"),
        pl.when(pl.col("cause_documented")).then(pl.lit("dokumenteret")),
        pl.when(pl.col("reasonable_cause")).then(pl.lit("rimelig_grund")),
        pl.when(pl.col("heard_on").is_not_null()).then(pl.lit("hoert")),
        pl.when(pl.col("decided_on").is_not_null()).then(pl.lit("afgjort")),
        pl.when(pl.col("sanctioned")).then(pl.lit("sanktioneret")),
    ),
    rule="Udeblivelser i perioden, og hvor mange af dem der er nået til hvert trin.",
    labels={
        "udeblivelse": "Udeblivelser",
        "dokumenteret": "Årsag dokumenteret",
        "rimelig_grund": "Rimelig grund",
        "hoert": "Partshørt",
        "afgjort": "Afgjort",
        "sanktioneret": "Sanktioneret",
    },
    legal_basis="Aktivlovens §§ 35-37",
)

THEME = Theme(
    key="sanctions",
    title="Udeblivelser og sanktioner",
    lead="Bliver der taget stilling til udeblivelser, og følger sanktionerne loven?",
    measures=(
        UNDOCUMENTED,
        SANCTIONED_OF_UNDOCUMENTED,
        SANCTIONED_OF_ALL,
        DECIDED,
        HEARD,
        AP_CONTACTED,
        EFFECTUATED,
    ),
    distributions=(CHAIN,),
)
