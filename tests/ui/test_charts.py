"""The pictures: Danish in the specification, only drawn columns in the data, meaning in shape and word."""

import base64
import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest

from ui import charts

V = dt.date(2026, 11, 22)


def months(count: int) -> pl.DataFrame:
    return pl.DataFrame(
        {"month": pl.date_range(dt.date(2025, 1, 1), dt.date(2026, 12, 1), "1mo", eager=True).head(count)}
    ).with_columns(
        met=pl.lit(23),
        base=pl.lit(25),
        rate=pl.lit(0.92),
        preliminary=pl.lit(False),
        case_id=pl.lit("24-1107"),
    )


def few_then_preliminary() -> pl.DataFrame:
    frame = months(3)
    return frame.with_columns(
        base=pl.Series([25, 2, 25]), met=pl.Series([23, 1, 20]), preliminary=pl.Series([False, False, True])
    )


TIMELINE = pl.DataFrame(
    {
        "title": ["Første samtale", "Test", "Visitation", "Pålæg"],
        "trigger": [dt.date(2026, 1, 1)] * 4,
        "due": [dt.date(2026, 1, 8), dt.date(2026, 2, 1), dt.date(2026, 4, 1), dt.date(2027, 1, 1)],
        "done": [dt.date(2026, 1, 5), dt.date(2026, 2, 9), None, None],
        "outcome": ["met", "late", "overdue", "pending"],
        "case_id": ["24-1107"] * 4,
    }
)

EVERY = {
    "trend": charts.trend(months(12), charts.Reference("Landet", 0.92), [dt.date(2025, 6, 1)]),
    "flow": charts.flow(
        pl.DataFrame({"first": ["uddannelsesparat"] * 2, "final": ["aktivitetsparat", None], "count": [7, 2]})
    ),
    "timeline": charts.case_timeline(TIMELINE, V),
}


def fields(spec: Any) -> Iterator[str]:
    """Every column that a specification reads."""
    if isinstance(spec, dict):
        if isinstance(spec.get("field"), str):
            yield spec["field"]
        if isinstance(spec.get("test"), str):
            yield spec["test"].removeprefix("datum.")
        for part in spec.values():
            yield from fields(part)
    elif isinstance(spec, list):
        for part in spec:
            yield from fields(part)


@pytest.mark.parametrize("name", EVERY)
def test_every_chart_speaks_danish(name: str) -> None:
    locale = EVERY[name].spec["config"]["locale"]
    assert (locale["number"]["decimal"], locale["number"]["thousands"]) == (",", ".")
    assert locale["time"]["months"][4] == "maj"
    assert locale["time"]["days"][0] == "søndag"
    assert "Inter" in EVERY[name].spec["config"]["font"]


@pytest.mark.parametrize("name", EVERY)
def test_every_chart_sends_the_drawn_columns_and_no_other(name: str) -> None:
    chart = EVERY[name]
    assert set(chart.frame.columns) == set(fields(chart.spec))
    assert "data" not in chart.spec
    json.dumps(chart.spec)


def test_trend_marks_small_and_unfinished_months() -> None:
    rows = charts.trend(few_then_preliminary()).frame
    assert rows["kind"].to_list() == ["Hel måned", "Færre end 3", "Foreløbig"]
    assert rows["said"].to_list() == ["92\u00a0% (23 af 25)", "1 af 2", "80\u00a0% (20 af 25)"]


def test_trend_is_not_drawn_anew_when_only_its_rows_change() -> None:
    assert charts.trend(months(12)).spec is charts.trend(few_then_preliminary()).spec


def test_trend_never_joins_two_rules() -> None:
    chart = charts.trend(months(12), breaks=[dt.date(2025, 6, 1), dt.date(2019, 1, 1)])
    assert chart.frame["rule"].to_list() == [0] * 5 + [1] * 7
    assert json.dumps(chart.spec, ensure_ascii=False).count("Regel ændret") == 1


def test_trend_of_two_years_has_room_for_its_figures() -> None:
    assert charts.trend(months(24)).frame["n"].to_list() == ["", "25"] * 12


def test_an_empty_trend_is_still_a_chart() -> None:
    assert charts.trend(months(0)).frame.is_empty()


def test_flow_has_every_cell() -> None:
    rows = EVERY["flow"].frame
    assert rows.height == 12  # three first categories, three final ones and "not yet"
    assert rows.filter(pl.col("count") > 0).select("first", "final", "count").rows() == [
        ("Uddannelsesparat", "Aktivitetsparat", 7),
        ("Uddannelsesparat", "Ikke visiteret", 2),
    ]


def test_timeline_marks_what_happened_by_shape() -> None:
    rows = EVERY["timeline"].frame
    assert rows["mark"].to_list() == ["Overholdt", "For sent", "Overskredet", "Ikke forfalden"]
    assert rows["at"].to_list() == [dt.date(2026, 1, 5), dt.date(2026, 2, 9), V, V]
    shapes = next(x["encoding"]["shape"] for x in EVERY["timeline"].spec["layer"] if "shape" in x["encoding"])
    assert len(set(shapes["scale"]["range"])) == 4


@pytest.mark.parametrize("values", [[], [None, None], [0.5], [0.4, None, 0.6, 0.7], [1.0, 1.0, 1.0]])
def test_sparkline(values: list[float | None]) -> None:
    uri = charts.sparkline_svg(values, 0.92)
    svg = base64.b64decode(uri.removeprefix("data:image/svg+xml;base64,")).decode()
    assert svg.startswith("<svg")
    assert svg.endswith("</svg>")
    assert "nan" not in svg
    assert ("<circle" in svg) == bool(values and values[-1] is not None)


def test_an_image_cannot_break_out_of_its_words() -> None:
    assert charts.image("data:,", 'a" onerror="x') == (
        '<img class="sparkline" src="data:," alt="a&quot; onerror=&quot;x">'
    )
