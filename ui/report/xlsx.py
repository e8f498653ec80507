"""The material as a workbook: the same numbers as numbers, to count on with; what is hidden is the word for it."""

from collections.abc import Iterator
from typing import Any

from ui import texts
from ui.decisions import FILE, file_rows
from ui.moved import PARTS
from ui.report.pack import Cell, Pack, Progress, Shown, quietly
from ui.sheets import Sheet, Value, book_bytes

SHARES = ("Andel", "Mål", "Landet", "Landet 2021", "Rebild 2021", "Kommunen", "Før", "Nu")
"""Headings of fractions."""


def xlsx_bytes(pack: Pack, progress: Progress = quietly) -> bytes:
    """The material as an Excel file, the same bytes for the same material."""
    progress(0, 1, "Skriver regnearket")
    notes = {"Titel": pack.title, "Periode": pack.subtitle, **dict(pack.about)}
    return book_bytes(list(_sheets(pack)), f"{pack.title}, {pack.subtitle}", notes, pack.made_at)


def _sheets(pack: Pack) -> Iterator[Sheet]:
    yield _front(pack)
    yield _numbers(pack)
    yield _development(pack)
    if pack.kind == "month":
        yield _moves(pack)
        yield _decisions(pack)
    else:
        yield from _tables(pack)
    yield _definitions(pack)


def _front(pack: Pack) -> Sheet:
    whole = {figure.key: figure.whole for _, figure in pack.figures}
    rows: list[tuple[Value, ...]] = [
        (one.title, *_counted(whole.get(one.key)), one.change, one.beside, texts.sentence(one.verdict))
        for one in pack.five
    ]
    blank = (None,) * 6
    rows += [(None, *blank), ("Hvad tallene siger", *blank), *((line, *blank) for line in pack.signals)]
    headings = ("De fem tal", "Andel", "Antal", "Grundlag", "Udvikling", "Ved siden af", "Vurdering")
    return Sheet("Forside", headings, rows, SHARES)


def _counted(shown: Shown | None) -> tuple[Value, Value, Value]:
    """Rate, count and base as numbers; the word where they are hidden, and what is said where there is no rate."""
    if shown is None:
        return None, None, None
    rate = shown.said if shown.rate is None else shown.rate
    met, base = (texts.HIDDEN if count is None else count for count in (shown.met, shown.base))
    return rate, met, base


def _numbers(pack: Pack) -> Sheet:
    rows: list[tuple[Value, ...]] = []
    for theme, figure in pack.figures:
        for shown in (figure.whole, *figure.centers):
            whole = shown is figure.whole
            change = figure.change if whole else None
            points = None if change is None else change.short if change.value is None else change.value * 100
            rows.append(
                (
                    theme,
                    figure.title,
                    shown.place,
                    *_counted(shown),
                    points or None,
                    change.words if change and change.value is not None else None,
                    figure.target if whole else None,
                    figure.national if whole else None,
                    texts.sentence(figure.verdict) if whole else None,
                    figure.comment if whole else None,
                )
            )
    since = next((figure.change.since for _, figure in pack.figures if figure.change), "")
    moved = f"Procentpoint siden {since}" if since else "Procentpoint"
    headings = ("Tema", "Nøgletal", "Sted", "Andel", "Antal", "Grundlag", moved, "Ændring", "Mål", "Landet")
    return Sheet("Nøgletal", (*headings, "Vurdering", "Bemærkning"), rows, SHARES)


def _development(pack: Pack) -> Sheet:
    rows: list[tuple[Value, ...]] = [
        (theme, figure.title, point.month, *_counted(point.whole), point.target, figure.national)
        for theme, figure in pack.figures
        for point in figure.points
        if point.whole is not None
    ]
    return Sheet(
        "Udvikling", ("Tema", "Nøgletal", "Måned", "Andel", "Antal", "Grundlag", "Mål", "Landet"), rows, SHARES
    )


def _moves(pack: Pack) -> Sheet:
    assert pack.moved is not None
    headings = ("Nøgletal", "Før", "Nu", "Hvad", "Hvor mange", "Antal", "Grundlag", "Procentpoint")
    titles = {figure.key: figure.title for _, figure in pack.figures}
    rows: list[tuple[Value, ...]] = [
        (
            titles[story.key],
            _pair(story.then),
            _pair(story.now),
            PARTS[part.key],
            part.units,
            part.met,
            part.base,
            None if part.share is None else part.share * 100,
        )
        for story in pack.moves
        for part in story.parts
    ]
    blank = (None,) * (len(headings) - 1)
    return Sheet(pack.moved.title, headings, rows or [(line, *blank) for line in pack.moved.lead], SHARES)


def _pair(counted: tuple[int, int]) -> Value:
    met, base = counted
    return met / base if base >= texts.FEW else texts.rate_with_base(met, base)


def _decisions(pack: Pack) -> Sheet:
    rows: list[Any] = file_rows(pack.lines).rows()
    return Sheet("Beslutninger", FILE, [tuple(value or None for value in row) for row in rows])


def _tables(pack: Pack) -> Iterator[Sheet]:
    """What only the half year and the year have: counts side by side, or the audit's figures."""
    parts = [part for part in pack.themes if (not part.figures) == (pack.kind == "half_year")]
    named = [(part, table) for part in parts for table in part.tables]
    if not named:
        return
    headings = max((table.headings for _, table in named), key=len)
    rows: list[tuple[Value, ...]] = [
        (part.title, table.caption or None, *(_value(cell) for cell in row))
        for part, table in named
        for row in table.rows
    ]
    name = "Antal" if pack.kind == "half_year" else "Fokusrevisionen"
    yield Sheet(name, ("Del", "Tabel", *headings), rows, SHARES)


def _value(cell: Cell) -> Value:
    return cell.text if cell.value is None else cell.value


def _definitions(pack: Pack) -> Sheet:
    rows = [(one.title, heading, words) for one in pack.definitions for heading, words in one.lines]
    return Sheet("Definitioner", ("Nøgletal", "Hvad", "Beskrivelse"), rows, widest=100)
