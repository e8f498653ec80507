"""Månedens tal: how a month is made ready, published and shown, with the same hidden numbers on page and in file.

Knows no Streamlit. What is shown is what was stored when the month was published; nothing is counted anew for it.
"""

import datetime as dt
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from data_access import published
from data_access.annotations import Target, in_force
from data_access.published import Publication, PublicationRefused, last_day
from data_access.tables import Scope
from metrics import assess, disclosure
from metrics.assess import BY_KEY, Assessed, Cut, year_before
from metrics.measure import Measure, Theme
from metrics.measures import THEMES
from ui import figures, texts
from ui.data_quality import HERE
from ui.targets import WHOLE, next_month

THRESHOLD = "UNGEOVERBLIK_DISCLOSURE_THRESHOLD"
LOWEST, HIGHEST = 3, 20
MONTHS_BACK = 6
"""So many whole months can be published when nothing has been yet."""
DIVIDED = "for få til at dele op"
"""Stands for the centres of a measure that is published for the whole municipality only."""
THEME_OF: Mapping[str, Theme] = {measure.key: theme for theme in THEMES for measure in theme.measures}


# --- publishing ---------------------------------------------------------------------------------------


def threshold() -> int:
    """Counts from 1 up to it are hidden, from `UNGEOVERBLIK_DISCLOSURE_THRESHOLD`.

    Raises:
        PublicationRefused: the setting is not a whole number from `LOWEST` to `HIGHEST`.
    """
    setting = os.environ.get(THRESHOLD) or str(disclosure.THRESHOLD)
    if not (setting.isdecimal() and LOWEST <= int(setting) <= HIGHEST):
        raise PublicationRefused(f"{THRESHOLD} skal være et helt tal fra {LOWEST} til {HIGHEST}. Ret indstillingen.")
    return int(setting)


@dataclass(frozen=True, eq=False)
class Prepared:
    """A month as it would be published."""

    month: dt.date
    """Its first day."""
    view_date: dt.date
    threshold: int
    cells: pl.DataFrame
    """As `published.CELLS`."""
    after: int
    """So many months were published before."""


def prepare(engine: Any, scope: Scope, month: dt.date, assessed: Assessed, centers: Sequence[str]) -> Prepared:
    """Make a month (any day of it) ready: its fixed table, protected beside all that was published, and attacked.

    `assessed` holds all centres, and stock measures on the last day of the month; `centers` in organisational order.

    Raises:
        PublicationRefused: the month is not over on the view date, the setting is wrong, or the attack found something.
        NoScope: `scope` may not publish.
        DatabaseUnavailable: what was published before cannot be read.
    """
    limit, before = threshold(), published.before(engine, scope)
    if assessed.view_date < last_day(month):
        raise PublicationRefused(
            f"{texts.sentence(texts.month(month))} er ikke slut på opgørelsesdagen. Vent på en leverance, der dækker "
            "hele måneden."
        )
    table = disclosure.enough_per_center(disclosure.tables(assessed, month, centers), limit)
    cells = disclosure.protect(table, before, limit)
    if gives_away(cells, before):
        raise PublicationRefused(
            "Tallene er ikke offentliggjort: kontrollen fandt et skjult tal, der kan regnes ud. Meld det til dem, der "
            "vedligeholder Ungeoverblik."
        )
    return Prepared(month.replace(day=1), assessed.view_date, limit, cells, len(before))


def gives_away(cells: pl.DataFrame, before: Sequence[pl.DataFrame]) -> bool:
    """Whether a month tells a hidden number, of itself or of what was published before, that nothing told already."""
    told = disclosure.attack([*before, cells], only_narrowed=True)
    if told.is_empty():
        return False
    number = ["measure", "to", "center", "whole", "count"]
    already = disclosure.attack(before, only_narrowed=True)
    return not told.join(already, on=number, how="anti", nulls_equal=True).is_empty()


def publish_month(engine: Any, scope: Scope, month: dt.date, assessed: Assessed, centers: Sequence[str]) -> Publication:
    """Publish a month. Raises as `prepare`, and where the month is published already."""
    ready = prepare(engine, scope, month, assessed, centers)
    return published.publish(
        engine,
        scope,
        month=ready.month,
        view_date=ready.view_date,
        threshold=ready.threshold,
        cells=ready.cells,
        after=ready.after,
    )


def own(assessed: Assessed, month: dt.date) -> pl.DataFrame:
    """measure, met and base in the days that a month (any day of it) is published of, in all of a frame."""
    last = last_day(month)
    return assess.figures(assessed, Cut(year_before(last), last)).select("measure", "met", "base")


def whole_months(view_date: dt.date, count: int = MONTHS_BACK) -> list[dt.date]:
    """The first days of the newest months that are over on a day, the newest first."""
    first = view_date.replace(day=1) if view_date < last_day(view_date) else next_month(view_date)
    months = []
    for _ in range(count):
        first = (first - dt.timedelta(days=1)).replace(day=1)
        months.append(first)
    return months


def unpublished(done: Sequence[Publication], view_date: dt.date) -> list[dt.date]:
    """The whole months that can be published, the newest first: from the first that was on, if any was."""
    months = {publication.month for publication in done}
    return [month for month in whole_months(view_date) if month not in months and (not months or month > min(months))]


def published_words(publication: Publication, cells: pl.DataFrame) -> str:
    """What a published month is: the days counted, and when it was published."""
    first, last = cells.select(pl.col("from").min(), pl.col("to").max().alias("to")).row(0)
    on = publication.published_at.astimezone(ZoneInfo(HERE)).date()
    return (
        f"12 måneder ({texts.period(first, last)}). Det, der tælles på en dag, er talt den sidste. Offentliggjort "
        f"{texts.date(on)}, opgjort pr. {texts.date(publication.view_date)}."
    )


def hidden_words(cells: pl.DataFrame) -> str:
    """What a month hides: `46 af 183 tal er skjult. 9 nøgletal er for små til at blive delt på centre.`"""
    counted = cells.filter((pl.col("base") > 0) | pl.col("base").is_null())
    alone = cells["measure"].n_unique() - cells.filter(~pl.col("whole"))["measure"].n_unique()
    said = f"{texts.counted(int(counted['hidden'].sum()), len(counted))} andele bliver skjult."
    return f"{said} {texts.counts(alone, 'nøgletal', 'nøgletal')} bliver kun vist for hele kommunen." if alone else said


def why_hidden(threshold: int, *, knows_own: bool = False) -> list[str]:
    """Why something is hidden, one sentence a line; `knows_own`: from who sees the figures of own centres."""
    most = threshold - 1
    more = (
        "Du kender dit eget centers tal. Derfor er mere skjult for dig end for styregruppen: de andre centre, hvor "
        "noget af nøgletallet er skjult, og hele kommunen, hvor dine tal trukket fra ville sige for meget om de andre."
    )
    return [
        f'"{texts.sentence(texts.HIDDEN)}" står der, hvor et tal kunne sige noget om enkelte unge: når kun 1–{most} er '
        f"med i tallet, eller når alle på nær 1–{most} er det.",
        "Et tal er også skjult, når et andet skjult tal ellers kunne regnes ud af det, fx ved at trække centrene fra "
        "hele kommunen eller en måned fra den næste. Derfor kan også store tal være skjult, og ordet er det samme.",
        f'"{texts.sentence(DIVIDED)}" står der, hvor hele kommunen har under {threshold} sager for hvert sted, tallet '
        "skulle deles på.",
        *([more] if knows_own else []),
        "Det, der er skjult, er også skjult i filen. Tallene bliver ikke lavet om, når de er offentliggjort.",
    ]


# --- showing ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """One published number in words."""

    place: str
    said: str
    """`92 %`, or the word for what is hidden."""
    base: str
    """`(23 af 25)`; empty where it is not shown."""


@dataclass(frozen=True)
class Line:
    """One measure of a month."""

    title: str
    law: str
    """`LAB § 31 · 7 dage`."""
    beside: str
    """`mål 95 % · landet 92 %`."""
    whole: Cell
    centers: tuple[Cell, ...]
    """In organisational order; none where it is not divided."""


def places(cells: pl.DataFrame) -> list[str | None]:
    """The centres of a month in the order they were published; None last, where somebody is without one."""
    divided = cells.filter(~pl.col("whole"))
    named = divided["center"].drop_nulls().unique(maintain_order=True).to_list()
    without = divided.filter(pl.col("center").is_null() & (pl.col("hidden") | (pl.col("base") > 0)))
    return [*named, None] if len(without) else named


def lines(cells: pl.DataFrame, targets: Sequence[Target]) -> Iterator[tuple[str, list[Line]]]:
    """Theme and its measures, in the order of the catalogue; what is no longer in it comes last."""
    shown = places(cells)
    found: dict[str, list[Line]] = {theme.title: [] for theme in THEMES}
    for (key,), part in cells.group_by("measure", maintain_order=True):
        measure = BY_KEY.get(str(key))
        by_place = {row["center"]: row for row in part.filter(~pl.col("whole")).to_dicts()}
        [whole] = part.filter("whole").to_dicts()
        line = Line(
            measure.title if measure else str(key),
            law(measure, whole["to"]) if measure else "",
            beside(measure, targets, whole["to"]) if measure else "",
            cell(WHOLE, whole),
            tuple(cell(texts.center(place), by_place[place]) for place in shown if place in by_place),
        )
        theme = THEME_OF[measure.key].title if measure else "Udgåede nøgletal"
        found.setdefault(theme, []).append(line)
    yield from ((theme, rows) for theme, rows in found.items() if rows)


def cell(place: str, row: Mapping[str, Any]) -> Cell:
    """One cell of a month in words."""
    if row["hidden"]:
        return Cell(place, texts.HIDDEN, f"(grundlag {texts.number(row['base'])})" if row["base"] is not None else "")
    said = texts.rate_with_base(row["met"], row["base"])
    rate, opens, rest = said.partition(" (")
    return Cell(place, rate, f"({rest}" if opens else "")


def law(measure: Measure, day: dt.date) -> str:
    """Where a measure stands in the law, its limit on a day, and when it ends: `LAB § 31 · 7 dage`."""
    version = next(
        (v for v in reversed(measure.versions) if v.valid_from is None or v.valid_from <= day),
        None,
    )
    words = [version.legal_basis if version else measure.legal_basis]
    if version and version.length:
        words.append(version.words())
    if measure.life.valid_to:
        words.append(texts.rule_ended(measure.life).removesuffix("."))
    return " · ".join(words)


def beside(measure: Measure, targets: Sequence[Target], day: dt.date) -> str:
    """What the whole stands beside: `mål 95 % · landet 92 %`; the country only where it is counted alike."""
    target, country = in_force(targets, measure.key, day), figures.reference(measure)
    words = [] if target is None else [texts.target(target)]
    if country is not None:
        words.append(f"landet {texts.percent(country)}")
    return " · ".join(words)


def as_table(rows: Sequence[Line], centers: Sequence[str | None], caption: str) -> str:
    """The measures of a theme as a table; where it is narrow each is a list of its places."""
    names = [texts.center(place) for place in centers]
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in ("Nøgletal", WHOLE, *names))
    body = "".join(f"<tr>{_line(row, len(names))}</tr>" for row in rows)
    return (
        f'<div class="maaned"><table class="maanedstal"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _line(row: Line, places: int) -> str:
    law = f"<small>{escape(row.law)}</small>" if row.law else ""
    whole = _cell(row.whole, f"<small>{escape(row.beside)}</small>" if row.beside else "")
    if row.centers:
        centers = "".join(_cell(each) for each in row.centers)
    else:
        centers = f'<td class="samlet" colspan="{places}">{DIVIDED}</td>' if places else ""
    return f'<th scope="row">{escape(row.title)}{law}</th>{whole}{centers}'


def _cell(shown: Cell, more: str = "") -> str:
    base = f" <span>{escape(shown.base)}</span>" if shown.base else ""
    kind = ' class="skjult"' if shown.said == texts.HIDDEN else ""
    place = escape(shown.place, quote=True)
    return f'<td{kind} data-sted="{place}"><div><b>{escape(shown.said)}</b>{base}{more}</div></td>'


FILE = ("Tema", "Nøgletal", "Fra", "Til", "Sted", "Andel", "Antal", "Grundlag")


def file_rows(cells: pl.DataFrame) -> pl.DataFrame:
    """A month for a file: one line a cell with Danish headings, and the word for every number that is hidden.

    What is not divided has its whole only. The columns are text, but for the dates.
    """
    rows = [
        (
            THEME_OF[row["measure"]].title if row["measure"] in THEME_OF else "",
            BY_KEY[row["measure"]].title if row["measure"] in BY_KEY else row["measure"],
            row["from"],
            row["to"],
            WHOLE if row["whole"] else texts.center(row["center"]),
            cell("", row).said,
            texts.HIDDEN if row["met"] is None else str(row["met"]),
            texts.HIDDEN if row["base"] is None else str(row["base"]),
        )
        for row in cells.to_dicts()
    ]
    types = {name: pl.Date() if name in ("Fra", "Til") else pl.String() for name in FILE}
    return pl.DataFrame(rows, schema=types, orient="row")
