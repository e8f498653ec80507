"""The pictures: Danish in the specification, only drawn columns in the data, meaning in shape and word."""

import base64
import datetime as dt
import json
import re
from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest

from ui import charts

V = dt.date(2026, 11, 22)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def points(count: int, step: int = 1, begins: str = "2025-01-01") -> pl.DataFrame:
    """As many points with 23 of 25, expected to be 70–100 %; and a column that is nobody's business."""
    months = pl.date_range(day(begins), dt.date(2040, 1, 1), f"{step}mo", eager=True).head(count)
    return pl.DataFrame({"month": months}).with_columns(
        to=pl.col("month").dt.offset_by(f"{step}mo").dt.offset_by("-1d"),
        segment=pl.lit(0),
        met=pl.lit(23),
        base=pl.lit(25),
        rate=pl.lit(0.92),
        preliminary=pl.lit(False),
        level=pl.lit(0.9),
        low=pl.lit(0.7),
        high=pl.lit(1.0),
        signal=pl.lit(None, pl.String),
        run=pl.lit(False),
        target=pl.lit(None, pl.Float64),
        case_id=pl.lit("24-1107"),
    )


def bare(count: int) -> pl.DataFrame:
    """Points of which nothing is expected, as the rows of a frame that never had a value."""
    nothing = pl.lit(None)
    return points(count).with_columns(rate=nothing, level=nothing, low=nothing, high=nothing, signal=nothing)


def curve(*steps: tuple[int, float]) -> pl.DataFrame:
    days, had = zip(*steps, strict=True) if steps else ((), ())
    frame = pl.DataFrame({"day": days, "had": had}, schema={"day": pl.Int64, "had": pl.Float64})
    return frame.with_columns(
        low=(pl.col("had") - 0.1).clip(0, 1), high=(pl.col("had") + 0.1).clip(0, 1), at_risk=pl.lit(9)
    )


QUEUE = pl.DataFrame(
    {
        "month": [day("2026-09-01"), day("2026-10-01"), day("2026-11-01")],
        "waiting": [14, 31, 4],
        "overdue": [2, 5, 0],
        "level": [14.0] * 3,
        "low": [5.5] * 3,
        "high": [22.5] * 3,
        "signal": [None, "high", "low"],
    }
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
    "trend": charts.trend(
        points(12), charts.Reference("Landet", 0.92), {day("2025-06-01"): "Regel ændret"}, [(day("2025-09-10"), 1)]
    ),
    "wait_curve": charts.wait_curve(curve((1, 0.2), (7, 0.6)), 7),
    "queue": charts.queue(QUEUE),
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
        for part in spec.values():
            yield from fields(part)
    elif isinstance(spec, list):
        for part in spec:
            yield from fields(part)
    elif isinstance(spec, str):
        yield from set(re.findall(r"\bdatum\.(\w+)", spec)) - {"value", "label"}  # an axis' own


def scales(chart: charts.Chart) -> dict[str, list[Any]]:
    """What each kind of point looks like: kind -> shape, fill, stroke and size."""
    layer = next(x["encoding"] for x in chart.spec["layer"] if "size" in x["encoding"])
    parts = [layer[channel]["scale"] for channel in ("shape", "fill", "stroke", "size")]
    return {kind: [part["range"][i] for part in parts] for i, kind in enumerate(parts[0]["domain"])}


def words(chart: charts.Chart) -> str:
    return json.dumps(chart.spec, ensure_ascii=False)


def marks(chart: charts.Chart, text: str) -> list[Any]:
    """The `field` or `datum` on the axis of time of the layers that hold a text."""
    return [layer["encoding"]["x"] for layer in chart.spec["layer"] if text in json.dumps(layer, ensure_ascii=False)]


@pytest.mark.parametrize("name", EVERY)
def test_every_chart_speaks_danish(name: str) -> None:
    locale = EVERY[name].spec["config"]["locale"]
    assert (locale["number"]["decimal"], locale["number"]["thousands"]) == (",", ".")
    assert locale["time"]["months"][4] == "maj"
    assert locale["time"]["days"][0] == "søndag"
    assert "Inter" in EVERY[name].spec["config"]["font"]


@pytest.mark.parametrize("name", EVERY)
def test_no_chart_says_the_name_of_a_column_to_a_mouse(name: str) -> None:
    spec = EVERY[name].spec
    assert spec["config"]["mark"] == {"tooltip": None}
    told = [tip for layer in spec["layer"] for tip in layer["encoding"].get("tooltip", [])]
    assert told
    assert all(tip["title"] and tip["title"] != tip["field"] for tip in told)


@pytest.mark.parametrize("name", EVERY)
def test_every_chart_sends_the_drawn_columns_and_no_other(name: str) -> None:
    chart = EVERY[name]
    assert set(chart.frame.columns) == set(fields(chart.spec))
    assert "data" not in chart.spec
    json.dumps(chart.spec)


KINDS = [
    # base, preliminary, signal, run; how it is drawn, what is remarked
    (25, False, None, False, "Hel måned", "–"),
    (3, False, None, False, "Hel måned", "–"),
    (2, False, None, False, "Færre end 3", "Færre end 3"),
    (0, False, None, False, "Færre end 3", "Færre end 3"),
    (25, True, None, False, "Foreløbig", "Foreløbig"),
    (2, True, None, False, "Foreløbig", "Foreløbig · Færre end 3"),
    (25, False, "low", False, "Uden for det forventede", "Lavere end forventet"),
    (25, False, "high", False, "Uden for det forventede", "Højere end forventet"),
    (25, False, None, True, "Mindst 7 i træk på samme side", "Mindst 7 i træk på samme side"),
    (25, False, "low", True, "Uden for det forventede", "Lavere end forventet · Mindst 7 i træk på samme side"),
]


@pytest.mark.parametrize(("base", "preliminary", "signal", "run", "kind", "remark"), KINDS)
def test_a_point_shows_and_says_what_it_is(
    base: int, preliminary: bool, signal: str | None, run: bool, kind: str, remark: str
) -> None:
    given = {"base": pl.lit(base), "preliminary": pl.lit(preliminary), "run": pl.lit(run)}
    frame = points(1).with_columns(**given, signal=pl.lit(signal, pl.String))
    assert charts.trend(frame).frame.select("kind", "remark").row(0) == (kind, remark)


@pytest.mark.parametrize(("step", "whole"), [(1, "Hel måned"), (3, "Helt kvartal"), (12, "Helt år")])
def test_every_kind_of_point_has_a_look_of_its_own_without_colour(step: int, whole: str) -> None:
    looks = scales(charts.trend(points(2, step), step=step))
    assert set(looks) == {whole, "Det forventede", *(kind for *_, kind, _ in KINDS if kind != "Hel måned")}
    without_colour = {(shape, fill == "white", size > 100) for shape, fill, _, size in looks.values()}
    assert len(without_colour) == len(looks)


def test_a_signal_is_what_one_sees_first() -> None:
    looks = scales(charts.trend(points(1)))
    assert max(looks, key=lambda kind: looks[kind][3]) == "Uden for det forventede"


def test_the_lines_of_a_trend_differ_without_colour() -> None:
    layers = EVERY["trend"].spec["layer"]
    level, reference, rule, target = (
        next(x["mark"] for x in layers if x["mark"]["type"] == "rule" and column in json.dumps(x["encoding"]))
        for column in ('"level"', "0.92", '"month": 5', '"target"')
    )
    assert len({str(line.get("strokeDash")) for line in (level, reference, rule, target)}) == 4


@pytest.mark.parametrize(
    ("met", "base", "low", "high", "said", "expected"),
    [
        (23, 25, 0.7, 0.98, "92\u00a0% (23 af 25)", "70–98\u00a0%"),
        (1, 2, 0.0, 1.0, "1 af 2", "0–100\u00a0%"),
        (6, 14, 0.645, 1.0, "43\u00a0% (6 af 14)", "65–100\u00a0%"),
        (20, 25, None, None, "80\u00a0% (20 af 25)", "–"),
        (0, 0, None, None, "intet grundlag", "–"),
    ],
)
def test_a_point_says_its_rate_and_what_was_expected(
    met: int, base: int, low: float | None, high: float | None, said: str, expected: str
) -> None:
    given = {name: pl.lit(value) for name, value in {"met": met, "base": base, "low": low, "high": high}.items()}
    assert charts.trend(points(1).with_columns(**given)).frame.select("said", "expected").row(0) == (said, expected)


def test_a_picture_is_not_drawn_anew_when_only_its_rows_change() -> None:
    some = points(12).with_columns(signal=pl.lit("low"), run=pl.lit(True), target=pl.lit(0.95), base=pl.lit(2))
    assert charts.trend(points(12)).spec is charts.trend(some).spec is charts.trend(bare(12)).spec
    assert charts.queue(QUEUE).spec is charts.queue(QUEUE.head(1)).spec
    assert charts.wait_curve(curve(), 7).spec is charts.wait_curve(curve((3, 0.5)), 7).spec


def test_points_lie_side_by_side_and_fill_the_axis() -> None:
    rows = charts.trend(points(4)).frame
    assert rows["to"].to_list()[:-1] == rows["from"].to_list()[1:]
    assert (rows["from"][0], rows["to"][-1]) == (day("2024-12-16"), day("2025-04-16"))
    assert (rows["from"] < rows["month"]).all()
    assert (rows["to"] > rows["month"]).all()


@pytest.mark.parametrize(
    ("step", "months", "drawn"),
    [
        (3, ["2025-01-01", "2025-04-01"], ["2025-01-01", "2025-04-01"]),
        (3, ["2024-12-01", "2025-01-01"], ["2024-10-01", "2025-01-01"]),  # a first quarter with one month
        (3, ["2025-04-01", "2025-05-01", "2025-07-01"], ["2025-04-01", "2025-05-01", "2025-07-01"]),  # cut by a rule
        (12, ["2023-05-01", "2024-01-01"], ["2023-01-01", "2024-01-01"]),
    ],
)
def test_a_point_stands_where_its_period_begins(step: int, months: list[str], drawn: list[str]) -> None:
    frame = points(len(months)).with_columns(month=pl.Series(list(map(day, months))))
    assert charts.trend(frame, step=step).frame["month"].to_list() == list(map(day, drawn))


# twelve months of 2025; a month reaches from the middle of the one before to its own middle
PLACES = [
    # step, day of the event, where it is drawn
    (1, "2025-06-01", (2025, 5, 16)),
    (1, "2025-06-16", (2025, 5, 31)),
    (1, "2025-06-30", (2025, 6, 14)),
    (1, "2025-01-01", (2024, 12, 16)),
    (1, "2025-12-31", (2025, 12, 15)),
    (1, "2024-12-31", None),
    (1, "2026-01-01", None),
    (3, "2025-04-01", (2025, 2, 15)),
    (3, "2027-12-31", (2027, 11, 15)),
    (3, "2028-01-01", None),
]


@pytest.mark.parametrize(("step", "on", "place"), PLACES)
def test_an_event_stands_in_the_stretch_of_its_own_point(
    step: int, on: str, place: tuple[int, int, int] | None
) -> None:
    chart = charts.trend(points(12, step), marks=[(day(on), 7)], step=step)
    drawn = [(x["datum"]["year"], x["datum"]["month"], x["datum"]["date"]) for x in marks(chart, '"7"')]
    assert drawn == ([place] if place else [])


@pytest.mark.parametrize(
    ("days", "rows"),
    [
        (["2025-03-01", "2025-06-01"], [10, 10]),
        (["2025-03-01", "2025-03-10"], [10, 28]),
        (["2025-03-01", "2025-03-01", "2025-03-20"], [10, 28, 46]),
        (["2025-03-01", "2025-03-20", "2025-05-01"], [10, 28, 10]),
    ],
)
def test_the_numbers_of_events_never_lie_on_each_other(days: list[str], rows: list[int]) -> None:
    chart = charts.trend(points(12), marks=[(day(on), number) for number, on in enumerate(days, start=1)])
    tags = {
        layer["encoding"]["text"]["value"]: layer["encoding"]["y"]["value"]["expr"]
        for layer in chart.spec["layer"]
        if layer["mark"]["type"] == "text" and "value" in layer["encoding"].get("text", {})
    }
    assert tags == {str(number): f"height + {row}" for number, row in enumerate(rows, start=1)}
    offset = next(x["encoding"]["x"]["axis"]["offset"] for x in chart.spec["layer"] if "axis" in x["encoding"]["x"])
    assert offset >= max(rows) + 8  # the words of the axis come below the numbers


def test_a_rule_that_changes_breaks_the_line_and_says_so_between_the_points() -> None:
    frame = points(12).with_columns(segment=(pl.col("month") >= day("2025-06-01")).cast(pl.Int64))
    outside = dict.fromkeys([day("2019-01-01"), day("2025-01-01"), day("2026-07-01")], "Regel ændret")
    chart = charts.trend(frame, breaks=outside | {day("2025-06-01"): "Regel ændret", day("2025-09-01"): "Regel ophørt"})
    [at] = marks(chart, "Regel ændret")
    [gone] = marks(chart, "Regel ophørt")
    assert (gone["datum"]["month"], gone["datum"]["date"]) == (8, 16)
    assert (at["datum"]["month"], at["datum"]["date"]) == (5, 16)
    assert chart.frame["segment"].to_list() == [0] * 5 + [1] * 7
    lines = [layer for layer in chart.spec["layer"] if layer["mark"]["type"] == "line"]
    assert [line["encoding"]["detail"]["field"] for line in lines] == ["segment"]


def test_nothing_is_expected_where_nothing_is_counted() -> None:
    frame = points(3).with_columns(base=pl.Series([25, 25, 0]))
    assert charts.trend(frame).frame["level"].to_list() == [0.9, 0.9, None]


@pytest.mark.parametrize(
    ("count", "base", "wide", "narrow"),
    [
        (12, 25, ["25"] * 12, ["25"] * 12),
        (24, 25, ["", "25"] * 12, ["", "25"] * 12),
        (12, 1250, ["1.250"] * 12, ["", "1.250"] * 6),
    ],
)
def test_there_is_room_for_the_figures_above(count: int, base: int, wide: list[str], narrow: list[str]) -> None:
    rows = charts.trend(points(count).with_columns(base=pl.lit(base))).frame
    assert (rows["n"].to_list(), rows["close"].to_list()) == (wide, narrow)


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        ([None, None, None], ["", "", ""]),
        ([0.9, 0.9, 0.95], ["", "", "Mål\n95\u00a0%"]),
        ([0.9, 0.9, None], ["", "Mål\n90\u00a0%", ""]),
    ],
)
def test_the_newest_target_is_said_where_its_line_ends(targets: list[float | None], said: list[str]) -> None:
    frame = points(3).with_columns(target=pl.Series(targets, dtype=pl.Float64))
    assert charts.trend(frame).frame["goal"].to_list() == said


@pytest.mark.parametrize(
    ("step", "period", "axis"),
    [(1, "i måneden", "'%b'"), (3, "i kvartalet", "'%q. kvt.'"), (12, "i året", "'%Y'")],
)
def test_a_trend_says_how_long_its_points_are(step: int, period: str, axis: str) -> None:
    chart = charts.trend(points(5, step), charts.Reference("Landet", 0.92), step=step, of="visitationer")
    assert f"Tal foroven: antal visitationer {period}" in chart.spec["title"]["text"]["expr"]
    assert "Prikket linje: Landet 92\u00a0%" in chart.spec["title"]["text"]["expr"]
    assert axis in words(chart)


@pytest.mark.parametrize("step", [1, 3, 12])
def test_an_empty_trend_is_still_a_chart(step: int) -> None:
    assert charts.trend(points(0), breaks={V: "Regel ændret"}, marks=[(V, 1)], step=step).frame.is_empty()


def test_points_of_which_nothing_is_known_are_still_a_chart() -> None:
    rows = charts.trend(bare(3)).frame
    assert rows["rate"].to_list() == [None] * 3
    assert rows["expected"].to_list() == ["–"] * 3


def test_the_curve_begins_with_nobody() -> None:
    rows = charts.wait_curve(curve((0, 0.1), (7, 0.6)), 7).frame
    assert rows.select("day", "until", "had").rows() == [(0, 0, 0.0), (0, 7, 0.1), (7, 7, 0.6)]
    assert rows.select("said", "sure").rows()[-1] == ("60\u00a0%", "50–70\u00a0%")


@pytest.mark.parametrize(("deadline", "said"), [(1, "Frist: 1\u00a0dag"), (7, "Frist: 7\u00a0dage"), (None, None)])
def test_the_deadline_stands_at_its_day(deadline: int | None, said: str | None) -> None:
    chart = charts.wait_curve(curve((3, 0.5)), deadline)
    assert ("Frist" in words(chart)) is (said is not None)
    assert all(at == {"datum": deadline} for at in marks(chart, said or "Frist"))


def test_a_day_on_which_nothing_happens_is_not_sent() -> None:
    rows = charts.wait_curve(curve((1, 0.2), (2, 0.2), (3, 0.2), (4, 0.3), (9, 0.3)), 7).frame
    assert rows["day"].to_list() == [0, 1, 4, 9]  # the last one shows how far the curve is known


@pytest.mark.parametrize("length", [100, 900])
def test_a_long_curve_looks_as_before_with_fewer_rows(length: int) -> None:
    whole = curve(*((d, 0.95 * (1 - 0.99**d)) for d in range(1, length + 1)))
    drawn = charts.wait_curve(whole, 90).frame
    assert drawn.height <= 202
    assert drawn["day"].max() == length
    seen = whole.join_asof(drawn.select("day", "had"), on="day")
    assert (seen["had"] - seen["had_right"]).abs().max() < (0.005 if length > charts.STEPS else 1e-12)
    half = pl.col("had") >= 0.5
    assert drawn.filter(half)["day"].min() == whole.filter(half)["day"].min()


def test_a_queue_says_what_is_unusual() -> None:
    rows = charts.queue(QUEUE).frame
    assert rows.select("kind", "expected", "remark").rows() == [
        ("Venter", "5,5–22,5", "–"),
        ("Uden for det forventede", "5,5–22,5", "Højere end forventet"),
        ("Uden for det forventede", "5,5–22,5", "Lavere end forventet"),
    ]


def test_a_queue_of_one_month_has_no_limits_and_is_still_a_chart() -> None:
    nothing = pl.lit(None)
    short = QUEUE.head(1).with_columns(level=nothing, low=nothing, high=nothing, signal=nothing)
    assert charts.queue(short).frame.select("waiting", "kind", "expected").row(0) == (14, "Venter", "–")


def test_a_queue_begins_at_nothing() -> None:
    overdue = next(
        x["encoding"] for x in EVERY["queue"].spec["layer"] if "overdue" in json.dumps(x["encoding"].get("y"))
    )
    assert overdue["y2"] == {"datum": 0}


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


def svg(*arguments: Any, **named: Any) -> str:
    uri = charts.sparkline_svg(*arguments, **named)
    return base64.b64decode(uri.removeprefix("data:image/svg+xml;base64,")).decode()


SPARKS = [
    # values, signal; dots, diamonds
    ([], None, 0, 0),
    ([None, None], None, 0, 0),
    ([0.5], None, 1, 0),
    ([0.4, 0.5, 0.6], None, 1, 0),
    ([0.4, None, 0.6, 0.7], None, 2, 0),
    ([None, 0.4, None, 0.6, None], None, 2, 0),
    ([0.4, 0.5, 0.6], [True, False, False], 1, 1),
    ([0.4, 0.5, 0.6], [False, False, True], 0, 1),
    ([0.4, None, 0.6], [True, True, True], 0, 2),
]


@pytest.mark.parametrize(("values", "signal", "dots", "diamonds"), SPARKS)
def test_a_sparkline_marks_the_newest_the_lone_and_the_signals(
    values: list[float | None], signal: list[bool] | None, dots: int, diamonds: int
) -> None:
    drawn = svg(values, 0.92, signal, 0.95)
    assert drawn.startswith("<svg")
    assert drawn.endswith("</svg>")
    assert "nan" not in drawn
    assert (drawn.count("<circle"), drawn.count(charts.RED)) == (dots, diamonds)


def test_the_newest_month_of_a_sparkline_is_the_largest_dot() -> None:
    assert re.findall(r'r="([\d.]+)"', svg([0.4, None, 0.6])) == ["2", "3.5"]


@pytest.mark.parametrize(
    ("values", "reference", "target", "heights"),
    [
        # from the top: 6 is the upper end of the scale, 38 the lower
        ([1.0, 1.0], None, None, [6, 6]),  # 80–100 %, not 90–110 %
        ([0.0, 0.0], None, None, [38, 38]),  # 0–20 %
        ([0.5, 0.5], None, None, [22, 22]),  # 40–60 %
        ([0.95, 1.0], None, None, [14, 6]),  # 80–100 %
        ([0.0, 1.0], None, None, [38, 6]),
        ([0.9, 0.9], 0.5, None, [6, 6]),  # 50–90 %
        ([0.9, 0.9], None, 1.0, [22, 22]),  # 80–100 %
    ],
)
def test_the_scale_of_a_sparkline_is_wide_enough_and_never_beyond_the_possible(
    values: list[float], reference: float | None, target: float | None, heights: list[float]
) -> None:
    line = next(path for path in re.findall(r'd="([^"]*)"', svg(values, reference, None, target)) if "L" in path)
    assert [float(height) for height in re.findall(r"[ML][\d.]+ ([\d.]+)", line)] == heights


@pytest.mark.parametrize(
    ("reference", "target", "lines"), [(None, None, 1), (0.9, None, 2), (None, 0.9, 2), (0.9, 0.95, 3)]
)
def test_a_sparkline_shows_reference_and_target(reference: float | None, target: float | None, lines: int) -> None:
    drawn = svg([0.8, 0.9], reference, None, target)
    assert drawn.count("<path") == lines
    assert ("stroke-dasharray" in drawn) is (reference is not None)  # the target is told from it without colour


def test_an_image_cannot_break_out_of_its_words() -> None:
    assert charts.image("data:,", 'a" onerror="x') == (
        '<img class="sparkline" src="data:," alt="a&quot; onerror=&quot;x">'
    )
