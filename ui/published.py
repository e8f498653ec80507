"""Månedens tal: what has been published of a month, in words and tables, with the same hidden numbers everywhere.

Knows no Streamlit. What is shown is what was stored when the month was published; nothing is counted anew for it.
How a month comes to be published: `ui/publishing.py`.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import polars as pl

from data_access.annotations import Target, in_force
from data_access.published import Publication, Rule
from metrics import disclosure
from metrics.assess import BY_KEY
from metrics.measure import Measure, Theme
from metrics.measures import THEMES
from ui import data_quality, figures, texts
from ui.targets import WHOLE

DIVIDED = "for få til at dele op"
"""Stands for the centres of a measure that is published for the whole municipality only."""
CODE_UNKNOWN = "Program og regler blev ikke gemt dengang."
THEME_OF: Mapping[str, Theme] = {measure.key: theme for theme in THEMES for measure in theme.measures}


# --- a publication ------------------------------------------------------------------------------------


def stood(done: Sequence[Publication], month: dt.date) -> list[Publication]:
    """What a month (any day of it) is set beside: of each earlier month the version that stood when it was published.

    The oldest month first. `done`: every version that has been published, in that order. A correction is set beside
    what the first version was, so that what has been given out about the month stays comparable.
    """
    month = month.replace(day=1)
    then = done[: next((n for n, each in enumerate(done) if each.month == month), len(done))]
    newest = {each.month: each for each in then if each.month < month}
    return [newest[earlier] for earlier in sorted(newest)]


def compared_with(done: Sequence[Publication], month: dt.date) -> Publication | None:
    """The publication that a month's moves are counted from: the newest of those it is set beside (`stood`)."""
    return next(reversed(stood(done, month)), None)


def published_words(publication: Publication, cells: pl.DataFrame) -> str:
    """What a published month is: the days counted, and when it was published."""
    first, last = cells.select(pl.col("from").min(), pl.col("to").max().alias("to")).row(0)
    what = "Offentliggjort" if publication.version == 1 else f"Version {publication.version}, offentliggjort"
    return (
        f"12 måneder ({texts.period(first, last)}). Det, der tælles på en dag, er talt den sidste. {what} "
        f"{texts.date(published_on(publication))}, opgjort pr. {texts.date(publication.view_date)} ud fra leverance "
        f"{publication.delivery}."
    )


def published_on(publication: Publication) -> dt.date:
    """The day it was published, in Denmark."""
    return data_quality.day(publication.published_at)


def made_words(publication: Publication) -> str:
    """What a publication was made by, and how its paper is known."""
    program = f"Program {publication.code}." if publication.code else CODE_UNKNOWN
    return f"{program} Kontrolnummer {control_number(publication)}."


def control_number(publication: Publication) -> str:
    """Begins its hash: who has it on paper sees whether it is still the same."""
    return publication.hash[:12]


def replaced_words(publication: Publication, newer: Publication) -> str:
    """Of a version that no longer stands: by which it was replaced, and why."""
    on = texts.date(published_on(newer))
    return f"Version {publication.version} er erstattet af version {newer.version} ({on}): {newer.reason}"


def about(publication: Publication, cells: pl.DataFrame) -> dict[str, str]:
    """Heading -> words of what a file of a month must say."""
    first, last = cells.select(pl.col("from").min(), pl.col("to").max().alias("to")).row(0)
    return {
        "Indhold": "Månedens tal",
        "Måned": texts.month(publication.month),
        "Version": str(publication.version),
        **({"Rettet fordi": publication.reason} if publication.reason else {}),
        "Talt dage": texts.period(first, last),
        "Opgjort pr.": texts.date(publication.view_date),
        "Leverance": str(publication.delivery),
        "Offentliggjort": texts.date(published_on(publication)),
        "Skjult": hidden_words(cells),
        "Program": publication.code or CODE_UNKNOWN,
        "Kontrolnummer": control_number(publication),
    }


def hidden_of(cells: pl.DataFrame) -> tuple[int, int]:
    """How many numbers of a month are hidden, of how many."""
    counted = cells.filter((pl.col("base") > 0) | pl.col("base").is_null())
    return int(counted["hidden"].sum()), len(counted)


def hidden_words(cells: pl.DataFrame) -> str:
    """What a month hides: `46 af 183 tal er skjult. 9 nøgletal er for små til at blive delt på centre.`"""
    alone = cells["measure"].n_unique() - cells.filter(~pl.col("whole"))["measure"].n_unique()
    said = f"{texts.counted(*hidden_of(cells))} andele bliver skjult."
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
        "Det, der er skjult, er også skjult i filen. Offentliggjorte tal bliver ikke lavet om: en rettelse er en ny "
        "version med en begrundelse, og den gamle kan stadig ses.",
    ]


# --- what a row is of ---------------------------------------------------------------------------------


def place_name(row: Mapping[str, Any]) -> str:
    return WHOLE if row["whole"] else texts.center(row["center"])


def value_name(row: Mapping[str, Any]) -> str:
    return f"{_figure_title(row['figure'])}: {_label(row)}"


def _figure_title(key: str) -> str:
    figure = disclosure.FIGURES.get(key)
    return figure.title if figure else key


def _label(row: Mapping[str, Any]) -> str:
    figure = disclosure.FIGURES.get(row["figure"])
    return figure.labels.get(row["value"], row["value"]) if figure else row["value"]


def title_of(key: str, publication: Publication) -> str:
    """What a measure was called when it was published."""
    rule, measure = publication.rules.get(key), BY_KEY.get(key)
    return rule.title if rule else measure.title if measure else key


def in_words(row: Mapping[str, Any]) -> str:
    said = cell("", row)
    return f"{said.said} {said.base}".strip()


def count_in_words(row: Mapping[str, Any]) -> str:
    return texts.HIDDEN if row["hidden"] else texts.number(row["count"])


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


def lines(
    cells: pl.DataFrame, targets: Sequence[Target], rules: Mapping[str, Rule] | None = None
) -> Iterator[tuple[str, list[Line]]]:
    """Theme and its measures, in the order of the catalogue; what is no longer in it comes last.

    `rules`: those it was published with. Without them a measure has the name and the law of today.
    """
    shown = places(cells)
    found: dict[str, list[Line]] = {theme.title: [] for theme in THEMES}
    for (key,), part in cells.group_by("measure", maintain_order=True):
        measure, rule = BY_KEY.get(str(key)), (rules or {}).get(str(key))
        by_place = {row["center"]: row for row in part.filter(~pl.col("whole")).to_dicts()}
        [whole] = part.filter("whole").to_dicts()
        line = Line(
            rule.title if rule else measure.title if measure else str(key),
            rule.words if rule else law(measure, whole["to"]) if measure else "",
            beside(measure, targets, whole["to"]) if measure else "",
            cell(WHOLE, whole),
            tuple(cell(texts.center(place), by_place[place]) for place in shown if place in by_place),
        )
        theme = THEME_OF[measure.key].title if measure else "Udgåede nøgletal"
        found.setdefault(theme, []).append(line)
    yield from ((theme, rows) for theme, rows in found.items() if rows)


COUNTED = "Antal unge"
"""Heads the distributions of a month."""


Matrix = tuple[Sequence[str], Sequence[tuple[str, Sequence[str]]], str]
"""Headings, rows of a name and its cells (both as HTML), and a caption: as `blocks.matrix` takes it."""


def counted_tables(counts: pl.DataFrame) -> Iterator[Matrix]:
    """The distributions of a month as tables of counts, one for those that have the same values and days."""
    for alike in _alike(counts.partition_by("figure", maintain_order=True)):
        first = alike[0]
        rows = [
            (
                escape(_figure_title(part["figure"][0])),
                [f"<b>{escape(count_in_words(row))}</b>" for row in part.to_dicts()],
            )
            for part in alike
        ]
        days = texts.period(first["from"][0], first["to"][0])
        yield ("Unge", *(_label(row) for row in first.to_dicts())), rows, f"{COUNTED}, {days}"


def _alike(parts: Sequence[pl.DataFrame]) -> list[list[pl.DataFrame]]:
    found: dict[tuple[Any, ...], list[pl.DataFrame]] = {}
    for part in parts:
        found.setdefault((part["from"][0], *part["value"]), []).append(part)
    return list(found.values())


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


FILE = pl.Schema(
    {
        "Tema": pl.String(),
        "Nøgletal": pl.String(),
        "Regel": pl.String(),
        "Fra": pl.Date(),
        "Til": pl.Date(),
        "Sted": pl.String(),
        "Andel i procent": pl.Float64(),
        "Antal": pl.Int64(),
        "Grundlag": pl.Int64(),
        "Bemærk": pl.String(),
    }
)
"""A month in a file: one line a cell."""


def file_rows(cells: pl.DataFrame, counts: pl.DataFrame, rules: Mapping[str, Rule] | None = None) -> pl.DataFrame:
    """A month for a file, as `FILE`: numbers where they are shown, blank where they are hidden, with the word beside.

    What is not divided has its whole only. `rules` as for `lines`.
    """
    rows = []
    for theme, key, row in ((THEME_OF.get(row["measure"]), row["measure"], row) for row in cells.to_dicts()):
        measure, rule = BY_KEY.get(key), (rules or {}).get(key)
        percent = None if row["rate"] is None or row["base"] < texts.FEW else round(100 * row["rate"], 1)
        remark = texts.HIDDEN if row["hidden"] else texts.NO_BASE if not row["base"] else ""
        rows.append(
            (
                theme.title if theme else "",
                rule.title if rule else measure.title if measure else key,
                rule.words if rule else law(measure, row["to"]) if measure else "",
                row["from"],
                row["to"],
                place_name(row),
                percent,
                row["met"],
                row["base"],
                remark,
            )
        )
    for row in counts.to_dicts():
        remark = texts.HIDDEN if row["hidden"] else ""
        named = (COUNTED, value_name(row), "", row["from"], row["to"], WHOLE)
        rows.append((*named, None, row["count"], None, remark))
    return pl.DataFrame(rows, schema=FILE, orient="row")
