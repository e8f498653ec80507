"""The material: the same numbers on the page, in the PDF, the slides and the sheet, and in none what is hidden."""

import datetime as dt
import io
import re
import shutil
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl
import pytest
import sqlalchemy as sa
from pptx import Presentation
from pypdf import PdfReader

from data_access import annotations, decisions, published
from data_access.database import connect
from data_access.published import CELLS, COUNTS, MOVES, Rule
from data_access.tables import FULL_SCOPE, Scope, centers, import_number
from metrics.assess import BY_KEY
from tests import town
from tests.case_database import fill
from ui import moved, publishing, texts
from ui import published as months
from ui.report import compose
from ui.report.files import FORMATS, write
from ui.report.pack import Figure, Kind, NoReport, Pack, Shown, quietly
from ui.report.pdf import drawable, pdf_bytes, rows
from ui.report.pptx import pptx_bytes
from ui.report.xlsx import xlsx_bytes

JUNE, SEPTEMBER, OCTOBER = (dt.date(2026, month, 1) for month in (6, 9, 10))
ANNA = Scope("anna", ("coordinator",), None)
STEERING = Scope("sten", ("steering",))


# --- a municipality that has published --------------------------------------------------------------


@pytest.fixture(scope="module")
def published_town(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Engine]:
    """A generated municipality with June, September and October published, a target, comments and a decision."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNGEOVERBLIK_PERSON_KEY", "en-noegle-kun-til-test-0123456789abcdef")
        engine = connect(town.delivered(sqlite_template, tmp_path_factory.mktemp("town")))
    read = moved.reader(engine, FULL_SCOPE)
    annotations.set_target(
        engine, ANNA, measure="first_interview", valid_from=dt.date(2026, 1, 1), rate=0.95, note="Plan"
    )
    decisions.decide(
        engine,
        ANNA,
        decided_on=dt.date(2026, 9, 15),
        title="Flere første samtaler i tide",
        why="For mange venter",
        responsible="Leder",
        do_by=dt.date(2026, 12, 1),
        measure="first_interview",
        by_points=0.1,
    )
    for month in (JUNE, SEPTEMBER, OCTOBER):
        publishing.publish_month(
            engine,
            FULL_SCOPE,
            month,
            read,
            view_date=town.TODAY,
            delivery=import_number(engine, None),
            centers=centers(engine),
        )
    decisions.set_comment(engine, ANNA, measure="first_interview", month=OCTOBER, text="=1+1 er ikke en formel")
    yield engine
    engine.dispose()


KINDS: list[tuple[Kind, dt.date]] = [("month", OCTOBER), ("half_year", JUNE), ("year", OCTOBER)]


def squeezed(words: str) -> str:
    """Without spaces and line breaks, wherever a format has put them."""
    return re.sub(r"\s+", "", words)


def pdf_text(content: bytes) -> str:
    return squeezed("".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages))


def slides(content: bytes) -> Any:
    return Presentation(io.BytesIO(content))


def slide_rows(content: bytes) -> list[list[str]]:
    """Every row of every table of the slides, a cell's words and note on a line each."""
    return [
        [cell.text_frame.text for cell in row.cells]
        for slide in slides(content).slides
        for shape in slide.shapes
        if shape.has_table
        for row in shape.table.rows
    ]


def sheet(content: bytes, name: str) -> list[tuple[Any, ...]]:
    return fastexcel.read_excel(content).load_sheet(name, header_row=0, dtypes="string").to_polars().rows()


def parts(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Every file inside an Office file, and inside those."""
    with zipfile.ZipFile(io.BytesIO(content)) as inside:
        for name in inside.namelist():
            yield name, inside.read(name)
            if name.endswith(".xlsx"):
                yield from parts(inside.read(name))


def said(shown: Shown) -> str:
    return f"{shown.said}\n{shown.note}".rstrip()


# --- the same numbers everywhere ----------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "month"), KINDS)
def test_every_number_of_the_whole_is_the_same_in_all_files(
    published_town: sa.Engine, kind: Kind, month: dt.date
) -> None:
    pack = compose.pack(published_town, STEERING, month, kind=kind)
    pdf, deck = pdf_text(pdf_bytes(pack)), slide_rows(pptx_bytes(pack))
    book = {(row[1], row[2]): row[3:6] for row in sheet(xlsx_bytes(pack), "Nøgletal")}
    assert len(pack.figures) > 15
    for _, figure in pack.figures:
        assert squeezed(f"{figure.title}{figure.whole.said}{figure.whole.note}") in pdf
        assert [figure.title, said(figure.whole)] in [row[:2] for row in deck]
        assert counted(book[figure.title, figure.whole.place]) == of(figure.whole)
    for number in pack.five:
        assert squeezed(f"{number.said}{number.base}{number.title}{number.change}") in pdf
        assert [f"{number.said}\n{number.base}".rstrip(), number.title, number.change] in [row[:3] for row in deck]
    words = " ".join(
        shape.text_frame.text
        for slide in slides(pptx_bytes(pack)).slides
        for shape in slide.shapes
        if shape.has_text_frame
    )
    front = [row[0] for row in sheet(xlsx_bytes(pack), "Forside")]
    for signal in pack.signals:
        assert squeezed(signal) in pdf
        assert signal in words
        assert signal in front


def test_every_number_of_every_centre_is_the_same_in_all_files(published_town: sa.Engine) -> None:
    pack = compose.pack(published_town, STEERING, OCTOBER)
    pdf, deck = pdf_text(pdf_bytes(pack)), slide_rows(pptx_bytes(pack))
    book = {(row[1], row[2]): row[3:6] for row in sheet(xlsx_bytes(pack), "Nøgletal")}
    divided = [figure for _, figure in pack.figures if figure.centers]
    assert divided
    for figure in divided:
        assert squeezed(figure.title + "".join(f"{each.said}{each.note}" for each in figure.centers)) in pdf
        assert [figure.title, *map(said, figure.centers)] in deck
        for each in figure.centers:
            assert counted(book[figure.title, each.place]) == of(each)


def of(shown: Shown) -> tuple[Any, ...]:
    """Count and base as a sheet has them."""
    return tuple(texts.HIDDEN if count is None else count for count in (shown.met, shown.base))


def counted(cells: tuple[Any, ...]) -> tuple[Any, ...]:
    """Count and base of a row of the sheet."""
    return tuple(cell if cell == texts.HIDDEN else int(float(cell)) for cell in cells[1:])


@pytest.mark.parametrize("month", [JUNE, SEPTEMBER, OCTOBER])
def test_the_page_says_the_same(published_town: sa.Engine, month: dt.date) -> None:
    cells = published.cells(published_town, STEERING, month)
    on_page = [
        (line.title, line.whole.said, line.whole.base, tuple((each.said, each.base) for each in line.centers))
        for _, lines in months.lines(cells, ())
        for line in lines
    ]
    pack = compose.pack(published_town, STEERING, month)
    in_pack = [
        (one.title, one.whole.said, one.whole.note, tuple((each.said, each.note) for each in one.centers))
        for _, one in pack.figures
    ]
    assert in_pack == on_page


def test_what_moved_is_the_same_in_all_files(published_town: sa.Engine) -> None:
    pack = compose.pack(published_town, STEERING, OCTOBER)
    told = published.moves(published_town, STEERING, OCTOBER)
    titles = {figure.key: figure.title for _, figure in pack.figures}
    wanted = sorted((titles[row["measure"]], row["units"], row["met"], row["base"]) for row in told.to_dicts())
    book = sheet(xlsx_bytes(pack), "Hvad har flyttet sig")
    assert sorted((row[0], *(int(float(cell)) for cell in row[4:7])) for row in book) == wanted != []
    assert pack.moved
    [table] = pack.moved.tables
    deck, pdf = slide_rows(pptx_bytes(pack)), pdf_text(pdf_bytes(pack))
    for row in table.rows:
        assert [f"{cell.text}\n{cell.note}".rstrip() for cell in row] in deck
        assert squeezed("".join(f"{cell.text}{cell.note}" for cell in row)) in pdf


def test_a_decision_and_a_comment_are_in_all_files(published_town: sa.Engine) -> None:
    pack = compose.pack(published_town, STEERING, OCTOBER)
    pdf, book = pdf_text(pdf_bytes(pack)), xlsx_bytes(pack)
    deck = "\n".join(cell for row in slide_rows(pptx_bytes(pack)) for cell in row)
    for words in (
        "Flere første samtaler i tide",
        "Skal flytte",
        "I gang" if pack.lines[0].state == "I gang" else "Ikke begyndt",
    ):
        assert squeezed(words) in pdf
        assert words in deck
        assert any(words in str(cell) for row in sheet(book, "Beslutninger") for cell in row)
    comment = "=1+1 er ikke en formel"
    assert squeezed(comment) in pdf
    assert comment in " ".join(
        shape.text_frame.text
        for slide in slides(pptx_bytes(pack)).slides
        for shape in slide.shapes
        if shape.has_text_frame
    )
    assert comment in [row[-1] for row in sheet(book, "Nøgletal")]


def test_the_curves_can_be_read_back_and_have_no_point_for_what_is_hidden(published_town: sa.Engine) -> None:
    pack = compose.pack(published_town, STEERING, OCTOBER)
    charts = {
        shape.chart.chart_title.text_frame.paragraphs[0].text: shape
        for slide in slides(pptx_bytes(pack)).slides
        for shape in slide.shapes
        if shape.has_chart
    }
    drawn = [figure for _, figure in pack.figures if figure.drawn]
    assert {figure.title for figure in drawn} == set(charts)
    hidden = 0
    for figure in drawn:
        chart = charts[figure.title].chart
        rates = [point.whole.rate if point.whole else None for point in figure.points]
        assert list(chart.plots[0].series[0].values) == rates == rows(figure)["rate"].to_list()
        assert charts[figure.title]._element.nvGraphicFramePr.cNvPr.get("descr") == figure.alt
        hidden += sum(
            point.whole.hidden and rate is None for point, rate in zip(figure.points, rates, strict=True) if point.whole
        )
        series = {one.name: list(one.values) for one in chart.plots[0].series}
        assert series.get("Mål") == (None if figure.target is None else [point.target for point in figure.points])
    months_apart = next(iter(charts.values())).chart.plots[0].categories
    assert list(months_apart) == ["jun 26", "jul 26", "aug 26", "sep 26", "okt 26"]
    assert hidden or all(not point.whole.hidden for figure in drawn for point in figure.points if point.whole)


def test_the_groups_of_a_half_year_are_as_published(published_town: sa.Engine) -> None:
    pack = compose.pack(published_town, STEERING, JUNE, kind="half_year")
    counts = published.counts(published_town, STEERING, JUNE)
    book = sheet(xlsx_bytes(pack), "Antal")
    numbers = [cell if cell == texts.HIDDEN else int(float(cell)) for *_, cell in book]
    assert sorted(map(str, numbers)) == sorted(
        texts.HIDDEN if hidden else str(count) for count, hidden in counts.select("count", "hidden").iter_rows()
    )
    deck, pdf = slide_rows(pptx_bytes(pack)), pdf_text(pdf_bytes(pack))
    for part in pack.themes:
        for table in part.tables if not part.figures else ():
            for row in table.rows:
                assert [cell.text for cell in row] in deck
                assert squeezed("".join(cell.text for cell in row)) in pdf


def test_the_year_has_every_figure_of_the_audit(published_town: sa.Engine) -> None:
    pack = compose.pack(published_town, STEERING, OCTOBER, kind="year")
    there = set(published.cells(published_town, STEERING, OCTOBER)["measure"])
    audited = {key for key, measure in BY_KEY.items() if measure.benchmarks and key in there}
    assert {figure.key for _, figure in pack.figures} == audited
    book = {row[2]: row for row in sheet(xlsx_bytes(pack), "Fokusrevisionen")}
    for key in audited:
        by_area = {each.area: each.rate for each in BY_KEY[key].benchmarks}
        for place, area in ((4, "hele landet"), (5, "Rebild")):
            cell = book[next(f.title for _, f in pack.figures if f.key == key)][place]
            assert cell == texts.NONE if area not in by_area else float(cell) == pytest.approx(by_area[area])


# --- made by hand -------------------------------------------------------------------------------------


def cell(measure: str, month: dt.date, center: str | None, met: int | None, base: int | None) -> tuple[Any, ...]:
    last = published.last_day(month)
    first = last.replace(year=last.year - 1, day=1) + dt.timedelta(days=31)
    hidden = met is None
    rate = None if hidden or not base else met / base
    return measure, first.replace(day=1), last, center, center is None, met, base, hidden, rate


def publish(
    engine: sa.Engine,
    month: dt.date,
    wholes: dict[str, tuple[int | None, int | None]],
    *,
    mark: str = "a",
    reason: str = "",
    counts: pl.DataFrame | None = None,
    moves: pl.DataFrame | None = None,
) -> None:
    cells = pl.DataFrame([cell(key, month, None, *pair) for key, pair in wholes.items()], schema=CELLS, orient="row")
    published.publish(
        engine,
        FULL_SCOPE,
        month=month,
        view_date=published.last_day(month),
        threshold=5,
        cells=cells,
        moves=pl.DataFrame(schema=MOVES) if moves is None else moves,
        counts=pl.DataFrame(schema=COUNTS) if counts is None else counts,
        rules={key: Rule(BY_KEY[key].title, "LAB § 1", "En regel.", "Et grundlag.", mark) for key in wholes},
        code="1",
        reason=reason,
    )


@pytest.fixture
def empty(sqlite_engine: sa.Engine) -> sa.Engine:
    fill(sqlite_engine)
    return sqlite_engine


def only(engine: sa.Engine, scope: Scope = STEERING, month: dt.date = OCTOBER, **more: Any) -> Figure:
    [(_, figure)] = compose.pack(engine, scope, month, **more).figures
    return figure


CHANGES = """
    measure         | before    | now       | change
    first_interview | 60 of 100 | 90 of 100 | +30,0 procentpoint siden september: tydeligt bedre
    first_interview | 90 of 100 | 60 of 100 | −30,0 procentpoint siden september: tydeligt dårligere
    ap_at_first     | 60 of 100 | 90 of 100 | +30,0 procentpoint siden september: tydeligt dårligere
    mentor          | 60 of 100 | 90 of 100 | +30,0 procentpoint siden september: tydeligt højere
    first_interview | 80 of 100 | 82 of 100 | +2,0 procentpoint siden september: kan ikke skelnes
    first_interview | 80 of 100 | 80 of 100 | Uændret siden september
    first_interview | hidden    | 80 of 100 | Siden september: skjult
    first_interview | 80 of 100 | hidden    | Siden september: skjult
    first_interview | 0 of 9    | 9 of 9    | Siden september: for få sager til at sammenligne
    first_interview | 0 of 0    | 9 of 9    |
    -               | -         | 80 of 100 | Den første offentliggjorte måned
"""
ROWS = [[part.strip() for part in line.split("|")] for line in CHANGES.strip().splitlines()[1:]]


def pair(words: str) -> tuple[int | None, int | None]:
    if words == "hidden":
        return None, 20
    met, base = words.split(" of ")
    return int(met), int(base)


@pytest.mark.parametrize(("measure", "before", "now", "change"), ROWS)
def test_a_change_is_said_as_what_it_is(empty: sa.Engine, measure: str, before: str, now: str, change: str) -> None:
    key = "first_interview" if measure == "-" else measure
    if before != "-":
        publish(empty, SEPTEMBER, {key: pair(before)})
    publish(empty, OCTOBER, {key: pair(now)})
    figure = only(empty)
    said = figure.change.said if figure.change else "Den første offentliggjorte måned"
    assert said.replace(texts.SPACE, " ") == change


def test_no_change_is_told_and_no_curve_joined_over_another_rule(empty: sa.Engine) -> None:
    publish(empty, SEPTEMBER, {"first_interview": (60, 100)}, mark="a")
    publish(empty, OCTOBER, {"first_interview": (90, 100)}, mark="b")
    figure = only(empty)
    assert figure.change
    assert figure.change.said == "Siden september: reglen er ændret"
    assert [point.segment for point in figure.points] == [0, 1]
    assert "Intet nøgletal er tydeligt ændret siden september." in compose.pack(empty, STEERING, OCTOBER).signals


def test_the_signals_say_what_is_far_from_target_and_country_and_what_has_changed(empty: sa.Engine) -> None:
    annotations.set_target(empty, ANNA, measure="first_interview", valid_from=JUNE, rate=0.95, note="x")
    publish(empty, SEPTEMBER, {"first_interview": (95, 100), "ap_at_first": (60, 100), "mentor": (None, 40)})
    publish(empty, OCTOBER, {"first_interview": (60, 100), "ap_at_first": (60, 100), "mentor": (None, 40)})
    said = [words.replace(texts.SPACE, " ") for words in compose.pack(empty, STEERING, OCTOBER).signals]
    title, other = (BY_KEY[key].title for key in ("first_interview", "ap_at_first"))
    assert said == [
        f"Tydeligt under målet: {title} 60 % (mål 95 %).",
        f"Tydeligt under landet: {title} 60 % (landet 92 %).",
        f"Tydeligt over landet, hvor lavt er bedst: {other} 60 % (landet 34 %).",
        f"Tydeligt dårligere end i september: {title} fra 95 % til 60 %.",
        "1 af 3 tal er skjult, fordi de kunne sige noget om enkelte unge.",
    ]


def test_a_month_that_is_missing_is_a_gap(empty: sa.Engine) -> None:
    publish(empty, JUNE, {"first_interview": (60, 100)})
    publish(empty, OCTOBER, {"first_interview": (60, 100)})
    assert [point.whole is not None for point in only(empty).points] == [True, False, False, False, True]


def test_a_corrected_month_is_given_as_it_stands_and_as_it_was(empty: sa.Engine) -> None:
    publish(empty, OCTOBER, {"first_interview": (60, 100)})
    publish(empty, OCTOBER, {"first_interview": (70, 100)}, reason="En leverance manglede")
    stands, was = compose.pack(empty, STEERING, OCTOBER), compose.pack(empty, STEERING, OCTOBER, version=1)
    assert [pack.figures[0][1].whole.met for pack in (stands, was)] == [70, 60]
    assert dict(stands.about)["Rettet fordi"] == "En leverance manglede"
    assert (stands.name, was.name) == ("ledelsesinformation_2026-10_version-2", "ledelsesinformation_2026-10")
    assert "Rettet fordi" not in dict(was.about)
    assert "Enleverancemanglede" in pdf_text(pdf_bytes(stands))
    with pytest.raises(NoReport, match="Oktober 2026 har ikke en version 3"):
        compose.pack(empty, STEERING, OCTOBER, version=3)


def test_a_later_correction_of_the_month_before_changes_nothing_that_was_given_out(empty: sa.Engine) -> None:
    publish(empty, JUNE, {"first_interview": (60, 100)})
    publish(empty, OCTOBER, {"first_interview": (70, 100)})
    before = compose.pack(empty, STEERING, OCTOBER)
    publish(empty, JUNE, {"first_interview": (75, 100)}, reason="En leverance manglede")
    publish(empty, dt.date(2026, 8, 1), {"first_interview": (50, 100)})
    assert compose.pack(empty, STEERING, OCTOBER) == before
    assert before.five[0].change.startswith("+10,0")


@pytest.mark.parametrize(
    ("month", "kind", "said"),
    [
        (
            dt.date(2020, 3, 9),
            "month",
            "ikke offentliggjort tal for marts 2020. Offentliggjorte måneder: 2026-10, 2026-06",
        ),
        (OCTOBER, "half_year", "juni eller december, ikke med oktober 2026. Offentliggjorte halvår: 2026-06"),
    ],
)
def test_what_is_not_there_is_refused_in_words(empty: sa.Engine, month: dt.date, kind: Kind, said: str) -> None:
    publish(empty, JUNE, {"first_interview": (60, 100)})
    publish(empty, OCTOBER, {"first_interview": (60, 100)})
    with pytest.raises(NoReport, match=said):
        compose.pack(empty, STEERING, month, kind=kind)


def test_who_knows_a_centre_gets_less_and_nothing_that_could_be_subtracted(published_town: sa.Engine) -> None:
    own = centers(published_town)[0]
    head = Scope("lene", ("head",), (own,))
    mine, all_of_it = (compose.pack(published_town, scope, OCTOBER) for scope in (head, STEERING))

    def hidden(pack: Pack) -> int:
        return sum(each.hidden for _, figure in pack.figures for each in (figure.whole, *figure.centers))

    assert hidden(mine) > hidden(all_of_it)
    assert mine.moves == ()
    assert mine.moved is not None
    assert not mine.moved.tables
    assert "enkelte centres egne tal" in mine.moved.lead[0]
    half = compose.pack(published_town, head, JUNE, kind="half_year")
    assert not [table for part in half.themes if not part.figures for table in part.tables]
    deck = pptx_bytes(mine)
    told = [row for row in slide_rows(deck) if row[0] in {story.title for story in all_of_it.moves} and len(row) == 5]
    assert told == []


def test_a_later_step_of_a_decision_does_not_change_an_earlier_month(published_town: sa.Engine, tmp_path: Path) -> None:
    path = tmp_path / "copy.db"
    published_town.dispose()  # folds the write-ahead log into the file
    shutil.copy(str(published_town.url.database).removeprefix("file:"), path)
    engine = connect(f"sqlite:///{path}")
    before = compose.pack(engine, STEERING, SEPTEMBER).lines
    [decision] = decisions.decisions(engine, ANNA)
    decisions.step(engine, ANNA, decision.number, state="done", note="Færdig")
    assert compose.pack(engine, STEERING, SEPTEMBER).lines == before
    assert [line.state for line in compose.pack(engine, STEERING, OCTOBER).lines] == ["Gennemført"]
    engine.dispose()


# --- the files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "month"), KINDS)
def test_the_same_material_is_the_same_bytes(published_town: sa.Engine, kind: Kind, month: dt.date) -> None:
    first = {
        ending: make(compose.pack(published_town, STEERING, month, kind=kind), quietly)
        for ending, make in FORMATS.items()
    }
    time.sleep(2.1)  # a ZIP file counts in steps of two seconds
    for ending, make in FORMATS.items():
        assert make(compose.pack(published_town, STEERING, month, kind=kind), quietly) == first[ending]


@pytest.mark.parametrize(("kind", "month"), KINDS)
def test_the_pdf_can_be_read_aloud(published_town: sa.Engine, kind: Kind, month: dt.date) -> None:
    pack = compose.pack(published_town, STEERING, month, kind=kind)
    reader = PdfReader(io.BytesIO(pdf_bytes(pack)))
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] is True or str(root["/MarkInfo"]["/Marked"]) == "True"
    assert root["/Lang"] == "da"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata
    assert reader.metadata.title == f"{pack.title}, {pack.subtitle}"
    tags = list(tree(root["/StructTreeRoot"]))
    figures = [tag for tag in tags if tag.get("/S") == "/Figure"]
    assert [tag["/Alt"] for tag in figures] == [figure.alt for _, figure in pack.figures if figure.drawn]
    kinds = [tag.get("/S") for tag in tags]
    assert {"/H1", "/Table", "/TH", "/TD", "/L"} <= set(kinds)
    assert f"Side1af{len(reader.pages)}" in pdf_text(pdf_bytes(pack))


def tree(node: Any) -> Iterator[Any]:
    """Every tag of a PDF, in reading order."""
    node = node.get_object()
    if "/S" in node:
        yield node
    children = node.get("/K", [])
    for child in children if isinstance(children, list) else [children]:
        found = child.get_object()
        if isinstance(found, dict):
            yield from tree(found)


def test_no_word_of_a_user_is_read_as_a_formula(published_town: sa.Engine) -> None:
    pack = compose.pack(published_town, STEERING, OCTOBER)
    for content in (xlsx_bytes(pack), pptx_bytes(pack)):
        assert not [
            name for name, part in parts(content) if name.endswith(".xml") and (b"<f>" in part or b"<hyperlink" in part)
        ]


def test_the_slides_are_danish_and_every_table_and_curve_is_described(published_town: sa.Engine) -> None:
    content = pptx_bytes(compose.pack(published_town, STEERING, OCTOBER))
    assert not [name for name, part in parts(content) if b'lang="en-US"' in part]
    deck = slides(content)
    assert (deck.slide_width, deck.slide_height) == (12191695, 6858000)
    for slide in deck.slides:
        assert slide.shapes.title.text_frame.text
        for shape in slide.shapes:
            if shape.has_table or shape.has_chart:
                assert shape._element.nvGraphicFramePr.cNvPr.get("descr")
            assert shape.left >= 0
            assert shape.left + shape.width <= deck.slide_width
            assert shape.top + shape.height <= deck.slide_height
    notes = " ".join(slide.notes_slide.notes_text_frame.text for slide in deck.slides if slide.has_notes_slide)
    assert BY_KEY["first_interview"].rule in notes


@pytest.mark.parametrize(
    "words", ["😀 漢字", "سلام", "a\x07b", "\\u0007", "#set text(red) *fed* _x_ $y$ `z`", "»≥ 5« → ≈"]
)
def test_whatever_is_written_can_be_set(published_town: sa.Engine, words: str) -> None:
    pack = compose.pack(published_town, STEERING, OCTOBER, kind="year")
    part = replace(pack.themes[0], remarks=(("Bemærkning", words),))
    set_ = pdf_text(pdf_bytes(replace(pack, themes=(part,))))
    assert squeezed(f"Bemærkning:{drawable(words)}") in set_


def test_every_sign_that_is_kept_can_be_drawn(published_town: sa.Engine) -> None:
    every = "".join(sign for sign in map(chr, range(0x21, 0x2800)) if drawable(sign) == sign)
    assert len(every) > 400
    assert set("æøåÆØÅéü–—»«…·−↑↓≥≤≈≠€%§") <= set(every)
    pack = compose.pack(published_town, STEERING, OCTOBER, kind="year")
    pdf_bytes(replace(pack, themes=(replace(pack.themes[0], remarks=(("x", " ".join(every)),)),)))


def test_the_files_are_put_in_the_folder_and_none_is_half(
    published_town: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = compose.pack(published_town, STEERING, JUNE, kind="half_year")
    told: list[str] = []
    paths = write(pack, tmp_path, lambda done, total, label: told.append(label))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in paths)
    assert [path.name for path in paths] == [
        f"noegletalsrapport_2026-06.{ending}" for ending in ("pdf", "pptx", "xlsx")
    ]
    assert "Laver dias" in told
    assert paths[0].stat().st_mode & 0o777 == 0o644
    for path in paths:
        path.unlink()
    paths[1].mkdir()
    with pytest.raises(NoReport, match="pptx er en mappe"):
        write(pack, tmp_path)
    assert list(tmp_path.iterdir()) == [paths[1]]
    paths[1].rmdir()
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(NoReport, match="Der kan ikke skrives i mappen"):
        write(pack, tmp_path)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(NoReport, match="findes ikke"):
        write(pack, tmp_path / "ingen")


def refuse(*_: Any) -> None:
    raise PermissionError


def test_a_file_that_cannot_be_made_leaves_none(
    published_town: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = compose.pack(published_town, STEERING, JUNE, kind="half_year")
    template = tmp_path / "pdf.typ"
    template.write_text("#panic()")
    monkeypatch.setattr("ui.report.pdf.TEMPLATE", template)
    out = tmp_path / "ud"
    out.mkdir()
    with pytest.raises(NoReport, match="PDF-filen kunne ikke sættes"):
        write(pack, out)
    assert list(out.iterdir()) == []


def test_long_tables_are_split_evenly_over_slides(published_town: sa.Engine) -> None:
    deck = slides(pptx_bytes(compose.pack(published_town, STEERING, OCTOBER)))
    title = "Samtaler, tilbud og Min Plan: hele kommunen"
    counts = [
        len(shape.table.rows) - 1
        for slide in deck.slides
        for shape in slide.shapes
        if shape.has_table and slide.shapes.title.text_frame.text.startswith(title)
    ]
    assert len(counts) > 1
    assert max(counts) - min(counts) <= 2
