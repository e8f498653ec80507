"""Udforsk in words: what an address may ask for, what a cell says, and what a list shows of whom."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from metrics import explore as counting
from metrics.assess import BY_KEY, Assessed, Cut
from metrics.explore import COUNTED, DIMENSIONS, Cell
from metrics.measures import THEMES
from tests.policy import outcomes, table, value
from ui import filters
from ui.explore import crosstab, listing, picture, question, reading
from ui.explore.crosstab import Names, Picked
from ui.explore.question import Asked, There

V = dt.date(2026, 11, 22)
YEAR = Cut(dt.date(2025, 11, 23), V)
THERE = There(("Nord", "Syd"), teams=False, view_date=V)
FIRST = "first_interview"
USUAL = Asked(FIRST, "center", "outcome", "rate", "both")


def asked(**other: str) -> Asked:
    return Asked(**{**vars(USUAL), **other})


def judged(text: str, *, protected: tuple[str, ...] = (), moved: tuple[str, ...] = ()) -> Assessed:
    """A frame of the lines of a table, each as often as `times` says; measure, on, center and case have a default."""
    rows: list[dict[str, Any]] = []
    for line in table(text):
        times = int(line.pop("times", "") or 1)
        row = {column: value(cell) for column, cell in line.items()}
        row = {"measure": FIRST, "on": dt.date(2026, 5, 1), "center": "Nord", "handed_over": False} | row
        rows += [dict(row) for _ in range(times)]
    frame = outcomes(rows)
    cases = frame.select("case_id").unique(maintain_order=True)
    return Assessed(
        V,
        frame,
        pl.DataFrame(),
        cases.with_columns(
            team=pl.lit(None, dtype=pl.String),
            first_enquiry_on=pl.lit(dt.date(2026, 4, 20)),
            closed_on=pl.when(pl.col("case_id") == "S0").then(pl.lit(V)),
            protected=pl.col("case_id").is_in(protected),
            held=~pl.col("case_id").is_in(moved),
        ),
    )


def said(assessed: Assessed, of: Asked, cut: Cut = YEAR, there: There = THERE) -> list[tuple[Any, ...]]:
    """The table as it is read, a line each."""
    return crosstab.make(of, crosstab.count(assessed, cut, of, there), Names(of, cut, V)).frame.rows()


# --- what an address asks for -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "found", "note"),
    [
        ({}, {}, ""),
        ({"noegletal": ["mentor"], "raekker": ["month"]}, {"key": "mentor", "rows": "month"}, ""),
        ({"kolonner": ["age"], "tal": ["deviations"]}, {"columns": "age", "number": "deviations"}, ""),
        ({"noegletal": ["fusk"]}, {}, "Nøgletallet »fusk« kan ikke vælges her. Vist er Første samtale inden 1 uge."),
        ({"raekker": ["team"]}, {}, "Rækkerne »Team« kan ikke vælges her. Vist er Center."),
        ({"kolonner": ["center"]}, {}, "Kolonnerne »Center« kan ikke vælges her. Vist er Udfald."),
        ({"noegletal": ["categories_first"], "kolonner": ["age"]}, {"key": "categories_first"}, "Kolonnerne »Alder«"),
        ({"noegletal": ["mentor"], "tal": ["deviations"]}, {"key": "mentor"}, "Tallet »Afvigelser« kan ikke vælges"),
        ({"noegletal": ["mentor"], "raekker": ["handed_over"]}, {"key": "mentor"}, "»Overdraget undervejs«"),
        ({"vis": ["x" * 5000]}, {}, f"Visningen »{'x' * 60}« kan ikke vælges her. Vist er Tabel og diagram."),
    ],
)
def test_what_is_not_known_counts_as_usual_and_is_said(
    given: dict[str, list[str]], found: dict[str, str], note: str
) -> None:
    chosen, notes = question.read(given, THERE)
    assert chosen == asked(**found)
    assert len(notes) == bool(note)
    assert note in " ".join(notes)


def test_one_centre_is_seen_month_by_month() -> None:
    chosen, notes = question.read({}, There(("Nord",), teams=False, view_date=V))
    assert (chosen.rows, notes) == ("month", ())


def test_every_figure_of_every_theme_can_be_asked_for() -> None:
    assert set(question.FIGURES) == {*BY_KEY, *COUNTED}
    assert list(question.OF_THEME) == [theme.key for theme in THEMES]
    for key in question.FIGURES:
        assert key in question.OF_THEME[question.theme(key)]
        teams = There(("Nord", "Syd"), teams=True, view_date=V)
        for rows in question.dimensions(key, teams):
            for columns in question.columns(key, rows, teams):
                chosen, notes = question.read({"noegletal": [key], "raekker": [rows], "kolonner": [columns]}, teams)
                assert (chosen.key, chosen.rows, chosen.columns, notes) == (key, rows, columns, ())
    assert set(question.LABELS) == {*DIMENSIONS, question.BY_OUTCOME}


# --- the table ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("met", "late", "pending", "words"),
    [
        (0, 0, 0, "–"),
        (0, 0, 2, "intet grundlag · 2 ikke forfaldne"),
        (3, 1, 0, "3 af 4"),
        (4, 1, 0, "80 % (4 af 5) · 38–96 %"),
        (8, 1, 1, "89 % (8 af 9) · 57–98 % · 1 ikke forfalden"),
        (9, 1, 0, "90 % (9 af 10)"),
    ],
)
def test_a_small_base_has_no_percent_and_a_middling_one_its_uncertainty(
    met: int, late: int, pending: int, words: str
) -> None:
    frame = (
        judged(f"outcome | times\nmet | {met}\nlate | {late}\npending | {pending}") if met + late + pending else None
    )
    every = judged("center | outcome\nSyd | met") if frame is None else frame
    lines = said(every, asked(columns="age"))
    assert lines[0][-1].replace("\u00a0", " ") == words


def test_the_outcomes_that_occur_are_the_columns() -> None:
    frame = judged("""
        center | outcome | times
        Nord   | met     | 9
        Nord   | overdue | 1
        Syd    | pending | 2
               | met     | 1
    """)
    of = crosstab.make(USUAL, crosstab.count(frame, YEAR, USUAL, THERE), Names(USUAL, YEAR, V))
    assert list(of.headings.values()) == [
        "Center",
        "Andel",
        "Usikkerhed",
        "Overholdt",
        "Overskredet",
        "Ikke forfalden",
        "I alt",
    ]
    assert [tuple(str(cell).replace("\u00a0", " ") for cell in line) for line in of.frame.rows()] == [
        ("Nord", "90 % (9 af 10)", "60–98 %", "9", "1", "0", "10"),
        ("Syd", "intet grundlag", "–", "0", "0", "2", "2"),
        ("Uden center", "1 af 1", "–", "1", "0", "0", "1"),
        ("I alt", "91 % (10 af 11)", "62–98 %", "10", "1", "2", "13"),
    ]


def test_a_share_without_a_duty_says_yes_and_no() -> None:
    frame = judged("measure | on | outcome\nmentor | 2026-11-22 | met\nmentor | 2026-11-22 | unmet")
    of = crosstab.make(
        asked(key="mentor"), crosstab.count(frame, YEAR, asked(key="mentor"), THERE), Names(USUAL, YEAR, V)
    )
    assert list(of.headings.values())[3:] == ["Ja", "Nej", "I alt"]


@pytest.mark.parametrize(
    ("of", "lines"),
    [
        ({"rows": "age", "columns": "center", "number": "units"}, [("13–17 år", 0, 0, 0), ("18–24 år", 0, 0, 0),
         ("25–30 år", 0, 0, 0), ("Andre aldre", 2, 1, 3), ("I alt", 2, 1, 3)]),
        ({"rows": "center", "columns": "category", "number": "deviations"},
         [("Nord", 0, 0, 1, 0, 1), ("Syd", 0, 0, 0, 0, 0), ("I alt", 0, 0, 1, 0, 1)]),
        ({"rows": "center", "columns": "handed_over", "number": "units"},
         [("Nord", 2, 2), ("Syd", 1, 1), ("I alt", 3, 3)]),
    ],
)  # fmt: skip
def test_two_dimensions_are_rows_and_columns_with_totals(of: dict[str, str], lines: list[tuple[Any, ...]]) -> None:
    frame = judged("""
        center | outcome | category
        Nord   | met     |
        Nord   | late    | AP
        Syd    | met     |
    """)
    assert said(frame, asked(**of)) == lines


@pytest.mark.parametrize(
    ("key", "rows", "first", "last", "total"),
    [
        (FIRST, "month", "november 2025 (fra 23.)", "november 2026 (til 22.)", "I alt"),
        (FIRST, "start", "november 2025 (fra 23.)", "november 2026 (til 22.)", "I alt"),
        ("mentor", "month", "november 2025", "november 2026 (pr. 22.)", "Pr. 22-11-2026"),
    ],
)
def test_a_month_that_is_not_whole_says_so(key: str, rows: str, first: str, last: str, total: str) -> None:
    frame = judged(f"measure | on | outcome\n{key} | 2026-05-01 | met")
    names = [line[0] for line in said(frame, asked(key=key, rows=rows))]
    assert (names[0], names[-2], names[-1]) == (first, last, total)
    assert names[6] == "maj 2026"


def test_a_month_of_a_cohort_is_whole_whenever_it_is() -> None:
    frame = judged("on | outcome\n2027-02-01 | pending")
    of = asked(rows="start", columns="month")
    found = crosstab.make(of, crosstab.count(frame, YEAR, of, THERE), Names(of, YEAR, V))
    assert list(found.headings.values())[1:] == ["februar 2027", "I alt"]


# --- what is said -------------------------------------------------------------------------------------


def message(frame: Assessed, of: Asked) -> str:
    return reading.message(of, crosstab.count(frame, YEAR, of, THERE), Names(of, YEAR, V)).replace("\u00a0", " ")


def test_the_message_says_the_whole_what_is_beside_it_and_which_centres_stand_clear() -> None:
    frame = judged("""
        center | outcome | times
        Nord   | met     | 40
        Syd    | met     | 10
        Syd    | late    | 20
        Syd    | pending | 1
        Syd    | lapsed  | 2
    """)
    assert message(frame, USUAL) == (
        "I alt: 71 % (50 af 70). Uden for grundlaget: 1 ikke forfalden, 2 bortfaldne. "
        "Tydeligt over de øvrige centre: Nord. Tydeligt under de øvrige centre: Syd."
    )
    assert "øvrige" not in message(frame, asked(rows="month"))
    assert "Tydeligt under de øvrige centre: Syd." in message(frame, asked(rows="age", columns="center"))


def test_many_unknown_give_bounds_and_few_nothing_to_compare() -> None:
    frame = judged("outcome | times\nmet | 4\nlate | 1\nunknown | 2")
    assert "Der mangler data for 2 af 7." in message(frame, USUAL)
    assert "øvrige" not in message(frame, USUAL)


@pytest.mark.parametrize(
    ("of", "words"),
    [
        ({"rows": "start"}, "Perioden er her sagernes start"),
        ({"key": "mentor"}, "talt på periodens sidste dag"),
        ({"key": "mentor", "rows": "month"}, "så månederne lægges ikke sammen"),
        ({"columns": "category"}, "har ingen kategori endnu"),
        ({"key": "guidance_225"}, "Reglen gjaldt til 30-06-2025."),
        ({}, "Hvor der er færre end 5 i grundlaget, står antallet uden procent."),
    ],
)
def test_what_one_must_know_to_read_it_is_said(of: dict[str, str], words: str) -> None:
    frame = judged(f"measure | outcome | times\n{of.get('key', FIRST)} | met | 3")
    assert words in " ".join(reading.how_read(asked(**of), crosstab.count(frame, YEAR, asked(**of), THERE)))


def test_the_base_of_the_period_is_not_said_of_a_cohort() -> None:
    assert BY_KEY[FIRST].base in reading.counted_is(USUAL)
    assert reading.counted_is(asked(rows="start")) == BY_KEY[FIRST].rule


# --- cells, lists and files ---------------------------------------------------------------------------


@pytest.mark.parametrize("of", [{}, {"columns": "category"}, {"rows": "month", "columns": "center", "number": "units"}])
def test_every_cell_is_found_again_by_its_address(of: dict[str, str]) -> None:
    frame = judged("center | outcome | category\nNord | met | AP\n | late |\nalle | met | UP\ningen | overdue |")
    of_ = asked(**of)
    found = crosstab.make(of_, crosstab.count(frame, YEAR, of_, THERE), Names(of_, YEAR, V))
    assert len({picked.cell for picked in found.cells.values()}) > 5
    for picked in found.cells.values():
        assert crosstab.picked(crosstab.address(picked), of_, found) == picked


@pytest.mark.parametrize(
    "given",
    [
        {"raekke": ["=Vest"]},
        {"raekke": [""]},
        {"raekke": ["=Nord"], "kolonne": ["=x"]},
        {"raekke": ["Nord"]},
        {"kolonne": ["alle"]},
        {},
    ],
)
def test_a_cell_that_is_not_there_is_none(given: dict[str, list[str]]) -> None:
    frame = judged("outcome\nmet")
    found = crosstab.make(USUAL, crosstab.count(frame, YEAR, USUAL, THERE), Names(USUAL, YEAR, V))
    assert crosstab.picked(given, USUAL, found) is None


@pytest.mark.parametrize(
    ("line", "column", "picked"),
    [
        (0, "c0", Picked(Cell("Nord", None, every_column=True))),
        (0, "name", Picked(Cell("Nord", None, every_column=True))),
        (0, "c3", Picked(Cell("Nord", None, every_column=True), ("late",))),
        (2, "c2", Picked(Cell(None, None, every_row=True, every_column=True), ("met",))),
        (3, "c0", None),
        (-1, "c0", None),
        (0, "c99", None),
        ("0", ["c0"], None),
    ],
)
def test_a_click_asks_for_the_cell_and_its_outcome(line: object, column: object, picked: Picked | None) -> None:
    frame = judged("outcome\nmet\nlate")
    found = crosstab.make(USUAL, crosstab.count(frame, YEAR, USUAL, THERE), Names(USUAL, YEAR, V))
    assert found.at(line, column) == picked


def test_of_a_protected_case_that_another_centre_holds_only_the_outcome_is_told() -> None:
    frame = judged(
        """
        case_id | outcome | days
        S0      | met     |
        S1      | late    |
        S2      | overdue |
        S3      | late    |
        """,
        protected=("S1", "S3"),
        moved=("S1", "S2"),
    )
    every = counting.behind(frame, YEAR, USUAL.question, Cell(every_row=True, every_column=True))
    shown = {row["case"]: row for row in listing.table(USUAL, every, frame).to_dicts()}
    assert {case: row["note"] for case, row in shown.items()} == {
        "S0": "Afsluttet",
        "S1": "Beskyttet",
        "S2": "I andet center",
        "S3": "Beskyttet",
    }
    assert {name for name, cell in shown["S1"].items() if cell is not None} == {"case", "note", "outcome"}
    assert shown["S3"]["center"] == shown["S2"]["center"] == "Nord"
    assert listing.summary(USUAL, every) == "4 sager: 1 overskredet, 2 for sent, 1 overholdt."


def test_a_file_has_a_line_a_cell_and_no_rate_on_a_base_below_five() -> None:
    frame = judged("center | outcome | times\nNord | met | 9\nNord | late | 1\nSyd | met | 4")
    of = asked(columns="age")
    rows = crosstab.file_table(of, crosstab.count(frame, YEAR, of, THERE), Names(of, YEAR, V)).to_dicts()
    whole = {(row["Center"], row["Alder"]): row for row in rows}
    nord = whole["Nord", "I alt"]
    assert nord == nord | {"Andel (%)": 90.0, "Grundlag": 10, "Overholdt": 9, "For sent": 1, "I alt": 10}
    syd = whole["Syd", "I alt"]
    assert syd == syd | {"Andel (%)": None, "Usikkerhed fra (%)": None, "Grundlag": 4, "Overholdt": 4}


# --- pictures -----------------------------------------------------------------------------------------

MONTHS = "\n".join(
    f"{center} | 2026-{month:02d}-05 | met | {times}"
    for month in range(1, 11)
    for center, times in (("Nord", 12), ("Syd", 6))
)


@pytest.mark.parametrize(
    ("of", "pictures"),
    [
        ({}, [""]),
        ({"rows": "month", "columns": "center"}, ["Nord", "Syd"]),
        ({"rows": "center", "columns": "month"}, ["Nord", "Syd"]),
        ({"rows": "month", "columns": "center", "number": "units"}, [""]),
        ({"rows": "center", "columns": "age"}, [""]),
        ({"rows": "start", "columns": "month"}, [""]),
    ],
)
def test_a_rate_through_time_is_drawn_as_lines_and_all_else_in_one_picture(
    of: dict[str, str], pictures: list[str]
) -> None:
    frame, of_ = judged("center | on | outcome | times\n" + MONTHS), asked(**of)
    cells = crosstab.count(frame, YEAR, of_, THERE)
    drawn = picture.draw(of_, cells, Names(of_, YEAR, V))
    assert [name for name, _ in drawn] == pictures
    for _, chart in drawn:
        assert not {"case_id", "unit_id"} & set(chart.frame.columns)


def test_only_a_cell_that_can_be_judged_has_a_colour() -> None:
    frame = judged("center | outcome | times\nNord | met | 10\nSyd | met | 9")
    of = asked(columns="handed_over")
    [(_, chart)] = picture.draw(of, crosstab.count(frame, YEAR, of, THERE), Names(of, YEAR, V))
    assert chart.frame.select("row", "sure").rows() == [("Nord", True), ("Syd", False)]


def test_a_point_on_few_is_not_drawn() -> None:
    frame, of = judged("center | on | outcome | times\n" + MONTHS), asked(rows="month", columns="center")
    for _, chart in picture.draw(of, crosstab.count(frame, YEAR, of, THERE), Names(of, YEAR, V)):
        drawn = chart.frame.filter(pl.col("month").dt.month() == 12)
        assert drawn["rate"].to_list() == [None]


def test_filters_act_as_everywhere() -> None:
    frame = judged("center | outcome | category\nNord | met | AP\nSyd | late | UP")
    cut = filters.selection(V, ("Nord", "Syd"), {filters.CENTER: "Syd"})
    assert [line[0] for line in said(frame, USUAL, cut)] == ["Syd", "I alt"]
