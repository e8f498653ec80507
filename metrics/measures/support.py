"""Mentor and youth guide: who stands beside the youth, and whether it stays the same person."""

import polars as pl

from metrics import limits
from metrics.facts import ACTIVITY_READY
from metrics.measure import Counts, Distribution, Holds, Measure, Theme, national, rebild

OPEN = "Åbne sager på opgørelsesdagen."
EMPLOYED = (
    "Åbne sager med et beskæftigelsestilbud (praktik, løntilskud, opkvalificering, nytteindsats) inden for 12 måneder."
)

MENTOR = Measure(
    key="mentor",
    title="Mentorstøtte",
    of="open_cases",
    must=Counts(pl.col("mentored"), on="day"),
    rule="Den unge har fået mentorstøtte inden for 12 måneder.",
    base=OPEN,
    why="Mentorstøtte virker for unge med mange udfordringer; budgetloftet fra 2026 kan sænke andelen.",
    legal_basis="LAB § 167",
    benchmarks=(
        national(46),
        rebild(54, not_comparable="Rebilds tal er tilbudt mentor, kun til uddannelses- og aktivitetsparate"),
    ),
)

MENTOR_UNREGISTERED = Measure(
    key="mentor_unregistered",
    title="Mulig mentorstøtte, der ikke er registreret",
    of="open_cases",
    must=Counts(pl.col("mentor_assigned") & ~pl.col("mentored"), on="day"),
    rule="Der er tilknyttet en mentor inden for 12 måneder, men intet mentortilbud er registreret.",
    base=OPEN,
    why="Rebild fandt det sandsynligt, at flere unge får støtte, end der registreres.",
    legal_basis="Ingen: et tegn på manglende registrering",
    lower_is_better=True,
)


def _parallel(key: str, title: str, column: str, rule: str, **more: object) -> Measure:
    return Measure(
        key=key,
        title=title,
        of="open_cases",
        population=pl.col(column).is_not_null(),
        must=Counts(pl.col(column), on="day"),
        rule=rule,
        base=EMPLOYED,
        why="Støtte sideløbende med et beskæftigelsestilbud peger på positive jobeffekter.",
        legal_basis="Ikke et lovkrav (fokusrevisionen)",
        **more,  # type: ignore[arg-type]
    )


HEALTH_PARALLEL = _parallel(
    "health_parallel",
    "Helbredsmestring parallelt med tilbud",
    "health_parallel",
    "Et tilbud om helbredsmestring løber samtidig med et beskæftigelsestilbud.",
    benchmarks=(
        national(54),
        rebild(67, not_comparable="Rebilds tal er opgjort på et andet grundlag"),
    ),
)
SOCIAL_PARALLEL = _parallel(
    "social_parallel",
    "Social- eller sundhedstilbud parallelt",
    "social_parallel",
    "Et social- eller sundhedstilbud løber samtidig med et beskæftigelsestilbud.",
)

FIXED_CONTACT = Measure(
    key="fixed_contact",
    title="Én primær kontaktperson det seneste år",
    of="open_cases",
    population=pl.col("over_a_year"),
    must=Counts(pl.when(pl.col("caseworkers_in_year") > 0).then(pl.col("caseworkers_in_year") == 1), on="day"),
    rule="Den unge har haft præcis én sagsbehandler i 12 måneder.",
    base="Åbne sager, der er ældre end 12 måneder på opgørelsesdagen.",
    why="En fast person har en positiv virkning i forløbet, viser undersøgelser.",
    legal_basis="Ikke et lovkrav (fokusrevisionen)",
    benchmarks=(national(59),),
)

COORDINATOR_ASSIGNED = Measure(
    key="coordinator_assigned",
    title="Koordinerende sagsbehandler tilknyttet",
    breach="Ingen koordinerende sagsbehandler tilknyttet",
    of="open_cases",
    population=pl.col("category").eq_missing(ACTIVITY_READY),
    must=Holds(pl.col("coordinator_now"), on="day"),
    rule="Der er en koordinerende sagsbehandler tilknyttet på opgørelsesdagen.",
    base="Åbne sager med aktivitetsparate unge på opgørelsesdagen.",
    why="Aktivitetsparate har ret til én, der koordinerer på tværs.",
    legal_basis="LAB (ret til koordinerende sagsbehandler)",
    note="Den unge kan have sagt nej tak; det fremgår ikke af leverancen, så se sagen, før den kaldes en fejl.",
)

GUIDE_ASSESSED = Measure(
    key="guide_assessed",
    title="Ungeguide vurderet",
    breach="Ungeguide ikke vurderet",
    of="youths",
    must=Holds(pl.col("guide_status").is_not_null(), on="day", grace=limits.GUIDE_ASSESSMENT, grace_from="member_on"),
    rule="Det er vurderet, om den unge skal have en ungeguide, senest 60 dage efter indtræden i målgruppen.",
    base="Unge i målgruppen på opgørelsesdagen. En ung med to sager tæller én gang.",
    exclusions="Unge, der har været i målgruppen i højst 60 dage, er ikke forfaldne endnu.",
    why="Ungeguiden er den unges ene indgang til kommunen.",
    legal_basis="KUI-loven; fristen er lokal",
)

GUIDE_STATUS = Distribution(
    key="guide_status",
    title="Ungeguidestatus",
    of="youths",
    on="day",
    value=pl.col("guide_status").fill_null("ikke_vurderet"),
    rule="Unge i målgruppen på opgørelsesdagen, efter deres nyeste ungeguidestatus. Hver ung tæller én gang.",
    labels={
        "tildelt": "Tildelt ungeguide",
        "takket_nej": "Har takket nej",
        "ikke_relevant": "Vurderet ikke relevant",
        "afsluttet": "Afsluttet forløb",
        "ikke_vurderet": "Ikke vurderet",
    },
    legal_basis="KUI-loven",
)

GUIDES = Distribution(
    key="guides",
    title="Ungeguider",
    of="guides",
    on="day",
    value=pl.col("youths").clip(upper_bound=4).cast(pl.String),
    rule="Ungeguider, der er tilknyttet en ung på opgørelsesdagen, efter hvor mange unge de har. Hver tæller én gang.",
    labels={"1": "1 ung", "2": "2 unge", "3": "3 unge", "4": "4 unge eller flere"},
    legal_basis="KUI-loven",
)

CONTACT_CHANGES = Distribution(
    key="contact_changes",
    title="Skift i kontaktperson",
    of="open_cases",
    on="day",
    population=pl.col("caseworkers_in_year") > 0,
    value=pl.col("caseworkers_in_year").sub(1).clip(upper_bound=3).cast(pl.String),
    rule="Åbne sager på opgørelsesdagen, efter hvor mange gange sagsbehandleren er skiftet inden for 12 måneder.",
    labels={"0": "Ingen skift", "1": "1 skift", "2": "2 skift", "3": "3 skift eller flere"},
)

THEME = Theme(
    key="support",
    title="Mentor og ungeguide",
    lead="Hvem står ved siden af den unge, og bliver det ved med at være den samme?",
    measures=(
        MENTOR,
        MENTOR_UNREGISTERED,
        HEALTH_PARALLEL,
        SOCIAL_PARALLEL,
        FIXED_CONTACT,
        COORDINATOR_ASSIGNED,
        GUIDE_ASSESSED,
    ),
    distributions=(GUIDE_STATUS, GUIDES, CONTACT_CHANGES),
)
