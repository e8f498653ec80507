"""Månedens tal: made ready beside what was published, refused where it tells, and one word for what is hidden."""

import datetime as dt
import re
import subprocess
import sys
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from data_access import published as stored
from data_access.annotations import Target
from data_access.published import CELLS, COUNTS, Publication, PublicationRefused, Rule
from data_access.tables import FULL_SCOPE
from metrics import disclosure
from metrics.assess import BY_KEY, KEYS, Assessed
from metrics.disclosure import THRESHOLD
from metrics.limits import Limit, Version
from metrics.measure import Measure, Within
from tests.metrics.test_compare import judged
from tests.metrics.test_disclosure import municipality
from ui import figures, published, publishing, texts

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
CASES = pl.DataFrame(
    schema={"case_id": pl.String(), "category": pl.String(), "first_enquiry_on": pl.Date(), "closed_on": pl.Date()}
)
NOBODY = pl.DataFrame(schema={"measure": KEYS, "unit_id": pl.String(), "value": pl.String(), "on": pl.Date()})


def assess(figures: str) -> Assessed:
    """Judged as of V, with nobody in any distribution."""
    return replace(judged(figures, V), distributions=NOBODY, cases=CASES)


ASSESSED = assess(FIGURES)
MORE = assess(FIGURES.replace("late    | 10", "late    | 12"))
"""Two decisions more at Nord that were too late."""


def publish_month(engine: sa.Engine, month: dt.date = OCTOBER, assessed: Assessed = ASSESSED, **other: Any) -> Any:
    """Published from frames that are the same whatever was known."""
    asked = {"view_date": V, "delivery": 3, "centers": CENTERS, **other}
    return publishing.publish_month(engine, FULL_SCOPE, month, lambda *_: assessed, **asked)


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
    monkeypatch.setenv(publishing.THRESHOLD, setting)
    assert publishing.threshold() == means


@pytest.mark.parametrize("setting", ["2", "21", "0", "-5", "5.0", "fem", "²", " "])
def test_a_threshold_that_is_none_is_said(monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    monkeypatch.setenv(publishing.THRESHOLD, setting)
    with pytest.raises(PublicationRefused, match=f"{publishing.THRESHOLD} skal være et helt tal fra 3 til 20"):
        publishing.threshold()


def test_a_month_is_published_without_what_it_hides(engine: sa.Engine) -> None:
    done = publish_month(engine, dt.date(2026, 10, 9))
    assert (done.month, done.view_date, done.delivery, done.threshold) == (OCTOBER, V, 3, 5)
    assert (done.rules, done.code) == (publishing.rules(dt.date(2026, 10, 31)), publishing.program())
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
    monkeypatch.setenv(publishing.THRESHOLD, "3")
    ready = publishing.prepare(sqlite_engine, FULL_SCOPE, OCTOBER, ASSESSED, CENTERS)
    assert ready.cells.filter(measure="decided")["met"].to_list() == [20, 17, 0, 37]
    assert ready.cells.filter(measure="first_interview").height == 4
    assert publish_month(sqlite_engine).threshold == 3


def test_a_month_is_protected_beside_those_before(sqlite_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []
    protect = disclosure.protect

    def counted(new: pl.DataFrame, before: Any, threshold: int) -> pl.DataFrame:
        given.append(len(before))
        return protect(new, before, threshold)

    monkeypatch.setattr(disclosure, "protect", counted)
    for month in (SEPTEMBER, OCTOBER):
        publish_month(sqlite_engine, month)
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
        publish_month(sqlite_engine)
    assert stored.months(sqlite_engine, FULL_SCOPE) == ()


def test_what_was_given_away_before_does_not_stop_what_follows() -> None:
    leaking = frame(
        {"met": 20, "base": 30}, {**HIDDEN, "center": "Syd", "base": 20}, {"whole": True, "center": None, "base": 50}
    )
    assert publishing.gives_away(leaking, [])
    assert not publishing.gives_away(frame({"whole": True, "center": None, "measure": "heard"}), [leaking])


def test_a_month_that_is_not_over_is_refused(sqlite_engine: sa.Engine) -> None:
    with pytest.raises(PublicationRefused, match=r"^November 2026 er ikke slut"):
        publish_month(sqlite_engine, V)


def publication(month: dt.date = OCTOBER, number: int = 1, version: int = 1, **other: Any) -> Publication:
    """What stands of a month, as it was published by today's rules and program."""
    reason = "" if version == 1 else "Rettet"
    last = stored.last_day(month)
    rules, code = publishing.rules(last), publishing.program()
    made = Publication(number, month, version, reason, V, 1, 5, code, rules, WHEN, "anna", 64 * "a")
    return replace(made, **other)


def done(*months: dt.date) -> list[Publication]:
    return [publication(month, number) for number, month in enumerate(months, start=1)]


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
    assert publishing.unpublished(before, view_date) == [dt.date(2026, month, 1) for month in left]


@pytest.mark.parametrize(
    ("day", "last"), [((2026, 2, 1), (2026, 2, 28)), ((2028, 2, 29), (2028, 2, 29)), ((2026, 12, 31), (2026, 12, 31))]
)
def test_the_last_day_of_a_month(day: tuple[int, int, int], last: tuple[int, int, int]) -> None:
    assert stored.last_day(dt.date(*day)) == dt.date(*last)


COMPARED = [
    ("", 10, None),
    ("9.1", 10, "9.1"),
    ("8.1 9.1", 10, "9.1"),
    ("9.1 8.1", 10, "9.1"),
    ("9.1 9.2", 10, "9.2"),
    ("10.1", 9, None),
    ("8.1 9.1 10.1", 10, "9.1"),
    ("8.1 10.1 9.1", 10, "8.1"),
    ("9.1 10.1 9.2", 10, "9.1"),
    ("9.1 10.1 9.2 10.2", 10, "9.1"),
    ("8.1 9.1 10.1 10.2", 11, "10.2"),
]


@pytest.mark.parametrize(("order", "month", "with_"), COMPARED)
def test_a_month_is_compared_with_the_one_before_and_its_correction_with_the_same(
    order: str, month: int, with_: str | None
) -> None:
    done = [
        publication(dt.date(2026, int(month), 1), number, int(version))
        for number, (month, version) in enumerate((each.split(".") for each in order.split()), start=1)
    ]
    found = published.compared_with(done, dt.date(2026, month, 17))
    assert (found and f"{found.month.month}.{found.version}") == with_


def test_a_correction_is_published_beside_what_stood(engine: sa.Engine) -> None:
    first = publish_month(engine)
    with pytest.raises(PublicationRefused, match="allerede offentliggjort"):
        publish_month(engine, assessed=MORE)
    with pytest.raises(PublicationRefused, match="ændrer ikke ved noget"):
        publish_month(engine, reason="Set igen")
    second = publish_month(engine, assessed=MORE, reason="To afgørelser kom til")
    assert stored.versions(engine, FULL_SCOPE, OCTOBER) == (first, second)
    for version, whole in ((1, (37, 50)), (2, (37, 52))):
        cells = stored.cells(engine, FULL_SCOPE, OCTOBER, version=version)
        assert cells.filter(measure="decided", whole=True).select("met", "base").row(0) == whole
        assert cells.filter(measure="decided", center="Syd")["hidden"].all()
    assert stored.broken(engine, FULL_SCOPE) == ()


def test_what_was_hidden_stays_hidden_when_it_is_corrected_to_more(sqlite_engine: sa.Engine) -> None:
    publish_month(sqlite_engine)
    many = assess(FIGURES.replace("late    | 3", "late    | 30"))
    publish_month(sqlite_engine, assessed=many, reason="Flere for sene")
    decided = stored.cells(sqlite_engine, FULL_SCOPE, OCTOBER).filter(measure="decided")
    assert decided["met"].to_list() == [None, None, 0, 37]


def test_a_number_that_a_correction_hides_was_told_before_and_stops_nothing(sqlite_engine: sa.Engine) -> None:
    publish_month(sqlite_engine)
    fewer = assess(FIGURES.replace("met     | 20", "met     | 28").replace("late    | 10", "late    | 1"))
    assert publish_month(sqlite_engine, assessed=fewer, reason="Rettet").version == 2
    whole = stored.cells(sqlite_engine, FULL_SCOPE, OCTOBER).filter(measure="decided", whole=True)
    assert whole["hidden"].all()


# --- the rules and the program ------------------------------------------------------------------------


def test_the_rules_are_those_in_force_on_the_day_and_the_same_in_every_process() -> None:
    day = dt.date(2026, 10, 31)
    rules = publishing.rules(day)
    assert set(rules) == set(BY_KEY) - set(disclosure.KEPT_INSIDE)
    measure = BY_KEY["first_interview"]
    assert rules["first_interview"].words == published.law(measure, day)
    assert publishing.rules(dt.date(2026, 6, 30))["first_interview"].words != rules["first_interview"].words
    told = "from ui.publishing import program, rules; import datetime as dt; "
    told += "print(program(), hash(1), sorted(r.mark for r in rules(dt.date(2026, 10, 31)).values()))"
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", told], check=True, capture_output=True, text=True)
    marks = sorted(rule.mark for rule in rules.values())
    assert run.stdout.strip() == f"{publishing.program()} 1 {marks}"
    assert len(set(marks)) == len(marks)


# --- checking -----------------------------------------------------------------------------------------

FROZEN = (
    disclosure.protect(disclosure.tables(ASSESSED, OCTOBER, CENTERS)),
    disclosure.protect_counts(
        disclosure.counts(ASSESSED, OCTOBER), disclosure.protect(disclosure.tables(ASSESSED, OCTOBER, CENTERS))
    ),
)


def found(assessed: Assessed = ASSESSED, *, purged: bool = False, **other: Any) -> list[publishing.Difference]:
    return publishing.recomputed(publication(**other), *FROZEN, assessed, purged=purged)


def test_a_month_that_comes_out_the_same_differs_in_nothing() -> None:
    assert found() == []
    assert found(code="0.0.9+noget") == []
    assert found(rules={}) == []


def test_what_comes_out_otherwise_is_told_and_what_is_hidden_is_not() -> None:
    differences = found(MORE)
    words = [(each.place, each.before, each.now) for each in differences]
    assert [tuple(said.replace(texts.SPACE, " ") for said in each) for each in words] == [
        ("Nord", "skjult (grundlag 30)", "skjult (grundlag 32)"),
        ("Hele kommunen", "74 % (37 af 50)", "71 % (37 af 52)"),
    ]
    assert {each.title for each in differences} == {BY_KEY["decided"].title}
    assert differences[0].why == publishing.UNEXPLAINED
    said = publishing.difference_words(differences[1])
    assert said == f"{differences[1].title}, Hele kommunen. {publishing.UNEXPLAINED}"


def test_a_count_that_comes_out_otherwise_is_told() -> None:
    day = dt.date(2026, 10, 31)
    counts = pl.DataFrame(
        [("target_group", day, day, "15_24", 7, False), ("udgået", day, day, "x", 9, False)], COUNTS, orient="row"
    )
    differences = publishing.recomputed(publication(), FROZEN[0], counts, ASSESSED, purged=False)
    assert [(each.title, each.before, each.now) for each in differences] == [
        ("Unge i målgruppen: 15–24 år", "7", "0"),
        ("udgået: x", "9", publishing.GONE),
    ]


RULE = Rule("Afgjort", "", "", "", "en anden regel")
FEWER = replace(ASSESSED, outcomes=ASSESSED.outcomes.filter(pl.col("outcome") != "met"))
"""As after a deletion: no number is larger."""
WHY: list[tuple[dict[str, Any], Assessed, bool, str, bool]] = [
    ({}, MORE, False, publishing.UNEXPLAINED, False),
    ({}, MORE, True, publishing.UNEXPLAINED, False),  # what is gone makes nothing more
    ({}, FEWER, True, publishing.PURGED, True),
    ({}, FEWER, False, publishing.UNEXPLAINED, False),
    ({"code": "0.0.9+noget"}, MORE, False, publishing.CODE_CHANGED, False),  # it may count wrong now
    ({"code": "0.0.9+noget"}, FEWER, True, f"{publishing.PURGED} {publishing.CODE_CHANGED}", True),
    ({"code": "0.0.9+noget", "rules": {"decided": RULE}}, MORE, True, publishing.RULE_CHANGED, True),
    ({"rules": {"decided": RULE}}, MORE, False, publishing.RULE_CHANGED, True),
    ({"rules": {"heard": RULE}}, MORE, False, publishing.UNEXPLAINED, False),
    ({"rules": {}, "code": ""}, MORE, True, published.CODE_UNKNOWN, False),
]


@pytest.mark.parametrize(("other", "judged", "purged", "why", "enough"), WHY)
def test_why_a_number_comes_out_otherwise(
    other: dict[str, Any], judged: Assessed, purged: bool, why: str, enough: bool
) -> None:
    titles = (BY_KEY["decided"].title, RULE.title)
    of_it = [each for each in found(judged, purged=purged, **other) if each.title in titles]
    assert {(each.why, each.explained) for each in of_it} == {(why, enough)}


def test_a_measure_that_has_left_the_catalogue_is_told_of() -> None:
    old = FROZEN[0].filter(measure="decided").with_columns(measure=pl.lit("gammelt_tal"))
    rules = {"gammelt_tal": replace(RULE, title="Et gammelt tal")}
    differences = publishing.recomputed(publication(rules=rules), old, FROZEN[1], ASSESSED, purged=False)
    assert {(each.title, each.now, each.why) for each in differences} == {
        ("Et gammelt tal", publishing.GONE, publishing.RULE_CHANGED)
    }


def later(measure: Measure) -> Measure:
    """The same with a limit that has changed since."""
    assert isinstance(measure.must, Within)
    assert measure.must.limit
    versions = (*measure.must.limit.versions, Version(3, "days", "Ny lov", dt.date(2027, 1, 1)))
    return replace(measure, must=replace(measure.must, limit=Limit(versions)))


def test_a_new_version_of_a_rule_is_the_reason_when_a_number_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    made = publication()
    monkeypatch.setitem(BY_KEY, "decided", later(BY_KEY["decided"]))
    differences = publishing.recomputed(made, *FROZEN, MORE, purged=True)
    assert {each.why for each in differences} == {publishing.RULE_CHANGED}
    assert publishing.recomputed(made, *FROZEN, ASSESSED, purged=False) == []
    lines = [line for _, part in published.lines(FROZEN[0], (), made.rules) for line in part]
    assert [line.law for line in lines if line.title == made.rules["decided"].title] == [made.rules["decided"].words]


def test_what_a_correction_would_change_is_told_beforehand(sqlite_engine: sa.Engine) -> None:
    made = publish_month(sqlite_engine)
    cells, counts = (part(sqlite_engine, FULL_SCOPE, OCTOBER) for part in (stored.cells, stored.counts))
    same, other = (
        publishing.changes(cells, counts, publishing.prepare(sqlite_engine, FULL_SCOPE, OCTOBER, each, CENTERS), made)
        for each in (ASSESSED, MORE)
    )
    assert same == []
    assert [(each.place, each.before, each.now) for each in other] == [
        ("Nord", "skjult (grundlag 30)", "skjult (grundlag 32)"),
        ("Hele kommunen", f"74{texts.SPACE}% (37 af 50)", f"71{texts.SPACE}% (37 af 52)"),
    ]
    head, rows, caption = publishing.differences_table(other, "Bliver")
    assert (list(head), len(rows)) == (["Nøgletal", "Sted", "Offentliggjort", "Bliver"], 2)
    assert caption.replace(texts.SPACE, " ") == "2 tal er anderledes"


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


COUNTED = pl.DataFrame(
    [
        ("target_group", dt.date(2026, 10, 31), dt.date(2026, 10, 31), "15_24", 40, False),
        ("target_group", dt.date(2026, 10, 31), dt.date(2026, 10, 31), "unknown", None, True),
    ],
    schema=COUNTS,
    orient="row",
)


def test_what_is_hidden_reads_the_same_whatever_the_reason() -> None:
    """Also in the file: no number, and one word beside it; what is shown is a number."""
    file = published.file_rows(frame(*MONTH), COUNTED)
    assert file.schema == published.FILE
    assert file.select("Sted", "Andel i procent", "Antal", "Grundlag", "Bemærk").rows() == [
        ("Syd", None, None, 12, "skjult"),
        ("Nord", None, None, None, "skjult"),
        ("Uden center", None, 0, 0, "intet grundlag"),
        ("Hele kommunen", 66.7, 30, 45, ""),
        ("Hele kommunen", None, 40, None, ""),
        ("Hele kommunen", None, None, None, "skjult"),
    ]
    assert file["Nøgletal"].unique(maintain_order=True).to_list() == [
        BY_KEY["decided"].title,
        "Unge i målgruppen: 15–24 år",
        "Unge i målgruppen: Alder ukendt",
    ]
    assert (file["Fra"][0], file["Til"][0]) == (dt.date(2025, 11, 1), dt.date(2026, 10, 31))


def test_page_and_file_hide_the_same(sqlite_engine: sa.Engine) -> None:
    cells = publishing.prepare(sqlite_engine, FULL_SCOPE, OCTOBER, ASSESSED, CENTERS).cells
    rows = [line for _, part in published.lines(cells, ()) for line in part]
    on_page = [each.said for line in rows for each in (line.whole, *line.centers)]
    file = published.file_rows(cells.filter(pl.col("whole") | pl.col("center").is_not_null()), COUNTS.to_frame())
    assert on_page.count("skjult") == file["Bemærk"].to_list().count("skjult") == cells["hidden"].sum() > 0
    assert sum("%" in said for said in on_page) == file["Andel i procent"].count()


def test_a_base_of_few_has_no_percentage_in_the_file_either() -> None:
    file = published.file_rows(frame({"met": 3, "base": 4}), COUNTS.to_frame())
    assert file.select("Andel i procent", "Antal", "Grundlag").row(0) == (None, 3, 4)


def test_a_file_says_which_version_it_is_and_why() -> None:
    about = published.about(publication(version=2), frame(*MONTH))
    assert (about["Måned"], about["Version"], about["Rettet fordi"]) == ("oktober 2026", "2", "Rettet")
    assert (about["Opgjort pr."], about["Leverance"], about["Kontrolnummer"]) == ("22-11-2026", "1", 12 * "a")
    assert "Rettet fordi" not in published.about(publication(), frame(*MONTH))


def test_a_version_that_no_longer_stands_says_so() -> None:
    said = published.replaced_words(publication(), publication(number=2, version=2))
    assert said == "Version 1 er erstattet af version 2 (02-11-2026): Rettet"


def test_how_many_youths_is_told_in_words_and_what_is_hidden_is_not() -> None:
    [(head, rows, caption)] = published.counted_tables(COUNTED)
    assert list(head) == ["Unge", "15–24 år", "Alder ukendt"]
    assert list(rows) == [("Unge i målgruppen", ["<b>40</b>", "<b>skjult</b>"])]
    assert caption == "Antal unge, 31-10-2026"


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
    assert published.file_rows(frame(*old), COUNTED.clear())["Nøgletal"].unique().to_list() == ["gammelt_tal"]
    rules = {"gammelt_tal": Rule("Et gammelt tal", "Gammel lov", "", "", "")}
    _, [line] = list(published.lines(frame(*old), (), rules))[-1]
    assert (line.title, line.law) == ("Et gammelt tal", "Gammel lov")
    assert published.file_rows(frame(*old), COUNTED.clear(), rules)["Regel"].unique().to_list() == ["Gammel lov"]


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
    said = published.published_words(publication(), frame(*MONTH))
    assert said.startswith("12 måneder (01-11-2025 til 31-10-2026).")
    assert said.endswith("Offentliggjort 02-11-2026, opgjort pr. 22-11-2026 ud fra leverance 1.")
    assert "Version 2, offentliggjort 02-11-2026" in published.published_words(publication(version=2), frame(*MONTH))
    assert publishing.program() in published.made_words(publication())
    assert published.CODE_UNKNOWN in published.made_words(publication(code=""))


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


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ("92 % (23 af 25)", "skjult", "1 tal, der er vist nu, bliver skjult."),
        ("92 % (23 af 25)", "skjult (grundlag 25)", "1 tal, der er vist nu, bliver skjult."),
        ("skjult (grundlag 25)", "skjult", ""),
        ("skjult", "92 % (23 af 25)", ""),
        ("92 % (23 af 25)", "88 % (22 af 25)", ""),
    ],
)
def test_who_corrects_is_told_what_becomes_hidden(before: str, now: str, said: str) -> None:
    words = publishing.now_hidden([publishing.Difference("Mentor", "Nord", before, now)])
    assert words.startswith(said)
    assert bool(words) is bool(said)
