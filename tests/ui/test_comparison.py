"""Rates beside each other: the centres, categories and ages, and before and after a date, in words and marks."""

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest

from metrics import compare
from metrics.assess import BY_KEY, Assessed
from tests.metrics.test_compare import YEAR, V, judged
from tests.ui.test_measure import event
from tests.ui.test_tile import words
from ui import blocks, comparison, figures, texts

_ = texts.SPACE
DECIDED = BY_KEY["decided"]
SINCE = dt.date(2024, 1, 1)

FRAME = judged("""
    center | category                   | age | outcome | times
    Nord   | aktivitetsparat            | 16  | met     | 4
    Nord   | aktivitetsparat            | 20  | late    | 16
    Syd    | aktivitetsparat            | 20  | met     | 1
    Syd    | aktivitetsparat            | 20  | late    | 3
    Syd    | uddannelsesparat           | 27  | met     | 26
    Vest   | uddannelsesparat           | 27  | met     | 7
    Øst    | aabenlyst_uddannelsesparat | 31  | excused | 2
           | uddannelsesparat           | 27  | met     | 11
""")


def centers(frame: Assessed = FRAME, *order: str) -> pl.DataFrame:
    """Every centre's reading, in the order given."""
    return figures.read(frame, YEAR, order or ("Syd", "Nord", "Vest", "Øst"), SINCE).centers["decided"]


def test_centres_keep_their_order_and_are_set_against_the_others() -> None:
    said = words(comparison.by_center(DECIDED, centers()))
    assert said.startswith(
        "Andel med usikkerhed. Mærket under tallet: centret mod de øvrige centre samlet. "
        f"Syd 90{_}% (27 af 30) ↑ Tydeligt over "
        f"Nord 20{_}% (4 af 20) ↓ Tydeligt under "
        f"Vest 100{_}% (7 af 7) "  # too few to be judged
        "Øst intet grundlag "
        f"Uden center 100{_}% (11 af 11) "  # nobody's other
    )


def test_centres_that_are_alike_are_said_to_be() -> None:
    frame = judged("""
        center | outcome | times
        Nord   | met     | 9
        Nord   | late    | 3
        Syd    | met     | 8
        Syd    | late    | 4
    """)
    assert words(comparison.by_center(DECIDED, centers(frame, "Nord", "Syd"))).count("≈ Kan ikke skelnes") == 2


def test_the_difference_stands_in_full_behind_the_mark() -> None:
    html = comparison.by_center(DECIDED, centers())
    (nord,) = centers().filter(center="Nord").to_dicts()
    said = comparison.beside_others(nord)
    assert said.startswith(f"De øvrige centre: 92{_}% (34 af 37). Tydeligt under dem: −71,9{_}procentpoint (usikkerhed")
    assert f'<small title="{said}">' in html


def test_small_centres_are_hollow_and_the_smallest_have_no_mark() -> None:
    frame = judged("""
        center | outcome | times
        Nord   | met     | 10
        Syd    | met     | 9
        Vest   | met     | 4
    """)
    html = comparison.by_center(DECIDED, centers(frame, "Nord", "Syd", "Vest"))
    assert (html.count("<b "), html.count('<b class="usikker"')) == (2, 1)


@pytest.mark.parametrize(("chosen", "marked"), [((), []), (("Nord",), ["Nord"])])
def test_the_chosen_centre_is_marked_among_all(chosen: tuple[str, ...], marked: list[str]) -> None:
    html = comparison.by_center(DECIDED, centers(), chosen)
    rows = html.split("<tr")[1:]
    assert [name for name in ("Nord", "Syd", "Vest") for row in rows if f">{name}<" in row] == ["Nord", "Syd", "Vest"]
    assert [words(f"<tr{row}").split()[0] for row in rows if 'class="valgt"' in row] == marked


def test_the_country_is_drawn_where_it_may_be_compared() -> None:
    first = BY_KEY["first_interview"]
    rows = centers()
    html = comparison.by_center(first, rows)
    assert f"og landet 92{_}% som prikket linje" in html
    assert html.count("<s ") == len(rows)
    assert "<s " not in comparison.by_center(DECIDED, rows)


def test_a_centre_cannot_bring_html_along() -> None:
    frame = judged("""
        center                       | outcome | times
        <img src=x onerror=alert(1)> | met     | 10
        Syd                          | met     | 10
    """)
    rows = centers(frame, "Syd")
    assert "<img" not in comparison.by_center(DECIDED, rows)
    assert "<img" not in comparison.by_mix(DECIDED, rows, frame, YEAR)


@pytest.mark.parametrize(
    ("names", "said"), [(["Nord", "Syd"], True), (["Nord", None], False), ([None], False), ([], False)]
)
def test_one_centre_has_nobody_beside_it(names: list[str | None], said: bool) -> None:
    assert comparison.comparable(pl.DataFrame({"center": names}, schema={"center": pl.String()})) is said


def test_categories_come_in_the_order_of_the_law_with_those_there_are() -> None:
    frame = judged("""
        category                   | outcome | times
        aktivitetsparat            | met     | 4
                                   | late    | 6
        aabenlyst_uddannelsesparat | met     | 12
        uddannelsesparat           | excused | 3
    """)
    said = words(comparison.by_category(DECIDED, frame, YEAR))
    assert said.partition("tælles. ")[2].startswith(
        f"Åbenlyst uddannelsesparat 100{_}% (12 af 12) Aktivitetsparat 4 af 4 Ikke visiteret 0{_}% (0 af 6)"
    )


def test_ages_come_with_the_youngest_first() -> None:
    frame = judged("""
        age | outcome | times
        31  | met     | 5
        25  | met     | 6
        17  | late    | 7
    """)
    said = words(comparison.by_age(DECIDED, frame, YEAR))
    assert said.startswith(
        f"Pr. alder Andel med usikkerhed 13–17 år 0{_}% (0 af 7) 25–30 år 100{_}% (6 af 6) Andre aldre 100{_}% (5 af 5)"
    )


def test_a_centre_stands_beside_what_its_kind_of_youths_have() -> None:
    html = comparison.by_mix(DECIDED, centers(), FRAME, YEAR)
    # beside what the others do with such youths: enough of them elsewhere, and a base of ten
    said = words(html).partition("de unge er. ")[2]
    assert said.startswith(
        f"Syd 90{_}% (27 af 30) lignende unge 87{_}% Nord 20{_}% (4 af 20) lignende unge 25{_}% "
        f"Vest 100{_}% (7 af 7) Øst intet grundlag 0{_}%"  # not on a base below ten
    )
    assert html.count("<u ") == 2


def test_the_mix_of_a_chosen_centre_is_still_that_of_all() -> None:
    chosen = replace(YEAR, centers=("Nord",))
    html = comparison.by_mix(DECIDED, centers(), FRAME, chosen)
    assert f"lignende unge 25{_}%" in html
    assert html.count('class="valgt"') == 1


@pytest.mark.parametrize(("unplaced", "said"), [(1, False), (2, True)])
def test_categories_explain_nothing_where_many_have_none(unplaced: int, said: bool) -> None:
    frame = judged(f"""
        center | category         | outcome | times
        Nord   | uddannelsesparat | met     | 19
        Nord   |                  | late    | {unplaced}
        Syd    | uddannelsesparat | met     | 1
    """)
    for chosen in (YEAR, replace(YEAR, centers=("Syd",))):
        html = comparison.by_mix(DECIDED, centers(frame, "Nord", "Syd"), frame, chosen)
        assert (texts.unplaced(unplaced, 20 + unplaced) in html) is said
        assert ("lignende unge" in html) is not said


def test_a_date_has_a_month_on_each_side() -> None:
    assert comparison.bounds(V) == (dt.date(2010, 2, 1), dt.date(2025, 12, 1))


def test_days_on_which_something_happened_are_offered_the_newest_first() -> None:
    events = [
        event("2010-01-31", "For længe siden"),
        event("2025-03-01"),
        event("2025-12-01", "Senest muligt"),
        event("2025-12-02", "For nylig"),
    ]
    changed = BY_KEY["first_interview"]
    assert comparison.moments(DECIDED, events, V) == [
        (dt.date(2025, 12, 1), "Senest muligt"),
        (dt.date(2025, 3, 1), "Ny organisering"),
    ]
    assert comparison.moments(changed, events[1:2], dt.date(2026, 11, 22)) == [
        (dt.date(2026, 7, 1), "Regel ændret"),
        (dt.date(2025, 3, 1), "Ny organisering"),
    ]


BEFORE_AFTER = judged("""
    measure         | on         | outcome | times
    decided         | 2025-06-30 | met     | 20
    decided         | 2025-06-30 | late    | 20
    decided         | 2025-07-01 | met     | 38
    decided         | 2025-07-01 | late    | 2
    mentor          | 2025-06-30 | met     | 20
    mentor          | 2025-06-30 | unmet   | 20
    mentor          | 2025-12-31 | met     | 38
    mentor          | 2025-12-31 | unmet   | 2
    first_interview | 2025-06-30 | met     | 10
    first_interview | 2025-07-01 | met     | 10
""")


@pytest.mark.parametrize(
    ("key", "labels", "same_people"),
    [
        ("decided", ["01-01-2025 til 30-06-2025", "01-07-2025 til 31-12-2025"], False),
        ("mentor", ["30-06-2025", "31-12-2025"], True),  # counted on the last day of each side
    ],
)
def test_both_sides_of_a_date(key: str, labels: list[str], same_people: bool) -> None:
    measure = BY_KEY[key]
    change = compare.before_after(BEFORE_AFTER, YEAR, key, dt.date(2025, 7, 1))
    said = words(comparison.moved(measure, change))
    assert said.startswith(
        f"Fra 50{_}% (20 af 40) til 95{_}% (38 af 40). Tydeligt højere: +45,0{_}procentpoint (usikkerhed +"
    )
    assert ("Mange er med på begge dage" in said) is same_people
    drawn = words(comparison.sides(measure, change))
    assert drawn.startswith(f"Andel med usikkerhed {labels[0]} 50{_}% (20 af 40) {labels[1]} 95{_}% (38 af 40)")


@pytest.mark.parametrize(
    ("view", "day", "said"),
    [("2026-12-31", "2026-07-01", True), ("2026-12-31", "2026-08-01", True), ("2026-06-30", "2025-07-01", False)],
)
def test_a_rule_that_changed_between_is_said(view: str, day: str, said: bool) -> None:
    frame = judged("measure | outcome\nfirst_interview | met", dt.date.fromisoformat(view))
    change = compare.before_after(frame, YEAR, "first_interview", dt.date.fromisoformat(day))
    noted = texts.rule_between(dt.date(2026, 7, 1))
    assert (noted in comparison.moved(BY_KEY["first_interview"], change)) is said


def test_words_behind_a_mark_cannot_bring_html_along() -> None:
    row = blocks.Span("Nord", "1", 0.5, 0.4, 0.6, True, '<b>"', '"><script>', aside=0.45)
    html = blocks.spans([row], "Hvad")
    assert "<script>" not in html
    assert "<b>" not in html
    assert '<u style="left:45.0%"></u>' in html
