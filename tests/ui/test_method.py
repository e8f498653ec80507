"""The method's examples are counted as the figures are: each is held against the engine that it explains."""

import datetime as dt

import polars as pl

from metrics.disclosure import SCHEMA, protect
from tests.policy import Policy, found
from ui import method, texts


def plain(text: str) -> str:
    return text.replace(texts.SPACE, " ")


def test_the_invented_cases_are_judged_so_by_the_engine() -> None:
    rows = "\n".join(
        f"{row.enquiry} | {row.interview or ''} | {row.closed or ''} | {row.outcome}" for row in method.ROWS
    )
    policy = Policy("interviews", f"first_enquiry_on | held_on | closed_on | outcome\n{rows}", view=method.VIEW_DATE)
    assert [line.split(" | ")[-1] for line in found("first_interview", policy)] == [row.outcome for row in method.ROWS]


def test_the_table_of_cases_says_what_is_in_the_base() -> None:
    rows = method.rows()
    assert rows[0] == {
        "Henvendelse": "03-03-2025",
        "Frist": "10-03-2025",
        "Det skete": "samtale 10-03-2025",
        "Udfald": "Overholdt",
    }
    assert sum("ikke i grundlaget" in row["Udfald"] for row in rows) == 2
    assert "**67 % (4 af 6)**. 2 sager er ikke i grundlaget" in plain(method.said_of_rows())


def test_one_month_is_outside_the_band_and_the_smallest_is_not() -> None:
    months = method.months()
    outside = months.filter(~pl.col("rate").is_between("low", "high"))
    assert outside["month"].to_list() == [dt.date(2025, 5, 1)]
    said = plain(method.said_of_months(months))
    assert "lavere end forventet i maj 2025: 6 af 14" in said
    few = months.row(by_predicate=pl.col("base") == 4, named=True)
    assert few["rate"] < outside["rate"][0]  # as the text says: lower, and yet not unexpected
    assert "August 2025 med 1 af 4" in said


def test_the_invented_waits_are_followed_to_the_end() -> None:
    said = plain(method.said_of_waits())
    assert "efter 6,7 dage i gennemsnit" in said
    assert "4 venter stadig, den længste i 24 dage" in said
    assert "halvdelen ventet højst 9 dage" in said  # 3, 4, 5, 6, 8 and 9 are six of twelve


def test_the_published_example_is_hidden_as_publishing_hides() -> None:
    first, last = dt.date(2024, 4, 1), dt.date(2025, 3, 31)
    *centers, whole = method.PLACES
    assert (whole.met, whole.base) == (sum(c.met for c in centers), sum(c.base for c in centers))
    cells = [("decided", first, last, place.name, False, place.met, place.base) for place in centers]
    cells.append(("decided", first, last, None, True, whole.met, whole.base))  # type: ignore[arg-type]
    shown = protect(pl.DataFrame(cells, schema=SCHEMA, orient="row"))
    assert shown["hidden"].to_list() == [place.hidden for place in method.PLACES]
    assert shown["base"].null_count() == 0  # the table shows the base beside what is hidden
    assert [plain(row["Offentliggjort"]) for row in method.places()] == [
        "72 % (18 af 25)",
        "Skjult (grundlag 22)",
        "Skjult (grundlag 20)",
        "51 % (34 af 67)",
    ]
