"""Månedens tal: made ready beside what was published, refused where it tells, and one word for what is hidden."""

import datetime as dt
import re
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from data_access import published as stored
from data_access.annotations import Target
from data_access.published import CELLS, Publication, PublicationRefused
from data_access.tables import FULL_SCOPE
from metrics import disclosure
from metrics.assess import BY_KEY
from metrics.disclosure import THRESHOLD
from tests.metrics.test_compare import judged
from tests.metrics.test_disclosure import municipality
from ui import figures, published, texts

V = dt.date(2026, 11, 22)
SEPTEMBER, OCTOBER = dt.date(2026, 9, 1), dt.date(2026, 10, 1)
CENTERS = ("Nord", "Syd")
WHEN = dt.datetime(2026, 11, 1, 23, 30, tzinfo=dt.UTC)
FIGURES = """
    center | measure         | on         | outcome | times
    Nord   | decided         | 2026-05-01 | met     | 20
    Nord   | decided         | 2026-05-01 | late    | 10
    Syd    | decided         | 2026-05-01 | met     | 17
    Syd    | decided         | 2026-05-01 | late    | 3
    Nord   | first_interview | 2026-05-01 | met     | 6
    Syd    | first_interview | 2026-05-01 | late    | 5
    Nord   | heard           | 2026-05-01 | met     | 30
    Syd    | heard           | 2026-05-01 | missing | 30
"""
ASSESSED = judged(FIGURES, V)


def row(**given: Any) -> dict[str, Any]:
    """A cell as it is stored; 23 of 25 at Nord where nothing else is said."""
    whole = {"measure": "decided", "from": dt.date(2025, 11, 1), "to": dt.date(2026, 10, 31), "center": "Nord"}
    cell = {**whole, "whole": False, "met": 23, "base": 25, "hidden": False, **given}
    return {**cell, "rate": None if cell["hidden"] or not cell["base"] else cell["met"] / cell["base"]}


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([row(**each) for each in rows], schema=CELLS)


HIDDEN = {"met": None, "hidden": True}
MONTH = (
    {**HIDDEN, "center": "Syd", "base": 12},
    {**HIDDEN, "center": "Nord", "base": None},
    {"center": None, "met": 0, "base": 0},
    {"center": None, "whole": True, "met": 30, "base": 45},
)


# --- publishing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("setting", "means"), [("", THRESHOLD), ("3", 3), ("20", 20)])
def test_the_threshold_is_configuration(monkeypatch: pytest.MonkeyPatch, setting: str, means: int) -> None:
    monkeypatch.setenv(published.THRESHOLD, setting)
    assert published.threshold() == means


@pytest.mark.parametrize("setting", ["2", "21", "0", "-5", "5.0", "fem", "²", " "])
def test_a_threshold_that_is_none_is_said(monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    monkeypatch.setenv(published.THRESHOLD, setting)
    with pytest.raises(PublicationRefused, match=f"{published.THRESHOLD} skal være et helt tal fra 3 til 20"):
        published.threshold()


def test_a_month_is_published_without_what_it_hides(engine: sa.Engine) -> None:
    done = published.publish_month(engine, FULL_SCOPE, dt.date(2026, 10, 9), ASSESSED, CENTERS)
    assert (done.month, done.view_date, done.threshold) == (OCTOBER, V, 5)
    cells = stored.cells(engine, FULL_SCOPE, OCTOBER)
    assert cells.schema == CELLS
    decided = cells.filter(measure="decided")
    assert decided.select("center", "met", "base").rows() == [
        ("Nord", None, 30),
        ("Syd", None, 20),
        (None, 0, 0),
        (None, 37, 50),
    ]
    alone = cells.filter(measure="first_interview")  # 11 in three lines
    assert alone.select("whole", "met", "base").rows() == [(True, 6, 11)]


def test_the_threshold_is_followed(sqlite_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(published.THRESHOLD, "3")
    ready = published.prepare(sqlite_engine, FULL_SCOPE, OCTOBER, ASSESSED, CENTERS)
    assert ready.cells.filter(measure="decided")["met"].to_list() == [20, 17, 0, 37]
    assert ready.cells.filter(measure="first_interview").height == 4
    assert published.publish_month(sqlite_engine, FULL_SCOPE, OCTOBER, ASSESSED, CENTERS).threshold == 3


def test_a_month_is_protected_beside_those_before(sqlite_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []
    protect = disclosure.protect

    def counted(new: pl.DataFrame, before: Any, threshold: int) -> pl.DataFrame:
        given.append(len(before))
        return protect(new, before, threshold)

    monkeypatch.setattr(disclosure, "protect", counted)
    for month in (SEPTEMBER, OCTOBER):
        published.publish_month(sqlite_engine, FULL_SCOPE, month, ASSESSED, CENTERS)
    assert given == [0, 1]
    assert not disclosure.attack(stored.before(sqlite_engine, FULL_SCOPE))["narrowed"].any()


def test_a_month_that_the_attack_breaks_is_not_published(
    sqlite_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault: only what is small is hidden."""

    def careless(new: pl.DataFrame, *_: Any) -> pl.DataFrame:
        met, rest = pl.col("met"), pl.col("base") - pl.col("met")
        small = met.is_between(1, 4) | rest.is_between(1, 4)
        shown = new.with_columns(hidden=small, met=pl.when(~small).then("met"))
        return shown.with_columns(rate=pl.when(pl.col("base") > 0).then(pl.col("met") / pl.col("base")))

    monkeypatch.setattr(disclosure, "protect", careless)
    with pytest.raises(PublicationRefused, match="kan regnes ud"):
        published.publish_month(sqlite_engine, FULL_SCOPE, OCTOBER, ASSESSED, CENTERS)
    assert stored.months(sqlite_engine, FULL_SCOPE) == ()


def test_what_was_given_away_before_does_not_stop_what_follows() -> None:
    leaking = frame(
        {"met": 20, "base": 30}, {**HIDDEN, "center": "Syd", "base": 20}, {"whole": True, "center": None, "base": 50}
    )
    assert published.gives_away(leaking, [])
    assert not published.gives_away(frame({"whole": True, "center": None, "measure": "heard"}), [leaking])


def test_a_month_that_is_not_over_is_refused(sqlite_engine: sa.Engine) -> None:
    with pytest.raises(PublicationRefused, match=r"^November 2026 er ikke slut"):
        published.publish_month(sqlite_engine, FULL_SCOPE, V, ASSESSED, CENTERS)


def done(*months: dt.date) -> list[Publication]:
    return [Publication(month, V, 1, 5, WHEN, "anna") for month in months]


@pytest.mark.parametrize(
    ("published_months", "view_date", "left"),
    [
        ([], V, [10, 9, 8, 7, 6, 5]),
        ([9], V, [10]),
        ([10], V, []),
        ([8, 10], V, [9]),
        ([10], dt.date(2026, 11, 29), []),
        ([10], dt.date(2026, 11, 30), [11]),
    ],
)
def test_what_can_be_published(published_months: list[int], view_date: dt.date, left: list[int]) -> None:
    before = done(*(dt.date(2026, month, 1) for month in published_months))
    assert published.unpublished(before, view_date) == [dt.date(2026, month, 1) for month in left]


@pytest.mark.parametrize(
    ("day", "last"), [((2026, 2, 1), (2026, 2, 28)), ((2028, 2, 29), (2028, 2, 29)), ((2026, 12, 31), (2026, 12, 31))]
)
def test_the_last_day_of_a_month(day: tuple[int, int, int], last: tuple[int, int, int]) -> None:
    assert stored.last_day(dt.date(*day)) == dt.date(*last)


# --- showing ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "said", "base"),
    [
        ({}, "92 %", "(23 af 25)"),
        ({"met": 0}, "0 %", "(0 af 25)"),
        ({"met": 0, "base": 0}, "intet grundlag", ""),
        ({"met": 3, "base": 4}, "3 af 4", ""),
        (HIDDEN, "skjult", "(grundlag 25)"),
        ({**HIDDEN, "base": None}, "skjult", ""),
    ],
)
def test_a_cell_in_words(given: dict[str, Any], said: str, base: str) -> None:
    shown = published.cell("Nord", row(**given))
    assert (shown.said.replace(texts.SPACE, " "), shown.base) == (said, base)


def test_what_is_hidden_reads_the_same_whatever_the_reason() -> None:
    """Also in the file: no number, and one word."""
    file = published.file_rows(frame(*MONTH))
    assert file.columns == list(published.FILE)
    assert file.select("Sted", "Andel", "Antal", "Grundlag").rows() == [
        ("Syd", "skjult", "skjult", "12"),
        ("Nord", "skjult", "skjult", "skjult"),
        ("Uden center", "intet grundlag", "0", "0"),
        ("Hele kommunen", f"67{texts.SPACE}%", "30", "45"),
    ]
    assert file["Nøgletal"].unique().to_list() == [BY_KEY["decided"].title]
    assert (file["Fra"][0], file["Til"][0]) == (dt.date(2025, 11, 1), dt.date(2026, 10, 31))


def test_page_and_file_hide_the_same(sqlite_engine: sa.Engine) -> None:
    cells = published.prepare(sqlite_engine, FULL_SCOPE, OCTOBER, ASSESSED, CENTERS).cells
    rows = [line for _, part in published.lines(cells, ()) for line in part]
    on_page = [each.said for line in rows for each in (line.whole, *line.centers)]
    file = published.file_rows(cells.filter(pl.col("whole") | pl.col("center").is_not_null()))
    assert sorted(on_page) == sorted(file["Andel"])
    assert on_page.count("skjult") == cells["hidden"].sum() > 0


def test_places_stand_in_the_order_they_were_published_never_by_rate() -> None:
    cells = frame(*MONTH)
    assert published.places(cells) == ["Syd", "Nord"]
    [(theme, [line])] = published.lines(cells, ())
    assert theme == "Udeblivelser og sanktioner"
    assert [each.place for each in line.centers] == ["Syd", "Nord"]


@pytest.mark.parametrize("without", [{"met": 6, "base": 6}, HIDDEN])
def test_those_without_a_centre_have_a_place_when_there_are_any(without: dict[str, Any]) -> None:
    cells = frame(*MONTH[:2], {"center": None, **without}, MONTH[3])
    assert published.places(cells) == ["Syd", "Nord", None]
    [(_, [line])] = published.lines(cells, ())
    assert [each.place for each in line.centers] == ["Syd", "Nord", "Uden center"]


def test_a_measure_that_has_left_the_catalogue_is_shown_last() -> None:
    old = [{**each, "measure": "gammelt_tal"} for each in MONTH]
    found = list(published.lines(frame(*old, *MONTH), ()))
    theme, [line] = found[-1]
    assert (theme, line.title) == ("Udgåede nøgletal", "gammelt_tal")
    assert published.file_rows(frame(*old))["Nøgletal"].unique().to_list() == ["gammelt_tal"]


def test_the_whole_stands_beside_target_and_country() -> None:
    measure = BY_KEY["first_interview"]
    target = Target("first_interview", dt.date(2026, 1, 1), 0.95, "", WHEN, "anna")
    words = published.beside(measure, [target], dt.date(2026, 10, 31)).replace(texts.SPACE, " ")
    assert words == "mål 95 % · landet 92 %"
    assert published.beside(measure, [target], dt.date(2025, 10, 31)).replace(texts.SPACE, " ") == "landet 92 %"


def test_the_country_is_left_out_where_it_is_counted_otherwise() -> None:
    country = {measure: figures.national(measure) for measure in BY_KEY.values()}
    alike = {m.key: bool(c and not c.audit and not c.not_comparable) for m, c in country.items()}
    assert {key: published.beside(BY_KEY[key], [], V) != "" for key in alike} == alike
    assert len(set(alike.values())) == 2


def test_the_law_is_the_one_in_force_on_the_last_day() -> None:
    measure = BY_KEY["first_interview"]
    before, after = measure.versions[-2:]
    assert after.valid_from is not None
    assert published.law(measure, after.valid_from) == f"{after.legal_basis} · {after.words()}"
    assert published.law(measure, after.valid_from - dt.timedelta(days=1)).startswith(before.legal_basis)
    assert published.law(BY_KEY["heard"], V) == BY_KEY["heard"].legal_basis
    ending = BY_KEY["perspective"]
    assert published.law(ending, V) == f"{ending.legal_basis} · {texts.rule_ended(ending.life).removesuffix('.')}"


def test_the_table_says_its_places_in_every_cell_and_lets_no_html_through() -> None:
    cells = frame({**MONTH[0], "center": '<b>"Syd"</b>'}, MONTH[3])
    [(theme, rows)] = published.lines(cells, ())
    html = published.as_table(rows, published.places(cells), theme)
    assert "<b>&quot;Syd" not in html
    assert re.findall('data-sted="([^"]*)"', html) == ["Hele kommunen", "&lt;b&gt;&quot;Syd&quot;&lt;/b&gt;"]
    assert html.count('class="skjult"') == 1
    assert html.count('scope="col"') == 3


def test_a_measure_that_is_not_divided_says_so_once() -> None:
    cells = frame(*MONTH, {"measure": "heard", "whole": True, "center": None})
    html = "".join(published.as_table(rows, published.places(cells), "") for _, rows in published.lines(cells, ()))
    assert html.count(published.DIVIDED) == 1
    assert 'colspan="2"' in html


def test_how_much_is_hidden_is_said() -> None:
    cells = frame(*MONTH, {"measure": "heard", "whole": True, "center": None})
    said = published.hidden_words(cells).replace(texts.SPACE, " ")
    assert said == "2 af 4 andele bliver skjult. 1 nøgletal bliver kun vist for hele kommunen."
    assert published.hidden_words(frame(*MONTH)) == "2 af 3 andele bliver skjult."


def test_why_something_is_hidden_goes_by_the_threshold_it_was_published_with() -> None:
    words = " ".join(published.why_hidden(8))
    assert "kun 1–7 er" in words
    assert "under 8 sager" in words
    assert "<" not in words


def test_a_published_month_says_when_in_danish_time() -> None:
    [publication] = done(OCTOBER)
    said = published.published_words(publication, frame(*MONTH))
    assert said.startswith("12 måneder (01-11-2025 til 31-10-2026).")
    assert said.endswith("Offentliggjort 02-11-2026, opgjort pr. 22-11-2026.")


@pytest.mark.parametrize("seed", range(3))
def test_who_knows_own_counts_finds_no_other_hidden_number(seed: int) -> None:
    counted = [disclosure.enough_per_center(each) for each in municipality(seed, 198, months=2)]
    given: list[pl.DataFrame] = []
    for month in counted:
        given.append(disclosure.protect(month, given))
    centers = counted[0]["center"].drop_nulls().unique().sort()
    taken_from_the_whole = 0
    for center in centers:
        own = (pl.col("center") == center).fill_null(False)
        for seen in (stored.beside_own, lambda cells, *_: cells):
            known = [
                seen(cells, [center], 5, month.filter(own))
                .with_columns(
                    met=pl.when(own).then(month["met"]).otherwise("met"),
                    base=pl.when(own).then(month["base"]).otherwise("base"),
                )
                .drop("hidden")
                for month, cells in zip(counted, given, strict=True)
            ]
            narrowed = disclosure.attack(known, only_narrowed=True)
            if seen is stored.beside_own:
                assert narrowed.is_empty(), center
            else:
                taken_from_the_whole += len(narrowed)
    assert taken_from_the_whole  # without it a head finds some: the test could fail
