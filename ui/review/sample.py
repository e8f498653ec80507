"""Ledelsestilsyn: a round made ready and drawn, and what a sample of some size can show. Knows no Streamlit."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import polars as pl

from data_access import reviews
from data_access.models import CATEGORIES
from data_access.reviews import Drawn, InvalidReview, Round
from data_access.tables import Scope
from metrics import review
from metrics.assess import BY_KEY, Assessed, Cut
from metrics.review import Plan, Registered
from ui import texts

SECOND: Mapping[float, str] = MappingProxyType(
    {0.0: "Ingen", 0.1: "Hver tiende sag", 0.2: "Hver femte sag", 0.5: "Hver anden sag", 1.0: "Alle sager"}
)
"""Share of the cases that two read -> what it is called."""
DEFAULT_SIZE = 40


@dataclass(frozen=True)
class Asked:
    """What a round is about."""

    measures: tuple[str, ...]
    cut: Cut
    strata: str

    @classmethod
    def of(cls, round_: Round) -> "Asked":
        """What was asked of a round that is there."""
        return cls(round_.measures, Cut(round_.from_on, round_.to_on, round_.centers), round_.strata)


@dataclass(frozen=True, eq=False)
class Frame:
    """The cases that may be drawn, and what the register says of them."""

    cases: pl.DataFrame
    """As `metrics.review.FRAME`."""
    said: pl.DataFrame
    """As `metrics.review.REGISTER`."""
    hash: str
    sizes: Mapping[str, int]
    registered: Mapping[str, Registered]


def frame(assessed: Assessed, asked: Asked) -> Frame:
    """The frame of a round. `assessed` as of its V, as known then, with the stock of its last day."""
    cases = review.frame(assessed, asked.cut, asked.measures, asked.strata)
    said = review.register(assessed, asked.cut, asked.measures)
    return Frame(cases, said, review.frame_hash(cases["case_id"]), review.sizes(cases), review.registered(said))


def define(
    engine: Any,
    scope: Scope,
    assessed: Assessed,
    asked: Asked,
    *,
    delivery: int,
    title: str,
    size: int,
    seed: int,
    second_share: float,
) -> Round:
    """Draw the cases of a new round and save both. `assessed` as of V, as known at the import `delivery`.

    Raises as `reviews.define`.
    """
    found = frame(assessed, asked)
    drawn = review.draw(found.cases, Plan(seed, found.hash, found.sizes, second_share), size)
    counts = {key: (each.covered, each.base, each.met) for key, each in found.registered.items()}
    return reviews.define(
        engine,
        scope,
        title=title,
        measures=asked.measures,
        from_on=asked.cut.date_from,
        to_on=asked.cut.date_to,
        centers=asked.cut.centers,
        strata=asked.strata,
        view_date=assessed.view_date,
        delivery=delivery,
        frame_hash=found.hash,
        frame_sizes=found.sizes,
        registered=counts,
        seed=seed,
        second_share=second_share,
        drawn=_drawn(drawn, found),
    )


def extend(engine: Any, scope: Scope, round_: Round, assessed: Assessed, size: int) -> Round:
    """Draw more cases of a round, by its own frame and seed. `assessed` as of its V, as known at its delivery.

    Where cases of the frame have been deleted since, those that are left take the next places.

    Raises:
        InvalidReview: the frame is another than it was, and deletions do not explain it; or as `reviews.extend`.
    """
    found = frame(assessed, Asked.of(round_))
    deleted(round_, found)
    drawn = review.draw(
        found.cases, plan(round_), size, before=round_.size, already=reviews.cases(engine, scope, round_.id)["case_id"]
    )
    return reviews.extend(engine, scope, round_.id, before=round_.size, size=size, drawn=_drawn(drawn, found))


def deleted(round_: Round, found: Frame) -> int:
    """How many cases of a round's frame have been deleted since, by the frame as it is found now.

    Raises:
        InvalidReview: it is another frame, and deletions do not explain it.
    """
    if found.hash == round_.frame_hash:
        return 0
    was, missing = sum(round_.frame_sizes.values()), sum(round_.frame_sizes.values()) - found.cases.height
    shrunk = all(count <= round_.frame_sizes.get(stratum, 0) for stratum, count in found.sizes.items())
    if shrunk and 0 < missing <= round_.purged_since:
        return missing
    raise InvalidReview(
        f"Rammen er ikke den samme som ved udtrækket ({texts.counts(was, 'sag', 'sager')} dengang, "
        f"{texts.number(found.cases.height)} nu), og det forklares ikke af slettede sager: en regel eller programmet "
        "er ændret. Runden kan læses færdig, men ikke udvides. Lav en ny runde."
    )


def plan(round_: Round) -> Plan:
    """What decides who is drawn in a round."""
    return Plan(round_.seed, round_.frame_hash, round_.frame_sizes, round_.second_share)


def _drawn(drawn: pl.DataFrame, found: Frame) -> list[Drawn]:
    said: dict[str, dict[str, str]] = {}
    for measure, case, word in found.said.iter_rows():
        said.setdefault(case, {})[measure] = word
    return [Drawn(**row, registered=said[row["case_id"]]) for row in drawn.iter_rows(named=True)]


# --- what a size can show -----------------------------------------------------------------------------


def can_show(size: int, population: int) -> str:
    """`Med 40 af 312 sager kan en andel fastlægges med cirka ± 15 procentpoint. ± 10 kræver 77 sager, ± 5 175.`"""
    if not population:
        return "Ingen sager i rammen. Vælg en længere periode, flere centre eller flere spørgsmål."
    if size >= population:
        return "Alle sager i rammen bliver læst, så der er ingen usikkerhed."
    now = review.reach(size, population)
    said = f"Med {texts.counted(size, population)} sager kan en andel fastlægges med cirka {within(now)}."
    wanted = [points for points in (10, 5) if points < round(now * 100)]
    more = [f"±{texts.SPACE}{points} kræver {review.needed(points / 100, population)}" for points in wanted]
    return f"{said} {', '.join(more)} sager." if more else said


def within(reach: float) -> str:
    """`± 15 procentpoint`."""
    return f"±{texts.SPACE}{texts.number(reach * 100)}{texts.SPACE}procentpoint"


def preview(found: Frame, asked: Asked, size: int) -> pl.DataFrame:
    """Each question with how many cases of the frame it covers, and what a sample of `size` may show of it."""
    whole = found.cases.height
    rows = []
    for measure in asked.measures:
        covered = found.registered[measure].covered if measure in found.registered else 0
        expected = round(size * covered / whole) if whole else 0
        reach = within(review.reach(expected, covered)) if expected >= texts.FEW else "for få sager"
        rows.append(
            (BY_KEY[measure].title, covered, expected, "ingen usikkerhed" if expected == covered > 0 else reach)
        )
    names = {"Spørgsmål": pl.String, "Sager i rammen": pl.Int64, "Ventet i stikprøven": pl.Int64, "Kan vise": pl.String}
    return pl.DataFrame(rows, schema=names, orient="row")


# --- in words -----------------------------------------------------------------------------------------


def about(round_: Round) -> str:
    """`01-12-2025 til 22-11-2026 · alle centre · 312 sager i rammen · opgjort pr. 22-11-2026`."""
    parts = [
        texts.period(round_.from_on, round_.to_on),
        "alle centre" if round_.centers is None else " og ".join(round_.centers),
        f"{texts.counts(sum(round_.frame_sizes.values()), 'sag', 'sager')} i rammen",
        f"opgjort pr. {texts.date(round_.view_date)}",
    ]
    return " · ".join(parts)


def drawn_words(round_: Round) -> str:
    """How the cases were drawn, so that somebody else can draw them again."""
    said = [
        f"Udtrukket af {round_.created_by} med tallet {round_.seed} og rammens fingeraftryk "
        f"{round_.frame_hash[:12]}: det samme udtræk giver de samme sager.",
    ]
    if divided := strata_words(round_.strata, round_.frame_sizes):
        said.append(f"Delt {reviews.STRATA[round_.strata].lower()}: {divided}.")
    if round_.second_share:
        said.append(f"Andenlæser: {SECOND.get(round_.second_share, 'nogle sager').lower()}.")
    return " ".join(said)


def strata_words(round_strata: str, sizes: Mapping[str, int]) -> str:
    """`120 i Nord, 92 i Syd`; empty where the frame is not divided."""
    if round_strata == "none":
        return ""
    return ", ".join(f"{texts.number(count)} i {stratum(round_strata, name)}" for name, count in sizes.items())


def stratum(strata: str, name: str) -> str:
    """A stratum's name in Danish."""
    known = None if name == review.UNPLACED else name
    return texts.center(known) if strata == "center" else CATEGORIES.get(known or "", texts.category(known))
