"""The material as slides: tables and curves that PowerPoint itself can change, and notes on how each is counted."""

import datetime as dt
import io
import re
import zipfile
from collections.abc import Sequence
from functools import partial
from typing import Any

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
from pptx.enum.dml import MSO_LINE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Inches, Pt

from ui import charts, texts
from ui.report.pack import Cell, Figure, Number, Pack, Progress, Section, Table, quietly
from ui.report.pdf import LEGEND
from ui.targets import WHOLE
from ui.texts import Tone

WIDE, HIGH, EDGE = 13.333, 7.5, 0.6
"""Of a slide (16:9) and of what is left empty around it, in inches."""
TOP, ROOM = 1.55, 5.2
"""Where the content begins, and how much there is room for below, in inches."""
BIG, BODY, SMALL = 26, 12, 9
"""Points."""
PER_SLIDE = 6
"""Curves on a slide."""
TARGET, COUNTRY, EARLIER = "Mål", "Landet 2021", " (tidligere regel)"
LANGUAGE = "da-DK"
TONES: dict[Tone, str] = {"good": charts.GREEN, "bad": charts.RED, "neutral": charts.INK}
BAND = "#f3f5f8"


def pptx_bytes(pack: Pack, progress: Progress = quietly) -> bytes:
    """The material as a presentation, the same bytes for the same material."""
    deck = _empty(pack)
    _front(deck, pack)
    parts = pack.sections
    for number, part in enumerate(parts):
        progress(number, len(parts), "Laver dias")
        _part(deck, part)
    rows = tuple((Cell(heading), Cell(words)) for heading, words in pack.about)
    _table(deck, "Om materialet", Table("", ("Hvad", "Beskrivelse"), rows, wide=(20, 80)), ())
    content = io.BytesIO()
    deck.save(content)
    return _steady(content.getvalue(), pack.made_at)


def _empty(pack: Pack) -> Any:
    """A presentation without slides, with one layout, and none of the template's English."""
    deck: Any = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDE), Inches(HIGH)
    only = deck.slide_layouts.get_by_name("Title Only")
    for layout in list(deck.slide_layouts):
        if layout is not only:
            deck.slide_layouts.remove(layout)
    only.name = "Titel"
    for shape in (*only.placeholders, *deck.slide_master.placeholders):
        if shape.placeholder_format.type == 1:  # the title
            _at(shape, EDGE, 0.45, WIDE - 2 * EDGE, 0.6)
            shape.text_frame.text = "Titel"
        else:
            shape._element.getparent().remove(shape._element)
    core = deck.core_properties
    core.title, core.subject, core.language = f"{pack.title}, {pack.subtitle}", pack.subtitle, LANGUAGE
    core.author = core.last_modified_by = "Ungeoverblik"
    core.created = core.modified = pack.made_at.replace(tzinfo=None)
    core.keywords = core.comments = core.category = ""
    return deck


def _at(shape: Any, left: float, top: float, width: float, height: float) -> None:
    shape.left, shape.top, shape.width, shape.height = (Inches(each) for each in (left, top, width, height))


# --- the parts ----------------------------------------------------------------------------------------


def _front(deck: Any, pack: Pack) -> None:
    slide = _slide(deck, pack.title, pack.subtitle)
    rows = tuple(_number(number) for number in pack.five)
    table = Table("", ("Andel", "Nøgletal", "Udvikling", "Vurdering"), rows, wide=(14, 32, 30, 24))
    _grid(slide, table, rows, size=16)
    slide = _slide(deck, "Hvad tallene siger", pack.subtitle)
    urgent = [f"Beslutning: {line}" for line in pack.urgent]
    _words(slide, [*pack.signals, *urgent], bullets=True, size=16)
    _foot(slide, [pack.overlap])


def _number(one: Number) -> tuple[Cell, ...]:
    return (
        Cell(one.said, one.base),
        Cell(one.title),
        Cell(one.change),
        Cell(texts.sentence(one.verdict) or texts.NONE, one.beside, one.tone),
    )


def _part(deck: Any, part: Section) -> None:
    notes = [f"{one.title}. {' '.join(f'{head}: {words}' for head, words in one.lines)}" for one in part.definitions]
    lead = " ".join(part.lead)
    if not part.tables:
        _slide(deck, part.title, lead)
    first = len(deck.slides)
    for number, table in enumerate(part.tables):
        title = f"{part.title}: {table.caption[:1].lower()}{table.caption[1:]}" if table.caption else part.title
        _table(deck, title, table, part.after if number == len(part.tables) - 1 else (), table.note or lead)
        if number == 0:
            if part.remarks:
                slide = _slide(deck, f"{part.title}: bemærkninger", lead)
                _words(slide, [f"{title}: {words}" for title, words in part.remarks], bullets=True, size=14)
            _curves(deck, part)
    if notes:
        deck.slides[first].notes_slide.notes_text_frame.text = "\n".join(notes)


def _curves(deck: Any, part: Section) -> None:
    drawn = [figure for figure in part.figures if figure.drawn]
    slides = -(-len(drawn) // PER_SLIDE)
    each = -(-len(drawn) // slides) if slides else 1
    for number in range(slides):
        slide = _slide(deck, f"{part.title}: udvikling{_of(number, slides)}", LEGEND)
        here = drawn[number * each : (number + 1) * each]
        columns = len(here) if len(here) < 4 else 2 if len(here) == 4 else 3
        across, down = max(columns, 2), 1 if len(here) < 4 else 2
        width, height = (WIDE - 2 * EDGE) / across, (ROOM + 0.3) / down
        for place, figure in enumerate(here):
            left, top = EDGE + place % columns * width, TOP + place // columns * height
            _curve(slide, figure, left, top, width - 0.1, height - 0.1)


def _of(number: int, count: int) -> str:
    return f" ({number + 1} af {count})" if count > 1 else ""


def _curve(slide: Any, figure: Figure, left: float, top: float, width: float, height: float) -> None:
    data = CategoryChartData(number_format="0%")
    data.categories = [f"{texts.month(point.month)[:3]} {point.month:%y}" for point in figure.points]
    segments = sorted({point.segment for point in figure.points})
    looks: list[tuple[str, str, Any]] = []
    for segment in segments:
        name = WHOLE if segment == segments[-1] else f"{WHOLE}{EARLIER}"
        of = [point.whole.rate if point.whole and point.segment == segment else None for point in figure.points]
        data.add_series(name, of)
        looks.append((charts.BLUE, "line", None))
    if any(point.target is not None for point in figure.points):
        data.add_series(TARGET, [point.target for point in figure.points])
        looks.append((charts.GREEN, "reference", None))
    if figure.country is not None:
        data.add_series(COUNTRY, [figure.country for _ in figure.points])
        looks.append((charts.QUIET, "reference", MSO_LINE.ROUND_DOT))
    frame = slide.shapes.add_chart(
        XL_CHART_TYPE.LINE_MARKERS, Inches(left), Inches(top), Inches(width), Inches(height), data
    )
    frame._element.nvGraphicFramePr.cNvPr.set("descr", figure.alt)
    chart = frame.chart
    chart.font.size = Pt(SMALL)
    chart.has_title = True
    title = chart.chart_title.text_frame
    title.text = figure.title
    _run(title.paragraphs[0].runs[0], 11, bold=True)
    said = title.add_paragraph()
    said.text = f"{figure.whole.said} {figure.whole.note}".rstrip()
    _run(said.runs[0], 11)
    chart.has_legend = len(looks) > 1
    if chart.has_legend:
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    shares = chart.value_axis
    shares.tick_labels.number_format, shares.tick_labels.number_format_is_linked = "0%", False
    shares.minimum_scale, shares.maximum_scale, shares.major_unit = 0, 1, 0.5
    shares.major_gridlines.format.line.color.rgb = _rgb(charts.GRID)
    shares.format.line.fill.background()
    for (color, kind, dash), series in zip(looks, chart.plots[0].series, strict=True):
        series.smooth = False
        series.format.line.color.rgb, series.format.line.width = _rgb(color), Pt(2.25 if kind == "line" else 1.5)
        if kind == "line":
            series.marker.size = 6
            series.marker.format.fill.solid()
            series.marker.format.fill.fore_color.rgb = _rgb(color)
            series.marker.format.line.color.rgb = _rgb(color)
        else:
            series.marker.style = -4142  # none
        if dash is not None:
            series.format.line.dash_style = dash


def _table(deck: Any, title: str, table: Table, after: Sequence[str], lead: str = "") -> None:
    """A table on as many slides as it needs."""
    pages = _pages(table)
    for number, rows in enumerate(pages):
        slide = _slide(deck, f"{title}{_of(number, len(pages))}", lead)
        _grid(slide, table, rows)
        if after and number == len(pages) - 1:
            _foot(slide, after)


def _pages(table: Table) -> list[tuple[tuple[Cell, ...], ...]]:
    """The rows that there is room for on each slide, as even as they can be."""
    widths = _widths(table)
    room = ROOM - _height([Cell(words) for words in table.headings], widths)
    heights = [_height(row, widths) for row in table.rows]

    def filled(most: float) -> list[tuple[tuple[Cell, ...], ...]]:
        pages: list[list[tuple[Cell, ...]]] = [[]]
        used = 0.0
        for row, high in zip(table.rows, heights, strict=True):
            if pages[-1] and used + high > most:
                pages.append([])
                used = 0.0
            pages[-1].append(row)
            used += high
        return [tuple(page) for page in pages]

    fewest = len(filled(room))
    steps = (room * tenth / 10 for tenth in range(3, 11))
    return next(pages for most in steps if len(pages := filled(most)) == fewest)


def _widths(table: Table) -> list[float]:
    shares: Sequence[float] = table.wide or (1.8, *(1.0 for _ in table.headings[1:]))
    return [(WIDE - 2 * EDGE) * share / sum(shares) for share in shares]


def _height(row: Sequence[Cell], widths: Sequence[float], size: int = BODY) -> float:
    """How high a row becomes, in inches: a letter is about half as wide as it is high."""

    def lines(words: str, width: float, points: int) -> int:
        return -(-len(words) // max(int((width - 0.2) * 72 / (points * 0.52)), 1)) if words else 0

    return (
        max(
            lines(cell.text, width, size) * size * 1.22 / 72 + lines(cell.note, width, SMALL) * SMALL * 1.22 / 72
            for cell, width in zip(row, widths, strict=True)
        )
        + 0.1
    )


# --- the pieces ---------------------------------------------------------------------------------------


def _slide(deck: Any, title: str, lead: str = "") -> Any:
    slide = deck.slides.add_slide(deck.slide_layouts[0])
    frame = slide.shapes.title.text_frame
    frame.text, frame.word_wrap, frame.vertical_anchor = title, True, MSO_ANCHOR.MIDDLE
    frame.paragraphs[0].alignment = PP_ALIGN.LEFT
    _run(frame.paragraphs[0].runs[0], BIG, bold=True)
    if lead:
        box = slide.shapes.add_textbox(Inches(EDGE), Inches(1.02), Inches(WIDE - 2 * EDGE), Inches(0.4)).text_frame
        box.word_wrap = True
        box.text = lead
        _run(box.paragraphs[0].runs[0], BODY, color=charts.QUIET)
    return slide


def _words(slide: Any, lines: Sequence[str], *, bullets: bool, size: int) -> None:
    frame = slide.shapes.add_textbox(Inches(EDGE), Inches(TOP), Inches(WIDE - 2 * EDGE), Inches(ROOM)).text_frame
    frame.word_wrap = True
    for number, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.text, paragraph.space_after = line, Pt(8)
        if bullets:
            properties = paragraph._p.get_or_add_pPr()
            properties.set("marL", "228600")
            properties.set("indent", "-228600")
            properties.append(properties.makeelement(qn("a:buChar"), {"char": "•"}))
        _run(paragraph.runs[0], size)


def _foot(slide: Any, lines: Sequence[str]) -> None:
    if not "".join(lines):
        return
    box = slide.shapes.add_textbox(Inches(EDGE), Inches(HIGH - 0.72), Inches(WIDE - 2 * EDGE), Inches(0.5)).text_frame
    box.word_wrap = True
    box.text = " ".join(lines)
    _run(box.paragraphs[0].runs[0], SMALL, color=charts.QUIET)


def _grid(slide: Any, table: Table, rows: Sequence[Sequence[Cell]], size: int = BODY) -> None:
    widths = _widths(table)
    frame = slide.shapes.add_table(
        len(rows) + 1, len(table.headings), Inches(EDGE), Inches(TOP), Inches(WIDE - 2 * EDGE), Inches(0.3)
    )
    frame._element.nvGraphicFramePr.cNvPr.set("descr", f"Tabel: {', '.join(table.headings)}")
    grid = frame.table
    grid._tbl.tblPr.find(qn("a:tableStyleId")).text = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # no style, no grid
    grid.horz_banding = False
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = Inches(width)
    write = partial(_write, size=size)
    for place, words in enumerate(table.headings):
        right = table.numbers and place > 0
        write(grid.cell(0, place), Cell(words), bold=True, right=right, line=charts.QUIET)
    for number, row in enumerate(rows, start=1):
        grid.rows[number].height = Inches(_height(row, widths, size))
        for place, cell in enumerate(row):
            write(grid.cell(number, place), cell, right=table.numbers and place > 0, line=charts.GRID)


def _write(at: Any, cell: Cell, *, size: int, bold: bool = False, right: bool = False, line: str = charts.GRID) -> None:
    hidden = cell.text == texts.HIDDEN
    frame = at.text_frame
    at.margin_left = at.margin_right = Inches(0.08)
    at.margin_top = at.margin_bottom = Inches(0.03)
    color = charts.QUIET if hidden else TONES[cell.tone]
    _say(frame.paragraphs[0], cell.text, size, bold=bold or cell.tone != "neutral", color=color)
    if cell.note:
        _say(frame.add_paragraph(), cell.note, SMALL, color=charts.QUIET)
    for paragraph in frame.paragraphs:
        paragraph.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
    _under(at, line)
    if hidden:
        at.fill.solid()
        at.fill.fore_color.rgb = _rgb(BAND)


def _under(at: Any, color: str) -> None:
    """A thin line under a cell."""
    properties = at._tc.get_or_add_tcPr()
    under = properties.makeelement(qn("a:lnB"), {"w": "6350"})
    fill = under.makeelement(qn("a:solidFill"), {})
    fill.append(fill.makeelement(qn("a:srgbClr"), {"val": color.removeprefix("#")}))
    under.append(fill)
    properties.append(under)


def _say(paragraph: Any, words: str, size: int, *, bold: bool = False, color: str = charts.INK) -> None:
    """Write into an empty paragraph; what is empty stays so."""
    if words:
        paragraph.text = words
        _run(paragraph.runs[0], size, bold=bold, color=color)


def _run(run: Any, size: int, *, bold: bool = False, color: str = charts.INK) -> None:
    run.font.size, run.font.bold, run.font.color.rgb = Pt(size), bold, _rgb(color)
    run._r.get_or_add_rPr().set("lang", LANGUAGE)


def _rgb(color: str) -> RGBColor:
    return RGBColor.from_string(color.removeprefix("#").upper())


# --- the same bytes for the same material -------------------------------------------------------------

_WRITTEN = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def _steady(content: bytes, at: dt.datetime) -> bytes:
    """An Office file, and those inside it, with every moment in it the one given."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as parts, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as steady:
        for name in parts.namelist():
            part = parts.read(name)
            if name.endswith(".xlsx"):
                part = _steady(part, at)
            elif name.endswith(".xml"):
                part = part.replace(b'lang="en-US"', b'lang="da-DK"')
            if name == "docProps/core.xml":
                part = _WRITTEN.sub(rb"\g<1>" + at.strftime("%Y-%m-%dT%H:%M:%SZ").encode(), part)
            info = zipfile.ZipInfo(name, at.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            steady.writestr(info, part)
    return made.getvalue()
