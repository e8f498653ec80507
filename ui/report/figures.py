"""One published measure in the material: what it stands beside, what has become of it, and when a leader should look.

Every number is one that was published; what is hidden is neither compared nor drawn.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import polars as pl

from data_access.annotations import Target, in_force
from data_access.published import Publication, last_day
from metrics.assess import BY_KEY
from metrics.measure import Benchmark, Counts, Measure
from metrics.statistics import difference, interval
from ui import figures, texts
from ui import published as months
from ui.report.pack import KINDS, Change, Figure, Kind, Number, Point, Shown
from ui.targets import WHOLE
from ui.texts import Tone, Verdict

POINTS = 24
"""So many published months are drawn, the newest."""

NAMED = 4
"""So many measures are named in a signal; of more it is said how many."""

APART: tuple[int, ...] = (1, 3, 12)
"""The months back that a change is looked for over, where that month is published."""

NOTHING_BEFORE: Mapping[Kind, str] = MappingProxyType(
    {
        "month": "Den første offentliggjorte måned",
        "half_year": "Det første offentliggjorte halvår",
        "year": "Året før er ikke offentliggjort",
    }
)

AUDITED = "revisionen lader gyldige grunde blive i grundlaget"


@dataclass(frozen=True)
class Month:
    """One published month as somebody may see it."""

    publication: Publication
    cells: Mapping[str, Sequence[Mapping[str, Any]]]
    """Measure -> its cells."""

    def whole(self, key: str) -> Shown | None:
        """The measure in the whole municipality; None where it was not published."""
        return next((shown_of(WHOLE, row) for row in self.cells.get(key, ()) if row["whole"]), None)

    def rule(self, key: str) -> str:
        """What tells the rule from another; empty: it was not kept."""
        kept = self.publication.rules.get(key)
        return kept.mark if kept else ""


def shown_of(place: str, row: Mapping[str, Any]) -> Shown:
    said = months.cell(place, row)
    return Shown(place, row["met"], row["base"], row["hidden"], said.said, said.base)


def read_month(publication: Publication, cells: pl.DataFrame) -> Month:
    parts = cells.partition_by("measure", maintain_order=True, as_dict=True)
    return Month(publication, {str(key): part.to_dicts() for (key,), part in parts.items()})


def figure_of(
    key: str,
    now: Month,
    back: Sequence[Month],
    before: Month | None,
    targets: Sequence[Target],
    places: Sequence[str | None],
    comment: str,
    step: int,
) -> Figure:
    measure, kept = BY_KEY.get(key), now.publication.rules.get(key)
    whole = now.whole(key)
    assert whole is not None  # every measure that is published has one
    by_place = {row["center"]: row for row in now.cells[key] if not row["whole"]}
    day = last_day(now.publication.month)
    target = in_force(targets, key, day)
    verdict = _verdict(measure, whole, target) if measure else None
    return Figure(
        key,
        kept.title if kept else measure.title if measure else key,
        kept.words if kept else months.law(measure, day) if measure else "",
        whole,
        tuple(shown_of(texts.center(place), by_place[place]) for place in places if place in by_place),
        _points(key, now, back, targets, step),
        target,
        figures.reference(measure) if measure else None,
        national.rate if measure and (national := figures.national(measure)) else None,
        _beside(measure, target),
        _change(measure, key, now, before) if before else None,
        verdict.text if verdict else "",
        verdict.tone if verdict else "neutral",
        comment,
    )


def _points(key: str, now: Month, back: Sequence[Month], targets: Sequence[Target], step: int) -> tuple[Point, ...]:
    """Every month from the first published to this; of a half year, every half year."""
    known = {each.publication.month: each for each in (*back, now)}
    points, segment, rule = [], 0, ""
    month, apart = min(known), step if step == 6 else 1
    while month <= now.publication.month:
        here = known.get(month)
        if here and (mark := here.rule(key)):
            segment, rule = segment + bool(rule and mark != rule), mark
        target = in_force(targets, key, last_day(month))
        points.append(Point(month, here.whole(key) if here else None, segment, target))
        for _ in range(apart):
            month = last_day(month) + dt.timedelta(days=1)
    return tuple(points[-POINTS:])


def _interval(shown: Shown) -> tuple[float | None, float | None]:
    if shown.met is None or shown.base is None:
        return None, None
    return interval(shown.met, shown.base) or (None, None)


def against(measure: Measure, shown: Shown, benchmark: Benchmark) -> Verdict | None:
    """How a published number stands to the audit's; nothing where it is hidden or of nobody."""
    if shown.met is None or not shown.base:
        return None
    low, high = _interval(shown)
    told = texts.verdict(
        shown.base,
        low,
        high,
        benchmark.rate,
        lower_is_better=measure.lower_is_better,
        not_comparable=AUDITED if benchmark.audit else benchmark.not_comparable,
        against="landet" if benchmark.area == "hele landet" else benchmark.area,
    )
    directed = benchmark.area == "hele landet" and (measure.lower_is_better or not isinstance(measure.must, Counts))
    return told if directed else replace(told, tone="neutral")


def _verdict(measure: Measure, shown: Shown, target: float | None) -> Verdict | None:
    """How it stands to the own target, else to the country where the two count alike."""
    if shown.met is None or not shown.base:
        return None
    if target is not None:
        low, high = _interval(shown)
        return texts.verdict(shown.base, low, high, target, lower_is_better=measure.lower_is_better, against="målet")
    national = figures.national(measure)
    return against(measure, shown, national) if national and figures.reference(measure) is not None else None


def _beside(measure: Measure | None, target: float | None) -> str:
    """`mål 95 % · landet 92 %`; that the country is counted in another way is said."""
    words = [] if target is None else [texts.target(target)]
    if measure and (national := figures.national(measure)):
        another = "" if figures.reference(measure) is not None else ", opgjort anderledes"
        words.append(f"landet {texts.percent(national.rate)}{another}")
    return " · ".join(words)


def _change(measure: Measure | None, key: str, now: Month, before: Month) -> Change:
    """What has become of the whole since a month published before."""
    then, here = before.whole(key), now.whole(key)
    since = named_month(before.publication.month, now.publication.month)
    if then is None or here is None or 0 in (then.base, here.base):
        return Change(since, None, "")
    if then.hidden or here.hidden:
        return Change(since, None, texts.HIDDEN)
    if _other_rule(key, now, before):
        return Change(since, None, "reglen er ændret")
    moved = _moved_by(then, here)
    if moved is None:
        return Change(since, None, "for få sager til at sammenligne")
    value, low, high = moved
    return Change(since, value, "" if texts.points(value * 100) == "uændret" else _clearly(measure, low, high))


def _clearly(measure: Measure | None, low: float, high: float) -> str:
    if low <= 0 <= high:
        return "kan ikke skelnes"
    side = "high" if low > 0 else "low"
    tone: Tone = figures.tone(measure, side) if measure else "neutral"
    return {
        "good": "tydeligt bedre",
        "bad": "tydeligt dårligere",
        "neutral": "tydeligt højere" if side == "high" else "tydeligt lavere",
    }[tone]


def _moved_by(then: Shown, here: Shown) -> tuple[float, float, float] | None:
    """The difference with its interval, as fractions; nothing where either is hidden or of too few."""
    if here.met is None or here.base is None or then.met is None or then.base is None:
        return None
    if min(here.base, then.base) < texts.UNCERTAIN:
        return None
    return difference(here.met, here.base, then.met, then.base)


def _other_rule(key: str, now: Month, before: Month) -> bool:
    marks = now.rule(key), before.rule(key)
    return all(marks) and marks[0] != marks[1]


def named_month(month: dt.date, beside: dt.date) -> str:
    """A month without its year where that is plain: `september`, `november 2025`."""
    said = texts.month(month)
    return said.split()[0] if month.year == beside.year else said


def number_of(figure: Figure, kind: Kind) -> Number:
    return Number(
        figure.key,
        figure.title,
        figure.whole.said,
        figure.whole.note,
        figure.change.said if figure.change else NOTHING_BEFORE[kind],
        figure.beside,
        figure.verdict,
        figure.tone,
    )


def signals_of(
    every: Mapping[str, Figure], now: Month, first: pl.DataFrame, back: Sequence[Month], kind: Kind
) -> tuple[str, ...]:
    """What a chairman should see first, a sentence each."""
    here = now.publication.month
    said = [*_standings(every)]
    apart = APART if kind == "month" else (KINDS[kind][2],)
    by_month = {each.publication.month: each for each in back}
    looked = False
    for count in apart:
        then: dt.date = pl.select(pl.lit(here).dt.offset_by(f"-{count}mo")).item()
        if before := by_month.get(then):
            looked = True
            said += _changes(every, now, before)
    if not looked:
        said.append(f"{NOTHING_BEFORE[kind]}: tallene kan ikke ses ved siden af tidligere.")
    hidden, every_one = months.hidden_of(first)
    if hidden:
        said.append(f"{texts.counted(hidden, every_one)} tal er skjult, fordi de kunne sige noget om enkelte unge.")
    return tuple(said)


def _standings(every: Mapping[str, Figure]) -> list[str]:
    target: dict[str, list[str]] = {"under": [], "over": []}
    country: dict[str, list[str]] = {"under": [], "over": []}
    low = {"under": "", "over": ", hvor lavt er bedst"}
    for figure in every.values():
        measure = BY_KEY.get(figure.key)
        if measure is None or figure.whole.met is None:
            continue
        side = "over" if measure.lower_is_better else "under"
        named = f"{figure.title} {figure.whole.said}"
        if figure.target is not None and figure.tone == "bad":
            target[side].append(f"{named} ({texts.target(figure.target)})")
        national = figures.national(measure)
        verdict = against(measure, figure.whole, national) if national else None
        if verdict and national and verdict.tone == "bad":
            country[side].append(f"{named} (landet {texts.percent(national.rate)})")
    said = [
        *(_listed(f"Tydeligt {side} målet{low[side]}", target[side]) for side in target if target[side]),
        *(_listed(f"Tydeligt {side} landet{low[side]}", country[side]) for side in country if country[side]),
    ]
    if any(figure.target is not None for figure in every.values()) and not any(target.values()):
        said.insert(0, "Intet nøgletal er tydeligt fra sit mål.")
    return said


def _listed(what: str, named: Sequence[str]) -> str:
    more = len(named) - NAMED
    shown = "; ".join(named[:NAMED])
    return f"{what}: {shown}{f' og {texts.number(more)} til' if more > 0 else ''}."


def _changes(every: Mapping[str, Figure], now: Month, before: Month) -> list[str]:
    since = named_month(before.publication.month, now.publication.month)
    found: dict[str, list[str]] = {}
    for figure in every.values():
        then = before.whole(figure.key)
        moved = _moved_by(then, figure.whole) if then and not _other_rule(figure.key, now, before) else None
        if moved and then and (words := _clearly(BY_KEY.get(figure.key), *moved[1:])) != "kan ikke skelnes":
            found.setdefault(words, []).append(f"{figure.title} fra {then.said} til {figure.whole.said}")
    if not found:
        return [f"Intet nøgletal er tydeligt ændret siden {since}."]
    return [
        _listed(f"{texts.sentence(words)} end i {since}", found[words])
        for words in ("tydeligt dårligere", "tydeligt bedre", "tydeligt højere", "tydeligt lavere")
        if words in found
    ]
