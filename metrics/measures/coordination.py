"""Coordination: K-møder and what comes of them, one plan for each youth, and who the joint effort is for."""

import polars as pl

from metrics import limits
from metrics.measure import Distribution, Holds, Measure, Theme, Waiting, Within

K_MEETING = pl.col("kind") == "k_moede"
IN_TARGET_GROUP = "Hver ung tæller én gang, også med flere sager."

K_WAIT = Measure(
    key="k_wait",
    title="K-møde inden 14 dage",
    breach="K-møde senere end 14 dage efter indstilling",
    of="meetings",
    population=K_MEETING,
    must=Within("held_on", trigger="proposed_on", limit=limits.K_MEETING),
    rule="K-mødet holdes senest 14 dage efter, at den unge er indstillet.",
    base="Indstillinger til K-møde, hvis frist er passeret i perioden.",
    exclusions="Møder uden indstillingsdato tæller ikke. Afsluttes sagen inden fristen, er indstillingen bortfaldet.",
    why="Der er K-møde hver 14. dag; venter den unge længere, er indsatsen ikke samlet imens.",
    legal_basis="Ikke et lovkrav; fristen er lokal",
)

K_NAMED = Measure(
    key="k_named",
    title="Koordinerende sagsbehandler og ungeguide udpeget på K-mødet",
    breach="Ikke udpeget på K-mødet",
    of="meetings",
    population=K_MEETING,
    must=Holds(pl.col("coordinator_named") & (pl.col("guide_named") | pl.col("guide_not_wanted")), on="held_on"),
    rule="På K-mødet er der udpeget både en koordinerende sagsbehandler og en ungeguide.",
    base="Holdte K-møder i perioden.",
    exclusions=(
        "Har den unge takket nej til en ungeguide, eller er en ungeguide vurderet ikke relevant på mødedagen, "
        "er den koordinerende sagsbehandler nok."
    ),
    why="Uden en, der koordinerer, og en, den unge kender, bliver mødets aftaler ingens.",
    legal_basis="KUI-loven giver kontaktpersonen; kravet til K-mødet er lokalt",
)

AGREEMENTS_KEPT = Measure(
    key="agreements_kept",
    title="Aftaler fra K-møder udført til tiden",
    breach="Aftale fra K-møde ikke udført til tiden",
    of="agreements",
    population=K_MEETING,
    must=Within("done", trigger="held_on", due="due", needs=pl.col("due") >= pl.col("held_on")),
    rule="Aftalen fra K-mødet er udført senest på aftalens frist.",
    base="Aftaler fra K-møder, hvis frist er passeret i perioden.",
    exclusions="Aftaler uden frist tæller ikke. Afsluttes sagen inden fristen, er aftalen bortfaldet.",
    why="K-mødet er kun noget værd, hvis det, der aftales, også sker.",
    legal_basis="Ikke et lovkrav (aftalt på mødet)",
)

JOINT_PLAN = Measure(
    key="joint_plan",
    title="Én fælles plan for unge med flere centre",
    breach="Ikke én fælles plan",
    of="youths",
    population=pl.col("centers") >= 2,
    must=Holds(pl.col("joint_plans") == 1, on="day"),
    rule="Den unge har præcis én fælles plan på opgørelsesdagen. Ingen plan og flere planer er lige galt.",
    base=f"Unge i målgruppen med åbne sager i mindst to centre på opgørelsesdagen. {IN_TARGET_GROUP}",
    why="Flere centre uden en fælles plan er flere indsatser, og den unge skal selv binde dem sammen.",
    legal_basis="KUI-loven (én samlet plan)",
)

PLAN_QUALITY = Measure(
    key="plan_quality",
    title="Fælles plan kvalitetssikret",
    breach="Fælles plan ikke kvalitetssikret",
    of="joint_plans",
    must=Holds(pl.col("assured"), on="day"),
    rule="Den fælles plan er kvalitetssikret inden for 12 måneder.",
    base="Gældende fælles planer i åbne sager på opgørelsesdagen.",
    why="Ungekoordinatoren har ansvaret for, at planerne er gode nok til at arbejde efter.",
    legal_basis="Ikke et lovkrav (lokalt)",
)

TARGET_GROUP = Distribution(
    key="target_group",
    title="Unge i målgruppen",
    of="youths",
    on="day",
    value=pl.when(pl.col("age").is_null())
    .then(pl.lit("unknown"))
    .when(pl.col("age") < 15)
    .then(pl.lit("under_15"))
    .when(pl.col("age") < 25)
    .then(pl.lit("15_24"))
    .when(pl.col("age") <= 30)
    .then(pl.lit("25_30"))
    .otherwise(pl.lit("over_30")),
    rule=f"Unge i målgruppen på opgørelsesdagen, efter alder den dag. {IN_TARGET_GROUP}",
    labels={
        "under_15": "Under 15 år",
        "15_24": "15–24 år",
        "25_30": "25–30 år",
        "over_30": "Over 30 år",
        "unknown": "Alder ukendt",
    },
    legal_basis="KUI-loven",
)

TARGET_CENTERS = Distribution(
    key="target_centers",
    title="Centre om den unge",
    of="youths",
    on="day",
    value=pl.col("centers").clip(upper_bound=3).cast(pl.String),
    rule="Unge i målgruppen på opgørelsesdagen, efter hvor mange centre der har en åben sag.",
    labels={
        "0": "Ingen åben sag",
        "1": "1 center",
        "2": "2 centre",
        "3": "3 centre eller flere",
    },
)

TARGET_FLOW = Distribution(
    key="target_flow",
    title="Til og fra målgruppen",
    of="memberships",
    on="on",
    value=pl.col("event"),
    rule=(
        "Unge, der er kommet i målgruppen, og unge, der er gået ud af den, i perioden. "
        "Den, der fortsætter uden en dag imellem, er hverken ny eller udgået."
    ),
    labels={"ny": "Nye i målgruppen", "udgået": "Udgået af målgruppen"},
)

K_MEETINGS = Distribution(
    key="k_meetings",
    title="Ungeforløb på møder",
    of="case_meetings",
    on="held_on",
    value=pl.col("kind"),
    rule="Sager, der har været på et møde i perioden, efter mødets art. En sag tæller én gang for hver art.",
    labels={
        "k_moede": "K-møde",
        "opfoelgning": "Opfølgningsmøde",
        "ungekonference": "Ungekonference",
        "tvaerfagligt": "Tværfagligt møde",
        "uko": "UKO",
    },
)

NEED_LEVELS = Distribution(
    key="need_levels",
    title="Niveauer af behov",
    of="youths",
    on="day",
    value=pl.when(pl.col("centers") == 0)
    .then(pl.lit("egen_vej"))
    .when(pl.col("centers") == 1)
    .then(pl.lit("et_center"))
    .when(pl.col("guide_status").eq_missing(pl.lit("tildelt")))
    .then(pl.lit("flere_med_guide"))
    .otherwise(pl.lit("flere_centre")),
    rule="Unge i målgruppen på opgørelsesdagen, efter antal centre med en åben sag, og om de har en ungeguide.",
    labels={
        "egen_vej": "Egen vej: ingen åben sag",
        "et_center": "Ét center",
        "flere_centre": "Flere centre uden ungeguide",
        "flere_med_guide": "Flere centre med ungeguide",
    },
)

WAITING = Waiting(
    key="waiting_k_meeting",
    title="Ventetid til K-møde",
    measure="k_wait",
    rule="Dage fra indstillingen til K-mødet er holdt.",
)

THEME = Theme(
    key="coordination",
    title="K-møder og tværgående indsats",
    lead="Hænger indsatsen sammen for de unge, der har brug for flere centre?",
    measures=(K_WAIT, K_NAMED, AGREEMENTS_KEPT, JOINT_PLAN, PLAN_QUALITY),
    distributions=(TARGET_GROUP, TARGET_CENTERS, TARGET_FLOW, NEED_LEVELS, K_MEETINGS),
    waits=(WAITING,),
)
