"""Interviews, offers and the plan: is the youth seen often enough, and do offers and plan point somewhere."""

import polars as pl

from metrics import limits
from metrics.facts import OBVIOUSLY_READY
from metrics.measure import Benchmark, Distribution, Holds, Measure, Theme, Within, national, rebild

OPEN = "Åbne sager på opgørelsesdagen."
OPEN_READY_NOW = "Åbne sager med åbenlyst uddannelsesparate unge på opgørelsesdagen."
WITH_OFFER = "Åbne sager på opgørelsesdagen med et tilbud, der er begyndt."
IS_READY_NOW = pl.col("category").eq_missing(OBVIOUSLY_READY)
NEWEST_PLAN = "Det er den nyeste gældende Min Plan eller jobplan, der ses på."
PLAN_LAW = "LAB § 41"
JOB_LAW = "LAB kap. 5-6 (afventer bekræftelse)"

CONTACT_COURSE = Measure(
    key="contact_course",
    title="Fire samtaler de første 6 måneder",
    breach="Ikke fire samtaler inden 6 måneder",
    of="cases",
    must=Within("fourth_interview_on", trigger="first_enquiry_on", limit=limits.CONTACT_COURSE),
    rule="Der er holdt mindst fire samtaler senest 6 måneder efter første henvendelse.",
    base="Sager, hvis frist for den fjerde samtale er passeret i perioden.",
    exclusions="Sager, der er afsluttet inden fristen uden fire samtaler, er bortfaldet.",
    why="De første måneder er de vigtigste; uden samtaler ved ingen, hvor den unge er på vej hen.",
    legal_basis="LAB § 31, stk. 3, og § 32",
    life=limits.CONTACT_COURSE_LIFE,
    note="Fra 1. juli 2026 er kontaktforløbet fleksibelt, og pligten gælder ikke længere hver enkelt sag.",
)

FOUR_A_YEAR = Measure(
    key="four_a_year",
    title="Mindst 4 samtaler om året",
    breach="Færre end 4 samtaler det seneste år",
    of="open_cases",
    population=pl.col("over_a_year"),
    must=Holds(pl.col("interviews_in_year").fill_null(0) >= 4, on="day"),
    rule="Der er holdt mindst fire samtaler inden for 12 måneder.",
    base="Åbne sager, der er ældre end 12 måneder på opgørelsesdagen.",
    why="En ung, der ikke bliver set, kommer ikke videre; de længste sager er dem, der lettest bliver glemt.",
    legal_basis="Ikke et lovkrav: fokusrevisionens mål for et år",
    note="Fokusrevisionen siger, at kommunerne »generelt« holder mindst fire samtaler om året, uden et tal.",
)

JOB_DISCUSSED = Measure(
    key="job_discussed",
    title="Job drøftet (åbenlyst uddannelsesparate)",
    breach="Job ikke drøftet ved seneste samtale",
    of="open_cases",
    population=IS_READY_NOW,
    must=Holds(pl.col("latest_interview_on").is_not_null() & pl.col("job_discussed"), on="day"),
    rule="Job er drøftet ved den seneste samtale.",
    base=OPEN_READY_NOW,
    why="Den, der kan begynde på en uddannelse nu, kan også have et job, til uddannelsen begynder.",
    legal_basis="LAB kap. 7",
    life=limits.UNTIL_2027,
    source="tilsyn",
    benchmarks=(national(82),),
    note="En sag uden en samtale er en afvigelse.",
)

FIRST_OFFER = Measure(
    key="first_offer",
    title="Første tilbud til tiden",
    breach="Første tilbud ikke til tiden",
    of="cases",
    must=Within("first_offer_on", trigger="first_enquiry_on", limit=limits.FIRST_OFFER),
    rule="Det første tilbud er begyndt inden fristen, regnet fra første henvendelse.",
    base="Sager, hvis frist for det første tilbud er passeret i perioden.",
    exclusions="Sager, der er afsluttet inden fristen uden et tilbud, er bortfaldet. Alle slags tilbud tæller.",
    why="Venter tilbuddet, går den unge uden noget at stå op til.",
    legal_basis="LAB § 105",
    benchmarks=(
        Benchmark(
            "hele landet",
            0.50,
            not_comparable="Rigsrevisionen skriver cirka halvdelen og kun om de udsatte unge",
            source="Rigsrevisionen, 2020",
        ),
    ),
    note="Længden af fristen er ikke bekræftet, hverken før eller efter 1. juli 2026.",
)


def _of_offer(key: str, title: str, column: str, **more: object) -> Measure:
    return Measure(
        key=key,
        title=title,
        of="open_cases",
        population=pl.col("latest_offer_on").is_not_null(),
        must=Holds(pl.col(column), on="day"),
        base=WITH_OFFER,
        legal_basis="Fokusrevisionen; lovens paragraf afventer bekræftelse",
        source="tilsyn",
        **more,  # type: ignore[arg-type]
    )


OFFER_ASSESSED = _of_offer(
    "offer_assessed",
    "Individuel vurdering af seneste tilbud",
    "individually_assessed",
    breach="Seneste tilbud uden individuel vurdering",
    rule="Det seneste tilbud bygger på en individuel vurdering af, hvad den unge har brug for.",
    why="Et tilbud, der ikke er valgt til netop denne unge, flytter sjældent nogen.",
    benchmarks=(national(76), rebild(87)),
)
OFFER_PURPOSE = _of_offer(
    "offer_purpose",
    "Formål: tilbuddet støtter vejen mod uddannelse",
    "purpose_stated",
    breach="Seneste tilbud uden formål mod uddannelse",
    rule="Det fremgår, hvordan det seneste tilbud støtter den unges vej mod uddannelse.",
    why="Et tilbud uden et formål bliver opbevaring.",
    benchmarks=(national(69), rebild(87)),
)


def _of_plan(key: str, title: str, column: str, **more: object) -> Measure:
    return Measure(
        key=key,
        title=title,
        of="open_cases",
        must=Holds(pl.col("plan_made_on").is_not_null() & pl.col(column), on="day"),
        legal_basis=PLAN_LAW,
        **({"base": OPEN, "note": f"{NEWEST_PLAN} En sag uden en plan er en afvigelse."} | more),  # type: ignore[arg-type]
    )


PLAN_AGREEMENTS = _of_plan(
    "plan_agreements",
    "Aftaler i Min Plan",
    "has_agreements",
    breach="Ingen aftaler i Min Plan",
    rule="Den unges plan rummer aftaler med den unge.",
    why="Uden aftaler er planen kommunens og ikke den unges.",
    benchmarks=(national(87), rebild(100)),
)
PLAN_GOAL = _of_plan(
    "plan_goal",
    "Uddannelsesmål i Min Plan",
    "has_education_goal",
    breach="Intet uddannelsesmål i Min Plan",
    rule="Den unges plan har et uddannelsesmål.",
    why="Planen skal vise retningen; nationalt manglede målet i næsten hver anden sag.",
    benchmarks=(national(52),),
)

PLAN_DEADLINE = Measure(
    key="plan_deadline",
    title="Frist for uddannelsesmål kort eller begrundet",
    breach="Lang frist for uddannelsesmål uden begrundelse",
    of="open_cases",
    population=pl.col("goal_due").is_not_null(),
    must=Holds(
        (pl.col("goal_due") <= limits.GOAL_DEADLINE.due(pl.col("plan_made_on"))) | pl.col("goal_due_reasoned"),
        on="day",
    ),
    rule="Fristen for uddannelsesmålet er højst 90 dage efter planens dato, eller også er den begrundet.",
    base="Åbne sager på opgørelsesdagen, hvis plan har en frist for uddannelsesmålet.",
    why="Fokusrevisionen fandt meget lange frister for at afklare målet, ofte uden begrundelse.",
    legal_basis="Fokusrevisionen; grænsen på 90 dage er lokal",
    note=NEWEST_PLAN,
)

ORDER_IN_PLAN = _of_plan(
    "order_in_plan",
    "Pålæg fremgår af planen",
    "holds_order",
    population=pl.col("live_order_on").is_not_null(),
    breach="Pålæg fremgår ikke af planen",
    rule="Den unges uddannelsespålæg fremgår af planen.",
    base="Åbne sager på opgørelsesdagen med et gældende uddannelsespålæg.",
    why="Pålæg og plan skal sige det samme, ellers ved den unge ikke, hvad der gælder.",
    life=limits.UNTIL_2027,
)

REGISTERED_JOBSEEKER = Measure(
    key="registered_jobseeker",
    title="Tilmeldt som jobsøgende (åbenlyst uddannelsesparate)",
    breach="Ikke tilmeldt som jobsøgende",
    of="open_cases",
    population=IS_READY_NOW,
    must=Holds(pl.col("jobseeker"), on="day"),
    rule="Den unge er tilmeldt som jobsøgende.",
    base=OPEN_READY_NOW,
    why="Et job frem til studiestart er for mange den korteste vej.",
    legal_basis=JOB_LAW,
    life=limits.UNTIL_2027,
    benchmarks=(national(60),),
)

JOBLOG = Measure(
    key="joblog",
    title="Bruger jobloggen (åbenlyst uddannelsesparate)",
    breach="Intet i jobloggen de seneste 30 dage",
    of="open_cases",
    population=IS_READY_NOW,
    must=Holds(pl.col("joblog_used"), on="day"),
    rule="Den unge har skrevet i jobloggen inden for 30 dage.",
    base=OPEN_READY_NOW,
    why="Jobloggen viser, om der bliver søgt, og giver samtalen noget at tage fat i.",
    legal_basis=f"{JOB_LAW}; grænsen på 30 dage er lokal",
    life=limits.UNTIL_2027,
    benchmarks=(national(37),),
)

CV_AVAILABLE = Measure(
    key="cv_available",
    title="CV tilgængeligt inden 3 uger (åbenlyst uddannelsesparate)",
    breach="CV ikke tilgængeligt inden 3 uger",
    of="cases",
    population=pl.col("first_category").eq_missing(OBVIOUSLY_READY),
    must=Within("cv_available_on", trigger="first_enquiry_on", limit=limits.CV_AVAILABLE),
    rule="Den unges CV er gjort tilgængeligt for arbejdsgivere senest 21 dage efter første henvendelse.",
    base="Sager, hvor den første visitation er åbenlyst uddannelsesparat, og hvis frist er passeret i perioden.",
    why="Uden et CV kan ingen arbejdsgiver finde den unge.",
    legal_basis="LAB §§ 22-23",
    life=limits.UNTIL_2027,
    benchmarks=(national(19),),
)

OFFERS_BEGUN = Distribution(
    key="offers_begun",
    title="Begyndte tilbud",
    of="case_offers",
    on="start_on",
    value=pl.col("kind"),
    rule="Sager, hvor et tilbud er begyndt i perioden, efter tilbuddets art. En sag tæller én gang for hver art.",
    labels={
        "virksomhedspraktik": "Virksomhedspraktik",
        "loentilskud": "Løntilskud",
        "opkvalificering": "Opkvalificering",
        "nytteindsats": "Nytteindsats",
        "mentor": "Mentor",
        "helbredsmestring": "Helbredsmestring",
        "social_sundhed": "Social- eller sundhedstilbud",
        "andet": "Andet tilbud",
    },
)

THEME = Theme(
    key="contact",
    title="Samtaler, tilbud og Min Plan",
    lead="Bliver den unge set, og peger samtaler, tilbud og plan mod uddannelse eller job?",
    measures=(
        CONTACT_COURSE,
        FOUR_A_YEAR,
        JOB_DISCUSSED,
        FIRST_OFFER,
        OFFER_ASSESSED,
        OFFER_PURPOSE,
        PLAN_AGREEMENTS,
        PLAN_GOAL,
        PLAN_DEADLINE,
        ORDER_IN_PLAN,
        REGISTERED_JOBSEEKER,
        JOBLOG,
        CV_AVAILABLE,
    ),
    distributions=(OFFERS_BEGUN,),
)
