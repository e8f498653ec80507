"""Education orders: given, followed up and fulfilled, and the transition to an education."""

import polars as pl

from metrics import limits
from metrics.measure import Distribution, Holds, Measure, Theme, Within, national, rebild

ORDER_LAW = "LAB § 30"
TRANSITION = "Overgange til uddannelse med studiestart i perioden."

ORDER_AT_FIRST = Measure(
    key="order_at_first",
    title="Uddannelsespålæg ved første samtale",
    breach="Intet uddannelsespålæg ved første samtale",
    of="cases",
    population=~pl.col("jobplan_at_first"),
    must=Holds(pl.col("order_at_first"), on="first_interview_on"),
    rule="Der er givet et uddannelsespålæg (trin 1) på dagen for den første samtale.",
    base="Sager med en første samtale i perioden.",
    exclusions="Unge med en jobplan på dagen (jobrettet indsats, fra 1. april 2022).",
    why="Pålægget er den unges første skridt mod en uddannelse.",
    legal_basis="LAB § 30, stk. 3",
    life=limits.UNTIL_2027,
    benchmarks=(national(79), rebild(100)),
)

ORDER_FOLLOWED_UP = Measure(
    key="order_followed_up",
    title="Pålæg fulgt op ved seneste samtale",
    breach="Pålæg ikke fulgt op ved seneste samtale",
    of="open_cases",
    population=(pl.col("live_order_on") < pl.col("latest_interview_on")).fill_null(False),
    must=Holds(pl.col("order_followed_up"), on="day"),
    rule="Der er fulgt op på uddannelsespålægget ved den seneste samtale.",
    base="Åbne sager på opgørelsesdagen med et gældende pålæg og en samtale efter det.",
    why="Et pålæg, ingen følger op på, er et brev i en skuffe.",
    legal_basis=ORDER_LAW,
    life=limits.UNTIL_2027,
    source="tilsyn",
    benchmarks=(national(53), rebild(87)),
)

ORDER_FULFILLED = Measure(
    key="order_fulfilled",
    title="Pålæggets frist overholdt",
    breach="Pålæggets frist ikke overholdt",
    of="education_orders",
    population=pl.col("fulfilment_due").is_not_null(),
    must=Within(
        "fulfilled_on",
        trigger="issued_on",
        due="fulfilment_due",
        ends=("closed_on", "until"),
        needs=pl.col("fulfilment_due") >= pl.col("issued_on"),
    ),
    rule="Pålægget er opfyldt senest på sin frist.",
    base="Pålæg med en frist, der er passeret i perioden.",
    exclusions="Pålæg, der er ophørt, og sager, der er afsluttet, inden fristen uden opfyldelse, er bortfaldet.",
    why="Fristen er aftalt med den unge; overskrides den, er der noget at tale om.",
    legal_basis=ORDER_LAW,
    life=limits.UNTIL_2027,
)

LONG_DEADLINE = Measure(
    key="long_deadline",
    title="Kort eller begrundet frist i pålægget",
    breach="Lang eller udskudt frist uden begrundelse",
    of="education_orders",
    must=Holds(
        (
            (pl.col("fulfilment_due") <= limits.ORDER_DEADLINE.due(pl.col("issued_on")))
            & pl.col("original_due").fill_null(pl.col("fulfilment_due")).eq(pl.col("fulfilment_due"))
        )
        | pl.col("deadline_reasoned"),
        on="issued_on",
    ),
    rule="Fristen er højst 90 dage og ikke udskudt, eller også er den begrundet.",
    base="Pålæg givet i perioden.",
    why="Fokusrevisionen fandt meget lange frister, ofte uden begrundelse.",
    legal_basis="Fokusrevisionen; grænsen på 90 dage er lokal",
    life=limits.UNTIL_2027,
    note="Afvigelserne er lange eller udskudte frister uden begrundelse.",
)

EDUCATION_FOCUS = Measure(
    key="education_focus",
    title="Uddannelsesfokus det seneste år",
    breach="Intet uddannelsesfokus det seneste år",
    of="open_cases",
    population=pl.col("interviews_in_year").is_not_null(),
    must=Holds(pl.col("education_focus"), on="day"),
    rule="Mindst én samtale inden for 12 måneder har haft uddannelsesfokus.",
    base="Åbne sager på opgørelsesdagen med en samtale inden for 12 måneder.",
    why="Samtaler uden uddannelsesfokus bringer ikke den unge nærmere en uddannelse.",
    legal_basis="LAB kap. 7",
    source="tilsyn",
    benchmarks=(
        national(71),
        rebild(80, not_comparable="Rebilds tal er en andel af samtalerne, ikke af sagerne"),
    ),
)

RESOURCES = Measure(
    key="resources",
    title="Faglige og personlige ressourcer drøftet",
    breach="Ressourcer ikke drøftet det seneste år",
    of="open_cases",
    population=pl.col("interviews_in_year").is_not_null(),
    must=Holds(pl.col("resources_discussed"), on="day"),
    rule="Den unges faglige og personlige ressourcer er drøftet ved mindst én samtale inden for 12 måneder.",
    base="Åbne sager på opgørelsesdagen med en samtale inden for 12 måneder.",
    why="Ressourcerne er det, en uddannelse skal bygges på.",
    legal_basis="LAB kap. 7",
    source="tilsyn",
)


def _by_study_start(key: str, title: str, done: str, rule: str, why: str, legal_basis: str, **more: object) -> Measure:
    return Measure(
        key=key,
        title=title,
        of="transitions",
        must=Within(done, trigger="transition_trigger_on", due="study_start_due"),
        rule=rule,
        why=why,
        legal_basis=legal_basis,
        **({"base": TRANSITION} | more),  # type: ignore[arg-type]
    )


DUTY_ASSESSED = _by_study_start(
    "duty_assessed",
    "Pligt til uddannelse vurderet ved overgang",
    "duty_assessed_on",
    breach="Pligt til uddannelse ikke vurderet ved overgang",
    rule="Det er vurderet senest ved studiestart, om den unge har pligt til at begynde og gennemføre uddannelsen.",
    why="Nationalt skete det kun i 45 % af 123 overgange; uden vurdering ingen pålæg om at gennemføre.",
    legal_basis="LAB § 30, stk. 5",
    life=limits.UNTIL_2027,
    benchmarks=(national(45), rebild(50)),
)

HANDED_OVER = _by_study_start(
    "handed_over",
    "Oplysninger overdraget til uddannelsesinstitution",
    "handed_over_on",
    breach="Oplysninger ikke overdraget til uddannelsesinstitution",
    rule="Oplysninger om støttebehov og risiko for frafald er overdraget senest ved studiestart.",
    why="Skolen kan kun støtte den unge, hvis den ved noget.",
    legal_basis="LAB § 30, stk. 7; BEK nr. 355/2021 § 44",
    life=limits.UNTIL_2027,
    population=pl.col("ordered"),
    base="Overgange med pålæg om at begynde og gennemføre og med studiestart i perioden.",
    note="Fokusrevisionen fandt udveksling i 4 sager på landsplan; uden et grundlag kan tallet ikke sammenlignes.",
)

SUPPORT_GUIDANCE = _by_study_start(
    "support_guidance",
    "Vejledt om støtte og om sanktion ved afbrud",
    "support_guided_on",
    breach="Ikke vejledt om støtte og om sanktion ved afbrud",
    rule="Den unge er vejledt om støtte undervejs og om sanktion ved afbrud senest ved studiestart.",
    why="Den unge skal kende både hjælpen og konsekvensen, før uddannelsen begynder.",
    legal_basis="LAB § 30",
)

DROPOUT_CONTACT = Measure(
    key="dropout_contact",
    title="Kontakt efter frafaldsvarsel",
    breach="Ingen kontakt efter frafaldsvarsel i tide",
    of="transitions",
    population=pl.col("dropout_warned_on").is_not_null(),
    must=Within("contacted_after_warning_on", trigger="dropout_warned_on", limit=limits.DROPOUT_CONTACT),
    rule="Den unge er kontaktet senest 14 dage efter institutionens varsel om frafald.",
    base="Frafaldsvarsler, hvis frist er passeret i perioden.",
    why="Et varsel er den sidste chance for at fastholde den unge.",
    legal_basis="Lov nr. 2590/2021; fristen er lokal",
)

BREAK_ASSESSED = Measure(
    key="break_assessed",
    title="Sanktion vurderet ved afbrud uden rimelig grund",
    breach="Sanktion ikke vurderet ved afbrud uden rimelig grund",
    of="transitions",
    population=pl.col("broken_off_on").is_not_null() & ~pl.col("break_reasonable"),
    must=Within("sanction_assessed_on", trigger="broken_off_on", limit=limits.BREAK_ASSESSMENT),
    rule="Det er vurderet senest 30 dage efter afbruddet, om den unge skal have en sanktion.",
    base="Uddannelser afbrudt uden rimelig grund, hvis frist er passeret i perioden.",
    why="Det er vurderingen, der er pligten, ikke sanktionen.",
    legal_basis="Aktivloven; fristen er lokal",
)

COMPLETION = Distribution(
    key="completion",
    title="Gennemført uddannelse efter pålæg",
    of="transitions",
    on="study_start_due",
    population=pl.col("ordered"),
    value=pl.when(pl.col("completed_on").is_not_null())
    .then(pl.lit("gennemfoert"))
    .when(pl.col("broken_off_on").is_not_null())
    .then(pl.lit("afbrudt"))
    .otherwise(pl.lit("i_gang")),
    rule=(
        "Overgange med pålæg og studiestart i perioden, efter hvad der er blevet af dem. "
        "Rigsrevisionen (2020): 15 % af 8.000 udsatte unge med pålæg gennemfører."
    ),
    labels={"gennemfoert": "Gennemført", "i_gang": "I gang", "afbrudt": "Afbrudt"},
)

THEME = Theme(
    key="education_orders",
    title="Uddannelsespålæg",
    lead="Bliver pålæg givet, fulgt op og opfyldt, og er overgangen til uddannelse på plads?",
    measures=(
        ORDER_AT_FIRST,
        ORDER_FOLLOWED_UP,
        ORDER_FULFILLED,
        LONG_DEADLINE,
        EDUCATION_FOCUS,
        RESOURCES,
        DUTY_ASSESSED,
        HANDED_OVER,
        SUPPORT_GUIDANCE,
        DROPOUT_CONTACT,
        BREAK_ASSESSED,
    ),
    distributions=(COMPLETION,),
)
