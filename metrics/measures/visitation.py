"""Visitation and waiting time: in which category the youths are placed, how well founded, and how soon."""

import polars as pl

from metrics import limits
from metrics.facts import ACTIVITY_READY, OBVIOUSLY_READY
from metrics.measure import Counts, Distribution, Holds, Measure, Theme, Waiting, Within, national, rebild

CATEGORY_LABELS = {
    "aabenlyst_uddannelsesparat": "Åbenlyst uddannelsesparat",
    "uddannelsesparat": "Uddannelsesparat",
    "aktivitetsparat": "Aktivitetsparat",
}

FINAL_VISITATION = Measure(
    key="final_visitation",
    title="Endelig visitation inden 3 måneder",
    breach="Endelig visitation senere end 3 måneder",
    of="cases",
    population=pl.col("first_category").ne_missing(OBVIOUSLY_READY),
    must=Within("final_visited_on", trigger="first_enquiry_on", limit=limits.FINAL_VISITATION),
    rule="Den endelige visitation er foretaget senest 3 måneder efter første henvendelse.",
    base="Sager, hvis frist for endelig visitation er passeret i perioden.",
    exclusions="Unge, der er visiteret åbenlyst uddannelsesparate ved den første samtale.",
    why="De 3 måneder skal bruges til at afdække; uden en afgørelse står den unge uden retning.",
    legal_basis="BEK om en aktiv beskæftigelsesindsats § 6, stk. 3",
    life=limits.UNTIL_2027,
    benchmarks=(national(94),),
)

PERSPECTIVE = Measure(
    key="perspective",
    title="Den unges perspektiv i endelig visitation",
    breach="Den unges perspektiv mangler i endelig visitation",
    of="visitations",
    population=(pl.col("step") == "endelig") & (pl.col("category") != OBVIOUSLY_READY),
    must=Holds(pl.col("perspective"), on="visited_on"),
    rule="Den unges eget perspektiv indgår i den endelige visitation.",
    base="Endelige visitationer i perioden til uddannelsesparat eller aktivitetsparat.",
    why="En plan, den unge ikke har været med til at lave, bliver sjældent fulgt.",
    legal_basis="BEK om en aktiv beskæftigelsesindsats § 6",
    life=limits.UNTIL_2027,
    source="tilsyn",
    benchmarks=(rebild(92),),
)

REASONED = Measure(
    key="reasoned",
    title="Faglig begrundelse for endelig visitation",
    breach="Endelig visitation uden faglig begrundelse",
    of="visitations",
    population=pl.col("step") == "endelig",
    must=Holds(pl.col("reasoned"), on="visited_on"),
    rule="Den endelige visitation har en faglig begrundelse.",
    base="Endelige visitationer i perioden.",
    why="Uden en faglig begrundelse kan en afgørelse hverken forklares eller ændres.",
    legal_basis="BEK om en aktiv beskæftigelsesindsats § 6, stk. 3",
    life=limits.UNTIL_2027,
    source="tilsyn",
    benchmarks=(rebild(100),),
)

AP_AT_FIRST = Measure(
    key="ap_at_first",
    title="Aktivitetsparat allerede ved første samtale",
    of="cases",
    must=Counts(pl.col("first_category") == ACTIVITY_READY, on="first_visited_on"),
    rule="Den unge er visiteret aktivitetsparat ved den første visitation.",
    base="Sager med en første visitation i perioden.",
    why=(
        "De unge skal mødes som uddannelsesparate. Aktivitetsparat ved første samtale kræver helt særlige tilfælde, "
        "så sagerne bør ses igennem."
    ),
    legal_basis="BEK om en aktiv beskæftigelsesindsats § 6",
    life=limits.UNTIL_2027,
    lower_is_better=True,
    benchmarks=(national(34),),
)

AP_OWN_WORD = Measure(
    key="ap_own_word",
    title="Aktivitetsparat på andet end egne oplysninger",
    breach="Aktivitetsparat alene på egne oplysninger",
    of="visitations",
    population=pl.col("step").is_in(["foerste", "endelig"]) & (pl.col("category") == ACTIVITY_READY),
    must=Holds(pl.col("other_grounds"), on="visited_on"),
    rule="Visitation som aktivitetsparat bygger på andet end den unges egne oplysninger.",
    base="Første og endelige visitationer i perioden til aktivitetsparat.",
    why="Alene den unges egen fortælling er ikke et solidt fagligt grundlag, siger fokusrevisionen.",
    legal_basis="BEK om en aktiv beskæftigelsesindsats § 6",
    life=limits.UNTIL_2027,
    source="tilsyn",
    note="Afvigelserne er de visitationer, der alene bygger på den unges egne oplysninger.",
)

UNCHANGED = Measure(
    key="unchanged",
    title="Visitation fastholdt fra første til endelig",
    of="cases",
    population=pl.col("first_category").is_not_null(),
    must=Counts(pl.col("first_category") == pl.col("final_category"), on="final_visited_on"),
    rule="Kategorien er den samme ved den endelige som ved den første visitation.",
    base="Sager med både en første og en endelig visitation, hvor den endelige ligger i perioden.",
    why="Fastholdes næsten alle, kan det være tegn på, at der ikke arbejdes med visitationen undervejs.",
    legal_basis="BEK om en aktiv beskæftigelsesindsats § 6",
    life=limits.UNTIL_2027,
    note="Fokusrevisionen siger »i de fleste sager« uden et tal. Andelen er hverken god eller dårlig i sig selv.",
)

COORDINATION = Measure(
    key="coordination",
    title="Tværfaglig koordinering",
    breach="Ingen tværfaglig koordinering",
    of="open_cases",
    population=pl.col("category").eq_missing(ACTIVITY_READY),
    must=Holds(pl.col("coordinated") | pl.col("coordinator_in_year"), on="day"),
    rule=(
        "Der har været et tværfagligt møde eller et K-møde, eller der har været en koordinerende sagsbehandler, "
        "inden for 12 måneder."
    ),
    base="Åbne sager med aktivitetsparate unge på opgørelsesdagen.",
    why="De aktivitetsparate har ofte brug for flere fagområder; nogen skal samle trådene.",
    legal_basis="LAB (ret til koordinerende sagsbehandler)",
    source="tilsyn",
    from_records=True,
    benchmarks=(national(82),),
)


def _by_category(key: str, title: str, step: str, rule: str) -> Distribution:
    return Distribution(
        key=key,
        title=title,
        of="cases",
        on=f"{step}_visited_on",
        value=pl.col(f"{step}_category"),
        rule=rule,
        labels=CATEGORY_LABELS,
        legal_basis="BEK om en aktiv beskæftigelsesindsats § 6",
    )


CATEGORIES_FIRST = _by_category(
    "categories_first",
    "Kategori ved første visitation",
    "first",
    "Første visitationer i perioden, efter kategori. På landsplan 14 / 52 / 34 %.",
)
CATEGORIES_FINAL = _by_category(
    "categories_final",
    "Kategori ved endelig visitation",
    "final",
    "Endelige visitationer i perioden, efter kategori.",
)
FLOW = Distribution(
    key="category_flow",
    title="Fra første til endelig visitation",
    of="cases",
    on="final_visited_on",
    population=pl.col("first_category").is_not_null(),
    value=pl.format("{}>{}", "first_category", "final_category"),
    rule="Sager med både en første og en endelig visitation, hvor den endelige ligger i perioden.",
    labels={
        f"{first}>{final}": f"{first_label} → {final_label}"
        for first, first_label in CATEGORY_LABELS.items()
        for final, final_label in CATEGORY_LABELS.items()
    },
)
UNCHANGED_BY_BACKGROUND = Distribution(
    key="unchanged_background",
    title="Fastholdt visitation efter baggrund",
    of="cases",
    on="final_visited_on",
    population=pl.col("first_category") == pl.col("final_category"),
    value=pl.when(pl.col("stu").fill_null(False))
    .then(pl.lit("stu"))
    .when(pl.col("earlier_spell").fill_null(False))
    .then(pl.lit("tidligere"))
    .otherwise(pl.lit("ny")),
    rule="De fastholdte visitationer, delt efter om kommunen kendte den unge i forvejen.",
    labels={"stu": "Ung i STU", "tidligere": "Tidligere forløb", "ny": "Ny for kommunen"},
)

THEME = Theme(
    key="visitation",
    title="Visitation og ventetid",
    lead="Bliver de unge visiteret til tiden og på et ordentligt grundlag, og hvor længe venter de?",
    measures=(
        FINAL_VISITATION,
        PERSPECTIVE,
        REASONED,
        AP_AT_FIRST,
        AP_OWN_WORD,
        UNCHANGED,
        COORDINATION,
    ),
    distributions=(CATEGORIES_FIRST, CATEGORIES_FINAL, FLOW, UNCHANGED_BY_BACKGROUND),
    waits=(
        Waiting(
            "waiting_first",
            "Ventetid til første samtale",
            "first_interview",
            "Dage fra første henvendelse til den første samtale. De, der stadig venter, tæller med.",
        ),
        Waiting(
            "waiting_visitation",
            "Ventetid til endelig visitation",
            "final_visitation",
            "Dage fra første henvendelse til den endelige visitation. De, der stadig venter, tæller med.",
        ),
    ),
)
