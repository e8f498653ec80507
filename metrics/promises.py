"""The four promises to the youths, and which key figures tell how far each is kept. No score of them together.

Source: Rebild's evaluation of the coordinated effort for the young (2022), which is built on the four, and what it says
of each decides its parts.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Promise:
    """One promise: what is promised, which measures are parts of it, and what they cannot tell."""

    key: str
    title: str
    text: str
    """What is promised, in one Danish sentence."""
    parts: tuple[str, ...]
    """Keys of measures, in the order that a youth meets them."""
    unmeasured: str
    """What the figures do not tell, and who can, in Danish."""


ONE_ENTRANCE = Promise(
    "one_entrance",
    "Én indgang",
    "Den unge møder kommunen som én samlet enhed: hurtigt, og uden selv at skulle koordinere.",
    ("first_interview", "final_visitation", "k_wait"),
    "Tallene viser, hvor hurtigt den unge kommer ind, ikke om den unge har skullet fortælle sin historie to steder. "
    "Det svarer ungeundersøgelsen på.",
)
ONE_PLAN = Promise(
    "one_plan",
    "Én plan",
    "Den unge har én plan, som samler indsatserne, og som alle kender.",
    ("joint_plan", "plan_quality", "plan_goal", "plan_agreements"),
    "Om planen bliver brugt, og om de andre centre kender den, står ikke i data: spørg på K-mødet. Om den unge selv "
    "har været med, svarer ungeundersøgelsen på.",
)
ONE_GUIDE = Promise(
    "one_guide",
    "Én ungeguide",
    "Den unge, der har brug for det, har én at gå til, og det bliver ved med at være den samme.",
    ("guide_assessed", "fixed_contact", "coordinator_assigned"),
    "En ungeguide er frivillig: et nej tak er ikke et brudt løfte. Om guiden hjælper, svarer ungeundersøgelsen på.",
)
ONE_EFFORT = Promise(
    "one_effort",
    "Én sammenhængende indsats",
    "Centrene arbejder sammen om den unge: én samler trådene, aftaler bliver holdt, og intet går tabt ved en overgang.",
    ("coordination", "k_named", "agreements_kept", "health_parallel", "handed_over"),
    "Samarbejdet mellem mennesker, et fælles sprog og en klar fordeling af ansvar kan ikke tælles. Det hører til i "
    "ledernes egen drøftelse.",
)

PROMISES = (ONE_ENTRANCE, ONE_PLAN, ONE_GUIDE, ONE_EFFORT)
"""In the order of the evaluation."""
