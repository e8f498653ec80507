"""The material as a PDF that can be read aloud (PDF/UA): typst sets it, with curves drawn in the house's own look."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import altair as alt
import polars as pl
import typst
import vl_convert

from ui import charts, texts
from ui.report.pack import Cell, Definition, Figure, NoReport, Number, Pack, Progress, Section, Table, quietly
from ui.texts import Tone

TEMPLATE = Path(__file__).parent / "pdf.typ"
FONTS = Path(__file__).parent / "fonts"
"""Inter, cut from `static/inter-*.woff2`: the PDF looks the same on every machine."""
_UNDRAWN = re.compile(
    "[^\\x20-\\x7e\\xa0-\\u017f\\u0386-\\u038a\\u0391-\\u03a1\\u03a3-\\u03ce\\u0400-\\u045f\\u2010-\\u2015\\u2018-\\u201e"
    "\\u2020-\\u2022\\u2026\\u2030\\u2039\\u203a\\u20ac\\u2190-\\u2193\\u2212\\u2248\\u2260\\u2264\\u2265\\u25a1\\u2713]"
)
_SPACES = re.compile(r"[\t\n\r]+")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ufe0e\ufe0f]")
"""What has no width."""
WIDTH, HEIGHT = 210, 92
"""Of a curve, in pixels."""
SIGNS: dict[Tone, str] = {"good": "↑", "bad": "↓", "neutral": ""}
LEGEND = (
    "Blå kurve: hele kommunen. Grøn linje: mål. Prikket linje: landet. Hul i kurven: skjult, få eller ikke "
    "offentliggjort."
)


def pdf_bytes(pack: Pack, progress: Progress = quietly) -> bytes:
    """The material as PDF/UA-1, the same bytes for the same material.

    Raises:
        NoReport: it could not be set.
    """
    try:
        made = typst.compile(
            str(TEMPLATE),
            font_paths=[str(FONTS)],
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs={"data": json.dumps(drawable(content(pack, progress)), ensure_ascii=False)},
            pdf_standards="ua-1",
            timestamp=int(pack.made_at.timestamp()),
        )
    except typst.TypstError as error:
        raise NoReport(
            f"PDF-filen kunne ikke sættes. Meld det til dem, der vedligeholder Ungeoverblik. {error}"
        ) from error
    assert isinstance(made, bytes)
    return made


def drawable(content: Any) -> Any:
    """The same with a box for every sign that no font here has: a PDF that can be read aloud may not lack one."""
    if isinstance(content, str):
        return _UNDRAWN.sub("□", _UNSEEN.sub("", _SPACES.sub(" ", content)))
    if isinstance(content, dict):
        return {name: value if name == "svg" else drawable(value) for name, value in content.items()}
    return [drawable(each) for each in content] if isinstance(content, list | tuple) else content


def content(pack: Pack, progress: Progress = quietly) -> dict[str, Any]:
    """What the template sets: words, and curves as SVG."""
    drawn = [figure for _, figure in pack.figures if figure.drawn]
    curves = {}
    for number, figure in enumerate(drawn):
        progress(number, len(drawn), "Tegner kurverne")
        curves[figure.key] = svg(figure)
    return {
        "title": pack.title,
        "subtitle": pack.subtitle,
        "name": f"{pack.title}, {pack.subtitle}",
        "date": list(pack.made_at.timetuple()[:6]),
        "five": [_number(number) for number in pack.five],
        "signals": list(pack.signals),
        "urgent": list(pack.urgent),
        "sections": [
            _section(part, curves, begins=place == 0)  # the first page stands alone
            for place, part in enumerate(pack.sections)
        ],
        "legend": LEGEND,
        "definitions": [
            {"title": part.title, "measures": [_definition(one) for one in part.definitions]}
            for part in pack.sections
            if part.definitions
        ],
        "about": [{"heading": heading, "words": words} for heading, words in pack.about],
        "foot": _foot(pack),
        "foot-note": pack.overlap,
    }


def _number(number: Number) -> dict[str, str]:
    return vars(number) | {"sign": SIGNS[number.tone], "said-verdict": texts.sentence(number.verdict)}


def _foot(pack: Pack) -> str:
    about = dict(pack.about)
    return f"Opgjort pr. {about['Opgjort pr.']} · Version {pack.version}"


def _section(part: Section, curves: dict[str, str], *, begins: bool) -> dict[str, Any]:
    return {
        "title": part.title,
        "lead": list(part.lead),
        "charts": [
            {
                "title": figure.title,
                "said": figure.whole.said,
                "note": figure.whole.note,
                "beside": figure.beside,
                "alt": figure.alt,
                "svg": curves[figure.key],
            }
            for figure in part.figures
            if figure.key in curves
        ],
        "tables": [_table(table) for table in part.tables],
        "remarks": [{"title": title, "words": words} for title, words in part.remarks],
        "after": list(part.after),
        "begins": begins,
    }


def _definition(one: Definition) -> dict[str, Any]:
    return {"title": one.title, "lines": [(heading, f"{words.removesuffix('.')}.") for heading, words in one.lines]}


def _table(table: Table) -> dict[str, Any]:
    return {
        "caption": table.caption,
        "note": table.note,
        "headings": table.headings,
        "rows": [[_cell(cell) for cell in row] for row in table.rows],
        "numbers": table.numbers,
        "wide": list(table.wide),
    }


def _cell(cell: Cell) -> dict[str, str]:
    return {
        "text": cell.text,
        "note": cell.note,
        "tone": cell.tone,
        "hidden": "ja" if cell.text == texts.HIDDEN else "",
    }


# --- the curves ---------------------------------------------------------------------------------------


def svg(figure: Figure) -> str:
    """The published months of a measure as a picture."""
    drawn = dict(_curve())
    given = {"name": "rows", "values": json.loads(rows(figure).write_json())}
    drawn["data"] = [given if each["name"] == "rows" else each for each in drawn["data"]]
    return str(vl_convert.vega_to_svg(drawn))


def rows(figure: Figure) -> pl.DataFrame:
    """What is drawn: month (Date), rate, target, country (fractions or null), segment, said (of the newest only).

    What is hidden is not in it.
    """
    points = [
        (point.month, point.whole.rate if point.whole else None, point.target, figure.country, point.segment)
        for point in figure.points
    ]
    schema = {
        "month": pl.Date(),
        "rate": pl.Float64(),
        "target": pl.Float64(),
        "country": pl.Float64(),
        "segment": pl.Int64(),
    }
    frame = pl.DataFrame(points, schema=schema, orient="row")
    return frame.with_columns(
        said=pl.when(pl.int_range(pl.len()) == pl.len() - 1).then(pl.col("rate").map_elements(texts.percent, pl.String))
    )


@cache
def _curve() -> dict[str, Any]:
    """The picture without its rows, as Vega: to turn Vega-Lite into it takes longer than to draw."""
    vl_convert.register_font_directory(str(FONTS))
    words = "utcFormat(datum.value, utcmonth(datum.value) == 0 || datum.index == 0 ? '%b %y' : '%b')"
    months = alt.Axis(
        labelExpr=words,
        tickCount={"interval": "month", "step": 1},
        labelOverlap="parity",
        labelFontSize=9,
        labelPadding=4,
    )
    along = alt.X("month:T", title=None, axis=months, scale=alt.Scale(type="utc", padding=12))
    base = alt.Chart(alt.NamedData("rows")).encode(x=along)

    def y(column: str) -> alt.Y:
        axis = alt.Axis(format=".0%", grid=True, values=[0, 0.5, 1], labelFontSize=9, labelPadding=4)
        return alt.Y(f"{column}:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=axis)

    layers = [
        base.mark_line(color=charts.QUIET, strokeDash=[2, 3], strokeWidth=1.2).encode(y=y("country")),
        base.mark_line(color=charts.GREEN, strokeWidth=1.2, interpolate="step-after").encode(y=y("target")),
        base.mark_line(color=charts.BLUE, strokeWidth=1.8, invalid="break-paths-show-path-domains").encode(
            y=y("rate"), detail="segment:N"
        ),
        base.mark_point(color=charts.BLUE, filled=True, size=26, opacity=1).encode(y=y("rate")),
    ]
    spec = alt.layer(*layers).properties(width=WIDTH - 42, height=HEIGHT - 26).to_dict()
    made: dict[str, Any] = vl_convert.vegalite_to_vega(spec)
    return made
