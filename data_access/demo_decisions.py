"""The demo's decisions: what Rebild's evaluation of its youth effort recommends, and three comments to a month.

The evaluation has nine points under its four heads. Eight of them say what should be done; the ninth, a seminar for all
partners, says what has been done and is wished for again, and is left out. Days, responsibles, aims and steps are made
up. What would move "agreements kept" is followed by the coordinators instead: the former is never published.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from data_access.decisions import decide, set_comment, step
from data_access.published import last_day, months
from data_access.tables import Scope, centers


@dataclass(frozen=True)
class Recommended:
    """One point of the evaluation as a decision; days are counted from the view date."""

    title: str
    why: str
    responsible: str
    """`{0}`, `{1}` … stand for the centres."""
    when: str
    """Key of the meeting that decided it."""
    done_in: int
    measure: str | None = None
    by_points: float | None = None
    steps: Sequence[tuple[str, str]] = field(default=())


ENTRY, PLAN, GUIDE, WHOLE = ("Én indgang", "Én uddannelsesplan", "Én ungeguide", "Sammenhængende indsats")
RECOMMENDED = (
    Recommended(
        "Drøft fagligt og beslut, hvornår der er tale om en KUI-ung",
        f"{ENTRY}: centrene forstår målgruppen forskelligt.",
        "Styregruppen",
        "spring",
        -150,
        steps=[("under_way", "Drøftet på ledermøde"), ("done", "Målgruppen er beskrevet på én side")],
    ),
    Recommended(
        "Revurdér alle aftaler med tydelig ansvarsfordeling, herunder hvem der er tovholder",
        f"{ENTRY}: det er uklart, hvem der holder fast, når flere centre er med.",
        "Leder af {0}",
        "spring",
        -21,
        "coordinator_assigned",
        0.15,
        [("under_way", "To af fire centre har set deres aftaler igennem")],
    ),
    Recommended(
        "Arbejd med én fælles uddannelsesplan for den unge på tværs af områder",
        f"{PLAN}: den unge har i dag flere planer, der ikke kender hinanden.",
        "Ungekoordinator",
        "autumn",
        18,
        "joint_plan",
        0.10,
        [("under_way", "Fælles skabelon er i prøve i to centre")],
    ),
    Recommended(
        "Understøt brugen af ét fælles it-system til den fælles uddannelsesplan",
        f"{PLAN}: planen ligger i fagsystemer, som ikke alle kan se.",
        "Leder af {1}",
        "summer",
        120,
        "plan_quality",
        0.10,
        [("under_way", "Afventer leverandøren")],
    ),
    Recommended(
        "Sørg for, at den unges plan er kendt af alle aktører",
        f"{PLAN}: aftalerne i planen står ikke, hvor de andre kan se dem.",
        "Leder af {2}",
        "summer",
        70,
        "plan_agreements",
        0.03,
    ),
    Recommended(
        "Sæt fokus på flerfaglighed og fælles ansvar",
        f"{GUIDE}: begreberne bliver brugt forskelligt, og opgaven bliver den enkeltes.",
        "Ledergruppen for de fire centre",
        "autumn",
        40,
        "k_named",
        0.10,
        [("under_way", "Begge roller står nu på K-mødets dagsorden")],
    ),
    Recommended(
        "Sikr ledelseskoordinering med klare roller og klart ansvar",
        f"{WHOLE}: opgaven mangler ledelsesmæssig forankring.",
        "Styregruppen",
        "summer",
        -60,
        "coordination",
        0.05,
        [("done", "Roller og ansvar er vedtaget af de fire centerchefer")],
    ),
    Recommended(
        "Genetablér det tværfaglige samarbejdsforum, og gør opgaver og kompetencer tydelige",
        f"{WHOLE}: forummet mødes ikke længere fast.",
        "Ungekoordinator",
        "now",
        60,
        "k_wait",
        0.10,
    ),
)
"""In the order of the evaluation."""
SAID: Mapping[str, str] = {
    "first_interview": "Sommerens efterslæb er indhentet. To vikarer er forlænget året ud.",
    "joint_plan": "Skabelonen bliver kun brugt i to centre endnu; de to andre begynder efter nytår.",
    "k_wait": "K-møderne ligger fast hver anden torsdag, så ventetiden ventes at falde.",
}
"""Measure -> what is said of it in the newest month."""


def say(engine: sa.Engine, author: Scope, view_date: dt.date) -> None:
    """Write the decisions, as if the steering group had met in spring, in summer, after the newest month and now."""
    month = _newest_month(view_date)
    meetings = {
        "spring": month - dt.timedelta(days=200),
        "summer": month - dt.timedelta(days=110),
        "autumn": month + dt.timedelta(days=5),
        "now": view_date - dt.timedelta(days=3),
    }
    places = centers(engine)
    for each in RECOMMENDED:
        saved = decide(
            engine,
            author,
            decided_on=meetings[each.when],
            title=each.title,
            why=each.why,
            responsible=each.responsible.format(*places),
            do_by=view_date + dt.timedelta(days=each.done_in),
            measure=each.measure,
            by_points=each.by_points,
        )
        for state, note in each.steps:
            step(engine, author, saved.number, state=state, note=note)


def comment(engine: sa.Engine, author: Scope) -> None:
    """Write the comments to the newest month that is published."""
    newest = months(engine, author)[0]
    for measure, text in SAID.items():
        set_comment(engine, author, measure=measure, month=newest.month, text=text)


def _newest_month(view_date: dt.date) -> dt.date:
    """The first day of the newest month that is over."""
    this = view_date.replace(day=1)
    return this if view_date == last_day(view_date) else (this - dt.timedelta(days=1)).replace(day=1)
