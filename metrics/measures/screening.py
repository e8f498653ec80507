"""Screening: the first interview, the test and the guidance a youth is owed at the start."""

import polars as pl

from metrics import limits
from metrics.measure import Holds, Measure, Theme, Within, national, rebild

FIRST_INTERVIEW = Measure(
    key="first_interview",
    title="Første samtale inden 1 uge",
    breach="Første samtale senere end 1 uge",
    of="cases",
    must=Within("first_interview_on", trigger="first_enquiry_on", limit=limits.FIRST_INTERVIEW),
    rule="Den første samtale holdes senest 7 dage efter den unges første henvendelse om hjælp.",
    base="Sager, hvis frist for den første samtale er passeret i perioden.",
    exclusions=(
        "Sager, der er afsluttet inden fristen uden samtale, er bortfaldet. Samtaler før henvendelsen tæller ikke."
    ),
    why="Den første samtale sætter alle andre frister i gang; venter den, venter den unge på alt andet.",
    legal_basis="LAB § 31",
    benchmarks=(national(92), rebild(100)),
)

TEST_NEED_ASSESSED = Measure(
    key="test_need_assessed",
    title="Testbehov vurderet",
    breach="Testbehov ikke vurderet i tide",
    of="cases",
    population=~pl.col("has_youth_education"),
    must=Within("assessed_on", trigger="first_enquiry_on", limit=limits.TEST),
    rule="Behovet for en læse-, skrive- og regnetest er vurderet senest 1 måned efter første henvendelse.",
    base="Sager med unge uden ungdomsuddannelse, hvis frist er passeret i perioden.",
    exclusions="Unge, der har gennemført en ungdomsuddannelse.",
    why="Uden en vurdering ved ingen, om den unge kan læse det, uddannelsen kræver.",
    legal_basis="BEK nr. 2636/2021 § 48",
    life=limits.UNTIL_2027,
    benchmarks=(rebild(100),),
)

LITERACY_TEST = Measure(
    key="literacy_test",
    title="Læse-, skrive- og regnetest inden 1 måned",
    breach="Læse-, skrive- og regnetest ikke inden 1 måned",
    of="cases",
    population=pl.col("needed"),
    must=Within(
        "completed_on",
        trigger="first_enquiry_on",
        limit=limits.TEST,
        excused_on="valid_ground_on",
        # a ground without its date cannot excuse; it only matters when the test was not taken in time
        needs=pl.col("exemption").is_null()
        | pl.col("exempted_on").is_not_null()
        | (pl.col("completed_on") <= pl.col("test_due")),
    ),
    rule="Testen er gennemført senest 1 måned efter første henvendelse.",
    base="Sager, hvor behovet for en test er vurderet til ja, og hvis frist er passeret i perioden.",
    exclusions=(
        "Unge med en dokumenteret gyldig grund inden fristen er undtaget. "
        "I revisionens opgørelse bliver de stående i grundlaget."
    ),
    why="Kun 29 % fik testen i tide på landsplan; det fandt man ud af flere år senere.",
    legal_basis="BEK nr. 2636/2021 § 48, stk. 2",
    life=limits.UNTIL_2027,
    benchmarks=(national(29, audit=True), rebild(100, audit=True)),
)

TEST_EXEMPTION_DOCUMENTED = Measure(
    key="test_exemption_documented",
    title="Gyldig grund dokumenteret, når testen mangler",
    breach="Test mangler uden gyldig grund",
    of="open_cases",
    population=pl.col("needed") & (pl.col("test_due") < pl.col("day")) & ~pl.col("tested"),
    must=Holds(pl.col("exempted"), on="day"),
    rule="Når testen ikke er gennemført inden fristen, er en gyldig grund dokumenteret (sygdom, barsel eller andet).",
    base="Åbne sager med testbehov, hvor fristen er passeret, og testen ikke er gennemført.",
    why="En manglende test uden grund er en pligt, der ikke er opfyldt; med grund er den forklaret.",
    legal_basis="BEK nr. 2636/2021 § 48, stk. 2",
    life=limits.UNTIL_2027,
    benchmarks=(national(12),),
)

COURSE_OFFERED = Measure(
    key="course_offered",
    title="Kursus tilbudt efter test",
    breach="Intet kursus tilbudt efter test",
    of="cases",
    population=pl.col("completed_on").is_not_null() & pl.col("course_needed"),
    must=Holds(pl.col("course_offered_on").is_not_null(), on="completed_on", grace=limits.COURSE_OFFERED),
    rule="Når testen viser et behov, er den unge tilbudt et kursus.",
    base="Gennemførte test i perioden, der viste behov for et kursus.",
    exclusions="Test fra de seneste 30 dage er ikke forfaldne endnu.",
    why="En test uden opfølgning flytter ingen.",
    legal_basis="LAB § 93",
    life=limits.UNTIL_2027,
    benchmarks=(rebild(100),),
)

GUIDANCE_225 = Measure(
    key="guidance_225",
    title="Vejledt om 225-timersreglen",
    breach="Ikke vejledt om 225-timersreglen",
    of="cases",
    population=pl.col("first_interview_on").is_not_null(),
    must=Within("guided_225_on", trigger="first_interview_on", limit=limits.GUIDANCE_225),
    rule="Den unge er vejledt om 225-timersreglen senest på dagen for den første samtale.",
    base="Sager med en første samtale, mens reglen gjaldt.",
    why="Uden vejledning kan en ung blive trukket i ydelse efter en regel, ingen har fortalt om.",
    too_late=True,
    legal_basis="Aktivlovens § 13 f",
    life=limits.GUIDANCE_225_LIFE,
    benchmarks=(national(61), rebild(100)),
)

GUIDANCE_COORDINATOR = Measure(
    key="guidance_coordinator",
    title="Vejledt om koordinerende sagsbehandler",
    breach="Ikke vejledt om koordinerende sagsbehandler",
    of="cases",
    must=Holds(
        pl.when(pl.col("activity_ready_visited_on").is_not_null()).then(
            (
                pl.col("coordinator_guided_on") <= limits.COORDINATOR_GUIDANCE.due(pl.col("activity_ready_visited_on"))
            ).fill_null(False)
        ),
        on="activity_ready_visited_on",
        grace=limits.COORDINATOR_GUIDANCE,
    ),
    rule=(
        "Den unge er vejledt om retten til en koordinerende sagsbehandler senest 30 dage efter den første "
        "visitation som aktivitetsparat."
    ),
    base="Sager, der første gang er visiteret aktivitetsparat i perioden.",
    exclusions="Visitationer fra de seneste 30 dage er ikke forfaldne endnu.",
    why="Retten gælder netop de unge, der har sværest ved selv at koordinere.",
    legal_basis="LAB (ret til koordinerende sagsbehandler)",
    benchmarks=(national(14),),
)

THEME = Theme(
    key="screening",
    title="Screening",
    lead="Får de unge den første samtale, testen og vejledningen til tiden?",
    measures=(
        FIRST_INTERVIEW,
        TEST_NEED_ASSESSED,
        LITERACY_TEST,
        TEST_EXEMPTION_DOCUMENTED,
        COURSE_OFFERED,
        GUIDANCE_225,
        GUIDANCE_COORDINATOR,
    ),
)
