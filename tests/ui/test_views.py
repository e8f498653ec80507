"""What a saved view keeps, and what is said when it cannot be shown as it was saved."""

import datetime as dt
from typing import Any

import pytest

from data_access import demo_views
from ui import filters, views
from ui.explore.question import Asked, There
from ui.views import FORM, CannotOpen, current_form, in_words, kept, opened

V = dt.date(2026, 11, 22)
THERE = There(("Nord", "Syd"), teams=True, view_date=V)
HEAD = There(("Nord",), teams=True, view_date=V, whole="Nord", every_center=False)
ASKED = Asked("first_interview", "center", "month", "rate", "both")
KEPT: dict[str, Any] = {
    "measure": "first_interview",
    "title": "Første samtale inden 1 uge",
    "rows": "center",
    "columns": "month",
    "number": "rate",
    "show": "both",
    "center": None,
    "period": "Seneste 12 måneder",
    "from": None,
    "to": None,
    "category": None,
    "ages": None,
}
EVERYTHING = {
    filters.CENTER: "Alle centre",
    filters.PERIOD: "Seneste 12 måneder",
    filters.CATEGORY: "Alle kategorier",
    filters.AGE: "Alle aldre",
}


@pytest.mark.parametrize(
    ("chosen", "changed"),
    [
        ({}, {}),
        ({filters.CENTER: "Syd"}, {"center": "Syd"}),
        ({filters.PERIOD: "Sidste år"}, {"period": "Sidste år"}),
        (
            {filters.PERIOD: "Vælg selv", filters.DATES: (dt.date(2026, 1, 1), dt.date(2026, 3, 31))},
            {"period": "Vælg selv", "from": "2026-01-01", "to": "2026-03-31"},
        ),
        ({filters.CATEGORY: "Aktivitetsparat"}, {"category": "aktivitetsparat"}),
        ({filters.CATEGORY: "Ikke visiteret"}, {"category": "ingen"}),
        ({filters.AGE: "18–24 år"}, {"ages": [18, 24]}),
    ],
)
def test_a_view_keeps_what_is_chosen_and_opens_as_it_was(chosen: dict[str, Any], changed: dict[str, Any]) -> None:
    selection = filters.selection(V, THERE.centers, chosen)
    saved = kept(ASKED, selection, str(chosen.get(filters.PERIOD, filters.YEAR)))
    assert saved == KEPT | changed
    again = opened(saved, THERE)
    assert again.filters == EVERYTHING | chosen
    assert again.notes == ()
    assert again.address == {
        "noegletal": "first_interview",
        "raekker": "center",
        "kolonner": "month",
        "tal": "rate",
        "vis": "both",
    }


def test_a_ready_made_period_moves_with_time() -> None:
    assert filters.DATES not in opened(KEPT, THERE).filters


@pytest.mark.parametrize(
    ("old", "instead", "note"),
    [
        ({"rows": "caseworker"}, {"raekker": "center"}, "Rækkerne »caseworker« kan ikke vælges her. Vist er Center."),
        ({"columns": "center"}, {"kolonner": "outcome"}, "Kolonnerne »Center« kan ikke vælges her. Vist er Udfald."),
        ({"number": "median"}, {"tal": "rate"}, "Tallet »median« kan ikke vælges her. Vist er Andel."),
        ({"show": "map"}, {"vis": "both"}, "Visningen »map« kan ikke vælges her. Vist er Tabel og diagram."),
        ({"rows": 7}, {"raekker": "center"}, "Visningen siger ikke rækkerne. Vist er Center."),
        ({"center": "Vest"}, {"center": "Alle centre"}, "Centret »Vest« findes ikke mere. Vist er Alle centre."),
        ({"center": ["Nord"]}, {"center": "Alle centre"}, "findes ikke mere. Vist er Alle centre."),
        (
            {"period": "Seneste 2 år"},
            {"periode": "Seneste 12 måneder"},
            "Perioden »Seneste 2 år« findes ikke mere. Vist er Seneste 12 måneder.",
        ),
        (
            {"period": "Vælg selv", "from": "2026-01-01", "to": "2027-01-01"},
            {"periode": "Seneste 12 måneder"},
            "Perioden 01-01-2026 til 01-01-2027 ligger uden for tallene. Vist er Seneste 12 måneder.",
        ),
        ({"period": "Vælg selv", "from": "i går"}, {"periode": "Seneste 12 måneder"}, "datoer kan ikke læses"),
        (
            {"category": "jobparat"},
            {"kategori": "Alle kategorier"},
            "Kategorien »jobparat« findes ikke mere. Vist er Alle kategorier.",
        ),
        ({"category": ["x"]}, {"kategori": "Alle kategorier"}, "findes ikke mere. Vist er Alle kategorier."),
        ({"period": {}}, {"periode": "Seneste 12 måneder"}, "findes ikke mere. Vist er Seneste 12 måneder."),
        ({"ages": [15, 29]}, {"alder": "Alle aldre"}, "Aldersgruppen findes ikke mere. Vist er Alle aldre."),
        ({"ages": "18"}, {"alder": "Alle aldre"}, "Aldersgruppen findes ikke mere. Vist er Alle aldre."),
    ],
)
def test_what_there_is_not_any_more_is_said_with_what_is_shown_instead(
    old: dict[str, Any], instead: dict[str, str], note: str
) -> None:
    found = opened(KEPT | old, THERE)
    shown = {**found.address, **found.filters}
    assert {key: shown[key] for key in instead} == instead
    assert len(found.notes) == 1
    assert note in found.notes[0]


@pytest.mark.parametrize(
    ("center", "there", "shown", "note"),
    [
        ("Nord", HEAD, "Nord", ""),
        (None, HEAD, "Nord", ""),
        ("Syd", HEAD, "Nord", "Visningens center er ikke et af dine. Vist er Nord."),
        ("Syd", THERE, "Syd", ""),
    ],
)
def test_a_shared_view_shows_each_reader_their_own_and_names_no_other_centre(
    center: str | None, there: There, shown: str, note: str
) -> None:
    found = opened(KEPT | {"center": center}, there)
    assert found.filters[filters.CENTER] == shown
    assert found.notes == ((note,) if note else ())
    if there is HEAD:
        assert "Syd" not in in_words(KEPT | {"center": center}, there)


@pytest.mark.parametrize(
    ("gone", "words"),
    [
        ({"measure": "old", "title": "Et gammelt tal"}, "»Et gammelt tal«"),
        ({"measure": None, "title": None}, "»uden navn«"),
    ],
)
def test_a_view_of_a_measure_that_is_gone_is_not_shown(gone: dict[str, Any], words: str) -> None:
    with pytest.raises(CannotOpen, match=f"Nøgletallet {words} findes ikke mere"):
        opened(KEPT | gone, THERE)


# --- forms --------------------------------------------------------------------------------------------


def test_a_view_of_an_earlier_form_is_brought_up_to_date() -> None:
    old = {"indicator": "first_interview"}
    assert current_form(0, old, {0: lambda asked: {"measure": asked["indicator"]}}) == {"measure": "first_interview"}
    assert current_form(FORM, KEPT) == KEPT


@pytest.mark.parametrize(
    ("form", "said"),
    [(FORM + 1, "lavet med en nyere udgave af Ungeoverblik"), (-1, "en udgave, som ikke kan læses mere")],
)
def test_a_form_that_nobody_can_read_here_is_refused(form: int, said: str) -> None:
    with pytest.raises(CannotOpen, match=said):
        current_form(form, KEPT)


def test_every_earlier_form_has_its_step() -> None:
    assert set(views.UPGRADES) == set(range(1, FORM))


def test_the_demo_s_views_open_as_they_are() -> None:
    for asked in demo_views.VIEWS.values():
        written = {**demo_views.EVERYTHING, **asked}
        assert demo_views.FORM == FORM
        assert opened(written, THERE).notes == ()
        assert in_words(written, THERE).startswith(str(asked["title"]))
