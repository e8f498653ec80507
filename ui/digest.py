"""Ugens tekst for et center: what falls due, what is new and what stands out, for a scheduler to send.

It leaves the house by mail: numbers of cases and measures only, no case number and no name, and no small number:
below the threshold of what is published a count is only said to be so, with no day of it, and what would tell it beside
the texts of the other centres is said as "mindst". Asks Streamlit for nothing; the words are those of the pages.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import polars as pl

from data_access import annotations, deliveries, tables
from data_access.decisions import Decision, decisions
from data_access.handling import HANDLED
from data_access.tables import Scope
from metrics import changes
from metrics.assess import BY_KEY, Assessed, Cut, assess, deviations, year_before
from metrics.due_soon import due_soon
from metrics.summary import actionable
from metrics.trend import Rebase
from ui import figures, publishing, texts
from ui.figures import Readings
from ui.targets import WHOLE

NEW = "Nye afvigelser"
NOTHING_MORE: Mapping[str, str] = MappingProxyType({})
NOTHING = "Intet forfalder, intet er overskredet, og der er intet nyt."


@dataclass(frozen=True)
class Part:
    """One part of the text: what it is about, how many in words (empty: not told), and a line for each rule."""

    heading: str
    count: str
    lines: tuple[str, ...]


def week(engine: Any, scope: Scope, center: str | None, days: int) -> str:
    """The text of one centre, or of all, as of the newest delivery; deadlines of so many days ahead.

    The centre must be one of them, and something must have been delivered.

    Raises:
        NoScope: `scope` may not read every case.
        PublicationRefused: the setting of the threshold is wrong.
        DatabaseUnavailable: no connection.
    """
    view_date, first = tables.newest_extract(engine), tables.first_extract(engine)
    assert view_date  # whoever asks has seen to that
    assert first
    since = figures.history_from(first)
    cut = Cut(year_before(view_date), view_date, (center,) if center else None)
    now = assess(tables.read(engine, scope), view_date, tuple(figures.days_read(cut, view_date, since)))
    before = _before(engine, scope, cut)
    events = [each for each in annotations.events(engine, scope) if each.center in (None, center)]
    rebases = [Rebase(each.on, each.measure) for each in events if each.rebase]
    readings = figures.read(now, cut, tables.centers(engine), since, rebases)
    decided = [each for each in decisions(engine, scope) if not center or each.center in (None, center)]
    found = parts(now, before, cut, readings, decided, days, publishing.threshold())
    return text(center or WHOLE.lower(), view_date, found)


def _before(engine: Any, scope: Scope, cut: Cut) -> Assessed | None:
    """Everything judged as of the delivery before, as it was known then."""
    if (previous := deliveries.previous(engine, scope)) is None:
        return None
    extracted, known_on = previous
    return assess(tables.read(engine, scope, known_on), extracted, (cut.last_day(extracted),))


def parts(
    now: Assessed,
    before: Assessed | None,
    cut: Cut,
    readings: Readings,
    decided: Sequence[Decision],
    days: int,
    threshold: int,
) -> list[Part]:
    """What there is to say, part by part, also those without anything. `cut` = the twelve months up to V.

    Counts from 1 up to `threshold` are not told.
    """
    last = now.view_date + dt.timedelta(days=days)
    soon, overdue = due_soon(now, cut, days), actionable(now, cut)
    first = soon.group_by("measure").agg(pl.col("due").min())
    oldest = overdue.group_by("measure").agg(pl.col("days").max())
    said = [
        _counted(
            f"Forfalder senest {texts.date(last)}",
            soon,
            threshold,
            {key: f", den første {texts.date(due)}" for key, due in first.iter_rows()},
        ),
        _counted(
            "Overskredet, kan stadig gøres",
            overdue,
            threshold,
            {key: f", ældste {texts.days(over)} over" for key, over in oldest.iter_rows()},
        ),
    ]
    if before is not None:
        past = f"siden leverancen {texts.date(before.view_date)}"
        rows = changes.compared(deviations(now, cut), now, before, cut, HANDLED.to_frame())
        new = rows.filter(pl.col("since") == changes.NEW)
        said += [
            _counted(f"{NEW} {past}", new, threshold),
            _counted(f"Afvigelser, der er væk {past}", changes.gone(now, before, cut), threshold),
        ]
    # in short: the whole sentence ends with a count of cases
    signals = [f"{measure.title}: {signal.short}" for measure, signal in figures.unexpected(readings)]
    late = [each for each in decided if each.open and each.do_by < now.view_date]
    lines = [f"{each.title} (senest {texts.date(each.do_by)})" for each in late]
    return [
        *said,
        Part("Uventet udvikling", texts.number(len(signals)), tuple(signals)),
        Part("Beslutninger, der skulle være gennemført", texts.number(len(lines)), tuple(lines)),
    ]


def _counted(heading: str, rows: pl.DataFrame, threshold: int, more: Mapping[str, str] = NOTHING_MORE) -> Part:
    """A line for each rule in `rows`, most first by what is told: measure, how many, and what there is `more` to say.

    The exact number, and `more`, is told only where the number of every centre that has any is: the texts of the other
    centres, taken from that of the whole municipality, would else tell it.
    """
    enough, order = pl.col("len") >= threshold, list(BY_KEY)
    by_rule = (
        rows.group_by(pl.col("measure").cast(pl.String), "center")
        .len()
        .group_by("measure")
        .agg(count=pl.col("len").sum(), told=pl.col("len").filter(enough).sum(), every=enough.all())
    )
    said = []
    for key, count, told, every in by_rule.iter_rows():
        if every:
            said.append((count, key, f"{texts.number(count)}{more.get(key, '')}"))
        elif count < threshold:
            said.append((0, key, f"under {texts.number(threshold)}"))
        else:
            least = max(told, threshold)
            said.append((least, key, f"mindst {texts.number(least)}"))
    ranked = sorted(said, key=lambda row: (-row[0], order.index(row[1])))
    least = sum(told for told, _, _ in said)
    total = f"{'' if by_rule['every'].all() else 'mindst '}{texts.number(least)}" if least else ""
    return Part(heading, total, tuple(f"{BY_KEY[key].title}: {words}" for _, key, words in ranked))


def text(place: str, view_date: dt.date, said: Sequence[Part]) -> str:
    """The whole text: the subject on the first line, then each part that has anything."""
    found = [part for part in said if part.lines]
    lines = [
        f"Emne: Ungeoverblik for {place} pr. {texts.date(view_date)}",
        "",
        "Her står kun antal, og små antal står ikke præcist. Sagerne ses i Ungeoverblik." if found else NOTHING,
    ]
    for part in found:
        heading = f"{part.heading}: {part.count}" if part.count else f"{part.heading}:"
        lines += ["", heading, *(f"- {line}" for line in part.lines)]
    if not any(part.heading.startswith(NEW) for part in said):
        lines += ["", "Der er kun én leverance, så det kan ikke ses, hvad der er nyt."]
    return "\n".join(lines).replace(texts.SPACE, " ") + "\n"
