"""Makes the material of a published month: nothing is counted here, so the same month gives the same for ever."""

import datetime as dt
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import polars as pl

from data_access import annotations, decisions, published
from data_access.published import Publication, last_day
from data_access.tables import Scope
from metrics.assess import BY_KEY
from ui import published as months
from ui import texts
from ui.report.figures import POINTS, Month, figure_of, number_of, read_month, signals_of
from ui.report.pack import CALLED, KINDS, Kind, NoReport, Pack
from ui.report.parts import (
    audit_parts,
    count_parts,
    decisions_part,
    field_parts,
    half_year,
    lines_of,
    moved_part,
    published_moves,
    theme_parts,
)

FIVE: Mapping[str, str] = MappingProxyType(
    {
        "literacy_test": "I revisionen fik kun 29 % testen i tide.",
        "final_visitation": "Alt andet venter på visitationen, og den har en frist i loven; 94 % i revisionen.",
        "first_interview": "Ventetiden til den første samtale sætter alle andre frister i gang; 92 % i revisionen.",
        "decided": "I revisionen havde 30 % af sagerne udeblivelser uden dokumentation. Pligten er at tage stilling.",
        "fixed_contact": "I revisionen havde kun 59 % den samme kontaktperson et helt år.",
    }
)
"""The chairman's five: measure -> why, after the focus audit of December 2021."""

OVERLAP: Mapping[Kind, str] = MappingProxyType(
    {
        "month": "Et tal tælles over 12 måneder, så to måneder i træk har det meste fælles. Der skal derfor meget til, "
        "før en ændring bliver kaldt tydelig.",
        "half_year": "Andelene tælles over 12 måneder, så to halvår i træk har det halve fælles.",
        "year": "",
    }
)
"""What must be known of how a number is counted, to read a change in it."""


def pack(
    engine: Any,
    scope: Scope,
    month: dt.date,
    own: pl.DataFrame | None = None,
    kind: Kind = "month",
    version: int | None = None,
) -> Pack:
    """The material of a published month (any day of it; `version`: default the newest), as a scope may see it.

    `own` as `published.cells` takes it. A half year is that of June or December. A year is the 12 months up to any
    month, as everything published is: the calendar year in December.

    Raises:
        NoReport: the month or the version is not published, or no half year ends with it.
        NoScope: `scope` may not see what is published.
        DatabaseUnavailable: no connection.
    """
    month = month.replace(day=1)
    chosen, earlier = _chosen(engine, scope, month, kind, version)
    first = published.cells(engine, scope, month, own, chosen.version)
    frames = {m.month: published.cells(engine, scope, m.month, version=m.version) for m in earlier} | {month: first}
    now, back = read_month(chosen, first), [read_month(each, frames[each.month]) for each in earlier]
    targets = annotations.targets(engine, scope)
    said = {each.measure: each.text for each in decisions.comments(engine, scope, month)}
    places = months.places(first)
    before = _before(back, month, kind)
    every = {
        key: figure_of(key, now, back, before, targets, places, said.get(key, ""), KINDS[kind][2]) for key in now.cells
    }
    if kind == "month":
        themes = theme_parts(every, now, places)
    elif kind == "year":
        themes = audit_parts(every, now)
    else:
        counted = [published.counts(engine, scope, each.month, each.version) for each in earlier]
        counted.append(published.counts(engine, scope, month, chosen.version))
        ends = [*(each.month for each in earlier), month]
        themes = [*count_parts(counted, scope, ends), *field_parts(every, now)]
    whole_month = kind == "month"
    then, moves = published_moves(engine, scope, chosen, first) if whole_month else (None, [])
    lines = lines_of(engine, scope, now, frames) if whole_month else ()
    return Pack(
        kind,
        month,
        chosen.version,
        chosen.published_at.astimezone(dt.UTC),
        KINDS[kind][0],
        _subtitle(kind, month),
        tuple(number_of(every[key], kind) for key in FIVE if key in every),
        signals_of(every, now, first, back, kind),
        OVERLAP[kind],
        tuple(themes),
        moved_part(scope, chosen, then, moves, every) if whole_month else None,
        tuple(moves),
        decisions_part(lines, chosen) if whole_month else None,
        lines,
        _about(scope, chosen, first, back, kind),
    )


def _chosen(
    engine: Any, scope: Scope, month: dt.date, kind: Kind, version: int | None
) -> tuple[Publication, list[Publication]]:
    """The publication asked for, and those to set beside it, as they stood: of the months before, the oldest first."""
    done = published.months(engine, scope)
    if month not in {each.month for each in done}:
        there = ", ".join(f"{each.month:%Y-%m}" for each in done) or "ingen"
        raise NoReport(f"Der er ikke offentliggjort tal for {texts.month(month)}. Offentliggjorte måneder: {there}.")
    if kind == "half_year" and month.month not in (6, 12):
        ends = ", ".join(f"{each.month:%Y-%m}" for each in done if each.month.month in (6, 12)) or "ingen endnu"
        raise NoReport(
            f"Et halvår slutter med juni eller december, ikke med {texts.month(month)}. Offentliggjorte halvår: {ends}."
        )
    versions = {each.version: each for each in published.versions(engine, scope, month)}
    if (number := version or max(versions)) not in versions:
        raise NoReport(f"{texts.sentence(texts.month(month))} har ikke en version {number}.")
    step = {"half_year": (6, 12)}.get(kind, tuple(range(1, 13)))
    before = [each for each in months.stood(published.versions(engine, scope), month) if each.month.month in step]
    return versions[number], before[-(POINTS - 1) :]


def _before(back: Sequence[Month], month: dt.date, kind: Kind) -> Month | None:
    """The month that a change is counted from: the one published before, or that of the year before."""
    if kind == "year":
        back = [each for each in back if each.publication.month == month.replace(year=month.year - 1)]
    return back[-1] if back else None


def _subtitle(kind: Kind, month: dt.date) -> str:
    days = f"12 måneder til {texts.long_date(last_day(month))}"
    if kind == "half_year":
        return f"{half_year(month)} · {days}"
    if kind == "year" and month.month == 12:
        return f"Kalenderåret {month.year}"
    return days if kind == "year" else f"{texts.sentence(texts.month(month))} · {days}"


def _about(
    scope: Scope, publication: Publication, cells: pl.DataFrame, back: Sequence[Month], kind: Kind
) -> tuple[tuple[str, str], ...]:
    beside = ", ".join(
        f"{texts.month(each.publication.month)}{'' if (v := each.publication.version) == 1 else f' (version {v})'}"
        for each in back
    )
    why = "; ".join(f"{BY_KEY[key].title}: {words.removesuffix('.')}" for key, words in FIVE.items())
    return tuple(
        {
            **months.about(publication, cells),
            "Indhold": CALLED[kind],
            "Skjult": f"{texts.counted(*months.hidden_of(cells))} tal er skjult.",
            "Sådan er der talt": f"Det, der tælles på en dag, er talt den sidste dag. {OVERLAP[kind]}".rstrip(),
            "Filtre": "Ingen: hele kommunen og alle centre, alle kategorier og aldre.",
            "Set ved siden af": texts.sentence(beside) or "Ingen tidligere måned",
            "Hvorfor skjult": " ".join(months.why_hidden(publication.threshold, knows_own=bool(scope.centers))),
            "Landet": "Fokusrevisionen fra december 2021. »Opgjort anderledes« står, hvor de to ikke kan sammenlignes.",
            "Vurdering": "Et tal er tydeligt over eller under, når hele dets usikkerhed (95 %) er på den ene side.",
            "De fem tal": f"{why}.",
        }.items()
    )
